import { describe, expect, test } from 'vitest';
import type { NewEvent } from '../../src/engine/event.ts';
import { callLogEvents } from '../../src/events/call-log.ts';
import { customerEvents } from '../../src/events/customer.ts';
import { opportunityEvents, type Standing } from '../../src/events/opportunity.ts';
import { pipelineEvents } from '../../src/events/pipeline.ts';
import { visitEvents } from '../../src/events/visit.ts';
import { customer } from '../../src/projections/customer.ts';
import { customerClock } from '../../src/projections/customer-clock.ts';
import { milestoneReached } from '../../src/projections/milestone-reached.ts';
import { offer } from '../../src/projections/offer.ts';
import { opportunity } from '../../src/projections/opportunity.ts';
import { opportunityClock } from '../../src/projections/opportunity-clock.ts';
import { opportunityStanding } from '../../src/projections/opportunity-standing.ts';
import { pipeline } from '../../src/projections/pipeline.ts';
import { pipelineBoard } from '../../src/projections/pipeline-board.ts';
import { pipelineMonth } from '../../src/projections/pipeline-month.ts';
import { pipelineMovement } from '../../src/projections/pipeline-movement.ts';
import { pipelineStage } from '../../src/projections/pipeline-stage.ts';
import { stageInterval } from '../../src/projections/stage-interval.ts';
import {
  ann,
  bob,
  competitorId,
  customerId,
  eur,
  orderId,
  productId,
  registered,
  today,
} from '../support/commerce.ts';
import { folded } from '../support/folded.ts';
import { idOf } from '../support/given.ts';
import {
  document,
  drafted,
  head,
  opened,
  opportunityId,
  pipelineId,
  published,
  retired,
  stages,
  standing,
} from '../support/pipeline.ts';

const {
  OpportunityOpened,
  OpportunityValueRevised,
  ExpectedCloseRevised,
  ProbabilityOverridden,
  MilestoneReached,
  StageEntered,
  OfferSubmitted,
  OfferAccepted,
  OfferRejected,
  OpportunityWon,
  OpportunityLost,
  OpportunityHeld,
  OpportunityReopened,
  OpportunityTransferred,
  CreditSplitSet,
} = opportunityEvents;

const change = (after: Partial<Standing>, before: Standing = standing) => ({
  ...head,
  before,
  after: { ...before, ...after },
});
const closes = (expectedClose: string | null, before: Standing = standing) =>
  ExpectedCloseRevised({ ...change({ expectedClose }, before), reason: 'x' });
const won = OpportunityWon({ ...change({ status: 'won', stageId: 'won', stay: 2 }), orderId });
const lost = OpportunityLost({
  ...change({ status: 'lost', stageId: 'lost', stay: 2 }),
  reasonCode: 'price',
  competitorId,
  note: 'Too dear.',
});
const held = OpportunityHeld({
  ...change({ status: 'on_hold', stageId: 'paused', stay: 2 }),
  until: '2026-05-01',
  reason: 'No budget.',
});
const reopened = (ended: { readonly data: { readonly after: Standing } }) =>
  OpportunityReopened({
    ...change({ ...standing, stay: ended.data.after.stay + 1 }, ended.data.after),
    reason: 'x',
  });
const credits = [{ personId: bob, shareBp: 10_000 }];
const transferred = OpportunityTransferred({
  ...change({ ownerId: bob }),
  to: bob,
  creditRule: 'follow',
  credits,
  reason: 'x',
});

describe('opportunity', () => {
  test('shows what was opened', () => {
    expect(folded(opportunity, opened)).toMatchObject([
      {
        opportunityId,
        ownerId: ann,
        status: 'open',
        stageId: 'lead',
        valueMinor: 1000n,
        probabilityNum: 1n,
        probabilityDen: 10n,
        probabilitySource: 'stage',
        originalClose: '2026-04-30',
        credits: [{ personId: ann, shareBp: 10_000 }],
      },
    ]);
  });
  test('knows the margin when every line says what it costs', () => {
    const line = { productId, quantity: 1, amount: eur('700') };
    const revised = (expectedCost: ReturnType<typeof eur> | undefined) =>
      OpportunityValueRevised({
        ...change({ value: eur('1400') }),
        lines: [
          { ...line, expectedCost: eur('300') },
          { ...line, expectedCost },
        ],
        reason: 'x',
      });
    expect(folded(opportunity, opened, revised(eur('200')))).toMatchObject([
      { valueMinor: 1400n, expectedMarginMinor: 900n },
    ]);
    expect(folded(opportunity, opened, revised(undefined))).toMatchObject([{ expectedMarginMinor: null }]);
  });
  test('counts how many times the day was put off, and keeps the first one', () => {
    const later = closes('2026-05-31');
    const latest = closes('2026-06-30', later.data.after);
    const earlier = closes('2026-05-01', latest.data.after);
    expect(folded(opportunity, opened, later, latest, earlier)).toMatchObject([
      { expectedClose: '2026-05-01', originalClose: '2026-04-30', closePushes: 2 },
    ]);
    const undated = { ...standing, expectedClose: null };
    expect(
      folded(
        opportunity,
        OpportunityOpened({ ...opened.data, after: undated }),
        closes('2026-05-31', undated),
      ),
    ).toMatchObject([{ originalClose: '2026-05-31', closePushes: 0 }]);
  });
  test('shows the probability and whose it is', () => {
    const probability = { num: '1', den: '2' };
    const own = ProbabilityOverridden({
      ...change({ probability, probabilitySource: 'override' }),
      reason: 'x',
    });
    expect(folded(opportunity, opened, own)).toMatchObject([
      { probabilityNum: 1n, probabilityDen: 2n, probabilitySource: 'override' },
    ]);
  });
  test('lists the milestones', () => {
    const reached = MilestoneReached({ ...head, milestone: 'budget', visitId: idOf('visit') });
    expect(folded(opportunity, opened, reached)).toMatchObject([
      { milestones: [{ milestone: 'budget', visitId: idOf('visit'), evidence: null }] },
    ]);
  });
  test('is closed by what it came to, and open again without it', () => {
    expect(folded(opportunity, opened, won)).toMatchObject([{ status: 'won', closedOn: today, orderId }]);
    expect(folded(opportunity, opened, lost)).toMatchObject([
      { status: 'lost', closedOn: today, lossReason: 'price', competitorId, note: 'Too dear.' },
    ]);
    for (const ended of [won, lost, held])
      expect(folded(opportunity, opened, ended, reopened(ended))).toMatchObject([
        {
          status: 'open',
          closedOn: null,
          orderId: null,
          lossReason: null,
          competitorId: null,
          note: null,
          heldUntil: null,
        },
      ]);
  });
  test('is known by what it was imported as, and won by a number there until it is open again', () => {
    const imported = { externalId: 'D-1', at: '2026-03-02T08:00:00.000Z', digest: 'x' };
    const before = OpportunityOpened({ ...opened.data, imported });
    const { orderId: _, ...data } = won.data;
    const byNumber = OpportunityWon({ ...data, reference: 'O-77' });
    expect(folded(opportunity, opened)).toMatchObject([{ externalId: null, reference: null }]);
    expect(folded(opportunity, before, byNumber)).toMatchObject([
      { externalId: 'D-1', reference: 'O-77', orderId: null },
    ]);
    expect(folded(opportunity, before, byNumber, reopened(byNumber))).toMatchObject([
      { externalId: 'D-1', reference: null },
    ]);
  });
  test('is on hold since it was put there, until another day too', () => {
    const longer = OpportunityHeld({ ...change({}, held.data.after), until: '2026-06-01', reason: 'x' });
    const [before] = folded(opportunity, opened, held);
    expect(before).toMatchObject({ status: 'on_hold', heldUntil: '2026-05-01' });
    expect(folded(opportunity, opened, held, longer)).toMatchObject([
      { heldUntil: '2026-06-01', stageSince: before!['stageSince'] },
    ]);
  });
  test('is in the category of a forecast that its pipeline says, else in the usual one', () => {
    const said = OpportunityOpened({ ...opened.data, after: { ...standing, forecastCategory: 'commit' } });
    expect(folded(opportunity, said)).toMatchObject([{ forecastCategory: 'commit' }]);
    for (const [event, forecastCategory] of [
      [closes('2026-05-31'), 'pipeline'],
      [won, 'closed'],
      [lost, 'omitted'],
      [held, 'omitted'],
    ] as const)
      expect(folded(opportunity, opened, event)).toMatchObject([{ forecastCategory }]);
  });
  test('has the credit that was split', () => {
    const split = CreditSplitSet({ ...head, credits, formerCredits: credits, reason: 'x' });
    expect(folded(opportunity, opened, split)).toMatchObject([{ ownerId: ann, credits }]);
    expect(folded(opportunity, opened, transferred)).toMatchObject([{ ownerId: bob, credits }]);
  });
});

describe('stage_interval', () => {
  const entered = StageEntered({ ...change({ stageId: 'proposal', stay: 2 }), direction: 'forward' });
  test.each([
    ['forward', entered],
    ['back', StageEntered({ ...entered.data, direction: 'back' })],
    ['won', won],
    ['lost', lost],
    ['on_hold', held],
  ])('ends a stay that was left %s', (exit, event) => {
    expect(folded(stageInterval, opened, event)).toMatchObject([
      { stay: 1, stageId: 'lead', kind: 'open', exit, durationSeconds: 1n, leftOn: today },
      { stay: 2, stageId: event.data.after.stageId, exit: null, leftAt: null, durationSeconds: null },
    ]);
  });
  test('ends a stay of what is reopened, and none by other changes', () => {
    expect(folded(stageInterval, opened, won, reopened(won))).toMatchObject([
      { exit: 'won' },
      { kind: 'won', exit: 'reopened' },
      { stay: 3, kind: 'open', exit: null },
    ]);
    expect(folded(stageInterval, opened, closes('2026-05-31'), transferred)).toMatchObject([
      { stay: 1, ownerId: ann, exit: null },
    ]);
  });
  test('knows what the opportunity was worth, and in each stay whether it is won', () => {
    const worth = { ...entered.data.after, value: eur('1500') };
    const revised = OpportunityValueRevised({
      ...change({ value: eur('1500') }, entered.data.after),
      lines: [],
      reason: 'x',
    });
    const closed = OpportunityWon({ ...change({ status: 'won', stageId: 'won', stay: 3 }, worth), orderId });
    const rowsAfter = (...events: readonly NewEvent[]) =>
      folded(stageInterval, opened, entered, revised, ...events).map((row) => [
        row['valueMinor'],
        row['won'],
      ]);
    expect(rowsAfter()).toEqual([
      [1000n, false],
      [1000n, false],
    ]);
    expect(rowsAfter(closed)).toEqual([
      [1000n, true],
      [1000n, true],
      [1500n, true],
    ]);
    expect(rowsAfter(closed, reopened(closed)).map(([, isWon]) => isWon)).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});

test('milestone_reached has each milestone once', () => {
  const reached = MilestoneReached({ ...head, milestone: 'budget' });
  expect(folded(milestoneReached, opened, reached)).toMatchObject([
    { opportunityId, milestone: 'budget', ownerId: ann, reachedOn: today },
  ]);
});

describe('pipeline_movement', () => {
  const moves = (...events: Parameters<typeof folded>[1][]) =>
    folded(pipelineMovement, opened, ...events)
      .slice(1)
      .map(({ kind, ownerId, expectedClose, count, valueMinor }) => [
        kind,
        ownerId,
        expectedClose,
        count,
        valueMinor,
      ]);
  const close = '2026-04-30';
  test('comes with what is opened', () => {
    expect(folded(pipelineMovement, opened)).toMatchObject([
      { kind: 'created', ownerId: ann, expectedClose: close, count: 1, valueMinor: 1000n, day: today },
    ]);
  });
  test('takes from one owner or day and gives to another', () => {
    expect(moves(transferred)).toEqual([
      ['transferred_out', ann, close, -1, -1000n],
      ['transferred_in', bob, close, 1, 1000n],
    ]);
    expect(moves(closes('2026-05-31'))).toEqual([
      ['pushed_out', ann, close, -1, -1000n],
      ['pulled_in', ann, '2026-05-31', 1, 1000n],
    ]);
  });
  test.each([
    ['increased', '1300', 300n],
    ['decreased', '800', -200n],
  ])('has %s by the difference', (kind, value, by) => {
    const revised = OpportunityValueRevised({ ...change({ value: eur(value) }), lines: [], reason: 'x' });
    expect(moves(revised)).toEqual([[kind, ann, close, 0, by]]);
  });
  test('closes what is won or lost on its day, expected then or not', () => {
    for (const [kind, ended] of [
      ['won', won],
      ['lost', lost],
    ] as const)
      expect(moves(ended)).toEqual([
        ['pushed_out', ann, close, -1, -1000n],
        ['pulled_in', ann, today, 1, 1000n],
        [kind, ann, today, -1, -1000n],
      ]);
    const expected = { ...standing, expectedClose: today };
    expect(
      moves(OpportunityWon({ ...change({ status: 'won', stay: 2 }, expected), orderId })).map(
        ([kind]) => kind,
      ),
    ).toEqual(['won']);
  });
  test('comes again with what is reopened, and not by what is on hold or closed', () => {
    expect(moves(held, reopened(held))).toEqual([]);
    expect(moves(won, reopened(won)).at(-1)).toEqual(['reopened', ann, close, 1, 1000n]);
    const closed = OpportunityTransferred({
      ...transferred.data,
      ...change({ ownerId: bob }, won.data.after),
    });
    expect(moves(won, closed)).toHaveLength(3);
  });
});

describe('pipeline_month', () => {
  const sums = (...events: Parameters<typeof folded>[1][]) =>
    folded(pipelineMonth, opened, ...events).map(({ month, closeOn, step, count, valueMinor }) => {
      expect(month).toBe('2026-03-01');
      return [step, closeOn, count, valueMinor];
    });
  const created = ['created', '2026-04-30', 1, 1000n];
  test('adds up what happens at a day of closing in a month', () => {
    const revised = OpportunityValueRevised({ ...change({ value: eur('1300') }), lines: [], reason: 'x' });
    const again = OpportunityValueRevised({
      ...change({ value: eur('1600') }, revised.data.after),
      lines: [],
      reason: 'x',
    });
    expect(sums(revised, again)).toEqual([created, ['increased', '2026-04-30', 0, 600n]]);
  });
  test('tells a day that was put off from one that was brought forward', () => {
    expect(sums(closes('2026-05-31'))).toEqual([
      created,
      ['pushed_out', '2026-04-30', -1, -1000n],
      ['pushed_out', '2026-05-31', 1, 1000n],
    ]);
    expect(sums(won)).toEqual([
      created,
      ['pulled_in', '2026-04-30', -1, -1000n],
      ['pulled_in', today, 1, 1000n],
      ['won', today, -1, -1000n],
    ]);
  });
  test('has what has no day of closing before all that has one', () => {
    const undated = { ...standing, expectedClose: null };
    expect(
      folded(
        pipelineMonth,
        OpportunityOpened({ ...opened.data, after: undated }),
        closes('2026-05-31', undated),
      ).map(({ step, closeOn, count }) => [step, closeOn, count]),
    ).toEqual([
      ['created', '1900-01-01', 1],
      ['pushed_out', '1900-01-01', -1],
      ['pushed_out', '2026-05-31', 1],
    ]);
  });
  test('knows no owners', () => {
    expect(sums(transferred)).toEqual([created]);
  });
});

describe('clocks', () => {
  const on = (day: string) => ({ occurredAt: `${day}T10:00:00.000Z`, effectiveOn: day });
  const call = (date: string, about?: string) => ({
    ...callLogEvents.CallLogged({
      personId: ann,
      date,
      callId: idOf(`call ${date}`),
      calledAt: `${date}T10:00:00.000Z`,
      customerId,
      direction: 'outgoing',
      channel: 'phone',
      seconds: 60,
      resultCode: 'reached',
      ...(about && { opportunityId: about }),
    }),
    when: on(date),
  });
  test('have the last day of each way in which an opportunity was touched', () => {
    expect(folded(opportunityClock, opened)).toMatchObject([
      {
        status: 'open',
        stageId: 'lead',
        enteredOn: today,
        lastOpportunityOpened: today,
        lastCallLogged: null,
      },
    ]);
    const calls = [call('2026-03-20', opportunityId), call('2026-03-10', opportunityId)];
    const entered = StageEntered({ ...change({ stageId: 'proposal', stay: 2 }), direction: 'forward' });
    expect(
      folded(opportunityClock, opened, ...calls, { ...entered, when: on('2026-03-22') }, transferred),
    ).toMatchObject([
      {
        ownerId: bob,
        stageId: 'lead',
        enteredOn: '2026-03-22',
        lastCallLogged: '2026-03-20',
        lastStageEntered: '2026-03-22',
        lastOpportunityTransferred: today,
      },
    ]);
  });
  test('go on where an opportunity is closed and open again', () => {
    const closed = { ...lost, when: on('2026-03-21') };
    expect(
      folded(opportunityClock, opened, call('2026-03-20', opportunityId), closed, {
        ...reopened(lost),
        when: on('2026-03-25'),
      }),
    ).toMatchObject([
      {
        status: 'open',
        enteredOn: '2026-03-25',
        lastCallLogged: '2026-03-20',
        lastOpportunityReopened: '2026-03-25',
      },
    ]);
  });
  test('of a customer have what names no opportunity', () => {
    const visited = {
      ...visitEvents.VisitEnded({
        visitId: idOf('visit'),
        personId: ann,
        customerId,
        date: '2026-03-12',
        planned: true,
        startedAt: '2026-03-12T09:00:00.000Z',
        endedAt: '2026-03-12T10:00:00.000Z',
        minutes: 60,
        outcome: 'effective',
        ruleVersion: 0,
      }),
      when: on('2026-03-12'),
    };
    const calls = [call('2026-03-10'), call('2026-03-05'), call('2026-03-20', opportunityId)];
    expect(folded(customerClock, ...calls, visited)).toEqual([
      { customerId, lastCallLogged: '2026-03-10', lastVisitEnded: '2026-03-12' },
    ]);
    expect(folded(customerClock, call('2026-03-20', opportunityId))).toEqual([]);
  });
});

test('pipeline_board keeps no place without opportunities', () => {
  expect(folded(pipelineBoard, opened)).toMatchObject([{ stageId: 'lead', count: 1, valueMinor: 1000n }]);
  expect(folded(pipelineBoard, opened, held)).toMatchObject([{ stageId: 'paused', count: 1 }]);
  expect(folded(pipelineBoard, opened, won)).toEqual([]);
  const revised = OpportunityValueRevised({ ...change({ value: eur('1') }), lines: [], reason: 'x' });
  expect(folded(pipelineBoard, opened, revised)).toMatchObject([{ count: 1, valueMinor: 1n }]);
});

test('pipeline_board tells categories of a forecast apart', () => {
  const own = ProbabilityOverridden({ ...change({ forecastCategory: 'commit' }), reason: 'x' });
  expect(folded(pipelineBoard, opened)).toMatchObject([{ forecastCategory: 'pipeline' }]);
  expect(folded(pipelineBoard, opened, own)).toMatchObject([{ forecastCategory: 'commit', count: 1 }]);
});

describe('opportunity_standing', () => {
  const on = (day: string, event: NewEvent): NewEvent => ({ ...event, when: { effectiveOn: day } });
  test('keeps where an opportunity stood at the end of each day', () => {
    const later = closes('2026-05-31');
    const latest = closes('2026-06-30', later.data.after);
    expect(
      folded(
        opportunityStanding,
        on('2026-03-01', opened),
        on('2026-03-02', later),
        on('2026-03-02', latest),
        on('2026-03-05', won),
      ),
    ).toMatchObject([
      {
        openedOn: '2026-03-01',
        overOn: '2026-03-05',
        standings: [
          { on: '2026-03-01', expectedClose: '2026-04-30' },
          { on: '2026-03-02', expectedClose: '2026-06-30' },
          { on: '2026-03-05', status: 'won' },
        ],
      },
    ]);
  });
  test('knows since when it is over, whoever owns it later, and that it is not when it is reopened', () => {
    const closed = OpportunityTransferred({
      ...transferred.data,
      ...change({ ownerId: bob }, won.data.after),
    });
    const past = [on('2026-03-01', opened), on('2026-03-05', won), on('2026-03-09', closed)];
    expect(folded(opportunityStanding, ...past)).toMatchObject([{ overOn: '2026-03-05' }]);
    expect(folded(opportunityStanding, ...past, on('2026-03-10', reopened(won)))).toMatchObject([
      { overOn: null, openedOn: '2026-03-01' },
    ]);
  });
});

test('offer shows what the customer decided', () => {
  const offerId = idOf('offer');
  const submitted = OfferSubmitted({ ...head, offerId, total: eur('900') });
  expect(folded(offer, submitted)).toMatchObject([{ state: 'submitted', totalMinor: 900n, decidedOn: null }]);
  expect(folded(offer, submitted, OfferAccepted({ ...head, offerId }))).toMatchObject([
    { state: 'accepted', decidedOn: today, rejectionReason: null },
  ]);
  expect(folded(offer, submitted, OfferRejected({ ...head, offerId, reason: 'Too dear.' }))).toMatchObject([
    { state: 'rejected', rejectionReason: 'Too dear.' },
  ]);
});

describe('pipeline', () => {
  test('keeps every version as it was published', () => {
    const next = { ...document, name: 'Better', stages: stages.slice(1) };
    const [row] = folded(
      pipeline,
      drafted,
      published,
      pipelineEvents.PipelineDefined({ pipelineId, ...next }),
    );
    expect(row).toMatchObject({ name: 'Sales', state: 'published', version: 1, draft: next });
    expect(row!['versions']).toMatchObject([{ version: 1, ...document }]);
    expect(
      folded(
        pipeline,
        drafted,
        published,
        pipelineEvents.PipelineVersionPublished({ pipelineId, version: 2, ...next }),
        retired,
      ),
    ).toMatchObject([
      {
        name: 'Better',
        state: 'retired',
        version: 2,
        draft: null,
        versions: [document, next],
        retirementReason: 'Old.',
      },
    ]);
  });
  test('has its stages in order', () => {
    const rows = folded(pipelineStage, published);
    expect(rows.map(({ stageId, ordinal }) => [stageId, ordinal])).toEqual(
      stages.map(({ stageId }, index) => [stageId, index + 1]),
    );
    expect(rows[1]).toMatchObject({ probabilityNum: 1n, probabilityDen: 3n, requiredMilestones: ['budget'] });
    expect(rows[0]).toMatchObject({ forecastCategory: 'pipeline', lifecycleFrom: null, lifecycleTo: null });
  });
});

test('customer shows its rung', () => {
  const advanced = customerEvents.CustomerLifecycleAdvanced({
    customerId,
    from: 'potential',
    to: 'target',
    on: today,
    ownerId: ann,
  });
  expect(folded(customer, registered)).toMatchObject([{ lifecycle: 'potential' }]);
  expect(folded(customer, registered, advanced)).toMatchObject([{ lifecycle: 'target' }]);
});
