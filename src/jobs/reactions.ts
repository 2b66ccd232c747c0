import type { Pool } from 'pg';
import type { Actor } from '../engine/decision.ts';
import { readAfter } from '../engine/log.ts';
import type { Issue, Reaction } from '../engine/reaction.ts';
import { commandsByName, type Runtime } from '../runtime.ts';

const batchSize = 500;

/** The actor behind what the system does by itself. */
export const systemActor = (tenantId: string, name: string): Actor => ({
  tenantId,
  kind: 'system',
  name,
  credentialId: `system/${name}`,
  roles: [],
});

/** Runs reactions along a tenant's log, each behind its own cursor: at least once, with an effect exactly once. */
export function createReactor(
  runtime: Runtime,
  reactions: readonly Reaction[],
  onError: (error: Error) => void,
) {
  const { pool } = runtime;

  async function perform(
    tenantId: string,
    name: string,
    position: number,
    issues: readonly Issue[],
  ): Promise<void> {
    const actor = systemActor(tenantId, name);
    const outcomes = await Promise.all(
      issues.map(({ command: commandName, input, occurredAt }, index) => {
        const command = commandsByName.get(commandName);
        if (!command) throw new Error(`There is no command ${commandName}`);
        return runtime.dispatcher.execute({
          actor,
          command,
          input: occurredAt ? { ...input, occurredAt } : input,
          source: 'reaction',
          key: `${name}:${position}:${index}`,
          causationPosition: position,
        });
      }),
    );
    const fault = outcomes.find(
      (outcome) => !outcome.ok && (outcome.status >= 500 || outcome.code === 'conflict'),
    );
    if (fault && !fault.ok) throw new Error(fault.detail);
  }

  async function react(pool: Pool, tenantId: string, reaction: Reaction): Promise<void> {
    const client = await pool.connect();
    let failed: Error | undefined;
    try {
      await client.query(`begin; select set_config('stave.tenant', '${tenantId}', true)`);
      await client.query(
        'insert into jobs.reaction (tenant_id, reaction) values ($1, $2) on conflict do nothing',
        [tenantId, reaction.name],
      );
      const { rows } = await client.query(
        'select position from jobs.reaction where tenant_id = $1 and reaction = $2 and error is null for update skip locked',
        [tenantId, reaction.name],
      );
      let position = rows[0] ? Number(rows[0].position) : Number.POSITIVE_INFINITY;
      const types = Object.keys(reaction.on);
      while (Number.isFinite(position)) {
        const { rows: heads } = await client.query('select position from log.head where tenant_id = $1', [
          tenantId,
        ]);
        const upTo = Number(heads[0].position);
        const events = await readAfter(client, runtime.read, tenantId, position, batchSize, { types, upTo });
        for (const event of events) {
          const issues = await reaction.on[event.type]?.(event, (noun) => runtime.reference(tenantId, noun));
          if (issues && issues.length > 0) await perform(tenantId, reaction.name, event.position, issues);
        }
        position = events.length < batchSize ? upTo : events.at(-1)!.position;
        await client.query('update jobs.reaction set position = $3 where tenant_id = $1 and reaction = $2', [
          tenantId,
          reaction.name,
          position,
        ]);
        if (events.length < batchSize) break;
      }
      await client.query('commit');
    } catch (error) {
      onError(error as Error);
      await client.query('rollback').catch((broken: Error) => {
        failed = broken;
      });
    } finally {
      client.release(failed);
    }
  }

  return async (tenantId: string): Promise<void> => {
    for (const reaction of reactions) await react(pool, tenantId, reaction);
  };
}
