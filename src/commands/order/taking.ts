import { z } from 'zod';
import { reject, unknown } from '../../engine/decision.ts';
import type { DataOf } from '../../engine/event.ts';
import { generated } from '../../engine/input.ts';
import { Credits } from '../../events/credit.ts';
import { netOf, type OrderLine, orderEvents, Quantity } from '../../events/order.ts';
import {
  Amount,
  amountMax,
  ChannelId,
  Comment,
  CustomerId,
  DealerId,
  LocalDate,
  OrderId,
  occurred,
  PersonId,
  ProductId,
  VisitId,
} from '../../events/values.ts';
import { lifted, soldTo } from '../customer/lifecycle.ts';
import { customer, isRegistered } from '../customer/state.ts';
import { misdated, misdatedRejections } from '../dating.ts';
import { dealer, isAppointed } from '../dealer.ts';
import { rolesOn } from '../organisation/authority.ts';
import { organisation } from '../organisation/state.ts';
import { policy } from '../policy.ts';
import { costOn, isDefined, isDiscontinued, type ProductState, product } from '../product.ts';
import { beforeOrder, byTaker, headOf, onDay, order, orderUnknown } from './state.ts';

const { OrderTaken, OrderConfirmed, OrderCancelled } = orderEvents;

type Taken = DataOf<typeof OrderTaken>;

const costOf = (lines: readonly OrderLine[]): bigint =>
  lines.reduce(
    (sum, { quantity, unitCost }) => sum + BigInt(quantity) * BigInt(unitCost?.amountMinor ?? 0),
    0n,
  );

/** Whether the sums over an order are amounts themselves. */
const fits = (lines: readonly OrderLine[]): boolean =>
  netOf(lines) <= amountMax && costOf(lines) <= amountMax;

const OrderedLine = z.strictObject({
  productId: ProductId,
  quantity: Quantity,
  netAmount: Amount.describe('What the customer pays for the line, without tax.'),
});

const withCost = (
  line: z.output<typeof OrderedLine>,
  index: number,
  state: ProductState,
  day: string,
): OrderLine => {
  const cost = costOn(state, day);
  const unitCost = cost?.currency === line.netAmount.currency ? cost : null;
  return { ...line, lineNo: index + 1, unitCost };
};

export const takeOrder = order.command({
  name: 'TakeOrder',
  summary: 'Take an order of a customer.',
  permission: 'order:write',
  path: '/orders',
  input: {
    orderId: generated(OrderId),
    customerId: CustomerId,
    outletId: CustomerId.optional().describe('The outlet to which it goes, when that is another customer.'),
    takenBy: PersonId.describe('Who took it.'),
    visitId: VisitId.optional().describe('The visit on which it was taken.'),
    credits: Credits.optional().describe(
      'Who has the credit for what it sells; all is the taker’s when left out.',
    ),
    channelId: ChannelId.optional(),
    dealerId: DealerId.optional().describe('The dealer through whom it came.'),
    orderedOn: onDay,
    promisedOn: LocalDate.optional().describe('The day of delivery that was promised.'),
    lines: z.array(OrderedLine).min(1).max(200),
    ...occurred,
  },
  emits: ['OrderTaken', 'CustomerLifecycleAdvanced'],
  rejects: {
    orderKnown: 'Another order of this id was taken already.',
    customerUnknown: unknown('There is no such customer.'),
    outletUnknown: unknown('There is no such outlet.'),
    channelUnknown: unknown('There is no such channel.'),
    dealerUnknown: unknown('Nobody is appointed a dealer under this id on that day.'),
    personUnknown: unknown('Nobody of this id is employed on that day.'),
    productUnknown: unknown('There is no such product.'),
    productDiscontinued: 'A product is discontinued by that day.',
    currenciesDiffer: 'An order has one currency.',
    amountTooLarge: 'The order comes to more than 10^16 minor units.',
    promisedBeforeOrder: 'Nothing can be promised for a day before the order.',
    ...misdatedRejections,
  },
  subject: ({ takenBy }) => takenBy,
  reads: ({ customerId, outletId, dealerId, lines }) => ({
    organisation: organisation.ref(),
    policy: policy.ref(),
    customer: customer.ref(customerId),
    outlet: outletId ? customer.ref(outletId) : undefined,
    dealer: dealerId ? dealer.ref(dealerId) : undefined,
    products: lines.map(({ productId }) => product.ref(productId)),
  }),
  decide: (state, input, context) => {
    const { reads, today } = context;
    const { lines: ordered, occurredAt: _, ...head } = input;
    const orderedOn = head.orderedOn ?? today;
    const lines = ordered.map((line, index) => withCost(line, index, reads.products[index]!, orderedOn));
    const currency = lines[0]!.netAmount.currency;
    const netTotal = { amountMinor: netOf(lines).toString(), currency };
    if (state.taken) return isRepeated(state.taken, head.customerId, netTotal) ? [] : reject('orderKnown');
    if (!isRegistered(reads.customer)) return reject('customerUnknown');
    if (reads.outlet && reads.outlet.kind !== 'outlet') return reject('outletUnknown');
    if (head.channelId && !reads.organisation.channels.has(head.channelId)) return reject('channelUnknown');
    if (reads.dealer && !isAppointed(reads.dealer, orderedOn)) return reject('dealerUnknown');
    const credited = [head.takenBy, ...(head.credits ?? []).map(({ personId }) => personId)];
    if (credited.some((personId) => rolesOn(reads.organisation, personId, orderedOn).length === 0))
      return reject('personUnknown');
    const missing = reads.products.findIndex((line) => !isDefined(line));
    if (missing >= 0) return reject('productUnknown', at(missing, 'There is no such product.'));
    const gone = reads.products.findIndex((line) => isDiscontinued(line, orderedOn));
    if (gone >= 0) return reject('productDiscontinued', at(gone, 'This product is discontinued.'));
    if (lines.some(({ netAmount }) => netAmount.currency !== currency)) return reject('currenciesDiffer');
    if (!fits(lines)) return reject('amountTooLarge');
    if (head.promisedOn && head.promisedOn < orderedOn) return reject('promisedBeforeOrder');
    const wrong = misdated(orderedOn, context, reads.policy);
    if (wrong) return reject(wrong, [{ pointer: '/orderedOn', detail: 'Give another day.' }]);
    const { orderId, customerId } = head;
    const sale = { on: orderedOn, ids: [orderId] };
    return [
      OrderTaken({ ...head, orderedOn, netTotal, lines }, { effectiveOn: orderedOn }),
      ...lifted(reads.customer, [soldTo(reads.customer, sale, reads.policy)], {
        customerId,
        orderId,
        on: orderedOn,
      }),
    ];
  },
});

const isRepeated = (taken: Taken, customerId: string, netTotal: Taken['netTotal']): boolean =>
  taken.customerId === customerId &&
  taken.netTotal.amountMinor === netTotal.amountMinor &&
  taken.netTotal.currency === netTotal.currency;

const at = (line: number, detail: string) => [{ pointer: `/lines/${line}/productId`, detail }];

export const confirmOrder = order.command({
  name: 'ConfirmOrder',
  summary: 'Confirm an order to the customer.',
  permission: 'order:write',
  path: '/orders/:orderId/confirm',
  input: { orderId: OrderId, on: onDay, ...occurred },
  emits: ['OrderConfirmed'],
  rejects: {
    orderUnknown,
    orderCancelled: 'The order is cancelled.',
    beforeOrder,
    ...misdatedRejections,
  },
  subject: byTaker,
  reads: () => ({ policy: policy.ref() }),
  decide: ({ status, taken }, { on: given }, context) => {
    const on = given ?? context.today;
    if (!taken) return reject('orderUnknown');
    if (status === 'cancelled') return reject('orderCancelled');
    if (status !== 'taken') return [];
    if (on < taken.orderedOn) return reject('beforeOrder');
    const wrong = misdated(on, context, context.reads.policy);
    if (wrong) return reject(wrong, [{ pointer: '/on', detail: 'Give another day.' }]);
    return [OrderConfirmed({ ...headOf(taken), on }, { effectiveOn: on })];
  },
});

export const cancelOrder = order.command({
  name: 'CancelOrder',
  summary: 'Cancel an order of which nothing was delivered.',
  permission: 'order:write',
  path: '/orders/:orderId/cancel',
  input: { orderId: OrderId, on: onDay, reason: Comment, ...occurred },
  emits: ['OrderCancelled'],
  rejects: {
    orderUnknown,
    orderDelivered: 'Something was delivered already.',
    beforeOrder,
    ...misdatedRejections,
  },
  subject: byTaker,
  reads: () => ({ policy: policy.ref() }),
  decide: ({ status, taken }, { on: given, reason }, context) => {
    const on = given ?? context.today;
    if (!taken) return reject('orderUnknown');
    if (status === 'cancelled') return [];
    if (status === 'delivered' || status === 'partly_delivered') return reject('orderDelivered');
    if (on < taken.orderedOn) return reject('beforeOrder');
    const wrong = misdated(on, context, context.reads.policy);
    if (wrong) return reject(wrong, [{ pointer: '/on', detail: 'Give another day.' }]);
    const { netTotal, lines } = taken;
    return [OrderCancelled({ ...headOf(taken), on, reason, netTotal, lines }, { effectiveOn: on })];
  },
});
