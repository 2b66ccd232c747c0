import { describe, expect, test } from 'vitest';
import {
  expectDailyReport,
  markReportMissed,
  markReportOverdue,
} from '../../src/commands/daily-report/clock.ts';
import { amendReport, fileReport, recordEfficiencyReview } from '../../src/commands/daily-report/report.ts';
import { organisation } from '../../src/commands/organisation/state.ts';
import { person } from '../../src/commands/person.ts';
import { visit } from '../../src/commands/visit/state.ts';
import type { NewEvent } from '../../src/engine/event.ts';
import { strict } from '../../src/engine/input.ts';
import { dailyReportEvents } from '../../src/events/daily-report.ts';
import { documentEvents } from '../../src/events/document.ts';
import { personEvents } from '../../src/events/person.ts';
import { visitEvents } from '../../src/events/visit.ts';
import { ann, bob, customerId, manager, staff, stranger, supervisor, today } from '../support/commerce.ts';
import { given, idOf } from '../support/given.ts';
import { system } from '../support/organisation.ts';
import { figures, filed, sections } from '../support/report.ts';

const {
  DailyReportExpected,
  DailyReportAmended,
  DailyReportOverdue,
  DailyReportMissed,
  DailyReportExcused,
  EfficiencyReviewed,
} = dailyReportEvents;
const { DocumentSubmitted, DocumentSignedOff, DocumentReturned } = documentEvents;

const keys = { personId: ann, date: today };
const dueAt = '2026-03-02T17:00:00.000Z';
const missedAt = '2026-03-03T17:00:00.000Z';
const evening = '2026-03-02T16:30:00.000Z';
const known = { facts: figures, factsPosition: 41, now: evening };
const submitted = DocumentSubmitted({
  authorId: ann,
  date: today,
  docVersion: 1,
  dueAt,
  latenessMinutes: 0,
  completenessBp: 5_000,
  signOffDueAt: '2026-03-03T16:30:00.000Z',
});
const signature = { docVersion: 1, docHash: '0'.repeat(64), signerId: supervisor };
const signed = DocumentSignedOff({
  authorId: ann,
  date: today,
  ...signature,
  previous: null,
  chainHash: '1'.repeat(64),
});
const returned = DocumentReturned({
  authorId: ann,
  date: today,
  ...signature,
  comment: 'What did they say?',
  issues: [],
});
const absence = personEvents.AbsenceRecorded({
  absenceId: idOf('absence'),
  personId: ann,
  from: today,
  to: today,
  kind: 'sick',
  halfDay: false,
});
const expected = DailyReportExpected({ ...keys, dueAt, missedAt });
const input = { ...keys, ...sections };
const visitId = idOf('visit');
const visited = visitEvents.VisitStarted({
  visitId,
  ...keys,
  customerId,
  planned: true,
  startedAt: '2026-03-02T08:00:00.000Z',
  offline: false,
  leftOpenAt: '2026-03-02T23:00:00.000Z',
});
const story = (...own: readonly NewEvent[]) => given(...own).and(organisation.ref(), ...staff);

describe('FileReport', () => {
  test('files the report with the figures of the log and submits it', () => {
    story(expected).when(fileReport, input, known).thenEmits(filed, submitted);
  });
  test('keeps what the author states beside what the log says', () => {
    const stated = { visitsCompleted: 5, ordersNetMinor: '100000', calls: 3 };
    const verdict = story(expected).when(fileReport, { ...input, stated }, known);
    expect(verdict.events[0]?.data).toMatchObject({
      figures,
      figuresKnownAt: 41,
      stated,
      discrepancies: [
        { figure: 'visitsCompleted', stated: '5', computed: '3', difference: '2' },
        { figure: 'calls', stated: '3', computed: '4', difference: '-1' },
      ],
    });
  });
  test('compares what the author states of a target', () => {
    const targetId = idOf('target');
    const achievement = [
      { targetId, measure: 'visits' as const, target: '100', achieved: '3', periodToDate: '40' },
    ];
    const stated = {
      achievement: [
        { targetId, achieved: '4' },
        { targetId: idOf('no target'), achieved: '1' },
      ],
    };
    const verdict = story(expected).when(
      fileReport,
      { ...input, stated },
      { ...known, facts: { ...figures, achievement } },
    );
    expect(verdict.events[0]?.data).toMatchObject({
      discrepancies: [
        { figure: `achievement/${targetId}`, stated: '4', computed: '3', difference: '1' },
        { figure: `achievement/${idOf('no target')}`, stated: '1', computed: null, difference: null },
      ],
    });
  });
  test('counts the minutes by which it is late', () => {
    const verdict = story(expected).when(fileReport, input, { ...known, now: '2026-03-02T17:42:10.000Z' });
    expect(verdict.events[1]?.data).toMatchObject({ latenessMinutes: 42 });
  });
  test('counts them by our clock, whatever the author says', () => {
    const verdict = story(expected).when(
      fileReport,
      { ...input, occurredAt: evening },
      { ...known, now: '2026-03-02T18:00:00.000Z' },
    );
    expect(verdict.events[1]?.data).toMatchObject({ latenessMinutes: 60 });
  });
  test('reports on visits of the day', () => {
    const verdict = story(expected)
      .and(visit.ref(visitId), visited)
      .when(fileReport, { ...input, visitResults: [{ visitId, summary: 'They try it.' }] }, known);
    expect(verdict.events).toHaveLength(2);
  });
  test('refuses a visit that is none of that person and day', () => {
    story(expected)
      .when(fileReport, { ...input, visitResults: [{ visitId, summary: 'They try it.' }] }, known)
      .thenRejects('visitUnknown');
  });
  test('refuses a second report of the day', () => {
    story(filed, submitted).when(fileReport, input, known).thenRejects('alreadyFiled');
  });
  test('refuses somebody who is not employed', () => {
    given().when(fileReport, input, known).thenRejects('personUnknown');
  });
  test('refuses a day that is to come', () => {
    story()
      .when(fileReport, { ...input, date: '2026-03-03' }, known)
      .thenRejects('dayInFuture');
  });
  test('refuses a day that is too long ago', () => {
    story()
      .when(fileReport, { ...input, date: '2026-02-20' }, known)
      .thenRejects('backDatedTooFar');
  });
  test('refuses a day of absence', () => {
    story().and(person.ref(ann), absence).when(fileReport, input, known).thenRejects('personAbsent');
  });
  test('does not accept a report without attendance', () => {
    const { attendance: _, ...without } = input;
    expect(strict(fileReport.input).safeParse(without).success).toBe(false);
  });
});

describe('AmendReport', () => {
  const amended = DailyReportAmended({
    ...keys,
    docVersion: 2,
    ...sections,
    experience: 'Ask twice.',
    figures,
    figuresKnownAt: 41,
    stated: null,
    discrepancies: [],
    reason: 'I forgot something.',
  });
  const resubmitted = DocumentSubmitted({ ...submitted.data, docVersion: 2 });
  const change = { ...input, experience: 'Ask twice.', reason: 'I forgot something.' };

  test('replaces a report that was returned and submits it anew', () => {
    story(expected, filed, submitted, returned)
      .when(amendReport, change, known)
      .thenEmits(amended, resubmitted);
  });
  test('replaces a report that is not signed yet', () => {
    story(expected, filed, submitted).when(amendReport, change, known).thenEmits(amended, resubmitted);
  });
  test('refuses a report that is signed', () => {
    story(filed, submitted, signed).when(amendReport, change, known).thenRejects('alreadySigned');
  });
  test('refuses a report that was not filed', () => {
    story(expected).when(amendReport, change, known).thenRejects('notFiled');
  });
  test('refuses a visit that is none of that person and day', () => {
    story(filed, submitted)
      .when(amendReport, { ...change, visitResults: [{ visitId, summary: 'They try it.' }] }, known)
      .thenRejects('visitUnknown');
  });
});

describe('RecordEfficiencyReview', () => {
  const review = { ...keys, judgement: 'Dear visits.', actions: ['Combine the tours.'] };
  const boss = { ...known, actor: { personId: supervisor } };

  test('records a supervisor’s judgement with the figures of the day', () => {
    story(filed, submitted)
      .when(recordEfficiencyReview, review, boss)
      .thenEmits(
        EfficiencyReviewed({
          ...keys,
          reviewerId: supervisor,
          judgement: 'Dear visits.',
          actions: ['Combine the tours.'],
          figures,
          figuresKnownAt: 41,
        }),
      );
  });
  test('lets everybody above review', () => {
    const verdict = story(filed, submitted).when(recordEfficiencyReview, review, {
      ...known,
      actor: { personId: manager },
    });
    expect(verdict.events).toHaveLength(1);
  });
  test('refuses a day without a report', () => {
    story(expected).when(recordEfficiencyReview, review, boss).thenRejects('notFiled');
  });
  test('refuses the person whose day it was', () => {
    story(filed, submitted)
      .when(recordEfficiencyReview, review, { ...known, actor: { personId: ann } })
      .thenRejects('ownReview');
  });
  test('refuses somebody outside the line', () => {
    story(filed, submitted)
      .when(recordEfficiencyReview, review, { ...known, actor: { personId: stranger } })
      .thenRejects('outsideLine');
  });
});

describe('ExpectDailyReport', () => {
  test('expects the report of a salesperson on a working day', () => {
    story().when(expectDailyReport, keys, system).thenEmits(expected);
  });
  test('says nothing twice', () => {
    story(expected).when(expectDailyReport, keys, system).thenNothing();
  });
  test('expects nothing of somebody who is absent', () => {
    story().and(person.ref(ann), absence).when(expectDailyReport, keys, system).thenNothing();
  });
  test('expects nothing on a weekend', () => {
    story()
      .when(expectDailyReport, { ...keys, date: '2026-03-01' }, system)
      .thenNothing();
  });
  test('expects a report of each salesperson by themselves', () => {
    story()
      .when(expectDailyReport, { ...keys, personId: bob }, system)
      .thenEmits(DailyReportExpected({ ...keys, personId: bob, dueAt, missedAt }));
  });
});

describe('MarkReportOverdue', () => {
  const atDue = { ...keys, occurredAt: dueAt };

  test('marks an expected report that was not filed', () => {
    story(expected)
      .when(markReportOverdue, atDue, system)
      .thenEmits(DailyReportOverdue({ ...keys, dueAt }));
  });
  test('excuses somebody who is absent after all', () => {
    story(expected)
      .and(person.ref(ann), absence)
      .when(markReportOverdue, atDue, system)
      .thenEmits(DailyReportExcused({ ...keys, dueAt }));
  });
  test('marks once', () => {
    story(expected, DailyReportOverdue({ ...keys, dueAt }))
      .when(markReportOverdue, atDue, system)
      .thenNothing();
  });
  test('says nothing when the report was filed', () => {
    story(expected, filed, submitted).when(markReportOverdue, atDue, system).thenNothing();
  });
});

describe('MarkReportMissed', () => {
  const atMissed = { ...keys, occurredAt: missedAt };
  const overdue = DailyReportOverdue({ ...keys, dueAt });

  test('marks a report that was not filed at all', () => {
    story(expected, overdue)
      .when(markReportMissed, atMissed, system)
      .thenEmits(DailyReportMissed({ ...keys, dueAt, missedAt }));
  });
  test('excuses somebody who is absent after all', () => {
    story(expected, overdue)
      .and(person.ref(ann), absence)
      .when(markReportMissed, atMissed, system)
      .thenEmits(DailyReportExcused({ ...keys, dueAt }));
  });
  test('marks once', () => {
    story(expected, overdue, DailyReportMissed({ ...keys, dueAt, missedAt }))
      .when(markReportMissed, atMissed, system)
      .thenNothing();
  });
  test('says nothing when the report was filed late', () => {
    story(expected, overdue, filed, submitted).when(markReportMissed, atMissed, system).thenNothing();
  });
});
