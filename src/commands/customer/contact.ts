import { absent, reject } from '../../engine/decision.ts';
import { generated } from '../../engine/input.ts';
import { contactDetails, customerEvents } from '../../events/customer.ts';
import { ContactId, CustomerId, LocalDate, occurred } from '../../events/values.ts';
import { misdated, misdatedRejections } from '../dating.ts';
import { policy } from '../policy.ts';
import { byOwner, contactText, customer, customerUnknown, isRegistered } from './state.ts';

const { ContactRecorded, ContactLeft } = customerEvents;

export const recordContact = customer.command({
  name: 'RecordContact',
  summary: 'Record a person at a customer, or what has changed about that person.',
  permission: 'customer:write',
  path: '/customers/:customerId/contacts',
  input: { customerId: CustomerId, contactId: generated(ContactId), ...contactDetails, ...occurred },
  emits: ['ContactRecorded'],
  rejects: { customerUnknown },
  subject: byOwner,
  decide: (state, input) => {
    if (!isRegistered(state)) return reject('customerUnknown');
    if (state.contacts[input.contactId] === contactText(input)) return [];
    return [ContactRecorded(input)];
  },
});

export const recordContactDeparture = customer.command({
  name: 'RecordContactDeparture',
  summary: 'Record that a contact has left the customer.',
  permission: 'customer:write',
  path: '/customers/:customerId/contacts/:contactId/departure',
  input: { customerId: CustomerId, contactId: ContactId, on: LocalDate.optional(), ...occurred },
  emits: ['ContactLeft'],
  rejects: {
    customerUnknown,
    contactUnknown: absent('The customer has no such contact.'),
    ...misdatedRejections,
  },
  subject: byOwner,
  reads: () => ({ policy: policy.ref() }),
  decide: (state, { customerId, contactId, on: given }, context) => {
    const on = given ?? context.today;
    if (!isRegistered(state)) return reject('customerUnknown');
    if (state.contacts[contactId] === undefined) return reject('contactUnknown');
    if (state.contacts[contactId] === null) return [];
    const wrong = misdated(on, context, context.reads.policy);
    if (wrong) return reject(wrong, [{ pointer: '/on', detail: 'Give another day.' }]);
    return [ContactLeft({ customerId, contactId, on }, { effectiveOn: on })];
  },
});
