import { z } from 'zod';
import { list } from '../engine/list.ts';
import { type Db, nothing, query } from '../engine/query.ts';
import { readModel } from '../engine/read-model.ts';
import { isBeyondLimit, recoverable } from '../events/coverage.ts';
import {
  assumptions,
  CoverageLevel,
  coverageKeys,
  coveragePlanEvents,
  FunnelLevel,
  requirementsOf,
} from '../events/coverage-plan.ts';
import { periodOf, spanOf } from '../events/period.ts';
import { policySchema } from '../events/policy.ts';
import { PositiveRatio, type Ratio } from '../events/rational.ts';
import { LocalDate } from '../events/values.ts';
import { coverageGap } from './coverage-gap.ts';
import { Rational, rational } from './figures.ts';
import { fiscalPeriod } from './fiscal-period.ts';
import { policyVersion } from './policy-version.ts';

/** What pipelines are to bring, and what is assumed of them. */
export const coveragePlan = readModel({
  name: 'coverage_plan',
  version: 1,
  summary: 'What pipelines are to bring in a period, and what is assumed of their levels.',
  key: ['unitId', 'periodId'],
  row: {
    ...coverageKeys,
    start: LocalDate.describe('First day of the period.'),
    endExclusive: LocalDate.describe('First day after the period.'),
    targetPerMonth: PositiveRatio.describe(
      'How many new customers, contracts or the like a month is to bring.',
    ),
    levels: z.array(CoverageLevel).describe(assumptions.levels.description!),
    setOn: LocalDate.describe('The day on which they were set.'),
  },
  of: coveragePlanEvents,
  on: {
    CoverageAssumptionsSet: {
      key: ({ data: { unitId, periodId } }) => ({ unitId, periodId }),
      row: (_, { data, effectiveOn }) => ({ ...data, setOn: effectiveOn }),
    },
  },
});

export const listCoveragePlans = list({
  name: 'ListCoveragePlans',
  summary: 'List what the pipelines of units are to bring, and what is assumed of them.',
  permission: 'coverage:read',
  path: '/coverage-plans',
  of: coveragePlan,
  scope: 'everyone',
  filters: ['unitId', 'periodId', 'start', 'endExclusive', 'setOn'],
  holds: { from: 'start', until: 'endExclusive' },
  sorts: ['start', 'setOn'],
  descending: true,
  groups: ['unitId', 'periodId'],
});

const models = [coveragePlan, coverageGap, fiscalPeriod, policyVersion] as const;

/** How many are open at each level: as the caller says, else as was recorded with the last gap. */
async function openCounts(
  db: Db<typeof models>,
  { unitId, periodId, levels }: { unitId: string; periodId: string; levels: readonly { level: string }[] },
  given: readonly bigint[],
): Promise<ReadonlyMap<string, bigint>> {
  const recorded = await db
    .selectFrom('coverage_gap')
    .select(['level', 'open'])
    .where('unitId', '=', unitId)
    .where('periodId', '=', periodId)
    .orderBy('recordedOn')
    .execute();
  const counts = new Map(recorded.map(({ level, open }) => [level, BigInt(open)]));
  for (const [index, { level }] of levels.entries())
    if (given[index] !== undefined) counts.set(level, given[index]);
  return counts;
}

/** How much of what must be open may be missing on a day without a response. */
async function limitOn(db: Db<typeof models>, day: string): Promise<number> {
  const adopted = await db
    .selectFrom('policy_version')
    .select('document')
    .where('policyKey', '=', 'coverage')
    .where('effectiveFrom', '<=', day)
    .orderBy('policyVersion', 'desc')
    .limit(1)
    .executeTakeFirst();
  return policySchema('coverage').parse(adopted?.document ?? {}).gapMaxBp;
}

const LevelFigures = z
  .object({
    level: FunnelLevel,
    targetPerMonth: Rational.nullable().describe('How many must leave it with success in a month.'),
    winProbability: Rational,
    cycleMonths: Rational,
    throughMonths: Rational.describe('From here to the target.'),
    required: z
      .bigint()
      .nullable()
      .describe('How many must be open: cycle × target ÷ probability. Null at a probability of zero.'),
    requiredStaged: z
      .bigint()
      .nullable()
      .describe('The same by Little’s law over its stages; null where they are not known.'),
    open: z.bigint().nullable().describe('How many are open; null where that is not known.'),
    coverage: Rational.nullable().describe(
      'Open over required; null where either is unknown or zero is required.',
    ),
    gap: z.bigint().nullable().describe('Required less open; below zero for a surplus.'),
    recoverable: z.bigint().nullable().describe('How much of the gap the fiscal year can still recover.'),
    notRecoverable: z.bigint().nullable().describe('How much of the gap it cannot.'),
    state: z
      .enum(['covered', 'within_limit', 'beyond_limit', 'undefined_requirement', 'unknown_open'])
      .describe('How what is open stands to what is required and to the limit of the policy.'),
  })
  .meta({ id: 'CoverageLevelFigures', description: 'What a level of the funnel must hold, and holds.' });

const positive = (count: bigint): bigint => (count > 0n ? count : 0n);
const shown = ({ num, den }: Ratio): Rational => rational(num, den)!;

export const getCoverage = query({
  name: 'GetCoverage',
  summary:
    'Get how many must be open at each level of a unit’s funnel, how many are, and what of the gap the fiscal year can still recover.',
  permission: 'coverage:read',
  path: '/coverage-plans/:unitId/:periodId',
  input: {
    ...coverageKeys,
    open: z
      .string()
      .regex(/^\d{1,9}(,\d{1,9}){0,5}$/)
      .transform((text) => text.split(',').map(BigInt))
      .optional()
      .describe('How many are open, in the order of the levels with commas; as recorded last when left out.'),
    asOf: LocalDate.optional().describe('The day from which on a gap can be closed; today when left out.'),
  },
  output: z
    .object({
      ...coveragePlan.row.pick({ unitId: true, periodId: true, start: true, endExclusive: true }).shape,
      asOf: LocalDate,
      yearEnd: LocalDate.nullable().describe('First day after the fiscal year; null beyond the calendar.'),
      gapMaxBp: z.int().describe('How much may be missing without a response, in basis points.'),
      levels: z.array(LevelFigures),
    })
    .meta({ id: 'Coverage', description: 'What a funnel must hold for its target, and holds.' }),
  reads: models,
  answer: async (db, { unitId, periodId, open: given, asOf: asked }, asker) => {
    const plan = await db
      .selectFrom('coverage_plan')
      .selectAll()
      .where('unitId', '=', unitId)
      .where('periodId', '=', periodId)
      .executeTakeFirst();
    if (!plan) return nothing;
    const asOf = asked ?? asker.today;
    const periods = await db
      .selectFrom('fiscal_period')
      .select(['periodId', 'level', 'parentId', 'start', 'endExclusive'])
      .orderBy('start')
      .execute();
    const yearEnd = spanOf(periodOf(asOf, 'year', periods) ?? '', periods)?.endExclusive ?? null;
    const gapMaxBp = await limitOn(db, asOf);
    const counts = await openCounts(db, plan, given ?? []);
    const levels = requirementsOf(plan).map((level): z.output<typeof LevelFigures> => {
      const { required, throughMonths, startsPerMonth } = level;
      const open = counts.get(level.level) ?? null;
      const gap = required === null || open === null ? null : required - open;
      const found =
        gap === null || yearEnd === null
          ? null
          : recoverable(gap, { on: asOf, throughMonths, startsPerMonth, yearEndExclusive: yearEnd });
      return {
        level: level.level,
        targetPerMonth: level.targetPerMonth && shown(level.targetPerMonth),
        winProbability: shown(level.winProbability),
        cycleMonths: shown(level.cycleMonths),
        throughMonths: shown(throughMonths),
        required,
        requiredStaged: level.requiredStaged,
        open,
        coverage: open === null || required === null ? null : rational(open, required),
        gap,
        recoverable: found,
        notRecoverable: gap === null || found === null ? null : positive(gap) - found,
        state: stateOf(required, gap, gapMaxBp),
      };
    });
    const { start, endExclusive } = plan;
    return { unitId, periodId, start, endExclusive, asOf, yearEnd, gapMaxBp, levels };
  },
});

function stateOf(
  required: bigint | null,
  gap: bigint | null,
  maxBp: number,
): z.output<typeof LevelFigures>['state'] {
  if (required === null) return 'undefined_requirement';
  if (gap === null) return 'unknown_open';
  if (gap <= 0n) return 'covered';
  return isBeyondLimit(gap, required, maxBp) ? 'beyond_limit' : 'within_limit';
}
