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
import { type Calendar, calendar, isPeriodClosed, isWorkingDay } from '../calendar/state.ts';
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
export const periodClosed = 'The period is closed, or one of a part that would change.';
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
function splitAnew(former: Split, whole: TargetValue, children: Split['children'], method: Split['method']) {
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

const sumOf = (parts: readonly { readonly value: TargetValue }[]): bigint =>
  parts.reduce((sum, { value }) => sum + amountOf(value), 0n);

/**
 * The parts of a split when the whole becomes another: in the proportions that they have. Where they are copied, those
 * with a value of their own keep it, and closed periods always keep what they have.
 */
function scaled(
  { dimension, method, children }: Split,
  from: TargetValue,
  whole: TargetValue,
  days: Calendar,
): Split['children'] {
  const isOpen = ({ member }: Split['children'][number]) =>
    dimension !== 'period' || !isPeriodClosed(days, member);
  if (method === 'copied')
    return children.map((child) =>
      isOpen(child) && amountOf(child.value) === amountOf(from) ? { ...child, value: whole } : child,
    );
  const open = new Set(children.filter(isOpen));
  const [sum, sumOpen, before] = [sumOf(children), sumOf([...open]), amountOf(from)];
  const allocated = sum === 0n || before === 0n ? amountOf(whole) : (amountOf(whole) * sum) / before;
  const left = allocated - sum + sumOpen;
  const weights = [...open].map(({ value }) => (sumOpen === 0n ? 1n : amountOf(value)));
  const parts = open.size > 0 ? [...split(left > 0n ? left : 0n, weights)] : [];
  return children.map((child) =>
    open.has(child) ? { ...child, value: valueLike(child.value, parts.shift()!) } : child,
  );
}

interface Change {
  readonly reason: z.output<typeof RevisionReason>;
  readonly note: string;
  readonly effectiveFrom: string;
}

type Part<E extends string> = NewEvent<E> | Elsewhere<E>;
type RevisionEvent = 'TargetRevised' | 'TargetBrokenDown';

/**
 * The events of a revision of a node: its own, those of all below, and the split of the node above. Only closed periods,
 * which keep what they have, can make parts pass their whole by more than before.
 */
export function revision(
  own: TargetState,
  value: TargetValue,
  change: Change,
  days: Calendar,
  overAssignmentMaxBp: number,
  stateOf: Known['stateOf'],
): readonly Part<RevisionEvent>[] | 'overAssigned' {
  const root = { assigned: holding(own)!, state: own, value };
  const above = splitAbove(root.assigned, value, stateOf);
  if (above && isBeyond(above.over, above.whole, overAssignmentMaxBp)) return 'overAssigned';
  const events: Part<RevisionEvent>[] = above ? [above.event] : [];
  const waiting: (Held & { readonly value: TargetValue })[] = [root];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { targetId, responsible, value: from } = next.assigned;
    const former = next.state.split;
    const anew = former && splitAnew(former, next.value, scaled(former, from, next.value, days), 'weights');
    if (former && anew) {
      const [over, overBefore] = [amountOf(anew.data.overAssignment), amountOf(former.overAssignment)];
      const isMore = over * amountOf(from) > overBefore * amountOf(next.value);
      if (isMore && isBeyond(over, amountOf(next.value), overAssignmentMaxBp)) return 'overAssigned';
    }
    const revised = [
      TargetRevised({ targetId, responsible, from, to: next.value, ...change }),
      ...(anew ? [anew] : []),
    ];
    events.push(...(next === root ? revised : [to(target.ref(targetId), ...revised)]));
    for (const child of anew?.data.children.toReversed() ?? []) {
      const state = stateOf(target.ref(child.targetId));
      const assigned = holding(state);
      if (assigned && amountOf(assigned.value) !== amountOf(child.value))
        waiting.push({ assigned, state, value: child.value });
    }
  }
  return events;
}

export const reviseTarget = target.command({
  name: 'ReviseTarget',
  summary:
    'Revise a target for a reason. Its parts keep their proportions, those of closed periods their values, and what the node above leaves or passes follows.',
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
    if (isPeriodClosed(reads.calendar, assigned.period.periodId)) return reject('periodClosed');
    if (!isSameUnit(assigned.value, value)) return reject('unitDiffers');
    if (amountOf(assigned.value) === amountOf(value)) return [];
    const { overAssignmentMaxBp } = policyOn(reads.policy, 'targets', today);
    const change = { reason, note, effectiveFrom: effectiveFrom ?? today };
    const events = revision(own, value, change, reads.calendar, overAssignmentMaxBp, stateOf);
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
    const below = subtrees(childIds(own), stateOf).map((part) => part.assigned);
    if ([assigned, ...below].some(({ period }) => isPeriodClosed(reads.calendar, period.periodId)))
      return reject('periodClosed');
    const above = splitAbove(assigned, undefined, stateOf);
    return [
      withdrawn(assigned, reason),
      ...(assigned.uniqueKey ? [released(targetClaim, assigned.uniqueKey, targetId)] : []),
      ...(above ? [above.event] : []),
      ...below.map((part) => to(target.ref(part.targetId), withdrawn(part, reason))),
    ];
  },
});

function workingDaysIn(state: Calendar, start: string, endExclusive: string): bigint {
  let days = 0n;
  for (let day = start; day < endExclusive; day = addDays(day, 1)) if (isWorkingDay(state, day)) days += 1n;
  return days;
}

/**
 * Who has a target on which days once it changes hands, and how much: days that go to another take theirs along. What is
 * no sum over time each one has in full.
 */
function handedOver(
  { assigned: { responsible, period, value }, state }: Held,
  toPerson: string,
  on: string,
  days: Calendar,
  isSum: boolean,
): readonly TargetPart[] {
  const { start, endExclusive } = period;
  const held = state.parts ?? [{ responsible, start, endExclusive, value }];
  const kept = held
    .filter((part) => part.start < on)
    .map((part): TargetPart => {
      if (part.endExclusive <= on) return part;
      if (!isSum) return { ...part, endExclusive: on };
      const elapsed = workingDaysIn(days, part.start, on);
      const remaining = workingDaysIn(days, on, part.endExclusive);
      const weights = elapsed + remaining === 0n ? [0n, 1n] : [elapsed, remaining];
      return {
        ...part,
        endExclusive: on,
        value: valueLike(value, split(amountOf(part.value), weights)[0]!),
      };
    });
  const left = isSum ? amountOf(value) - sumOf(kept) : amountOf(value);
  const from = on > start ? on : start;
  return [...kept, { responsible: toPerson, start: from, endExclusive, value: valueLike(value, left) }];
}

/** Whether parts give the same days to the same people as others do and, where it is a sum, with nothing added or lost. */
function areAlike(given: readonly TargetPart[], parts: readonly TargetPart[], isSum: boolean): boolean {
  return (
    given.length === parts.length &&
    given.every(
      ({ responsible, start, endExclusive, value }, index) =>
        responsible === parts[index]!.responsible &&
        start === parts[index]!.start &&
        endExclusive === parts[index]!.endExclusive &&
        isSameUnit(value, parts[index]!.value),
    ) &&
    (!isSum || sumOf(given) === sumOf(parts))
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
      .min(1)
      .max(20)
      .optional()
      .describe('What each one has had of it and has, in order of days; by working days when left out.'),
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
    const below = subtrees(childIds(own), stateOf).filter(
      ({ assigned: part }) => part.responsible === fromPerson && part.period.endExclusive > on,
    );
    const changed = [on, period.periodId, ...below.map(({ assigned: part }) => part.period.periodId)];
    if (changed.some((periodId) => isPeriodClosed(reads.calendar, periodId))) return reject('periodClosed');
    if (!isEmployedFrom(reads.organisation, toPerson, on)) return reject('personUnknown');
    if (on < period.start || on >= period.endExclusive) return reject('dayOutside');
    const isSum = measureOf(assigned.measure, reads.measure!)!.additivity === 'additive';
    const whole = { assigned, state: own };
    const handOver = (node: Held) => handedOver(node, toPerson, on, reads.calendar, isSum);
    if (parts && !areAlike(parts, handOver(whole), isSum)) return reject('partsDiffer');
    const uniqueKey = newKeyOf(context, assigned, toPerson);
    if (uniqueKey && isHeldByOther(reads.claims[0], targetId)) return reject('targetKnown');
    const byDefault = isSum ? 'prorata_working_days' : 'copied';
    const reassigned = (node: Held, given?: readonly TargetPart[]) =>
      TargetReassigned({
        targetId: node.assigned.targetId,
        fromPerson,
        toPerson,
        on,
        method: given ? 'manual' : byDefault,
        parts: [...(given ?? handOver(node))],
        note,
        ...(node === whole && uniqueKey && { uniqueKey }),
      });
    return [
      reassigned(whole, parts),
      ...(uniqueKey && assigned.uniqueKey
        ? [released(targetClaim, assigned.uniqueKey, targetId), claimed(targetClaim, uniqueKey, targetId)]
        : []),
      ...below.map((node) => to(target.ref(node.assigned.targetId), reassigned(node))),
    ];
  },
});
