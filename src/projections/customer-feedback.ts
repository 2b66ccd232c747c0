import { z } from 'zod';
import { list } from '../engine/list.ts';
import { readModel } from '../engine/read-model.ts';
import { customerEvents, FeedbackId, Sentiment } from '../events/customer.ts';
import { CustomerId, LocalDate, PersonId, ProductId, VisitId } from '../events/values.ts';

/** What customers said. */
export const customerFeedback = readModel({
  name: 'customer_feedback',
  version: 1,
  summary: 'What customers said, and what they felt about it.',
  key: ['customerId', 'feedbackId'],
  indexes: [['heardBy', 'saidOn']],
  row: {
    customerId: CustomerId,
    feedbackId: FeedbackId,
    saidOn: LocalDate.describe('The day on which it was said.'),
    heardBy: PersonId.nullable().describe('Who heard it; null for an integration.'),
    topic: z.string().describe('What it was about.'),
    sentiment: Sentiment,
    text: z.string().describe('What was said.'),
    productId: ProductId.nullable(),
    visitId: VisitId.nullable(),
  },
  of: customerEvents,
  on: {
    CustomerFeedbackRecorded: {
      key: ({ data }) => ({ customerId: data.customerId, feedbackId: data.feedbackId }),
      row: (_, { data }) => ({
        customerId: data.customerId,
        feedbackId: data.feedbackId,
        saidOn: data.on,
        heardBy: data.heardBy ?? null,
        topic: data.topic,
        sentiment: data.sentiment,
        text: data.text,
        productId: data.productId ?? null,
        visitId: data.visitId ?? null,
      }),
    },
  },
});

export const listCustomerFeedback = list({
  name: 'ListCustomerFeedback',
  summary: 'List what customers said, newest first.',
  permission: 'customer:read',
  path: '/customer-feedback',
  of: customerFeedback,
  scope: { person: 'heardBy', day: 'saidOn' },
  filters: ['customerId', 'heardBy', 'saidOn', 'sentiment', 'topic', 'productId', 'visitId'],
  search: ['topic', 'text'],
  sorts: ['saidOn'],
  descending: true,
  groups: ['topic', 'sentiment', 'productId', 'customerId'],
});
