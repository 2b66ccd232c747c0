import { covers, type Organisation, type Since } from './state.ts';

/** The day after which nothing is known to end. */
const noEnd = '9999-12-31';

const endOf = ({ to }: Since): string => to ?? noEnd;

/** Whether two intervals have a day in common. */
export const overlap = (a: Since, b: Since): boolean => a.from < endOf(b) && b.from < endOf(a);

/** The first of these intervals that begins after a day. */
export const nextAfter = <T extends Since>(list: readonly T[], day: string): T | undefined =>
  list.find(({ from }) => from > day);

export const earliest = (...days: readonly (string | undefined)[]): string | undefined =>
  days.filter((day) => day !== undefined).sort()[0];

interface Step {
  readonly above: string | null;
  readonly changesOn: string | undefined;
}
type StepOf = (organisation: Organisation, id: string, day: string) => Step;

/** The position above a position on a day. A vacant position keeps the line of its last holder. */
export const positionStep: StepOf = ({ positions }, positionId, day) => {
  const line = positions.get(positionId) ?? [];
  return {
    above: line.findLast(({ from }) => from <= day)?.reportsTo ?? null,
    changesOn: nextAfter(line, day)?.from,
  };
};

/** The unit that a unit is part of on a day. */
export const unitStep: StepOf = ({ units }, unitId, day) => {
  const parents = units.get(unitId)?.parents ?? [];
  return {
    above: parents.findLast((entry) => covers(entry, day))?.parentId ?? null,
    changesOn: nextAfter(parents, day)?.from,
  };
};

/** Whether the way up from one position or unit comes to another on some day of an interval. */
export function leadsTo(
  organisation: Organisation,
  stepOf: StepOf,
  start: string,
  target: string,
  interval: Since,
): boolean {
  let day: string | undefined = interval.from;
  while (day !== undefined && day < endOf(interval)) {
    let next: string | undefined;
    for (let id: string | null = start; id !== null; ) {
      if (id === target) return true;
      const { above, changesOn }: Step = stepOf(organisation, id, day);
      next = earliest(next, changesOn);
      id = above;
    }
    day = next;
  }
  return false;
}

/** Positions or units, each with the days on which it lies below others. */
export type Below = ReadonlyMap<string, readonly Required<Since>[]>;

interface Link extends Required<Since> {
  readonly child: string;
}

export interface Downward {
  readonly positions: ReadonlyMap<string, readonly Link[]>;
  readonly units: ReadonlyMap<string, readonly Link[]>;
}

function linksOf<T extends Since>(
  lists: ReadonlyMap<string, readonly T[]>,
  aboveOf: (entry: T) => string | null,
): ReadonlyMap<string, readonly Link[]> {
  const links = new Map<string, Link[]>();
  for (const [child, list] of lists) {
    for (const [index, entry] of list.entries()) {
      const above = aboveOf(entry);
      const to = list[index + 1]?.from ?? noEnd;
      if (above === null || to <= entry.from) continue;
      const siblings = links.get(above);
      const link = { child, from: entry.from, to };
      if (siblings) siblings.push(link);
      else links.set(above, [link]);
    }
  }
  return links;
}

/** The reporting lines and the units of an organisation, from above. */
export const downward = ({ positions, units }: Organisation): Downward => ({
  positions: linksOf(positions, ({ reportsTo }) => reportsTo),
  units: linksOf(
    new Map([...units].map(([unitId, { parents }]) => [unitId, parents])),
    ({ parentId }) => parentId,
  ),
});

/** These positions or units on the days given, and what lies below them on those. */
function reachedFrom(links: ReadonlyMap<string, readonly Link[]>, start: readonly Link[]): Below {
  const found = new Map<string, Required<Since>[]>();
  const waiting = [...start];
  for (let at = waiting.pop(); at; at = waiting.pop()) {
    const { child: id, from, to } = at;
    const known = found.get(id) ?? [];
    if (known.some((interval) => interval.from <= from && to <= interval.to)) continue;
    found.set(id, [...known, { from, to }]);
    for (const link of links.get(id) ?? []) {
      const begin = link.from > from ? link.from : from;
      const end = link.to < to ? link.to : to;
      if (begin < end) waiting.push({ child: link.child, from: begin, to: end });
    }
  }
  return found;
}

/** The positions below some, day by day. */
export const positionsBelow = ({ positions }: Downward, roots: readonly string[]): Below =>
  reachedFrom(
    positions,
    roots.flatMap((id) => positions.get(id) ?? []),
  );

/** Some units at all times, and those within them, day by day. */
export const unitsWithin = ({ units }: Downward, roots: readonly string[]): Below =>
  reachedFrom(
    units,
    roots.map((id) => ({ child: id, from: '0001-01-01', to: noEnd })),
  );
