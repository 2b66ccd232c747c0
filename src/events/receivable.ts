import { z } from 'zod';
import { events } from '../engine/event.ts';
import {
  Amount,
  Comment,
  CustomerId,
  InvoiceId,
  LocalDate,
  OrderId,
  PaymentId,
  PersonId,
  VisitId,
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
});
