import { describe, test } from 'vitest';
import { customer } from '../../src/commands/customer/state.ts';
import { dealer } from '../../src/commands/dealer.ts';
import { splitOrderCredit } from '../../src/commands/order/credit.ts';
import { deliverOrder, recordFollowUpService, returnOrder } from '../../src/commands/order/fulfilment.ts';
import { cancelOrder, confirmOrder, takeOrder } from '../../src/commands/order/taking.ts';
import { organisation } from '../../src/commands/organisation/state.ts';
import { policy } from '../../src/commands/policy.ts';
import { product } from '../../src/commands/product.ts';
import type { NewEvent } from '../../src/engine/event.ts';
import { customerEvents } from '../../src/events/customer.ts';
import { dealerEvents } from '../../src/events/dealer.ts';
import { orderEvents } from '../../src/events/order.ts';
import { policyEvents } from '../../src/events/policy.ts';
import { productEvents } from '../../src/events/product.ts';
import {
  ann,
  bob,
  costSet,
  customerId,
  defined,
  eur,
  longAgo,
  orderId,
  ownedByAnn,
  productId,
  registered,
  staff,
  supervisor,
  taken,
  today,
  tomorrow,
  yesterday,
} from '../support/commerce.ts';
import { given, idOf } from '../support/given.ts';

const {
  OrderTaken,
  OrderConfirmed,
  OrderDelivered,
  OrderCreditSplit,
  OrderReturned,
  FollowUpServiceDone,
  OrderCancelled,
} = orderEvents;

const head = { orderId, customerId, takenBy: ann, orderedOn: yesterday };
const confirmed = OrderConfirmed({ ...head, on: today });
const delivered = OrderDelivered({ ...head, on: today, complete: true });
const partly = OrderDelivered({ ...head, on: today, complete: false });
const { netTotal, lines } = taken.data;
const cancelled = OrderCancelled({ ...head, on: today, reason: 'Mistake.', netTotal, lines });

const old = OrderTaken({ ...taken.data, orderedOn: longAgo });

const appointed = (from: string) =>
  dealerEvents.DealerAppointed({
    dealerId: idOf('dealer'),
    customerId: idOf('shop'),
    regionIds: [],
    channelIds: [],
    from,
  });

type Rung = 'potential' | 'target' | 'new' | 'active' | 'key';
const advanced = (from: Rung, to: Rung, more: object = {}) =>
  customerEvents.CustomerLifecycleAdvanced({ customerId, from, to, on: longAgo, ownerId: null, ...more });

describe('TakeOrder', () => {
  const line = { productId, quantity: 2, netAmount: eur('1000') };
  const input = { ...head, lines: [line] };
  const world = () =>
    given()
      .and(organisation.ref(), ...staff)
      .and(customer.ref(customerId), registered, advanced('potential', 'active'))
      .and(product.ref(productId), defined, costSet);
  const climbs = (...past: readonly NewEvent[]) =>
    given()
      .and(organisation.ref(), ...staff)
      .and(customer.ref(customerId), registered, ownedByAnn, ...past)
      .and(product.ref(productId), defined, costSet);
  test('makes a customer a new one by the first order, and active by another one in time', () => {
    const lift = (from: Rung, to: Rung) => advanced(from, to, { on: yesterday, ownerId: ann, orderId });
    climbs().when(takeOrder, input).thenEmits(taken, lift('potential', 'new'));
    climbs(advanced('potential', 'target')).when(takeOrder, input).thenEmits(taken, lift('target', 'new'));
    const before = { orderId: idOf('first') };
    for (const on of ['2025-03-01', longAgo, today])
      climbs(advanced('target', 'new', { ...before, on }))
        .when(takeOrder, input)
        .thenEmits(taken, lift('new', 'active'));
    climbs(advanced('target', 'new', { ...before, on: '2025-02-28' }))
      .when(takeOrder, input)
      .thenEmits(taken);
    climbs(advanced('active', 'key')).when(takeOrder, input).thenEmits(taken);
  });
  test('asks the policy how soon another order makes a customer active', () => {
    climbs(advanced('target', 'new', { on: longAgo, orderId: idOf('first') }))
      .and(
        policy.ref(),
        policyEvents.PolicyAdopted({
          policyKey: 'customer-lifecycle',
          policyVersion: 1,
          effectiveFrom: longAgo,
          retroactive: false,
          document: { activeWithinDays: 30 },
          docHash: '0'.repeat(64),
        }),
      )
      .when(takeOrder, input)
      .thenEmits(taken);
  });
  test('takes an order at the standard cost of its day', () => {
    world().when(takeOrder, input).thenEmits(taken);
  });
  test('sums its lines and leaves a cost in another currency unknown', () => {
    const pounds = { productId, quantity: 1, netAmount: { amountMinor: '50', currency: 'GBP' } };
    world()
      .when(takeOrder, { ...input, orderedOn: undefined, lines: [pounds, pounds] })
      .thenEmits(
        OrderTaken({
          ...head,
          orderedOn: today,
          netTotal: { amountMinor: '100', currency: 'GBP' },
          lines: [1, 2].map((lineNo) => ({ ...pounds, lineNo, unitCost: null })),
        }),
      );
  });
  test('takes an order through a dealer, with the credit split', () => {
    const dealerId = idOf('dealer');
    const credits = [
      { personId: ann, shareBp: 6_000 },
      { personId: bob, shareBp: 4_000 },
    ];
    world()
      .and(dealer.ref(dealerId), appointed(yesterday))
      .when(takeOrder, { ...input, dealerId, credits })
      .thenEmits(OrderTaken({ ...taken.data, dealerId, credits }));
  });
  test('refuses a dealer who is not appointed on that day', () => {
    const dealerId = idOf('dealer');
    world()
      .and(dealer.ref(dealerId), appointed(today))
      .when(takeOrder, { ...input, dealerId })
      .thenRejects('dealerUnknown');
  });
  test('refuses to give credit to somebody who is not employed', () => {
    world()
      .when(takeOrder, { ...input, credits: [{ personId: idOf('nobody'), shareBp: 10_000 }] })
      .thenRejects('personUnknown');
  });
  test('says nothing twice', () => {
    given(taken).when(takeOrder, input).thenNothing();
  });
  test('refuses another order under a known id', () => {
    given(taken)
      .when(takeOrder, { ...input, customerId: idOf('other') })
      .thenRejects('orderKnown');
  });
  test('refuses a customer who does not exist', () => {
    given().when(takeOrder, input).thenRejects('customerUnknown');
  });
  test('refuses an outlet that is none', () => {
    world()
      .when(takeOrder, { ...input, outletId: customerId })
      .thenRejects('outletUnknown');
  });
  test('refuses a channel that does not exist', () => {
    world()
      .when(takeOrder, { ...input, channelId: idOf('nowhere') })
      .thenRejects('channelUnknown');
  });
  test('refuses somebody who is not employed', () => {
    world()
      .when(takeOrder, { ...input, takenBy: idOf('nobody') })
      .thenRejects('personUnknown');
  });
  test('refuses a product that does not exist', () => {
    world()
      .when(takeOrder, { ...input, lines: [line, { ...line, productId: idOf('nothing') }] })
      .thenRejects('productUnknown');
  });
  test('refuses a product that is discontinued', () => {
    world()
      .and(product.ref(productId), productEvents.ProductDiscontinued({ productId, on: yesterday }))
      .when(takeOrder, input)
      .thenRejects('productDiscontinued');
  });
  test('refuses two currencies', () => {
    const pounds = { ...line, netAmount: { amountMinor: '1', currency: 'GBP' } };
    world()
      .when(takeOrder, { ...input, lines: [line, pounds] })
      .thenRejects('currenciesDiffer');
  });
  test('refuses sums that no amount can hold', () => {
    const huge = { ...line, netAmount: eur('10000000000000000') };
    world()
      .when(takeOrder, { ...input, lines: [huge, huge] })
      .thenRejects('amountTooLarge');
  });
  test('refuses a promise for a day before the order', () => {
    world()
      .when(takeOrder, { ...input, promisedOn: longAgo })
      .thenRejects('promisedBeforeOrder');
  });
  test('refuses a day to come', () => {
    world()
      .when(takeOrder, { ...input, orderedOn: tomorrow })
      .thenRejects('dayInFuture');
  });
  test('refuses a day too long ago', () => {
    world()
      .when(takeOrder, { ...input, orderedOn: longAgo })
      .thenRejects('backDatedTooFar');
  });
  test('lets an integration bring in what is long ago', () => {
    world()
      .when(takeOrder, { ...input, orderedOn: longAgo }, { actor: { kind: 'integration' } })
      .thenEmits(OrderTaken({ ...taken.data, orderedOn: longAgo }));
  });
});

describe('ConfirmOrder', () => {
  test('confirms what was taken', () => {
    given(taken).when(confirmOrder, { orderId }).thenEmits(confirmed);
  });
  test('says nothing twice', () => {
    given(taken, confirmed).when(confirmOrder, { orderId }).thenNothing();
  });
  test('refuses an order that was never taken', () => {
    given().when(confirmOrder, { orderId }).thenRejects('orderUnknown');
  });
  test('refuses an order that is cancelled', () => {
    given(taken, cancelled).when(confirmOrder, { orderId }).thenRejects('orderCancelled');
  });
  test('refuses a day before the order', () => {
    given(taken).when(confirmOrder, { orderId, on: '2026-02-28' }).thenRejects('beforeOrder');
  });
  test('refuses a day too long ago', () => {
    given(old).when(confirmOrder, { orderId, on: longAgo }).thenRejects('backDatedTooFar');
  });
  test('refuses a day to come', () => {
    given(taken).when(confirmOrder, { orderId, on: tomorrow }).thenRejects('dayInFuture');
  });
});

describe('DeliverOrder', () => {
  test('delivers the whole order', () => {
    given(taken, confirmed).when(deliverOrder, { orderId }).thenEmits(delivered);
  });
  test('delivers the rest after a part', () => {
    given(taken, confirmed, partly).when(deliverOrder, { orderId }).thenEmits(delivered);
  });
  test('says nothing twice', () => {
    given(taken, confirmed, delivered).when(deliverOrder, { orderId }).thenNothing();
  });
  test('refuses an order that was never taken', () => {
    given().when(deliverOrder, { orderId }).thenRejects('orderUnknown');
  });
  test('refuses an order that is not confirmed', () => {
    given(taken).when(deliverOrder, { orderId }).thenRejects('orderNotConfirmed');
  });
  test('refuses an order that is cancelled', () => {
    given(taken, cancelled).when(deliverOrder, { orderId }).thenRejects('orderCancelled');
  });
  test('refuses a part when all is delivered', () => {
    given(taken, confirmed, delivered)
      .when(deliverOrder, { orderId, complete: false })
      .thenRejects('orderDelivered');
  });
  test('refuses a day before the order', () => {
    given(taken, confirmed).when(deliverOrder, { orderId, on: '2026-02-28' }).thenRejects('beforeOrder');
  });
  test('refuses a day too long ago', () => {
    given(old, confirmed).when(deliverOrder, { orderId, on: longAgo }).thenRejects('backDatedTooFar');
  });
  test('refuses a day to come', () => {
    given(taken, confirmed).when(deliverOrder, { orderId, on: tomorrow }).thenRejects('dayInFuture');
  });
});

describe('SplitOrderCredit', () => {
  const credits = [
    { personId: ann, shareBp: 5_000 },
    { personId: bob, shareBp: 5_000 },
  ];
  const input = { orderId, credits, reason: 'Both sold it.' };
  const all = [{ personId: ann, shareBp: 10_000 }];
  const split = OrderCreditSplit({
    ...head,
    credits,
    formerCredits: all,
    on: today,
    reason: 'Both sold it.',
    lines,
  });
  const world = (...own: readonly NewEvent[]) => given(...own).and(organisation.ref(), ...staff);
  test('splits the credit for what is left of the order', () => {
    world(taken).when(splitOrderCredit, input).thenEmits(split);
    const half = { ...lines[0]!, quantity: 1, netAmount: eur('500') };
    const returned = OrderReturned({
      ...head,
      returnId: idOf('return'),
      on: today,
      reason: 'Broken.',
      lines: [{ ...half, leftQuantity: 1, leftNetAmount: eur('500') }],
    });
    world(taken, confirmed, delivered, returned)
      .when(splitOrderCredit, input)
      .thenEmits(OrderCreditSplit({ ...split.data, lines: [half] }));
  });
  test('splits it anew', () => {
    world(taken, split)
      .when(splitOrderCredit, { ...input, credits: all })
      .thenEmits(OrderCreditSplit({ ...split.data, credits: all, formerCredits: credits }));
  });
  test('stands in every later event of the order', () => {
    given(taken, split)
      .when(confirmOrder, { orderId })
      .thenEmits(OrderConfirmed({ ...confirmed.data, credits }));
  });
  test('says nothing twice', () => {
    world(taken, split).when(splitOrderCredit, input).thenNothing();
    world(taken)
      .when(splitOrderCredit, { ...input, credits: all })
      .thenNothing();
  });
  test('refuses an order that was never taken', () => {
    world().when(splitOrderCredit, input).thenRejects('orderUnknown');
  });
  test('refuses an order that is cancelled', () => {
    world(taken, cancelled).when(splitOrderCredit, input).thenRejects('orderCancelled');
  });
  test('refuses a day before the order', () => {
    world(taken)
      .when(splitOrderCredit, { ...input, occurredAt: '2026-02-28T10:00:00.000Z' })
      .thenRejects('beforeOrder');
  });
  test('refuses somebody who is not employed', () => {
    world(taken)
      .when(splitOrderCredit, { ...input, credits: [{ personId: idOf('nobody'), shareBp: 10_000 }] })
      .thenRejects('personUnknown');
  });
  test('refuses who would raise their own share', () => {
    const more = [
      { personId: ann, shareBp: 4_000 },
      { personId: supervisor, shareBp: 6_000 },
    ];
    world(taken)
      .when(splitOrderCredit, { ...input, credits: more }, { actor: { personId: supervisor } })
      .thenRejects('ownCredit');
  });
});

describe('ReturnOrder', () => {
  const returnId = idOf('return');
  const three = OrderTaken({
    ...taken.data,
    lines: [{ ...lines[0]!, quantity: 3, netAmount: eur('1000') }],
  });
  const input = { orderId, returnId, lines: [{ lineNo: 1, quantity: 1 }], reason: 'Broken.' };
  const one = OrderReturned({
    ...head,
    returnId,
    on: today,
    reason: 'Broken.',
    lines: [
      {
        ...three.data.lines[0]!,
        quantity: 1,
        netAmount: eur('334'),
        leftQuantity: 2,
        leftNetAmount: eur('666'),
      },
    ],
  });
  const rest = OrderReturned({
    ...one.data,
    returnId: idOf('rest'),
    lines: [
      {
        ...three.data.lines[0]!,
        quantity: 2,
        netAmount: eur('666'),
        leftQuantity: 0,
        leftNetAmount: eur('0'),
      },
    ],
  });
  const sold = [three, confirmed, delivered];
  test('takes units back at their share of the line, and the rest at the rest', () => {
    given(...sold)
      .when(returnOrder, input)
      .thenEmits(one);
    given(...sold, one)
      .when(returnOrder, { ...input, returnId: idOf('rest'), lines: [{ lineNo: 1, quantity: 2 }] })
      .thenEmits(rest);
  });
  test('says nothing twice', () => {
    given(...sold, one)
      .when(returnOrder, input)
      .thenNothing();
  });
  test('refuses an order that was never taken', () => {
    given().when(returnOrder, input).thenRejects('orderUnknown');
  });
  test('refuses an order of which nothing was delivered, or not by that day', () => {
    given(three, confirmed).when(returnOrder, input).thenRejects('orderNotDelivered');
    given(...sold)
      .when(returnOrder, { ...input, on: yesterday })
      .thenRejects('orderNotDelivered');
  });
  test('refuses a line that the order does not have', () => {
    given(...sold)
      .when(returnOrder, { ...input, lines: [{ lineNo: 2, quantity: 1 }] })
      .thenRejects('lineUnknown');
  });
  test('refuses a line twice', () => {
    given(...sold)
      .when(returnOrder, { ...input, lines: [input.lines[0], input.lines[0]] })
      .thenRejects('lineRepeated');
  });
  test('refuses more than was ordered, and than is left', () => {
    given(...sold)
      .when(returnOrder, { ...input, lines: [{ lineNo: 1, quantity: 4 }] })
      .thenRejects('returnExceedsOrder');
    given(...sold, one, rest)
      .when(returnOrder, { ...input, returnId: idOf('third') })
      .thenRejects('returnExceedsOrder');
  });
  test('refuses a day to come', () => {
    given(...sold)
      .when(returnOrder, { ...input, on: tomorrow })
      .thenRejects('dayInFuture');
  });
  test('refuses a day too long ago', () => {
    given(three, confirmed, OrderDelivered({ ...delivered.data, on: longAgo }))
      .when(returnOrder, { ...input, on: longAgo })
      .thenRejects('backDatedTooFar');
  });
});

describe('RecordFollowUpService', () => {
  const service = { serviceId: idOf('service'), kind: 'call', result: 'satisfied' } as const;
  const input = { orderId, ...service };
  const done = FollowUpServiceDone({ ...head, ...service, on: today });
  test('records a service after a delivery', () => {
    given(taken, confirmed, partly).when(recordFollowUpService, input).thenEmits(done);
  });
  test('says nothing twice', () => {
    given(taken, confirmed, partly, done).when(recordFollowUpService, input).thenNothing();
  });
  test('refuses an order that was never taken', () => {
    given().when(recordFollowUpService, input).thenRejects('orderUnknown');
  });
  test('credits it to whoever did it, else to whoever records it', () => {
    given(taken, confirmed, partly)
      .and(organisation.ref(), ...staff)
      .when(recordFollowUpService, { ...input, doneBy: bob })
      .thenEmits(FollowUpServiceDone({ ...done.data, doneBy: bob }));
    given(taken, confirmed, partly)
      .when(recordFollowUpService, input, { actor: { personId: supervisor } })
      .thenEmits(FollowUpServiceDone({ ...done.data, doneBy: supervisor }));
  });
  test('refuses somebody who is not employed', () => {
    given(taken, confirmed, partly)
      .and(organisation.ref(), ...staff)
      .when(recordFollowUpService, { ...input, doneBy: idOf('nobody') })
      .thenRejects('personUnknown');
  });
  test('refuses a service before a delivery', () => {
    given(taken, confirmed).when(recordFollowUpService, input).thenRejects('orderNotDelivered');
  });
  test('refuses a day to come', () => {
    given(taken, confirmed, delivered)
      .when(recordFollowUpService, { ...input, on: tomorrow })
      .thenRejects('dayInFuture');
  });
  test('refuses a day too long ago', () => {
    given(taken, confirmed, OrderDelivered({ ...delivered.data, on: longAgo }))
      .when(recordFollowUpService, { ...input, on: longAgo })
      .thenRejects('backDatedTooFar');
  });
});

describe('CancelOrder', () => {
  const input = { orderId, reason: 'Mistake.' };
  test('cancels what was taken, with all its lines', () => {
    given(taken, confirmed).when(cancelOrder, input).thenEmits(cancelled);
  });
  test('says nothing twice', () => {
    given(taken, cancelled).when(cancelOrder, input).thenNothing();
  });
  test('refuses an order that was never taken', () => {
    given().when(cancelOrder, input).thenRejects('orderUnknown');
  });
  test('refuses an order of which a part is delivered', () => {
    given(taken, confirmed, partly).when(cancelOrder, input).thenRejects('orderDelivered');
  });
  test('refuses a day before the order', () => {
    given(taken)
      .when(cancelOrder, { ...input, on: '2026-02-28' })
      .thenRejects('beforeOrder');
  });
  test('refuses a day too long ago', () => {
    given(old)
      .when(cancelOrder, { ...input, on: longAgo })
      .thenRejects('backDatedTooFar');
  });
  test('refuses a day to come', () => {
    given(taken)
      .when(cancelOrder, { ...input, on: tomorrow })
      .thenRejects('dayInFuture');
  });
});
