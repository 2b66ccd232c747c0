import { sha256 } from '../engine/canonical.ts';
import { next, type Random } from './random.ts';
import type { Ratio } from './rational.ts';

/** Two figures of groups and how they differ; the interval holds the difference with a confidence of 95 %. */
export interface Comparison {
  readonly first: Ratio;
  readonly second: Ratio;
  readonly effect: Ratio;
  readonly low: Ratio;
  readonly high: Ratio;
}

/** How many of a group have what is counted. */
interface Counted {
  readonly count: number;
  readonly of: number;
}

/** The quantile of the normal distribution for a confidence of 95 %. */
const z = 1.959963984540054;

/** The interval of Wilson for a proportion. */
function wilson({ count, of }: Counted): readonly [low: number, high: number] {
  const share = count / of;
  const centre = share + (z * z) / (2 * of);
  const spread = z * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of));
  const scale = 1 + (z * z) / of;
  return [(centre - spread) / scale, (centre + spread) / scale];
}

const basisPoints = (share: number, round: (value: number) => number): Ratio => ({
  num: BigInt(round(share * 10_000)),
  den: 10_000n,
});

/** Two proportions, with Newcombe’s interval of their difference from the scores of Wilson, outwards to basis points. */
export function compareShares(first: Counted, second: Counted): Comparison {
  const exact = ({ count, of }: Counted): Ratio => ({ num: BigInt(count), den: BigInt(of) });
  const difference = first.count / first.of - second.count / second.of;
  const [[low1, high1], [low2, high2]] = [wilson(first), wilson(second)];
  const [p1, p2] = [first.count / first.of, second.count / second.of];
  const below = Math.sqrt((p1 - low1) ** 2 + (high2 - p2) ** 2);
  const above = Math.sqrt((high1 - p1) ** 2 + (p2 - low2) ** 2);
  const [a, b] = [exact(first), exact(second)];
  return {
    first: a,
    second: b,
    effect: { num: a.num * b.den - b.num * a.den, den: a.den * b.den },
    low: basisPoints(difference - below, Math.floor),
    high: basisPoints(difference + above, Math.ceil),
  };
}

/** Twice the median of sorted values, which is a whole number. */
const twiceMedian = (sorted: readonly bigint[]): bigint =>
  sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.floor(sorted.length / 2)]!;

/** Twice the median of as many values, drawn with replacement from sorted ones. */
function resampled(sorted: readonly bigint[], drawn: Uint32Array, random: Random): bigint {
  const { length } = sorted;
  drawn.fill(0);
  for (let index = 0; index < length; index++)
    drawn[Math.floor(((next(random) >>> 0) / 2 ** 32) * length)]! += 1;
  const at = (rank: number): bigint => {
    let index = 0;
    for (let through = drawn[0]!; through <= rank; through += drawn[++index]!);
    return sorted[index]!;
  };
  return at(Math.floor((length - 1) / 2)) + at(Math.floor(length / 2));
}

const resamplesMax = 2_000;
const resamplesMin = 200;
const drawsMax = 20_000_000;

const byValue = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * Two medians, with the percentile interval of a bootstrap: 2 000 samples drawn with replacement, fewer of large groups.
 * The same seed gives the same interval.
 */
export function compareMedians(
  first: readonly bigint[],
  second: readonly bigint[],
  seed: string,
): Comparison {
  const [a, b] = [first.toSorted(byValue), second.toSorted(byValue)];
  const hash = sha256(seed);
  const random = {
    a: Number.parseInt(hash.slice(0, 8), 16) | 0,
    b: Number.parseInt(hash.slice(8, 16), 16) | 1,
  };
  const fewer = Math.floor(drawsMax / (a.length + b.length));
  const resamples = Math.min(resamplesMax, Math.max(resamplesMin, fewer));
  const [drawnA, drawnB] = [new Uint32Array(a.length), new Uint32Array(b.length)];
  const differences = Array.from(
    { length: resamples },
    () => resampled(a, drawnA, random) - resampled(b, drawnB, random),
  ).sort(byValue);
  const at = (perMille: number): Ratio => ({
    num: differences[Math.min(resamples - 1, Math.floor((resamples * perMille) / 1_000))]!,
    den: 2n,
  });
  const [m1, m2] = [twiceMedian(a), twiceMedian(b)];
  return {
    first: { num: m1, den: 2n },
    second: { num: m2, den: 2n },
    effect: { num: m1 - m2, den: 2n },
    low: at(25),
    high: at(975),
  };
}
