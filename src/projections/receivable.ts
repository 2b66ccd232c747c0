import { z } from 'zod';
import { list } from '../engine/list.ts';
import { nothing, query } from '../engine/query.ts';
import { readModel } from '../engine/read-model.ts';
import { receivableEvents } from '../events/receivable.ts';
import {
  ComplaintId,
  Currency,
  CustomerId,
  InvoiceId,
  LocalDate,
  OrderId,
  PersonId,
} from '../events/values.ts';
import { payment } from './payment.ts';
import { isVisible } from './visible.ts';

const byInvoice = ({ data }: { readonly data: { readonly invoiceId: string } }) => ({
  invoiceId: data.invoiceId,
});

interface Moved {
  readonly amountMinor: bigint;
  readonly paidMinor: bigint;
  readonly writtenOffMinor: bigint;
  readonly movedOn: string;
}

/** The row after so much more was paid or written off on a day, or less where it is negative. */
const withMove = <R extends Moved>(row: R, on: string, paid: bigint, writtenOff = 0n) => {
  const paidMinor = row.paidMinor + paid;
  const writtenOffMinor = row.writtenOffMinor + writtenOff;
  const openMinor = row.amountMinor - paidMinor - writtenOffMinor;
  const movedOn = on > row.movedOn ? on : row.movedOn;
  const settled = writtenOffMinor > 0n ? ('written_off' as const) : ('paid' as const);
  const unsettled = paidMinor === 0n ? ('open' as const) : ('partly_paid' as const);
  return {
    ...row,
    paidMinor,
    writtenOffMinor,
    openMinor,
    state: openMinor === 0n ? settled : unsettled,
    movedOn,
    settledOn: openMinor === 0n ? movedOn : null,
  };
};

/** The invoices and what is paid of each. */
export const receivable = readModel({
  name: 'receivable',
  version: 1,
  summary: 'The invoices and what is paid of each.',
  key: ['invoiceId'],
  indexes: [['responsible', 'dueOn'], ['customerId', 'dueOn'], ['settledOn']],
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
    writtenOffMinor: z.bigint().describe('What was given up of it, in minor units.'),
    state: z
      .enum(['open', 'partly_paid', 'paid', 'written_off'])
      .describe('Whether it is paid; written_off when nothing is open and some of it was given up.'),
    movedOn: LocalDate.describe('The latest day on which something was issued, paid, reversed or given up.'),
    settledOn: LocalDate.nullable().describe('The day since which nothing is open; null while something is.'),
    promisedMinor: z.bigint().nullable().describe('What the customer promised last to pay, in minor units.'),
    promisedFor: LocalDate.nullable().describe('The day by which the customer promised to pay it.'),
    disputed: z.boolean().describe('Whether the customer disputes it.'),
    complaintId: ComplaintId.nullable().describe('The complaint that the last dispute rests on.'),
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
        writtenOffMinor: 0n,
        state: 'open',
        movedOn: data.issuedOn,
        settledOn: null,
        promisedMinor: null,
        promisedFor: null,
        disputed: false,
        complaintId: null,
        lastPaidOn: null,
      }),
    },
    PaymentReceived: {
      key: byInvoice,
      change: (row, { data }) => ({
        ...withMove(row, data.receivedOn, BigInt(data.amount.amountMinor)),
        lastPaidOn: data.receivedOn,
      }),
    },
    PaymentReversed: {
      key: byInvoice,
      change: (row, { data }) => withMove(row, data.on, -BigInt(data.amount.amountMinor)),
    },
    PaymentPromised: {
      key: byInvoice,
      change: (row, { data }) => ({
        ...row,
        promisedMinor: BigInt(data.amount.amountMinor),
        promisedFor: data.payBy,
      }),
    },
    ReceivableDisputed: {
      key: byInvoice,
      change: (row, { data }) => ({ ...row, disputed: true, complaintId: data.complaintId ?? null }),
    },
    ReceivableDisputeSettled: { key: byInvoice, change: (row) => ({ ...row, disputed: false }) },
    ReceivableWrittenOff: {
      key: byInvoice,
      change: (row, { data }) => withMove(row, data.on, 0n, BigInt(data.amount.amountMinor)),
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
    'promisedFor',
    'disputed',
  ],
  sorts: ['dueOn', 'issuedOn', 'openMinor', 'amountMinor'],
  groups: ['customerId', 'responsible', 'dueOn', 'state', 'disputed', 'currency'],
  sums: ['amountMinor', 'paidMinor', 'openMinor', 'writtenOffMinor'],
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
