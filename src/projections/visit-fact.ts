import { z } from 'zod';
import { readModel } from '../engine/read-model.ts';
import { contractEvents } from '../events/contract.ts';
import { orderEvents } from '../events/order.ts';
import { CustomerId, LocalDate, PersonId, VisitId } from '../events/values.ts';
import { visitEvents } from '../events/visit.ts';

const row = {
  visitId: VisitId,
  personId: PersonId.nullable().describe('Who made the visit; null before it is over.'),
  customerId: CustomerId.nullable().describe('Who was visited; null before it is over, and for a prospect.'),
  date: LocalDate.nullable().describe('The day of the visit; null before it is over.'),
  made: z.boolean().describe('Whether the visit is over and was made.'),
  ordered: z
    .boolean()
    .describe('Whether an order or a contract came of it, whenever that was linked, taken or signed.'),
};
type Row = z.output<z.ZodObject<typeof row>>;

const ordered = (visit: Row | undefined, visitId: string): Row => ({
  ...(visit ?? { visitId, personId: null, customerId: null, date: null, made: false }),
  ordered: true,
});

/** What counts once for each visit. */
export const visitFact = readModel({
  name: 'visit_fact',
  version: 1,
  summary: 'What counts once for each visit: whether it was made and brought an order or a contract.',
  key: ['visitId'],
  indexes: [['personId', 'date'], ['date']],
  row,
  of: { ...visitEvents, ...orderEvents, ...contractEvents },
  on: {
    VisitEnded: {
      key: ({ data: { visitId } }) => ({ visitId }),
      row: (visit, { data: { visitId, personId, customerId, date } }) => ({
        visitId,
        personId,
        customerId: customerId ?? null,
        date,
        made: true,
        ordered: visit?.ordered ?? false,
      }),
    },
    OrderLinked: {
      key: ({ data: { visitId } }) => ({ visitId }),
      row: (visit, { data: { visitId } }) => ordered(visit, visitId),
    },
    ContractSigned: {
      key: ({ data: { visitId } }) => (visitId ? [{ visitId }] : []),
      row: (visit, _, { visitId }) => ordered(visit, visitId),
    },
    OrderTaken: {
      key: ({ data: { visitId } }) => (visitId ? [{ visitId }] : []),
      row: (visit, _, { visitId }) => ordered(visit, visitId),
    },
  },
});
