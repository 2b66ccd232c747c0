import { sql } from 'kysely';
import type { FactMeasure } from '../events/measure.ts';
import { policySchema } from '../events/policy.ts';
import { call } from './call.ts';
import { offer } from './offer.ts';
import { opportunityStanding } from './opportunity-standing.ts';
import { opportunityTouch } from './opportunity-touch.ts';
import { pipelineStage } from './pipeline-stage.ts';
import { policyVersion } from './policy-version.ts';
import {
  allOf,
  bucket,
  type Entries,
  lastDay,
  nothingMore,
  one,
  onlyOn,
  type SpanMeasure,
  type Sql,
  versionsOf,
  within,
} from './span-entries.ts';
import { stageInterval } from './stage-interval.ts';
import { visitFact } from './visit-fact.ts';

/** Those whose former rows say which events made an entry. */
export const opportunityEvidenceModels = [
  call,
  offer,
  opportunityStanding,
  opportunityTouch,
  stageInterval,
  visitFact,
] as const;

/** The read models that these measures rest on. */
export const opportunityMeasureModels = [...opportunityEvidenceModels, pipelineStage, policyVersion] as const;

/** Where an opportunity stood at the end of a day, if it was there already. */
const joinStanding = (name: Sql, day: Sql) => sql`cross join lateral (
  select stood.*, (stood.value ->> 'amountMinor')::bigint as minor,
    (stood.probability ->> 'num')::bigint as num, (stood.probability ->> 'den')::bigint as den
  from jsonb_to_recordset(deal.standings) as stood(
    "on" date, status text, "stageId" text, "ownerId" uuid, "expectedClose" date, value jsonb, probability jsonb)
  where stood."on" <= ${day} order by stood."on" desc limit 1) as ${name}`;

const runs = (standing: Sql) => sql`${standing}.status in ('open', 'on_hold')`;

/** What policies say of touches, on the last day of a span. */
const touches = sql`coalesce((
  select document -> 'touches' from policy_version
  where "policyKey" = 'pipeline' and "effectiveFrom" < span."end"
  order by "policyVersion" desc limit 1), ${JSON.stringify(policySchema('pipeline').parse({}).touches)}::jsonb)`;

const touched = (condition: Sql) => sql`exists (
  select from opportunity_touch touch where ${condition} and touch.day < span."end"
    and touch.day >= span."end" - 1 - stage."rottingAfterDays"
    and (counted.types ? touch.type or touch.type = 'OpportunityOpened'))`;

/** The opportunities in an open stage on the last day of a span. */
const open =
  (amount: Sql): Entries =>
  (spans) =>
    sql`
    select ${bucket}, stood."ownerId" as "personId", deal."customerId", ${lastDay} as during, ${amount} as amount,
      ${nothingMore}, deal."opportunityId"::text as id
    from ${spans} cross join lateral (select ${touches} as types) as counted
    join opportunity_standing deal on deal."openedOn" < span."end" and coalesce(deal."overOn", 'infinity') >= span."end"
    ${joinStanding(sql`stood`, sql`span."end" - 1`)}
    left join pipeline_stage stage on stage."pipelineId" = deal."pipelineId"
      and stage.version = deal."pipelineVersion" and stage."stageId" = stood."stageId"
    where stood.status = 'open'`;

/** The opportunities that ran the day before a span and were expected to close in it. */
const expected =
  (amount: Sql): Entries =>
  (spans) =>
    sql`
    select ${bucket}, before."ownerId" as "personId", deal."customerId", ${onlyOn(sql`span.start`)} as during,
      ${amount} as amount, ${nothingMore}, deal."opportunityId"::text as id
    from ${spans}
    join opportunity_standing deal on deal."openedOn" < span.start and coalesce(deal."overOn", 'infinity') >= span.start
    ${joinStanding(sql`before`, sql`span.start - 1`)}
    ${joinStanding(sql`after`, sql`span."end" - 1`)}
    where ${runs(sql`before`)} and ${within(sql`before."expectedClose"`)}`;

/** The opportunities that were won or lost in a span and are so at its end. */
const closed =
  (kinds: Sql, amount: Sql, currency: Sql = sql`true`): Entries =>
  (spans) =>
    sql`
    select ${bucket}, ended."ownerId" as "personId", ended."customerId", ${onlyOn(sql`ended."enteredOn"`)} as during,
      ${amount} as amount, ${nothingMore}, ended."opportunityId"::text as id
    from ${spans}
    join stage_interval ended on ended.kind in (${kinds}) and ${within(sql`ended."enteredOn"`)}
      and coalesce(ended."leftOn", 'infinity') >= span."end"
    join opportunity_standing deal on deal."opportunityId" = ended."opportunityId"
    ${joinStanding(sql`stood`, sql`ended."enteredOn"`)}
    where ${currency}`;

const cycle = sql`(ended."enteredOn" - deal."openedOn")::bigint`;
const actual = sql`case when stood.status = 'won' then stood.minor else 0 end`;
/** What was to be expected some days before, in minor units: nothing where it did not run yet. */
const forecast = (days: number) => sql`coalesce((
  select round(before.minor::numeric * before.num / before.den) from (select) as one
  ${joinStanding(sql`before`, sql`ended."enteredOn" - ${sql.lit(days)}`)}
  where ${runs(sql`before`)}), 0)::bigint`;

/** Money of what was closed, in the reporting currency. */
const closedMoney =
  (kinds: Sql, amount: Sql): Entries =>
  (spans, currency) =>
    closed(kinds, amount, sql`stood.value ->> 'currency' = ${currency}`)(spans, currency);
const wonOrLost = sql`'won', 'lost'`;
const gap = (days: number): SpanMeasure => ({
  entries: closedMoney(wonOrLost, sql`abs(${actual} - ${forecast(days)})`),
  made: changes,
});

const decidedOn = sql`coalesce(made."decidedOn", made."validUntil" + 1)`;
const decided =
  (amount: Sql): Entries =>
  (spans) =>
    sql`
    select ${bucket}, made."ownerId" as "personId", made."customerId", ${onlyOn(decidedOn)} as during,
      ${amount} as amount, ${nothingMore}, concat_ws(' ', made."opportunityId", made."offerId") as id
    from ${spans} join offer made on ${within(decidedOn)}`;

/** Visits and calls, by kind; a call may name the only opportunity that it is about. */
const activities = sql`(
  select "personId", "customerId", null::uuid as "opportunityId", date, 'visit' as kind, "visitId"::text as id
  from visit_fact where made
  union all
  select "personId", "customerId", "opportunityId", date, channel, "callId"::text from call)`;

/** The first day on which an opportunity reached a milestone in a span. */
const milestoneOn = sql`(
  select min(reached.day) from opportunity_touch reached
  where reached."opportunityId" = deal."opportunityId" and reached.type = 'MilestoneReached' and ${within(sql`reached.day`)})`;

/** Those that ran in a span, and the days of it on which activities may have helped. */
const running = (spans: Sql) => sql`
  select span.*, deal."opportunityId", deal."customerId", deal.standings, helped."milestoneOn",
    greatest(span.start, deal."openedOn") as since,
    least(span."end" - 1, deal."overOn", helped."milestoneOn") as until
  from ${spans}
  join opportunity_standing deal on deal."openedOn" < span."end" and coalesce(deal."overOn", 'infinity') >= span.start
  cross join lateral (select ${milestoneOn} as "milestoneOn") as helped`;

const isAbout = sql`done."customerId" = deal."customerId" and done.date between deal.since and deal.until
  and (done."opportunityId" is null or done."opportunityId" = deal."opportunityId")`;

const worked =
  (wanted: boolean, amount: Sql): Entries =>
  (spans) =>
    sql`
    select (deal.number - 1)::integer as bucket, stood."ownerId" as "personId", deal."customerId",
      daterange(deal."end" - 1, deal."end") as during, ${amount} as amount, ${nothingMore},
      deal."opportunityId"::text as id
    from (${running(spans)}) as deal
    ${joinStanding(sql`stood`, sql`deal."end" - 1`)}
    where ${wanted ? sql`` : sql`not`} exists (select from ${activities} as done where ${isAbout})`;
const advanced = sql`(deal."milestoneOn" is not null)::integer::bigint`;

/** The kinds of activity with which opportunities reached milestones more often than without, in the year up to the end of each span. */
const rightKinds = (spans: Sql) => sql`
  select number, kind from (
    select deal.number, kind.name as kind, deal."milestoneOn" is not null as reached,
      bool_or(done.id is not null) as helped
    from (${running(sql`(select ("end" - interval '1 year')::date as start, "end", number from ${spans}) as span`)}) as deal
    cross join (values ('visit'), ('phone'), ('email'), ('chat'), ('video')) as kind(name)
    left join ${activities} as done on done.kind = kind.name and ${isAbout}
    group by deal.number, deal."opportunityId", kind.name, reached) as told
  group by number, kind
  having count(*) filter (where helped and reached) * count(*) filter (where not helped)
    > count(*) filter (where not helped and reached) * count(*) filter (where helped)`;

const changes = sql`select made."sincePosition" as position from opportunity_standing_version made
  where made."opportunityId"::text = entry.id
    and (made.standings -> -1 ->> 'on')::date < upper(asked.days)`;
const milestones = sql`select touch.position from opportunity_touch touch
  where touch."opportunityId"::text = entry.id and touch.type = 'MilestoneReached' and asked.days @> touch.day`;
const activityOfCustomer = allOf(
  changes,
  versionsOf(
    'visit_fact',
    sql`made."customerId" = entry."customerId" and made.made and asked.days @> made.date`,
  ),
  versionsOf('call', sql`made."customerId" = entry."customerId" and asked.days @> made.date`),
);
const offerVersions = versionsOf(
  'offer',
  sql`concat_ws(' ', made."opportunityId", made."offerId") = entry.id`,
);
const activityVersions = allOf(
  versionsOf('visit_fact', sql`made."visitId"::text = entry.id and made.made`),
  versionsOf('call', sql`made."callId"::text = entry.id and made."personId" = entry."personId"`),
);

/** Measures of opportunities over a time as a whole. */
export const opportunityMeasures = {
  won_cycle_days: { entries: closed(sql`'won'`, cycle), made: changes },
  lost_cycle_days: { entries: closed(sql`'lost'`, cycle), made: changes },
  forecast_actual: { entries: closedMoney(sql`'won'`, actual), made: changes },
  forecast_gap_30: gap(30),
  forecast_gap_60: gap(60),
  forecast_gap_90: gap(90),
  offers_decided: { entries: decided(one), made: offerVersions },
  offers_accepted: {
    entries: decided(sql`(made.state = 'accepted')::integer::bigint`),
    made: offerVersions,
  },
  open_opportunities: { entries: open(one), made: changes },
  rotting_opportunities: {
    entries: open(sql`(stage."rottingAfterDays" is not null
      and not ${touched(sql`touch."opportunityId" = deal."opportunityId"`)}
      and not ${touched(sql`touch."opportunityId" is null and touch."customerId" = deal."customerId"`)})::integer::bigint`),
    made: changes,
  },
  expected_opportunities: { entries: expected(one), made: changes },
  slipped_opportunities: {
    entries: expected(sql`(${runs(sql`after`)}
      and coalesce(after."expectedClose" >= span."end", true))::integer::bigint`),
    made: changes,
  },
  worked_opportunities: { entries: worked(true, one), made: activityOfCustomer },
  worked_opportunities_advanced: {
    entries: worked(true, advanced),
    made: allOf(activityOfCustomer, milestones),
  },
  unworked_opportunities: { entries: worked(false, one), made: changes },
  unworked_opportunities_advanced: { entries: worked(false, advanced), made: allOf(changes, milestones) },
  right_activities: {
    entries: (spans) => sql`
      select ${bucket}, done."personId", done."customerId", ${onlyOn(sql`done.date`)} as during, ${one} as amount,
        ${nothingMore}, done.id
      from ${spans}
      join (${rightKinds(spans)}) as good on good.number = span.number
      join ${activities} as done on done.kind = good.kind and ${within(sql`done.date`)}`,
    made: activityVersions,
  },
} as const satisfies Partial<Record<FactMeasure, SpanMeasure>>;
