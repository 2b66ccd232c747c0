import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canonicalJson } from '../../src/engine/canonical.ts';
import { strict } from '../../src/engine/input.ts';
import { daysBetween } from '../../src/engine/instant.ts';
import { opportunityEvents } from '../../src/events/opportunity.ts';
import { pipelineEvents } from '../../src/events/pipeline.ts';
import { simulationEvents } from '../../src/events/simulation.ts';
import { modelOf, type SimulationBasis } from '../../src/events/simulation-basis.ts';
import {
  type SimulationInput,
  type SimulationResult,
  simulationInput,
  type simulationWindows,
} from '../../src/events/simulation-model.ts';
import { simulation, simulationModel } from '../../src/projections/simulation.ts';
import { simulate } from '../../src/simulation/simulation.ts';
import { cells, passageOf } from '../../src/simulation/tables.ts';
import { asking } from '../support/asking.ts';
import { folded } from '../support/folded.ts';
import {
  type Deal,
  dealsOf,
  eventsOf,
  expectedWins,
  seedAll,
  type Truth,
  type Turn,
} from '../support/generator.ts';
import { idOf } from '../support/given.ts';
import { pipelineId, stage } from '../support/pipeline.ts';
import { inputOf } from '../support/simulation.ts';
import { type Stave, seed, startStave } from '../support/stave.ts';

const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

const truth: Truth = {
  stageIds: ['lead', 'proposal', 'contract'],
  leaving: [
    [50, 0],
    [60, 15],
    [70, 10],
  ],
  days: [range(5, 30), range(15, 60), range(1, 20)],
  perDay: 2,
  amounts: [100_000, 300_000, 500_000],
};
const asOf = '2026-03-01';
const since = '2024-02-01';
const document = {
  name: 'Sales',
  milestones: [],
  stages: [
    ...truth.stageIds.map((stageId) => stage(stageId, 'open', ['1', '2'])),
    stage('paused', 'on_hold', ['1', '20']),
    stage('won', 'won', ['1', '1']),
    stage('lost', 'lost', ['0', '1']),
  ],
};
const definitions = (id: string) => [
  pipelineEvents.PipelineDefined({ pipelineId: id, ...document }),
  pipelineEvents.PipelineVersionPublished({ pipelineId: id, version: 1, ...document }),
];

const nothing = { transitions: [], durations: [], capacities: [] };
const inputAfter = (basis: SimulationBasis, more: object = {}): SimulationInput =>
  strict(simulationInput).parse({
    ...modelOf(basis, nothing),
    ...{ currency: 'EUR', asOf, yearEnd: '2027-01-01', runs: 1_000, seed: 'seed' },
    ...more,
  }) as SimulationInput;
const meanOf = ({ scenarios, runs }: SimulationResult, window: (typeof simulationWindows)[number]) =>
  Number(scenarios[0]!.results.find((each) => each.window === window)!.newCustomers.sum) / runs;
const shareOf = (thresholds: Float64Array): number =>
  thresholds.reduce((sum, each) => sum + (each + 2 ** 31) / 2 ** 32, 0) / cells;

describe('a process of known parameters', () => {
  const lastDay = '2026-03-02';
  const deals = dealsOf(truth, since, lastDay, 7);
  let stave: Stave;
  let ask: ReturnType<typeof asking>;
  let basis: SimulationBasis;

  beforeAll(async () => {
    stave = await startStave({ clock: () => `${lastDay}T08:00:00.000Z` });
    ask = asking(stave);
    await seed(stave, `pipeline-def/${pipelineId}`, ...definitions(pipelineId));
    await seedAll(
      stave,
      deals.map((deal) => [`opportunity/${deal.opportunityId}`, eventsOf(truth, deal)]),
    );
    basis = await ask.body<SimulationBasis>('GetSimulationBasis', { pipelineId, asOf });
  });
  afterAll(() => stave.close());

  test('is known as an independent count knows it', () => {
    const known = deals
      .map(({ turns, ...deal }) => ({ ...deal, turns: turns.filter(({ day }) => day < asOf) }))
      .filter(({ turns }) => turns.length > 0);
    const openDeals = known.filter(({ turns }) => typeof turns.at(-1)!.to === 'number');
    expect(basis.openDeals.reduce((sum, { count }) => sum + count, 0)).toBe(openDeals.length);
    const ageSum = openDeals.reduce((sum, { turns }) => sum + daysBetween(turns.at(-1)!.day, asOf) - 1, 0);
    expect(basis.openDeals.reduce((sum, { ageDays, count }) => sum + ageDays * count, 0)).toBe(ageSum);
    const won = known.filter(
      ({ turns }) => turns.at(-1)!.to === 'won' && turns.at(-1)!.day >= basis.historyFrom,
    );
    expect(basis.values.reduce((sum, { count, amountMinor }) => sum + count * Number(amountMinor), 0)).toBe(
      won.reduce((sum, { amount }) => sum + amount, 0),
    );
    const moves = (pairs: (turn: Turn, next: Turn | undefined) => boolean) =>
      known
        .flatMap(({ turns }) => turns.map((turn, index) => [turn, turns[index + 1]] as const))
        .filter(([turn, next]) => turn.day >= basis.historyFrom && pairs(turn, next)).length;
    for (const [at, { intervals }] of basis.stages.entries()) {
      const counted = (exit: string) =>
        intervals.filter((each) => each.exit === exit).reduce((sum, { count }) => sum + count, 0);
      expect([counted('open'), counted('lost'), counted('back')]).toEqual([
        moves(({ to }, next) => to === at && !next),
        moves(({ to }, next) => to === at && next?.to === 'lost'),
        moves(({ to }, next) => to === at && next?.to === at - 1),
      ]);
    }
    const february = known.filter(({ turns }) => turns[0]!.day.startsWith('2026-02')).length;
    expect(basis.months.at(-1)).toEqual({ month: '2026-02', arrived: february });
    expect(basis.months).toHaveLength(24);
  });

  test('is found again: arrivals, chances and times, within their intervals', () => {
    const { stages } = inputAfter(basis);
    const arrived = basis.months.reduce((sum, each) => sum + each.arrived, 0);
    const expected = truth.perDay * daysBetween('2024-03-01', asOf);
    expect(Math.abs(arrived - expected)).toBeLessThan(2.58 * Math.sqrt(expected / 2));
    for (const [at, { intervals }] of basis.stages.entries()) {
      const passage = passageOf(stages[at]!);
      const left = intervals.filter(({ exit }) => exit !== 'open').reduce((sum, { count }) => sum + count, 0);
      const [on, back] = truth.leaving[at]!.map((percent) => percent / 100) as [number, number];
      const within = (share: number, known: number) =>
        expect(Math.abs(share - known)).toBeLessThan(2.58 * Math.sqrt((known * (1 - known)) / left) + 0.001);
      within(shareOf(passage.advance), on);
      within(shareOf(passage.back) - shareOf(passage.advance), back);
      const days = truth.days[at]!;
      const mean = days.reduce((a, b) => a + b, 0) / days.length;
      const variance = days.reduce((sum, each) => sum + (each - mean) ** 2, 0) / days.length;
      const found = passage.days.reduce((a, b) => a + b, 0) / cells;
      expect(Math.abs(found - mean)).toBeLessThan(2.58 * Math.sqrt(variance / left) + 0.01);
    }
  });

  test('brings what its formula says, within the error of the sample', () => {
    const start = daysBetween(since, asOf);
    const wins = expectedWins(truth, start + 365);
    const expected = wins.slice(start).reduce((a, b) => a + b, 0);
    const found = meanOf(simulate(inputAfter(basis)), 'next_12_months');
    const seen = wins.slice(0, start).reduce((a, b) => a + b, 0);
    expect(Math.abs(found / expected - 1)).toBeLessThan(2.58 / Math.sqrt(seen));
  });

  test('is simulated again to the byte from what is kept of it', async () => {
    const simulationId = idOf('kept');
    const asked = {
      simulationId,
      pipelineId,
      name: 'x',
      asOf,
      runs: 100,
      seed: 'x',
      knownAt: 'now',
    };
    expect(await stave.run('SimulatePipeline', asked)).toMatchObject({ ok: true });
    const { input } = await ask.body<{ input: SimulationInput }>('GetSimulationModel', { simulationId });
    expect(canonicalJson({ ...inputAfter(basis), runs: 100, seed: 'x' })).toBe(canonicalJson(input));
    const result = simulate(input);
    await stave.run('RecordSimulationRun', { simulationId, result });
    const row = await ask.body<{ result: SimulationResult }>('GetSimulation', { simulationId });
    expect(canonicalJson(simulate(input))).toBe(canonicalJson(row.result));
    expect(await stave.run('SimulatePipeline', asked)).toMatchObject({ ok: true, events: [] });
  });

  test('is run as it was some months ago and compared with what happened since', async () => {
    const simulationId = idOf('back-test');
    const asked = { simulationId, pipelineId, runs: 500, knownAt: 'now' };
    expect(await stave.run('BacktestPipeline', asked)).toMatchObject({ ok: true });
    const { input } = await ask.body<{ input: SimulationInput }>('GetSimulationModel', { simulationId });
    const start = '2025-09-02';
    expect([input.asOf, input.horizonMonths]).toEqual([start, 6]);
    await stave.run('RecordSimulationRun', { simulationId, result: simulate(input) });
    await stave.projector.advance(stave.tenantId);
    expect(await stave.run('BacktestSimulation', { simulationId })).toMatchObject({ ok: true });
    const { backtest } = await ask.body<{ backtest: { comparisons: Record<string, unknown>[] } }>(
      'GetSimulation',
      { simulationId },
    );
    const won = deals.filter(({ turns }) =>
      turns.some(({ to, day }) => to === 'won' && start <= day && day < lastDay),
    );
    expect(backtest.comparisons.map(({ window, quantity }) => `${window} ${quantity}`)).toEqual([
      'fiscal_year new_customers',
      'fiscal_year revenue',
      'horizon new_customers',
      'horizon revenue',
    ]);
    expect(backtest.comparisons[2]).toMatchObject({ actual: String(won.length), isWithin: true });
    expect(backtest.comparisons[3]!['actual']).toBe(String(won.reduce((sum, { amount }) => sum + amount, 0)));
    expect(Math.abs(backtest.comparisons[2]!['errorBp'] as number)).toBeLessThan(2_000);
    expect(backtest.comparisons[2]!['errorBp']).not.toBeNull();
  });

  test('cannot be run as it was known when nothing was recorded yet', async () => {
    expect(await stave.run('BacktestPipeline', { simulationId: idOf('unknown'), pipelineId })).toMatchObject({
      ok: false,
      code: 'momentUnknown',
    });
    expect(
      await stave.run('SimulatePipeline', {
        ...{ simulationId: idOf('x'), name: 'x', seed: 'x' },
        pipelineId: idOf('no'),
      }),
    ).toMatchObject({ ok: false, code: 'pipelineUnknown' });
  });
});

describe('what becomes of odd ways', () => {
  let stave: Stave;
  let ask: ReturnType<typeof asking>;
  const id = (name: string) => idOf(`odd ${name}`);
  /** A deal that comes to stages on days of January. */
  const odd = (name: string, ...turns: readonly (readonly [day: number, to: Turn['to']])[]): Deal => ({
    opportunityId: id(name),
    amount: 700,
    turns: turns.map(([day, to]) => ({ day: `2026-01-${String(day).padStart(2, '0')}`, to })),
  });
  const { OpportunityHeld, OpportunityReopened } = opportunityEvents;
  const basisOf = (knownAt?: number) =>
    ask.ask('GetSimulationBasis', { pipelineId, asOf: '2026-02-01' }, undefined, knownAt) as Promise<{
      readonly body: SimulationBasis;
    }>;
  let first: number;

  beforeAll(async () => {
    stave = await startStave({ clock: () => '2026-02-01T08:00:00.000Z' });
    ask = asking(stave);
    await seed(stave, `pipeline-def/${pipelineId}`, ...definitions(pipelineId));
    const deals = [
      odd('skips', [1, 0], [5, 2], [9, 'won']),
      odd('won early', [1, 0], [4, 'won']),
      odd('begins late', [2, 1], [8, 'lost']),
      odd('far back', [1, 2], [3, 0], [10, 'lost']),
    ];
    await seedAll(
      stave,
      deals.map((deal) => [`opportunity/${deal.opportunityId}`, eventsOf(truth, deal)]),
    );
    const { rows } = await stave.pool.query('select position::integer from log.head where tenant_id = $1', [
      stave.tenantId,
    ]);
    first = rows[0].position;
    const deal = odd('paused', [1, 0], [6, 1]);
    const events = eventsOf(truth, deal);
    const at = (
      event: ReturnType<typeof OpportunityHeld> | ReturnType<typeof OpportunityReopened>,
      day: string,
    ) => ({
      ...event,
      when: { occurredAt: `${day}T10:00:00.000Z`, effectiveOn: day },
    });
    const { before: _, ...own } = events[1]!.data as ReturnType<typeof OpportunityHeld>['data'];
    const standing = own.after;
    const paused = { ...standing, status: 'on_hold' as const, stageId: 'paused', stay: 3 };
    const lost = { ...standing, status: 'lost' as const, stageId: 'lost', stay: 5 };
    await seedAll(stave, [
      [
        `opportunity/${deal.opportunityId}`,
        [
          ...events,
          at(OpportunityHeld({ ...own, before: standing, after: paused, reason: 'x' }), '2026-01-09'),
          at(
            OpportunityReopened({ ...own, before: paused, after: { ...standing, stay: 4 }, reason: 'x' }),
            '2026-01-12',
          ),
          {
            ...opportunityEvents.OpportunityLost({
              ...own,
              before: { ...standing, stay: 4 },
              after: lost,
              reasonCode: 'other',
            }),
            when: { occurredAt: '2026-01-15T10:00:00.000Z', effectiveOn: '2026-01-15' },
          },
          at(
            OpportunityReopened({ ...own, before: lost, after: { ...standing, stay: 6 }, reason: 'x' }),
            '2026-01-20',
          ),
        ],
      ],
    ]);
  });
  afterAll(() => stave.close());

  test('skipped stages are stays of no days, of which those back are passed back', async () => {
    const { body } = await basisOf(first);
    const intervals = body.stages.map((each) =>
      each.intervals.map(({ days, exit, count }) => `${days} ${exit} ${count}`).toSorted(),
    );
    expect(intervals).toEqual([
      ['0 advanced 2', '3 advanced 1', '4 advanced 1', '7 lost 1'],
      ['0 advanced 3', '0 back 1', '6 lost 1'],
      ['0 advanced 1', '2 back 1', '4 advanced 1'],
    ]);
    expect(body.openDeals).toEqual([]);
    expect(body.values).toEqual([{ amountMinor: 700n, count: 2 }]);
  });
  test('what was on hold, or lost and reopened, never left its stage; what was recorded later is not known before', async () => {
    const { body } = await basisOf();
    expect(body.openDeals).toEqual([{ stage: 1, ageDays: 25, amountMinor: 700n, count: 1 }]);
    expect(body.stages[1]!.intervals).toContainEqual({ days: 25, exit: 'open', count: 1 });
    expect(body.stages[0]!.intervals).toContainEqual({ days: 5, exit: 'advanced', count: 1 });
  });
});

describe('the rows of a simulation', () => {
  const simulationId = idOf('simulation');
  const defined = simulationEvents.SimulationDefined({ simulationId, name: 'x', ...inputOf() });
  const reallocation = {
    fromLinks: [{ lever: 'duration' as const, stage: 0 }],
    toLinks: [{ lever: 'arrival' as const, stage: null }],
    tasks: ['Call more.'],
  };
  const compared = {
    ...{ window: 'horizon' as const, quantity: 'revenue' as const, errorBp: -500, isWithin: true },
    ...{ actual: '100', p10: '90', p50: '95', p90: '110' },
  };
  const backtest = { comparedOn: '2026-09-01', factsKnownAt: 7, comparisons: [compared] };

  test('show what was adopted, and what it is compared with', () => {
    const rows = folded(
      simulation,
      defined,
      simulationEvents.SimulationBacktested({ simulationId, ...backtest }),
      simulationEvents.ReallocationAdopted({ simulationId, ...reallocation }),
    );
    expect(rows).toMatchObject([{ pipelineId: null, origin: null, backtest, reallocation }]);
  });
  test('keep what is simulated', () => {
    expect(folded(simulationModel, defined)).toEqual([{ simulationId, input: inputOf() }]);
  });
});
