import type { Actor } from '../../engine/decision.ts';
import { grants, type Permission, type Role, type Scope } from '../../events/permission.ts';
import { type Assignment, covers, type Organisation } from './state.ts';

/** What a person is on a business day, by the roles granted and not yet revoked. */
export function rolesOn(organisation: Organisation, personId: string, day: string): readonly Role[] {
  const person = organisation.people.get(personId);
  if (!person || person.from > day || (person.endedOn !== undefined && day > person.endedOn)) return [];
  return person.roles.filter((granted) => covers(granted, day)).map(({ role }) => role);
}

export const assignmentsOn = (
  organisation: Organisation,
  personId: string,
  day: string,
): readonly Assignment[] =>
  organisation.people.get(personId)?.assignments.filter((held) => covers(held, day)) ?? [];

/** Who holds a position on a day; undefined while it is vacant. */
export const holderOn = (organisation: Organisation, positionId: string, day: string): string | undefined =>
  organisation.positions.get(positionId)?.findLast((held) => covers(held, day))?.personId;

/** The position above on a day. A vacant position keeps the line of its last holder. */
const positionAbove = (organisation: Organisation, positionId: string, day: string): string | null =>
  organisation.positions.get(positionId)?.findLast(({ from }) => from <= day)?.reportsTo ?? null;

/** The positions above a person on a day, nearest first; vacant ones are in the line too. */
export function positionsAbove(organisation: Organisation, personId: string, day: string): readonly string[] {
  const line = new Set<string>();
  for (const held of assignmentsOn(organisation, personId, day)) {
    for (
      let above = held.reportsTo;
      above !== null && !line.has(above);
      above = positionAbove(organisation, above, day)
    ) {
      line.add(above);
    }
  }
  return [...line];
}

/** The people above a person on a day, nearest first; vacant positions are skipped upward. */
export const peopleAbove = (organisation: Organisation, personId: string, day: string): readonly string[] =>
  positionsAbove(organisation, personId, day)
    .map((positionId) => holderOn(organisation, positionId, day))
    .filter((holder): holder is string => holder !== undefined && holder !== personId);

/** The region unit that a person's unit lies in on a day. */
function regionUnitOf(organisation: Organisation, personId: string, day: string): string | undefined {
  for (const { orgUnitId } of assignmentsOn(organisation, personId, day)) {
    for (let unit = organisation.units.get(orgUnitId); unit; ) {
      if (unit.kind === 'region') return unit.unitId;
      const parentId = unit.parents.findLast((entry) => covers(entry, day))?.parentId;
      unit = parentId ? organisation.units.get(parentId) : undefined;
    }
  }
  return undefined;
}

const isAbove = (organisation: Organisation, above: string, personId: string, day: string): boolean =>
  peopleAbove(organisation, personId, day).includes(above);

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
  if (isAbove(organisation, personId, subject, day)) return true;
  if (scope === 'team') return false;
  const region = regionUnitOf(organisation, personId, day);
  return region !== undefined && region === regionUnitOf(organisation, subject, day);
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

/** The people whom a scope reaches, each for the days on which it does: what a list may show. */
export function visibility(
  organisation: Organisation,
  actor: Actor,
  permission: Permission,
  today: string,
): readonly { readonly personId: string; readonly from: string; readonly to: string }[] | null {
  const scope = scopeOf(organisation, actor, permission, today);
  if (scope === 'organisation') return null;
  if (scope === undefined || actor.personId === undefined) return [];
  const me = actor.personId;
  const always = { from: '0001-01-01', to: '9999-12-31' };
  return [...organisation.people.keys()]
    .filter((personId) => reaches(organisation, scope, me, personId, today))
    .map((personId) => ({ personId, ...always }));
}
