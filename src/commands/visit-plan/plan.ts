import { decider, type Evolve, reject, unknown } from '../engine/decision.ts';
import { generated } from '../engine/input.ts';
import { addDays, addHours, instantAt, minutesLate } from '../engine/instant.ts';
import { documentEvents } from '../events/document.ts';
import { LocalDate, occurred, PersonId, VisitId } from '../events/values.ts';
import { plannedVisit, visitPlanEvents } from '../events/visit-plan.ts';
import { blankDocument, type DocumentState, documentEvolve, withContent } from './document.ts';
import { rolesOn } from './organisation/authority.ts';
import { organisation } from './organisation/state.ts';
import { isAbsent, person } from './person.ts';
import { policy, policyOn } from './policy.ts';

const { VisitPlanOpened, VisitPlanned } = visitPlanEvents;
const { DocumentSubmitted } = documentEvents;

interface Planned {
  readonly visitId: string;
  readonly start: string;
  readonly end: string;
}

interface VisitPlanState {
  readonly opened: boolean;
  readonly closed: boolean;
  readonly noVisits: boolean;
  readonly visits: readonly Planned[];
  readonly sequence: number;
  readonly document: DocumentState;
}

const initialState: VisitPlanState = {
  opened: false,
  closed: false,
  noVisits: false,
  visits: [],
  sequence: 0,
  document: blankDocument,
};

const events = { ...visitPlanEvents, ...documentEvents };

const evolve: Evolve<VisitPlanState, typeof events> = {
  ...documentEvolve<VisitPlanState>(),
  VisitPlanExpected: (state) => state,
  VisitPlanOpened: (state) => ({ ...state, opened: true }),
  VisitPlanned: (state, data, event) => ({
    ...state,
    visits: [...state.visits, { visitId: data.visitId, ...data.window }],
    sequence: data.sequence,
    document: withContent(state.document, data, event),
  }),
  PlannedVisitChanged: (state, data, event) => ({
    ...state,
    visits: state.visits.map((visit) =>
      visit.visitId === data.visitId ? { ...visit, ...data.window } : visit,
    ),
    document: withContent(state.document, data, event),
  }),
  PlannedVisitDropped: (state, data, event) => ({
    ...state,
    visits: state.visits.filter(({ visitId }) => visitId !== data.visitId),
    document: withContent(state.document, data, event),
  }),
  NoVisitsDeclared: (state, data, event) => ({
    ...state,
    noVisits: true,
    document: withContent(state.document, data, event),
  }),
  VisitPlanOverdue: (state) => state,
  VisitPlanClosed: (state) => ({ ...state, closed: true }),
};

export const visitPlan = decider({
  stream: 'visit-plan',
  id: ['personId', 'date'],
  events,
  initialState,
  evolve,
});

const minutes = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

/** Whether two windows of a day are closer than the time it takes to travel. */
const collide = (a: Omit<Planned, 'visitId'>, b: Omit<Planned, 'visitId'>, bufferMinutes: number): boolean =>
  minutes(a.start) < minutes(b.end) + bufferMinutes && minutes(b.start) < minutes(a.end) + bufferMinutes;

export const planVisit = visitPlan.command({
  name: 'PlanVisit',
  summary: 'Plan a visit on a person’s plan of a day; the first one opens the plan.',
  permission: 'visit-plan:write',
  path: '/visit-plans/:personId/:date/visits',
  input: { personId: PersonId, date: LocalDate, visitId: generated(VisitId), ...plannedVisit, ...occurred },
  emits: ['VisitPlanOpened', 'VisitPlanned'],
  rejects: {
    personUnknown: unknown('Nobody of this id is employed on that day.'),
    planClosed: 'The day is over and its plan is closed.',
    tooLate: 'The day is past; plans are made before it or within the time that the policy allows.',
    personAbsent: 'The person is absent on that day.',
    visitAlreadyPlanned: 'A visit of this id is already on the plan.',
    windowsOverlap: 'The window overlaps another visit, with the time to travel between them.',
    visitedWhomMissing: 'A visit needs either a customer or the name of a prospect.',
    purposeNoteMissing: 'The purpose other needs a note.',
  },
  reads: ({ personId }) => ({
    organisation: organisation.ref(),
    policy: policy.ref(),
    person: person.ref(personId),
  }),
  decide: (plan, input, { reads, today }) => {
    const {
      personId,
      date,
      visitId,
      window,
      purposes,
      purposeNote,
      customerId,
      prospectName,
      occurredAt: _,
      ...more
    } = input;
    const { travelBufferMinutes, lateDaysMax } = policyOn(reads.policy, 'visit-planning', date);
    if (rolesOn(reads.organisation, personId, date).length === 0) return reject('personUnknown');
    if (plan.closed) return reject('planClosed');
    if (date < addDays(today, -lateDaysMax)) return reject('tooLate');
    if (isAbsent(reads.person, date)) return reject('personAbsent');
    if (plan.visits.some((visit) => visit.visitId === visitId)) return reject('visitAlreadyPlanned');
    if ((customerId === undefined) === (prospectName === undefined)) {
      return reject('visitedWhomMissing', [
        { pointer: '/customerId', detail: 'Give customerId or prospectName.' },
      ]);
    }
    if (purposes.includes('other') && !purposeNote) {
      return reject('purposeNoteMissing', [
        { pointer: '/purposeNote', detail: 'Say what the visit is for.' },
      ]);
    }
    if (plan.visits.some((visit) => collide(visit, window, travelBufferMinutes))) {
      return reject('windowsOverlap', [{ pointer: '/window', detail: 'Choose another time.' }]);
    }
    const planned = VisitPlanned({
      ...more,
      personId,
      date,
      visitId,
      window,
      purposes,
      purposeNote,
      customerId,
      prospectName,
      sequence: plan.sequence + 1,
    });
    return plan.opened ? [planned] : [VisitPlanOpened({ personId, date }), planned];
  },
});

export const submitVisitPlan = visitPlan.command({
  name: 'SubmitVisitPlan',
  summary: 'Submit the plan of a day to be signed by the supervisor.',
  permission: 'visit-plan:write',
  path: '/visit-plans/:personId/:date/submit',
  input: { personId: PersonId, date: LocalDate, ...occurred },
  emits: ['DocumentSubmitted'],
  rejects: {
    planEmpty: 'The plan holds no visit; declare why there are none.',
    planClosed: 'The day is over and its plan is closed.',
    planReturned: 'The plan was returned; change it before you submit it again.',
  },
  reads: () => ({ policy: policy.ref() }),
  decide: ({ visits, noVisits, closed, document }, { personId, date }, { reads, occurredAt, timeZone }) => {
    if (document.status === 'submitted' || document.status === 'signed') return [];
    if (closed) return reject('planClosed');
    if (visits.length === 0 && !noVisits) return reject('planEmpty');
    if (document.status === 'returned') return reject('planReturned');
    const { dueTime, signOffHours } = policyOn(reads.policy, 'visit-planning', date);
    const dueAt = instantAt(date, dueTime, timeZone);
    return [
      DocumentSubmitted({
        authorId: personId,
        date,
        docVersion: document.docVersion + 1,
        dueAt,
        latenessMinutes: minutesLate(dueAt, occurredAt),
        completenessBp: 10_000,
        signOffDueAt: addHours(occurredAt > dueAt ? occurredAt : dueAt, signOffHours),
      }),
    ];
  },
});
