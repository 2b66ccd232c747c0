import { reject, unknown } from '../../engine/decision.ts';
import { generated } from '../../engine/input.ts';
import { PositiveAmount, receivableEvents } from '../../events/receivable.ts';
import {
  Comment,
  ComplaintId,
  InvoiceId,
  LocalDate,
  type Money,
  occurred,
  PersonId,
  VisitId,
  WriteOffId,
} from '../../events/values.ts';
import { complaint } from '../complaint.ts';
import { misdated, misdatedRejections } from '../dating.ts';
import { rolesOn } from '../organisation/authority.ts';
import { organisation } from '../organisation/state.ts';
import { policy } from '../policy.ts';
import { byResponsible, headOf, invoiceUnknown, onDay, openMinorOf, receivable } from './state.ts';

const { PaymentPromised, ReceivableDisputed, ReceivableDisputeSettled, ReceivableWrittenOff } =
  receivableEvents;

const beforeInvoice = 'The invoice was not yet issued on that day.';
const currencyDiffers = 'The invoice is in another currency.';
const amountExceedsOpen = 'So much is not open of the invoice.';
const dated = { beforeInvoice, ...misdatedRejections };

const isSame = (a: Money, b: Money): boolean => a.amountMinor === b.amountMinor && a.currency === b.currency;

export const promisePayment = receivable.command({
  name: 'PromisePayment',
  summary: 'Record that the customer promised to pay so much of an invoice by a day.',
  permission: 'receivable:follow-up',
  path: '/receivables/:invoiceId/promises',
  input: {
    invoiceId: InvoiceId,
    amount: PositiveAmount,
    payBy: LocalDate.describe('The day by which the customer will pay.'),
    on: onDay,
    visitId: VisitId.optional().describe('The visit on which it was promised.'),
    ...occurred,
  },
  emits: ['PaymentPromised'],
  rejects: {
    invoiceUnknown,
    currencyDiffers,
    amountExceedsOpen,
    promisedForPast: 'A promise is for the day on which it is made, or later.',
    ...dated,
  },
  subject: byResponsible,
  reads: () => ({ policy: policy.ref() }),
  decide: (state, { amount, payBy, visitId, on: given }, context) => {
    const { invoice, promise } = state;
    const on = given ?? context.today;
    if (!invoice) return reject('invoiceUnknown');
    if (promise && promise.payBy === payBy && isSame(promise.amount, amount)) return [];
    if (amount.currency !== invoice.amount.currency) return reject('currencyDiffers');
    if (BigInt(amount.amountMinor) > openMinorOf(state)) return reject('amountExceedsOpen');
    if (payBy < on) return reject('promisedForPast');
    if (on < invoice.issuedOn) return reject('beforeInvoice');
    const wrong = misdated(on, context, context.reads.policy);
    if (wrong) return reject(wrong, [{ pointer: '/on', detail: 'Give another day.' }]);
    return [PaymentPromised({ ...headOf(invoice), amount, payBy, visitId, on }, { effectiveOn: on })];
  },
});

export const disputeReceivable = receivable.command({
  name: 'DisputeReceivable',
  summary: 'Record that the customer disputes an invoice.',
  permission: 'receivable:follow-up',
  path: '/receivables/:invoiceId/dispute',
  input: {
    invoiceId: InvoiceId,
    on: onDay,
    complaintId: ComplaintId.optional().describe('The complaint that it rests on.'),
    reason: Comment,
    ...occurred,
  },
  emits: ['ReceivableDisputed'],
  rejects: {
    invoiceUnknown,
    complaintUnknown: unknown('The customer has no such complaint.'),
    nothingOpen: 'Nothing of the invoice is open.',
    ...dated,
  },
  subject: byResponsible,
  reads: ({ complaintId }) => ({
    policy: policy.ref(),
    complaint: complaintId ? complaint.ref(complaintId) : undefined,
  }),
  decide: (state, { on: given, complaintId, reason }, context) => {
    const { invoice, disputed } = state;
    const { reads } = context;
    const on = given ?? context.today;
    if (!invoice) return reject('invoiceUnknown');
    if (disputed) return [];
    if (reads.complaint && reads.complaint.customerId !== invoice.customerId)
      return reject('complaintUnknown');
    if (openMinorOf(state) === 0n) return reject('nothingOpen');
    if (on < invoice.issuedOn) return reject('beforeInvoice');
    const wrong = misdated(on, context, reads.policy);
    if (wrong) return reject(wrong, [{ pointer: '/on', detail: 'Give another day.' }]);
    return [ReceivableDisputed({ ...headOf(invoice), on, complaintId, reason }, { effectiveOn: on })];
  },
});

export const settleReceivableDispute = receivable.command({
  name: 'SettleReceivableDispute',
  summary: 'Record that a dispute over an invoice is settled.',
  permission: 'receivable:follow-up',
  path: '/receivables/:invoiceId/settle-dispute',
  input: { invoiceId: InvoiceId, on: onDay, outcome: Comment, ...occurred },
  emits: ['ReceivableDisputeSettled'],
  rejects: { invoiceUnknown, ...dated },
  subject: byResponsible,
  reads: () => ({ policy: policy.ref() }),
  decide: ({ invoice, disputed }, { on: given, outcome }, context) => {
    const on = given ?? context.today;
    if (!invoice) return reject('invoiceUnknown');
    if (!disputed) return [];
    if (on < invoice.issuedOn) return reject('beforeInvoice');
    const wrong = misdated(on, context, context.reads.policy);
    if (wrong) return reject(wrong, [{ pointer: '/on', detail: 'Give another day.' }]);
    return [ReceivableDisputeSettled({ ...headOf(invoice), on, outcome }, { effectiveOn: on })];
  },
});

export const writeOffReceivable = receivable.command({
  name: 'WriteOffReceivable',
  summary: 'Give up what will not be paid of an invoice.',
  permission: 'receivable:write-off',
  path: '/receivables/:invoiceId/write-offs',
  input: {
    invoiceId: InvoiceId,
    writeOffId: generated(WriteOffId),
    amount: PositiveAmount,
    on: onDay,
    approvedBy: PersonId.describe('Who approved it; not who sees to the payment.'),
    reason: Comment,
    ...occurred,
  },
  emits: ['ReceivableWrittenOff'],
  rejects: {
    invoiceUnknown,
    currencyDiffers,
    amountExceedsOpen,
    approverResponsible: 'Nobody approves to write off what they see to themselves.',
    personUnknown: unknown('Nobody of this id is employed on that day.'),
    ...dated,
  },
  subject: byResponsible,
  reads: () => ({ organisation: organisation.ref(), policy: policy.ref() }),
  decide: (state, { occurredAt: _, ...input }, context) => {
    const { invoice, writeOffs } = state;
    const { reads } = context;
    const on = input.on ?? context.today;
    if (!invoice) return reject('invoiceUnknown');
    if (writeOffs.some(({ writeOffId }) => writeOffId === input.writeOffId)) return [];
    if (input.amount.currency !== invoice.amount.currency) return reject('currencyDiffers');
    if (BigInt(input.amount.amountMinor) > openMinorOf(state)) return reject('amountExceedsOpen');
    if (input.approvedBy === invoice.responsible) return reject('approverResponsible');
    if (rolesOn(reads.organisation, input.approvedBy, on).length === 0) return reject('personUnknown');
    if (on < invoice.issuedOn) return reject('beforeInvoice');
    const wrong = misdated(on, context, reads.policy);
    if (wrong) return reject(wrong, [{ pointer: '/on', detail: 'Give another day.' }]);
    return [ReceivableWrittenOff({ ...headOf(invoice), ...input, on }, { effectiveOn: on })];
  },
});
