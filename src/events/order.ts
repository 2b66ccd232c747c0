import { z } from 'zod';
import { events } from '../engine/event.ts';
import { Credit, type Credits } from './credit.ts';
import { moneyText, type Sentences, words } from './sentence.ts';
import {
  Amount,
  ChannelId,
  Comment,
  CustomerId,
  DealerId,
  LocalDate,
  Money,
  OrderId,
  PersonId,
  ProductId,
  ReturnId,
  ServiceId,
  VisitId,
} from './values.ts';

export const Quantity = z.int().min(1).max(2_147_483_647).describe('How many units were ordered.');
export const OrderLine = z.object({
  lineNo: z.int().min(1),
  productId: ProductId,
  quantity: Quantity,
  netAmount: Amount,
  unitCost: Amount.nullable().describe('Standard cost on the day of the order; null when unknown.'),
});
export type OrderLine = z.output<typeof OrderLine>;

/** What came back of a line, and what is left of it then. */
export const ReturnedLine = OrderLine.extend({
  leftQuantity: z.int().min(0),
  leftNetAmount: Amount,
});
export type ReturnedLine = z.output<typeof ReturnedLine>;

export const ServiceKind = z
  .enum(['call', 'visit', 'installation', 'training', 'maintenance', 'other'])
  .meta({ id: 'ServiceKind', description: 'What was done for the customer after a delivery.' });
export const ServiceResult = z
  .enum(['satisfied', 'issue_open', 'not_reached'])
  .meta({ id: 'ServiceResult', description: 'How a service after a delivery ended.' });

/** What every event of an order says about it. */
const order = {
  orderId: OrderId,
  customerId: CustomerId,
  takenBy: PersonId,
  credits: z.array(Credit).optional(),
  orderedOn: LocalDate,
  promisedOn: LocalDate.optional(),
  channelId: ChannelId.optional(),
  dealerId: DealerId.optional(),
  visitId: VisitId.optional(),
};

/** Stored for ever. Add fields as optional, add events freely, rename nothing. */
export const orderEvents = events({
  OrderTaken: {
    ...order,
    outletId: CustomerId.optional(),
    netTotal: Money,
    lines: z.array(OrderLine).min(1),
  },
  OrderConfirmed: { ...order, on: LocalDate },
  OrderDelivered: { ...order, on: LocalDate, complete: z.boolean() },
  OrderCreditSplit: {
    ...order,
    formerCredits: z.array(Credit),
    on: LocalDate,
    reason: Comment,
    lines: z.array(OrderLine),
  },
  OrderReturned: {
    ...order,
    returnId: ReturnId,
    on: LocalDate,
    reason: Comment,
    lines: z.array(ReturnedLine).min(1),
  },
  FollowUpServiceDone: {
    ...order,
    serviceId: ServiceId,
    on: LocalDate,
    doneBy: PersonId.optional(),
    kind: ServiceKind,
    result: ServiceResult,
    note: Comment.optional(),
  },
  OrderCancelled: {
    ...order,
    on: LocalDate,
    reason: Comment,
    netTotal: Money,
    lines: z.array(OrderLine).min(1),
  },
});

/** What each of these events says, in a sentence. */
export const orderSentences: Sentences<typeof orderEvents> = {
  OrderTaken: (d, n) => `${n(d.takenBy)} took an order of ${moneyText(d.netTotal)} from ${n(d.customerId)}.`,
  OrderConfirmed: (d, n) => `The order of ${n(d.customerId)} was confirmed.`,
  OrderDelivered: (d, n) => `The order of ${n(d.customerId)} was delivered${d.complete ? '' : ' in part'}.`,
  OrderCreditSplit: (d, n) =>
    `The credit for the order of ${n(d.customerId)} was split across ${d.credits?.length ?? 1}: ${d.reason}`,
  OrderReturned: (d, n) =>
    `${n(d.customerId)} sent back ${d.lines.reduce((sum, { quantity }) => sum + quantity, 0)} units of an order: ${d.reason}`,
  FollowUpServiceDone: (d, n) =>
    `${n(d.customerId)} had a service after the delivery, ${words(d.kind)}: ${words(d.result)}.`,
  OrderCancelled: (d, n) =>
    `The order of ${n(d.customerId)} over ${moneyText(d.netTotal)} was cancelled: ${d.reason}`,
};

/** Who has the credit for what an order sells: its taker, where nothing else was said. */
export const creditsOf = ({
  takenBy,
  credits,
}: {
  readonly takenBy: string;
  readonly credits?: Credits | undefined;
}): Credits => credits ?? [{ personId: takenBy, shareBp: 10_000 }];

/** What lines come to, in minor units. */
export const netOf = (lines: readonly Pick<OrderLine, 'netAmount'>[]): bigint =>
  lines.reduce((sum, { netAmount }) => sum + BigInt(netAmount.amountMinor), 0n);

/** Net amount less cost; null when the cost is unknown. */
export const profitOf = ({
  quantity,
  netAmount,
  unitCost,
}: Pick<OrderLine, 'quantity' | 'netAmount' | 'unitCost'>): bigint | null =>
  unitCost && BigInt(netAmount.amountMinor) - BigInt(quantity) * BigInt(unitCost.amountMinor);

/** The gross profit of an order; null when a cost is missing. */
export const grossProfitOf = (lines: readonly OrderLine[]): bigint | null =>
  lines.reduce<bigint | null>((sum, line) => {
    const profit = profitOf(line);
    return sum === null || profit === null ? null : sum + profit;
  }, 0n);
