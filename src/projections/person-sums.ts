import { type RawBuilder, sql } from 'kysely';
import { addDays } from '../engine/instant.ts';
import type { FactMeasure } from '../events/measure.ts';
import type { Span } from '../events/period.ts';
import type { Dimension } from '../events/target.ts';
import { customer } from './customer.ts';
import { fact } from './fact.ts';
import { factDay } from './fact-day.ts';
import { factMonth } from './fact-month.ts';
import { countedReads, countedRows } from './figures.ts';
import { product } from './product.ts';
import { region } from './region.ts';
import { type AnyDb, rowsOf } from './rows-of.ts';

export const sumModels = [fact, factDay, factMonth, customer, product, region, ...countedReads] as const;

/** What sums are narrowed by; who counts is no part of it. */
export type Narrowing = Exclude<Dimension, 'org_unit' | 'manager' | 'salesperson'>;

export interface Summing {
  readonly measure: FactMeasure;
  /** Null for a count. */
  readonly currency: string | null;
  readonly by: readonly Narrowing[];
}

/** Running totals of a person at each cut. */
export type Totals = readonly bigint[];

/** The running totals of people, by the values that they are narrowed to. */
export type PersonSums = ReadonlyMap<string, ReadonlyMap<string, Totals>>;

const separator = '\u001f';
export const narrowKey = (values: readonly string[]): string => values.join(separator);

const ofCustomer: Readonly<Partial<Record<Narrowing, RawBuilder<unknown>>>> = {
  customer: sql`done."customerId"::text`,
  region: sql`coalesce(lies.within, customer."regionId")::text`,
  customer_segment: sql`customer.segment`,
};
const ofFact: typeof ofCustomer = {
  ...ofCustomer,
  channel: sql`coalesce(done."channelId", customer."channelId")::text`,
  dealer: sql`done."dealerId"::text`,
  product: sql`done."productId"::text`,
  product_group: sql`product."groupId"::text`,
};
const ofRow: typeof ofCustomer = { ...ofCustomer, channel: sql`customer."channelId"::text` };
/** An order as such has the products of its lines, each once. */
const ofOrder: typeof ofCustomer = {
  ...ofFact,
  product: sql`sold.product`,
  product_group: sql`sold."group"`,
};

/** Each region with itself and every one that it lies in. */
const regions = sql`(
  with recursive lies(id, within) as (
    select "regionId", "regionId" from region
    union select lies.id, region."parentId" from lies join region on region."regionId" = lies.within
    where region."parentId" is not null)
  select id, within from lies)`;

export const firstOfMonth = (day: string): string => `${day.slice(0, 7)}-01`;
const nextMonth = (month: string): string => firstOfMonth(addDays(month, 31));

/** The calendar months between the first and the last cut that no cut divides, and the spans of days around them. */
export function monthsAndDays(cuts: readonly string[]): {
  readonly months: readonly string[];
  readonly days: readonly Span[];
} {
  const divided = new Set(cuts.filter((cut) => cut !== firstOfMonth(cut)).map(firstOfMonth));
  const [first, end] = [cuts[0]!, cuts.at(-1)!];
  const months: string[] = [];
  const days: Span[] = [];
  for (let month = firstOfMonth(first); month < end; month = nextMonth(month)) {
    const next = nextMonth(month);
    if (!divided.has(month)) months.push(month);
    else days.push({ start: month < first ? first : month, endExclusive: next < end ? next : end });
  }
  return { months, days };
}

const bucketOf = (day: RawBuilder<unknown>, cuts: readonly string[]) =>
  sql`width_bucket(${day}, ${cuts}::date[]) - 1`;

/** Rows `("personId", values, bucket, numerator)` of whole months, and of days where a month is divided. */
function everything({ measure, currency }: Summing, cuts: readonly string[]): RawBuilder<unknown> {
  const { months, days } = monthsAndDays(cuts);
  const ofMeasure = sql`measure = ${measure} and currency = ${currency ?? ''}`;
  const rowsOfTable = (table: string, day: string, condition: RawBuilder<unknown>) => sql`
    select "personId", '' as values, ${bucketOf(sql.ref(day), cuts)} as bucket, numerator
    from ${sql.table(table)} where ${ofMeasure} and ${condition}`;
  const parts = days.map(({ start, endExclusive }) =>
    rowsOfTable('fact_day', 'date', sql`date >= ${start}::date and date < ${endExclusive}::date`),
  );
  return sql.join(
    [rowsOfTable('fact_month', 'month', sql`month = any(${months}::date[])`), ...parts],
    sql` union all `,
  );
}

function narrowed({ measure, currency, by }: Summing, cuts: readonly string[]): RawBuilder<unknown> {
  const [first, end] = [cuts[0]!, cuts.at(-1)!];
  const counted = countedRows(measure, currency);
  const byProduct = by.some((name) => name === 'product' || name === 'product_group');
  const ofProductsInOrder = measure === 'orders' && byProduct;
  const columns = counted ? ofRow : ofProductsInOrder ? ofOrder : ofFact;
  const values = by.map((name) => columns[name] ?? sql`null`);
  const sold = sql`join lateral (
      select distinct ${by.includes('product') ? sql`line."productId"::text` : sql`null`} as product,
        ${by.includes('product_group') ? sql`product."groupId"::text` : sql`null`} as "group"
      from fact line left join product on product."productId" = line."productId"
      where line."orderId" = done."orderId" and line.measure = 'net_sales') sold on true`;
  return sql`
    select done."personId", concat_ws(${separator}, ${sql.join([sql`null`, ...values])}) as values,
      ${bucketOf(sql`done.date`, cuts)} as bucket, done.numerator
    from ${counted ? sql`(${counted})` : sql`fact`} done
    left join customer on customer."customerId" = done."customerId"
    ${by.includes('region') ? sql`left join ${regions} lies on lies.id = customer."regionId"` : sql``}
    ${counted ? sql`` : ofProductsInOrder ? sold : sql`left join product on product."productId" = done."productId"`}
    where done.date >= ${first}::date and done.date < ${end}::date and done."personId" is not null
      ${counted ? sql`` : sql`and done.measure = ${measure} and done.currency = ${currency ?? ''}`}
      ${sql.join([sql``, ...values.map((value) => sql`and ${value} is not null`)], sql` `)}`;
}

interface SumRow {
  readonly personId: string;
  readonly values: string;
  readonly buckets: readonly number[];
  readonly totals: readonly string[];
}

/** Running totals at every cut from the sums between them. */
function running({ buckets, totals }: SumRow, cuts: readonly string[]): Totals {
  const between = new Map(buckets.map((bucket, index) => [bucket, BigInt(totals[index]!)]));
  let total = 0n;
  return cuts.map((_, cut) => {
    total += between.get(cut - 1) ?? 0n;
    return total;
  });
}

/**
 * Sums a measure for some people or for everybody, between each two of some days in order, in one statement: over whole
 * months where there is nothing to narrow. The first and the last cut bound the span.
 */
export async function personSums(
  db: AnyDb,
  summing: Summing,
  cuts: readonly string[],
  people?: readonly string[],
): Promise<PersonSums> {
  if (cuts.length < 2) return new Map();
  const isPlain = summing.by.length === 0 && !countedRows(summing.measure, summing.currency);
  const rows = await rowsOf<SumRow>(
    db,
    sql`select "personId", values, array_agg(bucket) as buckets, array_agg(total) as totals
      from (
        select "personId", values, bucket, sum(numerator)::bigint as total
        from (${isPlain ? everything(summing, cuts) : narrowed(summing, cuts)}) as happened
        ${people ? sql`where "personId" = any(${people}::uuid[])` : sql``} group by 1, 2, 3) as summed
      group by 1, 2`,
  );
  const byValues = Map.groupBy(rows, ({ values }) => values);
  return new Map(
    [...byValues].map(([values, of]) => [
      values,
      new Map(of.map((row) => [row.personId, running(row, cuts)])),
    ]),
  );
}
