import { z } from 'zod';
import type { RecordedEvent } from '../engine/event.ts';
import { readModel } from '../engine/read-model.ts';
import { FactMeasure } from '../events/measure.ts';
import {
  ChannelId,
  CustomerId,
  DealerId,
  LocalDate,
  OrderId,
  PersonId,
  ProductId,
  VisitId,
} from '../events/values.ts';
import { FactCurrency, type FactsOf, factEvents, factsOf } from './event-facts.ts';

const row = {
  position: z.bigint().describe('Position of the event in the log.'),
  measure: FactMeasure,
  ordinal: z
    .int()
    .describe(
      'Number of the fact within its event and measure: for an order that of the line, and 1 000 more for each further person.',
    ),
  date: LocalDate.describe('The business day to which it counts.'),
  personId: PersonId.nullable(),
  customerId: CustomerId.nullable(),
  productId: ProductId.nullable(),
  channelId: ChannelId.nullable(),
  dealerId: DealerId.nullable(),
  visitId: VisitId.nullable(),
  orderId: OrderId.nullable(),
  numerator: z.bigint().describe('What it adds to the measure: minor units or a count; below zero to undo.'),
  currency: FactCurrency,
};
type Row = z.output<z.ZodObject<typeof row>>;
type Key = Pick<Row, 'position' | 'measure' | 'ordinal'>;

const each = <D>(facts: FactsOf<D>) => ({
  key: (event: RecordedEvent<D>): readonly Key[] =>
    facts(event).map(({ measure, ordinal }) => ({ position: BigInt(event.position), measure, ordinal })),
  row: (
    _: Row | undefined,
    event: RecordedEvent<D>,
    { position, measure, ordinal }: Key,
  ): Row | undefined => {
    const found = facts(event).find((fact) => fact.measure === measure && fact.ordinal === ordinal);
    return found && { position, ...found };
  },
});

/** What happened, as numbers. */
export const fact = readModel({
  name: 'fact',
  version: 1,
  summary: 'What happened, as numbers: each adds to one measure of one business day and is never changed.',
  key: ['position', 'measure', 'ordinal'],
  indexes: [
    ['personId', 'measure', 'date'],
    ['orderId', 'measure'],
  ],
  row,
  of: factEvents,
  on: {
    VisitEnded: each(factsOf.VisitEnded),
    VisitExceptionApproved: each(factsOf.VisitExceptionApproved),
    VisitCostRecorded: each(factsOf.VisitCostRecorded),
    CallLogged: each(factsOf.CallLogged),
    OrderTaken: each(factsOf.OrderTaken),
    OrderDelivered: each(factsOf.OrderDelivered),
    OrderReturned: each(factsOf.OrderReturned),
    OrderCreditSplit: each(factsOf.OrderCreditSplit),
    FollowUpServiceDone: each(factsOf.FollowUpServiceDone),
    OrderCancelled: each(factsOf.OrderCancelled),
    PaymentReceived: each(factsOf.PaymentReceived),
    PaymentReversed: each(factsOf.PaymentReversed),
    ComplaintLogged: each(factsOf.ComplaintLogged),
    OutletOpened: each(factsOf.OutletOpened),
    OutletClosed: each(factsOf.OutletClosed),
    OpportunityOpened: each(factsOf.OpportunityOpened),
    OpportunityValueRevised: each(factsOf.OpportunityValueRevised),
    OpportunityWon: each(factsOf.OpportunityWon),
    OpportunityLost: each(factsOf.OpportunityLost),
    OpportunityReopened: each(factsOf.OpportunityReopened),
    OpportunityTransferred: each(factsOf.OpportunityTransferred),
    CreditSplitSet: each(factsOf.CreditSplitSet),
  },
});
