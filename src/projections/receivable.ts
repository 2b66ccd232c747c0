import { z } from 'zod';
import { list } from '../engine/list.ts';
import { nothing, query } from '../engine/query.ts';
import { readModel } from '../engine/read-model.ts';
import { receivableEvents } from '../events/receivable.ts';
import { Currency, CustomerId, InvoiceId, LocalDate, OrderId, PersonId } from '../events/values.ts';
import { payment } from './payment.ts';
import { isVisible } from './visible.ts';

const byInvoice = ({ data }: { readonly data: { readonly invoiceId: string } }) => ({
  invoiceId: data.invoiceId,
});

interface Paid {
  readonly amountMinor: bigint;
  readonly paidMinor: bigint;
}

/** The row after so much more was paid, or less where it is negative. */
const withPaid = <R extends Paid>(row: R, minor: bigint) => {
  const paidMinor = row.paidMinor + minor;
  const openMinor = row.amountMinor - paidMinor;
  const state: 'open' | 'partly_paid' | 'paid' =
    openMinor === 0n ? 'paid' : paidMinor === 0n ? 'open' : 'partly_paid';
  return { ...row, paidMinor, openMinor, state };
};

/** The invoices and what is paid of each. */
export const receivable = readModel({
  name: 'receivable',
  version: 1,
  summary: 'The invoices and what is paid of each.',
  key: ['invoiceId'],
  indexes: [
    ['responsible', 'dueOn'],
    ['customerId', 'dueOn'],
  ],
  row: {
    invoiceId: InvoiceId,
    orderId: OrderId,
    customerId: CustomerId,
    responsible: PersonId.describe('Who sees to the payment.'),
    issuedOn: LocalDate.describe('The day of the invoice.'),
    dueOn: LocalDate.describe('The day on which it is due.'),
    currency: Currency,
    amountMinor: z.bigint().describe('Amount of the invoice in minor units.'),
    paidMinor: z.bigint().describe('What is paid of it, in minor units.'),
    openMinor: z.bigint().describe('What is still to be paid, in minor units.'),
    state: z.enum(['open', 'partly_paid', 'paid']).describe('Whether it is paid.'),
    lastPaidOn: LocalDate.nullable().describe('The day of the payment that was recorded last.'),
  },
  of: receivableEvents,
  on: {
    InvoiceIssued: {
      key: byInvoice,
      row: (_, { data }) => ({
        invoiceId: data.invoiceId,
        orderId: data.orderId,
        customerId: data.customerId,
        responsible: data.responsible,
        issuedOn: data.issuedOn,
        dueOn: data.dueOn,
        currency: data.amount.currency,
        amountMinor: BigInt(data.amount.amountMinor),
        paidMinor: 0n,
        openMinor: BigInt(data.amount.amountMinor),
        state: 'open',
        lastPaidOn: null,
      }),
    },
    PaymentReceived: {
      key: byInvoice,
      change: (row, { data }) => ({
        ...withPaid(row, BigInt(data.amount.amountMinor)),
        lastPaidOn: data.receivedOn,
      }),
    },
    PaymentReversed: {
      key: byInvoice,
      change: (row, { data }) => withPaid(row, -BigInt(data.amount.amountMinor)),
    },
  },
});

export const listReceivables = list({
  name: 'ListReceivables',
  summary: 'List invoices and what is paid of each, by the day on which they are due.',
  permission: 'receivable:read',
  path: '/receivables',
  of: receivable,
  scope: { person: 'responsible', day: 'issuedOn' },
  filters: [
    'invoiceId',
    'orderId',
    'customerId',
    'responsible',
    'issuedOn',
    'dueOn',
    'state',
    'currency',
    'openMinor',
  ],
  sorts: ['dueOn', 'issuedOn', 'openMinor', 'amountMinor'],
  groups: ['customerId', 'responsible', 'dueOn', 'state', 'currency'],
  sums: ['amountMinor', 'paidMinor', 'openMinor'],
});

export const getReceivable = query({
  name: 'GetReceivable',
  summary: 'Get an invoice with its payments.',
  permission: 'receivable:read',
  path: '/receivables/:invoiceId',
  input: { invoiceId: InvoiceId },
  output: receivable.row.extend({ payments: z.array(payment.row) }),
  reads: [receivable, payment],
  answer: async (db, { invoiceId }, asker) => {
    const row = await db
      .selectFrom('receivable')
      .selectAll()
      .where('invoiceId', '=', invoiceId)
      .executeTakeFirst();
    if (!row || !isVisible(asker, row.responsible, row.issuedOn)) return nothing;
    const payments = await db
      .selectFrom('payment')
      .selectAll()
      .where('invoiceId', '=', invoiceId)
      .orderBy('receivedOn')
      .orderBy('paymentId')
      .execute();
    return { ...row, payments };
  },
});
