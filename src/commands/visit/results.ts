import { reject, unknown } from '../../engine/decision.ts';
import { generated } from '../../engine/input.ts';
import { ComplaintId, Count, OrderId, occurred, VisitId } from '../../events/values.ts';
import {
  collection,
  competitorObservation,
  customerDevelopment,
  customerOpinion,
  negotiationResult,
  ObservationId,
  personMet,
  VisitAmount,
  VisitCostCategory,
  visitEvents,
} from '../../events/visit.ts';
import { competitor } from '../competitor.ts';
import { complaint } from '../complaint.ts';
import { customer } from '../customer/state.ts';
import { order } from '../order/state.ts';
import { type Organisation, organisation } from '../organisation/state.ts';
import { policy, policyOn } from '../policy.ts';
import { isDefined, type ProductState, product } from '../product.ts';
import { receivable } from '../receivable/state.ts';
import { isRefused, ofVisit, recordable, recordRejects } from './record.ts';
import { metKey, visit } from './state.ts';

const {
  VisitPersonMet,
  NegotiationResultRecorded,
  OrderLinked,
  CollectionRecorded,
  ComplaintLinked,
  CompetitorObservationRecorded,
  CustomerOpinionRecorded,
  CustomerDevelopmentRecorded,
  VisitCostRecorded,
} = visitEvents;

const currencyDiffers = 'Money of a visit is in the currency that the organisation reports in.';
const otherCurrency = reject('currencyDiffers', [{ pointer: '/amount/currency', detail: currencyDiffers }]);
const isForeign = ({ configuration }: Organisation, currency: string): boolean =>
  configuration !== undefined && configuration.reportingCurrency !== currency;

const customerDiffers = 'This is of another customer than the visit.';
const productUnknown = unknown('There is no such product.');
const productRef = (productId: string | undefined) => (productId ? product.ref(productId) : undefined);
const isUnknown = (state: ProductState | undefined): boolean => state !== undefined && !isDefined(state);

export const recordPersonMet = visit.command({
  name: 'RecordPersonMet',
  summary: 'Record whom the visit met: a contact of the customer, or somebody by name.',
  permission: 'visit:write',
  path: '/visits/:visitId/people-met',
  input: { visitId: VisitId, ...personMet, ...occurred },
  emits: ['VisitPersonMet'],
  rejects: {
    ...recordRejects,
    metWhomMissing: 'Somebody met is either a contact or has a name.',
    contactUnknown: unknown('The customer has no such contact.'),
  },
  subject: ofVisit,
  reads: (_, { customerId }) => ({ customer: customerId ? customer.ref(customerId) : undefined }),
  decide: (state, { visitId, contactId, name, role }, { reads }) => {
    const keys = recordable(state, visitId);
    if (isRefused(keys)) return keys;
    if ((contactId === undefined) === (name === undefined)) {
      return reject('metWhomMissing', [{ pointer: '/contactId', detail: 'Give contactId or name.' }]);
    }
    if (contactId && reads.customer?.contacts[contactId] === undefined) return reject('contactUnknown');
    if (state.met.includes(metKey({ contactId, name }))) return [];
    return [VisitPersonMet({ ...keys, contactId, name, role })];
  },
});

export const recordNegotiationResult = visit.command({
  name: 'RecordNegotiationResult',
  summary: 'Record what came of one purpose of the visit; a later result for the same purpose stands.',
  permission: 'visit:write',
  path: '/visits/:visitId/negotiation-results',
  input: { visitId: VisitId, ...negotiationResult, ...occurred },
  emits: ['NegotiationResultRecorded'],
  rejects: recordRejects,
  subject: ofVisit,
  decide: (state, { occurredAt: _, visitId, ...result }) => {
    const keys = recordable(state, visitId);
    if (isRefused(keys)) return keys;
    return [NegotiationResultRecorded({ ...keys, ...result })];
  },
});

export const linkOrder = visit.command({
  name: 'LinkOrder',
  summary: 'Say that an order came of the visit.',
  permission: 'visit:write',
  path: '/visits/:visitId/orders',
  input: { visitId: VisitId, orderId: OrderId, ...occurred },
  emits: ['OrderLinked'],
  rejects: {
    ...recordRejects,
    orderUnknown: unknown('There is no such order.'),
    orderCancelled: 'The order is cancelled.',
    customerDiffers,
  },
  subject: ofVisit,
  reads: ({ orderId }) => ({ order: order.ref(orderId) }),
  decide: (state, { visitId, orderId }, { reads }) => {
    if (state.orders.includes(orderId)) return [];
    const keys = recordable(state, visitId);
    if (isRefused(keys)) return keys;
    if (reads.order.taken === undefined) return reject('orderUnknown');
    if (reads.order.status === 'cancelled') return reject('orderCancelled');
    if (keys.customerId && reads.order.taken.customerId !== keys.customerId) return reject('customerDiffers');
    return [OrderLinked({ ...keys, orderId })];
  },
});

export const recordCollection = visit.command({
  name: 'RecordCollection',
  summary: 'Record money that was collected on the visit, or promised until a day.',
  permission: 'visit:write',
  path: '/visits/:visitId/collections',
  input: { visitId: VisitId, ...collection, ...occurred },
  emits: ['CollectionRecorded'],
  rejects: {
    ...recordRejects,
    currencyDiffers,
    invoiceUnknown: unknown('There is no such invoice.'),
    customerDiffers,
  },
  subject: ofVisit,
  reads: ({ invoiceId }) => ({
    organisation: organisation.ref(),
    receivable: invoiceId ? receivable.ref(invoiceId) : undefined,
  }),
  decide: (state, { occurredAt: _, visitId, ...collected }, { reads }) => {
    const keys = recordable(state, visitId);
    if (isRefused(keys)) return keys;
    const invoice = reads.receivable?.invoice;
    if (reads.receivable && invoice === undefined) return reject('invoiceUnknown');
    if (keys.customerId && invoice && invoice.customerId !== keys.customerId)
      return reject('customerDiffers');
    if (isForeign(reads.organisation, collected.amount.currency)) return otherCurrency;
    return [CollectionRecorded({ ...keys, ...collected })];
  },
});

export const linkComplaint = visit.command({
  name: 'LinkComplaint',
  summary: 'Say that a complaint came up or was handled on the visit.',
  permission: 'visit:write',
  path: '/visits/:visitId/complaints',
  input: { visitId: VisitId, complaintId: ComplaintId, ...occurred },
  emits: ['ComplaintLinked'],
  rejects: {
    ...recordRejects,
    complaintUnknown: unknown('There is no such complaint.'),
    customerDiffers,
  },
  subject: ofVisit,
  reads: ({ complaintId }) => ({ complaint: complaint.ref(complaintId) }),
  decide: (state, { visitId, complaintId }, { reads }) => {
    if (state.complaints.includes(complaintId)) return [];
    const keys = recordable(state, visitId, true);
    if (isRefused(keys)) return keys;
    if (reads.complaint.status === 'absent') return reject('complaintUnknown');
    if (keys.customerId && reads.complaint.customerId !== keys.customerId) return reject('customerDiffers');
    return [ComplaintLinked({ ...keys, complaintId })];
  },
});

export const recordCompetitorObservation = visit.command({
  name: 'RecordCompetitorObservation',
  summary: 'Record what was seen or heard of a competitor.',
  permission: 'visit:write',
  path: '/visits/:visitId/competitor-observations',
  input: {
    visitId: VisitId,
    observationId: generated(ObservationId),
    ...competitorObservation,
    ...occurred,
  },
  emits: ['CompetitorObservationRecorded'],
  rejects: {
    ...recordRejects,
    competitorUnknown: unknown('There is no such competitor.'),
    productUnknown,
  },
  subject: ofVisit,
  reads: ({ competitorId, productId }) => ({
    competitor: competitor.ref(competitorId),
    product: productRef(productId),
  }),
  decide: (state, { occurredAt: _, visitId, ...observed }, { reads }) => {
    if (state.observations.includes(observed.observationId)) return [];
    const keys = recordable(state, visitId);
    if (isRefused(keys)) return keys;
    if (reads.competitor.name === undefined) return reject('competitorUnknown');
    if (isUnknown(reads.product)) return reject('productUnknown');
    return [CompetitorObservationRecorded({ ...keys, ...observed })];
  },
});

export const recordCustomerOpinion = visit.command({
  name: 'RecordCustomerOpinion',
  summary: 'Record what the customer thinks of something.',
  permission: 'visit:write',
  path: '/visits/:visitId/opinions',
  input: { visitId: VisitId, ...customerOpinion, ...occurred },
  emits: ['CustomerOpinionRecorded'],
  rejects: { ...recordRejects, productUnknown },
  subject: ofVisit,
  reads: ({ productId }) => ({ product: productRef(productId) }),
  decide: (state, { occurredAt: _, visitId, ...opinion }, { reads }) => {
    const keys = recordable(state, visitId);
    if (isRefused(keys)) return keys;
    if (isUnknown(reads.product)) return reject('productUnknown');
    return [CustomerOpinionRecorded({ ...keys, ...opinion })];
  },
});

export const recordCustomerDevelopment = visit.command({
  name: 'RecordCustomerDevelopment',
  summary: 'Record what has changed at the customer.',
  permission: 'visit:write',
  path: '/visits/:visitId/developments',
  input: { visitId: VisitId, ...customerDevelopment, ...occurred },
  emits: ['CustomerDevelopmentRecorded'],
  rejects: recordRejects,
  subject: ofVisit,
  decide: (state, { occurredAt: _, visitId, ...development }) => {
    const keys = recordable(state, visitId);
    if (isRefused(keys)) return keys;
    return [CustomerDevelopmentRecorded({ ...keys, ...development })];
  },
});

export const recordVisitCost = visit.command({
  name: 'RecordVisitCost',
  summary: 'Record what the visit cost, also after it; kilometres cost what the policy says.',
  permission: 'visit:write',
  path: '/visits/:visitId/costs',
  input: {
    visitId: VisitId,
    category: VisitCostCategory,
    amount: VisitAmount,
    km: Count.max(5_000).optional().describe('Kilometres driven, on top of the amount.'),
    ...occurred,
  },
  emits: ['VisitCostRecorded'],
  rejects: { ...recordRejects, currencyDiffers },
  subject: ofVisit,
  reads: () => ({ organisation: organisation.ref(), policy: policy.ref() }),
  decide: (state, { visitId, category, amount, km }, { reads }) => {
    const keys = recordable(state, visitId, true);
    if (isRefused(keys)) return keys;
    if (isForeign(reads.organisation, amount.currency)) return otherCurrency;
    const { mileageRateMinor } = policyOn(reads.policy, 'daily-report', keys.date);
    const mileageMinor = BigInt(km ?? 0) * BigInt(mileageRateMinor);
    return [
      VisitCostRecorded({
        ...keys,
        category,
        amount,
        km,
        mileageRateMinor: km === undefined ? undefined : mileageRateMinor,
        total: { ...amount, amountMinor: (BigInt(amount.amountMinor) + mileageMinor).toString() },
      }),
    ];
  },
});
