import { z } from 'zod';
import { list } from '../engine/list.ts';
import { nothing, query } from '../engine/query.ts';
import { byStream, readModel } from '../engine/read-model.ts';
import { documentEvents } from '../events/document.ts';
import { LocalDate, PersonId, VisitId } from '../events/values.ts';
import { visitPlanEvents } from '../events/visit-plan.ts';
import {
  blankDocumentRow,
  contentAdded,
  documentColumns,
  documentOf,
  returned,
  signed,
  submitted,
  voided,
} from './document-row.ts';
import { plannedVisit } from './planned-visit.ts';
import { isVisible } from './visible.ts';

const row = {
  personId: PersonId,
  date: LocalDate,
  ...documentColumns,
  expected: z.boolean().describe('Whether a plan was expected of the person.'),
  overdue: z.boolean().describe('Whether it was not submitted in time.'),
  excused: z.boolean().describe('Whether the person need not have planned after all.'),
  noVisitsReason: z.string().nullable().describe('Why there are no visits.'),
  planned: z.int().describe('Number of visits on the plan.'),
  closed: z.boolean().describe('Whether the day is over and counted.'),
  completed: z.int().nullable().describe('Planned visits that were made, when the plan was closed.'),
  missed: z.array(VisitId).describe('Planned visits that were not made, when the plan was closed.'),
  unplanned: z.int().nullable().describe('Visits made that were not on the plan, when it was closed.'),
};
type Row = z.output<z.ZodObject<typeof row>>;

const blank = (key: Pick<Row, 'personId' | 'date'>): Row => ({
  ...key,
  ...blankDocumentRow,
  expected: false,
  overdue: false,
  excused: false,
  noVisitsReason: null,
  planned: 0,
  closed: false,
  completed: null,
  missed: [],
  unplanned: null,
});

const key = byStream('personId', 'date');
const workflowKey = documentOf('visit-plan');

/** The plans of visits, each of a person and a day, and where they stand. */
export const visitPlan = readModel({
  name: 'visit_plan',
  version: 1,
  summary: 'The plans of visits, each of a person and a day, and where they stand.',
  key: ['personId', 'date'],
  indexes: [['date'], ['status']],
  row,
  of: { ...visitPlanEvents, ...documentEvents },
  on: {
    VisitPlanExpected: {
      key,
      row: (plan, { data }, of) => ({ ...(plan ?? blank(of)), expected: true, dueAt: data.dueAt }),
    },
    VisitPlanOpened: { key, row: (plan, _, of) => plan ?? blank(of) },
    VisitPlanned: {
      key,
      change: (plan, event) => ({
        ...plan,
        ...contentAdded(plan, event),
        planned: plan.planned + 1,
        noVisitsReason: null,
      }),
    },
    PlannedVisitChanged: { key, change: (plan, event) => ({ ...plan, ...contentAdded(plan, event) }) },
    PlannedVisitDropped: {
      key,
      change: (plan, event) => ({ ...plan, ...contentAdded(plan, event), planned: plan.planned - 1 }),
    },
    NoVisitsDeclared: {
      key,
      change: (plan, event) => ({
        ...plan,
        ...contentAdded(plan, event),
        noVisitsReason: event.data.reason,
      }),
    },
    VisitPlanOverdue: { key, change: (plan) => ({ ...plan, overdue: true }) },
    VisitPlanExcused: { key, change: (plan) => ({ ...plan, excused: true }) },
    VisitPlanClosed: {
      key,
      row: (plan, { data }, of) => ({
        ...(plan ?? blank(of)),
        closed: true,
        completed: data.completed,
        missed: data.missed,
        unplanned: data.unplanned,
      }),
    },
    DocumentSubmitted: {
      key: workflowKey,
      change: (plan, event) => ({ ...plan, ...submitted(plan, event) }),
    },
    DocumentSignedOff: { key: workflowKey, change: (plan, event) => ({ ...plan, ...signed(event) }) },
    DocumentReturned: { key: workflowKey, change: (plan, event) => ({ ...plan, ...returned(event) }) },
    SignOffVoided: { key: workflowKey, change: (plan, event) => ({ ...plan, ...voided(event) }) },
    SignOffOverdue: { key: workflowKey, change: (plan) => ({ ...plan, signOffOverdue: true }) },
  },
});

export const listVisitPlans = list({
  name: 'ListVisitPlans',
  summary: 'List plans of visits, newest first.',
  permission: 'visit-plan:read',
  path: '/visit-plans',
  of: visitPlan,
  scope: { person: 'personId', day: 'date' },
  filters: [
    'personId',
    'date',
    'status',
    'expected',
    'overdue',
    'excused',
    'closed',
    'signOffOverdue',
    'signerId',
    'latenessMinutes',
    'completenessBp',
  ],
  sorts: ['date', 'latenessMinutes'],
  descending: true,
  groups: ['personId', 'date', 'status', 'overdue', 'excused'],
  sums: ['planned', 'completed', 'unplanned'],
});

export const getVisitPlan = query({
  name: 'GetVisitPlan',
  summary: 'Get the plan of a person and a day with its visits in the order of their windows.',
  permission: 'visit-plan:read',
  path: '/visit-plans/:personId/:date',
  input: { personId: PersonId, date: LocalDate },
  output: visitPlan.row.extend({ visits: z.array(plannedVisit.row) }),
  reads: [visitPlan, plannedVisit],
  answer: async (db, { personId, date }, asker) => {
    const plan = await db
      .selectFrom('visit_plan')
      .selectAll()
      .where('personId', '=', personId)
      .where('date', '=', date)
      .executeTakeFirst();
    if (!plan || !isVisible(asker, personId, date)) return nothing;
    const visits = await db
      .selectFrom('planned_visit')
      .selectAll()
      .where('personId', '=', personId)
      .where('date', '=', date)
      .orderBy('windowStart')
      .orderBy('sequence')
      .orderBy('visitId')
      .execute();
    return { ...plan, visits };
  },
});
