import { type RawBuilder, sql } from 'kysely';
import type { Filters } from '../events/kpi.ts';
import { customer } from './customer.ts';
import { product } from './product.ts';
import { region } from './region.ts';

/** What filters are judged by, as it is now. */
export const narrowingModels = [customer, product, region] as const;

const among = (ids: readonly string[]) => sql`any(${ids}::uuid[])`;

/** Regions and those within them. */
export const withBelow = (ids: readonly string[]) => sql`(
  with recursive part(id) as (
    select unnest(${ids}::uuid[])
    union select region."regionId" from region join part on region."parentId" = part.id)
  select id from part)`;

const all = (conditions: readonly (RawBuilder<unknown> | undefined)[]): RawBuilder<unknown> | undefined => {
  const given = conditions.filter((condition) => condition !== undefined);
  return given.length > 0 ? sql.join(given, sql` and `) : undefined;
};

const isSold = ({ product, product_group: group }: Filters, id: RawBuilder<unknown>) =>
  all([
    product && sql`${id} = ${among(product)}`,
    group && sql`${id} in (select "productId" from product where "groupId" = ${among(group)})`,
  ]);

/** An order as such has a product where one of its lines has. */
function ofProducts(filters: Filters): RawBuilder<unknown> | undefined {
  const own = isSold(filters, sql`fact."productId"`);
  return (
    own &&
    sql`(${own} or fact.measure = 'orders' and exists (
      select from fact line where line."orderId" = fact."orderId" and line.measure = 'net_sales'
        and ${isSold(filters, sql`line."productId"`)!}))`
  );
}

const ofCustomers = (filters: Filters, withChannel: boolean): RawBuilder<unknown> | undefined => {
  const { region, customer_segment: segment, channel } = filters;
  const chosen = all([
    region && sql`"regionId" in ${withBelow(region)}`,
    segment && sql`segment = any(${segment}::text[])`,
    withChannel ? channel && sql`"channelId" = ${among(channel)}` : undefined,
  ]);
  return chosen && sql`"customerId" in (select "customerId" from customer where ${chosen})`;
};

/** An order has a channel of its own; everything else that of its customer. */
const ofChannels = ({ channel }: Filters): RawBuilder<unknown> | undefined =>
  channel &&
  sql`coalesce(fact."channelId", (
    select customer."channelId" from customer where customer."customerId" = fact."customerId")) = ${among(channel)}`;

/** What more a row of a table must be to pass all filters, as the rest of a condition. */
export function narrowed(table: string, filters: readonly Filters[]): RawBuilder<unknown> {
  const ofFacts = table === 'fact';
  const conditions = filters.map((each) =>
    all([ofCustomers(each, !ofFacts), ...(ofFacts ? [ofProducts(each), ofChannels(each)] : [])]),
  );
  const whole = all(conditions);
  return whole ? sql`and ${whole}` : sql``;
}
