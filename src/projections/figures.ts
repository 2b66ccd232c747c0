import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import type { Db } from '../engine/query.ts';
import type { Filters, Reduction } from '../events/kpi.ts';
import { type FactMeasure, isMoneyMeasure } from '../events/measure.ts';
import type { Span } from '../events/period.ts';
import { complaintFact } from './complaint-fact.ts';
import { complaintOutcome } from './complaint-outcome.ts';
import { contractFact, firstContract } from './contract-fact.ts';
import { atRate, type Conversion, conversionModels, conversionTo, joinRate } from './conversion.ts';
import { customerFact } from './customer-fact.ts';
import { factDay } from './fact-day.ts';
import type { Members } from './members.ts';
import { narrowed } from './narrowed.ts';
import { organisation } from './organisation.ts';
import { planFact } from './plan-fact.ts';
import {
  isOfReceivables,
  receivableEntries,
  receivableFigureModels,
  receivableSums,
} from './receivable-figures.ts';
import { reportFact } from './report-fact.ts';
import { reviewFact } from './review-fact.ts';
import { type AnyDb, rowsOf } from './rows-of.ts';
import { spanEntries, spanFigures } from './span-figures.ts';
import { isOfSpans } from './span-measures.ts';
import { visitFact } from './visit-fact.ts';
import { policyOf, timeZone, workingTimeModels } from './working-time.ts';

/** The read models that figures rest on. */
export const figureModels = [
  factDay,
  visitFact,
  planFact,
  reportFact,
  customerFact,
  contractFact,
  firstContract,
  complaintFact,
  reviewFact,
  complaintOutcome,
  ...receivableFigureModels,
  ...conversionModels,
] as const;

export const Rational = z
  .object({ num: z.bigint(), den: z.bigint() })
  .meta({ id: 'Rational', description: 'An exact ratio in lowest terms.' });
export type Rational = z.output<typeof Rational>;

const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b));
const gcdOfSmall = (a: number, b: number): number => (b === 0 ? a : gcdOfSmall(b, a % b));
const smallMax = BigInt(Number.MAX_SAFE_INTEGER);

/** A ratio in lowest terms, with a positive denominator; null where the denominator is zero. */
export function rational(num: bigint, den: bigint): Rational | null {
  if (den === 0n) return null;
  const [a, b] = [num < 0n ? -num : num, den < 0n ? -den : den];
  const common = a <= smallMax && b <= smallMax ? BigInt(gcdOfSmall(Number(a), Number(b))) : gcd(a, b);
  const sign = den < 0n ? -1n : 1n;
  return { num: (sign * num) / common, den: b / common };
}

export interface Source {
  readonly table: string;
  readonly date: string;
  readonly key: readonly string[];
  /** Whether a row names the customer. */
  readonly ofCustomers: boolean;
  /** What each row counts for a measure. */
  readonly counts: Partial<Record<FactMeasure, RawBuilder<unknown>>>;
}

const ofVisits: Source = {
  table: 'visit_fact',
  date: 'date',
  key: visitFact.key,
  ofCustomers: true,
  counts: {
    transaction_visits: sql`(made and (ordered or contracted))::integer`,
    order_visits: sql`(made and ordered)::integer`,
    verified_visits: sql`(made
      and (exceptions ? 'duration'
        or coalesce(minutes >= ${policyOf('visit-effectiveness', 'minimumMinutes', sql`date`)}::integer, false))
      and (exceptions ? 'geo'
        or coalesce("distanceM" <= ${policyOf('visit-effectiveness', 'distanceMaxM', sql`date`)}::integer, false))
      )::integer`,
    unlocated_visits: sql`(made and "distanceM" is null)::integer`,
  },
};
const ofCustomers: Source = {
  table: 'customer_fact',
  date: 'newOn',
  key: customerFact.key,
  ofCustomers: true,
  counts: { new_customers: sql`1` },
};
const ofFirstContracts: Source = {
  table: 'first_contract',
  date: 'signedOn',
  key: firstContract.key,
  ofCustomers: true,
  counts: { new_contracts: sql`1`, new_contract_value: sql`"valueMinor"` },
};
const ofContracts: Source = {
  table: 'contract_fact',
  date: 'endsOn',
  key: contractFact.key,
  ofCustomers: false,
  counts: {
    contracts_due: sql`1`,
    contracts_renewed: sql`renewed::integer`,
    contracts_due_value: sql`"valueMinor"`,
    contracts_renewed_value: sql`"renewedMinor"`,
    contracts_retained_value: sql`least("renewedMinor", "valueMinor")`,
  },
};
const ofComplaintOutcomes: Source = {
  table: 'complaint_outcome',
  date: 'closedOn',
  key: complaintOutcome.key,
  ofCustomers: true,
  counts: {
    complaints_closed: sql`1`,
    complaints_reopened: sql`reopened::integer`,
    complaints_repeated: sql`(exists (
      select from complaint_outcome again where again."customerId" = counted."customerId"
        and again.category = counted.category and again."complaintId" <> counted."complaintId"
        and again."loggedOn" between counted."closedOn" and counted."closedOn" + 90))::integer`,
  },
};
const ofPlans: Source = {
  table: 'plan_fact',
  date: 'date',
  key: planFact.key,
  ofCustomers: false,
  counts: {
    planned_visits: sql`"plannedVisits"`,
    planned_visits_completed: sql`"plannedVisitsMade"`,
    planned_visits_in_order: sql`"plannedVisitsInOrder"`,
    planned_visits_in_window: sql`(
      select count(*) from jsonb_to_recordset("inForce") as planned("visitId" uuid, "windowStart" time, "windowEnd" time)
      join jsonb_to_recordset(made) as gone("visitId" uuid, "startedAt" timestamptz)
        on gone."visitId" = planned."visitId"
      cross join (select ${policyOf('visit-planning', 'windowToleranceMinutes', sql`counted.date`)}::integer
        * interval '1 minute' as allowed) as tolerance
      where gone."startedAt" at time zone ${timeZone}
        between counted.date + planned."windowStart" - allowed and counted.date + planned."windowEnd" + allowed)`,
    missed_visits: sql`"missedVisits"`,
    plans_due: sql`(expected or submitted)::integer`,
    plans_submitted: sql`submitted::integer`,
    plans_on_time: sql`"onTime"::integer`,
  },
};
const ofReports: Source = {
  table: 'report_fact',
  date: 'date',
  key: reportFact.key,
  ofCustomers: false,
  counts: {
    reports_due: sql`(expected or filed)::integer`,
    reports_filed: sql`filed::integer`,
    reports_on_time: sql`"onTime"::integer`,
    reports_missed: sql`missed::integer`,
    reports_signed: sql`signed::integer`,
    reports_reviewed: sql`(signed or returned)::integer`,
    reports_first_pass: sql`(signed and not returned)::integer`,
    report_quality: sql`"qualityBp"`,
    stated_money: sql`"statedMinor"`,
    stated_money_gap: sql`"statedGapMinor"`,
    stated_counts: sql`"statedCount"`,
    stated_counts_gap: sql`"statedGapCount"`,
  },
};
const ofComplaints: Source = {
  table: 'complaint_fact',
  date: 'countsOn',
  key: complaintFact.key,
  ofCustomers: true,
  counts: { complaints_due: sql`1`, complaints_in_time: sql`"inTime"::integer` },
};
const ofResolutions: Source = {
  ...ofComplaints,
  date: 'resolvedOn',
  counts: { complaints_resolved: sql`1` },
};
const ofReviews: Source = {
  table: 'review_fact',
  date: 'reviewedOn',
  key: reviewFact.key,
  ofCustomers: false,
  counts: { reviews: sql`1`, reviews_in_time: sql`"inTime"::integer` },
};
export const sources: readonly Source[] = [
  ofVisits,
  ofCustomers,
  ofFirstContracts,
  ofContracts,
  ofComplaintOutcomes,
  ofPlans,
  ofReports,
  ofComplaints,
  ofResolutions,
  ofReviews,
];

/**
 * Rows `(date, "personId", "customerId", numerator)` of a measure that is counted by rows, in one currency where it is
 * money; undefined for one that facts add up.
 */
export function countedRows(measure: FactMeasure, currency: string | null): RawBuilder<unknown> | undefined {
  const source = sources.find(({ counts }) => counts[measure]);
  return (
    source &&
    sql`select ${sql.ref(source.date)} as date, "personId",
        ${source.ofCustomers ? sql`"customerId"` : sql`null::uuid`} as "customerId",
        (${source.counts[measure]!})::bigint as numerator
      from ${sql.table(source.table)} as counted
      ${isMoneyMeasure(measure) ? sql`where currency = ${currency}` : sql``}`
  );
}

/** What each row counts for a measure: money in another currency at the rate of its day, or nothing without one. */
export const countOf = ({ counts, date }: Source, measure: FactMeasure, to: Money) => {
  if (!isMoneyMeasure(measure)) return counts[measure]!;
  const { currency, conversion } = to;
  const foreign = conversion
    ? sql`coalesce((select ${atRate(counts[measure]!)} from (select) as one
        ${joinRate(conversion, sql`counted.currency`, sql`counted.${sql.ref(date)}`)}), 0)`
    : sql`0`;
  return sql`case when currency = ${currency} then ${counts[measure]} else ${foreign} end`;
};

/** The read models whose rows count by what several events made of them. */
export const countedModels = [
  visitFact,
  customerFact,
  firstContract,
  contractFact,
  complaintOutcome,
  planFact,
  reportFact,
  complaintFact,
  reviewFact,
] as const;

/** What counting by rows reads. */
export const countedReads = [...countedModels, ...workingTimeModels] as const;

/** The currency in which money is added up, and how other money comes to be in it. */
export interface Money {
  readonly currency: string | null;
  readonly conversion: Conversion | undefined;
}

/** What one row adds to a measure, and the events that made the row so. */
export interface Evidence {
  /** Where it stands in the order of its list. */
  readonly place: string;
  readonly date: string;
  readonly personId: string | null;
  readonly amount: bigint;
  readonly positions: number[];
}

/** Everything that adds to a measure in a span, after a place: what `sumFigures` adds up, one by one. */
export async function evidenceOf(
  db: AnyDb,
  members: Members | null,
  measure: FactMeasure,
  span: Span,
  currency: string | null,
  after: string,
  limit: number,
  filters: readonly Filters[] = [],
): Promise<readonly Evidence[]> {
  const source = sources.find(({ counts }) => counts[measure]);
  const conversion = isMoneyMeasure(measure) ? await conversionTo(db, currency) : undefined;
  const to = { currency, conversion };
  const rows = (table: string, date: string) => rowsIn(table, date, members, [span], filters);
  const entries = isOfSpans(measure)
    ? spanEntries(measure, members, span, currency, filters)
    : isOfReceivables(measure)
      ? receivableEntries(measure, members, span, currency)
      : source
        ? sql`select ${sql.ref(source.date)} as date, "personId", (${countOf(source, measure, to)})::bigint as amount,
        (select array_agg(made."sincePosition"::float8 order by made."sincePosition")
          from ${sql.table(`${source.table}_version`)} made where ${sql.join(
            source.key.map((field) => sql`made.${sql.ref(field)} = counted.${sql.ref(field)}`),
            sql` and `,
          )}) as positions,
        concat_ws(' ', ${sql.ref(source.date)}, ${sql.join(source.key.map((field) => sql.ref(field)))}) as place
      from (${rows(source.table, source.date)}) as counted where (${countOf(source, measure, to)}) <> 0`
        : factEntries(rows('fact', 'date'), measure, to);
  return rowsOf<Evidence>(
    db,
    sql`${members ? sql`with recursive ${members}` : sql``} select * from (${entries}) as entry
      where place collate "C" > ${after} order by place collate "C" limit ${limit}`,
  );
}

/**
 * The facts of a measure. Money in another currency is converted by the sum of a person's day: each fact adds what the
 * sum up to it is worth more than the sum before it, so that they add up to what the day is worth.
 */
function factEntries(rows: RawBuilder<unknown>, measure: FactMeasure, { currency, conversion }: Money) {
  const entry = (amount: RawBuilder<unknown>) => sql`date, "personId", ${amount} as amount,
    array[position::float8] as positions,
    concat_ws(' ', date, lpad(position::text, 19, '0'), lpad(ordinal::text, 10, '0')) as place`;
  const own = sql`select ${entry(sql`numerator`)} from (${rows}) as happened
    where measure = ${measure} and currency = any(${['', currency ?? '']}::text[])`;
  if (!conversion) return own;
  const gain = sql`(${atRate(sql`upto`)} - ${atRate(sql`(upto - numerator)`)})::bigint`;
  return sql`${own} union all
    select ${entry(gain)} from (
      select happened.*, sum(numerator) over (
        partition by "personId", date, happened.currency order by position, ordinal) as upto
      from (${rows}) as happened where measure = ${measure}) as running
    ${joinRate(conversion, sql`running.currency`, sql`running.date`)}`;
}

interface Sum {
  readonly bucket: number;
  readonly measure: FactMeasure;
  readonly total: bigint;
}

/** The sum of a measure in the bucket of this index. */
export type Sums = (bucket: number, measure: FactMeasure) => bigint;

/** The rows of a table that all filters let through and whose person was a member on their day, and the bucket of that day. */
function rowsIn(
  table: string,
  date: string,
  members: Members | null,
  buckets: readonly Span[],
  filters: readonly Filters[],
) {
  const day = sql.ref(date);
  const starts = buckets.map(({ start }) => start);
  return sql`select ${sql.table(table)}.*, width_bucket(${day}, ${starts}::date[]) - 1 as bucket
    from ${sql.table(table)}
    ${members ? sql`join member on member.id = "personId" and member.days @> ${day}` : sql``}
    where ${day} >= ${starts[0]}::date and ${day} < ${buckets.at(-1)!.endExclusive}::date
      ${narrowed(table, filters)}`;
}

/** The parts into which the ends of spans cut the time from the first to the last of them. */
function piecesOf(spans: readonly Span[]): readonly Span[] {
  const cuts = [...new Set(spans.flatMap(({ start, endExclusive }) => [start, endExclusive]))].sort();
  return cuts.slice(1).map((endExclusive, index) => ({ start: cuts[index]!, endExclusive }));
}

/**
 * Sums measures over some members, over the whole organisation without, in one statement for all buckets. A figure of a
 * day counts where its person was a member on that day. Money is summed in one currency; what a person's day has in
 * another comes to it at the rate of that day, and is left out without one. What is narrowed must be measures that know
 * all the filters, what is due of receivables has buckets that follow upon each other, and another formula than the sum
 * is one of measures of a time as a whole.
 */
export async function sumFigures(
  db: AnyDb,
  members: Members | null,
  measures: readonly FactMeasure[],
  buckets: readonly Span[],
  currency: string | null,
  filters: readonly Filters[] = [],
  formula: Reduction = 'ratio',
): Promise<Sums> {
  if (buckets.length === 0) return () => 0n;
  const pieces = piecesOf(buckets);
  if (pieces.length === 0) return () => 0n;
  const counted = new Set(sources.flatMap(({ counts }) => Object.keys(counts)));
  const ofReceivables = measures.filter(isOfReceivables);
  const ofSpans = measures.filter(isOfSpans);
  const isWhole = (measure: FactMeasure): boolean => isOfReceivables(measure) || isOfSpans(measure);
  const added = measures.filter((measure) => !counted.has(measure) && !isWhole(measure));
  const isMoney = measures.some(isMoneyMeasure);
  const conversion = isMoney ? await conversionTo(db, currency) : undefined;
  const to = { currency, conversion };
  const days =
    filters.length > 0
      ? sql`select "personId", date, bucket, measure, currency, sum(numerator) as numerator
          from (${rowsIn('fact', 'date', members, pieces, filters)}) as happened group by 1, 2, 3, 4, 5`
      : rowsIn('fact_day', 'date', members, pieces, []);
  const ofForeignDays = conversion
    ? [
        sql`select bucket, measure, sum(${atRate(sql`numerator`)})::bigint as total
          from (${days}) as day
          ${joinRate(conversion, sql`day.currency`, sql`day.date`)}
          where measure = any(${added}::text[]) group by bucket, measure`,
      ]
    : [];
  const ofDays = sql`
    select bucket, measure, sum(numerator)::bigint as total
    from (${days}) as day
    where measure = any(${added}::text[]) and currency = any(${['', currency ?? '']}::text[])
    group by bucket, measure`;
  const ofOthers = sources.flatMap((source) => {
    const { table, date, counts } = source;
    const asked = measures.filter((measure) => counts[measure]);
    if (asked.length === 0) return [];
    const sums = asked.map((measure) => sql`sum(${countOf(source, measure, to)}) as ${sql.ref(measure)}`);
    const pairs = asked.map((measure) => sql`(${sql.lit(measure)}, ${sql.ref(measure)})`);
    return sql`
      select bucket, pair.measure, pair.total::bigint
      from (select bucket, ${sql.join(sums)} from (${rowsIn(table, date, members, pieces, filters)}) as counted
        group by bucket) as summed
      cross join lateral (values ${sql.join(pairs)}) as pair(measure, total)`;
  });
  const ofDue = ofReceivables.map((measure) => receivableSums(measure, members, buckets, currency));
  const asWhole = ofSpans.map((measure) =>
    spanFigures(measure, formula, members, buckets, currency, filters),
  );
  const rows = await rowsOf<Sum>(
    db,
    sql`${members ? sql`with recursive ${members}` : sql``} ${sql.join([ofDays, ...ofForeignDays, ...ofOthers, ...ofDue, ...asWhole], sql` union all `)}`,
  );
  const totals = new Map<string, bigint>();
  for (const { bucket, measure, total } of rows) {
    const key = `${bucket} ${measure}`;
    totals.set(key, (totals.get(key) ?? 0n) + total);
  }
  const at = (index: number, measure: FactMeasure): bigint => totals.get(`${index} ${measure}`) ?? 0n;
  const partsOf = buckets.map(({ start, endExclusive }) =>
    pieces.flatMap((piece, index) =>
      start <= piece.start && piece.endExclusive <= endExclusive ? index : [],
    ),
  );
  return (bucket, measure) =>
    isWhole(measure)
      ? at(bucket, measure)
      : (partsOf[bucket] ?? []).reduce((sum, index) => sum + at(index, measure), 0n);
}

export const currencyModels = [organisation, factDay] as const;

/** The currency in which figures are added up; where none is configured the first one that there is. */
export async function reportingCurrency(db: Db<typeof currencyModels>): Promise<string | null> {
  const configured = await db.selectFrom('organisation').select('reportingCurrency').executeTakeFirst();
  if (configured) return configured.reportingCurrency;
  const first = await db
    .selectFrom('fact_day')
    .select('currency')
    .where('currency', '<>', '')
    .orderBy('currency')
    .limit(1)
    .executeTakeFirst();
  return first?.currency ?? null;
}
