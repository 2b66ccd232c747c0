import { describe, expect, test } from 'vitest';
import { commands } from '../../src/commands/index.ts';
import type { Command } from '../../src/engine/decision.ts';
import { strict } from '../../src/engine/input.ts';
import { calendarEvents } from '../../src/events/calendar.ts';
import { contractEvents } from '../../src/events/contract.ts';
import { dailyReportEvents } from '../../src/events/daily-report.ts';
import { documentEvents } from '../../src/events/document.ts';
import { evaluationEvents } from '../../src/events/evaluation.ts';
import { visitEvents } from '../../src/events/visit.ts';
import { visitPlanEvents } from '../../src/events/visit-plan.ts';
import { deadline } from '../../src/projections/deadline.ts';
import { ann, customerId, manager, supervisor, today } from '../support/commerce.ts';
import { foldedFrom, inStream } from '../support/folded.ts';
import { idOf } from '../support/given.ts';

const keys = { personId: ann, date: today };
const of = { authorId: ann, date: today };
const plan = `visit-plan/${ann}/${today}`;
const report = `daily-report/${ann}/${today}`;
const dueAt = '2026-03-02T08:00:00.000Z';
const missedAt = '2026-03-03T17:00:00.000Z';
const signOffDueAt = '2026-03-03T08:00:00.000Z';
const planExpected = visitPlanEvents.VisitPlanExpected({ ...keys, dueAt });
const reportExpected = dailyReportEvents.DailyReportExpected({ ...keys, dueAt, missedAt });
const submitted = documentEvents.DocumentSubmitted({
  ...of,
  docVersion: 1,
  dueAt,
  latenessMinutes: 0,
  completenessBp: 10_000,
  signOffDueAt,
});
const hash = { docVersion: 1, docHash: '0'.repeat(64) };
const signed = documentEvents.DocumentSignedOff({
  ...of,
  ...hash,
  signerId: supervisor,
  previous: null,
  chainHash: '1'.repeat(64),
});
const started = visitEvents.VisitStarted({
  ...keys,
  visitId: idOf('visit'),
  customerId,
  planned: true,
  startedAt: dueAt,
  offline: false,
  leftOpenAt: '2026-03-02T23:00:00.000Z',
});
const due = (...streams: readonly ReturnType<typeof inStream>[]) =>
  foldedFrom(deadline, streams.flat()).map(({ key }) => key);

describe('the deadlines', () => {
  test('begin with the next business day', () => {
    const opened = calendarEvents.BusinessDayOpened({
      date: today,
      nextOpeningAt: '2026-03-02T23:00:00.000Z',
    });
    expect(foldedFrom(deadline, inStream('calendar', 0, opened))).toMatchObject([
      { key: 'open-business-day', command: 'OpenBusinessDay', input: { date: '2026-03-03' } },
    ]);
  });
  test('hold an expected plan until it is submitted, and then its signature', () => {
    expect(due(inStream(plan, 0, planExpected))).toEqual([`visit-plan-due/${ann}/${today}`]);
    expect(due(inStream(plan, 0, planExpected, submitted))).toEqual([`sign-off-due/${plan}`]);
    expect(due(inStream(plan, 0, planExpected, submitted, signed))).toEqual([]);
  });
  test('hold an overdue report until it counts as missed', () => {
    const overdue = dailyReportEvents.DailyReportOverdue({ ...keys, dueAt });
    const missed = dailyReportEvents.DailyReportMissed({ ...keys, dueAt, missedAt });
    expect(due(inStream(report, 0, reportExpected))).toHaveLength(2);
    expect(due(inStream(report, 0, reportExpected, overdue))).toEqual([
      `daily-report-missed/${ann}/${today}`,
    ]);
    expect(due(inStream(report, 0, reportExpected, overdue, missed))).toEqual([]);
    expect(due(inStream(report, 0, reportExpected, submitted))).toEqual([`sign-off-due/${report}`]);
  });
  test('drop the signature of a plan that is changed after it was submitted', () => {
    const dropped = visitPlanEvents.PlannedVisitDropped({ ...keys, visitId: idOf('visit'), reason: 'Away.' });
    expect(due(inStream(plan, 0, planExpected, submitted, dropped))).toEqual([]);
  });
  test('hold the signature again when one is voided', () => {
    const voided = documentEvents.SignOffVoided({
      ...of,
      docVersion: 1,
      chainHash: '1'.repeat(64),
      voidedBy: manager,
      reason: 'By mistake.',
      signOffDueAt: missedAt,
    });
    expect(foldedFrom(deadline, inStream(plan, 0, submitted, signed, voided))).toMatchObject([
      { command: 'MarkSignOffOverdue', dueAt: missedAt, personId: ann },
    ]);
  });
  test('hold a reviewed evaluation until it is final, and not while a dispute is open', () => {
    const { EvaluationReviewed, EvaluationDisputed, DisputeResolved, EvaluationFinalised } = evaluationEvents;
    const of = { personId: ann, periodId: 'FY2026-M02' };
    const stream = `evaluation/${ann}/FY2026-M02`;
    const finalAt = '2026-03-08T23:00:00.000Z';
    const reviewed = EvaluationReviewed({
      ...of,
      reviewerId: supervisor,
      adjustments: [],
      totalBp: 1,
      finalAt,
    });
    const disputed = EvaluationDisputed({ ...of, kpi: 'call_volume', claim: 'No.', evidence: [] });
    const resolved = DisputeResolved({
      ...{ ...of, kpi: 'call_volume', outcome: 'rejected', deltaBp: 0, reason: 'Yes.' },
      ...{ resolverId: manager, totalBp: 1, finalAt },
    } as const);
    const final = EvaluationFinalised({ ...of, totalBp: 1, docHash: '0'.repeat(64) });
    expect(foldedFrom(deadline, inStream(stream, 0, reviewed))).toMatchObject([
      { key: `evaluation-final/${ann}/FY2026-M02`, dueAt: finalAt, command: 'FinaliseEvaluation', input: of },
    ]);
    expect(due(inStream(stream, 0, reviewed, disputed))).toEqual([]);
    expect(due(inStream(stream, 0, reviewed, disputed, resolved))).toHaveLength(1);
    expect(due(inStream(stream, 0, reviewed, disputed, resolved, final))).toEqual([]);
  });
  test('hold a visit until somebody checks out', () => {
    const ended = visitEvents.VisitEnded({
      ...started.data,
      endedAt: missedAt,
      minutes: 30,
      outcome: 'effective',
      ruleVersion: 0,
    });
    const stream = `visit/${idOf('visit')}`;
    expect(due(inStream(stream, 0, started))).toEqual([`visit-left-open/${idOf('visit')}`]);
    expect(due(inStream(stream, 0, started, ended))).toEqual([]);
  });
  test('hold the renewal of the present term until it is due or the contract lapses', () => {
    const stream = `contract/${idOf('contract')}`;
    const term = {
      contractId: idOf('contract'),
      customerId,
      responsible: ann,
      term: 1,
      termFrom: today,
      termTo: today,
    };
    const signing = { ...term, on: today, value: { amountMinor: '1', currency: 'EUR' }, dueAt };
    const signed = contractEvents.ContractSigned(signing);
    const renewed = contractEvents.ContractRenewed({ ...signing, term: 2, dueAt: missedAt });
    expect(foldedFrom(deadline, inStream(stream, 0, signed, renewed))).toMatchObject([
      { key: `renewal-due/${term.contractId}`, command: 'MarkRenewalDue', dueAt: missedAt },
    ]);
    expect(due(inStream(stream, 0, signed, contractEvents.RenewalDue({ ...term, dueAt })))).toEqual([]);
    const lapsed = contractEvents.ContractLapsed({ ...term, on: today, reason: 'Over.' });
    expect(due(inStream(stream, 0, signed, lapsed))).toEqual([]);
  });
  test('name commands that accept their input', () => {
    const rows = foldedFrom(deadline, [
      ...inStream('calendar', 0, calendarEvents.BusinessDayOpened({ date: today, nextOpeningAt: dueAt })),
      ...inStream(plan, 1, planExpected),
      ...inStream(report, 2, reportExpected),
      ...inStream(`visit-plan/${supervisor}/${today}`, 3, submitted),
      ...inStream(`visit/${idOf('visit')}`, 4, started),
    ]);
    expect(rows).toHaveLength(6);
    for (const row of rows) {
      const command = (commands as readonly Command[]).find(({ name }) => name === row['command']);
      expect(
        strict(command!.input).safeParse({ ...(row['input'] as object), occurredAt: row['dueAt'] }).error,
      ).toBeUndefined();
    }
  });
});
