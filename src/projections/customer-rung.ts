import { z } from 'zod';
import { readModel } from '../engine/read-model.ts';
import { customerEvents, Lifecycle } from '../events/customer.ts';
import { CustomerId, LocalDate } from '../events/values.ts';

interface Event {
  readonly position: number;
  readonly data: { readonly customerId: string };
}
const key = ({ position, data: { customerId } }: Event) => ({ customerId, position: BigInt(position) });

/** The rungs of the ladder that customers came to, and when. */
export const customerRung = readModel({
  name: 'customer_rung',
  version: 1,
  summary: 'The rungs of the ladder that customers came to, and when.',
  key: ['customerId', 'position'],
  row: {
    customerId: CustomerId,
    position: z.bigint().describe('Position of the event in the log.'),
    day: LocalDate.describe('The day on which the customer came to the rung.'),
    lifecycle: Lifecycle,
  },
  of: customerEvents,
  on: {
    CustomerRegistered: {
      key,
      row: (_, { data }, keys) => ({ ...keys, day: data.registeredOn, lifecycle: 'potential' }),
    },
    CustomerLifecycleAdvanced: {
      key,
      row: (_, { data, effectiveOn }, keys) => ({ ...keys, day: effectiveOn, lifecycle: data.to }),
    },
  },
});
