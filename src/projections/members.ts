import { type RawBuilder, sql } from 'kysely';
import type { Visibility } from '../engine/query.ts';
import type { Span } from '../events/period.ts';
import { assignment } from './assignment.ts';
import { orgUnitParent } from './org-unit-parent.ts';
import { type AnyDb, rowsOf } from './rows-of.ts';

export const memberModels = [assignment, orgUnitParent] as const;

/** Common table expressions of a recursive `with` that end in `member(id, days)`. */
export type Members = RawBuilder<unknown>;

const always = sql`datemultirange(daterange('-infinity', 'infinity'))`;

export const onePerson = (personId: string): Members =>
  sql`member as (select ${personId}::uuid as id, ${always} as days)`;

const until = (end: RawBuilder<unknown>) => sql`coalesce(${end}, 'infinity')`;

/**
 * The teams of some people, as `team(leader, "personId", days)`: each with everybody below in the reporting line,
 * on the days on which they are. People count to the team of their main position. A vacant position keeps the line of
 * its last holder.
 */
export const teamsOf = (leaders: RawBuilder<unknown>): RawBuilder<unknown> => sql`
  leader(id) as (select distinct id from (${leaders}) as given(id)),
  link as (
    select "positionId", "reportsToPositionId" as above, "from" as since,
      coalesce(lead("from") over (partition by "positionId" order by "from"), 'infinity') as until
    from assignment),
  below(leader, "positionId", since, until) as (
    select leader.id, held."positionId", held."from", ${until(sql`held."to"`)}
    from leader join assignment held on held."personId" = leader.id
    union
    select below.leader, link."positionId", greatest(link.since, below.since), least(link.until, below.until)
    from below join link on link.above = below."positionId" and link.since < below.until and below.since < link.until),
  team as (
    select leader, "personId", range_agg(daterange(since, until)) as days
    from (
      select below.leader, held."personId", greatest(held."from", below.since) as since,
        least(${until(sql`held."to"`)}, below.until) as until
      from below join assignment held on held."positionId" = below."positionId" and held."primary"
        and held."from" < below.until and below.since < ${until(sql`held."to"`)}
      union all
      select id, id, '-infinity', 'infinity' from leader) as reached
    group by leader, "personId")`;

export const teamOf = (leader: string): Members =>
  sql`${teamsOf(sql`select ${leader}::uuid`)}, member as (select "personId" as id, days from team)`;

/**
 * The members of some units, as `unit_member(root, "personId", days)`: everybody whose main position is in the unit, or
 * in one that is part of it on that day.
 */
export const unitsOf = (units: RawBuilder<unknown>): RawBuilder<unknown> => sql`
  unit(root, "unitId", since, until) as (
    select id, id, '-infinity'::date, 'infinity'::date from (${units}) as given(id)
    union
    select unit.root, part."unitId", greatest(part."from", unit.since), least(${until(sql`part."to"`)}, unit.until)
    from unit join org_unit_parent part on part."parentId" = unit."unitId"
      and part."from" < unit.until and unit.since < ${until(sql`part."to"`)}),
  unit_member as (
    select unit.root, held."personId",
      range_agg(daterange(greatest(held."from", unit.since), least(${until(sql`held."to"`)}, unit.until))) as days
    from unit join assignment held on held."orgUnitId" = unit."unitId" and held."primary"
      and held."from" < unit.until and unit.since < ${until(sql`held."to"`)}
    group by unit.root, held."personId")`;

export const unitOf = (unitId: string): Members =>
  sql`${unitsOf(sql`select ${unitId}::uuid`)}, member as (select "personId" as id, days from unit_member)`;

/** Whether the reader may see every member on every day of a span on which it is one. */
export async function seesAll(
  db: AnyDb,
  members: Members,
  { start, endExclusive }: Span,
  { intervals }: Visibility,
): Promise<boolean> {
  if (intervals === null) return true;
  if (endExclusive <= start) return true;
  const hidden = await rowsOf(
    db,
    sql`with recursive ${members},
      seen as (
        select id, range_agg(daterange(since, until)) as days
        from unnest(${intervals.map(({ personId }) => personId)}::uuid[],
          ${intervals.map(({ from }) => from)}::date[], ${intervals.map(({ to }) => to)}::date[]) as given(id, since, until)
        group by id)
      select member.id from member left join seen on seen.id = member.id
      where not member.days * datemultirange(daterange(${start}::date, ${endExclusive}::date))
        <@ coalesce(seen.days, '{}'::datemultirange)
      limit 1`,
  );
  return hidden.length === 0;
}
