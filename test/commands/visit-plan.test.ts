import { describe, expect, test } from 'vitest';
import { calendar } from '../../src/commands/calendar/state.ts';
import { customer } from '../../src/commands/customer/state.ts';
import { organisation } from '../../src/commands/organisation/state.ts';
import { person } from '../../src/commands/person.ts';
import { policy } from '../../src/commands/policy.ts';
import { visit } from '../../src/commands/visit/state.ts';
import {
  closeVisitPlan,
  expectVisitPlan,
  markVisitPlanOverdue,
} from '../../src/commands/visit-plan/clock.ts';
import {
  changePlannedVisit,
  declareNoVisits,
  dropPlannedVisit,
  planVisit,
  submitVisitPlan,
} from '../../src/commands/visit-plan/plan.ts';
import type { NewEvent } from '../../src/engine/event.ts';
import { calendarEvents } from '../../src/events/calendar.ts';
import { documentEvents } from '../../src/events/document.ts';
import { personEvents } from '../../src/events/person.ts';
import { policyEvents } from '../../src/events/policy.ts';
import { visitEvents } from '../../src/events/visit.ts';
import { visitPlanEvents } from '../../src/events/visit-plan.ts';
import {
  ann,
  bob,
  customerId,
  eur,
  ownedByAnn,
  registered,
  staff,
  supervisor,
  tomorrow,
  yesterday,
} from '../support/commerce.ts';
import { given, idOf } from '../support/given.ts';
import { system } from '../support/organisation.ts';

const {
  VisitPlanned,
  VisitPlanOpened,
  PlannedVisitChanged,
  PlannedVisitDropped,
  NoVisitsDeclared,
  VisitPlanExpected,
  VisitPlanOverdue,
  VisitPlanExcused,
  VisitPlanClosed,
  UnplannedVisitNoted,
} = visitPlanEvents;
const { DocumentSubmitted, DocumentSignedOff, DocumentReturned } = documentEvents;

const date = tomorrow;
const keys = { personId: ann, date };
const visitId = idOf('visit');
const otherId = idOf('other visit');
const window = { start: '09:00', end: '10:00' };
const later = { start: '10:00', end: '11:00' };
const opened = VisitPlanOpened(keys);
const planned = VisitPlanned({ ...keys, visitId, sequence: 1, window, purposes: ['service'], customerId });
const plannedToo = VisitPlanned({
  ...keys,
  visitId: otherId,
  sequence: 2,
  window: later,
  purposes: ['service'],
  prospectName: 'Green Gate',
});
const closed = VisitPlanClosed({ ...keys, planned: 1, completed: 0, missed: [], unplanned: 0 });
const absence = personEvents.AbsenceRecorded({
  absenceId: idOf('absence'),
  personId: ann,
  from: '2026-03-01',
  to: '2026-03-05',
  kind: 'leave',
  halfDay: false,
});
const dueAt = '2026-03-03T08:00:00.000Z';
const submitted = DocumentSubmitted({
  authorId: ann,
  date,
  docVersion: 1,
  dueAt,
  latenessMinutes: 0,
  completenessBp: 6_000,
  signOffDueAt: '2026-03-04T08:00:00.000Z',
});
const signed = DocumentSignedOff({
  authorId: ann,
  date,
  docVersion: 1,
  docHash: '0'.repeat(64),
  signerId: supervisor,
  previous: null,
  chainHash: '1'.repeat(64),
});
const returned = DocumentReturned({
  authorId: ann,
  date,
  docVersion: 1,
  docHash: '0'.repeat(64),
  signerId: supervisor,
  comment: 'Too few.',
  issues: [],
});
const begun = visitEvents.VisitStarted({
  ...keys,
  visitId,
  customerId,
  planned: true,
  startedAt: '2026-03-03T08:00:00.000Z',
  offline: false,
  leftOpenAt: '2026-03-03T23:00:00.000Z',
});
const ended = visitEvents.VisitEnded({
  ...keys,
  visitId,
  customerId,
  planned: true,
  startedAt: '2026-03-03T08:00:00.000Z',
  endedAt: '2026-03-03T08:30:00.000Z',
  minutes: 30,
  outcome: 'effective',
  ruleVersion: 0,
});

describe('PlanVisit', () => {
  const input = { ...keys, visitId, customerId, window, purposes: ['service'] };
  const story = (...own: readonly NewEvent[]) =>
    given(...own)
      .and(organisation.ref(), ...staff)
      .and(customer.ref(customerId), registered, ownedByAnn);

  test('opens the plan of the day with the first visit', () => {
    story().when(planVisit, input).thenEmits(opened, planned);
  });
  test('adds a further visit', () => {
    story(opened, planned)
      .when(planVisit, {
        ...keys,
        visitId: otherId,
        prospectName: 'Green Gate',
        window: later,
        purposes: ['service'],
      })
      .thenEmits(plannedToo);
  });
  test('lets a customer of somebody else be visited with a reason', () => {
    const verdict = story().when(planVisit, { ...input, personId: bob, reason: 'Ann asked me.' });
    expect(verdict.events).toHaveLength(2);
  });
  test('refuses a customer of somebody else without a reason', () => {
    story()
      .when(planVisit, { ...input, personId: bob })
      .thenRejects('reasonMissing');
  });
  test('refuses a customer whom nobody has registered', () => {
    given()
      .and(organisation.ref(), ...staff)
      .when(planVisit, input)
      .thenRejects('customerUnknown');
  });
  test('refuses somebody who is not employed', () => {
    given().when(planVisit, input).thenRejects('personUnknown');
  });
  test('refuses windows that overlap', () => {
    story(opened, planned)
      .when(planVisit, { ...input, visitId: otherId, window: { start: '09:30', end: '10:30' } })
      .thenRejects('windowsOverlap');
  });
  test('refuses windows without the time to travel between them', () => {
    const buffer = policyEvents.PolicyAdopted({
      policyKey: 'visit-planning',
      policyVersion: 1,
      effectiveFrom: '2026-01-01',
      retroactive: false,
      document: { travelBufferMinutes: 15 },
      docHash: '0'.repeat(64),
    });
    story(opened, planned)
      .and(policy.ref(), buffer)
      .when(planVisit, { ...input, visitId: otherId, window: later })
      .thenRejects('windowsOverlap');
  });
  test('refuses a visit on a day of absence', () => {
    story().and(person.ref(ann), absence).when(planVisit, input).thenRejects('personAbsent');
  });
  test('refuses a visit that is on the plan already', () => {
    story(opened, planned).when(planVisit, input).thenRejects('visitAlreadyPlanned');
  });
  test('refuses a day that is past', () => {
    story()
      .when(planVisit, { ...input, date: yesterday })
      .thenRejects('tooLate');
  });
  test('refuses a visit to nobody', () => {
    story()
      .when(planVisit, { ...input, customerId: undefined })
      .thenRejects('visitedWhomMissing');
  });
  test('refuses the purpose other without a note', () => {
    story()
      .when(planVisit, { ...input, purposes: ['other'] })
      .thenRejects('purposeNoteMissing');
  });
  test('refuses a plan whose day is over', () => {
    story(opened, planned, closed)
      .when(planVisit, { ...input, visitId: otherId })
      .thenRejects('planClosed');
  });
});

describe('ChangePlannedVisit', () => {
  const input = { ...keys, visitId, window: later, reason: 'The customer asked.' };

  test('moves a planned visit', () => {
    given(opened, planned)
      .when(changePlannedVisit, input)
      .thenEmits(PlannedVisitChanged({ ...keys, visitId, window: later, reason: 'The customer asked.' }));
  });
  test('says nothing when nothing changes', () => {
    given(opened, planned)
      .when(changePlannedVisit, { ...input, window })
      .thenNothing();
  });
  test('takes a signed plan back to be submitted anew', () => {
    const changed = PlannedVisitChanged({ ...keys, visitId, window: later, reason: 'Later.' });
    const verdict = given(opened, planned, submitted, signed, changed).when(submitVisitPlan, keys);
    expect(verdict.events[0]?.data).toMatchObject({ docVersion: 2 });
  });
  test('refuses a visit that is not on the plan', () => {
    given(opened, planned)
      .when(changePlannedVisit, { ...input, visitId: otherId })
      .thenRejects('visitNotPlanned');
  });
  test('refuses a visit that has begun', () => {
    given(opened, planned)
      .and(visit.ref(visitId), begun)
      .when(changePlannedVisit, input)
      .thenRejects('visitBegun');
  });
  test('refuses a window that overlaps another visit', () => {
    given(opened, planned, plannedToo).when(changePlannedVisit, input).thenRejects('windowsOverlap');
  });
  test('refuses the purpose other without a note', () => {
    given(opened, planned)
      .when(changePlannedVisit, { ...input, purposes: ['other'] })
      .thenRejects('purposeNoteMissing');
  });
  test('refuses a day that is past', () => {
    given(opened, planned)
      .when(changePlannedVisit, input, { now: '2026-03-04T08:00:00.000Z' })
      .thenRejects('tooLate');
  });
  test('refuses a plan whose day is over', () => {
    given(opened, planned, closed).when(changePlannedVisit, input).thenRejects('planClosed');
  });
});

describe('DropPlannedVisit', () => {
  const input = { ...keys, visitId, reason: 'The customer is away.' };
  const dropped = PlannedVisitDropped(input);

  test('takes a visit off the plan', () => {
    given(opened, planned).when(dropPlannedVisit, input).thenEmits(dropped);
  });
  test('says nothing twice', () => {
    given(opened, planned, dropped).when(dropPlannedVisit, input).thenNothing();
  });
  test('drops a visit that was planned again', () => {
    given(opened, planned, dropped, planned).when(dropPlannedVisit, input).thenEmits(dropped);
  });
  test('refuses a visit that is not on the plan', () => {
    given(opened).when(dropPlannedVisit, input).thenRejects('visitNotPlanned');
  });
  test('refuses a visit that has begun', () => {
    given(opened, planned)
      .and(visit.ref(visitId), begun)
      .when(dropPlannedVisit, input)
      .thenRejects('visitBegun');
  });
  test('refuses a day that is past', () => {
    given(opened, planned)
      .when(dropPlannedVisit, input, { now: '2026-03-04T08:00:00.000Z' })
      .thenRejects('tooLate');
  });
  test('refuses a plan whose day is over', () => {
    given(opened, planned, closed).when(dropPlannedVisit, input).thenRejects('planClosed');
  });
});

describe('DeclareNoVisits', () => {
  const input = { ...keys, reason: 'A day at the fair.' };
  const declared = NoVisitsDeclared(input);
  const story = (...own: readonly NewEvent[]) => given(...own).and(organisation.ref(), ...staff);

  test('opens an empty plan with its reason', () => {
    story().when(declareNoVisits, input).thenEmits(opened, declared);
  });
  test('says nothing twice', () => {
    story(opened, declared).when(declareNoVisits, input).thenNothing();
  });
  test('refuses while visits are planned', () => {
    story(opened, planned).when(declareNoVisits, input).thenRejects('visitsPlanned');
  });
  test('refuses somebody who is not employed', () => {
    given().when(declareNoVisits, input).thenRejects('personUnknown');
  });
  test('refuses a day that is past', () => {
    story()
      .when(declareNoVisits, { ...input, date: yesterday })
      .thenRejects('tooLate');
  });
  test('refuses a plan whose day is over', () => {
    story(opened, closed).when(declareNoVisits, input).thenRejects('planClosed');
  });
});

describe('SubmitVisitPlan', () => {
  test('submits the first version with its due times', () => {
    given(opened, planned).when(submitVisitPlan, keys).thenEmits(submitted);
  });
  test('counts the minutes by our clock, whatever the author says', () => {
    const verdict = given(opened, planned).when(
      submitVisitPlan,
      { ...keys, occurredAt: '2026-03-03T07:00:00.000Z' },
      { now: '2026-03-03T08:20:00.000Z' },
    );
    expect(verdict.events[0]?.data).toMatchObject({ latenessMinutes: 20 });
  });
  test('submits an empty plan that says why', () => {
    const declared = NoVisitsDeclared({ ...keys, reason: 'A day at the fair.' });
    const verdict = given(opened, declared).when(submitVisitPlan, keys);
    expect(verdict.events[0]?.data).toMatchObject({ docVersion: 1, completenessBp: 10_000 });
  });
  test('says nothing twice', () => {
    given(opened, planned, submitted).when(submitVisitPlan, keys).thenNothing();
  });
  test('refuses an empty plan', () => {
    given().when(submitVisitPlan, keys).thenRejects('planEmpty');
  });
  test('refuses to submit a returned plan unchanged', () => {
    given(opened, planned, submitted, returned).when(submitVisitPlan, keys).thenRejects('planReturned');
  });
  test('refuses a plan whose day is over', () => {
    given(opened, planned, closed).when(submitVisitPlan, keys).thenRejects('planClosed');
  });
});

describe('ExpectVisitPlan', () => {
  const expected = VisitPlanExpected({ ...keys, dueAt });
  const story = (...own: readonly NewEvent[]) => given(...own).and(organisation.ref(), ...staff);

  test('expects the plan of a salesperson on a working day', () => {
    story().when(expectVisitPlan, keys, system).thenEmits(expected);
  });
  test('says nothing twice', () => {
    story(expected).when(expectVisitPlan, keys, system).thenNothing();
  });
  test('expects nothing on a weekend', () => {
    story()
      .when(expectVisitPlan, { ...keys, date: '2026-03-07' }, system)
      .thenNothing();
  });
  test('expects nothing on a holiday', () => {
    const holiday = calendarEvents.HolidayDeclared({ date, name: 'Holiday', regionId: null });
    story().and(calendar.ref(), holiday).when(expectVisitPlan, keys, system).thenNothing();
  });
  test('expects nothing of somebody who is absent', () => {
    story().and(person.ref(ann), absence).when(expectVisitPlan, keys, system).thenNothing();
  });
  test('expects nothing of somebody who does not sell', () => {
    story()
      .when(expectVisitPlan, { ...keys, personId: supervisor }, system)
      .thenNothing();
  });
});

describe('MarkVisitPlanOverdue', () => {
  const expected = VisitPlanExpected({ ...keys, dueAt });
  const input = { ...keys, occurredAt: dueAt };
  const story = (...own: readonly NewEvent[]) => given(...own).and(organisation.ref(), ...staff);

  test('marks an expected plan that was not submitted', () => {
    story(expected)
      .when(markVisitPlanOverdue, input, system)
      .thenEmits(VisitPlanOverdue({ ...keys, dueAt }));
  });
  test('excuses somebody who is absent after all', () => {
    story(expected)
      .and(person.ref(ann), absence)
      .when(markVisitPlanOverdue, input, system)
      .thenEmits(VisitPlanExcused({ ...keys, dueAt }));
  });
  test('marks once', () => {
    story(expected, VisitPlanOverdue({ ...keys, dueAt }))
      .when(markVisitPlanOverdue, input, system)
      .thenNothing();
  });
  test('says nothing when the plan was submitted', () => {
    story(expected, opened, planned, submitted).when(markVisitPlanOverdue, input, system).thenNothing();
  });
  test('says nothing before the plan is due', () => {
    story(expected)
      .when(markVisitPlanOverdue, { ...keys, occurredAt: '2026-03-03T07:59:59.999Z' }, system)
      .thenNothing();
  });
});

describe('CloseVisitPlan', () => {
  const nextDay = { ...system, now: '2026-03-04T00:00:00.000Z' };
  const noted = UnplannedVisitNoted({ ...keys, visitId: idOf('unplanned visit') });

  test('counts what came of the day', () => {
    given(opened, planned, plannedToo, noted)
      .and(visit.ref(visitId), begun, ended)
      .and(visit.ref(idOf('unplanned visit')), begun, ended)
      .when(closeVisitPlan, keys, nextDay)
      .thenEmits(VisitPlanClosed({ ...keys, planned: 2, completed: 1, missed: [otherId], unplanned: 1 }));
  });
  test('neither counts nor misses a visit that nobody checked out of', () => {
    given(opened, planned)
      .and(visit.ref(visitId), begun)
      .when(closeVisitPlan, keys, nextDay)
      .thenEmits(VisitPlanClosed({ ...keys, planned: 1, completed: 0, missed: [], unplanned: 0 }));
  });
  test('says nothing twice', () => {
    given(opened, planned, closed).when(closeVisitPlan, keys, nextDay).thenNothing();
  });
  test('says nothing where there was no plan and none was expected', () => {
    given().when(closeVisitPlan, keys, nextDay).thenNothing();
  });
  test('refuses a day that is not over', () => {
    given(opened, planned).when(closeVisitPlan, keys, system).thenRejects('dayNotOver');
  });
});

test('costs of a planned visit are kept as they were given', () => {
  const plannedCost = eur('1250');
  given(opened)
    .and(organisation.ref(), ...staff)
    .when(planVisit, {
      ...keys,
      visitId,
      prospectName: 'Green Gate',
      window,
      purposes: ['service'],
      plannedCost,
    })
    .thenEmits(
      VisitPlanned({
        ...keys,
        visitId,
        sequence: 1,
        prospectName: 'Green Gate',
        window,
        purposes: ['service'],
        plannedCost,
      }),
    );
});
