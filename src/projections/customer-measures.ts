import { sql } from 'kysely';
import type { FactMeasure } from '../events/measure.ts';
import { absence } from './absence.ts';
import { call } from './call.ts';
import { customer } from './customer.ts';
import { customerFact } from './customer-fact.ts';
import { customerOwner } from './customer-owner.ts';
import { holiday } from './holiday.ts';
import { salesOrder } from './order.ts';
import { outlet } from './outlet.ts';
import {
  allOf,
  bucket,
  type Entries,
  holdsOn,
  joinOwner,
  lastDay,
  nothingMore,
  one,
  onlyOn,
  type SpanMeasure,
  type Sql,
  standing,
  versionsOf,
  within,
} from './span-entries.ts';
import { visitFact } from './visit-fact.ts';
import { visitFrequency } from './visit-frequency.ts';

/** Those whose former rows say which events made an entry. */
export const customerEvidenceModels = [
  call,
  customerFact,
  customerOwner,
  outlet,
  salesOrder,
  visitFact,
  visitFrequency,
] as const;

/** The read models that these measures rest on. */
export const customerMeasureModels = [...customerEvidenceModels, absence, customer, holiday] as const;

const ownerVersions = versionsOf(
  'customer_owner',
  sql`made."customerId" = entry."customerId" and made."personId" = entry."personId"`,
);
const orderVersions = (since: Sql) =>
  sql`select made."sincePosition" as position from sales_order sold join sales_order_version made on made."orderId" = sold."orderId"
    where sold."customerId" = entry."customerId" and sold."orderedOn" >= ${since} and sold."orderedOn" < upper(asked.days)
      and coalesce(sold."cancelledOn", 'infinity') >= upper(asked.days) and made."sincePosition" = (
        select min(first."sincePosition") from sales_order_version first where first."orderId" = sold."orderId")`;
const visitVersions = (since: Sql, until: Sql) =>
  sql`select made."sincePosition" as position from visit_fact gone join visit_fact_version made on made."visitId" = gone."visitId"
    where gone."customerId" = entry."customerId" and gone.made
      and gone.date >= ${since} and gone.date < ${until} and made.made`;

/** Every day on which somebody owns a customer first. */
const ownedDays =
  (covered: Sql): Entries =>
  (spans) =>
    sql`
    select ${bucket}, owned."personId", owned."customerId", days.held as during, 1::bigint as amount, ${nothingMore},
      concat_ws(' ', owned."customerId", owned."validFrom") as id
    from ${spans} join customer_owner owned on owned.role = 'primary' and owned."validFrom" < span."end"
      and coalesce(owned."validTo", 'infinity') > span.start
    cross join lateral (
      select daterange(owned."validFrom", owned."validTo") * daterange(span.start, span."end") as held) as days
    where ${covered}`;
const whileOwned = sql`exists (
  select from visit_fact gone where gone."customerId" = owned."customerId" and gone.made and days.held @> gone.date)`;

const offDaysMax = 366;

/**
 * The customers with a visit frequency that has held for a whole window: the last so many days that are no holidays and
 * on which the owner is not away. Each day off makes the window begin a day earlier, up to a year.
 */
const withFrequency =
  (amount: Sql): Entries =>
  (spans) =>
    sql`
    select bucket, "personId", "customerId", during, amount, ${nothingMore}, "customerId"::text as id
    from (
      select due.*, daterange(due."end" - 1, due."end") as during,
        ${amount} as amount
      from (
        select ${bucket}, span."end", owner."personId", rule."customerId", rule."from", rule.visits, rule."windowDays",
          customer."regionId"
        from ${spans}
        join visit_frequency rule on rule."from" < span."end" and not exists (
          select from visit_frequency later where later."customerId" = rule."customerId"
            and later."from" > rule."from" and later."from" < span."end")
        join customer on customer."customerId" = rule."customerId"
        ${joinOwner(sql`rule."customerId"`)} offset 0) as due
      join (${windows(spans)}) as worked on worked."end" = due."end" and worked."windowDays" = due."windowDays"
        and worked."personId" is not distinct from due."personId" and worked."regionId" = due."regionId"
      where worked.since >= due."from") as counted`;

/** When the window of each owner, region and length began, found out once for each (`offset 0`), not for each customer. */
const windows = (spans: Sql) => sql`
  select owned.*, (
    select min(day.at) from (
      select owned."end" - back as at from generate_series(1, owned."windowDays" + ${offDaysMax}::integer) as back
      where not coalesce(away.days @> owned."end" - back, false)
        and not coalesce(free.days @> owned."end" - back, false)
      order by back limit owned."windowDays") as day) as since
  from (
    select distinct span."end", owner."personId", rule."windowDays", customer."regionId"
    from ${spans}
    join visit_frequency rule on rule."from" < span."end"
    join customer on customer."customerId" = rule."customerId"
    ${joinOwner(sql`rule."customerId"`)}) as owned
  left join (
    select "personId", range_agg(daterange("from", "to", '[]')) as days from absence where not "halfDay"
    group by "personId") as away on away."personId" = owned."personId"
  left join lateral (
    select range_agg(daterange(date, date, '[]')) as days from holiday
    where "regionId" is null or "regionId" = owned."regionId") as free on true
  offset 0`;

/** The customers with orders in the year before a span, and not lost when it began. */
const boughtBefore =
  (amount: Sql): Entries =>
  (spans) =>
    sql`
    select bucket, "personId", "customerId", daterange("end" - 1, "end") as during, ${amount} as amount,
      ${nothingMore}, "customerId"::text as id
    from (
      select ${bucket}, span."end", owner."personId", bought."customerId", bought.again,
        ${holdsOn(sql`known.losses`, sql`span.start - 1`)} as "lostBefore",
        ${holdsOn(sql`known.losses`, sql`span."end" - 1`)} as "lostAfter"
      from (
        select span.number, span.start, span."end", sold."customerId",
          bool_or(sold."orderedOn" >= span."end" - interval '1 year') as again
        from ${spans} join sales_order sold on sold."orderedOn" >= span.start - interval '1 year' and ${standing}
        group by span.number, span.start, span."end", sold."customerId"
        having bool_or(sold."orderedOn" < span.start)) as bought
      cross join lateral (select bought.number, bought.start, bought."end") as span
      join customer_fact known on known."customerId" = bought."customerId"
      ${joinOwner(sql`bought."customerId"`)}) as customers
    where not "lostBefore"`;

const silentAfter = { intervals: 3, days: 365, orderDaysMin: 3 };

/** Whether a customer is silent on the day before: for longer than three of the own intervals, or a year where there are few. */
const isSilent = (moment: 'before' | 'after', day: Sql) => sql`
  ${day} - ${sql.ref(`last_${moment}`)} > case when ${sql.ref(`days_${moment}`)} >= ${sql.lit(silentAfter.orderDaysMin)}
    then ${sql.lit(silentAfter.intervals)} * ${sql.ref(`median_${moment}`)} else ${sql.lit(silentAfter.days)} end`;

/** The customers that were neither lost nor silent when a span began. */
const inRhythm =
  (amount: Sql): Entries =>
  (spans) =>
    sql`
    select bucket, "personId", "customerId", daterange("end" - 1, "end") as during, ${amount} as amount,
      ${nothingMore}, "customerId"::text as id
    from (
      select ${bucket}, span."end", owner."personId", rhythm."customerId",
        ${isSilent('before', sql`(span.start - 1)`)} or ${holdsOn(sql`known.losses`, sql`span.start - 1`)} as "goneBefore",
        ${isSilent('after', sql`(span."end" - 1)`)} or ${holdsOn(sql`known.losses`, sql`span."end" - 1`)} as "goneAfter"
      from (
        select number, start, "end", "customerId",
          max(day) filter (where day < start) as last_before, max(day) as last_after,
          count(*) filter (where day < start) as days_before, count(*) as days_after,
          percentile_cont(0.5) within group (order by gap) filter (where day < start) as median_before,
          percentile_cont(0.5) within group (order by gap) as median_after
        from (
          select number, start, "end", "customerId", day,
            (day - lag(day) over (partition by number, "customerId" order by day))::double precision as gap
          from (
            select distinct span.number, span.start, span."end", sold."customerId", sold."orderedOn" as day
            from ${spans} join sales_order sold on ${standing}) as bought) as gaps
        group by number, start, "end", "customerId"
        having min(day) < start) as rhythm
      cross join lateral (select rhythm.number, rhythm.start, rhythm."end") as span
      join customer_fact known on known."customerId" = rhythm."customerId"
      ${joinOwner(sql`rhythm."customerId"`)}) as customers
    where not "goneBefore"`;

/** Visits to and calls with each customer. */
const touched =
  (amount: Sql): Entries =>
  (spans) =>
    sql`
    select ${bucket}, owner."personId", touch."customerId", ${lastDay} as during, ${amount} as amount, ${nothingMore},
      touch."customerId"::text as id
    from (
      select number, "end", "customerId", count(*) as times from (
        select span.number, span."end", gone."customerId", gone."personId" from ${spans}
        join visit_fact gone on gone.made and gone."customerId" is not null and ${within(sql`gone.date`)}
        union all
        select span.number, span."end", spoken."customerId", spoken."personId" from ${spans}
        join call spoken on ${within(sql`spoken.date`)}) as each
      group by number, "end", "customerId", "personId") as touch
    cross join lateral (select touch.number, touch."end") as span
    ${joinOwner(sql`touch."customerId"`)}
    group by span.number, span."end", owner."personId", touch."customerId"`;

const openings = sql`select from jsonb_to_recordset(shop.openings) as held("from" date, "to" date)`;

const visitedFirst =
  (amount: Sql): Entries =>
  (spans) =>
    sql`
    select ${bucket}, gone."personId", gone."customerId", ${onlyOn(sql`min(gone.date)`)} as during, ${amount} as amount,
      ${nothingMore}, concat_ws(' ', gone."personId", gone."customerId") as id
    from ${spans} join visit_fact gone on gone.made and gone."customerId" is not null and ${within(sql`gone.date`)}
    group by span.number, gone."personId", gone."customerId"`;

const visitsOfEntry = versionsOf(
  'visit_fact',
  sql`made."customerId" = entry."customerId" and made."personId" = entry."personId"
    and made.made and asked.days @> made.date`,
);
const yearBefore = sql`(lower(asked.days) - interval '1 year')`;
const lossVersions = versionsOf('customer_fact', sql`made."customerId" = entry."customerId"`);
const touchVersions = allOf(
  visitVersions(sql`lower(asked.days)`, sql`upper(asked.days)`),
  versionsOf('call', sql`made."customerId" = entry."customerId" and asked.days @> made.date`),
);
const outletVersions = versionsOf('outlet', sql`made."customerId" = entry."customerId"`);
const frequencyVersions = versionsOf('visit_frequency', sql`made."customerId" = entry."customerId"`);
/** Measures of customers over a time as a whole. */
export const customerMeasures = {
  visited_customers: { entries: visitedFirst(one), made: visitsOfEntry },
  buying_customers: {
    entries: visitedFirst(sql`bool_or(gone.ordered or gone.contracted)::integer::bigint`),
    made: visitsOfEntry,
  },
  owned_customer_days: { entries: ownedDays(sql`true`), made: ownerVersions },
  covered_customer_days: {
    entries: ownedDays(whileOwned),
    made: allOf(ownerVersions, visitVersions(sql`lower(entry.during)`, sql`upper(entry.during)`)),
  },
  customers_with_frequency: { entries: withFrequency(one), made: frequencyVersions },
  customers_at_frequency: {
    entries: withFrequency(sql`((
      select count(*) from visit_fact gone where gone."customerId" = due."customerId" and gone.made
        and gone.date >= worked.since and gone.date < due."end") >= due.visits)::integer::bigint`),
    made: allOf(
      frequencyVersions,
      visitVersions(
        sql`(upper(asked.days) - (
          select max(rule."windowDays") from visit_frequency rule where rule."customerId" = entry."customerId"))`,
        sql`upper(asked.days)`,
      ),
    ),
  },
  active_customers: {
    entries: boughtBefore(one),
    made: allOf(lossVersions, orderVersions(yearBefore)),
  },
  retained_customers: {
    entries: boughtBefore(sql`(again and not "lostAfter")::integer::bigint`),
    made: allOf(lossVersions, orderVersions(yearBefore)),
  },
  steady_customers: {
    entries: inRhythm(one),
    made: allOf(lossVersions, orderVersions(sql`'-infinity'`)),
  },
  churned_customers: {
    entries: inRhythm(sql`"goneAfter"::integer::bigint`),
    made: allOf(lossVersions, orderVersions(sql`'-infinity'`)),
  },
  customer_touches: { entries: touched(sql`sum(touch.times)::bigint`), made: touchVersions },
  top_person_touches: { entries: touched(sql`max(touch.times)::bigint`), made: touchVersions },
  open_outlets: {
    entries: (spans) => sql`
      select ${bucket}, owner."personId", shop."customerId", ${lastDay} as during,
        (${holdsOn(sql`shop.openings`, sql`span.start - 1`)})::integer::bigint
          + (${holdsOn(sql`shop.openings`, sql`span."end" - 1`)})::integer as amount,
        ${nothingMore}, shop."customerId"::text as id
      from ${spans} cross join outlet shop ${joinOwner(sql`shop."customerId"`)}`,
    made: outletVersions,
  },
  active_outlets: {
    entries: (spans) => sql`
      select ${bucket}, owner."personId", shop."customerId", ${lastDay} as during, ${one} as amount, ${nothingMore},
        shop."customerId"::text as id
      from (
        select distinct span.number, span.start, span."end", given.id
        from ${spans} join sales_order sold on ${within(sql`sold."orderedOn"`)} and ${standing}
        cross join lateral (values (sold."customerId"), (sold."outletId")) as given(id)) as bought
      cross join lateral (select bought.number, bought.start, bought."end") as span
      join outlet shop on shop."customerId" = bought.id and exists (
        ${openings} where held."from" < span."end" and coalesce(held."to", 'infinity') > span.start)
      ${joinOwner(sql`shop."customerId"`)}`,
    made: allOf(
      outletVersions,
      sql`select made."sincePosition" as position from sales_order_version made
        where entry."customerId" in (made."customerId", made."outletId") and asked.days @> made."orderedOn"
          and made.state = 'taken'`,
    ),
  },
} as const satisfies Partial<Record<FactMeasure, SpanMeasure>>;
