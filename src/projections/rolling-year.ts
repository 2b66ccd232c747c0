import { z } from 'zod';
import { addDays } from '../engine/instant.ts';
import type { Db } from '../engine/query.ts';
import { PeriodId } from '../events/calendar.ts';
import type { Span } from '../events/period.ts';
import { currencyModels, figureModels, Rational, rational, sumFigures } from './figures.ts';
import type { Members } from './members.ts';
import { together } from './rows-of.ts';

export const rollingModels = together(...figureModels, ...currencyModels);

export const RollingYear = z
  .object({
    series: z
      .array(z.object({ periodId: PeriodId, netSales: z.bigint().describe('Net sales in minor units.') }))
      .describe('The twelve months that end with each month, the latest last.'),
    yearBefore: z.bigint().describe('Net sales of the twelve months before the last twelve.'),
    growth: Rational.nullable().describe(
      'What the last twelve months brought more than the twelve before, over these; null where they brought nothing.',
    ),
  })
  .meta({
    id: 'RollingYear',
    description: 'Net sales over the last twelve calendar months that are over, whatever the fiscal year.',
  });

const monthOf = (day: string): Temporal.PlainYearMonth => Temporal.PlainYearMonth.from(day.slice(0, 7));

/** The last calendar month that is over on a day. */
export const monthOver = (day: string): string => monthOf(addDays(day, 1)).subtract({ months: 1 }).toString();

/** The first of the months that a series needs, and the end of the last. */
export function rollingSpan(last: string, points: number): Span {
  const month = Temporal.PlainYearMonth.from(last);
  return {
    start: `${month.subtract({ months: Math.max(points + 10, 23) })}-01`,
    endExclusive: `${month.add({ months: 1 })}-01`,
  };
}

/** The rolling years of some members, of everybody without, that end with a calendar month and those before it. */
export async function rollingYear(
  db: Db<typeof rollingModels>,
  members: Members | null,
  last: string,
  points: number,
  currency: string | null,
): Promise<z.output<typeof RollingYear>> {
  const { start, endExclusive } = rollingSpan(last, points);
  const months: Span[] = [];
  for (let month = monthOf(start); `${month}-01` < endExclusive; month = month.add({ months: 1 }))
    months.push({ start: `${month}-01`, endExclusive: `${month.add({ months: 1 })}-01` });
  const sums = await sumFigures(db, members, ['net_sales'], months, currency);
  const yearUntil = (end: number): bigint =>
    Array.from({ length: 12 }, (_, back) => sums(end - back, 'net_sales')).reduce((a, b) => a + b, 0n);
  const final = months.length - 1;
  const [now, before] = [yearUntil(final), yearUntil(final - 12)];
  return {
    series: Array.from({ length: points }, (_, index) => {
      const end = final - points + 1 + index;
      return { periodId: `R12M@${months[end]!.start.slice(0, 7)}`, netSales: yearUntil(end) };
    }),
    yearBefore: before,
    growth: rational(now - before, before),
  };
}
