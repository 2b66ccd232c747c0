import { z } from 'zod';
import { canonicalJson } from '../../engine/canonical.ts';
import { type Act, absent, type Known, reject, to, unknown } from '../../engine/decision.ts';
import { amountOf, targetEvents, valueLike } from '../../events/target.ts';
import { TargetId } from '../../events/values.ts';
import { calendar, isPeriodClosed } from '../calendar/state.ts';
import { measure, measureOf, measureRetired } from '../measure.ts';
import { scopeOf } from '../organisation/authority.ts';
import { type Organisation, organisation } from '../organisation/state.ts';
import { policy, policyOn } from '../policy.ts';
import { isOpen, planFrozen, targetPlan } from '../target-plan/state.ts';
import { countsOthers, isThere } from './dimensions.ts';
import { childIds, dayWithin, isAtOrAbove, isEmployedFrom, outsideLine, subtrees } from './node.ts';
import { periodClosed } from './revision.ts';
import { rosterOn } from './roster.ts';
import { type Assigned, holding, type TargetState, target } from './state.ts';
import { type Grown, grow, leavesMax, type Node, SplitLevel } from './tree.ts';

const { TargetAssigned, TargetBrokenDown, TargetWithdrawn } = targetEvents;

interface Input {
  readonly targetId: string;
  readonly levels: readonly SplitLevel[];
}
type Weights = readonly (readonly { readonly member: string; readonly weight: string }[] | undefined)[];

/** The tree that an input makes of a target; undefined where it is no node of a plan. */
function treeOf(own: TargetState, { levels }: Input, { today }: Act, { facts, stateOf }: Known<Weights>) {
  const root = holding(own);
  if (!root?.planId) return undefined;
  const plan = stateOf(targetPlan.ref(root.planId));
  const definition = measureOf(root.measure, stateOf(measure.ref(root.measure)));
  if (!plan.created || !definition) return undefined;
  const { overAssignmentMaxBp } = policyOn(stateOf(policy.ref()), 'targets', today);
  return grow({ ...root, depth: root.depth ?? 0 }, levels, {
    plan,
    measure: definition,
    calendar: stateOf(calendar.ref()),
    roster: rosterOn(stateOf(organisation.ref()), dayWithin(today, root.period)),
    weights: levels.map((_, index) => {
      const weights = facts?.[index];
      return weights && new Map(weights.map(({ member, weight }) => [member, BigInt(weight)]));
    }),
    overAssignmentMaxBp,
  });
}

/** The members named by the caller that are not there. */
const strangers = ({ levels }: Input, state: Organisation, stateOf: Known['stateOf']) =>
  levels.flatMap(({ dimension, members = [] }, level) =>
    members.flatMap(({ member }, index) =>
      isThere(dimension, member, state, stateOf)
        ? []
        : [{ pointer: `/levels/${level}/members/${index}/member`, detail: `There is no such ${dimension}.` }],
    ),
  );

const brokenDown = ({ node, level, weights, children, ...residue }: Grown, knownAt: number) =>
  TargetBrokenDown({
    targetId: node.targetId,
    dimension: level.dimension,
    method: level.method,
    ...(weights && { weights: weights.map(String) }),
    children: children.map(({ targetId, member, value }) => ({ targetId, member: member!, value })),
    unallocated: valueLike(node.value, residue.unallocated),
    overAssignment: valueLike(node.value, residue.overAssignment),
    ...(knownAt > 0 && { inputsKnownAt: knownAt }),
  });

export const breakDownTarget = target.command({
  name: 'BreakDownTarget',
  summary:
    'Break a target of a plan down, level by level, into parts that sum to it exactly, or have its value where they do not add up. A new breakdown takes the place of the former one.',
  permission: 'target:assign',
  path: '/targets/:targetId/break-down',
  input: {
    targetId: TargetId,
    levels: z
      .array(SplitLevel)
      .min(1)
      .max(6)
      .describe('One after the other, each splits what the one before made.'),
  },
  emits: ['TargetBrokenDown', 'TargetAssigned', 'TargetWithdrawn'],
  rejects: {
    targetUnknown: absent('There is no such target.'),
    notPlanned: 'Only a target of a plan is broken down.',
    planFrozen,
    measureRetired,
    outsideLine,
    periodClosed,
    methodUnfit: unknown('Parts that do not add up to the whole are copied, and no others.'),
    dimensionRepeated: 'The target is narrowed in this way already.',
    membersUnknown: unknown('There is no such member, or nobody and nothing to split it to.'),
    partsMissing: unknown('A part has neither value nor weight, or all weights are zero.'),
    unitDiffers: 'A part is in the unit and the currency of the whole.',
    overAssigned: 'The parts pass the target by more than the policy permits.',
    tooManyLeaves: unknown(`A breakdown has at most ${leavesMax} leaves.`),
    nodeRepeated: unknown('Two parts are the same.'),
    personUnknown: unknown('Nobody of this id is employed in that period.'),
    targetKnown: 'The plan has one of the parts elsewhere already.',
  },
  subject: (_, state) => holding(state)?.responsible,
  facts: async (db, { targetId, levels }): Promise<Weights> =>
    Promise.all(
      levels.map(async ({ dimension, method, periodLevel }) => {
        if (method !== 'history' && method !== 'potential') return undefined;
        const found = await db.ask('ListSplitWeights', { targetId, dimension, method, periodLevel });
        return (found as { readonly data: Weights[number] }).data;
      }),
    ),
  reads: (input, own, act, known) => {
    const tree = treeOf(own, input, act, known);
    if (tree && !('rejected' in tree))
      for (const { children } of tree)
        for (const { targetId } of children) known.stateOf(target.ref(targetId));
    subtrees(childIds(own), known.stateOf);
    strangers(input, known.stateOf(organisation.ref()), known.stateOf);
    return { organisation: organisation.ref(), calendar: calendar.ref() };
  },
  decide: (own, input, context) => {
    const { reads, actor, today, stateOf, factsPosition } = context;
    const root = holding(own);
    if (!root) return reject('targetUnknown');
    if (!root.planId) return reject('notPlanned');
    if (!isOpen(stateOf(targetPlan.ref(root.planId)))) return reject('planFrozen');
    if (stateOf(measure.ref(root.measure)).retired) return reject('measureRetired');
    const isEverywhere = scopeOf(reads.organisation, actor, 'target:assign', today) === 'organisation';
    const mayLead = (personId: string) =>
      actor.personId !== undefined && isAtOrAbove(reads.organisation, actor.personId, personId, today);
    if (!isEverywhere && !mayLead(root.responsible)) return reject('outsideLine');
    if (isPeriodClosed(reads.calendar, root.period.periodId)) return reject('periodClosed');
    const unknownMembers = strangers(input, reads.organisation, stateOf);
    if (unknownMembers.length > 0) return reject('membersUnknown', unknownMembers);
    const tree = treeOf(own, input, context, context);
    if (!tree) return reject('notPlanned');
    if ('rejected' in tree) return tree;
    const children = tree.flatMap((grown) => grown.children);
    const narrowings = new Map(
      isEverywhere ? [] : children.map(({ dimensions }) => [canonicalJson(dimensions), dimensions]),
    );
    for (const dimensions of narrowings.values())
      if (countsOthers(reads.organisation, context, dimensions, root.dimensions))
        return reject('outsideLine');
    const people = new Set(children.map(({ responsible }) => responsible));
    for (const personId of people) {
      if (!isEmployedFrom(reads.organisation, personId, root.period.start)) return reject('personUnknown');
      if (!isEverywhere && !isAtOrAbove(reads.organisation, root.responsible, personId, today))
        return reject('outsideLine');
    }
    const former = new Map(
      subtrees(childIds(own), stateOf).map(({ assigned }) => [assigned.targetId, assigned]),
    );
    const anew = new Map(children.map((child) => [child.targetId, child]));
    const isChangedAfterwards = ({ targetId, period, value, responsible }: Assigned) => {
      const child = anew.get(targetId);
      const isSame = child?.responsible === responsible && amountOf(child.value) === amountOf(value);
      return !isSame && isPeriodClosed(reads.calendar, period.periodId);
    };
    if ([...former.values()].some(isChangedAfterwards)) return reject('periodClosed');
    const isElsewhere = ({ targetId }: Node) =>
      !former.has(targetId) && holding(stateOf(target.ref(targetId))) !== undefined;
    if (children.some(isElsewhere)) return reject('targetKnown');
    const splits = new Map(tree.map((grown) => [grown.node.targetId, grown]));
    return [
      brokenDown(tree[0]!, factsPosition),
      ...[...former.values()]
        .filter(({ targetId }) => !anew.has(targetId))
        .map(({ targetId, responsible, measure: measured, period, dimensions }) =>
          to(
            target.ref(targetId),
            TargetWithdrawn({
              targetId,
              responsible,
              measure: measured,
              period,
              dimensions,
              reason: 'The target above was broken down anew.',
            }),
          ),
        ),
      ...children.map(({ member: _, ...child }) => {
        const below = splits.get(child.targetId);
        const assigned = TargetAssigned(
          { ...child, planId: root.planId, assignedBy: actor.personId },
          { effectiveOn: child.period.start },
        );
        return to(target.ref(child.targetId), assigned, ...(below ? [brokenDown(below, factsPosition)] : []));
      }),
    ];
  },
});
