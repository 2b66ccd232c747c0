import { z } from 'zod';
import { events } from '../engine/event.ts';
import { PeriodId } from './calendar.ts';
import { type FunnelStage, monthsOfDays, requirements } from './coverage.ts';
import { Lifecycle } from './customer.ts';
import { StageId } from './pipeline.ts';
import { Months, PositiveRatio, Probability, type Ratio, ratioOf } from './rational.ts';
import { moneyText, type Sentences } from './sentence.ts';
import { Amount, Comment, Count, GapId, Line, LocalDate, PipelineId, Position, UnitId } from './values.ts';

export const FunnelLevel = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,39}$/)
  .describe('A level of the funnel, such as potential_customer, contract or lead.');

const CoverageStage = z
  .strictObject({
    name: Line,
    winProbability: Probability.describe('That one who entered the stage is won in the end.'),
    meanMonths: Months.describe('Mean time in the stage, of those who leave it early too.'),
  })
  .meta({ id: 'CoverageStage', description: 'A stage of a level, for Little’s law.' });

export const Counted = z
  .discriminatedUnion('of', [
    z
      .strictObject({
        of: z.literal('opportunities'),
        pipelineId: PipelineId.optional().describe('Only of this pipeline.'),
        stageIds: z
          .array(StageId)
          .min(1)
          .max(30)
          .optional()
          .describe('Only in these stages of the pipeline; in all that are open when left out.'),
      })
      .refine(
        ({ pipelineId, stageIds }) => pipelineId !== undefined || stageIds === undefined,
        'Stages are those of a pipeline.',
      ),
    z.strictObject({
      of: z.literal('customers'),
      lifecycle: z.array(Lifecycle).min(1).max(4).describe('On these rungs of the ladder.'),
    }),
  ])
  .meta({
    id: 'CoverageCounted',
    description:
      'What is open at a level: opportunities in open stages whose owner belongs to the unit, or customers who are not lost and whose primary owner does.',
  });
export type Counted = z.output<typeof Counted>;

export const CoverageLevel = z
  .strictObject({
    level: FunnelLevel,
    counts: Counted.optional().describe('What is counted as open; said by hand when left out.'),
    winProbability: Probability.describe(
      'That one of the level reaches the level before it in the list, or the target.',
    ),
    cycleMonths: Months.optional().describe(
      'How long that takes; as long as at the level before it when left out.',
    ),
    stages: z
      .array(CoverageStage)
      .max(20)
      .default([])
      .describe('Its stages; empty where they are not known.'),
    startsPerMonth: z
      .int()
      .min(1)
      .max(1_000_000)
      .optional()
      .describe('How many more can be started in a month to close a gap; all at once when left out.'),
  })
  .meta({ id: 'CoverageLevel', description: 'What is assumed of a level of the funnel.' });

const isDistinct = (levels: readonly { readonly level: string }[]): boolean =>
  new Set(levels.map(({ level }) => level)).size === levels.length;

export const CoverageBasis = z
  .enum(['assumptions', 'history'])
  .describe(
    'Whether it goes by what is assumed, or by what was found: history where there is enough of it, else assumptions.',
  );

export const assumptions = {
  targetPerMonth: PositiveRatio.describe(
    'How many new customers, contracts or the like a month is to bring.',
  ),
  levels: z
    .array(CoverageLevel)
    .min(1)
    .max(6)
    .refine(isDistinct, 'Every level is there once.')
    .refine(([first]) => first?.cycleMonths !== undefined, 'The first level has a cycle.')
    .describe('The levels of the funnel, the one nearest to the target first.'),
  basis: CoverageBasis.default('assumptions'),
  averageValue: Amount.optional().describe('What one of the first level is worth when it is won.'),
};

const Assumptions = z.object(assumptions);

/** What was found of a level instead of what is assumed. */
export interface Found {
  readonly winProbability: Ratio;
  readonly cycleDays: number;
  readonly stages: readonly FunnelStage[];
}

/** What each level must hold, in their order: by the assumptions, or by what was found of a level. */
export function requirementsOf(
  { targetPerMonth, levels }: Pick<z.output<typeof Assumptions>, 'targetPerMonth' | 'levels'>,
  found: ReadonlyMap<string, Found> = new Map(),
) {
  let cycleMonths: Ratio = { num: 0n, den: 1n };
  const funnel = levels.map((each) => {
    cycleMonths = each.cycleMonths ? ratioOf(each.cycleMonths) : cycleMonths;
    const stages = each.stages.map(({ winProbability, meanMonths }) => ({
      winProbability: ratioOf(winProbability),
      meanMonths: ratioOf(meanMonths),
    }));
    const assumed = { winProbability: ratioOf(each.winProbability), cycleMonths };
    const of = found.get(each.level);
    return {
      ...each,
      ...assumed,
      stages,
      ...(of && { ...of, cycleMonths: monthsOfDays(BigInt(of.cycleDays)) }),
      assumed,
    };
  });
  return requirements(ratioOf(targetPerMonth), funnel);
}

export const Compensation = z
  .strictObject({
    via: z.enum(['price_mix', 'existing_customers', 'collections', 'other']),
    amount: Amount.describe('What it is to bring.'),
    note: Comment.optional(),
  })
  .meta({ id: 'CoverageCompensation', description: 'How results come from elsewhere.' });

export const response = {
  pipelineActions: z.array(Comment).max(20).default([]).describe('What is done to fill the pipeline.'),
  compensation: z
    .array(Compensation)
    .max(20)
    .default([])
    .describe('What makes up for what the fiscal year cannot recover.'),
};

export const coverageKeys = {
  unitId: UnitId.describe('The unit that the plan is for.'),
  periodId: PeriodId,
};

export const gapFigures = {
  open: Count.describe('How many are open.'),
  required: Count.describe('How many must be open.'),
  gap: Count.describe('How many are missing.'),
  recoverable: Count.describe('How many of them can still come to their end in the fiscal year.'),
  notRecoverable: Count.describe('How many of them cannot.'),
  yearEnd: LocalDate.describe('First day after the fiscal year.'),
};

/** Stored for ever. Add fields as optional, add events freely, rename nothing. */
export const coveragePlanEvents = events({
  CoverageAssumptionsSet: { ...coverageKeys, start: LocalDate, endExclusive: LocalDate, ...assumptions },
  CoverageGapDetected: {
    ...coverageKeys,
    level: FunnelLevel,
    gapId: GapId,
    ...gapFigures,
    countedAt: Position.optional().describe(
      'Position in the log at which it was counted; left out where it was said by hand.',
    ),
  },
  CoverageGapResponseDecided: { ...coverageKeys, level: FunnelLevel, gapId: GapId, ...response },
  CoverageGapClosed: {
    ...coverageKeys,
    level: FunnelLevel,
    gapId: GapId,
    open: gapFigures.open,
    required: Count.nullable().describe('How many must be open; null where that is not known any more.'),
  },
});

/** What each of these events says, in a sentence. */
export const coveragePlanSentences: Sentences<typeof coveragePlanEvents> = {
  CoverageAssumptionsSet: (d, n) =>
    `The pipeline of ${n(d.unitId, 'a unit')} in ${d.periodId} was planned for ${d.targetPerMonth.num}${d.targetPerMonth.den === '1' ? '' : `/${d.targetPerMonth.den}`} a month.`,
  CoverageGapDetected: (d, n) =>
    `${n(d.unitId, 'A unit')} had ${d.open} open at the level ${d.level} where ${d.required} are required: ${d.gap} are missing, of which ${d.notRecoverable} cannot be recovered in the fiscal year.`,
  CoverageGapResponseDecided: (d, n) => {
    const elsewhere = d.compensation.map(({ amount }) => moneyText(amount)).join(', ');
    return `${n(d.unitId, 'A unit')} decided on ${d.pipelineActions.length} actions for its gap at the level ${d.level}${elsewhere ? `, and on ${elsewhere} from elsewhere` : ''}.`;
  },
  CoverageGapClosed: (d, n) =>
    `The gap of ${n(d.unitId, 'a unit')} at the level ${d.level} was closed with ${d.open} open.`,
};
