import { z } from 'zod';
import { events } from '../engine/event.ts';
import { TouchType } from './pipeline.ts';
import { type Sentences, words } from './sentence.ts';
import { BasisPoints, Count, LocalDate, LocalTime, PersonId } from './values.ts';

export const QualityItem = z.enum([
  'completeness',
  'specificity',
  'market_insight',
  'next_steps',
  'consistency_with_visits',
]);

const policyDocuments = {
  'back-dating': z.strictObject({
    daysMax: Count.max(3660)
      .default(7)
      .describe('How many days after the fact something may still be entered.'),
    importDaysMax: Count.max(36_600).default(3_660).describe('The same for integrations.'),
  }),
  'visit-planning': z.strictObject({
    dueTime: LocalTime.default('09:00').describe('When the plan of a day is due, on that day.'),
    travelBufferMinutes: Count.max(240).default(0).describe('Least time between two planned visits.'),
    lateDaysMax: Count.max(31).default(0).describe('How many days after its day a plan may still be made.'),
    signOffHours: Count.max(240)
      .default(24)
      .describe('Hours after submission until the signature is overdue.'),
    windowToleranceMinutes: Count.max(240)
      .default(15)
      .describe('By how many minutes a visit may begin before or after its window and still be in it.'),
  }),
  'visit-effectiveness': z.strictObject({
    minimumMinutes: Count.max(480).default(5).describe('Shortest visit that counts as verified.'),
    distanceMaxM: Count.max(100_000)
      .default(500)
      .describe('How far from the customer, in metres, a visit that counts as verified may begin.'),
    requiresContact: z
      .boolean()
      .default(false)
      .describe('Whether a decision maker or influencer must have been met.'),
  }),
  'daily-activity': z.strictObject({
    visitsPerDay: Count.max(100).default(5).describe('Visits required on a working day.'),
    callsPerDay: Count.max(1_000).default(10).describe('Calls required on a working day.'),
  }),
  'daily-report': z.strictObject({
    missedAfterHours: Count.max(240)
      .default(24)
      .describe('Hours after the due time until a report counts as missed.'),
    signOffHours: Count.max(240).default(24).describe('Hours after filing until the signature is overdue.'),
    mileageRateMinor: Count.default(30).describe(
      'Cost of a kilometre, in minor units of the reporting currency.',
    ),
  }),
  'complaint-handling': z.strictObject({
    resolveDays: z
      .array(Count.max(365))
      .length(4)
      .default([20, 10, 5, 2])
      .describe('Working days until a complaint is to be resolved, by severity from 1 to 4.'),
  }),
  'working-hours': z.strictObject({
    start: LocalTime.default('08:00').describe('When work begins on a working day.'),
    end: LocalTime.default('17:00').describe('When it ends.'),
  }),
  'contract-renewal': z.strictObject({
    noticeDays: Count.max(730)
      .default(60)
      .describe('How many days before the end of a term its renewal falls due.'),
  }),
  'customer-lifecycle': z.strictObject({
    activeWithinDays: Count.max(3_660)
      .default(365)
      .describe('Within how many days of becoming new another order or win makes a customer active.'),
  }),
  targets: z.strictObject({
    overAssignmentMaxBp: Count.max(10_000)
      .default(1_000)
      .describe('How far the parts of a target may pass it together, in basis points.'),
    discussionDays: Count.max(90)
      .default(14)
      .describe('How long a submitted plan is discussed, unless it says until when.'),
    executionPlansRequired: z
      .boolean()
      .default(true)
      .describe(
        'Whether a plan is published only when everybody with a target in it has said how to reach it.',
      ),
    stretchFromBp: Count.max(100_000)
      .default(12_000)
      .describe('From which share of last year on a target counts as a stretch, in basis points.'),
  }),
  coverage: z.strictObject({
    gapMaxBp: BasisPoints.default(1_000).describe(
      'How much of what must be open may be missing without a response, in basis points.',
    ),
    sampleMin: Count.max(100_000)
      .default(20)
      .describe('How many ends a share or duration of the past rests on at least.'),
    creationDropMaxBp: BasisPoints.default(2_500).describe(
      'How much less may be opened a day in the last fiscal quarter than in the year before it, in basis points.',
    ),
  }),
  evaluation: z.strictObject({
    adjustmentBpMax: BasisPoints.default(500).describe('By how much a review may change a score.'),
    acknowledgeDays: Count.max(90)
      .default(7)
      .describe('Days after the review until an evaluation can be final without an answer.'),
    signedShareBpMin: BasisPoints.default(9_000).describe(
      'Share of signed reports from which a person counts on leaderboards.',
    ),
  }),
  pipeline: z.strictObject({
    touches: z
      .array(TouchType)
      .max(TouchType.options.length)
      .default([
        'MilestoneReached',
        'StageEntered',
        'OfferSubmitted',
        'OfferAccepted',
        'OfferRejected',
        'OpportunityReopened',
        'CallLogged',
        'VisitEnded',
      ])
      .describe(
        'Events that count as a touch of an opportunity and start the clock of its rotting anew; its opening always does.',
      ),
  }),
  'quality-rubric': z.strictObject({
    rubricVersion: Count.default(1),
    weights: z
      .record(QualityItem, BasisPoints)
      .default({
        completeness: 2_000,
        specificity: 2_000,
        market_insight: 2_000,
        next_steps: 2_000,
        consistency_with_visits: 2_000,
      })
      .refine(
        (weights) => Object.values(weights).reduce((sum, weight) => sum + weight, 0) === 10_000,
        'The weights must sum to 10 000.',
      )
      .describe('Weight of each score, summing to 10 000 basis points.'),
  }),
} as const;

export type PolicyKey = keyof typeof policyDocuments;
export const PolicyKey = z
  .enum(Object.keys(policyDocuments) as [PolicyKey, ...PolicyKey[]])
  .describe('A policy.');
export type PolicyDocument<K extends PolicyKey> = z.output<(typeof policyDocuments)[K]>;

/** The shape of each policy's document; what is left out has the default. */
export const policySchema = <K extends PolicyKey>(key: K): (typeof policyDocuments)[K] =>
  policyDocuments[key];

/** Stored for ever. Add fields as optional, add events freely, rename nothing. */
export const policyEvents = events({
  PolicyAdopted: {
    policyKey: PolicyKey,
    policyVersion: z.int().min(1),
    effectiveFrom: LocalDate,
    retroactive: z.boolean(),
    document: z.record(z.string(), z.unknown()),
    docHash: z.string(),
  },
  PolicyAcknowledged: { policyKey: PolicyKey, policyVersion: z.int().min(1), personId: PersonId },
});

/** What each of these events says, in a sentence. */
export const policySentences: Sentences<typeof policyEvents> = {
  PolicyAdopted: (d) =>
    `Version ${d.policyVersion} of the policy on ${words(d.policyKey)} was adopted from ${d.effectiveFrom}${d.retroactive ? ', retroactively' : ''}.`,
  PolicyAcknowledged: (d, n) =>
    `${n(d.personId)} acknowledged version ${d.policyVersion} of the policy on ${words(d.policyKey)}.`,
};
