import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Actor } from '../../src/engine/decision.ts';
import { strict } from '../../src/engine/input.ts';
import { InvalidCursor } from '../../src/engine/list.ts';
import { planningCycle } from '../../src/projections/planning-cycle.ts';
import { queriesByName } from '../../src/runtime.ts';
import { staff } from '../support/commerce.ts';
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

async function body<T>(name: string, input: Readonly<Record<string, unknown>> = {}): Promise<T> {
  await stave.projector.advance(stave.tenantId);
  const query = queriesByName.get(name)!;
  const actor = { tenantId: stave.tenantId, kind: 'system', name: 'test', credentialId: 'test', roles: [] };
  const asker = await stave.asker(actor as Actor, query, undefined);
  if ('ok' in asker) throw new Error('The system may ask everything');
  const answer = await stave.reader.answer(query, stave.tenantId, strict(query.input).parse(input), asker);
  if (!answer.ok) throw new Error(`${name} answers ${answer.code}`);
  query.output.parse(answer.body);
  return answer.body as T;
}

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
