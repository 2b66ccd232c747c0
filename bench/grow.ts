import pg from 'pg';
import { createRuntime } from '../src/runtime.ts';
import { createPool } from '../src/storage/database.ts';
import { createTenant } from '../src/storage/tenants.ts';
import { closedLoop, type Round, round, summary } from './measure.ts';
import type { BenchOptions, BenchResult } from './run.ts';
import { onFreshServer } from './server.ts';
import { now, planner, seed } from './visits.ts';

const callers = 64;

/**
 * Copies a tenant's visits to new streams until its log has so many events: plain rows without block or receipt, which
 * appends do not read, in the tables and indexes that they write.
 */
async function fill(owner: pg.Pool, tenantId: string, events: number): Promise<void> {
  await owner.query(
    `with sample as materialized (
       select *, row_number() over (order by position) as n from log.event
       where tenant_id = $1 and type = 'VisitPlanned' and position <= 5000)
     insert into log.event (tenant_id, position, stream, version, type, schema_version, data, actor, credential,
       command_id, correlation_id, causation_position, source, occurred_at, effective_on, recorded_at, body_hash)
     select s.tenant_id, h.position + i, 'visit-plan/' || gen_random_uuid() || '/2027-01-01', 1, s.type,
       s.schema_version, s.data, s.actor, s.credential, s.command_id, s.correlation_id, s.causation_position, 'fill',
       s.occurred_at, s.effective_on, s.recorded_at, s.body_hash
     from log.head h, generate_series(1, $2::bigint - h.position) as i
     join sample s on s.n = i % (select count(*) from sample) + 1
     where h.tenant_id = $1`,
    [tenantId, events],
  );
  await owner.query('update log.head set position = $2, unbroken_from = $2 where tenant_id = $1', [
    tenantId,
    events,
  ]);
  await owner.query('vacuum analyze log.event');
  await owner.query('checkpoint');
}

/** Appends with ever more events in the tenant's log. */
export const run = ({ full, say }: BenchOptions): Promise<BenchResult> =>
  onFreshServer(say, async (databaseUrl) => {
    const pool = createPool({ databaseUrl, connections: 8, name: 'bench' });
    const owner = new pg.Pool({ connectionString: databaseUrl });
    const tenantId = await createTenant(databaseUrl, 'Bench');
    await seed(pool, tenantId);
    const runtime = createRuntime({ pool, masterKey: 'bench', clock: () => now });
    const visits = planner(runtime, tenantId, say);
    await closedLoop(callers, 1, visits.plan);

    const sizes = full ? [100_000, 1_000_000, 10_000_000] : [100_000, 1_000_000];
    const summaries = new Map<number, ReturnType<typeof summary>>();
    for (const size of sizes) {
      await fill(owner, tenantId, size);
      await closedLoop(callers, 1, visits.plan);
      const rounds: Round[] = [];
      for (let turn = 0; turn < (full ? 5 : 4); turn++)
        rounds.push(await closedLoop(callers, 2, visits.plan));
      summaries.set(size, summary(rounds));
      say(`${size} events: ${JSON.stringify(summaries.get(size))}`);
    }
    const checks = await visits.check(owner);
    await runtime.dispatcher.close();
    await pool.end();
    await owner.end();
    const [small, large] = [summaries.get(100_000)!, summaries.get(1_000_000)!];
    return {
      figures: Object.fromEntries(
        [...summaries].flatMap(([size, { perSecond, p50Ms, p99Ms }]) => [
          [`perSecondAt${size}`, perSecond],
          [`p50MsAt${size}`, p50Ms],
          [`p99MsAt${size}`, p99Ms],
        ]),
      ),
      ratios: {
        p50At1MTo100k: round(large.p50Ms / small.p50Ms),
        throughputAt1MTo100k: round(large.perSecond / small.perSecond),
      },
      checks,
    };
  });
