import { z } from 'zod';
import { events, personal } from '../engine/event.ts';
import { AbsenceId, Line, LocalDate, PersonId } from './values.ts';

export const AbsenceKind = z.enum(['leave', 'sick', 'training', 'holiday', 'other']);

/** Stored for ever. Add fields as optional, add events freely, rename nothing. */
export const personEvents = events({
  PersonRegistered: {
    personId: PersonId,
    name: personal(Line),
    email: personal(z.email().max(254)).optional(),
    phone: personal(Line).optional(),
  },
  PersonalDetailsUpdated: {
    personId: PersonId,
    name: personal(Line).optional(),
    email: personal(z.email().max(254)).optional(),
    phone: personal(Line).optional(),
  },
  AbsenceRecorded: {
    absenceId: AbsenceId,
    personId: PersonId,
    from: LocalDate,
    to: LocalDate,
    kind: AbsenceKind,
    halfDay: z.boolean(),
  },
  AbsenceWithdrawn: { absenceId: AbsenceId, personId: PersonId },
});
