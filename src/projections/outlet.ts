import { z } from 'zod';
import { list } from '../engine/list.ts';
import { readModel } from '../engine/read-model.ts';
import { customerEvents } from '../events/customer.ts';
import { CustomerId, LocalDate, PersonId } from '../events/values.ts';

const byCustomer = ({ data }: { readonly data: { readonly customerId: string } }) => ({
  customerId: data.customerId,
});

/** The outlets: customers of that kind, with what is open. */
export const outlet = readModel({
  name: 'outlet',
  version: 1,
  summary: 'The customers that are outlets, and whether they are open.',
  key: ['customerId'],
  indexes: [['ownerId']],
  row: {
    customerId: CustomerId,
    ownerId: PersonId.nullable().describe('The primary owner of the customer.'),
    state: z.enum(['planned', 'open', 'closed']).describe('Whether the outlet is open.'),
    outletCode: z.string().nullable().describe('The code of the outlet.'),
    dealerId: CustomerId.nullable().describe('The dealer who supplies it.'),
    openedOn: LocalDate.nullable().describe('The day on which it was opened last.'),
    closedOn: LocalDate.nullable().describe('The day on which it was closed.'),
    openings: z
      .array(z.object({ from: LocalDate, to: LocalDate.nullable() }))
      .describe('From when until when it was open; null until further notice.'),
    closingReason: z.string().nullable().describe('Why it was closed.'),
  },
  of: customerEvents,
  on: {
    CustomerRegistered: {
      key: byCustomer,
      row: (_, { data }) =>
        data.kind === 'outlet'
          ? {
              customerId: data.customerId,
              ownerId: null,
              state: 'planned',
              outletCode: null,
              dealerId: null,
              openedOn: null,
              closedOn: null,
              openings: [],
              closingReason: null,
            }
          : undefined,
    },
    CustomerOwnerAssigned: {
      key: byCustomer,
      row: (row, { data }) => row && { ...row, ownerId: data.personId },
    },
    CustomerReleasedToPool: { key: byCustomer, row: (row) => row && { ...row, ownerId: null } },
    OutletOpened: {
      key: byCustomer,
      change: (row, { data }) => ({
        ...row,
        state: 'open',
        outletCode: data.outletCode,
        dealerId: data.dealerId ?? null,
        openedOn: data.openedOn,
        closedOn: null,
        openings: [...row.openings, { from: data.openedOn, to: null }],
        closingReason: null,
      }),
    },
    OutletClosed: {
      key: byCustomer,
      change: (row, { data }) => ({
        ...row,
        state: 'closed',
        closedOn: data.on,
        openings: row.openings.map((opening) => ({ ...opening, to: opening.to ?? data.on })),
        closingReason: data.reason,
      }),
    },
  },
});

export const listOutlets = list({
  name: 'ListOutlets',
  summary: 'List outlets.',
  permission: 'customer:read',
  path: '/outlets',
  of: outlet,
  scope: { person: 'ownerId' },
  filters: ['customerId', 'ownerId', 'state', 'outletCode', 'dealerId', 'openedOn', 'closedOn'],
  search: ['outletCode'],
  sorts: ['customerId'],
  groups: ['ownerId', 'state', 'dealerId'],
});
