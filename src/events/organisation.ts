import { z } from 'zod';
import { events } from '../engine/event.ts';
import { Role } from './permission.ts';
import { listed, type Sentences, words } from './sentence.ts';
import {
  ChannelId,
  Comment,
  Currency,
  DelegationId,
  Line,
  LocalDate,
  LocalTime,
  PersonId,
  PositionId,
  RegionId,
  UnitId,
} from './values.ts';

export const TimeZone = z
  .string()
  .max(64)
  .refine((name) => {
    try {
      Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
      return /^[A-Z]/.test(name);
    } catch {
      return false;
    }
  }, 'There is no such IANA time zone.')
  .describe('An IANA time zone, such as Europe/Berlin.');

/** What holds for the whole organisation. */
export const configuration = {
  name: Line.describe('Name of the organisation.'),
  timeZone: TimeZone,
  reportingCurrency: Currency.describe('The currency in which figures are added up, ISO 4217.'),
  weekStart: z.int().min(1).max(7).describe('ISO weekday on which a week begins: 1 is Monday.'),
  dailyReportDue: LocalTime.describe('When the report of a day is due, on that day.'),
  weeklyReportDue: z
    .object({ isoWeekday: z.int().min(1).max(7), time: LocalTime })
    .describe('When the report of a week is due: ISO weekday and time.'),
  monthlyReviewDueWorkingDay: z
    .int()
    .min(1)
    .max(20)
    .describe('Working day of the next month on which the review of a month is due.'),
};

export const UnitKind = z
  .enum(['company', 'region', 'office', 'team', 'department'])
  .describe('What kind of unit it is.');
export const Specialisation = z
  .enum([
    'field_sales',
    'key_account',
    'inside_sales',
    'dealer_support',
    'collections',
    'customer_service',
    'marketing',
    'other',
  ])
  .describe('What the position concentrates on.');
export const DocumentKind = z
  .enum(['visit-plan', 'daily-report'])
  .describe('A kind of document that is signed.');
export type DocumentKind = z.output<typeof DocumentKind>;
export const FullTimeBp = z.int().min(1).max(10_000).describe('Share of full time in basis points.');

export const EmploymentEndReason = z
  .enum(['resigned', 'dismissed', 'retired', 'transferred', 'contract_end'])
  .describe('Why an employment ended.');

const Until = LocalDate.nullable()
  .default(null)
  .describe('First day on which it no longer holds; null while no end is known.');
const Since = LocalDate.describe('First day of the interval that ends here.');

/**
 * Stored for ever. Add fields as optional, add events freely, rename nothing.
 * Intervals begin on `from` and end before `to`; what ends `on` a day no longer holds on it.
 */
export const organisationEvents = events({
  OrganisationConfigured: configuration,
  OrgUnitCreated: {
    unitId: UnitId,
    code: Line,
    name: Line,
    kind: UnitKind,
    parentId: UnitId.nullable(),
    regionId: RegionId.optional(),
    from: LocalDate,
  },
  OrgUnitMoved: {
    unitId: UnitId,
    newParentId: UnitId,
    from: LocalDate,
    to: Until,
    formerFrom: Since,
  },
  OrgUnitHeadAppointed: {
    unitId: UnitId,
    positionId: PositionId,
    from: LocalDate,
    to: Until,
    formerFrom: Since.nullable(),
  },
  OrgUnitDissolved: { unitId: UnitId, from: LocalDate, successorId: UnitId },
  PersonEmployed: { personId: PersonId, employeeNo: Line, from: LocalDate, newcomerUntil: LocalDate },
  PositionAssigned: {
    personId: PersonId,
    positionId: PositionId,
    orgUnitId: UnitId,
    reportsToPositionId: PositionId.nullable(),
    from: LocalDate,
    to: Until,
    primary: z.boolean().default(true).describe('Whether it is the person’s main position.'),
    fteBp: FullTimeBp,
    specialisation: Specialisation,
  },
  AssignmentEnded: { personId: PersonId, positionId: PositionId, from: Since, on: LocalDate },
  RoleGranted: { personId: PersonId, role: Role, from: LocalDate, to: Until },
  RoleRevoked: { personId: PersonId, role: Role, from: Since, on: LocalDate },
  EmploymentEndAnnounced: { personId: PersonId, lastDay: LocalDate, reason: Line },
  EmploymentEnded: {
    personId: PersonId,
    on: LocalDate.describe('Last day of the employment.'),
    reason: EmploymentEndReason,
  },
  SignOffDelegated: {
    delegationId: DelegationId,
    fromPositionId: PositionId,
    toPositionId: PositionId,
    documentKinds: z.array(DocumentKind),
    from: LocalDate,
    to: LocalDate,
    reason: Comment,
  },
  DelegationRevoked: { delegationId: DelegationId, on: LocalDate },
  RegionDefined: { regionId: RegionId, code: Line, name: Line, parentId: RegionId.nullable() },
  RegionRenamed: { regionId: RegionId, name: Line },
  RegionRetired: { regionId: RegionId },
  ChannelDefined: { channelId: ChannelId, code: Line, name: Line },
  ChannelRenamed: { channelId: ChannelId, name: Line },
  ChannelRetired: { channelId: ChannelId },
});

const roleNames: Readonly<Record<Role, string>> = {
  OP: 'operator',
  TM: 'top manager',
  RM: 'regional manager',
  SV: 'supervisor',
  SP: 'salesperson',
  DL: 'dealer',
  AN: 'analyst',
  AU: 'auditor',
  IN: 'integration',
  AD: 'administrator',
  HR: 'human resources',
  DEPT: 'another department',
};

/** What each of these events says, in a sentence. */
export const organisationSentences: Sentences<typeof organisationEvents> = {
  OrganisationConfigured: (d) =>
    `${d.name} was set up in the time zone ${d.timeZone}, reporting in ${d.reportingCurrency}.`,
  OrgUnitCreated: (d) => `The ${d.kind} ${d.name} was created from ${d.from}.`,
  OrgUnitMoved: (d, n) =>
    `${n(d.unitId, 'A unit')} became part of ${n(d.newParentId, 'another unit')} from ${d.from}.`,
  OrgUnitHeadAppointed: (d, n) => `${n(d.unitId, 'A unit')} was given a new head from ${d.from}.`,
  OrgUnitDissolved: (d, n) =>
    `${n(d.unitId, 'A unit')} was dissolved from ${d.from}; ${n(d.successorId, 'another unit')} took its place.`,
  PersonEmployed: (d, n) => `${n(d.personId)} was employed from ${d.from}.`,
  PositionAssigned: (d, n) => `${n(d.personId)} took a position from ${d.from}.`,
  AssignmentEnded: (d, n) => `${n(d.personId)} left a position on ${d.on}.`,
  RoleGranted: (d, n) => `${n(d.personId)} has the role of ${roleNames[d.role]} from ${d.from}.`,
  RoleRevoked: (d, n) => `${n(d.personId)} no longer has the role of ${roleNames[d.role]} from ${d.on}.`,
  EmploymentEndAnnounced: (d, n) => `${n(d.personId)} leaves after ${d.lastDay}: ${d.reason}`,
  EmploymentEnded: (d, n) => `The employment of ${n(d.personId)} ended on ${d.on} (${words(d.reason)}).`,
  SignOffDelegated: (d) =>
    `Signing ${listed(d.documentKinds)} was delegated to another position from ${d.from} until before ${d.to}: ${d.reason}`,
  DelegationRevoked: (d) => `A delegation of signatures was revoked from ${d.on}.`,
  RegionDefined: (d) => `The region ${d.name} was defined.`,
  RegionRenamed: (d) => `A region is now called ${d.name}.`,
  RegionRetired: (d, n) => `The region ${n(d.regionId, 'of a former name')} was retired.`,
  ChannelDefined: (d) => `The channel ${d.name} was defined.`,
  ChannelRenamed: (d) => `A channel is now called ${d.name}.`,
  ChannelRetired: (d, n) => `The channel ${n(d.channelId, 'of a former name')} was retired.`,
};
