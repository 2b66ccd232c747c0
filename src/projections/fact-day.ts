import { z } from 'zod';
import { readModel } from '../engine/read-model.ts';
import { FactMeasure } from '../events/measure.ts';
import { LocalDate, PersonId } from '../events/values.ts';
import { FactCurrency, factEvents } from './event-facts.ts';
import { personOf, sumsOf } from './fact-sums.ts';

/** The facts summed by person, business day, measure and currency. */
export const factDay = readModel({
  name: 'fact_day',
  version: 1,
  summary: 'The facts summed by person, business day, measure and currency.',
  key: ['personId', 'date', 'measure', 'currency'],
  indexes: [['measure', 'date']],
  row: {
    personId: PersonId.describe('The person; the id of zeros where it was nobody.'),
    date: LocalDate,
    measure: FactMeasure,
    currency: FactCurrency,
    numerator: z.bigint().describe('Sum of the facts: minor units or a count.'),
  },
  of: factEvents,
  on: sumsOf((fact) => ({
    personId: personOf(fact),
    date: fact.date,
    measure: fact.measure,
    currency: fact.currency,
  })),
});
