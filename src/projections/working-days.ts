import { sql } from 'kysely';
import { addDays, weekday } from '../engine/instant.ts';
import type { Db } from '../engine/query.ts';
import type { Span } from '../events/period.ts';
import { absence } from './absence.ts';
import { assignment } from './assignment.ts';
import { holiday } from './holiday.ts';
import { orgUnit } from './org-unit.ts';
import { orgUnitParent } from './org-unit-parent.ts';
import { workingWeek } from './working-week.ts';

export const workingDayModels = [workingWeek, holiday, absence, assignment, orgUnit, orgUnitParent] as const;
type WorkDb = Db<typeof workingDayModels>;

/** When people work, within the span that was asked for. */
export interface WorkingDays {
  readonly works: (personId: string, day: string) => boolean;
  /** How many days somebody works in a part of the span. */
  readonly count: (personId: string, part: Span) => number;
}

const oneOf = (people: readonly string[]) => sql<string>`any(${people}::uuid[])`;

const mondayToFriday = [1, 2, 3, 4, 5];

interface Since {
  readonly from: string;
  readonly to: string | null;
}
const covers = ({ from, to }: Since, day: string): boolean => from <= day && (to === null || day < to);

/** The sales region of a person on a day: that of the unit of the main position, or of the nearest above that has one. */
async function regions(db: WorkDb, people: readonly string[]) {
  const held = await db
    .selectFrom('assignment')
    .select(['personId', 'orgUnitId', 'from', 'to'])
    .where('primary', '=', true)
    .where('personId', '=', oneOf(people))
    .execute();
  const units = await db.selectFrom('org_unit').select(['unitId', 'regionId']).execute();
  const parents = await db
    .selectFrom('org_unit_parent')
    .select(['unitId', 'parentId', 'from', 'to'])
    .execute();
  const regionOf = new Map(units.map(({ unitId, regionId }) => [unitId, regionId]));
  const heldBy = Map.groupBy(held, ({ personId }) => personId);
  const parentsOf = Map.groupBy(parents, ({ unitId }) => unitId);
  return (personId: string, day: string): string | null => {
    let unitId = heldBy.get(personId)?.find((entry) => covers(entry, day))?.orgUnitId;
    while (unitId) {
      const region = regionOf.get(unitId);
      if (region) return region;
      unitId = parentsOf.get(unitId)?.find((entry) => covers(entry, day))?.parentId ?? undefined;
    }
    return null;
  };
}

/** Who works on which days of a span: by the working week, the holidays and the absences of whole days. */
export async function workingDays(db: WorkDb, people: readonly string[], span: Span): Promise<WorkingDays> {
  const { start, endExclusive } = span;
  const weeks = await db.selectFrom('working_week').selectAll().orderBy('from').execute();
  const holidays = await db
    .selectFrom('holiday')
    .select(['date', 'regionId'])
    .where('date', '>=', start)
    .where('date', '<', endExclusive)
    .execute();
  const absences = await db
    .selectFrom('absence')
    .select(['personId', 'from', 'to'])
    .where('personId', '=', oneOf(people))
    .where('halfDay', '=', false)
    .where('to', '>=', start)
    .where('from', '<', endExclusive)
    .execute();
  const isHoliday = new Set(holidays.filter(({ regionId }) => !regionId).map(({ date }) => date));
  const regional = holidays.filter(({ regionId }) => regionId);
  const regionOf = regional.length > 0 ? await regions(db, people) : () => null;
  const awayBy = Map.groupBy(absences, ({ personId }) => personId);
  /** The days that are worked where nothing particular keeps somebody from it. */
  const usual = new Set<string>();
  /** How many such days are before each day. */
  const before = new Map<string, number>();
  for (const day of daysOf(span)) {
    before.set(day, usual.size);
    const week = weeks.findLast(({ from }) => from <= day)?.isoWeekdays ?? mondayToFriday;
    if (week.includes(weekday(day)) && !isHoliday.has(day)) usual.add(day);
  }
  const known = new Map<string, ReadonlySet<string>>();
  /** The usual working days that somebody has off. */
  const offOf = (personId: string): ReadonlySet<string> => {
    const found = known.get(personId);
    if (found) return found;
    const away = (awayBy.get(personId) ?? []).flatMap(({ from, to }) =>
      daysOf({ start: from < start ? start : from, endExclusive: addDays(to, 1) }),
    );
    const free = regional.flatMap(({ date, regionId }) =>
      regionOf(personId, date) === regionId ? date : [],
    );
    const off = new Set([...away, ...free].filter((day) => usual.has(day)));
    known.set(personId, off);
    return off;
  };
  return {
    works: (personId, day) => usual.has(day) && !offOf(personId).has(day),
    count: (personId, { start: from, endExclusive: to }) => {
      const all = (before.get(to) ?? usual.size) - (before.get(from) ?? 0);
      let off = 0;
      for (const day of offOf(personId)) if (from <= day && day < to) off += 1;
      return to > from ? all - off : 0;
    },
  };
}

/** The days of a span, in order. */
export function daysOf({ start, endExclusive }: Span): readonly string[] {
  const days: string[] = [];
  const end = Temporal.PlainDate.from(endExclusive);
  for (
    let day = Temporal.PlainDate.from(start);
    Temporal.PlainDate.compare(day, end) < 0;
    day = day.add({ days: 1 })
  ) {
    days.push(day.toString());
  }
  return days;
}
