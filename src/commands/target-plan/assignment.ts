import { canonicalJson } from '../../engine/canonical.ts';
import { reject, to, unknown } from '../../engine/decision.ts';
import { MeasureKey } from '../../events/measure-definition.ts';
import { spanOf } from '../../events/period.ts';
import {
  amountOf,
  currencyOf,
  Dimensions,
  TargetPeriod,
  TargetValue,
  targetEvents,
  unitOfValue,
} from '../../events/target.ts';
import { targetPlanEvents } from '../../events/target-plan.ts';
import { PersonId, TargetPlanId } from '../../events/values.ts';
import { calendar, isPeriodClosed } from '../calendar/state.ts';
import { measure, measureOf, measureRetired } from '../measure.ts';
import { organisation } from '../organisation/state.ts';
import { countsOthers, dimensionUnknown, strangersIn } from '../target/dimensions.ts';
import { barred, isEmployedFrom, nodeIdOf, outsideLine, ownTarget } from '../target/node.ts';
import { holding, target } from '../target/state.ts';
import { isOpen, planFrozen, planUnknown, targetPlan } from './state.ts';

const { TargetAssigned } = targetEvents;
const { TargetPlanRootAdded } = targetPlanEvents;

export const assignPlanTarget = targetPlan.command({
  name: 'AssignPlanTarget',
  summary: 'Assign a target at the top of a plan. Its id follows from plan, measure, period and dimensions.',
  permission: 'target:assign',
  path: '/target-plans/:planId/targets',
  input: {
    planId: TargetPlanId,
    responsible: PersonId.describe('Who is to reach it.'),
    measure: MeasureKey,
    period: TargetPeriod,
    dimensions: Dimensions.default({}),
    value: TargetValue,
    floor: TargetValue.optional().describe('The least that is accepted.'),
    stretch: TargetValue.optional().describe('What is hoped for.'),
  },
  emits: ['TargetPlanRootAdded', 'TargetAssigned'],
  rejects: {
    planUnknown,
    planFrozen,
    ownTarget,
    outsideLine,
    dimensionUnknown,
    measureUnplanned: unknown('The plan has no targets for this measure.'),
    personUnknown: unknown('Nobody of this id is employed in that period.'),
    measureRetired,
    unitDiffers: 'The value is in the unit of the measure, money in the currency of the plan.',
    periodDiffers: 'The period is none of the calendar within the plan.',
    periodClosed: 'The period is closed.',
    bandCrossed: unknown('The floor is at or below the value, the stretch at or above it.'),
    targetKnown: 'The plan has a target for this already.',
  },
  subject: ({ responsible }) => responsible,
  reads: (input, _, __, { stateOf }) => {
    strangersIn(input.dimensions, stateOf(organisation.ref()), stateOf);
    return {
      organisation: organisation.ref(),
      calendar: calendar.ref(),
      measure: measure.ref(input.measure),
      node: target.ref(nodeIdOf(input.planId, input)),
    };
  },
  decide: (plan, input, context) => {
    const { reads, actor, stateOf } = context;
    const { planId, responsible, period, dimensions, value, floor, stretch } = input;
    if (!plan.created) return reject('planUnknown');
    const known = holding(reads.node);
    if (known) {
      const isSame = known.responsible === responsible && canonicalJson(known.value) === canonicalJson(value);
      return isSame && !known.parentTargetId ? [] : reject('targetKnown');
    }
    if (!isOpen(plan)) return reject('planFrozen');
    const { measures, currency, horizon } = plan.created;
    if (!measures.includes(input.measure)) return reject('measureUnplanned');
    if (reads.measure.retired) return reject('measureRetired');
    if (!isEmployedFrom(reads.organisation, responsible, period.start)) return reject('personUnknown');
    const bar = barred(reads.organisation, context, responsible);
    if (bar) return reject(bar);
    const strange = strangersIn(dimensions, reads.organisation, stateOf);
    if (strange.length > 0) return reject('dimensionUnknown', strange);
    if (countsOthers(reads.organisation, context, dimensions)) return reject('outsideLine');
    const unit = measureOf(input.measure, reads.measure)?.unit;
    const isOfPlan = (given: TargetValue): boolean =>
      unitOfValue(given) === unit && [null, currency].includes(currencyOf(given));
    if (![value, floor ?? value, stretch ?? value].every(isOfPlan)) return reject('unitDiffers');
    const span = spanOf(period.periodId, reads.calendar.periods);
    const isWithin = horizon.start <= period.start && period.endExclusive <= horizon.endExclusive;
    if (span?.start !== period.start || span.endExclusive !== period.endExclusive || !isWithin)
      return reject('periodDiffers', [{ pointer: '/period', detail: 'The plan has no such period.' }]);
    if (isPeriodClosed(reads.calendar, period.periodId)) return reject('periodClosed');
    const amount = amountOf(value);
    if ((floor && amountOf(floor) > amount) || (stretch && amountOf(stretch) < amount))
      return reject('bandCrossed');
    const targetId = nodeIdOf(planId, input);
    return [
      ...(plan.roots.includes(targetId) ? [] : [TargetPlanRootAdded({ planId, targetId })]),
      to(
        target.ref(targetId),
        TargetAssigned(
          { ...input, targetId, assignedBy: actor.personId, depth: 0 },
          { effectiveOn: period.start },
        ),
      ),
    ];
  },
});
