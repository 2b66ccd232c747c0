import { type Calendar, isWorkingDay } from './calendar/state.ts';
import { assignmentsOn, rolesOn } from './organisation/authority.ts';
import { covers, type Organisation } from './organisation/state.ts';
import { isAbsent, type PersonState } from './person.ts';

/** The sales region that a person works in on a day: that of the unit, or of the nearest unit above that has one. */
export function regionOf(organisation: Organisation, personId: string, day: string): string | undefined {
  for (const { orgUnitId } of assignmentsOn(organisation, personId, day)) {
    for (let unit = organisation.units.get(orgUnitId); unit; ) {
      if (unit.regionId) return unit.regionId;
      const parentId = unit.parents.findLast((entry) => covers(entry, day))?.parentId;
      unit = parentId ? organisation.units.get(parentId) : undefined;
    }
  }
  return undefined;
}

/** Whether a salesperson is employed, at work and not away on a business day. */
export const worksInTheField = (
  reads: { readonly organisation: Organisation; readonly calendar: Calendar; readonly person: PersonState },
  personId: string,
  day: string,
): boolean =>
  rolesOn(reads.organisation, personId, day).includes('SP') &&
  isWorkingDay(reads.calendar, day, regionOf(reads.organisation, personId, day)) &&
  !isAbsent(reads.person, day);
