import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { callLogEvents } from '../../src/events/call-log.ts';
import { dailyReportEvents } from '../../src/events/daily-report.ts';
import { chainHashOf, documentEvents } from '../../src/events/document.ts';
import { sentenceOf } from '../../src/events/index.ts';
import { orderEvents } from '../../src/events/order.ts';
import { organisationEvents } from '../../src/events/organisation.ts';
import { moneyText } from '../../src/events/sentence.ts';
import { visitEvents } from '../../src/events/visit.ts';
import { visitPlanEvents } from '../../src/events/visit-plan.ts';
import { dailyReport } from '../../src/projections/daily-report.ts';
import { daySheet } from '../../src/projections/day-sheet.ts';
import { reportObligation } from '../../src/projections/report-obligation.ts';
import { signature, verified } from '../../src/projections/sign-off.ts';
import { authorsFor } from '../../src/projections/signer-queue.ts';
import { subjectsOf, timeline } from '../../src/projections/timeline.ts';
import { visit } from '../../src/projections/visit.ts';
import { visitPlan } from '../../src/projections/visit-plan.ts';
import {
  ann,
  bob,
  customerId,
  eur,
  manager,
  staff,
  stranger,
  supervisor,
  taken,
  today,
} from '../support/commerce.ts';
import { foldedFrom, inStream } from '../support/folded.ts';
import { idOf } from '../support/given.ts';
import { organisationAfter } from '../support/organisation.ts';
import { filed } from '../support/report.ts';

const keys = { personId: ann, date: today };
const of = { authorId: ann, date: today };
const visitId = idOf('visit');
const otherId = idOf('other visit');
const plan = `visit-plan/${ann}/${today}`;
const report = `daily-report/${ann}/${today}`;
const ofVisit = { ...keys, visitId, customerId };
const window = { start: '09:00', end: '10:00' };

const planned = visitPlanEvents.VisitPlanned({
  ...keys,
  visitId,
  sequence: 1,
  window,
  purposes: ['service'],
  customerId,
});
const plannedToo = visitPlanEvents.VisitPlanned({
  ...planned.data,
  visitId: otherId,
  sequence: 2,
  window: { start: '10:00', end: '11:00' },
});
const opened = visitPlanEvents.VisitPlanOpened(keys);
const at = (minute: number) => ({ occurredAt: `2026-03-02T18:${minute}:00.000Z` });
const submitted = documentEvents.DocumentSubmitted(
  {
    ...of,
    docVersion: 1,
    dueAt: '2026-03-02T17:00:00.000Z',
    latenessMinutes: 70,
    completenessBp: 6_000,
    signOffDueAt: '2026-03-03T17:00:00.000Z',
  },
  at(10),
);
const link = {
  previous: null,
  docHash: '0'.repeat(64),
  docVersion: 1,
  signerId: supervisor,
  comment: 'Good.',
};
const signed = documentEvents.DocumentSignedOff({ ...of, ...link, chainHash: chainHashOf(link) }, at(40));
const voided = documentEvents.SignOffVoided(
  {
    ...of,
    docVersion: 1,
    chainHash: signed.data.chainHash,
    voidedBy: manager,
    reason: 'By mistake.',
    signOffDueAt: '2026-03-04T17:00:00.000Z',
  },
  at(50),
);
const returned = documentEvents.DocumentReturned(
  {
    ...of,
    docVersion: 1,
    docHash: link.docHash,
    signerId: supervisor,
    comment: 'Too few.',
    issues: ['Two.'],
  },
  at(30),
);
const started = visitEvents.VisitStarted({
  ...ofVisit,
  planned: true,
  startedAt: '2026-03-02T08:05:00.000Z',
  offline: false,
  leftOpenAt: '2026-03-02T23:00:00.000Z',
});
const ended = visitEvents.VisitEnded({
  ...ofVisit,
  planned: true,
  startedAt: '2026-03-02T08:05:00.000Z',
  endedAt: '2026-03-02T08:08:00.000Z',
  minutes: 3,
  outcome: 'ineffective',
  ruleVersion: 0,
});
const approved = visitEvents.VisitExceptionApproved({
  ...ofVisit,
  kind: 'duration',
  approvedBy: supervisor,
  note: 'At the gate.',
  formerOutcome: 'ineffective',
  outcome: 'effective',
  ruleVersion: 0,
});
const cost = visitEvents.VisitCostRecorded({
  ...ofVisit,
  category: 'travel',
  amount: eur('250'),
  km: 10,
  mileageRateMinor: 30,
  total: eur('550'),
});
const collected = visitEvents.CollectionRecorded({ ...ofVisit, amount: eur('5000'), method: 'cash' });
const promised = visitEvents.CollectionRecorded({
  ...ofVisit,
  amount: eur('7000'),
  method: 'cash',
  promisedBy: '2026-03-09',
});
const closed = visitPlanEvents.VisitPlanClosed({
  ...keys,
  planned: 2,
  completed: 1,
  missed: [otherId],
  unplanned: 0,
});

describe('a visit', () => {
  const stream = `visit/${visitId}`;

  test('shows what was planned beside what was done', () => {
    const rows = foldedFrom(visit, [
      ...inStream(plan, 0, opened, planned, plannedToo),
      ...inStream(stream, 3, started, cost, collected, promised, ended, approved),
      ...inStream(plan, 9, closed),
    ]);
    expect(rows).toMatchObject([
      {
        visitId,
        state: 'ended',
        windowStart: '09:00',
        startedAt: '2026-03-02T08:05:00.000Z',
        minutes: 3,
        outcome: 'effective',
        exceptions: ['duration'],
        costMinor: 550n,
        collectedMinor: 5_000n,
        promisedMinor: 7_000n,
      },
      { visitId: otherId, state: 'missed', missedReason: null },
    ]);
  });
  test('keeps the last result of each purpose', () => {
    const result = {
      ...ofVisit,
      purpose: 'service' as const,
      achieved: 'no' as const,
      resultCode: 'refused' as const,
      summary: 'No.',
    };
    const rows = foldedFrom(
      visit,
      inStream(
        stream,
        0,
        started,
        visitEvents.NegotiationResultRecorded(result),
        visitEvents.NegotiationResultRecorded({ ...result, achieved: 'yes', summary: 'Yes.' }),
      ),
    );
    expect(rows).toMatchObject([{ results: [{ purpose: 'service', achieved: 'yes', summary: 'Yes.' }] }]);
  });
  test('is not touched by another person’s plan with the same id', () => {
    const foreign = visitPlanEvents.VisitPlanned({ ...planned.data, personId: bob });
    const dropped = visitPlanEvents.PlannedVisitDropped({
      personId: bob,
      date: today,
      visitId,
      reason: 'Mine.',
    });
    const rows = foldedFrom(visit, [
      ...inStream(plan, 0, planned),
      ...inStream(`visit-plan/${bob}/${today}`, 1, foreign, dropped),
    ]);
    expect(rows).toMatchObject([{ visitId, personId: ann, state: 'planned' }]);
  });
});

describe('a plan', () => {
  test('has another hash after each change, and is a draft again', () => {
    const rowAfter = (
      ...events: Parameters<typeof inStream> extends [string, number, ...infer E] ? E : never
    ) => foldedFrom(visitPlan, inStream(plan, 0, ...events))[0]!;
    const before = rowAfter(opened, planned, submitted, signed);
    const after = rowAfter(opened, planned, submitted, signed, plannedToo);
    expect(before).toMatchObject({ status: 'signed', signerId: supervisor, comment: 'Good.', planned: 1 });
    expect(after).toMatchObject({ status: 'draft', planned: 2, docVersion: 1 });
    expect(after['docHash']).not.toBe(before['docHash']);
  });
  test('is not touched by a report of the same day', () => {
    expect(foldedFrom(visitPlan, inStream(report, 0, submitted))).toEqual([]);
  });
});

describe('a daily report', () => {
  test('stands with its figures, its signer and the judgement of the day', () => {
    const reviewed = dailyReportEvents.EfficiencyReviewed({
      ...keys,
      reviewerId: supervisor,
      judgement: 'Dear visits.',
      actions: [],
      figures: filed.data.figures,
      figuresKnownAt: 50,
    });
    expect(foldedFrom(dailyReport, inStream(report, 0, filed, submitted, signed, reviewed))).toMatchObject([
      {
        status: 'signed',
        latenessMinutes: 70,
        figuresKnownAt: 41n,
        figures: { visitsCompleted: 3 },
        reviews: [{ judgement: 'Dear visits.' }],
      },
    ]);
  });
});

describe('an obligation', () => {
  const expected = dailyReportEvents.DailyReportExpected({
    ...keys,
    dueAt: '2026-03-02T17:00:00.000Z',
    missedAt: '2026-03-03T17:00:00.000Z',
  });

  test('keeps the first filing of a report that was returned and filed again', () => {
    const again = documentEvents.DocumentSubmitted({ ...submitted.data, docVersion: 2 }, at(45));
    const rows = foldedFrom(
      reportObligation,
      inStream(report, 0, expected, filed, submitted, returned, again, signed),
    );
    expect(rows).toMatchObject([
      {
        kind: 'daily-report',
        state: 'signed',
        expected: true,
        filedAt: '2026-03-02T18:10:00.000Z',
        lastFiledAt: '2026-03-02T18:45:00.000Z',
        latenessMinutes: 70,
        versions: 2,
        returns: 1,
      },
    ]);
  });
  test('tells how long the signer took', () => {
    expect(foldedFrom(reportObligation, inStream(report, 0, filed, submitted, signed))).toMatchObject([
      { reviewLatencyMinutes: 30, expected: false },
    ]);
  });
  test('is met late after it was missed', () => {
    const missed = dailyReportEvents.DailyReportMissed({
      ...keys,
      dueAt: expected.data.dueAt,
      missedAt: expected.data.missedAt,
    });
    expect(foldedFrom(reportObligation, inStream(report, 0, expected, missed))).toMatchObject([
      { state: 'missed', filedAt: null },
    ]);
    expect(
      foldedFrom(reportObligation, inStream(report, 0, expected, missed, filed, submitted)),
    ).toMatchObject([{ state: 'filed' }]);
  });
  test('of a plan is missed when the day closes without one', () => {
    const planExpected = visitPlanEvents.VisitPlanExpected({ ...keys, dueAt: '2026-03-02T08:00:00.000Z' });
    expect(foldedFrom(reportObligation, inStream(plan, 0, planExpected, closed))).toMatchObject([
      { kind: 'visit-plan', state: 'missed' },
    ]);
    expect(foldedFrom(reportObligation, inStream(plan, 0, opened, closed))).toEqual([]);
  });
});

describe('a day sheet', () => {
  test('adds up what was planned, done, sold and spent', () => {
    const unplanned = visitEvents.VisitEnded({
      ...ended.data,
      visitId: idOf('unplanned visit'),
      planned: false,
      outcome: 'effective',
      endedAt: '2026-03-02T15:00:00.000Z',
    });
    const order = orderEvents.OrderTaken({ ...taken.data, orderedOn: today });
    const call = callLogEvents.CallLogged({
      ...keys,
      callId: idOf('call'),
      calledAt: '2026-03-02T07:30:00.000Z',
      customerId,
      direction: 'outgoing',
      channel: 'phone',
      seconds: 60,
      resultCode: 'reached',
    });
    const rows = foldedFrom(daySheet, [
      ...inStream(plan, 0, opened, planned, plannedToo),
      ...inStream(`visit/${visitId}`, 3, started, cost, collected, promised, ended, approved, unplanned),
      ...inStream(`call-log/${ann}/${today}`, 10, call),
      ...inStream(`order/${idOf('order')}`, 11, order),
      ...inStream(plan, 12, closed),
      ...inStream(report, 13, filed, submitted, signed),
    ]);
    expect(rows).toMatchObject([
      {
        planState: 'draft',
        planned: 2,
        completed: 2,
        missed: 1,
        unplanned: 1,
        effective: 2,
        ordersCount: 1,
        ordersNetMinor: 1_000n,
        collectionsMinor: 5_000n,
        calls: 1,
        costMinor: 550n,
        currency: 'EUR',
        firstActivityAt: '2026-03-02T07:30:00.000Z',
        lastActivityAt: '2026-03-02T15:00:00.000Z',
        reportState: 'signed',
        signOffMinutes: 30,
      },
    ]);
  });
  test('takes a cancelled order back', () => {
    const order = orderEvents.OrderTaken({ ...taken.data, orderedOn: today });
    const cancelled = orderEvents.OrderCancelled({ ...order.data, on: today, reason: 'Too late.' });
    expect(foldedFrom(daySheet, inStream('order/1', 0, order, cancelled))).toMatchObject([
      { ordersCount: 0, ordersNetMinor: 0n },
    ]);
  });
  test('no longer misses a visit that came in after the day was closed', () => {
    const late = visitEvents.VisitStarted({ ...started.data, visitId: otherId });
    expect(
      foldedFrom(daySheet, [
        ...inStream(plan, 0, planned, plannedToo, closed),
        ...inStream('visit/1', 3, late),
      ]),
    ).toMatchObject([{ missed: 0 }]);
  });
});

describe('the chain of signatures', () => {
  const next = { ...link, previous: signed.data.chainHash, comment: 'Good, again.' };
  const again = documentEvents.DocumentSignedOff({ ...of, ...next, chainHash: chainHashOf(next) }, at(55));
  const chain = () =>
    foldedFrom(signature, inStream(plan, 0, signed, voided, again)) as unknown as readonly z.output<
      typeof signature.row
    >[];

  test('verifies while nothing was changed', () => {
    expect(verified(chain()).map((entry) => [entry.verified, entry.voidReason])).toEqual([
      [true, 'By mistake.'],
      [true, null],
    ]);
  });
  test('does not verify when a comment was changed', () => {
    const [first, second] = chain();
    expect(verified([{ ...first!, comment: 'Bad.' }, second!]).map((entry) => entry.verified)).toEqual([
      false,
      true,
    ]);
  });
  test('does not verify when a link is gone', () => {
    expect(verified(chain().slice(1)).map((entry) => entry.verified)).toEqual([false]);
  });
});

describe('the signer’s queue', () => {
  const delegated = organisationEvents.SignOffDelegated({
    delegationId: idOf('delegation'),
    fromPositionId: idOf('office'),
    toPositionId: idOf('other office'),
    documentKinds: ['visit-plan'],
    from: today,
    to: '2026-03-10',
    reason: 'Holiday.',
  });
  const lines = organisationAfter(...staff, delegated);

  test('holds the documents of everybody below', () => {
    expect(authorsFor(lines, supervisor, 'daily-report', today)).toEqual([ann, bob]);
    expect(authorsFor(lines, manager, 'daily-report', today)).toEqual([supervisor, stranger, ann, bob]);
    expect(authorsFor(lines, ann, 'daily-report', today)).toEqual([]);
  });
  test('holds what was delegated, for its kind and its days', () => {
    expect(authorsFor(lines, stranger, 'visit-plan', today)).toEqual([ann, bob]);
    expect(authorsFor(lines, stranger, 'daily-report', today)).toEqual([]);
    expect(authorsFor(lines, stranger, 'visit-plan', '2026-03-10')).toEqual([]);
  });
});

describe('the timeline', () => {
  test('has a row for everybody and everything that an event is about', () => {
    expect(subjectsOf({ position: 7, data: taken.data }).map(({ subjectKind }) => subjectKind)).toEqual([
      'customer',
      'person',
      'order',
    ]);
    expect(foldedFrom(timeline, inStream(report, 0, signed))).toMatchObject([
      { subjectKind: 'person', subjectId: ann, personId: ann, data: { kind: 'daily-report' } },
      { subjectKind: 'person', subjectId: supervisor, personId: ann },
    ]);
  });
  test('tells events in sentences', () => {
    const names = new Map([
      [ann, 'Ann'],
      [customerId, 'Blue Door'],
      [supervisor, 'Sue'],
    ]);
    const nameOf = (id: string | null | undefined) => (id && names.get(id)) || 'somebody';
    const told = ({ type, data }: { readonly type: string; readonly data: unknown }) =>
      sentenceOf({ type, data, stream: 'visit-plan/x' }, nameOf);
    expect(told(ended)).toBe('Ann ended the visit to Blue Door after 3 minutes: ineffective.');
    expect(told(taken)).toBe('Ann took an order of 10.00 EUR from Blue Door.');
    expect(told(signed)).toBe('Sue signed the plan of 2026-03-02 by Ann: Good.');
    expect(told({ type: 'SomethingNewHappened', data: {} })).toBe('Something new happened.');
  });
  test('writes money with the digits of its currency', () => {
    expect(moneyText({ amountMinor: '5', currency: 'EUR' })).toBe('0.05 EUR');
    expect(moneyText({ amountMinor: '-12345', currency: 'KWD' })).toBe('-12.345 KWD');
    expect(moneyText({ amountMinor: '1200', currency: 'JPY' })).toBe('1200 JPY');
  });
});
