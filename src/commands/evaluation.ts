import { z } from 'zod';
import { canonicalJson, sha256 } from '../engine/canonical.ts';
import {
  type Act,
  absent,
  actorName,
  decider,
  type Evolve,
  type FactsDb,
  forbidden,
  reject,
  unknown,
} from '../engine/decision.ts';
import type { DataOf } from '../engine/event.ts';
import { addDays, instantAt } from '../engine/instant.ts';
import { PeriodId } from '../events/calendar.ts';
import {
  Adjustment,
  adjusted,
  type EvaluatedItem,
  type EvaluationResult,
  evaluationEvents,
  scoreOf,
  totalOf,
} from '../events/evaluation.ts';
import { KpiKey } from '../events/kpi.ts';
import type { Role } from '../events/permission.ts';
import type { ScorecardItem } from '../events/scorecard.ts';
import { Comment, PersonId, Position, ScorecardId } from '../events/values.ts';
import { policy, policyOn } from './policy.ts';
import { scorecard } from './scorecard.ts';

const {
  EvaluationComputed,
  EvaluationReviewed,
  EvaluationAcknowledged,
  EvaluationDisputed,
  DisputeResolved,
  EvaluationFinalised,
  EvaluationRestated,
} = evaluationEvents;

interface EvaluationState {
  readonly status: 'absent' | 'computed' | 'reviewed' | 'accepted' | 'final';
  readonly scorecardId: string;
  /** As they were computed, without the changes. */
  readonly items: readonly EvaluatedItem[];
  readonly evidenceHash: string;
  readonly changes: readonly Pick<Adjustment, 'kpi' | 'deltaBp'>[];
  readonly review:
    | Pick<DataOf<typeof EvaluationReviewed>, 'adjustments' | 'reviewerId' | 'comment'>
    | undefined;
  /** Who reviewed it, as the log names them. */
  readonly reviewer: string;
  readonly finalAt: string;
  readonly disputed: string | undefined;
}

const initialState: EvaluationState = {
  status: 'absent',
  scorecardId: '',
  items: [],
  evidenceHash: '',
  changes: [],
  review: undefined,
  reviewer: '',
  finalAt: '',
  disputed: undefined,
};

const evolve: Evolve<EvaluationState, typeof evaluationEvents> = {
  EvaluationComputed: (state, { scorecardId, items, evidenceHash }) => ({
    ...state,
    status: 'computed',
    scorecardId,
    items,
    evidenceHash,
  }),
  EvaluationReviewed: (state, review, { actor }) => ({
    ...state,
    status: 'reviewed',
    review,
    changes: review.adjustments,
    reviewer: actor,
    finalAt: review.finalAt,
  }),
  EvaluationAcknowledged: (state) => ({ ...state, status: 'accepted' }),
  EvaluationDisputed: (state, { kpi }) => ({ ...state, status: 'reviewed', disputed: kpi }),
  DisputeResolved: (state, { kpi, deltaBp }) => ({
    ...state,
    status: 'accepted',
    disputed: undefined,
    changes: [...state.changes, { kpi, deltaBp }],
  }),
  EvaluationFinalised: (state) => ({ ...state, status: 'final' }),
  EvaluationRestated: (state, { items, evidenceHash }) => ({ ...state, items, evidenceHash }),
};

export const evaluation = decider({
  stream: 'evaluation',
  id: ['personId', 'periodId'],
  events: evaluationEvents,
  initialState,
  evolve,
});

const keys = { personId: PersonId, periodId: PeriodId };
const absence = { evaluationUnknown: absent('There is no such evaluation.') } as const;
const own = { ownEvaluation: forbidden('Nobody judges their own evaluation.') } as const;
const final = { evaluationFinal: 'The evaluation is final.' } as const;
const unreviewed = { notReviewed: 'The evaluation is not reviewed yet.' } as const;
const itemRejection = { itemUnknown: unknown('The evaluation has no such item with a score.') } as const;

const isOwn = ({ actor }: Act, personId: string): boolean => actor.personId === personId;
const isReviewer = ({ review, reviewer }: EvaluationState, { actor }: Act): boolean =>
  actor.personId ? actor.personId === review?.reviewerId : actorName(actor) === reviewer;
const hasScore = ({ items }: EvaluationState, key: string): boolean =>
  items.some(({ kpi, scoreBp }) => kpi === key && scoreBp !== null);
const totalAfter = ({ items, changes }: EvaluationState): number | null =>
  totalOf(adjusted(items, changes)).totalBp;

/** What read models know of a person in a period, as `GetAssessmentFigures` answers it. */
interface Figures {
  readonly span: { readonly start: string; readonly endExclusive: string } | null;
  readonly roles: readonly Role[];
  readonly values: readonly {
    readonly kpi: string;
    readonly version: number;
    readonly direction: 'up' | 'down';
    readonly numerator: bigint | null;
    readonly denominator: bigint | null;
    readonly value: { readonly num: bigint; readonly den: bigint } | null;
    readonly state: string;
  }[];
  readonly reportsSigned: number;
  readonly reportsDue: number;
}

interface Facts {
  readonly scorecardVersion: number | undefined;
  readonly figures: Figures | undefined;
}

interface ItemsFound {
  readonly data: readonly {
    readonly version?: number;
    readonly scorecardVersion?: number;
    readonly items: readonly Pick<ScorecardItem, 'kpi' | 'version'>[];
  }[];
}

/** Asks for the figures of the items that a list answers, in the versions that these have. */
async function factsOf(
  db: FactsDb,
  { personId, periodId }: { readonly personId: string; readonly periodId: string },
  listName: string,
  filter: Readonly<Record<string, string>>,
): Promise<Facts> {
  const { data } = (await db.ask(listName, filter)) as ItemsFound;
  const [found] = data;
  if (!found) return { scorecardVersion: undefined, figures: undefined };
  const kpis = found.items.map(({ kpi, version }) => (version === null ? kpi : `${kpi}@${version}`));
  const figures = (await db.ask('GetAssessmentFigures', { personId, periodId, kpis })) as Figures;
  return { scorecardVersion: found.version, figures };
}

type Weighed = Pick<EvaluatedItem, 'kpi' | 'weightBp' | 'target' | 'floorBp' | 'capBp' | 'category'>;

/** What the items come to by the figures; undefined where these lack one. */
function resultOf(
  items: readonly Weighed[],
  { values, reportsSigned, reportsDue }: Figures,
  knownAt: number,
): EvaluationResult | undefined {
  const found = items.flatMap(({ kpi, weightBp, target, floorBp, capBp, category }): EvaluatedItem[] => {
    const figure = values.find((each) => each.kpi === kpi);
    if (!figure) return [];
    const { version, direction, numerator, denominator, value, state } = figure;
    const item = {
      ...{ kpi, version, direction, category, weightBp, target, floorBp, capBp, state },
      numerator: numerator?.toString() ?? null,
      denominator: denominator?.toString() ?? null,
      value: value && { num: value.num.toString(), den: value.den.toString() },
    };
    return [{ ...item, scoreBp: scoreOf(item) }];
  });
  if (found.length < items.length) return undefined;
  const evidenceHash = sha256(canonicalJson(found));
  return { items: found, ...totalOf(found), reportsSigned, reportsDue, knownAt, evidenceHash };
}

export const computeEvaluation = evaluation.command({
  name: 'ComputeEvaluation',
  summary:
    'Compute what a person came to in a period that is over, by a scorecard of the role that the person had.',
  permission: 'evaluation:compute',
  path: '/evaluations/:personId/:periodId/compute',
  input: { ...keys, scorecardId: ScorecardId },
  emits: ['EvaluationComputed'],
  rejects: {
    ...own,
    scorecardUnknown: unknown('There is no such scorecard.'),
    scorecardRetired: 'The scorecard is retired.',
    figuresBehind: 'The figures do not know the scorecard yet; try again.',
    periodUnknown: unknown('There is no such period.'),
    periodNotOver: 'The period is not over.',
    roleDiffers: unknown('The person did not have the role of the scorecard on the last day of the period.'),
    alreadyComputed: 'The evaluation was computed from other figures; restate it.',
  },
  reads: ({ scorecardId }) => ({ scorecard: scorecard.ref(scorecardId) }),
  facts: (db, input) => factsOf(db, input, 'ListScorecards', { scorecardId: input.scorecardId }),
  decide: (state, { personId, periodId, scorecardId }, { reads, facts, factsPosition, ...act }) => {
    if (isOwn(act, personId)) return reject('ownEvaluation');
    const { designed, retired } = reads.scorecard;
    if (!designed) return reject('scorecardUnknown');
    if (retired) return reject('scorecardRetired');
    const { scorecardVersion, figures } = facts;
    if (scorecardVersion !== designed.version || !figures) return reject('figuresBehind');
    if (!figures.span) return reject('periodUnknown');
    if (figures.span.endExclusive > act.today) return reject('periodNotOver');
    if (!figures.roles.includes(designed.role)) return reject('roleDiffers');
    const result = resultOf(designed.items, figures, factsPosition);
    if (!result) return reject('figuresBehind');
    if (state.status !== 'absent') {
      const isSame = state.scorecardId === scorecardId && state.evidenceHash === result.evidenceHash;
      return isSame ? [] : reject('alreadyComputed');
    }
    return [
      EvaluationComputed({ personId, periodId, ...figures.span, scorecardId, scorecardVersion, ...result }),
    ];
  },
});

export const reviewEvaluation = evaluation.command({
  name: 'ReviewEvaluation',
  summary: 'Review an evaluation, with changes of scores as far as the policy allows.',
  permission: 'evaluation:review',
  path: '/evaluations/:personId/:periodId/review',
  input: { ...keys, adjustments: z.array(Adjustment).max(30).default([]), comment: Comment.optional() },
  emits: ['EvaluationReviewed'],
  rejects: {
    ...absence,
    ...own,
    ...itemRejection,
    alreadyReviewed: 'The evaluation is reviewed.',
    adjustmentTooLarge: 'The policy does not let a review change a score by so much.',
  },
  reads: () => ({ policy: policy.ref() }),
  decide: (state, { personId, periodId, adjustments, comment }, { reads, ...act }) => {
    if (state.status === 'absent') return reject('evaluationUnknown');
    if (isOwn(act, personId)) return reject('ownEvaluation');
    const reviewerId = act.actor.personId ?? null;
    if (state.review) {
      const { review } = state;
      const given = canonicalJson([adjustments, comment ?? null, reviewerId]);
      const before = canonicalJson([review.adjustments, review.comment ?? null, review.reviewerId]);
      return given === before ? [] : reject('alreadyReviewed');
    }
    const strange = adjustments.flatMap(({ kpi }, index) =>
      hasScore(state, kpi)
        ? []
        : { pointer: `/adjustments/${index}/kpi`, detail: 'There is no score to change.' },
    );
    if (strange.length > 0) return reject('itemUnknown', strange);
    const { adjustmentBpMax, acknowledgeDays } = policyOn(reads.policy, 'evaluation', act.today);
    const changeOf = Map.groupBy(adjustments, ({ kpi }) => kpi);
    const isTooLarge = [...changeOf.values()].some(
      (changes) => Math.abs(changes.reduce((sum, { deltaBp }) => sum + deltaBp, 0)) > adjustmentBpMax,
    );
    if (isTooLarge) return reject('adjustmentTooLarge');
    const totalBp = totalAfter({ ...state, changes: adjustments });
    const finalAt = instantAt(addDays(act.today, acknowledgeDays), '00:00', act.timeZone);
    return [EvaluationReviewed({ personId, periodId, reviewerId, adjustments, comment, totalBp, finalAt })];
  },
});

export const acknowledgeEvaluation = evaluation.command({
  name: 'AcknowledgeEvaluation',
  summary: 'Say that one knows one’s reviewed evaluation.',
  permission: 'evaluation:answer',
  path: '/evaluations/:personId/:periodId/acknowledge',
  input: keys,
  emits: ['EvaluationAcknowledged'],
  rejects: { ...absence, ...unreviewed, disputeOpen: 'A dispute is open.' },
  decide: ({ status, disputed }, input) => {
    if (status === 'absent') return reject('evaluationUnknown');
    if (status === 'computed') return reject('notReviewed');
    if (disputed) return reject('disputeOpen');
    return status === 'reviewed' ? [EvaluationAcknowledged(input)] : [];
  },
});

export const disputeEvaluation = evaluation.command({
  name: 'DisputeEvaluation',
  summary: 'Dispute an item of one’s reviewed evaluation.',
  permission: 'evaluation:answer',
  path: '/evaluations/:personId/:periodId/dispute',
  input: {
    ...keys,
    kpi: KpiKey.describe('The item.'),
    claim: Comment.describe('What is wrong with it.'),
    evidence: z.array(Position).max(100).default([]).describe('Events that show it, by position in the log.'),
  },
  emits: ['EvaluationDisputed'],
  rejects: { ...absence, ...unreviewed, ...final, ...itemRejection, disputeOpen: 'A dispute is open.' },
  decide: (state, input) => {
    if (state.status === 'absent') return reject('evaluationUnknown');
    if (state.status === 'computed') return reject('notReviewed');
    if (state.status === 'final') return reject('evaluationFinal');
    if (state.disputed) return reject('disputeOpen');
    if (!state.items.some(({ kpi }) => kpi === input.kpi)) return reject('itemUnknown');
    return [EvaluationDisputed(input)];
  },
});

export const resolveDispute = evaluation.command({
  name: 'ResolveDispute',
  summary: 'Resolve a dispute over an evaluation that somebody else reviewed.',
  permission: 'evaluation:decide',
  path: '/evaluations/:personId/:periodId/resolve',
  input: {
    ...keys,
    outcome: z.enum(['upheld', 'partial', 'rejected']),
    deltaBp: z
      .int()
      .min(-10_000)
      .max(10_000)
      .default(0)
      .describe('By how much the score of the item changes; nothing where the dispute is rejected.'),
    reason: Comment,
  },
  emits: ['DisputeResolved'],
  rejects: {
    ...absence,
    ...own,
    ...itemRejection,
    noDispute: 'No dispute is open.',
    ownReview: forbidden('Nobody judges a dispute over their own review.'),
    correctionDiffers: unknown('A dispute that is rejected changes nothing, any other one does.'),
  },
  decide: (state, { personId, periodId, outcome, deltaBp, reason }, act) => {
    if (state.status === 'absent') return reject('evaluationUnknown');
    if (isOwn(act, personId)) return reject('ownEvaluation');
    const { disputed: kpi, finalAt } = state;
    if (!kpi) return reject('noDispute');
    if (isReviewer(state, act)) return reject('ownReview');
    const resolverId = act.actor.personId ?? null;
    if ((outcome === 'rejected') !== (deltaBp === 0)) return reject('correctionDiffers');
    if (deltaBp !== 0 && !hasScore(state, kpi)) return reject('itemUnknown');
    const totalBp = totalAfter({ ...state, changes: [...state.changes, { kpi, deltaBp }] });
    const change = { kpi, outcome, deltaBp, reason };
    return [DisputeResolved({ personId, periodId, ...change, resolverId, totalBp, finalAt })];
  },
});

export const finaliseEvaluation = evaluation.command({
  name: 'FinaliseEvaluation',
  summary:
    'Make an evaluation final, once it is acknowledged or has been known for as long as the policy said at its review. The clock does so then.',
  permission: 'evaluation:decide',
  path: '/evaluations/:personId/:periodId/finalise',
  input: keys,
  emits: ['EvaluationFinalised'],
  rejects: {
    ...absence,
    ...own,
    ...unreviewed,
    disputeOpen: 'A dispute is open.',
    acknowledgementPending: 'The person has some days left to acknowledge or dispute it.',
  },
  decide: (state, { personId, periodId }, act) => {
    const { status, disputed, items, changes, finalAt, evidenceHash } = state;
    if (status === 'absent') return reject('evaluationUnknown');
    if (isOwn(act, personId)) return reject('ownEvaluation');
    if (status === 'final') return [];
    if (status === 'computed') return reject('notReviewed');
    if (disputed) return reject('disputeOpen');
    if (status === 'reviewed' && act.now < finalAt) return reject('acknowledgementPending');
    const docHash = sha256(canonicalJson({ evidenceHash, items: adjusted(items, changes) }));
    return [EvaluationFinalised({ personId, periodId, totalBp: totalAfter(state), docHash })];
  },
});

export const restateEvaluation = evaluation.command({
  name: 'RestateEvaluation',
  summary:
    'Restate an evaluation by the facts as they are known now, in the same versions of its indicators; what it was before is kept beside it.',
  permission: 'evaluation:compute',
  path: '/evaluations/:personId/:periodId/restate',
  input: {
    ...keys,
    reason: Comment,
    because: z.array(Position).max(100).default([]).describe('Late events, by position in the log.'),
  },
  emits: ['EvaluationRestated'],
  rejects: {
    ...absence,
    ...own,
    periodUnknown: unknown('The period of the evaluation is no more.'),
    figuresBehind: 'The figures do not know the evaluation yet; try again.',
  },
  facts: (db, input) =>
    factsOf(db, input, 'ListEvaluations', { personId: input.personId, periodId: input.periodId }),
  decide: (state, { personId, periodId, reason, because }, { facts, factsPosition, ...act }) => {
    if (state.status === 'absent') return reject('evaluationUnknown');
    if (isOwn(act, personId)) return reject('ownEvaluation');
    if (facts.figures?.span === null) return reject('periodUnknown');
    const result = facts.figures && resultOf(state.items, facts.figures, factsPosition);
    if (!result) return reject('figuresBehind');
    if (result.evidenceHash === state.evidenceHash) return [];
    const { totalBp } = totalOf(adjusted(result.items, state.changes));
    return [
      EvaluationRestated({
        ...{ personId, periodId, reason, because },
        before: totalAfter(state),
        ...result,
        totalBp,
      }),
    ];
  },
});
