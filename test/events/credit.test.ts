import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Credits, splitExactly } from '../../src/events/credit.ts';
import { idOf } from '../support/given.ts';

describe('a split', () => {
  test('gives what is left to those who lost most, the earlier first', () => {
    expect(splitExactly(10_000n, [1, 1, 1])).toEqual([3_334n, 3_333n, 3_333n]);
    expect(splitExactly(101n, [5_000, 5_000])).toEqual([51n, 50n]);
    expect(splitExactly(-101n, [5_000, 5_000])).toEqual([-51n, -50n]);
    expect(splitExactly(10n, [1, 6, 3])).toEqual([1n, 6n, 3n]);
    expect(splitExactly(7n, [1, 6, 3])).toEqual([1n, 4n, 2n]);
  });

  test('sums exactly, with parts that are off by less than one', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }),
        fc.array(fc.integer({ min: 1, max: 10_000 }), { minLength: 1, maxLength: 10 }),
        (amount, weights) => {
          const parts = splitExactly(amount, weights);
          expect(parts.reduce((sum, part) => sum + part, 0n)).toBe(amount);
          const total = BigInt(weights.reduce((sum, weight) => sum + weight, 0));
          for (const [index, part] of parts.entries()) {
            const off = part * total - amount * BigInt(weights[index]!);
            expect(off < total && off > -total).toBe(true);
          }
        },
      ),
    );
  });
});

describe('credits', () => {
  const credit = (name: string, shareBp: number) => ({ personId: idOf(name), shareBp });
  const isValid = (...credits: readonly object[]) => Credits.safeParse(credits).success;

  test('sum to 10 000 basis points, one share for everybody', () => {
    expect(isValid(credit('ann', 10_000))).toBe(true);
    expect(isValid(credit('ann', 3_333), credit('bob', 6_667))).toBe(true);
    expect(isValid(credit('ann', 5_000), credit('bob', 5_001))).toBe(false);
    expect(isValid(credit('ann', 5_000), credit('ann', 5_000))).toBe(false);
    expect(isValid(credit('ann', 0), credit('bob', 10_000))).toBe(false);
    expect(isValid()).toBe(false);
  });
});
