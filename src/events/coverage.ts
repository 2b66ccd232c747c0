import { ceiling, over, plus, type Ratio, times } from './rational.ts';

/** One level of the funnel, such as potential customers or leads. */
export interface Funnel {
  readonly level: string;
  /** That one of the level reaches the next level, or the target after the first one. */
  readonly winProbability: Ratio;
  readonly cycleMonths: Ratio;
  /** The stages that one passes on the level; none where they are not known. */
  readonly stages: readonly FunnelStage[];
}

export interface FunnelStage {
  /** That one who entered the stage is won in the end. */
  readonly winProbability: Ratio;
  /** Mean time in the stage, of those who leave it early too. */
  readonly meanMonths: Ratio;
}

/** What a level must hold. Null stands for a probability of zero: no number is enough. */
export interface Requirement {
  readonly targetPerMonth: Ratio | null;
  readonly required: bigint | null;
  /** The same by Little's law over the stages; null also where they are not known. */
  readonly requiredStaged: bigint | null;
  /** From here to the end of the funnel. */
  readonly throughMonths: Ratio;
}

/**
 * How many must be open at a time for a target: cycle × target ÷ probability, rounded up. Null where the probability is
 * zero.
 */
export function pipelineRequired({
  cycleMonths,
  targetPerMonth,
  winProbability,
}: Pick<Funnel, 'cycleMonths' | 'winProbability'> & { readonly targetPerMonth: Ratio }): bigint | null {
  const entered = over(targetPerMonth, winProbability);
  return entered && ceiling(times(cycleMonths, entered));
}

/**
 * How many must be open over all stages by Little's law: those who enter each stage in a month times the mean time in
 * it, rounded up once. Null where somebody enters a stage that never wins.
 */
export function stagedRequired(targetPerMonth: Ratio, stages: readonly FunnelStage[]): bigint | null {
  let total: Ratio = { num: 0n, den: 1n };
  for (const { winProbability, meanMonths } of stages) {
    const entered = over(targetPerMonth, winProbability);
    if (!entered) return null;
    total = plus(total, times(entered, meanMonths));
  }
  return ceiling(total);
}

/**
 * What each level of a funnel must hold, the level nearest to the target first. What has to enter one level in a month is
 * the target of the next; only the results are rounded.
 */
export function requirements<F extends Funnel>(
  targetPerMonth: Ratio,
  levels: readonly F[],
): readonly (F & Requirement)[] {
  const found: (F & Requirement)[] = [];
  let target: Ratio | null = targetPerMonth;
  let throughMonths: Ratio = { num: 0n, den: 1n };
  for (const level of levels) {
    throughMonths = plus(throughMonths, level.cycleMonths);
    found.push({
      ...level,
      targetPerMonth: target,
      required: target && pipelineRequired({ ...level, targetPerMonth: target }),
      requiredStaged: target && level.stages.length > 0 ? stagedRequired(target, level.stages) : null,
      throughMonths,
    });
    target = target && over(target, level.winProbability);
  }
  return found;
}

const plain = (day: string): Temporal.PlainDate => Temporal.PlainDate.from(day);

/** A day so many months on: whole months of the calendar, and the part of the month after them in days, rounded up. */
export function monthsAfter(day: string, { num, den }: Ratio): string {
  const months = Number(num / den);
  const start = plain(day).add({ months });
  const { days } = start.until(plain(day).add({ months: months + 1 }), { largestUnit: 'day' });
  return start.add({ days: Number(ceiling({ num: BigInt(days) * (num % den), den })) }).toString();
}

/** How what is missing may be started, and until when it has to end. */
export interface Recovery {
  /** The day on which the first may be started. */
  readonly on: string;
  /** From the start to the end, such as the median of the sales cycle. */
  readonly throughMonths: Ratio;
  /** How many more may be started on that day and then each month; undefined for all at once. */
  readonly startsPerMonth: number | undefined;
  readonly yearEndExclusive: string;
}

/** How much of a gap can still come to its end before the fiscal year does. */
export function recoverable(
  gap: bigint,
  { on, throughMonths, startsPerMonth, yearEndExclusive }: Recovery,
): bigint {
  let found = 0n;
  for (let months = 0; found < gap; months++) {
    const start = plain(on).add({ months }).toString();
    if (monthsAfter(start, throughMonths) >= yearEndExclusive) break;
    found += startsPerMonth === undefined ? gap : BigInt(startsPerMonth);
  }
  return found < gap ? found : gap > 0n ? gap : 0n;
}

/** Whether a gap passes so many basis points of what is required. */
export const isBeyondLimit = (gap: bigint, required: bigint, maxBp: number): boolean =>
  gap * 10_000n > required * BigInt(maxBp);
