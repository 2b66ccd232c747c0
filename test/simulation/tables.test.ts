import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { percentilesOf } from '../../src/events/kaplan-meier.ts';
import { next } from '../../src/events/random.ts';
import {
  arrivalsOf,
  cellOf,
  cells,
  passageOf,
  raised,
  raisedBack,
  tableOf,
  thresholdOf,
} from '../../src/simulation/tables.ts';
import { ratio } from '../support/simulation.ts';

const mean = (table: Float64Array): number => table.reduce((a, b) => a + b, 0) / table.length;
const historic = (
  intervals: readonly { days: number; exit: 'advanced' | 'back' | 'lost' | 'open'; count?: number }[],
  more: object = {},
) =>
  passageOf({
    passage: { source: 'history', intervals: intervals.map((each) => ({ count: 1, ...each })), ...more },
  });
const share = (thresholds: Float64Array): number =>
  mean(thresholds.map((each) => (each + 2 ** 31) / 2 ** 32));

test('the generator gives the published numbers of xoroshiro64**', () => {
  const random = { a: 1, b: 2 };
  const numbers = Array.from({ length: 10 }, () => next(random) >>> 0);
  expect(numbers).toEqual([
    3802928447, 813792938, 1618621494, 2955957307, 3252880261, 1129983909, 2539651700, 1327610908, 1757650787,
    2763843748,
  ]);
});

describe('tables', () => {
  test('have as many cells of a value as its weight asks for', () => {
    const table = tableOf([
      { value: 7, weight: 3n },
      { value: 2, weight: 1n },
    ]);
    expect([table[0], table[1_023], table[1_024], table[4_095]]).toEqual([2, 2, 7, 7]);
  });
  test('are drawn from evenly, from any cell on', () => {
    expect([cellOf(0, 0), cellOf(-1, 0), cellOf(0, 4_000), cellOf(-1, 4_000)]).toEqual([
      0, 4_095, 4_000, 4_095,
    ]);
    expect(cellOf(-(2 ** 31), 0)).toBe(2_048);
    expect(cellOf(-(2 ** 31), 4_094)).toBe(4_095);
  });
  test('have the Poisson distribution, as its formula has it', () => {
    for (const rate of [0.1, 1, 7.5, 80, 3_000]) {
      const table = arrivalsOf({ source: 'given', perMonth: ratio(rate * 10, 10) });
      expect(mean(table)).toBeCloseTo(rate, rate > 100 ? 0 : 1);
      const deviation = Math.sqrt(mean(table.map((count) => (count - rate) ** 2)));
      expect(deviation / Math.sqrt(rate)).toBeCloseTo(1, 1);
    }
    const table = arrivalsOf({ source: 'given', perMonth: ratio(5, 2) });
    for (let count = 0, share = Math.exp(-2.5); count < 8; count++, share *= 2.5 / count)
      expect(Math.abs(table.filter((each) => each === count).length - share * cells)).toBeLessThan(1);
    expect(mean(arrivalsOf({ source: 'given', perMonth: ratio(0) }))).toBe(0);
  });
  test('take months of history as they were', () => {
    expect(mean(arrivalsOf({ source: 'history', months: [3, 9, 0, 4] }))).toBe(4);
  });
});

describe('a stage as history has it', () => {
  const interval = fc.record({
    days: fc.nat(20),
    exit: fc.constantFrom('advanced' as const, 'lost' as const, 'open' as const),
    count: fc.integer({ min: 1, max: 3 }),
  });
  const someLeft = fc
    .array(interval, { minLength: 1, maxLength: 40 })
    .filter((all) => all.some(({ exit }) => exit !== 'open'));

  test('lasts as Kaplan and Meier estimate it', () => {
    fc.assert(
      fc.property(someLeft, (intervals) => {
        const { days } = historic(intervals);
        const { p50, p75, p90 } = percentilesOf(
          intervals.map(({ days: duration, exit, count }) => ({
            duration,
            censored: exit === 'open',
            count,
          })),
        );
        const near = (share: number) => [-2, 2].map((off) => days[Math.floor(cells * share) + off]!);
        for (const [known, [low, high]] of [
          [p50, near(0.5)],
          [p75, near(0.75)],
          [p90, near(0.9)],
        ] as const)
          if (known !== null) expect(low! <= known && known <= high!).toBe(true);
      }),
    );
  });
  test('is passed as often as those who left when a deal does', () => {
    const { days, advance } = historic([
      { days: 5, exit: 'lost', count: 3 },
      { days: 5, exit: 'advanced', count: 1 },
      { days: 50, exit: 'advanced', count: 4 },
    ]);
    expect([days[0], advance[0]]).toEqual([5, thresholdOf({ num: 1n, den: 4n })]);
    expect([days[4_095], advance[4_095]]).toEqual([50, thresholdOf({ num: 1n, den: 1n })]);
  });
  test('counts open deals, so that those who lose early do not hide those who win late', () => {
    const intervals = [
      { days: 10, exit: 'lost' as const, count: 50 },
      { days: 20, exit: 'open' as const, count: 40 },
      { days: 60, exit: 'advanced' as const, count: 10 },
    ];
    expect(share(historic(intervals).advance)).toBeCloseTo(0.5, 3);
  });
  test('ends at the longest stay what nobody saw end', () => {
    const { days, advance } = historic([
      { days: 10, exit: 'advanced' },
      { days: 40, exit: 'open' },
    ]);
    expect([days[2_047], days[2_048], days[4_095]]).toEqual([10, 40, 40]);
    expect(advance[4_095]).toBe(thresholdOf({ num: 1n, den: 1n }));
  });
});

describe('what of a stage is given', () => {
  const intervals = [
    { days: 10, exit: 'lost' as const, count: 2 },
    { days: 20, exit: 'back' as const, count: 1 },
    { days: 30, exit: 'advanced' as const, count: 1 },
  ];
  test('is nothing: all is as history has it', () => {
    const { days, advance, back } = historic(intervals);
    expect([mean(days), share(advance), share(back)]).toEqual([17.5, 0.25, 0.5]);
  });
  test('are the chances: the time is as history has it', () => {
    const { days, advance, back } = historic(intervals, { advance: ratio(1, 2), back: ratio(1, 4) });
    expect([mean(days), share(advance), share(back)]).toEqual([17.5, 0.5, 0.75]);
  });
  test('is the time: the chances are as history has them, of those who are not through yet too', () => {
    const { days, advance, back } = historic(intervals, { days: [{ days: 7, weight: 1 }] });
    expect([mean(days), share(advance), share(back)]).toEqual([7, 0.25, 0.5]);
    const censored = historic(
      [
        { days: 10, exit: 'lost', count: 50 },
        { days: 20, exit: 'open', count: 40 },
        { days: 60, exit: 'advanced', count: 10 },
      ],
      { days: [{ days: 7, weight: 1 }] },
    );
    expect(share(censored.advance)).toBeCloseTo(0.5, 3);
  });
});

test('who is left goes back as often as before when more go on', () => {
  const threshold = (num: bigint) => thresholdOf({ num, den: 8n });
  expect(raisedBack(threshold(6n), threshold(4n), threshold(6n))).toBe(threshold(7n));
  expect(raisedBack(threshold(8n), threshold(8n), threshold(8n))).toBe(threshold(8n));
  expect(raisedBack(threshold(6n), threshold(4n), threshold(4n))).toBe(threshold(6n));
});

test('a raised probability never passes one, and never falls', () => {
  const third = thresholdOf({ num: 1n, den: 3n });
  expect(raised(third, 1)).toBe(third);
  expect(raised(third, 10)).toBe(thresholdOf({ num: 1n, den: 1n }));
  expect(raised(third, 1.1)).toBeGreaterThan(third);
  expect(raised(thresholdOf({ num: 0n, den: 1n }), 10)).toBe(thresholdOf({ num: 0n, den: 1n }));
});
