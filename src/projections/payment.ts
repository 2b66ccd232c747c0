import { z } from 'zod';
import { list } from '../engine/list.ts';
import { readModel } from '../engine/read-model.ts';
import { PaymentMethod, receivableEvents } from '../events/receivable.ts';
import {
  Currency,
  CustomerId,
  InvoiceId,
  LocalDate,
  OrderId,
  PaymentId,
  PersonId,
  VisitId,
} from '../events/values.ts';

const byPayment = ({
  data,
}: {
  readonly data: { readonly invoiceId: string; readonly paymentId: string };
}) => ({
  invoiceId: data.invoiceId,
  paymentId: data.paymentId,
});

/** The payments on invoices. */
export const payment = readModel({
  name: 'payment',
  version: 1,
  summary: 'The payments on invoices, also those that were reversed.',
  key: ['invoiceId', 'paymentId'],
  indexes: [
    ['creditedTo', 'receivedOn'],
    ['customerId', 'receivedOn'],
  ],
  row: {
    invoiceId: InvoiceId,
    paymentId: PaymentId,
    orderId: OrderId,
    customerId: CustomerId,
    responsible: PersonId.describe('Who sees to the payment of the invoice.'),
    collectedBy: PersonId.nullable().describe('Who collected the payment.'),
    creditedTo: PersonId.describe('Who collected it, else who is responsible.'),
    visitId: VisitId.nullable().describe('The visit on which it was collected.'),
    amountMinor: z.bigint().describe('What was paid, in minor units.'),
    currency: Currency,
    receivedOn: LocalDate.describe('The day on which it was received.'),
    dueOn: LocalDate.describe('The day on which the invoice was due.'),
    method: PaymentMethod,
    reversedOn: LocalDate.nullable().describe('The day on which it was reversed; null while it holds.'),
    reversalReason: z.string().nullable().describe('Why it was reversed.'),
  },
  of: receivableEvents,
  on: {
    PaymentReceived: {
      key: byPayment,
      row: (_, { data }) => ({
        invoiceId: data.invoiceId,
        paymentId: data.paymentId,
        orderId: data.orderId,
        customerId: data.customerId,
        responsible: data.responsible,
        collectedBy: data.collectedBy ?? null,
        creditedTo: data.collectedBy ?? data.responsible,
        visitId: data.visitId ?? null,
        amountMinor: BigInt(data.amount.amountMinor),
        currency: data.amount.currency,
        receivedOn: data.receivedOn,
        dueOn: data.dueOn,
        method: data.method,
        reversedOn: null,
        reversalReason: null,
      }),
    },
    PaymentReversed: {
      key: byPayment,
      change: (row, { data }) => ({ ...row, reversedOn: data.on, reversalReason: data.reason }),
    },
  },
});

export const listPayments = list({
  name: 'ListPayments',
  summary: 'List payments, newest first.',
  permission: 'receivable:read',
  path: '/payments',
  of: payment,
  scope: { person: 'creditedTo', day: 'receivedOn' },
  filters: [
    'invoiceId',
    'orderId',
    'customerId',
    'responsible',
    'creditedTo',
    'visitId',
    'receivedOn',
    'dueOn',
    'reversedOn',
    'method',
    'currency',
  ],
  sorts: ['receivedOn', 'amountMinor'],
  descending: true,
  groups: ['customerId', 'creditedTo', 'receivedOn', 'method', 'currency'],
  sums: ['amountMinor'],
});
