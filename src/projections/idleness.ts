import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import { InvalidCursor } from '../engine/cursor.ts';
import { addDays } from '../engine/instant.ts';
import type { Asker } from '../engine/query.ts';
import { PipelineVersion, StageId, TouchType } from '../events/pipeline.ts';
import { policySchema } from '../events/policy.ts';
import { CustomerId, Instant, LocalDate, OpportunityId, PersonId, PipelineId } from '../events/values.ts';
import { opportunityTouch } from './opportunity-touch.ts';
import { pipelineStage } from './pipeline-stage.ts';
import { policyVersion } from './policy-version.ts';
import { type AnyDb, rowsOf } from './rows-of.ts';
import { stageInterval } from './stage-interval.ts';

export const idleModels = [stageInterval, pipelineStage, opportunityTouch, policyVersion] as const;

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

const touchBy = (condition: RawBuilder<unknown>, asOf: string, types: readonly string[]) => sql`(
  select * from opportunity_touch touch where ${condition} and touch.type = any(${types})
    and touch.day <= ${asOf}::date and touch.at >= first."enteredAt" order by touch.at desc, touch.position desc limit 1)`;

/**
 * The opportunities in an open stage at the end of a day, those first that nothing has touched for longest; undefined
 * where there is no such version of the policy. Touches that name no opportunity count to all of the customer.
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
  const among = [
    sql`stay.kind = 'open' and stay."enteredOn" <= ${asOf}::date
      and (stay."leftOn" is null or stay."leftOn" > ${asOf}::date)`,
    ...(opportunityId ? [sql`stay."opportunityId" = ${opportunityId}::uuid`] : []),
    ...(pipelineId ? [sql`stay."pipelineId" = ${pipelineId}::uuid`] : []),
    ...(ownerIds
      ? [
          sql`exists (select from opportunity where opportunity."opportunityId" = stay."opportunityId"
            and opportunity."ownerId" = any(${ownerIds}::uuid[]))`,
        ]
      : []),
  ];
  const shown = [
    sql`true`,
    ...(rotting === undefined ? [] : [sql`rotting = ${rotting}`]),
    ...(overstayed === undefined ? [] : [sql`overstayed = ${overstayed}`]),
    ...(after ? [sql`(day, "opportunityId") > (${after[0]}::date, ${after[1]}::uuid)`] : []),
  ];
  const rows = await rowsOf<Omit<Idle, 'lastTouch'> & Idle['lastTouch'] & { readonly day: string }>(
    db,
    sql`select * from (
      select stay."opportunityId", stay."customerId", stay."pipelineId", stay."stageId", stay."enteredOn",
        coalesce(${askedPipeline ?? null}::integer, stay."pipelineVersion") as "pipelineVersion",
        touch.type, touch.at, touch.position, touch."personId", touch.day, ${asOf}::date - touch.day as "idleDays",
        stage."rottingAfterDays", coalesce(${asOf}::date - touch.day > stage."rottingAfterDays", false) as rotting,
        ${asOf}::date - stay."enteredOn" as "stageDays", stage."plannedDurationDays",
        coalesce(${asOf}::date - stay."enteredOn" > stage."plannedDurationDays", false) as overstayed
      from stage_interval stay
      join stage_interval first on first."opportunityId" = stay."opportunityId" and first.stay = 1
      left join pipeline_stage stage on stage."pipelineId" = stay."pipelineId" and stage."stageId" = stay."stageId"
        and stage.version = coalesce(${askedPipeline ?? null}::integer, stay."pipelineVersion")
      cross join lateral (
        select * from (
          ${touchBy(sql`touch."opportunityId" = stay."opportunityId"`, asOf, types)}
          union all
          ${touchBy(sql`touch."opportunityId" is null and touch."customerId" = stay."customerId"`, asOf, types)}) as found
        order by at desc, position desc limit 1) as touch
      where ${sql.join(among, sql` and `)}) as judged
    where ${sql.join(shown, sql` and `)} order by day, "opportunityId" limit ${limit}`,
  );
  return rows.map(({ type, at, position, personId, day: _, ...idle }) => ({
    ...idle,
    asOf,
    policyVersion: version,
    lastTouch: { type, at, position, personId },
  }));
}
