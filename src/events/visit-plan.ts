import { z } from 'zod';
import { events } from '../engine/event.ts';
import { listed, type Sentences } from './sentence.ts';
import {
  Amount,
  Comment,
  ComplaintId,
  Count,
  CustomerId,
  Instant,
  InvoiceId,
  Line,
  LocalDate,
  LocalTime,
  OpportunityId,
  PersonId,
  RegionId,
  TargetId,
  VisitId,
} from './values.ts';

export const Purpose = z
  .enum([
    'develop_new',
    'market_research',
    'collection',
    'service',
    'complaint_handling',
    'ordering',
    'other',
  ])
  .meta({ id: 'Purpose', description: 'What a visit is for.' });
/** Its fields stand in the order of canonical JSON, which spares sorting them in every visit. */
export const TimeWindow = z
  .strictObject({ end: LocalTime, start: LocalTime })
  .refine(({ start, end }) => start < end, 'A window ends after it starts.')
  .meta({ id: 'TimeWindow', description: 'A span of one business day.' });
export const Objective = z.strictObject({ measure: Line, value: Count });
export const VisitLinks = z.strictObject({
  opportunityId: OpportunityId.optional(),
  complaintId: ComplaintId.optional(),
  invoiceId: InvoiceId.optional(),
  targetIds: z.array(TargetId).max(20).optional(),
});

/** What is planned for one visit. */
export const plannedVisit = {
  customerId: CustomerId.optional(),
  prospectName: Line.optional().describe('Who is visited, when it is no customer yet.'),
  regionId: RegionId.optional(),
  window: TimeWindow,
  purposes: z.array(Purpose).min(1).max(7),
  purposeNote: Comment.optional().describe('Required with the purpose other.'),
  objective: Objective.optional(),
  links: VisitLinks.optional(),
  plannedTravelKm: Count.max(5_000).optional(),
  plannedCost: Amount.optional(),
  reason: Comment.optional().describe('Why a customer is visited whom another person owns.'),
};

/** Stored for ever. Add fields as optional, add events freely, rename nothing. */
export const visitPlanEvents = events({
  VisitPlanExpected: { personId: PersonId, date: LocalDate, dueAt: Instant },
  VisitPlanOpened: { personId: PersonId, date: LocalDate },
  VisitPlanned: {
    personId: PersonId,
    date: LocalDate,
    visitId: VisitId,
    sequence: z.int().min(1),
    ...plannedVisit,
  },
  PlannedVisitChanged: {
    personId: PersonId,
    date: LocalDate,
    visitId: VisitId,
    window: TimeWindow.optional(),
    purposes: z.array(Purpose).optional(),
    purposeNote: Comment.optional(),
    objective: Objective.optional(),
    reason: Comment,
  },
  PlannedVisitDropped: { personId: PersonId, date: LocalDate, visitId: VisitId, reason: Comment },
  NoVisitsDeclared: { personId: PersonId, date: LocalDate, reason: Comment },
  VisitPlanOverdue: { personId: PersonId, date: LocalDate, dueAt: Instant },
  VisitPlanExcused: { personId: PersonId, date: LocalDate, dueAt: Instant },
  UnplannedVisitNoted: { personId: PersonId, date: LocalDate, visitId: VisitId },
  VisitPlanClosed: {
    personId: PersonId,
    date: LocalDate,
    planned: Count,
    completed: Count,
    missed: z.array(VisitId),
    unplanned: Count,
  },
});

/** What each of these events says, in a sentence. */
export const visitPlanSentences: Sentences<typeof visitPlanEvents> = {
  VisitPlanExpected: (d, n) => `A plan of ${d.date} is expected of ${n(d.personId)}.`,
  VisitPlanOpened: (d, n) => `${n(d.personId)} began the plan of ${d.date}.`,
  VisitPlanned: (d, n) =>
    `${n(d.personId)} planned to visit ${d.prospectName ?? n(d.customerId)} on ${d.date} from ${d.window.start} to ${d.window.end} for ${listed(d.purposes)}.`,
  PlannedVisitChanged: (d, n) => `${n(d.personId)} changed a planned visit of ${d.date}: ${d.reason}`,
  PlannedVisitDropped: (d, n) => `${n(d.personId)} dropped a planned visit of ${d.date}: ${d.reason}`,
  NoVisitsDeclared: (d, n) => `${n(d.personId)} makes no visits on ${d.date}: ${d.reason}`,
  VisitPlanOverdue: (d, n) => `The plan of ${d.date} by ${n(d.personId)} is overdue.`,
  VisitPlanExcused: (d, n) => `${n(d.personId)} need not plan ${d.date}.`,
  UnplannedVisitNoted: (d, n) => `${n(d.personId)} made a visit that was not on the plan of ${d.date}.`,
  VisitPlanClosed: (d, n) =>
    `The ${d.date} of ${n(d.personId)} is over: ${d.completed} of ${d.planned} planned visits, ${d.unplanned} more.`,
};
