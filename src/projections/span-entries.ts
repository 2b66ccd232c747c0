import { type RawBuilder, sql } from 'kysely';

export type Sql = RawBuilder<unknown>;

/**
 * Answers what counts for a measure in each span of a relation `span(start, "end", number)`: rows of
 * `bucket, "personId", "customerId", during, amount, item, id`. An entry counts its amount on each of the days `during`
 * which it holds; most hold on one. `item` says what it is about, and `id` tells it from others of the same bucket.
 */
export type Entries = (spans: Sql, currency: string | null) => Sql;

export interface SpanMeasure {
  readonly entries: Entries;
  /** Positions of the events that made an entry in the only span, in no order. */
  readonly made: Sql;
}

export const bucket = sql`(span.number - 1)::integer as bucket`;
export const lastDay = sql`daterange(span."end" - 1, span."end")`;
export const onlyOn = (day: Sql) => sql`daterange(${day}, ${day} + 1)`;
export const nothingMore = sql`null::text as item`;
export const within = (day: Sql) => sql`${day} >= span.start and ${day} < span."end"`;

/** The primary owner of a customer on the last day of a span; nobody's customers count to the organisation alone. */
export const joinOwner = (
  customerId: Sql,
) => sql`left join customer_owner owner on owner."customerId" = ${customerId}
  and owner.role = 'primary' and owner."validFrom" < span."end" and coalesce(owner."validTo", 'infinity') >= span."end"`;

/** Whether one of some intervals `{from, to}` holds on a day. */
export const holdsOn = (intervals: Sql, day: Sql) => sql`exists (
  select from jsonb_to_recordset(${intervals}) as held("from" date, "to" date)
  where held."from" <= ${day} and coalesce(held."to", 'infinity') > ${day})`;

/** Orders that stand at the end of a span. */
export const standing = sql`sold."orderedOn" < span."end" and coalesce(sold."cancelledOn", 'infinity') >= span."end"`;

export const versionsOf = (model: string, condition: Sql) =>
  sql`select made."sincePosition" as position from ${sql.table(`${model}_version`)} made where ${condition}`;
export const allOf = (...selects: readonly Sql[]) => sql.join(selects, sql` union `);

export const one = sql`1::bigint`;
