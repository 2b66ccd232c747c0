import { canonicalJson } from '../../engine/canonical.ts';
import { reject, unknown } from '../../engine/decision.ts';
import type { DataOf } from '../../engine/event.ts';
import { generated } from '../../engine/input.ts';
import { MeasureKey, type MeasureUnit } from '../../events/measure-definition.ts';
import { Dimensions, TargetPeriod, TargetValue, targetEvents, unitOfValue } from '../../events/target.ts';
import { PersonId, TargetId } from '../../events/values.ts';
import { calendar, isPeriodClosed } from '../calendar/state.ts';
import { claimed, claimRefs, isHeldByOther } from '../claim.ts';
import { measure, measureOf, measureRetired, measureUnknown } from '../measure.ts';
import { organisation } from '../organisation/state.ts';
import { targetClaim, uniqueKeyOf } from './claim.ts';
import { countsOthers, dimensionUnknown, strangersIn } from './dimensions.ts';
import { barred, isEmployedFrom, outsideLine, ownTarget } from './node.ts';
import { target } from './state.ts';

const { TargetAssigned } = targetEvents;

const advice: Readonly<Record<MeasureUnit, string>> = {
  money: 'Give an amount of money.',
  count: 'Give a count.',
  ratio: 'Give basis points.',
};

export const assignTarget = target.command({
  name: 'AssignTarget',
  summary: 'Assign a target for a period to the person who is responsible for reaching it.',
  permission: 'target:assign',
  path: '/targets',
  input: {
    targetId: generated(TargetId),
    responsible: PersonId.describe('Who is to reach it.'),
    measure: MeasureKey,
    period: TargetPeriod,
    dimensions: Dimensions.default({}),
    value: TargetValue,
  },
  emits: ['TargetAssigned', 'Claimed'],
  rejects: {
    ownTarget,
    outsideLine,
    dimensionUnknown,
    targetKnown: 'There is a target for this already, or another one of this id.',
    personUnknown: unknown('Nobody of this id is employed in that period.'),
    measureUnknown,
    measureRetired,
    unitDiffers: 'The value is in the unit of the measure.',
    periodDiffers: 'The fiscal calendar has other days for this period.',
    periodClosed: 'The period is closed.',
  },
  subject: ({ responsible }) => responsible,
  reads: (input, _, act, { stateOf }) => {
    strangersIn(input.dimensions, stateOf(organisation.ref()), stateOf);
    return {
      organisation: organisation.ref(),
      calendar: calendar.ref(),
      measure: measure.ref(input.measure),
      claims: claimRefs(targetClaim, uniqueKeyOf(act, input)),
    };
  },
  decide: ({ assigned }, input, context) => {
    const { reads, actor, stateOf } = context;
    const { targetId, responsible, period, value } = input;
    const uniqueKey = uniqueKeyOf(context, input);
    if (assigned) return isRepeated(assigned, { uniqueKey, value }) ? [] : reject('targetKnown');
    if (!isEmployedFrom(reads.organisation, responsible, period.start)) return reject('personUnknown');
    const bar = barred(reads.organisation, context, responsible);
    if (bar) return reject(bar);
    const strange = strangersIn(input.dimensions, reads.organisation, stateOf);
    if (strange.length > 0) return reject('dimensionUnknown', strange);
    if (countsOthers(reads.organisation, context, input.dimensions)) return reject('outsideLine');
    const definition = measureOf(input.measure, reads.measure);
    if (!definition)
      return reject('measureUnknown', [{ pointer: '/measure', detail: 'Define it, or take another one.' }]);
    if (reads.measure.retired) return reject('measureRetired');
    if (unitOfValue(value) !== definition.unit)
      return reject('unitDiffers', [{ pointer: '/value', detail: advice[definition.unit] }]);
    const published = reads.calendar.periods.find(({ periodId }) => periodId === period.periodId);
    if (published && (published.start !== period.start || published.endExclusive !== period.endExclusive))
      return reject('periodDiffers', [
        { pointer: '/period', detail: `It is from ${published.start} to before ${published.endExclusive}.` },
      ]);
    if (isPeriodClosed(reads.calendar, period.periodId)) return reject('periodClosed');
    if (isHeldByOther(reads.claims[0], targetId)) return reject('targetKnown');
    return [
      TargetAssigned({ ...input, assignedBy: actor.personId, uniqueKey }, { effectiveOn: period.start }),
      claimed(targetClaim, uniqueKey, targetId),
    ];
  },
});

type Aim = Pick<DataOf<typeof TargetAssigned>, 'uniqueKey' | 'value'>;
const isRepeated = (assigned: Aim, { uniqueKey, value }: Aim): boolean =>
  assigned.uniqueKey === uniqueKey && canonicalJson(assigned.value) === canonicalJson(value);
