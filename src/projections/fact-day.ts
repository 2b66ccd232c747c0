import { z } from 'zod';
import type { RecordedEvent } from '../engine/event.ts';
import { readModel } from '../engine/read-model.ts';
import { FactMeasure } from '../events/measure.ts';
import { LocalDate, PersonId } from '../events/values.ts';
import { type Fact, FactCurrency, type FactsOf, factEvents, factsOf } from './event-facts.ts';

const row = {
  personId: PersonId.describe('The person; the id of zeros where it was nobody.'),
  date: LocalDate,
  measure: FactMeasure,
  currency: FactCurrency,
  numerator: z.bigint().describe('Sum of the facts: minor units or a count.'),
};
type Row = z.output<z.ZodObject<typeof row>>;
type Key = Omit<Row, 'numerator'>;

/** Stands in a key for nobody: what happened without a person counts to the organisation alone. */
const nobody = '00000000-0000-0000-0000-000000000000';

const keyOf = ({ personId, date, measure, currency }: Fact): Key => ({
  personId: personId ?? nobody,
  date,
  measure,
  currency,
});

const isSame = (a: Key, b: Key): boolean =>
  a.personId === b.personId && a.date === b.date && a.measure === b.measure && a.currency === b.currency;

const sum = <D>(facts: FactsOf<D>) => ({
  key: (event: RecordedEvent<D>): readonly Key[] =>
    facts(event)
      .map(keyOf)
      .filter((key, index, keys) => keys.findIndex((other) => isSame(key, other)) === index),
  row: (day: Row | undefined, event: RecordedEvent<D>, key: Key): Row => ({
    ...key,
    numerator: facts(event)
      .filter((fact) => isSame(keyOf(fact), key))
      .reduce((total, { numerator }) => total + numerator, day?.numerator ?? 0n),
  }),
});

/** The facts summed by person, business day, measure and currency. */
export const factDay = readModel({
  name: 'fact_day',
  version: 1,
  summary: 'The facts summed by person, business day, measure and currency.',
  key: ['personId', 'date', 'measure', 'currency'],
  indexes: [['measure', 'date']],
  row,
  of: factEvents,
  on: {
    VisitEnded: sum(factsOf.VisitEnded),
    VisitExceptionApproved: sum(factsOf.VisitExceptionApproved),
    VisitCostRecorded: sum(factsOf.VisitCostRecorded),
    CallLogged: sum(factsOf.CallLogged),
    OrderTaken: sum(factsOf.OrderTaken),
    OrderDelivered: sum(factsOf.OrderDelivered),
    OrderReturned: sum(factsOf.OrderReturned),
    OrderCreditSplit: sum(factsOf.OrderCreditSplit),
    FollowUpServiceDone: sum(factsOf.FollowUpServiceDone),
    OrderCancelled: sum(factsOf.OrderCancelled),
    PaymentReceived: sum(factsOf.PaymentReceived),
    PaymentReversed: sum(factsOf.PaymentReversed),
    ComplaintLogged: sum(factsOf.ComplaintLogged),
    OutletOpened: sum(factsOf.OutletOpened),
    OutletClosed: sum(factsOf.OutletClosed),
  },
});
