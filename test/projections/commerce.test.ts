import { describe, expect, test } from 'vitest';
import { competitorEvents } from '../../src/events/competitor.ts';
import { orderEvents } from '../../src/events/order.ts';
import { productEvents } from '../../src/events/product.ts';
import { receivableEvents } from '../../src/events/receivable.ts';
import { targetEvents } from '../../src/events/target.ts';
import { competitor } from '../../src/projections/competitor.ts';
import { salesOrder } from '../../src/projections/order.ts';
import { orderLine } from '../../src/projections/order-line.ts';
import { orderStep } from '../../src/projections/order-step.ts';
import { payment } from '../../src/projections/payment.ts';
import { product } from '../../src/projections/product.ts';
import { productCost } from '../../src/projections/product-cost.ts';
import { productPrice } from '../../src/projections/product-price.ts';
import { receivable } from '../../src/projections/receivable.ts';
import { target } from '../../src/projections/target.ts';
import {
  ann,
  bob,
  competitorId,
  costSet,
  customerId,
  defined,
  eur,
  longAgo,
  orderId,
  productId,
  rival,
  taken,
  today,
  yesterday,
} from '../support/commerce.ts';
import { folded, foldedFrom, inStream } from '../support/folded.ts';
import { idOf } from '../support/given.ts';

const { OrderTaken, OrderConfirmed, OrderDelivered, OrderReturned, FollowUpServiceDone, OrderCancelled } =
  orderEvents;
const order = { orderId, customerId, takenBy: ann, orderedOn: yesterday };
const { netTotal, lines } = taken.data;
const cancelled = OrderCancelled({ ...order, on: today, reason: 'Mistake.', netTotal, lines });

const returned = OrderReturned({
  ...order,
  returnId: idOf('return'),
  on: today,
  reason: 'Broken.',
  lines: [{ ...lines[0]!, quantity: 1, netAmount: eur('500'), leftQuantity: 1, leftNetAmount: eur('500') }],
});
const serviced = FollowUpServiceDone({
  ...order,
  serviceId: idOf('service'),
  on: today,
  kind: 'call',
  result: 'satisfied',
});

describe('sales_order', () => {
  test('shows the gross profit', () => {
    expect(folded(salesOrder, taken)).toMatchObject([
      { netMinor: 1000n, grossProfitMinor: 400n, linesWithoutCost: 0, state: 'taken' },
    ]);
  });
  test('knows no gross profit when a cost is missing', () => {
    const unknown = { ...lines[0]!, lineNo: 2, unitCost: null };
    const half = OrderTaken({ ...taken.data, lines: [lines[0]!, unknown] });
    expect(folded(salesOrder, half)).toMatchObject([{ grossProfitMinor: null, linesWithoutCost: 1 }]);
  });
  test('follows the order through its deliveries', () => {
    const confirmed = OrderConfirmed({ ...order, on: yesterday });
    const part = OrderDelivered({ ...order, on: yesterday, complete: false });
    const rest = OrderDelivered({ ...order, on: today, complete: true });
    expect(folded(salesOrder, taken, confirmed, part)).toMatchObject([{ state: 'partly_delivered' }]);
    expect(folded(salesOrder, taken, confirmed, part, rest)).toMatchObject([
      { state: 'delivered', deliveryCount: 2, confirmedOn: yesterday, deliveredOn: today },
    ]);
  });
  test('counts the days by which the whole delivery missed its promise', () => {
    const promised = OrderTaken({ ...taken.data, promisedOn: '2026-02-27' });
    const part = OrderDelivered({ ...order, on: '2026-02-27', complete: false });
    const rest = OrderDelivered({ ...order, on: today, complete: true });
    expect(folded(salesOrder, promised, part)).toMatchObject([{ daysLate: null }]);
    expect(folded(salesOrder, promised, part, rest)).toMatchObject([{ daysLate: 3 }]);
    expect(folded(salesOrder, taken, rest)).toMatchObject([{ daysLate: null }]);
  });
  test('adds up what came back, and the services', () => {
    const after = folded(salesOrder, taken, returned, returned, serviced);
    expect(after).toMatchObject([
      { returnCount: 2, returnedMinor: 1000n, serviceCount: 1, lastServiceOn: today },
    ]);
  });
  test('keeps what was cancelled', () => {
    expect(folded(salesOrder, taken, cancelled)).toMatchObject([{ state: 'cancelled', cancelledOn: today }]);
  });
});

describe('order_line', () => {
  test('shows what came back', () => {
    expect(folded(orderLine, taken, returned)).toMatchObject([
      { quantity: 2, netMinor: 1000n, returnedQuantity: 1, returnedMinor: 500n },
    ]);
  });
  test('shows the gross profit of the line, and that it was cancelled', () => {
    expect(folded(orderLine, taken, cancelled)).toMatchObject([
      { lineNo: 1, unitCostMinor: 300n, grossProfitMinor: 400n, cancelled: true },
    ]);
  });
});

describe('order_step', () => {
  test('is each thing that happened to the order', () => {
    const delivered = OrderDelivered({ ...order, on: today, complete: true });
    const steps = foldedFrom(
      orderStep,
      inStream(`order/${orderId}`, 0, taken, delivered, returned, serviced),
    );
    expect(steps).toMatchObject([
      { orderId, step: 'taken', on: yesterday, netMinor: 1000n },
      { step: 'delivered', on: today, complete: true },
      { step: 'returned', on: today, netMinor: 500n, note: 'Broken.' },
      { step: 'serviced', on: today, serviceKind: 'call', serviceResult: 'satisfied' },
    ]);
  });
});

describe('product', () => {
  test('shows since when it is no longer sold', () => {
    const discontinued = productEvents.ProductDiscontinued({ productId, on: today });
    expect(folded(product, defined, discontinued)).toMatchObject([{ sku: 'X-1', discontinuedOn: today }]);
  });
  test('has costs one after the other, also when one comes late', () => {
    const next = productEvents.StandardCostSet({
      productId,
      cost: eur('350'),
      from: today,
      to: null,
      previousFrom: longAgo,
    });
    const between = productEvents.StandardCostSet({
      productId,
      cost: eur('320'),
      from: yesterday,
      to: today,
      previousFrom: longAgo,
    });
    const rows = folded(productCost, costSet, next, between);
    expect(rows.map(({ validFrom, validTo, costMinor }) => [validFrom, validTo, costMinor]).sort()).toEqual([
      [longAgo, yesterday, 300n],
      [yesterday, today, 320n],
      [today, null, 350n],
    ]);
  });
  test('has prices by price list', () => {
    const set = (priceList: string) =>
      productEvents.ListPriceSet({
        productId,
        priceList,
        price: eur('900'),
        from: today,
        to: null,
        previousFrom: null,
      });
    expect(folded(productPrice, set('standard'), set('dealers'))).toHaveLength(2);
  });
});

describe('competitor', () => {
  test('has the name that it was given last', () => {
    const renamed = competitorEvents.CompetitorRenamed({
      competitorId,
      name: 'Foe',
      nameKey: rival.data.nameKey,
    });
    expect(folded(competitor, rival, renamed)).toEqual([{ competitorId, name: 'Foe' }]);
  });
});

describe('receivable', () => {
  const invoiceId = idOf('invoice');
  const head = { invoiceId, orderId, customerId, responsible: ann, issuedOn: yesterday, dueOn: '2026-04-01' };
  const issued = receivableEvents.InvoiceIssued({ ...head, amount: eur('1000') });
  const paid = (name: string, amount: string) =>
    receivableEvents.PaymentReceived({
      ...head,
      paymentId: idOf(name),
      amount: eur(amount),
      receivedOn: today,
      method: 'cash',
      collectedBy: bob,
    });
  const reversed = (name: string, amount: string) =>
    receivableEvents.PaymentReversed({ ...paid(name, amount).data, on: today, reason: 'Bounced.' });
  test('is open, partly paid, paid and open again', () => {
    expect(folded(receivable, issued)).toMatchObject([{ state: 'open', openMinor: 1000n }]);
    expect(folded(receivable, issued, paid('a', '400'))).toMatchObject([
      { state: 'partly_paid', paidMinor: 400n, openMinor: 600n, lastPaidOn: today },
    ]);
    expect(folded(receivable, issued, paid('a', '400'), paid('b', '600'))).toMatchObject([{ state: 'paid' }]);
    expect(folded(receivable, issued, paid('a', '400'), reversed('a', '400'))).toMatchObject([
      { state: 'open', paidMinor: 0n },
    ]);
  });
  test('is settled since the latest day on which something was paid or given up', () => {
    const writtenOff = receivableEvents.ReceivableWrittenOff({
      ...head,
      writeOffId: idOf('write-off'),
      amount: eur('600'),
      on: yesterday,
      approvedBy: bob,
      reason: 'Bankrupt.',
    });
    expect(folded(receivable, issued, paid('a', '400'))).toMatchObject([{ settledOn: null }]);
    expect(folded(receivable, issued, paid('a', '400'), writtenOff)).toMatchObject([
      { state: 'written_off', openMinor: 0n, writtenOffMinor: 600n, paidMinor: 400n, settledOn: today },
    ]);
  });
  test('shows the last promise and whether it is disputed', () => {
    const promised = receivableEvents.PaymentPromised({
      ...head,
      amount: eur('400'),
      on: today,
      payBy: '2026-04-10',
    });
    const disputed = receivableEvents.ReceivableDisputed({ ...head, on: today, reason: 'Broken.' });
    const settled = receivableEvents.ReceivableDisputeSettled({ ...head, on: today, outcome: 'Replaced.' });
    expect(folded(receivable, issued, promised, disputed)).toMatchObject([
      { promisedMinor: 400n, promisedFor: '2026-04-10', disputed: true },
    ]);
    expect(folded(receivable, issued, disputed, settled)).toMatchObject([{ disputed: false }]);
  });
  test('credits a payment to who collected it, and keeps it when it is reversed', () => {
    expect(folded(payment, paid('a', '400'), reversed('a', '400'))).toMatchObject([
      { creditedTo: bob, responsible: ann, amountMinor: 400n, reversedOn: today },
    ]);
  });
});

describe('target', () => {
  const what = {
    targetId: idOf('target'),
    responsible: ann,
    measure: 'net_sales',
    period: { periodId: 'FY2026-M03', start: '2026-03-01', endExclusive: '2026-04-01' },
    dimensions: {},
  } as const;
  const assigned = targetEvents.TargetAssigned({ ...what, value: eur('5000'), uniqueKey: 'k' });
  test('has a sum of money or a count', () => {
    const visits = targetEvents.TargetAssigned({ ...assigned.data, measure: 'visits', value: 80 });
    expect(folded(target, assigned)).toMatchObject([{ unit: 'money', value: 5000n, currency: 'EUR' }]);
    expect(folded(target, visits)).toMatchObject([{ unit: 'count', value: 80n, currency: null }]);
  });
  test('is kept when it is withdrawn', () => {
    const withdrawn = targetEvents.TargetWithdrawn({ ...what, reason: 'Too high.' });
    expect(folded(target, assigned, withdrawn)).toMatchObject([{ state: 'withdrawn' }]);
  });
});
