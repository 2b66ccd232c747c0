import { type Context, reject, unknown } from '../../engine/decision.ts';
import { opportunityEvents } from '../../events/opportunity.ts';
import { type ExitCriterion, MilestoneKey, type PipelineStage, StageId } from '../../events/pipeline.ts';
import { Comment, OpportunityId, occurred, VisitId } from '../../events/values.ts';
import type { PipelineState } from '../pipeline.ts';
import { liftedBy } from './lifting.ts';
import {
  barred,
  barredRejections,
  byPerson,
  changed,
  documentUnder,
  headOf,
  inside,
  type OpportunityState,
  opportunity,
  opportunityUnknown,
  pipelineAndCustomerOf,
  pipelineOf,
  stagesUnder,
  stageUnknown,
} from './state.ts';

const { MilestoneReached, StageEntered } = opportunityEvents;

export const reachMilestone = opportunity.command({
  name: 'ReachMilestone',
  summary: 'Record that an opportunity has reached a milestone of its pipeline.',
  permission: 'opportunity:write',
  path: '/opportunities/:opportunityId/milestones',
  input: {
    opportunityId: OpportunityId,
    milestone: MilestoneKey,
    evidence: Comment.optional().describe('What shows it.'),
    visitId: VisitId.optional().describe('The visit on which it was reached.'),
    ...occurred,
  },
  emits: ['MilestoneReached'],
  rejects: {
    opportunityUnknown,
    ...barredRejections,
    milestoneUnknown: unknown('The pipeline has no such milestone.'),
  },
  subject: byPerson,
  reads: (_, own) => pipelineOf(own),
  decide: (state, { milestone, evidence, visitId }, context) => {
    if (!state.now) return reject('opportunityUnknown');
    if (state.milestones.includes(milestone)) return [];
    const bar = barred(state, context);
    if (bar) return reject(bar);
    const { milestones } = documentUnder(state, context.reads.pipeline);
    if (!milestones.some(({ key }) => key === milestone)) return reject('milestoneUnknown');
    return [MilestoneReached({ ...headOf(state), milestone, evidence, visitId })];
  },
});

const isMet: Readonly<Record<ExitCriterion, (state: OpportunityState) => boolean>> = {
  value_known: ({ now }) => now!.value.amountMinor !== '0',
  close_expected: ({ now }) => now!.expectedClose !== null,
  offer_submitted: ({ offers }) => offers.size > 0,
  offer_accepted: ({ offers }) => [...offers.values()].some((offer) => offer.state === 'accepted'),
};

const moveRejections = {
  opportunityUnknown,
  ...barredRejections,
  opportunityOnHold: 'The opportunity is on hold; reopen it first.',
  stageUnknown,
  stageNotOpen: 'An opportunity is won, lost or put on hold by a command of its own.',
};

interface Move {
  readonly direction: 'forward' | 'back';
  readonly stage: PipelineStage;
  /** The open stages that it leaves behind going forward: the one in which it is, and those it skips. */
  readonly passed: readonly PipelineStage[];
}

/** The move to another open stage; none where it is there already, or else why there is no such move. */
function moveTo(
  state: OpportunityState,
  to: string,
  context: Pick<Context, 'occurredAt'>,
  pipelineState: PipelineState | undefined,
): Move | 'none' | keyof typeof moveRejections {
  const { now } = state;
  if (!now) return 'opportunityUnknown';
  if (now.stageId === to) return 'none';
  const bar = barred(state, context);
  if (bar) return bar;
  if (now.status === 'on_hold') return 'opportunityOnHold';
  const stages = stagesUnder(state, pipelineState);
  const place = (id: string) => stages.findIndex(({ stageId }) => stageId === id);
  const stage = stages[place(to)];
  if (!stage) return 'stageUnknown';
  if (stage.kind !== 'open') return 'stageNotOpen';
  return {
    direction: place(to) > place(now.stageId) ? 'forward' : 'back',
    stage,
    passed: stages.slice(place(now.stageId), place(to)).filter(({ kind }) => kind === 'open'),
  };
}

export const moveStage = opportunity.command({
  name: 'MoveStage',
  summary:
    'Move an opportunity to another open stage: forward once what its stage and those it skips ask for is there, or back with a reason.',
  permission: 'opportunity:write',
  path: '/opportunities/:opportunityId/move',
  input: {
    opportunityId: OpportunityId,
    stageId: StageId,
    reason: Comment.optional().describe('Why; needed for a move back.'),
    ...occurred,
  },
  emits: ['StageEntered', 'CustomerLifecycleAdvanced'],
  rejects: {
    ...moveRejections,
    reasonMissing: unknown('A move back needs a reason.'),
    milestonesMissing: 'A milestone is not reached that a stage requires.',
    criteriaUnmet: 'What must hold before the opportunity goes on does not.',
  },
  subject: byPerson,
  reads: (_, own) => pipelineAndCustomerOf(own),
  decide: (state, { stageId, reason }, context) => {
    const move = moveTo(state, stageId, context, context.reads.pipeline);
    if (move === 'none') return [];
    if (typeof move === 'string') return reject(move);
    const { direction, stage, passed } = move;
    if (direction === 'back' && !reason) return reject('reasonMissing');
    const milestones = passed
      .flatMap(({ requiredMilestones }) => requiredMilestones)
      .filter((key) => !state.milestones.includes(key));
    if (milestones.length > 0) return reject('milestonesMissing', lacking(milestones));
    const criteria = passed
      .flatMap(({ exitCriteria }) => exitCriteria)
      .filter((criterion) => !isMet[criterion](state));
    if (criteria.length > 0) return reject('criteriaUnmet', lacking(criteria));
    const after = inside(stage, state.now!.stay + 1);
    return [
      StageEntered({ ...changed(state, after), direction, reason }),
      ...liftedBy(state, context.reads.customer!, stage, context.today),
    ];
  },
});

const lacking = (keys: readonly string[]) =>
  [...new Set(keys)].map((key) => ({ pointer: '/stageId', detail: `It lacks ${key}.` }));

export const overrideStage = opportunity.command({
  name: 'OverrideStage',
  summary: 'Move an opportunity of the team to another open stage, whatever its stage asks for.',
  permission: 'opportunity:override',
  path: '/opportunities/:opportunityId/override-stage',
  input: { opportunityId: OpportunityId, stageId: StageId, reason: Comment, ...occurred },
  emits: ['StageEntered', 'CustomerLifecycleAdvanced'],
  rejects: { ...moveRejections, ownOverride: 'Nobody overrides the stages of their own opportunity.' },
  subject: byPerson,
  reads: (_, own) => pipelineAndCustomerOf(own),
  decide: (state, { stageId, reason }, context) => {
    const move = moveTo(state, stageId, context, context.reads.pipeline);
    if (move === 'none') return [];
    if (typeof move === 'string') return reject(move);
    if (state.now!.ownerId === context.actor.personId) return reject('ownOverride');
    const after = inside(move.stage, state.now!.stay + 1);
    return [
      StageEntered({ ...changed(state, after), direction: move.direction, overrideReason: reason }),
      ...liftedBy(state, context.reads.customer!, move.stage, context.today),
    ];
  },
});
