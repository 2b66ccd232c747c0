import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import { addDays } from '../engine/instant.ts';
import { type FunnelStage, monthsOfDays } from '../events/coverage.ts';
import type { Counted, Found } from '../events/coverage-plan.ts';
import { Lifecycle } from '../events/customer.ts';
import { type Lifetime, percentilesOf } from '../events/kaplan-meier.ts';
import { StageId } from '../events/pipeline.ts';
import { LocalDate } from '../events/values.ts';
import { lostSince, staysOf } from './coverage-open.ts';
import { Rational, rational } from './figures.ts';
import type { Members } from './members.ts';
import { type AnyDb, rowsOf } from './rows-of.ts';

/** What the past of a level says of who came to it in these months. */
const months = 24;

export const LevelHistory = z
  .object({
    from: LocalDate.describe('First day on which those came to the level of whom it speaks.'),
    maturedUntil: LocalDate.nullable().describe(
      'Those who came before this day had the time that nine of ten need to their end; null where none had.',
    ),
    succeeded: z.int().describe('How many of those reached what comes next.'),
    failed: z.int().describe('How many of those were lost.'),
    unfinished: z.int().describe('How many of those are still there.'),
    winProbability: Rational.nullable().describe('Succeeded over succeeded and failed.'),
    cycleDays: z
      .int()
      .nullable()
      .describe(
        'The day by which half of those who succeed have done so: Kaplan–Meier, where who is still there is censored and who was lost is left out.',
      ),
    stages: z
      .array(
        z.object({
          stageId: StageId,
          entered: z.int(),
          winProbability: Rational.nullable().describe('That one who entered it succeeds in the end.'),
          meanDays: Rational.describe('Mean time in it, of those who were lost too.'),
        }),
      )
      .describe('Its stages, for Little’s law.'),
    state: z
      .enum(['ok', 'insufficient_sample'])
      .describe('Whether enough have ended for the policy; else the plan goes by what is assumed.'),
  })
  .meta({ id: 'CoverageHistory', description: 'What the past says of a level, as far as it can be told.' });
export type LevelHistory = z.output<typeof LevelHistory>;

/** A level, and the stages in which it is over with success, beside what is won. */
export interface HistoryAsked {
  readonly counts: Counted;
  readonly nextStageIds: readonly string[];
  readonly asOf: string;
  readonly sampleMin: number;
}

/** The opportunities that came to a level, when they reached what comes next and when they were lost. */
const opportunitiesOf = (
  counts: Extract<Counted, { readonly of: 'opportunities' }>,
  nextStageIds: readonly string[],
  asOf: string,
) => sql`
  stay as materialized (
    select *, min(stay) filter (where counts) over (partition by "opportunityId") as first
    from (${staysOf(counts)}) as marked),
  begun as materialized (
    select "opportunityId" as id, min("enteredOn") filter (where stay = first) as since,
      min("enteredOn") filter (where stay > first and "enteredOn" <= ${asOf}::date
        and (kind = 'won' or "stageId" = any(${nextStageIds}::text[]))) as reached
    from stay where first is not null group by "opportunityId"),
  entry as materialized (
    select begun.id, deal."ownerId" as "personId", begun.since, begun.reached,
      case when deal.status = 'lost' and deal."closedOn" <= ${asOf}::date then deal."closedOn" end as lost
    from begun join opportunity deal on deal."opportunityId" = begun.id)`;

/** The customers who came to a level, when they reached a higher rung and when they were lost. */
const customersOf = (lifecycle: readonly string[], asOf: string) => {
  const rungs: readonly string[] = Lifecycle.options;
  const higher = rungs.slice(Math.max(...lifecycle.map((rung) => rungs.indexOf(rung))) + 1);
  return sql`
    begun as materialized (
      select "customerId" as id, min(day) filter (where lifecycle = any(${lifecycle}::text[])) as since,
        min(day) filter (where lifecycle = any(${higher}::text[])) as reached
      from customer_rung where day <= ${asOf}::date group by "customerId"),
    entry as materialized (
      select begun.id, owned."personId", begun.since, begun.reached, ${lostSince(asOf)} as lost
      from begun
      join customer_owner owned on owned."customerId" = begun.id and owned.role = 'primary'
        and owned."validFrom" <= ${asOf}::date and coalesce(owned."validTo", 'infinity') > ${asOf}::date
      left join customer_fact known on known."customerId" = begun.id)`;
};

/**
 * Who of the members came to a level within the time that is looked at, by whose it was at the end or is now. Each step
 * is made once, however few rows are expected of it.
 */
const entriesOf = (members: Members, { counts, nextStageIds, asOf }: HistoryAsked, from: string) => sql`
  ${members},
  ${counts.of === 'opportunities' ? opportunitiesOf(counts, nextStageIds, asOf) : customersOf(counts.lifecycle, asOf)},
  came as materialized (
    select entry.id, entry.since,
      case when reached is not null then 'succeeded' when lost is not null then 'failed' else 'unfinished' end as outcome,
      greatest(coalesce(reached, lost, ${asOf}::date) - since, 0) as days
    from entry join member on member.id = entry."personId" and member.days @> coalesce(reached, lost, ${asOf}::date)
    where since >= ${from}::date and since <= ${asOf}::date)`;

interface Came {
  readonly month: string;
  readonly outcome: 'succeeded' | 'failed' | 'unfinished';
  readonly days: number;
  readonly count: number;
}

const countOf = (rows: readonly Came[], outcome: Came['outcome']): number =>
  rows.filter((row) => row.outcome === outcome).reduce((sum, { count }) => sum + count, 0);

const lifetimesOf = (rows: readonly Came[], isCensored: (row: Came) => boolean): readonly Lifetime[] =>
  rows.map((row) => ({ duration: row.days, count: row.count, censored: isCensored(row) }));

const monthAfter = (first: string): string => Temporal.PlainDate.from(first).add({ months: 1 }).toString();

/** The end of the last month of which everybody had the time that nine of ten need to their end. */
function maturityOf(rows: readonly Came[], from: string, asOf: string): string | null {
  const { p90 } = percentilesOf(lifetimesOf(rows, ({ outcome }) => outcome === 'unfinished'));
  if (p90 === null) return null;
  let end: string | null = null;
  for (let next = monthAfter(from); addDays(next, p90 - 1) <= asOf; next = monthAfter(next)) end = next;
  return end;
}

async function stagesOf(
  db: AnyDb,
  entries: RawBuilder<unknown>,
  counts: Counted,
  asOf: string,
  until: string,
) {
  if (counts.of !== 'opportunities') return [];
  const rows = await rowsOf<{
    readonly stageId: string;
    readonly entered: number;
    readonly succeeded: number;
    readonly failed: number;
    readonly days: number;
  }>(
    db,
    sql`with recursive ${entries}
      select stay."stageId", count(distinct came.id)::integer as entered,
        (count(distinct came.id) filter (where outcome = 'succeeded'))::integer as succeeded,
        (count(distinct came.id) filter (where outcome = 'failed'))::integer as failed,
        sum(least(coalesce(stay."leftOn", ${asOf}::date), ${asOf}::date) - stay."enteredOn")::integer as days
      from came join stay on stay."opportunityId" = came.id
      where came.since < ${until}::date and stay."enteredOn" <= ${asOf}::date and stay.counts
      group by stay."stageId" order by stay."stageId"`,
  );
  return rows.map(({ stageId, entered, succeeded, failed, days }) => ({
    stageId,
    entered,
    winProbability: rational(BigInt(succeeded), BigInt(succeeded + failed)),
    meanDays: rational(BigInt(days), BigInt(entered))!,
  }));
}

/** What the past of some members says of a level, as it stood at the end of a day. */
export async function historyOf(db: AnyDb, members: Members, asked: HistoryAsked): Promise<LevelHistory> {
  const { asOf, counts, sampleMin } = asked;
  const from = Temporal.PlainDate.from(asOf).with({ day: 1 }).subtract({ months }).toString();
  const entries = entriesOf(members, asked, from);
  const rows = await rowsOf<Came>(
    db,
    sql`with recursive ${entries}
      select date_trunc('month', since)::date as month, outcome, days, count(*)::integer as count
      from came group by 1, 2, 3`,
  );
  const maturedUntil = maturityOf(rows, from, asOf);
  const matured = rows.filter(({ month }) => maturedUntil !== null && month < maturedUntil);
  const [succeeded, failed] = [countOf(matured, 'succeeded'), countOf(matured, 'failed')];
  const { p50 } = percentilesOf(
    lifetimesOf(
      matured.filter(({ outcome }) => outcome !== 'failed'),
      ({ outcome }) => outcome === 'unfinished',
    ),
  );
  return {
    from,
    maturedUntil,
    succeeded,
    failed,
    unfinished: countOf(matured, 'unfinished'),
    winProbability: rational(BigInt(succeeded), BigInt(succeeded + failed)),
    cycleDays: p50,
    stages: maturedUntil === null ? [] : await stagesOf(db, entries, counts, asOf, maturedUntil),
    state: succeeded + failed >= sampleMin && p50 !== null ? 'ok' : 'insufficient_sample',
  };
}

/** What a plan that goes by history takes of a level; undefined where too few have ended. */
export function foundIn({ state, winProbability, cycleDays, stages }: LevelHistory): Found | undefined {
  if (state !== 'ok' || winProbability === null || cycleDays === null) return undefined;
  const entered = stages.map((stage) => {
    const { num, den } = stage.meanDays;
    const mean = monthsOfDays(num);
    return { winProbability: stage.winProbability, meanMonths: { ...mean, den: mean.den * den } };
  });
  const isKnown = (stage: (typeof entered)[number]): stage is FunnelStage => stage.winProbability !== null;
  return { winProbability, cycleDays, stages: entered.every(isKnown) ? entered : [] };
}
