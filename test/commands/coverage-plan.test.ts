import { describe, expect, test } from 'vitest';
import { calendar } from '../../src/commands/calendar/state.ts';
import {
  closeCoverageGap,
  decideCoverageGapResponse,
  recordCoverageGap,
  setCoverageAssumptions,
  watchCoverage,
} from '../../src/commands/coverage-plan.ts';
import { organisation } from '../../src/commands/organisation/state.ts';
import { pipeline } from '../../src/commands/pipeline.ts';
import { policy } from '../../src/commands/policy.ts';
import type { NewEvent } from '../../src/engine/event.ts';
import { strict } from '../../src/engine/input.ts';
import { calendarEvents } from '../../src/events/calendar.ts';
import { coveragePlanEvents } from '../../src/events/coverage-plan.ts';
import { fiscalPeriods } from '../../src/events/period.ts';
import { policyEvents } from '../../src/events/policy.ts';
import { eur } from '../support/commerce.ts';
import { given, idOf } from '../support/given.ts';
import { company } from '../support/organisation.ts';
import { drafted, pipelineId, published } from '../support/pipeline.ts';

const { CoverageAssumptionsSet, CoverageGapDetected, CoverageGapResponseDecided, CoverageGapClosed } =
  coveragePlanEvents;

const keys = { unitId: idOf('company'), periodId: 'FY2026' };
const level = 'potential_customer';
const assumed = {
  targetPerMonth: { num: '3', den: '1' },
  levels: [
    {
      level,
      winProbability: { num: '1', den: '3' },
      cycleMonths: { num: '4', den: '1' },
      stages: [],
    },
    { level: 'lead', winProbability: { num: '1', den: '2' }, stages: [] },
  ],
};
const set = CoverageAssumptionsSet({
  ...keys,
  ...assumed,
  basis: 'assumptions',
  start: '2026-01-01',
  endExclusive: '2027-01-01',
});
const gapId = idOf('gap');
const detected = CoverageGapDetected({
  ...{ ...keys, level, gapId, open: 26, required: 36, gap: 10, recoverable: 0, notRecoverable: 10 },
  yearEnd: '2027-01-01',
});
const early = CoverageGapDetected({ ...detected.data, recoverable: 10, notRecoverable: 0 });
const compensation = [{ via: 'existing_customers' as const, amount: eur('5000000') }];
const decided = CoverageGapResponseDecided({ ...keys, level, gapId, pipelineActions: [], compensation });
const closed = CoverageGapClosed({ ...keys, level, gapId, open: 33, required: 36 });
const november = { now: '2026-11-01T08:00:00.000Z' };

describe('SetCoverageAssumptions', () => {
  const input = { ...keys, ...assumed };
  const world = (...before: readonly (typeof set)[]) => given(...before).and(organisation.ref(), company);
  test('sets them', () => {
    world().when(setCoverageAssumptions, input).thenEmits(set);
  });
  test('says nothing twice', () => {
    world(set).when(setCoverageAssumptions, input).thenNothing();
  });
  test('refuses a unit or period that there is not', () => {
    given().when(setCoverageAssumptions, input).thenRejects('unitUnknown');
    world()
      .when(setCoverageAssumptions, { ...input, periodId: 'FY2026-M13' })
      .thenRejects('periodUnknown');
  });
  test('refuses levels that need more than can be counted', () => {
    const rare = (name: string) => ({
      level: name,
      winProbability: { num: '1', den: '1000000' },
      stages: [],
    });
    world()
      .when(setCoverageAssumptions, { ...input, levels: [assumed.levels[0], rare('a'), rare('b')] })
      .thenRejects('requirementTooLarge');
  });
  test('takes each level once, a first cycle, and no probability beyond 1', () => {
    const accepts = (levels: readonly object[]) =>
      strict(setCoverageAssumptions.input).safeParse({ ...input, levels }).success;
    const [first, second] = assumed.levels;
    expect(accepts([first!, second!])).toBe(true);
    expect(accepts([first!, first!])).toBe(false);
    expect(accepts([second!])).toBe(false);
    expect(accepts([{ ...first, winProbability: { num: '4', den: '3' } }])).toBe(false);
    expect(accepts([{ ...first, winProbability: { num: '1', den: '0' } }])).toBe(false);
  });
});

describe('SetCoverageAssumptions of what is counted', () => {
  const [first, lead] = assumed.levels;
  const opportunities = (more: object = {}) => ({ of: 'opportunities', pipelineId, ...more });
  const counted = (counts: object, more: object = {}) => ({
    ...{ ...keys, ...assumed, ...more },
    levels: [
      { ...first, counts },
      { ...lead, counts: { of: 'customers', lifecycle: ['potential'] } },
    ],
  });
  const when = (input: object) =>
    given()
      .and(organisation.ref(), company)
      .and(pipeline.ref(pipelineId), drafted, published)
      .when(setCoverageAssumptions, input as never);
  test('sets what is counted, and that it goes by history', () => {
    const { events } = when(counted(opportunities({ stageIds: ['lead'] }), { basis: 'history' }));
    expect(events).toMatchObject([
      { data: { basis: 'history', levels: [{ counts: { stageIds: ['lead'] } }, {}] } },
    ]);
  });
  test('refuses a pipeline or a stage that there is not', () => {
    when(counted(opportunities({ pipelineId: idOf('none') }))).thenRejects('pipelineUnknown');
    when(counted(opportunities({ stageIds: ['lead', 'nowhere'] }))).thenRejects('stageUnknown');
    when(counted(opportunities({ stageIds: ['won'] }))).thenRejects('stageUnknown');
  });
  test('refuses to go by history where something is not counted', () => {
    when({ ...keys, ...assumed, basis: 'history' }).thenRejects('countsMissing');
  });
  test('takes stages of a pipeline alone', () => {
    const stageIds = { of: 'opportunities', stageIds: ['lead'] };
    expect(strict(setCoverageAssumptions.input).safeParse(counted(stageIds)).success).toBe(false);
    expect(strict(setCoverageAssumptions.input).safeParse(counted({ of: 'opportunities' })).success).toBe(
      true,
    );
  });
});

const countedSet = CoverageAssumptionsSet({
  ...set.data,
  levels: [
    { ...set.data.levels[0]!, counts: { of: 'opportunities' } },
    { ...set.data.levels[1]!, counts: { of: 'customers', lifecycle: ['potential'] } },
  ],
});

describe('RecordCoverageGap', () => {
  const input = { ...keys, level, open: 26 };
  const record = (moment = november, more = {}) =>
    given(set).when(recordCoverageGap, { ...input, ...more }, moment);
  test('records a gap, and that the fiscal year cannot recover it', () => {
    const [event] = record().events;
    expect(event).toMatchObject({
      type: 'CoverageGapDetected',
      data: { required: 36, gap: 10, recoverable: 0, notRecoverable: 10, yearEnd: '2027-01-01' },
    });
  });
  test('records that it can, early in the year', () => {
    const [event] = record({ now: '2026-03-02T08:00:00.000Z' }).events;
    expect(event).toMatchObject({ data: { recoverable: 10, notRecoverable: 0 } });
  });
  test('takes the whole way from a lead', () => {
    const [event] = record({ now: '2026-06-01T08:00:00.000Z' }, { level: 'lead', open: 0 }).events;
    expect(event).toMatchObject({ data: { required: 72, gap: 72, recoverable: 0, notRecoverable: 72 } });
  });
  test('says nothing twice, and keeps the gap while it is open', () => {
    given(set, detected).when(recordCoverageGap, input, november).thenNothing();
    given(set, detected, decided)
      .when(recordCoverageGap, { ...input, open: 25 }, november)
      .thenEmits(CoverageGapDetected({ ...detected.data, open: 25, gap: 11, notRecoverable: 11 }));
    const [another] = given(set, detected, closed).when(recordCoverageGap, input, november).events;
    expect((another!.data as { gapId: string }).gapId).not.toBe(gapId);
  });
  test('refuses a level of which nothing is assumed', () => {
    given().when(recordCoverageGap, input).thenRejects('levelUnknown');
    given(set)
      .when(recordCoverageGap, { ...input, level: 'contact' })
      .thenRejects('levelUnknown');
  });
  test('refuses to say what is counted', () => {
    given(countedSet).when(recordCoverageGap, input).thenRejects('levelCounted');
  });
  test('refuses a level that never wins', () => {
    const [first] = assumed.levels;
    const never = { ...first!, winProbability: { num: '0', den: '1' } };
    given(CoverageAssumptionsSet({ ...set.data, levels: [never] }))
      .when(recordCoverageGap, input)
      .thenRejects('requirementUndefined');
  });
  test('refuses what the policy lets be missing', () => {
    record(november, { open: 33 }).thenRejects('gapWithinLimit');
    record(november, { open: 40 }).thenRejects('gapWithinLimit');
    expect(record(november, { open: 32 }).events).toHaveLength(1);
    const adopted = policyEvents.PolicyAdopted({
      policyKey: 'coverage',
      policyVersion: 1,
      effectiveFrom: '2026-01-01',
      retroactive: false,
      document: { gapMaxBp: 3_000 },
      docHash: 'x',
    });
    given(set)
      .and(policy.ref(), adopted)
      .when(recordCoverageGap, input, november)
      .thenRejects('gapWithinLimit');
  });
  test('refuses a day that the calendar does not reach', () => {
    const published = calendarEvents.FiscalCalendarPublished({
      calendarVersion: 1,
      kind: 'calendar_month',
      fiscalYearStartMonth: 1,
      periods: [...fiscalPeriods('calendar_month', 1, 2024, 1)],
    });
    given(set)
      .and(calendar.ref(), published)
      .when(recordCoverageGap, input, november)
      .thenRejects('yearUnknown');
  });
});

describe('DecideCoverageGapResponse', () => {
  const input = { ...keys, level, compensation };
  test('decides on compensation', () => {
    given(set, detected).when(decideCoverageGapResponse, input).thenEmits(decided);
  });
  test('decides on actions alone while the year can recover the gap', () => {
    given(set, early)
      .when(decideCoverageGapResponse, { ...keys, level, pipelineActions: ['Call all leads.'] })
      .thenEmits(
        CoverageGapResponseDecided({
          ...decided.data,
          pipelineActions: ['Call all leads.'],
          compensation: [],
        }),
      );
  });
  test('says nothing twice', () => {
    given(set, detected, decided).when(decideCoverageGapResponse, input).thenNothing();
  });
  test('refuses a level without a gap, or whose gap is closed', () => {
    given(set).when(decideCoverageGapResponse, input).thenRejects('gapUnknown');
    given(set, detected, closed).when(decideCoverageGapResponse, input).thenRejects('gapClosed');
  });
  test('refuses a response without anything', () => {
    given(set, early)
      .when(decideCoverageGapResponse, { ...keys, level })
      .thenRejects('responseEmpty');
  });
  test('refuses actions alone where the year cannot recover the gap', () => {
    given(set, detected)
      .when(decideCoverageGapResponse, { ...keys, level, pipelineActions: ['Call all leads.'] })
      .thenRejects('compensationMissing');
  });
});

describe('CloseCoverageGap', () => {
  const input = { ...keys, level, open: 33 };
  test('closes a gap that is within the limit', () => {
    given(set, detected).when(closeCoverageGap, input).thenEmits(closed);
  });
  test('closes a gap of a level of which nothing is assumed any more', () => {
    given(detected)
      .when(closeCoverageGap, input)
      .thenEmits(CoverageGapClosed({ ...closed.data, required: null }));
  });
  test('says nothing twice', () => {
    given(set, detected, closed).when(closeCoverageGap, input).thenNothing();
  });
  test('refuses a level without a gap', () => {
    given(set).when(closeCoverageGap, input).thenRejects('gapUnknown');
  });
  test('refuses to say what is counted', () => {
    given(countedSet, detected).when(closeCoverageGap, input).thenRejects('levelCounted');
  });
  test('closes what is left when the plan is over', () => {
    const after = { now: '2027-01-01T08:00:00.000Z' };
    const left = CoverageGapClosed({ ...closed.data, open: 26 });
    for (const plan of [set, countedSet])
      given(plan, detected)
        .when(closeCoverageGap, { ...input, open: 26 }, after)
        .thenEmits(left);
    given(countedSet, detected)
      .when(closeCoverageGap, input, { now: '2026-12-31T08:00:00.000Z' })
      .thenRejects('levelCounted');
  });
  test('refuses while more is missing than the policy allows', () => {
    given(set, detected)
      .when(closeCoverageGap, { ...input, open: 32 })
      .thenRejects('gapRemains');
  });
});

describe('WatchCoverage', () => {
  const figures = (open: bigint, more: object = {}) => ({
    ...{ level, isCounted: true, required: 36n, open, gap: 36n - open },
    ...{ recoverable: 0n, notRecoverable: 36n - open, state: 'beyond_limit', ...more },
  });
  const facts = (...levels: readonly object[]) => ({ yearEnd: '2027-01-01', gapMaxBp: 1_000, levels });
  const when = (found: unknown, ...before: readonly NewEvent[]) =>
    given(countedSet, ...before).when(watchCoverage, keys, {
      now: '2026-10-31T23:00:00.000Z',
      facts: found,
      factsPosition: 7,
    });
  const counted = CoverageGapDetected({ ...detected.data, countedAt: 7 });
  const [made] = when(facts(figures(26n))).events as [typeof counted];
  test('records a gap beyond the limit', () => {
    expect(made.data).toEqual({ ...counted.data, gapId: made.data.gapId });
    expect(made.data.gapId).not.toBe(gapId);
  });
  test('says nothing twice, nor while little has changed', () => {
    when(facts(figures(26n)), made).thenNothing();
    when(facts(figures(24n)), made).thenNothing();
    when(facts(figures(29n)), made, decided).thenNothing();
  });
  test('records anew what has moved, as the same gap', () => {
    when(facts(figures(22n)), counted, decided).thenEmits(
      CoverageGapDetected({ ...counted.data, open: 22, gap: 14, notRecoverable: 14 }),
    );
    when(facts(figures(26n)), early).thenEmits(counted);
  });
  test('closes what is over, and opens another one after', () => {
    const within = figures(33n, { state: 'within_limit' });
    when(facts(within), counted).thenEmits(closed);
    when(facts(within), counted, closed).thenNothing();
    when(facts(within)).thenNothing();
    const [another] = when(facts(figures(26n)), counted, closed).events;
    expect((another!.data as { gapId: string }).gapId).toBe(made.data.gapId);
  });
  test('leaves alone what is not counted, has no requirement or no year', () => {
    when(facts(figures(26n, { isCounted: false }))).thenNothing();
    when(facts(figures(26n, { required: null, gap: null, state: 'undefined_requirement' }))).thenNothing();
    when({
      ...facts(figures(26n, { recoverable: null, notRecoverable: null })),
      yearEnd: null,
    }).thenNothing();
  });
  test('refuses a plan that there is not', () => {
    given().when(watchCoverage, keys, { facts: facts() }).thenRejects('planUnknown');
  });
  test('refuses while figures do not know the plan', () => {
    when(undefined).thenRejects('figuresBehind');
  });
  test('asks for the figures of the plan on the day', async () => {
    const asked: unknown[] = [];
    const db = (plans: readonly object[]) => ({
      ask: async (name: string, input: object) => {
        asked.push([name, input]);
        return name === 'ListCoveragePlans' ? { data: plans } : 'figures';
      },
      momentAt: async () => undefined,
    });
    const act = { today: '2026-11-01' } as never;
    expect(await watchCoverage.facts!(db([]), keys, act)).toBeUndefined();
    expect(await watchCoverage.facts!(db([{}]), keys, act)).toBe('figures');
    expect(asked.at(-1)).toEqual(['GetCoverage', { ...keys, asOf: '2026-11-01' }]);
  });
});
