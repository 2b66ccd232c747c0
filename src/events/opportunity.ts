import { z } from 'zod';
import { events } from '../engine/event.ts';
import { Credits } from './credit.ts';
import { Quantity } from './order.ts';
import {
  ForecastCategory,
  MilestoneKey,
  PipelineVersion,
  Probability,
  StageId,
  StageKind,
} from './pipeline.ts';
import { because, moneyText, type Sentences, words } from './sentence.ts';
import {
  Amount,
  Comment,
  CompetitorId,
  ContractId,
  CustomerId,
  Instant,
  Line,
  LocalDate,
  OfferId,
  OpportunityId,
  OrderId,
  PersonId,
  PipelineId,
  ProductId,
  VisitId,
} from './values.ts';

export const ProbabilitySource = z
  .enum(['stage', 'override'])
  .describe('Whether the probability is that of the stage, or the owner’s own.');
export const LossReason = z
  .enum([
    'price',
    'product',
    'delivery',
    'service',
    'relationship',
    'no_budget',
    'no_decision',
    'competitor',
    'other',
  ])
  .describe('Why an opportunity was lost.');
export const StageDirection = z.enum(['forward', 'back']).describe('Whether a stage is after or before.');
export const CreditRule = z
  .enum(['follow', 'keep'])
  .describe('Whether the credit goes to the new owner or stays whose it is.');

/** Where an opportunity stands. */
export const Standing = z
  .object({
    status: StageKind.describe('Whether it is open, on hold, won or lost.'),
    stageId: StageId,
    stay: z.int().min(1).describe('Number of the stay in a stage, from 1.'),
    ownerId: PersonId,
    value: Amount,
    expectedClose: LocalDate.nullable(),
    probability: Probability,
    probabilitySource: ProbabilitySource,
    forecastCategory: ForecastCategory.optional().describe(
      'What the pipeline says of it in a forecast; the usual of its status when left out.',
    ),
  })
  .meta({ id: 'OpportunityStanding', description: 'Where an opportunity stands.' });
export type Standing = z.output<typeof Standing>;

export const OpportunityLine = z
  .strictObject({
    productId: ProductId,
    quantity: Quantity,
    amount: Amount.describe('What the customer would pay for the line, without tax.'),
    expectedCost: Amount.optional().describe('What the line would cost us.'),
  })
  .meta({ id: 'OpportunityLine', description: 'What the customer may buy.' });
export type OpportunityLine = z.output<typeof OpportunityLine>;

/** Where an opportunity was kept before it was imported with its history. */
export const Imported = z
  .strictObject({
    externalId: Line.describe('What the former system called it.'),
    at: Instant.describe('When it was imported.'),
    digest: z.string().describe('Digest of what was imported.'),
  })
  .describe('Where it was kept before it was imported.');
export type Imported = z.output<typeof Imported>;

/** What every event of an opportunity says about it; the owner is that before the event. */
const opportunity = {
  opportunityId: OpportunityId,
  customerId: CustomerId,
  pipelineId: PipelineId,
  pipelineVersion: PipelineVersion,
  ownerId: PersonId,
};
/** Every change says where the opportunity stood and where it stands, so that sums of it need nothing else. */
const change = { ...opportunity, before: Standing, after: Standing };

/** Stored for ever. Add fields as optional, add events freely, rename nothing. */
export const opportunityEvents = events({
  OpportunityOpened: {
    ...opportunity,
    title: Line,
    source: Line,
    firstContactAt: Instant.optional(),
    after: Standing,
    imported: Imported.optional(),
  },
  OpportunityValueRevised: { ...change, lines: z.array(OpportunityLine), reason: Comment },
  ExpectedCloseRevised: { ...change, reason: Comment },
  ProbabilityOverridden: { ...change, reason: Comment },
  MilestoneReached: {
    ...opportunity,
    milestone: MilestoneKey,
    evidence: Comment.optional(),
    visitId: VisitId.optional(),
  },
  StageEntered: {
    ...change,
    direction: StageDirection,
    reason: Comment.optional(),
    overrideReason: Comment.optional(),
  },
  OfferSubmitted: { ...opportunity, offerId: OfferId, total: Amount, validUntil: LocalDate.optional() },
  OfferAccepted: { ...opportunity, offerId: OfferId },
  OfferRejected: { ...opportunity, offerId: OfferId, reason: Comment },
  OpportunityWon: {
    ...change,
    credits: Credits.optional(),
    orderId: OrderId.optional(),
    contractId: ContractId.optional(),
    reference: Line.optional(),
  },
  OpportunityLost: {
    ...change,
    credits: Credits.optional(),
    reasonCode: LossReason,
    competitorId: CompetitorId.optional(),
    note: Comment.optional(),
  },
  OpportunityHeld: { ...change, until: LocalDate.optional(), reason: Comment },
  OpportunityReopened: {
    ...change,
    reason: Comment,
    closedBy: PersonId.optional().describe('Who owned it when it was won or lost; the owner when left out.'),
    credits: Credits.optional(),
  },
  OpportunityTransferred: {
    ...change,
    to: PersonId,
    creditRule: CreditRule,
    credits: Credits,
    formerCredits: Credits.optional(),
    reason: Comment,
  },
  CreditSplitSet: {
    ...opportunity,
    credits: Credits,
    formerCredits: Credits,
    standing: Standing.optional().describe('Where it stands; left out by those of old.'),
    reason: Comment,
  },
});

const closeText = (day: string | null): string => day ?? 'an unknown day';

/** What each of these events says, in a sentence. */
export const opportunitySentences: Sentences<typeof opportunityEvents> = {
  OpportunityOpened: (d, n) =>
    `${n(d.ownerId)} opened an opportunity with ${n(d.customerId)} over ${moneyText(d.after.value)}: ${d.title}`,
  OpportunityValueRevised: (d, n) =>
    `The opportunity with ${n(d.customerId)} is now over ${moneyText(d.after.value)} instead of ${moneyText(d.before.value)}: ${d.reason}`,
  ExpectedCloseRevised: (d, n) =>
    `The opportunity with ${n(d.customerId)} is expected to close on ${closeText(d.after.expectedClose)} instead of ${closeText(d.before.expectedClose)}: ${d.reason}`,
  ProbabilityOverridden: (d, n) =>
    `The opportunity with ${n(d.customerId)} is now won with a probability of ${d.after.probability.num}/${d.after.probability.den}: ${d.reason}`,
  MilestoneReached: (d, n) =>
    `The opportunity with ${n(d.customerId)} reached a milestone, ${words(d.milestone)}${because(d.evidence)}`,
  StageEntered: (d, n) =>
    `The opportunity with ${n(d.customerId)} went ${d.direction} from ${words(d.before.stageId)} to ${words(d.after.stageId)}${because(d.overrideReason ?? d.reason)}`,
  OfferSubmitted: (d, n) => `${n(d.customerId)} was offered ${moneyText(d.total)}.`,
  OfferAccepted: (d, n) => `${n(d.customerId)} accepted an offer.`,
  OfferRejected: (d, n) => `${n(d.customerId)} rejected an offer: ${d.reason}`,
  OpportunityWon: (d, n) =>
    `The opportunity with ${n(d.customerId)} was won, over ${moneyText(d.after.value)}${d.reference ? ` (${d.reference})` : ''}.`,
  OpportunityLost: (d, n) =>
    `The opportunity with ${n(d.customerId)} was lost (${words(d.reasonCode)})${because(d.note)}`,
  OpportunityHeld: (d, n) =>
    `The opportunity with ${n(d.customerId)} was put on hold${d.until ? ` until ${d.until}` : ''}: ${d.reason}`,
  OpportunityReopened: (d, n) => `The opportunity with ${n(d.customerId)} was reopened: ${d.reason}`,
  OpportunityTransferred: (d, n) =>
    `${n(d.to)} took over the opportunity with ${n(d.customerId)} from ${n(d.ownerId)}: ${d.reason}`,
  CreditSplitSet: (d, n) =>
    `The credit for the opportunity with ${n(d.customerId)} was split across ${d.credits.length}: ${d.reason}`,
};
