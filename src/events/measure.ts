import { z } from 'zod';

interface MeasureSpec {
  readonly unit: 'count' | 'money' | 'km' | 'basis_points' | 'money_days' | 'minutes';
  readonly summary: string;
  /** Given where the sums of two times are not that of both, or it is only told of a time as a whole. */
  readonly addsUp?: false;
}

/**
 * What is measured: each a sum over facts of a person and a business day, or over a time as a whole, which then says so:
 * such sums do not add up over times. A money measure has one sum per currency.
 */
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
      'Visits that were made and brought an order or a contract; one cancelled later does not undo it.',
  },
  order_visits: {
    unit: 'count',
    summary: 'Visits that were made and brought an order; an order cancelled later does not undo it.',
  },
  verified_visits: {
    unit: 'count',
    summary:
      'Visits that were made near the customer and for long enough, as the policy says, or with an approved exception for what they were not.',
  },
  unlocated_visits: {
    unit: 'count',
    summary: 'Visits that were made of which nobody knows how far from the customer they began.',
  },
  visited_customers: {
    unit: 'count',
    summary:
      'Customers that somebody visited in a time, each on the day of the first visit: once for each person who did.',
    addsUp: false,
  },
  buying_customers: {
    unit: 'count',
    summary: 'Those of them of whom one of these visits brought an order or a contract.',
    addsUp: false,
  },
  planned_visits: {
    unit: 'count',
    summary:
      'Visits on the plan in force: the version signed before the day, or the first one signed on it. What a later signed version drops is taken off, what it adds is not planned.',
  },
  planned_visits_completed: { unit: 'count', summary: 'Visits on the plan in force that were made.' },
  planned_visits_in_order: {
    unit: 'count',
    summary:
      'The most visits on the plan in force that were begun in the order of their planned windows, whatever was done between them.',
  },
  planned_visits_in_window: {
    unit: 'count',
    summary:
      'Visits on the plan in force that began within their window, give or take what the policy allows.',
  },
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
  receivable_days: {
    unit: 'money_days',
    summary: 'What was open of invoices at the end of a time, with tax, times the days of that time.',
    addsUp: false,
  },
  invoiced: { unit: 'money', summary: 'Amounts of the invoices issued in a time, with tax.', addsUp: false },
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
  complaints_closed: {
    unit: 'count',
    summary: 'Complaints on the day on which they were closed last, credited to who handled them.',
  },
  complaints_reopened: { unit: 'count', summary: 'Those of them that were ever opened again.' },
  complaints_repeated: {
    unit: 'count',
    summary: 'Those of them after which the customer complained of the same category again within 90 days.',
  },
  competitor_observations: { unit: 'count', summary: 'What was observed of competitors.', addsUp: false },
  observation_depth: {
    unit: 'count',
    summary:
      'How deep these observations go, of 4 each: 1 for a product, 1 for a price, 1 for medium and 2 for high confidence.',
    addsUp: false,
  },
  new_outlets: { unit: 'count', summary: 'Outlets opened.' },
  closed_outlets: { unit: 'count', summary: 'Outlets closed.' },
  open_outlets: {
    unit: 'count',
    summary: 'Outlets that were open before a time and those open at its end, together.',
    addsUp: false,
  },
  active_outlets: {
    unit: 'count',
    summary: 'Outlets open on some day of a time with an order taken in it and not cancelled by its end.',
    addsUp: false,
  },
  owned_customer_days: {
    unit: 'count',
    summary: 'Days on which a customer had its primary owner, of all customers.',
    addsUp: false,
  },
  covered_customer_days: {
    unit: 'count',
    summary: 'Those days of a time of customers that somebody visited in it while they had that owner.',
    addsUp: false,
  },
  customers_with_frequency: {
    unit: 'count',
    summary: 'Customers at the end of a time whose visit frequency has held for a whole window.',
    addsUp: false,
  },
  customers_at_frequency: {
    unit: 'count',
    summary: 'Those of them that were visited as often as it asks in the last window.',
    addsUp: false,
  },
  active_customers: {
    unit: 'count',
    summary: 'Customers with an order in the 12 months before a time, not lost when it began.',
    addsUp: false,
  },
  retained_customers: {
    unit: 'count',
    summary: 'Those of them with an order in the 12 months before its end, and not lost then.',
    addsUp: false,
  },
  steady_customers: {
    unit: 'count',
    summary:
      'Customers that were neither lost nor silent when a time began. Silent is who has not ordered for more than three of the own median intervals between days with orders; with fewer than three such days, for more than 365 days.',
    addsUp: false,
  },
  churned_customers: {
    unit: 'count',
    summary: 'Those of them that were lost or silent at its end.',
    addsUp: false,
  },
  customer_touches: {
    unit: 'count',
    summary: 'Visits to and calls with customers, credited to who owns the customer at the end of a time.',
    addsUp: false,
  },
  top_person_touches: {
    unit: 'count',
    summary: 'Those of them by whoever had the most with the customer.',
    addsUp: false,
  },
  full_time_days: {
    unit: 'basis_points',
    summary:
      'Days on which salespeople hold positions, each by its share of full time in basis points; absences are not taken off.',
    addsUp: false,
  },
  new_customers: {
    unit: 'count',
    summary:
      'Customers on the day of their first order that stands, or on which an opportunity made them new before that, credited to who owned them then, else to who took it.',
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
  contracts_due_value: { unit: 'money', summary: 'Values of the terms that end, as contracts_due.' },
  contracts_renewed_value: { unit: 'money', summary: 'Values of the terms that follow upon them.' },
  contracts_retained_value: {
    unit: 'money',
    summary: 'The same, each no more than the value of the term that ends: what was kept, without growth.',
  },
  opportunities_opened: { unit: 'count', summary: 'Opportunities on the day on which they were opened.' },
  opportunities_opened_value: {
    unit: 'money',
    summary:
      'What opportunities may come to, on the day on which they were opened, or on which that was known first; later revisions are not in it.',
  },
  opportunities_won: {
    unit: 'count',
    summary:
      'Opportunities won, less those reopened on that day, credited to who owned them when they were won.',
  },
  opportunities_won_value: {
    unit: 'money',
    summary:
      'What opportunities came to that were won, less those reopened on that day, split by the credit; another split counts on its own day.',
  },
  opportunities_lost: {
    unit: 'count',
    summary:
      'Opportunities lost, less those reopened on that day, credited to who owned them when they were lost.',
  },
  opportunities_lost_value: {
    unit: 'money',
    summary: 'What opportunities would have come to that were lost, as opportunities_won_value.',
  },
  won_cycle_days: {
    unit: 'count',
    summary:
      'Days from the opening of an opportunity to its win, on the day of the win; not of one that is reopened by the end of the time.',
    addsUp: false,
  },
  lost_cycle_days: { unit: 'count', summary: 'The same of opportunities that were lost.', addsUp: false },
  offers_decided: {
    unit: 'count',
    summary:
      'Offers on the day on which the customer decided, or on the day after the last one on which they could be accepted, credited to who made them.',
    addsUp: false,
  },
  offers_accepted: { unit: 'count', summary: 'Those of them that were accepted.', addsUp: false },
  open_opportunities: {
    unit: 'count',
    summary: 'Opportunities in an open stage at the end of a time, credited to who owns them then.',
    addsUp: false,
  },
  rotting_opportunities: {
    unit: 'count',
    summary:
      'Those of them that nothing has touched for longer than their stage allows, by the policy of that day.',
    addsUp: false,
  },
  expected_opportunities: {
    unit: 'count',
    summary:
      'Opportunities that were open or on hold when a time began and expected to close in it, by what was known the day before, credited to who owned them then.',
    addsUp: false,
  },
  slipped_opportunities: {
    unit: 'count',
    summary:
      'Those of them that were open or on hold at its end and expected to close after it, or on no day.',
    addsUp: false,
  },
  forecast_actual: {
    unit: 'money',
    summary:
      'What opportunities came to that were won in a time, and not reopened by its end; those in another than the reporting currency do not count.',
    addsUp: false,
  },
  forecast_gap_30: {
    unit: 'money',
    summary:
      'Of each opportunity that was won or lost in a time the difference, either way, between what it came to and its value times its probability 30 days before.',
    addsUp: false,
  },
  forecast_gap_60: { unit: 'money', summary: 'The same of 60 days before.', addsUp: false },
  forecast_gap_90: { unit: 'money', summary: 'The same of 90 days before.', addsUp: false },
  worked_opportunities: {
    unit: 'count',
    summary:
      'Opportunities that ran in a time with a visit to or a call with the customer in it, until the first milestone of the time at most, credited to who owned them last in it.',
    addsUp: false,
  },
  worked_opportunities_advanced: {
    unit: 'count',
    summary: 'Those of them that reached a milestone in it.',
    addsUp: false,
  },
  unworked_opportunities: { unit: 'count', summary: 'Opportunities that ran without either.', addsUp: false },
  unworked_opportunities_advanced: {
    unit: 'count',
    summary: 'Those of them that reached a milestone in it.',
    addsUp: false,
  },
  right_activities: {
    unit: 'count',
    summary:
      'Visits, and calls by telephone, e-mail, chat or video, of those kinds with which opportunities reached milestones more often than without, in the twelve months up to the end of the time and among everybody.',
    addsUp: false,
  },
  targets_published: {
    unit: 'count',
    summary: 'Targets of plans without parts, on the day on which their plan was published last.',
    addsUp: false,
  },
  targets_acknowledged: {
    unit: 'count',
    summary: 'Those of them that were acknowledged while the plan was discussed.',
    addsUp: false,
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
  review_minutes: {
    unit: 'minutes',
    summary:
      'Working time from the filing of a version of a daily report to its signature or return, on that day.',
    addsUp: false,
  },
  refile_minutes: {
    unit: 'minutes',
    summary: 'Working time from the return of a daily report to its next filing, on that day.',
    addsUp: false,
  },
  stated_money: {
    unit: 'money',
    summary: 'What the log had of the sums of money that the authors of daily reports state.',
  },
  stated_money_gap: { unit: 'money', summary: 'How far they state otherwise, either way.' },
  stated_counts: {
    unit: 'count',
    summary: 'What the log had of the visits, orders and calls that the authors of daily reports state.',
  },
  stated_counts_gap: { unit: 'count', summary: 'How far they state otherwise, either way.' },
} as const satisfies Readonly<Record<string, MeasureSpec>>;

export type FactMeasure = keyof typeof factMeasures;
export const FactMeasure = z
  .enum(Object.keys(factMeasures) as [FactMeasure, ...FactMeasure[]])
  .meta({ id: 'FactMeasure', description: 'What is counted or summed.' });

export const isMoneyMeasure = (measure: FactMeasure): boolean => {
  const { unit } = factMeasures[measure];
  return unit === 'money' || unit === 'money_days';
};

/** Whether the sums of two times are that of both. */
export const addsUpOverTime = (measure: FactMeasure): boolean => !('addsUp' in factMeasures[measure]);
