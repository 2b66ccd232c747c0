import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { split } from '../../src/events/split.ts';
import { fallingPeriods } from '../../src/events/target-path.ts';

const path = (values: readonly bigint[], weights: readonly bigint[]) =>
  values.map((value, index) => ({ periodId: `M${index + 1}`, value, weight: weights[index]! }));

describe('fallingPeriods', () => {
  test('warns of no season, only of a fall beneath it', () => {
    const seasons = [1_200n, 800n, 1_000n];
    expect(fallingPeriods(path([120_000n, 80_000n, 100_000n], seasons))).toEqual([]);
    expect(fallingPeriods(path([120_000n, 84_000n, 110_000n], seasons))).toEqual([]);
    expect(fallingPeriods(path([120_000n, 76_000n, 100_000n], seasons))).toEqual(['M2']);
    expect(fallingPeriods(path([120_000n, 80_000n, 99_000n], seasons))).toEqual(['M3']);
  });
  test('never warns of what a split by the seasons gives', () => {
    const weights = fc.array(fc.bigInt({ min: 0n, max: 10_000n }), { minLength: 2, maxLength: 13 });
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 12n }), weights, (total, seasons) => {
        fc.pre(seasons.some((weight) => weight > 0n));
        expect(fallingPeriods(path(split(total, seasons), seasons))).toEqual([]);
      }),
    );
  });
  test('passes over periods without a season', () => {
    expect(fallingPeriods(path([100n, 0n, 50n], [1n, 0n, 1n]))).toEqual(['M3']);
  });
});
