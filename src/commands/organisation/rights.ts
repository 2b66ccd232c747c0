import { z } from 'zod';
import { absent, forbidden, reject, unknown } from '../../engine/decision.ts';
import { generated } from '../../engine/input.ts';
import { addDays, daysBetween } from '../../engine/instant.ts';
import { DocumentKind, organisationEvents } from '../../events/organisation.ts';
import { Role } from '../../events/permission.ts';
import { Comment, DelegationId, LocalDate, occurred, PersonId, PositionId } from '../../events/values.ts';
import { employmentOn, holderOn } from './authority.ts';
import { earliest, leadsTo, nextAfter, positionStep } from './line.ts';
import { covers, organisation } from './state.ts';

const { RoleGranted, RoleRevoked, SignOffDelegated, DelegationRevoked } = organisationEvents;

const delegationDaysMax = 31;

export const grantRole = organisation.command({
  name: 'GrantRole',
  summary: 'Give a person a role, and with it rights, from a day on.',
  permission: 'role:write',
  path: '/people/:personId/roles/:role/grant',
  input: { personId: PersonId, role: Role, from: LocalDate, ...occurred },
  emits: ['RoleGranted'],
  rejects: { notEmployed: absent('The person is not employed on that day.') },
  decide: (state, { personId, role, from }) => {
    const employment = employmentOn(state, personId, from);
    if (!employment) return reject('notEmployed');
    const granted = state.people.get(personId)!.roles.filter((other) => other.role === role);
    if (granted.some((other) => covers(other, from))) return [];
    const to = earliest(nextAfter(granted, from)?.from, employment.to) ?? null;
    return [RoleGranted({ personId, role, from, to }, { effectiveOn: from })];
  },
});

export const revokeRole = organisation.command({
  name: 'RevokeRole',
  summary: 'Take a role from a person.',
  permission: 'role:write',
  path: '/people/:personId/roles/:role/revoke',
  input: {
    personId: PersonId,
    role: Role,
    on: LocalDate.describe('First day on which the person no longer has it.'),
    ...occurred,
  },
  emits: ['RoleRevoked'],
  rejects: { roleAbsent: absent('The person does not have this role on that day.') },
  decide: ({ people }, { personId, role, on }) => {
    const granted = people.get(personId)?.roles.filter((other) => other.role === role) ?? [];
    const open = granted.find((other) => covers(other, on));
    if (open) return [RoleRevoked({ personId, role, from: open.from, on }, { effectiveOn: on })];
    return granted.some(({ to }) => to === on) ? [] : reject('roleAbsent');
  },
});

export const delegateSignOff = organisation.command({
  name: 'DelegateSignOff',
  summary: 'Let the holder of another position sign documents in your place for some days.',
  permission: 'delegation:write',
  path: '/delegations',
  input: {
    delegationId: generated(DelegationId),
    fromPositionId: PositionId.describe('Your position, whose right to sign is delegated.'),
    toPositionId: PositionId.describe('The position whose holder may sign in your place.'),
    documentKinds: z.array(DocumentKind).min(1).max(20),
    from: LocalDate,
    to: LocalDate.describe('First day on which the delegation no longer holds.'),
    reason: Comment,
    ...occurred,
  },
  emits: ['SignOffDelegated'],
  rejects: {
    delegationExists: 'There is already a delegation of this id.',
    delegationInPast: 'A delegation begins today or later.',
    delegationEndsBeforeStart: 'The delegation ends before it begins.',
    delegationTooLong: `A delegation lasts at most ${delegationDaysMax} days.`,
    positionNotYours: forbidden(
      'Only who holds a position delegates its right to sign; a right had by delegation is not passed on.',
    ),
    delegateUnknown: unknown('Nobody holds the other position when the delegation begins.'),
    delegateIsSelf: 'The other position is your own.',
    delegateBelow: 'The other position is below yours; nobody signs for those above.',
  },
  subject: ({ fromPositionId, from }, state) => holderOn(state, fromPositionId, from),
  decide: (state, { occurredAt: _, ...input }, { actor, today }) => {
    const { delegationId, fromPositionId, toPositionId, from, to } = input;
    const before = state.delegations.get(delegationId);
    if (before) {
      const same =
        before.fromPositionId === fromPositionId &&
        before.toPositionId === toPositionId &&
        before.from === from &&
        before.to === to;
      return same ? [] : reject('delegationExists');
    }
    if (from < today) return reject('delegationInPast');
    if (to <= from) return reject('delegationEndsBeforeStart');
    if (daysBetween(from, to) > delegationDaysMax) return reject('delegationTooLong');
    const holder = holderOn(state, fromPositionId, from);
    if (!holder || (actor.kind !== 'system' && actor.personId !== holder)) return reject('positionNotYours');
    const delegate = holderOn(state, toPositionId, from);
    if (!delegate) {
      return reject('delegateUnknown', [
        { pointer: '/toPositionId', detail: 'Choose a position that is held.' },
      ]);
    }
    if (delegate === holder) return reject('delegateIsSelf');
    if (leadsTo(state, positionStep, toPositionId, fromPositionId, { from, to })) {
      return reject('delegateBelow');
    }
    return [SignOffDelegated(input, { effectiveOn: from })];
  },
});

export const revokeDelegation = organisation.command({
  name: 'RevokeDelegation',
  summary: 'End a delegation before its time.',
  permission: 'delegation:write',
  path: '/delegations/:delegationId/revoke',
  input: {
    delegationId: DelegationId,
    on: LocalDate.optional().describe('First day on which it no longer holds; tomorrow when left out.'),
    ...occurred,
  },
  emits: ['DelegationRevoked'],
  rejects: {
    delegationAbsent: absent('There is no such delegation.'),
    revocationInPast: 'What was signed under the delegation stands; it ends today or later.',
  },
  subject: ({ delegationId }, state) => {
    const delegation = state.delegations.get(delegationId);
    return delegation && holderOn(state, delegation.fromPositionId, delegation.from);
  },
  decide: ({ delegations }, { delegationId, on: wished }, { today }) => {
    const delegation = delegations.get(delegationId);
    const on = wished ?? addDays(today, 1);
    if (!delegation) return reject('delegationAbsent');
    if (on >= delegation.to) return [];
    if (on < today) return reject('revocationInPast');
    return [DelegationRevoked({ delegationId, on }, { effectiveOn: on })];
  },
});
