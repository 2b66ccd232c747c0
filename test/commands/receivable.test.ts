import { describe, test } from 'vitest';
import { complaint } from '../../src/commands/complaint.ts';
import { order } from '../../src/commands/order/state.ts';
import { organisation } from '../../src/commands/organisation/state.ts';
import { issueInvoice, recordPayment, reversePayment } from '../../src/commands/receivable/payment.ts';
import {
  disputeReceivable,
  promisePayment,
  settleReceivableDispute,
  writeOffReceivable,
} from '../../src/commands/receivable/recovery.ts';
import type { NewEvent } from '../../src/engine/event.ts';
import { complaintEvents } from '../../src/events/complaint.ts';
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
  supervisor,
  taken,
  today,
  tomorrow,
  yesterday,
} from '../support/commerce.ts';
import { given, idOf } from '../support/given.ts';

const {
  InvoiceIssued,
  PaymentReceived,
  PaymentReversed,
  PaymentPromised,
  ReceivableDisputed,
  ReceivableDisputeSettled,
  ReceivableWrittenOff,
} = receivableEvents;

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

const pounds = { amountMinor: '1', currency: 'GBP' };
const early = '2026-02-28';
const old = InvoiceIssued({ ...issued.data, issuedOn: longAgo });

describe('PromisePayment', () => {
  const input = { invoiceId, amount: eur('400'), payBy: dueOn };
  const promised = PaymentPromised({ ...head, amount: eur('400'), payBy: dueOn, on: today });
  test('records a promise', () => {
    given(issued, paid).when(promisePayment, input).thenEmits(promised);
  });
  test('says nothing twice', () => {
    given(issued, promised).when(promisePayment, input).thenNothing();
  });
  test('refuses an invoice that does not exist', () => {
    given().when(promisePayment, input).thenRejects('invoiceUnknown');
  });
  test('refuses another currency', () => {
    given(issued)
      .when(promisePayment, { ...input, amount: pounds })
      .thenRejects('currencyDiffers');
  });
  test('refuses more than is open', () => {
    given(issued, paid)
      .when(promisePayment, { ...input, amount: eur('401') })
      .thenRejects('amountExceedsOpen');
  });
  test('refuses a promise for a day before it', () => {
    given(issued)
      .when(promisePayment, { ...input, payBy: yesterday })
      .thenRejects('promisedForPast');
  });
  test('refuses a day before the invoice', () => {
    given(issued)
      .when(promisePayment, { ...input, on: early })
      .thenRejects('beforeInvoice');
  });
  test('refuses a day to come', () => {
    given(issued)
      .when(promisePayment, { ...input, on: tomorrow })
      .thenRejects('dayInFuture');
  });
  test('refuses a day too long ago', () => {
    given(old)
      .when(promisePayment, { ...input, on: longAgo })
      .thenRejects('backDatedTooFar');
  });
});

describe('DisputeReceivable', () => {
  const complaintId = idOf('complaint');
  const input = { invoiceId, complaintId, reason: 'Broken.' };
  const disputed = ReceivableDisputed({ ...head, on: today, complaintId, reason: 'Broken.' });
  const logged = (ofCustomer: string) =>
    complaintEvents.ComplaintLogged({
      complaintId,
      customerId: ofCustomer,
      channel: 'phone',
      category: 'product',
      severity: 2,
      description: 'Broken.',
    });
  const world = (...own: readonly NewEvent[]) =>
    given(...own).and(complaint.ref(complaintId), logged(customerId));
  test('records a dispute with its complaint', () => {
    world(issued).when(disputeReceivable, input).thenEmits(disputed);
  });
  test('says nothing twice', () => {
    world(issued, disputed).when(disputeReceivable, input).thenNothing();
  });
  test('refuses an invoice that does not exist', () => {
    world().when(disputeReceivable, input).thenRejects('invoiceUnknown');
  });
  test('refuses the complaint of another customer', () => {
    given(issued)
      .and(complaint.ref(complaintId), logged(idOf('other')))
      .when(disputeReceivable, input)
      .thenRejects('complaintUnknown');
  });
  test('refuses an invoice of which nothing is open', () => {
    const all = PaymentReceived({ ...paid.data, amount: eur('1000') });
    world(issued, all).when(disputeReceivable, input).thenRejects('nothingOpen');
  });
  test('refuses a day before the invoice', () => {
    world(issued)
      .when(disputeReceivable, { ...input, on: early })
      .thenRejects('beforeInvoice');
  });
  test('refuses a day to come', () => {
    world(issued)
      .when(disputeReceivable, { ...input, on: tomorrow })
      .thenRejects('dayInFuture');
  });
  test('refuses a day too long ago', () => {
    world(old)
      .when(disputeReceivable, { ...input, on: longAgo })
      .thenRejects('backDatedTooFar');
  });

  describe('SettleReceivableDispute', () => {
    const settling = { invoiceId, outcome: 'Replaced.' };
    const settled = ReceivableDisputeSettled({ ...head, on: today, outcome: 'Replaced.' });
    test('settles a dispute', () => {
      given(issued, disputed).when(settleReceivableDispute, settling).thenEmits(settled);
    });
    test('says nothing twice', () => {
      given(issued, disputed, settled).when(settleReceivableDispute, settling).thenNothing();
    });
    test('refuses an invoice that does not exist', () => {
      given().when(settleReceivableDispute, settling).thenRejects('invoiceUnknown');
    });
    test('refuses a day before the invoice', () => {
      given(issued, disputed)
        .when(settleReceivableDispute, { ...settling, on: early })
        .thenRejects('beforeInvoice');
    });
    test('refuses a day to come', () => {
      given(issued, disputed)
        .when(settleReceivableDispute, { ...settling, on: tomorrow })
        .thenRejects('dayInFuture');
    });
    test('refuses a day too long ago', () => {
      given(old, disputed)
        .when(settleReceivableDispute, { ...settling, on: longAgo })
        .thenRejects('backDatedTooFar');
    });
  });
});

describe('WriteOffReceivable', () => {
  const writeOffId = idOf('write-off');
  const input = { invoiceId, writeOffId, amount: eur('400'), approvedBy: supervisor, reason: 'Bankrupt.' };
  const writtenOff = ReceivableWrittenOff({ ...head, ...input, on: today });
  const world = (...own: readonly NewEvent[]) => given(...own).and(organisation.ref(), ...staff);
  test('gives up what is open', () => {
    world(issued, paid).when(writeOffReceivable, input).thenEmits(writtenOff);
  });
  test('leaves nothing to pay', () => {
    world(issued, paid, writtenOff)
      .when(recordPayment, { invoiceId, paymentId: idOf('late'), amount: eur('1'), method: 'cash' })
      .thenRejects('paymentExceedsAmount');
  });
  test('says nothing twice', () => {
    world(issued, writtenOff).when(writeOffReceivable, input).thenNothing();
  });
  test('refuses an invoice that does not exist', () => {
    world().when(writeOffReceivable, input).thenRejects('invoiceUnknown');
  });
  test('refuses another currency', () => {
    world(issued)
      .when(writeOffReceivable, { ...input, amount: pounds })
      .thenRejects('currencyDiffers');
  });
  test('refuses more than is open', () => {
    world(issued, paid)
      .when(writeOffReceivable, { ...input, amount: eur('401') })
      .thenRejects('amountExceedsOpen');
  });
  test('refuses the approval of who sees to the payment', () => {
    world(issued)
      .when(writeOffReceivable, { ...input, approvedBy: ann })
      .thenRejects('approverResponsible');
  });
  test('refuses the approval of somebody who is not employed', () => {
    world(issued)
      .when(writeOffReceivable, { ...input, approvedBy: idOf('nobody') })
      .thenRejects('personUnknown');
  });
  test('refuses a day before the invoice', () => {
    world(issued)
      .when(writeOffReceivable, { ...input, on: early })
      .thenRejects('beforeInvoice');
  });
  test('refuses a day to come', () => {
    world(issued)
      .when(writeOffReceivable, { ...input, on: tomorrow })
      .thenRejects('dayInFuture');
  });
  test('refuses a day too long ago', () => {
    world(old)
      .when(writeOffReceivable, { ...input, on: longAgo })
      .thenRejects('backDatedTooFar');
  });
});
