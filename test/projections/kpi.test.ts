import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import type { NewEvent } from '../../src/engine/event.ts';
import { callLogEvents } from '../../src/events/call-log.ts';
import { customerEvents } from '../../src/events/customer.ts';
import { kpiEvents } from '../../src/events/kpi.ts';
import { orderEvents } from '../../src/events/order.ts';
import { organisationEvents } from '../../src/events/organisation.ts';
import { productEvents } from '../../src/events/product.ts';
import { visitEvents } from '../../src/events/visit.ts';
import type { KpiValue } from '../../src/projections/kpi.ts';
import { asking } from '../support/asking.ts';
import { eur, registered } from '../support/commerce.ts';
import { idOf, keyOf } from '../support/given.ts';
import { company, employed, granted, holds, unit } from '../support/organisation.ts';
import { type Stave, seed, startStave } from '../support/stave.ts';

type Value = z.output<typeof KpiValue>;

const { RegionDefined, ChannelDefined } = organisationEvents;
const { KpiDefined, KpiVersionPublished, KpiRetired } = kpiEvents;
const date = '2026-03-10';
const march = 'FY2026-M03';

let stave: Stave;
let ask: ReturnType<typeof asking>['ask'];
let body: ReturnType<typeof asking>['body'];

const region = (name: string, above: string | null = null) =>
  RegionDefined({ regionId: idOf(name), code: name, name, parentId: above && idOf(above) });
const channel = (name: string) => ChannelDefined({ channelId: idOf(name), code: name, name });

const customerOf = (name: string, regionName: string, segment: string): readonly [string, NewEvent[]] => [
  `customer/${idOf(name)}`,
  [
    customerEvents.CustomerRegistered({
      ...registered.data,
      customerId: idOf(name),
      name,
      regionId: idOf(regionName),
      channelId: idOf('direct'),
      segment,
    }),
  ],
];
const productOf = (name: string, group: string): readonly [string, NewEvent[]] => [
  `product/${idOf(name)}`,
  [
    productEvents.ProductDefined({
      productId: idOf(name),
      sku: name,
      skuKey: keyOf('product-sku', name),
      name,
      groupId: idOf(group),
      unitOfMeasure: 'piece',
    }),
  ],
];

const orderOf = (
  name: string,
  seller: string,
  customer: string,
  sold: Readonly<Record<string, string>>,
  more = {},
): readonly [string, NewEvent[]] => [
  `order/${idOf(name)}`,
  [
    orderEvents.OrderTaken({
      orderId: idOf(name),
      customerId: idOf(customer),
      takenBy: idOf(seller),
      orderedOn: date,
      netTotal: eur('0'),
      lines: Object.entries(sold).map(([product, net], index) => ({
        lineNo: index + 1,
        productId: idOf(product),
        quantity: 1,
        netAmount: eur(net),
        unitCost: null,
      })),
      ...more,
    }),
  ],
];

const visitOf = (name: string, person: string, customer: string): readonly [string, NewEvent[]] => [
  `visit/${idOf(name)}`,
  [
    visitEvents.VisitEnded({
      visitId: idOf(name),
      personId: idOf(person),
      customerId: idOf(customer),
      date,
      planned: false,
      startedAt: `${date}T09:00:00.000Z`,
      endedAt: `${date}T09:30:00.000Z`,
      minutes: 30,
      outcome: 'effective',
      ruleVersion: 0,
    }),
  ],
];

const callsOf = (person: string, times: number): readonly [string, NewEvent[]] => [
  `call-log/${idOf(person)}/${date}`,
  Array.from({ length: times }, (_, index) =>
    callLogEvents.CallLogged({
      personId: idOf(person),
      date,
      callId: idOf(`${person} ${index}`),
      calledAt: `${date}T09:00:00.000Z`,
      customerId: idOf('shop'),
      direction: 'outgoing',
      channel: 'phone',
      seconds: 60,
      resultCode: 'reached',
    }),
  ),
];

const version = (key: string, number: number, more: object) =>
  KpiVersionPublished({
    key,
    version: number,
    numerator: [],
    denominator: [],
    grain: 'day',
    minSample: 0,
    source: 'Test.',
    obtainability: 'Test.',
    owner: idOf('boss'),
    definitionHash: 'hash',
    ...more,
  });
const draft = (key: string, unitName: 'ratio' | 'money' | 'count') =>
  KpiDefined({ key, name: key, purpose: 'Test.', unit: unitName, direction: 'up' });

beforeAll(async () => {
  stave = await startStave({ clock: () => '2026-03-31T20:00:00.000Z' });
  ({ ask, body } = asking(stave));
  await seed(
    stave,
    'organisation',
    company,
    unit('north', 'office'),
    unit('south', 'office'),
    region('country'),
    region('coast', 'country'),
    region('hills'),
    channel('direct'),
    channel('web'),
    ...['boss', 'sue', 'sam', 'ann', 'bob', 'cat', 'dan'].map((name) => employed(name)),
    granted('boss', 'TM'),
    granted('sue', 'SV'),
    granted('sam', 'SV'),
    ...['ann', 'bob', 'cat', 'dan'].map((name) => granted(name, 'SP')),
    holds('boss', null),
    holds('sue', 'boss', { unit: 'north' }),
    holds('sam', 'boss', { unit: 'south' }),
    holds('ann', 'sue', { unit: 'north' }),
    holds('bob', 'sue', { unit: 'north' }),
    holds('cat', 'sam', { unit: 'south' }),
    holds('dan', 'sam', { unit: 'south' }),
  );
  const streams = [
    customerOf('shop', 'coast', 'retail'),
    customerOf('lab', 'hills', 'health'),
    productOf('soap', 'care'),
    productOf('salt', 'food'),
    orderOf('first', 'ann', 'shop', { soap: '3000', salt: '1000' }, { channelId: idOf('web') }),
    orderOf('second', 'cat', 'lab', { salt: '5000' }),
    visitOf('one', 'ann', 'shop'),
    visitOf('two', 'ann', 'shop'),
    visitOf('three', 'bob', 'lab'),
    visitOf('four', 'cat', 'lab'),
    callsOf('ann', 3),
    callsOf('bob', 3),
    callsOf('cat', 2),
    callsOf('sue', 9),
    [
      'kpi/soap_share',
      [
        draft('soap_share', 'ratio'),
        version('soap_share', 1, {
          numerator: [{ measure: 'net_sales', times: 1, filters: { product: [idOf('soap')] } }],
          denominator: [{ measure: 'net_sales', times: 1 }],
          grain: 'week',
        }),
        version('soap_share', 2, {
          numerator: [{ measure: 'net_sales', times: 1, filters: { product_group: [idOf('care')] } }],
          denominator: [{ measure: 'net_sales', times: 1, filters: { region: [idOf('country')] } }],
          grain: 'week',
        }),
      ],
    ],
    [
      'kpi/calls_per_visit',
      [
        draft('calls_per_visit', 'ratio'),
        version('calls_per_visit', 1, {
          numerator: [{ measure: 'calls', times: 1 }],
          denominator: [{ measure: 'visits', times: 1 }],
          minSample: 2,
        }),
      ],
    ],
    [
      'kpi/phone_work',
      [
        draft('phone_work', 'ratio'),
        version('phone_work', 1, {
          numerator: [{ measure: 'calls', times: 1 }],
          denominator: [{ measure: 'visits', times: 1 }],
        }),
      ],
    ],
    ['kpi/idea', [draft('idea', 'count')]],
    [
      'kpi/old',
      [
        draft('old', 'count'),
        version('old', 1, { numerator: [{ measure: 'calls', times: 2 }] }),
        KpiRetired({ key: 'old', reason: 'Test.' }),
      ],
    ],
  ] as const;
  for (const [stream, events] of streams) await seed(stave, stream, ...events);
});
afterAll(() => stave.close());

const values = async (input: Readonly<Record<string, unknown>>, who?: string): Promise<readonly Value[]> => {
  const { data } = await body<{ data: readonly Value[] }>('GetKpiValues', { period: march, ...input }, who);
  return data;
};
const plain = ({ numerator, denominator, state }: Value) => [numerator, denominator, state];
const ofOrganisation = { subjectKind: 'organisation' };

describe('indicators of one’s own', () => {
  test('are evaluated like the built-in ones, also in an earlier version beside the present one', async () => {
    const shares = await values({ ...ofOrganisation, kpis: ['soap_share'], version: [1, 2] });
    expect(shares.map((value) => [value.version, ...plain(value)])).toEqual([
      [1, 3000n, 9000n, 'ok'],
      [2, 3000n, 4000n, 'ok'],
    ]);
    expect(shares[0]).toMatchObject({ value: { num: 1n, den: 3n }, sample: null });
    const [latest] = await values({ ...ofOrganisation, kpis: ['soap_share'] });
    expect(latest).toMatchObject({ version: 2 });
  });

  test('have no value below the smallest sample', async () => {
    const ofPerson = (name: string) =>
      values({ subjectKind: 'person', subjectId: idOf(name), kpis: ['calls_per_visit'] });
    expect((await ofPerson('ann')).map(plain)).toEqual([[3n, 2n, 'ok']]);
    expect(await ofPerson('bob')).toMatchObject([
      { numerator: 3n, denominator: 1n, value: null, sample: 1n, state: 'insufficient_sample' },
    ]);
  });

  test('stand beside the built-in ones while they are in use, for parts that are not too fine', async () => {
    const keysOf = async (input: object) =>
      (await values({ ...ofOrganisation, ...input })).map(({ kpi }) => kpi);
    const all = await keysOf({});
    expect(all).toEqual(expect.arrayContaining(['transaction_rate', 'soap_share', 'calls_per_visit']));
    expect(all).not.toContain('old');
    expect(await keysOf({ kpis: ['old'] })).toEqual(['old']);
    const ofDay = { period: undefined, from: date, to: date, grain: 'day' };
    expect(await keysOf(ofDay)).not.toContain('soap_share');
    expect(await keysOf({ ...ofDay, grain: 'week' })).toContain('soap_share');
  });

  test('are not found under an unknown key or version, nor as a draft', async () => {
    const absent = { status: 404 };
    const askFor = (more: object) => ask('GetKpiValues', { ...ofOrganisation, period: march, ...more });
    expect(await askFor({ kpis: ['unheard_of'] })).toMatchObject(absent);
    expect(await askFor({ kpis: ['idea'] })).toMatchObject(absent);
    expect(await askFor({ kpis: ['soap_share'], version: [3] })).toMatchObject(absent);
    expect(await askFor({ version: [1] })).toMatchObject(absent);
    expect(await ask('GetKpi', { kpi: 'unheard_of' })).toMatchObject(absent);
    expect(await ask('GetKpi', { kpi: 'transaction_rate', version: 2 })).toMatchObject(absent);
  });

  test('are listed and shown with their versions', async () => {
    const { data } = await body<{ data: readonly unknown[] }>('ListKpis', {}, 'ann');
    expect(data).toContainEqual(expect.objectContaining({ key: 'idea', state: 'draft', version: 0 }));
    expect(data).toContainEqual(expect.objectContaining({ key: 'old', state: 'retired', version: 1 }));
    expect(await body('GetKpi', { kpi: 'soap_share', version: 1 })).toMatchObject({
      version: 1,
      origin: 'own',
      denominator: [{ measure: 'net_sales', times: 1 }],
      versions: [{ version: 1 }, { version: 2 }],
    });
    expect(await body('GetKpi', { kpi: 'gross_margin' })).toMatchObject({
      version: 1,
      origin: 'built_in',
      state: 'published',
      versions: [{ version: 1, publishedAt: null }],
    });
  });

  test('list their evidence by version and filter', async () => {
    const evidence = (number: number) =>
      body<{ data: readonly { amount: bigint }[] }>('GetKpiEvidence', {
        ...{ kpi: 'soap_share', version: number, side: 'denominator', ...ofOrganisation },
        ...{ from: '2026-03-01', to: '2026-03-31' },
      });
    const amounts = async (number: number) => (await evidence(number)).data.map(({ amount }) => amount);
    expect(await amounts(1)).toEqual([3000n, 1000n, 5000n]);
    expect(await amounts(2)).toEqual([3000n, 1000n]);
  });
});

describe('a subject that is no person', () => {
  const of = async (subjectKind: string, subjectId: string, kpis: readonly string[]) =>
    (await values({ subjectKind, subjectId, kpis })).map(plain);

  test('has the figures of a product and of a product group', async () => {
    expect(await of('product', idOf('salt'), ['net_sales', 'average_order_value'])).toEqual([
      [6000n, null, 'ok'],
      [6000n, 2n, 'ok'],
    ]);
    expect(await of('product_group', idOf('care'), ['net_sales', 'average_order_value'])).toEqual([
      [3000n, null, 'ok'],
      [3000n, 1n, 'ok'],
    ]);
  });

  test('has the figures of a customer segment, and of a region with those below it', async () => {
    const kpis = ['net_sales', 'call_volume', 'transaction_rate', 'new_customers_developed'];
    expect(await of('customer_segment', 'retail', kpis)).toEqual([
      [4000n, null, 'ok'],
      [8n + 9n, null, 'ok'],
      [0n, 2n, 'ok'],
      [1n, null, 'ok'],
    ]);
    expect(await of('region', idOf('country'), kpis)).toEqual(await of('region', idOf('coast'), kpis));
    expect(await of('region', idOf('hills'), ['net_sales', 'transaction_rate'])).toEqual([
      [5000n, null, 'ok'],
      [0n, 2n, 'ok'],
    ]);
  });

  test('has the channel of the order, else that of the customer', async () => {
    expect(await of('channel', idOf('web'), ['net_sales', 'call_volume'])).toEqual([
      [4000n, null, 'ok'],
      [0n, null, 'ok'],
    ]);
    expect(await of('channel', idOf('direct'), ['net_sales', 'call_volume'])).toEqual([
      [5000n, null, 'ok'],
      [8n + 9n, null, 'ok'],
    ]);
  });

  test('says where a measure does not know it', async () => {
    const unknown = [null, null, 'subject_unknown_to_measure'];
    expect(await of('product', idOf('soap'), ['call_volume', 'report_timeliness'])).toEqual([
      unknown,
      unknown,
    ]);
    expect(await of('region', idOf('coast'), ['visit_volume_compliance'])).toEqual([unknown]);
    const ofSoap = { subjectKind: 'product', subjectId: idOf('soap'), kpis: ['call_volume'] };
    expect(await values(ofSoap)).toMatchObject([{ evidence: null }]);
    const evidence = { kpi: 'call_volume', side: 'numerator', from: date, to: date };
    const { kpis: _, ...soap } = ofSoap;
    expect(await ask('GetKpiEvidence', { ...soap, ...evidence })).toMatchObject({ status: 404 });
  });

  test('is one that there is, for readers who see everyone', async () => {
    const askFor = (subjectKind: string, subjectId: string, who?: string) =>
      ask('GetKpiValues', { subjectKind, subjectId, period: march }, who);
    expect(await askFor('product', idOf('nothing'))).toMatchObject({ status: 404 });
    expect(await askFor('channel', 'no id')).toMatchObject({ status: 404 });
    expect(await askFor('customer_segment', 'nobody')).toMatchObject({ status: 404 });
    expect(await askFor('region', idOf('coast'), 'sue')).toMatchObject({ status: 404 });
    expect(await askFor('region', idOf('coast'), 'boss')).toMatchObject({ ok: true });
  });
});

describe('GetKpiComparison', () => {
  interface Comparison {
    readonly data: readonly (Pick<Value, 'numerator' | 'denominator' | 'value' | 'sample' | 'state'> & {
      readonly id: string;
      readonly rank: number | null;
    })[];
  }
  const compared = (kpi: string, more: object = {}, who?: string) =>
    body<Comparison>('GetKpiComparison', { kpi, period: march, ...more }, who);
  const ranks = ({ data }: Comparison) => data.map(({ id, rank }) => [id, rank]);

  test('ranks the people of a role, with the median and the best', async () => {
    const comparison = await compared('phone_work');
    expect(ranks(comparison)).toEqual([
      [idOf('bob'), 1],
      [idOf('cat'), 2],
      [idOf('ann'), 3],
      [idOf('dan'), null],
    ]);
    expect(comparison).toMatchObject({
      version: 1,
      period: { periodId: march, start: '2026-03-01', endExclusive: '2026-04-01' },
      currency: null,
      peers: 4,
      valued: 3,
      median: { num: 2n, den: 1n },
      best: { num: 3n, den: 1n },
    });
    expect(comparison.data.at(-1)).toMatchObject({ value: null, state: 'undefined_zero_denominator' });
  });

  test('has the lowest first where less is better, and equals side by side', async () => {
    expect(
      ranks(await compared('unplanned_share'))
        .slice(0, 3)
        .map(([, rank]) => rank),
    ).toEqual([1, 1, 1]);
    expect(await compared('cost_per_visit')).toMatchObject({ currency: 'EUR', best: { num: 0n, den: 1n } });
  });

  test('leaves those without rank who are below the smallest sample', async () => {
    const comparison = await compared('calls_per_visit');
    expect(comparison).toMatchObject({ peers: 4, valued: 1, median: { num: 3n, den: 2n } });
    expect(ranks(comparison)[0]).toEqual([idOf('ann'), 1]);
  });

  test('ranks units of a kind', async () => {
    const comparison = await compared('phone_work', { of: 'units', unitKind: 'office' });
    expect(ranks(comparison)).toEqual([
      [idOf('north'), 1],
      [idOf('south'), 2],
    ]);
    expect(comparison).toMatchObject({ median: { num: 7n, den: 2n }, best: { num: 5n, den: 1n } });
  });

  test('shows whom the reader sees, and nobody else in the figures', async () => {
    const ofTeam = await compared('phone_work', {}, 'sue');
    expect(ranks(ofTeam)).toEqual([
      [idOf('bob'), 1],
      [idOf('ann'), 2],
    ]);
    expect(ofTeam).toMatchObject({ peers: 2, median: { num: 9n, den: 4n } });
    expect(ranks(await compared('phone_work', { of: 'units' }, 'sue'))).toEqual([[idOf('north'), 1]]);
    expect(ranks(await compared('phone_work', {}, 'dan'))).toEqual([[idOf('dan'), null]]);
  });

  test('says what GetKpiValues says of each, of every indicator', async () => {
    const { data: known } = await body<{ data: readonly { key: string; state: string }[] }>('ListKpis', {});
    const subjects = [
      ...['ann', 'bob', 'cat', 'dan'].map((name) => ['person', idOf(name)] as const),
      ...['north', 'south'].map((name) => ['unit', idOf(name)] as const),
    ];
    const valuesOf = new Map<string, readonly Value[]>();
    for (const [subjectKind, subjectId] of subjects)
      valuesOf.set(subjectId, await values({ subjectKind, subjectId }));
    for (const { key } of known.filter(({ state }) => state === 'published')) {
      for (const of of ['people', 'units']) {
        for (const { id, rank: _, ...result } of (await compared(key, { of })).data) {
          const value = valuesOf.get(id)?.find(({ kpi }) => kpi === key);
          expect([key, id, value]).toMatchObject([key, id, result]);
        }
      }
    }
  });

  test('has nothing of an unknown indicator, version or period', async () => {
    const askFor = (more: object) => ask('GetKpiComparison', { kpi: 'phone_work', period: march, ...more });
    expect(await askFor({ kpi: 'unheard_of' })).toMatchObject({ status: 404 });
    expect(await askFor({ version: 7 })).toMatchObject({ status: 404 });
    expect(await askFor({ period: 'FY2026-M99' })).toMatchObject({ status: 404 });
  });
});
