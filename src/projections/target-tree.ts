import { z } from 'zod';
import { addDays } from '../engine/instant.ts';
import { nothing, query } from '../engine/query.ts';
import { LocalDate, TargetPlanId } from '../events/values.ts';
import { actualModels, actualsOf } from './actuals.ts';
import { Rational, rational } from './figures.ts';
import { fiscalPeriod } from './fiscal-period.ts';
import { earlier } from './people-days.ts';
import { together } from './rows-of.ts';
import { elapsedShare, type Share, seasonsOf } from './seasonality.ts';
import { target } from './target.ts';
import { targetPlan } from './target-plan.ts';
import { isVisible } from './visible.ts';
import { workingDayModels, workingDays } from './working-days.ts';

/** From which pace on a target is ahead, on track or behind, in hundredths; below the last it is at risk. */
const paces = { ahead: 105n, onTrack: 95n, behind: 80n } as const;

const columns = [
  'targetId',
  'parentTargetId',
  'depth',
  'responsible',
  'measure',
  'periodId',
  'periodStart',
  'periodEnd',
  'dimensions',
  'currency',
  'acknowledgement',
  'unallocated',
  'overAssignment',
] as const;

const Node = target.row
  .pick({
    targetId: true,
    parentTargetId: true,
    depth: true,
    responsible: true,
    measure: true,
    periodId: true,
    periodStart: true,
    periodEnd: true,
    dimensions: true,
    currency: true,
    acknowledgement: true,
    unallocated: true,
    overAssignment: true,
  })
  .extend({
    target: z.bigint().describe('What is to be reached: minor units, or a count.'),
    actual: z.bigint().describe('What was achieved, by whoever counts to it on each day.'),
    gap: z.bigint().describe('Target less actual; below zero when it is passed.'),
    workingDays: z.int().describe('Working days of the responsible person in the period.'),
    workingDaysElapsed: z.int().describe('Those of them up to and with `asOf`.'),
    pace: Rational.nullable().describe(
      'Actual over target, over the share of the period that is over: by the plan’s seasonality, else by working days. Null where the target is zero, or nothing is over.',
    ),
    projection: z
      .bigint()
      .nullable()
      .describe(
        'What is reached by the end if it goes on so, by the seasons or the working days; rounded down. Null before anything is over.',
      ),
    requiredPerDay: z
      .bigint()
      .nullable()
      .describe('What each working day that is left has to bring, rounded up; null when none is left.'),
    gapShare: Rational.nullable().describe(
      'Its gap over that of the node above: who causes it. Null at the top, or where nothing is missing above.',
    ),
    status: z
      .enum(['ahead', 'on_track', 'behind', 'at_risk', 'no_target', 'not_begun'])
      .describe(
        'By the pace: ahead from 1.05 on, on track from 0.95, behind from 0.8, else at risk; no_target where the target is zero.',
      ),
  })
  .meta({ id: 'TargetNode', description: 'A target of a plan and how far it is reached.' });
type Node = z.output<typeof Node>;

function statusOf(value: bigint, pace: Rational | null): Node['status'] {
  if (value === 0n) return 'no_target';
  if (!pace) return 'not_begun';
  const reached = (hundredths: bigint) => pace.num * 100n >= hundredths * pace.den;
  if (reached(paces.ahead)) return 'ahead';
  if (reached(paces.onTrack)) return 'on_track';
  return reached(paces.behind) ? 'behind' : 'at_risk';
}

const floored = (num: bigint, den: bigint): bigint => num / den - (num % den < 0n ? 1n : 0n);

export const getTargetTree = query({
  name: 'GetTargetTree',
  summary:
    'Get all targets of a plan and how far each is reached, those above first. Who may not see everybody gets those of the people they see.',
  permission: 'figures:read',
  path: '/target-plans/:planId/tree',
  input: {
    planId: TargetPlanId,
    asOf: LocalDate.optional().describe('Only figures up to this day; today when left out.'),
  },
  output: z.object({ asOf: LocalDate, data: z.array(Node) }),
  reads: together(target, targetPlan, fiscalPeriod, ...actualModels, ...workingDayModels),
  answer: async (db, { planId, asOf: asked }, asker) => {
    const asOf = asked ?? asker.today;
    const after = addDays(asOf, 1);
    const plan = await db
      .selectFrom('target_plan')
      .select(['seasonality', 'periodStart', 'periodEnd'])
      .where('planId', '=', planId)
      .executeTakeFirst();
    if (!plan) return nothing;
    const found = await db
      .selectFrom('target')
      .select([...columns, 'value', 'parts'])
      .where('planId', '=', planId)
      .where('state', '=', 'assigned')
      .orderBy('depth')
      .orderBy('periodStart')
      .orderBy('targetId')
      .execute();
    const rows = found.filter(({ responsible }) => isVisible(asker, responsible, asker.today));
    const horizon = { start: plan.periodStart, endExclusive: plan.periodEnd };
    const actualOf = await actualsOf(db, rows, asOf);
    const { count } = await workingDays(
      db,
      [...new Set(rows.map(({ responsible }) => responsible))],
      horizon,
    );
    const seasons = plan.seasonality && (await seasonsOf(db, plan.seasonality, horizon));
    const gaps = new Map<string, bigint>();
    const data = rows.map((row): Node => {
      const { targetId, parentTargetId, responsible, value } = row;
      const period = { start: row.periodStart, endExclusive: row.periodEnd };
      const elapsed = { start: row.periodStart, endExclusive: earlier(row.periodEnd, after) };
      const actual = actualOf(row);
      const gap = value - actual;
      gaps.set(targetId, gap);
      const above = parentTargetId === null ? undefined : gaps.get(parentTargetId);
      const days = count(responsible, period);
      const daysElapsed = count(responsible, elapsed);
      const left = BigInt(days - daysElapsed);
      const share: Share = seasons
        ? elapsedShare(seasons, period, elapsed, (part) => count(responsible, part))
        : { num: BigInt(daysElapsed), den: BigInt(days) };
      const pace = rational(actual * share.den, value * share.num);
      return {
        targetId,
        parentTargetId,
        depth: row.depth,
        responsible,
        measure: row.measure,
        periodId: row.periodId,
        periodStart: row.periodStart,
        periodEnd: row.periodEnd,
        dimensions: row.dimensions,
        currency: row.currency,
        acknowledgement: row.acknowledgement,
        unallocated: row.unallocated,
        overAssignment: row.overAssignment,
        target: value,
        actual,
        gap,
        workingDays: days,
        workingDaysElapsed: daysElapsed,
        pace,
        projection: share.num === 0n ? null : floored(actual * share.den, share.num),
        requiredPerDay: left === 0n ? null : gap > 0n ? (gap + left - 1n) / left : 0n,
        gapShare: above !== undefined && above > 0n ? rational(gap, above) : null,
        status: statusOf(value, pace),
      };
    });
    return { asOf, data };
  },
});
