import { z } from 'zod';
import { list } from '../engine/list.ts';
import { nothing, query } from '../engine/query.ts';
import { readModel } from '../engine/read-model.ts';
import { PeriodId } from '../events/calendar.ts';
import {
  Adjustment,
  adjusted,
  EvaluatedItem,
  evaluationEvents,
  evaluationResult,
} from '../events/evaluation.ts';
import { KpiKey } from '../events/kpi.ts';
import { policySchema } from '../events/policy.ts';
import { ScorecardVersion } from '../events/scorecard.ts';
import { Instant, LocalDate, PersonId, Position, ScorecardId } from '../events/values.ts';
import { policyVersion } from './policy-version.ts';
import { isVisible } from './visible.ts';

const Change = Adjustment.extend({ deltaBp: z.int() });
const Dispute = z.object({
  kpi: KpiKey,
  claim: z.string(),
  evidence: z.array(Position),
  outcome: z.enum(['open', 'upheld', 'partial', 'rejected']),
  deltaBp: z.int(),
  reason: z.string().nullable(),
  resolverId: PersonId.nullable(),
});
const Restatement = z.object({
  reason: z.string(),
  because: z.array(Position),
  before: evaluationResult.totalBp,
  after: evaluationResult.totalBp,
  knownAt: Position,
});

const key = ({ data }: { readonly data: { readonly personId: string; readonly periodId: string } }) => ({
  personId: data.personId,
  periodId: data.periodId,
});

/** What people came to in their assessments. */
export const evaluation = readModel({
  name: 'evaluation',
  version: 1,
  summary: 'What people came to in their assessments.',
  key: ['personId', 'periodId'],
  indexes: [['periodId', 'scorecardId']],
  row: {
    personId: PersonId,
    periodId: PeriodId,
    start: LocalDate,
    endExclusive: LocalDate,
    scorecardId: ScorecardId,
    scorecardVersion: ScorecardVersion,
    state: z
      .enum(['computed', 'reviewed', 'disputed', 'accepted', 'final'])
      .describe('How far it has come; accepted is one that is acknowledged, or whose dispute is resolved.'),
    items: z.array(EvaluatedItem).describe('The items as they were computed.'),
    changes: z.array(Change).describe('Changes of scores by the review and by disputes.'),
    countedBp: evaluationResult.countedBp,
    totalBp: evaluationResult.totalBp,
    reportsSigned: evaluationResult.reportsSigned,
    reportsDue: evaluationResult.reportsDue,
    factsKnownAt: evaluationResult.knownAt,
    reviewerId: PersonId.nullable().describe('Who reviewed it; null before, and for the system.'),
    comment: z.string().nullable().describe('What the reviewer said.'),
    finalAt: Instant.nullable().describe(
      'When it becomes final by itself, unless a dispute is open; null before the review.',
    ),
    disputes: z.array(Dispute).describe('What the person disputed, and what became of it.'),
    restatements: z.array(Restatement).describe('What late facts changed, the total before and after.'),
    docHash: z.string().nullable().describe('Hash of the final evaluation; null before.'),
  },
  of: evaluationEvents,
  on: {
    EvaluationComputed: {
      key,
      row: (_, { data: { knownAt, evidenceHash: __, ...data } }) => ({
        ...data,
        factsKnownAt: knownAt,
        state: 'computed',
        changes: [],
        reviewerId: null,
        comment: null,
        finalAt: null,
        disputes: [],
        restatements: [],
        docHash: null,
      }),
    },
    EvaluationReviewed: {
      key,
      change: (row, { data: { adjustments, reviewerId, comment, totalBp, finalAt } }) => ({
        ...row,
        state: 'reviewed',
        changes: adjustments,
        reviewerId,
        comment: comment ?? null,
        totalBp,
        finalAt,
      }),
    },
    EvaluationAcknowledged: { key, change: (row) => ({ ...row, state: 'accepted' }) },
    EvaluationDisputed: {
      key,
      change: (row, { data: { kpi, claim, evidence } }) => ({
        ...row,
        state: 'disputed',
        disputes: [
          ...row.disputes,
          { kpi, claim, evidence, outcome: 'open', deltaBp: 0, reason: null, resolverId: null },
        ],
      }),
    },
    DisputeResolved: {
      key,
      change: (row, { data: { kpi, outcome, deltaBp, reason, resolverId, totalBp } }) => ({
        ...row,
        state: 'accepted',
        changes: deltaBp === 0 ? row.changes : [...row.changes, { kpi, deltaBp, reason }],
        disputes: row.disputes.map((dispute) =>
          dispute.outcome === 'open' ? { ...dispute, outcome, deltaBp, reason, resolverId } : dispute,
        ),
        totalBp,
      }),
    },
    EvaluationFinalised: {
      key,
      change: (row, { data: { docHash } }) => ({ ...row, state: 'final', docHash }),
    },
    EvaluationRestated: {
      key,
      change: (row, { data: { reason, because, before, knownAt, ...data } }) => ({
        ...row,
        items: data.items,
        countedBp: data.countedBp,
        totalBp: data.totalBp,
        reportsSigned: data.reportsSigned,
        reportsDue: data.reportsDue,
        factsKnownAt: knownAt,
        restatements: [...row.restatements, { reason, because, before, after: data.totalBp, knownAt }],
      }),
    },
  },
});

export const listEvaluations = list({
  name: 'ListEvaluations',
  summary: 'List evaluations.',
  permission: 'evaluation:read',
  path: '/evaluations',
  of: evaluation,
  scope: { person: 'personId', day: 'start' },
  filters: ['personId', 'periodId', 'start', 'scorecardId', 'state', 'reviewerId'],
  sorts: ['start', 'totalBp'],
  descending: true,
  groups: ['periodId', 'scorecardId', 'state'],
});

export const getEvaluation = query({
  name: 'GetEvaluation',
  summary: 'Get the evaluation of a person for a period, with the scores after all changes.',
  permission: 'evaluation:read',
  path: '/evaluations/:personId/:periodId',
  input: { personId: PersonId, periodId: PeriodId },
  output: evaluation.row
    .extend({
      scores: z.array(EvaluatedItem.pick({ kpi: true, scoreBp: true })).describe('After all changes.'),
    })
    .meta({ id: 'Evaluation', description: 'What a person came to in an assessment.' }),
  reads: [evaluation],
  subject: ({ personId }) => personId,
  answer: async (db, { personId, periodId }, asker) => {
    const row = await db
      .selectFrom('evaluation')
      .selectAll()
      .where('personId', '=', personId)
      .where('periodId', '=', periodId)
      .executeTakeFirst();
    if (!row || !isVisible(asker, personId, row.start)) return nothing;
    const scores = adjusted(row.items, row.changes).map(({ kpi, scoreBp }) => ({ kpi, scoreBp }));
    return { ...row, scores };
  },
});

/** Whether a share of the reports due is signed that is enough; none due are enough. */
const isReliable = (signed: number, due: number, enoughBp: number): boolean =>
  signed * 10_000 >= due * enoughBp;

export const getLeaderboard = query({
  name: 'GetLeaderboard',
  summary:
    'Rank the people who were evaluated for a period by a scorecard. Only those count whose reports are signed to the share that the policy asks for; of the others it says how far they are.',
  permission: 'evaluation:read',
  path: '/leaderboards/:scorecardId/:periodId',
  input: { scorecardId: ScorecardId, periodId: PeriodId },
  output: z
    .object({
      signedShareBpMin: z.int().describe('The share of signed reports that is asked for, in basis points.'),
      data: z.array(
        evaluation.row
          .pick({ personId: true, state: true, totalBp: true, reportsSigned: true, reportsDue: true })
          .extend({
            reliable: z.boolean().describe('Whether enough of the reports are signed.'),
            rank: z
              .int()
              .nullable()
              .describe('One more than those with a higher total; null for who does not count.'),
          }),
      ),
    })
    .meta({ id: 'Leaderboard', description: 'Who did best, among those whose reports can be relied on.' }),
  reads: [evaluation, policyVersion],
  answer: async (db, { scorecardId, periodId }, asker) => {
    const rows = await db
      .selectFrom('evaluation')
      .select(['personId', 'state', 'totalBp', 'reportsSigned', 'reportsDue', 'start', 'endExclusive'])
      .where('scorecardId', '=', scorecardId)
      .where('periodId', '=', periodId)
      .orderBy('personId')
      .execute();
    const [first] = rows;
    if (!first) return nothing;
    const adopted = await db
      .selectFrom('policy_version')
      .select('document')
      .where('policyKey', '=', 'evaluation')
      .where('effectiveFrom', '<', first.endExclusive)
      .orderBy('policyVersion', 'desc')
      .limit(1)
      .executeTakeFirst();
    const { signedShareBpMin } = policySchema('evaluation').parse(adopted?.document ?? {});
    const seen = rows
      .filter(({ personId, start }) => isVisible(asker, personId, start))
      .map(({ start: _, endExclusive: __, ...row }) => ({
        ...row,
        reliable: isReliable(row.reportsSigned, row.reportsDue, signedShareBpMin),
      }));
    const counts = seen.flatMap(({ reliable, totalBp }) => (reliable && totalBp !== null ? totalBp : []));
    const data = seen.map((row) => ({
      ...row,
      rank:
        row.reliable && row.totalBp !== null
          ? counts.filter((total) => total > row.totalBp!).length + 1
          : null,
    }));
    return {
      signedShareBpMin,
      data: data.toSorted((a, b) => (a.rank ?? Infinity) - (b.rank ?? Infinity) || 0),
    };
  },
});
