import type { Act } from '../engine/decision.ts';
import { dayOf, daysBetween } from '../engine/instant.ts';
import { type Policy, policyOn } from './policy.ts';

/** What `misdated` may answer, for `rejects`. */
export const misdatedRejections = {
  dayInFuture: 'What is recorded must have happened.',
  backDatedTooFar: 'The policy limits how many days after the fact something may be entered.',
} as const;

/** What is wrong with a business day that the caller gives: it is to come, or too long ago to be entered now. */
export function misdated(
  day: string,
  { actor, now, timeZone }: Pick<Act, 'actor' | 'now' | 'timeZone'>,
  policy: Policy,
): keyof typeof misdatedRejections | undefined {
  const today = dayOf(now, timeZone);
  if (day > today) return 'dayInFuture';
  if (actor.kind === 'system') return undefined;
  const { daysMax, importDaysMax } = policyOn(policy, 'back-dating', today);
  const limit = actor.kind === 'integration' ? importDaysMax : daysMax;
  return daysBetween(day, today) > limit ? 'backDatedTooFar' : undefined;
}
