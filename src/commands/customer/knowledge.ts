import { reject, unknown } from '../../engine/decision.ts';
import { generated } from '../../engine/input.ts';
import { Confidence, customerEvents, FeedbackId, Sentiment } from '../../events/customer.ts';
import { Amount, Comment, CustomerId, Line, occurred, ProductId, VisitId } from '../../events/values.ts';
import { isDefined, product } from '../product.ts';
import { byOwner, customer, customerUnknown, isRegistered, potentialText } from './state.ts';

const { CustomerPotentialEstimated, CustomerFeedbackRecorded } = customerEvents;

export const recordPotential = customer.command({
  name: 'RecordPotential',
  summary: 'Record what a customer could buy in a year, and how that was estimated.',
  permission: 'customer:assess',
  path: '/customers/:customerId/potential',
  input: {
    customerId: CustomerId,
    annual: Amount.describe('What the customer could buy in a year, from us and from others.'),
    method: Line.describe('How it was estimated.'),
    confidence: Confidence,
    ...occurred,
  },
  emits: ['CustomerPotentialEstimated'],
  rejects: { customerUnknown },
  subject: byOwner,
  decide: (state, input, { today }) => {
    if (!isRegistered(state)) return reject('customerUnknown');
    if (state.potential === potentialText(input)) return [];
    return [CustomerPotentialEstimated({ ...input, on: today })];
  },
});

export const recordCustomerFeedback = customer.command({
  name: 'RecordCustomerFeedback',
  summary: 'Record what a customer said; whoever hears it may.',
  permission: 'customer:write',
  path: '/customers/:customerId/feedback',
  input: {
    customerId: CustomerId,
    feedbackId: generated(FeedbackId),
    topic: Line,
    sentiment: Sentiment,
    text: Comment,
    productId: ProductId.optional(),
    visitId: VisitId.optional(),
    ...occurred,
  },
  emits: ['CustomerFeedbackRecorded'],
  rejects: { customerUnknown, productUnknown: unknown('There is no such product.') },
  subject: () => undefined,
  reads: ({ productId }) => ({ product: productId ? product.ref(productId) : undefined }),
  decide: (state, input, { reads, today, actor }) => {
    if (!isRegistered(state)) return reject('customerUnknown');
    if (state.feedbackIds.includes(input.feedbackId)) return [];
    if (reads.product && !isDefined(reads.product)) return reject('productUnknown');
    return [CustomerFeedbackRecorded({ ...input, on: today, heardBy: actor.personId })];
  },
});
