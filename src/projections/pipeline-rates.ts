import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import { nothing, query } from '../engine/query.ts';
import { PeriodId } from '../events/calendar.ts';
import { percentilesOf } from '../events/kaplan-meier.ts';
import type { Span } from '../events/period.ts';
import { Currency, LocalDate, PipelineId } from '../events/values.ts';
import { upTo } from './buckets.ts';
import { fiscalPeriod } from './fiscal-period.ts';
import type { Members } from './members.ts';
import { offer } from './offer.ts';
import { PipelineSubject } from './pipeline-board.ts';
import { pipelineMovement } from './pipeline-movement.ts';
import { Durations, Rate, rateOf } from './rate.ts';
import { type AnyDb, rowsOf, together } from './rows-of.ts';
import { spanAsked } from './span-asked.ts';
import { stageInterval } from './stage-interval.ts';
import { SubjectId, subjectModels, subjectOf } from './subject.ts';

interface Asked {
  readonly members: Members | null;
  readonly days: Span;
  readonly asOf: string;
  readonly pipelineId: string | undefined;
}

const opening = ({ members }: Asked) => (members ? sql`with recursive ${members}` : sql``);
const belonging = ({ members }: Asked, owner: RawBuilder<unknown>, day: RawBuilder<unknown>) =>
  members ? sql`join member on member.id = ${owner} and member.days @> ${day}` : sql``;
const ofPipeline = ({ pipelineId }: Asked, column: RawBuilder<unknown>) =>
  pipelineId ? sql`and ${column} = ${pipelineId}::uuid` : sql``;
const inSpan = (day: RawBuilder<unknown>, { days: { start, endExclusive } }: Asked) =>
  sql`${day} >= ${start}::date and ${day} < ${endExclusive}::date`;
/** Stays of what was won or lost and is so at the end of the day of the question. */
const isClosed = (stay: RawBuilder<unknown>, { asOf }: Asked) => sql`
  ${stay}.kind in ('won', 'lost') and ${stay}."enteredOn" <= ${asOf}::date
    and (${stay}."leftOn" is null or ${stay}."leftOn" > ${asOf}::date)`;

interface Closed {
  readonly kind: 'won' | 'lost';
  readonly currency: string;
  readonly days: number;
  readonly count: number;
  readonly value: string;
}

/** What was closed in the span, by how many days it took since the opening. */
const closedIn = (db: AnyDb, asked: Asked) =>
  rowsOf<Closed>(
    db,
    sql`${opening(asked)}
      select closed.kind, closed.currency, closed."enteredOn" - first."enteredOn" as days, count(*)::integer as "count",
        sum(closed."valueMinor")::text as value
      from stage_interval closed
      join stage_interval first on first."opportunityId" = closed."opportunityId" and first.stay = 1
      ${belonging(asked, sql`closed."ownerId"`, sql`closed."enteredOn"`)}
      where ${isClosed(sql`closed`, asked)} and ${inSpan(sql`closed."enteredOn"`, asked)}
        ${ofPipeline(asked, sql`closed."pipelineId"`)}
      group by 1, 2, 3`,
  );

/** What was opened in the span, by what became of it. */
const openedIn = (db: AnyDb, asked: Asked) =>
  rowsOf<{ readonly became: 'won' | 'lost' | 'open'; readonly count: number }>(
    db,
    sql`${opening(asked)}
      select coalesce(closed.kind, 'open') as became, count(*)::integer as "count"
      from stage_interval first
      ${belonging(asked, sql`first."ownerId"`, sql`first."enteredOn"`)}
      left join stage_interval closed on closed."opportunityId" = first."opportunityId" and ${isClosed(sql`closed`, asked)}
      where first.kind = 'open' and first.stay = 1 and ${inSpan(sql`first."enteredOn"`, asked)}
        ${ofPipeline(asked, sql`first."pipelineId"`)}
      group by 1`,
  );

/** Offers that were decided in the span; one that nobody has decided is rejected on the day after it was valid last. */
const decidedIn = (db: AnyDb, asked: Asked) =>
  rowsOf<{ readonly outcome: 'accepted' | 'rejected' | 'expired'; readonly count: number }>(
    db,
    sql`${opening(asked)}
      select outcome, count(*)::integer as "count"
      from (
        select "ownerId", "pipelineId", case when "decidedOn" <= ${asked.asOf}::date then state else 'expired' end as outcome,
          case when "decidedOn" <= ${asked.asOf}::date then "decidedOn"
            when "validUntil" < ${asked.asOf}::date then "validUntil" + 1 end as day
        from offer) as decided
      ${belonging(asked, sql`decided."ownerId"`, sql`decided.day`)}
      where ${inSpan(sql`decided.day`, asked)} ${ofPipeline(asked, sql`decided."pipelineId"`)}
      group by 1`,
  );

/**
 * What ran at the beginning of the span and was expected to close in it, by where it stands at its end. The movements
 * sum to one where an opportunity ran, with its owner and its day of closing then.
 */
const expectedIn = (db: AnyDb, period: Span, asked: Asked) =>
  rowsOf<{ readonly became: 'won' | 'lost' | 'slipped' | 'expected'; readonly count: number }>(
    db,
    sql`${opening(asked)}${asked.members ? sql`,` : sql`with`} expected as (
        select moved."opportunityId" from pipeline_movement moved
        ${belonging(asked, sql`moved."ownerId"`, sql`${period.start}::date`)}
        where moved.day < ${period.start}::date and moved."expectedClose" >= ${period.start}::date
          and moved."expectedClose" < ${period.endExclusive}::date ${ofPipeline(asked, sql`moved."pipelineId"`)}
        group by moved."opportunityId", moved."ownerId", moved."expectedClose" having sum(moved."count") = 1)
      select case when running.close < ${period.endExclusive}::date then 'expected'
          when running."opportunityId" is not null then 'slipped' else ended.kind end as became, count(*)::integer as "count"
      from expected
      left join lateral (
        select moved."opportunityId", moved."expectedClose" as close from pipeline_movement moved
        where moved."opportunityId" = expected."opportunityId" and moved.day < ${asked.days.endExclusive}::date
        group by moved."opportunityId", moved."ownerId", moved."expectedClose" having sum(moved."count") = 1) as running on true
      left join lateral (
        select moved.kind from pipeline_movement moved
        where moved."opportunityId" = expected."opportunityId" and moved.day < ${asked.days.endExclusive}::date
          and moved.kind in ('won', 'lost')
        order by moved.position desc limit 1) as ended on true
      group by 1`,
  );

const total = (rows: readonly { readonly count: number }[]): number =>
  rows.reduce((sum, { count }) => sum + count, 0);
const worthOf = (rows: readonly Closed[]): bigint => rows.reduce((sum, { value }) => sum + BigInt(value), 0n);
const durationsOf = (rows: readonly Closed[]) =>
  percentilesOf(rows.map(({ days, count }) => ({ duration: days, censored: false, count })));
const InCurrency = Rate.extend({ currency: Currency }).meta({
  id: 'RateInCurrency',
  description: 'A share or an amount by something in one currency, in minor units, exact.',
});

const models = together(stageInterval, offer, pipelineMovement, fiscalPeriod, ...subjectModels);

export const getPipelineRates = query({
  name: 'GetPipelineRates',
  summary:
    'Get how much is won of what is closed, of what is opened and of what is offered, how much slips, and how long and how fast sales are, in a period. Currencies are not added.',
  permission: 'opportunity:read',
  path: '/pipeline-rates',
  input: {
    subjectKind: PipelineSubject.default('organisation'),
    subjectId: SubjectId.optional(),
    pipelineId: PipelineId.optional().describe('Only of this pipeline.'),
    period: PeriodId.optional().describe('The period; the fiscal month of today when nothing is given.'),
    from: LocalDate.optional().describe('First day, instead of a period.'),
    to: LocalDate.optional().describe('Last day, with from; `asOf` when left out.'),
    asOf: LocalDate.optional().describe('The day at whose end it stood so; today when left out.'),
  },
  output: z.object({
    subject: z.object({ kind: PipelineSubject, id: z.string().nullable() }),
    period: z.object({ periodId: PeriodId.nullable(), start: LocalDate, endExclusive: LocalDate }),
    asOf: LocalDate,
    winRate: Rate.describe('Won over won and lost, of what was closed in the period and is so.'),
    winRateByValue: z.array(InCurrency).describe('The same by value at the close.'),
    cohort: z
      .object({
        opened: z.int().describe('How many were opened in the period.'),
        open: z.int().describe('How many of them are open or on hold.'),
        winRate: Rate.describe('Won over won and lost, of the others.'),
      })
      .describe('What became of what was opened in the period.'),
    hitRate: Rate.describe('Offers accepted over offers decided or expired in the period.'),
    offersExpired: z.int().describe('How many of them nobody decided until they were no longer valid.'),
    slippage: z
      .object({
        expected: z
          .int()
          .describe('How many ran at the beginning of the period and were expected to close in it.'),
        won: z.int(),
        lost: z.int(),
        slipped: z.int().describe('How many run and are expected after the period, or on no day.'),
        stillExpected: z.int().describe('How many run and are expected in it still.'),
        rate: Rate.describe('Slipped over expected.'),
      })
      .describe('What became of what was expected to close in the period.'),
    salesCycle: z
      .object({ won: Durations, lost: Durations })
      .describe('Days from the opening to the close, of what was closed in the period.'),
    salesVelocity: z
      .array(InCurrency)
      .describe('Value won over the median cycle of all that was won: money by day.'),
  }),
  reads: models,
  subject: ({ subjectKind, subjectId }) =>
    subjectKind === 'person' || subjectKind === 'team' ? subjectId : undefined,
  answer: async (db, input, { today, visibility }) => {
    const { subjectKind: kind, subjectId, pipelineId, asOf = today } = input;
    const found = await spanAsked(db, input, today);
    if (!found || found.start > asOf) return nothing;
    const { periodId, start, endExclusive } = found;
    const days = upTo(found, asOf);
    const subject = await subjectOf(db, kind, subjectId, days, visibility);
    if (!subject) return nothing;
    const asked: Asked = { members: subject.members, days, asOf, pipelineId };
    const closed = await closedIn(db, asked);
    const opened = await openedIn(db, asked);
    const decided = await decidedIn(db, asked);
    const expected = await expectedIn(db, { start, endExclusive }, asked);
    const won = closed.filter((row) => row.kind === 'won');
    const became = (what: string): number => total(opened.filter((row) => row.became === what));
    const outcome = (what: string): number => total(decided.filter((row) => row.outcome === what));
    const stands = (what: string): number => total(expected.filter((row) => row.became === what));
    const cycle = durationsOf(won);
    const byCurrency = [...Map.groupBy(closed, ({ currency }) => currency)].toSorted(([a], [b]) =>
      a < b ? -1 : 1,
    );
    const wonIn = (rows: readonly Closed[]) => worthOf(rows.filter((row) => row.kind === 'won'));
    return {
      subject: { kind, id: subject.id },
      period: { periodId, start, endExclusive },
      asOf,
      winRate: rateOf(total(won), total(closed)),
      winRateByValue: byCurrency.map(([currency, rows]) => ({
        currency,
        ...rateOf(wonIn(rows), worthOf(rows)),
      })),
      cohort: {
        opened: total(opened),
        open: became('open'),
        winRate: rateOf(became('won'), became('won') + became('lost')),
      },
      hitRate: rateOf(outcome('accepted'), total(decided)),
      offersExpired: outcome('expired'),
      slippage: {
        expected: total(expected),
        won: stands('won'),
        lost: stands('lost'),
        slipped: stands('slipped'),
        stillExpected: stands('expected'),
        rate: rateOf(stands('slipped'), total(expected)),
      },
      salesCycle: { won: cycle, lost: durationsOf(closed.filter((row) => row.kind === 'lost')) },
      salesVelocity: byCurrency
        .filter(([, rows]) => wonIn(rows) > 0n)
        .map(([currency, rows]) => ({ currency, ...rateOf(wonIn(rows), cycle.p50 ?? 0) })),
    };
  },
});
