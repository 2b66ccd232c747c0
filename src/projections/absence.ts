import { z } from 'zod';
import { list } from '../engine/list.ts';
import { readModel } from '../engine/read-model.ts';
import { AbsenceKind, personEvents } from '../events/person.ts';
import { AbsenceId, LocalDate, PersonId } from '../events/values.ts';

const byAbsence = ({ data }: { readonly data: { readonly absenceId: string } }) => ({
  absenceId: data.absenceId,
});

/** When people are away. */
export const absence = readModel({
  name: 'absence',
  version: 1,
  summary: 'When people are away; withdrawn absences are gone.',
  key: ['absenceId'],
  indexes: [['personId', 'from']],
  row: {
    absenceId: AbsenceId,
    personId: PersonId,
    from: LocalDate.describe('First day of the absence.'),
    to: LocalDate.describe('Last day of the absence.'),
    kind: AbsenceKind,
    halfDay: z.boolean().describe('Whether the person works half of each of these days.'),
  },
  of: personEvents,
  on: {
    AbsenceRecorded: { key: byAbsence, row: (_, { data }) => data },
    AbsenceWithdrawn: { key: byAbsence, row: () => undefined },
  },
});

export const listAbsences = list({
  name: 'ListAbsences',
  summary: 'List when people are away.',
  permission: 'person:read',
  path: '/absences',
  of: absence,
  scope: { person: 'personId', day: 'from' },
  holds: { from: 'from', through: 'to' },
  filters: ['personId', 'from', 'to', 'kind', 'halfDay'],
  sorts: ['from', 'to'],
  groups: ['personId', 'kind'],
});
