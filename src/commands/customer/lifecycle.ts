import { type Elsewhere, reject, to as toStream, unknown } from '../../engine/decision.ts';
import { daysBetween } from '../../engine/instant.ts';
import { customerEvents, Lifecycle } from '../../events/customer.ts';
import type { PipelineStage } from '../../events/pipeline.ts';
import { Comment, CompetitorId, CustomerId, LocalDate, occurred } from '../../events/values.ts';
import { competitor } from '../competitor.ts';
import { misdated, misdatedRejections } from '../dating.ts';
import { type Policy, policy, policyOn } from '../policy.ts';
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

/** The rung to which a stage takes a customer; undefined where it takes nobody, or nobody who stands so low. */
export const takenTo = (
  { lifecycle }: CustomerState,
  { lifecycleFrom = 'potential', lifecycleTo }: Pick<PipelineStage, 'lifecycleFrom' | 'lifecycleTo'>,
): Lifecycle | undefined => (rungOf(lifecycle) < rungOf(lifecycleFrom) ? undefined : lifecycleTo);

/**
 * The rung to which a sale takes a customer: new by the first one, active by another one within the time of the policy.
 * A sale is known by what it came of, so that an order and the opportunity that is won by it are one.
 */
export function soldTo(
  { lifecycle, becameNew }: CustomerState,
  { on, ids }: { readonly on: string; readonly ids: readonly (string | undefined)[] },
  policyState: Policy,
): Lifecycle {
  if (lifecycle !== 'new' || !becameNew || (becameNew.by && ids.includes(becameNew.by))) return 'new';
  const { activeWithinDays } = policyOn(policyState, 'customer-lifecycle', on);
  return Math.abs(daysBetween(becameNew.on, on)) <= activeWithinDays ? 'active' : 'new';
}

interface Cause {
  readonly customerId: string;
  readonly opportunityId?: string;
  readonly orderId?: string;
  readonly on: string;
}

/** What lifts a customer to the highest of some rungs; nothing where it stands as high. */
export function lifted(
  state: CustomerState,
  rungs: readonly (Lifecycle | undefined)[],
  { on, ...cause }: Cause,
): readonly Elsewhere<'CustomerLifecycleAdvanced'>[] {
  const { lifecycle: from } = state;
  const to = Lifecycle.options.findLast((rung) => rungs.includes(rung));
  if (!to || rungOf(from) >= rungOf(to)) return [];
  const ownerId = ownerOn(state, on) ?? null;
  return [
    toStream(
      customer.ref(cause.customerId),
      CustomerLifecycleAdvanced({ ...cause, from, to, on, ownerId }, { effectiveOn: on }),
    ),
  ];
}
