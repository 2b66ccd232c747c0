import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addDays } from '../../src/engine/instant.ts';
import {
  endOf,
  hasMoved,
  isBeyondLimit,
  lastStart,
  monthsAfter,
  monthsOfDays,
  pipelineRequired,
  recoverable,
  requirements,
  stagedRequired,
} from '../../src/events/coverage.ts';
import type { Ratio } from '../../src/events/rational.ts';

const ratio = (num: number, den = 1): Ratio => ({ num: BigInt(num), den: BigInt(den) });
const required = (winProbability: Ratio, cycle = ratio(4), target = ratio(3)) =>
  pipelineRequired({ cycleMonths: cycle, targetPerMonth: target, winProbability });
const some = fc.record({ num: fc.bigInt(1n, 1_000n), den: fc.bigInt(1n, 1_000n) });
const share = some.filter(({ num, den }) => num <= den);

describe('pipelineRequired', () => {
  test('is cycle × target ÷ probability', () => {
    expect(required(ratio(1, 3))).toBe(36n);
    expect(required(ratio(1, 4))).toBe(48n);
    expect(required(ratio(3, 10))).toBe(40n);
    expect(required(ratio(0))).toBeNull();
  });
  test('is the least whole number that is enough', () => {
    fc.assert(
      fc.property(some, some, share, (cycle, target, p) => {
        const count = required(p, cycle, target)!;
        const isEnough = (open: bigint) =>
          open * p.num * cycle.den * target.den >= cycle.num * target.num * p.den;
        expect(isEnough(count)).toBe(true);
        expect(isEnough(count - 1n)).toBe(false);
      }),
    );
  });
});

describe('requirements', () => {
  const funnel = (...levels: readonly (readonly [level: string, p: Ratio, cycle: Ratio])[]) =>
    levels.map(([level, winProbability, cycleMonths]) => ({
      level,
      winProbability,
      cycleMonths,
      stages: [],
    }));

  test('chains levels: as many leads as the potential customers need', () => {
    const chained = requirements(
      ratio(3),
      funnel(
        ['potential_customer', ratio(1, 3), ratio(4)],
        ['lead', ratio(2, 5), ratio(4)],
        ['contact', ratio(3, 4), ratio(4)],
      ),
    );
    expect(chained.map((level) => level.required)).toEqual([36n, 90n, 120n]);
  });
  test('rounds only the results, not what the next level rests on', () => {
    const chained = requirements(
      ratio(1),
      funnel(['contract', ratio(2, 3), ratio(1)], ['lead', ratio(1, 2), ratio(1)]),
    );
    expect(chained.map((level) => level.required)).toEqual([2n, 3n]);
  });
  test('takes a level by its own cycle, and the way from it by all below', () => {
    const chained = requirements(
      ratio(3),
      funnel(['potential_customer', ratio(1, 3), ratio(4)], ['lead', ratio(1, 2), ratio(3, 2)]),
    );
    expect(chained[1]).toMatchObject({ targetPerMonth: ratio(9), required: 27n });
    expect(chained[1]!.throughMonths).toEqual({ num: 11n, den: 2n });
  });
  test('knows no number above a level that never wins', () => {
    const chained = requirements(
      ratio(3),
      funnel(['potential_customer', ratio(0), ratio(4)], ['lead', ratio(1, 2), ratio(4)]),
    );
    expect(chained.map((level) => level.required)).toEqual([null, null]);
  });
});

describe('stagedRequired', () => {
  test('needs fewer where those who lose leave early', () => {
    const stages = [
      { winProbability: ratio(1, 3), meanMonths: ratio(1) },
      { winProbability: ratio(2, 3), meanMonths: ratio(3) },
    ];
    expect(stagedRequired(ratio(3), stages)).toBe(23n);
    expect(stagedRequired(ratio(0), stages)).toBe(0n);
    expect(
      stagedRequired(ratio(3), [...stages, { winProbability: ratio(0), meanMonths: ratio(1) }]),
    ).toBeNull();
  });
  test('is the simple law where nobody leaves before the end, and never more', () => {
    const times = fc.array(fc.tuple(some, share), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(some, share, times, (target, p, parts) => {
        const cycle = parts.reduce(
          (sum, [{ num, den }]) => ({ num: sum.num * den + num * sum.den, den: sum.den * den }),
          ratio(0),
        );
        const simple = required(p, cycle, target)!;
        const same = parts.map(([meanMonths]) => ({ winProbability: p, meanMonths }));
        expect(stagedRequired(target, same)).toBe(simple);
        const better = parts.map(([meanMonths, q]) => ({
          winProbability: q.num * p.den > p.num * q.den ? q : p,
          meanMonths,
        }));
        expect(stagedRequired(target, better)! <= simple).toBe(true);
      }),
    );
  });
});

describe('monthsAfter', () => {
  test('goes by the calendar, and takes the part of a month in days', () => {
    expect(monthsAfter('2026-11-01', ratio(4))).toBe('2027-03-01');
    expect(monthsAfter('2026-01-31', ratio(1))).toBe('2026-02-28');
    expect(monthsAfter('2026-03-01', ratio(3, 2))).toBe('2026-04-16');
    expect(monthsAfter('2026-03-01', ratio(0))).toBe('2026-03-01');
    expect(monthsAfter('2028-02-01', ratio(1, 29))).toBe('2028-02-02');
  });
});

describe('recoverable', () => {
  const yearEndExclusive = '2027-01-01';
  const of = (gap: bigint, on: string, throughMonths: Ratio, startsPerMonth?: number) =>
    recoverable(gap, { on, throughMonths, throughDays: 0, startsPerMonth, yearEndExclusive });

  test('recovers nothing that the cycle carries past the end of the year', () => {
    expect(of(10n, '2026-11-01', ratio(4))).toBe(0n);
  });
  test('recovers what ends on the last day of the year', () => {
    expect(of(10n, '2026-08-31', ratio(4))).toBe(10n);
    expect(of(10n, '2026-09-01', ratio(4))).toBe(0n);
  });
  test('recovers what can be started in time', () => {
    expect(of(10n, '2026-06-15', ratio(4), 3)).toBe(9n);
    expect(of(10n, '2026-05-15', ratio(4), 3)).toBe(10n);
    expect(of(10n, '2026-06-15', ratio(4))).toBe(10n);
  });
  test('recovers nothing of a surplus', () => {
    expect(of(-3n, '2026-01-01', ratio(1))).toBe(0n);
    expect(of(0n, '2026-01-01', ratio(1))).toBe(0n);
  });
});

test('isBeyondLimit permits exactly the share', () => {
  expect(isBeyondLimit(4n, 40n, 1_000)).toBe(false);
  expect(isBeyondLimit(5n, 40n, 1_000)).toBe(true);
  expect(isBeyondLimit(-5n, 40n, 1_000)).toBe(false);
});

describe('lastStart', () => {
  const months = (throughMonths: Ratio, throughDays = 0) => ({ throughMonths, throughDays });
  test('is the last day that still leads to an end in the year', () => {
    expect(lastStart('2027-01-01', months(ratio(4)))).toBe('2026-08-31');
    expect(lastStart('2027-01-01', months(ratio(0), 90))).toBe('2026-10-02');
    expect(lastStart('2027-01-01', months(ratio(0)))).toBe('2026-12-31');
    const part = fc.record({ num: fc.bigInt(0n, 600n), den: fc.bigInt(1n, 60n) });
    fc.assert(
      fc.property(part, fc.nat(700), (cycle, days) => {
        const through = months(cycle, days);
        const last = lastStart('2027-01-01', through);
        const next = Temporal.PlainDate.from(last).add({ days: 1 }).toString();
        expect(endOf(last, through) < '2027-01-01').toBe(true);
        expect(endOf(next, through) >= '2027-01-01').toBe(true);
      }),
    );
  });
  test('takes days of the past as days, not as months', () => {
    expect(endOf('2026-11-01', months(ratio(0), 120))).toBe('2027-03-01');
    expect(endOf('2026-11-01', months(ratio(1), 31))).toBe('2027-01-01');
    const [chained] = requirements(ratio(3), [
      {
        level: 'lead',
        winProbability: ratio(1, 3),
        cycleMonths: monthsOfDays(120n),
        cycleDays: 120,
        stages: [],
      },
    ]);
    expect(chained).toMatchObject({ required: 36n, throughMonths: ratio(0), throughDays: 120 });
  });
});

describe('more has to be open', () => {
  const isNotLess = (a: Ratio, b: Ratio) => a.num * b.den >= b.num * a.den;
  test('the rarer a success, and the longer the way', () => {
    fc.assert(
      fc.property(some, share, share, some, some, (target, p, q, cycle, other) => {
        const [rarer, likelier] = isNotLess(p, q) ? [q, p] : [p, q];
        expect(required(rarer, cycle, target)! >= required(likelier, cycle, target)!).toBe(true);
        const [longer, shorter] = isNotLess(cycle, other) ? [cycle, other] : [other, cycle];
        expect(required(p, longer, target)! >= required(p, shorter, target)!).toBe(true);
      }),
    );
  });
});

describe('what can be recovered', () => {
  const yearEndExclusive = '2027-01-01';
  const day = fc.integer({ min: 0, max: 364 }).map((days) => addDays('2026-01-01', days));
  const starts = fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined });
  test('is never more than the gap, never less the earlier it begins, never more the longer it takes', () => {
    fc.assert(
      fc.property(
        fc.bigInt(-20n, 60n),
        day,
        day,
        fc.nat(400),
        fc.nat(400),
        starts,
        (gap, a, b, x, y, rate) => {
          const of = (on: string, throughDays: number) =>
            recoverable(gap, {
              ...{ on, throughMonths: ratio(0), throughDays, startsPerMonth: rate, yearEndExclusive },
            });
          const [early, late] = a < b ? [a, b] : [b, a];
          const [short, long] = x < y ? [x, y] : [y, x];
          const found = of(late, long);
          expect(found >= 0n && found <= (gap > 0n ? gap : 0n)).toBe(true);
          expect(of(early, long) >= found).toBe(true);
          expect(of(late, short) >= found).toBe(true);
        },
      ),
    );
  });
});

describe('hasMoved', () => {
  const from = (gap: number, notRecoverable: number) => ({ gap, notRecoverable });
  const moved = (after: { gap: number; notRecoverable: number }, before = from(10, 0)) =>
    hasMoved(before, after, 40n, 1_000);
  test('lets a gap change by as much as may be missing', () => {
    expect(moved(from(14, 0))).toBe(false);
    expect(moved(from(6, 0))).toBe(false);
    expect(moved(from(15, 0))).toBe(true);
    expect(moved(from(5, 0))).toBe(true);
  });
  test('sees that the year can no longer recover it, or much less of it', () => {
    expect(moved(from(10, 1))).toBe(true);
    expect(moved(from(10, 5), from(10, 1))).toBe(false);
    expect(moved(from(10, 6), from(10, 1))).toBe(true);
  });
});
