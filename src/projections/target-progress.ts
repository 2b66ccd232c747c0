import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import { addDays } from '../engine/instant.ts';
import { type Db, nothing, page, query } from '../engine/query.ts';
import { addsUp, type MeasureDefinition } from '../events/measure-definition.ts';
import { LocalDate, PersonId, TargetId } from '../events/values.ts';
import {
  type Achieved,
  ActualFigure,
  achievedModels,
  achievedOfTargets,
  figureOf,
  RatioFigure,
} from './achieved.ts';
import { upTo } from './buckets.ts';
import { Rational, rational } from './figures.ts';
import { type AnyDb, rowsOf, together } from './rows-of.ts';
import { target } from './target.ts';
import { targetPlan } from './target-plan.ts';
import { isVisible } from './visible.ts';
import { workingDayModels, workingDays } from './working-days.ts';

export const progressModels = together(target, targetPlan, ...achievedModels);

/** Whether a target is to be reached: one of a plan not before that is published. */
export const inForce = sql`(target."planId" is null or exists (
  select from target_plan plan where plan."planId" = target."planId" and plan.state in ('published', 'closed')))`;

type TargetRow = z.output<typeof target.row>;
export interface Actual extends TargetRow, Achieved {
  readonly direction: MeasureDefinition['direction'];
  /** What of it was achieved on the last day; null where days do not add up. */
  readonly onTheDay: bigint | null;
}

/**
 * What was achieved of some targets up to a day; without dimensions by the responsible person and everybody below on
 * each day. `condition` chooses rows of `target`.
 */
export async function achievedOf(
  db: AnyDb,
  condition: RawBuilder<unknown>,
  asOf: string,
): Promise<readonly Actual[]> {
  const rows = await rowsOf<TargetRow>(
    db,
    sql`select * from target where state = 'assigned' and ${condition}`,
  );
  const { definitionOf, achieved } = await achievedOfTargets(db, rows, asOf, [asOf]);
  const day = { start: asOf, endExclusive: addDays(asOf, 1) };
  return rows
    .map((row) => ({
      ...row,
      ...achieved(row),
      direction: definitionOf(row.measure).direction,
      onTheDay: addsUp(definitionOf(row.measure), 'period') ? achieved(row, day).numerator : null,
    }))
    .toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
}

export const ProgressState = z
  .enum(['ok', 'no_target', 'undefined_zero_denominator'])
  .describe(
    'Whether there is an achievement: no_target when target and actual are zero, undefined_zero_denominator when only the target is, or what a ratio is over.',
  );

/** Actual over target; without a value where the target is zero, or the actual is over zero. */
export const achievementOf = ({ numerator, denominator }: Achieved, value: bigint) => {
  const achievement = rational(numerator, (denominator ?? 1n) * value);
  if (achievement) return { achievement, state: 'ok' as const };
  const isNothing = value === 0n && numerator === 0n;
  return {
    achievement,
    state: isNothing ? ('no_target' as const) : ('undefined_zero_denominator' as const),
  };
};

const Progress = target.row
  .omit({ value: true, state: true, withdrawalReason: true, assignedBy: true })
  .extend({
    asOf: LocalDate.describe('The last day whose figures are in it.'),
    target: z.bigint().describe('What is to be reached: minor units, a count, or basis points.'),
    actual: ActualFigure,
    ratio: RatioFigure,
    gap: z.bigint().nullable().describe('Target less actual; below zero when it is passed.'),
    achievement: Rational.nullable().describe('Actual over target; null where the target is zero.'),
    state: ProgressState,
    workingDays: z.int().describe('Working days of the responsible person in the period.'),
    workingDaysElapsed: z.int().describe('Those of them up to and with `asOf`.'),
  })
  .meta({ id: 'TargetProgress', description: 'How far a target is reached.' });
type Progress = z.output<typeof Progress>;

const reads = together(...progressModels, ...workingDayModels);

async function progressOf(
  db: Db<typeof reads>,
  condition: RawBuilder<unknown>,
  asOf: string,
): Promise<readonly Progress[]> {
  const rows = await achievedOf(db, condition, asOf);
  if (rows.length === 0) return [];
  const { count } = await workingDays(db, [...new Set(rows.map(({ responsible }) => responsible))], {
    start: rows.map(({ periodStart }) => periodStart).sort()[0]!,
    endExclusive: rows
      .map(({ periodEnd }) => periodEnd)
      .sort()
      .at(-1)!,
  });
  return rows.map((found) => {
    const { numerator, denominator, onTheDay: _, direction: __, ...stored } = found;
    const { value, state: ___, withdrawalReason: ____, assignedBy: _____, ...row } = stored;
    const period = { start: row.periodStart, endExclusive: row.periodEnd };
    const actual = figureOf(found);
    return {
      ...row,
      asOf,
      target: value,
      actual,
      ratio: denominator === null ? null : { numerator, denominator },
      gap: actual === null ? null : value - actual,
      ...achievementOf(found, value),
      workingDays: count(row.responsible, period),
      workingDaysElapsed: count(row.responsible, upTo(period, asOf)),
    };
  });
}

const AsOf = LocalDate.optional().describe('Only figures up to this day; today when left out.');

export const getTargetProgress = query({
  name: 'GetTargetProgress',
  summary: 'Get how far a target is reached, by the responsible person and everybody below.',
  permission: 'figures:read',
  path: '/targets/:targetId/progress',
  input: { targetId: TargetId, asOf: AsOf },
  output: Progress,
  reads,
  answer: async (db, { targetId, asOf }, asker) => {
    const [progress] = await progressOf(db, sql`"targetId" = ${targetId}::uuid`, asOf ?? asker.today);
    if (!progress || !isVisible(asker, progress.responsible, asker.today)) return nothing;
    return progress;
  },
});

export const listTargetProgress = query({
  name: 'ListTargetProgress',
  summary: 'List how far the targets of a person are reached whose period a day lies in.',
  permission: 'figures:read',
  path: '/people/:personId/target-progress',
  input: { personId: PersonId, asOf: AsOf },
  output: page(Progress),
  reads,
  subject: ({ personId }) => personId,
  answer: async (db, { personId, asOf: asked }, { today }) => {
    const asOf = asked ?? today;
    const data = await progressOf(
      db,
      sql`responsible = ${personId}::uuid and "periodStart" <= ${asOf}::date and "periodEnd" > ${asOf}::date
        and ${inForce}`,
      asOf,
    );
    return { data: [...data], nextCursor: null };
  },
});

const orderOf = ({
  periodStart,
  measure,
  targetId,
}: Pick<Actual, 'periodStart' | 'measure' | 'targetId'>): string => `${periodStart} ${measure} ${targetId}`;
