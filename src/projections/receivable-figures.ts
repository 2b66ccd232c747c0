import { type RawBuilder, sql } from 'kysely';
import { addDays } from '../engine/instant.ts';
import type { FactMeasure } from '../events/measure.ts';
import type { Span } from '../events/period.ts';
import type { Members } from './members.ts';
import { receivable } from './receivable.ts';
import { receivableEntry } from './receivable-entry.ts';

export const receivableFigureModels = [receivable, receivableEntry] as const;

/** Measures of what is due: a sum of entries that belong to a time by the day on which their invoice is due. */
export const receivableMeasures = ['receivables_due', 'receivables_recovered'] as const;
type ReceivableMeasure = (typeof receivableMeasures)[number];

export const isOfReceivables = (measure: FactMeasure): measure is ReceivableMeasure =>
  (receivableMeasures as readonly FactMeasure[]).includes(measure);

/**
 * What counts for a measure in the buckets from `since` to `last`. To be recovered in a bucket is what was open before it
 * of the invoices that are due in it or before, and those that are issued and due in it: an invoice counts from the
 * bucket of its due day on, and what was paid, reversed or written off on it from the bucket after its own, or from the
 * due day's where it came before. Recovered is what was paid on them, less reversals; advance payments are neither. What
 * was settled before the first bucket adds up to nothing and is left alone, unless `settled` too are asked for.
 */
function due(measure: ReceivableMeasure, buckets: readonly Span[], currency: string | null, settled = false) {
  const starts = buckets.map(({ start }) => start);
  const end = buckets.at(-1)!.endExclusive;
  const bucketOf = (day: string) => sql`width_bucket(entry.${sql.ref(day)}, ${starts}::date[]) - 1`;
  const dueIn = sql`greatest(${bucketOf('dueOn')}, 0)`;
  const [since, last, amount, counts] =
    measure === 'receivables_due'
      ? [
          sql`case when kind = 'invoice' then ${dueIn} else greatest(${dueIn}, ${bucketOf('date')} + 1) end`,
          sql`${buckets.length - 1}::integer`,
          sql`"changeMinor"`,
          sql`true`,
        ]
      : [
          bucketOf('date'),
          bucketOf('date'),
          sql`- "changeMinor"`,
          sql`kind in ('payment', 'reversal') and ${dueIn} <= ${bucketOf('date')}`,
        ];
  return sql`select * from (
      select ${since} as since, ${last} as last, entry."personId", entry.date, ${amount} as amount, position
      from receivable as invoice join receivable_entry as entry on entry."invoiceId" = invoice."invoiceId"
      where ${settled ? sql`true` : sql`(invoice."settledOn" is null or invoice."settledOn" >= ${starts[0]}::date)`}
        and invoice."dueOn" < ${end}::date and invoice.currency = ${currency} and entry.date < ${end}::date
        and ${counts}) as entry
    where since <= last`;
}

/** They count to whom the responsible person belongs to on the last day of the bucket. */
const belonging = (members: Members | null, buckets: readonly Span[], bucket: RawBuilder<unknown>) =>
  members
    ? sql`join member on member.id = "personId"
        and member.days @> (${buckets.map(({ endExclusive }) => addDays(endExclusive, -1))}::date[])[${bucket} + 1]`
    : sql``;

/** Sums of these measures by bucket, as `bucket, measure, total`. */
export const receivableSums = (
  measure: ReceivableMeasure,
  members: Members | null,
  buckets: readonly Span[],
  currency: string | null,
) => sql`select bucket, ${sql.lit(measure)} as measure, sum(amount)::bigint as total
  from (
    select since, last, "personId", sum(amount) as amount from (${due(measure, buckets, currency)}) as entry
    group by since, last, "personId") as summed
  cross join lateral generate_series(since, last) as bucket
  ${belonging(members, buckets, sql`bucket`)} group by bucket`;

/** Sums of a measure over a span by peer, as `peer, total`; the members say whose peer each is. */
export const receivableSumsOfPeers = (
  measure: ReceivableMeasure,
  members: Members,
  span: Span,
  currency: string | null,
) => sql`select member.peer, sum(amount)::bigint as total
  from (${due(measure, [span], currency)}) as entry ${belonging(members, [span], sql`0`)} group by member.peer`;

/** What `receivableSums` adds up in a span, one by one. */
export const receivableEntries = (
  measure: ReceivableMeasure,
  members: Members | null,
  span: Span,
  currency: string | null,
) => sql`select date, "personId", amount, array[position::float8] as positions,
    concat_ws(' ', date, lpad(position::text, 19, '0')) as place
  from (${due(measure, [span], currency)}) as entry ${belonging(members, [span], sql`0`)}`;

/** What these measures add up over a span, by position: also of what was settled by what came later. */
export const receivableChanges = (measure: ReceivableMeasure, span: Span, currency: string | null) =>
  sql`select "personId", amount, position from (${due(measure, [span], currency, true)}) as entry`;
