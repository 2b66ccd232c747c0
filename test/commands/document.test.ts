import { describe, expect, test } from 'vitest';
import { dailyReport } from '../../src/commands/daily-report/state.ts';
import {
  markSignOffOverdue,
  returnDocument,
  signOff,
  totalBpOf,
  voidSignOff,
} from '../../src/commands/document/sign-off.ts';
import { organisation } from '../../src/commands/organisation/state.ts';
import { visitPlan } from '../../src/commands/visit-plan/state.ts';
import type { StreamRef } from '../../src/engine/decision.ts';
import type { NewEvent } from '../../src/engine/event.ts';
import { chainHashOf, documentEvents, documentHash } from '../../src/events/document.ts';
import { organisationEvents } from '../../src/events/organisation.ts';
import { visitPlanEvents } from '../../src/events/visit-plan.ts';
import { ann, bob, manager, staff, stranger, supervisor, today } from '../support/commerce.ts';
import { given, idOf, stateAfter } from '../support/given.ts';
import { system } from '../support/organisation.ts';
import { filed } from '../support/report.ts';

const { DocumentSubmitted, DocumentSignedOff, DocumentReturned, SignOffVoided, SignOffOverdue } =
  documentEvents;

const date = today;
const of = { authorId: ann, date };
const signOffDueAt = '2026-03-03T08:00:00.000Z';
const submitted = DocumentSubmitted({
  ...of,
  docVersion: 1,
  dueAt: '2026-03-02T08:00:00.000Z',
  latenessMinutes: 0,
  completenessBp: 10_000,
  signOffDueAt,
});
const planned = visitPlanEvents.VisitPlanned({
  personId: ann,
  date,
  visitId: idOf('visit'),
  sequence: 1,
  window: { start: '09:00', end: '10:00' },
  purposes: ['service'],
  prospectName: 'Green Gate',
});
const changed = visitPlanEvents.PlannedVisitChanged({
  personId: ann,
  date,
  visitId: idOf('visit'),
  purposes: ['ordering'],
  reason: 'They want to order.',
});

/** The hash that a document has after these events, as `given` folds them. */
const hashAfter = (
  ref: StreamRef<{ readonly document: { readonly contentHashes: readonly string[] } }>,
  ...events: readonly NewEvent[]
) => documentHash(stateAfter(ref, events).document.contentHashes);
const planHash = hashAfter(visitPlan.ref(ann, date), planned);
const changedHash = hashAfter(visitPlan.ref(ann, date), planned, submitted, changed);
const reportHash = hashAfter(dailyReport.ref(ann, date), filed);

const by = (personId: string) => ({ actor: { personId } });
const boss = by(supervisor);
const plan = { kind: 'visit-plan', key: `${ann}~${date}` };
const report = { kind: 'daily-report', key: `${ann}~${date}` };
const story = (...own: readonly NewEvent[]) => given(...own).and(organisation.ref(), ...staff);

const link = { previous: null, docHash: planHash, docVersion: 1, signerId: supervisor };
const signed = DocumentSignedOff({ ...of, ...link, chainHash: chainHashOf(link) });
const delegated = organisationEvents.SignOffDelegated({
  delegationId: idOf('delegation'),
  fromPositionId: idOf('office'),
  toPositionId: idOf('other office'),
  documentKinds: ['visit-plan'],
  from: today,
  to: '2026-03-10',
  reason: 'Holiday.',
});
const scores = {
  completeness: 4,
  specificity: 3,
  market_insight: 2,
  next_steps: 1,
  consistency_with_visits: 0,
};

describe('SignOff', () => {
  test('signs the plan of somebody below', () => {
    story(planned, submitted)
      .when(signOff, { ...plan, docHash: planHash }, boss)
      .thenEmits(signed);
  });
  test('takes the key with a slash as well', () => {
    story(planned, submitted)
      .when(signOff, { ...plan, key: `${ann}/${date}`, docHash: planHash }, boss)
      .thenEmits(signed);
  });
  test('signs a report with comment and scores', () => {
    const verdict = story(filed, submitted).when(
      signOff,
      { ...report, docHash: reportHash, comment: 'Well done.', scores },
      boss,
    );
    expect(verdict.events[0]?.data).toMatchObject({
      comment: 'Well done.',
      quality: { rubricVersion: 1, scores, totalBp: 5_000 },
    });
  });
  test('lets everybody in the upward line sign', () => {
    const verdict = story(planned, submitted).when(signOff, { ...plan, docHash: planHash }, by(manager));
    expect(verdict.events[0]?.data).toMatchObject({ signerId: manager });
  });
  test('lets a delegate sign in somebody’s place', () => {
    const verdict = story(planned, submitted)
      .and(organisation.ref(), delegated)
      .when(signOff, { ...plan, docHash: planHash }, by(stranger));
    expect(verdict.events[0]?.data).toMatchObject({ signerId: stranger, onBehalfOf: supervisor });
  });
  test('links to the signature before, even when that was voided', () => {
    const voided = SignOffVoided({
      ...of,
      docVersion: 1,
      chainHash: signed.data.chainHash,
      voidedBy: manager,
      reason: 'By mistake.',
      signOffDueAt,
    });
    const verdict = story(planned, submitted, signed, voided).when(
      signOff,
      { ...plan, docHash: planHash },
      boss,
    );
    expect(verdict.events[0]?.data).toMatchObject({ previous: signed.data.chainHash });
  });
  test('says nothing when this version is signed', () => {
    story(planned, submitted, signed)
      .when(signOff, { ...plan, docHash: planHash }, boss)
      .thenNothing();
  });
  test('refuses the author', () => {
    story(planned, submitted)
      .when(signOff, { ...plan, docHash: planHash }, by(ann))
      .thenRejects('selfSignOff');
  });
  test('refuses somebody outside the line', () => {
    story(planned, submitted)
      .when(signOff, { ...plan, docHash: planHash }, by(stranger))
      .thenRejects('outsideLine');
  });
  test('refuses a delegate for another kind of document', () => {
    story(filed, submitted)
      .and(organisation.ref(), delegated)
      .when(signOff, { ...report, docHash: reportHash, comment: 'Good.', scores }, by(stranger))
      .thenRejects('outsideLine');
  });
  test('refuses a document that is not submitted', () => {
    story(planned)
      .when(signOff, { ...plan, docHash: planHash }, boss)
      .thenRejects('notSubmitted');
  });
  test('refuses a document that was changed after it was signed', () => {
    story(planned, submitted, signed, changed)
      .when(signOff, { ...plan, docHash: planHash }, boss)
      .thenRejects('notSubmitted');
  });
  test('refuses the hash of a former version', () => {
    const again = DocumentSubmitted({ ...submitted.data, docVersion: 2 });
    story(planned, submitted, changed, again)
      .when(signOff, { ...plan, docHash: planHash }, boss)
      .thenRejects('staleDocument');
    expect(changedHash).not.toBe(planHash);
  });
  test('refuses a report without a comment', () => {
    story(filed, submitted)
      .when(signOff, { ...report, docHash: reportHash, scores }, boss)
      .thenRejects('commentMissing');
  });
  test('refuses a report without a score for every item', () => {
    story(filed, submitted)
      .when(signOff, { ...report, docHash: reportHash, comment: 'Good.', scores: { completeness: 4 } }, boss)
      .thenRejects('scoresMissing');
  });
});

describe('Return', () => {
  const input = { ...plan, docHash: planHash, comment: 'Too few.' };
  const returned = DocumentReturned({
    ...of,
    docVersion: 1,
    docHash: planHash,
    signerId: supervisor,
    comment: 'Too few.',
    issues: [],
  });

  test('sends a document back', () => {
    story(planned, submitted).when(returnDocument, input, boss).thenEmits(returned);
  });
  test('says nothing twice', () => {
    story(planned, submitted, returned).when(returnDocument, input, boss).thenNothing();
  });
  test('refuses the author', () => {
    story(planned, submitted).when(returnDocument, input, by(ann)).thenRejects('selfSignOff');
  });
  test('refuses somebody outside the line', () => {
    story(planned, submitted).when(returnDocument, input, by(bob)).thenRejects('outsideLine');
  });
  test('refuses a document that is not submitted', () => {
    story(planned).when(returnDocument, input, boss).thenRejects('notSubmitted');
  });
  test('refuses the hash of another version', () => {
    story(planned, submitted)
      .when(returnDocument, { ...input, docHash: changedHash }, boss)
      .thenRejects('staleDocument');
  });
});

describe('VoidSignOff', () => {
  const input = { ...plan, reason: 'By mistake.' };
  const voided = SignOffVoided({
    ...of,
    docVersion: 1,
    chainHash: signed.data.chainHash,
    voidedBy: manager,
    reason: 'By mistake.',
    signOffDueAt: '2026-03-03T08:00:00.000Z',
  });

  test('takes a signature off and asks for another', () => {
    story(planned, submitted, signed).when(voidSignOff, input, by(manager)).thenEmits(voided);
  });
  test('says nothing twice', () => {
    story(planned, submitted, signed, voided).when(voidSignOff, input, by(manager)).thenNothing();
  });
  test('refuses a document that is not signed', () => {
    story(planned, submitted).when(voidSignOff, input, by(manager)).thenRejects('notSigned');
  });
  test('refuses the author', () => {
    story(planned, submitted, signed).when(voidSignOff, input, by(ann)).thenRejects('selfSignOff');
  });
  test('refuses whoever signed', () => {
    story(planned, submitted, signed).when(voidSignOff, input, boss).thenRejects('ownSignOff');
  });
  test('refuses somebody above neither author nor signer', () => {
    story(planned, submitted, signed).when(voidSignOff, input, by(stranger)).thenRejects('outsideLine');
  });
});

describe('MarkSignOffOverdue', () => {
  const input = { ...plan, occurredAt: signOffDueAt };
  const overdue = SignOffOverdue({
    ...of,
    docVersion: 1,
    dueAt: signOffDueAt,
    signerIds: [supervisor, manager],
  });

  test('names those who could have signed, nearest first', () => {
    story(planned, submitted).when(markSignOffOverdue, input, system).thenEmits(overdue);
  });
  test('marks once', () => {
    story(planned, submitted, overdue).when(markSignOffOverdue, input, system).thenNothing();
  });
  test('says nothing when the document is signed', () => {
    story(planned, submitted, signed).when(markSignOffOverdue, input, system).thenNothing();
  });
  test('says nothing before the signature is due', () => {
    story(planned, submitted).when(markSignOffOverdue, plan, system).thenNothing();
  });
});

test('the total of the scores is exact to the last basis point', () => {
  const weights = {
    completeness: 3_333,
    specificity: 3_333,
    market_insight: 3_334,
    next_steps: 0,
    consistency_with_visits: 0,
  };
  expect(totalBpOf(weights, { ...scores, completeness: 1, specificity: 1, market_insight: 1 })).toBe(2_500);
  expect(totalBpOf(weights, { ...scores, completeness: 1, specificity: 0, market_insight: 0 })).toBe(833);
});
