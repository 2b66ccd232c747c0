import { z } from 'zod';
import { events } from '../engine/event.ts';
import { PeriodId } from './calendar.ts';
import { ClaimKey } from './claim.ts';
import { MeasureKey, type MeasureUnit } from './measure-definition.ts';
import { because, bp, moneyText, type Sentences, words } from './sentence.ts';
import { split } from './split.ts';
import {
  Amount,
  Comment,
  Count,
  Int64,
  Line,
  LocalDate,
  PersonId,
  Position,
  TargetId,
  TargetPlanId,
} from './values.ts';

export const TargetPeriod = z
  .strictObject({ periodId: PeriodId, start: LocalDate, endExclusive: LocalDate })
  .refine(({ start, endExclusive }) => start < endExclusive, 'A period ends after it starts.')
  .meta({
    id: 'TargetPeriod',
    description: 'The period of a target; it ends the day before `endExclusive`.',
  });
export const Dimension = z
  .enum([
    'org_unit',
    'manager',
    'salesperson',
    'dealer',
    'region',
    'channel',
    'product',
    'product_group',
    'customer',
    'customer_segment',
  ])
  .meta({ id: 'Dimension', description: 'What a figure can be narrowed to.' });
export type Dimension = z.output<typeof Dimension>;
export const Dimensions = z.partialRecord(Dimension, Line).meta({
  id: 'Dimensions',
  description:
    'What the target is narrowed to. Without salesperson, unit and manager it counts the team of the responsible person.',
});
export type Dimensions = z.output<typeof Dimensions>;
export const RatioValue = z
  .strictObject({ basisPoints: Count })
  .meta({ id: 'RatioValue', description: 'A ratio: 6 500 basis points are 65 %.' });
export const TargetValue = z
  .union([Amount, Count, RatioValue])
  .meta({ id: 'TargetValue', description: 'Money, a count, or a ratio, by the measure.' });
export type TargetValue = z.output<typeof TargetValue>;

export const unitOfValue = (value: TargetValue): MeasureUnit => {
  if (typeof value === 'number') return 'count';
  return 'currency' in value ? 'money' : 'ratio';
};

/** The currency of money; null for anything else. */
export const currencyOf = (value: TargetValue): string | null =>
  typeof value === 'object' && 'currency' in value ? value.currency : null;

/** Whether two values are in the same unit and currency. */
export const isSameUnit = (a: TargetValue, b: TargetValue): boolean =>
  unitOfValue(a) === unitOfValue(b) && currencyOf(a) === currencyOf(b);

/** Minor units of money, the count, or basis points. */
export function amountOf(value: TargetValue): bigint {
  if (typeof value === 'number') return BigInt(value);
  return BigInt('currency' in value ? value.amountMinor : value.basisPoints);
}

/** An amount in the unit of another value. */
export function valueLike(value: TargetValue, amount: bigint): TargetValue {
  if (typeof value === 'number') return Number(amount);
  return 'currency' in value
    ? { amountMinor: amount.toString(), currency: value.currency }
    : { basisPoints: Number(amount) };
}

export const SplitDimension = z
  .enum([...Dimension.options, 'period'])
  .meta({ id: 'SplitDimension', description: 'What a target is broken down by.' });
export type SplitDimension = z.output<typeof SplitDimension>;
export const SplitMethod = z
  .enum(['manual', 'even', 'weights', 'seasonality', 'history', 'potential', 'copied'])
  .meta({
    id: 'SplitMethod',
    description:
      'How the parts are found: as given, alike, by given weights, by the plan’s seasonality, or by what was achieved a year before or could be sold. What does not add up is copied: each part has the value of the whole, or one of its own.',
  });
export type SplitMethod = z.output<typeof SplitMethod>;
export const RevisionReason = z
  .enum(['performance', 'economy', 'competition', 'reorganisation', 'correction'])
  .meta({ id: 'RevisionReason', description: 'Why a target was revised.' });
export const Acknowledgement = z
  .enum(['none', 'acknowledged', 'counter_proposed'])
  .meta({ id: 'Acknowledgement', description: 'What the responsible person said to the target.' });
export const ExecutionPlanState = z
  .enum(['none', 'submitted', 'accepted'])
  .meta({ id: 'ExecutionPlanState', description: 'How far the execution plan of a target is.' });
export const FeasibilityVerdict = z
  .enum(['feasible', 'stretch', 'infeasible'])
  .meta({ id: 'FeasibilityVerdict', description: 'Whether a target can be reached.' });

const Child = z.object({ targetId: TargetId, member: Line, value: TargetValue });

export const FeasibilityReason = z
  .enum(['beyond_potential', 'beyond_capacity', 'far_above_last_year', 'far_below_last_year', 'no_last_year'])
  .meta({ id: 'FeasibilityReason', description: 'What speaks against a target.' });

/** The activities by which somebody means to reach a target, and how many of each. */
export const PlannedActivity = z
  .strictObject({ measure: MeasureKey, planned: Count.min(1) })
  .meta({ id: 'PlannedActivity', description: 'An activity and how much of it is planned.' });

/** Who has a target from a day on, and how much of it. */
export const TargetPart = z
  .strictObject({
    responsible: PersonId,
    start: LocalDate,
    endExclusive: LocalDate,
    value: TargetValue,
  })
  .meta({ id: 'TargetPart', description: 'The part of a target that somebody has for some days.' });
export type TargetPart = z.output<typeof TargetPart>;

/**
 * Who has how much of a target when that becomes another: each as much of it as before. Hands that do not sum to it have
 * it in full, or a value of their own, which stays.
 */
export function partsOf(parts: readonly TargetPart[], from: TargetValue, to: TargetValue): TargetPart[] {
  const amounts = parts.map((part) => amountOf(part.value));
  if (amounts.reduce((sum, amount) => sum + amount, 0n) !== amountOf(from))
    return parts.map((part) => (amountOf(part.value) === amountOf(from) ? { ...part, value: to } : part));
  const weights = amounts.some((amount) => amount > 0n) ? amounts : amounts.map(() => 1n);
  const shares = split(amountOf(to), weights);
  return parts.map((part, index) => ({ ...part, value: valueLike(part.value, shares[index]!) }));
}

/** What every event of a target says about it. */
const target = {
  targetId: TargetId,
  responsible: PersonId,
  measure: MeasureKey,
  period: TargetPeriod,
  dimensions: Dimensions,
};

/** Stored for ever. Add fields as optional, add events freely, rename nothing. */
export const targetEvents = events({
  TargetAssigned: {
    ...target,
    value: TargetValue,
    assignedBy: PersonId.optional(),
    uniqueKey: ClaimKey.optional().describe('What it claims; a node of a plan is unique by its id.'),
    planId: TargetPlanId.optional(),
    parentTargetId: TargetId.optional(),
    depth: z.int().min(0).optional(),
    floor: TargetValue.optional(),
    stretch: TargetValue.optional(),
  },
  TargetBrokenDown: {
    targetId: TargetId,
    dimension: SplitDimension,
    method: SplitMethod,
    weights: z.array(Int64).optional().describe('Of each child, where the method has weights.'),
    children: z.array(Child).describe('All parts that hold; none when the last one was withdrawn.'),
    unallocated: TargetValue.describe('What is given to nobody.'),
    overAssignment: TargetValue.describe('What is given beyond the target itself.'),
    inputsKnownAt: Position.optional().describe('Position at which the weights were read.'),
  },
  TargetRevised: {
    targetId: TargetId,
    responsible: PersonId,
    from: TargetValue,
    to: TargetValue,
    reason: RevisionReason,
    note: Comment,
    effectiveFrom: LocalDate,
  },
  TargetReassigned: {
    targetId: TargetId,
    fromPerson: PersonId,
    toPerson: PersonId,
    on: LocalDate,
    method: z.enum(['prorata_working_days', 'manual', 'copied']),
    parts: z.array(TargetPart),
    note: Comment,
    uniqueKey: ClaimKey.optional(),
  },
  TargetAcknowledged: { targetId: TargetId, responsible: PersonId, comment: Comment.optional() },
  TargetCounterProposed: {
    targetId: TargetId,
    responsible: PersonId,
    value: TargetValue,
    arguments: Comment,
  },
  CounterProposalDecided: {
    targetId: TargetId,
    responsible: PersonId,
    accepted: z.boolean(),
    reason: Comment,
  },
  ExecutionPlanSubmitted: {
    targetId: TargetId,
    responsible: PersonId,
    approach: Comment,
    activities: z.array(PlannedActivity),
    tasks: z.array(Line),
    resourcesAsked: z.array(Line),
  },
  ExecutionPlanReviewed: {
    targetId: TargetId,
    responsible: PersonId,
    accepted: z.boolean().describe('Whether it may be carried out so.'),
    guidance: Comment.optional(),
  },
  TargetFeasibilityAssessed: {
    targetId: TargetId,
    value: TargetValue,
    verdict: FeasibilityVerdict,
    reasons: z.array(FeasibilityReason),
    potential: TargetValue.nullable(),
    lastYear: TargetValue,
    pipeline: TargetValue.nullable()
      .optional()
      .describe('What is open and expected within the period, each value times its probability.'),
    visitsNeeded: Count.nullable(),
    visitsPossible: Count,
    factsKnownAt: Position,
  },
  TargetPathWarned: {
    targetId: TargetId,
    kind: z.enum(['decreasing_deseasonalised']),
    periods: z.array(PeriodId).describe('Those whose target falls below the one before.'),
  },
  TargetWithdrawn: { ...target, reason: Comment },
});

function valueText(value: TargetValue): string {
  if (typeof value === 'number') return String(value);
  return 'currency' in value ? moneyText(value) : bp(value.basisPoints);
}

/** What each of these events says, in a sentence. */
export const targetSentences: Sentences<typeof targetEvents> = {
  TargetAssigned: (d, n) =>
    `${n(d.responsible)} was set a target for ${words(d.measure)} in ${d.period.periodId}: ${valueText(d.value)}.`,
  TargetBrokenDown: (d) =>
    `The target was broken down by ${words(d.dimension)} into ${d.children.length} parts.`,
  TargetRevised: (d, n) =>
    `The target of ${n(d.responsible)} was revised from ${valueText(d.from)} to ${valueText(d.to)} (${words(d.reason)}): ${d.note}`,
  TargetReassigned: (d, n) =>
    `The target of ${n(d.fromPerson)} went to ${n(d.toPerson)} on ${d.on}: ${d.note}`,
  TargetAcknowledged: (d, n) => `${n(d.responsible)} acknowledged the target${because(d.comment)}`,
  TargetCounterProposed: (d, n) =>
    `${n(d.responsible)} proposed ${valueText(d.value)} as target instead: ${d.arguments}`,
  CounterProposalDecided: (d, n) =>
    `The proposal of ${n(d.responsible)} was ${d.accepted ? 'accepted' : 'declined'}: ${d.reason}`,
  ExecutionPlanSubmitted: (d, n) =>
    `${n(d.responsible)} submitted how the target is to be reached, with ${d.tasks.length} tasks.`,
  ExecutionPlanReviewed: (d, n) =>
    `The execution plan of ${n(d.responsible)} was ${d.accepted ? 'accepted' : 'given guidance'}${because(d.guidance)}`,
  TargetFeasibilityAssessed: (d) => `The target was found ${d.verdict}.`,
  TargetPathWarned: (d) => `Seasons apart, the target falls in ${d.periods.join(', ')}.`,
  TargetWithdrawn: (d, n) =>
    `The target of ${n(d.responsible)} for ${words(d.measure)} in ${d.period.periodId} was withdrawn: ${d.reason}`,
};
