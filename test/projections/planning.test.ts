import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InvalidCursor } from '../../src/engine/cursor.ts';
import { planningCycle } from '../../src/projections/planning-cycle.ts';
import { answerOf } from '../support/answers.ts';
import { eur, regionId, staff } from '../support/commerce.ts';
import {
  cycleId,
  cycleOf,
  inPhase,
  marketPlan,
  opened,
  recorded,
  reviewed,
  strategy,
} from '../support/cycle.ts';
import { folded } from '../support/folded.ts';
import { idOf } from '../support/given.ts';
import { company } from '../support/organisation.ts';
import { type Stave, seed, startStave } from '../support/stave.ts';

const unitId = idOf('company');
const nextCycleId = idOf('next cycle');

let stave: Stave;
beforeAll(async () => {
  stave = await startStave({ clock: () => '2026-03-02T08:00:00.000Z' });
  await seed(stave, 'organisation', company, ...staff);
});
afterAll(() => stave.close());

const body = <T>(name: string, input: Readonly<Record<string, unknown>> = {}): Promise<T> =>
  answerOf<T>(stave, name, input);

/** Executes a command that must be accepted. */
async function does(command: string, input: Readonly<Record<string, unknown>>): Promise<void> {
  expect(await stave.run(command, input)).toMatchObject({ ok: true });
}

describe('planning_cycle', () => {
  test('shows what the strategy is silent about', () => {
    expect(folded(planningCycle, opened)).toMatchObject([
      { elementsMissing: ['goals', 'support_and_training', 'strategy', 'monitoring'], strategyOn: null },
    ]);
    expect(folded(planningCycle, opened, recorded)).toMatchObject([
      { elementsMissing: ['goals', 'monitoring'], strategyOn: '2026-03-02' },
    ]);
  });
  test('shows initiatives whose theme the strategy gave up', () => {
    const [, training] = strategy.themes;
    const changed = cycleOf.StrategyRecorded({ ...recorded.data, themes: [training!], priorities: [] });
    expect(folded(planningCycle, opened, recorded, marketPlan)).toMatchObject([{ initiativesAdrift: [] }]);
    expect(folded(planningCycle, opened, recorded, marketPlan, changed)).toMatchObject([
      { initiativesAdrift: ['Open outlets'] },
    ]);
  });
  test('remembers since when each phase lasts, and what came of it', () => {
    const ended = cycleOf.NextCycleOpened({ cycleId, unitId, nextCycleId });
    const planning = inPhase('conception', 'planning');
    expect(folded(planningCycle, opened, recorded, planning, reviewed, ended)).toMatchObject([
      {
        state: 'ended',
        phase: 'planning',
        phases: [
          { phase: 'conception', since: '2026-03-02' },
          { phase: 'planning', since: '2026-03-02' },
        ],
        findings: ['Outlets came late.'],
        nextCycleId,
      },
    ]);
  });
});

describe('planning cycles', () => {
  test('go round: what a review carries over, the next cycle begins with', async () => {
    const { unitId: _, ...plan } = marketPlan.data;
    await does('OpenPlanningCycle', { cycleId, unitId, name: 'Plan 2026', horizon: 'FY2026' });
    await does('RecordStrategy', { cycleId, ...strategy });
    await does('EnterPhase', { cycleId, phase: 'planning' });
    await does('RecordMarketDevelopmentPlan', plan);
    await does('EnterPhase', { cycleId, phase: 'execution' });
    await does('EnterPhase', { cycleId, phase: 'control' });
    await does('ReviewCycle', { cycleId, findings: ['Late.'], carryOver: ['The west.'] });
    await does('OpenNextCycle', { cycleId, nextCycleId, name: 'Plan 2027', horizon: 'FY2027' });
    expect(await body('GetPlanningCycle', { cycleId: nextCycleId })).toMatchObject({
      periodStart: '2027-01-01',
      previousId: cycleId,
      carriedOver: ['The west.'],
      phase: 'conception',
      state: 'open',
    });
    expect(await body('ListPlanningCycles', { unitId })).toMatchObject({
      data: [{ cycleId: nextCycleId }, { cycleId, state: 'ended', nextCycleId }],
    });
    expect(
      await stave.run('OpenPlanningCycle', { cycleId: idOf('third'), unitId, name: 'x', horizon: 'FY2028' }),
    ).toMatchObject({ ok: false, code: 'cycleOpen' });
  });
});

describe('market_assessment', () => {
  const assess = async (name: string, more: Readonly<Record<string, unknown>>) =>
    does('AssessMarket', {
      assessmentId: idOf(name),
      period: 'FY2026',
      potential: eur('1000000'),
      ownShareBp: 1_500,
      method: 'Panel of retailers',
      sources: ['Trade statistics'],
      ...more,
    });
  const potentials = async (filter: Readonly<Record<string, unknown>>) => {
    const { data } = await body<{ data: readonly Row[] }>('ListMarketAssessments', {
      periodId: 'FY2026',
      ...filter,
    });
    return data.map(({ assessmentId, potentialMinor }) => [assessmentId, potentialMinor]);
  };
  interface Row {
    readonly assessmentId: string;
    readonly potentialMinor: bigint;
  }
  test('answers what is asked about a region, a group of products, both and everything', async () => {
    const productGroupId = idOf('group');
    await assess('all', {});
    await assess('north', { regionId, potential: eur('400000') });
    await assess('boxes', { productGroupId, potential: eur('300000') });
    await assess('boxes in the north', { regionId, productGroupId, potential: eur('100000') });
    const standing = { state: 'standing' };
    expect(await potentials({ ...standing, narrowedTo: 'nothing' })).toEqual([[idOf('all'), 1_000_000n]]);
    expect(await potentials({ ...standing, narrowedTo: 'region', regionId })).toEqual([
      [idOf('north'), 400_000n],
    ]);
    expect(await potentials({ ...standing, narrowedTo: 'product_group', productGroupId })).toEqual([
      [idOf('boxes'), 300_000n],
    ]);
    expect(await potentials({ ...standing, regionId, productGroupId })).toEqual([
      [idOf('boxes in the north'), 100_000n],
    ]);
  });
  test('keeps what was superseded, and lets one stand', async () => {
    await does('RecordStrengthsWeaknesses', { assessmentId: idOf('north'), strengths: ['Service.'] });
    await does('SupersedeAssessment', {
      assessmentId: idOf('north'),
      successorId: idOf('north again'),
      reason: 'Newer statistics.',
      regionId,
      period: 'FY2026',
      potential: eur('420000'),
      ownShareBp: 1_400,
      method: 'Panel of retailers',
      sources: ['Trade statistics'],
    });
    expect(await potentials({ state: 'standing', narrowedTo: 'region' })).toEqual([
      [idOf('north again'), 420_000n],
    ]);
    expect(await body('GetMarketAssessment', { assessmentId: idOf('north') })).toMatchObject({
      state: 'superseded',
      successorId: idOf('north again'),
      supersededBecause: 'Newer statistics.',
      strengths: ['Service.'],
      periodStart: '2026-01-01',
    });
  });
});

describe('the registry of measures', () => {
  const keysOf = ({ data }: Listed) => data.map(({ measureKey }) => measureKey);
  interface Listed {
    readonly data: readonly { readonly measureKey: string; readonly builtIn: boolean }[];
    readonly nextCursor: string | null;
  }
  const all = [
    'activity',
    'calls',
    'effective_visits',
    'gross_profit',
    'net_sales',
    'new_customers',
    'new_outlets',
    'opportunities_won',
    'opportunities_won_value',
    'orders',
    'payment_recovered',
    'visits',
  ];
  beforeAll(() =>
    does('DefineMeasure', {
      measureKey: 'activity',
      name: 'Activity',
      unit: 'count',
      additivity: 'additive',
      direction: 'up',
      terms: [{ measure: 'visits', times: 3 }, { measure: 'calls' }],
    }),
  );
  test('lists what is built in and what the tenant defined together', async () => {
    const listed = await body<Listed>('ListMeasures');
    expect(keysOf(listed)).toEqual(all);
    expect(listed.data.filter(({ builtIn }) => !builtIn)).toMatchObject([
      { measureKey: 'activity', terms: [{ measure: 'visits', times: 3 }, { times: 1 }], state: 'in_use' },
    ]);
  });
  test('pages without losing or repeating a measure', async () => {
    const seen: string[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const listed: Listed = await body('ListMeasures', { limit: 4, ...(cursor && { cursor }) });
      seen.push(...keysOf(listed));
      cursor = listed.nextCursor;
    }
    expect(seen).toEqual(all);
    await expect(body('ListMeasures', { cursor: 'of something else' })).rejects.toThrow(InvalidCursor);
  });
  test('keeps what was retired', async () => {
    await does('RetireMeasure', { measureKey: 'activity' });
    expect(await body('GetMeasure', { measureKey: 'activity' })).toMatchObject({ state: 'retired' });
    expect(await body('GetMeasure', { measureKey: 'orders' })).toMatchObject({ builtIn: true });
    await expect(body('GetMeasure', { measureKey: 'luck' })).rejects.toThrow('not-found');
  });
});
