import { z } from 'zod';
import { readModel } from '../engine/read-model.ts';
import { ComplaintCategory, complaintEvents } from '../events/complaint.ts';
import { ComplaintId, CustomerId, LocalDate, PersonId } from '../events/values.ts';

const key = ({ data }: { readonly data: { readonly complaintId: string } }) => ({
  complaintId: data.complaintId,
});

/** What counts once for each complaint. */
export const complaintOutcome = readModel({
  name: 'complaint_outcome',
  version: 1,
  summary: 'What counts once for each complaint: when it was closed, by whom, and whether it came back.',
  key: ['complaintId'],
  indexes: [['customerId'], ['personId', 'closedOn'], ['closedOn']],
  row: {
    complaintId: ComplaintId,
    customerId: CustomerId,
    category: ComplaintCategory,
    loggedOn: LocalDate.describe('The day on which it was logged.'),
    personId: PersonId.nullable().describe('Who handles it.'),
    closedOn: LocalDate.nullable().describe('The day on which it was closed last.'),
    reopened: z.boolean().describe('Whether it was ever opened again.'),
  },
  of: complaintEvents,
  on: {
    ComplaintLogged: {
      key,
      row: (_, { data: { customerId, category }, effectiveOn }, { complaintId }) => ({
        complaintId,
        customerId,
        category,
        loggedOn: effectiveOn,
        personId: null,
        closedOn: null,
        reopened: false,
      }),
    },
    ComplaintAssigned: { key, change: (row, { data }) => ({ ...row, personId: data.to }) },
    ComplaintResolved: { key, change: (row, { data }) => ({ ...row, personId: data.handledBy }) },
    ComplaintReopened: { key, change: (row) => ({ ...row, reopened: true }) },
    ComplaintClosed: { key, change: (row, { effectiveOn }) => ({ ...row, closedOn: effectiveOn }) },
  },
});
