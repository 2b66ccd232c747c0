import { type RawBuilder, sql } from 'kysely';
import type { Visibility } from '../engine/query.ts';
import type { Span } from '../events/period.ts';
import { assignment } from './assignment.ts';
import { orgUnitParent } from './org-unit-parent.ts';
import { type AnyDb, rowsOf } from './rows-of.ts';

export const memberModels = [assignment, orgUnitParent] as const;

/** Common table expressions of a recursive `with` that end in `member(id, days)`, with a `peer` where several are compared. */
export type Members = RawBuilder<unknown>;

/** Days on which somebody is a member. */
export interface Stint extends Span {
  readonly personId: string;
}

type Intervals = NonNullable<Visibility['intervals']>;

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

export const stintsOf = (stints: readonly Stint[]): Members => sql`
  member as (
    select id, range_agg(daterange(since, until)) as days
    from unnest(${stints.map(({ personId }) => personId)}::uuid[], ${stints.map(({ start }) => start)}::date[],
      ${stints.map(({ endExclusive }) => endExclusive)}::date[]) as given(id, since, until)
    group by id)`;

/** People as peers of each other. */
export const peopleOf = (personIds: readonly string[]): Members =>
  sql`member as (select id as peer, id, ${always} as days from unnest(${personIds}::uuid[]) as given(id))`;

/** Everybody whose main position is in one of some units, or in one that is part of it on that day. */
export const unitsOf = (unitIds: readonly string[]): Members => sql`
  unit(peer, "unitId", since, until) as (
    select id, id, '-infinity'::date, 'infinity'::date from unnest(${unitIds}::uuid[]) as given(id)
    union
    select unit.peer, part."unitId", greatest(part."from", unit.since), least(${until(sql`part."to"`)}, unit.until)
    from unit join org_unit_parent part on part."parentId" = unit."unitId"
      and part."from" < unit.until and unit.since < ${until(sql`part."to"`)}),
  member as (
    select unit.peer, held."personId" as id,
      range_agg(daterange(greatest(held."from", unit.since), least(${until(sql`held."to"`)}, unit.until))) as days
    from unit join assignment held on held."orgUnitId" = unit."unitId" and held."primary"
      and held."from" < unit.until and unit.since < ${until(sql`held."to"`)}
    group by unit.peer, held."personId")`;

/**
 * What a unit consists of, as peers: the units that are directly part of it, each with all below, and the people whose
 * main position is in the unit itself. Whoever counts to the unit on a day counts to one of them.
 */
export const partsOf = (unitId: string): Members => sql`
  unit(peer, "unitId", since, until) as (
    select "unitId", "unitId", "from", ${until(sql`"to"`)} from org_unit_parent where "parentId" = ${unitId}::uuid
    union
    select unit.peer, part."unitId", greatest(part."from", unit.since), least(${until(sql`part."to"`)}, unit.until)
    from unit join org_unit_parent part on part."parentId" = unit."unitId"
      and part."from" < unit.until and unit.since < ${until(sql`part."to"`)}),
  placed(peer, "unitId", since, until) as (
    select * from unit union all select null, ${unitId}::uuid, '-infinity', 'infinity'),
  member as (
    select coalesce(placed.peer, held."personId") as peer, held."personId" as id,
      range_agg(daterange(greatest(held."from", placed.since), least(${until(sql`held."to"`)}, placed.until))) as days
    from placed join assignment held on held."orgUnitId" = placed."unitId" and held."primary"
      and held."from" < placed.until and placed.since < ${until(sql`held."to"`)}
    group by 1, 2)`;

export const unitOf = (unitId: string): Members => unitsOf([unitId]);

const hiddenMembers = (members: Members, { start, endExclusive }: Span, intervals: Intervals) => sql`
  with recursive ${members},
    seen as (
      select id, range_agg(daterange(since, until)) as days
      from unnest(${intervals.map(({ personId }) => personId)}::uuid[],
        ${intervals.map(({ from }) => from)}::date[], ${intervals.map(({ to }) => to)}::date[]) as given(id, since, until)
      group by id)
    select member.* from member left join seen on seen.id = member.id
    where not member.days * datemultirange(daterange(${start}::date, ${endExclusive}::date))
      <@ coalesce(seen.days, '{}'::datemultirange)`;

/** Whether the reader may see every member on every day of a span on which it is one. */
export async function seesAll(
  db: AnyDb,
  members: Members,
  { start, endExclusive }: Span,
  { intervals }: Visibility,
): Promise<boolean> {
  if (intervals === null) return true;
  if (endExclusive <= start) return true;
  const hidden = hiddenMembers(members, { start, endExclusive }, intervals);
  return (await rowsOf(db, sql`${hidden} limit 1`)).length === 0;
}

/** The peers of whom the reader may not see every member on every day of a span. */
export async function hiddenPeers(
  db: AnyDb,
  peers: Members,
  span: Span,
  { intervals }: Visibility,
): Promise<ReadonlySet<string>> {
  if (intervals === null) return new Set();
  const rows = await rowsOf<{ readonly peer: string }>(
    db,
    sql`select distinct peer from (${hiddenMembers(peers, span, intervals)}) as hidden`,
  );
  return new Set(rows.map(({ peer }) => peer));
}
