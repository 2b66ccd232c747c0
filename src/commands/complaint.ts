import { canonicalJson } from '../engine/canonical.ts';
import { type Act, absent, decider, type Evolve, reject, unknown } from '../engine/decision.ts';
import { generated } from '../engine/input.ts';
import { daysBetween } from '../engine/instant.ts';
import { complaintDetails, complaintEvents, Remedy, RootCause, Satisfaction } from '../events/complaint.ts';
import { Amount, Comment, ComplaintId, CustomerId, occurred, PersonId } from '../events/values.ts';
import { type Calendar, calendar, nextWorkingDay } from './calendar/state.ts';
import { customer, isRegistered } from './customer/state.ts';
import { order } from './order/state.ts';
import { rolesOn } from './organisation/authority.ts';
import { organisation } from './organisation/state.ts';
import { policy, policyOn } from './policy.ts';
import { isDefined, product } from './product.ts';

const {
  ComplaintLogged,
  ComplaintAcknowledged,
  ComplaintAssigned,
  ComplaintResolved,
  ConfirmationAttempted,
  ComplaintConfirmed,
  ComplaintReopened,
  ComplaintClosed,
} = complaintEvents;

type Status =
  | 'absent'
  | 'logged'
  | 'acknowledged'
  | 'investigating'
  | 'resolved'
  | 'confirmed'
  | 'reopened'
  | 'closed';

export interface ComplaintState {
  readonly status: Status;
  readonly customerId: string;
  /** What was complained about, as canonical text. */
  readonly content: string;
  readonly handledBy: string;
  /** How it was resolved last, as canonical text. */
  readonly resolution: string;
  readonly satisfaction: number | undefined;
  readonly attempts: number;
  readonly closedOn: string;
}

const initialState: ComplaintState = {
  status: 'absent',
  customerId: '',
  content: '',
  handledBy: '',
  resolution: '',
  satisfaction: undefined,
  attempts: 0,
  closedOn: '',
};

const contentText = ({ customerId, category, description }: Readonly<Record<string, unknown>>): string =>
  canonicalJson([customerId, category, description]);
const resolutionText = ({ remedy, rootCause, note }: Readonly<Record<string, unknown>>): string =>
  canonicalJson([remedy, rootCause, note]);

const evolve: Evolve<ComplaintState, typeof complaintEvents> = {
  ComplaintLogged: (state, data) => ({
    ...state,
    status: 'logged',
    customerId: data.customerId,
    content: contentText(data),
  }),
  ComplaintAcknowledged: (state) => ({ ...state, status: 'acknowledged' }),
  ComplaintAssigned: (state, { to }) => ({ ...state, status: 'investigating', handledBy: to }),
  ComplaintResolved: (state, data) => ({
    ...state,
    status: 'resolved',
    resolution: resolutionText(data),
    attempts: 0,
  }),
  ConfirmationAttempted: (state, { attempt }) => ({ ...state, attempts: attempt }),
  ComplaintConfirmed: (state, { satisfaction }) => ({ ...state, status: 'confirmed', satisfaction }),
  ComplaintReopened: (state) => ({ ...state, status: 'reopened', satisfaction: undefined }),
  ComplaintClosed: (state, _, { effectiveOn }) => ({ ...state, status: 'closed', closedOn: effectiveOn }),
};

export const complaint = decider({
  stream: 'complaint',
  id: ['complaintId'],
  events: complaintEvents,
  initialState,
  evolve,
});

/** After how many vain attempts a complaint may be closed without the customer's word. */
const attemptsMin = 3;
/** How long a closed complaint may be reopened. */
const reopenDaysMax = 90;

const nobody = () => undefined;
const complaintUnknown = absent('There is no such complaint.');
const headOf = (complaintId: string, { customerId }: ComplaintState, { actor }: Act) => ({
  complaintId,
  customerId,
  by: actor.personId,
});

/** The day that is so many working days later. */
function workingDaysLater(state: Calendar, day: string, days: number): string {
  let last = day;
  for (let left = days; left > 0; left--) last = nextWorkingDay(state, last);
  return last;
}

export const logComplaint = complaint.command({
  name: 'LogComplaint',
  summary: 'Log a complaint of a customer.',
  permission: 'complaint:log',
  path: '/complaints',
  input: { complaintId: generated(ComplaintId), customerId: CustomerId, ...complaintDetails, ...occurred },
  emits: ['ComplaintLogged'],
  rejects: {
    complaintKnown: 'Another complaint of this id was logged already.',
    customerUnknown: unknown('There is no such customer.'),
    orderUnknown: unknown('The customer has no such order.'),
    productUnknown: unknown('There is no such product.'),
  },
  subject: nobody,
  reads: ({ customerId, orderId, productId }) => ({
    customer: customer.ref(customerId),
    order: orderId ? order.ref(orderId) : undefined,
    product: productId ? product.ref(productId) : undefined,
    policy: policy.ref(),
    calendar: calendar.ref(),
  }),
  decide: (state, { occurredAt: _, ...input }, { reads, actor, today }) => {
    if (state.status !== 'absent')
      return state.content === contentText(input) ? [] : reject('complaintKnown');
    if (!isRegistered(reads.customer)) return reject('customerUnknown');
    if (reads.order && reads.order.taken?.customerId !== input.customerId) return reject('orderUnknown');
    if (reads.product && !isDefined(reads.product)) return reject('productUnknown');
    const { resolveDays } = policyOn(reads.policy, 'complaint-handling', today);
    const resolveBy = workingDaysLater(reads.calendar, today, resolveDays[input.severity - 1]!);
    return [ComplaintLogged({ ...input, by: actor.personId, resolveBy })];
  },
});

export const acknowledgeComplaint = complaint.command({
  name: 'AcknowledgeComplaint',
  summary: 'Acknowledge a complaint to the customer.',
  permission: 'complaint:handle',
  path: '/complaints/:complaintId/acknowledge',
  input: { complaintId: ComplaintId, ...occurred },
  emits: ['ComplaintAcknowledged'],
  rejects: { complaintUnknown },
  subject: nobody,
  decide: (state, { complaintId }, context) => {
    if (state.status === 'absent') return reject('complaintUnknown');
    if (state.status !== 'logged') return [];
    return [ComplaintAcknowledged(headOf(complaintId, state, context))];
  },
});

export const assignComplaint = complaint.command({
  name: 'AssignComplaint',
  summary: 'Give a complaint to somebody to investigate and resolve.',
  permission: 'complaint:handle',
  path: '/complaints/:complaintId/assign',
  input: { complaintId: ComplaintId, to: PersonId.describe('Who is to handle it.'), ...occurred },
  emits: ['ComplaintAssigned'],
  rejects: {
    complaintUnknown,
    complaintNotAcknowledged: 'The complaint is not acknowledged.',
    complaintResolved: 'The complaint is resolved; reopen it first.',
    personUnknown: unknown('Nobody of this id is employed on that day.'),
  },
  subject: nobody,
  reads: () => ({ organisation: organisation.ref() }),
  decide: (state, { complaintId, to }, context) => {
    const { status, handledBy } = state;
    if (status === 'absent') return reject('complaintUnknown');
    if (status === 'investigating' && handledBy === to) return [];
    if (status === 'logged') return reject('complaintNotAcknowledged');
    if (status === 'resolved' || status === 'confirmed' || status === 'closed')
      return reject('complaintResolved');
    if (rolesOn(context.reads.organisation, to, context.today).length === 0) return reject('personUnknown');
    return [ComplaintAssigned({ ...headOf(complaintId, state, context), to })];
  },
});

export const resolveComplaint = complaint.command({
  name: 'ResolveComplaint',
  summary: 'Resolve a complaint: what was done for the customer, and where it came from.',
  permission: 'complaint:handle',
  path: '/complaints/:complaintId/resolve',
  input: {
    complaintId: ComplaintId,
    remedy: Remedy,
    rootCause: RootCause,
    note: Comment.optional(),
    ...occurred,
  },
  emits: ['ComplaintResolved'],
  rejects: {
    complaintUnknown,
    complaintNotAssigned: 'Nobody investigates the complaint.',
    complaintResolved: 'The complaint is resolved in another way; reopen it first.',
  },
  subject: nobody,
  decide: (state, { complaintId, occurredAt: _, ...resolution }, context) => {
    const { status, handledBy } = state;
    if (status === 'absent') return reject('complaintUnknown');
    if (status === 'logged' || status === 'acknowledged') return reject('complaintNotAssigned');
    if (status !== 'investigating' && status !== 'reopened')
      return state.resolution === resolutionText(resolution) ? [] : reject('complaintResolved');
    return [ComplaintResolved({ ...headOf(complaintId, state, context), ...resolution, handledBy })];
  },
});

export const recordConfirmationAttempt = complaint.command({
  name: 'RecordConfirmationAttempt',
  summary: 'Record that the customer was asked whether the complaint is settled, in vain.',
  permission: 'complaint:handle',
  path: '/complaints/:complaintId/confirmation-attempts',
  input: { complaintId: ComplaintId, note: Comment.optional(), ...occurred },
  emits: ['ConfirmationAttempted'],
  rejects: { complaintUnknown, complaintNotResolved: 'The complaint does not wait for the customer’s word.' },
  subject: nobody,
  decide: (state, { complaintId, note }, context) => {
    if (state.status === 'absent') return reject('complaintUnknown');
    if (state.status !== 'resolved') return reject('complaintNotResolved');
    return [
      ConfirmationAttempted({ ...headOf(complaintId, state, context), attempt: state.attempts + 1, note }),
    ];
  },
});

export const confirmComplaint = complaint.command({
  name: 'ConfirmComplaint',
  summary: 'Record that the customer holds the complaint to be settled, and how satisfied the customer is.',
  permission: 'complaint:handle',
  path: '/complaints/:complaintId/confirm',
  input: {
    complaintId: ComplaintId,
    satisfaction: Satisfaction,
    comment: Comment.optional(),
    ...occurred,
  },
  emits: ['ComplaintConfirmed'],
  rejects: {
    complaintUnknown,
    complaintNotResolved: 'The complaint is not resolved.',
    complaintConfirmed: 'The customer confirmed it with another satisfaction.',
    complaintClosed: 'The complaint is closed.',
  },
  subject: nobody,
  decide: (state, { complaintId, satisfaction, comment }, context) => {
    const { status } = state;
    if (status === 'absent') return reject('complaintUnknown');
    if (status === 'closed') return reject('complaintClosed');
    if (status === 'confirmed')
      return state.satisfaction === satisfaction ? [] : reject('complaintConfirmed');
    if (status !== 'resolved') return reject('complaintNotResolved');
    return [ComplaintConfirmed({ ...headOf(complaintId, state, context), satisfaction, comment })];
  },
});

export const reopenComplaint = complaint.command({
  name: 'ReopenComplaint',
  summary: 'Take a complaint up again that was held to be resolved.',
  permission: 'complaint:handle',
  path: '/complaints/:complaintId/reopen',
  input: { complaintId: ComplaintId, reason: Comment, ...occurred },
  emits: ['ComplaintReopened'],
  rejects: {
    complaintUnknown,
    complaintNotResolved: 'The complaint was never resolved.',
    reopenedTooLate: 'A complaint is reopened within 90 days of closing; log a new one.',
  },
  subject: nobody,
  decide: (state, { complaintId, reason }, context) => {
    const { status, closedOn } = state;
    if (status === 'absent') return reject('complaintUnknown');
    if (status === 'reopened') return [];
    if (status === 'logged' || status === 'acknowledged' || status === 'investigating')
      return reject('complaintNotResolved');
    if (status === 'closed' && daysBetween(closedOn, context.today) > reopenDaysMax)
      return reject('reopenedTooLate');
    return [ComplaintReopened({ ...headOf(complaintId, state, context), reason })];
  },
});

export const closeComplaint = complaint.command({
  name: 'CloseComplaint',
  summary: 'Close a complaint that the customer confirmed, or was asked about three times in vain.',
  permission: 'complaint:handle',
  path: '/complaints/:complaintId/close',
  input: {
    complaintId: ComplaintId,
    costTotal: Amount.describe('All that the complaint cost us.'),
    ...occurred,
  },
  emits: ['ComplaintClosed'],
  rejects: {
    complaintUnknown,
    complaintNotResolved: 'The complaint is not resolved.',
    complaintNotConfirmed: 'The customer did not confirm it, nor was asked three times.',
  },
  subject: nobody,
  decide: (state, { complaintId, costTotal }, context) => {
    const { status, attempts } = state;
    if (status === 'absent') return reject('complaintUnknown');
    if (status === 'closed') return [];
    if (status !== 'resolved' && status !== 'confirmed') return reject('complaintNotResolved');
    if (status === 'resolved' && attempts < attemptsMin) return reject('complaintNotConfirmed');
    const confirmed = status === 'confirmed';
    return [ComplaintClosed({ ...headOf(complaintId, state, context), costTotal, confirmed, attempts })];
  },
});
