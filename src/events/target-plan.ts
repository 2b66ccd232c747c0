import { z } from 'zod';
import { events } from '../engine/event.ts';
import { MeasureKey } from './measure-definition.ts';
import { type Sentences, words } from './sentence.ts';
import { TargetPeriod } from './target.ts';
import {
  BasisPoints,
  Comment,
  Currency,
  Line,
  LocalDate,
  PersonId,
  TargetId,
  TargetPlanId,
  UnitId,
} from './values.ts';

export const TargetPlanState = z
  .enum(['draft', 'in_discussion', 'approved', 'published', 'recalled', 'closed'])
  .meta({ id: 'TargetPlanState', description: 'How far a target plan is.' });
export type TargetPlanState = z.output<typeof TargetPlanState>;
export const BasisKind = z
  .enum(['market_assessment', 'history', 'pipeline', 'capacity', 'resource_plan', 'intuition'])
  .meta({ id: 'BasisKind', description: 'What targets rest on. Intuition alone is flagged.' });
export type BasisKind = z.output<typeof BasisKind>;
export const PublishingRule = z
  .enum(['residue', 'feasibility', 'acknowledgement', 'execution_plan'])
  .meta({ id: 'PublishingRule', description: 'What a plan must keep before it is published.' });
export type PublishingRule = z.output<typeof PublishingRule>;
export const Waiver = z
  .strictObject({ rule: PublishingRule, reason: Comment })
  .meta({ id: 'Waiver', description: 'A rule that a publication does without, and why.' });

export const Seasonality = z
  .array(BasisPoints)
  .min(2)
  .max(53)
  .refine(
    (weights) => weights.reduce((sum, weight) => sum + weight, 0) === 10_000,
    'The weights must sum to 10 000.',
  )
  .describe('The share of each period of the year in order, summing to 10 000 basis points.');

const planId = TargetPlanId;

/** Stored for ever. Add fields as optional, add events freely, rename nothing. */
export const targetPlanEvents = events({
  TargetPlanCreated: {
    planId,
    name: Line,
    horizon: TargetPeriod,
    calendarVersion: z.int(),
    measures: z.array(MeasureKey),
    rootOrgUnit: UnitId,
    currency: Currency,
    createdBy: PersonId.optional(),
  },
  TargetBasisRecorded: { planId, kind: BasisKind, refs: z.array(Line), note: Comment },
  SeasonalityCurveAttached: { planId, weights: Seasonality },
  TargetPlanRootAdded: { planId, targetId: TargetId },
  TargetPlanSubmitted: { planId, discussUntil: LocalDate },
  TargetPlanApproved: { planId, approvedBy: PersonId.optional() },
  TargetPlanPublished: {
    planId,
    publication: z.int().min(1),
    planHash: z.string().describe('SHA-256 over the nodes, their values and who is responsible.'),
    nodes: z.int(),
    leaves: z.int(),
    waived: z.array(Waiver),
  },
  TargetPlanRecalled: { planId, reason: Comment },
  TargetPlanClosed: { planId, figuresHash: z.string() },
});

/** What each of these events says, in a sentence. */
export const targetPlanSentences: Sentences<typeof targetPlanEvents> = {
  TargetPlanCreated: (d) => `The target plan ${d.name} was created for ${d.horizon.periodId}.`,
  TargetBasisRecorded: (d) => `The plan was said to rest on ${words(d.kind)}: ${d.note}`,
  SeasonalityCurveAttached: (d) => `A seasonality of ${d.weights.length} periods was attached to the plan.`,
  TargetPlanRootAdded: () => 'A target was added to the plan.',
  TargetPlanSubmitted: (d) => `The plan was put up for discussion until ${d.discussUntil}.`,
  TargetPlanApproved: (d, n) => `${n(d.approvedBy)} approved the plan.`,
  TargetPlanPublished: (d) =>
    `Publication ${d.publication} of the plan was made, with ${d.nodes} targets${d.waived.length > 0 ? ` and without ${d.waived.map(({ rule }) => words(rule)).join(', ')}` : ''}.`,
  TargetPlanRecalled: (d) => `The plan was recalled: ${d.reason}`,
  TargetPlanClosed: () => 'The plan was closed.',
};
