import { z } from 'zod';
import { readModel } from '../engine/read-model.ts';
import { complaintEvents } from '../events/complaint.ts';
import { ComplaintId, CustomerId, LocalDate, PersonId } from '../events/values.ts';

const row = {
  complaintId: ComplaintId,
  customerId: CustomerId,
  personId: PersonId.nullable().describe('Who handles it; null while nobody does.'),
  resolveBy: LocalDate.nullable().describe('The day by which it is to be resolved; null where none was set.'),
  resolvedOn: LocalDate.nullable().describe('The day on which it was resolved last; null while it is open.'),
  inTime: z.boolean().describe('Whether it is resolved, and was by that day.'),
  countsOn: LocalDate.nullable().describe(
    'The day on which it was resolved in time, or else the one by which it is to be.',
  ),
};
type Row = z.output<z.ZodObject<typeof row>>;

const changed = (complaint: Row, changes: Partial<Row>): Row => {
  const next = { ...complaint, ...changes };
  const { resolveBy, resolvedOn } = next;
  const inTime = resolvedOn !== null && resolveBy !== null && resolvedOn <= resolveBy;
  return { ...next, inTime, countsOn: inTime ? resolvedOn : resolveBy };
};

const key = ({ data: { complaintId } }: { readonly data: { readonly complaintId: string } }) => ({
  complaintId,
});

/** What counts once for each complaint. */
export const complaintFact = readModel({
  name: 'complaint_fact',
  version: 1,
  summary: 'What counts once for each complaint: who saw to it, and whether in time.',
  key: ['complaintId'],
  indexes: [['personId', 'countsOn'], ['countsOn'], ['resolvedOn']],
  row,
  of: complaintEvents,
  on: {
    ComplaintLogged: {
      key,
      row: (_, { data: { complaintId, customerId, resolveBy = null } }) => ({
        complaintId,
        customerId,
        personId: null,
        resolveBy,
        resolvedOn: null,
        inTime: false,
        countsOn: resolveBy,
      }),
    },
    ComplaintAssigned: { key, change: (complaint, { data: { to } }) => changed(complaint, { personId: to }) },
    ComplaintResolved: {
      key,
      change: (complaint, { data: { handledBy }, effectiveOn }) =>
        changed(complaint, { personId: handledBy, resolvedOn: effectiveOn }),
    },
    ComplaintReopened: { key, change: (complaint) => changed(complaint, { resolvedOn: null }) },
  },
});
