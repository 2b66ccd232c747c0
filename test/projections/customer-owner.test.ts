import { describe, expect, test } from 'vitest';
import { customerEvents } from '../../src/events/customer.ts';
import { customerOwner } from '../../src/projections/customer-owner.ts';
import { ann, bob, customerId, longAgo, ownedByAnn, today, tomorrow } from '../support/commerce.ts';
import { folded } from '../support/folded.ts';

const { CustomerOwnerAssigned, CustomerReleasedToPool } = customerEvents;

const handed = CustomerOwnerAssigned({
  customerId,
  personId: bob,
  shareBp: 7_000,
  coOwners: [{ personId: ann, shareBp: 3_000 }],
  from: today,
  reason: 'handover',
  replaces: { from: longAgo, personIds: [ann] },
});
const bobs = { from: today, personIds: [bob, ann] };
const shared = { customerId, validFrom: today, validTo: null, reason: 'handover' };
const annBefore = {
  customerId,
  personId: ann,
  validFrom: longAgo,
  validTo: today,
  role: 'primary',
  shareBp: 10_000,
  reason: 'initial',
};

describe('customer_owner', () => {
  test('ends an ownership where the next one begins', () => {
    const rows = folded(customerOwner, ownedByAnn, handed);
    expect(rows).toHaveLength(3);
    expect(rows).toEqual(
      expect.arrayContaining([
        annBefore,
        { ...shared, personId: bob, role: 'primary', shareBp: 7_000 },
        { ...shared, personId: ann, role: 'co', shareBp: 3_000 },
      ]),
    );
  });
  test('ends all owners when the customer goes to the pool', () => {
    const released = CustomerReleasedToPool({ customerId, on: tomorrow, reason: 'Far.', replaces: bobs });
    const rows = folded(customerOwner, ownedByAnn, handed, released);
    expect(rows.map(({ validTo }) => validTo).sort()).toEqual([today, tomorrow, tomorrow]);
  });
  test('leaves nothing of an ownership that is replaced on its first day', () => {
    const again = CustomerOwnerAssigned({
      ...handed.data,
      personId: ann,
      shareBp: 10_000,
      coOwners: [],
      replaces: bobs,
    });
    const rows = folded(customerOwner, ownedByAnn, handed, again);
    expect(rows).toHaveLength(2);
    expect(rows).toEqual(
      expect.arrayContaining([annBefore, { ...shared, personId: ann, role: 'primary', shareBp: 10_000 }]),
    );
  });
});
