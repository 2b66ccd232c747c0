import { type MeasureDefinition, measureEvents } from '../../src/events/measure-definition.ts';

const measure = (measureKey: string, parts: Partial<MeasureDefinition>): MeasureDefinition => ({
  measureKey,
  name: measureKey,
  unit: 'count',
  additivity: 'additive',
  direction: 'up',
  terms: [],
  denominator: [],
  ...parts,
});
const of = (fact: MeasureDefinition['terms'][number]['measure'], times = 1) => ({ measure: fact, times });

/** Each order counts for two, each call takes one off. */
export const activity = measure('activity', { terms: [of('orders', 2), of('calls', -1)] });
export const complaintsLogged = measure('complaints_logged', {
  direction: 'down',
  terms: [of('complaints')],
});
/** All orders that were ever taken. */
export const orderBook = measure('order_book', {
  additivity: 'semi_additive_last',
  terms: [of('orders')],
});
export const averageOrder = measure('average_order', {
  unit: 'money',
  additivity: 'non_additive',
  terms: [of('net_sales')],
  denominator: [of('orders')],
});
export const strikeRate = measure('strike_rate', {
  unit: 'ratio',
  additivity: 'non_additive',
  terms: [of('transaction_visits')],
  denominator: [of('visits')],
});
export const measures = [activity, complaintsLogged, orderBook, averageOrder, strikeRate] as const;

export const defined = (definition: MeasureDefinition) => measureEvents.MeasureDefined(definition);
export const retired = ({ measureKey }: MeasureDefinition) => measureEvents.MeasureRetired({ measureKey });
