import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isBeyond, residueOf } from '../../src/commands/target/residue.ts';
import { split } from '../../src/events/split.ts';

const totals = fc.bigInt({ min: 0n, max: 10n ** 16n });
const weights = fc
  .array(fc.bigInt({ min: 0n, max: 10n ** 12n }), { minLength: 1, maxLength: 40 })
  .filter((list) => list.some((weight) => weight > 0n));
const sum = (list: readonly bigint[]): bigint => list.reduce((a, b) => a + b, 0n);

describe('split', () => {
  test('gives whole parts that sum exactly, none a whole unit off its exact share', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 16n), max: 10n ** 16n }), weights, (total, given) => {
        const parts = split(total, given);
        const all = sum(given);
        expect(sum(parts)).toBe(total);
        for (const [index, part] of parts.entries()) {
          const off = part * all - total * given[index]!;
          expect(off < all && -off < all).toBe(true);
        }
      }),
    );
  });
  test('commutes with summing: parts split again sum to what was split, level by level', () => {
    fc.assert(
      fc.property(totals, weights, weights, (total, first, second) => {
        const parts = split(total, first);
        const leaves = parts.map((part) => split(part, second));
        expect(leaves.map(sum)).toEqual(parts);
        expect(sum(leaves.flat())).toBe(total);
      }),
    );
  });
  test('gives who weighs more no less, and who weighs nothing nothing', () => {
    fc.assert(
      fc.property(totals, weights, (total, given) => {
        const parts = split(total, given);
        for (const [a, weight] of given.entries()) {
          if (weight === 0n && given.length > 1) expect(parts[a]).toBe(0n);
          for (const [b, other] of given.entries())
            if (weight > other) expect(parts[a]! >= parts[b]!).toBe(true);
        }
      }),
    );
  });
  test('by people and then months, or the other way round: each keeps what it split first exactly, the other sums within a unit for each part', () => {
    const transposed = (rows: readonly (readonly bigint[])[]) =>
      rows[0]!.map((_, at) => rows.map((row) => row[at]!));
    fc.assert(
      fc.property(totals, weights, weights, (total, people, months) => {
        const ofPeople = split(total, people);
        const ofMonths = split(total, months);
        const peopleFirst = ofPeople.map((part) => split(part, months));
        const monthsFirst = transposed(ofMonths.map((part) => split(part, people)));
        expect(peopleFirst.map(sum)).toEqual(ofPeople);
        expect(transposed(monthsFirst).map(sum)).toEqual(ofMonths);
        const isWithin = (a: readonly bigint[], b: readonly bigint[], units: number) =>
          a.every((part, index) => {
            const off = part - b[index]!;
            return (off < 0n ? -off : off) <= BigInt(units);
          });
        expect(isWithin(transposed(peopleFirst).map(sum), ofMonths, people.length)).toBe(true);
        expect(isWithin(monthsFirst.map(sum), ofPeople, months.length)).toBe(true);
      }),
    );
  });
  test('is the same in either order where nothing is rounded', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 100n }), weights, weights, (unit, people, months) => {
        const total = unit * sum(people) * sum(months);
        const peopleFirst = split(total, people).map((part) => split(part, months));
        expect(peopleFirst).toEqual(people.map((a) => months.map((b) => unit * a * b)));
      }),
    );
  });
  test('gives what is left to the largest remainders, the first of equals first', () => {
    expect(split(10_000n, [1n, 1n, 1n])).toEqual([3_334n, 3_333n, 3_333n]);
    expect(split(10n, [1n, 2n, 0n])).toEqual([3n, 7n, 0n]);
    expect(split(7n, [1n, 6n, 3n])).toEqual([1n, 4n, 2n]);
    expect(split(-101n, [1n, 1n])).toEqual([-51n, -50n]);
  });
  test('does not depend on the scale of the weights', () => {
    fc.assert(
      fc.property(totals, weights, fc.bigInt({ min: 1n, max: 1_000n }), (total, given, factor) => {
        expect(
          split(
            total,
            given.map((weight) => weight * factor),
          ),
        ).toEqual(split(total, given));
      }),
    );
  });
});

describe('residueOf', () => {
  test('balances: parts and what is unallocated, less what is beyond, are the whole', () => {
    fc.assert(
      fc.property(totals, fc.array(totals, { maxLength: 10 }), (total, parts) => {
        const { unallocated, overAssignment } = residueOf(total, parts);
        expect(sum(parts) + unallocated - overAssignment).toBe(total);
        expect(unallocated === 0n || overAssignment === 0n).toBe(true);
      }),
    );
  });
});

test('isBeyond permits exactly the share', () => {
  expect(isBeyond(1_000n, 10_000n, 1_000)).toBe(false);
  expect(isBeyond(1_001n, 10_000n, 1_000)).toBe(true);
});
