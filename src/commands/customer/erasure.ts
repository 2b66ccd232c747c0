import { reject } from '../../engine/decision.ts';
import { customerEvents } from '../../events/customer.ts';
import { CustomerId, occurred } from '../../events/values.ts';
import { customer, customerUnknown, isRegistered } from './state.ts';

const { CustomerDataErased } = customerEvents;

/** Also a second time: since the first one somebody may have been met on a visit, which the customer does not know. */
export const eraseCustomerData = customer.command({
  name: 'EraseCustomerData',
  summary: 'Erase what identifies a customer and the people there, for good and everywhere.',
  permission: 'personal-data:erase',
  path: '/customers/:customerId/erase-personal-data',
  input: { customerId: CustomerId, ...occurred },
  emits: ['CustomerDataErased'],
  rejects: { customerUnknown },
  subject: () => undefined,
  decide: (state, { customerId }) =>
    isRegistered(state) ? [CustomerDataErased({ customerId })] : reject('customerUnknown'),
});
