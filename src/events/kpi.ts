import { z } from 'zod';
import { events } from '../engine/event.ts';
import { FactMeasure, factMeasures } from './measure.ts';
import type { Sentences } from './sentence.ts';
import { ChannelId, Comment, Count, Line, PersonId, ProductGroupId, ProductId, RegionId } from './values.ts';

/** Measures that no fact says: what the policy asks for on the working days of the field force. */
const RequiredMeasure = z.enum(['required_visits', 'required_calls']);
export type RequiredMeasure = z.output<typeof RequiredMeasure>;
export type KpiMeasure = FactMeasure | RequiredMeasure;

export const isRequired = (measure: KpiMeasure): measure is RequiredMeasure =>
  RequiredMeasure.safeParse(measure).success;
export const unitOf = (measure: KpiMeasure): (typeof factMeasures)[FactMeasure]['unit'] =>
  isRequired(measure) ? 'count' : factMeasures[measure].unit;

const some = <T extends z.ZodType>(value: T) => z.array(value).min(1).max(50).optional();

/** To what a figure is narrowed: of each kind to any of those named, and to all kinds at once. */
export const Filters = z
  .strictObject({
    product: some(ProductId),
    product_group: some(ProductGroupId),
    channel: some(ChannelId),
    customer_segment: some(Line),
    region: some(RegionId),
  })
  .meta({
    id: 'KpiFilters',
    description:
      'To what a term is narrowed: of each kind to any of those named, and to all kinds at once. A region has the ones below it.',
  });
export type Filters = z.output<typeof Filters>;
export type FilterKind = keyof Filters;

const ofCustomers = ['channel', 'customer_segment', 'region'] as const;
const ofProducts = ['product', 'product_group'] as const;

/** What the facts of a measure can be narrowed to; a measure that is not here only has people. */
const filterKinds: Readonly<Partial<Record<KpiMeasure, readonly FilterKind[]>>> = {
  visits: ofCustomers,
  order_visits: ofCustomers,
  verified_visits: ofCustomers,
  unlocated_visits: ofCustomers,
  visited_customers: ofCustomers,
  buying_customers: ofCustomers,
  unplanned_visits: ofCustomers,
  effective_visits: ofCustomers,
  transaction_visits: ofCustomers,
  visit_cost: ofCustomers,
  mileage_km: ofCustomers,
  calls: ofCustomers,
  orders: [...ofCustomers, ...ofProducts],
  orders_promised: ofCustomers,
  orders_on_time: ofCustomers,
  orders_delivered: ofCustomers,
  follow_up_services: ofCustomers,
  returned_sales: [...ofCustomers, ...ofProducts],
  net_sales: [...ofCustomers, ...ofProducts],
  gross_profit: [...ofCustomers, ...ofProducts],
  uncosted_sales: [...ofCustomers, ...ofProducts],
  payment_recovered: ofCustomers,
  complaints: [...ofCustomers, ...ofProducts],
  complaints_resolved: ofCustomers,
  complaints_due: ofCustomers,
  complaints_in_time: ofCustomers,
  new_outlets: ofCustomers,
  closed_outlets: ofCustomers,
  open_outlets: ofCustomers,
  active_outlets: ofCustomers,
  owned_customer_days: ofCustomers,
  covered_customer_days: ofCustomers,
  customers_with_frequency: ofCustomers,
  customers_at_frequency: ofCustomers,
  active_customers: ofCustomers,
  retained_customers: ofCustomers,
  steady_customers: ofCustomers,
  churned_customers: ofCustomers,
  customer_touches: ofCustomers,
  top_person_touches: ofCustomers,
  new_customers: ofCustomers,
  new_contracts: ofCustomers,
  new_contract_value: ofCustomers,
  contracts_due: ofCustomers,
  contracts_renewed: ofCustomers,
  contracts_due_value: ofCustomers,
  contracts_renewed_value: ofCustomers,
  contracts_retained_value: ofCustomers,
  receivable_days: ofCustomers,
  invoiced: ofCustomers,
  complaints_closed: ofCustomers,
  complaints_reopened: ofCustomers,
  complaints_repeated: ofCustomers,
  competitor_observations: ofCustomers,
  observation_depth: ofCustomers,
  opportunities_opened: ofCustomers,
  opportunities_opened_value: ofCustomers,
  opportunities_won: ofCustomers,
  opportunities_won_value: ofCustomers,
  opportunities_lost: ofCustomers,
  opportunities_lost_value: ofCustomers,
  won_cycle_days: ofCustomers,
  lost_cycle_days: ofCustomers,
  offers_decided: ofCustomers,
  offers_accepted: ofCustomers,
  open_opportunities: ofCustomers,
  rotting_opportunities: ofCustomers,
  expected_opportunities: ofCustomers,
  slipped_opportunities: ofCustomers,
  forecast_actual: ofCustomers,
  forecast_gap_30: ofCustomers,
  forecast_gap_60: ofCustomers,
  forecast_gap_90: ofCustomers,
  worked_opportunities: ofCustomers,
  worked_opportunities_advanced: ofCustomers,
  unworked_opportunities: ofCustomers,
  unworked_opportunities_advanced: ofCustomers,
  right_activities: ofCustomers,
};

/** Whether a measure knows everything that it is to be narrowed to. */
export const canNarrow = (measure: KpiMeasure, filters: Filters): boolean =>
  Object.keys(filters).every((kind) => filterKinds[measure]?.includes(kind as FilterKind));

/** From when to when a term is summed, where it is not the period itself. */
const TermWindow = z
  .enum(['three_months', 'last_12_months', 'previous_12_months', 'to_date'])
  .describe(
    'From when to when it is summed, instead of over the period: the three months up to its last day; the last twelve calendar months that are over on that day, or the twelve before those; or everything up to that day.',
  );
export type TermWindow = z.output<typeof TermWindow>;

const ofThePeriodAlone: readonly KpiMeasure[] = ['receivables_due', 'receivables_recovered'];

/** Whether a measure can be summed over another time than the period. */
export const canWindow = (measure: KpiMeasure): boolean =>
  !isRequired(measure) && !ofThePeriodAlone.includes(measure);

const timesMax = 1_000_000;

export const Term = z
  .strictObject({
    measure: z.union([FactMeasure, RequiredMeasure]).describe('What is summed.'),
    times: z
      .int()
      .min(-timesMax)
      .max(timesMax)
      .refine((times) => times !== 0, 'A term that counts for nothing is none.')
      .describe('What each unit of it counts for.'),
    filters: Filters.optional(),
    window: TermWindow.optional(),
  })
  .meta({ id: 'KpiTerm', description: 'A measure that is summed, and what each unit of it counts for.' });
export type Term = z.output<typeof Term>;

export const KpiKey = z
  .string()
  .regex(/^[a-z][a-z0-9_]{1,59}$/)
  .refine((key) => key !== 'values', 'This word is taken.')
  .meta({
    id: 'KpiKey',
    description: 'Key of a key performance indicator, such as transaction_rate.',
  });
export const KpiVersionNumber = z
  .int()
  .min(1)
  .describe('Number of the definition; the key and the version together never change meaning.');
export const KpiUnit = z
  .enum(['ratio', 'money', 'count', 'days', 'minutes'])
  .describe('Of the value: a ratio, minor units of the reporting currency, a count, days or minutes.');
export type KpiUnit = z.output<typeof KpiUnit>;
export const KpiDirection = z.enum(['up', 'down']).describe('Which way is better.');
export const KpiGrain = z
  .enum(['day', 'week', 'month', 'period'])
  .describe('The finest part of a period of which it says something; of finer ones it is left out.');

/** How what counts comes to a value. */
export const KpiFormula = z
  .enum(['ratio', 'median', 'distinct', 'per_median', 'lift'])
  .describe(
    'How its terms come to a value: the sum of the numerator over that of the denominator (ratio), the median of what the numerator has, how many different things it has (distinct), the sum of the numerator over the median of what the denominator has (per_median), or the first term of the numerator over its second, over the same of the denominator (lift). All but the first do not add up: those of a group are found among all that its people have.',
  );
export type KpiFormula = z.output<typeof KpiFormula>;
/** How what counts for one measure comes to a number. */
export type Reduction = Exclude<KpiFormula, 'per_median' | 'lift'>;

const terms = z.array(Term).max(10);

/** What a version of a definition says. */
export const kpiVersion = {
  numerator: terms.min(1).describe('Summed into the numerator.'),
  denominator: terms.describe('Summed into the denominator; with none the value is the numerator.'),
  grain: KpiGrain,
  minSample: Count.describe('Of fewer things in the denominator it has no value.'),
  source: Comment.describe('Where the figures come from and how edge cases count.'),
  obtainability: Comment.describe('What has to be recorded so that it says something.'),
  owner: PersonId.describe('Who answers for the definition.'),
};

/** What stays the same in every version. */
export const kpiIdentity = {
  name: Line.describe('Name for people.'),
  purpose: Comment.describe('Which question it answers.'),
  unit: KpiUnit,
  direction: KpiDirection,
};

/** Stored for ever. Add fields as optional, add events freely, rename nothing. */
export const kpiEvents = events({
  KpiDefined: { key: KpiKey, ...kpiIdentity },
  KpiVersionPublished: { key: KpiKey, version: KpiVersionNumber, ...kpiVersion, definitionHash: z.string() },
  KpiRetired: { key: KpiKey, reason: Comment },
});

/** What each of these events says, in a sentence. */
export const kpiSentences: Sentences<typeof kpiEvents> = {
  KpiDefined: (d) => `The indicator ${d.key} was drafted: ${d.name}. ${d.purpose}`,
  KpiVersionPublished: (d) => `Version ${d.version} of the indicator ${d.key} was published.`,
  KpiRetired: (d) => `The indicator ${d.key} was retired: ${d.reason}`,
};
