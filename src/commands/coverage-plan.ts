import { canonicalJson } from '../engine/canonical.ts';
import { absent, type Context, decider, type Evolve, reject, unknown } from '../engine/decision.ts';
import type { DataOf } from '../engine/event.ts';
import { isBeyondLimit, recoverable } from '../events/coverage.ts';
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
  },
  subject: nobody,
  reads: () => ({ organisation: organisation.ref(), calendar: calendar.ref() }),
  decide: ({ assumptions: before }, input, { reads }) => {
    if (!reads.organisation.units.has(input.unitId)) return reject('unitUnknown');
    const span = spanOf(input.periodId, reads.calendar.periods);
    if (!span) return reject('periodUnknown');
    const large = requirementsOf(input).findIndex(({ required }) => (required ?? 0n) > countMax);
    if (large >= 0)
      return reject('requirementTooLarge', [
        { pointer: `/levels/${large}`, detail: 'This level needs too many.' },
      ]);
    const set = CoverageAssumptionsSet({ ...input, ...span });
    return before && canonicalJson(before) === canonicalJson(set.data) ? [] : [set];
  },
});

const gapKeys = { ...coverageKeys, level: FunnelLevel };
const gapUnknown = absent('There is no gap at this level of the plan.');

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
    const { required, throughMonths, startsPerMonth } = requirement;
    if (required === null) return reject('requirementUndefined');
    const gap = required - BigInt(open);
    if (gap <= 0n || !isBeyond(gap, required, context)) return reject('gapWithinLimit');
    const { periods } = reads.calendar;
    const year = spanOf(periodOf(today, 'year', periods) ?? '', periods);
    if (!year) return reject('yearUnknown');
    const yearEndExclusive = year.endExclusive;
    const found = recoverable(gap, { on: today, throughMonths, startsPerMonth, yearEndExclusive });
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
  summary: 'Close a gap of which no more is left than the policy allows.',
  permission: 'coverage:write',
  path: '/coverage-plans/:unitId/:periodId/gaps/:level/close',
  input: { ...gapKeys, open: gapFigures.open, ...occurred },
  emits: ['CoverageGapClosed'],
  rejects: { gapUnknown, gapRemains: 'More is missing than the policy allows.' },
  subject: nobody,
  reads: () => ({ policy: policy.ref() }),
  decide: (state, { unitId, periodId, level, open }, context) => {
    const gap = state.gaps.get(level);
    if (!gap) return reject('gapUnknown');
    if (gap.isClosed) return [];
    const required = requirementAt(state, level)?.required ?? null;
    if (required !== null && isBeyond(required - BigInt(open), required, context))
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
