import pg from 'pg';
import { uuidV5 } from '../src/engine/canonical.ts';
import { strict } from '../src/engine/input.ts';
import { createProjector } from '../src/engine/projector.ts';
import { organisationEvents } from '../src/events/organisation.ts';
import { readModels } from '../src/projections/index.ts';
import { createRuntime, queriesByName } from '../src/runtime.ts';
import { createPool } from '../src/storage/database.ts';
import { createTenant } from '../src/storage/tenants.ts';
import { quantile, round } from './measure.ts';
import type { BenchOptions, BenchResult } from './run.ts';
import { onFreshServer } from './server.ts';
import { appendTo, systemActor } from './visits.ts';

const peopleCount = 1_000;
const sampleCount = 25;
const period = 'FY2026-M03';

/** Each rests on other tables: sums of days, plans, visits, and what the policy asks for. */
const kpis = ['effective_visit_rate', 'visit_plan_completion', 'transaction_rate', 'visit_volume_compliance'];

const people = Array.from({ length: peopleCount }, (_, index) =>
  uuidV5('00000000-0000-4000-8000-000000000000', `seller ${index}`),
);
const configured = organisationEvents.OrganisationConfigured({
  name: 'Bench',
  timeZone: 'UTC',
  reportingCurrency: 'EUR',
  weekStart: 1,
  dailyReportDue: '18:00',
  weeklyReportDue: { isoWeekday: 1, time: '09:00' },
  monthlyReviewDueWorkingDay: 3,
});
const staff = people.flatMap((personId, index) => [
  organisationEvents.PersonEmployed({
    personId,
    employeeNo: `E${index}`,
    from: '2020-01-01',
    newcomerUntil: '2020-06-01',
  }),
  organisationEvents.RoleGranted({ personId, role: 'SP', from: '2020-01-01' }),
]);

/** A quarter of working days of every person as the read models have them: five visits on each, of which some were planned, effective and sold something. */
async function fill(owner: pg.Pool, tenantId: string): Promise<void> {
  const generation = (model: string) =>
    `(select generation from read.generation where tenant_id = $1 and model = '${model}' and live)`;
  const days = `unnest($2::uuid[]) with ordinality as person(id, n),
    generate_series('2026-02-01'::date, '2026-04-30', '1 day') with ordinality as day(at, d)
    where extract(isodow from day.at) < 6`;
  const insert = (text: string) => owner.query(text, [tenantId, people]);
  await insert(`insert into read.fact_day (tenant_id, generation, person_id, date, measure, currency, numerator)
    select $1, ${generation('fact_day')}, person.id, day.at, measure, '', 1 + (n * 7 + d * 3 + m) % 5
    from unnest(array['visits', 'effective_visits', 'unplanned_visits', 'calls', 'orders', 'complaints'])
      with ordinality as measured(measure, m), ${days}`);
  await owner.query(
    `insert into read.fact_month (tenant_id, generation, person_id, month, measure, currency, numerator)
     select $1, ${generation('fact_month')}, person_id, date_trunc('month', date)::date, measure, currency, sum(numerator)
     from read.fact_day where tenant_id = $1 group by 3, 4, 5, 6`,
    [tenantId],
  );
  await insert(`insert into read.plan_fact (tenant_id, generation, person_id, date, expected, submitted, on_time,
      on_plan, on_submitted, in_force, made, missed, planned_visits, planned_visits_made, planned_visits_in_order,
      missed_visits)
    select $1, ${generation('plan_fact')}, person.id, day.at, true, true, true, '[]', '[]', '[]', '[]', '[]',
      5, (n * 3 + d) % 6, (n * 3 + d) % 6, 0 from ${days}`);
  await insert(`insert into read.visit_fact (tenant_id, generation, visit_id, person_id, date, made, ordered,
      contracted, exceptions)
    select $1, ${generation('visit_fact')}, gen_random_uuid(), person.id, day.at, true, (n + d * 3 + v) % 4 = 0, false, '[]'
    from generate_series(1, 5) as v, ${days}`);
  await owner.query('vacuum analyze');
}

/** One indicator of a thousand people over a month, which must be what each of them is told alone. */
export const run = ({ full, say }: BenchOptions): Promise<BenchResult> =>
  onFreshServer(say, async (databaseUrl) => {
    const pool = createPool({ databaseUrl, connections: 8, name: 'bench' });
    const owner = new pg.Pool({ connectionString: databaseUrl });
    owner.on('error', (error) => say(error.message));
    const tenantId = await createTenant(databaseUrl, 'Bench');
    const runtime = createRuntime({ pool, masterKey: 'bench', clock: () => '2026-03-31T20:00:00.000Z' });
    await appendTo(owner, tenantId, [['organisation', [configured, ...staff]]]);
    const projector = createProjector({ pool, read: runtime.read, models: readModels });
    await projector.advance(tenantId);
    await fill(owner, tenantId);
    await owner.query('checkpoint');

    // biome-ignore lint/suspicious/noExplicitAny: answers of several queries
    const ask = async (name: string, input: object): Promise<any> => {
      const query = queriesByName.get(name)!;
      const asking = await runtime.asker(systemActor(tenantId), query);
      if ('ok' in asking) throw new Error(asking.detail);
      const answer = await runtime.reader.answer(query, tenantId, strict(query.input).parse(input), asking);
      if (!answer.ok) throw new Error(answer.detail);
      return answer.body;
    };

    const figures: Record<string, number> = {};
    let wrong = 0;
    for (const kpi of kpis) {
      const { data } = await ask('GetKpiComparison', { kpi, period });
      if (data.length !== peopleCount) wrong += 1;
      for (const entry of data.filter(
        (_: unknown, index: number) => index % (peopleCount / sampleCount) === 0,
      )) {
        const alone = await ask('GetKpiValues', {
          subjectKind: 'person',
          subjectId: entry.id,
          kpis: [kpi],
          period,
        });
        const [{ numerator, denominator }] = alone.data;
        if (numerator !== entry.numerator || denominator !== entry.denominator) wrong += 1;
      }
      for (let n = 0; n < 10; n++) await ask('GetKpiComparison', { kpi, period });
      const ms: number[] = [];
      for (let n = 0; n < (full ? 1_000 : 200); n++) {
        const begun = performance.now();
        await ask('GetKpiComparison', { kpi, period });
        ms.push(performance.now() - begun);
      }
      figures[`${kpi}P50Ms`] = round(quantile(ms, 0.5));
      figures[`${kpi}P99Ms`] = round(quantile(ms, 0.99));
      say(`${kpi}: p50 ${figures[`${kpi}P50Ms`]} ms, p99 ${figures[`${kpi}P99Ms`]} ms, ${wrong} wrong`);
    }
    await runtime.dispatcher.close();
    await pool.end();
    await owner.end();
    const kpiP99Ms = figures[`${kpis[0]}P99Ms`]!;
    const kpiWorstP99Ms = Math.max(...kpis.map((kpi) => figures[`${kpi}P99Ms`]!));
    return {
      figures: { kpiP99Ms, kpiWorstP99Ms, ...figures },
      ratios: {},
      checks: { lost: wrong, doubled: 0, reordered: 0 },
    };
  });
