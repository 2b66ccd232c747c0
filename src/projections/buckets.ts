import { z } from 'zod';
import { addDays } from '../engine/instant.ts';
import type { Period } from '../events/calendar.ts';
import { periodOf, type Span, spanOf } from '../events/period.ts';

export const Grain = z
  .enum(['period', 'day', 'week', 'month'])
  .describe('One value for the whole period, or one for each day, ISO week or fiscal month in it.');
export type Grain = z.output<typeof Grain>;

export interface Bucket extends Span {
  /** The period that the bucket is; null for a part of one. */
  readonly periodId: string | null;
}

export const bucketsMax = 400;

/** Cuts a span into its days, weeks or months, at most one more than there may be; those at its ends may be parts. */
export function bucketsOf(
  span: Span,
  grain: Exclude<Grain, 'period'>,
  periods: readonly Period[],
): readonly Bucket[] {
  const buckets: Bucket[] = [];
  for (let day = span.start; day < span.endExclusive && buckets.length <= bucketsMax; ) {
    const periodId = periodOf(day, grain, periods);
    const whole = periodId === undefined ? undefined : spanOf(periodId, periods);
    const endExclusive =
      whole && whole.endExclusive < span.endExclusive ? whole.endExclusive : span.endExclusive;
    const isWhole = whole?.start === day && whole.endExclusive === endExclusive;
    buckets.push({ periodId: isWhole && periodId ? periodId : null, start: day, endExclusive });
    day = endExclusive;
  }
  return buckets;
}

/** A span up to the end of a day. */
export function upTo({ start, endExclusive }: Span, day: string): Span {
  const end = addDays(day, 1);
  if (end >= endExclusive) return { start, endExclusive };
  return { start, endExclusive: end > start ? end : start };
}
