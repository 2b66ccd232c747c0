import { z } from 'zod';
import type { Db } from '../engine/query.ts';
import type { MeasureDefinition } from '../events/measure-definition.ts';
import type { Span } from '../events/period.ts';
import { upTo } from './buckets.ts';
import type { Rational } from './figures.ts';
import { fiscalPeriod } from './fiscal-period.ts';
import { together } from './rows-of.ts';
import { elapsedShare, type Share, seasonsOf } from './seasonality.ts';
import { targetPlan } from './target-plan.ts';
import { workingDayModels, workingDays } from './working-days.ts';

export const paceModels = together(targetPlan, fiscalPeriod, ...workingDayModels);

/** From which pace on a target is ahead, on track or behind, in hundredths; below the last it is at risk. */
const paces = { ahead: 105n, onTrack: 95n, behind: 80n } as const;

export const PaceStatus = z
  .enum(['ahead', 'on_track', 'behind', 'at_risk', 'no_target', 'not_begun'])
  .describe(
    'By the pace: ahead from 1.05 on, on track from 0.95, behind from 0.8, else at risk; where less is better by its inverse. no_target where the target is zero.',
  );

export function statusOf(
  value: bigint,
  pace: Rational | null,
  direction: MeasureDefinition['direction'],
): z.output<typeof PaceStatus> {
  if (value === 0n) return 'no_target';
  if (!pace) return 'not_begun';
  const [num, den] = direction === 'up' ? [pace.num, pace.den] : [pace.den, pace.num];
  const reached = (hundredths: bigint) => num * 100n >= hundredths * den;
  if (reached(paces.ahead)) return 'ahead';
  if (reached(paces.onTrack)) return 'on_track';
  return reached(paces.behind) ? 'behind' : 'at_risk';
}

/** A target as far as it says when how much of it is to be reached. */
interface Paced {
  readonly planId: string | null;
  readonly responsible: string;
  readonly periodStart: string;
  readonly periodEnd: string;
}

const outermost = (spans: readonly Span[]): Span => ({
  start: spans.map(({ start }) => start).reduce((a, b) => (a < b ? a : b)),
  endExclusive: spans.map(({ endExclusive }) => endExclusive).reduce((a, b) => (a > b ? a : b)),
});

/** Answers which share of a target's period is over with a day: by its plan's seasonality, else by working days. */
export async function sharesOver<T extends Paced>(
  db: Db<typeof paceModels>,
  targets: readonly T[],
  asOf: string,
): Promise<(target: T) => Share> {
  if (targets.length === 0) return () => ({ num: 0n, den: 1n });
  const plans = await db
    .selectFrom('target_plan')
    .select(['planId', 'seasonality', 'periodStart as start', 'periodEnd as endExclusive'])
    .where('seasonality', 'is not', null)
    .execute();
  const planned = plans.filter(({ planId }) => targets.some((target) => target.planId === planId));
  const seasons = new Map(
    await Promise.all(
      planned.map(async ({ planId, seasonality, ...horizon }) => {
        return [planId, await seasonsOf(db, seasonality!, horizon)] as const;
      }),
    ),
  );
  const periods = targets.map(({ periodStart, periodEnd }) => ({
    start: periodStart,
    endExclusive: periodEnd,
  }));
  const people = [...new Set(targets.map(({ responsible }) => responsible))];
  const { count } = await workingDays(db, people, outermost([...periods, ...planned]));
  return ({ planId, responsible, periodStart: start, periodEnd: endExclusive }) => {
    const period = { start, endExclusive };
    const elapsed = upTo(period, asOf);
    const worked = (part: Span) => count(responsible, part);
    const ofPlan = planId && seasons.get(planId);
    if (ofPlan) return elapsedShare(ofPlan, period, elapsed, worked);
    return { num: BigInt(worked(elapsed)), den: BigInt(worked(period)) };
  };
}
