import { z } from 'zod';
import { events, personal } from '../engine/event.ts';
import { ClaimKey } from './claim.ts';
import { because, moneyText, type Sentences, words } from './sentence.ts';
import {
  Amount,
  BasisPoints,
  ChannelId,
  Comment,
  CompetitorId,
  ContactId,
  Count,
  CustomerId,
  Geo,
  Line,
  LocalDate,
  OpportunityId,
  OrderId,
  PersonId,
  ProductId,
  RegionId,
  VisitId,
} from './values.ts';

export const FeedbackId = z.uuid().toLowerCase().meta({ description: 'Something that a customer said.' });
export const CustomerKind = z
  .enum(['end_customer', 'outlet', 'dealer', 'key_account'])
  .meta({ id: 'CustomerKind', description: 'What a customer is to us.' });
export const ContactRole = z
  .enum(['decision_maker', 'influencer', 'user', 'gatekeeper'])
  .meta({ id: 'ContactRole', description: 'What a person at a customer decides.' });
export const OwnershipReason = z
  .enum(['initial', 'handover', 'territory_change', 'pool_claim', 'performance'])
  .meta({ id: 'OwnershipReason', description: 'Why a customer changes hands.' });
export const Lifecycle = z.enum(['potential', 'target', 'new', 'active', 'key']).meta({
  id: 'Lifecycle',
  description: 'The rung of a customer on the ladder from a contact to a key account.',
});
export type Lifecycle = z.output<typeof Lifecycle>;
export const Confidence = z.enum(['low', 'medium', 'high']).describe('How sure an estimate is.');
export const Sentiment = z.int().min(-2).max(2).describe('From -2, angry, to 2, delighted.');
export const VisitsPerWindow = z.int().min(1).max(31).describe('Visits due in each window.');
export const WindowDays = z
  .int()
  .min(1)
  .max(366)
  .describe('Length of the window in days; 28 are four weeks.');

/** Part of the credit for a customer; the primary owner has what the co-owners leave of 10 000. */
export const CoOwner = z
  .strictObject({ personId: PersonId, shareBp: BasisPoints })
  .meta({ id: 'CoOwner', description: 'Somebody beside the primary owner; a share of 0 is mere support.' });

/** What may be known about a customer. */
export const customerProfile = {
  name: personal(Line).optional().describe('Name of the company, or of the human being.'),
  city: Line.optional(),
  taxId: personal(Line).optional().describe('Tax number; no two customers have the same.'),
  regionId: RegionId.optional(),
  channelId: ChannelId.optional(),
  segment: Line.optional().describe('Segment of the market.'),
  geo: Geo.optional(),
  address: personal(Line).optional().describe('Street and number.'),
  phone: personal(Line).optional(),
  email: personal(z.email().max(254)).optional(),
  website: Line.optional(),
  industry: Line.optional(),
  employees: Count.optional().describe('Number of people who work there.'),
};

export const contactDetails = {
  name: personal(Line),
  role: ContactRole,
  title: personal(Line).optional().describe('Position at the customer.'),
  phone: personal(Line).optional(),
  email: personal(z.email().max(254)).optional(),
};

/** The owners that end where the next ones begin. */
const Ownership = z.object({ from: LocalDate, personIds: z.array(PersonId) });

/** Stored for ever. Add fields as optional, add events freely, rename nothing. */
export const customerEvents = events({
  CustomerRegistered: {
    customerId: CustomerId,
    ...customerProfile,
    name: personal(Line),
    kind: CustomerKind,
    regionId: RegionId,
    channelId: ChannelId,
    segment: Line,
    source: Line,
    registeredOn: LocalDate,
    nameKey: ClaimKey,
    taxKey: ClaimKey.nullable(),
  },
  CustomerProfileUpdated: {
    customerId: CustomerId,
    ...customerProfile,
    evidence: Comment.optional(),
    nameKey: ClaimKey.nullable(),
    taxKey: ClaimKey.nullable(),
  },
  ContactRecorded: { customerId: CustomerId, contactId: ContactId, ...contactDetails },
  ContactLeft: { customerId: CustomerId, contactId: ContactId, on: LocalDate },
  OutletOpened: {
    customerId: CustomerId,
    outletCode: Line,
    dealerId: CustomerId.optional(),
    openedOn: LocalDate,
    ownerId: PersonId.nullable(),
  },
  OutletClosed: {
    customerId: CustomerId,
    outletCode: Line,
    on: LocalDate,
    reason: Comment,
    ownerId: PersonId.nullable(),
  },
  CustomerOwnerAssigned: {
    customerId: CustomerId,
    personId: PersonId,
    shareBp: BasisPoints,
    coOwners: z.array(CoOwner),
    from: LocalDate,
    reason: OwnershipReason,
    replaces: Ownership.nullable(),
  },
  CustomerReleasedToPool: { customerId: CustomerId, on: LocalDate, reason: Comment, replaces: Ownership },
  VisitFrequencySet: {
    customerId: CustomerId,
    visits: VisitsPerWindow,
    windowDays: WindowDays,
    from: LocalDate,
  },
  CustomerPotentialEstimated: {
    customerId: CustomerId,
    annual: Amount,
    method: Line,
    confidence: Confidence,
    on: LocalDate,
  },
  CustomerFeedbackRecorded: {
    customerId: CustomerId,
    feedbackId: FeedbackId,
    topic: Line,
    sentiment: Sentiment,
    text: Comment,
    on: LocalDate,
    heardBy: PersonId.optional(),
    productId: ProductId.optional(),
    visitId: VisitId.optional(),
  },
  CustomerLost: {
    customerId: CustomerId,
    reason: Comment,
    competitorId: CompetitorId.optional(),
    on: LocalDate,
    ownerId: PersonId.nullable(),
  },
  CustomerReactivated: { customerId: CustomerId, on: LocalDate, ownerId: PersonId.nullable() },
  CustomerLifecycleAdvanced: {
    customerId: CustomerId,
    from: Lifecycle,
    to: Lifecycle,
    on: LocalDate,
    ownerId: PersonId.nullable(),
    opportunityId: OpportunityId.optional(),
    orderId: OrderId.optional(),
    reason: Comment.optional(),
  },
  CustomerDataErased: { customerId: CustomerId },
});

/** What each of these events says, in a sentence. */
export const customerSentences: Sentences<typeof customerEvents> = {
  CustomerRegistered: (d, n) => `${n(d.customerId)} was registered as a customer.`,
  CustomerProfileUpdated: (d, n) => `What is known of ${n(d.customerId)} was updated.`,
  ContactRecorded: (d, n) =>
    `${n(d.contactId)} was recorded as a contact at ${n(d.customerId)}, ${words(d.role)}.`,
  ContactLeft: (d, n) => `${n(d.contactId, 'A contact')} left ${n(d.customerId)} on ${d.on}.`,
  OutletOpened: (d) => `Outlet ${d.outletCode} opened on ${d.openedOn}.`,
  OutletClosed: (d) => `Outlet ${d.outletCode} closed on ${d.on}: ${d.reason}`,
  CustomerOwnerAssigned: (d, n) =>
    `${n(d.personId)} took over ${n(d.customerId)} from ${d.from} (${words(d.reason)}).`,
  CustomerReleasedToPool: (d, n) => `${n(d.customerId)} went into the pool: ${d.reason}`,
  VisitFrequencySet: (d, n) =>
    `${n(d.customerId)} is to be visited ${d.visits} times in ${d.windowDays} days.`,
  CustomerPotentialEstimated: (d, n) =>
    `The potential of ${n(d.customerId)} was estimated at ${moneyText(d.annual)} a year.`,
  CustomerFeedbackRecorded: (d, n) => `${n(d.customerId)} said about ${d.topic}: ${d.text}`,
  CustomerLost: (d, n) => `${n(d.customerId)} was lost: ${d.reason}`,
  CustomerReactivated: (d, n) => `${n(d.customerId)} came back.`,
  CustomerLifecycleAdvanced: (d, n) =>
    `${n(d.customerId)} went from ${d.from} to ${d.to} customer${because(d.reason)}`,
  CustomerDataErased: () => 'What identified the customer and the people there was erased.',
};
