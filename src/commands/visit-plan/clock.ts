import { reject } from '../../engine/decision.ts';
import { instantAt } from '../../engine/instant.ts';
import { LocalDate, occurred, PersonId } from '../../events/values.ts';
import { visitPlanEvents } from '../../events/visit-plan.ts';
import { calendar } from '../calendar/state.ts';
import { organisation } from '../organisation/state.ts';
import { person } from '../person.ts';
import { policy, policyOn } from '../policy.ts';
import { visit } from '../visit/state.ts';
import { worksInTheField } from '../working-day.ts';
import { visitPlan } from './state.ts';

const { VisitPlanExpected, VisitPlanOverdue, VisitPlanExcused, VisitPlanClosed } = visitPlanEvents;

export const expectVisitPlan = visitPlan.command({
  name: 'ExpectVisitPlan',
  summary: 'Expect a salesperson’s plan of a working day.',
  permission: 'system:act',
  path: '/visit-plans/:personId/:date/expect',
  input: { personId: PersonId, date: LocalDate, ...occurred },
  emits: ['VisitPlanExpected'],
  rejects: {},
  reads: ({ personId }) => ({
    organisation: organisation.ref(),
    calendar: calendar.ref(),
    policy: policy.ref(),
    person: person.ref(personId),
  }),
  decide: ({ expected, document }, { personId, date }, { reads, timeZone }) => {
    if (expected || document.docVersion > 0 || !worksInTheField(reads, personId, date)) return [];
    const { dueTime } = policyOn(reads.policy, 'visit-planning', date);
    return [VisitPlanExpected({ personId, date, dueAt: instantAt(date, dueTime, timeZone) })];
  },
});

export const markVisitPlanOverdue = visitPlan.command({
  name: 'MarkVisitPlanOverdue',
  summary: 'Note that an expected plan was not submitted in time, or that its author need not have.',
  permission: 'system:act',
  path: '/visit-plans/:personId/:date/mark-overdue',
  input: { personId: PersonId, date: LocalDate, ...occurred },
  emits: ['VisitPlanOverdue', 'VisitPlanExcused'],
  rejects: {},
  reads: ({ personId }) => ({
    organisation: organisation.ref(),
    calendar: calendar.ref(),
    person: person.ref(personId),
  }),
  decide: ({ dueAt }, { personId, date }, { reads, occurredAt }) => {
    if (dueAt === undefined || occurredAt < dueAt) return [];
    const mark = worksInTheField(reads, personId, date) ? VisitPlanOverdue : VisitPlanExcused;
    return [mark({ personId, date, dueAt })];
  },
});

export const closeVisitPlan = visitPlan.command({
  name: 'CloseVisitPlan',
  summary: 'Close the plan of a day that is over and count what came of it.',
  permission: 'system:act',
  path: '/visit-plans/:personId/:date/close',
  input: { personId: PersonId, date: LocalDate, ...occurred },
  emits: ['VisitPlanClosed'],
  rejects: { dayNotOver: 'The day is not over.' },
  reads: (_, { visits, unplanned }) => ({
    planned: visits.map(({ visitId }) => visit.ref(visitId)),
    unplanned: unplanned.map((visitId) => visit.ref(visitId)),
  }),
  decide: (plan, { personId, date }, { reads, today }) => {
    if (plan.closed || (!plan.opened && !plan.expected && plan.unplanned.length === 0)) return [];
    if (date >= today) return reject('dayNotOver');
    const ended = ({ status }: { readonly status: string }) => status === 'ended';
    const missed = plan.visits.filter((_, index) =>
      ['absent', 'missed'].includes(reads.planned[index]!.status),
    );
    return [
      VisitPlanClosed({
        personId,
        date,
        planned: plan.visits.length,
        completed: reads.planned.filter(ended).length,
        missed: missed.map(({ visitId }) => visitId),
        unplanned: reads.unplanned.filter(ended).length,
      }),
    ];
  },
});
