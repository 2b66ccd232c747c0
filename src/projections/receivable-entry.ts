import { z } from 'zod';
import type { RecordedEvent } from '../engine/event.ts';
import { byStream, readModel } from '../engine/read-model.ts';
import { receivableEvents } from '../events/receivable.ts';
import { Currency, InvoiceId, LocalDate, type Money, PersonId } from '../events/values.ts';

const row = {
  invoiceId: InvoiceId,
  position: z.bigint().describe('Position of the event in the log.'),
  kind: z.enum(['invoice', 'payment', 'reversal', 'write_off']).describe('What changed the open amount.'),
  date: LocalDate.describe('The day on which it did.'),
  dueOn: LocalDate.describe('The day on which the invoice is due.'),
  personId: PersonId.describe('Who sees to the payment.'),
  changeMinor: z
    .bigint()
    .describe('What it adds to the open amount, in minor units; below zero to lower it.'),
  currency: Currency,
};
type Row = z.output<z.ZodObject<typeof row>>;

interface Data {
  readonly dueOn: string;
  readonly responsible: string;
  readonly amount: Money;
}

const inStream = byStream('invoiceId');
const entry = <D extends Data>(kind: Row['kind'], sign: 1n | -1n, dateOf: (data: D) => string) => ({
  key: (event: RecordedEvent<D>) => ({ ...inStream(event), position: BigInt(event.position) }),
  row: (_: unknown, { data }: RecordedEvent<D>, key: Pick<Row, 'invoiceId' | 'position'>): Row => ({
    ...key,
    kind,
    date: dateOf(data),
    dueOn: data.dueOn,
    personId: data.responsible,
    changeMinor: sign * BigInt(data.amount.amountMinor),
    currency: data.amount.currency,
  }),
});

/** What changed the open amounts of invoices, one by one. */
export const receivableEntry = readModel({
  name: 'receivable_entry',
  version: 1,
  summary: 'What changed the open amounts of invoices: they add up to what is open of each on every day.',
  key: ['invoiceId', 'position'],
  row,
  of: receivableEvents,
  on: {
    InvoiceIssued: entry('invoice', 1n, ({ issuedOn }: Data & { readonly issuedOn: string }) => issuedOn),
    PaymentReceived: entry(
      'payment',
      -1n,
      ({ receivedOn }: Data & { readonly receivedOn: string }) => receivedOn,
    ),
    PaymentReversed: entry('reversal', 1n, ({ on }: Data & { readonly on: string }) => on),
    ReceivableWrittenOff: entry('write_off', -1n, ({ on }: Data & { readonly on: string }) => on),
  },
});
