import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { NewEvent } from '../../src/engine/event.ts';
import { callLogEvents } from '../../src/events/call-log.ts';
import { customerEvents } from '../../src/events/customer.ts';
import { dailyReportEvents } from '../../src/events/daily-report.ts';
import { documentEvents } from '../../src/events/document.ts';
import { opportunityEvents, type Standing } from '../../src/events/opportunity.ts';
import { orderEvents } from '../../src/events/order.ts';
import { receivableEvents } from '../../src/events/receivable.ts';
import { split } from '../../src/events/split.ts';
import { visitEvents } from '../../src/events/visit.ts';
import { visitPlanEvents } from '../../src/events/visit-plan.ts';
import { customerFact } from '../../src/projections/customer-fact.ts';
import { fact } from '../../src/projections/fact.ts';
import { factDay } from '../../src/projections/fact-day.ts';
import { factMonth } from '../../src/projections/fact-month.ts';
import { planFact } from '../../src/projections/plan-fact.ts';
import { reportFact } from '../../src/projections/report-fact.ts';
import { visitFact } from '../../src/projections/visit-fact.ts';
import { ann, bob, customerId, eur, productId, supervisor } from '../support/commerce.ts';
import { folded, foldedFrom, inStream } from '../support/folded.ts';
import { idOf } from '../support/given.ts';
import { head, opened, standing } from '../support/pipeline.ts';
import { filed } from '../support/report.ts';

const date = '2026-03-02';
const eve = '2026-03-01';
const keys = { personId: ann, date };
const visitId = idOf('visit');
const otherId = idOf('other visit');
const ofVisit = { ...keys, visitId, customerId };

const order = {
  orderId: idOf('order'),
  customerId,
  takenBy: ann,
  orderedOn: date,
  visitId,
  lines: [
    { lineNo: 1, productId, quantity: 2, netAmount: eur('1000'), unitCost: eur('300') },
    { lineNo: 2, productId: idOf('other'), quantity: 1, netAmount: eur('500'), unitCost: null },
  ],
  netTotal: eur('1500'),
};
const taken = orderEvents.OrderTaken(order);
const cancelled = orderEvents.OrderCancelled({ ...order, on: '2026-03-09', reason: 'Too late.' });
const payment = {
  invoiceId: idOf('invoice'),
  orderId: order.orderId,
  customerId,
  responsible: bob,
  issuedOn: date,
  dueOn: '2026-04-01',
  paymentId: idOf('payment'),
  amount: eur('700'),
  receivedOn: '2026-03-05',
  method: 'cash' as const,
};
const ended = visitEvents.VisitEnded({
  ...ofVisit,
  planned: true,
  startedAt: '2026-03-02T08:00:00.000Z',
  endedAt: '2026-03-02T08:30:00.000Z',
  minutes: 30,
  outcome: 'ineffective',
  ruleVersion: 0,
});
const approved = (formerOutcome: 'effective' | 'ineffective', outcome: 'effective' | 'ineffective') =>
  visitEvents.VisitExceptionApproved({
    ...ofVisit,
    kind: 'duration',
    approvedBy: supervisor,
    note: 'At the gate.',
    formerOutcome,
    outcome,
    ruleVersion: 0,
  });

const brief = (rows: readonly Readonly<Record<string, unknown>>[]) =>
  rows.map(({ measure, date: day, numerator, currency }) => [measure, day, numerator, currency]);

describe('facts', () => {
  test('an order adds each line, with its profit only where the cost is known, and is undone when cancelled', () => {
    expect(brief(folded(fact, taken, cancelled))).toEqual([
      ['orders', date, 1n, ''],
      ['net_sales', date, 1000n, 'EUR'],
      ['gross_profit', date, 400n, 'EUR'],
      ['net_sales', date, 500n, 'EUR'],
      ['uncosted_sales', date, 500n, 'EUR'],
      ['orders', '2026-03-09', -1n, ''],
      ['net_sales', '2026-03-09', -1000n, 'EUR'],
      ['gross_profit', '2026-03-09', -400n, 'EUR'],
      ['net_sales', '2026-03-09', -500n, 'EUR'],
      ['uncosted_sales', '2026-03-09', -500n, 'EUR'],
    ]);
  });

  test('a return takes off its part of the lines, on its own day', () => {
    const returned = orderEvents.OrderReturned({
      ...order,
      returnId: idOf('return'),
      on: '2026-03-09',
      reason: 'Broken.',
      lines: [
        {
          ...order.lines[0]!,
          quantity: 1,
          netAmount: eur('500'),
          leftQuantity: 1,
          leftNetAmount: eur('500'),
        },
      ],
    });
    expect(brief(folded(fact, returned))).toEqual([
      ['net_sales', '2026-03-09', -500n, 'EUR'],
      ['gross_profit', '2026-03-09', -200n, 'EUR'],
      ['returned_sales', '2026-03-09', 500n, 'EUR'],
    ]);
  });

  test('an order counts to its takers by their credit, and in each moment the parts sum to what stands', () => {
    const people = [ann, bob, idOf('cid')];
    const credits = (weights: readonly bigint[]) =>
      split(10_000n, weights).map((share, index) => ({
        personId: people[index]!,
        shareBp: Number(share),
      }));
    const weights = fc.array(fc.bigInt({ min: 1n, max: 99n }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 100_000n }),
        fc.integer({ min: 1, max: 20 }),
        weights,
        fc.array(fc.oneof(weights, fc.integer({ min: 1, max: 5 })), { maxLength: 6 }),
        (net, quantity, first, steps) => {
          const line = { lineNo: 1, productId, unitCost: eur('7') };
          const of = (units: number) => ({
            ...line,
            quantity: units,
            netAmount: eur(((net * BigInt(units)) / BigInt(quantity)).toString()),
          });
          let [held, shares] = [quantity, credits(first)];
          const past: NewEvent[] = [
            orderEvents.OrderTaken({ ...order, credits: shares, lines: [of(quantity)] }),
          ];
          for (const step of steps) {
            if (typeof step === 'number') {
              const back = Math.min(step, held);
              if (back === 0) continue;
              const [before, left] = [of(held), of(held - back)];
              const gone = BigInt(before.netAmount.amountMinor) - BigInt(left.netAmount.amountMinor);
              held -= back;
              past.push(
                orderEvents.OrderReturned({
                  ...order,
                  credits: shares,
                  returnId: idOf('return'),
                  on: date,
                  reason: 'Broken.',
                  lines: [
                    {
                      ...line,
                      quantity: back,
                      netAmount: eur(gone.toString()),
                      leftQuantity: held,
                      leftNetAmount: left.netAmount,
                    },
                  ],
                }),
              );
            } else {
              const former = shares;
              shares = credits(step);
              past.push(
                orderEvents.OrderCreditSplit({
                  ...order,
                  credits: shares,
                  formerCredits: former,
                  on: date,
                  reason: 'Agreed.',
                  lines: held > 0 ? [of(held)] : [],
                }),
              );
            }
          }
          const rows = folded(fact, ...past);
          const sum = (measure: string, personId: string) =>
            rows
              .filter((row) => row['measure'] === measure && row['personId'] === personId)
              .reduce((total, row) => total + (row['numerator'] as bigint), 0n);
          const left = BigInt(of(held).netAmount.amountMinor);
          const parts = (amount: bigint) =>
            split(
              amount,
              shares.map(({ shareBp }) => BigInt(shareBp)),
            );
          const expected = (amount: bigint) => people.map((_, index) => parts(amount)[index] ?? 0n);
          expect(people.map((personId) => sum('net_sales', personId))).toEqual(expected(left));
          expect(people.map((personId) => sum('gross_profit', personId))).toEqual(
            expected(left - 7n * BigInt(held)),
          );
        },
      ),
    );
  });

  test('an order with a promise counts on that day, and on time when it was delivered by then', () => {
    const promised = { ...order, promisedOn: '2026-03-05' };
    const delivered = (on: string, complete = true) =>
      orderEvents.OrderDelivered({ ...promised, on, complete });
    const counts = brief(
      folded(
        fact,
        orderEvents.OrderTaken({ ...promised, lines: [order.lines[1]!] }),
        delivered('2026-03-04', false),
        delivered('2026-03-04'),
        delivered('2026-03-06'),
      ),
    );
    expect(counts.filter(([measure]) => String(measure).startsWith('orders_'))).toEqual([
      ['orders_promised', '2026-03-05', 1n, ''],
      ['orders_delivered', '2026-03-04', 1n, ''],
      ['orders_on_time', '2026-03-05', 1n, ''],
      ['orders_delivered', '2026-03-06', 1n, ''],
    ]);
  });

  test('a payment counts for the collector, else for the responsible person, and a reversal on its own day', () => {
    const rows = folded(
      fact,
      receivableEvents.PaymentReceived(payment),
      receivableEvents.PaymentReversed({
        ...payment,
        collectedBy: ann,
        on: '2026-03-20',
        reason: 'Bounced.',
      }),
    );
    expect(rows).toMatchObject([
      { personId: bob, date: '2026-03-05', numerator: 700n },
      { personId: ann, date: '2026-03-20', numerator: -700n },
    ]);
  });

  test('an approved exception changes the number of effective visits by what it changes', () => {
    expect(brief(folded(fact, ended, approved('ineffective', 'effective')))).toEqual([
      ['visits', date, 1n, ''],
      ['effective_visits', date, 1n, ''],
    ]);
    expect(folded(fact, ended, approved('effective', 'effective'))).toHaveLength(1);
    expect(folded(fact, approved('effective', 'ineffective'))).toMatchObject([{ numerator: -1n }]);
  });

  test('costs hold the mileage, and kilometres count by themselves', () => {
    const cost = visitEvents.VisitCostRecorded({
      ...ofVisit,
      category: 'travel',
      amount: eur('250'),
      km: 10,
      mileageRateMinor: 30,
      total: eur('550'),
    });
    expect(brief(folded(fact, cost))).toEqual([
      ['visit_cost', date, 550n, 'EUR'],
      ['mileage_km', date, 10n, ''],
    ]);
  });

  const call = callLogEvents.CallLogged({
    ...keys,
    callId: idOf('call'),
    calledAt: '2026-03-02T09:00:00.000Z',
    customerId,
    direction: 'outgoing',
    channel: 'phone',
    seconds: 60,
    resultCode: 'reached',
  });

  test('a day sums by person, measure and currency, and keeps what belongs to nobody', () => {
    const opened = customerEvents.OutletOpened({
      customerId,
      outletCode: 'A',
      openedOn: date,
      ownerId: null,
    });
    const rows = folded(factDay, taken, cancelled, call, call, opened);
    const sum = (measure: string, day: string) =>
      rows.find((row) => row['measure'] === measure && row['date'] === day)?.['numerator'];
    expect(sum('net_sales', date)).toBe(1500n);
    expect(sum('net_sales', '2026-03-09')).toBe(-1500n);
    expect(sum('calls', date)).toBe(2n);
    expect(rows.find((row) => row['measure'] === 'new_outlets')).toMatchObject({
      personId: '00000000-0000-0000-0000-000000000000',
    });
  });

  test('are summed by calendar month to what their days are', () => {
    const days = folded(factDay, taken, cancelled, call, call);
    const months = folded(factMonth, taken, cancelled, call, call);
    expect(months.find((row) => row['measure'] === 'net_sales')).toMatchObject({
      month: '2026-03-01',
      numerator: 0n,
    });
    for (const { measure, numerator } of months) {
      const ofMeasure = days.filter((day) => day['measure'] === measure);
      expect(ofMeasure.reduce((sum, day) => sum + (day['numerator'] as bigint), 0n)).toBe(numerator);
    }
    expect(months.find((row) => row['measure'] === 'calls')?.['numerator']).toBe(2n);
  });
});

describe('what counts once for a visit', () => {
  const linked = visitEvents.OrderLinked({ ...ofVisit, orderId: order.orderId });

  test('is an order, however often it is linked and whether it was taken before or after', () => {
    const expected = [
      { visitId, personId: ann, customerId, date, made: true, ordered: true, contracted: false },
    ];
    expect(folded(visitFact, taken, linked, linked, ended)).toMatchObject(expected);
    expect(folded(visitFact, ended, taken)).toMatchObject(expected);
  });

  test('is nothing while the visit is not over', () => {
    expect(folded(visitFact, linked)).toMatchObject([{ made: false, ordered: true }]);
  });
});

describe('what counts once for a visit plan', () => {
  const stream = `visit-plan/${ann}/${date}`;
  const of = { authorId: ann, date };
  const planned = (id: string) =>
    visitPlanEvents.VisitPlanned({
      ...keys,
      visitId: id,
      sequence: 1,
      window: { start: '09:00', end: '10:00' },
      purposes: ['service'],
      customerId,
    });
  const dropped = visitPlanEvents.PlannedVisitDropped({ ...keys, visitId: otherId, reason: 'Closed.' });
  const submitted = (docVersion: number, latenessMinutes = 0) =>
    documentEvents.DocumentSubmitted({
      ...of,
      docVersion,
      dueAt: '2026-03-02T08:00:00.000Z',
      latenessMinutes,
      completenessBp: 10_000,
      signOffDueAt: '2026-03-03T08:00:00.000Z',
    });
  const hash = '0'.repeat(64);
  const signed = (effectiveOn: string) =>
    documentEvents.DocumentSignedOff(
      { ...of, docVersion: 1, docHash: hash, signerId: supervisor, previous: null, chainHash: hash },
      { effectiveOn },
    );
  const voided = (effectiveOn: string) =>
    documentEvents.SignOffVoided(
      {
        ...of,
        docVersion: 1,
        chainHash: hash,
        voidedBy: supervisor,
        reason: 'By mistake.',
        signOffDueAt: '2026-03-03T08:00:00.000Z',
      },
      { effectiveOn },
    );
  const planAfter = (...events: Parameters<typeof inStream>[2][]) =>
    foldedFrom(planFact, inStream(stream, 0, ...events))[0];
  const two = [planned(visitId), planned(otherId), submitted(1)];

  test('are the visits of the version signed before the day, of which some were made', () => {
    expect(planAfter(...two, signed(eve), ended)).toMatchObject({
      submitted: true,
      onTime: true,
      plannedVisits: 2,
      plannedVisitsMade: 1,
    });
  });

  test('are none while the plan is not signed, or when it is signed after its day', () => {
    expect(planAfter(...two, ended)).toMatchObject({ plannedVisits: 0, plannedVisitsMade: 0 });
    expect(planAfter(...two, ended, signed('2026-03-03'))).toMatchObject({ plannedVisits: 0 });
  });

  test('are those of the first version signed on the day; what a later one adds is not planned', () => {
    const third = idOf('third');
    const one = [planned(visitId), submitted(1), signed(date)];
    expect(planAfter(...one, planned(third), submitted(2), signed(date))).toMatchObject({
      inForce: [{ visitId }],
    });
  });

  test('are less by a drop, once the version with it is signed', () => {
    expect(planAfter(...two, signed(eve), dropped)).toMatchObject({ plannedVisits: 2 });
    expect(planAfter(...two, signed(eve), dropped, submitted(2), signed(date))).toMatchObject({
      plannedVisits: 1,
    });
  });

  test('are none after a signature is voided before the day, and stay when that is later', () => {
    expect(planAfter(...two, signed(eve), voided(eve))).toMatchObject({ plannedVisits: 0 });
    expect(planAfter(...two, signed(eve), voided(date))).toMatchObject({ plannedVisits: 2 });
  });

  test('are begun in the order of their windows as far as the longest common sequence goes', () => {
    const on = (id: string, start: string) =>
      visitPlanEvents.VisitPlanned({ ...planned(id).data, visitId: id, window: { start, end: '23:00' } });
    const began = (id: string, hour: number) => ({
      ...ended,
      data: { ...ended.data, visitId: id, startedAt: `${date}T${hour}:00:00.000Z` },
    });
    const [a, b, c, d, e] = ['a', 'b', 'c', 'd', 'e'].map((name) => idOf(name)) as [
      string,
      string,
      string,
      string,
      string,
    ];
    const plan = [on(a, '09:00'), on(b, '10:00'), on(c, '11:00'), on(d, '12:00'), submitted(1), signed(eve)];
    const changed = visitPlanEvents.PlannedVisitChanged({
      ...keys,
      visitId: a,
      window: { start: '13:00', end: '14:00' },
      reason: 'Later.',
    });
    const made = [began(d, 15), began(a, 10), began(e, 11), began(c, 12), began(b, 14)];
    expect(planAfter(...plan, ...made)).toMatchObject({ plannedVisitsMade: 4, plannedVisitsInOrder: 3 });
    expect(planAfter(...plan.slice(0, 4), changed, ...plan.slice(4), ...made)).toMatchObject({
      plannedVisitsInOrder: 2,
    });
  });

  test('are missed when the day is closed, unless they are made after all', () => {
    const closed = visitPlanEvents.VisitPlanClosed({
      ...keys,
      planned: 2,
      completed: 0,
      missed: [visitId, otherId],
      unplanned: 0,
    });
    expect(planAfter(...two, closed)).toMatchObject({ missedVisits: 2 });
    expect(planAfter(...two, closed, ended)).toMatchObject({ missedVisits: 1 });
  });

  test('is due when it is expected, unless excused, and in time by its first version', () => {
    const dueAt = '2026-03-02T08:00:00.000Z';
    const expected = visitPlanEvents.VisitPlanExpected({ ...keys, dueAt });
    expect(planAfter(expected)).toMatchObject({ expected: true, submitted: false });
    expect(planAfter(expected, visitPlanEvents.VisitPlanExcused({ ...keys, dueAt }))).toMatchObject({
      expected: false,
    });
    expect(planAfter(expected, planned(visitId), submitted(1, 5), submitted(2, 0))).toMatchObject({
      submitted: true,
      onTime: false,
    });
  });
});

describe('what counts once for a daily report', () => {
  const stream = `daily-report/${ann}/${date}`;
  const dueAt = '2026-03-02T17:00:00.000Z';
  const missedAt = '2026-03-03T17:00:00.000Z';
  const hash = '0'.repeat(64);
  const signed = documentEvents.DocumentSignedOff({
    authorId: ann,
    date,
    docVersion: 1,
    docHash: hash,
    signerId: supervisor,
    comment: 'Good.',
    quality: {
      rubricVersion: 1,
      totalBp: 7_500,
      scores: {
        completeness: 3,
        specificity: 3,
        market_insight: 3,
        next_steps: 3,
        consistency_with_visits: 3,
      },
    },
    previous: null,
    chainHash: hash,
  });
  const voided = documentEvents.SignOffVoided({
    authorId: ann,
    date,
    docVersion: 1,
    chainHash: hash,
    voidedBy: supervisor,
    reason: 'By mistake.',
    signOffDueAt: missedAt,
  });
  const reportAfter = (...events: Parameters<typeof inStream>[2][]) =>
    foldedFrom(reportFact, inStream(stream, 0, ...events))[0];

  test('is that it was filed, in time, and signed with a quality as long as the signature holds', () => {
    expect(reportAfter(filed, signed)).toMatchObject({
      filed: true,
      onTime: true,
      signed: true,
      qualityBp: 7_500,
    });
    expect(reportAfter(filed, signed, voided)).toMatchObject({ signed: false, qualityBp: 0 });
  });

  test('is that it was missed, even when it is filed later', () => {
    const expected = dailyReportEvents.DailyReportExpected({ ...keys, dueAt, missedAt });
    const missed = dailyReportEvents.DailyReportMissed({ ...keys, dueAt, missedAt });
    const late = dailyReportEvents.DailyReportFiled({ ...filed.data, latenessMinutes: 2_000 });
    expect(reportAfter(expected, missed, late)).toMatchObject({
      expected: true,
      missed: true,
      filed: true,
      onTime: false,
    });
  });

  test('leaves the signatures of visit plans alone', () => {
    expect(foldedFrom(reportFact, inStream(`visit-plan/${ann}/${date}`, 0, signed))).toEqual([]);
  });
});

describe('a customer', () => {
  const owned = (personId: string, from: string) =>
    customerEvents.CustomerOwnerAssigned({
      customerId,
      personId,
      shareBp: 10_000,
      coOwners: [],
      from,
      reason: 'initial',
      replaces: null,
    });
  const earlier = orderEvents.OrderTaken({ ...order, orderId: idOf('earlier'), orderedOn: eve });

  test('is new on the day of its first order, to the credit of who owned it then', () => {
    expect(folded(customerFact, owned(bob, '2026-01-02'), taken, owned(ann, '2026-03-10'))).toMatchObject([
      { newOn: date, personId: bob },
    ]);
    expect(folded(customerFact, taken)).toMatchObject([{ newOn: date, personId: ann }]);
  });

  test('is new earlier when an earlier order is entered late, and later when the first one is cancelled', () => {
    expect(folded(customerFact, taken, earlier)).toMatchObject([{ newOn: eve }]);
    const gone = orderEvents.OrderCancelled({ ...earlier.data, on: date, reason: 'By mistake.' });
    expect(folded(customerFact, taken, earlier, gone)).toMatchObject([{ newOn: date }]);
    expect(folded(customerFact, earlier, gone)).toMatchObject([{ newOn: null, personId: null }]);
  });

  const raised = (on: string, more: object) =>
    customerEvents.CustomerLifecycleAdvanced({
      ...{ customerId, from: 'target' as const, to: 'new' as const, on, ownerId: bob },
      ...more,
    });
  test('is new by an opportunity before its first order, once, and not by hand', () => {
    const byDeal = raised(eve, { opportunityId: idOf('deal') });
    expect(folded(customerFact, owned(bob, '2026-01-02'), byDeal, taken)).toMatchObject([
      { newOn: eve, personId: bob },
    ]);
    expect(folded(customerFact, byDeal)).toMatchObject([{ newOn: eve, personId: null }]);
    const byOrder = raised(eve, { orderId: order.orderId });
    const higher = raised(eve, { from: 'new', to: 'active', opportunityId: idOf('deal') });
    for (const other of [byOrder, raised(eve, { reason: 'x' }), higher])
      expect(folded(customerFact, taken, other)).toMatchObject([{ newOn: date, raisedOn: null }]);
  });
});

describe('an opportunity', () => {
  const { OpportunityOpened, OpportunityValueRevised, OpportunityWon, OpportunityLost, OpportunityReopened } =
    opportunityEvents;
  const { OpportunityTransferred, CreditSplitSet } = opportunityEvents;
  const change = (after: Partial<Standing>, before: Standing = standing) => ({
    ...head,
    before,
    after: { ...before, ...after },
  });
  const sums = (...events: Parameters<typeof folded>[1][]) =>
    folded(factDay, ...events)
      .filter(({ numerator }) => numerator !== 0n)
      .map(({ personId, measure, numerator }) => [personId, measure, numerator]);
  const split = [
    { personId: ann, shareBp: 6_667 },
    { personId: bob, shareBp: 3_333 },
  ];
  const all = (personId: string) => [{ personId, shareBp: 10_000 }];
  const won = OpportunityWon({ ...change({ status: 'won' }), credits: split });
  const opens = [
    [ann, 'opportunities_opened', 1n],
    [ann, 'opportunities_opened_value', 1000n],
  ];

  test('counts with its first value, when that is known', () => {
    expect(sums(opened)).toEqual(opens);
    const unknown = { ...standing, value: eur('0') };
    const revised = (before: Standing, value: string) =>
      OpportunityValueRevised({ ...change({ value: eur(value) }, before), lines: [], reason: 'x' });
    expect(sums(OpportunityOpened({ ...opened.data, after: unknown }))).toEqual(opens.slice(0, 1));
    expect(sums(OpportunityOpened({ ...opened.data, after: unknown }), revised(unknown, '1000'))).toEqual(
      opens,
    );
    expect(sums(opened, revised(standing, '4000'))).toEqual(opens);
    expect(sums(opened, revised(standing, '0'))).toEqual(opens.slice(0, 1));
  });

  test('is won by its owner, with the value split by the credit', () => {
    expect(sums(won)).toEqual([
      [ann, 'opportunities_won', 1n],
      [ann, 'opportunities_won_value', 667n],
      [bob, 'opportunities_won_value', 333n],
    ]);
    expect(sums(OpportunityLost({ ...change({ status: 'lost' }), reasonCode: 'price' }))).toEqual([
      [ann, 'opportunities_lost', 1n],
      [ann, 'opportunities_lost_value', 1000n],
    ]);
  });

  test('gives all back when it is reopened, whoever has it then', () => {
    const { after } = won.data;
    const handed = OpportunityTransferred({
      ...change({ ownerId: bob }, after),
      ...{ to: bob, creditRule: 'follow', formerCredits: split, credits: all(bob), reason: 'x' },
    });
    const reopened = OpportunityReopened({
      ...change({ status: 'open' }, handed.data.after),
      ...{ ownerId: bob, closedBy: ann, credits: all(bob), reason: 'x' },
    });
    expect(sums(won, handed)).toEqual([
      [ann, 'opportunities_won', 1n],
      [bob, 'opportunities_won_value', 1000n],
    ]);
    expect(sums(won, handed, reopened)).toEqual([]);
  });

  test('moves its value by another split when it is over, and only then', () => {
    const set = (place: Standing) =>
      CreditSplitSet({ ...head, credits: all(bob), formerCredits: split, standing: place, reason: 'x' });
    expect(sums(won, set(won.data.after))).toEqual([
      [ann, 'opportunities_won', 1n],
      [bob, 'opportunities_won_value', 1000n],
    ]);
    expect(sums(opened, set(standing))).toEqual(opens);
  });
});
