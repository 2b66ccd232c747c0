import { z } from 'zod';
import { reject, unknown } from '../../engine/decision.ts';
import { PlannedActivity, targetEvents } from '../../events/target.ts';
import { Comment, Line, TargetId } from '../../events/values.ts';
import { measure, measureOf, measureUnknown } from '../measure.ts';
import { organisation } from '../organisation/state.ts';
import { barred, outsideLine, ownTarget } from './node.ts';
import { targetUnknown } from './revision.ts';
import { holding, target } from './state.ts';

const { ExecutionPlanSubmitted, ExecutionPlanReviewed } = targetEvents;

export const submitExecutionPlan = target.command({
  name: 'SubmitExecutionPlan',
  summary: 'Say how one means to reach a target: approach, activities, tasks, and what one asks for.',
  permission: 'target:answer',
  path: '/targets/:targetId/execution-plan',
  input: {
    targetId: TargetId,
    approach: Comment,
    activities: z.array(PlannedActivity).min(1).max(20),
    tasks: z.array(Line).min(1).max(100),
    resourcesAsked: z.array(Line).max(50).default([]),
  },
  emits: ['ExecutionPlanSubmitted'],
  rejects: { targetUnknown, executionPlanAccepted: 'The execution plan is accepted.', measureUnknown },
  subject: (_, own) => holding(own)?.responsible,
  reads: ({ activities }) => ({ measures: activities.map((activity) => measure.ref(activity.measure)) }),
  decide: (own, input, { reads }) => {
    const assigned = holding(own);
    if (!assigned) return reject('targetUnknown');
    if (own.executionPlan === 'accepted') return reject('executionPlanAccepted');
    const missing = input.activities.findIndex(
      (activity, index) => !measureOf(activity.measure, reads.measures[index]!),
    );
    if (missing >= 0)
      return reject('measureUnknown', [
        { pointer: `/activities/${missing}/measure`, detail: 'Define it, or take another one.' },
      ]);
    return [ExecutionPlanSubmitted({ ...input, responsible: assigned.responsible })];
  },
});

export const reviewExecutionPlan = target.command({
  name: 'ReviewExecutionPlan',
  summary: 'Accept an execution plan, or give guidance on it.',
  permission: 'target:assign',
  path: '/targets/:targetId/execution-plan/review',
  input: { targetId: TargetId, accepted: z.boolean(), guidance: Comment.optional() },
  emits: ['ExecutionPlanReviewed'],
  rejects: {
    targetUnknown,
    ownTarget,
    outsideLine,
    noExecutionPlan: 'No execution plan is submitted for this target.',
    guidanceMissing: unknown('What is not accepted is given guidance.'),
  },
  subject: (_, own) => holding(own)?.responsible,
  reads: () => ({ organisation: organisation.ref() }),
  decide: (own, { targetId, accepted, guidance }, context) => {
    const assigned = holding(own);
    if (!assigned) return reject('targetUnknown');
    const bar = barred(context.reads.organisation, context, assigned.responsible);
    if (bar) return reject(bar);
    if (own.executionPlan === 'none') return reject('noExecutionPlan');
    if (!accepted && guidance === undefined) return reject('guidanceMissing');
    if (accepted && own.executionPlan === 'accepted') return [];
    return [
      ExecutionPlanReviewed({
        targetId,
        responsible: assigned.responsible,
        accepted,
        ...(guidance && { guidance }),
      }),
    ];
  },
});
