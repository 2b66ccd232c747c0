import { z } from 'zod';
import { addDays } from '../engine/instant.ts';
import { type Asker, type Db, nothing, query } from '../engine/query.ts';
import type { Period } from '../events/calendar.ts';
import {
  endOf,
  isBeyondLimit,
  lastStart,
  monthsOfDays,
  recoverable,
  type Through,
} from '../events/coverage.ts';
import { CoverageBasis, coverageKeys, FunnelLevel, requirementsOf } from '../events/coverage-plan.ts';
import { periodOf, type Span, spanOf } from '../events/period.ts';
import { policySchema } from '../events/policy.ts';
import { plus, type Ratio } from '../events/rational.ts';
import { LocalDate, PersonId } from '../events/values.ts';
import { bucketsOf } from './buckets.ts';
import { coverageGap } from './coverage-gap.ts';
import { foundIn, historyOf, LevelHistory } from './coverage-history.ts';
import { type OpenRow, openAt, openModels, ValueIn, valuesOf } from './coverage-open.ts';
import { coveragePlan } from './coverage-plan.ts';
import { Rational, rational } from './figures.ts';
import { fiscalPeriod } from './fiscal-period.ts';
import { seesAll, unitOf } from './members.ts';
import { policyVersion } from './policy-version.ts';
import { together } from './rows-of.ts';

export const coverageModels = together(coveragePlan, coverageGap, fiscalPeriod, policyVersion, ...openModels);
export type CoverageDb = Db<typeof coverageModels>;
export type Plan = z.output<typeof coveragePlan.row>;

/** What the policy says of coverage on a day. */
export async function coveragePolicyOn(db: CoverageDb, day: string) {
  const adopted = await db
    .selectFrom('policy_version')
    .select('document')
    .where('policyKey', '=', 'coverage')
    .where('effectiveFrom', '<=', day)
    .orderBy('policyVersion', 'desc')
    .limit(1)
    .executeTakeFirst();
  return policySchema('coverage').parse(adopted?.document ?? {});
}

export const periodsOf = (db: CoverageDb) =>
  db
    .selectFrom('fiscal_period')
    .select(['periodId', 'level', 'parentId', 'start', 'endExclusive'])
    .orderBy('start')
    .execute();

/** The first day after the fiscal year of a day; null beyond the calendar. */
export const yearEndOf = (day: string, periods: readonly Period[]): string | null =>
  spanOf(periodOf(day, 'year', periods) ?? '', periods)?.endExclusive ?? null;

/** What the past says of the levels that a plan counts, by level. */
export async function historiesOf(
  db: CoverageDb,
  { unitId, levels }: Plan,
  asOf: string,
  sampleMin: number,
): Promise<ReadonlyMap<string, LevelHistory>> {
  const found = new Map<string, LevelHistory>();
  for (const [index, { level, counts }] of levels.entries()) {
    if (!counts) continue;
    const next = levels[index - 1]?.counts;
    const nextStageIds = (next?.of === 'opportunities' && next.stageIds) || [];
    found.set(level, await historyOf(db, unitOf(unitId), { counts, nextStageIds, asOf, sampleMin }));
  }
  return found;
}

/** What each level must hold, by what the plan goes by. */
export function requiredBy(plan: Plan, histories: ReadonlyMap<string, LevelHistory>) {
  if (plan.basis === 'assumptions') return requirementsOf(plan);
  const found = [...histories].flatMap(([level, history]) => {
    const of = foundIn(history);
    return of ? [[level, of] as const] : [];
  });
  return requirementsOf(plan, new Map(found));
}

/** How many were open at each level when a gap was recorded last. */
async function recordedCounts(
  db: CoverageDb,
  { unitId, periodId }: Plan,
): Promise<ReadonlyMap<string, bigint>> {
  const recorded = await db
    .selectFrom('coverage_gap')
    .select(['level', 'open'])
    .where('unitId', '=', unitId)
    .where('periodId', '=', periodId)
    .orderBy('recordedOn')
    .execute();
  return new Map(recorded.map(({ level, open }) => [level, BigInt(open)]));
}

export const TimeLeft = z
  .object({
    endsOn: LocalDate.nullable().describe('When ends what is started on the day; null after the year 2200.'),
    lastStartOn: LocalDate.nullable().describe(
      'The last day on which something can be started that ends in the fiscal year.',
    ),
    isTooLate: z
      .boolean()
      .nullable()
      .describe(
        'Whether the cycle is longer than what is left of the fiscal year: then new business has no effect on it.',
      ),
  })
  .meta({ id: 'TimeLeft', description: 'What of new business the fiscal year can still see.' });

const inReach = (day: string): string | null => (LocalDate.safeParse(day).success ? day : null);

/** What of new business that begins on a day the fiscal year can still see. */
export function timeLeft(day: string, yearEnd: string | null, through: Through): z.output<typeof TimeLeft> {
  const last = yearEnd && lastStart(yearEnd, through);
  return {
    endsOn: inReach(endOf(day, through)),
    lastStartOn: last && inReach(last),
    isTooLate: last === null ? null : day > last,
  };
}

const Place = z
  .object({
    place: z.string().describe('The stage, or the rung of the ladder.'),
    open: z.int(),
    endsInYear: z.int().describe('Those of them who end in the fiscal year, by their start and the cycle.'),
    since: LocalDate.describe('Since when the oldest of them is at the level.'),
    values: z.array(ValueIn),
  })
  .meta({ id: 'CoveragePlace', description: 'What is open at a level, by stage or rung.' });

const Detail = z
  .object({
    endsInYear: z
      .int()
      .describe('How many of those that are open end in the fiscal year, by their start and the cycle.'),
    values: z.array(ValueIn).describe('What they may come to, by currency.'),
    places: z.array(Place),
    people: z.array(z.object({ personId: PersonId, open: z.int(), values: z.array(ValueIn) })),
  })
  .meta({ id: 'CoverageDetail', description: 'What is counted at a level.' });

const LevelFigures = z
  .object({
    level: FunnelLevel,
    isCounted: z.boolean().describe('Whether what is open is counted; it is said by hand otherwise.'),
    basis: CoverageBasis.describe('By what the level goes.'),
    targetPerMonth: Rational.nullable().describe('How many must leave it with success in a month.'),
    winProbability: Rational,
    cycleMonths: Rational,
    assumed: z
      .object({ winProbability: Rational, cycleMonths: Rational })
      .describe('What the plan assumes, whatever it goes by.'),
    history: LevelHistory.nullable().describe(
      'What the past says of the people of the unit; null where nothing is counted.',
    ),
    throughMonths: Rational.describe('From here to the target.'),
    ...TimeLeft.shape,
    required: z
      .bigint()
      .nullable()
      .describe('How many must be open: cycle × target ÷ probability. Null at a probability of zero.'),
    requiredStaged: z
      .bigint()
      .nullable()
      .describe('The same by Little’s law over its stages; null where they are not known.'),
    requiredValue: ValueIn.nullable().describe(
      'Required, each at the average value of the plan; null without one, and above the first level.',
    ),
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
    detail: Detail.nullable().describe(
      'What is counted, for readers who see the opportunities of everybody in the unit, or the customers where these are counted; null for others, and where nothing is counted.',
    ),
  })
  .meta({ id: 'CoverageLevelFigures', description: 'What a level of the funnel must hold, and holds.' });
type LevelFigures = z.output<typeof LevelFigures>;

const positive = (count: bigint): bigint => (count > 0n ? count : 0n);
const shown = ({ num, den }: Ratio): Rational => rational(num, den)!;
const sum = (rows: readonly OpenRow[], of: (row: OpenRow) => number): number =>
  rows.reduce((total, row) => total + of(row), 0);
const grouped = (rows: readonly OpenRow[], of: (row: OpenRow) => string) => [...Map.groupBy(rows, of)];

/** What is counted, told by place and person. */
const detailOf = (rows: readonly OpenRow[]): z.output<typeof Detail> => ({
  endsInYear: sum(rows, ({ early }) => early),
  values: valuesOf(rows),
  places: grouped(rows, ({ place }) => place).map(([place, here]) => ({
    place,
    open: sum(here, ({ open }) => open),
    endsInYear: sum(here, ({ early }) => early),
    since: here.map(({ since }) => since).sort()[0]!,
    values: valuesOf(here),
  })),
  people: grouped(rows, ({ personId }) => personId).map(([personId, theirs]) => ({
    personId,
    open: sum(theirs, ({ open }) => open),
    values: valuesOf(theirs),
  })),
});

function stateOf(required: bigint | null, gap: bigint | null, maxBp: number): LevelFigures['state'] {
  if (required === null) return 'undefined_requirement';
  if (gap === null) return 'unknown_open';
  if (gap <= 0n) return 'covered';
  return isBeyondLimit(gap, required, maxBp) ? 'beyond_limit' : 'within_limit';
}

const permissionOf = { opportunities: 'opportunity:read', customers: 'customer:read' } as const;

interface Asked {
  readonly asOf: string;
  readonly yearEnd: string | null;
  /** What is said to be open, in the order of the levels. */
  readonly given?: readonly bigint[] | undefined;
}

/** What each level of a plan must hold and holds at the end of a day. */
async function levelsOf(
  db: CoverageDb,
  plan: Plan,
  { asOf, yearEnd, given = [] }: Asked,
  { visibilityBy }: Asker,
): Promise<LevelFigures[]> {
  const { gapMaxBp, sampleMin } = await coveragePolicyOn(db, asOf);
  const histories = await historiesOf(db, plan, asOf, sampleMin);
  const recorded = await recordedCounts(db, plan);
  const members = unitOf(plan.unitId);
  const day: Span = { start: asOf, endExclusive: addDays(asOf, 1) };
  const levels: LevelFigures[] = [];
  for (const [index, requirement] of requiredBy(plan, histories).entries()) {
    const { level, counts, required, startsPerMonth, assumed } = requirement;
    const left = timeLeft(asOf, yearEnd, requirement);
    const rows =
      counts && (await openAt(db, members, counts, { asOf, earlyUntil: left.lastStartOn ?? asOf }));
    const counted = rows ? BigInt(sum(rows, ({ open }) => open)) : recorded.get(level);
    const open = given[index] ?? counted ?? null;
    const gap = required === null || open === null ? null : required - open;
    const found =
      gap === null || yearEnd === null
        ? null
        : recoverable(gap, { ...requirement, on: asOf, startsPerMonth, yearEndExclusive: yearEnd });
    const seen = counts && visibilityBy(permissionOf[counts.of]);
    const value = index === 0 && required !== null ? plan.averageValue : null;
    levels.push({
      level,
      isCounted: counts !== undefined,
      basis: requirement.cycleDays === undefined ? 'assumptions' : 'history',
      targetPerMonth: requirement.targetPerMonth && shown(requirement.targetPerMonth),
      winProbability: shown(requirement.winProbability),
      cycleMonths: shown(requirement.cycleMonths),
      assumed: {
        winProbability: shown(assumed.winProbability),
        cycleMonths: shown(assumed.cycleMonths),
      },
      history: histories.get(level) ?? null,
      throughMonths: shown(plus(requirement.throughMonths, monthsOfDays(BigInt(requirement.throughDays)))),
      ...left,
      required,
      requiredStaged: requirement.requiredStaged,
      requiredValue: value && {
        currency: value.currency,
        valueMinor: required! * BigInt(value.amountMinor),
      },
      open,
      coverage: open === null || required === null ? null : rational(open, required),
      gap,
      recoverable: found,
      notRecoverable: gap === null || found === null ? null : positive(gap) - found,
      state: stateOf(required, gap, gapMaxBp),
      detail: rows && seen && (await seesAll(db, members, day, seen)) ? detailOf(rows) : null,
    });
  }
  return levels;
}

const planOf = (db: CoverageDb, { unitId, periodId }: Pick<Plan, 'unitId' | 'periodId'>) =>
  db
    .selectFrom('coverage_plan')
    .selectAll()
    .where('unitId', '=', unitId)
    .where('periodId', '=', periodId)
    .executeTakeFirst();

const planFields = coveragePlan.row.pick({ unitId: true, periodId: true, start: true, endExclusive: true });

export const getCoverage = query({
  name: 'GetCoverage',
  summary:
    'Get how many must be open at each level of a unit’s funnel, how many are, what of the gap the fiscal year can still recover, and what the past says beside what is assumed.',
  permission: 'coverage:read',
  path: '/coverage-plans/:unitId/:periodId',
  input: {
    ...coverageKeys,
    open: z
      .string()
      .regex(/^\d{1,9}(,\d{1,9}){0,5}$/)
      .transform((text) => text.split(',').map(BigInt))
      .optional()
      .describe(
        'How many are open, in the order of the levels with commas; as counted, or as recorded last, when left out.',
      ),
    asOf: LocalDate.optional().describe(
      'The day at whose end is counted, and from which on a gap can be closed; today when left out.',
    ),
  },
  output: planFields
    .extend({
      asOf: LocalDate,
      basis: CoverageBasis,
      yearEnd: LocalDate.nullable().describe('First day after the fiscal year; null beyond the calendar.'),
      gapMaxBp: z.int().describe('How much may be missing without a response, in basis points.'),
      levels: z.array(LevelFigures),
    })
    .meta({ id: 'Coverage', description: 'What a funnel must hold for its target, and holds.' }),
  reads: coverageModels,
  answer: async (db, { open: given, asOf: asked, ...keys }, asker) => {
    const plan = await planOf(db, keys);
    if (!plan) return nothing;
    const asOf = asked ?? asker.today;
    const periods = await periodsOf(db);
    const yearEnd = yearEndOf(asOf, periods);
    const { gapMaxBp } = await coveragePolicyOn(db, asOf);
    const { start, endExclusive, basis } = plan;
    const levels = await levelsOf(db, plan, { asOf, yearEnd, given }, asker);
    return { ...keys, start, endExclusive, asOf, basis, yearEnd, gapMaxBp, levels };
  },
});

const MonthLevel = LevelFigures.pick({
  level: true,
  required: true,
  requiredValue: true,
  open: true,
  coverage: true,
  gap: true,
  recoverable: true,
  notRecoverable: true,
  state: true,
}).meta({
  id: 'CoverageMonthLevel',
  description: 'What a level had to hold at the end of a month, and held.',
});

/** No plan is for more months. */
const monthsMax = 24;

export const getCoverageMonths = query({
  name: 'GetCoverageMonths',
  summary:
    'Get how many had to be open at each level of a unit’s funnel at the end of each fiscal month of the plan so far, and how many were, where they are counted.',
  permission: 'coverage:read',
  path: '/coverage-plans/:unitId/:periodId/months',
  input: coverageKeys,
  output: planFields
    .extend({
      months: z.array(
        z.object({
          month: LocalDate.describe('First day of the month.'),
          asOf: LocalDate.describe('Its last day, or today.'),
          levels: z.array(MonthLevel),
        }),
      ),
    })
    .meta({ id: 'CoverageMonths', description: 'How a funnel stood to its target, month by month.' }),
  reads: coverageModels,
  answer: async (db, keys, asker) => {
    const plan = await planOf(db, keys);
    if (!plan) return nothing;
    const periods = await periodsOf(db);
    const { start, endExclusive } = plan;
    const begun = bucketsOf({ start, endExclusive }, 'month', periods)
      .filter((month) => month.start <= asker.today)
      .slice(-monthsMax);
    const months = [];
    for (const month of begun) {
      const last = addDays(month.endExclusive, -1);
      const asOf = last < asker.today ? last : asker.today;
      const yearEnd = yearEndOf(asOf, periods);
      const levels = await levelsOf(db, plan, { asOf, yearEnd }, asker);
      months.push({
        month: month.start,
        asOf,
        levels: levels.filter(({ isCounted }) => isCounted).map((level) => MonthLevel.parse(level)),
      });
    }
    return { ...keys, start, endExclusive, months };
  },
});
