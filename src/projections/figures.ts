import { sql } from 'kysely';
import { z } from 'zod';
import type { Db } from '../engine/query.ts';
import { type FactMeasure, isMoneyMeasure } from '../events/measure.ts';
import type { Span } from '../events/period.ts';
import { customerFact } from './customer-fact.ts';
import { factDay } from './fact-day.ts';
import type { Members } from './members.ts';
import { organisation } from './organisation.ts';
import { planFact } from './plan-fact.ts';
import { reportFact } from './report-fact.ts';
import { type AnyDb, rowsOf } from './rows-of.ts';
import { visitFact } from './visit-fact.ts';

/** The read models that figures rest on. */
export const figureModels = [factDay, visitFact, planFact, reportFact, customerFact] as const;

export const Rational = z
  .object({ num: z.bigint(), den: z.bigint() })
  .meta({ id: 'Rational', description: 'An exact ratio in lowest terms.' });
export type Rational = z.output<typeof Rational>;

const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b));

/** A ratio in lowest terms, with a positive denominator; null where the denominator is zero. */
export function rational(num: bigint, den: bigint): Rational | null {
  if (den === 0n) return null;
  const common = gcd(num < 0n ? -num : num, den < 0n ? -den : den) * (den < 0n ? -1n : 1n);
  return { num: num / common, den: den / common };
}

/** Every figure by person, business day, measure and currency. */
const figure = sql`
  select "personId", date, measure, currency, numerator from fact_day
  union all
  select "personId", date, 'transaction_visits', '', 1 from visit_fact where made and ordered
  union all
  select "personId", "newOn", 'new_customers', '', 1 from customer_fact where "newOn" is not null
  union all
  select "personId", date, counted.measure, '', counted.numerator from plan_fact
  cross join lateral (values
    ('planned_visits', "plannedVisits"),
    ('planned_visits_completed', "plannedVisitsMade"),
    ('missed_visits', "missedVisits"),
    ('plans_due', (expected or submitted)::integer),
    ('plans_submitted', submitted::integer),
    ('plans_on_time', "onTime"::integer)) as counted(measure, numerator)
  union all
  select "personId", date, counted.measure, '', counted.numerator from report_fact
  cross join lateral (values
    ('reports_due', (expected or filed)::integer),
    ('reports_filed', filed::integer),
    ('reports_on_time', "onTime"::integer),
    ('reports_missed', missed::integer),
    ('reports_signed', signed::integer),
    ('report_quality', "qualityBp")) as counted(measure, numerator)`;

interface Sum {
  readonly bucket: number;
  readonly measure: FactMeasure;
  readonly currency: string;
  readonly total: bigint;
}

/** The sum of a measure in the bucket of this index. */
export type Sums = (bucket: number, measure: FactMeasure) => bigint;

/**
 * Sums measures over some members, over the whole organisation without, in one statement for all buckets. A figure of
 * a day counts where its person was a member on that day. Money is summed in one currency, that in others left out.
 */
export async function sumFigures(
  db: AnyDb,
  members: Members | null,
  measures: readonly FactMeasure[],
  buckets: readonly Span[],
  currency: string | null,
): Promise<Sums> {
  const rows = await rowsOf<Sum>(
    db,
    sql`${members ? sql`with recursive ${members}` : sql``}
      select (bucket.number - 1)::integer as bucket, figure.measure, figure.currency,
        sum(figure.numerator)::bigint as total
      from (${figure}) as figure
      ${members ? sql`join member on member."personId" = figure."personId" and member.days @> figure.date` : sql``}
      join unnest(${buckets.map(({ start }) => start)}::date[], ${buckets.map(({ endExclusive }) => endExclusive)}::date[])
        with ordinality as bucket(start, until, number)
        on figure.date >= bucket.start and figure.date < bucket.until
      where figure.measure = any(${measures}::text[]) and figure.currency = any(${['', currency ?? '']}::text[])
      group by bucket.number, figure.measure, figure.currency`,
  );
  const totals = new Map(rows.map((row) => [`${row.bucket} ${row.measure} ${row.currency}`, row.total]));
  return (bucket, measure) =>
    totals.get(`${bucket} ${measure} ${isMoneyMeasure(measure) ? (currency ?? '') : ''}`) ?? 0n;
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
