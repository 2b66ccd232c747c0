import type { Ratio } from './rational.ts';

/** How long something lasted; censored is what had not ended when it was last seen. */
export interface Lifetime {
  readonly duration: number;
  readonly censored: boolean;
  /** How many lasted so long; one when left out. */
  readonly count?: number;
}

/** A duration at which something ended. */
export interface SurvivalStep {
  readonly duration: number;
  /** How many had neither ended nor been censored before. */
  readonly atRisk: number;
  readonly ended: number;
  /** The share that lasts longer. */
  readonly survival: Ratio;
}

/**
 * The Kaplan–Meier estimate of how long things last, exact: at each duration the share that remains is multiplied by
 * (at risk − ended) ÷ at risk. What is censored at a duration was at risk at it.
 */
export function survivalOf(lifetimes: readonly Lifetime[]): readonly SurvivalStep[] {
  const sorted = lifetimes.toSorted((a, b) => a.duration - b.duration);
  const steps: SurvivalStep[] = [];
  let survival: Ratio = { num: 1n, den: 1n };
  let left = sizeOf(sorted);
  for (let index = 0; index < sorted.length; ) {
    const { duration } = sorted[index]!;
    const atRisk = left;
    let ended = 0;
    for (; sorted[index]?.duration === duration; index++) {
      const { censored, count = 1 } = sorted[index]!;
      left -= count;
      if (!censored) ended += count;
    }
    if (ended === 0) continue;
    survival = remaining(survival, atRisk, ended);
    steps.push({ duration, atRisk, ended, survival });
  }
  return steps;
}

const sizeOf = (lifetimes: readonly Lifetime[]): number =>
  lifetimes.reduce((sum, { count = 1 }) => sum + count, 0);

/** Without censoring in between the last denominator cancels, which keeps the numbers short. */
function remaining({ num, den }: Ratio, atRisk: number, ended: number): Ratio {
  const [before, left] = [BigInt(atRisk), BigInt(atRisk - ended)];
  return num % before === 0n ? { num: (num / before) * left, den } : { num: num * left, den: den * before };
}

/**
 * The duration by which a share has ended: the shortest one after which no more than the rest remains. Null where the
 * curve does not fall that far.
 */
export const percentileOf = (steps: readonly SurvivalStep[], share: Ratio): number | null =>
  steps.find(({ survival: { num, den } }) => num * share.den <= (share.den - share.num) * den)?.duration ??
  null;

/** The percentiles that are asked for everywhere; null where too much is censored to know. */
export function percentilesOf(lifetimes: readonly Lifetime[]) {
  const steps = survivalOf(lifetimes);
  const at = (percent: bigint): number | null => percentileOf(steps, { num: percent, den: 100n });
  return {
    sample: sizeOf(lifetimes),
    ended: steps.reduce((sum, step) => sum + step.ended, 0),
    p50: at(50n),
    p75: at(75n),
    p90: at(90n),
  };
}
