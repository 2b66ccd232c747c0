import { sql } from 'kysely';
import { z } from 'zod';
import { addDays } from '../engine/instant.ts';
import { nothing, query } from '../engine/query.ts';
import { PeriodId } from '../events/calendar.ts';
import { MeasureKey } from '../events/measure-definition.ts';
import { periodOf, spanOf } from '../events/period.ts';
import { Currency, LocalDate } from '../events/values.ts';
import { figureOf } from './achieved.ts';
import { upTo } from './buckets.ts';
import { currencyModels, figureModels, Rational, reportingCurrency, sumFigures } from './figures.ts';
import { fiscalPeriod } from './fiscal-period.ts';
import { teamsOf } from './members.ts';
import { monthOver, RollingYear, rollingYear } from './rolling-year.ts';
import { type AnyDb, rowsOf, together } from './rows-of.ts';
import {
  type Actual,
  achievedOf,
  achievementOf,
  inForce,
  ProgressState,
  progressModels,
} from './target-progress.ts';

const Results = z
  .object({
    periodId: PeriodId,
    start: LocalDate,
    endExclusive: LocalDate,
    asOf: LocalDate.describe('The last day whose figures are in it.'),
    currency: Currency.nullable().describe(
      'Currency of the sums; money in others comes to it at the rates of its days, and is left out without one.',
    ),
    netSales: z.bigint().describe('Net sales in minor units, less cancelled orders.'),
    payments: z.bigint().describe('Payments received in minor units, less reversals.'),
    orders: z.bigint().describe('Orders, less cancelled ones.'),
    achievement: z
      .array(
        z.object({
          measure: MeasureKey,
          currency: Currency.nullable(),
          target: z.bigint().describe('Sum of the targets: minor units, a count, or basis points.'),
          actual: z
            .bigint()
            .nullable()
            .describe('What was achieved of them; null for a ratio over nothing, rounded down for others.'),
          achievement: Rational.nullable().describe('Actual over target; null where the target is zero.'),
          state: ProgressState,
        }),
      )
      .describe(
        'By measure, of the targets of the period that are part of no other of it; those of ratios one by one, where they are part of none at all.',
      ),
    rollingYear: RollingYear.describe('With the last month that was over by the end of these figures.'),
  })
  .meta({ id: 'Results', description: 'What the organisation achieved in a period.' });

/**
 * The targets of a period that are not part of others of it: nodes of plans without one above, and what else nobody
 * above has for the same measure.
 */
const topTargets = (db: AnyDb, periodId: string) =>
  rowsOf<{ readonly targetId: string }>(
    db,
    sql`with recursive
      candidate as (
        select * from target
        where state = 'assigned' and "periodId" = ${periodId} and ${inForce}
          and case when "planId" is null then dimensions = '{}' else not exists (
            select from target whole
            where whole."targetId" = target."parentTargetId" and whole."periodId" = ${periodId}) end),
      ${teamsOf(sql`select responsible from candidate where dimensions = '{}'`)}
      select candidate."targetId" from candidate where not exists (
        select from candidate above
        join team on team.leader = above.responsible and team."personId" = candidate.responsible
        where above.dimensions = '{}' and above.measure = candidate.measure
          and (above.responsible <> candidate.responsible or candidate.dimensions <> '{}')
          and above.currency is not distinct from candidate.currency
          and team.days && datemultirange(daterange(candidate."periodStart", candidate."periodEnd")))`,
  );

const byMeasure = (targets: readonly Actual[]) =>
  [
    ...Map.groupBy(
      targets.filter(({ denominator, parentTargetId }) => denominator === null || parentTargetId === null),
      ({ measure, currency, denominator, targetId }) =>
        `${measure} ${currency ?? ''} ${denominator === null ? '' : targetId}`,
    ),
  ]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, group]) => {
      const { measure, currency, denominator } = group[0]!;
      const achieved = { numerator: group.reduce((sum, one) => sum + one.numerator, 0n), denominator };
      const target = group.reduce((sum, { value }) => sum + value, 0n);
      return { measure, currency, target, actual: figureOf(achieved), ...achievementOf(achieved, target) };
    });

export const getResults = query({
  name: 'GetResults',
  summary: 'Get what the organisation achieved in a period, without the figures of anybody.',
  permission: 'results:read',
  path: '/results',
  input: {
    period: PeriodId.optional().describe('The period; the fiscal month of today when left out.'),
    asOf: LocalDate.optional().describe('Only figures up to this day; today when left out.'),
  },
  output: Results,
  reads: together(...figureModels, ...currencyModels, ...progressModels, fiscalPeriod),
  answer: async (db, { period, asOf: asked }, { today, visibility }) => {
    if (visibility.intervals !== null) return nothing;
    const asOf = asked ?? today;
    const periods = await db
      .selectFrom('fiscal_period')
      .select(['periodId', 'level', 'parentId', 'start', 'endExclusive'])
      .orderBy('start')
      .execute();
    const periodId = period ?? periodOf(today, 'month', periods);
    const span = periodId === undefined ? undefined : spanOf(periodId, periods);
    if (!periodId || !span) return nothing;
    const currency = await reportingCurrency(db);
    const measures = ['net_sales', 'payment_recovered', 'orders'] as const;
    const days = upTo(span, asOf);
    const sums = await sumFigures(db, null, measures, [days], currency);
    const top = await topTargets(db, periodId);
    const ids = top.map(({ targetId }) => targetId);
    const targets = await achievedOf(db, sql`"targetId" = any(${ids}::uuid[])`, asOf);
    return {
      periodId,
      ...span,
      asOf,
      currency,
      netSales: sums(0, 'net_sales'),
      payments: sums(0, 'payment_recovered'),
      orders: sums(0, 'orders'),
      achievement: byMeasure(targets),
      rollingYear: await rollingYear(db, null, monthOver(addDays(days.endExclusive, -1)), 1, currency),
    };
  },
});
