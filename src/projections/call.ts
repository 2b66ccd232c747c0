import { z } from 'zod';
import { list } from '../engine/list.ts';
import { readModel } from '../engine/read-model.ts';
import { CallChannel, CallDirection, CallResult, callLogEvents } from '../events/call-log.ts';
import { CallId, CustomerId, Instant, LocalDate, OpportunityId, PersonId } from '../events/values.ts';

/** The calls with customers. */
export const call = readModel({
  name: 'call',
  version: 1,
  summary: 'The calls with customers.',
  key: ['personId', 'date', 'callId'],
  indexes: [['customerId', 'date']],
  row: {
    callId: CallId,
    personId: PersonId,
    date: LocalDate,
    calledAt: Instant.describe('When they talked.'),
    customerId: CustomerId,
    direction: CallDirection,
    channel: CallChannel,
    seconds: z.int().describe('How long it took.'),
    resultCode: CallResult,
    opportunityId: OpportunityId.nullable(),
    note: z.string().nullable().describe('What was said.'),
  },
  of: callLogEvents,
  on: {
    CallLogged: {
      key: ({ data: { personId, date, callId } }) => ({ personId, date, callId }),
      row: (_, { data }) => ({
        callId: data.callId,
        personId: data.personId,
        date: data.date,
        calledAt: data.calledAt,
        customerId: data.customerId,
        direction: data.direction,
        channel: data.channel,
        seconds: data.seconds,
        resultCode: data.resultCode,
        opportunityId: data.opportunityId ?? null,
        note: data.note ?? null,
      }),
    },
  },
});

export const listCalls = list({
  name: 'ListCalls',
  summary: 'List calls with customers, newest first.',
  permission: 'call:read',
  path: '/calls',
  of: call,
  scope: { person: 'personId', day: 'date' },
  filters: ['callId', 'personId', 'customerId', 'date', 'direction', 'channel', 'resultCode', 'seconds'],
  search: ['note'],
  sorts: ['date', 'calledAt', 'seconds'],
  descending: true,
  groups: ['personId', 'customerId', 'date', 'direction', 'channel', 'resultCode'],
  sums: ['seconds'],
});
