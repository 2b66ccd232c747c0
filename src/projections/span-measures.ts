import { sql } from 'kysely';
import type { FactMeasure } from '../events/measure.ts';
import { assignment } from './assignment.ts';
import { competitorObservation } from './competitor-observation.ts';
import { customerEvidenceModels, customerMeasureModels, customerMeasures } from './customer-measures.ts';
import {
  opportunityEvidenceModels,
  opportunityMeasureModels,
  opportunityMeasures,
} from './opportunity-measures.ts';
import { product } from './product.ts';
import { receivable } from './receivable.ts';
import { receivableEntry } from './receivable-entry.ts';
import { reportReview } from './report-review.ts';
import { roleGrant } from './role-grant.ts';
import { together } from './rows-of.ts';
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
import { target } from './target.ts';
import { targetPlan } from './target-plan.ts';
import { workingMinutes, workingTimeModels } from './working-time.ts';

/** Those whose former rows say which events made an entry. */
export const spanEvidenceModels = together(
  ...customerEvidenceModels,
  ...opportunityEvidenceModels,
  assignment,
  competitorObservation,
  receivable,
  reportReview,
  roleGrant,
  target,
  targetPlan,
);

/** The read models that measures of a time as a whole rest on. */
export const spanMeasureModels = together(
  ...spanEvidenceModels,
  ...customerMeasureModels,
  ...opportunityMeasureModels,
  ...workingTimeModels,
  product,
  receivableEntry,
);

/** Leaves of the plans that were published in a span. */
const published =
  (amount: Sql): Entries =>
  (spans) =>
    sql`
    select ${bucket}, leaf.responsible as "personId", null::uuid as "customerId",
      ${onlyOn(sql`plan."publishedOn"`)} as during, ${amount} as amount, ${nothingMore}, leaf."targetId"::text as id
    from ${spans}
    join target_plan plan on plan.state in ('published', 'closed') and ${within(sql`plan."publishedOn"`)}
    join target leaf on leaf."planId" = plan."planId" and leaf.state = 'assigned' and leaf."splitDimension" is null`;

const observed =
  (amount: Sql): Entries =>
  (spans) =>
    sql`
    select ${bucket}, seen."personId", seen."customerId", ${onlyOn(sql`seen.date`)} as during, ${amount} as amount,
      concat_ws(' ', seen.kind, seen."competitorId", coalesce(sort."groupId"::text, 'none')) as item,
      seen."observationId"::text as id
    from ${spans} join competitor_observation seen on ${within(sql`seen.date`)}
    left join product sort on sort."productId" = seen."productId"`;
const depth = sql`((seen."productId" is not null)::integer + (seen."priceMinor" is not null)::integer
  + case seen.confidence when 'high' then 2 when 'medium' then 1 else 0 end)::bigint`;

const observationVersions = versionsOf('competitor_observation', sql`made."observationId"::text = entry.id`);
const targetVersions = allOf(
  versionsOf('target', sql`made."targetId"::text = entry.id`),
  versionsOf(
    'target_plan',
    sql`made."planId" = (select leaf."planId" from target leaf where leaf."targetId"::text = entry.id)`,
  ),
);
const invoiceVersions = versionsOf('receivable', sql`made."invoiceId"::text = entry.id`);
const reviewVersions = versionsOf(
  'report_review',
  sql`concat_ws(' ', made."personId", made.date, made."docVersion") = entry.id`,
);

const measures = {
  ...customerMeasures,
  ...opportunityMeasures,
  full_time_days: {
    entries: (spans) => sql`
      select ${bucket}, held."personId", null::uuid as "customerId", stint as during, held."fteBp"::bigint as amount,
        ${nothingMore}, concat_ws(' ', held."personId", held."positionId", held."from", lower(stint)) as id
      from ${spans}
      join assignment held on held."from" < span."end" and coalesce(held."to", 'infinity') > span.start
      join (
        select "personId", range_agg(daterange("from", "to")) as days from role_grant where role = 'SP'
        group by "personId") as field on field."personId" = held."personId"
      cross join lateral unnest(field.days * datemultirange(
        daterange(held."from", held."to") * daterange(span.start, span."end"))) as stint`,
    made: allOf(
      versionsOf(
        'assignment',
        sql`entry.id like concat_ws(' ', made."personId", made."positionId", made."from", '%')`,
      ),
      versionsOf('role_grant', sql`made."personId" = entry."personId" and made.role = 'SP'`),
    ),
  },
  receivable_days: {
    entries: (spans, currency) => sql`
      select ${bucket}, bill.responsible as "personId", bill."customerId", ${lastDay} as during,
        (sum(moved."changeMinor") * (span."end" - span.start))::bigint as amount, ${nothingMore},
        bill."invoiceId"::text as id
      from ${spans}
      join receivable bill on bill.currency = ${currency} and coalesce(bill."settledOn", 'infinity') >= span."end"
      join receivable_entry moved on moved."invoiceId" = bill."invoiceId" and moved.date < span."end"
      group by span.number, span.start, span."end", bill."invoiceId", bill.responsible, bill."customerId"`,
    made: sql`select moved.position from receivable_entry moved
      where moved."invoiceId"::text = entry.id and moved.date < upper(asked.days)`,
  },
  invoiced: {
    entries: (spans, currency) => sql`
      select ${bucket}, bill.responsible as "personId", bill."customerId", ${lastDay} as during,
        bill."amountMinor" as amount, ${nothingMore}, bill."invoiceId"::text as id
      from ${spans} join receivable bill on bill.currency = ${currency} and ${within(sql`bill."issuedOn"`)}`,
    made: sql`select min(made.position) as position from (${invoiceVersions}) as made`,
  },
  targets_published: { entries: published(one), made: targetVersions },
  targets_acknowledged: {
    entries: published(
      sql`coalesce(leaf."acknowledgedOn" <= least(coalesce(plan."discussUntil", plan."publishedOn"), span."end" - 1), false)::integer::bigint`,
    ),
    made: targetVersions,
  },
  competitor_observations: { entries: observed(one), made: observationVersions },
  observation_depth: { entries: observed(depth), made: observationVersions },
  review_minutes: {
    entries: (spans) => sql`
      select ${bucket}, version."signerId" as "personId", null::uuid as "customerId",
        ${onlyOn(sql`version."decidedOn"`)} as during,
        ${workingMinutes(sql`version."filedAt"`, sql`version."decidedAt"`)} as amount, ${nothingMore},
        concat_ws(' ', version."personId", version.date, version."docVersion") as id
      from ${spans} join report_review version on ${within(sql`version."decidedOn"`)}`,
    made: reviewVersions,
  },
  refile_minutes: {
    entries: (spans) => sql`
      select ${bucket}, version."personId", null::uuid as "customerId", ${onlyOn(sql`version."filedOn"`)} as during,
        ${workingMinutes(sql`former."decidedAt"`, sql`version."filedAt"`)} as amount, ${nothingMore},
        concat_ws(' ', version."personId", version.date, version."docVersion") as id
      from ${spans} join report_review version on ${within(sql`version."filedOn"`)}
      join report_review former on former."personId" = version."personId" and former.date = version.date
        and former."docVersion" = version."docVersion" - 1 and former.returned`,
    made: allOf(
      reviewVersions,
      versionsOf(
        'report_review',
        sql`concat_ws(' ', made."personId", made.date, made."docVersion" + 1) = entry.id`,
      ),
    ),
  },
} as const satisfies Partial<Record<FactMeasure, SpanMeasure>>;

type SpanMeasureName = keyof typeof measures;

/** Whether a measure is one of a time as a whole. */
export const isOfSpans = (measure: FactMeasure): measure is SpanMeasureName =>
  Object.hasOwn(measures, measure);

export const spanMeasure = (measure: SpanMeasureName): SpanMeasure => measures[measure];
