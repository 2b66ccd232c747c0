import { z } from 'zod';
import { readModel } from '../engine/read-model.ts';
import { customerEvents } from '../events/customer.ts';
import { orderEvents } from '../events/order.ts';
import { CustomerId, LocalDate, OrderId, PersonId } from '../events/values.ts';

const Standing = z.object({ orderId: OrderId, orderedOn: LocalDate, takenBy: PersonId });
const Loss = z.object({ from: LocalDate, to: LocalDate.nullable() });
const Owner = z.object({ from: LocalDate, personId: PersonId.nullable() });

const row = {
  customerId: CustomerId,
  newOn: LocalDate.nullable().describe('The day of the first order that stands; null without one.'),
  personId: PersonId.nullable().describe('Who owned the customer on that day, else who took that order.'),
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
  change: (before: Pick<Row, 'firstOrders' | 'losses' | 'owners'>) => Partial<Row>,
): Row {
  const before = { firstOrders: [], losses: [], owners: [], ...customer };
  const { firstOrders, losses, owners } = { ...before, ...change(before) };
  const first = firstOrders[0];
  const owner = first && owners.findLast(({ from }) => from <= first.orderedOn);
  return {
    customerId,
    newOn: first?.orderedOn ?? null,
    personId: owner?.personId ?? first?.takenBy ?? null,
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
