import { z } from 'zod';
import { list } from '../engine/list.ts';
import { readModel } from '../engine/read-model.ts';
import { Confidence } from '../events/customer.ts';
import {
  CompetitorId,
  CustomerId,
  Instant,
  LocalDate,
  PersonId,
  ProductId,
  VisitId,
} from '../events/values.ts';
import { ObservationId, ObservationKind, visitEvents } from '../events/visit.ts';

/** What was observed of competitors on visits. */
export const competitorObservation = readModel({
  name: 'competitor_observation',
  version: 1,
  summary: 'What was observed of competitors on visits.',
  key: ['observationId'],
  indexes: [
    ['competitorId', 'date'],
    ['visitId'],
    ['personId', 'date'],
    ['productId', 'competitorId', 'date'],
  ],
  row: {
    observationId: ObservationId,
    visitId: VisitId,
    personId: PersonId.describe('Who observed it.'),
    customerId: CustomerId.nullable(),
    date: LocalDate,
    observedAt: Instant.describe('When it was observed.'),
    competitorId: CompetitorId,
    kind: ObservationKind,
    productId: ProductId.nullable(),
    priceMinor: z.bigint().nullable().describe('The competitor’s price in minor units.'),
    currency: z.string().nullable().describe('Currency of the price.'),
    text: z.string().describe('What was observed.'),
    confidence: Confidence,
  },
  of: visitEvents,
  on: {
    CompetitorObservationRecorded: {
      key: ({ data }) => ({ observationId: data.observationId }),
      row: (_, { data, occurredAt }) => ({
        observationId: data.observationId,
        visitId: data.visitId,
        personId: data.personId,
        customerId: data.customerId,
        date: data.date,
        observedAt: occurredAt,
        competitorId: data.competitorId,
        kind: data.kind,
        productId: data.productId ?? null,
        priceMinor: data.price ? BigInt(data.price.amountMinor) : null,
        currency: data.price?.currency ?? null,
        text: data.text,
        confidence: data.confidence,
      }),
    },
  },
});

export const listCompetitorObservations = list({
  name: 'ListCompetitorObservations',
  summary: 'List what was observed of competitors, newest first.',
  permission: 'visit:read',
  path: '/competitor-observations',
  of: competitorObservation,
  scope: { person: 'personId', day: 'date' },
  filters: [
    'competitorId',
    'kind',
    'productId',
    'customerId',
    'personId',
    'visitId',
    'date',
    'confidence',
    'currency',
  ],
  search: ['text'],
  sorts: ['date', 'observedAt'],
  descending: true,
  groups: ['competitorId', 'kind', 'productId', 'customerId', 'personId', 'date', 'confidence'],
});
