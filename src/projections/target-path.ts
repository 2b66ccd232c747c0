import { sql } from 'kysely';
import { z } from 'zod';
import { nothing, query } from '../engine/query.ts';
import { PeriodId } from '../events/calendar.ts';
import { addsUp } from '../events/measure-definition.ts';
import { levelOf } from '../events/period.ts';
import { fallingPeriods } from '../events/target-path.ts';
import { LocalDate, TargetId } from '../events/values.ts';
import { Rational, rational } from './figures.ts';
import { fiscalPeriod } from './fiscal-period.ts';
import { measure, measuresOf } from './measure.ts';
import { rowsOf } from './rows-of.ts';
import { target } from './target.ts';
import { targetPlan } from './target-plan.ts';
import { isVisible } from './visible.ts';

const TargetPath = z
  .object({
    targetId: TargetId,
    steps: z.array(
      z.object({
        periodId: PeriodId,
        start: LocalDate,
        value: z.bigint().describe('The target of the period: minor units, a count, or basis points.'),
        seasonBp: z
          .bigint()
          .nullable()
          .describe('Its share of the year; null without a seasonality, and where periods do not add up.'),
        deseasonalised: Rational.nullable().describe(
          'The value of a year at this pace: value over share. Null without a seasonality or a share.',
        ),
      }),
    ),
    falling: z
      .array(PeriodId)
      .describe('The periods that, seasons apart, fall below the one before; none where less is better.'),
  })
  .meta({
    id: 'TargetPath',
    description: 'How a target goes through its periods, with and without seasons.',
  });

interface Step {
  readonly periodId: string;
  readonly start: string;
  readonly value: bigint;
}

export const getTargetPath = query({
  name: 'GetTargetPath',
  summary: 'Get the path of a target that is broken down by period, and where it falls, seasons apart.',
  permission: 'target:read',
  path: '/targets/:targetId/path',
  input: { targetId: TargetId },
  output: TargetPath,
  reads: [target, targetPlan, fiscalPeriod, measure],
  answer: async (db, { targetId }, asker) => {
    const whole = await db
      .selectFrom('target')
      .selectAll()
      .where('targetId', '=', targetId)
      .executeTakeFirst();
    if (whole?.splitDimension !== 'period' || !isVisible(asker, whole.responsible, asker.today))
      return nothing;
    const steps = await rowsOf<Step>(
      db,
      sql`select "periodId", "periodStart" as start, value from target
        where "parentTargetId" = ${targetId}::uuid and state = 'assigned' order by "periodStart"`,
    );
    const plan = await db
      .selectFrom('target_plan')
      .select(['periodStart', 'periodEnd', 'seasonality'])
      .where('planId', '=', whole.planId)
      .executeTakeFirst();
    const level = levelOf(steps[0]?.periodId ?? '');
    const periods = await db
      .selectFrom('fiscal_period')
      .select(['periodId', 'level', 'start', 'endExclusive'])
      .orderBy('start')
      .execute();
    const ofYear =
      periods.length > 0
        ? periods
            .filter(
              (period) =>
                plan !== undefined &&
                period.level === level &&
                plan.periodStart <= period.start &&
                period.endExclusive <= plan.periodEnd,
            )
            .map(({ start }) => start)
        : steps.map(({ start }) => start);
    const definition = (await measuresOf(db, [whole.measure]))(whole.measure);
    const hasSeasons = addsUp(definition, 'period') && plan?.seasonality?.length === ofYear.length;
    const weights = new Map(
      ofYear.map((start, index) => [start, hasSeasons ? BigInt(plan!.seasonality![index]!) : undefined]),
    );
    return {
      targetId,
      steps: steps.map(({ periodId, start, value }) => {
        const seasonBp = weights.get(start) ?? null;
        return {
          periodId,
          start,
          value,
          seasonBp,
          deseasonalised: seasonBp === null ? null : rational(value * 10_000n, seasonBp),
        };
      }),
      falling:
        definition.direction === 'down'
          ? []
          : [
              ...fallingPeriods(
                steps.map(({ periodId, start, value }) => ({
                  periodId,
                  value,
                  weight: weights.get(start) ?? 1n,
                })),
              ),
            ],
    };
  },
});
