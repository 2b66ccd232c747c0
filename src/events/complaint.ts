import { z } from 'zod';
import { events } from '../engine/event.ts';
import { because, moneyText, type Sentences, words } from './sentence.ts';
import {
  Amount,
  Comment,
  ComplaintId,
  CustomerId,
  Line,
  LocalDate,
  OrderId,
  PersonId,
  ProductId,
  VisitId,
} from './values.ts';

export const ComplaintChannel = z
  .enum(['visit', 'phone', 'email', 'letter', 'web', 'dealer', 'other'])
  .meta({ id: 'ComplaintChannel', description: 'The way on which a complaint came.' });
export const ComplaintCategory = z
  .enum(['product', 'price', 'delivery', 'service', 'billing', 'staff', 'other'])
  .meta({ id: 'ComplaintCategory', description: 'What a complaint is about.' });
export const Severity = z.int().min(1).max(4).describe('From 1, small, to 4, critical.');
export const Satisfaction = z.int().min(1).max(5).describe('From 1, not at all, to 5, wholly satisfied.');
export const RemedyKind = z
  .enum(['refund', 'replace', 'credit', 'repair', 'apology', 'training', 'none'])
  .meta({ id: 'RemedyKind', description: 'What was done for the customer.' });
export const Remedy = z.strictObject({ kind: RemedyKind, amount: Amount.optional() });
export const RootCauseClass = z
  .enum(['product', 'process', 'people', 'supplier', 'logistics', 'system', 'customer', 'unknown'])
  .meta({ id: 'RootCauseClass', description: 'Where a complaint came from.' });
export const RootCause = z.strictObject({ class: RootCauseClass, detail: Comment.optional() });

/** What a customer complains about. */
export const complaintDetails = {
  channel: ComplaintChannel,
  category: ComplaintCategory,
  severity: Severity,
  orderId: OrderId.optional(),
  productId: ProductId.optional(),
  lot: Line.optional().describe('Lot or serial number.'),
  claimed: Amount.optional().describe('What the customer claims.'),
  description: Comment,
  desiredResolution: Comment.optional(),
  visitId: VisitId.optional(),
};

/** What every event of a complaint says about it. `by` is the person who did it, where a person did. */
const complaint = { complaintId: ComplaintId, customerId: CustomerId, by: PersonId.optional() };

/** Stored for ever. Add fields as optional, add events freely, rename nothing. */
export const complaintEvents = events({
  ComplaintLogged: {
    ...complaint,
    ...complaintDetails,
    resolveBy: LocalDate.optional().describe('The day by which it is to be resolved.'),
  },
  ComplaintAcknowledged: complaint,
  ComplaintAssigned: { ...complaint, to: PersonId },
  ComplaintResolved: {
    ...complaint,
    handledBy: PersonId,
    remedy: Remedy,
    rootCause: RootCause,
    note: Comment.optional(),
  },
  ConfirmationAttempted: { ...complaint, attempt: z.int().min(1), note: Comment.optional() },
  ComplaintConfirmed: { ...complaint, satisfaction: Satisfaction, comment: Comment.optional() },
  ComplaintReopened: { ...complaint, reason: Comment },
  ComplaintClosed: { ...complaint, costTotal: Amount, confirmed: z.boolean(), attempts: z.int().min(0) },
});

/** What each of these events says, in a sentence. */
export const complaintSentences: Sentences<typeof complaintEvents> = {
  ComplaintLogged: (d, n) =>
    `${n(d.customerId)} complained about ${words(d.category)}, severity ${d.severity}: ${d.description}`,
  ComplaintAcknowledged: (d, n) => `The complaint of ${n(d.customerId)} was acknowledged.`,
  ComplaintAssigned: (d, n) => `The complaint of ${n(d.customerId)} was given to ${n(d.to)}.`,
  ComplaintResolved: (d, n) =>
    `${n(d.handledBy)} resolved the complaint of ${n(d.customerId)} by ${words(d.remedy.kind)}.`,
  ConfirmationAttempted: (d, n) =>
    `${n(d.customerId)} was asked whether the remedy helped, attempt ${d.attempt}${because(d.note)}`,
  ComplaintConfirmed: (d, n) =>
    `${n(d.customerId)} confirmed the remedy, satisfied to ${d.satisfaction} of 5.`,
  ComplaintReopened: (d, n) => `The complaint of ${n(d.customerId)} was opened again: ${d.reason}`,
  ComplaintClosed: (d, n) =>
    `The complaint of ${n(d.customerId)} was closed at a cost of ${moneyText(d.costTotal)}.`,
};
