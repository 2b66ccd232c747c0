import { describe, expect, test } from 'vitest';
import { claim } from '../../src/commands/claim.ts';
import { competitor } from '../../src/commands/competitor.ts';
import { complaint } from '../../src/commands/complaint.ts';
import { customer } from '../../src/commands/customer/state.ts';
import { order } from '../../src/commands/order/state.ts';
import { organisation } from '../../src/commands/organisation/state.ts';
import { policy } from '../../src/commands/policy.ts';
import { product } from '../../src/commands/product.ts';
import { receivable } from '../../src/commands/receivable/state.ts';
import {
  endVisit,
  flagVisitLeftOpen,
  markVisitMissed,
  startVisit,
} from '../../src/commands/visit/check-in.ts';
import { distanceM } from '../../src/commands/visit/distance.ts';
import {
  linkComplaint,
  linkOrder,
  recordCollection,
  recordCompetitorObservation,
  recordCustomerDevelopment,
  recordCustomerOpinion,
  recordNegotiationResult,
  recordPersonMet,
  recordVisitCost,
} from '../../src/commands/visit/results.ts';
import { approveVisitException, correctVisit } from '../../src/commands/visit/review.ts';
import { visitPlan } from '../../src/commands/visit-plan/state.ts';
import type { Command } from '../../src/engine/decision.ts';
import type { NewEvent } from '../../src/engine/event.ts';
import { claimEvents } from '../../src/events/claim.ts';
import { complaintEvents } from '../../src/events/complaint.ts';
import { customerEvents } from '../../src/events/customer.ts';
import { orderEvents } from '../../src/events/order.ts';
import { organisationEvents } from '../../src/events/organisation.ts';
import { policyEvents } from '../../src/events/policy.ts';
import { receivableEvents } from '../../src/events/receivable.ts';
import { visitEvents } from '../../src/events/visit.ts';
import { visitPlanEvents } from '../../src/events/visit-plan.ts';
import {
  ann,
  bob,
  competitorId,
  customerId,
  defined,
  eur,
  orderId,
  productId,
  registered,
  rival,
  supervisor,
  taken,
  today,
  yesterday,
} from '../support/commerce.ts';
import { given, idOf } from '../support/given.ts';
import { system } from '../support/organisation.ts';

const {
  VisitStarted,
  VisitPersonMet,
  NegotiationResultRecorded,
  OrderLinked,
  CollectionRecorded,
  ComplaintLinked,
  CompetitorObservationRecorded,
  CustomerOpinionRecorded,
  CustomerDevelopmentRecorded,
  VisitCostRecorded,
  VisitEnded,
  VisitMissed,
  VisitExceptionApproved,
  VisitCorrected,
  VisitLeftOpen,
} = visitEvents;
const { Claimed, Released } = claimEvents;

const visitId = idOf('visit');
const startedAt = '2026-03-02T08:00:00.000Z';
const endedAt = '2026-03-02T08:30:00.000Z';
const leftOpenAt = '2026-03-02T23:00:00.000Z';
const keys = { visitId, personId: ann, customerId, date: today };
const geo = { latE7: 537_960_000, lonE7: -15_470_000, accuracyM: 10, source: 'gps' as const };
const started = VisitStarted({ ...keys, planned: true, startedAt, offline: false, leftOpenAt });
const claimOf = { kind: 'open-visit', key: ann, holder: visitId };
const claimed = Claimed(claimOf);
const ended = VisitEnded({
  ...keys,
  planned: true,
  startedAt,
  endedAt,
  minutes: 30,
  outcome: 'undetermined',
  ruleVersion: 0,
});
const missed = VisitMissed({ ...keys, reason: 'traffic' });
const leftOpen = VisitLeftOpen({ ...keys, startedAt, leftOpenAt });
const planned = visitPlanEvents.VisitPlanned({
  personId: ann,
  date: today,
  visitId,
  sequence: 1,
  window: { start: '09:00', end: '10:00' },
  purposes: ['service'],
  customerId,
});
const success = NegotiationResultRecorded({
  ...keys,
  purpose: 'service',
  achieved: 'partly',
  resultCode: 'agreed',
  summary: 'They try it.',
});
const euros = organisationEvents.OrganisationConfigured({
  name: 'Stave',
  timeZone: 'Europe/Berlin',
  reportingCurrency: 'EUR',
  weekStart: 1,
  dailyReportDue: '18:00',
  weeklyReportDue: { isoWeekday: 1, time: '10:00' },
  monthlyReviewDueWorkingDay: 3,
});
const plan = visitPlan.ref(ann, today);
const claimRef = claim.ref('open-visit', ann);

describe('StartVisit', () => {
  const input = { visitId, personId: ann, customerId };
  const story = (...own: readonly NewEvent[]) => given(...own).and(customer.ref(customerId), registered);

  test('checks in at a planned customer', () => {
    story().and(plan, planned).when(startVisit, input).thenEmits(started, claimed);
  });
  test('says how far from the customer it began', () => {
    const placed = customerEvents.CustomerProfileUpdated({
      customerId,
      geo,
      nameKey: 'a',
      taxKey: null,
    });
    const verdict = given()
      .and(customer.ref(customerId), registered, placed)
      .and(plan, planned)
      .when(startVisit, { ...input, geo: { ...geo, latE7: geo.latE7 + 9_000 } });
    expect(verdict.events[0]?.data).toMatchObject({ distanceM: 100 });
  });
  test('keeps what a device says of its own clock', () => {
    const verdict = story()
      .and(plan, planned)
      .when(startVisit, { ...input, offline: true, deviceAt: '2026-03-02T08:01:30Z' });
    expect(verdict.events[0]?.data).toMatchObject({ offline: true, clockSkewMs: 90_000 });
  });
  test('gives a visit that is entered after its day some hours to be ended', () => {
    const verdict = story()
      .and(plan, planned)
      .when(startVisit, { ...input, occurredAt: startedAt }, { now: '2026-03-03T06:00:00.000Z' });
    expect(verdict.events[0]?.data).toMatchObject({ startedAt, leftOpenAt: '2026-03-03T18:00:00.000Z' });
  });
  test('makes a visit that is not planned with a reason, and tells the plan', () => {
    const unplannedReason = 'I passed by.';
    story()
      .when(startVisit, { ...input, unplannedReason })
      .thenEmits(
        VisitStarted({ ...keys, planned: false, unplannedReason, startedAt, offline: false, leftOpenAt }),
        claimed,
        visitPlanEvents.UnplannedVisitNoted({ personId: ann, date: today, visitId }),
      );
  });
  test('visits a prospect', () => {
    const verdict = given().when(startVisit, {
      visitId,
      personId: ann,
      prospectName: 'Green Gate',
      unplannedReason: 'A new sign.',
    });
    expect(verdict.events[0]?.data).toMatchObject({ customerId: null, prospectName: 'Green Gate' });
  });
  test('says nothing twice', () => {
    story(started).and(plan, planned).when(startVisit, input).thenNothing();
  });
  test('refuses a visit of somebody else', () => {
    story(started)
      .when(startVisit, { ...input, personId: bob })
      .thenRejects('visitOfAnother');
  });
  test('refuses a visit that is over', () => {
    story(started, ended).and(plan, planned).when(startVisit, input).thenRejects('visitOver');
  });
  test('refuses a visit to nobody', () => {
    given().when(startVisit, { visitId, personId: ann }).thenRejects('visitedWhomMissing');
  });
  test('refuses a customer whom nobody has registered', () => {
    given().and(plan, planned).when(startVisit, input).thenRejects('customerUnknown');
  });
  test('refuses somebody else than planned', () => {
    given()
      .and(plan, planned)
      .when(startVisit, { visitId, personId: ann, prospectName: 'Green Gate' })
      .thenRejects('visitedWhomDiffers');
  });
  test('refuses a visit that is not planned without a reason', () => {
    story().when(startVisit, input).thenRejects('unplannedReasonMissing');
  });
  test('refuses a second visit while one is open', () => {
    story()
      .and(plan, planned)
      .and(claimRef, Claimed({ ...claimOf, holder: idOf('other visit') }))
      .when(startVisit, input)
      .thenRejects('anotherVisitOpen');
  });
});

describe('EndVisit', () => {
  const atEnd = { now: endedAt };
  const ending = (...own: readonly NewEvent[]) =>
    given(...own)
      .and(claimRef, claimed)
      .when(endVisit, { visitId }, atEnd);
  const outcome = (...own: readonly NewEvent[]) => ending(started, ...own).events[0]?.data;
  const rule = (document: Readonly<Record<string, unknown>>) =>
    policyEvents.PolicyAdopted({
      policyKey: 'visit-effectiveness',
      policyVersion: 3,
      effectiveFrom: '2026-01-01',
      retroactive: false,
      document,
      docHash: '0'.repeat(64),
    });

  test('checks out and lets the person begin another visit', () => {
    ending(started).thenEmits(ended, Released(claimOf));
  });
  test('is effective when a purpose was achieved', () => {
    expect(outcome(success)).toMatchObject({ outcome: 'effective', ruleVersion: 0, minutes: 30 });
  });
  test('is ineffective when no purpose was achieved', () => {
    const failure = NegotiationResultRecorded({ ...success.data, achieved: 'no', resultCode: 'refused' });
    expect(outcome(failure)).toMatchObject({ outcome: 'ineffective' });
  });
  test('is undetermined without a result', () => {
    expect(outcome()).toMatchObject({ outcome: 'undetermined' });
  });
  test('is ineffective when it was too short', () => {
    const verdict = given(started, success).when(endVisit, { visitId }, { now: '2026-03-02T08:04:59.000Z' });
    expect(verdict.events[0]?.data).toMatchObject({ outcome: 'ineffective', minutes: 4 });
  });
  test('needs a decision maker or something measurable where the policy asks for it', () => {
    const strict = rule({ requiresContact: true });
    const under = (...own: readonly NewEvent[]) =>
      given(started, success, ...own)
        .and(policy.ref(), strict)
        .when(endVisit, { visitId }, atEnd).events[0]?.data;
    const user = VisitPersonMet({ ...keys, name: 'Kim', role: 'user' });
    const decider = VisitPersonMet({ ...keys, name: 'Lee', role: 'decision_maker' });
    expect(under(user)).toMatchObject({ outcome: 'ineffective', ruleVersion: 3 });
    expect(under(user, decider)).toMatchObject({ outcome: 'effective' });
    expect(under(OrderLinked({ ...keys, orderId }))).toMatchObject({ outcome: 'effective' });
    const promised = CollectionRecorded({
      ...keys,
      amount: eur('100'),
      method: 'cash',
      promisedBy: '2026-03-09',
    });
    expect(under(promised)).toMatchObject({ outcome: 'ineffective' });
  });
  test('ends a visit that was left open without touching another one', () => {
    given(started, leftOpen)
      .and(claimRef, claimed, Released(claimOf))
      .when(endVisit, { visitId }, atEnd)
      .thenEmits(ended);
  });
  test('says nothing twice', () => {
    ending(started, ended).thenNothing();
  });
  test('refuses a visit that there is not', () => {
    given().when(endVisit, { visitId }).thenRejects('visitUnknown');
  });
  test('refuses a visit that did not happen', () => {
    given(missed).when(endVisit, { visitId }).thenRejects('visitMissed');
  });
  test('refuses an end before the start', () => {
    given(started)
      .when(endVisit, { visitId, occurredAt: '2026-03-02T07:59:59Z' })
      .thenRejects('endBeforeStart');
  });
});

describe('MarkVisitMissed', () => {
  const input = { visitId, personId: ann, date: today, reason: 'traffic' };

  test('says why a planned visit did not happen', () => {
    given().and(plan, planned).when(markVisitMissed, input).thenEmits(missed);
  });
  test('says nothing twice', () => {
    given(missed).and(plan, planned).when(markVisitMissed, input).thenNothing();
  });
  test('refuses a visit that was not planned', () => {
    given().when(markVisitMissed, input).thenRejects('visitNotPlanned');
  });
  test('refuses a visit that has begun', () => {
    given(started).and(plan, planned).when(markVisitMissed, input).thenRejects('visitBegun');
  });
  test('refuses a day that is to come', () => {
    given()
      .and(plan, planned)
      .when(markVisitMissed, input, { now: '2026-03-01T08:00:00.000Z' })
      .thenRejects('dayNotBegun');
  });
});

describe('FlagVisitLeftOpen', () => {
  const input = { visitId, occurredAt: leftOpenAt };

  test('notes a visit that nobody ended, and makes up no end', () => {
    given(started)
      .and(claimRef, claimed)
      .when(flagVisitLeftOpen, input, system)
      .thenEmits(leftOpen, Released(claimOf));
  });
  test('says nothing twice', () => {
    given(started, leftOpen).when(flagVisitLeftOpen, input, system).thenNothing();
  });
  test('says nothing before the day is over', () => {
    given(started).when(flagVisitLeftOpen, { visitId }, system).thenNothing();
  });
  test('says nothing of a visit that has ended', () => {
    given(started, ended).when(flagVisitLeftOpen, input, system).thenNothing();
  });
});

describe('every record of a visit', () => {
  const records: readonly (readonly [Command, Readonly<Record<string, unknown>>])[] = [
    [recordPersonMet, { name: 'Lee', role: 'user' }],
    [recordNegotiationResult, { purpose: 'service', achieved: 'yes', resultCode: 'agreed', summary: 'Yes.' }],
    [linkOrder, { orderId }],
    [recordCollection, { amount: eur('100'), method: 'cash' }],
    [linkComplaint, { complaintId: idOf('complaint') }],
    [recordCompetitorObservation, { competitorId, kind: 'price', text: 'Cheaper.', confidence: 'low' }],
    [recordCustomerOpinion, { topic: 'Boxes', sentiment: 1, text: 'Solid.' }],
    [recordCustomerDevelopment, { kind: 'expansion', text: 'A new shop.' }],
    [recordVisitCost, { category: 'meal', amount: eur('100') }],
    [approveVisitException, { kind: 'geo', note: 'Met at the fair.' }],
  ];
  for (const [command, input] of records) {
    test(`${command.name} refuses a visit that there is not`, () => {
      given()
        .when(command, { visitId, ...input })
        .thenRejects('visitUnknown');
    });
    test(`${command.name} refuses a visit that did not happen`, () => {
      given(missed)
        .when(command, { visitId, ...input })
        .thenRejects('visitNotOpen');
    });
  }
});

describe('RecordPersonMet', () => {
  const contact = customerEvents.ContactRecorded({
    customerId,
    contactId: idOf('contact'),
    name: 'Lee',
    role: 'decision_maker',
  });
  const input = { visitId, contactId: idOf('contact'), role: 'decision_maker' };
  const met = VisitPersonMet({ ...keys, contactId: idOf('contact'), role: 'decision_maker' });

  test('records a contact of the customer', () => {
    given(started)
      .and(customer.ref(customerId), registered, contact)
      .when(recordPersonMet, input)
      .thenEmits(met);
  });
  test('records somebody by name', () => {
    given(started)
      .when(recordPersonMet, { visitId, name: 'Kim', role: 'user' })
      .thenEmits(VisitPersonMet({ ...keys, name: 'Kim', role: 'user' }));
  });
  test('says nothing twice', () => {
    given(started, met)
      .and(customer.ref(customerId), registered, contact)
      .when(recordPersonMet, input)
      .thenNothing();
  });
  test('refuses nobody', () => {
    given(started).when(recordPersonMet, { visitId, role: 'user' }).thenRejects('metWhomMissing');
  });
  test('refuses a contact whom the customer has not', () => {
    given(started)
      .and(customer.ref(customerId), registered)
      .when(recordPersonMet, input)
      .thenRejects('contactUnknown');
  });
});

describe('RecordNegotiationResult', () => {
  const input = {
    visitId,
    purpose: 'service',
    achieved: 'partly',
    resultCode: 'agreed',
    summary: 'They try it.',
  };
  test('records what came of a purpose', () => {
    given(started).when(recordNegotiationResult, input).thenEmits(success);
  });
  test('refuses a visit that has ended', () => {
    given(started, ended).when(recordNegotiationResult, input).thenRejects('visitNotOpen');
  });
});

describe('LinkOrder', () => {
  const input = { visitId, orderId };
  const linked = OrderLinked({ ...keys, orderId });

  test('says that an order came of the visit', () => {
    given(started).and(order.ref(orderId), taken).when(linkOrder, input).thenEmits(linked);
  });
  test('says nothing twice', () => {
    given(started, linked).and(order.ref(orderId), taken).when(linkOrder, input).thenNothing();
  });
  test('refuses an order that there is not', () => {
    given(started).when(linkOrder, input).thenRejects('orderUnknown');
  });
  test('refuses an order that is cancelled', () => {
    const cancelled = orderEvents.OrderCancelled({ ...taken.data, on: today, reason: 'Too late.' });
    given(started)
      .and(order.ref(orderId), taken, cancelled)
      .when(linkOrder, input)
      .thenRejects('orderCancelled');
  });
  test('refuses an order of another customer', () => {
    given(started)
      .and(order.ref(orderId), orderEvents.OrderTaken({ ...taken.data, customerId: idOf('another') }))
      .when(linkOrder, input)
      .thenRejects('customerDiffers');
  });
});

describe('RecordCollection', () => {
  const invoiceId = idOf('invoice');
  const issued = receivableEvents.InvoiceIssued({
    invoiceId,
    orderId,
    customerId,
    responsible: ann,
    issuedOn: yesterday,
    dueOn: today,
    amount: eur('1000'),
  });
  const input = { visitId, invoiceId, amount: eur('1000'), method: 'cash' };

  test('records money that was collected', () => {
    given(started)
      .and(receivable.ref(invoiceId), issued)
      .when(recordCollection, input)
      .thenEmits(CollectionRecorded({ ...keys, invoiceId, amount: eur('1000'), method: 'cash' }));
  });
  test('refuses another currency than that of the organisation', () => {
    given(started)
      .and(organisation.ref(), euros)
      .when(recordCollection, { visitId, amount: { amountMinor: '1', currency: 'USD' }, method: 'cash' })
      .thenRejects('currencyDiffers');
  });
  test('refuses an invoice that there is not', () => {
    given(started).when(recordCollection, input).thenRejects('invoiceUnknown');
  });
  test('refuses an invoice of another customer', () => {
    given(started)
      .and(
        receivable.ref(invoiceId),
        receivableEvents.InvoiceIssued({ ...issued.data, customerId: idOf('another') }),
      )
      .when(recordCollection, input)
      .thenRejects('customerDiffers');
  });
});

describe('LinkComplaint', () => {
  const complaintId = idOf('complaint');
  const logged = complaintEvents.ComplaintLogged({
    complaintId,
    customerId,
    channel: 'visit',
    category: 'price',
    severity: 2,
    description: 'Too dear.',
  });
  const input = { visitId, complaintId };
  const linked = ComplaintLinked({ ...keys, complaintId });

  test('says that a complaint came up, also after the visit', () => {
    given(started, ended)
      .and(complaint.ref(complaintId), logged)
      .when(linkComplaint, input)
      .thenEmits(linked);
  });
  test('says nothing twice', () => {
    given(started, linked).and(complaint.ref(complaintId), logged).when(linkComplaint, input).thenNothing();
  });
  test('refuses a complaint that there is not', () => {
    given(started).when(linkComplaint, input).thenRejects('complaintUnknown');
  });
  test('refuses a complaint of another customer', () => {
    given(started)
      .and(
        complaint.ref(complaintId),
        complaintEvents.ComplaintLogged({ ...logged.data, customerId: idOf('another') }),
      )
      .when(linkComplaint, input)
      .thenRejects('customerDiffers');
  });
});

describe('RecordCompetitorObservation', () => {
  const observationId = idOf('observation');
  const observed = {
    competitorId,
    kind: 'price' as const,
    productId,
    price: eur('900'),
    text: 'Cheaper.',
    confidence: 'high' as const,
  };
  const recorded = CompetitorObservationRecorded({ ...keys, observationId, ...observed });
  const input = { visitId, observationId, ...observed };

  test('records what was seen of a competitor', () => {
    given(started)
      .and(competitor.ref(competitorId), rival)
      .and(product.ref(productId), defined)
      .when(recordCompetitorObservation, input)
      .thenEmits(recorded);
  });
  test('says nothing twice', () => {
    given(started, recorded).when(recordCompetitorObservation, input).thenNothing();
  });
  test('refuses a competitor whom nobody has registered', () => {
    given(started).when(recordCompetitorObservation, input).thenRejects('competitorUnknown');
  });
  test('refuses a product that there is not', () => {
    given(started)
      .and(competitor.ref(competitorId), rival)
      .when(recordCompetitorObservation, input)
      .thenRejects('productUnknown');
  });
});

describe('RecordCustomerOpinion', () => {
  const opinion = { topic: 'Boxes', sentiment: 1, text: 'Solid.' };

  test('records what the customer thinks', () => {
    given(started)
      .when(recordCustomerOpinion, { visitId, ...opinion })
      .thenEmits(CustomerOpinionRecorded({ ...keys, ...opinion }));
  });
  test('refuses a product that there is not', () => {
    given(started)
      .when(recordCustomerOpinion, { visitId, ...opinion, productId })
      .thenRejects('productUnknown');
  });
});

describe('RecordCustomerDevelopment', () => {
  test('records what has changed at the customer', () => {
    given(started)
      .when(recordCustomerDevelopment, { visitId, kind: 'expansion', text: 'A new shop.' })
      .thenEmits(CustomerDevelopmentRecorded({ ...keys, kind: 'expansion', text: 'A new shop.' }));
  });
});

describe('RecordVisitCost', () => {
  test('adds the mileage at the rate of the policy, also after the visit', () => {
    given(started, ended)
      .when(recordVisitCost, { visitId, category: 'travel', amount: eur('250'), km: 12 })
      .thenEmits(
        VisitCostRecorded({
          ...keys,
          category: 'travel',
          amount: eur('250'),
          km: 12,
          mileageRateMinor: 30,
          total: eur('610'),
        }),
      );
  });
  test('refuses another currency than that of the organisation', () => {
    given(started)
      .and(organisation.ref(), euros)
      .when(recordVisitCost, {
        visitId,
        category: 'meal',
        amount: { amountMinor: '1', currency: 'USD' },
      })
      .thenRejects('currencyDiffers');
  });
});

describe('ApproveVisitException', () => {
  const boss = { actor: { personId: supervisor } };
  const input = { visitId, kind: 'duration', note: 'A short call at the gate.' };
  const short = VisitEnded({ ...ended.data, minutes: 3, outcome: 'ineffective' });
  const approved = VisitExceptionApproved({
    ...keys,
    kind: 'duration',
    approvedBy: supervisor,
    note: 'A short call at the gate.',
    formerOutcome: 'ineffective',
    outcome: 'effective',
    ruleVersion: 0,
  });

  test('makes a short visit effective that achieved its purpose', () => {
    given(started, success, short).when(approveVisitException, input, boss).thenEmits(approved);
  });
  test('says nothing twice', () => {
    given(started, success, short, approved).when(approveVisitException, input, boss).thenNothing();
  });
  test('refuses whoever made the visit', () => {
    given(started, short)
      .when(approveVisitException, input, { actor: { personId: ann } })
      .thenRejects('ownException');
  });
});

describe('CorrectVisit', () => {
  const input = { visitId, subject: 'negotiation', text: 'They bought it.', reason: 'A slip.' };

  test('corrects what was written, beside it', () => {
    given(started, ended)
      .when(correctVisit, input)
      .thenEmits(
        VisitCorrected({ ...keys, subject: 'negotiation', text: 'They bought it.', reason: 'A slip.' }),
      );
  });
  test('refuses a visit that there is not', () => {
    given().when(correctVisit, input).thenRejects('visitUnknown');
  });
  test('refuses a visit that is not over', () => {
    given(started).when(correctVisit, input).thenRejects('visitNotOver');
  });
});

test('a degree of latitude is 111 kilometres', () => {
  expect(distanceM({ latE7: 0, lonE7: 0 }, { latE7: 10_000_000, lonE7: 0 })).toBe(111_195);
  expect(distanceM({ latE7: 0, lonE7: 0 }, { latE7: 0, lonE7: 1_800_000_000 })).toBe(20_015_114);
});
