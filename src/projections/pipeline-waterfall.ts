import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import { nothing, query } from '../engine/query.ts';
import { PeriodId } from '../events/calendar.ts';
import type { Span } from '../events/period.ts';
import { Currency, LocalDate, PipelineId } from '../events/values.ts';
import { upTo } from './buckets.ts';
import { fiscalPeriod } from './fiscal-period.ts';
import type { Members } from './members.ts';
import { firstOfMonth, monthsAndDays } from './person-sums.ts';
import { PipelineSubject } from './pipeline-board.ts';
import { pipelineMonth } from './pipeline-month.ts';
import { type MovementKind, pipelineMovement } from './pipeline-movement.ts';
import { type AnyDb, rowsOf, together } from './rows-of.ts';
import { spanAsked } from './span-asked.ts';
import { SubjectId, subjectModels, subjectOf } from './subject.ts';

const Closing = z
  .enum(['by_end', 'any'])
  .describe(
    'Which opportunities are in it: those expected to close by the end of the period or without such a day, or all.',
  );

const Flow = z
  .object({ count: z.int(), valueMinor: z.bigint().describe('In minor units.') })
  .meta({ id: 'PipelineFlow', description: 'How many opportunities, and what they may come to.' });
type Flow = z.output<typeof Flow>;

const flows = {
  opening: Flow.describe('What was in it at the beginning of the first day.'),
  created: Flow.describe('+ What was opened.'),
  increased: Flow.describe('+ By how much values were raised.'),
  decreased: Flow.describe('− By how much values were lowered.'),
  pulledIn: Flow.describe('+ What came in by another expected day.'),
  pushedOut: Flow.describe('− What went out by another expected day.'),
  won: Flow.describe('− What was won.'),
  lost: Flow.describe('− What was lost.'),
  reopened: Flow.describe('+ What was won or lost and is open again.'),
  transferredIn: Flow.describe('+ What came from other owners, or along with people who joined.'),
  transferredOut: Flow.describe('− What went to other owners, or along with people who left.'),
  closing: Flow.describe('What is in it at the end of the last day.'),
};
type FlowName = keyof typeof flows;

const Waterfall = z
  .object({ currency: Currency, ...flows })
  .meta({ id: 'PipelineWaterfall', description: 'What became of the pipeline in one currency.' });
type Waterfall = z.output<typeof Waterfall>;

type Step = z.output<typeof MovementKind> | 'opening' | 'closing';
const nameOf: Readonly<Record<Step, FlowName>> = {
  opening: 'opening',
  created: 'created',
  increased: 'increased',
  decreased: 'decreased',
  pulled_in: 'pulledIn',
  pushed_out: 'pushedOut',
  won: 'won',
  lost: 'lost',
  reopened: 'reopened',
  transferred_in: 'transferredIn',
  transferred_out: 'transferredOut',
  closing: 'closing',
};
/** What stands in the pipeline's entries below zero, and here above. */
const outward: ReadonlySet<Step> = new Set(['decreased', 'pushed_out', 'won', 'lost', 'transferred_out']);

interface Part {
  readonly pipelineId: string | undefined;
  /** Before which day they are expected to close, if that matters. */
  readonly before: string | null;
}

/** The sums of entries before the span that members have at its beginning or bring along, and those of each event in it. */
interface Sums {
  readonly held: RawBuilder<unknown>;
  readonly past: RawBuilder<unknown>;
  readonly present: RawBuilder<unknown>;
}

const pair = sql`case when kind in ('transferred_in', 'transferred_out') then 'transfer'
  when kind in ('pulled_in', 'pushed_out') then 'close' else kind end`;

const inPart = ({ pipelineId, before }: Part, isBefore: (day: string) => RawBuilder<unknown>) =>
  sql.join(
    [
      ...(pipelineId ? [sql`"pipelineId" = ${pipelineId}::uuid`] : []),
      ...(before ? [isBefore(before)] : []),
      sql`true`,
    ],
    sql` and `,
  );
const entriesIn = (part: Part) =>
  sql`pipeline_movement where ${inPart(
    part,
    (day) => sql`("expectedClose" is null or "expectedClose" < ${day}::date)`,
  )}`;

/** Every entry counts on the days on which its owner is a member; each member's are summed by themselves. */
const sumsOfMembers = (members: Members, { start, endExclusive }: Span, part: Part): Sums => ({
  held: sql`${members}, held as (
    select id, lower(span) as since, upper(span) as until
    from member, unnest(member.days * datemultirange(daterange(${start}::date, ${endExclusive}::date))) as span),`,
  past: sql`select currency, since, until, sum(count) as count, sum(value) as value
    from held cross join lateral (
      select currency, sum("count") as count, sum("valueMinor") as value
      from ${entriesIn(part)} and "ownerId" = held.id and day < held.since group by currency) as own
    group by currency, since, until`,
  present: sql`select currency, until, position, sum("count") as count, sum("valueMinor") as value, pair
    from held cross join lateral (
      select currency, position, "count", "valueMinor", ${pair} as pair
      from ${entriesIn(part)} and "ownerId" = held.id and day >= held.since and day < held.until offset 0) as own
    group by currency, until, position, pair`,
});

/** Of everybody whole months are summed already; the entries are read where a span divides a month. */
function sumsOfAll({ start, endExclusive }: Span, part: Part): Sums {
  const { months, days } = monthsAndDays([firstOfMonth(start), start, endExclusive]);
  const within = days.map((span) => sql`day >= ${span.start}::date and day < ${span.endExclusive}::date`);
  const divided = sql`${entriesIn(part)} and (${sql.join([...within, sql`false`], sql` or `)})`;
  const whole = sql`pipeline_month where ${inPart(part, (day) => sql`"closeOn" < ${day}::date`)}`;
  return {
    held: sql``,
    past: sql`select currency, ${start}::date as since, ${endExclusive}::date as until, sum("count") as count,
        sum("valueMinor") as value
      from (
        select currency, "count", "valueMinor" from ${whole} and month < ${firstOfMonth(start)}::date
        union all
        select currency, "count", "valueMinor" from ${divided} and day < ${start}::date) as moved
      group by currency`,
    present: sql`select currency, ${endExclusive}::date as until, position, sum("count") as count,
        sum("valueMinor") as value, pair
      from (
        select currency, null as position, "count", "valueMinor", step as pair
        from ${whole} and month = any(${months}::date[])
        union all
        select currency, position, "count", "valueMinor", ${pair} from ${divided} and day >= ${start}::date) as moved
      group by currency, position, pair`,
  };
}

/**
 * Who joins after the first day brings what is theirs until then, who leaves takes it along. What an event takes from
 * one member or day of closing and gives to another has not moved.
 */
async function stepsOf(db: AnyDb, members: Members | null, span: Span, part: Part) {
  const { start, endExclusive } = span;
  const { held, past, present } = members ? sumsOfMembers(members, span, part) : sumsOfAll(span, part);
  return rowsOf<{
    readonly currency: string;
    readonly step: Step;
    readonly count: string;
    readonly value: string;
  }>(
    db,
    sql`with recursive ${held}
      past as (${past}),
      present as (${present}),
      step as (
        select currency, case when since = ${start}::date then 'opening' else 'transferred_in' end as step, count, value
        from past
        union all
        select currency, case pair
            when 'transfer' then case when count > 0 then 'transferred_in' else 'transferred_out' end
            when 'close' then case when count > 0 then 'pulled_in' else 'pushed_out' end
            else pair end, count, value
        from (select currency, pair, sum(count) as count, sum(value) as value
          from present group by currency, position, pair) as netted
        union all
        select currency, case when until = ${endExclusive}::date then 'closing' else 'transferred_out' end,
          case when until = ${endExclusive}::date then count else -count end,
          case when until = ${endExclusive}::date then value else -value end
        from (select currency, until, count, value from past
          union all select currency, until, count, value from present) as balance)
      select currency, step, sum(count)::text as count, sum(value)::text as value from step group by currency, step`,
  );
}

const nothingMoved = (): Record<FlowName, Flow> =>
  Object.fromEntries(Object.keys(flows).map((name) => [name, { count: 0, valueMinor: 0n }])) as never;

const models = together(pipelineMovement, pipelineMonth, fiscalPeriod, ...subjectModels);

export const getPipelineWaterfall = query({
  name: 'GetPipelineWaterfall',
  summary:
    'Get what became of the pipeline in a period: opening + created + increased − decreased + pulled in − pushed out − won − lost + reopened + transferred in − transferred out = closing, in number and value. Currencies are not added.',
  permission: 'opportunity:read',
  path: '/pipeline-waterfall',
  input: {
    subjectKind: PipelineSubject.default('organisation'),
    subjectId: SubjectId.optional(),
    pipelineId: PipelineId.optional().describe('Only of this pipeline.'),
    period: PeriodId.optional().describe('The period; the fiscal month of today when nothing is given.'),
    from: LocalDate.optional().describe('First day, instead of a period.'),
    to: LocalDate.optional().describe('Last day, with from; `asOf` when left out.'),
    closing: Closing.default('by_end'),
    asOf: LocalDate.optional().describe('The last day whose movements are in it; today when left out.'),
  },
  output: z.object({
    subject: z.object({ kind: PipelineSubject, id: z.string().nullable() }),
    period: z.object({ periodId: PeriodId.nullable(), start: LocalDate, endExclusive: LocalDate }),
    asOf: LocalDate,
    closing: Closing,
    data: z.array(Waterfall).describe('One for each currency.'),
  }),
  reads: models,
  subject: ({ subjectKind, subjectId }) =>
    subjectKind === 'person' || subjectKind === 'team' ? subjectId : undefined,
  answer: async (db, input, { today, visibility }) => {
    const { subjectKind: kind, subjectId, pipelineId, closing, asOf = today } = input;
    const found = await spanAsked(db, input, today);
    if (!found || found.start > asOf) return nothing;
    const { periodId, start, endExclusive } = found;
    const days = upTo({ start, endExclusive }, asOf);
    const subject = await subjectOf(db, kind, subjectId, days, visibility);
    if (!subject) return nothing;
    const steps = await stepsOf(db, subject.members, days, {
      pipelineId,
      before: closing === 'any' ? null : endExclusive,
    });
    const data = [...Map.groupBy(steps, ({ currency }) => currency)]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([currency, moved]): Waterfall => {
        const sums = nothingMoved();
        for (const { step, count, value } of moved) {
          const sign = outward.has(step) ? -1 : 1;
          sums[nameOf[step]] = { count: sign * Number(count) || 0, valueMinor: BigInt(sign) * BigInt(value) };
        }
        return { currency, ...sums };
      });
    return {
      subject: { kind, id: subject.id },
      period: { periodId, start, endExclusive },
      asOf,
      closing,
      data,
    };
  },
});
