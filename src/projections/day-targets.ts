import { sql } from 'kysely';
import { z } from 'zod';
import { addDays } from '../engine/instant.ts';
import type { Db } from '../engine/query.ts';
import type { LocalDate } from '../events/values.ts';
import { ActualFigure, figureOf } from './achieved.ts';
import { Rational } from './figures.ts';
import { together } from './rows-of.ts';
import { target } from './target.ts';
import { achievedOf, achievementOf, inForce, progressModels } from './target-progress.ts';
import { workingDayModels, workingDays } from './working-days.ts';

export const dayTargetModels = together(...progressModels, ...workingDayModels);

export const required = {
  requiredOnDay: z
    .bigint()
    .nullable()
    .describe(
      'What the day had to bring: what was missing when it began, over the working days that were left with it; rounded up. Null where it is no working day of the person, where days do not add up, and where less is better.',
    ),
  requiredPerDay: z
    .bigint()
    .nullable()
    .describe(
      'What each working day that is left has to bring, rounded up; null when none is left, where days do not add up, and where less is better.',
    ),
};

export const DayTarget = target.row
  .pick({
    targetId: true,
    measure: true,
    periodId: true,
    periodStart: true,
    periodEnd: true,
    dimensions: true,
    currency: true,
  })
  .extend({
    target: z.bigint().describe('What is to be reached: minor units, a count, or basis points.'),
    achieved: z
      .bigint()
      .nullable()
      .describe('What was achieved of it on the day; null where days do not add up.'),
    periodToDate: ActualFigure,
    ratio: Rational.nullable().describe(
      'Period to date over target; null where the target is zero, or a ratio is over nothing.',
    ),
    workingDaysLeft: z
      .int()
      .describe('Working days of the person after the day until the end of the period.'),
    ...required,
  })
  .meta({ id: 'DayTarget', description: 'A target whose period a day lies in, and what the day is of it.' });
type DayTarget = z.output<typeof DayTarget>;

/** What each of some days has to bring of what is missing; null without days. */
const perDay = (missing: bigint, days: number): bigint | null => {
  if (days === 0) return null;
  return missing > 0n ? (missing + BigInt(days) - 1n) / BigInt(days) : 0n;
};

/** Answers the targets of each of some people whose period a day lies in, and what the day is of them. */
export async function dayTargets(
  db: Db<typeof dayTargetModels>,
  personIds: readonly string[],
  date: z.output<typeof LocalDate>,
): Promise<(personId: string) => DayTarget[]> {
  const rows = await achievedOf(
    db,
    sql`responsible = any(${personIds}::uuid[]) and "periodStart" <= ${date}::date and "periodEnd" > ${date}::date
      and ${inForce}`,
    date,
  );
  const after = addDays(date, 1);
  const end = rows.map(({ periodEnd }) => periodEnd).reduce((a, b) => (a > b ? a : b), after);
  const { count, works } = await workingDays(db, personIds, { start: date, endExclusive: end });
  const byPerson = Map.groupBy(rows, ({ responsible }) => responsible);
  return (personId) =>
    (byPerson.get(personId) ?? []).map(({ value, onTheDay, direction, ...row }) => {
      const left = count(personId, { start: after, endExclusive: row.periodEnd });
      const { numerator } = row;
      const isToBring = onTheDay !== null && direction === 'up';
      const before = numerator - (onTheDay ?? 0n);
      return {
        targetId: row.targetId,
        measure: row.measure,
        periodId: row.periodId,
        periodStart: row.periodStart,
        periodEnd: row.periodEnd,
        dimensions: row.dimensions,
        currency: row.currency,
        target: value,
        achieved: onTheDay,
        periodToDate: figureOf(row),
        ratio: achievementOf(row, value).achievement,
        workingDaysLeft: left,
        requiredOnDay: isToBring && works(personId, date) ? perDay(value - before, left + 1) : null,
        requiredPerDay: isToBring ? perDay(value - numerator, left) : null,
      };
    });
}
