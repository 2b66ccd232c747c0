import { canonicalJson } from '../engine/canonical.ts';
import {
  absent,
  type Context,
  decider,
  type Evolve,
  type FactsDb,
  reject,
  unknown,
} from '../engine/decision.ts';
import type { DataOf } from '../engine/event.ts';
import { hasMoved, isBeyondLimit, recoverable } from '../events/coverage.ts';
import {
  assumptions,
  coverageKeys,
  coveragePlanEvents,
  FunnelLevel,
  gapFigures,
  requirementsOf,
  response,
} from '../events/coverage-plan.ts';
import { periodOf, spanOf } from '../events/period.ts';
import { occurred } from '../events/values.ts';
import { calendar } from './calendar/state.ts';
import { organisation } from './organisation/state.ts';
import { type PipelineState, pipeline } from './pipeline.ts';
import { type Policy, policy, policyOn } from './policy.ts';

const { CoverageAssumptionsSet, CoverageGapDetected, CoverageGapResponseDecided, CoverageGapClosed } =
  coveragePlanEvents;

type Detected = DataOf<typeof CoverageGapDetected>;

/** The latest gap of a level. */
interface Gap {
  readonly detected: Detected;
  readonly decided: DataOf<typeof CoverageGapResponseDecided> | undefined;
  readonly isClosed: boolean;
}

export interface CoveragePlanState {
  readonly assumptions: DataOf<typeof CoverageAssumptionsSet> | undefined;
  readonly gaps: ReadonlyMap<string, Gap>;
}

const initialState: CoveragePlanState = { assumptions: undefined, gaps: new Map() };

const changed = (state: CoveragePlanState, level: string, change: Partial<Gap>): CoveragePlanState => ({
  ...state,
  gaps: new Map(state.gaps).set(level, { ...state.gaps.get(level)!, ...change }),
});

const evolve: Evolve<CoveragePlanState, typeof coveragePlanEvents> = {
  CoverageAssumptionsSet: (state, set) => ({ ...state, assumptions: set }),
  CoverageGapDetected: (state, detected) =>
    changed(state, detected.level, { detected, decided: undefined, isClosed: false }),
  CoverageGapResponseDecided: (state, decided) => changed(state, decided.level, { decided }),
  CoverageGapClosed: (state, { level }) => changed(state, level, { isClosed: true }),
};

const coveragePlan = decider({
  stream: 'coverage-plan',
  id: ['unitId', 'periodId'],
  events: coveragePlanEvents,
  initialState,
  evolve,
});

const nobody = () => undefined;
const countMax = 2_147_483_647n;

type Levels = DataOf<typeof CoverageAssumptionsSet>['levels'];

/** The pipeline that a level counts; undefined where it counts all of them, or something else. */
const pipelineIdOf = ({ counts }: Levels[number]): string | undefined =>
  counts?.of === 'opportunities' ? counts.pipelineId : undefined;

const hasOpenStage = ({ versions }: PipelineState, wanted: string): boolean =>
  versions.some(({ stages }) => stages.some(({ stageId, kind }) => stageId === wanted && kind === 'open'));

/** What is wrong with what a level counts; undefined where nothing is. */
function wrongCount({ counts }: Levels[number], of: PipelineState) {
  if (of.versions.length === 0) return 'pipelineUnknown';
  const stageIds = (counts?.of === 'opportunities' && counts.stageIds) || [];
  return stageIds.every((stageId) => hasOpenStage(of, stageId)) ? undefined : 'stageUnknown';
}

export const setCoverageAssumptions = coveragePlan.command({
  name: 'SetCoverageAssumptions',
  summary:
    'Set what the pipeline of a unit is to bring in a period, and what is assumed of each level of the funnel.',
  permission: 'coverage:write',
  path: '/coverage-plans/:unitId/:periodId/assumptions',
  input: { ...coverageKeys, ...assumptions },
  emits: ['CoverageAssumptionsSet'],
  rejects: {
    unitUnknown: unknown('There is no such unit.'),
    periodUnknown: unknown('The fiscal calendar has no such period.'),
    requirementTooLarge: unknown('A level would need more than 2 147 483 647 open at a time.'),
    countsMissing: unknown('A plan that goes by history counts every level.'),
    pipelineUnknown: unknown('There is no such published pipeline.'),
    stageUnknown: unknown('The pipeline has no such open stage.'),
  },
  subject: nobody,
  reads: ({ levels }) => ({
    organisation: organisation.ref(),
    calendar: calendar.ref(),
    pipelines: levels.flatMap((level) => pipelineIdOf(level) ?? []).map((id) => pipeline.ref(id)),
  }),
  decide: ({ assumptions: before }, input, { reads, stateOf }) => {
    if (!reads.organisation.units.has(input.unitId)) return reject('unitUnknown');
    const span = spanOf(input.periodId, reads.calendar.periods);
    if (!span) return reject('periodUnknown');
    const large = requirementsOf(input).findIndex(({ required }) => (required ?? 0n) > countMax);
    if (large >= 0)
      return reject('requirementTooLarge', [
        { pointer: `/levels/${large}`, detail: 'This level needs too many.' },
      ]);
    const uncounted = input.levels.findIndex(({ counts }) => !counts);
    if (input.basis === 'history' && uncounted >= 0)
      return reject('countsMissing', [
        { pointer: `/levels/${uncounted}/counts`, detail: 'Say what is counted.' },
      ]);
    for (const [index, level] of input.levels.entries()) {
      const pipelineId = pipelineIdOf(level);
      const wrong = pipelineId && wrongCount(level, stateOf(pipeline.ref(pipelineId)));
      if (wrong)
        return reject(wrong, [{ pointer: `/levels/${index}/counts`, detail: 'This cannot be counted.' }]);
    }
    const set = CoverageAssumptionsSet({ ...input, ...span });
    return before && canonicalJson(before) === canonicalJson(set.data) ? [] : [set];
  },
});

const gapKeys = { ...coverageKeys, level: FunnelLevel };
const gapUnknown = absent('There is no gap at this level of the plan.');
const levelCounted = 'What is open at this level is counted, and compared each day.';

/** Whether what is missing at a level passes what the policy of the day allows. */
const isBeyond = (
  gap: bigint,
  required: bigint,
  { today, reads }: Pick<Context, 'today'> & { readonly reads: { readonly policy: Policy } },
): boolean => isBeyondLimit(gap, required, policyOn(reads.policy, 'coverage', today).gapMaxBp);

const requirementAt = ({ assumptions: set }: CoveragePlanState, level: string) =>
  set && requirementsOf(set).find((each) => each.level === level);

export const recordCoverageGap = coveragePlan.command({
  name: 'RecordCoverageGap',
  summary:
    'Record that fewer are open at a level than the policy allows. It says what the fiscal year can still recover, and asks for a response.',
  permission: 'coverage:write',
  path: '/coverage-plans/:unitId/:periodId/gaps/:level',
  input: { ...gapKeys, open: gapFigures.open, ...occurred },
  emits: ['CoverageGapDetected'],
  rejects: {
    levelUnknown: absent('Nothing is assumed of this level.'),
    levelCounted,
    requirementUndefined: 'At a probability of zero no number is enough.',
    gapWithinLimit: 'What is missing is within the limit of the policy.',
    yearUnknown: 'The fiscal calendar does not reach the day.',
  },
  subject: nobody,
  reads: () => ({ calendar: calendar.ref(), policy: policy.ref() }),
  decide: (state, { unitId, periodId, level, open }, context) => {
    const { today, reads, newId } = context;
    const requirement = requirementAt(state, level);
    if (!requirement) return reject('levelUnknown');
    const { required, counts, startsPerMonth } = requirement;
    if (counts) return reject('levelCounted');
    if (required === null) return reject('requirementUndefined');
    const gap = required - BigInt(open);
    if (gap <= 0n || !isBeyond(gap, required, context)) return reject('gapWithinLimit');
    const { periods } = reads.calendar;
    const year = spanOf(periodOf(today, 'year', periods) ?? '', periods);
    if (!year) return reject('yearUnknown');
    const yearEndExclusive = year.endExclusive;
    const found = recoverable(gap, { ...requirement, on: today, startsPerMonth, yearEndExclusive });
    const before = state.gaps.get(level);
    const detected = CoverageGapDetected({
      ...{ unitId, periodId, level, open },
      gapId: before && !before.isClosed ? before.detected.gapId : newId('gap'),
      required: Number(required),
      gap: Number(gap),
      recoverable: Number(found),
      notRecoverable: Number(gap - found),
      yearEnd: yearEndExclusive,
    });
    return before && canonicalJson(before.detected) === canonicalJson(detected.data) ? [] : [detected];
  },
});

export const decideCoverageGapResponse = coveragePlan.command({
  name: 'DecideCoverageGapResponse',
  summary:
    'Decide what is done about a gap: actions in the pipeline, and results from elsewhere for what the fiscal year cannot recover.',
  permission: 'coverage:write',
  path: '/coverage-plans/:unitId/:periodId/gaps/:level/respond',
  input: { ...gapKeys, ...response },
  emits: ['CoverageGapResponseDecided'],
  rejects: {
    gapUnknown,
    gapClosed: 'The gap is closed.',
    responseEmpty: unknown('A response holds actions or compensation.'),
    compensationMissing: unknown('What the fiscal year cannot recover asks for compensation.'),
  },
  subject: nobody,
  decide: ({ gaps }, input) => {
    const gap = gaps.get(input.level);
    if (!gap) return reject('gapUnknown');
    if (gap.isClosed) return reject('gapClosed');
    const { gapId, notRecoverable } = gap.detected;
    if (input.compensation.length === 0 && notRecoverable > 0)
      return reject('compensationMissing', [{ pointer: '/compensation', detail: 'Name at least one.' }]);
    if (input.pipelineActions.length + input.compensation.length === 0) return reject('responseEmpty');
    const decided = CoverageGapResponseDecided({ ...input, gapId });
    return gap.decided && canonicalJson(gap.decided) === canonicalJson(decided.data) ? [] : [decided];
  },
});

export const closeCoverageGap = coveragePlan.command({
  name: 'CloseCoverageGap',
  summary: 'Close a gap of which no more is left than the policy allows, or whose plan is over.',
  permission: 'coverage:write',
  path: '/coverage-plans/:unitId/:periodId/gaps/:level/close',
  input: { ...gapKeys, open: gapFigures.open, ...occurred },
  emits: ['CoverageGapClosed'],
  rejects: { gapUnknown, levelCounted, gapRemains: 'More is missing than the policy allows.' },
  subject: nobody,
  reads: () => ({ policy: policy.ref() }),
  decide: (state, { unitId, periodId, level, open }, context) => {
    const gap = state.gaps.get(level);
    if (!gap) return reject('gapUnknown');
    if (gap.isClosed) return [];
    const requirement = requirementAt(state, level);
    const isOver = state.assumptions !== undefined && state.assumptions.endExclusive <= context.today;
    if (requirement?.counts && !isOver) return reject('levelCounted');
    const required = requirement?.required ?? null;
    if (required !== null && !isOver && isBeyond(required - BigInt(open), required, context))
      return reject('gapRemains');
    const { gapId } = gap.detected;
    return [
      CoverageGapClosed({
        ...{ unitId, periodId, level, gapId, open },
        required: required === null ? null : Number(required),
      }),
    ];
  },
});

/** A plan on a day, as `GetCoverage` answers it. */
interface Coverage {
  readonly yearEnd: string | null;
  readonly gapMaxBp: number;
  readonly levels: readonly {
    readonly level: string;
    readonly isCounted: boolean;
    readonly required: bigint | null;
    readonly open: bigint | null;
    readonly gap: bigint | null;
    readonly recoverable: bigint | null;
    readonly notRecoverable: bigint | null;
    readonly state: string;
  }[];
}

interface PlanKeys {
  readonly unitId: string;
  readonly periodId: string;
}

/** What is required and open on a day; undefined where read models do not know the plan yet. */
async function coverageOn(
  db: FactsDb,
  { unitId, periodId }: PlanKeys,
  asOf: string,
): Promise<Coverage | undefined> {
  const plans = await db.ask('ListCoveragePlans', { unitId, periodId });
  const isKnown = (plans as { readonly data: readonly unknown[] }).data.length > 0;
  return isKnown ? ((await db.ask('GetCoverage', { unitId, periodId, asOf })) as Coverage) : undefined;
}

interface Watched extends PlanKeys {
  readonly before: Gap | undefined;
  readonly newGapId: string;
  readonly countedAt: number;
}

type WatchEvent = ReturnType<typeof CoverageGapDetected> | ReturnType<typeof CoverageGapClosed>;

/** What is to be recorded of a counted level: a gap that is there or has moved, or one that is over. */
function watched(
  { level, state, ...counts }: Coverage['levels'][number],
  { gapMaxBp, yearEnd }: Coverage,
  { unitId, periodId, before, newGapId, countedAt }: Watched,
): readonly WatchEvent[] {
  const { required, open, gap, recoverable: found, notRecoverable } = counts;
  if (required === null || required > countMax || open === null || open > countMax) return [];
  const known = before && !before.isClosed ? before.detected : undefined;
  const keys = { unitId, periodId, level, gapId: known?.gapId ?? newGapId };
  const figures = { open: Number(open), required: Number(required) };
  if (state !== 'beyond_limit') return known ? [CoverageGapClosed({ ...keys, ...figures })] : [];
  if (yearEnd === null || found === null || notRecoverable === null) return [];
  const parts = { gap: Number(gap), recoverable: Number(found), notRecoverable: Number(notRecoverable) };
  return known && !hasMoved(known, parts, required, gapMaxBp)
    ? []
    : [CoverageGapDetected({ ...keys, ...figures, ...parts, yearEnd, countedAt })];
}

export const watchCoverage = coveragePlan.command({
  name: 'WatchCoverage',
  summary:
    'Compare what must be open with what is, for the clock: a gap beyond the limit is recorded, one that has moved anew, and one that is over is closed.',
  permission: 'system:act',
  path: '/coverage-plans/:unitId/:periodId/watch',
  input: { ...coverageKeys, ...occurred },
  emits: ['CoverageGapDetected', 'CoverageGapClosed'],
  rejects: {
    planUnknown: absent('There is no such plan.'),
    figuresBehind: 'The figures do not know the plan yet; try again.',
  },
  subject: nobody,
  facts: (db, input, { today }) => coverageOn(db, input, today),
  decide: ({ assumptions: set, gaps }, { unitId, periodId }, { facts, factsPosition, newId }) => {
    if (!set) return reject('planUnknown');
    if (!facts) return reject('figuresBehind');
    return facts.levels
      .filter(({ isCounted }) => isCounted)
      .flatMap((level) =>
        watched(level, facts, {
          ...{ unitId, periodId, before: gaps.get(level.level) },
          ...{ newGapId: newId(`gap ${level.level}`), countedAt: factsPosition },
        }),
      );
  },
});
