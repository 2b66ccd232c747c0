import { sql } from 'kysely';
import { z } from 'zod';
import { daysBetween } from '../engine/instant.ts';
import { endOf } from '../events/coverage.ts';
import type { Span } from '../events/period.ts';
import { over } from '../events/rational.ts';
import { LocalDate } from '../events/values.ts';
import { upTo } from './buckets.ts';
import type { Needed } from './coverage-need.ts';
import { ValueIn, valuesOf } from './coverage-open.ts';
import { Rational, rational } from './figures.ts';
import { memberModels } from './members.ts';
import type { Looked } from './pipeline-depth.ts';
import { pipelineMovement } from './pipeline-movement.ts';
import { pipelineStage } from './pipeline-stage.ts';
import { type AnyDb, rowsOf, together } from './rows-of.ts';
import { stageInterval } from './stage-interval.ts';

export const creationModels = together(pipelineMovement, stageInterval, pipelineStage, ...memberModels);

export const CreationMonth = z
  .object({
    month: LocalDate.describe('First day of the calendar month.'),
    count: z.int().describe('How many opportunities were opened.'),
    early: z.int().describe('Those of them that were opened in the first stage of their pipeline.'),
    amounts: z.array(ValueIn).describe('What they might come to when they were opened.'),
    required: Rational.nullable().describe(
      'How many had to be opened for the target of the time in which they end: target ÷ probability. Null without a plan for it.',
    ),
    rate: Rational.nullable().describe('Opened over required.'),
    valueRate: Rational.nullable().describe(
      'The same in value, at the average value of the plan and in its currency; null without one.',
    ),
  })
  .meta({ id: 'PipelineCreation', description: 'What was opened in a month, and what had to be.' });
type CreationMonth = z.output<typeof CreationMonth>;

export const OnlyThisYear = z
  .object({
    quarter: z.object({ start: LocalDate, endExclusive: LocalDate }).describe('The last fiscal quarter.'),
    early: z.int().describe('What was opened in it so far in a first stage.'),
    days: z.int().describe('Its days so far.'),
    trailingEarly: z.int().describe('The same in the twelve months before it.'),
    trailingDays: z.int(),
    rate: Rational.nullable().describe('What was opened a day in it, over that of the months before it.'),
    state: z
      .enum(['steady', 'only_this_year', 'insufficient_sample'])
      .describe('Whether early work stops towards the end of the year, by the policy.'),
  })
  .meta({ id: 'OnlyThisYear', description: 'Whether only what still counts for this year is worked on.' });

interface CreatedRow {
  readonly bucket: number;
  readonly currency: string;
  readonly count: number;
  readonly early: number;
  readonly valueMinor: string;
}

/** What was opened between some days, by bucket from 1, whosever it was then. */
const createdBetween = (db: AnyDb, { members, pipelineId }: Looked, cuts: readonly string[]) =>
  rowsOf<CreatedRow>(
    db,
    sql`${members ? sql`with recursive ${members}` : sql``}
      select width_bucket(made.day, ${cuts}::date[]) as bucket, made.currency, count(*)::integer as count,
        (count(*) filter (where not exists (
          select from pipeline_stage before where before."pipelineId" = stage."pipelineId"
            and before.version = stage.version and before.kind = 'open' and before.ordinal < stage.ordinal)))::integer as early,
        sum(made."valueMinor")::text as "valueMinor"
      from pipeline_movement made
      join stage_interval stay on stay."opportunityId" = made."opportunityId" and stay.stay = 1
      join pipeline_stage stage on stage."pipelineId" = stay."pipelineId"
        and stage.version = stay."pipelineVersion" and stage."stageId" = stay."stageId"
      ${members ? sql`join member on member.id = made."ownerId" and member.days @> made.day` : sql``}
      where made.kind = 'created' and made.day >= ${cuts[0]}::date and made.day < ${cuts.at(-1)}::date
        and ${pipelineId ? sql`made."pipelineId" = ${pipelineId}::uuid` : sql`true`}
      group by 1, 2`,
  );

const sum = (rows: readonly CreatedRow[], of: (row: CreatedRow) => number): number =>
  rows.reduce((total, row) => total + of(row), 0);

/** What had to be opened in a month, by the plan for the time in which that ends. */
function needIn(month: string, plans: readonly Needed[]) {
  const found = plans.find(({ plan: { start, endExclusive }, entry }) => {
    const end = endOf(month, entry);
    return start <= end && end < endExclusive;
  });
  if (!found?.entry.targetPerMonth) return undefined;
  const required = over(found.entry.targetPerMonth, found.entry.winProbability);
  return required && required.num > 0n ? { required, averageValue: found.plan.averageValue } : undefined;
}

/** What was opened in some months, each with what had to be; `months` are their first days and the end. */
export async function creationIn(
  db: AnyDb,
  looked: Looked,
  months: readonly string[],
  plans: readonly Needed[],
): Promise<CreationMonth[]> {
  const rows = await createdBetween(db, looked, months);
  return months.slice(0, -1).map((month, index) => {
    const here = rows.filter(({ bucket }) => bucket === index + 1);
    const count = sum(here, (row) => row.count);
    const amounts = valuesOf(
      here.map(({ currency, valueMinor }) => ({ value: { currency, valueMinor: BigInt(valueMinor) } })),
    );
    const need = needIn(month, plans);
    const opened = { month, count, early: sum(here, (row) => row.early), amounts };
    if (!need) return { ...opened, required: null, rate: null, valueRate: null };
    const { num, den } = need.required;
    const worth = need.averageValue;
    const value = amounts.find(({ currency }) => currency === worth?.currency)?.valueMinor ?? 0n;
    return {
      ...opened,
      required: rational(num, den),
      rate: rational(BigInt(count) * den, num),
      valueRate: worth && rational(value * den, num * BigInt(worth.amountMinor)),
    };
  });
}

/** The twelve months before a quarter. */
const trailing = ({ start }: Span): Span => ({
  start: Temporal.PlainDate.from(start).subtract({ years: 1 }).toString(),
  endExclusive: start,
});

/** The days of which it has to know what was opened. */
export const creationSpan = (months: readonly string[], quarter: Span | undefined): Span => ({
  start: [months[0]!, ...(quarter ? [trailing(quarter).start] : [])].sort()[0]!,
  endExclusive: months.at(-1)!,
});

/**
 * Whether the early work of the last fiscal quarter, up to a day, falls behind that of the twelve months before it: by
 * more than so many basis points, each by the day.
 */
export async function onlyThisYear(
  db: AnyDb,
  looked: Looked,
  quarter: Span,
  { sampleMin, creationDropMaxBp }: { readonly sampleMin: number; readonly creationDropMaxBp: number },
): Promise<z.output<typeof OnlyThisYear>> {
  const { start } = trailing(quarter);
  const { endExclusive } = upTo(quarter, looked.today);
  const rows = await createdBetween(db, looked, [start, quarter.start, endExclusive]);
  const earlyIn = (wanted: number) =>
    sum(
      rows.filter(({ bucket }) => bucket === wanted),
      (row) => row.early,
    );
  const [trailingEarly, early] = [earlyIn(1), earlyIn(2)];
  const [trailingDays, days] = [daysBetween(start, quarter.start), daysBetween(quarter.start, endExclusive)];
  const rate = rational(BigInt(early * trailingDays), BigInt(trailingEarly * days));
  const isLess = rate && rate.num * 10_000n < rate.den * BigInt(10_000 - creationDropMaxBp);
  return {
    quarter,
    early,
    days,
    trailingEarly,
    trailingDays,
    rate,
    state: trailingEarly < sampleMin ? 'insufficient_sample' : isLess ? 'only_this_year' : 'steady',
  };
}
