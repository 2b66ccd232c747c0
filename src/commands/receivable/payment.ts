import { absent, reject, unknown } from '../../engine/decision.ts';
import { generated } from '../../engine/input.ts';
import { PaymentMethod, PositiveAmount, receivableEvents } from '../../events/receivable.ts';
import {
  Comment,
  CustomerId,
  InvoiceId,
  LocalDate,
  OrderId,
  occurred,
  PaymentId,
  PersonId,
  VisitId,
} from '../../events/values.ts';
import { misdated, misdatedRejections } from '../dating.ts';
import { order } from '../order/state.ts';
import { rolesOn } from '../organisation/authority.ts';
import { organisation } from '../organisation/state.ts';
import { policy } from '../policy.ts';
import {
  byResponsible,
  headOf,
  type Invoice,
  invoiceUnknown,
  onDay,
  openMinorOf,
  paymentIn,
  receivable,
} from './state.ts';

const { InvoiceIssued, PaymentReceived, PaymentReversed } = receivableEvents;

export const issueInvoice = receivable.command({
  name: 'IssueInvoice',
  summary: 'Issue an invoice on an order, and say who is responsible for its payment.',
  permission: 'receivable:write',
  path: '/receivables',
  input: {
    invoiceId: generated(InvoiceId),
    orderId: OrderId,
    customerId: CustomerId,
    amount: PositiveAmount,
    issuedOn: onDay,
    dueOn: LocalDate,
    responsible: PersonId.describe('Who sees to the payment.'),
    ...occurred,
  },
  emits: ['InvoiceIssued'],
  rejects: {
    invoiceKnown: 'Another invoice of this id was issued already.',
    orderUnknown: unknown('There is no such order.'),
    orderCancelled: 'The order is cancelled.',
    customerDiffers: 'The order is another customer’s.',
    personUnknown: unknown('Nobody of this id is employed on that day.'),
    dueBeforeIssue: 'An invoice is due when it is issued, or later.',
    ...misdatedRejections,
  },
  subject: ({ responsible }) => responsible,
  reads: ({ orderId }) => ({
    organisation: organisation.ref(),
    policy: policy.ref(),
    order: order.ref(orderId),
  }),
  decide: ({ invoice }, { occurredAt: _, ...input }, context) => {
    const { reads } = context;
    const { taken, status } = reads.order;
    const issuedOn = input.issuedOn ?? context.today;
    if (invoice) return isRepeated(invoice, input) ? [] : reject('invoiceKnown');
    if (!taken) return reject('orderUnknown');
    if (status === 'cancelled') return reject('orderCancelled');
    if (taken.customerId !== input.customerId) return reject('customerDiffers');
    if (rolesOn(reads.organisation, input.responsible, issuedOn).length === 0) return reject('personUnknown');
    if (input.dueOn < issuedOn) return reject('dueBeforeIssue');
    const wrong = misdated(issuedOn, context, reads.policy);
    if (wrong) return reject(wrong, [{ pointer: '/issuedOn', detail: 'Give another day.' }]);
    return [InvoiceIssued({ ...input, issuedOn }, { effectiveOn: issuedOn })];
  },
});

const isRepeated = (invoice: Invoice, { orderId, amount }: Pick<Invoice, 'orderId' | 'amount'>): boolean =>
  invoice.orderId === orderId &&
  invoice.amount.amountMinor === amount.amountMinor &&
  invoice.amount.currency === amount.currency;

export const recordPayment = receivable.command({
  name: 'RecordPayment',
  summary: 'Record a payment on an invoice.',
  permission: 'receivable:write',
  path: '/receivables/:invoiceId/payments',
  input: {
    invoiceId: InvoiceId,
    paymentId: generated(PaymentId),
    amount: PositiveAmount,
    receivedOn: onDay,
    method: PaymentMethod,
    collectedBy: PersonId.optional().describe('Who collected it; the responsible person when left out.'),
    visitId: VisitId.optional().describe('The visit on which it was collected.'),
    ...occurred,
  },
  emits: ['PaymentReceived'],
  rejects: {
    invoiceUnknown,
    currencyDiffers: 'The invoice is in another currency.',
    paymentExceedsAmount: 'All payments together would exceed the amount of the invoice.',
    personUnknown: unknown('Nobody of this id is employed on that day.'),
    ...misdatedRejections,
  },
  subject: byResponsible,
  reads: () => ({ organisation: organisation.ref(), policy: policy.ref() }),
  decide: (state, { occurredAt: _, ...input }, context) => {
    const { reads } = context;
    const { invoice, payments } = state;
    const receivedOn = input.receivedOn ?? context.today;
    if (!invoice) return reject('invoiceUnknown');
    if (payments.some(({ paymentId }) => paymentId === input.paymentId)) return [];
    if (invoice.amount.currency !== input.amount.currency) return reject('currencyDiffers');
    if (BigInt(input.amount.amountMinor) > openMinorOf(state)) return reject('paymentExceedsAmount');
    if (input.collectedBy && rolesOn(reads.organisation, input.collectedBy, receivedOn).length === 0)
      return reject('personUnknown');
    const wrong = misdated(receivedOn, context, reads.policy);
    if (wrong) return reject(wrong, [{ pointer: '/receivedOn', detail: 'Give another day.' }]);
    return [PaymentReceived({ ...input, ...headOf(invoice), receivedOn }, { effectiveOn: receivedOn })];
  },
});

export const reversePayment = receivable.command({
  name: 'ReversePayment',
  summary: 'Reverse a payment that did not hold.',
  permission: 'receivable:write',
  path: '/receivables/:invoiceId/payments/:paymentId/reverse',
  input: { invoiceId: InvoiceId, paymentId: PaymentId, on: onDay, reason: Comment, ...occurred },
  emits: ['PaymentReversed'],
  rejects: {
    invoiceUnknown,
    paymentUnknown: absent('The invoice has no such payment.'),
    reversedBeforeReceipt: 'The payment was not yet received on that day.',
    ...misdatedRejections,
  },
  subject: byResponsible,
  reads: () => ({ policy: policy.ref() }),
  decide: ({ invoice, payments }, { paymentId, reason, on: given }, context) => {
    const on = given ?? context.today;
    const payment = payments.find((received) => received.paymentId === paymentId);
    if (!invoice) return reject('invoiceUnknown');
    if (!payment) return reject('paymentUnknown');
    if (payment.reversed) return [];
    if (on < payment.receivedOn) return reject('reversedBeforeReceipt');
    const wrong = misdated(on, context, context.reads.policy);
    if (wrong) return reject(wrong, [{ pointer: '/on', detail: 'Give another day.' }]);
    return [PaymentReversed({ ...headOf(invoice), ...paymentIn(payment), on, reason }, { effectiveOn: on })];
  },
});
