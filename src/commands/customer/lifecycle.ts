import { type Elsewhere, reject, to as toStream, unknown } from '../../engine/decision.ts';
import { customerEvents, Lifecycle } from '../../events/customer.ts';
import { Comment, CompetitorId, CustomerId, LocalDate, occurred } from '../../events/values.ts';
import { competitor } from '../competitor.ts';
import { misdated, misdatedRejections } from '../dating.ts';
import { policy } from '../policy.ts';
import { byOwner, type CustomerState, customer, customerUnknown, isRegistered, ownerOn } from './state.ts';

const { CustomerLost, CustomerReactivated, CustomerLifecycleAdvanced } = customerEvents;

const on = LocalDate.optional().describe('Today, when left out.');

export const markLost = customer.command({
  name: 'MarkLost',
  summary: 'Mark a customer as lost, and to whom.',
  permission: 'customer:write',
  path: '/customers/:customerId/mark-lost',
  input: {
    customerId: CustomerId,
    reason: Comment,
    competitorId: CompetitorId.optional().describe('The competitor who won the customer.'),
    on,
    ...occurred,
  },
  emits: ['CustomerLost'],
  rejects: {
    customerUnknown,
    competitorUnknown: unknown('There is no such competitor.'),
    ...misdatedRejections,
  },
  subject: byOwner,
  reads: ({ competitorId }) => ({
    policy: policy.ref(),
    competitor: competitorId ? competitor.ref(competitorId) : undefined,
  }),
  decide: (state, { customerId, reason, competitorId, on: given }, context) => {
    const { reads } = context;
    const on = given ?? context.today;
    if (!isRegistered(state)) return reject('customerUnknown');
    if (state.lostOn !== undefined) return [];
    if (reads.competitor && reads.competitor.name === undefined) return reject('competitorUnknown');
    const wrong = misdated(on, context, reads.policy);
    if (wrong) return reject(wrong, [{ pointer: '/on', detail: 'Give another day.' }]);
    const ownerId = ownerOn(state, on) ?? null;
    return [CustomerLost({ customerId, reason, competitorId, on, ownerId }, { effectiveOn: on })];
  },
});

export const reactivateCustomer = customer.command({
  name: 'ReactivateCustomer',
  summary: 'Take a lost customer up again.',
  permission: 'customer:write',
  path: '/customers/:customerId/reactivate',
  input: { customerId: CustomerId, on, ...occurred },
  emits: ['CustomerReactivated'],
  rejects: {
    customerUnknown,
    reactivatedBeforeLoss: 'The customer was not yet lost on that day.',
    ...misdatedRejections,
  },
  subject: byOwner,
  reads: () => ({ policy: policy.ref() }),
  decide: (state, { customerId, on: given }, context) => {
    const on = given ?? context.today;
    if (!isRegistered(state)) return reject('customerUnknown');
    if (state.lostOn === undefined) return [];
    if (on < state.lostOn) return reject('reactivatedBeforeLoss');
    const wrong = misdated(on, context, context.reads.policy);
    if (wrong) return reject(wrong, [{ pointer: '/on', detail: 'Give another day.' }]);
    const ownerId = ownerOn(state, on) ?? null;
    return [CustomerReactivated({ customerId, on, ownerId }, { effectiveOn: on })];
  },
});

export const advanceLifecycle = customer.command({
  name: 'AdvanceLifecycle',
  summary: 'Put a customer on another rung of the ladder from a contact to a key account.',
  permission: 'customer:advance',
  path: '/customers/:customerId/advance-lifecycle',
  input: { customerId: CustomerId, to: Lifecycle, reason: Comment, ...occurred },
  emits: ['CustomerLifecycleAdvanced'],
  rejects: { customerUnknown },
  subject: byOwner,
  decide: (state, { customerId, to, reason }, { today: on }) => {
    if (!isRegistered(state)) return reject('customerUnknown');
    if (state.lifecycle === to) return [];
    const ownerId = ownerOn(state, on) ?? null;
    return [CustomerLifecycleAdvanced({ customerId, from: state.lifecycle, to, on, ownerId, reason })];
  },
});

const rungOf = (lifecycle: Lifecycle): number => Lifecycle.options.indexOf(lifecycle);

/** What lifts a customer to a rung by an opportunity; nothing where it stands as high. */
export function lifted(
  state: CustomerState,
  to: Lifecycle,
  { customerId, opportunityId, on }: { customerId: string; opportunityId: string; on: string },
): readonly Elsewhere<'CustomerLifecycleAdvanced'>[] {
  const { lifecycle: from } = state;
  if (rungOf(from) >= rungOf(to)) return [];
  const ownerId = ownerOn(state, on) ?? null;
  return [
    toStream(
      customer.ref(customerId),
      CustomerLifecycleAdvanced({ customerId, from, to, on, ownerId, opportunityId }),
    ),
  ];
}
