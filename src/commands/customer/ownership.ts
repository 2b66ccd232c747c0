import { z } from 'zod';
import { canonicalJson } from '../../engine/canonical.ts';
import { forbidden, reject, unknown } from '../../engine/decision.ts';
import {
  CoOwner,
  customerEvents,
  OwnershipReason,
  VisitsPerWindow,
  WindowDays,
} from '../../events/customer.ts';
import { Comment, CustomerId, LocalDate, occurred, PersonId } from '../../events/values.ts';
import { misdated, misdatedRejections } from '../dating.ts';
import { authorize, rolesOn } from '../organisation/authority.ts';
import { organisation } from '../organisation/state.ts';
import { policy } from '../policy.ts';
import {
  byOwner,
  currentOwnership,
  customer,
  customerUnknown,
  frequencyText,
  isRegistered,
  type Ownership,
} from './state.ts';

const { CustomerOwnerAssigned, CustomerReleasedToPool, VisitFrequencySet } = customerEvents;

const replacedBy = ({ personId, coOwners, from }: Ownership) => ({
  from,
  personIds: [personId, ...coOwners.map((owner) => owner.personId)],
});

export const assignOwner = customer.command({
  name: 'AssignOwner',
  summary: 'Say who owns a customer from a day on, and who shares the credit.',
  permission: 'customer:assign',
  path: '/customers/:customerId/assign-owner',
  input: {
    customerId: CustomerId,
    personId: PersonId.describe('The primary owner; has the credit that the co-owners leave.'),
    coOwners: z.array(CoOwner).max(20).default([]),
    from: LocalDate.optional().describe('Today, when left out.'),
    reason: OwnershipReason,
    ...occurred,
  },
  emits: ['CustomerOwnerAssigned'],
  rejects: {
    customerUnknown,
    personUnknown: unknown('Nobody of this id is employed on that day.'),
    ownedTwice: 'Nobody owns a customer twice.',
    sharesTooHigh: 'The co-owners leave no share to the primary owner.',
    ownerOutsideScope: forbidden('Whose customer it is now is not yours to say.'),
    ownershipLater: 'The customer changed hands after that day.',
    ...misdatedRejections,
  },
  reads: () => ({ organisation: organisation.ref(), policy: policy.ref() }),
  decide: (state, { customerId, personId, coOwners, from: given, reason }, context) => {
    const { reads, actor, today } = context;
    const from = given ?? today;
    const current = currentOwnership(state);
    const owners = [personId, ...coOwners.map((owner) => owner.personId)];
    const coShares = coOwners.reduce((sum, { shareBp }) => sum + shareBp, 0);
    const isEmployed = (person: string, day: string) => rolesOn(reads.organisation, person, day).length > 0;
    if (!isRegistered(state)) return reject('customerUnknown');
    if (
      current?.personId === personId &&
      current.from <= from &&
      canonicalJson(current.coOwners) === canonicalJson(coOwners)
    ) {
      return [];
    }
    if (new Set(owners).size < owners.length) return reject('ownedTwice');
    if (coShares >= 10_000) return reject('sharesTooHigh');
    if (!owners.every((person) => isEmployed(person, from))) return reject('personUnknown');
    if (
      current &&
      isEmployed(current.personId, today) &&
      !authorize(reads.organisation, actor, 'customer:assign', current.personId, today)
    ) {
      return reject('ownerOutsideScope');
    }
    if (state.ownerships.some((held) => from < (held.to ?? held.from))) return reject('ownershipLater');
    const wrong = misdated(from, context, reads.policy);
    if (wrong) return reject(wrong, [{ pointer: '/from', detail: 'Give another day.' }]);
    return [
      CustomerOwnerAssigned(
        {
          customerId,
          personId,
          shareBp: 10_000 - coShares,
          coOwners,
          from,
          reason,
          replaces: current ? replacedBy(current) : null,
        },
        { effectiveOn: from },
      ),
    ];
  },
});

export const releaseOwner = customer.command({
  name: 'ReleaseOwner',
  summary: 'Release a customer to the pool of those whom nobody owns.',
  permission: 'customer:assign',
  path: '/customers/:customerId/release-owner',
  input: {
    customerId: CustomerId,
    on: LocalDate.optional().describe('The first day without an owner; today, when left out.'),
    reason: Comment,
    ...occurred,
  },
  emits: ['CustomerReleasedToPool'],
  rejects: {
    customerUnknown,
    ownershipLater: 'The customer changed hands after that day.',
    ...misdatedRejections,
  },
  subject: byOwner,
  reads: () => ({ policy: policy.ref() }),
  decide: (state, { customerId, on: given, reason }, context) => {
    const on = given ?? context.today;
    const current = currentOwnership(state);
    if (!isRegistered(state)) return reject('customerUnknown');
    if (!current) return [];
    if (on < current.from) return reject('ownershipLater');
    const wrong = misdated(on, context, context.reads.policy);
    if (wrong) return reject(wrong, [{ pointer: '/on', detail: 'Give another day.' }]);
    return [
      CustomerReleasedToPool({ customerId, on, reason, replaces: replacedBy(current) }, { effectiveOn: on }),
    ];
  },
});

export const setVisitFrequency = customer.command({
  name: 'SetVisitFrequency',
  summary: 'Set how often a customer is to be visited.',
  permission: 'customer:assign',
  path: '/customers/:customerId/visit-frequency',
  input: {
    customerId: CustomerId,
    visits: VisitsPerWindow,
    windowDays: WindowDays.default(28),
    from: LocalDate,
  },
  emits: ['VisitFrequencySet'],
  rejects: { customerUnknown },
  subject: byOwner,
  decide: (state, input) => {
    if (!isRegistered(state)) return reject('customerUnknown');
    if (state.frequency === frequencyText(input)) return [];
    return [VisitFrequencySet(input, { effectiveOn: input.from })];
  },
});
