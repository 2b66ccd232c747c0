import { z } from 'zod';
import { personal } from '../engine/event.ts';
import { list } from '../engine/list.ts';
import { nothing, query } from '../engine/query.ts';
import { readModel } from '../engine/read-model.ts';
import { Confidence, CustomerKind, customerEvents, Lifecycle } from '../events/customer.ts';
import { ChannelId, CompetitorId, CustomerId, Geo, LocalDate, PersonId, RegionId } from '../events/values.ts';
import { contact } from './contact.ts';
import { customerFeedback } from './customer-feedback.ts';
import { customerOwner } from './customer-owner.ts';
import { outlet } from './outlet.ts';
import { isVisible } from './visible.ts';

const byCustomer = ({ data }: { readonly data: { readonly customerId: string } }) => ({
  customerId: data.customerId,
});

/** The customers as they are known now. */
export const customer = readModel({
  name: 'customer',
  version: 1,
  summary: 'The customers as they are known now.',
  key: ['customerId'],
  indexes: [['ownerId'], ['regionId'], ['name']],
  row: {
    customerId: CustomerId,
    name: personal(z.string().describe('Name of the company, or of the human being.')),
    city: z.string().nullable().describe('City.'),
    taxId: personal(z.string().nullable().describe('Tax number.')),
    kind: CustomerKind,
    regionId: RegionId,
    channelId: ChannelId,
    segment: z.string().describe('Segment of the market.'),
    source: z.string().describe('How we came to know the customer.'),
    geo: Geo.nullable(),
    address: personal(z.string().nullable().describe('Street and number.')),
    phone: personal(z.string().nullable().describe('Telephone number.')),
    email: personal(z.string().nullable().describe('E-mail address.')),
    website: z.string().nullable().describe('Website.'),
    industry: z.string().nullable().describe('Industry.'),
    employees: z.int().nullable().describe('Number of people who work there.'),
    ownerId: PersonId.nullable().describe('The primary owner; null in the pool.'),
    ownedSince: LocalDate.nullable().describe('Since when the owner owns the customer.'),
    registeredOn: LocalDate.describe('The day on which the customer was registered.'),
    lifecycle: Lifecycle,
    state: z.enum(['live', 'lost']).describe('Whether the customer is lost.'),
    lostOn: LocalDate.nullable().describe('The day on which the customer was lost.'),
    lostReason: z.string().nullable().describe('Why the customer was lost.'),
    lostTo: CompetitorId.nullable().describe('The competitor who won the customer.'),
    potentialMinor: z.bigint().nullable().describe('What the customer could buy in a year, in minor units.'),
    potentialCurrency: z.string().nullable().describe('Currency of the potential.'),
    potentialMethod: z.string().nullable().describe('How the potential was estimated.'),
    potentialConfidence: Confidence.nullable(),
    potentialOn: LocalDate.nullable().describe('The day on which the potential was estimated.'),
    frequencyVisits: z.int().nullable().describe('Visits due in each window.'),
    frequencyDays: z.int().nullable().describe('Length of the window in days.'),
    frequencyFrom: LocalDate.nullable().describe('Since when the visit frequency holds.'),
  },
  of: customerEvents,
  on: {
    CustomerRegistered: {
      key: byCustomer,
      row: (_, { data }) => ({
        customerId: data.customerId,
        name: data.name,
        city: data.city ?? null,
        taxId: data.taxId ?? null,
        kind: data.kind,
        regionId: data.regionId,
        channelId: data.channelId,
        segment: data.segment,
        source: data.source,
        geo: data.geo ?? null,
        address: data.address ?? null,
        phone: data.phone ?? null,
        email: data.email ?? null,
        website: data.website ?? null,
        industry: data.industry ?? null,
        employees: data.employees ?? null,
        ownerId: null,
        ownedSince: null,
        registeredOn: data.registeredOn,
        lifecycle: 'potential',
        state: 'live',
        lostOn: null,
        lostReason: null,
        lostTo: null,
        potentialMinor: null,
        potentialCurrency: null,
        potentialMethod: null,
        potentialConfidence: null,
        potentialOn: null,
        frequencyVisits: null,
        frequencyDays: null,
        frequencyFrom: null,
      }),
    },
    CustomerProfileUpdated: {
      key: byCustomer,
      change: (row, { data }) => ({
        ...row,
        name: data.name ?? row.name,
        city: data.city ?? row.city,
        taxId: data.taxId ?? row.taxId,
        regionId: data.regionId ?? row.regionId,
        channelId: data.channelId ?? row.channelId,
        segment: data.segment ?? row.segment,
        geo: data.geo ?? row.geo,
        address: data.address ?? row.address,
        phone: data.phone ?? row.phone,
        email: data.email ?? row.email,
        website: data.website ?? row.website,
        industry: data.industry ?? row.industry,
        employees: data.employees ?? row.employees,
      }),
    },
    CustomerOwnerAssigned: {
      key: byCustomer,
      change: (row, { data }) => ({
        ...row,
        ownerId: data.personId,
        ownedSince: row.ownerId === data.personId ? row.ownedSince : data.from,
      }),
    },
    CustomerReleasedToPool: {
      key: byCustomer,
      change: (row) => ({ ...row, ownerId: null, ownedSince: null }),
    },
    VisitFrequencySet: {
      key: byCustomer,
      change: (row, { data }) => ({
        ...row,
        frequencyVisits: data.visits,
        frequencyDays: data.windowDays,
        frequencyFrom: data.from,
      }),
    },
    CustomerPotentialEstimated: {
      key: byCustomer,
      change: (row, { data }) => ({
        ...row,
        potentialMinor: BigInt(data.annual.amountMinor),
        potentialCurrency: data.annual.currency,
        potentialMethod: data.method,
        potentialConfidence: data.confidence,
        potentialOn: data.on,
      }),
    },
    CustomerLost: {
      key: byCustomer,
      change: (row, { data }) => ({
        ...row,
        state: 'lost',
        lostOn: data.on,
        lostReason: data.reason,
        lostTo: data.competitorId ?? null,
      }),
    },
    CustomerLifecycleAdvanced: {
      key: byCustomer,
      change: (row, { data }) => ({ ...row, lifecycle: data.to }),
    },
    CustomerReactivated: {
      key: byCustomer,
      change: (row) => ({ ...row, state: 'live', lostOn: null, lostReason: null, lostTo: null }),
    },
  },
});

export const listCustomers = list({
  name: 'ListCustomers',
  summary: 'List customers.',
  permission: 'customer:read',
  path: '/customers',
  of: customer,
  scope: { person: 'ownerId' },
  filters: [
    'customerId',
    'kind',
    'regionId',
    'channelId',
    'segment',
    'city',
    'ownerId',
    'lifecycle',
    'state',
    'registeredOn',
    'lostOn',
    'potentialConfidence',
  ],
  search: ['name', 'city', 'taxId'],
  sorts: ['name', 'registeredOn'],
  groups: ['kind', 'regionId', 'channelId', 'segment', 'ownerId', 'lifecycle', 'state', 'potentialCurrency'],
  sums: ['potentialMinor'],
});

export const getCustomer = query({
  name: 'GetCustomer',
  summary: 'Get a customer with its contacts, its owners so far and what it said last.',
  permission: 'customer:read',
  path: '/customers/:customerId',
  input: { customerId: CustomerId },
  output: customer.row.extend({
    contacts: z.array(contact.row),
    owners: z.array(customerOwner.row),
    outlet: outlet.row.nullable(),
    feedback: z.array(customerFeedback.row),
  }),
  reads: [customer, contact, customerOwner, outlet, customerFeedback],
  answer: async (db, { customerId }, asker) => {
    const row = await db
      .selectFrom('customer')
      .selectAll()
      .where('customerId', '=', customerId)
      .executeTakeFirst();
    const owners = await db
      .selectFrom('customer_owner')
      .selectAll()
      .where('customerId', '=', customerId)
      .orderBy('validFrom')
      .orderBy('role', 'desc')
      .orderBy('personId')
      .execute();
    const holders = owners.filter(({ validTo }) => validTo === null).map(({ personId }) => personId);
    const visible =
      holders.length === 0 || holders.some((personId) => isVisible(asker, personId, asker.today));
    if (!row || !visible) return nothing;
    const contacts = await db
      .selectFrom('contact')
      .selectAll()
      .where('customerId', '=', customerId)
      .orderBy('name')
      .orderBy('contactId')
      .execute();
    const opened = await db
      .selectFrom('outlet')
      .selectAll()
      .where('customerId', '=', customerId)
      .executeTakeFirst();
    const feedback = await db
      .selectFrom('customer_feedback')
      .selectAll()
      .where('customerId', '=', customerId)
      .orderBy('saidOn', 'desc')
      .orderBy('feedbackId')
      .limit(20)
      .execute();
    return { ...row, contacts, owners, outlet: opened ?? null, feedback };
  },
});
