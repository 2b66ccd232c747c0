import { z } from 'zod';
import { list } from '../engine/list.ts';
import { nothing, query } from '../engine/query.ts';
import { readModel } from '../engine/read-model.ts';
import { PeriodId } from '../events/calendar.ts';
import {
  Coordination,
  cycleEvents,
  Initiative,
  Phase,
  Priority,
  Segment,
  StrategyElement,
  Theme,
} from '../events/cycle.ts';
import { CycleId, LocalDate, UnitId } from '../events/values.ts';

const byCycle = ({ data }: { readonly data: { readonly cycleId: string } }) => ({ cycleId: data.cycleId });

const PhaseSince = z.object({ phase: Phase, since: LocalDate });
const texts = z.array(z.string());

/** The initiatives whose theme the strategy no longer has. */
const adrift = ({ themes, initiatives }: Plans): string[] =>
  initiatives
    .filter((initiative) => !themes.some(({ theme }) => theme === initiative.theme))
    .map(({ initiative }) => initiative);

interface Plans {
  readonly themes: readonly z.output<typeof Theme>[];
  readonly initiatives: readonly z.output<typeof Initiative>[];
}

/** The planning cycles of units. */
export const planningCycle = readModel({
  name: 'planning_cycle',
  version: 1,
  summary: 'The planning cycles of units, from conception to control, and which one follows which.',
  key: ['cycleId'],
  indexes: [['unitId', 'periodStart']],
  row: {
    cycleId: CycleId,
    unitId: UnitId.describe('The unit that plans.'),
    name: z.string().describe('Name of the cycle.'),
    periodId: PeriodId.describe('The period that is planned.'),
    periodStart: LocalDate.describe('First day of the period.'),
    periodEnd: LocalDate.describe('First day after the period.'),
    state: z.enum(['open', 'ended']).describe('Whether the next cycle was opened.'),
    phase: Phase,
    phases: z.array(PhaseSince).describe('The phases entered so far, and since when.'),
    themes: z.array(Theme).describe('The themes of the strategy; empty before it is recorded.'),
    priorities: z.array(Priority).describe('What comes first, the most important one first.'),
    elementsMissing: z
      .array(StrategyElement)
      .describe('What the strategy has no theme about: it is comprehensive when this is empty.'),
    strategyOn: LocalDate.nullable().describe('The day on which the strategy was recorded last.'),
    segments: z.array(Segment).describe('The segments of the market that are to be developed.'),
    initiatives: z.array(Initiative).describe('What is done to develop the market.'),
    initiativesAdrift: texts.describe('The initiatives whose theme the strategy no longer has.'),
    coordination: z.array(Coordination).describe('What was agreed with others.'),
    marketPlanOn: LocalDate.nullable().describe(
      'The day on which the plan to develop the market was recorded last.',
    ),
    findings: texts.describe('What the review found out.'),
    carryOver: texts.describe('What the next cycle has to take up.'),
    reviewedOn: LocalDate.nullable().describe('The day of the last review.'),
    carriedOver: texts.describe('What the cycle before left to this one.'),
    previousId: CycleId.nullable().describe('The cycle before.'),
    nextCycleId: CycleId.nullable().describe('The cycle after.'),
  },
  of: cycleEvents,
  on: {
    PlanningCycleOpened: {
      key: byCycle,
      row: (_, { data, effectiveOn }) => ({
        cycleId: data.cycleId,
        unitId: data.unitId,
        name: data.name,
        periodId: data.horizon,
        periodStart: data.start,
        periodEnd: data.endExclusive,
        state: 'open',
        phase: 'conception',
        phases: [{ phase: 'conception', since: effectiveOn }],
        themes: [],
        priorities: [],
        elementsMissing: [...StrategyElement.options],
        strategyOn: null,
        segments: [],
        initiatives: [],
        initiativesAdrift: [],
        coordination: [],
        marketPlanOn: null,
        findings: [],
        carryOver: [],
        reviewedOn: null,
        carriedOver: data.carriedOver,
        previousId: data.previousId ?? null,
        nextCycleId: null,
      }),
    },
    PhaseEntered: {
      key: byCycle,
      change: (row, { data: { phase }, effectiveOn }) => ({
        ...row,
        phase,
        phases: [...row.phases, { phase, since: effectiveOn }],
      }),
    },
    StrategyRecorded: {
      key: byCycle,
      change: (row, { data: { themes, priorities }, effectiveOn }) => ({
        ...row,
        themes,
        priorities,
        elementsMissing: StrategyElement.options.filter(
          (element) => !themes.some((theme) => theme.element === element),
        ),
        initiativesAdrift: adrift({ themes, initiatives: row.initiatives }),
        strategyOn: effectiveOn,
      }),
    },
    MarketDevelopmentPlanRecorded: {
      key: byCycle,
      change: (row, { data: { segments, initiatives, coordination }, effectiveOn }) => ({
        ...row,
        segments,
        initiatives,
        initiativesAdrift: [],
        coordination,
        marketPlanOn: effectiveOn,
      }),
    },
    CycleReviewed: {
      key: byCycle,
      change: (row, { data: { findings, carryOver }, effectiveOn }) => ({
        ...row,
        findings,
        carryOver,
        reviewedOn: effectiveOn,
      }),
    },
    NextCycleOpened: {
      key: byCycle,
      change: (row, { data: { nextCycleId } }) => ({ ...row, state: 'ended', nextCycleId }),
    },
  },
});

export const listPlanningCycles = list({
  name: 'ListPlanningCycles',
  summary: 'List the planning cycles of units.',
  permission: 'cycle:read',
  path: '/planning-cycles',
  of: planningCycle,
  scope: 'everyone',
  filters: ['cycleId', 'unitId', 'periodId', 'periodStart', 'periodEnd', 'state', 'phase', 'previousId'],
  holds: { from: 'periodStart', until: 'periodEnd' },
  search: ['name'],
  sorts: ['periodStart', 'name'],
  descending: true,
  groups: ['unitId', 'periodId', 'state', 'phase'],
});

export const getPlanningCycle = query({
  name: 'GetPlanningCycle',
  summary: 'Get a planning cycle with its strategy, its plan to develop the market and its review.',
  permission: 'cycle:read',
  path: '/planning-cycles/:cycleId',
  input: { cycleId: CycleId },
  output: planningCycle.row,
  reads: [planningCycle],
  answer: async (db, { cycleId }) =>
    (await db.selectFrom('planning_cycle').selectAll().where('cycleId', '=', cycleId).executeTakeFirst()) ??
    nothing,
});
