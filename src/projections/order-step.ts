import { z } from 'zod';
import type { DataOf, RecordedEvent } from '../engine/event.ts';
import { daysBetween } from '../engine/instant.ts';
import { nothing, query } from '../engine/query.ts';
import { byStream, readModel } from '../engine/read-model.ts';
import { netOf, orderEvents, ServiceKind, ServiceResult } from '../events/order.ts';
import { LocalDate, OrderId } from '../events/values.ts';
import { salesOrder } from './order.ts';
import { isVisible } from './visible.ts';

const row = {
  orderId: OrderId,
  position: z.bigint().describe('Position of the event in the log.'),
  step: z
    .enum(['taken', 'confirmed', 'delivered', 'credit_split', 'returned', 'serviced', 'cancelled'])
    .describe('What happened to the order.'),
  on: LocalDate.describe('The day on which it happened.'),
  complete: z.boolean().nullable().describe('Whether nothing was left to deliver; null for other steps.'),
  netMinor: z
    .bigint()
    .nullable()
    .describe('What was taken, came back or was cancelled, in minor units; null for other steps.'),
  serviceKind: ServiceKind.nullable().describe('What was done for the customer; null for other steps.'),
  serviceResult: ServiceResult.nullable().describe('How the service ended; null for other steps.'),
  note: z
    .string()
    .nullable()
    .describe('Why it came back, was cancelled or its credit was split, or what was noted of a service.'),
};
type Row = z.output<z.ZodObject<typeof row>>;

const inStream = byStream('orderId');
type Step = Pick<Row, 'step' | 'on'> & Partial<Row>;
type Key = Pick<Row, 'orderId' | 'position'>;
type Event<N extends keyof typeof orderEvents> = RecordedEvent<DataOf<(typeof orderEvents)[N]>>;
const step = <N extends keyof typeof orderEvents>(of: (data: Event<N>['data']) => Step) => ({
  key: (event: RecordedEvent): Key => ({ ...inStream(event), position: BigInt(event.position) }),
  row: (_: Row | undefined, { data }: Event<N>, key: Key): Row => ({
    complete: null,
    netMinor: null,
    serviceKind: null,
    serviceResult: null,
    note: null,
    ...of(data),
    ...key,
  }),
});

/** What happened to orders, from the order over its deliveries to returns and services. */
export const orderStep = readModel({
  name: 'order_step',
  version: 1,
  summary: 'What happened to orders, from the order over its deliveries to returns and services.',
  key: ['orderId', 'position'],
  row,
  of: orderEvents,
  on: {
    OrderTaken: step<'OrderTaken'>(({ orderedOn, lines }) => ({
      step: 'taken',
      on: orderedOn,
      netMinor: netOf(lines),
    })),
    OrderConfirmed: step<'OrderConfirmed'>(({ on }) => ({ step: 'confirmed', on })),
    OrderDelivered: step<'OrderDelivered'>(({ on, complete }) => ({ step: 'delivered', on, complete })),
    OrderReturned: step<'OrderReturned'>(({ on, lines, reason }) => ({
      step: 'returned',
      on,
      netMinor: netOf(lines),
      note: reason,
    })),
    OrderCreditSplit: step<'OrderCreditSplit'>(({ on, reason }) => ({
      step: 'credit_split',
      on,
      note: reason,
    })),
    FollowUpServiceDone: step<'FollowUpServiceDone'>(({ on, kind, result, note }) => ({
      step: 'serviced',
      on,
      serviceKind: kind,
      serviceResult: result,
      note: note ?? null,
    })),
    OrderCancelled: step<'OrderCancelled'>(({ on, lines, reason }) => ({
      step: 'cancelled',
      on,
      netMinor: netOf(lines),
      note: reason,
    })),
  },
});

const Fulfilment = salesOrder.row
  .pick({
    orderId: true,
    customerId: true,
    takenBy: true,
    state: true,
    orderedOn: true,
    confirmedOn: true,
    promisedOn: true,
    deliveredOn: true,
    currency: true,
    netMinor: true,
    returnedMinor: true,
    serviceCount: true,
  })
  .extend({
    daysLate: z
      .int()
      .nullable()
      .describe(
        'Days after the promised day on which the delivery was complete, or that have passed without that; below zero when it was early. Null without a promise, and before the promised day.',
      ),
    steps: z.array(orderStep.row.omit({ orderId: true })).describe('In the order of their days.'),
  })
  .meta({ id: 'OrderFulfilment', description: 'An order from its taking over delivery to service.' });

export const getOrderFulfilment = query({
  name: 'GetOrderFulfilment',
  summary: 'Get how an order goes: what was promised and delivered, what came back, what service followed.',
  permission: 'order:read',
  path: '/orders/:orderId/fulfilment',
  input: { orderId: OrderId },
  output: Fulfilment,
  reads: [salesOrder, orderStep],
  answer: async (db, { orderId }, asker) => {
    const found = await db
      .selectFrom('sales_order')
      .selectAll()
      .where('orderId', '=', orderId)
      .executeTakeFirst();
    if (!found || !isVisible(asker, found.takenBy, found.orderedOn)) return nothing;
    const steps = await db
      .selectFrom('order_step')
      .selectAll()
      .where('orderId', '=', orderId)
      .orderBy('on')
      .orderBy('position')
      .execute();
    const { promisedOn, state } = found;
    const isOverdue =
      promisedOn && promisedOn < asker.today && state !== 'delivered' && state !== 'cancelled';
    return Fulfilment.parse({
      ...found,
      daysLate: isOverdue ? daysBetween(promisedOn, asker.today) : found.daysLate,
      steps: steps.map(({ orderId: _, ...rest }) => rest),
    });
  },
});
