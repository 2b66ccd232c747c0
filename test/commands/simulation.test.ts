import { describe, expect, test } from 'vitest';
import { calendar } from '../../src/commands/calendar/state.ts';
import { backtestSimulation, errorOf } from '../../src/commands/simulation/backtest.ts';
import { defineSimulation } from '../../src/commands/simulation/definition.ts';
import { backtestPipeline, simulatePipeline } from '../../src/commands/simulation/history.ts';
import { adoptReallocation } from '../../src/commands/simulation/reallocation.ts';
import { cancelSimulation, recordSimulationRun } from '../../src/commands/simulation/running.ts';
import { calendarEvents } from '../../src/events/calendar.ts';
import { fiscalPeriods } from '../../src/events/period.ts';
import { simulationEvents } from '../../src/events/simulation.ts';
import type { SimulationBasis } from '../../src/events/simulation-basis.ts';
import { simulate } from '../../src/simulation/simulation.ts';
import { given, idOf } from '../support/given.ts';
import { inputOf, ratio } from '../support/simulation.ts';

const { SimulationDefined, SimulationRun, SimulationCancelled, SimulationBacktested, ReallocationAdopted } =
  simulationEvents;

const simulationId = idOf('simulation');
const simulated = inputOf({ asOf: '2026-03-02', runs: 100 });
const { yearEnd: _, ...process } = simulated;
const input = { simulationId, name: 'As it is', ...process };
const defined = SimulationDefined({ ...input, yearEnd: '2027-01-01' });
const result = simulate(simulated);
const run = SimulationRun({ simulationId, result });
const cancelled = SimulationCancelled({ simulationId, reason: 'Not needed.' });

describe('DefineSimulation', () => {
  const { asOf: __, ...undated } = input;
  test('defines one, from today until after the fiscal year', () => {
    given().when(defineSimulation, undated).thenEmits(defined);
  });
  test('says nothing twice, on another day either', () => {
    given(defined).when(defineSimulation, undated, { now: '2026-05-01T08:00:00.000Z' }).thenNothing();
  });
  test('refuses another one under a known id', () => {
    given(defined)
      .when(defineSimulation, { ...input, seed: 'another' })
      .thenRejects('simulationKnown');
  });
  test('refuses a day that the calendar does not reach', () => {
    const published = calendarEvents.FiscalCalendarPublished({
      calendarVersion: 1,
      kind: 'calendar_month',
      fiscalYearStartMonth: 1,
      periods: [...fiscalPeriods('calendar_month', 1, 2024, 1)],
    });
    given().and(calendar.ref(), published).when(defineSimulation, input).thenRejects('yearUnknown');
  });
  test('refuses what cannot be simulated, and says what of it', () => {
    const levers = [{ kind: 'conversion', stage: 7, factor: ratio(2) }];
    const verdict = given().when(defineSimulation, { ...input, scenarios: [{ name: 'x', levers }] });
    verdict.thenRejects('notSimulable');
    expect(verdict.decision).toMatchObject({ errors: [{ pointer: '/scenarios/0/levers/0' }] });
  });
});

describe('CancelSimulation', () => {
  const ending = { simulationId, reason: 'Not needed.' };
  test('cancels one that waits or runs', () => {
    given(defined).when(cancelSimulation, ending).thenEmits(cancelled);
  });
  test('says nothing twice', () => {
    given(defined, cancelled).when(cancelSimulation, ending).thenNothing();
  });
  test('refuses one that there is not, or that is done', () => {
    given().when(cancelSimulation, ending).thenRejects('simulationUnknown');
    given(defined, run).when(cancelSimulation, ending).thenRejects('simulationDone');
  });
});

describe('RecordSimulationRun', () => {
  test('records what came of it', () => {
    given(defined).when(recordSimulationRun, { simulationId, result }).thenEmits(run);
  });
  test('says nothing twice, and nothing of one that was cancelled meanwhile', () => {
    given(defined, run).when(recordSimulationRun, { simulationId, result }).thenNothing();
    given(defined, cancelled).when(recordSimulationRun, { simulationId, result }).thenNothing();
  });
  test('refuses one that there is not', () => {
    given().when(recordSimulationRun, { simulationId, result }).thenRejects('simulationUnknown');
  });
});

const pipelineId = idOf('pipeline');
const basis: SimulationBasis = {
  pipelineId,
  pipelineVersion: 2,
  currency: 'EUR',
  asOf: '2026-03-02',
  historyFrom: '2024-03-01',
  stages: [
    {
      ...{ stageId: 'lead', name: 'Lead', controllable: true },
      intervals: [
        { days: 3, exit: 'advanced', count: 6 },
        { days: 5, exit: 'lost', count: 4 },
      ],
    },
  ],
  months: Array.from({ length: 6 }, (_, index) => ({ month: `2025-0${index + 1}`, arrived: 3 })),
  values: [{ amountMinor: 700n, count: 5 }],
  openDeals: [{ stage: 0, ageDays: 4, amountMinor: 900n, count: 2 }],
};
const knowing = (more: Partial<SimulationBasis> = {}) => ({
  facts: { basis: { ...basis, ...more }, isMomentUnknown: false },
  factsPosition: 9,
});
const asked = { simulationId, pipelineId, name: 'As history has it', runs: 100, seed: 'seed' };
const model = {
  stages: [
    {
      ...{ name: 'Lead', controllable: true, capacity: 0 },
      passage: { source: 'history' as const, intervals: basis.stages[0]!.intervals },
    },
  ],
  arrivals: { source: 'history' as const, months: [3, 3, 3, 3, 3, 3] },
  values: [{ amountMinor: 700, count: 5 }],
  openDeals: [{ stage: 0, ageDays: 4, amountMinor: 900, count: 2 }],
};
const originOf = (requestHash: string) => ({
  ...{ pipelineId, pipelineVersion: 2, historyFrom: '2024-03-01', requestHash },
  stageIds: ['lead'],
  knownAt: 9,
  sample: {
    stages: [{ stageId: 'lead', advanced: 6, back: 0, lost: 4, open: 0 }],
    ...{ months: 6, arrived: 18, won: 5, open: 2 },
  },
});
const definedBy = (events: readonly { readonly data: unknown }[]) =>
  events[0]!.data as ReturnType<typeof SimulationDefined>['data'];

describe('SimulatePipeline', () => {
  test('defines what history says, of the day before today', () => {
    const verdict = given().when(simulatePipeline, asked, knowing());
    const { requestHash } = definedBy(verdict.events).base!;
    verdict.thenEmits(
      SimulationDefined({
        ...{ simulationId, name: 'As history has it', asOf: '2026-03-02', yearEnd: '2027-01-01' },
        ...{ horizonMonths: 12, runs: 100, seed: 'seed', scenarios: [], currency: 'EUR' },
        ...model,
        base: originOf(requestHash),
      }),
    );
  });
  test('takes what is given instead', () => {
    const { events } = given().when(
      simulatePipeline,
      {
        ...asked,
        transitions: [{ stageId: 'lead', advance: ratio(1, 2), back: ratio(0) }],
        durations: [{ stageId: 'lead', days: [{ days: 9, weight: 1 }] }],
        capacities: [{ stageId: 'lead', capacity: 4 }],
        arrivals: { source: 'given', perMonth: ratio(5) },
        values: [{ amountMinor: 100 }],
        asOf: '2026-02-01',
      },
      knowing({ stages: [{ ...basis.stages[0]!, intervals: [] }], months: [], values: [] }),
    );
    expect(definedBy(events)).toMatchObject({
      asOf: '2026-02-01',
      stages: [{ capacity: 4, passage: { source: 'given', days: [{ days: 9 }] } }],
      arrivals: { source: 'given' },
      values: [{ amountMinor: 100, count: 1 }],
    });
  });
  test('says nothing twice, when history has moved on either', () => {
    const [first] = given().when(simulatePipeline, asked, knowing()).events;
    given(first!)
      .when(simulatePipeline, asked, knowing({ values: [] }))
      .thenNothing();
    given(first!)
      .when(simulatePipeline, { ...asked, seed: 'other' }, knowing())
      .thenRejects('simulationKnown');
    given(defined).when(simulatePipeline, asked, knowing()).thenRejects('simulationKnown');
  });
  test('refuses what has too little history, and says how little', () => {
    const verdict = given().when(simulatePipeline, asked, knowing({ values: [] }));
    verdict.thenRejects('insufficientHistory');
    expect(verdict.decision).toMatchObject({
      errors: [{ pointer: '/values', detail: '0 were won; it takes 5.' }],
    });
  });
  test('refuses days to come, moments without a log, and pipelines that were not there', () => {
    given()
      .when(simulatePipeline, { ...asked, asOf: '2026-03-03' }, knowing())
      .thenRejects('dayInFuture');
    given()
      .when(simulatePipeline, asked, { facts: { basis: undefined, isMomentUnknown: true } })
      .thenRejects('momentUnknown');
    given()
      .when(simulatePipeline, asked, { facts: { basis: undefined, isMomentUnknown: false } })
      .thenRejects('pipelineUnknown');
  });
  test('refuses what cannot be simulated, and says what of it', () => {
    const pointerOf = (input: object, facts = knowing()) => {
      const verdict = given().when(simulatePipeline, { ...asked, ...input }, facts);
      verdict.thenRejects('notSimulable');
      return (verdict.decision as { errors: readonly { pointer: string }[] }).errors[0]!.pointer;
    };
    expect(pointerOf({ capacities: [{ stageId: 'other', capacity: 1 }] })).toBe('/capacities/0/stageId');
    const levers = [{ kind: 'conversion', stage: 7, factor: ratio(2) }];
    expect(pointerOf({ scenarios: [{ name: 'x', levers }] })).toBe('/scenarios/0/levers/0');
    const rich = knowing({ values: [{ amountMinor: 10n ** 12n, count: 5 }] });
    expect(pointerOf({}, rich)).toBe('/values/0/amountMinor');
  });
});

describe('BacktestPipeline', () => {
  test('defines what history said six months ago, until today', () => {
    const { events } = given().when(backtestPipeline, { simulationId, pipelineId }, knowing());
    expect(definedBy(events)).toMatchObject({
      ...{ name: 'Back-test', asOf: '2025-09-02', yearEnd: '2026-01-01', horizonMonths: 6 },
      ...{ runs: 1_000, seed: 'back-test', scenarios: [], ...model },
    });
  });
  test('says nothing twice, on another day either', () => {
    const input = { simulationId, pipelineId, months: 3 };
    const [first] = given().when(backtestPipeline, input, knowing()).events;
    expect(definedBy([first!])).toMatchObject({ asOf: '2025-12-02' });
    given(first!)
      .when(backtestPipeline, input, { ...knowing(), now: '2026-03-20T08:00:00.000Z' })
      .thenNothing();
  });
  test('refuses a moment without a log', () => {
    given()
      .when(
        backtestPipeline,
        { simulationId, pipelineId },
        { facts: { basis: undefined, isMomentUnknown: true } },
      )
      .thenRejects('momentUnknown');
  });
});

const ofHistory = SimulationDefined({ ...defined.data, base: originOf('x') });

describe('BacktestSimulation', () => {
  const facts = [{ window: 'horizon', newCustomers: 100, revenueMinor: 20_000_000n }];
  const horizon = result.scenarios[0]!.results[2]!;
  const known = { facts, factsPosition: 9 };
  const { events } = given(ofHistory, run).when(backtestSimulation, { simulationId }, known);
  const { comparisons } = events[0]!.data as ReturnType<typeof SimulationBacktested>['data'];

  test('compares what was simulated with what happened', () => {
    given(ofHistory, run)
      .when(backtestSimulation, { simulationId }, known)
      .thenEmits(
        SimulationBacktested({ simulationId, comparedOn: '2026-03-02', factsKnownAt: 9, comparisons }),
      );
    const [customers, revenue] = comparisons;
    expect(customers).toMatchObject({
      ...{ window: 'horizon', quantity: 'new_customers', actual: '100' },
      p50: horizon.newCustomers.p50,
      errorBp: (Number(horizon.newCustomers.p50) - 100) * 100,
      isWithin: Number(horizon.newCustomers.p10) <= 100 && 100 <= Number(horizon.newCustomers.p90),
    });
    expect(revenue).toMatchObject({ quantity: 'revenue', actual: '20000000', p90: horizon.revenue.p90 });
  });
  test('rounds the error to the nearest basis point, and says none where nothing happened', () => {
    expect([errorOf(4n, 3n), errorOf(2n, 3n), errorOf(1n, 20_001n), errorOf(0n, 5n)]).toEqual([
      3_333, -3_333, -10_000, -10_000,
    ]);
    expect([errorOf(5n, 0n), errorOf(10n ** 15n, 1n)]).toEqual([null, 2_147_483_647]);
  });
  test('says nothing twice, unless something came late', () => {
    given(ofHistory, run, events[0]!)
      .when(backtestSimulation, { simulationId }, { ...known, factsPosition: 12 })
      .thenNothing();
    const late = { facts: [{ ...facts[0]!, newCustomers: 101 }], factsPosition: 12 };
    expect(
      given(ofHistory, run, events[0]!).when(backtestSimulation, { simulationId }, late).events,
    ).toHaveLength(1);
  });
  test('refuses one that there is not, is not done, was given, or is not over', () => {
    const none = { facts: [], factsPosition: 9 };
    given().when(backtestSimulation, { simulationId }, none).thenRejects('simulationUnknown');
    given(ofHistory).when(backtestSimulation, { simulationId }, none).thenRejects('simulationNotDone');
    given(defined, run).when(backtestSimulation, { simulationId }, none).thenRejects('modelGiven');
    given(ofHistory, run).when(backtestSimulation, { simulationId }, none).thenRejects('simulationNotOver');
  });
});

describe('AdoptReallocation', () => {
  const fromLinks = [{ lever: 'duration' as const, stage: 0 }];
  const toLinks = [
    { lever: 'conversion' as const, stage: 1 },
    { lever: 'arrival' as const, stage: null },
  ];
  const input = { simulationId, fromLinks, toLinks, tasks: ['Train the offer.'] };
  const adopted = ReallocationAdopted(input);

  test('adopts where resources come from and where they go', () => {
    given(defined, run).when(adoptReallocation, input).thenEmits(adopted);
  });
  test('says nothing twice, and takes another one', () => {
    given(defined, run, adopted).when(adoptReallocation, input).thenNothing();
    given(defined, run, adopted)
      .when(adoptReallocation, { ...input, tasks: [] })
      .thenEmits(ReallocationAdopted({ ...input, tasks: [] }));
  });
  test('refuses one that there is not, or that is not done', () => {
    given().when(adoptReallocation, input).thenRejects('simulationUnknown');
    given(defined).when(adoptReallocation, input).thenRejects('simulationNotDone');
  });
  test('refuses links that there are not, or that are there twice', () => {
    const strange = { ...input, toLinks: [{ lever: 'conversion', stage: 5 }] };
    given(defined, run).when(adoptReallocation, strange).thenRejects('linkUnknown');
    given(defined, run)
      .when(adoptReallocation, { ...input, toLinks: fromLinks })
      .thenRejects('linkRepeated');
  });
  test('takes four links at most', () => {
    const many = Array.from({ length: 5 }, (_, stage) => ({ lever: 'conversion', stage }));
    expect(() => given(defined, run).when(adoptReallocation, { ...input, toLinks: many })).toThrow();
  });
});
