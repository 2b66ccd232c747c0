import type { NewEvent } from '../../src/engine/event.ts';
import { calendarEvents } from '../../src/events/calendar.ts';
import { callLogEvents } from '../../src/events/call-log.ts';
import { complaintEvents } from '../../src/events/complaint.ts';
import { customerEvents } from '../../src/events/customer.ts';
import { dailyReportEvents } from '../../src/events/daily-report.ts';
import { documentEvents } from '../../src/events/document.ts';
import { evaluationEvents } from '../../src/events/evaluation.ts';
import { orderEvents } from '../../src/events/order.ts';
import { organisationEvents } from '../../src/events/organisation.ts';
import { fiscalPeriods } from '../../src/events/period.ts';
import { productEvents } from '../../src/events/product.ts';
import { receivableEvents } from '../../src/events/receivable.ts';
import type { Dimensions } from '../../src/events/target.ts';
import { targetEvents } from '../../src/events/target.ts';
import { targetPlanEvents } from '../../src/events/target-plan.ts';
import { visitEvents } from '../../src/events/visit.ts';
import { eur } from './commerce.ts';
import { idOf } from './given.ts';
import { company, employed, granted, holds, unit } from './organisation.ts';
import { filed } from './report.ts';
import { type Stave, seed } from './stave.ts';

const { AssignmentEnded, OrganisationConfigured, OrgUnitHeadAppointed } = organisationEvents;

const periods = fiscalPeriods('calendar_month', 1, 2026, 1);
const periodOf = (periodId: string) => {
  const { start, endExclusive } = periods.find((period) => period.periodId === periodId)!;
  return { periodId, start, endExclusive };
};
export const march = 'FY2026-M03';
/** The Thursday on which Bob goes from Leeds to the south; and the day on which Dan takes over from Cat. */
export const moved = '2026-03-12';
export const handedOver = '2026-03-11';
export const planId = idOf('plan');

/** The company has a north of two offices and a south. */
const places = {
  boss: 'company',
  rita: 'north',
  sue: 'leeds',
  ann: 'leeds',
  bob: 'leeds',
  tom: 'york',
} as const;
const morePlaces = { cat: 'york', sam: 'south', dan: 'south' } as const;
const above = {
  rita: 'boss',
  sue: 'rita',
  ann: 'sue',
  bob: 'sue',
  tom: 'rita',
  cat: 'tom',
  sam: 'boss',
  dan: 'sam',
};
const roles = {
  boss: 'TM',
  rita: 'RM',
  sue: 'SV',
  tom: 'SV',
  sam: 'SV',
  ann: 'SP',
  bob: 'SP',
  cat: 'SP',
  dan: 'SP',
} as const;
export const people = Object.keys(roles);

const staff = (): readonly NewEvent[] => [
  OrganisationConfigured({
    name: 'Test',
    timeZone: 'Europe/Berlin',
    reportingCurrency: 'EUR',
    weekStart: 1,
    dailyReportDue: '18:00',
    weeklyReportDue: { isoWeekday: 1, time: '10:00' },
    monthlyReviewDueWorkingDay: 3,
  }),
  company,
  unit('north', 'region'),
  unit('south', 'region'),
  unit('leeds', 'office', 'north'),
  unit('york', 'office', 'north'),
  ...[...people, 'olga', 'ina'].map((name) => employed(name)),
  ...Object.entries(roles).map(([name, role]) => granted(name, role)),
  granted('olga', 'OP'),
  granted('ina', 'AN'),
  ...Object.entries({ ...places, ...morePlaces }).map(([name, place]) =>
    holds(name, above[name as 'ann'] ?? null, { unit: place }),
  ),
  OrgUnitHeadAppointed({
    unitId: idOf('north'),
    positionId: idOf('rita-position'),
    from: '2024-01-01',
    to: null,
    formerFrom: null,
  } as never),
  AssignmentEnded({ personId: idOf('bob'), positionId: idOf('bob-position'), from: '2024-01-01', on: moved }),
  holds('bob', 'sam', { unit: 'south', position: 'southern position', from: moved }),
];

/** Lines by product; the products are of two groups. */
type Sold = Readonly<Record<string, number>>;
const order = (name: string, by: string, day: string, customer: string, sold: Sold) => ({
  orderId: idOf(name),
  customerId: idOf(customer),
  takenBy: idOf(by),
  orderedOn: day,
  netTotal: eur(String(Object.values(sold).reduce((sum, net) => sum + net, 0))),
  lines: Object.entries(sold).map(([product, net], index) => ({
    lineNo: index + 1,
    productId: idOf(product),
    quantity: 1,
    netAmount: eur(String(net)),
    unitCost: null,
  })),
});
const took = (name: string, by: string, day: string, customer: string, sold: Sold, more = {}) =>
  [
    `order/${idOf(name)}`,
    [orderEvents.OrderTaken({ ...order(name, by, day, customer, sold), ...more })],
  ] as const;

const called = (by: string, date: string, times: number) =>
  [
    `call-log/${idOf(by)}/${date}`,
    Array.from({ length: times }, (_, index) =>
      callLogEvents.CallLogged({
        personId: idOf(by),
        date,
        callId: idOf(`${by} ${date} ${index}`),
        calledAt: `${date}T09:00:00.000Z`,
        customerId: idOf('shop'),
        direction: 'outgoing',
        channel: 'phone',
        seconds: 60,
        resultCode: 'reached',
      }),
    ),
  ] as const;

const visited = (name: string, by: string, date: string, outcome: 'effective' | 'ineffective') => {
  const visit = { visitId: idOf(name), personId: idOf(by), customerId: idOf('shop'), date };
  return [
    `visit/${idOf(name)}`,
    [
      visitEvents.VisitStarted({
        ...visit,
        planned: false,
        startedAt: `${date}T09:00:00.000Z`,
        offline: false,
        leftOpenAt: `${date}T22:00:00.000Z`,
      }),
      visitEvents.CompetitorObservationRecorded({
        ...visit,
        observationId: idOf(`seen on ${name}`),
        competitorId: idOf('rival'),
        kind: 'price',
        text: 'Cheaper.',
        confidence: 'high',
      } as never),
      visitEvents.VisitEnded({
        ...visit,
        planned: false,
        startedAt: `${date}T09:00:00.000Z`,
        endedAt: `${date}T09:30:00.000Z`,
        minutes: 30,
        outcome,
        ruleVersion: 0,
      }),
    ],
  ] as const;
};

const reported = (by: string, date: string, totalBp: number | null) => {
  const dueAt = `${date}T18:00:00.000Z`;
  const document = { authorId: idOf(by), date, docVersion: 1 };
  return [
    `daily-report/${idOf(by)}/${date}`,
    [
      dailyReportEvents.DailyReportExpected({ personId: idOf(by), date, dueAt, missedAt: dueAt }),
      ...(totalBp === null
        ? []
        : [
            dailyReportEvents.DailyReportFiled({
              ...filed.data,
              personId: idOf(by),
              date,
              filedAt: dueAt,
              dueAt,
            }),
            documentEvents.DocumentSubmitted({
              ...document,
              dueAt,
              latenessMinutes: 0,
              completenessBp: 10_000,
              signOffDueAt: dueAt,
            }),
            documentEvents.DocumentSignedOff({
              ...document,
              docHash: 'h',
              signerId: idOf('sue'),
              quality: { rubricVersion: 1, scores: {}, totalBp } as never,
              previous: null,
              chainHash: 'h',
            }),
          ]),
    ],
  ] as const;
};

const customer = (name: string, owner: string, segment: string) => {
  const customerId = idOf(name);
  return [
    `customer/${customerId}`,
    [
      customerEvents.CustomerRegistered({
        customerId,
        name,
        kind: 'end_customer',
        regionId: idOf(`region of ${name}`),
        channelId: idOf(`channel of ${name}`),
        segment,
        source: 'fair',
        registeredOn: '2025-01-01',
        nameKey: name,
        taxKey: null,
      }),
      customerEvents.CustomerOwnerAssigned({
        customerId,
        personId: idOf(owner),
        shareBp: 10_000,
        coOwners: [],
        from: '2025-01-01',
        reason: 'initial',
        replaces: null,
      }),
    ],
  ] as const;
};

const complained = (name: string, of: string, severity: number, at: string, resolvedAt?: string) =>
  [
    `complaint/${idOf(name)}`,
    [
      complaintEvents.ComplaintLogged(
        {
          complaintId: idOf(name),
          customerId: idOf(of),
          channel: 'phone',
          category: 'quality',
          severity,
          description: 'Broken.',
          by: idOf('ann'),
        } as never,
        { occurredAt: at },
      ),
      ...(resolvedAt
        ? [
            complaintEvents.ComplaintResolved(
              {
                complaintId: idOf(name),
                customerId: idOf(of),
                handledBy: idOf('sue'),
                remedy: { kind: 'replacement' },
                rootCause: { class: 'product' },
              } as never,
              { occurredAt: resolvedAt },
            ),
          ]
        : []),
    ],
  ] as const;

const invoiced = (name: string, orderName: string, by: string, dueOn: string, amount: string) => ({
  invoiceId: idOf(name),
  orderId: idOf(orderName),
  customerId: idOf('shop'),
  responsible: idOf(by),
  issuedOn: '2026-02-20',
  dueOn,
  amount: eur(amount),
});

const sold = () => [
  ...['soap', 'salt', 'silk'].map(
    (name) =>
      [
        `product/${idOf(name)}`,
        [
          productEvents.ProductDefined({
            productId: idOf(name),
            sku: name,
            skuKey: name,
            name,
            groupId: idOf(name === 'salt' ? 'food' : 'care'),
            unitOfMeasure: 'piece',
          } as never),
        ],
      ] as const,
  ),
  customer('shop', 'ann', 'retail'),
  customer('mill', 'bob', 'trade'),
  customer('farm', 'cat', 'retail'),
  took('last year', 'ann', '2025-03-05', 'shop', { soap: 400 }),
  took('in February', 'bob', '2026-02-10', 'mill', { soap: 700 }),
  took('one', 'ann', '2026-03-03', 'shop', { soap: 1_000, salt: 500, silk: 250 }),
  took('two', 'bob', '2026-03-04', 'mill', { salt: 2_000 }),
  took('three', 'bob', '2026-03-11', 'mill', { soap: 300, salt: 30 }, { channelId: idOf('web') }),
  took('four', 'bob', moved, 'mill', { soap: 4_000 }, { dealerId: idOf('dealer') }),
  took('five', 'cat', '2026-03-05', 'farm', { silk: 80 }),
  took('six', 'cat', '2026-03-13', 'farm', { salt: 90 }),
  took('seven', 'dan', '2026-03-10', 'shop', { soap: 11 }),
  took('eight', 'dan', '2026-03-13', 'farm', { soap: 13, salt: 17 }),
  took('nine', 'rita', '2026-03-10', 'shop', { soap: 600 }),
  took(
    'ten',
    'ann',
    '2026-03-10',
    'shop',
    { soap: 101 },
    {
      credits: [
        { personId: idOf('ann'), shareBp: 5_000 },
        { personId: idOf('dan'), shareBp: 5_000 },
      ],
    },
  ),
  [
    `order/${idOf('eleven')}`,
    [
      orderEvents.OrderTaken(order('eleven', 'ann', '2026-03-04', 'shop', { soap: 900, salt: 90 })),
      orderEvents.OrderCancelled({
        ...order('eleven', 'ann', '2026-03-04', 'shop', { soap: 900, salt: 90 }),
        on: '2026-03-12',
        reason: 'Not delivered.',
      }),
    ],
  ] as const,
  called('ann', '2026-03-03', 2),
  called('ann', '2026-03-10', 3),
  called('bob', '2026-03-11', 5),
  called('bob', '2026-03-13', 7),
  called('cat', '2026-03-12', 1),
  called('rita', '2026-03-12', 1),
  visited('v1', 'ann', '2026-03-03', 'effective'),
  visited('v2', 'ann', '2026-03-10', 'ineffective'),
  visited('v3', 'bob', '2026-03-11', 'effective'),
  visited('v4', 'bob', '2026-03-13', 'effective'),
  visited('v5', 'cat', '2026-03-12', 'ineffective'),
  reported('ann', '2026-03-03', 8_000),
  reported('ann', '2026-03-10', 9_000),
  reported('bob', '2026-03-11', null),
  reported('bob', '2026-03-13', 5_000),
  reported('cat', '2026-03-12', 7_000),
  complained('leak', 'shop', 4, '2026-03-04T10:00:00.000Z'),
  complained('noise', 'mill', 3, '2026-03-04T10:00:00.000Z', '2026-03-10T10:00:00.000Z'),
  complained('smell', 'farm', 2, '2026-03-10T10:00:00.000Z'),
  [
    `receivable/${idOf('bill')}`,
    [
      receivableEvents.InvoiceIssued(invoiced('bill', 'one', 'ann', '2026-03-10', '900') as never),
      receivableEvents.PaymentReceived({
        ...invoiced('bill', 'one', 'ann', '2026-03-10', '300'),
        paymentId: idOf('paid'),
        receivedOn: '2026-03-11',
        method: 'transfer',
      } as never),
    ],
  ] as const,
  [
    `receivable/${idOf('other bill')}`,
    [
      receivableEvents.InvoiceIssued(invoiced('other bill', 'two', 'bob', '2026-03-10', '400') as never),
      receivableEvents.ReceivableDisputed({
        ...invoiced('other bill', 'two', 'bob', '2026-03-10', '400'),
        customerId: idOf('mill'),
        on: '2026-03-11',
        reason: 'Too much.',
      } as never),
    ],
  ] as const,
];

export interface Node {
  readonly name: string;
  readonly responsible: string;
  readonly value: number;
  readonly period?: string;
  readonly measure?: string;
  readonly dimensions?: Dimensions;
  readonly above?: string;
}
const of = (...names: readonly [unit: string, person?: string]): Dimensions => ({
  org_unit: idOf(names[0]),
  ...(names[1] && { salesperson: idOf(names[1]) }),
});
/** A year by region, office, person and month; York has its March itself. */
export const nodes: readonly Node[] = [
  { name: 'year', responsible: 'boss', value: 100_000, period: 'FY2026' },
  {
    name: 'north',
    responsible: 'rita',
    value: 60_000,
    period: 'FY2026',
    dimensions: of('north'),
    above: 'year',
  },
  {
    name: 'south',
    responsible: 'sam',
    value: 40_000,
    period: 'FY2026',
    dimensions: of('south'),
    above: 'year',
  },
  { name: 'ann', responsible: 'ann', value: 3_000, dimensions: of('leeds', 'ann'), above: 'north' },
  { name: 'bob in Leeds', responsible: 'bob', value: 1_000, dimensions: of('leeds', 'bob'), above: 'north' },
  {
    name: 'bob in the south',
    responsible: 'bob',
    value: 2_000,
    dimensions: of('south', 'bob'),
    above: 'south',
  },
  { name: 'york', responsible: 'tom', value: 500, dimensions: of('york'), above: 'north' },
  { name: 'cat', responsible: 'cat', value: 450, dimensions: of('york', 'cat'), above: 'york' },
  {
    name: 'cat, then dan',
    responsible: 'cat',
    value: 200,
    dimensions: { salesperson: idOf('cat') },
    measure: 'orders',
  },
  {
    name: 'group',
    responsible: 'boss',
    value: 1_000,
    period: 'FY2026',
    dimensions: { product_group: idOf('care') },
  },
  {
    name: 'group in the north',
    responsible: 'rita',
    value: 1_000,
    period: 'FY2026',
    dimensions: { ...of('north'), product_group: idOf('food'), customer_segment: 'retail' },
  },
  {
    name: 'orders of a group',
    responsible: 'boss',
    value: 9,
    period: 'FY2026',
    measure: 'orders',
    dimensions: { product_group: idOf('care') },
  },
  {
    name: 'orders of the other group',
    responsible: 'boss',
    value: 9,
    period: 'FY2026',
    measure: 'orders',
    dimensions: { product_group: idOf('food') },
  },
  {
    name: 'through the web',
    responsible: 'boss',
    value: 9,
    period: 'FY2026',
    dimensions: { channel: idOf('web') },
  },
  {
    name: 'by a dealer',
    responsible: 'boss',
    value: 9,
    period: 'FY2026',
    dimensions: { dealer: idOf('dealer') },
  },
  {
    name: 'of a customer',
    responsible: 'boss',
    value: 9,
    period: 'FY2026',
    dimensions: { customer: idOf('shop') },
  },
  {
    name: 'a region’s product',
    responsible: 'boss',
    value: 9,
    period: 'FY2026',
    dimensions: { region: idOf('region of mill'), product: idOf('soap') },
  },
  { name: 'new', responsible: 'boss', value: 3, period: 'FY2026', measure: 'new_customers' },
  {
    name: 'new in a segment',
    responsible: 'rita',
    value: 3,
    period: 'FY2026',
    measure: 'new_customers',
    dimensions: { manager: idOf('rita'), customer_segment: 'retail' },
  },
  {
    name: 'new of a product',
    responsible: 'boss',
    value: 3,
    period: 'FY2026',
    measure: 'new_customers',
    dimensions: { product: idOf('soap') },
  },
  { name: 'paid', responsible: 'sue', value: 500, measure: 'payment_recovered' },
];
const isMoney = ({ measure = 'net_sales' }: Node): boolean =>
  ['net_sales', 'payment_recovered'].includes(measure);

const assigned = (node: Node): readonly NewEvent[] => {
  const {
    name,
    responsible,
    value,
    period = march,
    measure = 'net_sales',
    dimensions = {},
    above: whole,
  } = node;
  const targetId = idOf(name);
  const { start, endExclusive } = periodOf(period);
  return [
    targetEvents.TargetAssigned({
      targetId,
      responsible: idOf(responsible),
      measure,
      period: periodOf(period),
      dimensions,
      value: isMoney(node) ? eur(String(value)) : value,
      planId,
      depth: whole ? 1 : 0,
      ...(whole && { parentTargetId: idOf(whole) }),
    }),
    ...(name === 'cat, then dan'
      ? [
          targetEvents.TargetReassigned({
            targetId,
            fromPerson: idOf('cat'),
            toPerson: idOf('dan'),
            on: handedOver,
            method: 'manual',
            note: 'Left.',
            parts: [
              { responsible: idOf('cat'), start, endExclusive: handedOver, value: 100 },
              { responsible: idOf('dan'), start: handedOver, endExclusive, value: 100 },
            ],
          }),
        ]
      : []),
  ];
};

const evaluated = (name: string, totalBp: number | null) =>
  [
    `evaluation/${idOf(name)}/${march}`,
    [
      evaluationEvents.EvaluationComputed({
        ...periodOf(march),
        personId: idOf(name),
        scorecardId: idOf('card'),
        scorecardVersion: 1,
        items: [],
        countedBp: 10_000,
        totalBp,
        reportsSigned: 1,
        reportsDue: 1,
        knownAt: 1,
        evidenceHash: 'h',
      } as never),
    ],
  ] as const;

/** Founds a company in which every level has figures: people, their offices, the regions and the whole. */
export async function foundCompany(stave: Stave): Promise<void> {
  await seed(stave, 'organisation', ...staff());
  await seed(
    stave,
    'calendar',
    calendarEvents.FiscalCalendarPublished({
      calendarVersion: 1,
      kind: 'calendar_month',
      fiscalYearStartMonth: 1,
      periods: [...periods],
      withdrawn: [],
    } as never),
  );
  for (const [stream, events] of sold()) await seed(stave, stream, ...events);
  for (const [stream, events] of [evaluated('ann', 11_000), evaluated('bob', 7_500), evaluated('cat', null)])
    await seed(stave, stream, ...events);
  await seed(
    stave,
    `target-plan/${planId}`,
    targetPlanEvents.TargetPlanCreated({
      planId,
      name: 'Year',
      horizon: periodOf('FY2026'),
      calendarVersion: 1,
      measures: ['net_sales', 'orders', 'new_customers', 'payment_recovered'],
      rootOrgUnit: company.data.unitId,
      currency: 'EUR',
    }),
    targetPlanEvents.TargetPlanPublished({
      planId,
      publication: 1,
      planHash: 'h',
      nodes: nodes.length,
      leaves: nodes.length,
      waived: [],
    }),
  );
  for (const node of nodes) await seed(stave, `target/${idOf(node.name)}`, ...assigned(node));
}
