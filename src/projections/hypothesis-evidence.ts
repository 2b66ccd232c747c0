import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import { page, query } from '../engine/query.ts';
import { type Comparison, compareMedians, compareShares } from '../events/comparison.ts';
import {
  type Hypothesis,
  type HypothesisCondition,
  HypothesisResult,
  HypothesisVersion,
} from '../events/hypothesis.ts';
import type { Ratio } from '../events/rational.ts';
import { HypothesisId } from '../events/values.ts';
import { hypothesis } from './hypothesis.ts';
import { opportunity } from './opportunity.ts';
import { opportunityTouch } from './opportunity-touch.ts';
import { type AnyDb, rowsOf, together } from './rows-of.ts';
import { stageInterval } from './stage-interval.ts';

/** Opportunities that are alike. */
interface Alike {
  readonly holds: boolean;
  readonly isWon: boolean;
  readonly figure: bigint;
  readonly count: number;
}

const touches = { call: 'CallLogged', visit: 'VisitEnded', offer: 'OfferSubmitted' } as const;

/** Which opportunities are compared, and of which of them the condition holds. */
function groupsBy(
  condition: HypothesisCondition,
): readonly [among: RawBuilder<unknown>, holds: RawBuilder<unknown>] {
  switch (condition.kind) {
    case 'milestone': {
      const entry = sql`(select min(stay."enteredAt") from stage_interval stay
        where stay."opportunityId" = deal."opportunityId" and stay."stageId" = ${condition.stageId})`;
      return [
        sql`${entry} is not null`,
        sql`exists (select from jsonb_to_recordset(deal.milestones) as reached(milestone text, "reachedAt" timestamptz)
          where reached.milestone = ${condition.milestone} and reached."reachedAt" <= ${entry})`,
      ];
    }
    case 'activity': {
      const until = sql`deal."openedOn" + ${condition.withinDays}::integer`;
      const by = (
        whose: RawBuilder<unknown>,
      ) => sql`exists (select from opportunity_touch touch where ${whose}
        and touch.type = ${touches[condition.activity]} and touch.at >= deal."openedAt" and touch.day <= ${until})`;
      return [
        sql`deal."closedOn" > ${until}`,
        sql`(${by(sql`touch."opportunityId" = deal."opportunityId"`)}
          or ${by(sql`touch."opportunityId" is null and touch."customerId" = deal."customerId"`)})`,
      ];
    }
    case 'value':
      return [sql`true`, sql`deal."valueMinor" > ${condition.aboveMinor}::bigint`];
    case 'pushes':
      return [sql`true`, sql`deal."closePushes" > ${condition.moreThan}::integer`];
    case 'source':
      return [sql`true`, sql`lower(deal.source) = lower(${condition.source})`];
  }
}

type Stated = Pick<Hypothesis, 'pipelineId' | 'condition' | 'outcome' | 'claim'> & {
  readonly currency: string | null;
  readonly openedFrom: string | null;
};

const figureOf = {
  won: sql`0`,
  cycle_days: sql`(deal."closedOn" - deal."openedOn")`,
  value: sql`deal."valueMinor"`,
} as const;

async function dealsOf(db: AnyDb, { pipelineId, condition, outcome, currency, openedFrom }: Stated) {
  const [among, holds] = groupsBy(condition);
  const only = [
    sql`deal."pipelineId" = ${pipelineId}::uuid and deal.status in ('won', 'lost')`,
    among,
    ...(outcome === 'won' ? [] : [sql`deal.status = 'won'`]),
    ...(currency ? [sql`deal.currency = ${currency}`] : []),
    ...(openedFrom ? [sql`deal."openedOn" >= ${openedFrom}::date`] : []),
  ];
  return rowsOf(
    db,
    sql<Alike>`select holds, "isWon", figure, count(*)::integer as count from (
      select ${holds} as holds, deal.status = 'won' as "isWon", ${figureOf[outcome]}::bigint as figure
      from opportunity deal where ${sql.join(only, sql` and `)}) as compared
      group by 1, 2, 3 order by 1, 2, 3`,
  );
}

/** So many it takes in each group. */
const sampleMin = 20;

const countOf = (deals: readonly Alike[]): number => deals.reduce((sum, { count }) => sum + count, 0);
const textOf = ({ num, den }: Ratio) => ({ num: String(num), den: String(den) });

/** What a comparison says of a claim: nothing while zero lies within its interval. */
function verdictOf({ low, high }: Comparison, claim: Hypothesis['claim']): HypothesisResult['verdict'] {
  if (low.num <= 0n && high.num >= 0n) return 'not_decided';
  return low.num > 0n === (claim === 'higher') ? 'supported' : 'contradicted';
}

function resultOf(deals: readonly Alike[], { outcome, claim }: Stated, seed: string): HypothesisResult {
  const groups = [true, false].map((holds) => deals.filter((deal) => deal.holds === holds)) as [
    Alike[],
    Alike[],
  ];
  const [first, second] = groups.map(countOf) as [number, number];
  if (first === 0 || second === 0)
    return {
      holding: { sample: first, figure: null },
      others: { sample: second, figure: null },
      effect: null,
      interval: null,
      verdict: 'insufficient_sample',
    };
  const shareOf = (group: readonly Alike[]) => ({
    count: countOf(group.filter(({ isWon }) => isWon)),
    of: countOf(group),
  });
  const figuresOf = (group: readonly Alike[]) =>
    group.flatMap(({ figure, count }) => Array.from({ length: count }, () => figure));
  const compared =
    outcome === 'won'
      ? compareShares(shareOf(groups[0]), shareOf(groups[1]))
      : compareMedians(figuresOf(groups[0]), figuresOf(groups[1]), seed);
  const isEnough = Math.min(first, second) >= sampleMin;
  return {
    holding: { sample: first, figure: textOf(compared.first) },
    others: { sample: second, figure: textOf(compared.second) },
    effect: textOf(compared.effect),
    interval: { low: textOf(compared.low), high: textOf(compared.high) },
    verdict: isEnough ? verdictOf(compared, claim) : 'insufficient_sample',
  };
}

export const listHypothesisEvidence = query({
  name: 'ListHypothesisEvidence',
  summary: 'List what history says of a rule of thumb, as a test would record it: one entry.',
  permission: 'hypothesis:read',
  path: '/hypotheses/:hypothesisId/evidence',
  input: { hypothesisId: HypothesisId },
  output: page(
    z
      .object({ version: HypothesisVersion, result: HypothesisResult })
      .meta({ id: 'HypothesisEvidence', description: 'What history says of a version of a rule of thumb.' }),
  ),
  reads: together(hypothesis, opportunity, opportunityTouch, stageInterval),
  answer: async (db, { hypothesisId }) => {
    const row = await db
      .selectFrom('hypothesis')
      .selectAll()
      .where('hypothesisId', '=', hypothesisId)
      .executeTakeFirst();
    if (!row) return { data: [], nextCursor: null };
    const result = resultOf(await dealsOf(db, row), row, hypothesisId);
    return { data: [{ version: row.version, result }], nextCursor: null };
  },
});
