import type { Actor } from '../engine/decision.ts';
import { readAfter } from '../engine/log.ts';
import type { Moved } from '../engine/projector.ts';
import type { Issue, Reaction } from '../engine/reaction.ts';
import { inTenant } from '../engine/tenant-transaction.ts';
import { commandsByName, type Runtime } from '../runtime.ts';

const batchSize = 500;
/** So many commands are on their way at a time: each may ask read models, which takes a connection. */
const issuesAtOnce = 50;
/** Refusals that pass by themselves: the command is issued again. */
const passing: ReadonlySet<string> = new Set(['conflict', 'figuresBehind']);

/** The actor behind what the system does by itself. */
export const systemActor = (tenantId: string, name: string): Actor => ({
  tenantId,
  kind: 'system',
  name,
  credentialId: `system/${name}`,
  roles: [],
});

export interface Reactor {
  /** Runs what is due; does nothing for a tenant whose clock is held, whose history somebody is loading. */
  readonly react: (tenantId: string) => Promise<void>;
  /** Takes note of events that others have read; answers whether some reaction may have to run. */
  readonly isDue: (tenantId: string, moved: Moved) => boolean;
}

/**
 * Runs reactions along a tenant's log, each behind its own cursor and never ahead of the read models, which it may ask:
 * at least once, with an effect exactly once. Cursors stay behind while nothing comes that a reaction answers, until
 * somebody asks to `react`.
 */
export function createReactor(
  runtime: Runtime,
  reactions: readonly Reaction[],
  onError: (error: Error) => void,
): Reactor {
  const { pool } = runtime;
  const answered = new Set(reactions.flatMap(({ on }) => Object.keys(on)));
  /** Up to where nothing waits for a reaction. */
  const quietUpTo = new Map<string, number>();

  async function perform(
    tenantId: string,
    name: string,
    position: number,
    issues: readonly Issue[],
  ): Promise<void> {
    const actor = systemActor(tenantId, name);
    const outcomes = await Promise.all(
      issues.map(({ command: commandName, input, occurredAt }) => {
        const command = commandsByName.get(commandName);
        if (!command) throw new Error(`There is no command ${commandName}`);
        return runtime.dispatcher.execute({
          actor,
          command,
          input: occurredAt ? { ...input, occurredAt } : input,
          source: 'reaction',
          key: `${name}:${position}:${commandName}:${command.refOf(input).stream}`,
          causationPosition: position,
        });
      }),
    );
    const fault = outcomes.find(
      (outcome) => !outcome.ok && (outcome.status >= 500 || passing.has(outcome.code)),
    );
    if (fault && !fault.ok) throw new Error(fault.detail);
  }

  /** Runs one reaction, holding it in a transaction that waits for the commands; answers up to where it has. */
  const run = (tenantId: string, reaction: Reaction): Promise<number> =>
    inTenant(pool, tenantId, async (client) => {
      await client.query('set local idle_in_transaction_session_timeout = 0');
      await client.query(
        'insert into jobs.reaction (tenant_id, reaction) values ($1, $2) on conflict do nothing',
        [tenantId, reaction.name],
      );
      const { rows } = await client.query(
        'select position from jobs.reaction where tenant_id = $1 and reaction = $2 and error is null for update skip locked',
        [tenantId, reaction.name],
      );
      let position = rows[0] ? Number(rows[0].position) : -1;
      const types = Object.keys(reaction.on);
      const actor = systemActor(tenantId, reaction.name);
      while (position >= 0) {
        const { rows: lanes } = await client.query(
          "select position from read.lane where tenant_id = $1 and lane = 'main'",
          [tenantId],
        );
        const upTo = Math.max(position, Number(lanes[0]?.position ?? 0));
        const events = await readAfter(client, runtime.read, tenantId, position, batchSize, { types, upTo });
        for (const event of events) {
          const issues =
            (await reaction.on[event.type]?.(
              event,
              (noun) => runtime.reference(tenantId, noun, event.position),
              (query, input) => runtime.ask(actor, query, input, event.position),
            )) ?? [];
          for (let next = 0; next < issues.length; next += issuesAtOnce)
            await perform(tenantId, reaction.name, event.position, issues.slice(next, next + issuesAtOnce));
        }
        position = events.length < batchSize ? upTo : events.at(-1)!.position;
        await client.query('update jobs.reaction set position = $3 where tenant_id = $1 and reaction = $2', [
          tenantId,
          reaction.name,
          position,
        ]);
        if (events.length < batchSize) break;
      }
      return position;
    }).catch((error: Error) => {
      onError(error);
      return -1;
    });

  async function isHeld(tenantId: string): Promise<boolean> {
    const { rows } = await pool.query('select from jobs.next_due where tenant_id = $1 and held', [tenantId]);
    return rows.length > 0;
  }

  async function react(tenantId: string): Promise<void> {
    quietUpTo.delete(tenantId);
    if (await isHeld(tenantId)) return;
    const positions: number[] = [];
    for (const reaction of reactions) positions.push(await run(tenantId, reaction));
    quietUpTo.set(tenantId, Math.min(...positions));
  }

  function isDue(tenantId: string, { from, upTo, types }: Moved): boolean {
    const quiet = quietUpTo.get(tenantId) ?? -1;
    if (quiet >= upTo) return false;
    if (quiet < from || !types.isDisjointFrom(answered)) return true;
    quietUpTo.set(tenantId, upTo);
    return false;
  }

  return { react, isDue };
}
