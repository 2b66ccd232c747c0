import pg from 'pg';
import { demoTenantId } from '../src/cli/demo/world.ts';
import { loadDemo } from '../src/cli/demo.ts';
import { now } from '../src/engine/clock.ts';
import { strict } from '../src/engine/input.ts';
import { dayOf } from '../src/engine/instant.ts';
import { createRuntime, queriesByName, type Runtime } from '../src/runtime.ts';
import { createPool } from '../src/storage/database.ts';
import { withHistory } from './history.ts';
import { quantile, round } from './measure.ts';
import type { BenchOptions, BenchResult } from './run.ts';
import { onFreshServer } from './server.ts';
import { systemActor } from './visits.ts';

const heaviest = 5;
const tries = 10;

interface Question {
  readonly label: string;
  readonly query: string;
  readonly input: Readonly<Record<string, string>>;
}

/** What people look at all day, each about the busiest there is of its kind. */
async function questionsOf(owner: pg.Pool, tenantId: string): Promise<readonly Question[]> {
  const most = async (column: string, where = 'true') => {
    const { rows } = await owner.query(
      `select ${column}::text as value from read.visit where tenant_id = $1 and ${where}
       group by 1 order by count(*) desc, 1 limit 1`,
      [tenantId],
    );
    return rows[0].value as string;
  };
  const personId = await most('person_id', 'started_at is not null');
  const date = await most('date', `started_at is not null and person_id = '${personId}'`);
  const customerId = await most('customer_id', 'customer_id is not null');
  const { rows } = await owner.query(
    `select signer_id as id from read.report_obligation where tenant_id = $1 and signer_id is not null
     group by 1 order by count(*) desc, 1 limit 1`,
    [tenantId],
  );
  const ask = (label: string, query: string, input: Question['input'] = {}) => ({ label, query, input });
  return [
    ask('dayFigures', 'GetDayFigures', { personId, date }),
    ask('personKpis', 'GetKpiValues', { subjectKind: 'person', subjectId: personId }),
    ask('personKpisByDay', 'GetKpiValues', { subjectKind: 'person', subjectId: personId, grain: 'day' }),
    ask('teamKpis', 'GetKpiValues', { subjectKind: 'team', subjectId: rows[0].id }),
    ask('organisationKpis', 'GetKpiValues', { subjectKind: 'organisation' }),
    ask('personTimeline', 'GetTimeline', { subjectKind: 'person', subjectId: personId }),
    ask('customerTimeline', 'GetTimeline', { subjectKind: 'customer', subjectId: customerId }),
    ask('customer', 'GetCustomer', { customerId }),
    ask('daySheets', 'ListDaySheets', { date }),
    ask('visits', 'ListVisits'),
    ask('visitsOfPerson', 'ListVisits', { personId, limit: '200' }),
    ask('orders', 'ListOrders', { customerId }),
    ask('dailyReport', 'GetDailyReport', { personId, date }),
    ask('obligations', 'ListReportObligations', { date }),
  ];
}

/** Answers in how many milliseconds a tenant's question was answered. */
async function timer({ asker, reader }: Runtime, tenantId: string, { label, query: name, input }: Question) {
  const query = queriesByName.get(name)!;
  const asking = await asker(systemActor(tenantId), query);
  if ('ok' in asking) throw new Error(asking.detail);
  const parsed = strict(query.input).parse(input);
  return async (): Promise<number> => {
    const begun = performance.now();
    const answer = await reader.answer(query, tenantId, parsed, asking);
    if (!answer.ok) throw new Error(`${label}: ${answer.detail}`);
    return performance.now() - begun;
  };
}

/** The heaviest questions in companies with ever more history, asked in turns; their rows in the month asked are the same. */
export const run = ({ full, say }: BenchOptions): Promise<BenchResult> =>
  onFreshServer(say, async (databaseUrl) => {
    const pool = createPool({ databaseUrl, connections: 8, name: 'bench' });
    const owner = new pg.Pool({ connectionString: databaseUrl });
    owner.on('error', (error) => say(error.message));
    const log = { debug: () => undefined, warn: say };
    const today = dayOf(now(), 'Europe/Berlin');
    await loadDemo({
      ...{ databaseUrl, pool, masterKey: 'bench', log, today, seed: 1, scale: 1, weeks: 1 },
      wake: () => undefined,
    });
    const small = demoTenantId(1);
    const { rows } = await owner.query('select position::integer from log.head where tenant_id = $1', [
      small,
    ]);
    const events = rows[0].position as number;
    const tenants = new Map([[events, small]]);
    for (const copies of full ? [10, 100, 1_000] : [10, 100]) {
      tenants.set(events * copies, await withHistory(databaseUrl, owner, small, copies));
      say(`history of ${events * copies} events`);
    }
    await owner.query('vacuum analyze');
    await owner.query('checkpoint');

    const runtime = createRuntime({ pool, masterKey: 'bench' });
    const costs: { readonly question: Question; readonly ms: number }[] = [];
    for (const question of await questionsOf(owner, small)) {
      const time = await timer(runtime, small, question);
      const ms: number[] = [];
      for (let n = 0; n < tries; n++) ms.push(await time());
      costs.push({ question, ms: quantile(ms, 0.5) });
    }
    costs.sort((a, b) => b.ms - a.ms);
    say(costs.map(({ question, ms }) => `${question.label} ${round(ms)}`).join(', '));

    const sizes = [...tenants];
    const all = sizes.map(() => [] as number[]);
    const figures: Record<string, number> = {};
    const ratios: Record<string, number> = {};
    for (const { question } of costs.slice(0, heaviest)) {
      const times = await Promise.all(sizes.map(([, tenantId]) => timer(runtime, tenantId, question)));
      const ms = sizes.map(() => [] as number[]);
      for (const time of times) for (let n = 0; n < tries; n++) await time();
      for (let n = 0; n < (full ? 1_000 : 200); n++)
        for (const [index, time] of times.entries()) ms[index]!.push(await time());
      for (const [index, [size]] of sizes.entries()) {
        figures[`${question.label}P50MsAt${size}`] = round(quantile(ms[index]!, 0.5));
        figures[`${question.label}P99MsAt${size}`] = round(quantile(ms[index]!, 0.99));
        all[index]!.push(...ms[index]!);
      }
      ratios[`${question.label}P50At1MTo10k`] = round(quantile(ms[2]!, 0.5) / quantile(ms[0]!, 0.5));
      say(
        `${question.label}: p50 at ${sizes.map(([size], index) => `${size} ${round(quantile(ms[index]!, 0.5))}`).join(', ')} ms`,
      );
    }
    await runtime.dispatcher.close();
    await pool.end();
    await owner.end();
    const ratioAt = (share: number) => round(quantile(all[2]!, share) / quantile(all[0]!, share));
    return {
      figures,
      ratios: { p99At1MTo10k: ratioAt(0.99), p50At1MTo10k: ratioAt(0.5), ...ratios },
      checks: { lost: 0, doubled: 0, reordered: 0 },
    };
  });
