import { absent, reject } from '../../engine/decision.ts';
import { addDays } from '../../engine/instant.ts';
import { EmploymentEndReason, organisationEvents } from '../../events/organisation.ts';
import { Line, LocalDate, occurred, PersonId } from '../../events/values.ts';
import { person } from '../person.ts';
import { organisation, type Since } from './state.ts';

const { PersonEmployed, EmploymentEndAnnounced, EmploymentEnded, AssignmentEnded, RoleRevoked } =
  organisationEvents;

const newcomerMonths = 6;

const notEmployed = absent('The person is not employed.');
const endBeforeStart = 'The last day is before the employment began.';

export const employPerson = organisation.command({
  name: 'EmployPerson',
  summary: 'Employ a registered person, for the first time or again.',
  permission: 'employment:write',
  path: '/people/:personId/employ',
  input: {
    personId: PersonId,
    employeeNo: Line,
    from: LocalDate,
    newcomerUntil: LocalDate.optional().describe(
      'Until when the person counts as a newcomer; six months when left out.',
    ),
    ...occurred,
  },
  emits: ['PersonEmployed'],
  rejects: {
    personNotRegistered: absent('Nobody of this id is registered.'),
    alreadyEmployed: 'The person is employed in that time.',
    employeeNoTaken: 'Another person has this employee number.',
    newcomerEndsBeforeStart: 'The time as a newcomer ends before the employment begins.',
  },
  subject: ({ personId }, { people }) => (people.has(personId) ? personId : undefined),
  reads: ({ personId }) => ({ person: person.ref(personId) }),
  decide: ({ people, employeeNos }, { personId, employeeNo, from, newcomerUntil }, { reads }) => {
    const before = people.get(personId);
    const until = newcomerUntil ?? Temporal.PlainDate.from(from).add({ months: newcomerMonths }).toString();
    if (!reads.person.registered) return reject('personNotRegistered');
    if (before && before.from === from && before.employeeNo === employeeNo && !before.endedOn) return [];
    if (before && (before.endedOn === undefined || from <= before.endedOn)) return reject('alreadyEmployed');
    if ((employeeNos.get(employeeNo) ?? personId) !== personId) {
      return reject('employeeNoTaken', [{ pointer: '/employeeNo', detail: 'Choose another number.' }]);
    }
    if (until < from) return reject('newcomerEndsBeforeStart');
    return [PersonEmployed({ personId, employeeNo, from, newcomerUntil: until }, { effectiveOn: from })];
  },
});

export const announceEmploymentEnd = organisation.command({
  name: 'AnnounceEmploymentEnd',
  summary: 'Announce the last day of an employment, so that work can be handed over.',
  permission: 'employment:write',
  path: '/people/:personId/announce-employment-end',
  input: { personId: PersonId, lastDay: LocalDate, reason: Line, ...occurred },
  emits: ['EmploymentEndAnnounced'],
  rejects: { notEmployed, employmentEnded: 'The employment has ended.', endBeforeStart },
  decide: ({ people }, { personId, lastDay, reason }) => {
    const employment = people.get(personId);
    if (!employment) return reject('notEmployed');
    if (employment.endedOn !== undefined) return reject('employmentEnded');
    if (employment.lastDay === lastDay) return [];
    if (lastDay < employment.from) return reject('endBeforeStart');
    return [EmploymentEndAnnounced({ personId, lastDay, reason })];
  },
});

const stillHeld = ({ to }: Since, endsOn: string): boolean => to === undefined || to > endsOn;
const later = (a: string, b: string): string => (a > b ? a : b);

export const endEmployment = organisation.command({
  name: 'EndEmployment',
  summary: 'End an employment after its last day, and with it the person’s positions and roles.',
  permission: 'employment:write',
  path: '/people/:personId/end-employment',
  input: {
    personId: PersonId,
    on: LocalDate.describe('Last day of the employment.'),
    reason: EmploymentEndReason,
    ...occurred,
  },
  emits: ['AssignmentEnded', 'RoleRevoked', 'EmploymentEnded'],
  rejects: {
    notEmployed,
    employmentEnded: 'The employment has ended on another day.',
    endBeforeStart,
  },
  decide: ({ people }, { personId, on, reason }) => {
    const employment = people.get(personId);
    if (!employment) return reject('notEmployed');
    if (employment.endedOn === on) return [];
    if (employment.endedOn !== undefined) return reject('employmentEnded');
    if (on < employment.from) return reject('endBeforeStart');
    const vacantOn = addDays(on, 1);
    const held = employment.assignments.filter((assignment) => stillHeld(assignment, vacantOn));
    const granted = employment.roles.filter((role) => stillHeld(role, vacantOn));
    return [
      ...held.map(({ positionId, from }) => {
        const end = later(from, vacantOn);
        return AssignmentEnded({ personId, positionId, from, on: end }, { effectiveOn: end });
      }),
      ...granted.map(({ role, from }) => {
        const end = later(from, vacantOn);
        return RoleRevoked({ personId, role, from, on: end }, { effectiveOn: end });
      }),
      EmploymentEnded({ personId, on, reason }, { effectiveOn: on }),
    ];
  },
});
