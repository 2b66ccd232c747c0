import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import { InvalidCursor } from '../engine/cursor.ts';
import { addDays } from '../engine/instant.ts';
import type { Asker } from '../engine/query.ts';
import { PipelineVersion, StageId, TouchType } from '../events/pipeline.ts';
import { policySchema } from '../events/policy.ts';
import { CustomerId, Instant, LocalDate, OpportunityId, PersonId, PipelineId } from '../events/values.ts';
import { customerClock, customerTouches } from './customer-clock.ts';
import { opportunityClock, ownTouches } from './opportunity-clock.ts';
import { opportunityTouch } from './opportunity-touch.ts';
import { pipelineStage } from './pipeline-stage.ts';
import { policyVersion } from './policy-version.ts';
import { type AnyDb, rowsOf } from './rows-of.ts';
import { stageInterval } from './stage-interval.ts';

export const idleModels = [
  opportunityClock,
  customerClock,
  stageInterval,
  pipelineStage,
  opportunityTouch,
  policyVersion,
] as const;

export const Idle = z
  .object({
    opportunityId: OpportunityId,
    customerId: CustomerId,
    pipelineId: PipelineId,
    stageId: StageId,
    asOf: LocalDate.describe('The day at whose end it is judged.'),
    policyVersion: z.int().describe('The policy that says what counts as a touch; 0 is the default.'),
    pipelineVersion: PipelineVersion.describe('The pipeline that says how long is too long.'),
    lastTouch: z
      .object({ type: TouchType, at: Instant, position: z.bigint(), personId: PersonId })
      .describe('The event that started the clock last.'),
    idleDays: z.int().describe('Days since that event.'),
    rottingAfterDays: z.int().nullable().describe('After how many days it rots; null where it never does.'),
    rotting: z.boolean().describe('Whether nothing has touched it for longer.'),
    enteredOn: LocalDate.describe('The day on which it came to its stage.'),
    stageDays: z.int().describe('Days in its stage.'),
    plannedDurationDays: z
      .int()
      .nullable()
      .describe('How long that is planned to take; null without a plan.'),
    overstayed: z.boolean().describe('Whether it is there for longer.'),
  })
  .meta({
    id: 'OpportunityIdleness',
    description: 'How long an opportunity lies without a touch, and in its stage.',
  });
export type Idle = z.output<typeof Idle>;

const numberLike = (pattern: RegExp) => z.string().regex(pattern).transform(Number);
export const idleInput = {
  asOf: LocalDate.optional().describe('The day at whose end it is judged; today when left out.'),
  policyVersion: numberLike(/^\d{1,6}$/)
    .optional()
    .describe(
      'The version of the policy `pipeline` that says what counts as a touch, 0 for the default; the one in force on the day when left out.',
    ),
  pipelineVersion: numberLike(/^[1-9]\d{0,5}$/)
    .optional()
    .describe(
      'The version of the pipeline that says how long is too long; the one under which each opportunity was opened when left out.',
    ),
};

interface IdleAsked {
  readonly asOf?: string | undefined;
  readonly policyVersion?: number | undefined;
  readonly pipelineVersion?: number | undefined;
}

/** What counts as a touch, by a version of the policy or by the one in force on a day. */
async function touchesOf(db: AnyDb, asOf: string, version: number | undefined) {
  const rows = await rowsOf<{ readonly policyVersion: number; readonly document: unknown }>(
    db,
    sql`select "policyVersion", document from policy_version where "policyKey" = 'pipeline'
      and ${version === undefined ? sql`"effectiveFrom" <= ${asOf}::date` : sql`"policyVersion" = ${version}`}
      order by "policyVersion" desc limit 1`,
  );
  const adopted = rows[0];
  if (!adopted && version) return undefined;
  const { touches } = policySchema('pipeline').parse(adopted?.document ?? {});
  return { policyVersion: adopted?.policyVersion ?? 0, types: ['OpportunityOpened', ...touches] };
}

interface IdlePage {
  readonly opportunityId?: string;
  readonly pipelineId?: string | undefined;
  readonly ownerIds?: readonly string[] | undefined;
  readonly rotting?: boolean | undefined;
  readonly overstayed?: boolean | undefined;
  readonly limit?: number;
  /** The day and the opportunity that a page ended with. */
  readonly after?: readonly [day: string, opportunityId: string] | undefined;
}

export const cursorOf = ({ asOf, idleDays, opportunityId }: Idle): string =>
  `${addDays(asOf, -idleDays)} ${opportunityId}`;

/** Where a page ended. */
export function placeOf(cursor: string): readonly [string, string] {
  const [day = '', opportunityId = ''] = cursor.split(' ');
  if (!LocalDate.safeParse(day).success || !OpportunityId.safeParse(opportunityId).success)
    throw new InvalidCursor();
  return [day, opportunityId];
}

/** The day of the last touch up to a day, where that is not the last one there is. */
const earlierTouch = (asOf: string, types: readonly string[]) => {
  const lastBy = (condition: RawBuilder<unknown>) => sql`(
    select max(touch.day) from opportunity_touch touch
    where ${condition} and touch.type = any(${types}) and touch.day <= ${asOf}::date)`;
  return sql`greatest(stay."openedOn", ${lastBy(sql`touch."opportunityId" = stay."opportunityId"`)},
    ${lastBy(sql`touch."opportunityId" is null and touch."customerId" = stay."customerId"`)})`;
};

/**
 * The opportunities in an open stage at the end of a day, those first that nothing has touched for longest; undefined
 * where there is no such version of the policy. Touches that name no opportunity count to all of the customer. The days
 * of the last touches are kept; only those of former days are looked up.
 */
export async function idleOf(
  db: AnyDb,
  { asOf: askedDay, policyVersion: askedPolicy, pipelineVersion: askedPipeline }: IdleAsked,
  { today }: Pick<Asker, 'today'>,
  { opportunityId, pipelineId, ownerIds, rotting, overstayed, limit = 1, after }: IdlePage,
): Promise<readonly Idle[] | undefined> {
  const asOf = askedDay ?? today;
  const counted = await touchesOf(db, asOf, askedPolicy);
  if (!counted) return undefined;
  const { policyVersion: version, types } = counted;
  const lastOf = (table: string, some: readonly string[]) =>
    some.filter((type) => types.includes(type)).map((type) => sql.ref(`${table}.last${type}`));
  const among = sql.join(
    [
      sql`true`,
      ...(opportunityId ? [sql`clock."opportunityId" = ${opportunityId}::uuid`] : []),
      ...(pipelineId ? [sql`clock."pipelineId" = ${pipelineId}::uuid`] : []),
      ...(ownerIds ? [sql`clock."ownerId" = any(${ownerIds}::uuid[])`] : []),
    ],
    sql` and `,
  );
  const staying = (stay: string) => sql`
    select clock."opportunityId", clock."customerId", clock."pipelineId",
      coalesce(${askedPipeline ?? null}::integer, clock."pipelineVersion") as "pipelineVersion",
      ${sql.ref(`${stay}.stageId`)}, ${sql.ref(`${stay}.enteredOn`)}, clock."lastOpportunityOpened" as "openedOn",
      greatest(${sql.join(lastOf('clock', ownTouches))}) as last
    from opportunity_clock clock`;
  const last = sql`greatest(${sql.join([sql`stay.last`, ...lastOf('customer', customerTouches)])})`;
  const idleDays = sql`${asOf}::date - stay.day`;
  const stageDays = sql`${asOf}::date - stay."enteredOn"`;
  const isRotting = sql`coalesce(${idleDays} > stage."rottingAfterDays", false)`;
  const isOverstayed = sql`coalesce(${stageDays} > stage."plannedDurationDays", false)`;
  const limits = sql`left join pipeline_stage stage on stage."pipelineId" = stay."pipelineId"
    and stage."stageId" = stay."stageId" and stage.version = stay."pipelineVersion"`;
  const isJudged = rotting !== undefined || overstayed !== undefined;
  const shown = [
    sql`true`,
    ...(rotting === undefined ? [] : [sql`${isRotting} = ${rotting}`]),
    ...(overstayed === undefined ? [] : [sql`${isOverstayed} = ${overstayed}`]),
    ...(after ? [sql`(stay.day, stay."opportunityId") > (${after[0]}::date, ${after[1]}::uuid)`] : []),
  ];
  const rows = await rowsOf<Omit<Idle, 'lastTouch'> & Idle['lastTouch']>(
    db,
    sql`with stay as (
      ${staying('clock')} where clock.status = 'open' and clock."enteredOn" <= ${asOf}::date and ${among}
      union all
      ${staying('former')} join stage_interval former on former."opportunityId" = clock."opportunityId"
      where former.kind = 'open' and former."enteredOn" <= ${asOf}::date and former."leftOn" > ${asOf}::date and ${among}),
    touched as (
      select stay.*,
        case when ${last} <= ${asOf}::date then ${last} else ${earlierTouch(asOf, types)} end as day
      from stay left join customer_clock customer on customer."customerId" = stay."customerId"
      offset 0),
    page as (
      select stay.* from touched stay ${isJudged ? limits : sql``}
      where ${sql.join(shown, sql` and `)} order by stay.day, stay."opportunityId" limit ${limit})
    select stay."opportunityId", stay."customerId", stay."pipelineId", stay."pipelineVersion", stay."stageId",
      stay."enteredOn", ${idleDays} as "idleDays", stage."rottingAfterDays", ${isRotting} as rotting,
      ${stageDays} as "stageDays", stage."plannedDurationDays", ${isOverstayed} as overstayed, touch.*
    from page stay ${limits}
    cross join lateral (
      select touch.type, touch.at, touch.position, touch."personId" from opportunity_touch touch
      where touch.day = stay.day and touch.type = any(${types}) and (touch."opportunityId" = stay."opportunityId"
        or (touch."opportunityId" is null and touch."customerId" = stay."customerId"))
      order by touch.at desc, touch.position desc limit 1) as touch
    order by stay.day, stay."opportunityId"`,
  );
  return rows.map(({ type, at, position, personId, ...idle }) => ({
    ...idle,
    asOf,
    policyVersion: version,
    lastTouch: { type, at, position, personId },
  }));
}
