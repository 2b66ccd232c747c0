import { z } from 'zod';
import { type Actor, absent, forbidden, reject, unknown } from '../../engine/decision.ts';
import { generated } from '../../engine/input.ts';
import { FullTimeBp, organisationEvents, Specialisation } from '../../events/organisation.ts';
import { LocalDate, occurred, PersonId, PositionId, UnitId } from '../../events/values.ts';
import { authorize, employmentOn, holderOn, lineFrom, scopeOf } from './authority.ts';
import { earliest, leadsTo, nextAfter, overlap, positionStep } from './line.ts';
import { type Assignment, covers, type Organisation, organisation, type Since } from './state.ts';
import { stands } from './units.ts';

const { PositionAssigned, AssignmentEnded } = organisationEvents;

const notEmployed = absent('The person is not employed on that day.');

/** Who answers for a position on a day: its holder, else the nearest one above. */
const answersFor = (state: Organisation, positionId: string | null, day: string): string | undefined =>
  lineFrom(state, positionId, day)
    .map((above) => holderOn(state, above, day))
    .find((holder) => holder !== undefined);

/** Whether an actor may put people below a position; below none it takes a right over the whole organisation. */
function mayAssignBelow(
  state: Organisation,
  actor: Actor,
  positionId: string | null,
  today: string,
): boolean {
  const holder = answersFor(state, positionId, today);
  if (holder === undefined) return scopeOf(state, actor, 'employment:write', today) === 'organisation';
  return authorize(state, actor, 'employment:write', holder, today);
}

interface Wanted {
  readonly positionId: string;
  readonly orgUnitId: string;
  readonly reportsToPositionId: string | null;
  readonly primary: boolean;
  readonly fteBp: number;
  readonly specialisation: string;
}

const isSame = (held: Assignment, wanted: Wanted): boolean =>
  held.positionId === wanted.positionId &&
  held.orgUnitId === wanted.orgUnitId &&
  held.reportsTo === wanted.reportsToPositionId &&
  held.primary === wanted.primary &&
  held.fteBp === wanted.fteBp &&
  held.specialisation === wanted.specialisation;

const lasting = (from: string, to: string | undefined): Since => ({ from, ...(to !== undefined && { to }) });

/** From when to when a position's line would be the one wanted: until the next one assigned begins. */
function lineTime(state: Organisation, positionId: string, time: Since): Since {
  const others = (state.positions.get(positionId) ?? []).filter(
    (held) => held.from !== held.to || !covers(time, held.from),
  );
  return lasting(time.from, nextAfter(others, time.from)?.from);
}

export const assignPosition = organisation.command({
  name: 'AssignPosition',
  summary:
    'Give a person a position, or another place to the one held, from a day on; it ends the main position held then and lasts until the next one begins.',
  permission: 'employment:write',
  path: '/people/:personId/assign-position',
  input: {
    personId: PersonId,
    positionId: generated(PositionId),
    orgUnitId: UnitId,
    reportsToPositionId: PositionId.nullable().describe('The position above; null at the top.'),
    from: LocalDate,
    primary: z.boolean().default(true).describe('Whether it is the person’s main position.'),
    fteBp: FullTimeBp.default(10_000),
    specialisation: Specialisation,
    ...occurred,
  },
  emits: ['AssignmentEnded', 'PositionAssigned'],
  rejects: {
    notEmployed,
    unitUnknown: unknown('The unit does not stand in that time.'),
    superiorUnknown: unknown('The position above has not been held by anybody on that day or before.'),
    positionOutOfReach: forbidden('The position is not below one that you answer for.'),
    positionHeld: 'Somebody else holds the position in that time.',
    reportingCycle: 'The position would report to itself.',
  },
  subject: ({ personId, reportsToPositionId, from }, state) => {
    if (state.people.get(personId)?.assignments.length) return personId;
    return answersFor(state, reportsToPositionId, from);
  },
  decide: (state, { occurredAt: _, ...wanted }, { actor, today }) => {
    const { personId, positionId, reportsToPositionId, from } = wanted;
    const employment = employmentOn(state, personId, from);
    if (!employment) return reject('notEmployed');
    const inTheWay = state.people
      .get(personId)!
      .assignments.filter((held) => held.positionId === positionId || (held.primary && wanted.primary));
    const time = lasting(from, earliest(nextAfter(inTheWay, from)?.from, employment.to));
    if (!stands(state.units.get(wanted.orgUnitId), time)) {
      return reject('unitUnknown', [{ pointer: '/orgUnitId', detail: 'Choose a unit that stands.' }]);
    }
    if (
      reportsToPositionId !== null &&
      !state.positions.get(reportsToPositionId)?.some((held) => held.from <= from)
    ) {
      return reject('superiorUnknown', [
        { pointer: '/reportsToPositionId', detail: 'Assign the position above first.' },
      ]);
    }
    if (!mayAssignBelow(state, actor, reportsToPositionId, today)) return reject('positionOutOfReach');
    const replaced = inTheWay.filter((held) => covers(held, from));
    if (replaced.some((held) => isSame(held, wanted))) return [];
    const holders = state.positions.get(positionId) ?? [];
    if (holders.some((held) => held.personId !== personId && held.from !== held.to && overlap(held, time))) {
      return reject('positionHeld', [{ pointer: '/positionId', detail: 'Choose one that is vacant.' }]);
    }
    if (
      reportsToPositionId !== null &&
      leadsTo(state, positionStep, reportsToPositionId, positionId, lineTime(state, positionId, time))
    ) {
      return reject('reportingCycle', [
        { pointer: '/reportsToPositionId', detail: 'Choose a position that is not below this one.' },
      ]);
    }
    const on = { effectiveOn: from };
    return [
      ...replaced.map((held) =>
        AssignmentEnded({ personId, positionId: held.positionId, from: held.from, on: from }, on),
      ),
      PositionAssigned({ ...wanted, to: time.to ?? null }, on),
    ];
  },
});

export const endAssignment = organisation.command({
  name: 'EndAssignment',
  summary: 'End a person’s time in a position, which is vacant from that day on.',
  permission: 'employment:write',
  path: '/people/:personId/positions/:positionId/end',
  input: {
    personId: PersonId,
    positionId: PositionId,
    on: LocalDate.describe('First day on which the person no longer holds it.'),
    ...occurred,
  },
  emits: ['AssignmentEnded'],
  rejects: { assignmentAbsent: absent('The person does not hold this position on that day.') },
  decide: ({ people }, { personId, positionId, on }) => {
    const held = people.get(personId)?.assignments.filter((other) => other.positionId === positionId) ?? [];
    const open = held.find((other) => covers(other, on));
    if (open) {
      return [AssignmentEnded({ personId, positionId, from: open.from, on }, { effectiveOn: on })];
    }
    return held.some(({ to }) => to === on) ? [] : reject('assignmentAbsent');
  },
});
