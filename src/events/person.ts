import { z } from 'zod';
import { events, personal } from '../engine/event.ts';
import type { Sentences } from './sentence.ts';
import { AbsenceId, Line, LocalDate, PersonId } from './values.ts';

export const AbsenceKind = z
  .enum(['leave', 'sick', 'training', 'holiday', 'other'])
  .describe('Why the person is away.');

/** What identifies a human being. */
export const personalDetails = {
  name: personal(Line.describe('The person’s name.')),
  email: personal(z.email().max(254).describe('The person’s e-mail address.')).optional(),
  phone: personal(Line.describe('The person’s telephone number.')).optional(),
};

/** Stored for ever. Add fields as optional, add events freely, rename nothing. */
export const personEvents = events({
  PersonRegistered: {
    personId: PersonId,
    ...personalDetails,
  },
  PersonalDetailsUpdated: {
    personId: PersonId,
    ...personalDetails,
    name: personalDetails.name.optional(),
  },
  AbsenceRecorded: {
    absenceId: AbsenceId,
    personId: PersonId,
    from: LocalDate,
    to: LocalDate.describe('Last day of the absence.'),
    kind: AbsenceKind,
    halfDay: z.boolean(),
  },
  AbsenceWithdrawn: { absenceId: AbsenceId, personId: PersonId },
  PersonalDataErased: { personId: PersonId },
});

/** What each of these events says, in a sentence. */
export const personSentences: Sentences<typeof personEvents> = {
  PersonRegistered: (d, n) => `${n(d.personId)} was registered.`,
  PersonalDetailsUpdated: (d, n) => `Personal details of ${n(d.personId)} were updated.`,
  AbsenceRecorded: (d, n) => `${n(d.personId)} is away from ${d.from} to ${d.to}.`,
  PersonalDataErased: () => 'What identified the person was erased.',
  AbsenceWithdrawn: (d, n) => `An absence of ${n(d.personId)} was withdrawn.`,
};
