import { z } from 'zod';
import { readModel } from '../engine/read-model.ts';
import { contractEvents } from '../events/contract.ts';
import { orderEvents } from '../events/order.ts';
import { CustomerId, LocalDate, PersonId, VisitId } from '../events/values.ts';
import { VisitExceptionKind, visitEvents } from '../events/visit.ts';

const row = {
  visitId: VisitId,
  personId: PersonId.nullable().describe('Who made the visit; null before it is over.'),
  customerId: CustomerId.nullable().describe('Who was visited; null before it is over, and for a prospect.'),
  date: LocalDate.nullable().describe('The day of the visit; null before it is over.'),
  made: z.boolean().describe('Whether the visit is over and was made.'),
  ordered: z.boolean().describe('Whether an order came of it, whenever that was linked or taken.'),
  contracted: z.boolean().describe('Whether a contract came of it.'),
  minutes: z.int().nullable().describe('How long it took; null before it is over.'),
  distanceM: z
    .int()
    .nullable()
    .describe('Metres from where the customer is to where it began; null where either is unknown.'),
  exceptions: z.array(VisitExceptionKind).describe('What was approved as out of the ordinary.'),
};
type Row = z.output<z.ZodObject<typeof row>>;

const changed = (visit: Row | undefined, visitId: string, changes: Partial<Row>): Row => ({
  ...(visit ?? {
    visitId,
    personId: null,
    customerId: null,
    date: null,
    made: false,
    ordered: false,
    contracted: false,
    minutes: null,
    distanceM: null,
    exceptions: [],
  }),
  ...changes,
});

/** What counts once for each visit. */
export const visitFact = readModel({
  name: 'visit_fact',
  version: 1,
  summary:
    'What counts once for each visit: whether it was made, where and how long, and brought an order or a contract.',
  key: ['visitId'],
  indexes: [['personId', 'date'], ['customerId', 'date'], ['date']],
  row,
  of: { ...visitEvents, ...orderEvents, ...contractEvents },
  on: {
    VisitStarted: {
      key: ({ data: { visitId } }) => ({ visitId }),
      row: (visit, { data: { distanceM = null } }, { visitId }) => changed(visit, visitId, { distanceM }),
    },
    VisitEnded: {
      key: ({ data: { visitId } }) => ({ visitId }),
      row: (visit, { data: { personId, customerId, date, minutes } }, { visitId }) =>
        changed(visit, visitId, { personId, customerId: customerId ?? null, date, minutes, made: true }),
    },
    VisitExceptionApproved: {
      key: ({ data: { visitId } }) => ({ visitId }),
      row: (visit, { data: { kind } }, { visitId }) =>
        changed(visit, visitId, { exceptions: [...(visit?.exceptions ?? []), kind] }),
    },
    OrderLinked: {
      key: ({ data: { visitId } }) => ({ visitId }),
      row: (visit, _, { visitId }) => changed(visit, visitId, { ordered: true }),
    },
    ContractSigned: {
      key: ({ data: { visitId } }) => (visitId ? [{ visitId }] : []),
      row: (visit, _, { visitId }) => changed(visit, visitId, { contracted: true }),
    },
    OrderTaken: {
      key: ({ data: { visitId } }) => (visitId ? [{ visitId }] : []),
      row: (visit, _, { visitId }) => changed(visit, visitId, { ordered: true }),
    },
  },
});
