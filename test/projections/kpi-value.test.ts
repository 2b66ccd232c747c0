import fc from 'fast-check';
import { expect, test } from 'vitest';
import { builtInKpis } from '../../src/events/kpi-catalogue.ts';
import { type Rational, rational } from '../../src/projections/figures.ts';
import { medianOf, ranked } from '../../src/projections/kpi-comparison.ts';
import { resultOf, termsOf } from '../../src/projections/kpi-value.ts';

const anyKpi = fc.constantFrom(...builtInKpis.filter(({ formula }) => formula === 'ratio'));
const anySum = fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n });

test('a ratio of a group is the ratio of the sums, for every indicator and any people', () => {
  fc.assert(
    fc.property(
      anyKpi,
      fc.array(fc.array(anySum, { minLength: 8, maxLength: 8 }), { minLength: 1 }),
      (kpi, people) => {
        const terms = termsOf(kpi);
        const measures = [...new Set(terms.map(({ measure }) => measure))];
        const ofPerson = (sums: readonly bigint[]) =>
          resultOf(kpi, ({ measure }) => sums[measures.indexOf(measure)]!);
        const group = resultOf(kpi, ({ measure }) =>
          people.reduce((total, sums) => total + sums[measures.indexOf(measure)]!, 0n),
        );
        const parts = people.map(ofPerson);
        const numerator = parts.reduce((total, part) => total + part.numerator, 0n);
        const denominator = parts.reduce((total, part) => total + (part.denominator ?? 0n), 0n);
        expect(group.numerator).toBe(numerator);
        expect(group.denominator ?? 0n).toBe(denominator);
        expect(group.value).toEqual(rational(numerator, kpi.denominator.length > 0 ? denominator : 1n));
      },
    ),
  );
});

const anyRational = fc
  .tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.bigInt({ min: 1n, max: 10n ** 20n }))
  .map(([num, den]) => rational(num, den)!);
const isBelow = (a: Rational, b: Rational) => a.num * b.den < b.num * a.den;

test('a rank is one more than the number of those who are better, whatever the order they come in', () => {
  const anyEntries = fc.array(fc.record({ value: fc.option(anyRational) }));
  fc.assert(
    fc.property(anyEntries, fc.constantFrom('up' as const, 'down' as const), (entries, direction) => {
      const values = entries.flatMap(({ value }) => value ?? []);
      const inOrder = ranked(entries, direction);
      expect(inOrder).toHaveLength(values.length);
      for (const { value, rank } of inOrder) {
        const better = values.filter((other) =>
          direction === 'up' ? isBelow(value, other) : isBelow(other, value),
        );
        expect(rank).toBe(better.length + 1);
      }
    }),
  );
});

test('as many values lie below a median as above it', () => {
  fc.assert(
    fc.property(fc.array(anyRational, { minLength: 1 }), (values) => {
      const inOrder = ranked(
        values.map((value) => ({ value })),
        'up',
      ).map(({ value }) => value);
      const median = medianOf(inOrder)!;
      const below = values.filter((value) => isBelow(value, median)).length;
      const above = values.filter((value) => isBelow(median, value)).length;
      expect(Math.max(below, above) * 2).toBeLessThanOrEqual(values.length);
      expect(medianOf(inOrder.toReversed())).toEqual(median);
    }),
  );
  expect(medianOf([])).toBeNull();
  expect(medianOf([rational(1n, 3n)!, rational(1n, 2n)!])).toEqual({ num: 5n, den: 12n });
});
