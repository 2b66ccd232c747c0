import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, sha256 } from '../../src/engine/canonical.ts';
import { addDays, daysBetween } from '../../src/engine/instant.ts';
import { percentilesOf } from '../../src/events/kaplan-meier.ts';
import {
  inputFault,
  type Lever,
  type SimulationInput,
  type SimulationResult,
  simulationWindows,
} from '../../src/events/simulation-model.ts';
import { changed, processOf } from '../../src/simulation/process.ts';
import { type Outcomes, outcomesOf, simulateRuns } from '../../src/simulation/runs.ts';
import { simulate, simulation } from '../../src/simulation/simulation.ts';
import { randomFrom } from '../support/questions.ts';
import { inputOf, ratio, stage } from '../support/simulation.ts';

const outcomesAfter = (input: SimulationInput, levers: readonly Lever[] = []): Outcomes => {
  const outcomes = outcomesOf(input.runs);
  simulateRuns(changed(processOf(input), input, levers), [1, 2], outcomes, 0, input.runs);
  return outcomes;
};

/** The means of new customers and revenue in a window, and the standard error of the former. */
function meanOf({ runs, customers, revenue }: Outcomes, window: (typeof simulationWindows)[number]) {
  const at = simulationWindows.indexOf(window) * runs;
  const of = (values: Float64Array) => values.subarray(at, at + runs).reduce((a, b) => a + b, 0) / runs;
  const mean = of(customers);
  const variance = of(customers.map((count) => (count - mean) ** 2));
  return { customers: mean, revenue: of(revenue), error: Math.sqrt(variance / runs) };
}

const spread = ({ scenarios }: SimulationResult, index: number, window: number) =>
  scenarios[index]!.results[window]!;
const gain = (result: SimulationResult, window: number): number => {
  const [before, after] = [0, 1].map((index) => Number(spread(result, index, window).revenue.sum));
  return (after! - before!) / before!;
};

describe('a simulation', () => {
  const input = inputOf({
    openDeals: [
      { stage: 0, ageDays: 15, count: 20 },
      { stage: 1, ageDays: 0, amountMinor: 500_000, count: 10 },
    ],
    season: [700, 700, 800, 800, 850, 850, 700, 600, 900, 1_000, 1_050, 1_050],
    scenarios: [{ name: 'More calls', levers: [{ kind: 'arrival', factor: ratio(3, 2) }] }],
  });

  test('gives the same bytes for the same input, on any machine', () => {
    const bytes = canonicalJson(simulate(input));
    expect(canonicalJson(simulate(structuredClone(input)))).toBe(bytes);
    expect(sha256(bytes)).toBe('61bc71ff03d4a21beda4f0b3145601f3b6531b2f11e8d48cff1c402367c3c503');
  });
  test('gives others for another seed, of the same process', () => {
    const [one, other] = ['one', 'other'].map((seed) => simulate({ ...input, seed, runs: 2_000 }));
    const [a, b] = [one!, other!].map((result) => spread(result, 0, 1).newCustomers);
    expect(a!.sum).not.toBe(b!.sum);
    expect(Number(a!.sum) / Number(b!.sum)).toBeCloseTo(1, 1);
  });
  test('says how far it has come, until it is done', () => {
    const running = simulation(input);
    const steps: { done: number; total: number }[] = [];
    let step = running.next();
    for (; !step.done; step = running.next()) steps.push(step.value);
    expect(steps.at(-1)!.done).toBe(steps[0]!.total);
    expect(steps.every(({ done }, index) => done > (steps[index - 1]?.done ?? 0))).toBe(true);
    expect(step.value.scenarios.map(({ name }) => name)).toEqual([null, 'More calls']);
  });
  test('counts each window to its end', () => {
    const certain = inputOf({
      stages: [stage(ratio(1), [30])],
      arrivals: { source: 'given', perMonth: ratio(0) },
      openDeals: [10, 20, 29, 45].map((ageDays) => ({ stage: 0, ageDays, amountMinor: 100 })),
      asOf: '2026-12-15',
      horizonMonths: 1,
    });
    const { scenarios } = simulate(certain);
    expect(
      scenarios[0]!.results.map(({ newCustomers, revenue }) => [
        newCustomers.p10,
        newCustomers.p90,
        revenue.p50,
      ]),
    ).toEqual([
      ['3', '3', '300'],
      ['4', '4', '400'],
      ['4', '4', '400'],
    ]);
  });
  test('lets a deal that is older than any before leave on the first day', () => {
    const old = inputOf({
      stages: [stage(ratio(1), [30]), stage(ratio(1), [0])],
      arrivals: { source: 'given', perMonth: ratio(0) },
      openDeals: [{ stage: 0, ageDays: 90 }],
      yearEnd: '2026-03-02',
    });
    expect(spread(simulate({ ...old, yearEnd: '2026-03-01' }), 0, 0).newCustomers.p90).toBe('0');
    expect(spread(simulate(old), 0, 0).newCustomers.p10).toBe('1');
  });
});

test('the next twelve months do not depend on where the fiscal year ends', () => {
  const [one, other] = ['2027-01-01', '2026-07-01'].map((yearEnd) => simulate(inputOf({ yearEnd })));
  expect(spread(one!, 0, 1)).toEqual(spread(other!, 0, 1));
  expect(one!.sensitivity).toEqual(other!.sensitivity);
  expect(spread(one!, 0, 0)).not.toEqual(spread(other!, 0, 0));
});

describe('levers', () => {
  const factor = fc.integer({ min: 11, max: 30 }).map((num) => ratio(num, 10));
  const shorter = fc.integer({ min: 1, max: 9 }).map((num) => ratio(num, 10));
  const place = fc.constantFrom(0, 1, 2);
  const better = fc.oneof(
    fc.record({ kind: fc.constant('arrival' as const), factor }),
    fc.record({ kind: fc.constant('conversion' as const), stage: place, factor }),
    fc.record({ kind: fc.constant('duration' as const), stage: place, factor: shorter }),
    fc.record({ kind: fc.constant('value' as const), factor }),
    fc.record({
      kind: fc.constant('marketing' as const),
      changeBp: fc.integer({ min: 1, max: 10_000 }),
      start: fc.integer({ min: 0, max: 300 }).map((days) => addDays('2026-03-01', days)),
      endExclusive: fc.constant('2027-03-01'),
    }),
  );
  const processes = fc.record({
    stages: fc.tuple(
      ...[40, 90, 20].map((max) =>
        fc
          .tuple(
            fc.integer({ min: 0, max: 10 }),
            fc.integer({ min: 0, max: 10 }),
            fc.array(fc.integer({ min: 0, max }), { minLength: 1, maxLength: 6 }),
          )
          .map(([num, back, days]) => stage(ratio(num, 10), days, {}, ratio(Math.min(back, 10 - num), 10))),
      ),
    ),
    openDeals: fc.array(fc.record({ stage: place, ageDays: fc.nat(60), count: fc.constant(5) }), {
      maxLength: 5,
    }),
    marketing: fc.record({ shareBp: fc.integer({ min: 0, max: 10_000 }), lagDays: fc.nat(90) }),
    runs: fc.constant(100),
  });

  test('let no run bring less where something is better: arrivals, conversion, time, value, marketing', () => {
    fc.assert(
      fc.property(processes, better, (process, lever) => {
        const input = inputOf(process);
        expect(inputFault({ ...input, scenarios: [{ name: 'x', levers: [lever] }] })).toBeUndefined();
        const [before, after] = [outcomesAfter(input), outcomesAfter(input, [lever])];
        expect(after.customers.every((count, run) => count >= before.customers[run]!)).toBe(true);
        expect(after.revenue.every((sum, run) => sum >= before.revenue[run]!)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
  test('bring as much more as they are pulled, where all deals come to their end', () => {
    const input = inputOf({ stages: [stage(ratio(1, 2), [0])], runs: 3_000, season: undefined });
    const customersAfter = (...levers: readonly Lever[]) =>
      meanOf(outcomesAfter(input, levers), 'next_12_months').customers;
    expect(customersAfter()).toBeCloseTo(120, 0);
    expect(customersAfter({ kind: 'arrival', factor: ratio(5, 4) })).toBeCloseTo(150, 0);
    expect(customersAfter({ kind: 'arrival', factor: ratio(1, 3) })).toBeCloseTo(40, 0);
    expect(customersAfter({ kind: 'conversion', stage: 0, factor: ratio(3, 2) })).toBeCloseTo(180, 0);
  });
  test('move capacity from a stage that waits for nothing to one that everything waits for', () => {
    const input = inputOf({ stages: [stage(ratio(1), [2]), stage(ratio(1, 2), [200])] });
    const moved = (from: number, to: number) =>
      meanOf(outcomesAfter(input, [{ kind: 'capacity', from, to, amount: 5 }]), 'next_12_months').customers;
    const before = meanOf(outcomesAfter(input), 'next_12_months').customers;
    expect(moved(0, 1)).toBeGreaterThan(before * 1.2);
    expect(moved(1, 0)).toBeLessThan(before);
  });
  test('of marketing in the last quarter hardly change a year that the cycle outlasts, but the months to come', () => {
    const days = [
      60,
      ...[270, 300].flatMap((each) => Array(4).fill(each)),
      ...[380, 420].flatMap((each) => Array(6).fill(each)),
    ];
    expect(percentilesOf(days.map((duration) => ({ duration, censored: false }))).p50).toBeGreaterThan(365);
    const result = simulate(
      inputOf({
        stages: [stage(ratio(1, 2), days)],
        openDeals: Array.from({ length: 80 }, (_, index) => ({ stage: 0, ageDays: index * 5, count: 3 })),
        marketing: { shareBp: 10_000, lagDays: 0 },
        asOf: '2026-10-01',
        horizonMonths: 24,
        scenarios: [
          {
            name: 'More marketing',
            levers: [{ kind: 'marketing', changeBp: 5_000, start: '2026-10-01', endExclusive: '2027-01-01' }],
          },
        ],
      }),
    );
    const [year, months] = [gain(result, 0), gain(result, 1)];
    expect(year).toBeGreaterThanOrEqual(0);
    expect(year).toBeLessThan(0.015);
    expect(months).toBeGreaterThan(0.04);
    expect(months).toBeGreaterThan(year * 3);
  });
});

describe('a deal that goes back', () => {
  const goesBack = (advance: readonly [number, number], back: readonly [number, number]) =>
    inputOf({
      stages: [stage(ratio(1), [5]), stage(ratio(...advance), [10], {}, ratio(...back))],
      arrivals: { source: 'given', perMonth: ratio(0) },
      openDeals: [{ stage: 0, ageDays: 0, count: 1_000 }],
      runs: 100,
      horizonMonths: 36,
    });
  const wonIn = (input: SimulationInput, window: (typeof simulationWindows)[number] = 'horizon') =>
    meanOf(outcomesAfter(input), window).customers;

  test('may be won after all: as often as the chances of all its ways together', () => {
    expect(wonIn(goesBack([1, 4], [0, 1])) / 250).toBeCloseTo(1, 1);
    expect(wonIn(goesBack([1, 4], [1, 2])) / 500).toBeCloseTo(1, 1);
  });
  test('takes as long as its ways together', () => {
    const input = { ...goesBack([1, 2], [1, 2]), yearEnd: '2026-03-31' };
    expect(wonIn(input, 'fiscal_year') / 750).toBeCloseTo(1, 1);
    expect(wonIn(input) / 1_000).toBeCloseTo(1, 2);
  });
  test('is lost where it goes to and fro for ever', () => {
    const stages = [stage(ratio(1), [0]), stage(ratio(0), [0], {}, ratio(1))];
    const openDeals = [{ stage: 0, ageDays: 0, count: 2 }];
    expect(wonIn({ ...goesBack([0, 1], [1, 1]), ...inputOf({ stages, openDeals }), runs: 100 })).toBe(0);
  });
  test('cannot go back from the first stage', () => {
    const stages = [stage(ratio(1, 2), [5], {}, ratio(1, 2))];
    const input = { ...goesBack([1, 1], [0, 1]), stages: inputOf({ stages }).stages };
    expect(wonIn(input) / 500).toBeCloseTo(1, 1);
  });
});

test('more runs narrow the interval of the mean', () => {
  const errorAfter = (runs: number) => meanOf(outcomesAfter(inputOf({ runs })), 'next_12_months').error;
  const [few, many, most] = [100, 1_000, 10_000].map(errorAfter) as [number, number, number];
  expect(few / many / Math.sqrt(10)).toBeCloseTo(1, 0);
  expect(many / most / Math.sqrt(10)).toBeCloseTo(1, 0);
});

describe('the sensitivity', () => {
  test('ranks every lever by what it brings in the next twelve months, and names three or four', () => {
    const { sensitivity } = simulate(
      inputOf({
        stages: [stage(ratio(1, 2), [10]), stage(ratio(19, 20), [300], { controllable: false })],
        openDeals: [{ stage: 1, ageDays: 0, count: 200 }],
        runs: 500,
      }),
    );
    expect(sensitivity.map(({ rank }) => rank)).toEqual([1, 2, 3, 4, 5]);
    const order = sensitivity.map(({ lever, stage: at }) => (at === null ? lever : `${lever} ${at}`));
    expect([order[0], order[1], order[4]]).toEqual(['value', 'conversion 1', 'duration 0']);
    expect(new Set(order.slice(2, 4))).toEqual(new Set(['arrival', 'conversion 0']));
    const [value, late] = sensitivity.map(
      ({ elasticity }) => Number(elasticity!.num) / Number(elasticity!.den),
    );
    expect(value).toBeCloseTo(1, 2);
    expect(late).toBeCloseTo(10 / 19, 1);
    expect(sensitivity.filter(({ key }) => key).map(({ rank }) => rank)).toEqual([1, 2, 3, 4]);
  });
  test('moves capacity from where it is missed least to the others', () => {
    const { sensitivity } = simulate(
      inputOf({
        stages: [
          stage(ratio(1), [2], { capacity: 20 }),
          stage(ratio(1, 2), [200]),
          stage(ratio(1), [30], { controllable: false }),
          stage(ratio(1), [60]),
        ],
        runs: 300,
      }),
    );
    const moves = sensitivity.filter(({ lever }) => lever === 'capacity');
    expect(new Set(moves.map(({ from, stage: to }) => `${from} ${to}`))).toEqual(new Set(['0 1', '0 3']));
    expect(moves.every(({ elasticity }) => Number(elasticity!.num) > 0)).toBe(true);
    expect(sensitivity.every(({ lever, from }) => (lever === 'capacity') === (from !== null))).toBe(true);
  });
  test('says nothing of what brings nothing', () => {
    const nothing = inputOf({ arrivals: { source: 'given', perMonth: ratio(0) } });
    expect(simulate(nothing).sensitivity.every(({ elasticity, key }) => elasticity === null && !key)).toBe(
      true,
    );
  });
});

describe('the simulator finds a process again', () => {
  const truth = {
    conversions: [ratio(2, 5), ratio(7, 10)] as const,
    days: [
      Array.from({ length: 41 }, (_, index) => 5 + index),
      Array.from({ length: 61 }, (_, index) => 20 + index),
    ] as const,
    perMonth: 60,
  };
  const asOf = '2026-01-01';
  const stages = [0, 1].map((index) => stage(truth.conversions[index]!, truth.days[index]!));
  const arrivals = { source: 'given', perMonth: ratio(truth.perMonth) };
  const common = { arrivals, asOf, yearEnd: '2027-01-01', runs: 2_000 };

  /** How many customers the process brings in a year in the mean, by its formula. */
  const expected = (): number => {
    const [first, second] = truth.days;
    const within = (left: number) =>
      first.flatMap((a) => second.map((b) => (a + b < left ? 1 : 0) as number)).reduce((a, b) => a + b, 0) /
      (first.length * second.length);
    const ends = Array.from({ length: 13 }, (_, month) =>
      daysBetween(asOf, Temporal.PlainDate.from(asOf).add({ months: month }).toString()),
    );
    const reached = ends.slice(0, 12).reduce((sum, start, month) => {
      const length = ends[month + 1]! - start;
      const shares = Array.from({ length }, (_, day) => within(365 - start - day));
      return sum + shares.reduce((a, b) => a + b, 0) / length;
    }, 0);
    return reached * truth.perMonth * 0.4 * 0.7;
  };

  test('from its parameters, within the error of its runs', () => {
    const { customers, error } = meanOf(outcomesAfter(inputOf({ ...common, stages })), 'next_12_months');
    expect(Math.abs(customers - expected())).toBeLessThan(4 * error);
  });

  test('from its history, of which much is not over, within the error of the sample', () => {
    const below = randomFrom(11);
    const history = [0, 1].map(() => new Map<string, { days: number; exit: string; count: number }>());
    const seen = (at: number, days: number, exit: string) => {
      const known = history[at]!.get(`${days} ${exit}`) ?? { days, exit, count: 0 };
      history[at]!.set(`${days} ${exit}`, { ...known, count: known.count + 1 });
    };
    const deals = 4_000;
    for (let deal = 0; deal < deals; deal++) {
      let left = below(100);
      for (const at of [0, 1]) {
        const takes = truth.days[at]![below(truth.days[at]!.length)]!;
        if (takes > left) {
          seen(at, left, 'open');
          break;
        }
        left -= takes;
        const { num, den } = truth.conversions[at]!;
        const advances = below(Number(den)) < Number(num);
        seen(at, takes, advances ? 'advanced' : 'lost');
        if (!advances) break;
      }
    }
    const open = history.map((all) => [...all.values()].filter(({ exit }) => exit === 'open').length);
    expect(Math.min(...open)).toBeGreaterThan(5);
    const fromHistory = history.map((intervals) => ({
      name: 'stage',
      passage: { source: 'history', intervals: [...intervals.values()] },
    }));
    const { customers } = meanOf(
      outcomesAfter(inputOf({ ...common, stages: fromHistory })),
      'next_12_months',
    );
    const left = [...history[1]!.values()].filter(({ exit }) => exit !== 'open');
    const ended = left.reduce((sum, { count }) => sum + count, 0);
    const relative = Math.sqrt(0.6 / 0.4 / (deals * 0.7) + 0.3 / 0.7 / ended);
    expect(Math.abs(customers / expected() - 1)).toBeLessThan(3 * relative);
  });
});

describe('an input', () => {
  const fault = (more: object) => inputFault(inputOf(more));
  const pulling = (...levers: readonly object[]) => fault({ scenarios: [{ name: 'x', levers }] });
  test('names stages that there are', () => {
    expect(fault({})).toBeUndefined();
    expect(fault({ openDeals: [{ stage: 2, ageDays: 0 }] })).toMatchObject({ pointer: '/openDeals/0/stage' });
    expect(pulling({ kind: 'conversion', stage: 2, factor: ratio(2) })).toMatchObject({
      pointer: '/scenarios/0/levers/0',
    });
  });
  test('changes only the time that can be changed, and each thing once', () => {
    const fixed = [stage(ratio(1, 2), [10], { controllable: false }), stage(ratio(1, 2), [10])];
    const shorter = (at: number) => ({ kind: 'duration', stage: at, factor: ratio(1, 2) });
    const ofFixed = (...levers: readonly object[]) =>
      fault({ stages: fixed, scenarios: [{ name: 'x', levers }] });
    expect(ofFixed(shorter(0))).toMatchObject({ detail: 'The time in this stage cannot be changed.' });
    expect(ofFixed({ kind: 'capacity', from: 0, to: 1, amount: 1 })).toBeDefined();
    expect(ofFixed(shorter(1))).toBeUndefined();
    expect(ofFixed(shorter(1), shorter(1))).toMatchObject({ pointer: '/scenarios/0/levers' });
    expect(pulling({ kind: 'capacity', from: 0, to: 1, amount: 10 })).toBeDefined();
    expect(pulling({ kind: 'capacity', from: 0, to: 0, amount: 1 })).toBeDefined();
    expect(pulling({ kind: 'capacity', from: 0, to: 1, amount: 9 })).toBeUndefined();
    expect(
      pulling({ kind: 'marketing', changeBp: 100, start: '2026-04-01', endExclusive: '2026-04-01' }),
    ).toBeDefined();
  });
  test('keeps within what can be simulated exactly, in a bearable time', () => {
    const crowd = { source: 'given', perMonth: ratio(5_000) };
    expect(fault({ arrivals: crowd, runs: 10_000 })).toMatchObject({ pointer: '/runs' });
    expect(
      fault({ arrivals: { source: 'history', months: [9_000] }, values: [{ amountMinor: 100_000_000_000 }] }),
    ).toMatchObject({ pointer: '/values' });
    const peak = { kind: 'arrival', factor: ratio(10) };
    expect(
      fault({
        season: [10_000, ...Array(11).fill(0)],
        scenarios: [{ name: 'x', levers: [peak] }],
      }),
    ).toMatchObject({ pointer: '/scenarios' });
  });
});
