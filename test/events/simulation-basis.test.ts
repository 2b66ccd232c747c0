import { describe, expect, test } from 'vitest';
import {
  type GivenModel,
  lacking,
  modelOf,
  type SimulationBasis,
  sampleOf,
  seasonOf,
  strangeStage,
} from '../../src/events/simulation-basis.ts';
import { idOf } from '../support/given.ts';
import { ratio } from '../support/simulation.ts';

const months = (count: number, arrived: (month: number) => number): SimulationBasis['months'] =>
  Array.from({ length: count }, (_, index) => {
    const month = Temporal.PlainYearMonth.from('2024-01').add({ months: index });
    return { month: month.toString(), arrived: arrived(month.month) };
  });
const basis: SimulationBasis = {
  pipelineId: idOf('pipeline'),
  pipelineVersion: 1,
  currency: 'EUR',
  asOf: '2026-01-01',
  historyFrom: '2024-01-01',
  stages: [
    {
      stageId: 'lead',
      name: 'Lead',
      controllable: true,
      intervals: [
        { days: 3, exit: 'advanced', count: 6 },
        { days: 5, exit: 'lost', count: 4 },
        { days: 9, exit: 'open', count: 2 },
      ],
    },
  ],
  months: months(6, () => 2),
  values: [{ amountMinor: 700n, count: 5 }],
  openDeals: [
    { stage: 0, ageDays: 9, amountMinor: 500n, count: 1 },
    { stage: 0, ageDays: 9, amountMinor: null, count: 1 },
  ],
};
const nothing: GivenModel = { transitions: [], durations: [], capacities: [] };
const advance = ratio(1, 2);
const days = [{ days: 3, weight: 1 }];

test('the sample counts what there is', () => {
  expect(sampleOf(basis)).toEqual({
    stages: [{ stageId: 'lead', advanced: 6, back: 0, lost: 4, open: 2 }],
    ...{ months: 6, arrived: 12, won: 5, open: 2 },
  });
});

describe('what history lacks', () => {
  const small: SimulationBasis = {
    ...basis,
    stages: [{ ...basis.stages[0]!, intervals: basis.stages[0]!.intervals.slice(1) }],
    months: months(5, () => 2),
    values: [{ amountMinor: 700n, count: 4 }],
  };
  test('is nothing where there is enough', () => {
    expect(lacking(basis, nothing)).toEqual([]);
  });
  test('is said with the sample', () => {
    expect(lacking(small, nothing)).toEqual([
      { pointer: '/transitions', detail: '4 stays in lead have ended; it takes 10.' },
      { pointer: '/arrivals', detail: 'There are 5 whole months; it takes 6.' },
      { pointer: '/values', detail: '4 were won; it takes 5.' },
    ]);
  });
  test('may be given', () => {
    const given: GivenModel = {
      transitions: [{ stageId: 'lead', advance }],
      durations: [],
      capacities: [],
      arrivals: { source: 'given', perMonth: ratio(2) },
      values: [{ amountMinor: 700, count: 1 }],
    };
    expect(lacking(small, given)).toMatchObject([{ pointer: '/durations' }]);
    expect(lacking(small, { ...given, durations: [{ stageId: 'lead', days }] })).toEqual([]);
  });
});

describe('the model', () => {
  test('is history where nothing is given', () => {
    expect(modelOf(basis, nothing)).toEqual({
      stages: [
        {
          ...{ name: 'Lead', controllable: true, capacity: 0 },
          passage: { source: 'history', intervals: basis.stages[0]!.intervals },
        },
      ],
      arrivals: { source: 'history', months: [2, 2, 2, 2, 2, 2] },
      values: [{ amountMinor: 700, count: 5 }],
      openDeals: [
        { stage: 0, ageDays: 9, amountMinor: 500, count: 1 },
        { stage: 0, ageDays: 9, count: 1 },
      ],
    });
  });
  test('takes what is given of a stage', () => {
    const passage = (given: Partial<GivenModel>) =>
      modelOf(basis, { ...nothing, ...given }).stages[0]!.passage;
    const { intervals } = basis.stages[0]!;
    const transitions = [{ stageId: 'lead', advance }];
    const durations = [{ stageId: 'lead', days }];
    expect(passage({ transitions })).toEqual({ source: 'history', intervals, advance });
    expect(passage({ durations })).toEqual({ source: 'history', intervals, days });
    expect(passage({ transitions, durations })).toEqual({ source: 'given', advance, days });
    expect(strangeStage(basis, { ...nothing, durations: [{ stageId: 'other', days }] })).toMatchObject({
      pointer: '/durations/0/stageId',
    });
  });
  test('has a season where two years show it, and months without it that bring as many', () => {
    const summer = (month: number) => (month === 7 ? 0 : month === 3 ? 40 : 20);
    expect(seasonOf(months(23, summer))).toBeUndefined();
    expect(seasonOf(months(24, () => 9))).toBeUndefined();
    const seasonal = { ...basis, months: months(30, summer) };
    const season = seasonOf(seasonal.months)!;
    expect(season.reduce((a, b) => a + b, 0)).toBe(10_000);
    expect([season[6], season[2]! / season[0]!]).toEqual([0, expect.closeTo(2, 2)]);
    const { arrivals, ...model } = modelOf(seasonal, nothing);
    expect(model).toMatchObject({ season });
    const even = (arrivals as { readonly months: readonly number[] }).months;
    expect(even.reduce((a, b) => a + b, 0)).toBe(
      seasonal.months.reduce((sum, { arrived }) => sum + arrived, 0),
    );
    expect(
      new Set(even.filter((count) => count > 0).map((count) => Math.abs(count - even[0]!) <= 1)),
    ).toEqual(new Set([true]));
  });
  test('stands a thousand values for many, about as much worth', () => {
    const values = Array.from({ length: 5_000 }, (_, index) => ({
      amountMinor: BigInt(index * index),
      count: 1,
    }));
    const thinned = modelOf({ ...basis, values }, nothing).values;
    const mean = (all: readonly { amountMinor: number | bigint; count: number }[]) =>
      all.reduce((sum, { amountMinor, count }) => sum + Number(amountMinor) * count, 0) /
      all.reduce((sum, { count }) => sum + count, 0);
    expect(thinned).toHaveLength(1_000);
    expect(mean(thinned) / mean(values)).toBeCloseTo(1, 2);
  });
  test('lets deals of the same stage and age share their mean where there are too many', () => {
    const openDeals = Array.from({ length: 6_000 }, (_, index) => ({
      ...{ stage: 0, ageDays: index % 3, count: 1 },
      amountMinor: index % 2 ? BigInt(index) : null,
    }));
    const merged = modelOf({ ...basis, openDeals }, nothing).openDeals;
    expect(merged).toHaveLength(6);
    expect(merged.reduce((sum, { count }) => sum + count, 0)).toBe(6_000);
  });
});
