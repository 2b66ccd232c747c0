import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fileReport } from '../src/commands/daily-report/report.ts';
import { dailyReport } from '../src/commands/daily-report/state.ts';
import { signOff } from '../src/commands/document/sign-off.ts';
import { organisation } from '../src/commands/organisation/state.ts';
import { assignTarget } from '../src/commands/target/assignment.ts';
import { breakDownTarget } from '../src/commands/target/breakdown.ts';
import { nodeIdOf } from '../src/commands/target/node.ts';
import { targetPlan } from '../src/commands/target-plan/state.ts';
import type { NewEvent } from '../src/engine/event.ts';
import { strict } from '../src/engine/input.ts';
import { customerEvents } from '../src/events/customer.ts';
import { documentEvents, documentHash } from '../src/events/document.ts';
import { orderEvents } from '../src/events/order.ts';
import { organisationEvents } from '../src/events/organisation.ts';
import { productEvents } from '../src/events/product.ts';
import { split } from '../src/events/split.ts';
import { amountOf, type TargetValue } from '../src/events/target.ts';
import { asking } from './support/asking.ts';
import { ann, eur, manager, registered, staff, stranger, supervisor } from './support/commerce.ts';
import { given, idOf, stateAfter } from './support/given.ts';
import { employed, granted, holds, company as theCompany, unit } from './support/organisation.ts';
import { filed, sections } from './support/report.ts';
import { type Server, startServer } from './support/server.ts';
import { type Stave, seed, startStave } from './support/stave.ts';
import { company, created, node, planId, root, year } from './support/target-plan.ts';

/** The golden examples of the domain, by their numbers there, as far as targets, figures and reports go. */
let stave: Stave;
let body: ReturnType<typeof asking>['body'];

async function run(name: string, input: Readonly<Record<string, unknown>>): Promise<void> {
  await stave.projector.advance(stave.tenantId);
  expect([name, await stave.run(name, input)]).toMatchObject([name, { ok: true }]);
}

interface Sale {
  readonly by: string;
  readonly on: string;
  readonly net: string;
  readonly product?: string;
  readonly credits?: readonly { readonly personId: string; readonly shareBp: number }[];
}
let sales = 0;
async function sell({ by, on, net, product = 'plain', credits }: Sale): Promise<void> {
  const orderId = idOf(`sale ${sales++}`);
  const line = { lineNo: 1, productId: idOf(product), quantity: 1, netAmount: eur(net), unitCost: null };
  await seed(
    stave,
    `order/${orderId}`,
    orderEvents.OrderTaken({
      ...{ orderId, customerId: idOf('shop'), takenBy: idOf(by), orderedOn: on },
      ...{ netTotal: eur(net), lines: [line] },
      ...(credits && { credits: [...credits] }),
    }),
  );
}

const define = (name: string, group?: string) =>
  seed(
    stave,
    `product/${idOf(name)}`,
    productEvents.ProductDefined({
      ...{ productId: idOf(name), sku: name, skuKey: name, name, unitOfMeasure: 'piece' },
      ...(group && { groupId: idOf(group) }),
    }),
  );

/** What is achieved of a new target of somebody, for a month of 2026 without sales of other examples. */
async function achieved(
  responsible: string,
  month: string,
  dimensions: Readonly<Record<string, string>> = {},
): Promise<bigint> {
  const targetId = idOf(`${responsible} ${month} ${JSON.stringify(dimensions)}`);
  const endExclusive = Temporal.PlainDate.from(`${month}-01`).add({ months: 1 }).toString();
  const period = { periodId: `FY2026-M${month.slice(5)}`, start: `${month}-01`, endExclusive };
  await run('AssignTarget', {
    ...{ targetId, responsible: idOf(responsible), measure: 'net_sales', period, dimensions },
    value: eur('100'),
  });
  return (await body<{ actual: bigint }>('GetTargetProgress', { targetId })).actual;
}

beforeAll(async () => {
  stave = await startStave({ clock: () => '2026-12-31T10:00:00.000Z' });
  ({ body } = asking(stave));
  const region = (name: string, above: string | null) =>
    organisationEvents.RegionDefined({
      regionId: idOf(name),
      code: name,
      name,
      parentId: above && idOf(above),
    });
  await seed(
    stave,
    'organisation',
    theCompany,
    unit('north', 'office'),
    region('country', null),
    region('coast', 'country'),
    region('hills', null),
    ...['boss', 'sue', 'ann', 'bob'].map((name) => employed(name)),
    granted('sue', 'SV'),
    holds('boss', null),
    holds('sue', 'boss', { unit: 'north' }),
    holds('ann', 'sue', { unit: 'north' }),
    holds('bob', 'sue', { unit: 'north' }),
  );
  await seed(
    stave,
    `customer/${idOf('shop')}`,
    customerEvents.CustomerRegistered({
      ...registered.data,
      customerId: idOf('shop'),
      regionId: idOf('coast'),
    }),
  );
  await define('plain');
});
afterAll(() => stave.close());

describe('5: rolling twelve months', () => {
  test('do not change with the fiscal year', async () => {
    await sell({ by: 'ann', on: '2025-02-28', net: '1' });
    await sell({ by: 'ann', on: '2025-03-01', net: '10' });
    await sell({ by: 'bob', on: '2025-12-31', net: '100' });
    await sell({ by: 'ann', on: '2026-02-28', net: '1000' });
    await sell({ by: 'ann', on: '2026-03-01', net: '10000' });
    const rolling = async () => {
      const input = { subjectKind: 'organisation', period: 'R12M@2026-02', kpis: ['net_sales'] };
      const { data } = await body<{ data: readonly { numerator: bigint; period: object }[] }>(
        'GetKpiValues',
        input,
      );
      return data.map(({ numerator, period }) => ({ numerator, period }));
    };
    const before = await rolling();
    expect(before).toEqual([
      {
        numerator: 1_110n,
        period: { periodId: 'R12M@2026-02', start: '2025-03-01', endExclusive: '2026-03-01' },
      },
    ]);
    for (const [kind, fiscalYearStartMonth] of [
      ['calendar_month', 4],
      ['calendar_month', 10],
      ['4-4-5', 2],
      ['thirteen_periods', 7],
      ['calendar_month', 1],
    ] as const) {
      await run('PublishFiscalCalendar', { kind, fiscalYearStartMonth, firstYear: 2020, years: 12 });
      expect(await rolling()).toEqual(before);
    }
  });
});

describe('6: seasonal targets', () => {
  const seasons = [700, 700, 800, 800, 850, 850, 700, 600, 900, 1_000, 1_050, 1_050];
  const { targetId } = node(eur('0'), idOf('boss'));
  const rest = ['feasibility', 'acknowledgement', 'execution_plan'];
  const publish = async () => {
    await run('SubmitTargetPlan', { planId });
    await run('ApproveTargetPlan', { planId });
    const waived = [...rest, 'residue'].map((rule) => ({ rule, reason: 'An example.' }));
    await run('PublishTargetPlan', { planId, waived });
    const { data } = await body<{ data: readonly { fallingPeriods: readonly string[] }[] }>('ListTargets', {
      targetId,
      limit: '1',
    });
    return data[0]!.fallingPeriods;
  };

  test('may fall from month to month, but not when the season is taken out', async () => {
    const { calendarVersion: _, createdBy: __, ...plan } = created.data;
    await run('CreateTargetPlan', plan);
    await run('RecordTargetBasis', { planId, kind: 'intuition', note: 'An example.' });
    await run('AttachSeasonality', { planId, weights: seasons });
    const whole = { measure: 'net_sales', period: year, value: eur('120000000') };
    await run('AssignPlanTarget', { planId, responsible: idOf('boss'), ...whole });
    await run('BreakDownTarget', { targetId, levels: [{ dimension: 'period', method: 'seasonality' }] });
    const { steps } = await body<{ steps: readonly { value: bigint }[] }>('GetTargetPath', { targetId });
    expect(steps.map(({ value }) => value)).toEqual(seasons.map((weight) => BigInt(weight) * 12_000n));
    expect(await publish()).toEqual([]);
    await run('RecallTargetPlan', { planId, reason: 'Too much in August.' });
    await run('ReviseTarget', {
      targetId: nodeIdOf(planId, {
        measure: 'net_sales',
        period: { periodId: 'FY2026-M08' },
        dimensions: {},
      }),
      ...{ value: eur('7000000'), reason: 'correction', note: 'An example.' },
    });
    expect(await publish()).toEqual(['FY2026-M08']);
  });
});

describe('7: a breakdown', () => {
  const region = node(eur('10000'), idOf('RM 0'), { org_unit: idOf('region 0') });
  const amounts = ({ assigned, targetId }: typeof region, levels: readonly object[]) => {
    const { events } = given(assigned)
      .and(targetPlan.ref(planId), created)
      .and(organisation.ref(), ...company(1, 3, 1))
      .when(breakDownTarget, { targetId, levels }, { actor: { personId: idOf('RM 0') } });
    const [{ data }] = events as [NewEvent];
    const { children, unallocated } = data as {
      readonly children: readonly { readonly value: TargetValue }[];
      readonly unallocated: TargetValue;
    };
    expect(amountOf(unallocated)).toBe(0n);
    return children.map(({ value }) => amountOf(value));
  };

  test('of 100.00 among three is 33.34, 33.33 and 33.33', () => {
    expect(split(10_000n, [1n, 1n, 1n])).toEqual([3_334n, 3_333n, 3_333n]);
    expect(amounts(region, [{ dimension: 'org_unit', method: 'even' }])).toEqual([3_334n, 3_333n, 3_333n]);
  });
  test('among twelve months by 8.333 % each is exact', () => {
    const members = Array.from({ length: 12 }, (_, index) => ({
      member: `FY2026-M${String(index + 1).padStart(2, '0')}`,
      weight: 8_333,
    }));
    const parts = amounts(root, [{ dimension: 'period', method: 'weights', members }]);
    expect(parts).toEqual([...Array(4).fill(834n), ...Array(8).fill(833n)]);
    expect(parts.reduce((sum, part) => sum + part, 0n)).toBe(10_000n);
  });
});

describe('8: a daily report', () => {
  test('without attendance is no report', () => {
    const { attendance: _, ...without } = sections;
    const { error } = strict(fileReport.input).safeParse({ personId: ann, date: '2026-03-02', ...without });
    expect(error?.issues).toMatchObject([{ path: ['attendance'] }]);
  });
  test('is not signed without a comment of the supervisor', () => {
    const submitted = documentEvents.DocumentSubmitted({
      ...{ authorId: ann, date: '2026-03-02', docVersion: 1, dueAt: '2026-03-02T17:00:00.000Z' },
      ...{ latenessMinutes: 0, completenessBp: 10_000, signOffDueAt: '2026-03-03T16:30:00.000Z' },
    });
    const { document } = stateAfter(dailyReport.ref(ann, '2026-03-02'), [filed]);
    const key = {
      kind: 'daily-report',
      key: `${ann}~2026-03-02`,
      docHash: documentHash(document.contentHashes),
    };
    const [completeness, specificity, market_insight, next_steps, consistency_with_visits] = Array(5).fill(4);
    const scores = { completeness, specificity, market_insight, next_steps, consistency_with_visits };
    const sign = (more: object) =>
      given(filed, submitted)
        .and(organisation.ref(), ...staff)
        .when(signOff, { ...key, scores, ...more }, { actor: { personId: supervisor } });
    sign({}).thenRejects('commentMissing');
    expect(sign({ comment: 'Good.' }).events).toHaveLength(1);
  });
});

describe('11: nobody judges what is their own, or outside their line', () => {
  const period = { periodId: 'FY2026-M04', start: '2026-04-01', endExclusive: '2026-05-01' };
  const assign = (personId: string, responsible = ann) =>
    given()
      .and(organisation.ref(), ...staff)
      .when(
        assignTarget,
        { targetId: idOf('own'), responsible, measure: 'visits', period, value: 5 },
        { actor: { personId } },
      );
  test('as to targets', () => {
    assign(ann).thenRejects('ownTarget');
    assign(manager, manager).thenRejects('ownTarget');
    assign(stranger).thenRejects('outsideLine');
    expect(assign(supervisor).events).toHaveLength(2);
  });
});

describe('13: a target', () => {
  test('of a group sees the sales of its members', async () => {
    await sell({ by: 'sue', on: '2026-04-02', net: '50' });
    await sell({ by: 'ann', on: '2026-04-03', net: '300' });
    await sell({ by: 'bob', on: '2026-04-04', net: '200' });
    await sell({ by: 'boss', on: '2026-04-05', net: '7' });
    expect(await achieved('sue', '2026-04')).toBe(550n);
    expect(await achieved('boss', '2026-04', { org_unit: idOf('north') })).toBe(550n);
    expect(await achieved('boss', '2026-04', { manager: idOf('sue') })).toBe(550n);
  });
  test('sees half of 10 and all of 5 as 10', async () => {
    const half = ['ann', 'bob'].map((name) => ({ personId: idOf(name), shareBp: 5_000 }));
    await sell({ by: 'ann', on: '2026-05-04', net: '10', credits: half });
    await sell({ by: 'ann', on: '2026-05-05', net: '5' });
    expect(await achieved('ann', '2026-05')).toBe(10n);
    expect(await achieved('sue', '2026-05')).toBe(15n);
  });
  test('of a product group sees every product that is in it, and one of a region the regions within it', async () => {
    await define('soap', 'care');
    await define('cream', 'care');
    await define('salt', 'food');
    await sell({ by: 'ann', on: '2026-06-02', net: '100', product: 'soap' });
    await sell({ by: 'bob', on: '2026-06-03', net: '20', product: 'cream' });
    await sell({ by: 'bob', on: '2026-06-04', net: '3', product: 'salt' });
    const of = (dimensions: Readonly<Record<string, string>>) => achieved('boss', '2026-06', dimensions);
    expect(await of({ product: idOf('soap') })).toBe(100n);
    expect(await of({ product_group: idOf('care') })).toBe(120n);
    expect(await of({ product_group: idOf('food') })).toBe(3n);
    expect(await of({ region: idOf('coast') })).toBe(123n);
    expect(await of({ region: idOf('country') })).toBe(123n);
    expect(await of({ region: idOf('country'), product_group: idOf('care') })).toBe(120n);
    expect(await of({ region: idOf('hills') })).toBe(0n);
  });
  test('without a product sees all of them', async () => {
    expect(await achieved('boss', '2026-06')).toBe(123n);
  });
});

describe('16: an operator', () => {
  let server: Server;
  let operator: string;
  beforeAll(async () => {
    server = await startServer({ worker: false, clock: () => '2026-03-02T08:00:00.000Z' });
    await seed({ ...server.runtime, tenantId: server.tenantId } as never, 'organisation', ...staff);
    operator = await server.token({ name: 'operator', roles: ['OP'] });
  });
  afterAll(() => server.stop());

  test('reads results', async () => {
    expect(await server.get('/v1/results', operator)).toMatchObject({ status: 200 });
  });
  test.each([
    '/v1/kpis/values?subjectKind=organisation',
    `/v1/kpis/values?subjectKind=person&subjectId=${ann}`,
    '/v1/kpis/call_volume/comparison',
    `/v1/kpis/call_volume/evidence/numerator?subjectKind=person&subjectId=${ann}&from=2026-03-01&to=2026-03-02`,
    `/v1/people/${ann}/target-progress`,
    `/v1/targets/${idOf('target')}/progress`,
    `/v1/target-plans/${planId}/tree`,
    '/v1/evaluations',
    `/v1/evaluations/${ann}/FY2026-M02`,
    `/v1/leaderboards/${idOf('card')}/FY2026-M02`,
    `/v1/day-sheets/${ann}`,
    '/v1/visits',
    '/v1/orders',
  ])('is refused the work of people at %s', async (path) => {
    expect(await server.get(path, operator)).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  });
});
