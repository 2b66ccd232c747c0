import type { DataOf } from '../engine/event.ts';
import { callLogEvents } from '../events/call-log.ts';
import { complaintEvents } from '../events/complaint.ts';
import { customerEvents } from '../events/customer.ts';
import { dailyReportEvents } from '../events/daily-report.ts';
import { documentEvents } from '../events/document.ts';
import { orderEvents } from '../events/order.ts';
import { organisationEvents } from '../events/organisation.ts';
import { personEvents } from '../events/person.ts';
import { receivableEvents } from '../events/receivable.ts';
import { targetEvents } from '../events/target.ts';
import type { Money } from '../events/values.ts';
import { visitEvents } from '../events/visit.ts';
import { visitPlanEvents } from '../events/visit-plan.ts';

const told = {
  ...callLogEvents,
  ...complaintEvents,
  ...customerEvents,
  ...dailyReportEvents,
  ...documentEvents,
  ...orderEvents,
  ...organisationEvents,
  ...personEvents,
  ...receivableEvents,
  ...targetEvents,
  ...visitEvents,
  ...visitPlanEvents,
};
type Told = typeof told;

/** The name of a person, a customer or a competitor, as far as it is known. */
export type NameOf = (id: string | null | undefined) => string;

const fractionDigits = new Map<string, number>();
function digitsOf(currency: string): number {
  const known = fractionDigits.get(currency);
  if (known !== undefined) return known;
  const { maximumFractionDigits = 2 } = new Intl.NumberFormat('en', {
    style: 'currency',
    currency,
  }).resolvedOptions();
  fractionDigits.set(currency, maximumFractionDigits);
  return maximumFractionDigits;
}

/** An amount as people write it: exact, with the digits of its currency. */
export function moneyText({ amountMinor, currency }: Money): string {
  const digits = digitsOf(currency);
  const sign = amountMinor.startsWith('-') ? '-' : '';
  const figures = amountMinor.replace('-', '').padStart(digits + 1, '0');
  const whole = figures.slice(0, figures.length - digits);
  return digits === 0
    ? `${sign}${whole} ${currency}`
    : `${sign}${whole}.${figures.slice(-digits)} ${currency}`;
}

const words = (code: string): string => code.replaceAll('_', ' ');
const listed = (codes: readonly string[]): string => codes.map(words).join(', ');
const because = (reason: string | undefined): string => (reason ? `: ${reason}` : '.');
const late = (minutes: number): string => (minutes > 0 ? `, ${minutes} minutes late` : ', on time');
const bp = (value: number): string => `${value / 100} %`;
const valueText = (value: Money | number): string =>
  typeof value === 'number' ? String(value) : moneyText(value);
const documentName = (data: unknown): string => {
  const { kind } = data as { readonly kind?: string };
  return kind === 'visit-plan' ? 'plan' : kind === 'daily-report' ? 'report' : 'document';
};

/** What happened, told in a sentence. `kind` of a document event is that of its stream. */
const sentences: {
  readonly [T in keyof Told]?: (data: DataOf<Told[T]>, nameOf: NameOf) => string;
} = {
  CallLogged: (d, n) =>
    `${n(d.personId)} talked with ${n(d.customerId)} by ${d.channel}: ${words(d.resultCode)}.`,
  ComplaintLogged: (d, n) =>
    `${n(d.customerId)} complained about ${words(d.category)}, severity ${d.severity}: ${d.description}`,
  ComplaintAcknowledged: (d, n) => `The complaint of ${n(d.customerId)} was acknowledged.`,
  ComplaintAssigned: (d, n) => `The complaint of ${n(d.customerId)} was given to ${n(d.to)}.`,
  ComplaintResolved: (d, n) =>
    `${n(d.handledBy)} resolved the complaint of ${n(d.customerId)} by ${words(d.remedy.kind)}.`,
  ComplaintConfirmed: (d, n) =>
    `${n(d.customerId)} confirmed the remedy, satisfied to ${d.satisfaction} of 5.`,
  ComplaintReopened: (d, n) => `The complaint of ${n(d.customerId)} was opened again: ${d.reason}`,
  ComplaintClosed: (d, n) =>
    `The complaint of ${n(d.customerId)} was closed at a cost of ${moneyText(d.costTotal)}.`,
  CustomerRegistered: (d) => `${d.name} was registered as a customer.`,
  CustomerProfileUpdated: (d, n) => `What is known of ${n(d.customerId)} was updated.`,
  ContactRecorded: (d, n) => `${d.name} was recorded as a contact at ${n(d.customerId)}.`,
  ContactLeft: (d, n) => `A contact left ${n(d.customerId)} on ${d.on}.`,
  OutletOpened: (d) => `Outlet ${d.outletCode} opened on ${d.openedOn}.`,
  OutletClosed: (d) => `Outlet ${d.outletCode} closed on ${d.on}: ${d.reason}`,
  CustomerOwnerAssigned: (d, n) =>
    `${n(d.personId)} took over ${n(d.customerId)} from ${d.from} (${words(d.reason)}).`,
  CustomerReleasedToPool: (d, n) => `${n(d.customerId)} went into the pool: ${d.reason}`,
  VisitFrequencySet: (d, n) =>
    `${n(d.customerId)} is to be visited ${d.visits} times in ${d.windowDays} days.`,
  CustomerPotentialEstimated: (d, n) =>
    `The potential of ${n(d.customerId)} was estimated at ${moneyText(d.annual)} a year.`,
  CustomerFeedbackRecorded: (d, n) => `${n(d.customerId)} said about ${d.topic}: ${d.text}`,
  CustomerLost: (d, n) => `${n(d.customerId)} was lost: ${d.reason}`,
  CustomerReactivated: (d, n) => `${n(d.customerId)} came back.`,
  DailyReportExpected: (d, n) => `A report of ${d.date} is expected of ${n(d.personId)}.`,
  DailyReportFiled: (d, n) =>
    `${n(d.personId)} filed the report of ${d.date}${late(d.latenessMinutes)}: ${d.figures.visitsCompleted} visits, ${d.figures.ordersCount} orders.`,
  DailyReportAmended: (d, n) => `${n(d.personId)} amended the report of ${d.date}${because(d.reason)}`,
  EfficiencyReviewed: (d, n) =>
    `${n(d.reviewerId)} reviewed the ${d.date} of ${n(d.personId)}: ${d.judgement}`,
  DailyReportOverdue: (d, n) => `The report of ${d.date} by ${n(d.personId)} is overdue.`,
  DailyReportMissed: (d, n) => `${n(d.personId)} did not file the report of ${d.date}.`,
  DailyReportExcused: (d, n) => `${n(d.personId)} need not report of ${d.date}.`,
  DocumentSubmitted: (d, n) =>
    `${n(d.authorId)} submitted version ${d.docVersion} of the ${documentName(d)} of ${d.date}${late(d.latenessMinutes)}.`,
  DocumentSignedOff: (d, n) =>
    `${n(d.signerId)} signed the ${documentName(d)} of ${d.date} by ${n(d.authorId)}${d.quality ? ` with ${bp(d.quality.totalBp)}` : ''}${because(d.comment)}`,
  DocumentReturned: (d, n) =>
    `${n(d.signerId)} returned the ${documentName(d)} of ${d.date} to ${n(d.authorId)}: ${d.comment}`,
  SignOffVoided: (d, n) =>
    `${n(d.voidedBy)} voided the signature on the ${documentName(d)} of ${d.date}: ${d.reason}`,
  SignOffOverdue: (d, n) =>
    `The signature on the ${documentName(d)} of ${d.date} by ${n(d.authorId)} is overdue.`,
  OrderTaken: (d, n) => `${n(d.takenBy)} took an order of ${moneyText(d.netTotal)} from ${n(d.customerId)}.`,
  OrderConfirmed: (d, n) => `The order of ${n(d.customerId)} was confirmed.`,
  OrderDelivered: (d, n) => `The order of ${n(d.customerId)} was delivered${d.complete ? '' : ' in part'}.`,
  OrderCancelled: (d, n) =>
    `The order of ${n(d.customerId)} over ${moneyText(d.netTotal)} was cancelled: ${d.reason}`,
  PersonEmployed: (d, n) => `${n(d.personId)} was employed from ${d.from}.`,
  PositionAssigned: (d, n) => `${n(d.personId)} took a position from ${d.from}.`,
  AssignmentEnded: (d, n) => `${n(d.personId)} left a position on ${d.on}.`,
  RoleGranted: (d, n) => `${n(d.personId)} became ${d.role} from ${d.from}.`,
  RoleRevoked: (d, n) => `${n(d.personId)} is no longer ${d.role} from ${d.on}.`,
  EmploymentEndAnnounced: (d, n) => `${n(d.personId)} leaves after ${d.lastDay}: ${d.reason}`,
  EmploymentEnded: (d, n) => `The employment of ${n(d.personId)} ended on ${d.on} (${words(d.reason)}).`,
  PersonRegistered: (d) => `${d.name} was registered.`,
  PersonalDetailsUpdated: (d, n) => `Personal details of ${n(d.personId)} were updated.`,
  AbsenceRecorded: (d, n) => `${n(d.personId)} is away from ${d.from} to ${d.to}.`,
  AbsenceWithdrawn: (d, n) => `An absence of ${n(d.personId)} was withdrawn.`,
  InvoiceIssued: (d, n) => `${n(d.customerId)} was invoiced ${moneyText(d.amount)}, due on ${d.dueOn}.`,
  PaymentReceived: (d, n) => `${n(d.customerId)} paid ${moneyText(d.amount)} by ${words(d.method)}.`,
  PaymentReversed: (d, n) =>
    `A payment of ${moneyText(d.amount)} by ${n(d.customerId)} was reversed: ${d.reason}`,
  TargetAssigned: (d, n) =>
    `${n(d.responsible)} was set a target for ${words(d.measure)} in ${d.period.periodId}: ${valueText(d.value)}.`,
  TargetWithdrawn: (d, n) =>
    `The target of ${n(d.responsible)} for ${words(d.measure)} in ${d.period.periodId} was withdrawn: ${d.reason}`,
  VisitStarted: (d, n) =>
    `${n(d.personId)} began a visit to ${d.prospectName ?? n(d.customerId)}${d.planned ? '' : ' that was not planned'}.`,
  VisitPersonMet: (d) => `The visit met ${d.name ?? 'a contact'}, ${words(d.role)}.`,
  NegotiationResultRecorded: (d) =>
    `${words(d.purpose)}: achieved ${d.achieved}, ${words(d.resultCode)}. ${d.summary}`,
  OrderLinked: (d, n) => `An order of ${n(d.customerId)} came of the visit.`,
  CollectionRecorded: (d, n) =>
    d.promisedBy
      ? `${n(d.customerId)} promised ${moneyText(d.amount)} until ${d.promisedBy}.`
      : `${n(d.personId)} collected ${moneyText(d.amount)} from ${n(d.customerId)}.`,
  ComplaintLinked: (d, n) => `A complaint of ${n(d.customerId)} came up on the visit.`,
  CompetitorObservationRecorded: (d, n) =>
    `${n(d.personId)} observed ${n(d.competitorId)}, ${words(d.kind)}: ${d.text}`,
  CustomerOpinionRecorded: (d, n) => `${n(d.customerId)} on ${d.topic}: ${d.text}`,
  CustomerDevelopmentRecorded: (d, n) => `At ${n(d.customerId)}, ${words(d.kind)}: ${d.text}`,
  VisitCostRecorded: (d) => `The visit cost ${moneyText(d.total)} for ${words(d.category)}.`,
  VisitEnded: (d, n) =>
    `${n(d.personId)} ended the visit to ${n(d.customerId)} after ${d.minutes} minutes: ${d.outcome}.`,
  VisitMissed: (d, n) =>
    `${n(d.personId)} did not visit ${n(d.customerId)} (${words(d.reason)})${because(d.note)}`,
  VisitExceptionApproved: (d, n) => `${n(d.approvedBy)} approved an exception (${d.kind}): ${d.note}`,
  VisitCorrected: (d) => `The record of the visit was corrected, ${words(d.subject)}: ${d.text}`,
  VisitLeftOpen: (d, n) => `${n(d.personId)} did not check out of the visit to ${n(d.customerId)}.`,
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

const plain = (type: string): string => {
  const text = type.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).trim();
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
};

/** One sentence about an event; its type in words where no other is written. */
export function sentenceOf(type: string, data: unknown, nameOf: NameOf): string {
  const tell = sentences[type as keyof Told] as ((data: unknown, nameOf: NameOf) => string) | undefined;
  return tell ? tell(data, nameOf) : plain(type);
}
