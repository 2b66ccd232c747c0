import { type RawBuilder, sql } from 'kysely';
import type { Filters, Reduction } from '../events/kpi.ts';
import type { Span } from '../events/period.ts';
import type { Members } from './members.ts';
import { narrowed } from './narrowed.ts';
import { spanMeasure } from './span-measures.ts';

type SpanMeasureName = Parameters<typeof spanMeasure>[0];
type Sql = RawBuilder<unknown>;

const spansOf = (spans: readonly Span[]): Sql => sql`unnest(
  ${spans.map(({ start }) => start)}::date[], ${spans.map(({ endExclusive }) => endExclusive)}::date[])
  with ordinality as span(start, "end", number)`;

/** The entries of a measure that filters let through, each with the days on which its person was a member. */
function entriesOf(
  measure: SpanMeasureName,
  members: Members | null,
  spans: readonly Span[],
  currency: string | null,
  filters: readonly Filters[],
  peer: Sql = sql``,
): Sql {
  const counted = members
    ? sql`member.days * datemultirange(entry.during)`
    : sql`datemultirange(entry.during)`;
  return sql`select * from (
    select entry.*, ${counted} as counted ${peer}
    from (${spanMeasure(measure).entries(spansOf(spans), currency)}) as entry
    ${members ? sql`join member on member.id = entry."personId"` : sql``}
    where true ${narrowed('entry', filters)}) as entry
  where not isempty(counted)`;
}

const daysCounted = sql`(select sum(upper(part) - lower(part)) from unnest(counted) as part)`;
const total = sql`amount * ${daysCounted}`;

/** How entries come to a number; a median is given as the sum of the two in the middle, which is twice it. */
const formulas: Readonly<Record<Reduction, Sql>> = {
  ratio: sql`sum(${total})::bigint`,
  median: sql`((array_agg(${total} order by ${total}))[(count(*) + 1) / 2]
    + (array_agg(${total} order by ${total}))[count(*) / 2 + 1])::bigint`,
  distinct: sql`count(distinct coalesce(item, id))`,
};

/** What a measure comes to in each span, as `bucket, measure, total`. */
export const spanFigures = (
  measure: SpanMeasureName,
  formula: Reduction,
  members: Members | null,
  spans: readonly Span[],
  currency: string | null,
  filters: readonly Filters[],
): Sql => sql`select bucket, ${sql.lit(measure)} as measure, ${formulas[formula]} as total
  from (${entriesOf(measure, members, spans, currency, filters)}) as entry group by bucket`;

/** What a measure comes to in a span for each peer, as `peer, total`; the members say whose peer each is. */
export const spanFiguresOfPeers = (
  measure: SpanMeasureName,
  formula: Reduction,
  members: Members,
  span: Span,
  currency: string | null,
  filters: readonly Filters[],
): Sql => sql`select peer, ${formulas[formula]} as total
  from (${entriesOf(measure, members, [span], currency, filters, sql`, member.peer`)}) as entry group by peer`;

/** What `spanFigures` rests on in a span, one by one, each with the events that made it. */
export const spanEntries = (
  measure: SpanMeasureName,
  members: Members | null,
  span: Span,
  currency: string | null,
  filters: readonly Filters[],
): Sql => sql`select lower(counted) as date, "personId", (${total})::bigint as amount,
    (select array_agg(distinct made.position::float8 order by made.position::float8)
      from (${spanMeasure(measure).made}) as made(position)) as positions,
    concat_ws(' ', lower(counted), id) as place
  from (${entriesOf(measure, members, [span], currency, filters)}) as entry
  cross join (select daterange(${span.start}::date, ${span.endExclusive}::date) as days) as asked
  where amount <> 0`;
