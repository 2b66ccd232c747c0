import { reject } from '../../engine/decision.ts';
import { customerEvents } from '../../events/customer.ts';
import { CustomerId, occurred } from '../../events/values.ts';
import { claimRefs, releaseClaim } from '../claim.ts';
import { customer, customerUnknown, isRegistered, nameClaim, taxClaim } from './state.ts';

const { CustomerDataErased } = customerEvents;

/**
 * Gives back what the customer claimed: a refusal of the same name would say who was erased. Also a second time: since
 * the first one somebody may have been met on a visit, which the customer does not know.
 */
export const eraseCustomerData = customer.command({
  name: 'EraseCustomerData',
  summary: 'Erase what identifies a customer and the people there, for good and everywhere.',
  permission: 'personal-data:erase',
  path: '/customers/:customerId/erase-personal-data',
  input: { customerId: CustomerId, ...occurred },
  emits: ['CustomerDataErased', 'Released'],
  rejects: { customerUnknown },
  subject: () => undefined,
  reads: (_, { nameKey, taxKey }) => ({
    names: claimRefs(nameClaim, nameKey),
    taxIds: claimRefs(taxClaim, taxKey),
  }),
  decide: (state, { customerId }) => {
    if (!isRegistered(state)) return reject('customerUnknown');
    return [
      CustomerDataErased({ customerId }),
      ...releaseClaim(nameClaim, customerId, state.nameKey),
      ...releaseClaim(taxClaim, customerId, state.taxKey),
    ];
  },
});
