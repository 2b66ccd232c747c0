import { z } from 'zod';
import { list } from '../engine/list.ts';
import { readModel } from '../engine/read-model.ts';
import { orderEvents, profitOf } from '../events/order.ts';
import { Currency, CustomerId, LocalDate, OrderId, PersonId, ProductId } from '../events/values.ts';

/** What was ordered. */
export const orderLine = readModel({
  name: 'order_line',
  version: 1,
  summary: 'What was ordered, line by line.',
  key: ['orderId', 'lineNo'],
  indexes: [
    ['takenBy', 'orderedOn'],
    ['productId', 'orderedOn'],
    ['customerId', 'orderedOn'],
  ],
  row: {
    orderId: OrderId,
    lineNo: z.int().describe('Place of the line in the order, from 1.'),
    customerId: CustomerId,
    takenBy: PersonId.describe('Who has the credit for taking the order.'),
    orderedOn: LocalDate.describe('The day of the order.'),
    productId: ProductId,
    quantity: z.int().describe('How many units were ordered.'),
    netMinor: z.bigint().describe('What the customer pays for the line, in minor units.'),
    currency: Currency,
    unitCostMinor: z
      .bigint()
      .nullable()
      .describe('Standard cost of a unit when ordered, in minor units; null when unknown.'),
    grossProfitMinor: z
      .bigint()
      .nullable()
      .describe('Net amount less cost, in minor units; null without a cost.'),
    returnedQuantity: z.int().describe('How many units came back.'),
    returnedMinor: z.bigint().describe('What the units that came back were paid, in minor units.'),
    cancelled: z.boolean().describe('Whether the order was cancelled.'),
  },
  of: orderEvents,
  on: {
    OrderTaken: {
      key: ({ data: { orderId, lines } }) => lines.map(({ lineNo }) => ({ orderId, lineNo })),
      row: (_, { data }, key) => {
        const line = data.lines.find(({ lineNo }) => lineNo === key.lineNo)!;
        return {
          ...key,
          customerId: data.customerId,
          takenBy: data.takenBy,
          orderedOn: data.orderedOn,
          productId: line.productId,
          quantity: line.quantity,
          netMinor: BigInt(line.netAmount.amountMinor),
          currency: line.netAmount.currency,
          unitCostMinor: line.unitCost && BigInt(line.unitCost.amountMinor),
          grossProfitMinor: profitOf(line),
          returnedQuantity: 0,
          returnedMinor: 0n,
          cancelled: false,
        };
      },
    },
    OrderReturned: {
      key: ({ data: { orderId, lines } }) => lines.map(({ lineNo }) => ({ orderId, lineNo })),
      change: (row, { data }) => {
        const line = data.lines.find(({ lineNo }) => lineNo === row.lineNo)!;
        return {
          ...row,
          returnedQuantity: row.returnedQuantity + line.quantity,
          returnedMinor: row.returnedMinor + BigInt(line.netAmount.amountMinor),
        };
      },
    },
    OrderCancelled: {
      key: ({ data: { orderId, lines } }) => lines.map(({ lineNo }) => ({ orderId, lineNo })),
      change: (row) => ({ ...row, cancelled: true }),
    },
  },
});

export const listOrderLines = list({
  name: 'ListOrderLines',
  summary: 'List what was ordered, line by line.',
  permission: 'order:read',
  path: '/order-lines',
  of: orderLine,
  scope: { person: 'takenBy', day: 'orderedOn' },
  filters: ['orderId', 'customerId', 'takenBy', 'orderedOn', 'productId', 'currency', 'cancelled'],
  sorts: ['orderedOn', 'netMinor'],
  descending: true,
  groups: ['customerId', 'takenBy', 'orderedOn', 'productId', 'currency', 'cancelled'],
  sums: ['quantity', 'netMinor', 'grossProfitMinor', 'returnedQuantity', 'returnedMinor'],
});
