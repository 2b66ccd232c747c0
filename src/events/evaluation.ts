import { z } from 'zod';
import { events } from '../engine/event.ts';
import { PeriodId } from './calendar.ts';
import { KpiDirection, KpiKey, KpiVersionNumber } from './kpi.ts';
import { KpiTarget, ScorecardCategory, ScorecardVersion } from './scorecard.ts';
import { because, bp, type Sentences } from './sentence.ts';
import {
  BasisPoints,
  Comment,
  Count,
  Instant,
  Int64,
  LocalDate,
  PersonId,
  Position,
  ScorecardId,
} from './values.ts';

const Score = z.int().describe('Attainment within floor and cap, in basis points; null without a value.');

/** An item of a scorecard as it came out. */
export const EvaluatedItem = z
  .object({
    kpi: KpiKey,
    version: KpiVersionNumber,
    direction: KpiDirection,
    category: ScorecardCategory,
    weightBp: BasisPoints.describe('Weight of the item; without a value the others carry it.'),
    target: KpiTarget,
    floorBp: Count,
    capBp: Count,
    numerator: Int64.nullable(),
    denominator: Int64.nullable(),
    value: z.object({ num: Int64, den: Int64 }).nullable().describe('The exact value; null without one.'),
    state: z.string().describe('Whether there is a value, and why not.'),
    scoreBp: Score.nullable(),
  })
  .meta({ id: 'EvaluatedItem', description: 'An item of a scorecard as it came out.' });
export type EvaluatedItem = z.output<typeof EvaluatedItem>;

/** What a person comes to by a scorecard. */
export const evaluationResult = {
  items: z.array(EvaluatedItem),
  countedBp: BasisPoints.describe('Sum of the weights of the items that have a value.'),
  totalBp: z
    .int()
    .nullable()
    .describe('Scores by weight over the counted weights, rounded down; null where nothing counts.'),
  reportsSigned: Count.describe('Daily reports of the period with a signature in force.'),
  reportsDue: Count.describe('Daily reports of the period that were due.'),
  knownAt: Position.describe('The position of the log up to which facts are in it.'),
  evidenceHash: z.string().describe('SHA-256 of the items as canonical JSON.'),
};
const Result = z.object(evaluationResult);
export type EvaluationResult = z.output<typeof Result>;

type Scored = Pick<EvaluatedItem, 'direction' | 'target' | 'floorBp' | 'capBp' | 'value'>;

/**
 * How far a target was reached, within floor and cap, in basis points rounded down: value over target, or target over
 * value where less is better. A value of zero or below has then reached everything.
 */
export function scoreOf({ direction, target, floorBp, capBp, value }: Scored): number | null {
  if (!value) return null;
  const [num, den] = [BigInt(value.num) * BigInt(target.den), BigInt(value.den) * BigInt(target.num)];
  if (direction === 'down' && num <= 0n) return capBp;
  const attained = direction === 'up' ? quotient(num * 10_000n, den) : quotient(den * 10_000n, num);
  const within = attained < BigInt(floorBp) ? BigInt(floorBp) : attained;
  return within > BigInt(capBp) ? capBp : Number(within);
}

/** The quotient rounded down, below zero too, of a positive divisor. */
const quotient = (num: bigint, den: bigint): bigint => (num < 0n ? -((-num + den - 1n) / den) : num / den);

/** The scores by weight of the items that have one: their weights carry those of the others. */
export function totalOf(items: readonly Pick<EvaluatedItem, 'weightBp' | 'scoreBp'>[]) {
  const counted = items.filter(({ scoreBp }) => scoreBp !== null);
  const countedBp = counted.reduce((sum, { weightBp }) => sum + weightBp, 0);
  const points = counted.reduce((sum, { weightBp, scoreBp }) => sum + weightBp * scoreBp!, 0);
  return { countedBp, totalBp: countedBp > 0 ? Math.floor(points / countedBp) : null };
}

export const Adjustment = z
  .strictObject({
    kpi: KpiKey.describe('Whose score is changed.'),
    deltaBp: z.int().min(-10_000).max(10_000).describe('By how much, in basis points.'),
    reason: Comment,
  })
  .meta({ id: 'EvaluationAdjustment', description: 'A change of the score of an item, and its reason.' });
export type Adjustment = z.output<typeof Adjustment>;

/** The items with their scores changed; no score falls below zero. */
export const adjusted = (
  items: readonly EvaluatedItem[],
  changes: readonly Pick<Adjustment, 'kpi' | 'deltaBp'>[],
): EvaluatedItem[] =>
  items.map((item) => {
    const delta = changes
      .filter(({ kpi }) => kpi === item.kpi)
      .reduce((sum, { deltaBp }) => sum + deltaBp, 0);
    return item.scoreBp === null ? item : { ...item, scoreBp: Math.max(0, item.scoreBp + delta) };
  });

const keys = { personId: PersonId, periodId: PeriodId };
const Total = evaluationResult.totalBp;
const finalAt = Instant.describe('When it becomes final by itself, unless a dispute is open.');

/** Stored for ever. Add fields as optional, add events freely, rename nothing. */
export const evaluationEvents = events({
  EvaluationComputed: {
    ...keys,
    start: LocalDate,
    endExclusive: LocalDate,
    scorecardId: ScorecardId,
    scorecardVersion: ScorecardVersion,
    ...evaluationResult,
  },
  EvaluationReviewed: {
    ...keys,
    reviewerId: PersonId.nullable(),
    adjustments: z.array(Adjustment),
    comment: Comment.optional(),
    totalBp: Total,
    finalAt,
  },
  EvaluationAcknowledged: keys,
  EvaluationDisputed: { ...keys, kpi: KpiKey, claim: Comment, evidence: z.array(Position) },
  DisputeResolved: {
    ...keys,
    kpi: KpiKey,
    outcome: z.enum(['upheld', 'partial', 'rejected']),
    deltaBp: z.int(),
    reason: Comment,
    resolverId: PersonId.nullable(),
    totalBp: Total,
    finalAt,
  },
  EvaluationFinalised: { ...keys, totalBp: Total, docHash: z.string() },
  EvaluationRestated: {
    ...keys,
    reason: Comment,
    because: z.array(Position),
    before: Total,
    ...evaluationResult,
  },
});

const inTotal = (totalBp: number | null): string => (totalBp === null ? 'no total' : bp(totalBp));

/** What each of these events says, in a sentence. */
export const evaluationSentences: Sentences<typeof evaluationEvents> = {
  EvaluationComputed: (d, n) =>
    `The evaluation of ${n(d.personId)} for ${d.periodId} was computed: ${inTotal(d.totalBp)}.`,
  EvaluationReviewed: (d, n) =>
    `${n(d.reviewerId)} reviewed the evaluation of ${n(d.personId)} for ${d.periodId}, ${inTotal(d.totalBp)}${because(d.comment)}`,
  EvaluationAcknowledged: (d, n) => `${n(d.personId)} acknowledged the evaluation for ${d.periodId}.`,
  EvaluationDisputed: (d, n) =>
    `${n(d.personId)} disputed ${d.kpi} in the evaluation for ${d.periodId}: ${d.claim}`,
  DisputeResolved: (d, n) =>
    `The dispute of ${n(d.personId)} over ${d.kpi} in ${d.periodId} was resolved, ${d.outcome}: ${d.reason}`,
  EvaluationFinalised: (d, n) =>
    `The evaluation of ${n(d.personId)} for ${d.periodId} became final: ${inTotal(d.totalBp)}.`,
  EvaluationRestated: (d, n) =>
    `The evaluation of ${n(d.personId)} for ${d.periodId} was restated from ${inTotal(d.before)} to ${inTotal(d.totalBp)}: ${d.reason}`,
};
