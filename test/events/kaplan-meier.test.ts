import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Lifetime, percentileOf, percentilesOf, survivalOf } from '../../src/events/kaplan-meier.ts';

const ended = (...durations: readonly number[]): readonly Lifetime[] =>
  durations.map((duration) => ({ duration, censored: false }));
const open = (...durations: readonly number[]): readonly Lifetime[] =>
  durations.map((duration) => ({ duration, censored: true }));
const lifetimes = fc.array(fc.record({ duration: fc.nat(30), censored: fc.boolean() }), { maxLength: 60 });

describe('the Kaplan–Meier estimate', () => {
  test('is that of the remissions of Freireich and others (1963), as textbooks print it', () => {
    const treated = [
      ...ended(6, 6, 6, 7, 10, 13, 16, 22, 23),
      ...open(6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35),
    ];
    const printed = survivalOf(treated).map(({ duration, atRisk, ended: of, survival: { num, den } }) => [
      duration,
      atRisk,
      of,
      Number((num * 10_000n) / den),
    ]);
    expect(printed).toEqual([
      [6, 21, 3, 8571],
      [7, 17, 1, 8067],
      [10, 15, 1, 7529],
      [13, 12, 1, 6901],
      [16, 11, 1, 6274],
      [22, 7, 1, 5378],
      [23, 6, 1, 4481],
    ]);
    expect(percentilesOf(treated)).toEqual({ sample: 21, ended: 9, p50: 23, p75: null, p90: null });
    const placebo = ended(1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23);
    expect(percentilesOf(placebo)).toEqual({ sample: 21, ended: 21, p50: 8, p75: 12, p90: 17 });
  });

  test('is the plain share of those who last longer where nothing is censored', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(30), { minLength: 1, maxLength: 60 }), (durations) => {
        for (const { duration, survival } of survivalOf(ended(...durations))) {
          const longer = durations.filter((each) => each > duration).length;
          expect(survival.num * BigInt(durations.length)).toBe(BigInt(longer) * survival.den);
        }
      }),
    );
  });

  test('gives what is censored to those who last longer, as Efron redistributes it', () => {
    fc.assert(
      fc.property(lifetimes, (given) => {
        const steps = survivalOf(given);
        expect(
          steps.map(({ duration, survival }) => [duration, Number(survival.num) / Number(survival.den)]),
        ).toEqual(redistributed(given).map(([duration, share]) => [duration, expect.closeTo(share, 9)]));
      }),
    );
  });

  test('has percentiles that never fall, and none that the curve does not reach', () => {
    fc.assert(
      fc.property(lifetimes, (given) => {
        const steps = survivalOf(given);
        const { p50, p75, p90 } = percentilesOf(given);
        const known = [p50, p75, p90].filter((each) => each !== null);
        expect(known).toEqual(known.toSorted((a, b) => a - b));
        const last = steps.at(-1)?.survival ?? { num: 1n, den: 1n };
        expect(p90 === null).toBe(last.num * 10n > last.den);
      }),
    );
  });

  test('knows nothing of what nobody saw end', () => {
    expect(survivalOf(open(3, 4))).toEqual([]);
    expect(percentileOf(survivalOf([]), { num: 1n, den: 2n })).toBeNull();
  });

  test('takes long samples with much censoring', () => {
    const many = Array.from({ length: 100_000 }, (_, index) => ({
      duration: (index * 7919) % 3_000,
      censored: index % 3 === 0,
    }));
    expect(percentilesOf(many)).toMatchObject({ sample: 100_000, ended: 66_666 });
  });
});

/** Efron's way: each one that is censored hands its share on to all that last longer, in equal parts. */
function redistributed(given: readonly Lifetime[]): readonly (readonly [number, number])[] {
  const order = given.toSorted((a, b) => a.duration - b.duration || Number(a.censored) - Number(b.censored));
  const masses = order.map(() => 1 / order.length);
  for (const [index, { censored }] of order.entries()) {
    const after = order.length - index - 1;
    if (!censored || after === 0) continue;
    for (let other = index + 1; other < order.length; other++) masses[other]! += masses[index]! / after;
    masses[index] = 0;
  }
  const durations = [...new Set(order.filter(({ censored }) => !censored).map(({ duration }) => duration))];
  return durations.map((duration) => [
    duration,
    order.reduce(
      (sum, each, index) => (each.duration > duration || each.censored ? sum + masses[index]! : sum),
      0,
    ),
  ]);
}
