import { canonicalJson } from '../engine/canonical.ts';
import { type Act, absent, decider, type Evolve, reject, to, unknown } from '../engine/decision.ts';
import type { DataOf } from '../engine/event.ts';
import { generated } from '../engine/input.ts';
import { assessed, marketAssessmentEvents, strengthsWeaknesses } from '../events/market-assessment.ts';
import { type Span, spanOf } from '../events/period.ts';
import { AssessmentId, Comment } from '../events/values.ts';
import { type Calendar, calendar } from './calendar/state.ts';
import { claimed, claimKey, claimRefs, isHeldByOther, released } from './claim.ts';
import { type Organisation, organisation } from './organisation/state.ts';

const { MarketAssessed, StrengthsWeaknessesRecorded, AssessmentSuperseded } = marketAssessmentEvents;

type Assessed = DataOf<typeof MarketAssessed>;

export interface MarketAssessmentState {
  readonly assessed: Assessed | undefined;
  readonly recorded: DataOf<typeof StrengthsWeaknessesRecorded> | undefined;
  readonly successorId: string | undefined;
}

const initialState: MarketAssessmentState = {
  assessed: undefined,
  recorded: undefined,
  successorId: undefined,
};

const evolve: Evolve<MarketAssessmentState, typeof marketAssessmentEvents> = {
  MarketAssessed: (state, made) => ({ ...state, assessed: made }),
  StrengthsWeaknessesRecorded: (state, recorded) => ({ ...state, recorded }),
  AssessmentSuperseded: (state, { successorId }) => ({ ...state, successorId }),
};

export const marketAssessment = decider({
  stream: 'market-assessment',
  id: ['assessmentId'],
  events: marketAssessmentEvents,
  initialState,
  evolve,
});

const marketClaim = 'market-assessment';
const nobody = () => undefined;
const assessmentUnknown = absent('There is no such assessment.');
const superseded = 'Another assessment has taken the place of this one.';
const marketUnknown = {
  regionUnknown: unknown('There is no such region.'),
  periodUnknown: unknown('The fiscal calendar has no such period.'),
} as const;

type Market = Pick<Assessed, 'regionId' | 'productGroupId' | 'period'>;

/** What there is one standing assessment for. */
const marketKeyOf = (act: Act, { regionId = '', productGroupId = '', period }: Market): string =>
  claimKey(act, marketClaim, regionId, productGroupId, period);

/** The days of a market's period, or what there is not. */
function spanOfMarket(
  { regionId, period }: Market,
  reads: { readonly organisation: Organisation; readonly calendar: Calendar },
): Span | keyof typeof marketUnknown {
  if (regionId && !reads.organisation.regions.has(regionId)) return 'regionUnknown';
  return spanOf(period, reads.calendar.periods) ?? 'periodUnknown';
}

export const assessMarket = marketAssessment.command({
  name: 'AssessMarket',
  summary:
    'Assess what a market could buy in a period, and what share of it is ours: a region, a group of products, both, or everything.',
  permission: 'market:assess',
  path: '/market-assessments',
  input: { assessmentId: generated(AssessmentId), ...assessed },
  emits: ['MarketAssessed', 'Claimed'],
  rejects: {
    assessmentKnown: 'Another assessment of this id was made already.',
    marketAssessed: 'There is an assessment of this market and period; supersede it.',
    ...marketUnknown,
  },
  subject: nobody,
  reads: (input, _, act) => ({
    organisation: organisation.ref(),
    calendar: calendar.ref(),
    claims: claimRefs(marketClaim, marketKeyOf(act, input)),
  }),
  decide: ({ assessed: before }, input, context) => {
    const { reads } = context;
    if (before) return isRepeated(before, input) ? [] : reject('assessmentKnown');
    const span = spanOfMarket(input, reads);
    if (typeof span === 'string') return reject(span);
    if (isHeldByOther(reads.claims[0], input.assessmentId)) return reject('marketAssessed');
    const marketKey = marketKeyOf(context, input);
    return [
      MarketAssessed({ ...input, ...span, marketKey }),
      claimed(marketClaim, marketKey, input.assessmentId),
    ];
  },
});

function isRepeated(before: Assessed, input: object): boolean {
  const { start: _, endExclusive: __, marketKey: ___, supersedes: ____, ...given } = before;
  return canonicalJson(given) === canonicalJson(input);
}

export const recordStrengthsWeaknesses = marketAssessment.command({
  name: 'RecordStrengthsWeaknesses',
  summary: 'Record strengths, weaknesses, opportunities and threats that go with an assessment.',
  permission: 'market:assess',
  path: '/market-assessments/:assessmentId/strengths-weaknesses',
  input: { assessmentId: AssessmentId, ...strengthsWeaknesses },
  emits: ['StrengthsWeaknessesRecorded'],
  rejects: { assessmentUnknown, assessmentSuperseded: superseded },
  subject: nobody,
  decide: ({ assessed: made, recorded, successorId }, input) => {
    if (!made) return reject('assessmentUnknown');
    if (successorId) return reject('assessmentSuperseded');
    return recorded && canonicalJson(recorded) === canonicalJson(input)
      ? []
      : [StrengthsWeaknessesRecorded(input)];
  },
});

export const supersedeAssessment = marketAssessment.command({
  name: 'SupersedeAssessment',
  summary: 'Put a newer or corrected assessment in the place of one, and say why; the former is kept.',
  permission: 'market:assess',
  path: '/market-assessments/:assessmentId/supersede',
  input: {
    assessmentId: AssessmentId,
    successorId: generated(AssessmentId),
    reason: Comment,
    ...assessed,
  },
  emits: ['AssessmentSuperseded', 'MarketAssessed', 'Claimed', 'Released'],
  rejects: {
    assessmentUnknown,
    assessmentSuperseded: superseded,
    assessmentKnown: 'Another assessment of this id was made already.',
    marketAssessed: 'There is an assessment of this market and period; supersede that one.',
    ...marketUnknown,
  },
  subject: nobody,
  reads: ({ successorId, ...market }, { assessed: made }, act) => ({
    organisation: organisation.ref(),
    calendar: calendar.ref(),
    successor: marketAssessment.ref(successorId),
    claims: claimRefs(marketClaim, marketKeyOf(act, market), made?.marketKey ?? null),
  }),
  decide: ({ assessed: made, successorId: by }, input, context) => {
    const { reads } = context;
    const { assessmentId, successorId, reason, ...market } = input;
    if (!made) return reject('assessmentUnknown');
    if (by) return by === successorId ? [] : reject('assessmentSuperseded');
    if (reads.successor.assessed) return reject('assessmentKnown');
    const span = spanOfMarket(market, reads);
    if (typeof span === 'string') return reject(span);
    if (isHeldByOther(reads.claims[0], assessmentId)) return reject('marketAssessed');
    const marketKey = marketKeyOf(context, market);
    return [
      AssessmentSuperseded({ assessmentId, successorId, reason }),
      to(
        marketAssessment.ref(successorId),
        MarketAssessed({
          ...market,
          assessmentId: successorId,
          ...span,
          marketKey,
          supersedes: assessmentId,
        }),
      ),
      ...(marketKey === made.marketKey ? [] : [released(marketClaim, made.marketKey, assessmentId)]),
      claimed(marketClaim, marketKey, successorId),
    ];
  },
});
