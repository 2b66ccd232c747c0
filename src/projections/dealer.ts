import { z } from 'zod';
import { list } from '../engine/list.ts';
import { readModel } from '../engine/read-model.ts';
import { DealerTerms, dealerEvents } from '../events/dealer.ts';
import { ChannelId, CustomerId, DealerId, LocalDate, RegionId } from '../events/values.ts';

const byDealer = ({ data }: { readonly data: { readonly dealerId: string } }) => ({
  dealerId: data.dealerId,
});

/** The customers who are appointed dealers. */
export const dealer = readModel({
  name: 'dealer',
  version: 1,
  summary: 'The customers who are appointed dealers, from when until when.',
  key: ['dealerId'],
  indexes: [['customerId']],
  row: {
    dealerId: DealerId,
    customerId: CustomerId,
    regionIds: z.array(RegionId).describe('The regions of the appointment; empty for everywhere.'),
    channelIds: z.array(ChannelId).describe('The channels of the appointment; empty for all.'),
    appointedFrom: LocalDate.describe('First day of the appointment.'),
    endedOn: LocalDate.nullable().describe('First day after it; null until further notice.'),
    endReason: z.string().nullable().describe('Why it ended.'),
  },
  of: dealerEvents,
  on: {
    DealerAppointed: {
      key: byDealer,
      row: (_, { data: { from, ...data } }) => ({
        ...data,
        appointedFrom: from,
        endedOn: null,
        endReason: null,
      }),
    },
    DealerAppointmentEnded: {
      key: byDealer,
      change: (row, { data: { on, reason } }) => ({ ...row, endedOn: on, endReason: reason }),
    },
  },
});

/** The terms on which dealers buy. */
export const dealerTerms = readModel({
  name: 'dealer_terms',
  version: 1,
  summary: 'The terms on which dealers buy, each from a day on until the day before others.',
  key: ['dealerId', 'validFrom'],
  row: {
    dealerId: DealerId,
    ...DealerTerms,
    validFrom: LocalDate.describe('First day of the terms.'),
    validTo: LocalDate.nullable().describe('First day after the terms; null until further notice.'),
  },
  of: dealerEvents,
  on: {
    DealerTermsSet: {
      key: ({ data: { dealerId, from, previousFrom } }) => [
        { dealerId, validFrom: from },
        ...(previousFrom ? [{ dealerId, validFrom: previousFrom }] : []),
      ],
      row: (row, { data: { from, discountBp, paymentDays } }, key) =>
        key.validFrom === from
          ? { ...key, discountBp, paymentDays, validTo: null }
          : row && { ...row, validTo: from },
    },
  },
});

export const listDealers = list({
  name: 'ListDealers',
  summary: 'List the customers who are appointed dealers.',
  permission: 'dealer:read',
  path: '/dealers',
  of: dealer,
  scope: 'everyone',
  holds: { from: 'appointedFrom', until: 'endedOn' },
  filters: ['dealerId', 'customerId', 'appointedFrom', 'endedOn'],
  sorts: ['appointedFrom'],
});

export const listDealerTerms = list({
  name: 'ListDealerTerms',
  summary: 'List the terms on which dealers buy, over time.',
  permission: 'dealer:read',
  path: '/dealer-terms',
  of: dealerTerms,
  scope: 'everyone',
  holds: { from: 'validFrom', until: 'validTo' },
  filters: ['dealerId', 'validFrom', 'validTo'],
  sorts: ['validFrom'],
});
