import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NewEvent } from '../../src/engine/event.ts';
import { strict } from '../../src/engine/input.ts';
import { addDays } from '../../src/engine/instant.ts';
import { calendarEvents } from '../../src/events/calendar.ts';
import { customerEvents } from '../../src/events/customer.ts';
import { opportunityEvents } from '../../src/events/opportunity.ts';
import { orderEvents } from '../../src/events/order.ts';
import { organisationEvents } from '../../src/events/organisation.ts';
import { fiscalPeriods } from '../../src/events/period.ts';
import { personEvents } from '../../src/events/person.ts';
import { productEvents } from '../../src/events/product.ts';
import type { Dimensions } from '../../src/events/target.ts';
import { targetEvents } from '../../src/events/target.ts';
import { targetPlanEvents } from '../../src/events/target-plan.ts';
import { monthsAndDays } from '../../src/projections/person-sums.ts';
import { createRuntime, queriesByName, type Runtime } from '../../src/runtime.ts';
import { eur } from '../support/commerce.ts';
import { idOf } from '../support/given.ts';
import { company, employed, holds, unit } from '../support/organisation.ts';
import { opened } from '../support/pipeline.ts';
import { type Stave, seed, startStave } from '../support/stave.ts';

const year = { periodId: 'FY2026', start: '2026-01-01', endExclusive: '2027-01-01' };
const month = (number: number) =>
  fiscalPeriods('calendar_month', 1, 2026, 1).filter(({ level }) => level === 'month')[number - 1]!;
const planId = idOf('plan');
/** Bob leaves the north for the south, in the middle of a month; the leaf of Cat goes to Ann. */
const moved = '2026-03-16';
const reassigned = '2026-02-10';
const people = ['boss', 'sue', 'ann', 'bob', 'cat'] as const;
type Name = (typeof people)[number];

interface Order {
  readonly by: Name;
  readonly day: string;
  readonly customer: number;
  readonly lines: readonly { readonly product: number; readonly net: number }[];
}
const arbitraryOrders = fc.array(
  fc.record({
    by: fc.constantFrom(...people),
    day: fc.integer({ min: 0, max: 180 }).map((days) => addDays(year.start, days)),
    customer: fc.integer({ min: 0, max: 3 }),
    lines: fc.array(
      fc.record({ product: fc.integer({ min: 0, max: 3 }), net: fc.integer({ min: 1, max: 9_999 }) }),
      {
        minLength: 1,
        maxLength: 3,
      },
    ),
  }),
  { minLength: 150, maxLength: 150 },
);
const orders: readonly Order[] = fc.sample(arbitraryOrders, { numRuns: 1, seed: 7 })[0]!;

const groupOf = (product: number): string => idOf(`group ${product % 2}`);
const segmentOf = (customer: number): string => (customer % 2 === 0 ? 'retail' : 'trade');

interface Node {
  readonly name: string;
  readonly responsible: Name;
  readonly dimensions?: Dimensions;
  readonly above?: string;
  readonly measure?: string;
  readonly period?: { readonly periodId: string; readonly start: string; readonly endExclusive: string };
}
const nodes: readonly Node[] = [
  { name: 'all', responsible: 'boss' },
  { name: 'north', responsible: 'sue', dimensions: { org_unit: idOf('north') }, above: 'all' },
  { name: 'south', responsible: 'boss', dimensions: { org_unit: idOf('south') }, above: 'all' },
  { name: 'team of sue', responsible: 'boss', dimensions: { manager: idOf('sue') } },
  {
    name: 'bob in the north',
    responsible: 'bob',
    dimensions: { org_unit: idOf('north'), salesperson: idOf('bob') },
    above: 'north',
  },
  {
    name: 'bob in March',
    responsible: 'bob',
    dimensions: { org_unit: idOf('north'), salesperson: idOf('bob') },
    above: 'bob in the north',
    period: month(3),
  },
  {
    name: 'bob in the south',
    responsible: 'bob',
    dimensions: { org_unit: idOf('south'), salesperson: idOf('bob') },
    above: 'south',
  },
  { name: 'a product', responsible: 'boss', dimensions: { product: idOf('product 1') } },
  {
    name: 'a group in the north',
    responsible: 'sue',
    dimensions: { org_unit: idOf('north'), product_group: groupOf(1) },
  },
  {
    name: 'a group and a segment',
    responsible: 'boss',
    dimensions: { product_group: groupOf(0), customer_segment: 'trade' },
  },
  { name: 'orders', responsible: 'boss', measure: 'orders' },
  {
    name: 'orders of a group',
    responsible: 'boss',
    measure: 'orders',
    dimensions: { product_group: groupOf(1) },
  },
  { name: 'new customers', responsible: 'boss', measure: 'new_customers' },
  {
    name: 'new customers of a segment',
    responsible: 'boss',
    measure: 'new_customers',
    dimensions: { customer_segment: 'retail' },
  },
  { name: 'cat, then ann', responsible: 'cat', dimensions: { salesperson: idOf('cat') } },
];
const isMoney = ({ measure = 'net_sales' }: Node): boolean => measure === 'net_sales';

const inNorth = (name: Name, day: string): boolean =>
  name === 'sue' || name === 'ann' || name === 'cat' || (name === 'bob' && day < moved);
const inSouth = (name: Name, day: string): boolean => name === 'bob' && day >= moved;

/** Who counts, told independently of the statements under test. */
function counts({ name, responsible, dimensions = {} }: Node, by: Name, day: string): boolean {
  if (name === 'cat, then ann') return by === (day < reassigned ? 'cat' : 'ann');
  if (dimensions.salesperson && dimensions.salesperson !== idOf(by)) return false;
  if (dimensions.org_unit === idOf('north')) return inNorth(by, day);
  if (dimensions.org_unit === idOf('south')) return inSouth(by, day);
  if (dimensions.manager) return inNorth(by, day);
  return responsible === 'boss' || dimensions.salesperson !== undefined;
}

function expectedOf(node: Node, asOf: string): bigint {
  const { measure = 'net_sales', dimensions = {}, period = year } = node;
  const isMeant = ({ product }: { readonly product: number }): boolean =>
    (!dimensions.product || dimensions.product === idOf(`product ${product}`)) &&
    (!dimensions.product_group || dimensions.product_group === groupOf(product));
  const meant = orders.filter(
    ({ by, day, customer }) =>
      day >= period.start &&
      day < period.endExclusive &&
      day <= asOf &&
      counts(node, by, day) &&
      (!dimensions.customer_segment || dimensions.customer_segment === segmentOf(customer)),
  );
  if (measure === 'orders') return BigInt(meant.filter(({ lines }) => lines.some(isMeant)).length);
  if (measure === 'new_customers') return BigInt(new Set(meant.map(({ customer }) => customer)).size);
  return BigInt(meant.flatMap(({ lines }) => lines.filter(isMeant)).reduce((sum, { net }) => sum + net, 0));
}

let stave: Stave;

interface Answer {
  readonly asOf: string;
  readonly data: readonly (Readonly<Record<string, unknown>> & { readonly targetId: string })[];
}
async function treeOn(asOf: string, personId?: string, { reader } = stave as Runtime): Promise<Answer> {
  await stave.projector.advance(stave.tenantId);
  const query = queriesByName.get('GetTargetTree')!;
  const actor = { tenantId: stave.tenantId, name: 'test', credentialId: 'test', roles: [] };
  const asking = await stave.asker(
    personId ? { ...actor, kind: 'person', personId } : { ...actor, kind: 'system' },
    query,
  );
  if ('ok' in asking) throw new Error(asking.detail);
  const answer = await reader.answer(
    query,
    stave.tenantId,
    strict(query.input).parse({ planId, asOf }),
    asking,
  );
  if (!answer.ok) throw new Error(answer.detail);
  query.output.parse(answer.body);
  return answer.body as Answer;
}
const nodeOf = ({ data }: Answer, name: string) => data.find(({ targetId }) => targetId === idOf(name))!;

const { OrganisationConfigured, AssignmentEnded, PositionAssigned, RoleGranted } = organisationEvents;

beforeAll(async () => {
  stave = await startStave({ clock: () => '2026-06-30T10:00:00.000Z' });
  await seed(
    stave,
    'organisation',
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
    ...people.map((name) => employed(name)),
    RoleGranted({ personId: idOf('sue'), role: 'SV', from: '2024-01-01' }),
    holds('boss', null),
    holds('sue', 'boss', { unit: 'north' }),
    holds('ann', 'sue', { unit: 'north' }),
    holds('bob', 'sue', { unit: 'north' }),
    holds('cat', 'sue', { unit: 'north' }),
    AssignmentEnded({
      personId: idOf('bob'),
      positionId: idOf('bob-position'),
      from: '2024-01-01',
      on: moved,
    }),
    PositionAssigned({
      personId: idOf('bob'),
      positionId: idOf('southern position'),
      orgUnitId: idOf('south'),
      reportsToPositionId: idOf('boss-position'),
      from: moved,
      to: null,
      primary: true,
      fteBp: 10_000,
      specialisation: 'field_sales',
    }),
  );
  await seed(
    stave,
    'calendar',
    calendarEvents.FiscalCalendarPublished({
      calendarVersion: 1,
      kind: 'calendar_month',
      fiscalYearStartMonth: 1,
      periods: [...fiscalPeriods('calendar_month', 1, 2026, 1)],
      withdrawn: [],
    } as never),
  );
  for (let index = 0; index < 4; index++) {
    await seed(
      stave,
      `customer/${idOf(`customer ${index}`)}`,
      customerEvents.CustomerRegistered({
        customerId: idOf(`customer ${index}`),
        name: `Customer ${index}`,
        kind: 'end_customer',
        regionId: idOf('region'),
        channelId: idOf('channel'),
        segment: segmentOf(index),
        source: 'fair',
        registeredOn: '2026-01-01',
        nameKey: `c${index}`,
        taxKey: null,
      }),
    );
    await seed(
      stave,
      `product/${idOf(`product ${index}`)}`,
      productEvents.ProductDefined({
        productId: idOf(`product ${index}`),
        sku: `P${index}`,
        skuKey: `p${index}`,
        name: `Product ${index}`,
        groupId: groupOf(index),
        unitOfMeasure: 'piece',
      } as never),
    );
  }
  for (const [index, { by, day, customer, lines }] of orders.entries()) {
    await seed(
      stave,
      `order/${idOf(`order ${index}`)}`,
      orderEvents.OrderTaken({
        orderId: idOf(`order ${index}`),
        customerId: idOf(`customer ${customer}`),
        takenBy: idOf(by),
        orderedOn: day,
        netTotal: eur(String(lines.reduce((sum, { net }) => sum + net, 0))),
        lines: lines.map(({ product, net }, line) => ({
          lineNo: line + 1,
          productId: idOf(`product ${product}`),
          quantity: 1,
          netAmount: eur(String(net)),
          unitCost: null,
        })),
      }),
    );
  }
  await seed(
    stave,
    `target-plan/${planId}`,
    targetPlanEvents.TargetPlanCreated({
      planId,
      name: 'Year',
      horizon: year,
      calendarVersion: 1,
      measures: ['net_sales', 'orders', 'new_customers'],
      rootOrgUnit: company.data.unitId,
      currency: 'EUR',
    }),
  );
  for (const node of nodes) {
    const { name, responsible, dimensions = {}, above, measure = 'net_sales', period = year } = node;
    const events: NewEvent[] = [
      targetEvents.TargetAssigned({
        targetId: idOf(name),
        responsible: idOf(responsible),
        measure,
        period: { periodId: period.periodId, start: period.start, endExclusive: period.endExclusive },
        dimensions,
        value: isMoney(node) ? eur('100000') : 40,
        planId,
        depth: above ? 1 : 0,
        ...(above && { parentTargetId: idOf(above) }),
      }),
    ];
    if (name === 'cat, then ann')
      events.push(
        targetEvents.TargetReassigned({
          targetId: idOf(name),
          fromPerson: idOf('cat'),
          toPerson: idOf('ann'),
          on: reassigned,
          method: 'manual',
          note: 'Left.',
          parts: [
            { responsible: idOf('cat'), start: year.start, endExclusive: reassigned, value: eur('10000') },
            {
              responsible: idOf('ann'),
              start: reassigned,
              endExclusive: year.endExclusive,
              value: eur('90000'),
            },
          ],
        }),
      );
    await seed(stave, `target/${idOf(name)}`, ...events);
  }
}, 60_000);
afterAll(() => stave.close());

describe('GetTargetTree', () => {
  test.each(['2026-01-01', '2026-02-09', '2026-03-15', '2026-03-16', '2026-04-30', '2026-06-30'])(
    'counts to each target what was done by those who count, as of %s',
    async (asOf) => {
      const tree = await treeOn(asOf);
      expect(tree.data).toHaveLength(nodes.length);
      for (const node of nodes)
        expect([node.name, nodeOf(tree, node.name)['actual']]).toEqual([node.name, expectedOf(node, asOf)]);
    },
  );

  test('says how far the period is, what will come of it and who causes the gap', async () => {
    const tree = await treeOn('2026-03-31');
    const [all, north] = [nodeOf(tree, 'all'), nodeOf(tree, 'north')];
    const actual = all['actual'] as bigint;
    expect(all).toMatchObject({
      target: 100_000n,
      gap: 100_000n - actual,
      workingDays: 261,
      workingDaysElapsed: 64,
      gapShare: null,
    });
    expect(all['projection']).toBe((actual * 261n) / 64n);
    const { num, den } = all['pace'] as { num: bigint; den: bigint };
    expect(num * 100_000n * 64n).toBe(den * actual * 261n);
    const gap = (all['gap'] as bigint) > 0n ? (all['gap'] as bigint) : 0n;
    expect(all['requiredPerDay']).toBe((gap + 196n) / 197n);
    if (gap > 0n) {
      const share = north['gapShare'] as { num: bigint; den: bigint };
      expect(share.num * gap).toBe(share.den * (north['gap'] as bigint));
    }
  });

  test('measures the pace by the seasonality of the plan', async () => {
    await seed(
      stave,
      `target-plan/${planId}`,
      targetPlanEvents.SeasonalityCurveAttached({
        planId,
        weights: [2_000, 1_000, 1_000, 500, 500, 500, 500, 500, 500, 1_000, 1_000, 1_000],
      }),
    );
    const tree = await treeOn('2026-04-15');
    const all = nodeOf(tree, 'all');
    const actual = all['actual'] as bigint;
    // Three months of 4 000, and of April 11 of 22 working days: 4 250 of 10 000.
    const { num, den } = all['pace'] as { num: bigint; den: bigint };
    expect(num * 100_000n * 4_250n).toBe(den * actual * 10_000n);
    expect(all['projection']).toBe((actual * 10_000n) / 4_250n);
  });

  test('shows a supervisor the targets of the team and of nobody else', async () => {
    const { data } = await treeOn('2026-03-31', idOf('sue'));
    expect(new Set(data.map((node) => node['responsible']))).toEqual(new Set([idOf('sue'), idOf('ann')]));
  });
});

test('a target of a plan is among those to be reached once the plan is published', async () => {
  const listed = async () => {
    await stave.projector.advance(stave.tenantId);
    const query = queriesByName.get('ListTargetProgress')!;
    const actor = {
      tenantId: stave.tenantId,
      kind: 'system',
      name: 'test',
      credentialId: 'test',
      roles: [],
    } as const;
    const asking = await stave.asker(actor, query);
    if ('ok' in asking) throw new Error(asking.detail);
    const input = strict(query.input).parse({ personId: idOf('sue'), asOf: '2026-03-31' });
    const answer = await stave.reader.answer(query, stave.tenantId, input, asking);
    return answer.ok ? (answer.body as Answer).data.length : answer;
  };
  expect(await listed()).toBe(0);
  await seed(
    stave,
    `target-plan/${planId}`,
    targetPlanEvents.TargetPlanPublished({
      planId,
      publication: 1,
      planHash: 'h',
      nodes: nodes.length,
      leaves: nodes.length,
      waived: [],
    }),
  );
  expect(await listed()).toBe(nodes.filter(({ responsible }) => responsible === 'sue').length);
});

describe('what is open', () => {
  interface Deal {
    readonly by: Name;
    readonly value: string;
    readonly odds: readonly [num: string, den: string];
    readonly close: string;
    readonly credits?: readonly { readonly personId: string; readonly shareBp: number }[];
  }
  const deals: Readonly<Record<string, Deal>> = {
    soon: { by: 'ann', value: '1000', odds: ['1', '3'], close: '2026-04-10' },
    later: { by: 'ann', value: '500', odds: ['1', '4'], close: '2026-12-31' },
    'next year': { by: 'ann', value: '90000', odds: ['1', '1'], close: '2027-01-01' },
    past: { by: 'ann', value: '90000', odds: ['1', '1'], close: '2026-03-31' },
    'of bob': { by: 'bob', value: '2001', odds: ['1', '2'], close: '2026-04-10' },
    shared: {
      by: 'bob',
      value: '100',
      odds: ['1', '1'],
      close: '2026-05-01',
      credits: [
        { personId: idOf('bob'), shareBp: 7_500 },
        { personId: idOf('sue'), shareBp: 2_500 },
      ],
    },
  };
  beforeAll(async () => {
    for (const [name, { by, value, odds, close, credits }] of Object.entries(deals)) {
      const opportunityId = idOf(`deal ${name}`);
      const after = {
        ...opened.data.after,
        ownerId: idOf(by),
        value: eur(value),
        probability: { num: odds[0], den: odds[1] },
        expectedClose: close,
      };
      await seed(
        stave,
        `opportunity/${opportunityId}`,
        opportunityEvents.OpportunityOpened({ ...opened.data, opportunityId, ownerId: idOf(by), after }),
        ...(credits
          ? [
              opportunityEvents.CreditSplitSet({
                ...opened.data,
                opportunityId,
                credits: [...credits],
                formerCredits: [],
                reason: 'Together.',
              }),
            ]
          : []),
      );
    }
  });

  test('is projected for those who count, exactly, and for net sales of people alone', async () => {
    const tree = await treeOn('2026-03-31');
    const open = (name: string) => {
      const { projectionPipeline, actual } = nodeOf(tree, name);
      return projectionPipeline === null ? null : (projectionPipeline as bigint) - (actual as bigint);
    };
    // 1 000/3 + 500/4 + 2 001/2 + 100 = 1 558.83: rounded down once.
    expect(open('all')).toBe(1_558n);
    // Ann in the north, Bob in the south since March, Sue with a quarter of what is shared.
    expect(open('north')).toBe(483n);
    expect(open('south')).toBe(1_075n);
    expect(open('bob in March')).toBeNull();
    expect(open('a product')).toBeNull();
    expect(open('orders')).toBeNull();
    // Cat's target went to Ann.
    expect(open('cat, then ann')).toBe(458n);
  });

  test('is told of one target', async () => {
    const query = queriesByName.get('GetTargetOutlook')!;
    const actor = { tenantId: stave.tenantId, name: 'test', credentialId: 'test', roles: [] };
    const asker = await stave.asker({ ...actor, kind: 'system' }, query);
    if ('ok' in asker) throw new Error(asker.detail);
    const of = async (name: string) => {
      const input = strict(query.input).parse({ targetId: idOf(name), asOf: '2026-03-31' });
      const answer = await stave.reader.answer(query, stave.tenantId, input, asker);
      return answer.ok ? (answer.body as { weighted: bigint | null }).weighted : answer.status;
    };
    expect(await of('all')).toBe(1_558n);
    expect(await of('a product')).toBeNull();
    expect(await of('nothing')).toBe(404);
  });
});

const eventsAfterwards: readonly (readonly [what: string, stream: string, events: readonly NewEvent[]])[] = [
  [
    'an order',
    `order/${idOf('late order')}`,
    [
      orderEvents.OrderTaken({
        orderId: idOf('late order'),
        customerId: idOf('customer 1'),
        takenBy: idOf('ann'),
        orderedOn: '2026-02-02',
        netTotal: eur('77'),
        lines: [
          {
            lineNo: 1,
            productId: idOf('product 1'),
            quantity: 1,
            netAmount: eur('77'),
            unitCost: null,
          },
        ],
      }),
    ],
  ],
  [
    'a revision',
    `target/${idOf('north')}`,
    [
      targetEvents.TargetRevised({
        targetId: idOf('north'),
        responsible: idOf('sue'),
        from: eur('100000'),
        to: eur('90000'),
        reason: 'economy',
        note: 'It shrinks.',
        effectiveFrom: '2026-04-01',
      }),
    ],
  ],
  [
    'a move',
    'organisation',
    [
      AssignmentEnded({
        personId: idOf('ann'),
        positionId: idOf('ann-position'),
        from: '2024-01-01',
        on: moved,
      }),
      PositionAssigned({
        personId: idOf('ann'),
        positionId: idOf('another position'),
        orgUnitId: idOf('south'),
        reportsToPositionId: idOf('boss-position'),
        from: moved,
        to: null,
        primary: true,
        fteBp: 10_000,
        specialisation: 'field_sales',
      }),
    ],
  ],
  [
    'an absence',
    `person/${idOf('bob')}`,
    [
      personEvents.AbsenceRecorded({
        absenceId: idOf('absence'),
        personId: idOf('bob'),
        from: '2026-03-02',
        to: '2026-03-06',
        kind: 'sick',
        halfDay: false,
      }),
    ],
  ],
  [
    'a holiday',
    'calendar',
    [calendarEvents.HolidayDeclared({ date: '2026-03-05', name: 'Feast', regionId: null })],
  ],
  [
    'a withdrawal',
    `target/${idOf('orders')}`,
    [
      targetEvents.TargetWithdrawn({
        targetId: idOf('orders'),
        responsible: idOf('boss'),
        measure: 'orders',
        period: year,
        dimensions: {},
        reason: 'No longer.',
      }),
    ],
  ],
];
test.each(eventsAfterwards)('the tree shows %s although it was asked before', async (_, stream, events) => {
  const before = await treeOn('2026-03-31');
  await seed(stave, stream, ...events);
  const after = await treeOn('2026-03-31');
  expect(after).not.toEqual(before);
  const other = createRuntime({ pool: stave.pool, masterKey: 'test', clock: stave.now });
  expect(after).toEqual(await treeOn('2026-03-31', undefined, other));
  await other.dispatcher.close();
});

test('the months between cuts are those that no cut divides, and days are the rest', () => {
  expect(monthsAndDays(['2026-01-15', '2026-03-01', '2026-05-10', '2026-06-01'])).toEqual({
    months: ['2026-02-01', '2026-03-01', '2026-04-01'],
    days: [
      { start: '2026-01-15', endExclusive: '2026-02-01' },
      { start: '2026-05-01', endExclusive: '2026-06-01' },
    ],
  });
});
