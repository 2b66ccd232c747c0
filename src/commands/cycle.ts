import { canonicalJson } from '../engine/canonical.ts';
import { absent, decider, type Evolve, reject, to, unknown } from '../engine/decision.ts';
import type { DataOf } from '../engine/event.ts';
import { generated } from '../engine/input.ts';
import { PeriodId } from '../events/calendar.ts';
import { cycleEvents, marketDevelopmentPlan, Phase, phases, review, strategy } from '../events/cycle.ts';
import { spanOf } from '../events/period.ts';
import { CycleId, Line, UnitId } from '../events/values.ts';
import { calendar } from './calendar/state.ts';
import { claimed, claimRefs, isHeldByOther } from './claim.ts';
import { measure, measureOf, measureUnknown } from './measure.ts';
import { organisation } from './organisation/state.ts';
import { target } from './target/state.ts';

const {
  PlanningCycleOpened,
  PhaseEntered,
  StrategyRecorded,
  MarketDevelopmentPlanRecorded,
  CycleReviewed,
  NextCycleOpened,
} = cycleEvents;

export interface CycleState {
  readonly opened: DataOf<typeof PlanningCycleOpened> | undefined;
  readonly phase: Phase;
  readonly strategy: DataOf<typeof StrategyRecorded> | undefined;
  readonly marketPlan: DataOf<typeof MarketDevelopmentPlanRecorded> | undefined;
  readonly reviewed: DataOf<typeof CycleReviewed> | undefined;
  readonly nextCycleId: string | undefined;
}

const initialState: CycleState = {
  opened: undefined,
  phase: 'conception',
  strategy: undefined,
  marketPlan: undefined,
  reviewed: undefined,
  nextCycleId: undefined,
};

const evolve: Evolve<CycleState, typeof cycleEvents> = {
  PlanningCycleOpened: (state, opened) => ({ ...state, opened }),
  PhaseEntered: (state, { phase }) => ({ ...state, phase }),
  StrategyRecorded: (state, recorded) => ({ ...state, strategy: recorded }),
  MarketDevelopmentPlanRecorded: (state, marketPlan) => ({ ...state, marketPlan }),
  CycleReviewed: (state, reviewed) => ({ ...state, reviewed }),
  NextCycleOpened: (state, { nextCycleId }) => ({ ...state, nextCycleId }),
};

export const cycle = decider({
  stream: 'cycle',
  id: ['cycleId'],
  events: cycleEvents,
  initialState,
  evolve,
});

const cycleClaim = 'planning-cycle';
const nobody = () => undefined;
const cycleUnknown = absent('There is no such planning cycle.');
const cycleEnded = 'The cycle has ended: the next one is open.';
const periodUnknown = unknown('The fiscal calendar has no such period.');

const isSame = (a: unknown, b: unknown): boolean => canonicalJson(a) === canonicalJson(b);
const at = (list: string, index: number, field: string, detail: string) => [
  { pointer: `/${list}/${index}/${field}`, detail },
];

export const openPlanningCycle = cycle.command({
  name: 'OpenPlanningCycle',
  summary: 'Open the first planning cycle of a unit; it begins with its conception.',
  permission: 'cycle:write',
  path: '/planning-cycles',
  input: {
    cycleId: generated(CycleId),
    unitId: UnitId.describe('The unit that plans.'),
    name: Line,
    horizon: PeriodId.describe('The period that is planned, such as FY2026 or R12M@2026-12.'),
  },
  emits: ['PlanningCycleOpened', 'Claimed'],
  rejects: {
    cycleKnown: 'Another cycle of this id was opened already.',
    cycleOpen: 'The unit has an open cycle; it ends when the next one is opened.',
    unitUnknown: unknown('There is no such unit, or it is dissolved.'),
    periodUnknown,
  },
  subject: nobody,
  reads: ({ unitId }) => ({
    organisation: organisation.ref(),
    calendar: calendar.ref(),
    claims: claimRefs(cycleClaim, unitId),
  }),
  decide: ({ opened }, { cycleId, unitId, name, horizon }, { reads }) => {
    if (opened)
      return isSame([opened.unitId, opened.name, opened.horizon], [unitId, name, horizon])
        ? []
        : reject('cycleKnown');
    const unit = reads.organisation.units.get(unitId);
    if (!unit || unit.dissolvedOn !== undefined) return reject('unitUnknown');
    const span = spanOf(horizon, reads.calendar.periods);
    if (!span) return reject('periodUnknown');
    if (isHeldByOther(reads.claims[0], cycleId)) return reject('cycleOpen');
    return [
      PlanningCycleOpened({ cycleId, unitId, name, horizon, ...span, carriedOver: [] }),
      claimed(cycleClaim, unitId, cycleId),
    ];
  },
});

export const recordStrategy = cycle.command({
  name: 'RecordStrategy',
  summary: 'Record the strategy of a cycle, or what has become of it: its themes, and what comes first.',
  permission: 'cycle:write',
  path: '/planning-cycles/:cycleId/strategy',
  input: { cycleId: CycleId, ...strategy },
  emits: ['StrategyRecorded'],
  rejects: {
    cycleUnknown,
    cycleEnded,
    themeUnknown: unknown('The strategy has no such theme.'),
    targetUnknown: unknown('There is no such target.'),
  },
  subject: nobody,
  reads: ({ priorities }) => ({
    targets: priorities.flatMap(({ targetIds }) => targetIds.map((targetId) => target.ref(targetId))),
  }),
  decide: ({ opened, strategy: before, nextCycleId }, input, { reads }) => {
    if (!opened) return reject('cycleUnknown');
    if (nextCycleId) return reject('cycleEnded');
    const { themes, priorities } = input;
    const stray = priorities.findIndex((priority) => !themes.some(({ theme }) => theme === priority.theme));
    if (stray >= 0)
      return reject('themeUnknown', at('priorities', stray, 'theme', 'Name one of the themes.'));
    if (reads.targets.some(({ assigned }) => !assigned)) return reject('targetUnknown');
    const recorded = StrategyRecorded({ ...input, unitId: opened.unitId });
    return isSame(before, recorded.data) ? [] : [recorded];
  },
});

export const recordMarketDevelopmentPlan = cycle.command({
  name: 'RecordMarketDevelopmentPlan',
  summary:
    'Record how the market is to be developed: where, by which initiatives, how their effect is measured, and what was agreed with others.',
  permission: 'cycle:write',
  path: '/planning-cycles/:cycleId/market-development-plan',
  input: { cycleId: CycleId, ...marketDevelopmentPlan },
  emits: ['MarketDevelopmentPlanRecorded'],
  rejects: {
    cycleUnknown,
    cycleEnded,
    strategyMissing: 'Record the strategy first.',
    themeUnknown: unknown('The strategy has no such theme.'),
    measureUnknown,
    personUnknown: unknown('There is nobody of this id.'),
    regionUnknown: unknown('There is no such region.'),
    channelUnknown: unknown('There is no such channel.'),
  },
  subject: nobody,
  reads: ({ initiatives }) => ({
    organisation: organisation.ref(),
    measures: initiatives.map(({ measureKey }) => measure.ref(measureKey)),
  }),
  decide: ({ opened, strategy: known, marketPlan, nextCycleId }, input, { reads }) => {
    if (!opened) return reject('cycleUnknown');
    if (nextCycleId) return reject('cycleEnded');
    if (!known) return reject('strategyMissing');
    const { segments, initiatives } = input;
    const { people, regions, channels } = reads.organisation;
    const stray = initiatives.findIndex((entry) => !known.themes.some(({ theme }) => theme === entry.theme));
    if (stray >= 0)
      return reject('themeUnknown', at('initiatives', stray, 'theme', 'Name a theme of the strategy.'));
    const unmeasured = initiatives.findIndex(
      ({ measureKey }, index) => !measureOf(measureKey, reads.measures[index]!),
    );
    if (unmeasured >= 0)
      return reject('measureUnknown', at('initiatives', unmeasured, 'measureKey', 'Name a measure.'));
    const orphan = initiatives.findIndex(({ responsible }) => !people.has(responsible));
    if (orphan >= 0)
      return reject('personUnknown', at('initiatives', orphan, 'responsible', 'Name somebody employed.'));
    if (segments.some(({ regionIds }) => regionIds.some((id) => !regions.has(id))))
      return reject('regionUnknown');
    if (segments.some(({ channelIds }) => channelIds.some((id) => !channels.has(id))))
      return reject('channelUnknown');
    const recorded = MarketDevelopmentPlanRecorded({ ...input, unitId: opened.unitId });
    return isSame(marketPlan, recorded.data) ? [] : [recorded];
  },
});

export const enterPhase = cycle.command({
  name: 'EnterPhase',
  summary: 'Go on to the next phase of a cycle: conception, planning, execution, control.',
  permission: 'cycle:write',
  path: '/planning-cycles/:cycleId/phase',
  input: { cycleId: CycleId, phase: Phase },
  emits: ['PhaseEntered'],
  rejects: {
    cycleUnknown,
    cycleEnded,
    phaseOutOfOrder: 'Phases follow one another: conception, planning, execution, control.',
    strategyMissing: 'Nothing can be planned before the strategy is recorded.',
    marketPlanMissing: 'Nothing can be executed before the plan to develop the market is recorded.',
  },
  subject: nobody,
  decide: ({ opened, phase: from, strategy: known, marketPlan, nextCycleId }, { cycleId, phase }) => {
    if (!opened) return reject('cycleUnknown');
    if (phase === from) return [];
    if (nextCycleId) return reject('cycleEnded');
    if (phases.indexOf(phase) !== phases.indexOf(from) + 1) return reject('phaseOutOfOrder');
    if (phase === 'planning' && !known) return reject('strategyMissing');
    if (phase === 'execution' && !marketPlan) return reject('marketPlanMissing');
    return [PhaseEntered({ cycleId, unitId: opened.unitId, from, phase })];
  },
});

export const reviewCycle = cycle.command({
  name: 'ReviewCycle',
  summary: 'Record what the control of a cycle found out and what the next one has to take up.',
  permission: 'cycle:write',
  path: '/planning-cycles/:cycleId/review',
  input: { cycleId: CycleId, ...review },
  emits: ['CycleReviewed'],
  rejects: { cycleUnknown, cycleEnded, notInControl: 'A cycle is reviewed in its control phase.' },
  subject: nobody,
  decide: ({ opened, phase, reviewed, nextCycleId }, input) => {
    if (!opened) return reject('cycleUnknown');
    if (nextCycleId) return reject('cycleEnded');
    if (phase !== 'control') return reject('notInControl');
    const recorded = CycleReviewed({ ...input, unitId: opened.unitId });
    return isSame(reviewed, recorded.data) ? [] : [recorded];
  },
});

export const openNextCycle = cycle.command({
  name: 'OpenNextCycle',
  summary: 'End a reviewed cycle by opening the next one of the unit, which takes up what was carried over.',
  permission: 'cycle:write',
  path: '/planning-cycles/:cycleId/next',
  input: {
    cycleId: CycleId,
    nextCycleId: generated(CycleId),
    name: Line,
    horizon: PeriodId.describe('The period that the next cycle plans.'),
  },
  emits: ['NextCycleOpened', 'PlanningCycleOpened', 'Claimed'],
  rejects: {
    cycleUnknown,
    cycleEnded,
    cycleNotReviewed: 'A cycle ends after its review.',
    cycleKnown: 'Another cycle of this id was opened already.',
    periodUnknown,
    horizonNotLater: 'The next cycle plans a period that begins later.',
  },
  subject: nobody,
  reads: ({ nextCycleId }, { opened }) => ({
    calendar: calendar.ref(),
    next: cycle.ref(nextCycleId),
    claims: claimRefs(cycleClaim, opened?.unitId ?? null),
  }),
  decide: (state, { cycleId, nextCycleId, name, horizon }, { reads }) => {
    const { opened, reviewed } = state;
    if (!opened) return reject('cycleUnknown');
    if (state.nextCycleId) return state.nextCycleId === nextCycleId ? [] : reject('cycleEnded');
    if (!reviewed) return reject('cycleNotReviewed');
    if (reads.next.opened) return reject('cycleKnown');
    const span = spanOf(horizon, reads.calendar.periods);
    if (!span) return reject('periodUnknown');
    if (span.start <= opened.start) return reject('horizonNotLater');
    const { unitId } = opened;
    const { carryOver: carriedOver } = reviewed;
    return [
      NextCycleOpened({ cycleId, unitId, nextCycleId }),
      to(
        cycle.ref(nextCycleId),
        PlanningCycleOpened({
          cycleId: nextCycleId,
          unitId,
          name,
          horizon,
          ...span,
          previousId: cycleId,
          carriedOver,
        }),
      ),
      claimed(cycleClaim, unitId, nextCycleId),
    ];
  },
});
