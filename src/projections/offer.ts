import { z } from 'zod';
import { list } from '../engine/list.ts';
import { readModel } from '../engine/read-model.ts';
import { opportunityEvents } from '../events/opportunity.ts';
import {
  Currency,
  CustomerId,
  LocalDate,
  OfferId,
  OpportunityId,
  PersonId,
  PipelineId,
} from '../events/values.ts';

const key = ({
  data: { opportunityId, offerId },
}: {
  readonly data: { readonly opportunityId: string; readonly offerId: string };
}) => ({ opportunityId, offerId });

/** The offers that were made. */
export const offer = readModel({
  name: 'offer',
  version: 1,
  summary: 'The offers that were made, and what customers decided.',
  key: ['opportunityId', 'offerId'],
  indexes: [
    ['ownerId', 'submittedOn'],
    ['customerId', 'submittedOn'],
  ],
  row: {
    opportunityId: OpportunityId,
    offerId: OfferId,
    customerId: CustomerId,
    pipelineId: PipelineId,
    ownerId: PersonId.describe('Who owned the opportunity when the offer was made.'),
    totalMinor: z.bigint().describe('What the customer would pay, in minor units.'),
    currency: Currency,
    submittedOn: LocalDate.describe('The day of the offer.'),
    validUntil: LocalDate.nullable().describe('The last day on which it can be accepted.'),
    state: z.enum(['submitted', 'accepted', 'rejected']).describe('What the customer decided.'),
    decidedOn: LocalDate.nullable().describe('The day on which the customer decided.'),
    rejectionReason: z.string().nullable().describe('Why it was rejected.'),
  },
  of: opportunityEvents,
  on: {
    OfferSubmitted: {
      key,
      row: (_, { data, effectiveOn }) => ({
        opportunityId: data.opportunityId,
        offerId: data.offerId,
        customerId: data.customerId,
        pipelineId: data.pipelineId,
        ownerId: data.ownerId,
        totalMinor: BigInt(data.total.amountMinor),
        currency: data.total.currency,
        submittedOn: effectiveOn,
        validUntil: data.validUntil ?? null,
        state: 'submitted',
        decidedOn: null,
        rejectionReason: null,
      }),
    },
    OfferAccepted: {
      key,
      change: (row, { effectiveOn }) => ({ ...row, state: 'accepted', decidedOn: effectiveOn }),
    },
    OfferRejected: {
      key,
      change: (row, { data, effectiveOn }) => ({
        ...row,
        state: 'rejected',
        decidedOn: effectiveOn,
        rejectionReason: data.reason,
      }),
    },
  },
});

export const listOffers = list({
  name: 'ListOffers',
  summary: 'List offers, newest first.',
  permission: 'opportunity:read',
  path: '/offers',
  of: offer,
  scope: { person: 'ownerId', day: 'submittedOn' },
  filters: [
    'opportunityId',
    'offerId',
    'customerId',
    'pipelineId',
    'ownerId',
    'currency',
    'submittedOn',
    'validUntil',
    'state',
    'decidedOn',
  ],
  sorts: ['submittedOn', 'totalMinor'],
  descending: true,
  groups: ['customerId', 'pipelineId', 'ownerId', 'state', 'currency', 'submittedOn'],
  sums: ['totalMinor'],
});
