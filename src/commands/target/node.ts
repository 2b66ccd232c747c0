import { canonicalJson, uuidV5 } from '../../engine/canonical.ts';
import { type Act, forbidden, type Known } from '../../engine/decision.ts';
import type { Dimensions } from '../../events/target.ts';
import { peopleAbove, scopeOf } from '../organisation/authority.ts';
import type { Organisation } from '../organisation/state.ts';
import { type Assigned, holding, type TargetState, target } from './state.ts';

/** What there is one node for in a plan. */
interface NodeScope {
  readonly measure: string;
  readonly period: { readonly periodId: string };
  readonly dimensions: Dimensions;
}

/** The id of a node: the same wherever the same is measured in a plan, so that it exists once. */
export const nodeIdOf = (planId: string, { measure, period, dimensions }: NodeScope): string =>
  uuidV5(planId, canonicalJson([measure, period.periodId, dimensions]));

export const ownTarget = forbidden('Nobody sets their own target.');
export const outsideLine = forbidden(
  'Targets are set by those above the responsible person in the reporting line.',
);

/** Whether somebody is a person or above that person on a day. */
export const isAtOrAbove = (
  organisation: Organisation,
  personId: string,
  subject: string,
  day: string,
): boolean => personId === subject || peopleAbove(organisation, subject, day).includes(personId);

/** What keeps an actor from setting somebody's target: it is the actor's own, or the person is not below. */
export function barred(
  organisation: Organisation,
  { actor, today }: Act,
  responsible: string,
): 'ownTarget' | 'outsideLine' | undefined {
  if (actor.personId === responsible) return 'ownTarget';
  if (scopeOf(organisation, actor, 'target:assign', today) === 'organisation') return undefined;
  if (actor.personId && peopleAbove(organisation, responsible, today).includes(actor.personId))
    return undefined;
  return 'outsideLine';
}

export const isEmployedFrom = ({ people }: Organisation, personId: string, start: string): boolean => {
  const person = people.get(personId);
  return person !== undefined && (person.endedOn === undefined || person.endedOn >= start);
};

/** A day, or the first one of a period in which it does not lie: when units and people are looked at. */
export const dayWithin = (day: string, { start, endExclusive }: Assigned['period']): string =>
  start <= day && day < endExclusive ? day : start;

/** A node that holds, and what is known of it. */
export interface Held {
  readonly assigned: Assigned;
  readonly state: TargetState;
}

/** The nodes of these ids that hold and all below them, each before its parts; with `of` as far as they are that person's. */
export function subtrees(ids: readonly string[], stateOf: Known['stateOf'], of?: string): readonly Held[] {
  const found: Held[] = [];
  const waiting = ids.toReversed();
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    const state = stateOf(target.ref(id));
    const assigned = holding(state);
    if (!assigned || (of !== undefined && assigned.responsible !== of)) continue;
    found.push({ assigned, state });
    for (const child of state.split?.children.toReversed() ?? []) waiting.push(child.targetId);
  }
  return found;
}

export const childIds = ({ split }: TargetState): readonly string[] =>
  split?.children.map(({ targetId }) => targetId) ?? [];
