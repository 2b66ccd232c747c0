import pg from 'pg';
import { randomOf } from '../src/cli/demo/random.ts';
import type { NewEvent } from '../src/engine/event.ts';
import { addDays, daysBetween } from '../src/engine/instant.ts';
import { createProjector } from '../src/engine/projector.ts';
import { policySchema } from '../src/events/policy.ts';
import { createApp } from '../src/http/app.ts';
import { readModels } from '../src/projections/index.ts';
import { createRuntime, queriesByName } from '../src/runtime.ts';
import { createPool } from '../src/storage/database.ts';
import { createTenant, createVerifier, issueKeys } from '../src/storage/tenants.ts';
import { createCompany, idOf, personOf } from './company.ts';
import {
  customerOf,
  type Deal,
  dealOf,
  type Happening,
  lifeOf,
  type Market,
  pipeline,
  pipelineId,
  revised,
  streamOf,
  visitOf,
} from './deals.ts';
import { quantile, round } from './measure.ts';
import type { BenchOptions, BenchResult } from './run.ts';
import { onFreshServer } from './server.ts';
import { appendTo } from './visits.ts';

const warmUps = 10;
const opportunities = 100_000;
const visitsADay = 100;
const [firstDay, today] = ['2024-07-01', '2026-06-30'];
const days = daysBetween(firstDay, today) + 1;
const quarter = { from: '2026-04-01', to: today };
const { units, sellers, organisation } = createCompany({ regions: 5, officesEach: 10, sellersEach: 19 });
const [region, office] = (['region', 'office'] as const).map((kind) =>
  units.find((unit) => unit.kind === kind),
) as [(typeof units)[number], (typeof units)[number]];
const market: Market = { firstDay, owners: sellers.map(personOf), customers: 10_000 };

interface Question {
  readonly label: string;
  readonly query: string;
  readonly input?: Readonly<Record<string, string>>;
  /** Who asks: the top manager, unless it is the head of an office. */
  readonly by?: 'head';
}

const unitAsked = { subjectKind: 'unit', subjectId: idOf(region.name) };
const questions: readonly Question[] = [
  { label: 'board', query: 'GetPipelineBoard', input: { pipelineId } },
  { label: 'boardOfUnit', query: 'GetPipelineBoard', input: { pipelineId, ...unitAsked } },
  {
    label: 'boardOfPerson',
    query: 'GetPipelineBoard',
    input: { pipelineId, subjectKind: 'person', subjectId: market.owners[0]! },
  },
  { label: 'statistics', query: 'GetStageStatistics', input: { pipelineId } },
  { label: 'statisticsOfUnit', query: 'GetStageStatistics', input: { pipelineId, ...unitAsked } },
  { label: 'waterfall', query: 'GetPipelineWaterfall', input: quarter },
  { label: 'waterfallOfUnit', query: 'GetPipelineWaterfall', input: { ...quarter, ...unitAsked } },
  { label: 'idle', query: 'ListIdleOpportunities' },
  { label: 'rotting', query: 'ListIdleOpportunities', input: { rotting: 'true' } },
  { label: 'rottingOfOffice', query: 'ListIdleOpportunities', input: { rotting: 'true' }, by: 'head' },
  { label: 'opportunities', query: 'ListOpportunities', input: { status: 'open' } },
  { label: 'opportunitiesOfOffice', query: 'ListOpportunities', input: { status: 'open' }, by: 'head' },
];

/** Where a question is asked. */
function urlOf({ query, input = {} }: Question): string {
  const { path } = queriesByName.get(query)!;
  const rest = Object.entries(input).filter(([field]) => !path.includes(`:${field}`));
  return `/v1${path.replace(/:(\w+)/g, (_, field: string) => input[field]!)}?${new URLSearchParams(rest)}`;
}

/** Two years of opportunities, day by day, as events; answers how many there are and what each came to. */
async function fill(pool: pg.Pool, tenantId: string) {
  const versions = new Map<string, number>();
  const deals: Deal[] = [];
  const agenda = Array.from(
    { length: days },
    (): { happening: Happening; life: Generator<Happening> }[] => [],
  );
  const enter = (life: Generator<Happening>) => {
    const { value } = life.next();
    if (value && value.day < days) agenda[value.day]!.push({ happening: value, life });
  };
  const random = randomOf('visits');
  let count = 0;
  for (let day = 0; day < days; day++) {
    const date = addDays(firstDay, day);
    const until = Math.floor((opportunities * (day + 1)) / days);
    while (deals.length < until) {
      const deal = dealOf(deals.length, day, market);
      enter(lifeOf(deals.push(deal) - 1, deal, day, market));
    }
    const streams: [string, NewEvent[], number][] = [];
    const put = (stream: string, events: readonly NewEvent[]) => {
      const before = versions.get(stream) ?? 0;
      versions.set(stream, before + events.length);
      count += events.length;
      const hour = String(8 + (streams.length % 10)).padStart(2, '0');
      const when = { occurredAt: `${date}T${hour}:00:00.000Z`, effectiveOn: date };
      streams.push([stream, events.map((event) => ({ ...event, when })), before]);
    };
    for (const { happening, life } of agenda[day]!) {
      put(happening.stream, happening.events());
      enter(life);
    }
    agenda[day] = [];
    for (let visit = 0; visit < visitsADay; visit++) {
      const visited = visitOf(
        `${day} ${visit}`,
        customerOf(random.int(0, market.customers - 1)),
        random.pick(market.owners),
        date,
      );
      put(`visit/${day}/${visit}`, [visited]);
    }
    await appendTo(pool, tenantId, streams);
  }
  return { deals, versions, count };
}

type Ask = (question: Question) => Promise<{ readonly body: string; readonly ms: number }>;

interface Amounts {
  readonly currency: string;
  readonly count: number;
  readonly valueMinor: string;
}
interface Stage {
  readonly stageId: string;
  readonly entered: number;
  readonly stillOpen: number;
}
interface Waterfall {
  readonly currency: string;
  readonly closing: Amounts;
}

/** How many answers are not what plain statements over the rows of opportunities and their touches say. */
async function wrongAnswers(owner: pg.Pool, tenantId: string, ask: Ask): Promise<number> {
  // biome-ignore lint/suspicious/noExplicitAny: answers of several queries
  const answerTo = async (label: string): Promise<any> =>
    JSON.parse((await ask(questions.find((question) => question.label === label)!)).body);
  const rowsOf = async (text: string, ...values: readonly unknown[]) =>
    (await owner.query(text, [tenantId, ...values])).rows;
  const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);
  let wrong = 0;
  const expect = (isRight: boolean) => {
    if (!isRight) wrong += 1;
  };
  const sellersIn = (name: string) =>
    sellers.filter((seller) => seller.name.startsWith(`${name}/`)).map(personOf);
  const officers = [...sellersIn(office.name), personOf(office)];

  const running = `select currency, count(*)::integer, sum(value_minor)::text as "valueMinor" from read.opportunity
    where tenant_id = $1 and status in ('open', 'on_hold')`;
  for (const [label, owners] of [
    ['board', market.owners],
    ['boardOfUnit', sellersIn(region.name)],
    ['boardOfPerson', market.owners.slice(0, 1)],
  ] as const) {
    const { count, stages, amounts } = await answerTo(label);
    const rows = await rowsOf(`${running} and owner_id = any($2) group by 1 order by 1`, owners);
    const plain = ({ currency, count, valueMinor }: Amounts) => ({ currency, count, valueMinor });
    expect(isSame(amounts.map(plain), rows));
    expect(count === rows.reduce((sum, row) => sum + row.count, 0));
    expect(count === stages.reduce((sum: number, stage: Amounts) => sum + stage.count, 0));
  }

  for (const [label, owners] of [
    ['waterfall', market.owners],
    ['waterfallOfUnit', sellersIn(region.name)],
  ] as const) {
    const { data } = await answerTo(label);
    const rows = await rowsOf(
      `${running} and owner_id = any($2) and (expected_close is null or expected_close <= $3) group by 1 order by 1`,
      owners,
      quarter.to,
    );
    const closing = data.map(({ currency, closing: { count, valueMinor } }: Waterfall) => ({
      currency,
      count,
      valueMinor,
    }));
    expect(isSame(closing, rows));
    for (const flows of data) {
      for (const part of ['count', 'valueMinor'] as const) {
        const sum = (...names: readonly string[]) =>
          names.reduce((total, name) => total + BigInt(flows[name][part]), 0n);
        expect(
          sum('opening', 'created', 'increased', 'pulledIn', 'reopened', 'transferredIn') -
            sum('decreased', 'pushedOut', 'won', 'lost', 'transferredOut') ===
            sum('closing'),
        );
      }
    }
  }

  for (const [label, owners] of [
    ['statistics', market.owners],
    ['statisticsOfUnit', sellersIn(region.name)],
  ] as const) {
    const { stages } = await answerTo(label);
    const rows = await rowsOf(
      `select stage_id as "stageId", count(*)::integer as entered, (count(*) filter (where left_on is null))::integer as "stillOpen"
       from read.stage_interval where tenant_id = $1 and kind = 'open' and owner_id = any($2) group by 1 order by 1`,
      owners,
    );
    const sums = stages.map(({ stageId, entered, stillOpen }: Stage) => ({ stageId, entered, stillOpen }));
    expect(
      isSame(
        sums.toSorted((a: Stage, b: Stage) => (a.stageId < b.stageId ? -1 : 1)),
        rows,
      ),
    );
  }

  const { touches } = policySchema('pipeline').parse({});
  const idle = await rowsOf(
    `select o.opportunity_id as id, o.owner_id as "ownerId", ($2::date - max(t.day))::integer as "idleDays",
       $2::date - max(t.day) > max(s.rotting_after_days) as rotting
     from read.opportunity o
     join read.pipeline_stage s on s.tenant_id = $1 and s.pipeline_id = o.pipeline_id
       and s.version = o.pipeline_version and s.stage_id = o.stage_id
     join read.opportunity_touch t on t.tenant_id = $1 and t.customer_id = o.customer_id
       and (t.opportunity_id = o.opportunity_id or t.opportunity_id is null) and t.at >= o.opened_at
     where o.tenant_id = $1 and o.status = 'open' and t.type = any($3)
     group by 1, 2 order by 3 desc, 1`,
    today,
    ['OpportunityOpened', ...touches],
  );
  for (const [label, shown] of [
    ['idle', idle],
    ['rotting', idle.filter(({ rotting }) => rotting)],
    ['rottingOfOffice', idle.filter(({ rotting, ownerId }) => rotting && officers.includes(ownerId))],
  ] as const) {
    const { data } = await answerTo(label);
    const plain = ({ id, idleDays }: { readonly id: string; readonly idleDays: number }) => [id, idleDays];
    expect(shown.length > 0);
    expect(
      isSame(
        data.map(({ opportunityId: id, idleDays }: { opportunityId: string; idleDays: number }) => [
          id,
          idleDays,
        ]),
        shown.slice(0, 50).map(plain as never),
      ),
    );
  }

  for (const [label, owners] of [
    ['opportunities', market.owners],
    ['opportunitiesOfOffice', officers],
  ] as const) {
    const { data } = await answerTo(label);
    const rows = await rowsOf(
      `select opportunity_id::text as id from read.opportunity
       where tenant_id = $1 and status = 'open' and owner_id = any($2) order by opened_at desc, 1 desc limit 50`,
      owners,
    );
    expect(
      isSame(
        data.map(({ opportunityId: id }: { opportunityId: string }) => ({ id })),
        rows,
      ),
    );
  }
  return wrong;
}

/** What the pipeline of a company of a thousand people answers over 100 000 opportunities; before each question one changes. */
export const run = ({ full, say }: BenchOptions): Promise<BenchResult> =>
  onFreshServer(say, async (databaseUrl) => {
    const pool = createPool({ databaseUrl, connections: 8, name: 'bench' });
    const owner = new pg.Pool({ connectionString: databaseUrl });
    owner.on('error', (error) => say(error.message));
    const tenantId = await createTenant(databaseUrl, 'Bench');
    const [manager, head] = await issueKeys(databaseUrl, [
      { tenantId, name: 'manager', roles: ['TM'] },
      { tenantId, name: 'head', personId: personOf(office) },
    ]);
    const begun = performance.now();
    const seconds = () => round((performance.now() - begun) / 1_000, 0);
    await appendTo(pool, tenantId, [
      ['organisation', organisation],
      [`pipeline-def/${pipelineId}`, pipeline],
    ]);
    const { deals, versions, count } = await fill(pool, tenantId);
    say(`${count} events after ${seconds()} s`);
    const runtime = createRuntime({ pool, masterKey: 'bench', clock: () => `${today}T20:00:00.000Z` });
    const names = new Set(
      questions.flatMap(({ query }) => queriesByName.get(query)!.reads.map(({ name }) => name)),
    );
    const models = readModels.filter(({ name }) => names.has(name));
    const projector = createProjector({ pool, read: runtime.read, models });
    await projector.advance(tenantId);
    await owner.query('vacuum analyze');
    await owner.query('checkpoint');
    const open = deals.filter(({ standing }) => standing.status === 'open');
    say(`${open.length} of ${deals.length} opportunities are open after ${seconds()} s`);

    const app = await createApp({
      runtime,
      verify: createVerifier(pool),
      secret: 'bench',
      version: 'bench',
      limits: { requestsPerMinute: 1_000_000 },
      ready: async () => undefined,
      metrics: async () => '',
    });
    const ask: Ask = async (question) => {
      const headers = { authorization: `Bearer ${question.by ? head : manager}` };
      const asked = performance.now();
      const { statusCode, body } = await app.inject({ url: urlOf(question), headers });
      const ms = performance.now() - asked;
      if (statusCode !== 200) throw new Error(`${question.label}: ${body}`);
      return { body, ms };
    };
    let turn = 0;
    const change = async () => {
      const deal = open[(turn * 7_919) % open.length]!;
      const before = versions.get(streamOf(deal))!;
      const when = { occurredAt: `${today}T19:00:00.000Z`, effectiveOn: today };
      await appendTo(pool, tenantId, [
        [streamOf(deal), [{ ...revised(deal, 1_000_000 + turn++), when }], before],
      ]);
      versions.set(streamOf(deal), before + 1);
      await projector.advance(tenantId);
    };

    const figures: Record<string, number> = { opportunities, open: open.length, events: count };
    for (const question of questions) {
      const latencies: number[] = [];
      for (let warm = 0; warm < warmUps; warm++) await ask(question);
      for (let asked = 0; asked < (full ? 1_000 : 200); asked++) {
        await change();
        latencies.push((await ask(question)).ms);
      }
      figures[`${question.label}P50Ms`] = round(quantile(latencies, 0.5));
      figures[`${question.label}P99Ms`] = round(quantile(latencies, 0.99));
      say(
        `${question.label}: p50 ${figures[`${question.label}P50Ms`]} ms, p99 ${figures[`${question.label}P99Ms`]} ms`,
      );
    }
    const wrong = await wrongAnswers(owner, tenantId, ask);
    await app.close();
    await runtime.dispatcher.close();
    await pool.end();
    await owner.end();
    return { figures, ratios: {}, checks: { lost: wrong, doubled: 0, reordered: 0 } };
  });
