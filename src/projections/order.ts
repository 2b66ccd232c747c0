import { z } from 'zod';
import { daysBetween } from '../engine/instant.ts';
import { list } from '../engine/list.ts';
import { nothing, query } from '../engine/query.ts';
import { readModel } from '../engine/read-model.ts';
import { Credit } from '../events/credit.ts';
import { creditsOf, grossProfitOf, netOf, orderEvents } from '../events/order.ts';
import {
  ChannelId,
  Currency,
  CustomerId,
  DealerId,
  LocalDate,
  OrderId,
  PersonId,
  VisitId,
} from '../events/values.ts';
import { orderLine } from './order-line.ts';
import { isVisible } from './visible.ts';

const byOrder = ({ data }: { readonly data: { readonly orderId: string } }) => ({ orderId: data.orderId });

/** The orders and where they stand. */
export const salesOrder = readModel({
  name: 'sales_order',
  version: 1,
  summary: 'The orders and where they stand.',
  key: ['orderId'],
  indexes: [
    ['takenBy', 'orderedOn'],
    ['customerId', 'orderedOn'],
  ],
  row: {
    orderId: OrderId,
    customerId: CustomerId,
    outletId: CustomerId.nullable().describe('The outlet to which it goes.'),
    visitId: VisitId.nullable().describe('The visit on which it was taken.'),
    channelId: ChannelId.nullable(),
    dealerId: DealerId.nullable().describe('The dealer through whom it came.'),
    takenBy: PersonId.describe('Who took it.'),
    credits: z.array(Credit).describe('Who has the credit for what it sells.'),
    orderedOn: LocalDate.describe('The day of the order.'),
    promisedOn: LocalDate.nullable().describe('The day of delivery that was promised.'),
    state: z
      .enum(['taken', 'confirmed', 'partly_delivered', 'delivered', 'cancelled'])
      .describe('Where the order stands.'),
    lineCount: z.int().describe('Number of lines.'),
    netMinor: z.bigint().describe('What the customer pays, without tax, in minor units.'),
    currency: Currency,
    grossProfitMinor: z
      .bigint()
      .nullable()
      .describe('Net total less cost, in minor units; null when the cost of a line is missing.'),
    linesWithoutCost: z.int().describe('Number of lines whose cost was unknown when ordered.'),
    confirmedOn: LocalDate.nullable().describe('The day on which it was confirmed.'),
    deliveredOn: LocalDate.nullable().describe('The day of the last delivery.'),
    deliveryCount: z.int().describe('Number of deliveries.'),
    daysLate: z
      .int()
      .nullable()
      .describe(
        'Days after the promised day on which the delivery was complete, below zero when it was early; null before that, and without a promise.',
      ),
    returnCount: z.int().describe('Number of times that something came back.'),
    returnedMinor: z.bigint().describe('What came back of it, in minor units.'),
    serviceCount: z.int().describe('Number of services after a delivery.'),
    lastServiceOn: LocalDate.nullable().describe('The day of the service that was recorded last.'),
    cancelledOn: LocalDate.nullable().describe('The day on which it was cancelled.'),
    cancellationReason: z.string().nullable().describe('Why it was cancelled.'),
  },
  of: orderEvents,
  on: {
    OrderTaken: {
      key: byOrder,
      row: (_, { data }) => ({
        orderId: data.orderId,
        customerId: data.customerId,
        outletId: data.outletId ?? null,
        visitId: data.visitId ?? null,
        channelId: data.channelId ?? null,
        dealerId: data.dealerId ?? null,
        takenBy: data.takenBy,
        credits: creditsOf(data),
        orderedOn: data.orderedOn,
        promisedOn: data.promisedOn ?? null,
        state: 'taken',
        lineCount: data.lines.length,
        netMinor: BigInt(data.netTotal.amountMinor),
        currency: data.netTotal.currency,
        grossProfitMinor: grossProfitOf(data.lines),
        linesWithoutCost: data.lines.filter(({ unitCost }) => unitCost === null).length,
        confirmedOn: null,
        deliveredOn: null,
        deliveryCount: 0,
        daysLate: null,
        returnCount: 0,
        returnedMinor: 0n,
        serviceCount: 0,
        lastServiceOn: null,
        cancelledOn: null,
        cancellationReason: null,
      }),
    },
    OrderCreditSplit: {
      key: byOrder,
      change: (row, { data }) => ({ ...row, credits: creditsOf(data) }),
    },
    OrderConfirmed: {
      key: byOrder,
      change: (row, { data }) => ({ ...row, state: 'confirmed', confirmedOn: data.on }),
    },
    OrderDelivered: {
      key: byOrder,
      change: (row, { data }) => ({
        ...row,
        state: data.complete ? 'delivered' : 'partly_delivered',
        deliveredOn: data.on,
        deliveryCount: row.deliveryCount + 1,
        daysLate: data.complete && row.promisedOn ? daysBetween(row.promisedOn, data.on) : null,
      }),
    },
    OrderReturned: {
      key: byOrder,
      change: (row, { data }) => ({
        ...row,
        returnCount: row.returnCount + 1,
        returnedMinor: row.returnedMinor + netOf(data.lines),
      }),
    },
    FollowUpServiceDone: {
      key: byOrder,
      change: (row, { data }) => ({ ...row, serviceCount: row.serviceCount + 1, lastServiceOn: data.on }),
    },
    OrderCancelled: {
      key: byOrder,
      change: (row, { data }) => ({
        ...row,
        state: 'cancelled',
        cancelledOn: data.on,
        cancellationReason: data.reason,
      }),
    },
  },
});

export const listOrders = list({
  name: 'ListOrders',
  summary: 'List orders, newest first.',
  permission: 'order:read',
  path: '/orders',
  of: salesOrder,
  scope: { person: 'takenBy', day: 'orderedOn' },
  filters: [
    'orderId',
    'customerId',
    'outletId',
    'visitId',
    'channelId',
    'dealerId',
    'takenBy',
    'orderedOn',
    'promisedOn',
    'deliveredOn',
    'daysLate',
    'returnCount',
    'serviceCount',
    'state',
    'currency',
  ],
  sorts: ['orderedOn', 'netMinor', 'daysLate'],
  descending: true,
  groups: ['customerId', 'takenBy', 'channelId', 'dealerId', 'orderedOn', 'state', 'currency'],
  sums: [
    'netMinor',
    'grossProfitMinor',
    'lineCount',
    'linesWithoutCost',
    'daysLate',
    'returnedMinor',
    'serviceCount',
  ],
});

export const getOrder = query({
  name: 'GetOrder',
  summary: 'Get an order with its lines.',
  permission: 'order:read',
  path: '/orders/:orderId',
  input: { orderId: OrderId },
  output: salesOrder.row.extend({ lines: z.array(orderLine.row) }),
  reads: [salesOrder, orderLine],
  answer: async (db, { orderId }, asker) => {
    const row = await db
      .selectFrom('sales_order')
      .selectAll()
      .where('orderId', '=', orderId)
      .executeTakeFirst();
    if (!row || !isVisible(asker, row.takenBy, row.orderedOn)) return nothing;
    const lines = await db
      .selectFrom('order_line')
      .selectAll()
      .where('orderId', '=', orderId)
      .orderBy('lineNo')
      .execute();
    return { ...row, lines };
  },
});
