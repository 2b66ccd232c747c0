import { z } from 'zod';
import { events } from '../engine/event.ts';
import { PeriodId } from './calendar.ts';
import { ClaimKey } from './claim.ts';
import { bp, moneyText, type NameOf, type Sentences } from './sentence.ts';
import {
  Amount,
  AssessmentId,
  BasisPoints,
  Comment,
  Line,
  LocalDate,
  ProductGroupId,
  RegionId,
} from './values.ts';

const MarketShare = z
  .strictObject({ segment: Line, shareBp: BasisPoints })
  .meta({ id: 'MarketShare', description: 'How much of the potential lies in a segment.' });

const isWhole = (parts: readonly z.output<typeof MarketShare>[]): boolean =>
  parts.length === 0 || parts.reduce((sum, { shareBp }) => sum + shareBp, 0) === 10_000;

export const Structure = z
  .array(MarketShare)
  .max(50)
  .refine(isWhole, 'The shares must sum to 10 000.')
  .describe('The segments of the market and their shares, which sum to 10 000; empty where unknown.');

/** Which market, and what is thought of it. */
export const assessed = {
  regionId: RegionId.optional().describe('The region; left out for all of them.'),
  productGroupId: ProductGroupId.optional().describe('The group of products; left out for all of them.'),
  period: PeriodId,
  potential: Amount.describe('What all suppliers together could sell in the period.'),
  ownShareBp: BasisPoints.describe('Our share of the potential, in basis points.'),
  structure: Structure.default([]),
  method: Line.describe('How it was found out.'),
  sources: z.array(Line).min(1).max(20).describe('What it rests on.'),
};

const points = z.array(Comment).max(20);
export const strengthsWeaknesses = {
  strengths: points.default([]).describe('What the company does well.'),
  weaknesses: points.default([]).describe('What it does badly.'),
  opportunities: points.default([]).describe('What the market offers.'),
  threats: points.default([]).describe('What the market threatens with.'),
};

/** Stored for ever. Add fields as optional, add events freely, rename nothing. */
export const marketAssessmentEvents = events({
  MarketAssessed: {
    assessmentId: AssessmentId,
    ...assessed,
    start: LocalDate,
    endExclusive: LocalDate,
    marketKey: ClaimKey,
    supersedes: AssessmentId.optional(),
  },
  StrengthsWeaknessesRecorded: { assessmentId: AssessmentId, ...strengthsWeaknesses },
  AssessmentSuperseded: { assessmentId: AssessmentId, successorId: AssessmentId, reason: Comment },
});

const marketOf = ({ regionId, period }: { regionId?: string | undefined; period: string }, n: NameOf) =>
  `the market${regionId ? ` in ${n(regionId, 'a region')}` : ''} in ${period}`;

/** What each of these events says, in a sentence. */
export const marketAssessmentSentences: Sentences<typeof marketAssessmentEvents> = {
  MarketAssessed: (d, n) =>
    `The potential of ${marketOf(d, n)} was assessed at ${moneyText(d.potential)}, our share at ${bp(d.ownShareBp)} (${d.method}).`,
  StrengthsWeaknessesRecorded: (d) =>
    `Strengths (${d.strengths.length}), weaknesses (${d.weaknesses.length}), opportunities (${d.opportunities.length}) and threats (${d.threats.length}) were recorded in an assessment of the market.`,
  AssessmentSuperseded: (d) => `An assessment of the market was superseded by another: ${d.reason}`,
};
