import { z } from 'zod';
import { canonicalJson, sha256 } from '../../engine/canonical.ts';
import { reject, to } from '../../engine/decision.ts';
import { levelOf } from '../../events/period.ts';
import { amountOf, targetEvents } from '../../events/target.ts';
import { fallingPeriods } from '../../events/target-path.ts';
import { targetPlanEvents, Waiver } from '../../events/target-plan.ts';
import { TargetPlanId } from '../../events/values.ts';
import { type Calendar, calendar } from '../calendar/state.ts';
import { measure, measureOf } from '../measure.ts';
import { organisation } from '../organisation/state.ts';
import { policy, policyOn } from '../policy.ts';
import { dayWithin, type Held, isEmployedFrom, subtrees } from '../target/node.ts';
import { target } from '../target/state.ts';
import { periodsWithin, type SplitLevel } from '../target/tree.ts';
import { type PlanState, planUnknown, targetPlan } from './state.ts';

const { TargetPlanPublished, TargetPlanClosed } = targetPlanEvents;
const { TargetPathWarned } = targetEvents;

const nobody = () => undefined;
const isLeaf = ({ state }: Held): boolean => state.split === undefined;

/** SHA-256 over the nodes, their values and who is responsible. */
const hashOf = (nodes: readonly Held[]): string =>
  sha256(
    canonicalJson(
      nodes
        .map(({ assigned: { targetId, value, responsible } }) => [targetId, value, responsible] as const)
        .toSorted(([a], [b]) => (a < b ? -1 : 1)),
    ),
  );

/** The periods in which the parts of a node fall, seasons apart; what is copied has no seasons. */
function fallsOf({ state }: Held, { seasonality, created }: PlanState, days: Calendar): readonly string[] {
  if (state.split?.dimension !== 'period') return [];
  const level = levelOf(state.split.children[0]!.member) as SplitLevel['periodLevel'];
  const all = periodsWithin(days, created!.horizon, level);
  const hasSeasons = state.split.method !== 'copied' && seasonality?.length === all.length;
  const weights = new Map(
    all.map(({ periodId }, index) => [periodId, hasSeasons ? BigInt(seasonality![index]!) : 1n]),
  );
  const starts = new Map(all.map(({ periodId, start }) => [periodId, start]));
  const path = state.split.children
    .map(({ member, value }) => ({
      periodId: member,
      value: amountOf(value),
      weight: weights.get(member) ?? 1n,
    }))
    .toSorted((a, b) => ((starts.get(a.periodId) ?? '') < (starts.get(b.periodId) ?? '') ? -1 : 1));
  return fallingPeriods(path);
}

export const publishTargetPlan = targetPlan.command({
  name: 'PublishTargetPlan',
  summary:
    'Publish an approved plan: from then on its targets are revised, reassigned or withdrawn with reasons.',
  permission: 'target-plan:approve',
  path: '/target-plans/:planId/publish',
  input: {
    planId: TargetPlanId,
    waived: z.array(Waiver).max(4).default([]).describe('The rules that this publication does without.'),
  },
  emits: ['TargetPlanPublished', 'TargetPathWarned'],
  rejects: {
    planUnknown,
    notApproved: 'Only an approved plan is published.',
    responsibleGone: 'Somebody with a target is no longer employed.',
    residueLeft: 'Something of a target is left to nobody.',
    feasibilityOpen: 'A target at the top is not checked, or not feasible.',
    discussionOpen: 'Not every target is acknowledged, and the time for that has not passed.',
    counterProposalOpen: 'A counter-proposal is not decided.',
    executionPlansMissing: 'Somebody with a target has not said how to reach it.',
  },
  subject: nobody,
  reads: (_, { roots, created }, __, { stateOf }) => {
    subtrees(roots, stateOf);
    return {
      organisation: organisation.ref(),
      policy: policy.ref(),
      calendar: calendar.ref(),
      measures: created?.measures.map((key) => measure.ref(key)) ?? [],
    };
  },
  decide: (plan, { planId, waived }, { reads, today, stateOf }) => {
    if (!plan.created) return reject('planUnknown');
    if (plan.state === 'published') return [];
    if (plan.state !== 'approved') return reject('notApproved');
    const mayFall = new Set(
      plan.created.measures.filter(
        (key, index) => measureOf(key, reads.measures[index]!)?.direction === 'down',
      ),
    );
    const nodes = subtrees(plan.roots, stateOf);
    const leaves = nodes.filter(isLeaf);
    const isGone = ({ assigned: { responsible, period } }: Held) =>
      !isEmployedFrom(reads.organisation, responsible, dayWithin(today, period));
    if (leaves.some(isGone)) return reject('responsibleGone');
    const rules = new Set(waived.map(({ rule }) => rule));
    const isLeft = ({ state }: Held) => state.split !== undefined && amountOf(state.split.unallocated) > 0n;
    if (!rules.has('residue') && nodes.some(isLeft)) return reject('residueLeft');
    const isUnchecked = ({ assigned, state }: Held) =>
      !assigned.parentTargetId && (state.feasibility ?? 'infeasible') === 'infeasible';
    if (!rules.has('feasibility') && nodes.some(isUnchecked)) return reject('feasibilityOpen');
    if (!rules.has('acknowledgement')) {
      if (nodes.some(({ state }) => state.acknowledgement === 'counter_proposed'))
        return reject('counterProposalOpen');
      const isDue = today <= plan.discussUntil!;
      if (isDue && leaves.some(({ state }) => state.acknowledgement === 'none'))
        return reject('discussionOpen');
    }
    if (!rules.has('execution_plan') && policyOn(reads.policy, 'targets', today).executionPlansRequired) {
      const planned = nodes.filter(({ state }) => state.executionPlan !== 'none');
      const ready = new Set(planned.map(({ assigned }) => assigned.responsible));
      if (leaves.some(({ assigned }) => !ready.has(assigned.responsible)))
        return reject('executionPlansMissing');
    }
    return [
      TargetPlanPublished({
        planId,
        publication: plan.publication + 1,
        planHash: hashOf(nodes),
        nodes: nodes.length,
        leaves: leaves.length,
        waived,
      }),
      ...nodes.flatMap((node) => {
        const periods = mayFall.has(node.assigned.measure) ? [] : fallsOf(node, plan, reads.calendar);
        const { targetId } = node.assigned;
        return periods.length === 0
          ? []
          : [
              to(
                target.ref(targetId),
                TargetPathWarned({ targetId, kind: 'decreasing_deseasonalised', periods: [...periods] }),
              ),
            ];
      }),
    ];
  },
});

export const closeTargetPlan = targetPlan.command({
  name: 'CloseTargetPlan',
  summary: 'Close a published plan whose periods are all closed.',
  permission: 'target-plan:approve',
  path: '/target-plans/:planId/close',
  input: { planId: TargetPlanId },
  emits: ['TargetPlanClosed'],
  rejects: {
    planUnknown,
    notPublished: 'Only a published plan is closed.',
    periodOpen: 'A month of the plan is open.',
  },
  subject: nobody,
  reads: (_, { roots }, __, { stateOf }) => {
    subtrees(roots, stateOf);
    return { calendar: calendar.ref() };
  },
  decide: (plan, { planId }, { reads, stateOf }) => {
    if (!plan.created) return reject('planUnknown');
    if (plan.state === 'closed') return [];
    if (plan.state !== 'published') return reject('notPublished');
    const { closed } = reads.calendar;
    const { horizon } = plan.created;
    const months = periodsWithin(reads.calendar, horizon, 'month');
    const isOver = months.length > 0 && months.every(({ periodId }) => closed.has(periodId));
    if (!closed.has(horizon.periodId) && !isOver) return reject('periodOpen');
    return [TargetPlanClosed({ planId, figuresHash: hashOf(subtrees(plan.roots, stateOf)) })];
  },
});
