import { z } from 'zod';
import { type Known, reject, to } from '../../engine/decision.ts';
import { amountOf, isSameUnit, RevisionReason, TargetValue, targetEvents } from '../../events/target.ts';
import type { TargetPlanState } from '../../events/target-plan.ts';
import { Comment, TargetId } from '../../events/values.ts';
import { calendar, isPeriodClosed } from '../calendar/state.ts';
import { organisation } from '../organisation/state.ts';
import { policy, policyOn } from '../policy.ts';
import { targetPlan } from '../target-plan/state.ts';
import { barred, childIds, outsideLine, ownTarget, subtrees } from './node.ts';
import {
  isRunning,
  lookAround,
  overAssigned,
  periodClosed,
  planNotRunning,
  revision,
  targetUnknown,
  unitDiffers,
} from './revision.ts';
import { type Assigned, holding, type TargetState, target } from './state.ts';

const { TargetAcknowledged, TargetCounterProposed, CounterProposalDecided } = targetEvents;

const responsibleOf = (_: unknown, own: TargetState): string | undefined => holding(own)?.responsible;

/** The plan of a node; undefined for a target without one. */
const planOf = (assigned: Assigned | undefined, stateOf: Known['stateOf']) =>
  assigned?.planId ? stateOf(targetPlan.ref(assigned.planId)) : undefined;

const seen: readonly TargetPlanState[] = ['in_discussion', 'approved', 'published'];

export const acknowledgeTarget = target.command({
  name: 'AcknowledgeTarget',
  summary: 'Say that one knows and accepts a target, and the parts of it that one has oneself.',
  permission: 'target:answer',
  path: '/targets/:targetId/acknowledge',
  input: { targetId: TargetId, comment: Comment.optional() },
  emits: ['TargetAcknowledged'],
  rejects: { targetUnknown, notYetDiscussed: 'The plan is not put up for discussion yet, or it is closed.' },
  subject: responsibleOf,
  reads: (_, own, __, { stateOf }) => {
    planOf(holding(own), stateOf);
    subtrees(childIds(own), stateOf, responsibleOf(undefined, own));
    return {};
  },
  decide: (own, { targetId, comment }, { stateOf }) => {
    const assigned = holding(own);
    if (!assigned) return reject('targetUnknown');
    const { responsible } = assigned;
    const plan = planOf(assigned, stateOf);
    if (plan && !seen.includes(plan.state)) return reject('notYetDiscussed');
    const acknowledged = (id: string) =>
      TargetAcknowledged({ targetId: id, responsible, ...(comment && { comment }) });
    return [
      ...(own.acknowledgement === 'acknowledged' ? [] : [acknowledged(targetId)]),
      ...subtrees(childIds(own), stateOf, responsible)
        .filter(({ state }) => state.acknowledgement === 'none')
        .map((part) => to(target.ref(part.assigned.targetId), acknowledged(part.assigned.targetId))),
    ];
  },
});

export const counterProposeTarget = target.command({
  name: 'CounterProposeTarget',
  summary: 'Propose another value for a target that one is to reach, with arguments.',
  permission: 'target:answer',
  path: '/targets/:targetId/counter-propose',
  input: { targetId: TargetId, value: TargetValue, arguments: Comment },
  emits: ['TargetCounterProposed'],
  rejects: {
    targetUnknown,
    discussionOver: 'The plan is not in discussion, or its time for that has passed.',
    unitDiffers,
  },
  subject: responsibleOf,
  reads: (_, own, __, { stateOf }) => {
    planOf(holding(own), stateOf);
    return {};
  },
  decide: (own, { targetId, value, arguments: why }, { stateOf, today }) => {
    const assigned = holding(own);
    if (!assigned) return reject('targetUnknown');
    const plan = planOf(assigned, stateOf);
    if (plan && (plan.state !== 'in_discussion' || today > plan.discussUntil!))
      return reject('discussionOver');
    if (!isSameUnit(assigned.value, value)) return reject('unitDiffers');
    if (own.counterProposal !== undefined && amountOf(own.counterProposal) === amountOf(value)) return [];
    return [TargetCounterProposed({ targetId, responsible: assigned.responsible, value, arguments: why })];
  },
});

export const decideCounterProposal = target.command({
  name: 'DecideCounterProposal',
  summary: 'Accept a counter-proposal, which revises the target, or decline it; with the reason.',
  permission: 'target:assign',
  path: '/targets/:targetId/decide-counter-proposal',
  input: {
    targetId: TargetId,
    accepted: z.boolean(),
    reason: Comment,
    revisionReason: RevisionReason.default('correction'),
  },
  emits: ['CounterProposalDecided', 'TargetRevised', 'TargetBrokenDown'],
  rejects: {
    targetUnknown,
    ownTarget,
    outsideLine,
    planNotRunning,
    periodClosed,
    noCounterProposal: 'Nobody proposes another value for this target.',
    overAssigned,
  },
  subject: responsibleOf,
  reads: (_, own, __, { stateOf }) => {
    lookAround(own, stateOf);
    return { organisation: organisation.ref(), calendar: calendar.ref(), policy: policy.ref() };
  },
  decide: (own, { targetId, accepted, reason, revisionReason }, context) => {
    const { reads, stateOf, today } = context;
    const assigned = holding(own);
    if (!assigned) return reject('targetUnknown');
    const bar = barred(reads.organisation, context, assigned.responsible);
    if (bar) return reject(bar);
    if (own.counterProposal === undefined) return reject('noCounterProposal');
    const decided = CounterProposalDecided({
      targetId,
      responsible: assigned.responsible,
      accepted,
      reason,
    });
    if (!accepted || amountOf(own.counterProposal) === amountOf(assigned.value)) return [decided];
    if (!isRunning(assigned, stateOf)) return reject('planNotRunning');
    if (isPeriodClosed(reads.calendar, assigned.period.periodId)) return reject('periodClosed');
    const { overAssignmentMaxBp } = policyOn(reads.policy, 'targets', today);
    const change = { reason: revisionReason, note: reason, effectiveFrom: today };
    const events = revision(own, own.counterProposal, change, reads.calendar, overAssignmentMaxBp, stateOf);
    return events === 'overAssigned' ? reject('overAssigned') : [...events, decided];
  },
});
