import type { EventType } from '../engine/event.ts';
import { calendarEvents } from './calendar.ts';
import { callLogEvents } from './call-log.ts';
import { claimEvents } from './claim.ts';
import { competitorEvents } from './competitor.ts';
import { complaintEvents } from './complaint.ts';
import { customerEvents } from './customer.ts';
import { dailyReportEvents } from './daily-report.ts';
import { documentEvents } from './document.ts';
import { orderEvents } from './order.ts';
import { organisationEvents } from './organisation.ts';
import { personEvents } from './person.ts';
import { policyEvents } from './policy.ts';
import { productEvents } from './product.ts';
import { receivableEvents } from './receivable.ts';
import { targetEvents } from './target.ts';
import { visitEvents } from './visit.ts';
import { visitPlanEvents } from './visit-plan.ts';

/** Every event that the log may hold, by type. */
export const eventTypes: Readonly<Record<string, EventType>> = {
  ...calendarEvents,
  ...callLogEvents,
  ...claimEvents,
  ...competitorEvents,
  ...complaintEvents,
  ...customerEvents,
  ...dailyReportEvents,
  ...documentEvents,
  ...orderEvents,
  ...organisationEvents,
  ...personEvents,
  ...policyEvents,
  ...productEvents,
  ...receivableEvents,
  ...targetEvents,
  ...visitEvents,
  ...visitPlanEvents,
} as never;
