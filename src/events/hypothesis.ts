import { z } from 'zod';
import { events } from '../engine/event.ts';
import { MilestoneKey, StageId } from './pipeline.ts';
import { type Sentences, words } from './sentence.ts';
import {
  amountMax,
  Comment,
  Currency,
  HypothesisId,
  Int64,
  Line,
  LocalDate,
  PipelineId,
  Position,
} from './values.ts';

/** By what some opportunities differ from the others. */
export const HypothesisCondition = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('milestone'),
      milestone: MilestoneKey,
      stageId: StageId.describe(
        'Of the opportunities that came to this stage, those that had reached the milestone by then.',
      ),
    }),
    z.strictObject({
      kind: z.literal('activity'),
      activity: z.enum(['call', 'visit', 'offer']),
      withinDays: z
        .int()
        .min(1)
        .max(365)
        .describe(
          'Of the opportunities that were open for longer, those that had such an activity in so many days.',
        ),
    }),
    z.strictObject({
      kind: z.literal('value'),
      aboveMinor: Int64.refine((text) => BigInt(text) >= 0n && BigInt(text) <= amountMax).describe(
        'More than this, in minor units.',
      ),
    }),
    z.strictObject({
      kind: z.literal('pushes'),
      moreThan: z.int().min(0).max(100).describe('Expected day of closing put off more often than this.'),
    }),
    z.strictObject({ kind: z.literal('source'), source: Line.describe('In upper or lower case.') }),
  ])
  .meta({ id: 'HypothesisCondition', description: 'By what some opportunities differ from the others.' });
export type HypothesisCondition = z.output<typeof HypothesisCondition>;

export const HypothesisOutcome = z
  .enum(['won', 'cycle_days', 'value'])
  .describe(
    'What differs: the share that is won of those that are won or lost; or of those that are won the median of the days since they were opened, or of what they came to.',
  );
export type HypothesisOutcome = z.output<typeof HypothesisOutcome>;

const HypothesisClaim = z
  .enum(['higher', 'lower'])
  .describe('Which way it differs where the condition holds.');

/** What a hypothesis says. */
export const hypothesis = {
  name: Line.describe('The rule of thumb, in a few words.'),
  pipelineId: PipelineId,
  condition: HypothesisCondition,
  outcome: HypothesisOutcome,
  claim: HypothesisClaim,
  currency: Currency.optional().describe(
    'Only opportunities in this currency; needed where amounts are compared.',
  ),
  openedFrom: LocalDate.optional().describe('Only opportunities that were opened on this day or later.'),
};
const Stated = z.object(hypothesis);
export type Hypothesis = z.output<typeof Stated>;

const Exact = z
  .object({ num: Int64, den: Int64 })
  .meta({ id: 'SignedRatio', description: 'An exact ratio, which may be below zero.' });

const Group = z
  .object({
    sample: z.int().min(0).describe('How many opportunities.'),
    figure: Exact.nullable().describe('The share that was won, or the median; null without a sample.'),
  })
  .meta({
    id: 'HypothesisGroup',
    description: 'The opportunities of which the condition holds, or does not.',
  });

export const Verdict = z
  .enum(['supported', 'contradicted', 'not_decided', 'insufficient_sample'])
  .describe('What history says of it: nothing is decided while the interval holds zero.');

/** What a test of a hypothesis comes to. */
export const HypothesisResult = z
  .object({
    holding: Group,
    others: Group,
    effect: Exact.nullable().describe('The figure where the condition holds, less that of the others.'),
    interval: z
      .object({ low: Exact, high: Exact })
      .nullable()
      .describe('Where the effect lies with a confidence of 95 %.'),
    verdict: Verdict,
  })
  .meta({ id: 'HypothesisResult', description: 'What a test of a hypothesis comes to.' });
export type HypothesisResult = z.output<typeof HypothesisResult>;

export const HypothesisVersion = z.int().min(1).describe('Number of what it says, from 1.');
export const TestNumber = z.int().min(1).describe('Number of the test, from 1.');

/** Stored for ever. Add fields as optional, add events freely, rename nothing. */
export const hypothesisEvents = events({
  HypothesisRegistered: { hypothesisId: HypothesisId, version: HypothesisVersion, ...hypothesis },
  HypothesisTested: {
    hypothesisId: HypothesisId,
    version: HypothesisVersion,
    test: TestNumber,
    testedOn: LocalDate,
    factsKnownAt: Position,
    result: HypothesisResult,
  },
  HypothesisRetired: { hypothesisId: HypothesisId, reason: Comment },
});

/** What each of these events says, in a sentence. */
export const hypothesisSentences: Sentences<typeof hypothesisEvents> = {
  HypothesisRegistered: (d) => `A rule of thumb was registered, version ${d.version}: ${d.name}.`,
  HypothesisTested: (d, n) =>
    `${n(d.hypothesisId, 'A rule of thumb')} was tested on ${d.result.holding.sample} opportunities and ${d.result.others.sample} others: ${words(d.result.verdict)}.`,
  HypothesisRetired: (d, n) => `${n(d.hypothesisId, 'A rule of thumb')} was retired: ${d.reason}`,
};
