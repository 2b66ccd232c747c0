import type { Pool } from 'pg';

const pollMs = 50;

interface Waiter {
  readonly tenantId: string;
  readonly after: number;
  readonly wake: () => void;
}

/** Waits until a tenant's log passes a position, or a time is over, or `signal` says that nobody waits any more. */
export type WaitForHead = (
  tenantId: string,
  after: number,
  patienceMs: number,
  signal: AbortSignal,
) => Promise<void>;

/** Watches the heads of all logs that somebody waits for: one statement at a time, however many wait. */
export function watchHeads(pool: Pool): WaitForHead {
  const waiters = new Set<Waiter>();
  let watching = false;

  async function heads(): Promise<ReadonlyMap<string, number>> {
    const tenants = [...new Set([...waiters].map(({ tenantId }) => tenantId))];
    const { rows } = await pool.query({
      name: 'heads',
      text: 'select tenant_id, position from log.head where tenant_id = any($1)',
      values: [tenants],
    });
    return new Map(rows.map((row) => [row.tenant_id, Number(row.position)]));
  }

  async function watch(): Promise<void> {
    watching = true;
    while (waiters.size > 0) {
      // While the database is away nobody's log moves; it is asked again.
      const positions = await heads().catch(() => new Map<string, number>());
      for (const { tenantId, after, wake } of waiters) if ((positions.get(tenantId) ?? 0) > after) wake();
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
    watching = false;
  }

  return (tenantId, after, patienceMs, signal) =>
    new Promise((resolve) => {
      const wake = () => {
        waiters.delete(waiter);
        clearTimeout(timeout);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const waiter = { tenantId, after, wake };
      const timeout = setTimeout(wake, patienceMs);
      signal.addEventListener('abort', wake);
      if (signal.aborted) return wake();
      waiters.add(waiter);
      if (!watching) watch();
      return undefined;
    });
}
