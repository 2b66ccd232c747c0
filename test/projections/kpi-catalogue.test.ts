import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import type { NewEvent } from '../../src/engine/event.ts';
import { calendarEvents } from '../../src/events/calendar.ts';
import { callLogEvents } from '../../src/events/call-log.ts';
import { complaintEvents } from '../../src/events/complaint.ts';
import { contractEvents } from '../../src/events/contract.ts';
import { customerEvents } from '../../src/events/customer.ts';
import { documentEvents } from '../../src/events/document.ts';
import { builtInKpis } from '../../src/events/kpi-catalogue.ts';
import { orderEvents } from '../../src/events/order.ts';
import { organisationEvents } from '../../src/events/organisation.ts';
import { fiscalPeriods } from '../../src/events/period.ts';
import { personEvents } from '../../src/events/person.ts';
import { type PolicyKey, policyEvents } from '../../src/events/policy.ts';
import { productEvents } from '../../src/events/product.ts';
import { receivableEvents } from '../../src/events/receivable.ts';
import { targetEvents } from '../../src/events/target.ts';
import { targetPlanEvents } from '../../src/events/target-plan.ts';
import { visitEvents } from '../../src/events/visit.ts';
import { visitPlanEvents } from '../../src/events/visit-plan.ts';
import type { KpiValue } from '../../src/projections/kpi.ts';
import { asking } from '../support/asking.ts';
import { eur, registered } from '../support/commerce.ts';
import { idOf, keyOf } from '../support/given.ts';
import { company, employed, granted, holds, unit } from '../support/organisation.ts';
import { figures, filed } from '../support/report.ts';
import { type Stave, seed, startStave } from '../support/stave.ts';

type Value = z.output<typeof KpiValue>;
type Seed = readonly [stream: string, events: readonly NewEvent[]];

const march = { from: '2026-03-01', to: '2026-03-31' };
const sellers = ['ann', 'bob', 'cat', 'dan', 'eve', 'gus', 'hal', 'lou'];
const everybody = ['boss', 'sue', 'sam', 'max', ...sellers];

let stave: Stave;
let ask: ReturnType<typeof asking>['ask'];
let body: ReturnType<typeof asking>['body'];

const at = (date: string, time = '09:00') => `${date}T${time}:00.000Z`;

const customerOf = (
  name: string,
  segment: string,
  owners: readonly (readonly [string, string])[],
  more = {},
): Seed => [
  `customer/${idOf(name)}`,
  [
    customerEvents.CustomerRegistered({ ...registered.data, customerId: idOf(name), name, segment, ...more }),
    ...owners.map(([person, from], index) =>
      customerEvents.CustomerOwnerAssigned({
        customerId: idOf(name),
        personId: idOf(person),
        shareBp: 10_000,
        coOwners: [],
        from,
        reason: 'initial',
        replaces:
          index === 0 ? null : { from: owners[index - 1]![1], personIds: [idOf(owners[index - 1]![0])] },
      }),
    ),
  ],
];

const ofOrder = (
  name: string,
  seller: string,
  customer: string,
  orderedOn: string,
  net: string,
  more = {},
) => ({
  orderId: idOf(name),
  customerId: idOf(customer),
  takenBy: idOf(seller),
  orderedOn,
  netTotal: eur(net),
  lines: [{ lineNo: 1, productId: idOf('soap'), quantity: 1, netAmount: eur(net), unitCost: null }],
  ...more,
});
let orders = 0;
const sold = (
  seller: string,
  customer: string,
  orderedOn: string,
  net = '100',
  more = {},
  cancelledOn?: string,
): Seed => {
  const order = ofOrder(`order ${orders++}`, seller, customer, orderedOn, net, more);
  const cancelled = { ...order, on: cancelledOn ?? '', reason: 'Changed their mind.' };
  return [
    `order/${order.orderId}`,
    [orderEvents.OrderTaken(order), ...(cancelledOn ? [orderEvents.OrderCancelled(cancelled)] : [])],
  ];
};

interface Made {
  readonly person?: string;
  readonly customer?: string | null;
  readonly date?: string;
  readonly start?: string;
  readonly minutes?: number;
  readonly distanceM?: number;
  readonly more?: readonly NewEvent[];
}
const keysOf = (name: string, { person = 'ann', customer = 'shop', date = '2026-03-03' }: Made) => ({
  visitId: idOf(name),
  personId: idOf(person),
  customerId: customer === null ? null : idOf(customer),
  date,
});
function visited(name: string, made: Made = {}): Seed {
  const keys = keysOf(name, made);
  const startedAt = at(keys.date, made.start);
  const { minutes = 30, distanceM, more = [] } = made;
  return [
    `visit/${idOf(name)}`,
    [
      visitEvents.VisitStarted({
        ...keys,
        planned: true,
        startedAt,
        offline: false,
        leftOpenAt: at(keys.date, '22:00'),
        ...(distanceM !== undefined && { distanceM }),
      }),
      ...more,
      visitEvents.VisitEnded({
        ...keys,
        planned: true,
        startedAt,
        endedAt: startedAt,
        minutes,
        outcome: 'effective',
        ruleVersion: 0,
      }),
    ],
  ];
}

/** A plan that was signed the day before. */
const planned = (
  person: string,
  date: string,
  before: string,
  windows: Readonly<Record<string, readonly [string, string]>>,
): Seed => [
  `visit-plan/${idOf(person)}/${date}`,
  [
    ...Object.entries(windows).map(([name, [start, end]], index) =>
      visitPlanEvents.VisitPlanned({
        personId: idOf(person),
        date,
        visitId: idOf(name),
        sequence: index + 1,
        prospectName: name,
        window: { start, end },
        purposes: ['service'],
      }),
    ),
    documentEvents.DocumentSubmitted({
      authorId: idOf(person),
      date,
      docVersion: 1,
      dueAt: at(date),
      latenessMinutes: 0,
      completenessBp: 10_000,
      signOffDueAt: at(date),
    }),
    documentEvents.DocumentSignedOff(
      {
        authorId: idOf(person),
        date,
        docVersion: 1,
        docHash: hash,
        signerId: idOf('sue'),
        previous: null,
        chainHash: hash,
      },
      { effectiveOn: before },
    ),
  ],
];
const hash = '0'.repeat(64);

type Turn = readonly [what: 'filed' | 'signed' | 'returned', date: string, time: string];
function reported(
  person: string,
  signer: string,
  date: string,
  turns: readonly Turn[],
  totalBp: number,
): Seed {
  const of = { authorId: idOf(person), date };
  let docVersion = 0;
  return [
    `daily-report/${idOf(person)}/${date}`,
    turns.map(([what, effectiveOn, time]) => {
      const when = { occurredAt: at(effectiveOn, time), effectiveOn };
      if (what === 'filed') docVersion += 1;
      const signed = { ...of, docVersion, docHash: hash, signerId: idOf(signer) };
      const quality = { rubricVersion: 1, scores: {} as never, totalBp };
      if (what === 'signed')
        return documentEvents.DocumentSignedOff(
          { ...signed, quality, previous: null, chainHash: hash },
          when,
        );
      if (what === 'returned')
        return documentEvents.DocumentReturned({ ...signed, comment: 'More.', issues: [] }, when);
      return documentEvents.DocumentSubmitted(
        {
          ...of,
          docVersion,
          dueAt: when.occurredAt,
          latenessMinutes: 0,
          completenessBp: 10_000,
          signOffDueAt: when.occurredAt,
        },
        when,
      );
    }),
  ];
}

const invoice = (
  name: string,
  issuedOn: string,
  amount: string,
  ...payments: readonly (readonly [string, string])[]
): Seed => {
  const of = {
    invoiceId: idOf(name),
    orderId: idOf(name),
    customerId: idOf('shop'),
    responsible: idOf('eve'),
    issuedOn,
    dueOn: '2026-06-01',
  };
  return [
    `receivable/${idOf(name)}`,
    [
      receivableEvents.InvoiceIssued({ ...of, amount: eur(amount) }),
      ...payments.map(([receivedOn, paid]) =>
        receivableEvents.PaymentReceived({
          ...of,
          paymentId: idOf(`${name} ${receivedOn}`),
          amount: eur(paid),
          receivedOn,
          method: 'cash',
        }),
      ),
    ],
  ];
};

function complained(
  name: string,
  customer: string,
  category: 'product' | 'price' | 'delivery',
  loggedOn: string,
  reopenedOn: string | null,
  closedOn: string | null,
): Seed {
  const of = { complaintId: idOf(name), customerId: idOf(customer), by: idOf('sam') };
  const resolved = {
    ...of,
    handledBy: idOf('dan'),
    remedy: { kind: 'apology' as const },
    rootCause: { class: 'people' as const },
  };
  return [
    `complaint/${idOf(name)}`,
    [
      complaintEvents.ComplaintLogged(
        { ...of, channel: 'phone', category, severity: 2, description: 'Bad.' },
        { effectiveOn: loggedOn },
      ),
      complaintEvents.ComplaintResolved(resolved, { effectiveOn: loggedOn }),
      ...(reopenedOn
        ? [complaintEvents.ComplaintReopened({ ...of, reason: 'Again.' }, { effectiveOn: reopenedOn })]
        : []),
      ...(closedOn
        ? [
            complaintEvents.ComplaintClosed(
              { ...of, costTotal: eur('0'), confirmed: true, attempts: 0 },
              { effectiveOn: closedOn },
            ),
          ]
        : []),
    ],
  ];
}

const observed = (
  name: string,
  person: string,
  kind: 'price' | 'promotion',
  confidence: 'low' | 'medium' | 'high',
  more = {},
) =>
  visitEvents.CompetitorObservationRecorded({
    ...keysOf(`visit ${name}`, { person, customer: 'shop', date: '2026-03-04' }),
    observationId: idOf(name),
    competitorId: idOf('rival'),
    kind,
    text: 'Seen.',
    confidence,
    ...more,
  });

const contractOf = (name: string, on: string, termTo: string, value: string) => ({
  contractId: idOf(name),
  customerId: idOf('shop'),
  responsible: idOf('hal'),
  on,
  term: 1,
  termFrom: on,
  termTo,
  value: eur(value),
  dueAt: at(on),
});
const contracted = (name: string, termTo: string, value: string, renewal?: ReturnType<typeof eur>): Seed => {
  const first = contractOf(name, '2025-03-01', termTo, value);
  const next = { ...first, term: 2, termFrom: termTo, termTo: '2027-03-01' };
  return [
    `contract/${idOf(name)}`,
    [
      contractEvents.ContractSigned(first),
      ...(renewal ? [contractEvents.ContractRenewed({ ...next, value: renewal })] : []),
    ],
  ];
};

const period = { periodId: 'FY2026-M04', start: '2026-04-01', endExclusive: '2026-05-01' };
const leaf = (person: string, ...events: readonly NewEvent[]): Seed => [
  `target/${idOf(`target ${person}`)}`,
  [
    targetEvents.TargetAssigned({
      targetId: idOf(`target ${person}`),
      responsible: idOf(person),
      measure: 'visits',
      period,
      dimensions: {},
      value: 10,
      planId: idOf('plan'),
    }),
    ...events,
  ],
];
const ofTarget = (person: string) => ({ targetId: idOf(`target ${person}`), responsible: idOf(person) });
const acknowledged = (person: string, effectiveOn: string) =>
  targetEvents.TargetAcknowledged(ofTarget(person), { effectiveOn });

const outletOf = (name: string, openedOn: string, closedOn?: string): Seed => {
  const [stream, events] = customerOf(name, 'trade', [['cat', '2026-01-01']], { kind: 'outlet' });
  const of = { customerId: idOf(name), outletCode: name, ownerId: idOf('cat') };
  return [
    stream,
    [
      ...events,
      customerEvents.OutletOpened({ ...of, openedOn }),
      ...(closedOn ? [customerEvents.OutletClosed({ ...of, on: closedOn, reason: 'Moved.' })] : []),
    ],
  ];
};

const stated = (date: string, statement: object | null): Seed => [
  `daily-report/${idOf('bob')}/${date}`,
  [
    {
      ...filed,
      data: {
        ...filed.data,
        personId: idOf('bob'),
        date,
        figures: { ...figures, ordersNetMinor: '10000', visitsCompleted: 4 },
        stated: statement,
      },
    },
  ],
];

const bought = (customer: string, days: readonly string[]): Seed[] =>
  days.map((day) => sold('gus', customer, day));
const lost = (customer: string, on: string) =>
  customerEvents.CustomerLost({ customerId: idOf(customer), reason: 'Price.', on, ownerId: idOf('gus') });
const withMore = ([stream, events]: Seed, ...more: readonly NewEvent[]): Seed => [
  stream,
  [...events, ...more],
];
const ofGus = (name: string) => customerOf(name, 'wide', [['gus', '2024-01-01']]);
const frequency = (customer: string, visits: number, windowDays: number, from: string) =>
  customerEvents.VisitFrequencySet({ customerId: idOf(customer), visits, windowDays, from });

const seeds = (): readonly Seed[] => [
  [
    `product/${idOf('soap')}`,
    [
      productEvents.ProductDefined({
        productId: idOf('soap'),
        sku: 'soap',
        skuKey: keyOf('product-sku', 'soap'),
        name: 'Soap',
        groupId: idOf('care'),
        unitOfMeasure: 'piece',
      }),
    ],
  ],
  withMore(customerOf('shop', 'retail', [['ann', '2026-01-01']]), frequency('shop', 2, 14, '2026-01-01')),
  withMore(customerOf('lab', 'health', [['ann', '2026-01-01']]), frequency('lab', 2, 28, '2026-01-01')),
  withMore(
    customerOf('depot', 'retail', [
      ['bob', '2026-01-01'],
      ['ann', '2026-03-16'],
    ]),
    frequency('depot', 1, 28, '2026-03-25'),
  ),
  planned('ann', '2026-03-03', '2026-03-02', {
    third: ['11:00', '12:00'],
    first: ['09:00', '10:00'],
    second: ['10:00', '11:00'],
    fourth: ['13:00', '14:00'],
  }),
  visited('second', {
    customer: 'lab',
    start: '08:50',
    distanceM: 800,
    more: [
      visitEvents.VisitExceptionApproved({
        ...keysOf('second', { customer: 'lab' }),
        kind: 'geo',
        approvedBy: idOf('sue'),
        note: 'Met at the fair.',
      }),
    ],
  }),
  visited('first', { start: '09:30', distanceM: 100 }),
  withMore(visited('extra', { start: '10:00', distanceM: 100, minutes: 3 })),
  visited('fourth', { start: '12:00' }),
  visited('later', { date: '2026-03-12' }),
  visited('last', { date: '2026-03-26' }),
  visited('depot visit', { person: 'bob', customer: 'depot', date: '2026-03-10' }),
  planned('bob', '2026-03-30', '2026-03-27', { summer: ['09:00', '10:00'] }),
  visited('summer', {
    person: 'bob',
    customer: null,
    date: '2026-03-30',
    start: '07:05',
    minutes: 5,
    distanceM: 500,
  }),
  sold('ann', 'shop', '2026-03-03', '500', { visitId: idOf('first') }),
  [
    `contract/${idOf('on visit')}`,
    [
      contractEvents.ContractSigned({
        ...contractOf('on visit', '2026-03-03', '2028-03-01', '100'),
        responsible: idOf('ann'),
        visitId: idOf('extra'),
      }),
    ],
  ],
  [
    `call-log/${idOf('sue')}/2026-03-05`,
    ['one', 'two'].map((callId) =>
      callLogEvents.CallLogged({
        personId: idOf('sue'),
        date: '2026-03-05',
        callId: idOf(callId),
        calledAt: at('2026-03-05'),
        customerId: idOf('lab'),
        direction: 'outgoing',
        channel: 'phone',
        seconds: 60,
        resultCode: 'reached',
      }),
    ),
  ],
  [
    `person/${idOf('ann')}`,
    [
      personEvents.AbsenceRecorded({
        absenceId: idOf('leave'),
        personId: idOf('ann'),
        from: '2026-03-20',
        to: '2026-03-24',
        kind: 'leave',
        halfDay: false,
      }),
    ],
  ],
  ['calendar', [calendarEvents.HolidayDeclared({ date: '2026-03-18', name: 'Day off', regionId: null })]],
  outletOf('corner', '2026-01-05'),
  outletOf('kiosk', '2026-02-01', '2026-03-20'),
  outletOf('stand', '2026-03-10'),
  sold('cat', 'corner', '2026-03-05', '100', {}, '2026-03-06'),
  sold('cat', 'stand', '2026-03-12', '10000'),
  sold('cat', 'trader', '2026-03-16', '100', { outletId: idOf('kiosk') }),
  customerOf('trader', 'trade', [['cat', '2026-01-01']]),
  reported(
    'ann',
    'sue',
    '2026-03-04',
    [
      ['filed', '2026-03-04', '15:00'],
      ['signed', '2026-03-05', '08:30'],
    ],
    8_000,
  ),
  reported(
    'ann',
    'sue',
    '2026-03-06',
    [
      ['filed', '2026-03-06', '15:30'],
      ['returned', '2026-03-09', '07:20'],
      ['filed', '2026-03-09', '09:20'],
      ['signed', '2026-03-09', '10:00'],
    ],
    6_000,
  ),
  reported(
    'cat',
    'sam',
    '2026-03-17',
    [
      ['filed', '2026-03-17', '15:00'],
      ['signed', '2026-03-19', '07:30'],
    ],
    5_000,
  ),
  stated('2026-03-11', { visitsCompleted: 5, ordersNetMinor: '12000', collectionsMinor: '4000' }),
  stated('2026-03-12', null),
  sold('eve', 'shop', '2024-05-10', '1000'),
  sold('eve', 'shop', '2025-03-31', '4000'),
  sold('eve', 'shop', '2025-04-15', '2000'),
  sold('eve', 'shop', '2026-03-10', '8000'),
  invoice('bill one', '2026-01-10', '9000', ['2026-02-01', '3000']),
  invoice('bill two', '2026-03-20', '6000'),
  invoice('bill three', '2025-12-20', '5000', ['2026-04-05', '5000']),
  complained('one', 'shop', 'product', '2026-02-01', null, '2026-03-02'),
  complained('two', 'shop', 'product', '2026-03-10', '2026-03-15', '2026-03-20'),
  complained('three', 'lab', 'price', '2026-03-01', null, '2026-03-21'),
  complained('four', 'lab', 'delivery', '2026-03-25', null, null),
  complained('five', 'shop', 'product', '2026-06-19', null, null),
  [
    'visit/observations',
    [
      observed('priced', 'ann', 'price', 'high', { productId: idOf('soap'), price: eur('300') }),
      observed('alike', 'ann', 'price', 'medium', { productId: idOf('soap') }),
      observed('vague', 'ann', 'promotion', 'low'),
      observed('seen too', 'bob', 'price', 'low', { productId: idOf('soap') }),
    ],
  ],
  ofGus('steady'),
  ofGus('gone'),
  withMore(ofGus('taken'), lost('taken', '2026-03-12')),
  withMore(
    ofGus('back'),
    lost('back', '2026-01-10'),
    customerEvents.CustomerReactivated({ customerId: idOf('back'), on: '2026-03-05', ownerId: idOf('gus') }),
  ),
  ofGus('fresh'),
  ofGus('undone'),
  ofGus('frequent'),
  ...bought('steady', ['2025-06-01', '2026-01-01']),
  ...bought('gone', ['2025-03-15']),
  ...bought('taken', ['2025-12-01']),
  ...bought('back', ['2025-12-01']),
  ...bought('fresh', ['2026-03-05']),
  ...bought('frequent', ['2025-11-01', '2025-11-11', '2025-11-21', '2026-01-30']),
  sold('gus', 'undone', '2025-08-01', '100', {}, '2025-08-02'),
  contracted('grown', '2026-03-10', '10000', eur('12000')),
  contracted('ended', '2026-03-15', '5000'),
  contracted('shrunk', '2026-03-20', '8000', eur('6000')),
  contracted('moved', '2026-03-25', '4000', { amountMinor: '9000', currency: 'USD' }),
  [
    `target-plan/${idOf('plan')}`,
    [
      targetPlanEvents.TargetPlanCreated({
        planId: idOf('plan'),
        name: 'Plan',
        horizon: period,
        calendarVersion: 0,
        measures: ['visits'],
        rootOrgUnit: idOf('company'),
        currency: 'EUR',
      }),
      targetPlanEvents.TargetPlanSubmitted({ planId: idOf('plan'), discussUntil: '2026-03-10' }),
      targetPlanEvents.TargetPlanPublished(
        { planId: idOf('plan'), publication: 1, planHash: hash, nodes: 6, leaves: 5, waived: [] },
        { effectiveOn: '2026-03-12' },
      ),
    ],
  ],
  leaf(
    'boss',
    targetEvents.TargetBrokenDown({
      targetId: idOf('target boss'),
      dimension: 'salesperson',
      method: 'manual',
      children: [{ targetId: idOf('target ann'), member: idOf('ann'), value: 10 }],
      unallocated: 0,
      overAssignment: 0,
    }),
  ),
  leaf('ann', acknowledged('ann', '2026-03-09')),
  leaf('bob', acknowledged('bob', '2026-03-11')),
  leaf(
    'cat',
    targetEvents.CounterProposalDecided(
      { ...ofTarget('cat'), accepted: true, reason: 'Right.' },
      { effectiveOn: '2026-03-10' },
    ),
  ),
  leaf('dan'),
  leaf(
    'eve',
    targetEvents.TargetWithdrawn({
      ...ofTarget('eve'),
      measure: 'visits',
      period,
      dimensions: {},
      reason: 'Not needed.',
    }),
  ),
  customerOf('old friend', 'wide', [['lou', '2024-01-01']]),
  customerOf('new friend', 'wide', [['lou', '2024-01-01']]),
  sold('lou', 'old friend', '2024-01-05', '5000', {
    lines: [
      { lineNo: 1, productId: idOf('soap'), quantity: 1, netAmount: eur('5000'), unitCost: eur('2000') },
    ],
  }),
  sold('lou', 'new friend', '2026-03-01', '1000', {
    lines: [
      { lineNo: 1, productId: idOf('soap'), quantity: 1, netAmount: eur('1000'), unitCost: eur('400') },
    ],
  }),
  [
    `visit/${idOf('to a friend')}`,
    [
      visitEvents.VisitCostRecorded({
        ...keysOf('to a friend', { person: 'lou', customer: 'old friend', date: '2025-02-03' }),
        category: 'travel',
        amount: eur('600'),
        total: eur('600'),
      }),
    ],
  ],
];

beforeAll(async () => {
  stave = await startStave({ clock: () => '2026-03-31T20:00:00.000Z' });
  ({ ask, body } = asking(stave));
  const half = holds('dan', 'sam', { unit: 'south', from: '2026-03-12' });
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
    company,
    unit('north', 'office'),
    unit('south', 'office'),
    unit('east', 'office'),
    ...everybody.map((name) => employed(name)),
    granted('boss', 'TM'),
    granted('sue', 'SV'),
    granted('sam', 'SV'),
    granted('max', 'SV'),
    ...sellers.map((name) => granted(name, 'SP')),
    holds('boss', null),
    holds('sue', 'boss', { unit: 'north' }),
    holds('sam', 'boss', { unit: 'south' }),
    holds('ann', 'sue', { unit: 'north' }),
    holds('bob', 'sue', { unit: 'north' }),
    holds('cat', 'sam', { unit: 'south' }),
    holds('max', 'sue', { unit: 'north', to: '2026-02-01' }),
    holds('max', 'sam', { unit: 'south', position: 'max-south', from: '2026-02-01' }),
    { ...half, data: { ...half.data, fteBp: 5_000 } },
    ...['eve', 'gus', 'hal', 'lou'].map((name) => holds(name, 'boss', { unit: 'east' })),
  );
  for (const [stream, events] of seeds()) await seed(stave, stream, ...events);
});
afterAll(() => stave.close());

const values = async (kpi: string, input: object, who?: string): Promise<readonly Value[]> =>
  (await body<{ data: readonly Value[] }>('GetKpiValues', { kpis: [kpi], ...march, ...input }, who)).data;
const plain = ({ numerator, denominator, value }: Value) => [
  numerator,
  denominator,
  value && `${value.num}/${value.den}`,
];
const person = (name: string) => ({ subjectKind: 'person', subjectId: idOf(name) });
const office = (name: string) => ({ subjectKind: 'unit', subjectId: idOf(name) });
const organisation = { subjectKind: 'organisation' };
const of = async (kpi: string, subject: object, more: object = {}) =>
  plain((await values(kpi, { ...subject, ...more }))[0]!);
const onTheThird = { from: '2026-03-03', to: '2026-03-03' };

describe('indicators of visits', () => {
  test('ask for the order of the windows, whatever order they were planned in', async () => {
    expect(await of('sequence_adherence', person('ann'), onTheThird)).toEqual([2n, 3n, '2/3']);
    expect(await of('sequence_adherence', person('cat'))).toEqual([0n, 0n, null]);
  });

  test('ask for the window with its tolerance, by the clock of summer and winter', async () => {
    expect(await of('time_window_adherence', person('ann'), onTheThird)).toEqual([2n, 3n, '2/3']);
    expect(await of('time_window_adherence', person('bob'))).toEqual([1n, 1n, '1/1']);
  });

  test('take a visit as verified by distance and length, or by an exception; unknown places apart', async () => {
    expect(await of('verified_visit_rate', person('ann'), onTheThird)).toEqual([2n, 4n, '1/2']);
    expect(await of('unlocated_visit_rate', person('ann'), onTheThird)).toEqual([1n, 4n, '1/4']);
    expect(await of('verified_visit_rate', person('bob'), { from: '2026-03-30' })).toEqual([1n, 1n, '1/1']);
  });

  test('count orders apart from contracts, and customers apart from visits', async () => {
    expect(await of('transaction_rate', person('ann'), onTheThird)).toEqual([2n, 4n, '1/2']);
    expect(await of('strike_rate_on_visits', person('ann'), onTheThird)).toEqual([1n, 4n, '1/4']);
    expect(await of('strike_rate_on_plan', person('ann'), onTheThird)).toEqual([1n, 4n, '1/4']);
    expect(await of('transaction_rate_by_customer', person('ann'), onTheThird)).toEqual([1n, 2n, '1/2']);
  });

  test('weigh owned customers by their days', async () => {
    expect(await of('coverage_rate', person('ann'))).toEqual([62n, 78n, '31/39']);
    expect(await of('coverage_rate', person('bob'))).toEqual([15n, 15n, '1/1']);
    expect(await of('coverage_rate', office('north'))).toEqual([77n, 93n, '77/93']);
    expect(await of('coverage_rate', person('ann'), { asOf: '2026-03-02' })).toEqual([0n, 4n, '0/1']);
    const retail = { subjectKind: 'customer_segment', subjectId: 'retail' };
    expect(await of('coverage_rate', retail)).toEqual([46n, 62n, '23/31']);
  });

  test('let leave and holidays move the window of a frequency, and wait for a whole one', async () => {
    expect(await of('frequency_compliance', person('ann'))).toEqual([1n, 2n, '1/2']);
    expect(await of('frequency_compliance', person('ann'), { asOf: '2026-03-11' })).toEqual([1n, 2n, '1/2']);
    expect(await of('frequency_compliance', person('ann'), { asOf: '2026-03-02' })).toEqual([0n, 2n, '0/1']);
  });

  test('count touches of the twelve months that are over', async () => {
    expect(await of('owner_dependency', person('ann'))).toEqual([8n, 9n, '8/9']);
    expect(await of('owner_dependency', person('ann'), { asOf: '2026-03-30' })).toEqual([0n, 0n, null]);
  });
});

describe('indicators of the way of working', () => {
  test('set what was done against what the policy asks for', async () => {
    expect(await of('right_amount', person('ann'), onTheThird)).toEqual([4n, 15n, '4/15']);
    const twoDays = { from: '2026-03-03', to: '2026-03-04' };
    expect(await of('right_way', person('ann'), twoDays)).toEqual([28_000n, 50_000n, '14/25']);
  });

  test('have the median of working minutes, past evenings, week-ends and holidays, of the union of a group', async () => {
    expect(await values('signoff_latency', person('sue'))).toMatchObject([
      { numerator: 100n, denominator: 2n, value: { num: 50n, den: 1n }, sample: 3n, state: 'ok' },
    ]);
    expect(await of('signoff_latency', person('sam'))).toEqual([180n, 2n, '90/1']);
    expect(await of('signoff_latency', organisation)).toEqual([140n, 2n, '70/1']);
    expect(await of('signoff_latency', person('ann'))).toEqual([0n, 0n, null]);
    expect(await of('refile_lag', office('north'))).toEqual([240n, 2n, '120/1']);
    expect(await of('first_pass_signoff', person('ann'))).toEqual([1n, 2n, '1/2']);
  });

  test('compare what is stated with what the log had, money apart from counts', async () => {
    expect(await of('stated_vs_computed_gap', person('bob'))).toEqual([3_000n, 15_000n, '1/5']);
    expect(await of('stated_vs_computed_count_gap', person('bob'))).toEqual([1n, 4n, '1/4']);
    expect(await of('stated_vs_computed_gap', person('bob'), { from: '2026-03-12' })).toEqual([0n, 0n, null]);
  });

  test('ask who accepted the target while it was discussed', async () => {
    expect(await of('target_ack_rate', organisation)).toEqual([2n, 4n, '1/2']);
    expect(await of('target_ack_rate', person('bob'))).toEqual([0n, 1n, '0/1']);
    expect(await of('target_ack_rate', organisation, { to: '2026-03-11' })).toEqual([0n, 0n, null]);
  });

  test('count what of the market was seen once in a group, and how much of it', async () => {
    expect(await of('market_info_breadth', person('ann'))).toEqual([2n, null, '2/1']);
    expect(await of('market_info_breadth', person('bob'))).toEqual([1n, null, '1/1']);
    expect(await of('market_info_breadth', office('north'))).toEqual([2n, null, '2/1']);
    expect(await of('market_info_breadth', person('cat'))).toEqual([0n, null, '0/1']);
    expect(await of('market_info_depth', office('north'))).toEqual([7n, 4n, '7/4']);
  });
});

describe('indicators of customers', () => {
  test('double what outlets buy and are open, at the ends of the time', async () => {
    expect(await of('active_outlet_rate', person('cat'))).toEqual([4n, 4n, '1/1']);
    expect(await of('active_outlet_rate', person('cat'), { asOf: '2026-03-14' })).toEqual([2n, 5n, '2/5']);
  });

  test('ask who of the active still is, lost ones aside', async () => {
    expect(await of('customer_retention', person('gus'))).toEqual([2n, 4n, '1/2']);
  });

  test('ask who fell out of the own rhythm', async () => {
    expect(await of('customer_churn', person('gus'))).toEqual([3n, 4n, '3/4']);
    expect(await of('customer_churn', person('gus'), { asOf: '2026-03-02' })).toEqual([1n, 4n, '1/4']);
  });

  test('count complaints once, when they were closed last', async () => {
    expect(await of('complaint_reopen_rate', person('dan'))).toEqual([1n, 3n, '1/3']);
    expect(await of('repeat_complaint_rate', person('dan'))).toEqual([1n, 3n, '1/3']);
  });

  test('know what a customer brought to date', async () => {
    expect(await of('ltv_historic', person('lou'))).toEqual([3_000n, 2n, '1500/1']);
    expect(await of('ltv_historic', person('lou'), { from: '2025-01-01', to: '2025-01-31' })).toEqual([
      3_000n,
      1n,
      '3000/1',
    ]);
  });
});

describe('indicators of money', () => {
  test('have the sales of a week over the people who could make them', async () => {
    const week = { from: '2026-03-09', to: '2026-03-15' };
    expect(await of('avg_sales_per_person_week', office('south'), week)).toEqual([
      700_000_000n,
      90_000n,
      '70000/9',
    ]);
  });

  test('sum the twelve months that are over, whatever the fiscal year is', async () => {
    const eve = person('eve');
    const answers = async () => [
      await of('r12m_net_sales', eve),
      await of('r12m_net_sales', eve, { asOf: '2026-03-30' }),
      await of('r12m_growth', eve),
      await of('r12m_growth', eve, { asOf: '2026-03-30' }),
      (await values('r12m_net_sales', { ...eve, from: '2026-01-01', grain: 'month' })).map(
        ({ numerator }) => numerator,
      ),
    ];
    const before = await answers();
    expect(before).toEqual([
      [10_000n, null, '10000/1'],
      [6_000n, null, '6000/1'],
      [5_000n, 5_000n, '1/1'],
      [5_000n, 1_000n, '5/1'],
      [6_000n, 6_000n, 10_000n],
    ]);
    const year = {
      calendarVersion: 1,
      kind: 'calendar_month' as const,
      fiscalYearStartMonth: 7,
    };
    await seed(
      stave,
      'calendar',
      calendarEvents.FiscalCalendarPublished({
        ...year,
        periods: fiscalPeriods('calendar_month', 7, 2025, 2),
      } as never),
    );
    expect(await answers()).toEqual(before);
    expect(await of('r12m_growth', person('cat'))).toEqual([10_100n, 0n, null]);
  });

  test('have what is open over what was invoiced, with tax, in days', async () => {
    expect(await of('dso', person('eve'))).toEqual([17_000n * 90n, 15_000n, '102/1']);
    expect(await of('dso', person('eve'), { asOf: '2026-03-19' })).toEqual([11_000n * 90n, 14_000n, '495/7']);
  });

  test('weigh renewals by value, with growth and without', async () => {
    expect(await of('renewal_rate', person('hal'))).toEqual([3n, 4n, '3/4']);
    expect(await of('renewal_rate_net', person('hal'))).toEqual([18_000n, 27_000n, '2/3']);
    expect(await of('renewal_rate_gross', person('hal'))).toEqual([16_000n, 27_000n, '16/27']);
  });
});

describe('every built-in indicator', () => {
  interface Entry {
    readonly amount: bigint;
    readonly events: readonly object[];
  }
  interface Evidence {
    readonly data: readonly Entry[];
    readonly nextCursor: string | null;
  }
  const all = async (input: object) =>
    (await body<{ data: readonly Value[] }>('GetKpiValues', { ...march, ...input })).data;

  test('adds up from the people to the organisation, where it is a ratio of sums', async () => {
    const people = await Promise.all(everybody.map((name) => all(person(name))));
    for (const [index, { kpi, numerator, denominator }] of (await all(organisation)).entries()) {
      if (builtInKpis.find(({ key }) => key === kpi)!.formula !== 'ratio') continue;
      const sum = (side: 'numerator' | 'denominator') =>
        people.reduce((total, each) => total + (each[index]![side] ?? 0n), 0n);
      expect([kpi, sum('numerator'), sum('denominator')]).toEqual([kpi, numerator, denominator ?? 0n]);
    }
  });

  test('has evidence that adds up to it, each made by events', async () => {
    for (const { kpi, numerator, denominator, evidence } of await all(office('company'))) {
      const { formula } = builtInKpis.find(({ key }) => key === kpi)!;
      for (const [side, total] of Object.entries({ numerator, denominator })) {
        if (!evidence || total === null) continue;
        const asked = { kpi, side, ...office('company'), ...march, limit: '200' };
        const data: Entry[] = [];
        for (let cursor: string | null | undefined; cursor !== null; ) {
          const page: Evidence = await body('GetKpiEvidence', { ...asked, ...(cursor && { cursor }) });
          data.push(...page.data);
          cursor = page.nextCursor;
        }
        expect([kpi, data.filter(({ events }) => events.length === 0)]).toEqual([kpi, []]);
        if (formula !== 'ratio') continue;
        expect([kpi, side, data.reduce((sum, { amount }) => sum + amount, 0n)]).toEqual([kpi, side, total]);
      }
    }
  });

  test('says of people and units beside each other what it says of each', async () => {
    const subjects = [...sellers.map(person), ...['north', 'south', 'east'].map(office)];
    const each = new Map<string, readonly Value[]>();
    for (const subject of subjects) each.set(subject.subjectId, await all(subject));
    for (const { key } of builtInKpis)
      for (const peers of ['people', 'units']) {
        const { data } = await body<{ data: readonly { id: string; rank: number | null }[] }>(
          'GetKpiComparison',
          { kpi: key, of: peers, ...march },
        );
        expect(data).toHaveLength(peers === 'people' ? sellers.length : 3);
        for (const { id, rank: _, ...result } of data) {
          const value = each.get(id)?.find(({ kpi }) => kpi === key);
          expect([key, id, value]).toMatchObject([key, id, result]);
        }
      }
  });

  test('is known as it was, before a late fact and after it', async () => {
    const { rows } = await stave.pool.query('select position::integer from log.head where tenant_id = $1', [
      stave.tenantId,
    ]);
    const knownAt: number = rows[0].position;
    const before = await all(organisation);
    await seed(
      stave,
      ...(([stream, events]: Seed) => [stream, ...events] as const)(invoice('late', '2026-03-02', '3000')),
    );
    const after = await all(organisation);
    const changed = after.filter(({ numerator }, index) => numerator !== before[index]!.numerator);
    expect(changed.map(({ kpi }) => kpi)).toEqual(['dso']);
    const past = await ask('GetKpiValues', { ...organisation, ...march }, undefined, knownAt);
    expect(past).toMatchObject({ ok: true });
    const figuresOf = (each: readonly Value[]) => each.map((value) => [value.kpi, ...plain(value)]);
    expect(figuresOf((past as unknown as { body: { data: readonly Value[] } }).body.data)).toEqual(
      figuresOf(before),
    );
  });

  test('knows the kinds of subjects that its measures know', async () => {
    const soap = { subjectKind: 'product', subjectId: idOf('soap') };
    expect(await values('r12m_net_sales', soap)).toMatchObject([{ numerator: 22_500n, state: 'ok' }]);
    expect(await values('coverage_rate', soap)).toMatchObject([{ state: 'subject_unknown_to_measure' }]);
    expect(
      await values('signoff_latency', { subjectKind: 'customer_segment', subjectId: 'retail' }),
    ).toMatchObject([{ state: 'subject_unknown_to_measure' }]);
  });

  test('is left out where it rests on days that the reader does not see', async () => {
    const kpis = ['net_sales', 'r12m_net_sales'];
    const keys = async (who: string, subject: object) =>
      (await body<{ data: readonly Value[] }>('GetKpiValues', { kpis, ...march, ...subject }, who)).data.map(
        ({ kpi }) => kpi,
      );
    expect(await keys('sue', office('north'))).toEqual(kpis);
    expect(await keys('sam', person('max'))).toEqual(['net_sales']);
    const asked = { kpi: 'r12m_net_sales', side: 'numerator', ...person('max'), ...march };
    expect(await ask('GetKpiEvidence', asked, 'sam')).toMatchObject({ status: 404 });
    expect(await ask('GetKpiEvidence', asked, 'boss')).toMatchObject({ ok: true });
  });
});

describe('what indicators ask of policies', () => {
  test('is what was in force on the day', async () => {
    const adopted = (policyKey: PolicyKey, effectiveFrom: string, document: object) =>
      policyEvents.PolicyAdopted({
        policyKey,
        policyVersion: 1,
        effectiveFrom,
        retroactive: true,
        document: document as Record<string, unknown>,
        docHash: hash,
      });
    await seed(
      stave,
      'policy',
      adopted('visit-planning', '2026-03-03', { windowToleranceMinutes: 5 }),
      adopted('visit-effectiveness', '2026-03-03', { distanceMaxM: 50 }),
      adopted('working-hours', '2026-03-05', { start: '00:00', end: '23:59' }),
    );
    expect(await of('time_window_adherence', person('ann'), onTheThird)).toEqual([1n, 3n, '1/3']);
    expect(await of('verified_visit_rate', person('ann'), onTheThird)).toEqual([1n, 4n, '1/4']);
    expect(await of('signoff_latency', person('sue'))).toEqual([2n * 630n, 2n, '630/1']);
  });
});
