import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import { addDays } from '../engine/instant.ts';
import { nothing, query } from '../engine/query.ts';
import { PeriodId } from '../events/calendar.ts';
import { MilestoneKey } from '../events/pipeline.ts';
import { LocalDate, PipelineId } from '../events/values.ts';
import { fiscalPeriod } from './fiscal-period.ts';
import type { Members } from './members.ts';
import { milestoneReached } from './milestone-reached.ts';
import { opportunityTouch } from './opportunity-touch.ts';
import { pipeline } from './pipeline.ts';
import { PipelineSubject } from './pipeline-board.ts';
import { Rate, rateOf } from './rate.ts';
import { type AnyDb, rowsOf, together } from './rows-of.ts';
import { spanAsked } from './span-asked.ts';
import { stageInterval } from './stage-interval.ts';
import { SubjectId, subjectModels, subjectOf } from './subject.ts';

const activities = { VisitEnded: 'visit', CallLogged: 'call' } as const;
const ActivityKind = z.enum(Object.values(activities)).describe('What was done with the customer.');

const comparison = {
  with: Rate.describe('With it.'),
  without: Rate.describe('Without it.'),
  lift: Rate.describe(
    'The one over the other: above 1 where it goes along with success. It need not cause it.',
  ),
};

const MilestoneStatistics = z
  .object({
    milestone: MilestoneKey,
    name: z.string().describe('Name of the milestone in the latest version that has it.'),
    opened: z.int().describe('How many were opened in the period.'),
    reached: z.int().describe('How many of them reached it.'),
    wonAfter: z.int().describe('How many of those that reached it are won.'),
    ...comparison,
    activities: z
      .array(z.object({ kind: ActivityKind, ...comparison }))
      .describe(
        'How many reach the milestone with such an activity while they were open and before it, and how many without; the highest lift first.',
      ),
  })
  .meta({
    id: 'MilestoneStatistics',
    description: 'What goes along with a milestone: the share that is won, and the activities before it.',
  });

/** Opportunities that are alike. */
interface Alike {
  readonly milestone: string;
  readonly reached: boolean;
  readonly became: 'won' | 'lost' | 'open';
  readonly visit: boolean;
  readonly call: boolean;
  readonly count: number;
}

const sum = (rows: readonly Alike[]): number => rows.reduce((total, { count }) => total + count, 0);

/** The share that succeeds of those with something against that of those without. */
function compared(rows: readonly Alike[], has: (row: Alike) => boolean, succeeds: (row: Alike) => boolean) {
  const shareOf = (some: readonly Alike[]): Rate => rateOf(sum(some.filter(succeeds)), sum(some));
  const [one, other] = [shareOf(rows.filter(has)), shareOf(rows.filter((row) => !has(row)))];
  return {
    with: one,
    without: other,
    lift: rateOf(one.numerator * other.denominator, one.denominator * other.numerator),
  };
}

interface Asked {
  readonly members: Members | null;
  readonly start: string;
  readonly endExclusive: string;
  readonly asOf: string;
  readonly pipelineId: string;
  readonly milestones: readonly string[];
}

const touchSince = (type: string, condition: RawBuilder<unknown>, asOf: string) => sql`
  select min(touch.at) as at from opportunity_touch touch
  where ${condition} and touch.type = ${type} and touch.at >= deal."enteredAt" and touch.day <= ${asOf}::date`;

/** When something was done first for an opportunity since it was opened; what names none counts to all of the customer. */
const firstTouch = (type: string, asOf: string) => sql`(
  select min(at) from (
    ${touchSince(type, sql`touch."opportunityId" = deal."opportunityId"`, asOf)} union all
    ${touchSince(type, sql`touch."opportunityId" is null and touch."customerId" = deal."customerId"`, asOf)}) as touched)`;

const dealsOf = (db: AnyDb, { members, start, endExclusive, asOf, pipelineId, milestones }: Asked) =>
  rowsOf<Alike>(
    db,
    sql`${members ? sql`with recursive ${members},` : sql`with`} deal as materialized (
        select first."opportunityId", first."customerId", first."enteredAt", coalesce(closed.kind, 'open') as became,
          closed."enteredAt" as "closedAt"
        from stage_interval first
        ${members ? sql`join member on member.id = first."ownerId" and member.days @> first."enteredOn"` : sql``}
        left join stage_interval closed on closed."opportunityId" = first."opportunityId"
          and closed.kind in ('won', 'lost') and closed."enteredOn" <= ${asOf}::date
          and (closed."leftOn" is null or closed."leftOn" > ${asOf}::date)
        where first.kind = 'open' and first.stay = 1 and first."pipelineId" = ${pipelineId}::uuid
          and first."enteredOn" >= ${start}::date and first."enteredOn" < ${endExclusive}::date
          and first."enteredOn" <= ${asOf}::date),
      touched as materialized (
        select deal.*, ${firstTouch('VisitEnded', asOf)} as visit, ${firstTouch('CallLogged', asOf)} as call from deal)
      select asked.milestone, got."reachedAt" is not null as reached, became,
        coalesce(visit <= until, false) as visit, coalesce(call <= until, false) as call, count(*)::integer as "count"
      from touched cross join unnest(${milestones}::text[]) as asked(milestone)
      left join milestone_reached got on got."opportunityId" = touched."opportunityId"
        and got.milestone = asked.milestone and got."reachedOn" <= ${asOf}::date
      cross join lateral (select coalesce(got."reachedAt", "closedAt", 'infinity') as until) as time
      group by 1, 2, 3, 4, 5`,
  );

const models = together(
  stageInterval,
  milestoneReached,
  opportunityTouch,
  pipeline,
  fiscalPeriod,
  ...subjectModels,
);

export const getMilestoneStatistics = query({
  name: 'GetMilestoneStatistics',
  summary:
    'Get how much more often those opportunities are won that reach a milestone, and how much more often it is reached with visits or calls than without, of what was opened in a period. This is association: it does not say what causes what.',
  permission: 'opportunity:read',
  path: '/pipelines/:pipelineId/milestones',
  input: {
    pipelineId: PipelineId,
    subjectKind: PipelineSubject.default('organisation'),
    subjectId: SubjectId.optional(),
    period: PeriodId.optional().describe('The period; the fiscal month of today when nothing is given.'),
    from: LocalDate.optional().describe('First day, instead of a period.'),
    to: LocalDate.optional().describe('Last day, with from; `asOf` when left out.'),
    asOf: LocalDate.optional().describe('The day at whose end it stood so; today when left out.'),
  },
  output: z.object({
    pipelineId: PipelineId,
    period: z.object({ periodId: PeriodId.nullable(), start: LocalDate, endExclusive: LocalDate }),
    asOf: LocalDate,
    milestones: z.array(MilestoneStatistics),
  }),
  reads: models,
  subject: ({ subjectKind, subjectId }) =>
    subjectKind === 'person' || subjectKind === 'team' ? subjectId : undefined,
  answer: async (db, input, { today, visibility }) => {
    const { pipelineId, subjectKind, subjectId, asOf = today } = input;
    const defined = await db
      .selectFrom('pipeline')
      .select(['version', 'versions'])
      .where('pipelineId', '=', pipelineId)
      .executeTakeFirst();
    const found = await spanAsked(db, input, today);
    if (!defined?.version || !found || found.start > asOf) return nothing;
    const { periodId, start, endExclusive } = found;
    const end = addDays(asOf, 1) < endExclusive ? addDays(asOf, 1) : endExclusive;
    const subject = await subjectOf(db, subjectKind, subjectId, { start, endExclusive: end }, visibility);
    if (!subject) return nothing;
    const named = new Map(
      defined.versions.flatMap(({ milestones }) => milestones.map(({ key, name }) => [key, name] as const)),
    );
    const rows = await dealsOf(db, {
      ...{ members: subject.members, start, endExclusive: end, asOf, pipelineId },
      milestones: [...named.keys()],
    });
    const byMilestone = Map.groupBy(rows, ({ milestone }) => milestone);
    const milestones = [...named].map(([milestone, name]) => {
      const all = byMilestone.get(milestone) ?? [];
      const reached = all.filter((row) => row.reached);
      const closed = all.filter(({ became }) => became !== 'open');
      return {
        milestone,
        name,
        opened: sum(all),
        reached: sum(reached),
        wonAfter: sum(reached.filter(({ became }) => became === 'won')),
        ...compared(
          closed,
          (row) => row.reached,
          ({ became }) => became === 'won',
        ),
        activities: Object.values(activities)
          .map((kind) => ({
            kind,
            ...compared(
              all,
              (row) => row[kind],
              (row) => row.reached,
            ),
          }))
          .toSorted((one, other) => byLift(one.lift, other.lift)),
      };
    });
    return { pipelineId, period: { periodId, start, endExclusive }, asOf, milestones };
  },
});

/** The higher one first; those without a value last. */
function byLift({ value: one }: Rate, { value: other }: Rate): number {
  if (!one || !other) return Number(!one) - Number(!other);
  const difference = other.num * one.den - one.num * other.den;
  return difference > 0n ? 1 : difference < 0n ? -1 : 0;
}
