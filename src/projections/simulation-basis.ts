import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import { nothing, query } from '../engine/query.ts';
import type { PipelineStage } from '../events/pipeline.ts';
import { SimulationBasis } from '../events/simulation-basis.ts';
import { Currency, LocalDate, PipelineId } from '../events/values.ts';
import { opportunity } from './opportunity.ts';
import { pipeline } from './pipeline.ts';
import { pipelineMovement } from './pipeline-movement.ts';
import { type AnyDb, rowsOf, together } from './rows-of.ts';
import { stageInterval } from './stage-interval.ts';

interface Asked {
  readonly pipelineId: string;
  readonly currency: string;
  readonly asOf: string;
  readonly historyFrom: string;
}

/** Stays that are alike. */
interface Stays {
  readonly place: number;
  readonly isFirst: boolean;
  readonly next: number | null;
  readonly exit: 'forward' | 'back' | 'won' | 'lost' | 'open';
  readonly days: number;
  readonly isRecent: boolean;
  readonly isWonRecently: boolean;
  readonly amountMinor: bigint | null;
  readonly count: number;
}

const daysMax = 3_660;

/**
 * How long opportunities stayed where before a day. What was on hold, or won or lost and then reopened, or in a stage
 * that the version does not have, did not leave its stage in that time.
 */
function staysOf(
  stageIds: readonly string[],
  { pipelineId, currency, asOf, historyFrom }: Asked,
): RawBuilder<Stays> {
  const before = sql`${asOf}::date`;
  const from = sql`${historyFrom}::date`;
  const movement = sql`from pipeline_movement move where move."opportunityId" = run.id and move.day < ${before}`;
  return sql<Stays>`
    with standing as (
      select stay."opportunityId" as id, stay.stay, stay."enteredOn" as day, stay.kind, listed.place,
        count(listed.place) over earlier as known, first_value(stay.kind) over latest as last_kind,
        first_value(stay."enteredOn") over latest as last_day
      from stage_interval stay
      join opportunity deal on deal."opportunityId" = stay."opportunityId" and deal.currency = ${currency}
      left join unnest(${stageIds}::text[]) with ordinality as listed(stage_id, place)
        on listed.stage_id = stay."stageId" and stay.kind = 'open'
      where stay."pipelineId" = ${pipelineId}::uuid and stay."enteredOn" < ${before}
      window earlier as (partition by stay."opportunityId" order by stay.stay),
        latest as (partition by stay."opportunityId" order by stay.stay desc)),
    placed as (
      select *, (coalesce(max(place) over (partition by id, known), 1) - 1)::integer as at from standing),
    entered as (
      select *, lag(at) over (partition by id order by stay) as former from placed),
    run as (
      select id, day, at, former, last_kind, last_day, lead(at) over later as next, lead(day) over later as next_day
      from entered where former is distinct from at window later as (partition by id order by stay)),
    stays as (
      select at as place, former is null as "isFirst", next,
        case when next > at then 'forward' when next < at then 'back'
          when last_kind in ('won', 'lost') then last_kind else 'open' end as exit,
        least(coalesce(next_day, case when last_kind in ('won', 'lost') then last_day else ${before} - 1 end) - day,
          ${daysMax}) as days,
        day >= ${from} as "isRecent",
        next is null and last_kind = 'won' and last_day >= ${from} as "isWonRecently",
        case when next is not null or last_kind = 'lost' then null
          when last_kind = 'won'
            then (select -move."valueMinor" ${movement} and move.kind = 'won' order by move.position desc limit 1)
          else (select sum(move."valueMinor")::bigint ${movement}) end as "amountMinor"
      from run)
    select *, count(*)::integer as count from stays group by place, "isFirst", next, exit, days, "isRecent",
      "isWonRecently", "amountMinor" order by place, days, exit, next, "amountMinor"`;
}

type Interval = SimulationBasis['stages'][number]['intervals'][number];
interface Ended extends Interval {
  readonly stage: number;
}

const between = (from: number, before: number): readonly number[] =>
  Array.from({ length: Math.max(0, before - from) }, (_, index) => from + index);

/** Stays as a way that goes from each stage to the next or to the one before: what is skipped is a stay of no days. */
function stepsOf({ place, isFirst, next, exit, days, count }: Stays, stages: number): readonly Ended[] {
  const passing = (some: readonly number[], how: Interval['exit']) =>
    some.map((stage) => ({ stage, days: 0, exit: how, count }));
  const ends = exit === 'forward' || exit === 'won' ? 'advanced' : exit;
  const skipped =
    exit === 'back'
      ? passing(between(next! + 1, place), 'back')
      : passing(between(place + 1, exit === 'won' ? stages : (next ?? place)), 'advanced');
  return [
    ...(isFirst ? passing(between(0, place), 'advanced') : []),
    { stage: place, days, exit: ends, count },
    ...skipped,
  ];
}

const summed = <T extends { readonly count: number }>(
  rows: readonly T[],
  keyOf: (row: T) => string,
): readonly T[] =>
  [...Map.groupBy(rows, keyOf).values()].map((same) => ({
    ...same[0]!,
    count: same.reduce((sum, { count }) => sum + count, 0),
  }));

interface Month {
  readonly month: string;
  readonly arrived: number;
}

/** Whole months before a day, from the one on after that in which the first opportunity was opened. */
function wholeMonths(months: readonly Month[], { asOf, historyFrom }: Asked): readonly Month[] {
  const arrived = new Map(months.map((each) => [each.month, each.arrived]));
  const first = months[0]?.month ?? asOf.slice(0, 7);
  const whole: Month[] = [];
  const end = Temporal.PlainYearMonth.from(asOf.slice(0, 7));
  for (
    let month = Temporal.PlainYearMonth.from(historyFrom.slice(0, 7));
    Temporal.PlainYearMonth.compare(month, end) < 0;
    month = month.add({ months: 1 })
  ) {
    const name = month.toString();
    if (name > first) whole.push({ month: name, arrived: arrived.get(name) ?? 0 });
  }
  return whole;
}

const monthsOf = ({ pipelineId, currency, asOf }: Asked) => sql<Month>`
  select to_char("openedOn", 'YYYY-MM') as month, count(*)::integer as arrived from opportunity
  where "pipelineId" = ${pipelineId}::uuid and currency = ${currency} and "openedOn" < ${asOf}::date
  group by 1 order by 1`;

/** The currency that most opportunities of a pipeline have. */
async function usualCurrency(db: AnyDb, pipelineId: string): Promise<string | null> {
  const rows = await rowsOf<{ readonly currency: string }>(
    db,
    sql`select currency from opportunity where "pipelineId" = ${pipelineId}::uuid
      group by currency order by count(*) desc, currency limit 1`,
  );
  return rows[0]?.currency ?? null;
}

async function historyOf(db: AnyDb, stages: readonly PipelineStage[], asked: Asked) {
  const rows = await rowsOf(
    db,
    staysOf(
      stages.map(({ stageId }) => stageId),
      asked,
    ),
  );
  const months = await rowsOf(db, monthsOf(asked));
  const steps = rows.filter(({ isRecent }) => isRecent).flatMap((row) => stepsOf(row, stages.length));
  const ended = summed(steps, ({ stage, days, exit }) => `${stage} ${days} ${exit}`);
  const won = rows.filter(({ isWonRecently, amountMinor }) => isWonRecently && amountMinor !== null);
  const open = rows
    .filter(({ exit }) => exit === 'open')
    .map(({ place, days, amountMinor, count }) => ({
      stage: place,
      ageDays: days,
      amountMinor: amountMinor === null || amountMinor <= 0n ? null : amountMinor,
      count,
    }));
  return {
    intervals: stages.map((_, index) =>
      ended.filter(({ stage }) => stage === index).map(({ stage: __, ...interval }) => interval),
    ),
    months: wholeMonths(months, asked),
    values: summed(
      won.map(({ amountMinor, count }) => ({ amountMinor: amountMinor!, count })),
      ({ amountMinor }) => String(amountMinor),
    ),
    openDeals: summed(open, (deal) => `${deal.stage} ${deal.ageDays} ${deal.amountMinor}`),
  };
}

const none = (stages: readonly unknown[]) => ({
  intervals: stages.map(() => []),
  months: [],
  values: [],
  openDeals: [],
});

export const getSimulationBasis = query({
  name: 'GetSimulationBasis',
  summary:
    'Get what history says of a pipeline, as a simulation takes it: stays in its stages, arrivals by month, what was won, and what is open.',
  permission: 'simulation:read',
  path: '/pipelines/:pipelineId/simulation-basis',
  input: {
    pipelineId: PipelineId,
    asOf: LocalDate.optional().describe('What happened before this day counts; today when left out.'),
    currency: Currency.optional().describe(
      'Only opportunities in it count; the one that most have when left out.',
    ),
    historyMonths: z.int().min(6).max(36).default(24).describe('How many months back history counts.'),
  },
  output: SimulationBasis,
  reads: together(pipeline, opportunity, stageInterval, pipelineMovement),
  answer: async (db, { pipelineId, asOf: askedDay, currency: askedCurrency, historyMonths }, { today }) => {
    const row = await db
      .selectFrom('pipeline')
      .selectAll()
      .where('pipelineId', '=', pipelineId)
      .executeTakeFirst();
    const latest = row?.versions.at(-1);
    if (!latest) return nothing;
    const asOf = askedDay ?? today;
    const historyFrom = Temporal.PlainDate.from(asOf)
      .with({ day: 1 })
      .subtract({ months: historyMonths })
      .toString();
    const currency = askedCurrency ?? (await usualCurrency(db, pipelineId));
    const stages = latest.stages.filter(({ kind }) => kind === 'open');
    const { intervals, months, values, openDeals } = currency
      ? await historyOf(db, stages, { pipelineId, currency, asOf, historyFrom })
      : none(stages);
    return {
      ...{ pipelineId, pipelineVersion: latest.version, currency, asOf, historyFrom },
      stages: stages.map(({ stageId, name, controllable }, index) => ({
        ...{ stageId, name, controllable },
        intervals: [...intervals[index]!],
      })),
      months: [...months],
      values: [...values],
      openDeals: [...openDeals],
    };
  },
});
