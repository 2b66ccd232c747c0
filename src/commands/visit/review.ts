import { forbidden, reject } from '../../engine/decision.ts';
import { Comment, occurred, VisitId } from '../../events/values.ts';
import { CorrectionSubject, VisitExceptionKind, visitEvents } from '../../events/visit.ts';
import { policy, policyOn, policyVersionOn } from '../policy.ts';
import { outcomeOf } from './effectiveness.ts';
import { isRefused, ofVisit, recordable, recordRejects, visitUnknown } from './record.ts';
import { visit } from './state.ts';

const { VisitExceptionApproved, VisitCorrected } = visitEvents;

export const approveVisitException = visit.command({
  name: 'ApproveVisitException',
  summary: 'Approve what is out of the ordinary about a visit; one that has ended is judged anew.',
  permission: 'visit:approve',
  path: '/visits/:visitId/approve-exception',
  input: { visitId: VisitId, kind: VisitExceptionKind, note: Comment, ...occurred },
  emits: ['VisitExceptionApproved'],
  rejects: {
    ...recordRejects,
    ownException: forbidden('Nobody approves an exception of their own.'),
  },
  subject: ofVisit,
  reads: () => ({ policy: policy.ref() }),
  decide: (state, { visitId, kind, note }, { reads, actor }) => {
    const keys = recordable(state, visitId, true);
    if (isRefused(keys)) return keys;
    if (actor.personId === undefined || actor.personId === keys.personId) return reject('ownException');
    if (state.exceptions.includes(kind)) return [];
    const rule = policyOn(reads.policy, 'visit-effectiveness', keys.date);
    const exceptions = [...state.exceptions, kind];
    const verdict = state.status === 'ended' && {
      formerOutcome: state.outcome,
      outcome: outcomeOf({ ...state, exceptions }, rule),
      ruleVersion: policyVersionOn(reads.policy, 'visit-effectiveness', keys.date),
    };
    return [VisitExceptionApproved({ ...keys, kind, approvedBy: actor.personId, note, ...verdict })];
  },
});

export const correctVisit = visit.command({
  name: 'CorrectVisit',
  summary: 'Correct what was written about a visit that is over; what was written before stays readable.',
  permission: 'visit:write',
  path: '/visits/:visitId/correct',
  input: {
    visitId: VisitId,
    subject: CorrectionSubject,
    text: Comment.describe('What it should say.'),
    reason: Comment,
    ...occurred,
  },
  emits: ['VisitCorrected'],
  rejects: { ...visitUnknown, visitNotOver: 'The visit is not over; record what is true.' },
  subject: ofVisit,
  decide: ({ status, personId, customerId, date }, { visitId, subject, text, reason }) => {
    if (status === 'absent' || personId === undefined) return reject('visitUnknown');
    if (status !== 'ended' && status !== 'missed') return reject('visitNotOver');
    return [VisitCorrected({ visitId, personId, customerId, date, subject, text, reason })];
  },
});
