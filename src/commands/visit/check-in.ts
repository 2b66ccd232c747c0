import { z } from 'zod';
import { absent, reject, to, unknown } from '../../engine/decision.ts';
import { addDays, addHours, instantAt, minutesLate } from '../../engine/instant.ts';
import {
  Comment,
  CustomerId,
  Geo,
  Instant,
  Line,
  LocalDate,
  occurred,
  PersonId,
  VisitId,
} from '../../events/values.ts';
import { MissedReason, visitEvents } from '../../events/visit.ts';
import { visitPlanEvents } from '../../events/visit-plan.ts';
import { claim, claimed, isHeldByOther, released } from '../claim.ts';
import { customer, isRegistered } from '../customer/state.ts';
import { policy, policyOn, policyVersionOn } from '../policy.ts';
import { visitPlan } from '../visit-plan/state.ts';
import { distanceM } from './distance.ts';
import { outcomeOf } from './effectiveness.ts';
import { ofVisit, visitUnknown } from './record.ts';
import { visit } from './state.ts';

const { VisitStarted, VisitEnded, VisitMissed, VisitLeftOpen } = visitEvents;
const { UnplannedVisitNoted } = visitPlanEvents;

const openVisit = 'open-visit';
/** How long a visit may still be open that is entered after its day. */
const lateHours = 12;

export const startVisit = visit.command({
  name: 'StartVisit',
  summary: 'Check in at a customer or prospect; a visit that is not on the plan of the day needs a reason.',
  permission: 'visit:write',
  path: '/visits/:visitId/start',
  input: {
    visitId: VisitId,
    personId: PersonId,
    customerId: CustomerId.optional(),
    prospectName: Line.optional().describe('Who is visited, when it is no customer yet.'),
    unplannedReason: Comment.optional().describe('Why a visit is made that is not on the plan of the day.'),
    geo: Geo.optional(),
    offline: z.boolean().default(false).describe('Whether the device was offline and sends it later.'),
    deviceAt: Instant.optional().describe('What the device’s clock shows as it sends this.'),
    ...occurred,
  },
  emits: ['VisitStarted', 'Claimed', 'UnplannedVisitNoted'],
  rejects: {
    visitOfAnother: 'A visit of this id belongs to somebody else.',
    visitOver: 'The visit is over.',
    visitedWhomMissing: 'A visit needs either a customer or the name of a prospect.',
    customerUnknown: unknown('There is no such customer.'),
    visitedWhomDiffers: 'The visit is planned to somebody else.',
    unplannedReasonMissing: 'A visit that is not on the plan of the day needs a reason.',
    anotherVisitOpen: 'Another visit of this person is open.',
  },
  reads: ({ personId, customerId }, _, { today }) => ({
    plan: visitPlan.ref(personId, today),
    openVisit: claim.ref(openVisit, personId),
    customer: customerId ? customer.ref(customerId) : undefined,
  }),
  decide: (state, input, { reads, today, now, occurredAt, timeZone }) => {
    const { visitId, personId, customerId, prospectName, unplannedReason, geo, offline, deviceAt } = input;
    if (state.personId !== undefined && state.personId !== personId) return reject('visitOfAnother');
    if (state.status === 'open') return [];
    if (state.status !== 'absent') return reject('visitOver');
    if ((customerId === undefined) === (prospectName === undefined)) {
      return reject('visitedWhomMissing', [
        { pointer: '/customerId', detail: 'Give customerId or prospectName.' },
      ]);
    }
    if (reads.customer && !isRegistered(reads.customer)) return reject('customerUnknown');
    const planned = reads.plan.visits.find((entry) => entry.visitId === visitId);
    if (planned && planned.customerId !== customerId) return reject('visitedWhomDiffers');
    if (!planned && !unplannedReason) {
      return reject('unplannedReasonMissing', [
        { pointer: '/unplannedReason', detail: 'Say why you make it.' },
      ]);
    }
    if (isHeldByOther(reads.openVisit, visitId)) return reject('anotherVisitOpen');
    const dayEnd = instantAt(addDays(today, 1), '00:00', timeZone);
    const place = reads.customer?.profile.geo;
    const started = VisitStarted({
      visitId,
      personId,
      customerId: customerId ?? null,
      date: today,
      prospectName,
      planned: planned !== undefined,
      unplannedReason,
      startedAt: occurredAt,
      geo,
      distanceM: geo && place && distanceM(geo, place),
      offline,
      deviceAt,
      clockSkewMs: deviceAt ? Date.parse(deviceAt) - Date.parse(now) : undefined,
      leftOpenAt: dayEnd > now ? dayEnd : addHours(now, lateHours),
    });
    const opened = claimed(openVisit, personId, visitId);
    if (planned) return [started, opened];
    const noted = UnplannedVisitNoted({ personId, date: today, visitId });
    return [started, opened, to(visitPlan.ref(personId, today), noted)];
  },
});

export const endVisit = visit.command({
  name: 'EndVisit',
  summary: 'Check out; the effectiveness rule in force says what the visit came to.',
  permission: 'visit:write',
  path: '/visits/:visitId/end',
  input: { visitId: VisitId, geo: Geo.optional(), ...occurred },
  emits: ['VisitEnded', 'Released'],
  rejects: {
    ...visitUnknown,
    visitMissed: 'The visit did not happen.',
    endBeforeStart: 'A visit ends after it starts.',
  },
  subject: ofVisit,
  reads: (_, { personId }) => ({
    policy: policy.ref(),
    openVisit: personId === undefined ? undefined : claim.ref(openVisit, personId),
  }),
  decide: (state, { visitId, geo }, { reads, occurredAt }) => {
    const { status, personId, customerId, date, planned, startedAt } = state;
    if (status === 'absent' || personId === undefined) return reject('visitUnknown');
    if (status === 'missed') return reject('visitMissed');
    if (status === 'ended') return [];
    if (occurredAt < startedAt) {
      return reject('endBeforeStart', [
        { pointer: '/occurredAt', detail: `The visit began at ${startedAt}.` },
      ]);
    }
    const minutes = minutesLate(startedAt, occurredAt);
    const ended = VisitEnded({
      visitId,
      personId,
      customerId,
      date,
      planned,
      startedAt,
      endedAt: occurredAt,
      minutes,
      geo,
      outcome: outcomeOf({ ...state, minutes }, policyOn(reads.policy, 'visit-effectiveness', date)),
      ruleVersion: policyVersionOn(reads.policy, 'visit-effectiveness', date),
    });
    return reads.openVisit?.holder === visitId ? [ended, released(openVisit, personId, visitId)] : [ended];
  },
});

export const markVisitMissed = visit.command({
  name: 'MarkVisitMissed',
  summary: 'Say why a planned visit did not happen.',
  permission: 'visit:write',
  path: '/visits/:visitId/mark-missed',
  input: {
    visitId: VisitId,
    personId: PersonId,
    date: LocalDate,
    reason: MissedReason,
    note: Comment.optional(),
    ...occurred,
  },
  emits: ['VisitMissed'],
  rejects: {
    visitNotPlanned: absent('There is no such visit on the plan of that day.'),
    visitBegun: 'The visit has begun.',
    dayNotBegun: 'The day has not begun; drop the visit from the plan.',
  },
  reads: ({ personId, date }) => ({ plan: visitPlan.ref(personId, date) }),
  decide: (state, { visitId, personId, date, reason, note }, { reads, today }) => {
    const planned = reads.plan.visits.find((entry) => entry.visitId === visitId);
    if (!planned) return reject('visitNotPlanned');
    if (state.status === 'missed') return [];
    if (state.status !== 'absent') return reject('visitBegun');
    if (date > today) return reject('dayNotBegun');
    return [VisitMissed({ visitId, personId, customerId: planned.customerId ?? null, date, reason, note })];
  },
});

export const flagVisitLeftOpen = visit.command({
  name: 'FlagVisitLeftOpen',
  summary: 'Note that nobody checked out of a visit by the end of its day; no time of its end is made up.',
  permission: 'system:act',
  path: '/visits/:visitId/flag-left-open',
  input: { visitId: VisitId, ...occurred },
  emits: ['VisitLeftOpen', 'Released'],
  rejects: {},
  subject: ofVisit,
  reads: (_, { personId }) => ({
    openVisit: personId === undefined ? undefined : claim.ref(openVisit, personId),
  }),
  decide: (state, { visitId }, { occurredAt }) => {
    const { status, personId, customerId, date, startedAt, leftOpenAt } = state;
    if (status !== 'open' || personId === undefined || occurredAt < leftOpenAt) return [];
    const leftOpen = VisitLeftOpen({ visitId, personId, customerId, date, startedAt, leftOpenAt });
    return [leftOpen, released(openVisit, personId, visitId)];
  },
});
