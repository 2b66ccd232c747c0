import type { Actor } from '../../engine/decision.ts';
import { addDays } from '../../engine/instant.ts';
import type { DocumentKind } from '../../events/organisation.ts';
import { grants, type Permission, type Role, type Scope } from '../../events/permission.ts';
import {
  type Below,
  type Downward,
  downward,
  positionStep,
  positionsBelow,
  unitStep,
  unitsWithin,
} from './line.ts';
import { type Assignment, covers, type Organisation, type Since } from './state.ts';

/** The employment of a person that a day lies in. */
export function employmentOn(organisation: Organisation, personId: string, day: string): Since | undefined {
  const person = organisation.people.get(personId);
  if (!person) return undefined;
  const { from, endedOn } = person;
  if (from <= day && (endedOn === undefined || day <= endedOn))
    return { from, ...(endedOn && { to: addDays(endedOn, 1) }) };
  return person.former.find((former) => covers(former, day));
}

/** What a person is on a business day, by the roles granted and not yet revoked. */
export function rolesOn(organisation: Organisation, personId: string, day: string): readonly Role[] {
  if (!employmentOn(organisation, personId, day)) return [];
  const { roles } = organisation.people.get(personId)!;
  return roles.filter((granted) => covers(granted, day)).map(({ role }) => role);
}

/** What a person holds on a day, the main position first. */
export const assignmentsOn = (
  organisation: Organisation,
  personId: string,
  day: string,
): readonly Assignment[] =>
  (organisation.people.get(personId)?.assignments ?? [])
    .filter((held) => covers(held, day))
    .sort((a, b) => Number(b.primary) - Number(a.primary));

/** Who holds a position on a day; undefined while it is vacant. */
export const holderOn = (organisation: Organisation, positionId: string, day: string): string | undefined =>
  organisation.positions.get(positionId)?.findLast((held) => covers(held, day))?.personId;

/** A position and those above it on a day, nearest first; vacant ones are in the line too. */
export function lineFrom(
  organisation: Organisation,
  positionId: string | null,
  day: string,
): readonly string[] {
  const line: string[] = [];
  for (let id = positionId; id !== null; id = positionStep(organisation, id, day).above) line.push(id);
  return line;
}

/** Who heads a unit on a day; undefined without a head, or while the position is vacant. */
export function headOn(organisation: Organisation, unitId: string, day: string): string | undefined {
  const heads = organisation.units.get(unitId)?.heads;
  const head = heads?.findLast(({ from, to }) => from <= day && (to === undefined || day < to));
  return head && holderOn(organisation, head.positionId, day);
}

/** The positions above a person on a day, nearest first; vacant ones are in the line too. */
export function positionsAbove(organisation: Organisation, personId: string, day: string): readonly string[] {
  const lines = assignmentsOn(organisation, personId, day).map(({ reportsTo }) =>
    lineFrom(organisation, reportsTo, day),
  );
  const height = Math.max(0, ...lines.map(({ length }) => length));
  const levels = Array.from({ length: height }, (_, level) => lines.flatMap((line) => line[level] ?? []));
  return [...new Set(levels.flat())];
}

/** The people above a person on a day, nearest first; vacant positions are skipped upward. */
export function peopleAbove(organisation: Organisation, personId: string, day: string): readonly string[] {
  const holders = positionsAbove(organisation, personId, day).map((positionId) =>
    holderOn(organisation, positionId, day),
  );
  return [
    ...new Set(holders.filter((holder): holder is string => holder !== undefined && holder !== personId)),
  ];
}

/** The positions in whose place a person may sign documents of a kind on a day. */
export const delegatedTo = (
  organisation: Organisation,
  personId: string,
  kind: DocumentKind,
  day: string,
): readonly string[] =>
  [...organisation.delegations.values()]
    .filter(
      (delegation) =>
        covers(delegation, day) &&
        delegation.documentKinds.includes(kind) &&
        holderOn(organisation, delegation.toPositionId, day) === personId,
    )
    .map(({ fromPositionId }) => fromPositionId);

/** A unit and those it is part of on a day, nearest first. */
export function unitsFrom(organisation: Organisation, unitId: string, day: string): readonly string[] {
  const line: string[] = [];
  for (let id: string | null = unitId; id !== null; id = unitStep(organisation, id, day).above) line.push(id);
  return line;
}

/** The regions that a person works in on a day: for each position the nearest unit of that kind. */
export const regionUnitsOf = (organisation: Organisation, personId: string, day: string): readonly string[] =>
  assignmentsOn(organisation, personId, day).flatMap(
    ({ orgUnitId }) =>
      unitsFrom(organisation, orgUnitId, day).find(
        (unitId) => organisation.units.get(unitId)?.kind === 'region',
      ) ?? [],
  );

function sharesRegion(organisation: Organisation, personId: string, subject: string, day: string): boolean {
  const regions = regionUnitsOf(organisation, personId, day);
  return assignmentsOn(organisation, subject, day).some(({ orgUnitId }) =>
    unitsFrom(organisation, orgUnitId, day).some((unitId) => regions.includes(unitId)),
  );
}

/** Whether a scope of one person reaches another on a business day. */
export function reaches(
  organisation: Organisation,
  scope: Scope,
  personId: string,
  subject: string,
  day: string,
): boolean {
  if (scope === 'organisation' || personId === subject) return true;
  if (scope === 'self') return false;
  if (peopleAbove(organisation, subject, day).includes(personId)) return true;
  return scope === 'region' && sharesRegion(organisation, personId, subject, day);
}

/** The roles that an actor has on a day: a person's from the organisation, an integration's from its credential. */
export const actorRoles = (organisation: Organisation, actor: Actor, day: string): readonly Role[] =>
  actor.personId ? rolesOn(organisation, actor.personId, day) : (actor.roles as readonly Role[]);

const width: readonly Scope[] = ['self', 'team', 'region', 'organisation'];

/** The widest scope in which an actor has a permission on a day; undefined when it has none. */
export function scopeOf(
  organisation: Organisation,
  actor: Actor,
  permission: Permission,
  day: string,
): Scope | undefined {
  if (actor.kind === 'system') return 'organisation';
  if (actor.scopes && !actor.scopes.includes(permission)) return undefined;
  const granted = grants[permission];
  return actorRoles(organisation, actor, day)
    .map((role) => granted[role])
    .filter((scope) => scope !== undefined)
    .sort((a, b) => width.indexOf(b) - width.indexOf(a))[0];
}

/** Whether an actor may do this to what belongs to `subject`, on the business day of the act. */
export function authorize(
  organisation: Organisation,
  actor: Actor,
  permission: Permission,
  subject: string | undefined,
  day: string,
): boolean {
  const scope = scopeOf(organisation, actor, permission, day);
  if (scope === undefined) return false;
  if (scope === 'organisation' || subject === undefined) return true;
  return actor.personId !== undefined && reaches(organisation, scope, actor.personId, subject, day);
}

export interface Seen extends Required<Since> {
  readonly personId: string;
}

interface Derived {
  readonly revision: number;
  readonly links: Downward;
  readonly seen: Map<string, readonly Seen[]>;
}

const derived = new WeakMap<Organisation, Derived>();
const seenMax = 500;

function derivedFrom(organisation: Organisation): Derived {
  const known = derived.get(organisation);
  if (known?.revision === organisation.revision) return known;
  const fresh = { revision: organisation.revision, links: downward(organisation), seen: new Map() };
  derived.set(organisation, fresh);
  return fresh;
}

const always = { from: '0001-01-01', to: '9999-12-31' };

/** One person's days without overlaps. */
function joined(days: readonly Required<Since>[]): readonly Required<Since>[] {
  const result: Required<Since>[] = [];
  for (const { from, to } of days.toSorted((a, b) => (a.from < b.from ? -1 : 1))) {
    const last = result.at(-1);
    if (last && from <= last.to) last.to = to > last.to ? to : last.to;
    else result.push({ from, to });
  }
  return result;
}

function seenBy(organisation: Organisation, { links }: Derived, scope: Scope, me: string, today: string) {
  const seen = new Map<string, Required<Since>[]>();
  const add = (held: Assignment, reached: readonly Required<Since>[] | undefined) => {
    for (const interval of reached ?? []) {
      const from = held.from > interval.from ? held.from : interval.from;
      const to = held.to !== undefined && held.to < interval.to ? held.to : interval.to;
      if (from >= to) continue;
      const days = seen.get(held.personId);
      if (days) days.push({ from, to });
      else seen.set(held.personId, [{ from, to }]);
    }
  };
  const mine = assignmentsOn(organisation, me, today).map(({ positionId }) => positionId);
  const team = positionsBelow(links, mine);
  const units: Below =
    scope === 'region' ? unitsWithin(links, regionUnitsOf(organisation, me, today)) : new Map();
  for (const { personId, assignments } of organisation.people.values()) {
    if (personId === me) continue;
    for (const held of assignments) {
      add(held, team.get(held.positionId));
      add(held, units.get(held.orgUnitId));
    }
  }
  return [
    { personId: me, ...always },
    ...[...seen].flatMap(([personId, days]) => joined(days).map((day) => ({ personId, ...day }))),
  ];
}

/**
 * The people whom a scope reaches, each for the days on which it does: what a list may show. The rights are those of
 * the positions held today; whom they cover depends on the reporting lines of each day.
 */
export function visibility(
  organisation: Organisation,
  actor: Actor,
  permission: Permission,
  today: string,
): readonly Seen[] | null {
  const scope = scopeOf(organisation, actor, permission, today);
  if (scope === 'organisation') return null;
  if (scope === undefined || actor.personId === undefined) return [];
  const me = actor.personId;
  if (scope === 'self') return [{ personId: me, ...always }];
  const known = derivedFrom(organisation);
  const key = `${scope} ${me} ${today}`;
  let seen = known.seen.get(key);
  if (!seen) {
    if (known.seen.size >= seenMax) known.seen.clear();
    seen = seenBy(organisation, known, scope, me, today);
    known.seen.set(key, seen);
  }
  return seen;
}
