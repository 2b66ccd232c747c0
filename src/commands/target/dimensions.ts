import { type Act, type Known, type Refusal, unknown } from '../../engine/decision.ts';
import type { Dimensions, SplitDimension } from '../../events/target.ts';
import { customer, isRegistered } from '../customer/state.ts';
import { dealer } from '../dealer.ts';
import { headOn, regionUnitsOf, scopeOf, unitsFrom } from '../organisation/authority.ts';
import type { Organisation } from '../organisation/state.ts';
import { isDefined, product } from '../product.ts';
import { isAtOrAbove } from './node.ts';

export const dimensionUnknown = unknown('There is nothing of that kind to narrow the target to.');

/** Whether a member of a dimension is there; groups and segments are no more than what products and customers say. */
export function isThere(
  dimension: SplitDimension,
  member: string,
  { units, people, regions, channels }: Organisation,
  stateOf: Known['stateOf'],
): boolean {
  if (dimension === 'org_unit') return units.has(member);
  if (dimension === 'salesperson' || dimension === 'manager') return people.has(member);
  if (dimension === 'region') return regions.has(member);
  if (dimension === 'channel') return channels.has(member);
  if (dimension === 'product') return isDefined(stateOf(product.ref(member)));
  if (dimension === 'customer') return isRegistered(stateOf(customer.ref(member)));
  if (dimension === 'dealer') return stateOf(dealer.ref(member)).appointment !== undefined;
  return true;
}

/** What a target is narrowed to that is not there. */
export const strangersIn = (
  dimensions: Dimensions,
  organisation: Organisation,
  stateOf: Known['stateOf'],
): NonNullable<Refusal['errors']> =>
  Object.entries(dimensions).flatMap(([dimension, member]) =>
    isThere(dimension as SplitDimension, member, organisation, stateOf)
      ? []
      : [{ pointer: `/dimensions/${dimension}`, detail: `There is no such ${dimension}.` }],
  );

/**
 * Whether people would count to a target whom its author does not lead: their figures are not the author's to see. It is
 * enough to lead those of one dimension, since whoever counts is in all of them; what the target above is narrowed to is
 * its author's affair.
 */
export function countsOthers(
  organisation: Organisation,
  { actor, today }: Act,
  dimensions: Dimensions,
  above: Dimensions = {},
): boolean {
  const scope = scopeOf(organisation, actor, 'target:assign', today);
  if (scope === 'organisation') return false;
  const { personId: me } = actor;
  const regions = me !== undefined && scope === 'region' ? regionUnitsOf(organisation, me, today) : [];
  const leads = (personId: string | undefined): boolean =>
    me !== undefined && personId !== undefined && isAtOrAbove(organisation, me, personId, today);
  const leadsUnit = (unitId: string): boolean =>
    unitsFrom(organisation, unitId, today).some(
      (id) => regions.includes(id) || leads(headOn(organisation, id, today)),
    );
  const added = (['salesperson', 'manager', 'org_unit'] as const).filter(
    (name) => dimensions[name] !== undefined && dimensions[name] !== above[name],
  );
  const isLed = (name: (typeof added)[number]): boolean =>
    name === 'org_unit' ? leadsUnit(dimensions[name]!) : leads(dimensions[name]);
  return added.length > 0 && !added.some(isLed);
}
