import { z } from 'zod';
import { canonicalJson } from '../../engine/canonical.ts';
import { absent, type Refusal, reject, unknown } from '../../engine/decision.ts';
import { generated } from '../../engine/input.ts';
import { addDays, addHours, instantAt, minutesLate } from '../../engine/instant.ts';
import { documentEvents } from '../../events/document.ts';
import { Comment, LocalDate, occurred, PersonId, VisitId } from '../../events/values.ts';
import { Objective, Purpose, plannedVisit, TimeWindow, visitPlanEvents } from '../../events/visit-plan.ts';
import { type CustomerState, customer, isRegistered, ownershipOn } from '../customer/state.ts';
import { handedInAt } from '../document/state.ts';
import { rolesOn } from '../organisation/authority.ts';
import { organisation } from '../organisation/state.ts';
import { isAbsent, person } from '../person.ts';
import { policy, policyOn } from '../policy.ts';
import { visit } from '../visit/state.ts';
import { type Planned, type VisitPlanState, visitPlan } from './state.ts';

const { VisitPlanOpened, VisitPlanned, PlannedVisitChanged, PlannedVisitDropped, NoVisitsDeclared } =
  visitPlanEvents;
const { DocumentSubmitted } = documentEvents;

const minutes = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

/** Whether two windows of a day are closer than the time it takes to travel. */
const collide = (a: Planned['window'], b: Planned['window'], bufferMinutes: number): boolean =>
  bufferMinutes === 0
    ? a.start < b.end && b.start < a.end
    : minutes(a.start) < minutes(b.end) + bufferMinutes && minutes(b.start) < minutes(a.end) + bufferMinutes;

const planRejects = {
  planClosed: 'The day is over and its plan is closed.',
  tooLate: 'The day is past; plans are made before it or within the time that the policy allows.',
};

/** Why a plan can no longer be changed, if it cannot. */
function fixed(
  { closed }: VisitPlanState,
  date: string,
  today: string,
  lateDaysMax: number,
): Refusal<keyof typeof planRejects> | undefined {
  if (closed) return reject('planClosed');
  if (date < addDays(today, -lateDaysMax)) return reject('tooLate');
  return undefined;
}

const owns = (state: CustomerState, personId: string, day: string): boolean => {
  const held = ownershipOn(state, day);
  return held?.personId === personId || !!held?.coOwners.some((owner) => owner.personId === personId);
};

const overlap = reject('windowsOverlap', [{ pointer: '/window', detail: 'Choose another time.' }]);
const noNote = reject('purposeNoteMissing', [
  { pointer: '/purposeNote', detail: 'Say what the visit is for.' },
]);
const visitRejects = {
  windowsOverlap: 'The window overlaps another visit, with the time to travel between them.',
  purposeNoteMissing: 'The purpose other needs a note.',
};

export const planVisit = visitPlan.command({
  name: 'PlanVisit',
  summary: 'Plan a visit on a person’s plan of a day; the first one opens the plan.',
  permission: 'visit-plan:write',
  path: '/visit-plans/:personId/:date/visits',
  input: { personId: PersonId, date: LocalDate, visitId: generated(VisitId), ...plannedVisit, ...occurred },
  emits: ['VisitPlanOpened', 'VisitPlanned'],
  rejects: {
    personUnknown: unknown('Nobody of this id is employed on that day.'),
    ...planRejects,
    personAbsent: 'The person is absent on that day.',
    visitAlreadyPlanned: 'A visit of this id is already on the plan.',
    visitedWhomMissing: 'A visit needs either a customer or the name of a prospect.',
    customerUnknown: unknown('There is no such customer.'),
    reasonMissing: 'Whoever visits a customer that somebody else owns, or nobody, says why.',
    ...visitRejects,
  },
  reads: ({ personId, customerId }) => ({
    organisation: organisation.ref(),
    policy: policy.ref(),
    person: person.ref(personId),
    customer: customerId ? customer.ref(customerId) : undefined,
  }),
  decide: (plan, { occurredAt: _, ...input }, { reads, today }) => {
    const { personId, date, visitId, window, purposes, purposeNote, customerId, prospectName } = input;
    const { travelBufferMinutes, lateDaysMax } = policyOn(reads.policy, 'visit-planning', date);
    if (rolesOn(reads.organisation, personId, date).length === 0) return reject('personUnknown');
    const refusal = fixed(plan, date, today, lateDaysMax);
    if (refusal) return refusal;
    if (isAbsent(reads.person, date)) return reject('personAbsent');
    if (plan.visits.some((planned) => planned.visitId === visitId)) return reject('visitAlreadyPlanned');
    if ((customerId === undefined) === (prospectName === undefined)) {
      return reject('visitedWhomMissing', [
        { pointer: '/customerId', detail: 'Give customerId or prospectName.' },
      ]);
    }
    if (reads.customer && !isRegistered(reads.customer)) return reject('customerUnknown');
    if (reads.customer && !owns(reads.customer, personId, date) && !input.reason) {
      return reject('reasonMissing', [{ pointer: '/reason', detail: 'Say why you visit this customer.' }]);
    }
    if (purposes.includes('other') && !purposeNote) return noNote;
    if (plan.visits.some((planned) => collide(planned.window, window, travelBufferMinutes))) return overlap;
    const planned = VisitPlanned({ ...input, sequence: plan.sequence + 1 });
    return plan.opened ? [planned] : [VisitPlanOpened({ personId, date }), planned];
  },
});

export const changePlannedVisit = visitPlan.command({
  name: 'ChangePlannedVisit',
  summary:
    'Change a planned visit; a plan that was submitted or signed needs to be submitted and signed anew.',
  permission: 'visit-plan:write',
  path: '/visit-plans/:personId/:date/visits/:visitId/change',
  input: {
    personId: PersonId,
    date: LocalDate,
    visitId: VisitId,
    window: TimeWindow.optional(),
    purposes: z.array(Purpose).min(1).max(7).optional(),
    purposeNote: Comment.optional(),
    objective: Objective.optional(),
    reason: Comment,
    ...occurred,
  },
  emits: ['PlannedVisitChanged'],
  rejects: {
    visitNotPlanned: absent('There is no such visit on the plan.'),
    ...planRejects,
    visitBegun: 'The visit has begun or is over.',
    ...visitRejects,
  },
  reads: ({ visitId }) => ({ policy: policy.ref(), visit: visit.ref(visitId) }),
  decide: (plan, { occurredAt: _, ...input }, { reads, today }) => {
    const { personId, date, visitId, window, purposes, purposeNote, objective, reason } = input;
    const { travelBufferMinutes, lateDaysMax } = policyOn(reads.policy, 'visit-planning', date);
    const planned = plan.visits.find((entry) => entry.visitId === visitId);
    if (!planned) return reject('visitNotPlanned');
    const refusal = fixed(plan, date, today, lateDaysMax);
    if (refusal) return refusal;
    if (reads.visit.status !== 'absent') return reject('visitBegun');
    const next = {
      ...planned,
      ...(window && { window }),
      ...(purposes && { purposes }),
      ...(purposeNote && { purposeNote }),
      ...(objective && { objective }),
    };
    if (canonicalJson(next) === canonicalJson(planned)) return [];
    if (next.purposes.includes('other') && !next.purposeNote) return noNote;
    const others = plan.visits.filter((entry) => entry !== planned);
    if (others.some((entry) => collide(entry.window, next.window, travelBufferMinutes))) return overlap;
    return [
      PlannedVisitChanged({ personId, date, visitId, window, purposes, purposeNote, objective, reason }),
    ];
  },
});

export const dropPlannedVisit = visitPlan.command({
  name: 'DropPlannedVisit',
  summary: 'Take a visit off the plan; a plan that was submitted or signed needs it anew.',
  permission: 'visit-plan:write',
  path: '/visit-plans/:personId/:date/visits/:visitId/drop',
  input: { personId: PersonId, date: LocalDate, visitId: VisitId, reason: Comment, ...occurred },
  emits: ['PlannedVisitDropped'],
  rejects: {
    visitNotPlanned: absent('There is no such visit on the plan.'),
    ...planRejects,
    visitBegun: 'The visit has begun or is over.',
  },
  reads: ({ visitId }) => ({ policy: policy.ref(), visit: visit.ref(visitId) }),
  decide: (plan, { personId, date, visitId, reason }, { reads, today }) => {
    if (plan.dropped.includes(visitId)) return [];
    if (!plan.visits.some((planned) => planned.visitId === visitId)) return reject('visitNotPlanned');
    const { lateDaysMax } = policyOn(reads.policy, 'visit-planning', date);
    const refusal = fixed(plan, date, today, lateDaysMax);
    if (refusal) return refusal;
    if (reads.visit.status !== 'absent') return reject('visitBegun');
    return [PlannedVisitDropped({ personId, date, visitId, reason })];
  },
});

export const declareNoVisits = visitPlan.command({
  name: 'DeclareNoVisits',
  summary: 'Say that and why there are no visits on a day, so that the empty plan can be submitted.',
  permission: 'visit-plan:write',
  path: '/visit-plans/:personId/:date/declare-no-visits',
  input: { personId: PersonId, date: LocalDate, reason: Comment, ...occurred },
  emits: ['VisitPlanOpened', 'NoVisitsDeclared'],
  rejects: {
    personUnknown: unknown('Nobody of this id is employed on that day.'),
    ...planRejects,
    visitsPlanned: 'There are visits on the plan.',
  },
  reads: () => ({ organisation: organisation.ref(), policy: policy.ref() }),
  decide: (plan, { personId, date, reason }, { reads, today }) => {
    if (plan.noVisits) return [];
    if (rolesOn(reads.organisation, personId, date).length === 0) return reject('personUnknown');
    const { lateDaysMax } = policyOn(reads.policy, 'visit-planning', date);
    const refusal = fixed(plan, date, today, lateDaysMax);
    if (refusal) return refusal;
    if (plan.visits.length > 0) return reject('visitsPlanned');
    const declared = NoVisitsDeclared({ personId, date, reason });
    return plan.opened ? [declared] : [VisitPlanOpened({ personId, date }), declared];
  },
});

/** How carefully visits are planned: whom, when and what for are given; region and objective may be left out. */
function completenessBp(visits: readonly Planned[]): number {
  const given = visits.flatMap(({ regionId, objective }) => [true, true, true, regionId, objective]);
  return given.length === 0 ? 10_000 : Math.floor((given.filter(Boolean).length * 10_000) / given.length);
}

export const submitVisitPlan = visitPlan.command({
  name: 'SubmitVisitPlan',
  summary: 'Submit the plan of a day to be signed by the supervisor.',
  permission: 'visit-plan:write',
  path: '/visit-plans/:personId/:date/submit',
  input: { personId: PersonId, date: LocalDate, ...occurred },
  emits: ['DocumentSubmitted'],
  rejects: {
    planEmpty: 'The plan holds no visit; declare why there are none.',
    planClosed: planRejects.planClosed,
    planReturned: 'The plan was returned; change it before you submit it again.',
  },
  reads: () => ({ policy: policy.ref() }),
  decide: ({ visits, noVisits, closed, document }, { personId, date }, { reads, timeZone, ...act }) => {
    if (document.status === 'submitted' || document.status === 'signed') return [];
    if (closed) return reject('planClosed');
    if (visits.length === 0 && !noVisits) return reject('planEmpty');
    if (document.status === 'returned') return reject('planReturned');
    const { dueTime, signOffHours } = policyOn(reads.policy, 'visit-planning', date);
    const dueAt = instantAt(date, dueTime, timeZone);
    const submittedAt = handedInAt(act);
    return [
      DocumentSubmitted({
        authorId: personId,
        date,
        docVersion: document.docVersion + 1,
        dueAt,
        latenessMinutes: minutesLate(dueAt, submittedAt),
        completenessBp: completenessBp(visits),
        signOffDueAt: addHours(submittedAt > dueAt ? submittedAt : dueAt, signOffHours),
      }),
    ];
  },
});
