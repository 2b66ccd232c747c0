import { readModel } from '../engine/read-model.ts';
import { customerEvents, VisitsPerWindow, WindowDays } from '../events/customer.ts';
import { CustomerId, LocalDate } from '../events/values.ts';

/** How often customers are to be visited, from when on. */
export const visitFrequency = readModel({
  name: 'visit_frequency',
  version: 1,
  summary: 'How often a customer is to be visited, until the next row of it begins.',
  key: ['customerId', 'from'],
  row: {
    customerId: CustomerId,
    from: LocalDate.describe('First day on which it holds.'),
    visits: VisitsPerWindow,
    windowDays: WindowDays,
  },
  of: customerEvents,
  on: {
    VisitFrequencySet: {
      key: ({ data: { customerId, from } }) => ({ customerId, from }),
      row: (_, { data }) => data,
    },
  },
});
