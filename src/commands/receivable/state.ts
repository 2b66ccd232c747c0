import { absent, decider, type Evolve } from '../../engine/decision.ts';
import type { DataOf } from '../../engine/event.ts';
import { receivableEvents } from '../../events/receivable.ts';
import { LocalDate } from '../../events/values.ts';

export type Invoice = DataOf<typeof receivableEvents.InvoiceIssued>;
export type Payment = Pick<
  DataOf<typeof receivableEvents.PaymentReceived>,
  'paymentId' | 'amount' | 'receivedOn' | 'method' | 'collectedBy' | 'visitId'
>;

export interface ReceivableState {
  readonly invoice: Invoice | undefined;
  readonly payments: readonly (Payment & { readonly reversed: boolean })[];
  readonly promise: DataOf<typeof receivableEvents.PaymentPromised> | undefined;
  readonly disputed: boolean;
  readonly writeOffs: readonly DataOf<typeof receivableEvents.ReceivableWrittenOff>[];
}

const initialState: ReceivableState = {
  invoice: undefined,
  payments: [],
  promise: undefined,
  disputed: false,
  writeOffs: [],
};

export const paymentIn = ({
  paymentId,
  amount,
  receivedOn,
  method,
  collectedBy,
  visitId,
}: Payment): Payment => ({
  paymentId,
  amount,
  receivedOn,
  method,
  collectedBy,
  visitId,
});

const evolve: Evolve<ReceivableState, typeof receivableEvents> = {
  InvoiceIssued: (state, invoice) => ({ ...state, invoice }),
  PaymentReceived: (state, data) => ({
    ...state,
    payments: [...state.payments, { ...paymentIn(data), reversed: false }],
  }),
  PaymentReversed: (state, { paymentId }) => ({
    ...state,
    payments: state.payments.map((payment) =>
      payment.paymentId === paymentId ? { ...payment, reversed: true } : payment,
    ),
  }),
  PaymentPromised: (state, promise) => ({ ...state, promise }),
  ReceivableDisputed: (state) => ({ ...state, disputed: true }),
  ReceivableDisputeSettled: (state) => ({ ...state, disputed: false }),
  ReceivableWrittenOff: (state, writeOff) => ({ ...state, writeOffs: [...state.writeOffs, writeOff] }),
};

export const receivable = decider({
  stream: 'receivable',
  id: ['invoiceId'],
  events: receivableEvents,
  initialState,
  evolve,
});

/** What every event of a receivable says about it. */
export const headOf = ({ invoiceId, orderId, customerId, responsible, issuedOn, dueOn }: Invoice) => ({
  invoiceId,
  orderId,
  customerId,
  responsible,
  issuedOn,
  dueOn,
});

/** Minor units that are still to be paid. */
export const openMinorOf = ({ invoice, payments, writeOffs }: ReceivableState): bigint =>
  [...payments.filter(({ reversed }) => !reversed), ...writeOffs].reduce(
    (open, { amount }) => open - BigInt(amount.amountMinor),
    BigInt(invoice?.amount.amountMinor ?? 0),
  );

export const invoiceUnknown = absent('There is no such invoice.');
export const onDay = LocalDate.optional().describe('Today, when left out.');
export const byResponsible = (_: unknown, { invoice }: ReceivableState) => invoice?.responsible;
