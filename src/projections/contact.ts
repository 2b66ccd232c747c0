import { z } from 'zod';
import { personal } from '../engine/event.ts';
import { readModel } from '../engine/read-model.ts';
import { ContactRole, customerEvents } from '../events/customer.ts';
import { ContactId, CustomerId, LocalDate } from '../events/values.ts';

const byContact = ({
  data,
}: {
  readonly data: { readonly customerId: string; readonly contactId: string };
}) => ({
  customerId: data.customerId,
  contactId: data.contactId,
});

/** The people at customers. */
export const contact = readModel({
  name: 'contact',
  version: 1,
  summary: 'The people at customers, also those who have left.',
  key: ['customerId', 'contactId'],
  indexes: [['contactId']],
  row: {
    contactId: ContactId,
    customerId: CustomerId,
    name: personal(z.string().describe('Name of the contact.')),
    role: ContactRole,
    title: personal(z.string().nullable().describe('Position at the customer.')),
    phone: personal(z.string().nullable().describe('Telephone number.')),
    email: personal(z.string().nullable().describe('E-mail address.')),
    leftOn: LocalDate.nullable().describe('The day on which the contact left the customer.'),
  },
  of: customerEvents,
  on: {
    ContactRecorded: {
      key: byContact,
      row: (_, { data }) => ({
        contactId: data.contactId,
        customerId: data.customerId,
        name: data.name,
        role: data.role,
        title: data.title ?? null,
        phone: data.phone ?? null,
        email: data.email ?? null,
        leftOn: null,
      }),
    },
    ContactLeft: { key: byContact, change: (row, { data }) => ({ ...row, leftOn: data.on }) },
  },
});
