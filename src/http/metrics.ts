import type { Pool } from 'pg';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** The figures of one process, and how far its tenants' read models are behind. */
export function createMetrics(pool: Pool) {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const append = new Histogram({
    name: 'stave_append_seconds',
    help: 'Time of one append of a batch of commands.',
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5],
    registers: [registry],
  });
  const batch = new Histogram({
    name: 'stave_append_commands',
    help: 'Commands in one append.',
    buckets: [1, 2, 5, 10, 20, 50, 100, 200],
    registers: [registry],
  });
  const request = new Histogram({
    name: 'stave_http_seconds',
    help: 'Time of one request.',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers: [registry],
  });
  const lag = new Gauge({
    name: 'stave_lane_lag_events',
    help: 'Events that a lane of read models has yet to fold.',
    labelNames: ['tenant', 'lane'] as const,
    registers: [registry],
  });
  const stalled = new Gauge({
    name: 'stave_lane_stalled',
    help: 'Lanes of read models that have stopped.',
    registers: [registry],
  });
  const pastLag = new Gauge({
    name: 'stave_past_lag_events',
    help: 'Events whose former rows are yet to be kept, of the read model that is furthest behind.',
    labelNames: ['tenant'] as const,
    registers: [registry],
  });
  const pastStalled = new Gauge({
    name: 'stave_past_stalled',
    help: 'Read models of which no more former rows are kept.',
    registers: [registry],
  });
  return {
    observeAppend: ({ commands, seconds }: { readonly commands: number; readonly seconds: number }) => {
      append.observe(seconds);
      batch.observe(commands);
    },
    observeRequest: (method: string, route: string, status: number, seconds: number) =>
      request.observe({ method, route, status }, seconds),
    text: async (): Promise<string> => {
      const { rows } = await pool.query(
        `select l.tenant_id, l.lane, (h.position - l.position)::integer as lag, l.error is not null as stalled
         from read.lane l join log.head h using (tenant_id)`,
      );
      lag.reset();
      for (const row of rows) lag.set({ tenant: row.tenant_id, lane: row.lane }, row.lag);
      stalled.set(rows.filter((row) => row.stalled).length);
      const { rows: kept } = await pool.query(
        `select tenant_id, (max(h.position) - min(c.position))::integer as lag,
           count(*) filter (where c.error is not null)::integer as stalled
         from past.cursor c join log.head h using (tenant_id) group by tenant_id`,
      );
      pastLag.reset();
      for (const row of kept) pastLag.set({ tenant: row.tenant_id }, row.lag);
      pastStalled.set(kept.reduce((sum, row) => sum + row.stalled, 0));
      return registry.metrics();
    },
  };
}
