import { z } from 'zod';
import { readModel } from '../engine/read-model.ts';
import { FactMeasure } from '../events/measure.ts';
import { LocalDate, PersonId } from '../events/values.ts';
import { FactCurrency, factEvents } from './event-facts.ts';
import { personOf, sumsOf } from './fact-sums.ts';

/** The facts summed by person, calendar month, measure and currency: what long spans are added up from. */
export const factMonth = readModel({
  name: 'fact_month',
  version: 1,
  summary: 'The facts summed by person, calendar month, measure and currency.',
  key: ['personId', 'month', 'measure', 'currency'],
  indexes: [['measure', 'month']],
  row: {
    personId: PersonId.describe('The person; the id of zeros where it was nobody.'),
    month: LocalDate.describe('First day of the calendar month.'),
    measure: FactMeasure,
    currency: FactCurrency,
    numerator: z.bigint().describe('Sum of the facts: minor units or a count.'),
  },
  of: factEvents,
  on: sumsOf((fact) => ({
    personId: personOf(fact),
    month: `${fact.date.slice(0, 7)}-01`,
    measure: fact.measure,
    currency: fact.currency,
  })),
});
