import { inTenant } from '../engine/tenant-transaction.ts';
import { commandsByName, type Runtime } from '../runtime.ts';
import { systemActor } from './reactions.ts';

const dueMax = 500;
const backOffSeconds = [1, 5, 30, 300, 3_600];

interface Due {
  readonly key: string;
  readonly due_at: string;
  readonly command: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/**
 * Fires what has fallen due: each deadline is a command with the idempotency key of its deadline and due time, decided
 * on its own stream, so that firing early, late or twice does no harm. One that settles nothing is tried ever more rarely;
 * one that met a database that was away is tried at the next tick.
 */
export function createClock(runtime: Runtime, onError: (error: Error) => void) {
  const { pool } = runtime;

  const dueOf = (tenantId: string, at: string): Promise<readonly Due[]> =>
    inTenant(pool, tenantId, async (client) => {
      const { rows } = await client.query(
        `select d.key, d.due_at, d.command, d.input from read.deadline d
         join read.generation g on g.tenant_id = d.tenant_id and g.generation = d.generation and g.model = 'deadline' and g.live
         left join jobs.deadline_attempt a on a.tenant_id = d.tenant_id and a.key = d.key || ' ' || d.due_at::text
         where d.tenant_id = $1 and d.due_at <= $2 and (a.next_at is null or a.next_at <= $2)
         order by d.due_at, d.key limit ${dueMax}`,
        [tenantId, at],
      );
      return rows;
    });

  async function fire(tenantId: string, { key, due_at: dueAt, command: name, input }: Due): Promise<void> {
    const command = commandsByName.get(name);
    if (!command) throw new Error(`There is no command ${name}`);
    const outcome = await runtime.dispatcher.execute({
      actor: systemActor(tenantId, 'clock'),
      command,
      input: 'occurredAt' in command.input ? { ...input, occurredAt: dueAt } : input,
      source: 'clock',
      key: `${key} ${dueAt}`,
    });
    if (outcome.ok && 'events' in outcome && outcome.events.length > 0) return;
    if (!outcome.ok && outcome.status === 503) throw new Error(outcome.detail);
    const why = outcome.ok ? 'There was nothing to do.' : outcome.detail;
    await pool.query(
      `insert into jobs.deadline_attempt (tenant_id, key, attempts, next_at, error)
       values ($1, $2, 1, now() + make_interval(secs => $3), $4)
       on conflict (tenant_id, key) do update set attempts = deadline_attempt.attempts + 1, error = excluded.error,
         next_at = now() + make_interval(secs => ($5::integer[])[least(deadline_attempt.attempts + 1, ${backOffSeconds.length})])`,
      [tenantId, `${key} ${dueAt}`, backOffSeconds[0], why, backOffSeconds],
    );
  }

  /** Looks once at every tenant whose earliest deadline has come; answers those where something was fired. */
  return async (): Promise<readonly string[]> => {
    const at = runtime.now();
    const { rows } = await pool.query('select tenant_id from jobs.next_due where due_at <= $1 and not held', [
      at,
    ]);
    const fired: string[] = [];
    for (const { tenant_id: tenantId } of rows) {
      try {
        const due = await dueOf(tenantId, at);
        await Promise.all(due.map((deadline) => fire(tenantId, deadline)));
        if (due.length > 0) fired.push(tenantId);
      } catch (error) {
        onError(error as Error);
      }
    }
    return fired;
  };
}
