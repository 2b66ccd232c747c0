import { decider, type Evolve, reject, unknown } from '../engine/decision.ts';
import { generated } from '../engine/input.ts';
import { call, callLogEvents } from '../events/call-log.ts';
import { CallId, LocalDate, occurred, PersonId } from '../events/values.ts';
import { customer, isRegistered } from './customer/state.ts';

const { CallLogged } = callLogEvents;

interface CallLogState {
  readonly callIds: readonly string[];
}

const initialState: CallLogState = { callIds: [] };

const evolve: Evolve<CallLogState, typeof callLogEvents> = {
  CallLogged: ({ callIds }, { callId }) => ({ callIds: [...callIds, callId] }),
};

const callLog = decider({
  stream: 'call-log',
  id: ['personId', 'date'],
  events: callLogEvents,
  initialState,
  evolve,
});

export const logCall = callLog.command({
  name: 'LogCall',
  summary: 'Log a call with a customer on a person’s log of the day.',
  permission: 'call:write',
  path: '/call-logs/:personId/:date/calls',
  input: { personId: PersonId, date: LocalDate, callId: generated(CallId), ...call, ...occurred },
  emits: ['CallLogged'],
  rejects: {
    customerUnknown: unknown('There is no such customer.'),
    dayDiffers: 'The call is not of the day whose log it goes into.',
  },
  reads: ({ customerId }) => ({ customer: customer.ref(customerId) }),
  decide: ({ callIds }, { occurredAt: _, ...logged }, { reads, occurredAt, today }) => {
    if (callIds.includes(logged.callId)) return [];
    if (!isRegistered(reads.customer)) return reject('customerUnknown');
    if (logged.date !== today) {
      return reject('dayDiffers', [{ pointer: '/occurredAt', detail: `This is on ${today}.` }]);
    }
    return [CallLogged({ ...logged, calledAt: occurredAt })];
  },
});
