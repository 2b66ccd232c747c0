import { z } from 'zod';
import { type Act, absent, type Elsewhere, type Known, reject, to, unknown } from '../../engine/decision.ts';
import type { NewEvent } from '../../engine/event.ts';
import { addDays } from '../../engine/instant.ts';
import { split } from '../../events/split.ts';
import {
  amountOf,
  isSameUnit,
  RevisionReason,
  TargetPart,
  TargetValue,
  targetEvents,
  valueLike,
} from '../../events/target.ts';
import { Comment, LocalDate, PersonId, TargetId } from '../../events/values.ts';
import { type Calendar, calendar, isWorkingDay } from '../calendar/state.ts';
import { claimed, claimRefs, isHeldByOther, released } from '../claim.ts';
import { measure, measureOf } from '../measure.ts';
import { organisation } from '../organisation/state.ts';
import { policy, policyOn } from '../policy.ts';
import { isOpen, targetPlan } from '../target-plan/state.ts';
import { targetClaim, uniqueKeyOf } from './claim.ts';
import { barred, childIds, type Held, isEmployedFrom, outsideLine, ownTarget, subtrees } from './node.ts';
import { isBeyond, noResidue, residueOf } from './residue.ts';
import { type Assigned, holding, type Split, type TargetState, target } from './state.ts';

const { TargetBrokenDown, TargetRevised, TargetReassigned, TargetWithdrawn } = targetEvents;

export const targetUnknown = absent('There is no such target.');
export const planNotRunning = 'The plan is approved and not published yet, or it is closed.';
const periodClosed = 'The period is closed.';
export const unitDiffers = 'The value is in the unit and the currency of the target.';
export const overAssigned = 'The parts of the target above would pass it by more than the policy permits.';

/** Whether nodes of a plan may change one by one; a target without a plan always may. */
export function isRunning(assigned: Assigned, stateOf: Known['stateOf']): boolean {
  if (!assigned.planId) return true;
  const plan = stateOf(targetPlan.ref(assigned.planId));
  return isOpen(plan) || plan.state === 'published';
}

/** What a change of a node rests on: its plan, what is above it and all below. */
export function lookAround(own: TargetState, stateOf: Known['stateOf']): void {
  const assigned = holding(own);
  if (!assigned) return;
  if (assigned.planId) stateOf(targetPlan.ref(assigned.planId));
  if (assigned.parentTargetId) stateOf(target.ref(assigned.parentTargetId));
  subtrees(childIds(own), stateOf);
}

const residueIn = ({ method }: Split, whole: TargetValue, children: Split['children']) =>
  method === 'copied'
    ? noResidue
    : residueOf(
        amountOf(whole),
        children.map(({ value }) => amountOf(value)),
      );

/** A split with other parts, and what they leave of the whole or pass it by. What is copied stays so. */
function splitAnew(
  former: Split,
  whole: TargetValue,
  children: Split['children'],
  method: Split['method'],
): NewEvent<'TargetBrokenDown'> {
  const { unallocated, overAssignment } = residueIn(former, whole, children);
  return TargetBrokenDown({
    targetId: former.targetId,
    dimension: former.dimension,
    method: former.method === 'copied' ? 'copied' : method,
    children,
    unallocated: valueLike(whole, unallocated),
    overAssignment: valueLike(whole, overAssignment),
  });
}

/** The split of the node above with another value for one of its parts, or without it; undefined at the top. */
function splitAbove(
  { targetId, parentTargetId }: Assigned,
  value: TargetValue | undefined,
  stateOf: Known['stateOf'],
):
  | { readonly event: Elsewhere<'TargetBrokenDown'>; readonly whole: bigint; readonly over: bigint }
  | undefined {
  if (!parentTargetId) return undefined;
  const ref = target.ref(parentTargetId);
  const { split: former, assigned } = stateOf(ref);
  if (!former || !assigned) return undefined;
  const children = former.children.flatMap((child) =>
    child.targetId !== targetId ? [child] : value === undefined ? [] : [{ ...child, value }],
  );
  const { overAssignment } = residueIn(former, assigned.value, children);
  const event = to(ref, splitAnew(former, assigned.value, children, 'manual'));
  return { event, whole: amountOf(assigned.value), over: overAssignment };
}

/**
 * The parts of a split when the whole becomes another: in the proportions that they have. Where they are copied, those
 * with a value of their own keep it.
 */
function scaled({ method, children }: Split, from: TargetValue, whole: TargetValue): Split['children'] {
  if (method === 'copied')
    return children.map((child) =>
      amountOf(child.value) === amountOf(from) ? { ...child, value: whole } : child,
    );
  const values = children.map(({ value }) => amountOf(value));
  const sum = values.reduce((a, b) => a + b, 0n);
  const before = amountOf(from);
  const isNothing = sum === 0n || before === 0n;
  const allocated = isNothing ? amountOf(whole) : (amountOf(whole) * sum) / before;
  const parts = split(allocated, isNothing ? values.map(() => 1n) : values);
  return children.map((child, index) => ({ ...child, value: valueLike(child.value, parts[index]!) }));
}

interface Change {
  readonly reason: z.output<typeof RevisionReason>;
  readonly note: string;
  readonly effectiveFrom: string;
}

type Part<E extends string> = NewEvent<E> | Elsewhere<E>;
type RevisionEvent = 'TargetRevised' | 'TargetBrokenDown';

/** Gives a node another value, of which its parts get what they had of the former. */
function revised(
  { assigned, state }: Held,
  value: TargetValue,
  change: Change,
): readonly NewEvent<RevisionEvent>[] {
  const { targetId, responsible } = assigned;
  const children = state.split && scaled(state.split, assigned.value, value);
  return [
    TargetRevised({ targetId, responsible, from: assigned.value, to: value, ...change }),
    ...(children ? [splitAnew(state.split!, value, children, 'weights')] : []),
  ];
}

/** The events of a revision of a node: its own, those of all below, and the split of the node above. */
export function revision(
  own: TargetState,
  value: TargetValue,
  change: Change,
  overAssignmentMaxBp: number,
  stateOf: Known['stateOf'],
): readonly Part<RevisionEvent>[] | 'overAssigned' {
  const root = { assigned: holding(own)!, state: own };
  const above = splitAbove(root.assigned, value, stateOf);
  if (above && isBeyond(above.over, above.whole, overAssignmentMaxBp)) return 'overAssigned';
  const events: Part<RevisionEvent>[] = [...(above ? [above.event] : []), ...revised(root, value, change)];
  const waiting = own.split ? scaled(own.split, root.assigned.value, value).toReversed() : [];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const ref = target.ref(next.targetId);
    const state = stateOf(ref);
    const assigned = holding(state);
    if (!assigned || amountOf(assigned.value) === amountOf(next.value)) continue;
    events.push(to(ref, ...revised({ assigned, state }, next.value, change)));
    if (state.split) waiting.push(...scaled(state.split, assigned.value, next.value).toReversed());
  }
  return events;
}

export const reviseTarget = target.command({
  name: 'ReviseTarget',
  summary:
    'Revise a target for a reason. Its parts keep their proportions, and what the node above leaves or passes follows.',
  permission: 'target:assign',
  path: '/targets/:targetId/revise',
  input: {
    targetId: TargetId,
    value: TargetValue,
    reason: RevisionReason,
    note: Comment,
    effectiveFrom: LocalDate.optional().describe('From when it counts; today when left out.'),
  },
  emits: ['TargetRevised', 'TargetBrokenDown'],
  rejects: { targetUnknown, ownTarget, outsideLine, planNotRunning, periodClosed, unitDiffers, overAssigned },
  subject: (_, own) => holding(own)?.responsible,
  reads: (_, own, __, { stateOf }) => {
    lookAround(own, stateOf);
    return { organisation: organisation.ref(), calendar: calendar.ref(), policy: policy.ref() };
  },
  decide: (own, { value, reason, note, effectiveFrom }, context) => {
    const { reads, today, stateOf } = context;
    const assigned = holding(own);
    if (!assigned) return reject('targetUnknown');
    const bar = barred(reads.organisation, context, assigned.responsible);
    if (bar) return reject(bar);
    if (!isRunning(assigned, stateOf)) return reject('planNotRunning');
    if (reads.calendar.closed.has(assigned.period.periodId)) return reject('periodClosed');
    if (!isSameUnit(assigned.value, value)) return reject('unitDiffers');
    if (amountOf(assigned.value) === amountOf(value)) return [];
    const { overAssignmentMaxBp } = policyOn(reads.policy, 'targets', today);
    const change = { reason, note, effectiveFrom: effectiveFrom ?? today };
    const events = revision(own, value, change, overAssignmentMaxBp, stateOf);
    return events === 'overAssigned' ? reject('overAssigned') : events;
  },
});

const withdrawn = (
  { targetId, responsible, measure: measured, period, dimensions }: Assigned,
  reason: string,
) => TargetWithdrawn({ targetId, responsible, measure: measured, period, dimensions, reason });

export const withdrawTarget = target.command({
  name: 'WithdrawTarget',
  summary:
    'Withdraw a target and all its parts; another one may take its place. The node above leaves its value unallocated.',
  permission: 'target:assign',
  path: '/targets/:targetId/withdraw',
  input: { targetId: TargetId, reason: Comment },
  emits: ['TargetWithdrawn', 'TargetBrokenDown', 'Released'],
  rejects: { targetUnknown, ownTarget, outsideLine, planNotRunning, periodClosed },
  subject: (_, { assigned }) => assigned?.responsible,
  reads: (_, own, __, { stateOf }) => {
    lookAround(own, stateOf);
    return {
      organisation: organisation.ref(),
      calendar: calendar.ref(),
      claims: claimRefs(targetClaim, own.assigned?.uniqueKey ?? null),
    };
  },
  decide: (own, { targetId, reason }, context) => {
    const { reads, stateOf } = context;
    if (!own.assigned) return reject('targetUnknown');
    if (own.withdrawn) return [];
    const { assigned } = own;
    const bar = barred(reads.organisation, context, assigned.responsible);
    if (bar) return reject(bar);
    if (!isRunning(assigned, stateOf)) return reject('planNotRunning');
    if (reads.calendar.closed.has(assigned.period.periodId)) return reject('periodClosed');
    const above = splitAbove(assigned, undefined, stateOf);
    return [
      withdrawn(assigned, reason),
      ...(assigned.uniqueKey ? [released(targetClaim, assigned.uniqueKey, targetId)] : []),
      ...(above ? [above.event] : []),
      ...subtrees(childIds(own), stateOf).map(({ assigned: part }) =>
        to(target.ref(part.targetId), withdrawn(part, reason)),
      ),
    ];
  },
});

function workingDaysIn(state: Calendar, start: string, endExclusive: string): bigint {
  let days = 0n;
  for (let day = start; day < endExclusive; day = addDays(day, 1)) if (isWorkingDay(state, day)) days += 1n;
  return days;
}

/** What each of two people has of a target when it changes hands on a day: by working days, or all where it is no sum over time. */
function prorata(
  { responsible, period: { start, endExclusive }, value }: Assigned,
  toPerson: string,
  on: string,
  state: Calendar,
  isSum: boolean,
): readonly TargetPart[] {
  if (on <= start) return [{ responsible: toPerson, start, endExclusive, value }];
  if (!isSum)
    return [
      { responsible, start, endExclusive: on, value },
      { responsible: toPerson, start: on, endExclusive, value },
    ];
  const before = workingDaysIn(state, start, on);
  const after = workingDaysIn(state, on, endExclusive);
  const [elapsed, remaining] =
    before + after === 0n ? [0n, amountOf(value)] : split(amountOf(value), [before, after]);
  return [
    { responsible, start, endExclusive: on, value: valueLike(value, elapsed!) },
    { responsible: toPerson, start: on, endExclusive, value: valueLike(value, remaining!) },
  ];
}

/** Whether parts hand a target over on a day, without a gap and, where it is a sum, with nothing added or lost. */
function isHandover(
  parts: readonly TargetPart[],
  { responsible, period: { start, endExclusive }, value }: Assigned,
  toPerson: string,
  on: string,
  isSum: boolean,
): boolean {
  const [elapsed, remaining] = parts;
  return (
    parts.length === 2 &&
    elapsed!.responsible === responsible &&
    elapsed!.start === start &&
    elapsed!.endExclusive === on &&
    remaining!.responsible === toPerson &&
    remaining!.start === on &&
    remaining!.endExclusive === endExclusive &&
    parts.every((part) => isSameUnit(part.value, value)) &&
    (!isSum || amountOf(elapsed!.value) + amountOf(remaining!.value) === amountOf(value))
  );
}

const newKeyOf = (act: Act, { uniqueKey, ...scope }: Assigned, toPerson: string): string | null =>
  uniqueKey ? uniqueKeyOf(act, { ...scope, responsible: toPerson }) : null;

export const reassignTarget = target.command({
  name: 'ReassignTarget',
  summary:
    'Give a target to somebody else from a day on, and with it the parts of the same person that end later. What each has of it is split by working days, or as given; what is no sum over time both have in full.',
  permission: 'target:assign',
  path: '/targets/:targetId/reassign',
  input: {
    targetId: TargetId,
    toPerson: PersonId,
    on: LocalDate.describe('The first day of the new person.'),
    parts: z
      .array(TargetPart)
      .length(2)
      .optional()
      .describe('What each of the two has of it; by working days when left out.'),
    note: Comment,
  },
  emits: ['TargetReassigned', 'Claimed', 'Released'],
  rejects: {
    targetUnknown,
    ownTarget,
    outsideLine,
    planNotRunning,
    periodClosed,
    personUnknown: unknown('Nobody of this id is employed then.'),
    dayOutside: unknown('The day lies in the period of the target.'),
    partsDiffer: unknown('The parts hand the target over on that day and sum to it exactly.'),
    targetKnown: 'The new person has such a target already.',
  },
  subject: (_, own) => holding(own)?.responsible,
  reads: ({ toPerson }, own, act, { stateOf }) => {
    lookAround(own, stateOf);
    const assigned = holding(own);
    return {
      organisation: organisation.ref(),
      calendar: calendar.ref(),
      measure: assigned && measure.ref(assigned.measure),
      claims: assigned
        ? claimRefs(targetClaim, newKeyOf(act, assigned, toPerson), assigned.uniqueKey ?? null)
        : [],
    };
  },
  decide: (own, { targetId, toPerson, on, parts, note }, context) => {
    const { reads, stateOf } = context;
    const assigned = holding(own);
    if (!assigned) return reject('targetUnknown');
    const { responsible: fromPerson, period } = assigned;
    if (fromPerson === toPerson) return [];
    const bar =
      barred(reads.organisation, context, fromPerson) ?? barred(reads.organisation, context, toPerson);
    if (bar) return reject(bar);
    if (!isRunning(assigned, stateOf)) return reject('planNotRunning');
    if (reads.calendar.closed.has(period.periodId)) return reject('periodClosed');
    if (!isEmployedFrom(reads.organisation, toPerson, on)) return reject('personUnknown');
    if (on < period.start || on >= period.endExclusive) return reject('dayOutside');
    const isSum = measureOf(assigned.measure, reads.measure!)!.additivity === 'additive';
    if (parts && !isHandover(parts, assigned, toPerson, on, isSum)) return reject('partsDiffer');
    const uniqueKey = newKeyOf(context, assigned, toPerson);
    if (uniqueKey && isHeldByOther(reads.claims[0], targetId)) return reject('targetKnown');
    const byDefault = isSum ? 'prorata_working_days' : 'copied';
    const handedOver = (part: Assigned, given?: readonly TargetPart[]) =>
      TargetReassigned({
        targetId: part.targetId,
        fromPerson,
        toPerson,
        on,
        method: given ? 'manual' : byDefault,
        parts: [...(given ?? prorata(part, toPerson, on, reads.calendar, isSum))],
        note,
        ...(part.targetId === targetId && uniqueKey && { uniqueKey }),
      });
    return [
      handedOver(assigned, parts),
      ...(uniqueKey && assigned.uniqueKey
        ? [released(targetClaim, assigned.uniqueKey, targetId), claimed(targetClaim, uniqueKey, targetId)]
        : []),
      ...subtrees(childIds(own), stateOf)
        .filter(({ assigned: part }) => part.responsible === fromPerson && part.period.endExclusive > on)
        .map(({ assigned: part }) => to(target.ref(part.targetId), handedOver(part))),
    ];
  },
});
