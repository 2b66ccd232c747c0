import type { z } from 'zod';
import type { LossReason } from '../../events/opportunity.ts';
import type { PipelineDocument } from '../../events/pipeline.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

/** The least, the three quartiles and the most of something: a quarter of it lies between each two of them. */
export type Quartiles = readonly [number, number, number, number, number];

export function between(draw: Random, quartiles: Quartiles): number {
  const quarter = draw.int(0, 3);
  return draw.int(quartiles[quarter]! + Math.min(quarter, 1), quartiles[quarter + 1]!);
}

export type OpenStage = 'qualified' | 'needs' | 'offer' | 'negotiation' | 'contract';

interface StageTruth {
  /** Days until the customer decides; what falls on a day off is recorded on the next working day. */
  readonly days: Quartiles;
  /** Probability of going on, for those that nothing makes better. */
  readonly advance: number;
  /** Probability of going back a stage. */
  readonly back: number;
}

type LossWeights = Readonly<Record<z.output<typeof LossReason>, number>>;

/** What the opportunities of the demo are drawn from; tests recover it from what is recorded. */
export const truth = {
  /** How many a salesperson opens in a year. */
  openedPerYear: 20,
  /** The share of them that January to December have, in basis points. */
  season: [850, 900, 1_000, 850, 800, 750, 600, 550, 1_050, 1_100, 950, 600],
  sources: { 'Cold call': 30, 'Trade fair': 25, Website: 20, Referral: 25 },
  milestones: { decision_maker_met: 0.5, samples_tested: 0.4 },
  /** Hundreds of euros, when an opportunity is opened. */
  value: [5, 40, 90, 180, 900] as Quartiles,
  stages: {
    qualified: { days: [1, 4, 8, 14, 35], advance: 0.45, back: 0 },
    needs: { days: [2, 7, 12, 20, 45], advance: 0.75, back: 0 },
    offer: { days: [2, 6, 11, 18, 50], advance: 0.4, back: 0.05 },
    negotiation: { days: [1, 5, 9, 16, 40], advance: 0.8, back: 0.06 },
    contract: { days: [2, 8, 15, 25, 60], advance: 0.92, back: 0 },
  } as Readonly<Record<OpenStage, StageTruth>>,
  /** What makes some go on from a stage more often. All else, `samples_tested` too, makes no difference. */
  better: {
    source: { key: 'Referral', stage: 'qualified', advance: 0.95 },
    milestone: { key: 'decision_maker_met', stage: 'offer', advance: 0.8 },
  },
  /** How often what comes to a stage is expected later than before, and by how many days. */
  slippage: { probability: 0.25, days: [15, 45] },
  /** How often what comes to a stage is put on hold soon after, once, and for how many days. */
  hold: { stage: 'negotiation', probability: 0.1, days: [14, 30] },
  lost: {
    price: 30,
    competitor: 22,
    no_decision: 15,
    no_budget: 12,
    product: 8,
    delivery: 5,
    service: 3,
    relationship: 3,
    other: 2,
  } as LossWeights,
  /** The shares of the competitors in what is lost to one. */
  competitors: [40, 25, 15, 12, 8],
} as const;

/** The reasons behind which there is a competitor. */
export const lostToCompetitor: readonly string[] = ['price', 'competitor', 'product'];

export const stageIds = Object.keys(truth.stages) as readonly OpenStage[];

export interface Nature {
  readonly source: string;
  readonly milestones: readonly string[];
}

/** The probability that an opportunity goes on from a stage. */
export function advanceOf(stageId: OpenStage, { source, milestones }: Nature): number {
  const { source: from, milestone } = truth.better;
  if (stageId === from.stage && source === from.key) return from.advance;
  if (stageId === milestone.stage && milestones.includes(milestone.key)) return milestone.advance;
  return truth.stages[stageId].advance;
}

/** The pipeline of the company. */
export const pipelineIdOf = ({ id }: World): string => id('pipeline');

export const pipelineDefinition = {
  name: 'Supply agreements',
  milestones: [
    { key: 'decision_maker_met', name: 'Decision maker met' },
    { key: 'samples_tested', name: 'Samples tested' },
    { key: 'terms_agreed', name: 'Terms agreed' },
  ],
  stages: [
    {
      stageId: 'qualified',
      name: 'Qualified',
      kind: 'open',
      defaultProbability: { num: '1', den: '5' },
      plannedDurationDays: 14,
      rottingAfterDays: 12,
    },
    {
      stageId: 'needs',
      name: 'Needs analysis',
      kind: 'open',
      defaultProbability: { num: '1', den: '3' },
      plannedDurationDays: 21,
      rottingAfterDays: 18,
      exitCriteria: ['value_known', 'close_expected'],
    },
    {
      stageId: 'offer',
      name: 'Offer',
      kind: 'open',
      defaultProbability: { num: '9', den: '20' },
      plannedDurationDays: 18,
      rottingAfterDays: 16,
      exitCriteria: ['offer_submitted'],
    },
    {
      stageId: 'negotiation',
      name: 'Negotiation',
      kind: 'open',
      defaultProbability: { num: '3', den: '4' },
      plannedDurationDays: 16,
      rottingAfterDays: 14,
      requiredMilestones: ['terms_agreed'],
      exitCriteria: ['offer_accepted'],
    },
    {
      stageId: 'contract',
      name: 'Contract at the customer',
      kind: 'open',
      defaultProbability: { num: '9', den: '10' },
      plannedDurationDays: 25,
      rottingAfterDays: 28,
      controllable: false,
    },
    { stageId: 'paused', name: 'On hold', kind: 'on_hold', defaultProbability: { num: '1', den: '4' } },
    { stageId: 'won', name: 'Won', kind: 'won', defaultProbability: { num: '1', den: '1' } },
    { stageId: 'lost', name: 'Lost', kind: 'lost', defaultProbability: { num: '0', den: '1' } },
  ],
} as const satisfies Partial<Record<keyof PipelineDocument, unknown>>;

/** What counts as a touch here: visits and calls are daily work, and most are about something else. */
export const pipelinePolicy = {
  touches: [
    'MilestoneReached',
    'StageEntered',
    'OfferSubmitted',
    'OfferAccepted',
    'OfferRejected',
    'OpportunityReopened',
  ],
} as const;
