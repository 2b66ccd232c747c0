import { z } from 'zod';
import { list } from '../engine/list.ts';
import { readModel } from '../engine/read-model.ts';
import { customerEvents, OwnershipReason } from '../events/customer.ts';
import { BasisPoints, CustomerId, LocalDate, PersonId } from '../events/values.ts';

interface Replaced {
  readonly from: string;
  readonly personIds: readonly string[];
}

const keysOf = (customerId: string, { from, personIds }: Replaced) =>
  personIds.map((personId) => ({ customerId, personId, validFrom: from }));

/** The row of somebody whose ownership ends on a day; gone where it began that day. */
const ended = <R extends { readonly validFrom: string; readonly validTo: string | null }>(
  row: R,
  day: string,
): R | undefined => (row.validFrom === day ? undefined : { ...row, validTo: day });

/** Who owns customers, from when until when. */
export const customerOwner = readModel({
  name: 'customer_owner',
  version: 1,
  summary:
    'Who owns a customer from a day on until the day before another, and with what share of the credit.',
  key: ['customerId', 'personId', 'validFrom'],
  indexes: [['personId', 'validFrom']],
  row: {
    customerId: CustomerId,
    personId: PersonId,
    validFrom: LocalDate.describe('First day of the ownership.'),
    validTo: LocalDate.nullable().describe('First day after the ownership; null until further notice.'),
    role: z.enum(['primary', 'co']).describe('Primary owner or co-owner.'),
    shareBp: BasisPoints,
    reason: OwnershipReason,
  },
  of: customerEvents,
  on: {
    CustomerOwnerAssigned: {
      key: ({ data }) => {
        const owners = [data.personId, ...data.coOwners.map(({ personId }) => personId)];
        const begun = keysOf(data.customerId, { from: data.from, personIds: owners });
        const before = data.replaces ? keysOf(data.customerId, data.replaces) : [];
        return [
          ...begun,
          ...before.filter(
            (old) => old.validFrom !== data.from || !owners.some((personId) => personId === old.personId),
          ),
        ];
      },
      row: (row, { data }, key) => {
        const shares = [{ personId: data.personId, shareBp: data.shareBp }, ...data.coOwners];
        const share = shares.find(({ personId }) => personId === key.personId);
        if (key.validFrom !== data.from || !share) return row && ended(row, data.from);
        return {
          ...key,
          validTo: null,
          role: key.personId === data.personId ? 'primary' : 'co',
          shareBp: share.shareBp,
          reason: data.reason,
        };
      },
    },
    CustomerReleasedToPool: {
      key: ({ data }) => keysOf(data.customerId, data.replaces),
      change: (row, { data }) => ended(row, data.on),
    },
  },
});

export const listCustomerOwners = list({
  name: 'ListCustomerOwners',
  summary: 'List who owns which customers, and who did.',
  permission: 'customer:read',
  path: '/customer-owners',
  of: customerOwner,
  scope: { person: 'personId' },
  holds: { from: 'validFrom', until: 'validTo' },
  filters: ['customerId', 'personId', 'role', 'reason', 'validFrom', 'validTo'],
  sorts: ['validFrom'],
  groups: ['personId', 'role', 'reason'],
});
