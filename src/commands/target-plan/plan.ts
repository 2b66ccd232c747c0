import { z } from 'zod';
import { canonicalJson } from '../../engine/canonical.ts';
import { type Act, forbidden, reject, unknown } from '../../engine/decision.ts';
import { generated } from '../../engine/input.ts';
import { addDays } from '../../engine/instant.ts';
import { MeasureKey } from '../../events/measure-definition.ts';
import { levelOf, spanOf } from '../../events/period.ts';
import type { Permission } from '../../events/permission.ts';
import { TargetPeriod } from '../../events/target.ts';
import { BasisKind, Seasonality, targetPlanEvents } from '../../events/target-plan.ts';
import { Comment, Currency, Line, LocalDate, TargetPlanId, UnitId } from '../../events/values.ts';
import { calendar } from '../calendar/state.ts';
import { measure, measureOf, measureRetired, measureUnknown } from '../measure.ts';
import { regionUnitsOf, scopeOf } from '../organisation/authority.ts';
import { downward, unitsWithin } from '../organisation/line.ts';
import { type Organisation, organisation } from '../organisation/state.ts';
import { policy, policyOn } from '../policy.ts';
import { holding, target } from '../target/state.ts';
import { isOpen, planFrozen, planUnknown, targetPlan } from './state.ts';

const {
  TargetPlanCreated,
  TargetBasisRecorded,
  SeasonalityCurveAttached,
  TargetPlanSubmitted,
  TargetPlanApproved,
  TargetPlanRecalled,
} = targetPlanEvents;

const nobody = () => undefined;

const outsideRegion = forbidden('A regional manager plans for units of the own region.');

/** Whether an actor plans for a region, and a unit is not in it today. */
function isOutside(
  state: Organisation,
  { actor, today }: Act,
  permission: Permission,
  unitId: string,
): boolean {
  if (scopeOf(state, actor, permission, today) === 'organisation') return false;
  const regions = actor.personId ? regionUnitsOf(state, actor.personId, today) : [];
  const days = unitsWithin(downward(state), regions).get(unitId) ?? [];
  return !days.some(({ from, to }) => from <= today && today < to);
}

export const createTargetPlan = targetPlan.command({
  name: 'CreateTargetPlan',
  summary: 'Create a target plan of a unit for a fiscal year or twelve rolling months.',
  permission: 'target-plan:write',
  path: '/target-plans',
  input: {
    planId: generated(TargetPlanId),
    name: Line.describe('What the plan is called.'),
    horizon: TargetPeriod,
    measures: z.array(MeasureKey).min(1).max(20).describe('What the plan has targets for.'),
    rootOrgUnit: UnitId.describe('The unit that the plan is for.'),
    currency: Currency,
  },
  emits: ['TargetPlanCreated'],
  rejects: {
    planKnown: 'There is another plan of this id.',
    horizonDiffers:
      'A plan covers a fiscal year or twelve rolling months, on the days that the calendar has.',
    measureUnknown,
    measureRetired,
    unitUnknown: unknown('There is no such unit.'),
    outsideRegion,
  },
  subject: nobody,
  reads: ({ measures }) => ({
    organisation: organisation.ref(),
    calendar: calendar.ref(),
    measures: measures.map((key) => measure.ref(key)),
  }),
  decide: ({ created }, input, context) => {
    const { reads, actor } = context;
    const { horizon, rootOrgUnit, measures } = input;
    if (created) {
      const { calendarVersion: _, createdBy: __, ...known } = created;
      return canonicalJson(known) === canonicalJson(input) ? [] : reject('planKnown');
    }
    const span = spanOf(horizon.periodId, reads.calendar.periods);
    const level = levelOf(horizon.periodId);
    if (
      (level !== 'year' && level !== undefined) ||
      span?.start !== horizon.start ||
      span.endExclusive !== horizon.endExclusive
    )
      return reject('horizonDiffers', [{ pointer: '/horizon', detail: 'The calendar has no such year.' }]);
    const at = (index: number) => [
      { pointer: `/measures/${index}`, detail: 'Define it, or take another one.' },
    ];
    const missing = measures.findIndex((key, index) => !measureOf(key, reads.measures[index]!));
    if (missing >= 0) return reject('measureUnknown', at(missing));
    const retired = reads.measures.findIndex((state) => state.retired);
    if (retired >= 0) return reject('measureRetired', at(retired));
    if (!reads.organisation.units.has(rootOrgUnit)) return reject('unitUnknown');
    if (isOutside(reads.organisation, context, 'target-plan:write', rootOrgUnit))
      return reject('outsideRegion');
    return [
      TargetPlanCreated(
        { ...input, calendarVersion: reads.calendar.calendarVersion, createdBy: actor.personId },
        { effectiveOn: horizon.start },
      ),
    ];
  },
});

export const recordTargetBasis = targetPlan.command({
  name: 'RecordTargetBasis',
  summary: 'Record what the targets of a plan rest on. Intuition is permitted, and flagged.',
  permission: 'target-plan:write',
  path: '/target-plans/:planId/basis',
  input: {
    planId: TargetPlanId,
    kind: BasisKind,
    refs: z.array(Line).max(50).default([]).describe('Where the evidence is.'),
    note: Comment,
  },
  emits: ['TargetBasisRecorded'],
  rejects: {
    planUnknown,
    planFrozen,
    outsideRegion,
    evidenceMissing: unknown('Everything but intuition names its evidence.'),
  },
  subject: nobody,
  reads: () => ({ organisation: organisation.ref() }),
  decide: (plan, input, context) => {
    if (!plan.created) return reject('planUnknown');
    const { rootOrgUnit } = plan.created;
    if (isOutside(context.reads.organisation, context, 'target-plan:write', rootOrgUnit))
      return reject('outsideRegion');
    if (!isOpen(plan)) return reject('planFrozen');
    if (input.kind !== 'intuition' && input.refs.length === 0)
      return reject('evidenceMissing', [{ pointer: '/refs', detail: 'Name at least one source.' }]);
    return [TargetBasisRecorded(input)];
  },
});

export const attachSeasonality = targetPlan.command({
  name: 'AttachSeasonality',
  summary: 'Attach to a plan the share that each period of the year has, summing to 10 000 basis points.',
  permission: 'target:assess',
  path: '/target-plans/:planId/seasonality',
  input: { planId: TargetPlanId, weights: Seasonality },
  emits: ['SeasonalityCurveAttached'],
  rejects: { planUnknown, planFrozen, outsideRegion },
  subject: nobody,
  reads: () => ({ organisation: organisation.ref() }),
  decide: (plan, { planId, weights }, context) => {
    if (!plan.created) return reject('planUnknown');
    if (isOutside(context.reads.organisation, context, 'target:assess', plan.created.rootOrgUnit))
      return reject('outsideRegion');
    if (!isOpen(plan)) return reject('planFrozen');
    if (canonicalJson(plan.seasonality) === canonicalJson(weights)) return [];
    return [SeasonalityCurveAttached({ planId, weights })];
  },
});

export const submitTargetPlan = targetPlan.command({
  name: 'SubmitTargetPlan',
  summary: 'Put a plan up for discussion with those who are to reach its targets.',
  permission: 'target-plan:write',
  path: '/target-plans/:planId/submit',
  input: {
    planId: TargetPlanId,
    discussUntil: LocalDate.optional().describe('Last day of the discussion; by the policy when left out.'),
  },
  emits: ['TargetPlanSubmitted'],
  rejects: {
    planUnknown,
    planFrozen,
    outsideRegion,
    discussionPast: unknown('The last day of the discussion is today, or later.'),
    basisMissing: 'The plan rests on nothing yet: record its basis, be it intuition.',
    targetsMissing: 'The plan has no targets yet.',
  },
  subject: nobody,
  reads: (_, { roots }) => ({
    organisation: organisation.ref(),
    policy: policy.ref(),
    roots: roots.map((id) => target.ref(id)),
  }),
  decide: (plan, { planId, discussUntil }, context) => {
    const { reads, today } = context;
    if (!plan.created) return reject('planUnknown');
    if (isOutside(reads.organisation, context, 'target-plan:write', plan.created.rootOrgUnit))
      return reject('outsideRegion');
    if (plan.state === 'in_discussion') return [];
    if (!isOpen(plan)) return reject('planFrozen');
    if (discussUntil !== undefined && discussUntil < today) return reject('discussionPast');
    if (plan.basis.length === 0) return reject('basisMissing');
    if (!reads.roots.some(holding)) return reject('targetsMissing');
    const { discussionDays } = policyOn(reads.policy, 'targets', today);
    return [TargetPlanSubmitted({ planId, discussUntil: discussUntil ?? addDays(today, discussionDays) })];
  },
});

export const approveTargetPlan = targetPlan.command({
  name: 'ApproveTargetPlan',
  summary: 'Approve a plan after its discussion; from then on it is frozen.',
  permission: 'target-plan:approve',
  path: '/target-plans/:planId/approve',
  input: { planId: TargetPlanId },
  emits: ['TargetPlanApproved'],
  rejects: {
    planUnknown,
    notInDiscussion: 'Only a plan in discussion is approved.',
    selfApproval: forbidden('Nobody approves a plan that sets their own target at its top.'),
  },
  subject: nobody,
  reads: (_, { roots }) => ({ roots: roots.map((id) => target.ref(id)) }),
  decide: (plan, { planId }, { reads, actor }) => {
    if (!plan.created) return reject('planUnknown');
    if (plan.state === 'approved') return [];
    if (plan.state !== 'in_discussion') return reject('notInDiscussion');
    if (actor.personId && reads.roots.some((root) => holding(root)?.responsible === actor.personId))
      return reject('selfApproval');
    return [TargetPlanApproved({ planId, approvedBy: actor.personId })];
  },
});

export const recallTargetPlan = targetPlan.command({
  name: 'RecallTargetPlan',
  summary: 'Recall a plan, so that it can be changed and put up for discussion again.',
  permission: 'target-plan:approve',
  path: '/target-plans/:planId/recall',
  input: { planId: TargetPlanId, reason: Comment },
  emits: ['TargetPlanRecalled'],
  rejects: {
    planUnknown,
    notSubmitted: 'Only a plan in discussion, approved or published is recalled.',
  },
  subject: nobody,
  decide: ({ created, state }, { planId, reason }) => {
    if (!created) return reject('planUnknown');
    if (state === 'recalled') return [];
    if (state === 'draft' || state === 'closed') return reject('notSubmitted');
    return [TargetPlanRecalled({ planId, reason })];
  },
});
