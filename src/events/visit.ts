import { z } from 'zod';
import { events, personal } from '../engine/event.ts';
import { Confidence, ContactRole, Sentiment } from './customer.ts';
import { PaymentMethod } from './receivable.ts';
import { because, moneyText, type Sentences, words } from './sentence.ts';
import {
  Amount,
  Comment,
  CompetitorId,
  ComplaintId,
  ContactId,
  Count,
  CustomerId,
  Geo,
  Instant,
  InvoiceId,
  Line,
  LocalDate,
  OrderId,
  PersonId,
  ProductId,
  VisitId,
} from './values.ts';
import { Purpose } from './visit-plan.ts';

export const Achieved = z
  .enum(['yes', 'partly', 'no'])
  .describe('Whether the visit achieved what it was for.');
export const NegotiationResultCode = z
  .enum([
    'agreed',
    'ordered',
    'paid',
    'promised',
    'interested',
    'informed',
    'postponed',
    'refused',
    'no_decision',
    'other',
  ])
  .describe('How a negotiation came out.');
export const ObservationId = z.uuid().toLowerCase().meta({ description: 'An observation of a competitor.' });
export const ObservationKind = z
  .enum(['price', 'promotion', 'new_product', 'distribution', 'personnel', 'quality', 'other'])
  .describe('What was observed of a competitor.');
export const DevelopmentKind = z
  .enum(['personnel_change', 'expansion', 'closure', 'finance', 'ownership', 'other'])
  .describe('What has changed at the customer.');
export const VisitCostCategory = z.enum(['travel', 'meal', 'sample', 'gift', 'parking', 'other']);
export const VisitOutcome = z
  .enum(['effective', 'ineffective', 'undetermined'])
  .meta({ id: 'VisitOutcome', description: 'What a visit came to, by the effectiveness rule in force.' });
export type VisitOutcome = z.output<typeof VisitOutcome>;
export const MissedReason = z
  .enum(['customer_absent', 'rescheduled_by_customer', 'traffic', 'illness', 'other_priority', 'other'])
  .describe('Why a planned visit did not happen.');
export const VisitExceptionKind = z
  .enum(['geo', 'duration', 'backdated'])
  .describe('What was out of the ordinary about a visit and is approved.');
export const CorrectionSubject = z
  .enum(['negotiation', 'person_met', 'competitor', 'opinion', 'development', 'cost', 'other'])
  .describe('Which part of a visit’s record a correction is about.');

const keys = {
  visitId: VisitId,
  personId: PersonId,
  customerId: CustomerId.nullable(),
  date: LocalDate,
};

/** The most that one entry may say, so that sums over many stay within 64 bits. */
const amountMax = 10n ** 13n;
/** What a visit cost or brought. */
export const VisitAmount = Amount.refine(({ amountMinor }) => BigInt(amountMinor) <= amountMax, {
  message: 'The amount is beyond what one visit may cost or bring.',
  path: ['amountMinor'],
});

/** Whom somebody met on a visit. */
export const personMet = {
  contactId: ContactId.optional(),
  name: personal(Line).optional().describe('Name of somebody who is not recorded as a contact.'),
  role: ContactRole,
};

export const negotiationResult = {
  purpose: Purpose,
  achieved: Achieved,
  resultCode: NegotiationResultCode,
  summary: Comment,
  nextStep: Comment.optional(),
  nextStepDue: LocalDate.optional(),
};

export const collection = {
  invoiceId: InvoiceId.optional(),
  amount: VisitAmount,
  method: PaymentMethod,
  promisedBy: LocalDate.optional().describe(
    'The day until which payment was promised; absent when it was paid.',
  ),
};

export const competitorObservation = {
  competitorId: CompetitorId,
  kind: ObservationKind,
  productId: ProductId.optional(),
  price: Amount.optional(),
  text: Comment,
  confidence: Confidence,
};

export const customerOpinion = {
  topic: Line,
  productId: ProductId.optional(),
  sentiment: Sentiment,
  text: Comment,
};

export const customerDevelopment = { kind: DevelopmentKind, text: Comment };

/** Stored for ever. Add fields as optional, add events freely, rename nothing. */
export const visitEvents = events({
  VisitStarted: {
    ...keys,
    prospectName: Line.optional(),
    planned: z.boolean(),
    unplannedReason: Comment.optional(),
    startedAt: Instant,
    geo: Geo.optional(),
    distanceM: Count.optional(),
    offline: z.boolean(),
    deviceAt: Instant.optional(),
    clockSkewMs: z.int().optional(),
    leftOpenAt: Instant,
  },
  VisitPersonMet: { ...keys, ...personMet },
  NegotiationResultRecorded: { ...keys, ...negotiationResult },
  OrderLinked: { ...keys, orderId: OrderId },
  CollectionRecorded: { ...keys, ...collection },
  ComplaintLinked: { ...keys, complaintId: ComplaintId },
  CompetitorObservationRecorded: { ...keys, observationId: ObservationId, ...competitorObservation },
  CustomerOpinionRecorded: { ...keys, ...customerOpinion },
  CustomerDevelopmentRecorded: { ...keys, ...customerDevelopment },
  VisitCostRecorded: {
    ...keys,
    category: VisitCostCategory,
    amount: Amount,
    km: Count.optional(),
    mileageRateMinor: Count.optional(),
    total: Amount.describe('The amount and the mileage at its rate.'),
  },
  VisitEnded: {
    ...keys,
    planned: z.boolean(),
    startedAt: Instant,
    endedAt: Instant,
    minutes: Count,
    geo: Geo.optional(),
    outcome: VisitOutcome,
    ruleVersion: z.int().min(0),
  },
  VisitMissed: { ...keys, reason: MissedReason, note: Comment.optional() },
  VisitExceptionApproved: {
    ...keys,
    kind: VisitExceptionKind,
    approvedBy: PersonId,
    note: Comment,
    formerOutcome: VisitOutcome.optional().describe('What the ended visit came to before.'),
    outcome: VisitOutcome.optional().describe('What the ended visit comes to with the exception.'),
    ruleVersion: z.int().min(0).optional(),
  },
  VisitCorrected: {
    ...keys,
    subject: CorrectionSubject,
    text: Comment,
    reason: Comment,
  },
  VisitLeftOpen: { ...keys, startedAt: Instant, leftOpenAt: Instant },
});

/** What each of these events says, in a sentence. */
export const visitSentences: Sentences<typeof visitEvents> = {
  VisitStarted: (d, n) =>
    `${n(d.personId)} began a visit to ${d.prospectName ?? n(d.customerId)}${d.planned ? '' : ' that was not planned'}.`,
  VisitPersonMet: (d, n) => `${n(d.personId)} met ${n(d.contactId)}, ${words(d.role)}.`,
  NegotiationResultRecorded: (d, n) =>
    `${n(d.personId)} talked with ${n(d.customerId)} about ${words(d.purpose)}: ${words(d.resultCode)}, goal achieved: ${d.achieved}. ${d.summary}`,
  OrderLinked: (d, n) => `An order of ${n(d.customerId)} came of the visit.`,
  CollectionRecorded: (d, n) =>
    d.promisedBy
      ? `${n(d.customerId)} promised ${moneyText(d.amount)} until ${d.promisedBy}.`
      : `${n(d.personId)} collected ${moneyText(d.amount)} from ${n(d.customerId)}.`,
  ComplaintLinked: (d, n) => `A complaint of ${n(d.customerId)} came up on the visit.`,
  CompetitorObservationRecorded: (d, n) =>
    `${n(d.personId)} observed ${n(d.competitorId)}, ${words(d.kind)}: ${d.text}`,
  CustomerOpinionRecorded: (d, n) => `${n(d.customerId)} on ${d.topic}: ${d.text}`,
  CustomerDevelopmentRecorded: (d, n) => `At ${n(d.customerId)}, ${words(d.kind)}: ${d.text}`,
  VisitCostRecorded: (d, n) =>
    `The visit of ${n(d.personId)} cost ${moneyText(d.total)} for ${words(d.category)}.`,
  VisitEnded: (d, n) =>
    `${n(d.personId)} ended the visit to ${n(d.customerId)} after ${d.minutes} minutes: ${d.outcome}.`,
  VisitMissed: (d, n) =>
    `${n(d.personId)} did not visit ${n(d.customerId)} (${words(d.reason)})${because(d.note)}`,
  VisitExceptionApproved: (d, n) => `${n(d.approvedBy)} approved an exception (${d.kind}): ${d.note}`,
  VisitCorrected: (d, n) =>
    `The record of the visit to ${n(d.customerId)} was corrected, ${words(d.subject)}: ${d.text}`,
  VisitLeftOpen: (d, n) => `${n(d.personId)} did not check out of the visit to ${n(d.customerId)}.`,
};
