import { describe, test } from 'vitest';
import { organisation } from '../../src/commands/organisation/state.ts';
import { person } from '../../src/commands/person.ts';
import { planVisit, submitVisitPlan } from '../../src/commands/visit-plan.ts';
import { documentEvents } from '../../src/events/document.ts';
import { organisationEvents } from '../../src/events/organisation.ts';
import { personEvents } from '../../src/events/person.ts';
import { visitPlanEvents } from '../../src/events/visit-plan.ts';
import { given, idOf } from '../support/given.ts';

const { PersonEmployed, RoleGranted } = organisationEvents;
const { VisitPlanned, VisitPlanOpened } = visitPlanEvents;

const personId = idOf('ann');
const date = '2026-03-03';
const visitId = idOf('visit');
const customerId = idOf('customer');
const window = { start: '09:00', end: '10:00' };
const employed = [
  PersonEmployed({ personId, employeeNo: '7', from: '2025-01-01', newcomerUntil: '2025-07-01' }),
  RoleGranted({ personId, role: 'SP', from: '2025-01-01' }),
];
const opened = VisitPlanOpened({ personId, date });
const planned = VisitPlanned({
  personId,
  date,
  visitId,
  sequence: 1,
  window,
  purposes: ['service'],
  customerId,
});
const input = { personId, date, visitId, customerId, window, purposes: ['service'] };

describe('PlanVisit', () => {
  test('opens the plan of the day with the first visit', () => {
    given()
      .and(organisation.ref(), ...employed)
      .when(planVisit, input)
      .thenEmits(opened, planned);
  });
  test('refuses somebody who is not employed', () => {
    given().when(planVisit, input).thenRejects('personUnknown');
  });
  test('refuses windows that overlap', () => {
    given(opened, planned)
      .and(organisation.ref(), ...employed)
      .when(planVisit, { ...input, visitId: idOf('other'), window: { start: '09:30', end: '10:30' } })
      .thenRejects('windowsOverlap');
  });
  test('refuses a visit on a day of absence', () => {
    const absent = personEvents.AbsenceRecorded({
      absenceId: idOf('absence'),
      personId,
      from: '2026-03-01',
      to: '2026-03-05',
      kind: 'leave',
      halfDay: false,
    });
    given()
      .and(organisation.ref(), ...employed)
      .and(person.ref(personId), absent)
      .when(planVisit, input)
      .thenRejects('personAbsent');
  });
  test('refuses a visit that is on the plan already', () => {
    given(opened, planned)
      .and(organisation.ref(), ...employed)
      .when(planVisit, input)
      .thenRejects('visitAlreadyPlanned');
  });
  test('refuses a day that is past', () => {
    given()
      .and(organisation.ref(), ...employed)
      .when(planVisit, { ...input, date: '2026-03-01' })
      .thenRejects('tooLate');
  });
  test('refuses a visit to nobody', () => {
    given()
      .and(organisation.ref(), ...employed)
      .when(planVisit, { ...input, customerId: undefined })
      .thenRejects('visitedWhomMissing');
  });
  test('refuses the purpose other without a note', () => {
    given()
      .and(organisation.ref(), ...employed)
      .when(planVisit, { ...input, purposes: ['other'] })
      .thenRejects('purposeNoteMissing');
  });
  test('refuses a plan whose day is over', () => {
    const closed = visitPlanEvents.VisitPlanClosed({
      personId,
      date,
      planned: 1,
      completed: 0,
      missed: [],
      unplanned: 0,
    });
    given(opened, planned, closed)
      .and(organisation.ref(), ...employed)
      .when(planVisit, input)
      .thenRejects('planClosed');
  });
});

describe('SubmitVisitPlan', () => {
  const submitted = documentEvents.DocumentSubmitted({
    authorId: personId,
    date,
    docVersion: 1,
    dueAt: '2026-03-03T08:00:00.000Z',
    latenessMinutes: 0,
    completenessBp: 10_000,
    signOffDueAt: '2026-03-04T08:00:00.000Z',
  });
  test('submits the first version with its due times', () => {
    given(opened, planned).when(submitVisitPlan, { personId, date }).thenEmits(submitted);
  });
  test('says nothing twice', () => {
    given(opened, planned, submitted).when(submitVisitPlan, { personId, date }).thenNothing();
  });
  test('refuses an empty plan', () => {
    given().when(submitVisitPlan, { personId, date }).thenRejects('planEmpty');
  });
  test('refuses to submit a returned plan unchanged', () => {
    const returned = documentEvents.DocumentReturned({
      authorId: personId,
      date,
      docVersion: 1,
      docHash: '0'.repeat(64),
      signerId: idOf('boss'),
      comment: 'Too few.',
      issues: [],
    });
    given(opened, planned, submitted, returned)
      .when(submitVisitPlan, { personId, date })
      .thenRejects('planReturned');
  });
  test('refuses a plan whose day is over', () => {
    const closed = visitPlanEvents.VisitPlanClosed({
      personId,
      date,
      planned: 1,
      completed: 0,
      missed: [],
      unplanned: 0,
    });
    given(opened, planned, closed).when(submitVisitPlan, { personId, date }).thenRejects('planClosed');
  });
});
