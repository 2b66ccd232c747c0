import { describe, test } from 'vitest';
import { order } from '../../src/commands/order/state.ts';
import { organisation } from '../../src/commands/organisation/state.ts';
import { issueInvoice, recordPayment, reversePayment } from '../../src/commands/receivable.ts';
import { orderEvents } from '../../src/events/order.ts';
import { receivableEvents } from '../../src/events/receivable.ts';
import {
  ann,
  bob,
  customerId,
  eur,
  longAgo,
  orderId,
  staff,
  taken,
  today,
  tomorrow,
  yesterday,
} from '../support/commerce.ts';
import { given, idOf } from '../support/given.ts';

const { InvoiceIssued, PaymentReceived, PaymentReversed } = receivableEvents;

const invoiceId = idOf('invoice');
const paymentId = idOf('payment');
const dueOn = '2026-04-01';
const head = { invoiceId, orderId, customerId, responsible: ann, issuedOn: yesterday, dueOn };
const issued = InvoiceIssued({ ...head, amount: eur('1000') });
const paid = PaymentReceived({
  ...head,
  paymentId,
  amount: eur('600'),
  receivedOn: today,
  method: 'cash',
  collectedBy: bob,
});
const reversed = PaymentReversed({ ...paid.data, on: today, reason: 'Bounced.' });

describe('IssueInvoice', () => {
  const input = { ...head, amount: eur('1000') };
  const world = () =>
    given()
      .and(organisation.ref(), ...staff)
      .and(order.ref(orderId), taken);
  test('issues an invoice on an order', () => {
    world().when(issueInvoice, input).thenEmits(issued);
  });
  test('says nothing twice', () => {
    given(issued).when(issueInvoice, input).thenNothing();
  });
  test('refuses another invoice under a known id', () => {
    given(issued)
      .when(issueInvoice, { ...input, amount: eur('1') })
      .thenRejects('invoiceKnown');
  });
  test('refuses an order that does not exist', () => {
    given().when(issueInvoice, input).thenRejects('orderUnknown');
  });
  test('refuses an order that is cancelled', () => {
    const { netTotal, lines, takenBy, orderedOn } = taken.data;
    const cancelled = orderEvents.OrderCancelled({
      orderId,
      customerId,
      takenBy,
      orderedOn,
      on: today,
      reason: 'Mistake.',
      netTotal,
      lines,
    });
    world().and(order.ref(orderId), cancelled).when(issueInvoice, input).thenRejects('orderCancelled');
  });
  test('refuses the order of another customer', () => {
    world()
      .when(issueInvoice, { ...input, customerId: idOf('other') })
      .thenRejects('customerDiffers');
  });
  test('refuses a responsible person who is not employed', () => {
    world()
      .when(issueInvoice, { ...input, responsible: idOf('nobody') })
      .thenRejects('personUnknown');
  });
  test('refuses to be due before it is issued', () => {
    world()
      .when(issueInvoice, { ...input, dueOn: longAgo })
      .thenRejects('dueBeforeIssue');
  });
  test('refuses a day to come', () => {
    world()
      .when(issueInvoice, { ...input, issuedOn: tomorrow })
      .thenRejects('dayInFuture');
  });
  test('refuses a day too long ago', () => {
    world()
      .when(issueInvoice, { ...input, issuedOn: longAgo })
      .thenRejects('backDatedTooFar');
  });
});

describe('RecordPayment', () => {
  const input = { invoiceId, paymentId, amount: eur('600'), method: 'cash', collectedBy: bob };
  test('records a payment and who collected it', () => {
    given(issued)
      .and(organisation.ref(), ...staff)
      .when(recordPayment, input)
      .thenEmits(paid);
  });
  test('takes the rest, and what a reversal has opened again', () => {
    given(issued, paid, reversed)
      .when(recordPayment, {
        invoiceId,
        paymentId: idOf('next'),
        amount: eur('1000'),
        method: 'card',
      })
      .thenEmits(
        PaymentReceived({
          ...head,
          paymentId: idOf('next'),
          amount: eur('1000'),
          receivedOn: today,
          method: 'card',
        }),
      );
  });
  test('says nothing twice', () => {
    given(issued, paid).when(recordPayment, input).thenNothing();
  });
  test('refuses an invoice that was never issued', () => {
    given().when(recordPayment, input).thenRejects('invoiceUnknown');
  });
  test('refuses another currency', () => {
    given(issued)
      .when(recordPayment, { ...input, amount: { amountMinor: '1', currency: 'GBP' } })
      .thenRejects('currencyDiffers');
  });
  test('refuses more than the invoice comes to', () => {
    given(issued, paid)
      .when(recordPayment, { ...input, paymentId: idOf('next'), amount: eur('401') })
      .thenRejects('paymentExceedsAmount');
  });
  test('refuses a collector who is not employed', () => {
    given(issued).when(recordPayment, input).thenRejects('personUnknown');
  });
  test('refuses a day to come', () => {
    given(issued)
      .and(organisation.ref(), ...staff)
      .when(recordPayment, { ...input, receivedOn: tomorrow })
      .thenRejects('dayInFuture');
  });
  test('refuses a day too long ago', () => {
    given(issued)
      .and(organisation.ref(), ...staff)
      .when(recordPayment, { ...input, receivedOn: longAgo })
      .thenRejects('backDatedTooFar');
  });
});

describe('ReversePayment', () => {
  const input = { invoiceId, paymentId, reason: 'Bounced.' };
  test('reverses a payment that did not hold', () => {
    given(issued, paid).when(reversePayment, input).thenEmits(reversed);
  });
  test('says nothing twice', () => {
    given(issued, paid, reversed).when(reversePayment, input).thenNothing();
  });
  test('refuses an invoice that was never issued', () => {
    given().when(reversePayment, input).thenRejects('invoiceUnknown');
  });
  test('refuses a payment that was never received', () => {
    given(issued).when(reversePayment, input).thenRejects('paymentUnknown');
  });
  test('refuses a day before the payment', () => {
    given(issued, paid)
      .when(reversePayment, { ...input, on: yesterday })
      .thenRejects('reversedBeforeReceipt');
  });
  test('refuses a day too long ago', () => {
    given(issued, PaymentReceived({ ...paid.data, receivedOn: longAgo }))
      .when(reversePayment, { ...input, on: longAgo })
      .thenRejects('backDatedTooFar');
  });
  test('refuses a day to come', () => {
    given(issued, paid)
      .when(reversePayment, { ...input, on: tomorrow })
      .thenRejects('dayInFuture');
  });
});
