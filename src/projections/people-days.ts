import { sql } from 'kysely';
import type { Span } from '../events/period.ts';
import { teamsOf, unitsOf } from './members.ts';
import { type AnyDb, rowsOf } from './rows-of.ts';

/** Days in order, none twice. */
export type Days = readonly Span[];
/** People and the days on which they count. */
export type PeopleDays = ReadonlyMap<string, Days>;

/** Whose figures count: of one person, of a unit and all that is part of it, or of somebody's team. */
export interface Group {
  readonly kind: 'person' | 'unit' | 'team';
  readonly id: string;
}

export const earlier = (a: string, b: string): string => (a < b ? a : b);
export const later = (a: string, b: string): string => (a < b ? b : a);

/** The days that are in both. */
export const common = (a: Days, b: Days): Days =>
  a.flatMap((one) =>
    b.flatMap((other) => {
      const start = later(one.start, other.start);
      const endExclusive = earlier(one.endExclusive, other.endExclusive);
      return start < endExclusive ? [{ start, endExclusive }] : [];
    }),
  );

/** The people who are in both, on the days on which they are. */
export function inBoth(a: PeopleDays, b: PeopleDays): PeopleDays {
  const [few, many] = a.size <= b.size ? [a, b] : [b, a];
  return new Map(
    [...few].flatMap(([personId, days]) => {
      const shared = common(days, many.get(personId) ?? []);
      return shared.length > 0 ? [[personId, shared] as const] : [];
    }),
  );
}

interface MemberRow extends Span {
  readonly group: string;
  readonly personId: string;
}

async function membersOf(
  db: AnyDb,
  kind: 'unit' | 'team',
  ids: readonly string[],
  { start, endExclusive }: Span,
) {
  if (ids.length === 0) return new Map<string, readonly MemberRow[]>();
  const span = sql`datemultirange(daterange(${start}::date, ${endExclusive}::date))`;
  const members =
    kind === 'unit'
      ? sql`${unitsOf(ids)}, found as (select peer as "group", id as "personId", days from member)`
      : sql`${teamsOf(sql`select unnest(${ids}::uuid[])`)},
          found as (select leader as "group", "personId", days from team)`;
  const rows = await rowsOf<MemberRow>(
    db,
    sql`with recursive ${members}
      select "group", "personId", lower(stint) as start, upper(stint) as "endExclusive"
      from found cross join lateral unnest(days * ${span}) as stint order by 1, 2, 3`,
  );
  return Map.groupBy(rows, ({ group }) => group);
}

/** Answers who is in a group on which days of a span; all groups are looked up at once. */
export async function peopleDaysOf(
  db: AnyDb,
  groups: readonly Group[],
  span: Span,
): Promise<(group: Group) => PeopleDays> {
  const idsOf = (kind: Group['kind']) => [
    ...new Set(groups.filter((group) => group.kind === kind).map(({ id }) => id)),
  ];
  const members = {
    unit: await membersOf(db, 'unit', idsOf('unit'), span),
    team: await membersOf(db, 'team', idsOf('team'), span),
  };
  const known = new Map<string, PeopleDays>();
  return ({ kind, id }) => {
    if (kind === 'person') return new Map([[id, [span]]]);
    const key = `${kind} ${id}`;
    const people =
      known.get(key) ?? new Map([...Map.groupBy(members[kind].get(id) ?? [], ({ personId }) => personId)]);
    known.set(key, people);
    return people;
  };
}
