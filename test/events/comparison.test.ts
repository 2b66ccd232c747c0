import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Comparison, compareMedians, compareShares } from '../../src/events/comparison.ts';
import { randomFrom } from '../support/questions.ts';

const plain = ({ num, den }: Comparison['low']): number => Number(num) / Number(den);

describe('two shares', () => {
  test('differ within the intervals that Newcombe published', () => {
    const published = [
      [[56, 70], [48, 80], 0.0524, 0.3339],
      [[9, 10], [3, 10], 0.1705, 0.809],
      [[10, 10], [0, 10], 0.6075, 1],
      [[0, 10], [0, 10], -0.2775, 0.2775],
    ] as const;
    for (const [[a, m], [b, n], low, high] of published) {
      const compared = compareShares({ count: a, of: m }, { count: b, of: n });
      expect(Math.abs(plain(compared.low) - low)).toBeLessThanOrEqual(0.0001);
      expect(Math.abs(plain(compared.high) - high)).toBeLessThanOrEqual(0.0001);
    }
  });
  test('are exact, and so is their difference', () => {
    const { first, second, effect } = compareShares({ count: 1, of: 3 }, { count: 1, of: 2 });
    expect([first, second, effect]).toEqual([
      { num: 1n, den: 3n },
      { num: 1n, den: 2n },
      { num: -1n, den: 6n },
    ]);
  });
  test('hold their difference between the ends, and turn with their order', () => {
    const counted = fc
      .integer({ min: 1, max: 500 })
      .chain((of) => fc.record({ count: fc.integer({ min: 0, max: of }), of: fc.constant(of) }));
    fc.assert(
      fc.property(counted, counted, (a, b) => {
        const [there, back] = [compareShares(a, b), compareShares(b, a)];
        expect(plain(there.low)).toBeLessThanOrEqual(plain(there.effect));
        expect(plain(there.high)).toBeGreaterThanOrEqual(plain(there.effect));
        expect(plain(there.low)).toBeCloseTo(-plain(back.high), 10);
      }),
    );
  });
});

describe('two medians', () => {
  const below = randomFrom(5);
  const sample = (size: number, from: number): bigint[] =>
    Array.from({ length: size }, () => BigInt(from + below(100)));

  test('are those of the samples, exact where two values share the middle', () => {
    const { first, second, effect } = compareMedians([4n, 1n, 2n, 9n], [5n, 7n, 6n], 'seed');
    expect([plain(first), plain(second), plain(effect)]).toEqual([3, 6, -3]);
  });
  test('give the same interval for the same seed, and about the same for another', () => {
    const [a, b] = [sample(60, 0), sample(80, 20)];
    const one = compareMedians(a, b, 'one');
    expect(compareMedians(a.toReversed(), b, 'one')).toEqual(one);
    const other = compareMedians(a, b, 'other');
    expect(Math.abs(plain(other.low) - plain(one.low))).toBeLessThan(8);
    expect(Math.abs(plain(other.high) - plain(one.high))).toBeLessThan(8);
  });
  test('differ within the interval about as often as it says', () => {
    const rounds = 200;
    const covered = Array.from({ length: rounds }, (_, round) =>
      compareMedians(sample(40, 20), sample(40, 0), `round ${round}`),
    ).filter(({ low, high }) => plain(low) <= 20 && 20 <= plain(high)).length;
    expect(covered / rounds).toBeGreaterThan(0.9);
    expect(covered / rounds).toBeLessThan(0.995);
  });
});
