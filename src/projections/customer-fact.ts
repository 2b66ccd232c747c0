import { z } from 'zod';
import type { DataOf } from '../engine/event.ts';
import { readModel } from '../engine/read-model.ts';
import { customerEvents, type Lifecycle } from '../events/customer.ts';
import { orderEvents } from '../events/order.ts';
import { CustomerId, LocalDate, OrderId, PersonId } from '../events/values.ts';

const Standing = z.object({ orderId: OrderId, orderedOn: LocalDate, takenBy: PersonId });
const Loss = z.object({ from: LocalDate, to: LocalDate.nullable() });
const Owner = z.object({ from: LocalDate, personId: PersonId.nullable() });

const row = {
  customerId: CustomerId,
  newOn: LocalDate.nullable().describe(
    'The day of the first order that stands, or on which an opportunity made the customer a new one before; null without both.',
  ),
  personId: PersonId.nullable().describe('Who owned the customer on that day, else who took that order.'),
  raisedOn: LocalDate.nullable().describe(
    'The day on which an opportunity first made the customer a new one; null where none did.',
  ),
  firstOrders: z.array(Standing).describe('The first orders that stand, earliest first.'),
  losses: z.array(Loss).describe('From when until when the customer was lost; null until further notice.'),
  owners: z.array(Owner).describe('The primary owners, each until the next; null while there was none.'),
};
type Row = z.output<z.ZodObject<typeof row>>;

/** So many of the first orders are kept, in case the very first ones are cancelled. */
const ordersMax = 10;

function changed(
  customer: Row | undefined,
  customerId: string,
  change: (before: Pick<Row, 'firstOrders' | 'losses' | 'owners' | 'raisedOn'>) => Partial<Row>,
): Row {
  const before = { firstOrders: [], losses: [], owners: [], raisedOn: null, ...customer };
  const { firstOrders, losses, owners, raisedOn } = { ...before, ...change(before) };
  const [first] = firstOrders;
  const newOn = [first?.orderedOn, raisedOn].filter((day) => day != null).sort()[0] ?? null;
  const owner = owners.findLast(({ from }) => newOn !== null && from <= newOn);
  const taker = first?.orderedOn === newOn ? first?.takenBy : undefined;
  return {
    customerId,
    newOn,
    personId: owner?.personId ?? taker ?? null,
    raisedOn,
    firstOrders,
    losses,
    owners,
  };
}

const owned = (owners: Row['owners'], from: string, personId: string | null): Row['owners'] => [
  ...owners.filter((owner) => owner.from < from),
  { from, personId },
];

const key = ({ data: { customerId } }: { readonly data: { readonly customerId: string } }) => ({
  customerId,
});

const isNew = (lifecycle: Lifecycle): boolean => !['potential', 'target'].includes(lifecycle);
/** Whether an opportunity makes somebody a new customer; what orders do is told by the orders. */
const raises = ({
  from,
  to,
  opportunityId,
}: DataOf<typeof customerEvents.CustomerLifecycleAdvanced>): boolean =>
  opportunityId !== undefined && !isNew(from) && isNew(to);

/** What counts once for each customer. */
export const customerFact = readModel({
  name: 'customer_fact',
  version: 1,
  summary: 'What counts once for each customer: when it became one, to whose credit, and when it was lost.',
  key: ['customerId'],
  indexes: [['personId', 'newOn'], ['newOn']],
  row,
  of: { ...customerEvents, ...orderEvents },
  on: {
    OrderTaken: {
      key,
      row: (customer, { data: { orderId, orderedOn, takenBy } }, { customerId }) =>
        changed(customer, customerId, ({ firstOrders }) => ({
          firstOrders: [...firstOrders, { orderId, orderedOn, takenBy }]
            .sort((a, b) => (a.orderedOn < b.orderedOn ? -1 : Number(a.orderedOn > b.orderedOn)))
            .slice(0, ordersMax),
        })),
    },
    OrderCancelled: {
      key,
      row: (customer, { data }, { customerId }) =>
        changed(customer, customerId, ({ firstOrders }) => ({
          firstOrders: firstOrders.filter(({ orderId }) => orderId !== data.orderId),
        })),
    },
    CustomerOwnerAssigned: {
      key,
      row: (customer, { data: { from, personId } }, { customerId }) =>
        changed(customer, customerId, ({ owners }) => ({ owners: owned(owners, from, personId) })),
    },
    CustomerLifecycleAdvanced: {
      key: (event) => (raises(event.data) ? [key(event)] : []),
      row: (customer, { data: { on } }, { customerId }) =>
        changed(customer, customerId, ({ raisedOn }) => ({
          raisedOn: raisedOn !== null && raisedOn < on ? raisedOn : on,
        })),
    },
    CustomerLost: {
      key,
      row: (customer, { data: { on } }, { customerId }) =>
        changed(customer, customerId, ({ losses }) => ({ losses: [...losses, { from: on, to: null }] })),
    },
    CustomerReactivated: {
      key,
      row: (customer, { data: { on } }, { customerId }) =>
        changed(customer, customerId, ({ losses }) => ({
          losses: losses.map((loss) => ({ ...loss, to: loss.to ?? on })),
        })),
    },
    CustomerReleasedToPool: {
      key,
      row: (customer, { data: { on } }, { customerId }) =>
        changed(customer, customerId, ({ owners }) => ({ owners: owned(owners, on, null) })),
    },
  },
});
