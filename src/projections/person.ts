import { z } from 'zod';
import { personal } from '../engine/event.ts';
import { list } from '../engine/list.ts';
import { nothing, query } from '../engine/query.ts';
import { readModel } from '../engine/read-model.ts';
import { EmploymentEndReason, organisationEvents } from '../events/organisation.ts';
import { personEvents } from '../events/person.ts';
import { LocalDate, PersonId } from '../events/values.ts';

const byPerson = ({ data }: { readonly data: { readonly personId: string } }) => ({
  personId: data.personId,
});

const unemployed = {
  employeeNo: null,
  employedFrom: null,
  newcomerUntil: null,
  lastDay: null,
  endedOn: null,
  endReason: null,
};
const unnamed = { name: '', email: null, phone: null };

/** The people who are or were employed, as they are known now. */
export const person = readModel({
  name: 'person',
  version: 1,
  summary: 'The people who are or were employed, as they are known now.',
  key: ['personId'],
  indexes: [['name']],
  row: {
    personId: PersonId,
    employeeNo: z.string().nullable().describe('Employee number; null before the employment.'),
    name: personal(z.string().describe('The person’s name.')),
    email: personal(z.string().nullable().describe('The person’s e-mail address.')),
    phone: personal(z.string().nullable().describe('The person’s telephone number.')),
    employedFrom: LocalDate.nullable().describe('First day of the latest employment.'),
    newcomerUntil: LocalDate.nullable().describe('Until when the person counts as a newcomer.'),
    lastDay: LocalDate.nullable().describe('Last day of the employment as it was announced.'),
    endedOn: LocalDate.nullable().describe('Last day of the employment, once it has ended.'),
    endReason: EmploymentEndReason.nullable(),
  },
  of: { ...personEvents, ...organisationEvents },
  on: {
    PersonRegistered: {
      key: byPerson,
      row: (row, { data }) => ({
        ...(row ?? unemployed),
        personId: data.personId,
        name: data.name,
        email: data.email ?? null,
        phone: data.phone ?? null,
      }),
    },
    PersonalDetailsUpdated: {
      key: byPerson,
      change: (row, { data }) => ({
        ...row,
        name: data.name ?? row.name,
        email: data.email ?? row.email,
        phone: data.phone ?? row.phone,
      }),
    },
    PersonEmployed: {
      key: byPerson,
      row: (row, { data }) => ({
        ...(row ?? unnamed),
        ...unemployed,
        personId: data.personId,
        employeeNo: data.employeeNo,
        employedFrom: data.from,
        newcomerUntil: data.newcomerUntil,
      }),
    },
    EmploymentEndAnnounced: { key: byPerson, change: (row, { data }) => ({ ...row, lastDay: data.lastDay }) },
    EmploymentEnded: {
      key: byPerson,
      change: (row, { data }) => ({ ...row, endedOn: data.on, endReason: data.reason }),
    },
  },
});

export const listPeople = list({
  name: 'ListPeople',
  summary: 'List the people who are or were employed.',
  permission: 'person:read',
  path: '/people',
  of: person,
  scope: { person: 'personId' },
  filters: ['personId', 'employeeNo', 'employedFrom', 'newcomerUntil', 'lastDay', 'endedOn'],
  search: ['name', 'employeeNo', 'email'],
  sorts: ['name'],
});

export const getPerson = query({
  name: 'GetPerson',
  summary: 'Get a person.',
  permission: 'person:read',
  path: '/people/:personId',
  input: { personId: PersonId },
  output: person.row,
  reads: [person],
  subject: ({ personId }) => personId,
  answer: async (db, { personId }) => {
    const row = await db.selectFrom('person').selectAll().where('personId', '=', personId).executeTakeFirst();
    return row ?? nothing;
  },
});
