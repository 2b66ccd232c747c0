import type { Gate } from '../engine/dispatcher.ts';
import { daysBetween } from '../engine/instant.ts';
import { problem } from '../engine/outcome.ts';
import type { Permission } from '../events/permission.ts';
import { authorize } from './organisation/authority.ts';
import { type Organisation, organisation } from './organisation/state.ts';
import { type Policy, policy, policyOn } from './policy.ts';

/** How far ahead of our clock the caller's may be. */
const skewMs = 5 * 60_000;

/** Before every command: who may do this to whom on the day of the act, and how late something may be entered. */
export const gate: Gate = {
  reads: [organisation.ref(), policy.ref()],
  timeZone: ([state]) => (state as Organisation).configuration?.timeZone ?? 'UTC',
  admit: (command, { actor, occurredAt, now, today }, subject, states) => {
    const [organisationState, policyState] = states as [Organisation, Policy];
    if (!authorize(organisationState, actor, command.permission as Permission, subject, today)) {
      return problem(
        403,
        'forbidden',
        `This needs the permission ${command.permission} over the person it is about.`,
      );
    }
    if (actor.kind === 'system' || occurredAt === now) return undefined;
    if (Date.parse(occurredAt) > Date.parse(now) + skewMs) {
      return problem(409, 'occurredInFuture', 'What is recorded must have happened.', {
        errors: [{ pointer: '/occurredAt', detail: 'This is in the future.' }],
      });
    }
    const { daysMax, importDaysMax } = policyOn(policyState, 'back-dating', now.slice(0, 10));
    if (
      daysBetween(occurredAt.slice(0, 10), now.slice(0, 10)) >
      (actor.kind === 'integration' ? importDaysMax : daysMax)
    ) {
      return problem(409, 'backDatedTooFar', `The policy lets entries be at most ${daysMax} days late.`, {
        errors: [{ pointer: '/occurredAt', detail: 'This is too long ago.' }],
      });
    }
    return undefined;
  },
};
