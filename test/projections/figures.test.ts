import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import type { Actor } from '../../src/engine/decision.ts';
import type { NewEvent } from '../../src/engine/event.ts';
import { strict } from '../../src/engine/input.ts';
import { calendarEvents } from '../../src/events/calendar.ts';
import { callLogEvents } from '../../src/events/call-log.ts';
import { documentEvents } from '../../src/events/document.ts';
import { builtInKpis } from '../../src/events/kpi-catalogue.ts';
import { orderEvents } from '../../src/events/order.ts';
import { organisationEvents } from '../../src/events/organisation.ts';
import { personEvents } from '../../src/events/person.ts';
import { receivableEvents } from '../../src/events/receivable.ts';
import { targetEvents } from '../../src/events/target.ts';
import { visitEvents } from '../../src/events/visit.ts';
import { visitPlanEvents } from '../../src/events/visit-plan.ts';
import type { KpiValue } from '../../src/projections/kpi.ts';
import { queriesByName } from '../../src/runtime.ts';
import { channelId, customerId, eur, productId, regionId, registered } from '../support/commerce.ts';
import { idOf } from '../support/given.ts';
import { company, employed, granted, holds, unit } from '../support/organisation.ts';
import { type Stave, seed, startStave } from '../support/stave.ts';

type Value = z.output<typeof KpiValue>;

const boss = idOf('boss');
const sue = idOf('sue');
const sam = idOf('sam');
const ann = idOf('ann');
const bob = idOf('bob');
const cat = idOf('cat');
const north = idOf('north');
const south = idOf('south');
const customerToo = idOf('other customer');

const { AssignmentEnded, OrganisationConfigured } = organisationEvents;
const march = { periodId: 'FY2026-M03', start: '2026-03-01', endExclusive: '2026-04-01' };
const moved = '2026-03-16';

let stave: Stave;

const system: Partial<Actor> = { kind: 'system', name: 'test' };
const as = (personId: string): Partial<Actor> => ({ kind: 'person', name: 'somebody', personId });

async function ask(name: string, input: Readonly<Record<string, unknown>>, actor: Partial<Actor> = system) {
  await stave.projector.advance(stave.tenantId);
  const query = queriesByName.get(name)!;
  const full = {
    tenantId: stave.tenantId,
    kind: 'system',
    name: 'test',
    credentialId: 'test',
    roles: [],
    ...actor,
  };
  const parsed = strict(query.input).parse(input);
  const asker = await stave.asker(full as Actor, query, query.subject?.(parsed));
  if ('ok' in asker) return asker;
  const answer = await stave.reader.answer(query, stave.tenantId, parsed, asker);
  if (answer.ok) query.output.parse(answer.body);
  return answer;
}

async function body<T>(
  name: string,
  input: Readonly<Record<string, unknown>>,
  actor?: Partial<Actor>,
): Promise<T> {
  const answer = await ask(name, input, actor);
  expect(answer).toMatchObject({ ok: true });
  return (answer as { readonly body: T }).body;
}

const kpisOf = async (
  subjectKind: string,
  subjectId: string | undefined,
  more: Readonly<Record<string, unknown>> = {},
  actor?: Partial<Actor>,
): Promise<readonly Value[]> => {
  const { data } = await body<{ data: readonly Value[] }>(
    'GetKpiValues',
    { subjectKind, ...(subjectId && { subjectId }), period: march.periodId, ...more },
    actor,
  );
  return data;
};
const calls = async (subjectKind: string, subjectId?: string, more = {}) =>
  (await kpisOf(subjectKind, subjectId, { kpis: ['call_volume'], ...more })).map(
    ({ numerator }) => numerator,
  );

const called = (personId: string, date: string, times = 1): readonly [string, NewEvent[]] => [
  `call-log/${personId}/${date}`,
  Array.from({ length: times }, (_, index) =>
    callLogEvents.CallLogged({
      personId,
      date,
      callId: idOf(`${personId} ${date} ${index}`),
      calledAt: `${date}T09:00:00.000Z`,
      customerId,
      direction: 'outgoing',
      channel: 'phone',
      seconds: 60,
      resultCode: 'reached',
    }),
  ),
];

const order = (name: string, takenBy: string, orderedOn: string, net: string, more = {}) => ({
  orderId: idOf(name),
  customerId,
  takenBy,
  orderedOn,
  netTotal: eur(net),
  lines: [{ lineNo: 1, productId, quantity: 1, netAmount: eur(net), unitCost: eur('100') }],
  ...more,
});
const took = (name: string, takenBy: string, orderedOn: string, net: string, more = {}) =>
  orderEvents.OrderTaken(order(name, takenBy, orderedOn, net, more));

const visited = (
  name: string,
  personId: string,
  date: string,
  outcome: 'effective' | 'ineffective',
  planned = true,
) =>
  visitEvents.VisitEnded({
    visitId: idOf(name),
    personId,
    customerId,
    date,
    planned,
    startedAt: `${date}T09:00:00.000Z`,
    endedAt: `${date}T09:30:00.000Z`,
    minutes: 30,
    outcome,
    ruleVersion: 0,
  });
const cost = (name: string, personId: string, date: string, total: string) =>
  visitEvents.VisitCostRecorded({
    visitId: idOf(name),
    personId,
    customerId,
    date,
    category: 'travel',
    amount: eur(total),
    total: eur(total),
  });
const planned = (name: string, date: string, sequence: number) =>
  visitPlanEvents.VisitPlanned({
    personId: ann,
    date,
    visitId: idOf(name),
    sequence,
    customerId,
    window: { start: `0${sequence}:00`, end: `0${sequence}:30` },
    purposes: ['service'],
  });

const target = (
  name: string,
  responsible: string,
  measure: 'net_sales' | 'calls' | 'orders' | 'new_customers' | 'payment_recovered',
  value: number | ReturnType<typeof eur>,
  dimensions = {},
) =>
  targetEvents.TargetAssigned({
    targetId: idOf(name),
    responsible,
    measure,
    period: march,
    dimensions,
    value,
    uniqueKey: name.replaceAll(' ', '-'),
  });

const inStreams = async (...entries: readonly (readonly [string, readonly NewEvent[]])[]) => {
  for (const [stream, events] of entries) await seed(stave, stream, ...events);
};

const hash = '0'.repeat(64);

beforeAll(async () => {
  stave = await startStave({ clock: () => '2026-03-31T20:00:00.000Z' });
  await seed(
    stave,
    'organisation',
    OrganisationConfigured({
      name: 'Test',
      timeZone: 'Europe/Berlin',
      reportingCurrency: 'EUR',
      weekStart: 1,
      dailyReportDue: '18:00',
      weeklyReportDue: { isoWeekday: 1, time: '09:00' },
      monthlyReviewDueWorkingDay: 3,
    }),
    company,
    unit('north', 'office'),
    unit('south', 'office'),
    ...['boss', 'sue', 'sam', 'ann', 'bob', 'cat', 'olga'].map((name) => employed(name)),
    granted('boss', 'TM'),
    granted('sue', 'SV'),
    granted('sam', 'SV'),
    granted('olga', 'OP'),
    ...['ann', 'bob', 'cat'].map((name) => granted(name, 'SP')),
    holds('boss', null),
    holds('sue', 'boss', { unit: 'north' }),
    holds('sam', 'boss', { unit: 'south' }),
    holds('ann', 'sue', { unit: 'north' }),
    holds('bob', 'sue', { unit: 'north' }),
    holds('cat', 'sam', { unit: 'south' }),
    AssignmentEnded({ personId: bob, positionId: idOf('bob-position'), from: '2024-01-01', on: moved }),
    holds('bob', 'sam', { unit: 'south', position: 'bob-south', from: moved }),
  );
  await inStreams(
    [`customer/${customerId}`, [registered]],
    called(ann, '2026-03-03', 1),
    called(bob, '2026-03-10', 2),
    called(bob, '2026-03-18', 4),
    called(cat, '2026-03-12', 8),
    called(sue, '2026-03-31', 16),
    called(boss, '2026-03-31', 32),
    called(ann, '2026-04-01', 64),
    [
      `visit-plan/${ann}/2026-03-03`,
      [
        visitPlanEvents.VisitPlanExpected({
          personId: ann,
          date: '2026-03-03',
          dueAt: '2026-03-03T08:00:00.000Z',
        }),
        ...['a1', 'a2', 'a3'].map((name, index) => planned(name, '2026-03-03', index + 1)),
        documentEvents.DocumentSubmitted({
          authorId: ann,
          date: '2026-03-03',
          docVersion: 1,
          dueAt: '2026-03-03T08:00:00.000Z',
          latenessMinutes: 0,
          completenessBp: 10_000,
          signOffDueAt: '2026-03-04T08:00:00.000Z',
        }),
        documentEvents.DocumentSignedOff(
          {
            authorId: ann,
            date: '2026-03-03',
            docVersion: 1,
            docHash: hash,
            signerId: sue,
            previous: null,
            chainHash: hash,
          },
          { effectiveOn: '2026-03-02' },
        ),
      ],
    ],
    [
      `visit/${idOf('a1')}`,
      [visited('a1', ann, '2026-03-03', 'effective'), cost('a1', ann, '2026-03-03', '1000')],
    ],
    [`visit/${idOf('a2')}`, [visited('a2', ann, '2026-03-03', 'ineffective')]],
    [`visit/${idOf('b1')}`, [visited('b1', bob, '2026-03-10', 'effective', false)]],
    [
      `visit/${idOf('b2')}`,
      [visited('b2', bob, '2026-03-18', 'effective'), cost('b2', bob, '2026-03-18', '600')],
    ],
    [`visit/${idOf('c1')}`, [cost('c1', cat, '2026-03-12', '500')]],
    [
      `order/${idOf('ann 1')}`,
      [
        took('ann 1', ann, '2026-03-03', '10000', { visitId: idOf('a1') }),
        orderEvents.OrderCancelled({
          ...order('ann 1', ann, '2026-03-03', '10000', { visitId: idOf('a1') }),
          on: '2026-03-20',
          reason: 'Not delivered.',
        }),
      ],
    ],
    [`order/${idOf('ann 2')}`, [took('ann 2', ann, '2026-03-03', '3000', { visitId: idOf('a1') })]],
    [`order/${idOf('bob 1')}`, [took('bob 1', bob, '2026-03-10', '5000')]],
    [`order/${idOf('bob 2')}`, [took('bob 2', bob, '2026-03-18', '7000', { customerId: customerToo })]],
    [
      `receivable/${idOf('invoice')}`,
      [
        receivableEvents.InvoiceIssued({ ...paid('one', '2026-03-12', '9000'), amount: eur('9000') }),
        receivableEvents.PaymentReceived(paid('one', '2026-03-12', '4000')),
        receivableEvents.PaymentReceived(paid('two', '2026-03-13', '900')),
        receivableEvents.PaymentReversed({
          ...paid('one', '2026-03-12', '4000'),
          on: '2026-03-25',
          reason: 'Bounced.',
        }),
      ],
    ],
    [`target/${idOf('sue sales')}`, [target('sue sales', sue, 'net_sales', eur('10000'))]],
    [`target/${idOf('ann sales')}`, [target('ann sales', ann, 'net_sales', eur('12000'))]],
    [`target/${idOf('sam sales')}`, [target('sam sales', sam, 'net_sales', eur('6000'))]],
    [`target/${idOf('ann calls')}`, [target('ann calls', ann, 'calls', 0)]],
    [`target/${idOf('cat orders')}`, [target('cat orders', cat, 'orders', 0)]],
    [
      `target/${idOf('sam customer')}`,
      [target('sam customer', sam, 'net_sales', eur('100'), { customer: customerToo })],
    ],
    [
      `target/${idOf('sue region')}`,
      [target('sue region', sue, 'net_sales', eur('100'), { region: regionId, channel: channelId })],
    ],
    [`target/${idOf('sue product')}`, [target('sue product', sue, 'orders', 4, { product: productId })]],
    [`target/${idOf('sue new')}`, [target('sue new', sue, 'new_customers', 2)]],
    [
      `person/${ann}`,
      [
        personEvents.AbsenceRecorded({
          absenceId: idOf('leave'),
          personId: ann,
          from: '2026-03-05',
          to: '2026-03-06',
          kind: 'leave',
          halfDay: false,
        }),
      ],
    ],
    ['calendar', [calendarEvents.HolidayDeclared({ date: '2026-03-09', name: 'Day off', regionId: null })]],
  );
});
afterAll(() => stave.close());

function paid(name: string, receivedOn: string, amount: string) {
  return {
    invoiceId: idOf('invoice'),
    orderId: idOf('ann 1'),
    customerId,
    responsible: cat,
    issuedOn: '2026-03-01',
    dueOn: '2026-04-01',
    paymentId: idOf(name),
    amount: eur(amount),
    receivedOn,
    method: 'cash' as const,
  };
}

describe('GetKpiValues', () => {
  const pick = (values: readonly Value[]) =>
    Object.fromEntries(
      values.map(({ kpi, numerator, denominator, value }) => [
        kpi,
        [numerator, denominator, value && `${value.num}/${value.den}`],
      ]),
    );

  test('answers the figures of a person with numerators, denominators and exact ratios', async () => {
    expect(pick(await kpisOf('person', ann))).toEqual({
      visit_plan_completion: [2n, 3n, '2/3'],
      unplanned_share: [0n, 2n, '0/1'],
      effective_visit_rate: [1n, 2n, '1/2'],
      transaction_rate_by_customer: [1n, 1n, '1/1'],
      sequence_adherence: [2n, 2n, '1/1'],
      time_window_adherence: [0n, 2n, '0/1'],
      verified_visit_rate: [0n, 2n, '0/1'],
      unlocated_visit_rate: [2n, 2n, '1/1'],
      coverage_rate: [0n, 0n, null],
      frequency_compliance: [0n, 0n, null],
      active_outlet_rate: [0n, 0n, null],
      avg_sales_per_person_week: [210_000_000n, 310_000n, '21000/31'],
      signoff_latency: [0n, 0n, null],
      refile_lag: [0n, 0n, null],
      stated_vs_computed_gap: [0n, 0n, null],
      stated_vs_computed_count_gap: [0n, 0n, null],
      right_amount: [3n, 285n, '1/95'],
      right_way: [0n, 20_000n, '0/1'],
      r12m_net_sales: [3000n, null, '3000/1'],
      r12m_gross_profit: [2900n, null, '2900/1'],
      r12m_growth: [3000n, 0n, null],
      dso: [0n, 0n, null],
      complaint_reopen_rate: [0n, 0n, null],
      repeat_complaint_rate: [0n, 0n, null],
      market_info_breadth: [0n, null, '0/1'],
      market_info_depth: [0n, 0n, null],
      customer_retention: [0n, 0n, null],
      customer_churn: [0n, 0n, null],
      renewal_rate_net: [0n, 0n, null],
      renewal_rate_gross: [0n, 0n, null],
      owner_dependency: [0n, 0n, null],
      target_ack_rate: [0n, 0n, null],
      ltv_historic: [1900n, 1n, '1900/1'],
      transaction_rate: [1n, 2n, '1/2'],
      cost_per_visit: [1000n, 2n, '500/1'],
      cost_per_effective_visit: [1000n, 1n, '1000/1'],
      plan_submission_rate: [1n, 1n, '1/1'],
      report_submission_rate: [0n, 0n, null],
      report_timeliness: [0n, 0n, null],
      report_quality: [0n, 0n, null],
      visit_volume_compliance: [2n, 95n, '2/95'],
      call_volume: [1n, null, '1/1'],
      call_volume_compliance: [1n, 190n, '1/190'],
      gross_margin: [2900n, 3000n, '29/30'],
      on_time_delivery: [0n, 0n, null],
      return_rate: [0n, 3000n, '0/1'],
      complaint_rate: [0n, 0n, null],
      complaint_sla_met: [0n, 0n, null],
      complaints_resolved: [0n, null, '0/1'],
      follow_up_services: [0n, null, '0/1'],
      review_timeliness: [0n, 0n, null],
      avg_new_contract_value: [0n, 0n, null],
      renewal_rate: [0n, 0n, null],
      payment_recovery_rate: [0n, 0n, null],
      new_outlets_net: [0n, null, '0/1'],
      strike_rate_on_visits: [1n, 2n, '1/2'],
      strike_rate_on_plan: [1n, 3n, '1/3'],
      cost_per_order: [1000n, 1n, '1000/1'],
      cost_per_new_customer: [1000n, 1n, '1000/1'],
      first_pass_signoff: [0n, 0n, null],
      signed_report_rate: [0n, 0n, null],
      net_sales: [3000n, null, '3000/1'],
      gross_profit: [2900n, null, '2900/1'],
      average_order_value: [3000n, 1n, '3000/1'],
      new_customers_developed: [1n, null, '1/1'],
      win_rate: [0n, 0n, null],
      win_rate_value: [0n, 0n, null],
      hit_rate: [0n, 0n, null],
      sales_cycle: [0n, 0n, null],
      lost_cycle: [0n, 0n, null],
      sales_velocity: [0n, 0n, null],
      slippage_rate: [0n, 0n, null],
      rotting_rate: [0n, 0n, null],
      pipeline_creation_rate: [0n, 0n, null],
      forecast_error_30: [0n, 0n, null],
      forecast_error_60: [0n, 0n, null],
      forecast_error_90: [0n, 0n, null],
      activity_lift: [0n, 0n, null],
      right_activity: [0n, 3n, '0/1'],
    });
  });

  test('has no value where the denominator is zero, whatever the numerator', async () => {
    const [value] = await kpisOf('person', cat, { kpis: ['cost_per_visit'] });
    expect(value).toMatchObject({
      numerator: 500n,
      denominator: 0n,
      value: null,
      currency: 'EUR',
      state: 'undefined_zero_denominator',
      sample: 0n,
    });
  });

  test('adds numerators and denominators of a group', async () => {
    const [value] = await kpisOf('organisation', undefined, { kpis: ['effective_visit_rate'] });
    expect(value).toMatchObject({ numerator: 3n, denominator: 4n, value: { num: 3n, den: 4n }, sample: 4n });
  });

  test('counts a person to the team and the unit of each day', async () => {
    expect(await calls('team', sue)).toEqual([1n + 2n + 16n]);
    expect(await calls('team', sam)).toEqual([4n + 8n]);
    expect(await calls('team', boss)).toEqual([63n]);
    expect(await calls('unit', north)).toEqual([1n + 2n + 16n]);
    expect(await calls('unit', south)).toEqual([4n + 8n]);
    expect(await calls('unit', idOf('company'))).toEqual([63n]);
  });

  test('sums the people to the organisation', async () => {
    const people = await Promise.all([boss, sue, sam, ann, bob, cat].map((id) => kpisOf('person', id)));
    const whole = await kpisOf('organisation', undefined);
    for (const [index, { kpi, numerator, denominator }] of whole.entries()) {
      const addsUp = builtInKpis.find(({ key }) => key === kpi)!.formula === 'ratio';
      const ofOwners = kpi === 'owner_dependency';
      if (!addsUp || ofOwners) continue;
      const sum = (side: 'numerator' | 'denominator') =>
        people.reduce((total, values) => total + (values[index]![side] ?? 0n), 0n);
      expect([kpi, sum('numerator'), sum('denominator')]).toEqual([kpi, numerator, denominator ?? 0n]);
    }
  });

  test('divides a span into days, weeks and months, and knows nothing after the day asked for', async () => {
    const span = { period: undefined, from: '2026-03-10', to: '2026-04-02', asOf: '2026-04-30' };
    expect(await calls('organisation', undefined, { ...span, grain: 'week' })).toEqual([10n, 4n, 0n, 112n]);
    expect(await calls('organisation', undefined, { ...span, grain: 'month' })).toEqual([62n, 64n]);
    const days = await kpisOf('organisation', undefined, {
      ...span,
      asOf: '2026-03-11',
      grain: 'day',
      kpis: ['call_volume'],
    });
    expect(days).toHaveLength(24);
    expect(days.slice(0, 3).map(({ numerator, period }) => [period.periodId, numerator])).toEqual([
      ['2026-03-10', 2n],
      ['2026-03-11', 0n],
      ['2026-03-12', 0n],
    ]);
  });

  test('shows a supervisor the own team and unit, and nothing of others', async () => {
    expect(await kpisOf('team', sue, { kpis: ['call_volume'] }, as(sue))).toMatchObject([{ numerator: 19n }]);
    expect(await kpisOf('unit', north, { kpis: ['call_volume'] }, as(sue))).toMatchObject([
      { numerator: 19n },
    ]);
    const refused = { period: march.periodId };
    expect(
      await ask('GetKpiValues', { subjectKind: 'unit', subjectId: south, ...refused }, as(sue)),
    ).toMatchObject({
      status: 404,
    });
    expect(await ask('GetKpiValues', { subjectKind: 'organisation', ...refused }, as(sue))).toMatchObject({
      status: 404,
    });
    expect(
      await ask('GetKpiValues', { subjectKind: 'person', subjectId: bob, ...refused }, as(ann)),
    ).toMatchObject({
      status: 403,
    });
    expect(
      await ask('GetKpiValues', { subjectKind: 'unit', subjectId: idOf('none'), ...refused }),
    ).toMatchObject({
      status: 404,
    });
  });
});

describe('GetDayFigures', () => {
  test('says what a person did on a day and what that is of the targets', async () => {
    expect(await body('GetDayFigures', { personId: ann, date: '2026-03-03' })).toEqual({
      visitsCompleted: 2,
      visitsEffective: 1,
      visitsPlanned: 3,
      ordersCount: 2,
      ordersNetMinor: '13000',
      collectionsMinor: '0',
      calls: 1,
      costMinor: '1000',
      currency: 'EUR',
      achievement: expect.arrayContaining([
        {
          targetId: idOf('ann sales'),
          measure: 'net_sales',
          target: '12000',
          achieved: '13000',
          periodToDate: '13000',
          ratio: { num: 13n, den: 12n },
          requiredOnDay: 667n,
          requiredPerDay: 0n,
        },
        {
          targetId: idOf('ann calls'),
          measure: 'calls',
          target: '0',
          achieved: '1',
          periodToDate: '1',
          ratio: null,
          requiredOnDay: 0n,
          requiredPerDay: 0n,
        },
      ]),
    });
    expect(await body('GetDayFigures', { personId: ann, date: '2026-03-20' })).toMatchObject({
      ordersCount: -1,
      ordersNetMinor: '-10000',
    });
    expect(await body('GetDayFigures', { personId: cat, date: '2026-03-25' })).toMatchObject({
      collectionsMinor: '-4000',
      achievement: [{ targetId: idOf('cat orders'), achieved: '0', ratio: null }],
    });
  });
});

describe('GetTargetProgress', () => {
  const progress = (name: string, asOf?: string) =>
    body('GetTargetProgress', { targetId: idOf(name), ...(asOf && { asOf }) });

  test('counts what the responsible person and everybody below did, on the days on which they were', async () => {
    expect(await progress('sue sales')).toMatchObject({
      actual: 3000n + 5000n,
      target: 10000n,
      gap: 2000n,
      achievement: { num: 4n, den: 5n },
      state: 'ok',
    });
    expect(await progress('sam sales')).toMatchObject({ actual: 7000n, achievement: { num: 7n, den: 6n } });
    expect(await progress('sue new')).toMatchObject({ actual: 1n });
  });

  test('knows nothing after the day asked for, and how many working days are over', async () => {
    expect(await progress('ann sales', '2026-03-10')).toMatchObject({
      actual: 13000n,
      workingDays: 22 - 2 - 1,
      workingDaysElapsed: 7 - 2 - 1,
    });
    expect(await progress('ann sales')).toMatchObject({ actual: 3000n, workingDaysElapsed: 19 });
  });

  test('has no achievement of a target of zero', async () => {
    expect(await progress('ann calls')).toMatchObject({
      actual: 1n,
      achievement: null,
      state: 'undefined_zero_denominator',
    });
    expect(await progress('cat orders')).toMatchObject({ actual: 0n, achievement: null, state: 'no_target' });
  });

  test('is narrowed by the dimensions of the target', async () => {
    expect(await progress('sam customer')).toMatchObject({ actual: 7000n });
    expect(await progress('sue region')).toMatchObject({ actual: 8000n });
    expect(await progress('sue product')).toMatchObject({ actual: 2n });
  });

  test('is listed by person', async () => {
    const { data } = await body<{ data: readonly unknown[] }>(
      'ListTargetProgress',
      { personId: ann, asOf: '2026-03-31' },
      as(sue),
    );
    expect(data).toMatchObject([{ measure: 'calls' }, { measure: 'net_sales', actual: 3000n }]);
    expect(await ask('ListTargetProgress', { personId: cat }, as(sue))).toMatchObject({ status: 403 });
    expect(await ask('GetTargetProgress', { targetId: idOf('cat orders') }, as(sue))).toMatchObject({
      status: 404,
    });
  });
});

describe('GetResults', () => {
  test('shows an operator the organisation and nobody in it', async () => {
    const olga = as(idOf('olga'));
    expect(await body('GetResults', { period: march.periodId }, olga)).toEqual({
      ...march,
      asOf: '2026-03-31',
      currency: 'EUR',
      netSales: 15000n,
      payments: 900n,
      orders: 3n,
      achievement: [
        {
          measure: 'calls',
          currency: null,
          target: 0n,
          actual: 1n,
          achievement: null,
          state: 'undefined_zero_denominator',
        },
        {
          measure: 'net_sales',
          currency: 'EUR',
          target: 16000n,
          actual: 15000n,
          achievement: { num: 15n, den: 16n },
          state: 'ok',
        },
        {
          measure: 'new_customers',
          currency: null,
          target: 2n,
          actual: 1n,
          achievement: { num: 1n, den: 2n },
          state: 'ok',
        },
        { measure: 'orders', currency: null, target: 0n, actual: 0n, achievement: null, state: 'no_target' },
      ],
      rollingYear: {
        series: [{ periodId: 'R12M@2026-03', netSales: 15000n }],
        yearBefore: 0n,
        growth: null,
      },
    });
    const refused = { status: 403 };
    expect(await ask('GetKpiValues', { subjectKind: 'organisation' }, olga)).toMatchObject(refused);
    expect(await ask('GetDayFigures', { personId: ann, date: '2026-03-03' }, olga)).toMatchObject(refused);
    expect(await ask('GetTargetProgress', { targetId: idOf('ann sales') }, olga)).toMatchObject(refused);
  });
});

describe('ListKpis', () => {
  test('lists the definitions', async () => {
    const { data } = await body<{ data: readonly unknown[] }>('ListKpis', {});
    expect(data).toContainEqual(
      expect.objectContaining({
        key: 'transaction_rate',
        numerator: [{ measure: 'transaction_visits', times: 1 }],
      }),
    );
  });
});

describe('a reorganisation that is entered late', () => {
  test('attributes what was done since its day anew', async () => {
    const from = '2026-03-02';
    await seed(
      stave,
      'organisation',
      AssignmentEnded({ personId: ann, positionId: idOf('ann-position'), from: '2024-01-01', on: from }),
      holds('ann', 'sam', { unit: 'south', position: 'ann-south', from }),
    );
    expect(await calls('team', sue)).toEqual([2n + 16n]);
    expect(await calls('team', sam)).toEqual([1n + 4n + 8n]);
    expect(await calls('unit', south)).toEqual([1n + 4n + 8n]);
    expect(await body('GetTargetProgress', { targetId: idOf('sue sales') })).toMatchObject({ actual: 5000n });
    expect(await body('GetTargetProgress', { targetId: idOf('sam sales') })).toMatchObject({
      actual: 10000n,
    });
  });
});
