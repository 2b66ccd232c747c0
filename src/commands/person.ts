import { decider, type Evolve } from '../engine/decision.ts';
import { personEvents } from '../events/person.ts';

interface Absence {
  readonly absenceId: string;
  readonly from: string;
  readonly to: string;
  readonly halfDay: boolean;
}

export interface PersonState {
  readonly registered: boolean;
  readonly absences: readonly Absence[];
}

const initialState: PersonState = { registered: false, absences: [] };

const evolve: Evolve<PersonState, typeof personEvents> = {
  PersonRegistered: (state) => ({ ...state, registered: true }),
  PersonalDetailsUpdated: (state) => state,
  AbsenceRecorded: (state, { absenceId, from, to, halfDay }) => ({
    ...state,
    absences: [...state.absences, { absenceId, from, to, halfDay }],
  }),
  AbsenceWithdrawn: (state, { absenceId }) => ({
    ...state,
    absences: state.absences.filter((absence) => absence.absenceId !== absenceId),
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
