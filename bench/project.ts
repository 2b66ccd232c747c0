import pg from 'pg';
import { demoTenantId } from '../src/cli/demo/world.ts';
import { loadDemo } from '../src/cli/demo.ts';
import { readAfter } from '../src/engine/log.ts';
import { createProjector } from '../src/engine/projector.ts';
import { readModels } from '../src/projections/index.ts';
import { createRuntime, queriesByName } from '../src/runtime.ts';
import { createPool } from '../src/storage/database.ts';
import { createTenant } from '../src/storage/tenants.ts';
import { closedLoop, inTurns, median, quantile, type Round, round } from './measure.ts';
import type { BenchOptions, BenchResult } from './run.ts';
import { onFreshServer } from './server.ts';
import { now, planner, seed, systemActor } from './visits.ts';

const model = 'timeline';
const columns =
  'tenant_id, subject_kind, subject_id, position, occurred_at, date, type, stream, person_id, data::text';
const batch = 1_000;
const callers = 64;
const readers = 4;

/** How fast some work went through so many things. */
async function timed(things: number, work: () => Promise<unknown>): Promise<Round> {
  const started = performance.now();
  await work();
  const ms = performance.now() - started;
  return { perSecond: things / (ms / 1_000), latenciesMs: [ms] };
}

/**
 * The events of a demo through all read models and through the largest one, beside a fold that does nothing and COPY of
 * the largest one's rows; commands with the read models following; and the cut-over of a rebuild that is being queried.
 */
export const run = ({ full, say }: BenchOptions): Promise<BenchResult> =>
  onFreshServer(say, async (databaseUrl) => {
    const pool = createPool({ databaseUrl, connections: 20, name: 'bench' });
    const owner = new pg.Pool({ connectionString: databaseUrl });
    const count = async (what: string): Promise<number> =>
      (await owner.query(`select count(*)::integer from ${what}`)).rows[0].count;
    const parameters = { seed: 1, scale: 1, weeks: full ? 4 : 1, today: '2026-03-20' };
    const tenantId = demoTenantId(parameters.seed);
    const log = { debug: () => undefined, warn: (_: unknown, message = '') => say(message) };
    await loadDemo({ ...parameters, databaseUrl, pool, masterKey: 'bench', log, wake: () => undefined });
    const runtime = createRuntime({ pool, masterKey: 'bench' });
    const cutOversMs: number[] = [];
    const projector = createProjector({
      pool,
      read: runtime.read,
      models: readModels,
      cutOver: (_, __, milliseconds) => cutOversMs.push(milliseconds),
    });
    const live = `read.${model} where tenant_id = '${tenantId}'`;
    const events = await count('log.event');
    const rows = await count(live);
    say(`${events} events, ${rows} rows of ${model}`);
    await owner.query(`create table public.source as select * from ${live}`);
    await owner.query(`create table public.copied (like read.${model} including defaults including indexes)`);
    const { rows: settings } = await owner.query(
      "select current_setting('data_directory') || '/rows' as file",
    );
    await owner.query(`copy public.source to '${settings[0].file}'`);

    async function rebuild(models?: readonly string[]): Promise<void> {
      await projector.rebuild(tenantId, models);
      await projector.advance(tenantId);
    }
    async function foldNothing(): Promise<void> {
      const client = await pool.connect();
      await client.query(`begin; select set_config('stave.tenant', '${tenantId}', true)`);
      for (let position = 0; position < events; ) {
        position = (await readAfter(client, runtime.read, tenantId, position, batch)).at(-1)!.position;
      }
      await client.query('commit');
      client.release();
    }
    const sides = await inTurns(
      full ? 5 : 3,
      {
        rebuild: () => timed(events, () => rebuild()),
        noop: () => timed(events, foldNothing),
        rebuildOne: () => timed(rows, () => rebuild([model])),
        copy: async () => {
          await owner.query('truncate public.copied');
          return timed(rows, () => owner.query(`copy public.copied from '${settings[0].file}'`));
        },
      },
      say,
    );

    const query = queriesByName.get('GetTimeline')!;
    const asker = await runtime.asker(systemActor(tenantId), query);
    if ('ok' in asker) throw new Error(asker.detail);
    const { rows: subjects } = await owner.query(
      'select distinct subject_kind as "subjectKind", subject_id as "subjectId" from public.source limit 100',
    );
    let reads = 0;
    let failedReads = 0;
    let reading = true;
    cutOversMs.length = 0;
    const done = closedLoop(readers, full ? 15 : 5, async () => {
      const input = { ...subjects[reads++ % subjects.length], limit: 20 };
      const answer = await runtime.reader.answer(query, tenantId, input, asker);
      if (!answer.ok || (answer.body as { data: readonly unknown[] }).data.length === 0) failedReads += 1;
    }).finally(() => {
      reading = false;
    });
    while (reading) await rebuild([model]);
    const { latenciesMs } = await done;
    say(`${reads} reads during rebuilds, ${cutOversMs.length} cut-overs`);

    const lost = await count(
      `(select ${columns} from public.source except select ${columns} from ${live}) as lost`,
    );
    const doubled = (await count(live)) - rows + lost;

    const liveTenant = await createTenant(databaseUrl, 'Live');
    await seed(pool, liveTenant);
    await projector.advance(liveTenant);
    const visits = planner(createRuntime({ pool, masterKey: 'bench', clock: () => now }), liveTenant, say);
    let appending = true;
    const followed = await timed(1, async () => {
      const appended = closedLoop(callers, full ? 10 : 3, visits.plan).finally(() => {
        appending = false;
      });
      while (appending) await projector.advance(liveTenant);
      await appended;
      await projector.advance(liveTenant);
    });
    const checks = await visits.check(owner);

    await runtime.dispatcher.close();
    await pool.end();
    await owner.end();
    const perSecond = (name: keyof typeof sides) => median(sides[name].map((side) => side.perSecond));
    return {
      figures: {
        events,
        rebuildEventsPerSecond: round(perSecond('rebuild'), 0),
        noopEventsPerSecond: round(perSecond('noop'), 0),
        rebuildOneRowsPerSecond: round(perSecond('rebuildOne'), 0),
        copyRowsPerSecond: round(perSecond('copy'), 0),
        liveEventsPerSecond: round(visits.planned() * followed.perSecond, 0),
        cutOverMs: round(median(cutOversMs)),
        cutOverMaxMs: round(Math.max(...cutOversMs)),
        cutOvers: cutOversMs.length,
        reads,
        readP99Ms: round(quantile(latenciesMs, 0.99)),
        failedReads,
      },
      ratios: {
        rebuildToCopy: round(perSecond('rebuildOne') / perSecond('copy')),
        rebuildToNoop: round(perSecond('rebuild') / perSecond('noop')),
      },
      checks: { lost: lost + checks.lost, doubled: doubled + checks.doubled, reordered: checks.reordered },
    };
  });
