import { z } from 'zod';
import { absent, decider, type Evolve, reject } from '../engine/decision.ts';
import { generated } from '../engine/input.ts';
import { AbsenceKind, personalDetails, personEvents } from '../events/person.ts';
import { AbsenceId, LocalDate, occurred, PersonId } from '../events/values.ts';

const { PersonRegistered, PersonalDetailsUpdated, PersonalDataErased, AbsenceRecorded, AbsenceWithdrawn } =
  personEvents;

interface Absence {
  readonly absenceId: string;
  readonly from: string;
  readonly to: string;
  readonly kind: z.output<typeof AbsenceKind>;
  readonly halfDay: boolean;
}

interface Details {
  readonly name?: string | undefined;
  readonly email?: string | undefined;
  readonly phone?: string | undefined;
}

export interface PersonState {
  readonly registered: boolean;
  readonly details: Details;
  readonly absences: readonly Absence[];
  readonly withdrawn: readonly string[];
}

const initialState: PersonState = { registered: false, details: {}, absences: [], withdrawn: [] };

const evolve: Evolve<PersonState, typeof personEvents> = {
  PersonRegistered: (state, { personId: _, ...details }) => ({ ...state, registered: true, details }),
  PersonalDetailsUpdated: (state, { personId: _, ...details }) => ({
    ...state,
    details: { ...state.details, ...details },
  }),
  PersonalDataErased: (state) => ({ ...state, details: {} }),
  AbsenceRecorded: (state, { personId: _, ...absence }) => ({
    ...state,
    absences: [...state.absences, absence],
  }),
  AbsenceWithdrawn: (state, { absenceId }) => ({
    ...state,
    absences: state.absences.filter((absence) => absence.absenceId !== absenceId),
    withdrawn: [...state.withdrawn, absenceId],
  }),
};

export const person = decider({
  stream: 'person',
  id: ['personId'],
  events: personEvents,
  initialState,
  evolve,
});

/** Whether a person is away for the whole of a business day. */
export const isAbsent = ({ absences }: PersonState, day: string): boolean =>
  absences.some(({ from, to, halfDay }) => from <= day && day <= to && !halfDay);

/** Whether these details, as far as they are given, are those that are known. */
const isKnown = (known: Details, given: Details): boolean =>
  (['name', 'email', 'phone'] as const).every(
    (field) => given[field] === undefined || given[field] === known[field],
  );

const personNotRegistered = absent('Nobody of this id is registered.');

export const registerPerson = person.command({
  name: 'RegisterPerson',
  summary: 'Register a person by name and address.',
  permission: 'person:write',
  path: '/people',
  input: { personId: generated(PersonId), ...personalDetails, ...occurred },
  emits: ['PersonRegistered'],
  rejects: { personRegistered: 'Another person is registered under this id.' },
  subject: () => undefined,
  decide: ({ registered, details }, { occurredAt: _, ...input }) => {
    if (!registered) return [PersonRegistered(input)];
    return isKnown(details, input) ? [] : reject('personRegistered');
  },
});

export const updatePersonalDetails = person.command({
  name: 'UpdatePersonalDetails',
  summary: 'Correct a person’s name, e-mail address or telephone number.',
  permission: 'person:write',
  path: '/people/:personId/update-details',
  input: {
    personId: PersonId,
    ...personalDetails,
    name: personalDetails.name.optional(),
    ...occurred,
  },
  emits: ['PersonalDetailsUpdated'],
  rejects: { personNotRegistered },
  decide: ({ registered, details }, { occurredAt: _, ...input }) => {
    if (!registered) return reject('personNotRegistered');
    return isKnown(details, input) ? [] : [PersonalDetailsUpdated(input)];
  },
});

export const erasePersonalData = person.command({
  name: 'ErasePersonalData',
  summary: 'Erase what identifies a person, for good and everywhere.',
  permission: 'personal-data:erase',
  path: '/people/:personId/erase-personal-data',
  input: { personId: PersonId, ...occurred },
  emits: ['PersonalDataErased'],
  rejects: { personNotRegistered },
  decide: ({ registered, details }, { personId }) => {
    if (!registered) return reject('personNotRegistered');
    return Object.keys(details).length === 0 ? [] : [PersonalDataErased({ personId })];
  },
});

export const recordAbsence = person.command({
  name: 'RecordAbsence',
  summary: 'Record the days on which a person is away.',
  permission: 'absence:write',
  path: '/people/:personId/absences',
  input: {
    personId: PersonId,
    absenceId: generated(AbsenceId),
    from: LocalDate,
    to: LocalDate.describe('Last day of the absence.'),
    kind: AbsenceKind,
    halfDay: z.boolean().default(false).describe('Whether the person works half of each of these days.'),
    ...occurred,
  },
  emits: ['AbsenceRecorded'],
  rejects: {
    personNotRegistered,
    absenceEndsBeforeStart: 'The absence ends before it begins.',
    absenceWithdrawn: 'This absence was withdrawn; record another one.',
    absencesOverlap: 'Another absence of the person has a day in common with this one.',
  },
  decide: ({ registered, absences, withdrawn }, { occurredAt: _, ...input }) => {
    const { absenceId, from, to, kind, halfDay } = input;
    if (!registered) return reject('personNotRegistered');
    if (to < from)
      return reject('absenceEndsBeforeStart', [{ pointer: '/to', detail: 'Choose a later day.' }]);
    if (withdrawn.includes(absenceId)) return reject('absenceWithdrawn');
    const before = absences.find((absence) => absence.absenceId === absenceId);
    if (before?.from === from && before.to === to && before.kind === kind && before.halfDay === halfDay) {
      return [];
    }
    if (before || absences.some((absence) => absence.from <= to && from <= absence.to)) {
      return reject('absencesOverlap', [{ pointer: '/from', detail: 'Withdraw the other absence first.' }]);
    }
    return [AbsenceRecorded(input, { effectiveOn: from })];
  },
});

export const withdrawAbsence = person.command({
  name: 'WithdrawAbsence',
  summary: 'Withdraw an absence that was recorded.',
  permission: 'absence:write',
  path: '/people/:personId/absences/:absenceId/withdraw',
  input: { personId: PersonId, absenceId: AbsenceId, ...occurred },
  emits: ['AbsenceWithdrawn'],
  rejects: { absenceUnknown: absent('There is no such absence.') },
  decide: ({ absences, withdrawn }, { personId, absenceId }) => {
    if (withdrawn.includes(absenceId)) return [];
    const absence = absences.find((other) => other.absenceId === absenceId);
    if (!absence) return reject('absenceUnknown');
    return [AbsenceWithdrawn({ absenceId, personId }, { effectiveOn: absence.from })];
  },
});
