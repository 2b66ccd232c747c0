import { z } from 'zod';
import { list } from '../engine/list.ts';
import { nothing, query } from '../engine/query.ts';
import { readModel } from '../engine/read-model.ts';
import { ContactRole } from '../events/customer.ts';
import {
  ComplaintId,
  ContactId,
  CustomerId,
  Geo,
  Instant,
  LocalDate,
  LocalTime,
  OrderId,
  PersonId,
  VisitId,
} from '../events/values.ts';
import {
  CorrectionSubject,
  customerDevelopment,
  customerOpinion,
  MissedReason,
  negotiationResult,
  VisitExceptionKind,
  VisitOutcome,
  visitEvents,
} from '../events/visit.ts';
import { Purpose, visitPlanEvents } from '../events/visit-plan.ts';
import { competitorObservation } from './competitor-observation.ts';
import { isVisible } from './visible.ts';

const VisitState = z
  .enum(['planned', 'open', 'left_open', 'ended', 'missed'])
  .describe('Where the visit stands; left_open when nobody checked out on its day.');
const Met = z.object({ contactId: ContactId.nullable(), name: z.string().nullable(), role: ContactRole });
const Correction = z.object({
  subject: CorrectionSubject,
  text: z.string(),
  reason: z.string(),
  correctedAt: Instant,
});

const row = {
  visitId: VisitId,
  personId: PersonId,
  date: LocalDate,
  customerId: CustomerId.nullable(),
  prospectName: z.string().nullable().describe('Who is visited, when it is no customer yet.'),
  state: VisitState,
  planned: z.boolean().describe('Whether it was on the plan of the day.'),
  unplannedReason: z.string().nullable().describe('Why it was made without being on the plan.'),
  windowStart: LocalTime.nullable().describe('Start of the planned window.'),
  windowEnd: LocalTime.nullable().describe('End of the planned window.'),
  purposes: z.array(Purpose).describe('What it was planned for.'),
  startedAt: Instant.nullable().describe('When it began.'),
  endedAt: Instant.nullable().describe('When it ended.'),
  minutes: z.int().nullable().describe('How long it took.'),
  geo: Geo.nullable().describe('Where it began.'),
  distanceM: z.int().nullable().describe('Metres from where the customer is to where it began.'),
  offline: z.boolean().describe('Whether it was entered on a device without a connection.'),
  clockSkewMs: z.bigint().nullable().describe('Milliseconds by which the device’s clock was ahead of ours.'),
  outcome: VisitOutcome.nullable(),
  ruleVersion: z.int().nullable().describe('Version of the effectiveness rule; 0 is the default.'),
  results: z.array(z.object(negotiationResult)).describe('What came of each purpose.'),
  met: z.array(Met).describe('Who was met.'),
  decisionMakerMet: z.boolean().describe('Whether a decision maker or influencer was met.'),
  orderIds: z.array(OrderId).describe('The orders that came of it.'),
  ordersCount: z.int().describe('Number of orders that came of it.'),
  complaintIds: z.array(ComplaintId).describe('The complaints that came up.'),
  collectedMinor: z.bigint().describe('Money collected, in minor units.'),
  promisedMinor: z.bigint().describe('Money promised, in minor units.'),
  costMinor: z.bigint().describe('What it cost, mileage included, in minor units.'),
  currency: z.string().nullable().describe('Currency of its money; null while there is none.'),
  opinions: z.array(z.object(customerOpinion)).describe('What the customer thinks.'),
  developments: z.array(z.object(customerDevelopment)).describe('What has changed at the customer.'),
  exceptions: z.array(VisitExceptionKind).describe('What was approved as out of the ordinary.'),
  corrections: z.array(Correction).describe('What was corrected afterwards, in order.'),
  missedReason: MissedReason.nullable(),
  missedNote: z.string().nullable().describe('What else there is to say about missing it.'),
};
type Row = z.output<z.ZodObject<typeof row>>;

const blank = (
  known: Pick<Row, 'visitId' | 'personId' | 'date' | 'customerId' | 'state' | 'planned'>,
): Row => ({
  ...known,
  prospectName: null,
  unplannedReason: null,
  windowStart: null,
  windowEnd: null,
  purposes: [],
  startedAt: null,
  endedAt: null,
  minutes: null,
  geo: null,
  distanceM: null,
  offline: false,
  clockSkewMs: null,
  outcome: null,
  ruleVersion: null,
  results: [],
  met: [],
  decisionMakerMet: false,
  orderIds: [],
  ordersCount: 0,
  complaintIds: [],
  collectedMinor: 0n,
  promisedMinor: 0n,
  costMinor: 0n,
  currency: null,
  opinions: [],
  developments: [],
  exceptions: [],
  corrections: [],
  missedReason: null,
  missedNote: null,
});

const key = ({ data }: { readonly data: { readonly visitId: string } }) => ({ visitId: data.visitId });
const ofVisit = ({
  visitId,
  personId,
  date,
  customerId,
}: Pick<Row, 'visitId' | 'personId' | 'date' | 'customerId'>) => ({ visitId, personId, date, customerId });
const decides = ['decision_maker', 'influencer'];

/** Whether a row is still nothing but part of this plan: another plan with the same id changes nothing. */
const isPlan = (visit: Row | undefined, { personId, date }: Pick<Row, 'personId' | 'date'>): visit is Row =>
  visit?.state === 'planned' && visit.personId === personId && visit.date === date;

/** The visits: planned, going on, made and missed. */
export const visit = readModel({
  name: 'visit',
  version: 1,
  summary: 'The visits: planned, going on, made and missed, with everything recorded about them.',
  key: ['visitId'],
  indexes: [['personId', 'date'], ['customerId', 'date'], ['date']],
  row,
  of: { ...visitEvents, ...visitPlanEvents },
  on: {
    VisitPlanned: {
      key,
      row: (former, { data }) =>
        former ?? {
          ...blank({
            visitId: data.visitId,
            personId: data.personId,
            date: data.date,
            customerId: data.customerId ?? null,
            state: 'planned',
            planned: true,
          }),
          prospectName: data.prospectName ?? null,
          windowStart: data.window.start,
          windowEnd: data.window.end,
          purposes: data.purposes,
        },
    },
    PlannedVisitChanged: {
      key,
      row: (former, { data }) =>
        isPlan(former, data)
          ? {
              ...former,
              windowStart: data.window?.start ?? former.windowStart,
              windowEnd: data.window?.end ?? former.windowEnd,
              purposes: data.purposes ?? former.purposes,
            }
          : former,
    },
    PlannedVisitDropped: {
      key,
      row: (former, { data }) => (isPlan(former, data) ? undefined : former),
    },
    VisitPlanClosed: {
      key: ({ data }) => data.missed.map((visitId) => ({ visitId })),
      row: (former, { data }) => (isPlan(former, data) ? { ...former, state: 'missed' } : former),
    },
    VisitStarted: {
      key,
      row: (former, { data }) => ({
        ...(former ?? blank({ ...ofVisit(data), state: 'open', planned: data.planned })),
        personId: data.personId,
        date: data.date,
        customerId: data.customerId,
        prospectName: data.prospectName ?? former?.prospectName ?? null,
        state: 'open',
        planned: data.planned,
        unplannedReason: data.unplannedReason ?? null,
        startedAt: data.startedAt,
        geo: data.geo ?? null,
        distanceM: data.distanceM ?? null,
        offline: data.offline,
        clockSkewMs: data.clockSkewMs === undefined ? null : BigInt(data.clockSkewMs),
      }),
    },
    VisitPersonMet: {
      key,
      change: (former, { data, stored: { contactId = null, name = null, role } = data }) => ({
        ...former,
        met: [...former.met, { contactId, name, role }],
        decisionMakerMet: former.decisionMakerMet || decides.includes(role),
      }),
    },
    NegotiationResultRecorded: {
      key,
      change: (former, { data: { visitId: _, personId: __, customerId: ___, date: ____, ...result } }) => ({
        ...former,
        results: [...former.results.filter(({ purpose }) => purpose !== result.purpose), result],
      }),
    },
    OrderLinked: {
      key,
      change: (former, { data }) => ({
        ...former,
        orderIds: [...former.orderIds, data.orderId],
        ordersCount: former.ordersCount + 1,
      }),
    },
    CollectionRecorded: {
      key,
      change: (former, { data: { amount, promisedBy } }) => {
        const money = promisedBy === undefined ? 'collectedMinor' : 'promisedMinor';
        return {
          ...former,
          currency: amount.currency,
          [money]: former[money] + BigInt(amount.amountMinor),
        };
      },
    },
    ComplaintLinked: {
      key,
      change: (former, { data }) => ({
        ...former,
        complaintIds: [...former.complaintIds, data.complaintId],
      }),
    },
    CustomerOpinionRecorded: {
      key,
      change: (former, { data: { topic, productId, sentiment, text } }) => ({
        ...former,
        opinions: [...former.opinions, { topic, productId, sentiment, text }],
      }),
    },
    CustomerDevelopmentRecorded: {
      key,
      change: (former, { data: { kind, text } }) => ({
        ...former,
        developments: [...former.developments, { kind, text }],
      }),
    },
    VisitCostRecorded: {
      key,
      change: (former, { data: { total } }) => ({
        ...former,
        currency: total.currency,
        costMinor: former.costMinor + BigInt(total.amountMinor),
      }),
    },
    VisitEnded: {
      key,
      change: (former, { data }) => ({
        ...former,
        state: 'ended',
        endedAt: data.endedAt,
        minutes: data.minutes,
        outcome: data.outcome,
        ruleVersion: data.ruleVersion,
      }),
    },
    VisitMissed: {
      key,
      row: (former, { data }) => ({
        ...(former ?? blank({ ...ofVisit(data), state: 'missed', planned: true })),
        state: 'missed',
        missedReason: data.reason,
        missedNote: data.note ?? null,
      }),
    },
    VisitExceptionApproved: {
      key,
      change: (former, { data }) => ({
        ...former,
        exceptions: [...former.exceptions, data.kind],
        outcome: data.outcome ?? former.outcome,
        ruleVersion: data.ruleVersion ?? former.ruleVersion,
      }),
    },
    VisitCorrected: {
      key,
      change: (former, { data: { subject, text, reason }, occurredAt }) => ({
        ...former,
        corrections: [...former.corrections, { subject, text, reason, correctedAt: occurredAt }],
      }),
    },
    VisitLeftOpen: { key, change: (former) => ({ ...former, state: 'left_open' }) },
  },
});

export const listVisits = list({
  name: 'ListVisits',
  summary: 'List visits, newest first.',
  permission: 'visit:read',
  path: '/visits',
  of: visit,
  scope: { person: 'personId', day: 'date' },
  filters: [
    'visitId',
    'personId',
    'customerId',
    'date',
    'state',
    'planned',
    'outcome',
    'missedReason',
    'decisionMakerMet',
    'ordersCount',
    'minutes',
    'distanceM',
    'offline',
    'currency',
    'startedAt',
  ],
  search: ['prospectName'],
  sorts: ['date', 'startedAt', 'minutes', 'costMinor'],
  descending: true,
  groups: ['personId', 'customerId', 'date', 'state', 'planned', 'outcome', 'missedReason', 'currency'],
  sums: ['minutes', 'ordersCount', 'collectedMinor', 'promisedMinor', 'costMinor'],
});

export const getVisit = query({
  name: 'GetVisit',
  summary: 'Get a visit with everything recorded about it.',
  permission: 'visit:read',
  path: '/visits/:visitId',
  input: { visitId: VisitId },
  output: visit.row.extend({ competitorObservations: z.array(competitorObservation.row) }),
  reads: [visit, competitorObservation],
  answer: async (db, { visitId }, asker) => {
    const found = await db.selectFrom('visit').selectAll().where('visitId', '=', visitId).executeTakeFirst();
    if (!found || !isVisible(asker, found.personId, found.date)) return nothing;
    const competitorObservations = await db
      .selectFrom('competitor_observation')
      .selectAll()
      .where('visitId', '=', visitId)
      .orderBy('observedAt')
      .orderBy('observationId')
      .execute();
    return { ...found, competitorObservations };
  },
});
