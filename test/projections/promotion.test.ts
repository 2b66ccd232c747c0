import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { customerEvents } from '../../src/events/customer.ts';
import { sentenceOf } from '../../src/events/index.ts';
import { orderEvents } from '../../src/events/order.ts';
import { organisationEvents } from '../../src/events/organisation.ts';
import { promotionEvents } from '../../src/events/promotion.ts';
import { promotion } from '../../src/projections/promotion.ts';
import { promotionSpend } from '../../src/projections/promotion-spend.ts';
import { answerOf } from '../support/answers.ts';
import { ann, channelId, eur, productId, regionId, registered, staff } from '../support/commerce.ts';
import { folded } from '../support/folded.ts';
import { idOf } from '../support/given.ts';
import { randomFrom } from '../support/questions.ts';
import { type Stave, seed, startStave } from '../support/stave.ts';

const { PromotionPlanned, PromotionLaunched, PromotionSpendRecorded, PromotionEnded } = promotionEvents;

const promotionId = idOf('promotion');
const planned = PromotionPlanned({
  promotionId,
  name: 'Spring',
  window: { start: '2026-03-01', endExclusive: '2026-03-15' },
  productIds: [productId, idOf('new product')],
  regionIds: [regionId],
  budget: eur('1000'),
  audience: { segments: ['retail', 'gastronomy'], regionIds: [idOf('west')], channelIds: [channelId] },
  targetIds: [],
});
const launched = PromotionLaunched({ promotionId, on: '2026-03-01' });
const spent = (name: string, on: string, amountMinor: string) =>
  PromotionSpendRecorded({ promotionId, spendId: idOf(name), amount: eur(amountMinor), on, note: name });
const ended = PromotionEnded({ promotionId, on: '2026-03-10', resultNote: 'Sold out.' });

describe('promotion', () => {
  test('shows what was spent, and whether that was too much', () => {
    const posters = spent('posters', '2026-02-20', '900');
    expect(folded(promotion, planned, posters)).toMatchObject([
      { state: 'planned', spentMinor: 900n, overBudget: false },
    ]);
    const prizes = spent('prizes', '2026-03-05', '200');
    const back = spent('back', '2026-03-06', '-150');
    expect(folded(promotion, planned, posters, prizes)).toMatchObject([{ overBudget: true }]);
    expect(folded(promotion, planned, posters, prizes, back)).toMatchObject([
      { spentMinor: 950n, overBudget: false },
    ]);
    expect(folded(promotionSpend, planned, posters, prizes, back)).toHaveLength(3);
  });
  test('shows when it ran and what came of it', () => {
    expect(folded(promotion, planned, launched, ended)).toMatchObject([
      { state: 'ended', launchedOn: '2026-03-01', endedOn: '2026-03-10', resultNote: 'Sold out.' },
    ]);
    expect(folded(promotion, planned, ended)).toMatchObject([{ state: 'ended', launchedOn: null }]);
  });
});

test('what was spent, and taken back, is told in sentences', () => {
  const told = ({ type, data }: ReturnType<typeof spent>) =>
    sentenceOf({ type, data, stream: 'promotion/x' }, () => 'Spring');
  expect(told(spent('posters', '2026-02-20', '90050'))).toBe('900.50 EUR were spent on Spring: posters');
  expect(told(spent('posters', '2026-02-20', '-90050'))).toBe(
    '900.50 EUR were taken back from what was spent on Spring: posters',
  );
});

/** Places, kinds and ways of the customers, and whether the promotion runs there and is meant for them. */
const customers = [
  { name: 'inn', region: 'village', segment: 'gastronomy', channel: channelId, runs: true, meant: true },
  { name: 'shop', region: 'west', segment: 'retail', channel: channelId, runs: true, meant: true },
  { name: 'office', region: 'west', segment: 'industry', channel: channelId, runs: true, meant: false },
  { name: 'web shop', region: 'west', segment: 'retail', channel: idOf('web'), runs: true, meant: false },
  { name: 'east shop', region: 'east', segment: 'retail', channel: channelId, runs: true, meant: false },
  { name: 'far shop', region: 'abroad', segment: 'retail', channel: channelId, runs: false, meant: false },
] as const;
type Customer = (typeof customers)[number];

interface Bought {
  readonly name: string;
  readonly customer: Customer;
  readonly on: string;
  /** Amounts of lines with promoted products. */
  readonly lines: readonly number[];
  readonly currency?: string;
  readonly cancelled?: boolean;
  readonly channel?: string;
}

const orderOf = ({ name, customer, on, lines, currency = 'EUR', channel, cancelled }: Bought) => {
  const order = {
    orderId: idOf(name),
    customerId: idOf(customer.name),
    takenBy: ann,
    orderedOn: on,
    ...(channel && { channelId: channel }),
  };
  const line = (product: string, net: number, index: number) => ({
    lineNo: index + 1,
    productId: product,
    quantity: 1,
    netAmount: { amountMinor: String(net), currency },
    unitCost: null,
  });
  const all = [...lines.map((net, index) => line(planned.data.productIds[index % 2]!, net, index))];
  const content = {
    lines: [...all, line(idOf('another product'), 7_000, all.length)],
    netTotal: { amountMinor: String(7_000 + lines.reduce((sum, net) => sum + net, 0)), currency },
  };
  const taken = orderEvents.OrderTaken({ ...order, ...content });
  return cancelled
    ? [taken, orderEvents.OrderCancelled({ ...order, ...content, on: '2026-04-20', reason: 'Mistake.' })]
    : [taken];
};

const regionOf = (name: string, parent: string | null) =>
  organisationEvents.RegionDefined({
    regionId: idOf(name),
    code: name,
    name,
    parentId: parent && (parent === 'north' ? regionId : idOf(parent)),
  });

async function world(orders: readonly Bought[]): Promise<Stave> {
  const stave = await startStave({ clock: () => '2026-05-01T08:00:00.000Z' });
  await seed(
    stave,
    'organisation',
    ...staff,
    regionOf('west', 'north'),
    regionOf('village', 'west'),
    regionOf('east', 'north'),
    regionOf('abroad', null),
  );
  for (const { name, region, segment, channel } of customers) {
    const customerId = idOf(name);
    const where = { customerId, regionId: idOf(region), channelId: channel, segment, name };
    await seed(
      stave,
      `customer/${customerId}`,
      customerEvents.CustomerRegistered({ ...registered.data, ...where }),
    );
  }
  for (const order of orders) await seed(stave, `order/${idOf(order.name)}`, ...orderOf(order));
  return stave;
}

interface PromotionResponse {
  readonly responses: readonly Audience[];
}
interface Audience {
  readonly audience: string;
  readonly orders: bigint;
  readonly netSalesMinor: bigint;
  readonly comparisons: readonly (Readonly<Record<string, unknown>> & { readonly with: string })[];
}
const responseOf = (stave: Stave, more: Readonly<Record<string, unknown>> = {}) =>
  answerOf<PromotionResponse>(stave, 'GetPromotionResponse', { promotionId, ...more });

const [inn, shop, office, webShop, eastShop, farShop] = customers;

describe('the response to a promotion', () => {
  const long = { name: 'long ago', customer: shop, on: '2025-01-15', lines: [] };
  const orders: readonly Bought[] = [
    long,
    { name: 'a year before', customer: shop, on: '2025-03-14', lines: [400] },
    { name: 'a year before, the day after', customer: shop, on: '2025-03-15', lines: [1] },
    { name: 'before 1', customer: inn, on: '2026-02-15', lines: [500] },
    { name: 'before 2', customer: office, on: '2026-02-28', lines: [300] },
    { name: 'too early', customer: inn, on: '2026-02-14', lines: [1] },
    { name: 'during 1', customer: inn, on: '2026-03-01', lines: [600, 50] },
    { name: 'during 2', customer: shop, on: '2026-03-14', lines: [700] },
    { name: 'during 3', customer: shop, on: '2026-03-05', lines: [900], currency: 'USD' },
    { name: 'during 4', customer: webShop, on: '2026-03-05', lines: [80], channel: channelId },
    { name: 'others 1', customer: webShop, on: '2026-03-06', lines: [20] },
    { name: 'others 2', customer: eastShop, on: '2026-03-07', lines: [30] },
    { name: 'cancelled', customer: shop, on: '2026-03-07', lines: [5_000], cancelled: true },
    { name: 'elsewhere', customer: farShop, on: '2026-03-07', lines: [5_000] },
    { name: 'something else', customer: shop, on: '2026-03-07', lines: [] },
    { name: 'too late', customer: shop, on: '2026-03-15', lines: [1] },
  ];
  let stave: Stave;
  beforeAll(async () => {
    stave = await world(orders);
    await seed(
      stave,
      `promotion/${promotionId}`,
      planned,
      launched,
      spent('posters', '2026-02-20', '600'),
      spent('prizes', '2026-03-05', '400'),
      spent('late bill', '2026-04-01', '100'),
    );
  });
  afterAll(() => stave.close());

  test('compares the audience meant and others with the days before and the year before', async () => {
    expect(await responseOf(stave, { asOf: '2026-03-31' })).toMatchObject({
      state: 'over',
      start: '2026-03-01',
      endExclusive: '2026-03-15',
      spentMinor: 1_000n,
      responses: [
        {
          audience: 'meant',
          orders: 4n,
          netSalesMinor: 1_430n,
          comparisons: [
            {
              with: 'before',
              start: '2026-02-15',
              endExclusive: '2026-03-01',
              orders: 1n,
              netSalesMinor: 500n,
              additionalOrders: 3n,
              additionalNetSalesMinor: 930n,
              spendPerAdditionalOrder: {
                numerator: 1_000n,
                denominator: 3n,
                value: { num: 1_000n, den: 3n },
                state: 'ok',
              },
            },
            {
              with: 'year_before',
              start: '2025-03-01',
              endExclusive: '2025-03-15',
              orders: 1n,
              netSalesMinor: 400n,
              additionalOrders: 3n,
            },
          ],
        },
        { audience: 'others', orders: 2n, netSalesMinor: 50n },
        {
          audience: 'everybody',
          orders: 6n,
          netSalesMinor: 1_480n,
          comparisons: [
            { orders: 2n, additionalOrders: 4n, spendPerAdditionalOrder: { value: { num: 250n, den: 1n } } },
            { orders: 1n, additionalOrders: 5n },
          ],
        },
      ],
    });
  });

  test('compares as many days as have passed while it runs', async () => {
    expect(await responseOf(stave, { asOf: '2026-03-02' })).toMatchObject({
      state: 'running',
      endExclusive: '2026-03-03',
      spentMinor: 600n,
      responses: [
        {
          orders: 1n,
          comparisons: [
            {
              start: '2026-02-27',
              orders: 0n,
              spendPerAdditionalOrder: { numerator: 600n, denominator: 1n, state: 'ok' },
            },
            { start: '2025-03-01', endExclusive: '2025-03-03' },
          ],
        },
        {
          audience: 'others',
          comparisons: [
            {
              additionalOrders: -1n,
              spendPerAdditionalOrder: { denominator: -1n, value: null, state: 'no_additional_orders' },
            },
            { additionalOrders: 0n, spendPerAdditionalOrder: { value: null, state: 'no_additional_orders' } },
          ],
        },
        { audience: 'everybody' },
      ],
    });
    expect(await responseOf(stave, { asOf: '2026-03-13' })).toMatchObject({ state: 'running' });
    expect(await responseOf(stave, { asOf: '2026-03-14' })).toMatchObject({ state: 'over' });
  });

  test('measures nothing before the launch', async () => {
    expect(await responseOf(stave, { asOf: '2026-02-28' })).toMatchObject({
      state: 'not_launched',
      start: null,
      responses: [],
    });
  });

  test('measures until its end where that came before the end of its window', async () => {
    await seed(stave, `promotion/${promotionId}`, ended);
    expect(await responseOf(stave)).toMatchObject({
      state: 'over',
      endExclusive: '2026-03-11',
      spentMinor: 1_100n,
      responses: [
        { orders: 3n, comparisons: [{ start: '2026-02-19', endExclusive: '2026-03-01' }, {}] },
        {},
        {},
      ],
    });
  });
});

describe('the response in a company', () => {
  test('is compared only with days that the records reach', async () => {
    const stave = await world([
      { name: 'first', customer: shop, on: '2026-02-15', lines: [1] },
      { name: 'second', customer: shop, on: '2026-03-03', lines: [1] },
    ]);
    await seed(stave, `promotion/${promotionId}`, planned, launched);
    const { responses } = await responseOf(stave);
    expect(responses.map(({ comparisons }) => comparisons.map((comparison) => comparison.with))).toEqual([
      ['before'],
      ['before'],
      ['before'],
    ]);
    await stave.close();
  });

  test('is the sum of its orders, whatever they are', async () => {
    const below = randomFrom(7);
    const spans = {
      during: ['2026-03-01', '2026-03-15'],
      before: ['2026-02-15', '2026-03-01'],
      year_before: ['2025-03-01', '2025-03-15'],
    } as const;
    const orders = Array.from({ length: 150 }, (_, index): Bought => {
      const [start] = Object.values(spans)[below(3)]!;
      const on = Temporal.PlainDate.from(start).add({ days: below(20) - 3 });
      return {
        name: `order ${index}`,
        customer: customers[below(customers.length)]!,
        on: on.toString(),
        lines: Array.from({ length: below(4) }, () => below(1_000)),
        ...(below(10) === 0 && { currency: 'USD' }),
        ...(below(10) === 0 && { cancelled: true }),
      };
    });
    const stave = await world([{ name: 'long ago', customer: shop, on: '2025-01-15', lines: [] }, ...orders]);
    await seed(stave, `promotion/${promotionId}`, planned, launched);
    const expected = (audience: string, span: keyof typeof spans) => {
      const theirs = orders.filter(
        ({ customer: { runs, meant }, on, cancelled, lines }) =>
          runs &&
          !cancelled &&
          lines.length > 0 &&
          spans[span][0] <= on &&
          on < spans[span][1] &&
          (audience === 'everybody' || meant === (audience === 'meant')),
      );
      const net = theirs
        .filter(({ currency = 'EUR' }) => currency === 'EUR')
        .flatMap(({ lines }) => lines)
        .reduce((sum, amount) => sum + amount, 0);
      return { orders: BigInt(theirs.length), netSalesMinor: BigInt(net) };
    };
    const { responses } = await responseOf(stave);
    expect(responses.map(({ audience }) => audience)).toEqual(['meant', 'others', 'everybody']);
    for (const { audience, comparisons, ...during } of responses) {
      expect(during).toEqual(expected(audience, 'during'));
      for (const comparison of comparisons)
        expect(comparison).toMatchObject(expected(audience, comparison.with as keyof typeof spans));
      expect(comparisons).toHaveLength(2);
    }
    await stave.close();
  });
});
