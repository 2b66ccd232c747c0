import { ceiling, over, plus, type Ratio, times } from './rational.ts';

/** One level of the funnel, such as potential customers or leads. */
export interface Funnel {
  readonly level: string;
  /** That one of the level reaches the next level, or the target after the first one. */
  readonly winProbability: Ratio;
  readonly cycleMonths: Ratio;
  /** The same in days, where it was found in days. */
  readonly cycleDays?: number;
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
  /** From here to the end of the funnel: months, and days after them. */
  readonly throughMonths: Ratio;
  readonly throughDays: number;
}

/** Days as a part of the mean month of the Gregorian calendar: 400 years have 146 097 days. */
export const monthsOfDays = (days: bigint): Ratio => ({ num: days * 4_800n, den: 146_097n });

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
  let throughDays = 0;
  for (const level of levels) {
    if (level.cycleDays === undefined) throughMonths = plus(throughMonths, level.cycleMonths);
    else throughDays += level.cycleDays;
    found.push({
      ...level,
      targetPerMonth: target,
      required: target && pipelineRequired({ ...level, targetPerMonth: target }),
      requiredStaged: target && level.stages.length > 0 ? stagedRequired(target, level.stages) : null,
      throughMonths,
      throughDays,
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

/** From the start to the end, such as the median of the sales cycle. */
export type Through = Pick<Requirement, 'throughMonths' | 'throughDays'>;

/** The day on which ends what is started on a day. */
export const endOf = (start: string, { throughMonths, throughDays }: Through): string =>
  plain(monthsAfter(start, throughMonths)).add({ days: throughDays }).toString();

/** The last day on which something can be started that is to end before a day. */
export function lastStart(endExclusive: string, through: Through): string {
  const months = Number(ceiling(through.throughMonths)) + 1;
  let day = plain(endExclusive).subtract({ months, days: through.throughDays });
  for (let next = day; endOf(next.toString(), through) < endExclusive; next = day.add({ days: 1 }))
    day = next;
  return day.toString();
}

/** How what is missing may be started, and until when it has to end. */
export interface Recovery extends Through {
  /** The day on which the first may be started. */
  readonly on: string;
  /** How many more may be started on that day and then each month; undefined for all at once. */
  readonly startsPerMonth: number | undefined;
  readonly yearEndExclusive: string;
}

/** How much of a gap can still come to its end before the fiscal year does. */
export function recoverable(
  gap: bigint,
  { on, startsPerMonth, yearEndExclusive, ...through }: Recovery,
): bigint {
  let found = 0n;
  for (let months = 0; found < gap; months++) {
    const start = plain(on).add({ months }).toString();
    if (endOf(start, through) >= yearEndExclusive) break;
    found += startsPerMonth === undefined ? gap : BigInt(startsPerMonth);
  }
  return found < gap ? found : gap > 0n ? gap : 0n;
}

/** Whether a gap passes so many basis points of what is required. */
export const isBeyondLimit = (gap: bigint, required: bigint, maxBp: number): boolean =>
  gap * 10_000n > required * BigInt(maxBp);

interface Gap {
  readonly gap: number;
  readonly notRecoverable: number;
}

/**
 * Whether a gap is another one than before: by more than may be missing, or because the year can no longer recover all
 * of it.
 */
export function hasMoved(before: Gap, after: Gap, required: bigint, maxBp: number): boolean {
  const moved = (was: number, is: number) => isBeyondLimit(BigInt(Math.abs(is - was)), required, maxBp);
  return (
    moved(before.gap, after.gap) ||
    moved(before.notRecoverable, after.notRecoverable) ||
    (before.notRecoverable === 0 && after.notRecoverable > 0)
  );
}
