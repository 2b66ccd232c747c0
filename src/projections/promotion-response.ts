import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import { addDays, daysBetween } from '../engine/instant.ts';
import { type Db, nothing, query } from '../engine/query.ts';
import type { Span } from '../events/period.ts';
import { Currency, LocalDate, PromotionId } from '../events/values.ts';
import { upTo } from './buckets.ts';
import { customer } from './customer.ts';
import { factDay } from './fact-day.ts';
import { Rational, rational } from './figures.ts';
import { salesOrder } from './order.ts';
import { orderLine } from './order-line.ts';
import { promotion } from './promotion.ts';
import { promotionSpend } from './promotion-spend.ts';
import { region } from './region.ts';
import { rowsOf } from './rows-of.ts';

const reads = [promotion, promotionSpend, orderLine, salesOrder, customer, region, factDay] as const;
type ResponseDb = Db<typeof reads>;
type Promotion = z.output<typeof promotion.row>;

const Audiences = z
  .enum(['meant', 'others', 'everybody'])
  .describe('Whose orders: of the customers it is meant for, of all others, or of both.');
type Audiences = z.output<typeof Audiences>;

const BaseSpan = z
  .enum(['before', 'year_before'])
  .describe('With what it is compared: as many days right before, or the same days of the year before.');
type BaseSpan = z.output<typeof BaseSpan>;

const orders = z.bigint().describe('Orders with one of the products.');
const netSalesMinor = z
  .bigint()
  .describe('Net amounts of the lines with these products in the currency of the budget, in minor units.');

const Comparison = z
  .object({
    with: BaseSpan,
    start: LocalDate,
    endExclusive: LocalDate,
    orders,
    netSalesMinor,
    additionalOrders: z.bigint().describe('Orders during the promotion less those of the compared days.'),
    additionalNetSalesMinor: z.bigint().describe('The same for net sales.'),
    spendPerAdditionalOrder: z
      .object({
        numerator: z.bigint().describe('What was spent on the promotion, in minor units.'),
        denominator: z.bigint().describe('Additional orders.'),
        value: Rational.nullable().describe('Null where there are no additional orders.'),
        state: z.enum(['ok', 'no_additional_orders']).describe('Whether there is a value.'),
      })
      .describe('The whole spend over the additional orders of these customers.'),
  })
  .meta({ id: 'PromotionComparison', description: 'A promotion beside days without it.' });

const Response = z
  .object({
    audience: Audiences,
    orders,
    netSalesMinor,
    comparisons: z
      .array(Comparison)
      .describe('Those for which the records of orders reach back to the first of the compared days.'),
  })
  .meta({ id: 'PromotionAudienceResponse', description: 'How some customers responded to a promotion.' });

const PromotionResponse = z
  .object({
    promotionId: PromotionId,
    name: z.string(),
    asOf: LocalDate.describe('The last day whose figures are in it.'),
    state: z.enum(['not_launched', 'running', 'over']).describe('How far the promotion has come by then.'),
    start: LocalDate.nullable().describe('The day of the launch; null before it.'),
    endExclusive: LocalDate.nullable().describe('The day after the last one that is measured.'),
    budgetMinor: z.bigint().describe('What it may cost, in minor units.'),
    spentMinor: z.bigint().describe('What was spent on it, in minor units.'),
    currency: Currency,
    responses: z.array(Response).describe('Empty before the launch.'),
  })
  .meta({ id: 'PromotionResponse', description: 'How customers responded to a promotion.' });

/** The days on which a promotion ran: from its launch until its end or that of its window. */
function ranIn({ launchedOn, endedOn, windowEnd }: Promotion): Span | undefined {
  if (launchedOn === null) return undefined;
  const stopped = endedOn && addDays(endedOn, 1);
  return { start: launchedOn, endExclusive: stopped && stopped < windowEnd ? stopped : windowEnd };
}

/** As many days right before, and the same days of the year before. */
function basesOf({ start, endExclusive }: Span): Readonly<Record<BaseSpan, Span>> {
  const days = daysBetween(start, endExclusive);
  const lastYear = Temporal.PlainDate.from(start).subtract({ years: 1 }).toString();
  return {
    before: { start: addDays(start, -days), endExclusive: start },
    year_before: { start: lastYear, endExclusive: addDays(lastYear, days) },
  };
}

interface Bought {
  readonly span: 'during' | BaseSpan;
  readonly meant: boolean;
  readonly orders: bigint;
  readonly netSales: bigint;
}

const oneOf = (value: RawBuilder<unknown>, allowed: readonly string[]) =>
  allowed.length === 0 ? sql`true` : sql`coalesce(${value}::text = any(${allowed}::text[]), false)`;

const inRegions = (regionIds: readonly string[]) =>
  regionIds.length === 0
    ? sql`true`
    : sql`customer."regionId" in (select "regionId" from part where root = any(${regionIds}::uuid[]))`;

/**
 * What customers of the promotion's regions ordered of its products in some spans, by whether it is meant for them. The
 * lines of each span are asked for alone, so that the index by product and day finds them.
 */
function boughtIn(
  db: ResponseDb,
  { productIds, regionIds, audience, currency }: Promotion,
  spans: Readonly<Partial<Record<Bought['span'], Span>>>,
): Promise<readonly Bought[]> {
  const roots = [...regionIds, ...audience.regionIds];
  const lines = Object.entries(spans).map(
    ([span, { start, endExclusive }]) => sql`
      select ${span}::text as span, "orderId", "customerId", "netMinor", currency from order_line
      where "productId" = any(${productIds}::uuid[]) and not cancelled
        and "orderedOn" >= ${start}::date and "orderedOn" < ${endExclusive}::date`,
  );
  return rowsOf<Bought>(
    db,
    sql`with recursive part(root, "regionId") as (
        select "regionId", "regionId" from region where "regionId" = any(${roots}::uuid[])
        union
        select part.root, region."regionId" from part join region on region."parentId" = part."regionId")
      select line.span,
        ${oneOf(sql`customer.segment`, audience.segments)}
          and coalesce(${inRegions(audience.regionIds)}, false)
          and ${oneOf(sql`coalesce(ordered."channelId", customer."channelId")`, audience.channelIds)} as meant,
        count(distinct line."orderId") as orders,
        coalesce(sum(line."netMinor") filter (where line.currency = ${currency}), 0)::bigint as "netSales"
      from (${sql.join(lines, sql` union all `)}) as line
      join sales_order ordered on ordered."orderId" = line."orderId"
      left join customer on customer."customerId" = line."customerId"
      where ${inRegions(regionIds)}
      group by 1, 2`,
  );
}

/** The day of the first order that is known. */
async function firstOrderOn(db: ResponseDb): Promise<string | undefined> {
  const first = await db
    .selectFrom('fact_day')
    .select('date')
    .where('measure', '=', 'orders')
    .orderBy('date')
    .limit(1)
    .executeTakeFirst();
  return first?.date;
}

async function spentUntil(db: ResponseDb, promotionId: string, day: string): Promise<bigint> {
  const spends = await db
    .selectFrom('promotion_spend')
    .select('amountMinor')
    .where('promotionId', '=', promotionId)
    .where('spentOn', '<=', day)
    .execute();
  return spends.reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
}

/** What some customers ordered in a span. */
function sumOf(bought: readonly Bought[], span: Bought['span'], audience: Audiences) {
  const theirs = bought.filter(
    (row) => row.span === span && (audience === 'everybody' || row.meant === (audience === 'meant')),
  );
  return {
    orders: theirs.reduce((sum, row) => sum + row.orders, 0n),
    netSalesMinor: theirs.reduce((sum, row) => sum + row.netSales, 0n),
  };
}

function responseOf(
  audience: Audiences,
  bought: readonly Bought[],
  bases: readonly (readonly [BaseSpan, Span])[],
  spentMinor: bigint,
): z.output<typeof Response> {
  const during = sumOf(bought, 'during', audience);
  const comparisons = bases.map(([base, span]) => {
    const compared = sumOf(bought, base, audience);
    const additionalOrders = during.orders - compared.orders;
    const value = additionalOrders > 0n ? rational(spentMinor, additionalOrders) : null;
    return {
      with: base,
      ...span,
      ...compared,
      additionalOrders,
      additionalNetSalesMinor: during.netSalesMinor - compared.netSalesMinor,
      spendPerAdditionalOrder: {
        numerator: spentMinor,
        denominator: additionalOrders,
        value,
        state: value ? ('ok' as const) : ('no_additional_orders' as const),
      },
    };
  });
  return { audience, ...during, comparisons };
}

export const getPromotionResponse = query({
  name: 'GetPromotionResponse',
  summary:
    'Get what customers ordered of the promoted products while a promotion ran, beside as many days before and the same days of the year before, for the audience meant and for others. Orders that stand count on their day, customers as they are known now. This is association, not causation: what else changed between those days is in it.',
  permission: 'promotion-response:read',
  path: '/promotions/:promotionId/response',
  input: {
    promotionId: PromotionId,
    asOf: LocalDate.optional().describe('Only figures up to this day; today when left out.'),
  },
  output: PromotionResponse,
  reads,
  answer: async (db, { promotionId, asOf: asked }, { today }) => {
    const asOf = asked ?? today;
    const found = await db
      .selectFrom('promotion')
      .selectAll()
      .where('promotionId', '=', promotionId)
      .executeTakeFirst();
    if (!found) return nothing;
    const { name, budgetMinor, currency } = found;
    const spentMinor = await spentUntil(db, promotionId, asOf);
    const head = { promotionId, name, asOf, budgetMinor, spentMinor, currency };
    const ran = ranIn(found);
    if (!ran || asOf < ran.start)
      return { ...head, state: 'not_launched' as const, start: null, endExclusive: null, responses: [] };
    const during = upTo(ran, asOf);
    const since = await firstOrderOn(db);
    const bases = (Object.entries(basesOf(during)) as [BaseSpan, Span][]).filter(
      ([, { start }]) => since !== undefined && since <= start,
    );
    const bought = await boughtIn(db, found, { during, ...Object.fromEntries(bases) });
    return {
      ...head,
      ...during,
      state: asOf < addDays(ran.endExclusive, -1) ? ('running' as const) : ('over' as const),
      responses: Audiences.options.map((audience) => responseOf(audience, bought, bases, spentMinor)),
    };
  },
});
