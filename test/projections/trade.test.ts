import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Actor } from '../../src/engine/decision.ts';
import { strict } from '../../src/engine/input.ts';
import { calendarEvents } from '../../src/events/calendar.ts';
import { complaintEvents } from '../../src/events/complaint.ts';
import { contractEvents } from '../../src/events/contract.ts';
import { dailyReportEvents } from '../../src/events/daily-report.ts';
import { kpiEvents } from '../../src/events/kpi.ts';
import { addsUpOverTime, type FactMeasure, factMeasures, isMoneyMeasure } from '../../src/events/measure.ts';
import { measureEvents } from '../../src/events/measure-definition.ts';
import { orderEvents } from '../../src/events/order.ts';
import { organisationEvents } from '../../src/events/organisation.ts';
import { productEvents } from '../../src/events/product.ts';
import { receivableEvents } from '../../src/events/receivable.ts';
import { targetEvents } from '../../src/events/target.ts';
import { visitEvents } from '../../src/events/visit.ts';
import { visitPlanEvents } from '../../src/events/visit-plan.ts';
import { queriesByName } from '../../src/runtime.ts';
import { ann, bob, customerId, eur, productId, registered, staff } from '../support/commerce.ts';
import { idOf } from '../support/given.ts';
import { type Stave, seed, startStave } from '../support/stave.ts';

const today = '2026-03-31';
const {
  OrderTaken,
  OrderConfirmed,
  OrderDelivered,
  OrderCreditSplit,
  OrderReturned,
  FollowUpServiceDone,
  OrderCancelled,
} = orderEvents;
const { InvoiceIssued, PaymentReceived, PaymentReversed, ReceivableWrittenOff } = receivableEvents;
const { ContractSigned, ContractRenewed, ContractLapsed } = contractEvents;

let stave: Stave;

async function ask<T>(name: string, input: Readonly<Record<string, unknown>>, knownAt?: number): Promise<T> {
  await stave.projector.advance(stave.tenantId);
  const query = queriesByName.get(name)!;
  const actor = { tenantId: stave.tenantId, kind: 'system', name: 'test', credentialId: 'test', roles: [] };
  const parsed = strict(query.input).parse(input);
  const asker = await stave.asker(actor as Actor, query, query.subject?.(parsed));
  if ('ok' in asker) return asker as never;
  const answer = await stave.reader.answer(query, stave.tenantId, parsed, asker, 0, 1_000, knownAt);
  expect(answer).toMatchObject({ ok: true });
  const { body } = answer as { readonly body: T };
  query.output.parse(body);
  return body;
}

interface Value {
  readonly kpi: string;
  readonly numerator: bigint;
  readonly denominator: bigint;
}
const march = { from: '2026-03-01', to: today };
const kpi = async (
  key: string,
  subject: Readonly<Record<string, unknown>> = { subjectKind: 'organisation' },
) => {
  const { data } = await ask<{ data: readonly Value[] }>('GetKpiValues', {
    ...subject,
    ...march,
    kpis: [key],
  });
  return [data[0]!.numerator, data[0]!.denominator];
};
const head = async (): Promise<number> => {
  const { rows } = await stave.pool.query('select position::integer from log.head where tenant_id = $1', [
    stave.tenantId,
  ]);
  return rows[0].position;
};
/** What the evidence of both sides of a figure adds up to. */
const proven = (key: string) =>
  Promise.all(
    ['numerator', 'denominator'].map(async (side) => {
      const { data } = await ask<{ data: readonly { amount: bigint; events: readonly unknown[] }[] }>(
        'GetKpiEvidence',
        { kpi: key, side, subjectKind: 'organisation', ...march },
        await head(),
      );
      expect(data.every(({ events }) => events.length > 0)).toBe(true);
      return data.reduce((sum, { amount }) => sum + amount, 0n);
    }),
  );

const order = <M extends object>(name: string, more: M) => ({
  orderId: idOf(name),
  customerId,
  takenBy: ann,
  orderedOn: '2026-03-02',
  netTotal: eur('900'),
  lines: [{ lineNo: 1, productId, quantity: 3, netAmount: eur('900'), unitCost: eur('100') }],
  ...more,
});
const line = order('any', {}).lines[0]!;

beforeAll(async () => {
  stave = await startStave({ clock: () => `${today}T20:00:00.000Z` });
  await seed(
    stave,
    'organisation',
    organisationEvents.OrganisationConfigured({
      name: 'Test',
      timeZone: 'Europe/Berlin',
      reportingCurrency: 'EUR',
      weekStart: 1,
      dailyReportDue: '18:00',
      weeklyReportDue: { isoWeekday: 1, time: '09:00' },
      monthlyReviewDueWorkingDay: 3,
    }),
    ...staff,
  );
  await seed(stave, `customer/${customerId}`, registered);
});
afterAll(() => stave?.close());

describe('an order, from its taking to service', () => {
  const late = order('late', { promisedOn: '2026-03-05' });
  const open = order('open', { promisedOn: '2026-03-20' });
  const prompt = order('prompt', { promisedOn: '2026-03-31' });
  const gone = order('gone', { promisedOn: '2026-03-31' });

  beforeAll(async () => {
    await seed(
      stave,
      `order/${late.orderId}`,
      OrderTaken(late),
      OrderConfirmed({ ...late, on: '2026-03-03' }),
      OrderDelivered({ ...late, on: '2026-03-04', complete: false }),
      OrderDelivered({ ...late, on: '2026-03-09', complete: true }),
      OrderReturned({
        ...late,
        returnId: idOf('return'),
        on: '2026-03-12',
        reason: 'Broken.',
        lines: [{ ...line, quantity: 1, netAmount: eur('300'), leftQuantity: 2, leftNetAmount: eur('600') }],
      }),
      FollowUpServiceDone({
        ...late,
        serviceId: idOf('service'),
        on: '2026-03-11',
        kind: 'visit',
        result: 'issue_open',
      }),
    );
    await seed(stave, `order/${open.orderId}`, OrderTaken(open));
    await seed(
      stave,
      `order/${prompt.orderId}`,
      OrderTaken(prompt),
      OrderDelivered({ ...prompt, on: '2026-03-31', complete: true }),
    );
    await seed(
      stave,
      `order/${gone.orderId}`,
      OrderTaken(gone),
      OrderCancelled({ ...gone, on: '2026-03-06', reason: 'Mistake.' }),
    );
  });

  test('shows what was promised and delivered, what came back and what service followed', async () => {
    expect(await ask('GetOrderFulfilment', { orderId: late.orderId })).toMatchObject({
      state: 'delivered',
      promisedOn: '2026-03-05',
      deliveredOn: '2026-03-09',
      daysLate: 4,
      netMinor: 900n,
      returnedMinor: 300n,
      serviceCount: 1,
      steps: [
        { step: 'taken', on: '2026-03-02' },
        { step: 'confirmed', on: '2026-03-03' },
        { step: 'delivered', on: '2026-03-04', complete: false },
        { step: 'delivered', on: '2026-03-09', complete: true },
        { step: 'serviced', on: '2026-03-11', serviceResult: 'issue_open' },
        { step: 'returned', on: '2026-03-12', netMinor: 300n, note: 'Broken.' },
      ],
    });
  });

  test('counts the days by which a delivery is late that has not come yet', async () => {
    expect(await ask('GetOrderFulfilment', { orderId: open.orderId })).toMatchObject({ daysLate: 11 });
    expect(await ask('GetOrderFulfilment', { orderId: gone.orderId })).toMatchObject({ daysLate: null });
  });

  test('is on time when all of it came by the promised day, and not asked for when it was cancelled', async () => {
    expect(await kpi('on_time_delivery')).toEqual([1n, 3n]);
    expect(await proven('on_time_delivery')).toEqual([1n, 3n]);
  });

  test('is sold less what came back', async () => {
    expect(await kpi('return_rate')).toEqual([300n, 2_700n]);
    expect(await kpi('gross_margin')).toEqual([1_600n, 2_400n]);
    expect(await proven('return_rate')).toEqual([300n, 2_700n]);
    const retail = { subjectKind: 'customer_segment', subjectId: 'retail' };
    expect(await kpi('return_rate', retail)).toEqual([300n, 2_700n]);
    expect(await kpi('on_time_delivery', retail)).toEqual([1n, 3n]);
  });
});

describe('an order whose credit is split', () => {
  const shared = order('shared', {
    orderedOn: '2026-02-02',
    dealerId: idOf('dealer'),
    lines: [{ ...line, netAmount: eur('901') }],
    netTotal: eur('901'),
    credits: [
      { personId: ann, shareBp: 5_000 },
      { personId: bob, shareBp: 5_000 },
    ],
  });
  const to = [{ personId: bob, shareBp: 10_000 }];
  const sales = async (personId: string, from: string, end: string) => {
    const { data } = await ask<{ data: readonly Value[] }>('GetKpiValues', {
      subjectKind: 'person',
      subjectId: personId,
      from,
      to: end,
      kpis: ['gross_margin'],
    });
    return [data[0]!.numerator, data[0]!.denominator];
  };

  test('counts to each by their share, and moves by another split on its day', async () => {
    await seed(stave, `order/${shared.orderId}`, OrderTaken(shared));
    expect(await sales(ann, '2026-02-01', '2026-02-28')).toEqual([301n, 451n]);
    expect(await sales(bob, '2026-02-01', '2026-02-28')).toEqual([300n, 450n]);
    await seed(
      stave,
      `order/${shared.orderId}`,
      OrderCreditSplit({
        ...shared,
        credits: to,
        formerCredits: shared.credits,
        on: '2026-02-20',
        reason: 'Bob did it alone.',
      }),
    );
    expect(await sales(ann, '2026-02-01', '2026-02-19')).toEqual([301n, 451n]);
    expect(await sales(ann, '2026-02-01', '2026-02-28')).toEqual([0n, 0n]);
    expect(await sales(bob, '2026-02-01', '2026-02-28')).toEqual([601n, 901n]);
  });

  test('counts half of ten and all of five as ten', async () => {
    const half = order('half', {
      orderedOn: '2025-01-02',
      lines: [{ ...line, quantity: 1, netAmount: eur('10') }],
      credits: shared.credits,
    });
    const whole = order('whole', {
      orderedOn: '2025-01-03',
      lines: [{ ...line, quantity: 1, netAmount: eur('5') }],
    });
    await seed(stave, `order/${half.orderId}`, OrderTaken(half));
    await seed(stave, `order/${whole.orderId}`, OrderTaken(whole));
    const [, sold] = await sales(ann, '2025-01-01', '2025-01-31');
    expect(sold).toBe(10n);
  });

  test('can be told by its dealer, and so can its facts', async () => {
    const { data } = await ask<{ data: readonly object[] }>('ListOrders', { dealerId: idOf('dealer') });
    expect(data).toMatchObject([{ orderId: shared.orderId, credits: to }]);
    const { rows } = await stave.pool
      .query(
        `begin; select set_config('stave.tenant', '${stave.tenantId}', true);
       select distinct order_id from read.fact where dealer_id = '${idOf('dealer')}'; commit`,
      )
      .then((results) => (results as unknown as { rows: object[] }[])[2]!);
    expect(rows).toEqual([{ order_id: shared.orderId }]);
  });
});

describe('contracts', () => {
  const term = (
    name: string,
    customer: string,
    responsible: string,
    on: string,
    termTo: string,
    value: string,
  ) => ({
    contractId: idOf(name),
    customerId: idOf(customer),
    responsible,
    term: 1,
    termFrom: on,
    termTo,
    on,
    value: eur(value),
    dueAt: `${termTo}T00:00:00.000Z`,
  });
  const blue = term('blue', 'blue', ann, '2026-03-02', '2026-03-15', '1000');
  const blueToo = term('blue too', 'blue', ann, '2026-03-09', '2026-12-31', '9000');
  const red = term('red', 'red', bob, '2026-03-10', '2026-03-31', '2000');
  const pounds = {
    ...term('green', 'green', bob, '2026-03-12', '2026-12-31', '7'),
    value: { amountMinor: '7', currency: 'GBP' },
  };

  beforeAll(async () => {
    await seed(stave, `contract/${blueToo.contractId}`, ContractSigned(blueToo));
    await seed(
      stave,
      `contract/${blue.contractId}`,
      ContractSigned(blue),
      ContractRenewed({ ...blue, term: 2, termFrom: '2026-03-16', termTo: '2027-03-15', on: '2026-03-20' }),
    );
    await seed(
      stave,
      `contract/${red.contractId}`,
      ContractSigned(red),
      ContractLapsed({ ...red, on: '2026-03-25', reason: 'Closed.' }),
    );
    await seed(stave, `contract/${pounds.contractId}`, ContractSigned(pounds));
  });

  test('are worth what the first one of each new customer brings, in the reporting currency', async () => {
    expect(await kpi('avg_new_contract_value')).toEqual([3_000n, 3n]);
    expect(await kpi('avg_new_contract_value', { subjectKind: 'person', subjectId: ann })).toEqual([
      1_000n,
      1n,
    ]);
    expect(await proven('avg_new_contract_value')).toEqual([3_000n, 3n]);
  });

  test('are renewed or not on the day on which they end', async () => {
    expect(await kpi('renewal_rate')).toEqual([1n, 2n]);
    expect(await kpi('renewal_rate', { subjectKind: 'person', subjectId: bob })).toEqual([0n, 1n]);
    expect(await proven('renewal_rate')).toEqual([1n, 2n]);
  });

  test('are listed by the end of their present terms', async () => {
    const { data } = await ask<{ data: readonly object[] }>('ListContracts', { state: 'lapsed' });
    expect(data).toMatchObject([{ contractId: red.contractId, lapsedOn: '2026-03-25' }]);
    expect(await ask('GetContract', { contractId: blue.contractId })).toMatchObject({
      term: 2,
      termTo: '2027-03-15',
      signedOn: '2026-03-02',
    });
  });
});

describe('what is due', () => {
  const invoice = (name: string, dueOn: string, amount: string, responsible = ann) => ({
    invoiceId: idOf(name),
    orderId: idOf('late'),
    customerId,
    responsible,
    issuedOn: '2026-01-10',
    dueOn,
    amount: eur(amount),
  });
  const paid = (of: ReturnType<typeof invoice>, receivedOn: string, amount: string) =>
    PaymentReceived({
      ...of,
      paymentId: idOf(`${of.invoiceId} ${receivedOn}`),
      amount: eur(amount),
      receivedOn,
      method: 'cash',
    });
  const overdue = invoice('overdue', '2026-02-15', '1000');
  const inMarch = invoice('in march', '2026-03-20', '2000', bob);
  const later = invoice('later', '2026-04-20', '4000');
  const settled = invoice('settled', '2026-02-20', '8000');

  beforeAll(async () => {
    const bounced = paid(overdue, '2026-02-16', '300');
    await seed(
      stave,
      `receivable/${overdue.invoiceId}`,
      InvoiceIssued(overdue),
      paid(overdue, '2026-02-10', '100'),
      bounced,
      paid(overdue, '2026-03-10', '500'),
      PaymentReversed({ ...bounced.data, on: '2026-03-12', reason: 'Bounced.' }),
    );
    await seed(
      stave,
      `receivable/${inMarch.invoiceId}`,
      InvoiceIssued(inMarch),
      paid(inMarch, '2026-02-01', '200'),
      paid(inMarch, '2026-03-05', '700'),
      ReceivableWrittenOff({
        ...inMarch,
        writeOffId: idOf('write-off'),
        amount: eur('100'),
        on: '2026-03-25',
        approvedBy: ann,
        reason: 'Agreed.',
      }),
    );
    await seed(
      stave,
      `receivable/${later.invoiceId}`,
      InvoiceIssued(later),
      paid(later, '2026-03-15', '4000'),
    );
    await seed(
      stave,
      `receivable/${settled.invoiceId}`,
      InvoiceIssued(settled),
      paid(settled, '2026-02-25', '8000'),
    );
  });

  test('is what was open before and falls due; recovered is what was paid of it, less reversals', async () => {
    expect(await kpi('payment_recovery_rate')).toEqual([900n, 2_400n]);
    expect(await kpi('payment_recovery_rate', { subjectKind: 'person', subjectId: ann })).toEqual([
      200n,
      600n,
    ]);
    expect(await kpi('payment_recovery_rate', { subjectKind: 'person', subjectId: bob })).toEqual([
      700n,
      1_800n,
    ]);
    expect(await proven('payment_recovery_rate')).toEqual([900n, 2_400n]);
  });

  test('begins anew in each part of a time', async () => {
    const { data } = await ask<{ data: readonly Value[] }>('GetKpiValues', {
      subjectKind: 'organisation',
      from: '2026-02-01',
      to: '2026-04-30',
      grain: 'month',
      kpis: ['payment_recovery_rate'],
      asOf: '2026-04-30',
    });
    expect(data.map(({ numerator, denominator }) => [numerator, denominator])).toEqual([
      [8_400n, 9_000n],
      [900n, 2_400n],
      [0n, 1_400n],
    ]);
  });
});

describe('list prices against those observed of competitors', () => {
  const rival = idOf('rival');
  const other = idOf('other rival');
  const priced = (from: string, price: string, to: string | null, previousFrom: string | null) =>
    productEvents.ListPriceSet({
      productId,
      priceList: 'standard',
      price: eur(price),
      from,
      to,
      previousFrom,
    });
  const observed = (name: string, competitorId: string, date: string, more: object = {}) =>
    visitEvents.CompetitorObservationRecorded(
      {
        observationId: idOf(name),
        visitId: idOf(`visit ${name}`),
        personId: ann,
        customerId,
        date,
        competitorId,
        kind: 'price',
        productId,
        price: eur('900'),
        text: 'On the shelf.',
        confidence: 'high',
        ...more,
      },
      { occurredAt: `${date}T10:00:00.000Z` },
    );
  const compare = async (more: Readonly<Record<string, unknown>> = {}) =>
    ask<{ data: readonly object[]; nextCursor: string | null }>('ListPriceComparisons', more);

  beforeAll(async () => {
    await seed(
      stave,
      `product/${productId}`,
      priced('2026-01-01', '1000', null, null),
      priced('2026-03-15', '1100', null, '2026-01-01'),
    );
    for (const event of [
      observed('old', rival, '2026-03-02', { price: eur('800') }),
      observed('new', rival, '2026-03-10'),
      observed('late', rival, '2026-03-05', { price: eur('850') }),
      observed('without a price', rival, '2026-03-20', { price: undefined }),
      observed('pounds', other, '2026-03-12', { price: { amountMinor: '700', currency: 'GBP' } }),
      observed('unlisted', other, '2026-03-12', { productId: idOf('unlisted') }),
    ])
      await seed(stave, `visit/${event.data.visitId}`, event);
  });

  test('are exact, from the last observation of each competitor', async () => {
    expect((await compare({ productId, competitorId: rival })).data).toEqual([
      {
        productId,
        competitorId: rival,
        observationId: idOf('new'),
        observedOn: '2026-03-10',
        confidence: 'high',
        competitorMinor: 900n,
        competitorCurrency: 'EUR',
        listMinor: 1_100n,
        listCurrency: 'EUR',
        differenceMinor: 200n,
        difference: { num: 2n, den: 9n },
        state: 'ok',
      },
    ]);
  });

  test('are those of an earlier day', async () => {
    expect((await compare({ competitorId: rival, asOf: '2026-03-06' })).data).toMatchObject([
      { observationId: idOf('late'), listMinor: 1_000n, differenceMinor: 150n },
    ]);
    expect((await compare({ asOf: '2026-03-01' })).data).toEqual([]);
  });

  test('are not compared without a list price or across currencies', async () => {
    const { data } = await compare({ competitorId: other });
    expect(data).toHaveLength(2);
    expect(data).toContainEqual(
      expect.objectContaining({ productId, state: 'currencies_differ', differenceMinor: null }),
    );
    expect(data).toContainEqual(
      expect.objectContaining({ productId: idOf('unlisted'), state: 'no_list_price', listMinor: null }),
    );
  });

  test('come in pages', async () => {
    const all = await compare();
    const first = await compare({ limit: 2 });
    const rest = await compare({ limit: 2, cursor: first.nextCursor });
    expect([...first.data, ...rest.data]).toEqual(all.data);
    expect([all.data.length, rest.nextCursor]).toEqual([3, null]);
  });
});

describe('money in another currency', () => {
  const usd = (amountMinor: string) => ({ amountMinor, currency: 'USD' });
  const yen = (amountMinor: string) => ({ amountMinor, currency: 'JPY' });
  const sold = (
    name: string,
    takenBy: string,
    orderedOn: string,
    net: { amountMinor: string; currency: string },
  ) =>
    order(name, {
      takenBy,
      orderedOn,
      netTotal: net,
      lines: [{ lineNo: 1, productId, quantity: 1, netAmount: net, unitCost: { ...net, amountMinor: '0' } }],
    });
  const rate = (base: string, quote: string, num: string, den: string, date: string) =>
    calendarEvents.ExchangeRateRecorded({ base, quote, rate: { num, den }, date, source: 'bank' });
  const sales = async (from: string, to: string, subject: object = { subjectKind: 'organisation' }) => {
    const { data } = await ask<{ data: readonly Value[] }>('GetKpiValues', {
      ...subject,
      from,
      to,
      kpis: ['gross_margin'],
    });
    return data[0]!.denominator;
  };
  const day = (date: string, subject?: object) => sales(date, date, subject);

  beforeAll(async () => {
    const orders = [
      sold('a', ann, '2025-06-02', usd('101')),
      sold('b', ann, '2025-06-02', usd('102')),
      sold('c', bob, '2025-06-02', usd('105')),
      sold('d', ann, '2025-06-03', usd('1000')),
      sold('e', ann, '2025-06-04', yen('150')),
      sold('f', ann, '2025-06-01', usd('777')),
      sold('g', ann, '2025-06-04', { amountMinor: '999', currency: 'CHF' }),
    ];
    for (const one of orders) await seed(stave, `order/${one.orderId}`, OrderTaken(one));
  });

  test('is left out while no rate is recorded', async () => {
    expect(await sales('2025-06-01', '2025-06-30')).toBe(0n);
  });

  test('comes at the rate of its day or the last before, half to even for each day of a person', async () => {
    const before = await head();
    await seed(
      stave,
      'calendar',
      rate('USD', 'EUR', '1', '2', '2025-06-02'),
      rate('EUR', 'JPY', '100', '1', '2025-05-01'),
      rate('EUR', 'USD', '4', '1', '2025-06-04'),
    );
    expect(await day('2025-06-01')).toBe(0n);
    expect(await day('2025-06-02', { subjectKind: 'person', subjectId: ann })).toBe(102n);
    expect(await day('2025-06-02', { subjectKind: 'person', subjectId: bob })).toBe(52n);
    expect(await day('2025-06-02')).toBe(154n);
    expect(await day('2025-06-03')).toBe(500n);
    expect(await day('2025-06-04')).toBe(150n);
    expect(await sales('2025-06-01', '2025-06-30')).toBe(804n);
    const then = await ask<{ data: readonly Value[] }>(
      'GetKpiValues',
      { subjectKind: 'organisation', from: '2025-06-01', to: '2025-06-30', kpis: ['gross_margin'] },
      before,
    );
    expect(then.data[0]!.denominator).toBe(0n);
  });

  test('adds up by the facts as by the days', async () => {
    const { data } = await ask<{ data: readonly { amount: bigint; personId: string }[] }>(
      'GetKpiEvidence',
      {
        kpi: 'gross_margin',
        side: 'denominator',
        subjectKind: 'organisation',
        from: '2025-06-02',
        to: '2025-06-02',
      },
      await head(),
    );
    expect(data.map(({ amount }) => amount)).toEqual([50n, 52n, 52n]);
  });

  test('comes anew when its rate is corrected', async () => {
    await seed(stave, 'calendar', rate('USD', 'EUR', '3', '4', '2025-06-02'));
    expect(await day('2025-06-03')).toBe(750n);
    expect(await day('2025-06-02')).toBe(152n + 79n);
  });

  test('also counts in what contracts are worth', async () => {
    const contractId = idOf('dollars');
    await seed(
      stave,
      `contract/${contractId}`,
      ContractSigned({
        contractId,
        customerId: idOf('abroad'),
        responsible: ann,
        term: 1,
        termFrom: '2025-06-03',
        termTo: '2027-06-02',
        on: '2025-06-03',
        value: usd('2001'),
        dueAt: '2027-06-02T00:00:00.000Z',
      }),
    );
    const { data } = await ask<{ data: readonly Value[] }>('GetKpiValues', {
      subjectKind: 'organisation',
      from: '2025-06-01',
      to: '2025-06-30',
      kpis: ['avg_new_contract_value'],
    });
    expect(data).toMatchObject([{ numerator: 1_501n, denominator: 1n }]);
  });
});

describe('a target of any facts that are summed', () => {
  const summed = (Object.keys(factMeasures) as FactMeasure[]).filter(
    (measure) => addsUpOverTime(measure) && ['count', 'money'].includes(factMeasures[measure].unit),
  );
  const unitOf = (measure: FactMeasure) => (isMoneyMeasure(measure) ? 'money' : 'count');
  const keyOf = (measure: FactMeasure) => `of_${measure}`;
  const period = { periodId: 'FY2026-M03', start: '2026-03-01', endExclusive: '2026-04-01' };

  const date = '2026-03-17';
  const complaint = (personId: string) => ({ complaintId: idOf(`complaint of ${personId}`), customerId });

  beforeAll(async () => {
    for (const personId of [ann, bob]) {
      const dueAt = `${date}T18:00:00.000Z`;
      await seed(
        stave,
        `daily-report/${personId}/${date}`,
        dailyReportEvents.DailyReportExpected({ personId, date, dueAt, missedAt: dueAt }),
      );
      await seed(
        stave,
        `visit-plan/${personId}/${date}`,
        visitPlanEvents.VisitPlanExpected({ personId, date, dueAt }),
      );
      await seed(
        stave,
        `complaint/${complaint(personId).complaintId}`,
        complaintEvents.ComplaintLogged({
          ...complaint(personId),
          channel: 'phone',
          category: 'service',
          severity: 1,
          description: 'Nobody came.',
          resolveBy: date,
        }),
        complaintEvents.ComplaintResolved(
          {
            ...complaint(personId),
            handledBy: personId,
            remedy: { kind: 'apology' },
            rootCause: { class: 'people' },
          },
          { occurredAt: dueAt, effectiveOn: date },
        ),
      );
    }
    for (const measure of summed) {
      const key = keyOf(measure);
      const terms = [{ measure, times: 3 }];
      await seed(
        stave,
        `kpi/${key}`,
        kpiEvents.KpiDefined({ key, name: key, purpose: 'Test.', unit: unitOf(measure), direction: 'up' }),
        kpiEvents.KpiVersionPublished({
          key,
          version: 1,
          numerator: terms,
          denominator: [],
          grain: 'day',
          minSample: 0,
          source: 'Test.',
          obtainability: 'Test.',
          owner: ann,
          definitionHash: key,
        }),
      );
      await seed(
        stave,
        `measure/${key}`,
        measureEvents.MeasureDefined({
          measureKey: key,
          name: key,
          unit: unitOf(measure),
          additivity: 'additive',
          direction: 'up',
          terms,
          denominator: [],
        }),
      );
      for (const responsible of [ann, bob])
        await seed(
          stave,
          `target/${idOf(`${key} ${responsible}`)}`,
          targetEvents.TargetAssigned({
            targetId: idOf(`${key} ${responsible}`),
            responsible,
            measure: key,
            period,
            dimensions: { salesperson: responsible },
            value: unitOf(measure) === 'money' ? eur('100') : 100,
          }),
        );
    }
  }, 60_000);

  test.each([ann, bob])('says what an indicator of them says', async (personId) => {
    const keys = summed.map(keyOf);
    const expected: (readonly [key: string, numerator: bigint])[] = [];
    for (const kpis of [keys.slice(0, 40), keys.slice(40)]) {
      const values = await ask<{ data: readonly Value[] }>('GetKpiValues', {
        subjectKind: 'person',
        subjectId: personId,
        ...march,
        kpis,
      });
      expected.push(...values.data.map(({ kpi: key, numerator }) => [key, numerator] as const));
    }
    const { data } = await ask<{ data: readonly { measure: string; actual: bigint }[] }>(
      'ListTargetProgress',
      { personId, asOf: today },
    );
    const actuals = new Map(data.map(({ measure, actual }) => [measure, actual]));
    expect(expected).toHaveLength(summed.length);
    expect(expected.filter(([, numerator]) => numerator !== 0n).length).toBeGreaterThan(8);
    expect(expected.map(([key]) => [key, actuals.get(key)])).toEqual(expected);
  });
});
