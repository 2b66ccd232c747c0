import { z } from 'zod';
import { events } from '../engine/event.ts';
import { moneyText, type Sentences, words } from './sentence.ts';
import {
  Amount,
  Comment,
  ComplaintId,
  CustomerId,
  InvoiceId,
  LocalDate,
  OrderId,
  PaymentId,
  PersonId,
  VisitId,
  WriteOffId,
} from './values.ts';

export const PaymentMethod = z
  .enum(['bank_transfer', 'cash', 'cheque', 'card', 'direct_debit', 'offset', 'other'])
  .meta({ id: 'PaymentMethod', description: 'How a payment was made.' });
export const PositiveAmount = Amount.refine(({ amountMinor }) => amountMinor !== '0', {
  message: 'The amount may not be zero.',
  path: ['amountMinor'],
});

/** What every event of a receivable says about it. */
const receivable = {
  invoiceId: InvoiceId,
  orderId: OrderId,
  customerId: CustomerId,
  responsible: PersonId,
  issuedOn: LocalDate,
  dueOn: LocalDate,
};

const payment = {
  paymentId: PaymentId,
  amount: PositiveAmount,
  receivedOn: LocalDate,
  method: PaymentMethod,
  collectedBy: PersonId.optional(),
  visitId: VisitId.optional(),
};

/** Stored for ever. Add fields as optional, add events freely, rename nothing. */
export const receivableEvents = events({
  InvoiceIssued: { ...receivable, amount: PositiveAmount },
  PaymentReceived: { ...receivable, ...payment },
  PaymentReversed: { ...receivable, ...payment, on: LocalDate, reason: Comment },
  PaymentPromised: {
    ...receivable,
    amount: PositiveAmount,
    on: LocalDate,
    payBy: LocalDate,
    visitId: VisitId.optional(),
  },
  ReceivableDisputed: {
    ...receivable,
    on: LocalDate,
    complaintId: ComplaintId.optional(),
    reason: Comment,
  },
  ReceivableDisputeSettled: { ...receivable, on: LocalDate, outcome: Comment },
  ReceivableWrittenOff: {
    ...receivable,
    writeOffId: WriteOffId,
    amount: PositiveAmount,
    on: LocalDate,
    approvedBy: PersonId,
    reason: Comment,
  },
});

/** What each of these events says, in a sentence. */
export const receivableSentences: Sentences<typeof receivableEvents> = {
  InvoiceIssued: (d, n) => `${n(d.customerId)} was invoiced ${moneyText(d.amount)}, due on ${d.dueOn}.`,
  PaymentReceived: (d, n) => `${n(d.customerId)} paid ${moneyText(d.amount)} by ${words(d.method)}.`,
  PaymentReversed: (d, n) =>
    `A payment of ${moneyText(d.amount)} by ${n(d.customerId)} was reversed: ${d.reason}`,
  PaymentPromised: (d, n) => `${n(d.customerId)} promised to pay ${moneyText(d.amount)} by ${d.payBy}.`,
  ReceivableDisputed: (d, n) => `${n(d.customerId)} disputes an invoice: ${d.reason}`,
  ReceivableDisputeSettled: (d, n) => `The dispute with ${n(d.customerId)} was settled: ${d.outcome}`,
  ReceivableWrittenOff: (d, n) =>
    `${n(d.approvedBy)} approved to write off ${moneyText(d.amount)} of ${n(d.customerId)}: ${d.reason}`,
};
