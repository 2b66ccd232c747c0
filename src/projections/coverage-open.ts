import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import type { Counted } from '../events/coverage-plan.ts';
import { Currency } from '../events/values.ts';
import { customerFact } from './customer-fact.ts';
import { customerOwner } from './customer-owner.ts';
import { customerRung } from './customer-rung.ts';
import { type Members, memberModels } from './members.ts';
import { opportunity } from './opportunity.ts';
import { pipelineMovement } from './pipeline-movement.ts';
import { type AnyDb, rowsOf, together } from './rows-of.ts';
import { stageInterval } from './stage-interval.ts';

export const openModels = together(
  opportunity,
  stageInterval,
  pipelineMovement,
  customerRung,
  customerOwner,
  customerFact,
  ...memberModels,
);

export const ValueIn = z
  .object({ currency: Currency, valueMinor: z.bigint().describe('In minor units.') })
  .meta({ id: 'ValueInCurrency', description: 'What something may come to in one currency.' });
export type ValueIn = z.output<typeof ValueIn>;

type OpportunityCount = Extract<Counted, { readonly of: 'opportunities' }>;

/** The stays of opportunities in a level’s pipeline, called `stay`, with whether the level counts them. */
export const staysOf = ({ pipelineId, stageIds }: OpportunityCount): RawBuilder<unknown> => sql`
  select stay.*, stay.kind = 'open' and ${stageIds ? sql`stay."stageId" = any(${stageIds}::text[])` : sql`true`} as counts
  from stage_interval stay where ${pipelineId ? sql`stay."pipelineId" = ${pipelineId}::uuid` : sql`true`}`;

/** Since when a customer is lost on a day, by the row of `customer_fact` that is called `known`; null where it is not. */
export const lostSince = (asOf: string): RawBuilder<unknown> => sql`(
  select min(loss."from") from jsonb_to_recordset(known.losses) as loss("from" date, "to" date)
  where loss."from" <= ${asOf}::date and coalesce(loss."to", 'infinity') > ${asOf}::date)`;

/**
 * The opportunities that are open at the end of a day: whose they are then, what they may come to then, and since when
 * they are at the level.
 */
const openOpportunities = (counts: OpportunityCount, asOf: string): RawBuilder<unknown> => sql`
  stay as materialized (
    select *, min("enteredOn") filter (where counts) over (partition by "opportunityId") as since
    from (${staysOf(counts)}) as marked),
  handed as materialized (
    select distinct on ("opportunityId") "opportunityId", "ownerId", day from pipeline_movement
    where kind = 'transferred_in' and day <= ${asOf}::date order by "opportunityId", position desc),
  later as materialized (
    select "opportunityId", sum("valueMinor") as value from pipeline_movement
    where kind in ('increased', 'decreased') and day > ${asOf}::date group by "opportunityId"),
  entry as materialized (
    select case when handed.day >= stay."enteredOn" then handed."ownerId" else stay."ownerId" end as "personId",
      stay."stageId" as place, stay.since, deal.currency, deal."valueMinor" - coalesce(later.value, 0) as value
    from stay
    join opportunity deal on deal."opportunityId" = stay."opportunityId"
    left join handed on handed."opportunityId" = stay."opportunityId"
    left join later on later."opportunityId" = stay."opportunityId"
    where stay.counts and stay."enteredOn" <= ${asOf}::date
      and (stay."leftOn" is null or stay."leftOn" > ${asOf}::date))`;

/** The customers on some rungs at the end of a day, by their primary owner. */
const openCustomers = (lifecycle: readonly string[], asOf: string): RawBuilder<unknown> => sql`
  rung as materialized (
    select "customerId", (array_agg(lifecycle order by position desc))[1] as place,
      min(day) filter (where lifecycle = any(${lifecycle}::text[])) as since
    from customer_rung where day <= ${asOf}::date group by "customerId"),
  entry as materialized (
    select owned."personId", rung.place, rung.since, null as currency, 0::numeric as value
    from rung
    join customer_owner owned on owned."customerId" = rung."customerId" and owned.role = 'primary'
      and owned."validFrom" <= ${asOf}::date and coalesce(owned."validTo", 'infinity') > ${asOf}::date
    left join customer_fact known on known."customerId" = rung."customerId"
    where rung.place = any(${lifecycle}::text[]) and ${lostSince(asOf)} is null)`;

/** What some member has open at a place of a level: a stage or a rung. */
export interface OpenRow {
  readonly personId: string;
  readonly place: string;
  readonly open: number;
  /** Those of them that were there on a day or before. */
  readonly early: number;
  readonly since: string;
  readonly value: ValueIn | undefined;
}

/**
 * What the members have open at a level at the end of a day; `early` counts what was there on another day or before. Each
 * step is made once, however few rows are expected of it.
 */
export async function openAt(
  db: AnyDb,
  members: Members,
  counts: Counted,
  { asOf, earlyUntil }: { readonly asOf: string; readonly earlyUntil: string },
): Promise<readonly OpenRow[]> {
  const entries =
    counts.of === 'opportunities' ? openOpportunities(counts, asOf) : openCustomers(counts.lifecycle, asOf);
  const rows = await rowsOf<
    Omit<OpenRow, 'value'> & { readonly currency: string | null; readonly valueMinor: string }
  >(
    db,
    sql`with recursive ${members}, ${entries}
      select entry."personId", entry.place, entry.currency, count(*)::integer as open,
        (count(*) filter (where entry.since <= ${earlyUntil}::date))::integer as early, min(entry.since) as since,
        sum(entry.value)::text as "valueMinor"
      from entry join member on member.id = entry."personId" and member.days @> ${asOf}::date
      group by entry."personId", entry.place, entry.currency
      order by entry."personId", entry.place, entry.currency`,
  );
  return rows.map(({ currency, valueMinor, ...row }) => ({
    ...row,
    value: currency === null ? undefined : { currency, valueMinor: BigInt(valueMinor) },
  }));
}

/** The values of some rows, added up by currency. */
export const valuesOf = (rows: readonly { readonly value: ValueIn | undefined }[]): ValueIn[] =>
  [
    ...Map.groupBy(
      rows.flatMap(({ value }) => value ?? []),
      ({ currency }) => currency,
    ),
  ]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([currency, some]) => ({
      currency,
      valueMinor: some.reduce((sum, { valueMinor }) => sum + valueMinor, 0n),
    }));
