import { canonicalJson } from '../../engine/canonical.ts';
import { absent, reject, unknown } from '../../engine/decision.ts';
import { generated } from '../../engine/input.ts';
import { addDays } from '../../engine/instant.ts';
import { configuration, organisationEvents, UnitKind } from '../../events/organisation.ts';
import { periodOf, spanOf } from '../../events/period.ts';
import { Line, LocalDate, occurred, PositionId, RegionId, UnitId } from '../../events/values.ts';
import { type Calendar, calendar } from '../calendar/state.ts';
import { holderOn } from './authority.ts';
import { leadsTo, nextAfter, unitStep } from './line.ts';
import { covers, type Organisation, organisation, type Since, type Unit } from './state.ts';

const { OrganisationConfigured, OrgUnitCreated, OrgUnitMoved, OrgUnitHeadAppointed, OrgUnitDissolved } =
  organisationEvents;

const beginsMonth = ({ periods }: Calendar, day: string): boolean =>
  spanOf(periodOf(day, 'month', periods) ?? '', periods)?.start === day;

/** Whether a unit stands on all days of an interval. */
export const stands = (unit: Unit | undefined, { from, to }: Since): unit is Unit =>
  unit !== undefined &&
  unit.parents[0]!.from <= from &&
  (unit.dissolvedOn === undefined || (to !== undefined && to <= unit.dissolvedOn));

const standsOn = (unit: Unit, day: string): boolean => stands(unit, { from: day, to: addDays(day, 1) });

/** The interval from a day until the next entry of a list begins. */
const untilNext = (list: readonly Since[], from: string): Since => {
  const next = nextAfter(list, from);
  return { from, ...(next && { to: next.from }) };
};

const unitAbsent = absent('There is no such unit.');
const notStanding = 'The unit does not stand on that day: it is founded later or dissolved before.';
const unknownUnit = unknown('The other unit does not stand in that time.');

export const configureOrganisation = organisation.command({
  name: 'ConfigureOrganisation',
  summary: 'Set the name, time zone, reporting currency and due times of the organisation.',
  permission: 'organisation:write',
  path: '/organisation/configure',
  input: { ...configuration, ...occurred },
  emits: ['OrganisationConfigured'],
  rejects: {
    notAtPeriodBoundary: 'Time zone and reporting currency change only on the first day of a fiscal month.',
  },
  reads: () => ({ calendar: calendar.ref() }),
  decide: ({ configuration: present }, { occurredAt: _, ...input }, { reads, today }) => {
    if (present && canonicalJson(present) === canonicalJson(input)) return [];
    const deep =
      present &&
      (present.timeZone !== input.timeZone || present.reportingCurrency !== input.reportingCurrency);
    if (deep && !beginsMonth(reads.calendar, today)) return reject('notAtPeriodBoundary');
    return [OrganisationConfigured(input)];
  },
});

export const createOrgUnit = organisation.command({
  name: 'CreateOrgUnit',
  summary: 'Found a unit of the organisation; the first one has no parent and is its root.',
  permission: 'organisation:write',
  path: '/org-units',
  input: {
    unitId: generated(UnitId),
    code: Line,
    name: Line,
    kind: UnitKind,
    parentId: UnitId.nullable().default(null).describe('The unit that it is part of; null for the root.'),
    regionId: RegionId.optional(),
    from: LocalDate,
    ...occurred,
  },
  emits: ['OrgUnitCreated'],
  rejects: {
    unitExists: 'There is already a unit of this id.',
    unitCodeTaken: 'Another unit has this code.',
    rootExists: 'There is a root already; every other unit is part of one.',
    parentUnknown: unknown('The unit that it is to be part of does not stand on that day.'),
    regionUnknown: unknown('There is no such region, or it is retired.'),
  },
  decide: ({ units, regions }, { occurredAt: _, ...input }) => {
    const { unitId, code, name, kind, parentId, regionId, from } = input;
    const before = units.get(unitId);
    if (before) {
      const same =
        before.code === code &&
        before.name === name &&
        before.kind === kind &&
        before.regionId === regionId &&
        before.parents[0]!.parentId === parentId &&
        before.parents[0]!.from === from;
      return same ? [] : reject('unitExists', [{ pointer: '/unitId', detail: 'Choose another id.' }]);
    }
    if ([...units.values()].some((unit) => unit.code === code)) {
      return reject('unitCodeTaken', [{ pointer: '/code', detail: 'Choose another code.' }]);
    }
    if (parentId === null && units.size > 0) return reject('rootExists');
    if (parentId !== null && !stands(units.get(parentId), { from })) {
      return reject('parentUnknown', [{ pointer: '/parentId', detail: 'Choose a unit that stands.' }]);
    }
    if (regionId && regions.get(regionId)?.retired !== false) {
      return reject('regionUnknown', [{ pointer: '/regionId', detail: 'Choose a region that is defined.' }]);
    }
    return [OrgUnitCreated(input, { effectiveOn: from })];
  },
});

export const moveOrgUnit = organisation.command({
  name: 'MoveOrgUnit',
  summary: 'Make a unit part of another one from a day on, until the move after that.',
  permission: 'organisation:write',
  path: '/org-units/:unitId/move',
  input: { unitId: UnitId, newParentId: UnitId, from: LocalDate, ...occurred },
  emits: ['OrgUnitMoved'],
  rejects: {
    unitAbsent,
    unitNotStanding: notStanding,
    rootCannotMove: 'The root is part of no other unit.',
    parentUnknown: unknownUnit,
    unitCycle: 'The unit would become part of itself.',
  },
  decide: (state, { unitId, newParentId, from }) => {
    const unit = state.units.get(unitId);
    if (!unit) return reject('unitAbsent');
    const time = untilNext(unit.parents, from);
    const former = unit.parents.findLast((entry) => covers(entry, from));
    if (!former || !standsOn(unit, from)) return reject('unitNotStanding');
    if (former.parentId === null) return reject('rootCannotMove');
    if (former.parentId === newParentId) return [];
    if (!stands(state.units.get(newParentId), time)) {
      return reject('parentUnknown', [{ pointer: '/newParentId', detail: 'Choose a unit that stands.' }]);
    }
    if (leadsTo(state, unitStep, newParentId, unitId, time)) return reject('unitCycle');
    return [
      OrgUnitMoved(
        { unitId, newParentId, from, to: time.to ?? null, formerFrom: former.from },
        { effectiveOn: from },
      ),
    ];
  },
});

export const appointHead = organisation.command({
  name: 'AppointHead',
  summary: 'Make the holder of a position the head of a unit from a day on.',
  permission: 'organisation:write',
  path: '/org-units/:unitId/appoint-head',
  input: { unitId: UnitId, positionId: PositionId, from: LocalDate, ...occurred },
  emits: ['OrgUnitHeadAppointed'],
  rejects: {
    unitAbsent,
    unitNotStanding: notStanding,
    positionUnknown: unknown('Nobody holds this position on that day.'),
  },
  decide: (state, { unitId, positionId, from }) => {
    const unit = state.units.get(unitId);
    if (!unit) return reject('unitAbsent');
    if (!standsOn(unit, from)) return reject('unitNotStanding');
    const former = unit.heads.findLast((entry) => covers(entry, from));
    if (former?.positionId === positionId) return [];
    if (!holderOn(state, positionId, from)) {
      return reject('positionUnknown', [
        { pointer: '/positionId', detail: 'Choose a position that is held.' },
      ]);
    }
    const { to = null } = untilNext(unit.heads, from);
    return [
      OrgUnitHeadAppointed(
        { unitId, positionId, from, to, formerFrom: former?.from ?? null },
        { effectiveOn: from },
      ),
    ];
  },
});

/** Whether people work in a unit or other units are part of it, on a day or later. */
const inUse = ({ units, people }: Organisation, unitId: string, day: string): boolean => {
  const later = ({ to }: Since) => to === undefined || to > day;
  const staffed = [...people.values()].some(({ assignments }) =>
    assignments.some((held) => held.orgUnitId === unitId && later(held)),
  );
  return (
    staffed ||
    [...units.values()].some(
      ({ parents, dissolvedOn }) =>
        (dissolvedOn === undefined || dissolvedOn > day) &&
        parents.some((entry) => entry.parentId === unitId && later(entry)),
    )
  );
};

export const dissolveOrgUnit = organisation.command({
  name: 'DissolveOrgUnit',
  summary: 'Dissolve a unit that is empty from a day on; its successor stands in for it in comparisons.',
  permission: 'organisation:write',
  path: '/org-units/:unitId/dissolve',
  input: { unitId: UnitId, from: LocalDate, successorId: UnitId, ...occurred },
  emits: ['OrgUnitDissolved'],
  rejects: {
    unitAbsent,
    unitNotStanding: notStanding,
    successorUnknown: unknown('The successor is another unit that stands on.'),
    unitInUse: 'People work in the unit or other units are part of it; move them first.',
  },
  decide: (state, { unitId, from, successorId }) => {
    const unit = state.units.get(unitId);
    if (!unit) return reject('unitAbsent');
    if (unit.dissolvedOn === from) return [];
    if (!stands(unit, { from })) return reject('unitNotStanding');
    if (successorId === unitId || !stands(state.units.get(successorId), { from })) {
      return reject('successorUnknown', [{ pointer: '/successorId', detail: 'Choose another unit.' }]);
    }
    if (inUse(state, unitId, from)) return reject('unitInUse');
    return [OrgUnitDissolved({ unitId, from, successorId }, { effectiveOn: from })];
  },
});
