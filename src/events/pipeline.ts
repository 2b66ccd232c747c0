import { z } from 'zod';
import { events } from '../engine/event.ts';
import { Lifecycle } from './customer.ts';
import type { Sentences } from './sentence.ts';
import { Comment, Count, Int64, Line, PipelineId } from './values.ts';

const keyPattern = /^[a-z][a-z0-9_]{0,49}$/;
export const StageId = z
  .string()
  .regex(keyPattern)
  .meta({ id: 'StageId', description: 'A stage of a pipeline, by a key such as proposal.' });
export const MilestoneKey = z.string().regex(keyPattern).meta({
  id: 'MilestoneKey',
  description: 'A milestone on the way to a sale, by a key such as budget_confirmed.',
});

export const StageKind = z
  .enum(['open', 'on_hold', 'won', 'lost'])
  .meta({ id: 'StageKind', description: 'What it means to stand in a stage.' });
export type StageKind = z.output<typeof StageKind>;

const denominatorMax = 1_000_000n;
export const Probability = z
  .strictObject({ num: Int64, den: Int64 })
  .refine(({ num, den }) => {
    const [n, d] = [BigInt(num), BigInt(den)];
    return n >= 0n && n <= d && d > 0n && d <= denominatorMax;
  }, 'A probability is from 0 to 1, over at most 1 000 000.')
  .meta({ id: 'Probability', description: 'An exact probability, numerator over denominator.' });
export type Probability = z.output<typeof Probability>;

export const ExitCriterion = z
  .enum(['value_known', 'close_expected', 'offer_submitted', 'offer_accepted'])
  .describe('What must hold of an opportunity before it goes on.');
export type ExitCriterion = z.output<typeof ExitCriterion>;

export const ForecastCategory = z
  .enum(['pipeline', 'best_case', 'commit', 'closed', 'omitted'])
  .meta({ id: 'ForecastCategory', description: 'How far a forecast counts on an opportunity.' });
export type ForecastCategory = z.output<typeof ForecastCategory>;

/** How far a forecast counts on what stands in a stage that says nothing of it. */
export const usualForecast: Readonly<Record<StageKind, ForecastCategory>> = {
  open: 'pipeline',
  on_hold: 'omitted',
  won: 'closed',
  lost: 'omitted',
};

const Days = Count.min(1).max(3_660).nullable().default(null);
export const PipelineStage = z
  .strictObject({
    stageId: StageId,
    name: Line,
    kind: StageKind,
    defaultProbability: Probability.describe('How likely an opportunity in it is won.'),
    plannedDurationDays: Days.describe('How long a stay is planned to take; null without a plan.'),
    rottingAfterDays: Days.describe('After how many days without a touch it rots; null where it never does.'),
    controllable: z.boolean().default(true).describe('Whether it is ours to make a stay shorter.'),
    requiredMilestones: z
      .array(MilestoneKey)
      .max(20)
      .default([])
      .describe('Milestones that must be reached before an opportunity goes on.'),
    exitCriteria: z.array(ExitCriterion).max(4).default([]),
    forecastCategory: ForecastCategory.optional().describe(
      'How far a forecast counts on what is in it; when left out pipeline where it is open, closed where it is won, and omitted elsewhere.',
    ),
    lifecycleFrom: Lifecycle.optional().describe(
      'The lowest rung of customers whom it takes up the ladder; any when left out.',
    ),
    lifecycleTo: Lifecycle.optional().describe(
      'The rung to which it takes the customer up whose opportunity comes to it; none when left out.',
    ),
  })
  .meta({ id: 'PipelineStage', description: 'A stage on the way to a sale.' });
export type PipelineStage = z.output<typeof PipelineStage>;

const Milestone = z
  .strictObject({ key: MilestoneKey, name: Line })
  .meta({ id: 'PipelineMilestone', description: 'What is achieved on the way to a sale.' });

/** What a version of a pipeline says; the stages are in their order. */
export const pipelineDocument = {
  name: Line.describe('Name for people.'),
  milestones: z.array(Milestone).max(50).default([]),
  stages: z.array(PipelineStage).min(1).max(30).describe('The stages, in their order.'),
  forecastFrom: z
    .strictObject({ bestCase: Probability, commit: Probability })
    .optional()
    .describe(
      'From which probability on an opportunity is best case or commit, where its owner gave it one of its own; when left out it is what its stage is.',
    ),
};
export type PipelineDocument = z.output<z.ZodObject<typeof pipelineDocument>>;

const reaches = (one: Probability, other: Probability): boolean =>
  BigInt(one.num) * BigInt(other.den) >= BigInt(other.num) * BigInt(one.den);

/** How far a forecast counts on an open opportunity whose owner gave it a probability; undefined where that says nothing. */
export function forecastBy(
  { forecastFrom }: Pick<PipelineDocument, 'forecastFrom'>,
  probability: Probability,
): ForecastCategory | undefined {
  if (!forecastFrom) return undefined;
  if (reaches(probability, forecastFrom.commit)) return 'commit';
  return reaches(probability, forecastFrom.bestCase) ? 'best_case' : 'pipeline';
}

/** Whether a document leaves no doubt of what is closed and what a forecast omits. */
export const forecastIsSound = ({ stages, forecastFrom }: PipelineDocument): boolean =>
  (!forecastFrom || reaches(forecastFrom.commit, forecastFrom.bestCase)) &&
  stages.every(({ kind, forecastCategory }) => {
    if (kind === 'won' || kind === 'lost')
      return !forecastCategory || forecastCategory === usualForecast[kind];
    return forecastCategory !== 'closed';
  });

export const PipelineVersion = z.int().min(1).describe('Number of a published version of a pipeline.');

/** Stored for ever. Add fields as optional, add events freely, rename nothing. */
export const pipelineEvents = events({
  PipelineDefined: { pipelineId: PipelineId, ...pipelineDocument },
  PipelineVersionPublished: { pipelineId: PipelineId, version: PipelineVersion, ...pipelineDocument },
  PipelineRetired: { pipelineId: PipelineId, reason: Comment },
});

/** What each of these events says, in a sentence. */
export const pipelineSentences: Sentences<typeof pipelineEvents> = {
  PipelineDefined: (d) => `The pipeline ${d.name} was drafted with ${d.stages.length} stages.`,
  PipelineVersionPublished: (d) => `Version ${d.version} of the pipeline ${d.name} was published.`,
  PipelineRetired: (d) => `A pipeline was retired: ${d.reason}`,
};

/** Events that may count as somebody having worked on an opportunity. */
export const TouchType = z
  .enum([
    'OpportunityOpened',
    'OpportunityValueRevised',
    'ExpectedCloseRevised',
    'ProbabilityOverridden',
    'MilestoneReached',
    'StageEntered',
    'OfferSubmitted',
    'OfferAccepted',
    'OfferRejected',
    'OpportunityHeld',
    'OpportunityReopened',
    'OpportunityTransferred',
    'CreditSplitSet',
    'CallLogged',
    'VisitEnded',
  ])
  .meta({ id: 'TouchType', description: 'An event that may count as a touch of an opportunity.' });
export type TouchType = z.output<typeof TouchType>;
