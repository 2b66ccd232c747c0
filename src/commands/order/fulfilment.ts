import { z } from 'zod';
import { reject, unknown } from '../../engine/decision.ts';
import { generated } from '../../engine/input.ts';
import { orderEvents, Quantity, type ReturnedLine, ServiceKind, ServiceResult } from '../../events/order.ts';
import { Comment, OrderId, occurred, PersonId, ReturnId, ServiceId } from '../../events/values.ts';
import { misdated, misdatedRejections } from '../dating.ts';
import { employmentOn } from '../organisation/authority.ts';
import { organisation } from '../organisation/state.ts';
import { policy } from '../policy.ts';
import {
  beforeOrder,
  byTaker,
  headOf,
  leftOf,
  type OrderState,
  onDay,
  order,
  orderUnknown,
  unitsLeft,
} from './state.ts';

const { OrderDelivered, OrderReturned, FollowUpServiceDone } = orderEvents;

export const deliverOrder = order.command({
  name: 'DeliverOrder',
  summary: 'Record a delivery, of the whole order or of a part.',
  permission: 'order:write',
  path: '/orders/:orderId/deliver',
  input: {
    orderId: OrderId,
    on: onDay,
    complete: z.boolean().default(true).describe('Whether nothing is left to deliver.'),
    ...occurred,
  },
  emits: ['OrderDelivered'],
  rejects: {
    orderUnknown,
    orderNotConfirmed: 'The order is not confirmed.',
    orderCancelled: 'The order is cancelled.',
    orderDelivered: 'The order is delivered completely.',
    beforeOrder,
    ...misdatedRejections,
  },
  subject: byTaker,
  reads: () => ({ policy: policy.ref() }),
  decide: ({ status, taken }, { on: given, complete }, context) => {
    const on = given ?? context.today;
    if (!taken) return reject('orderUnknown');
    if (status === 'cancelled') return reject('orderCancelled');
    if (status === 'taken') return reject('orderNotConfirmed');
    if (status === 'delivered') return complete ? [] : reject('orderDelivered');
    if (on < taken.orderedOn) return reject('beforeOrder');
    const wrong = misdated(on, context, context.reads.policy);
    if (wrong) return reject(wrong, [{ pointer: '/on', detail: 'Give another day.' }]);
    return [OrderDelivered({ ...headOf(taken), on, complete }, { effectiveOn: on })];
  },
});

const orderNotDelivered = 'Nothing of the order was delivered by that day.';

const LineReturned = z.strictObject({
  lineNo: z.int().min(1).describe('Place of the line in the order, from 1.'),
  quantity: Quantity.describe('How many units came back.'),
});

/** What comes back of a line at its price; undefined where less is left. The parts of a line sum exactly to it. */
function returnedLine(
  state: OrderState,
  { lineNo, quantity }: z.output<typeof LineReturned>,
): ReturnedLine | undefined {
  const line = state.taken!.lines.find((ordered) => ordered.lineNo === lineNo)!;
  const held = unitsLeft(state, line);
  if (held < quantity) return undefined;
  const { netAmount: before } = leftOf(line, held);
  const { netAmount: left, quantity: leftQuantity } = leftOf(line, held - quantity);
  const amountMinor = (BigInt(before.amountMinor) - BigInt(left.amountMinor)).toString();
  return {
    ...line,
    quantity,
    netAmount: { ...before, amountMinor },
    leftQuantity,
    leftNetAmount: left,
  };
}

export const returnOrder = order.command({
  name: 'ReturnOrder',
  summary: 'Record what the customer sent back of an order; each unit at its share of the line.',
  permission: 'order:write',
  path: '/orders/:orderId/returns',
  input: {
    orderId: OrderId,
    returnId: generated(ReturnId),
    on: onDay,
    lines: z.array(LineReturned).min(1).max(200),
    reason: Comment,
    ...occurred,
  },
  emits: ['OrderReturned'],
  rejects: {
    orderUnknown,
    orderNotDelivered,
    lineUnknown: unknown('The order has no such line.'),
    lineRepeated: unknown('A return names each line once.'),
    returnExceedsOrder: 'More would come back than was ordered.',
    ...misdatedRejections,
  },
  subject: byTaker,
  reads: () => ({ policy: policy.ref() }),
  decide: (state, { returnId, on: given, lines: asked, reason }, context) => {
    const on = given ?? context.today;
    const { taken, firstDeliveredOn, recorded } = state;
    if (!taken) return reject('orderUnknown');
    if (recorded.includes(returnId)) return [];
    if (firstDeliveredOn === undefined || on < firstDeliveredOn) return reject('orderNotDelivered');
    const missing = asked.findIndex(({ lineNo }) => !taken.lines.some((line) => line.lineNo === lineNo));
    if (missing >= 0) return reject('lineUnknown', at(missing, 'lineNo', 'There is no such line.'));
    if (new Set(asked.map(({ lineNo }) => lineNo)).size < asked.length) return reject('lineRepeated');
    const lines = asked.map((line) => returnedLine(state, line));
    const tooMany = lines.indexOf(undefined);
    if (tooMany >= 0)
      return reject('returnExceedsOrder', at(tooMany, 'quantity', 'So many are not left of the line.'));
    const wrong = misdated(on, context, context.reads.policy);
    if (wrong) return reject(wrong, [{ pointer: '/on', detail: 'Give another day.' }]);
    return [
      OrderReturned(
        { ...headOf(taken), returnId, on, reason, lines: lines as ReturnedLine[] },
        { effectiveOn: on },
      ),
    ];
  },
});

const at = (line: number, field: string, detail: string) => [{ pointer: `/lines/${line}/${field}`, detail }];

export const recordFollowUpService = order.command({
  name: 'RecordFollowUpService',
  summary: 'Record a service to the customer after something of an order was delivered.',
  permission: 'order:write',
  path: '/orders/:orderId/follow-up-services',
  input: {
    orderId: OrderId,
    serviceId: generated(ServiceId),
    on: onDay,
    doneBy: PersonId.optional().describe('Who did it; whoever records it when left out.'),
    kind: ServiceKind,
    result: ServiceResult,
    note: Comment.optional(),
    ...occurred,
  },
  emits: ['FollowUpServiceDone'],
  rejects: {
    orderUnknown,
    orderNotDelivered,
    personUnknown: unknown('Nobody of this id is employed on that day.'),
    ...misdatedRejections,
  },
  subject: byTaker,
  reads: ({ doneBy }) => ({
    policy: policy.ref(),
    organisation: doneBy ? organisation.ref() : undefined,
  }),
  decide: ({ taken, firstDeliveredOn, recorded }, { on: given, occurredAt: _, ...service }, context) => {
    const { reads, actor } = context;
    const { doneBy = actor.personId } = service;
    const on = given ?? context.today;
    if (!taken) return reject('orderUnknown');
    if (recorded.includes(service.serviceId)) return [];
    if (firstDeliveredOn === undefined || on < firstDeliveredOn) return reject('orderNotDelivered');
    const wrong = misdated(on, context, context.reads.policy);
    if (wrong) return reject(wrong, [{ pointer: '/on', detail: 'Give another day.' }]);
    if (service.doneBy && !employmentOn(reads.organisation!, service.doneBy, on))
      return reject('personUnknown');
    return [FollowUpServiceDone({ ...headOf(taken), ...service, doneBy, on }, { effectiveOn: on })];
  },
});
