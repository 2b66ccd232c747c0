import { z } from 'zod';
import { FactMeasure, isMoneyMeasure } from '../events/measure.ts';

/** Measures that no fact says: what the policy asks for on the working days of the field force. */
const RequiredMeasure = z.enum(['required_visits', 'required_calls']);
export type RequiredMeasure = z.output<typeof RequiredMeasure>;

export const Term = z.object({
  measure: z.union([FactMeasure, RequiredMeasure]).describe('What is summed.'),
  times: z.int().describe('What each unit of it counts for.'),
});
export type Term = z.output<typeof Term>;

const spec = z.object({
  name: z.string().describe('Name for people.'),
  purpose: z.string().describe('Which question it answers.'),
  unit: z
    .enum(['ratio', 'money', 'count'])
    .describe('Of the value: a ratio, minor units of the reporting currency, or a count.'),
  direction: z.enum(['up', 'down']).describe('Which way is better.'),
  numerator: z.array(Term).describe('Summed into the numerator.'),
  denominator: z.array(Term).describe('Summed into the denominator; with none the value is the numerator.'),
  version: z
    .int()
    .describe('Number of the definition; the key and the version together never change meaning.'),
  source: z.string().describe('Where the figures come from and how edge cases count.'),
  obtainability: z.string().describe('What has to be recorded so that it says something.'),
});
type Spec = z.input<typeof spec>;

const of = (measure: Term['measure'], times = 1): Term => ({ measure, times });

const catalogue = {
  visit_plan_completion: {
    name: 'Visit plan completion',
    purpose: 'Are the planned visits made?',
    unit: 'ratio',
    direction: 'up',
    numerator: [of('planned_visits_completed')],
    denominator: [of('planned_visits')],
    version: 1,
    source:
      'The plan is the version signed before the day, or the first one signed on it; a plan signed later was never in force. Visits that a later signed version drops leave both sides; unplanned visits are in neither.',
    obtainability: 'Plans must be signed by the day they are for.',
  },
  unplanned_share: {
    name: 'Share of unplanned visits',
    purpose: 'How much of the field work goes past the plan?',
    unit: 'ratio',
    direction: 'down',
    numerator: [of('unplanned_visits')],
    denominator: [of('visits')],
    version: 1,
    source: 'Unplanned is a visit that was not on the plan of its day when it began, signed or not.',
    obtainability: 'Comes by itself from check-in and check-out.',
  },
  effective_visit_rate: {
    name: 'Effective visit rate',
    purpose: 'How many visits achieve what they are for?',
    unit: 'ratio',
    direction: 'up',
    numerator: [of('effective_visits')],
    denominator: [of('visits')],
    version: 1,
    source:
      'Each visit by the effectiveness rule that was in force on its day; an approved exception counts on the day of the visit.',
    obtainability: 'The result of each purpose must be recorded before check-out.',
  },
  transaction_rate: {
    name: 'Transaction rate',
    purpose: 'How many visits bring an order or a contract?',
    unit: 'ratio',
    direction: 'up',
    numerator: [of('transaction_visits')],
    denominator: [of('visits')],
    version: 1,
    source:
      'A visit counts once however many orders came of it, on its own day. An order cancelled later shows in orders and net sales.',
    obtainability: 'Orders and contracts must name the visit; orders may also be linked to it.',
  },
  cost_per_visit: {
    name: 'Cost per visit',
    purpose: 'What does a visit cost?',
    unit: 'money',
    direction: 'down',
    numerator: [of('visit_cost')],
    denominator: [of('visits')],
    version: 1,
    source:
      'Recorded costs and mileage at the rate of the day; salaries are not in it. Costs without a visit made are undefined, not zero.',
    obtainability: 'Costs may be entered late; the figure of a past day then changes.',
  },
  cost_per_effective_visit: {
    name: 'Cost per effective visit',
    purpose: 'What does a visit cost that achieves something?',
    unit: 'money',
    direction: 'down',
    numerator: [of('visit_cost')],
    denominator: [of('effective_visits')],
    version: 1,
    source: 'The costs of all visits over the effective ones.',
    obtainability: 'As cost_per_visit and effective_visit_rate.',
  },
  plan_submission_rate: {
    name: 'Plan submission rate',
    purpose: 'Are visit plans handed in on time?',
    unit: 'ratio',
    direction: 'up',
    numerator: [of('plans_on_time')],
    denominator: [of('plans_due')],
    version: 1,
    source:
      'Due on working days of salespeople who are not away. The first version counts. A plan submitted unasked counts on both sides.',
    obtainability: 'Comes by itself.',
  },
  report_submission_rate: {
    name: 'Report submission rate',
    purpose: 'Are daily reports filed at all?',
    unit: 'ratio',
    direction: 'up',
    numerator: [of('reports_filed')],
    denominator: [of('reports_due')],
    version: 1,
    source: 'Late reports count. A report filed unasked counts on both sides.',
    obtainability: 'Comes by itself.',
  },
  report_timeliness: {
    name: 'Report timeliness',
    purpose: 'Are daily reports filed on time?',
    unit: 'ratio',
    direction: 'up',
    numerator: [of('reports_on_time')],
    denominator: [of('reports_due')],
    version: 1,
    source: 'By the first filing, by our clock; a report that is returned keeps it.',
    obtainability: 'Comes by itself.',
  },
  report_quality: {
    name: 'Report quality',
    purpose: 'How good are the daily reports?',
    unit: 'ratio',
    direction: 'up',
    numerator: [of('report_quality')],
    denominator: [of('reports_signed', 10_000)],
    version: 1,
    source:
      'The scores of the signatures in force, of 10 000 basis points each; unsigned reports are not in it.',
    obtainability: 'Supervisors must sign and score.',
  },
  visit_volume_compliance: {
    name: 'Visit volume compliance',
    purpose: 'Are as many visits made as the policy asks for?',
    unit: 'ratio',
    direction: 'up',
    numerator: [of('visits')],
    denominator: [of('required_visits')],
    version: 1,
    source:
      'Required are the visits per day of the policy in force, for each working day of each salesperson who is not away.',
    obtainability: 'Calendar, absences and roles must be kept.',
  },
  call_volume: {
    name: 'Call volume',
    purpose: 'How many calls are made?',
    unit: 'count',
    direction: 'up',
    numerator: [of('calls')],
    denominator: [],
    version: 1,
    source: 'Calls logged, of either direction and on every channel.',
    obtainability: 'Calls must be logged on their day.',
  },
  call_volume_compliance: {
    name: 'Call volume compliance',
    purpose: 'Are as many calls made as the policy asks for?',
    unit: 'ratio',
    direction: 'up',
    numerator: [of('calls')],
    denominator: [of('required_calls')],
    version: 1,
    source: 'As visit_volume_compliance, with the calls per day of the policy.',
    obtainability: 'Calls must be logged on their day.',
  },
  gross_margin: {
    name: 'Gross margin',
    purpose: 'What is left of the net sales after the cost of the goods?',
    unit: 'ratio',
    direction: 'up',
    numerator: [of('gross_profit')],
    denominator: [of('net_sales'), of('uncosted_sales', -1)],
    version: 1,
    source:
      'Of the order lines whose cost was known on the day of the order; cancelled orders are taken off.',
    obtainability: 'Standard costs must be set before orders are taken.',
  },
  payment_recovery_rate: {
    name: 'Payment recovery rate',
    purpose: 'Is what is due paid?',
    unit: 'ratio',
    direction: 'up',
    numerator: [of('receivables_recovered')],
    denominator: [of('receivables_due')],
    version: 1,
    source:
      'Payments in the time, less reversals on their day, on invoices due by its end, over what was open of those before the time or fell due in it. Payments before the time of the due day are in neither; what is written off is to be recovered until then. Invoices count to whom the responsible person belonged to on the last day; those in another than the reporting currency do not count.',
    obtainability: 'Invoices and payments must come in by their days.',
  },
  on_time_delivery: {
    name: 'Delivery on time',
    purpose: 'Are orders delivered by the day that was promised?',
    unit: 'ratio',
    direction: 'up',
    numerator: [of('orders_on_time')],
    denominator: [of('orders_promised')],
    version: 1,
    source:
      'Each order with a promise counts on the promised day, cancelled ones do not; on time is what was delivered completely by then.',
    obtainability: 'Orders must say what was promised, and deliveries must be recorded.',
  },
  return_rate: {
    name: 'Return rate',
    purpose: 'How much of what is sold comes back?',
    unit: 'ratio',
    direction: 'down',
    numerator: [of('returned_sales')],
    denominator: [of('net_sales'), of('returned_sales')],
    version: 1,
    source:
      'What came back in the time over what was sold in it before returns; what comes back may have been sold earlier.',
    obtainability: 'Returns must be recorded.',
  },
  complaint_rate: {
    name: 'Complaints per thousand deliveries',
    purpose: 'How often do customers complain about what they are delivered?',
    unit: 'ratio',
    direction: 'down',
    numerator: [of('complaints', 1_000)],
    denominator: [of('orders_delivered')],
    version: 1,
    source:
      'Complaints count to who logged them and deliveries to who took the order, so that it says most of units and of the organisation.',
    obtainability: 'Deliveries must be recorded.',
  },
  avg_new_contract_value: {
    name: 'Average value of a new customer’s contract',
    purpose: 'What is the first contract with a customer worth?',
    unit: 'money',
    direction: 'up',
    numerator: [of('new_contract_value')],
    denominator: [of('new_contracts')],
    version: 1,
    source:
      'The first contract of each customer by the day of the signature, with the value of its first term; one in a currency without a rate counts with no value.',
    obtainability: 'Contracts must be recorded with their value.',
  },
  renewal_rate: {
    name: 'Renewal rate',
    purpose: 'Do customers stay when their contract ends?',
    unit: 'ratio',
    direction: 'up',
    numerator: [of('contracts_renewed')],
    denominator: [of('contracts_due')],
    version: 1,
    source:
      'Each term counts on the day on which it ends, also when it was renewed before or is renewed later.',
    obtainability: 'Renewals must be recorded; a term that is not renewed counts by itself.',
  },
  new_outlets_net: {
    name: 'Net new outlets',
    purpose: 'Does the number of outlets grow?',
    unit: 'count',
    direction: 'up',
    numerator: [of('new_outlets'), of('closed_outlets', -1)],
    denominator: [],
    version: 1,
    source: 'Outlets opened less outlets closed, to the credit of who owned them on the day.',
    obtainability: 'Comes by itself.',
  },
} as const satisfies Readonly<Record<string, Spec>>;

export type KpiKey = keyof typeof catalogue;
export const KpiKey = z
  .enum(Object.keys(catalogue) as [KpiKey, ...KpiKey[]])
  .meta({ id: 'KpiKey', description: 'A key performance indicator.' });

export const Kpi = spec
  .extend({ key: KpiKey })
  .meta({ id: 'Kpi', description: 'The definition of a key performance indicator.' });
export type Kpi = z.output<typeof Kpi>;

export const kpis: readonly Kpi[] = KpiKey.options.map((key) => ({
  key,
  ...catalogue[key],
  numerator: [...catalogue[key].numerator],
  denominator: [...catalogue[key].denominator],
}));

export const isRequired = (measure: Term['measure']): measure is RequiredMeasure =>
  RequiredMeasure.safeParse(measure).success;

/** Whether a definition has money on one of its sides. */
export const hasMoney = ({ numerator, denominator }: Kpi): boolean =>
  [...numerator, ...denominator].some(({ measure }) => !isRequired(measure) && isMoneyMeasure(measure));
