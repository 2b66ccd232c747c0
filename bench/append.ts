import pg from 'pg';
import { canonicalJson } from '../src/engine/canonical.ts';
import { v7 } from '../src/engine/clock.ts';
import { createRuntime } from '../src/runtime.ts';
import { createPool } from '../src/storage/database.ts';
import { createTenant } from '../src/storage/tenants.ts';
import { appendVisit, createAppender } from './appends.ts';
import { closedLoop, inTurns, round, summary } from './measure.ts';
import { pgbench } from './pgbench.ts';
import type { BenchOptions, BenchResult } from './run.ts';
import { onFreshServer } from './server.ts';
import { now, planner, seed, total, visitInput } from './visits.ts';

const callers = 64;
/** As many as there is room for beside the others. */
const pgbenchClients = 24;
const tenantCount = 50;

/**
 * One-row inserts of a visit into a copy of the log's table over 64 connections: as an application writes them, text
 * and values, and with a statement prepared once on each connection.
 */
async function rawInserter(raw: pg.Pool, tenantId: string) {
  await raw.query('create table public.raw_event (like log.event including defaults including indexes)');
  await raw.query('create sequence public.raw_position start 1000000000');
  const { rows } = await raw.query(
    "select column_name from information_schema.columns where table_schema = 'log' and table_name = 'event' order by ordinal_position",
  );
  const names = rows.map((row) => row.column_name as string);
  const text = `insert into public.raw_event (${names.join(', ')}) values (${names.map((_, index) => `$${index + 1}`).join(', ')})`;
  const bodyHash = Buffer.alloc(32, 1);
  let position = 0;
  return async (prepared: boolean): Promise<void> => {
    const input = visitInput(position);
    const at = ++position;
    await raw.query({
      ...(prepared && { name: 'raw-insert' }),
      text,
      values: [
        tenantId,
        at,
        `visit-plan/${input.personId}/${input.date}/${at}`,
        1,
        'VisitPlanned',
        1,
        canonicalJson(input),
        'system/bench',
        'bench',
        v7(),
        null,
        null,
        'bench',
        now,
        input.date,
        now,
        bodyHash,
      ],
    });
  };
}

/** `PlanVisit` through the dispatcher, in one tenant and in fifty, beside one-row inserts of the same row. */
export const run = ({ full, say }: BenchOptions): Promise<BenchResult> =>
  onFreshServer(say, async (databaseUrl) => {
    const pool = createPool({ databaseUrl, connections: 8, name: 'bench' });
    const raw = new pg.Pool({ connectionString: databaseUrl, max: callers });
    raw.on('error', (error) => say(error.message));
    const runtime = createRuntime({ pool, masterKey: 'bench', clock: () => now });
    const tenants: string[] = [];
    for (let tenant = 0; tenant <= tenantCount; tenant++)
      tenants.push(await createTenant(databaseUrl, 'Bench'));
    for (const tenantId of tenants) await seed(pool, tenantId);
    const [hot, ...others] = tenants.map((tenantId) => planner(runtime, tenantId, say));
    const appender = createAppender(pool);
    const appends = planner(
      { dispatcher: appender },
      await createTenant(databaseUrl, 'Bench'),
      say,
      appendVisit,
    );
    let turn = 0;
    const planAnywhere = () => others[turn++ % others.length]!.plan();
    const insert = await rawInserter(raw, tenants[0]!);

    const bencher = await pgbench(databaseUrl, tenants[0]!);
    if (!bencher) say('pgbench is not installed.');
    const rawInsert = () => insert(false);
    const preparedInsert = () => insert(true);
    for (const call of [appends.plan, hot!.plan, planAnywhere, rawInsert, preparedInsert])
      await closedLoop(callers, 1, call);
    const seconds = full ? 5 : 2;
    const rounds = await inTurns(
      full ? 9 : 5,
      {
        rawInsert: () => closedLoop(callers, seconds, rawInsert),
        preparedInsert: () => closedLoop(callers, seconds, preparedInsert),
        append: () => closedLoop(callers, seconds, appends.plan),
        command: () => closedLoop(callers, seconds, hot!.plan),
        manyTenants: () => closedLoop(callers, seconds, planAnywhere),
        ...(bencher && { pgbench: () => bencher.insert(pgbenchClients, seconds) }),
      },
      say,
    );
    const checks = total(await Promise.all([appends, hot!, ...others].map(({ check }) => check(raw))));
    await runtime.dispatcher.close();
    await appender.close();
    await pool.end();
    await raw.end();
    await bencher?.close();
    const figures = Object.entries(rounds).flatMap(([name, side]) => {
      const { perSecond, p50Ms, p99Ms } = summary(side);
      const rate = [`${name}PerSecond`, perSecond] as const;
      if (name === 'pgbench') return [rate];
      return [rate, [`${name}P50Ms`, p50Ms], [`${name}P99Ms`, p99Ms]] as const;
    });
    const perSecond = (side: keyof typeof rounds) => summary(rounds[side] ?? []).perSecond;
    return {
      figures: Object.fromEntries(figures),
      ratios: {
        toRawInsert: round(perSecond('append') / perSecond('rawInsert')),
        toPreparedInsert: round(perSecond('append') / perSecond('preparedInsert')),
        ...(bencher && { toPgbench: round(perSecond('append') / perSecond('pgbench')) }),
        commandToRawInsert: round(perSecond('command') / perSecond('rawInsert')),
        commandToPreparedInsert: round(perSecond('command') / perSecond('preparedInsert')),
        manyTenantsToRawInsert: round(perSecond('manyTenants') / perSecond('rawInsert')),
      },
      checks,
    };
  });
