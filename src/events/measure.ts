import { z } from 'zod';

interface MeasureSpec {
  readonly unit: 'count' | 'money' | 'km' | 'basis_points';
  readonly summary: string;
  /** Given where the sums of two times are not that of both. */
  readonly addsUp?: false;
}

/** What is measured: each a sum over facts of a person and a business day. A money measure has one sum per currency. */
export const factMeasures = {
  visits: { unit: 'count', summary: 'Visits that were made, from check-in to check-out.' },
  unplanned_visits: {
    unit: 'count',
    summary: 'Visits that were made and not on the plan of the day when they began.',
  },
  effective_visits: { unit: 'count', summary: 'Visits that were effective by the rule in force.' },
  transaction_visits: {
    unit: 'count',
    summary:
      'Visits that were made and brought an order or a contract; an order cancelled later does not undo it.',
  },
  planned_visits: {
    unit: 'count',
    summary:
      'Visits on the plan in force: the version signed before the day, or the first one signed on it. What a later signed version drops is taken off, what it adds is not planned.',
  },
  planned_visits_completed: { unit: 'count', summary: 'Visits on the plan in force that were made.' },
  missed_visits: { unit: 'count', summary: 'Visits on the plan of a day that were not made.' },
  visit_cost: { unit: 'money', summary: 'What visits cost, mileage at its rate included.' },
  mileage_km: { unit: 'km', summary: 'Kilometres driven to visits.' },
  calls: { unit: 'count', summary: 'Calls that were logged.' },
  orders: { unit: 'count', summary: 'Orders taken, less those cancelled on the day of the cancellation.' },
  orders_promised: {
    unit: 'count',
    summary: 'Orders with a promised day of delivery, on that day, less those cancelled.',
  },
  orders_on_time: {
    unit: 'count',
    summary: 'Orders that were delivered completely by the promised day, on that day.',
  },
  orders_delivered: { unit: 'count', summary: 'Orders on the day on which their delivery was complete.' },
  follow_up_services: {
    unit: 'count',
    summary: 'Services to customers after a delivery, to the credit of who did them.',
  },
  net_sales: {
    unit: 'money',
    summary:
      'Net amounts of order lines on the day of the order, less what is cancelled or comes back, on the day on which it is.',
  },
  gross_profit: {
    unit: 'money',
    summary:
      'Net amount less cost of the order lines whose cost is known, less what is cancelled or comes back.',
  },
  returned_sales: { unit: 'money', summary: 'Net amounts of what came back, on the day of the return.' },
  uncosted_sales: {
    unit: 'money',
    summary: 'Net amounts of the order lines whose cost is unknown: they are not in the gross profit.',
  },
  payment_recovered: {
    unit: 'money',
    summary: 'Payments on the day of receipt, less those reversed on the day of the reversal.',
  },
  receivables_due: {
    unit: 'money',
    summary:
      'What is to be recovered in a time: open before it of invoices that are due in it or before, and invoices issued and due in it. It does not add up over times.',
    addsUp: false,
  },
  receivables_recovered: {
    unit: 'money',
    summary: 'What was paid of it in that time, less reversals; advance payments are not in it.',
    addsUp: false,
  },
  complaints: { unit: 'count', summary: 'Complaints that were logged.' },
  complaints_resolved: {
    unit: 'count',
    summary:
      'Complaints on the day on which they were resolved last, credited to who handled them; those that are open again do not count.',
  },
  complaints_due: {
    unit: 'count',
    summary:
      'Complaints on the day on which they were resolved in time, or else on the one by which they were to be.',
  },
  complaints_in_time: { unit: 'count', summary: 'Those of them that were resolved in time.' },
  reviews: {
    unit: 'count',
    summary: 'Plans and reports on the day on which they were signed or returned, credited to who did so.',
  },
  reviews_in_time: { unit: 'count', summary: 'Those of them that were signed or returned by the due time.' },
  new_outlets: { unit: 'count', summary: 'Outlets opened.' },
  closed_outlets: { unit: 'count', summary: 'Outlets closed.' },
  new_customers: {
    unit: 'count',
    summary:
      'Customers on the day of their first order that stands, credited to who owned them then, else to who took it.',
  },
  new_contracts: {
    unit: 'count',
    summary: 'Customers on the day of their first contract, credited to who is responsible for it.',
  },
  new_contract_value: {
    unit: 'money',
    summary: 'Value of the first term of the first contracts of customers, on the day of the signature.',
  },
  contracts_due: {
    unit: 'count',
    summary: 'Terms of contracts on the day on which they end, or on which the contract lapses before.',
  },
  contracts_renewed: {
    unit: 'count',
    summary: 'Those of them that were renewed, whenever that was, on the day on which the term ends.',
  },
  plans_due: {
    unit: 'count',
    summary: 'Visit plans that were expected and not excused, and those submitted unasked.',
  },
  plans_submitted: { unit: 'count', summary: 'Visit plans that were submitted.' },
  plans_on_time: { unit: 'count', summary: 'Visit plans whose first version was submitted in time.' },
  reports_due: {
    unit: 'count',
    summary: 'Daily reports that were expected and not excused, and those filed unasked.',
  },
  reports_filed: { unit: 'count', summary: 'Daily reports that were filed, in time or late.' },
  reports_on_time: { unit: 'count', summary: 'Daily reports that were first filed in time.' },
  reports_missed: {
    unit: 'count',
    summary: 'Daily reports that were not filed until they counted as missed.',
  },
  reports_signed: { unit: 'count', summary: 'Daily reports with a signature in force.' },
  report_quality: { unit: 'basis_points', summary: 'Total scores of the daily reports that are signed.' },
  reports_reviewed: {
    unit: 'count',
    summary: 'Daily reports that have a signature in force or were ever returned.',
  },
  reports_first_pass: {
    unit: 'count',
    summary: 'Daily reports that have a signature in force and were never returned.',
  },
} as const satisfies Readonly<Record<string, MeasureSpec>>;

export type FactMeasure = keyof typeof factMeasures;
export const FactMeasure = z
  .enum(Object.keys(factMeasures) as [FactMeasure, ...FactMeasure[]])
  .meta({ id: 'FactMeasure', description: 'What is counted or summed.' });

export const isMoneyMeasure = (measure: FactMeasure): boolean => factMeasures[measure].unit === 'money';

/** Whether the sums of two times are that of both. */
export const addsUpOverTime = (measure: FactMeasure): boolean => !('addsUp' in factMeasures[measure]);
