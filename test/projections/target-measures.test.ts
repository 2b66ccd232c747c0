import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeIdOf } from '../../src/commands/target/node.ts';
import { callLogEvents } from '../../src/events/call-log.ts';
import { complaintEvents } from '../../src/events/complaint.ts';
import { customerEvents } from '../../src/events/customer.ts';
import { orderEvents } from '../../src/events/order.ts';
import { organisationEvents } from '../../src/events/organisation.ts';
import { visitEvents } from '../../src/events/visit.ts';
import { asking } from '../support/asking.ts';
import { eur, productId, registered } from '../support/commerce.ts';
import { idOf } from '../support/given.ts';
import {
  activity,
  averageOrder,
  complaintsLogged,
  measures,
  orderBook,
  strikeRate,
} from '../support/measures.ts';
import { company, employed, granted, holds, unit } from '../support/organisation.ts';
import { type Stave, seed, startStave } from '../support/stave.ts';
import { planId, year } from '../support/target-plan.ts';

/** Bob leaves the north for the south in the middle of a month. */
const moved = '2026-03-16';
const people = ['boss', 'sue', 'ann', 'bob'] as const;
const orders = [
  ['ann', '2025-11-10', 1_000],
  ['bob', '2025-12-01', 500],
  ['ann', '2026-02-02', 3_000, 'v1'],
  ['bob', '2026-02-03', 2_000, 'v2'],
  ['bob', '2026-04-01', 700],
  ['sue', '2026-04-02', 901],
] as const;
const visits = [
  ['v1', 'ann', '2026-02-02', 'retail'],
  ['v2', 'bob', '2026-02-03', 'trade'],
  ['v3', 'ann', '2026-02-04', 'retail'],
  ['v4', 'bob', '2026-04-01', 'trade'],
] as const;

let stave: Stave;
let body: ReturnType<typeof asking>['body'];

async function run(name: string, input: Readonly<Record<string, unknown>>): Promise<void> {
  const outcome = await stave.run(name, input);
  if (!outcome.ok) throw new Error(`${name}: ${JSON.stringify(outcome)}`);
}

beforeAll(async () => {
  stave = await startStave({ clock: () => '2026-06-30T10:00:00.000Z' });
  ({ body } = asking(stave));
  await seed(
    stave,
    'organisation',
    organisationEvents.OrganisationConfigured({
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
    granted('ann', 'SP'),
    granted('bob', 'SP'),
    holds('boss', null),
    holds('sue', 'boss', { unit: 'north' }),
    holds('ann', 'sue', { unit: 'north' }),
    holds('bob', 'sue', { unit: 'north' }),
    organisationEvents.AssignmentEnded({
      personId: idOf('bob'),
      positionId: idOf('bob-position'),
      from: '2024-01-01',
      on: moved,
    }),
    organisationEvents.PositionAssigned({
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
  for (const segment of ['retail', 'trade'])
    await seed(
      stave,
      `customer/${idOf(segment)}`,
      customerEvents.CustomerRegistered({
        ...registered.data,
        customerId: idOf(segment),
        name: segment,
        nameKey: segment,
        segment,
      }),
    );
  for (const [index, [by, orderedOn, net, visit]] of orders.entries())
    await seed(
      stave,
      `order/${idOf(`order ${index}`)}`,
      orderEvents.OrderTaken({
        orderId: idOf(`order ${index}`),
        customerId: idOf('retail'),
        takenBy: idOf(by),
        orderedOn,
        ...(visit && { visitId: idOf(visit) }),
        netTotal: eur(String(net)),
        lines: [{ lineNo: 1, productId, quantity: 1, netAmount: eur(String(net)), unitCost: null }],
      }),
    );
  for (const [name, by, date, segment] of visits)
    await seed(
      stave,
      `visit/${idOf(name)}`,
      visitEvents.VisitEnded({
        visitId: idOf(name),
        personId: idOf(by),
        customerId: idOf(segment),
        date,
        planned: false,
        startedAt: `${date}T09:00:00.000Z`,
        endedAt: `${date}T09:30:00.000Z`,
        minutes: 30,
        outcome: 'effective',
        ruleVersion: 0,
      }),
    );
  for (const [by, date] of [
    ['ann', '2026-02-02'],
    ['bob', '2026-04-01'],
  ] as const)
    await seed(
      stave,
      `call-log/${idOf(by)}/${date}`,
      callLogEvents.CallLogged({
        personId: idOf(by),
        date,
        callId: idOf(by),
        calledAt: `${date}T09:00:00.000Z`,
        customerId: idOf('retail'),
        direction: 'outgoing',
        channel: 'phone',
        seconds: 60,
        resultCode: 'reached',
      }),
    );
  await seed(
    stave,
    `complaint/${idOf('complaint')}`,
    complaintEvents.ComplaintLogged({
      complaintId: idOf('complaint'),
      customerId: idOf('retail'),
      channel: 'phone',
      category: 'product',
      severity: 2,
      description: 'Broken.',
      by: idOf('ann'),
    }),
  );
  for (const definition of measures) await run('DefineMeasure', definition);
  await run('CreateTargetPlan', {
    planId,
    name: 'The year',
    horizon: year,
    measures: measures.map(({ measureKey }) => measureKey),
    rootOrgUnit: company.data.unitId,
    currency: 'EUR',
  });
  await run('RecordTargetBasis', { planId, kind: 'intuition', note: 'I feel it.' });
  const assign = ({ measureKey }: { measureKey: string }, value: unknown, dimensions = {}) =>
    run('AssignPlanTarget', {
      planId,
      responsible: idOf('boss'),
      measure: measureKey,
      period: year,
      value,
      dimensions,
    });
  await assign(activity, 101);
  await assign(complaintsLogged, 10);
  await assign(orderBook, 100);
  await assign(averageOrder, eur('2000'));
  await assign(strikeRate, { basisPoints: 6_000 });
  await assign(strikeRate, { basisPoints: 6_000 }, { customer_segment: 'retail' });
  const inRegions = (method: string, more: readonly object[] = []) => [
    {
      dimension: 'org_unit',
      method,
      members: [{ member: idOf('north'), responsible: idOf('sue') }, { member: idOf('south') }],
    },
    ...more,
  ];
  const breakDown = (definition: { measureKey: string }, levels: readonly object[]) =>
    run('BreakDownTarget', { targetId: nodeOf(definition), levels });
  await breakDown(activity, inRegions('even'));
  await breakDown(
    orderBook,
    inRegions('even', [{ dimension: 'period', method: 'copied', periodLevel: 'half' }]),
  );
  await breakDown(averageOrder, inRegions('copied'));
  await breakDown(strikeRate, inRegions('copied'));
}, 60_000);
afterAll(() => stave.close());

const nodeOf = (
  { measureKey }: { readonly measureKey: string },
  dimensions: Readonly<Record<string, string>> = {},
  periodId = year.periodId,
): string => nodeIdOf(planId, { measure: measureKey, period: { periodId }, dimensions });
const inUnit = (name: string) => ({ org_unit: idOf(name) });

type Row = Readonly<Record<string, unknown>> & { readonly targetId: string };
async function treeOn(asOf: string) {
  const { data } = await body<{ readonly data: readonly Row[] }>('GetTargetTree', { planId, asOf });
  return (...node: Parameters<typeof nodeOf>) => data.find(({ targetId }) => targetId === nodeOf(...node))!;
}

describe('the tree of a plan in measures of the tenant', () => {
  test('adds up weighted facts by who counts on each day', async () => {
    const node = await treeOn('2026-06-30');
    expect(node(activity)).toMatchObject({ target: 101n, actual: 6n, gap: 95n, ratio: null });
    expect(node(activity, inUnit('north'))).toMatchObject({
      target: 51n,
      actual: 5n,
      gapShare: { num: 46n, den: 95n },
    });
    expect(node(activity, inUnit('south'))).toMatchObject({ target: 50n, actual: 1n });
  });

  test('divides sums by sums, exactly, and no part explains the gap above', async () => {
    const node = await treeOn('2026-06-30');
    expect(node(strikeRate)).toMatchObject({
      target: 6_000n,
      actual: 5_000n,
      ratio: { numerator: 20_000n, denominator: 4n },
      gap: 1_000n,
      pace: { num: 5n, den: 6n },
      projection: 5_000n,
      requiredPerDay: null,
      unallocated: 0n,
      overAssignment: 0n,
      status: 'behind',
    });
    expect(node(strikeRate, inUnit('north'))).toMatchObject({
      actual: 6_666n,
      ratio: { numerator: 20_000n, denominator: 3n },
      pace: { num: 10n, den: 9n },
      gapShare: null,
      status: 'ahead',
    });
    expect(node(strikeRate, inUnit('south'))).toMatchObject({ actual: 0n, status: 'at_risk' });
    expect(node(averageOrder)).toMatchObject({
      actual: 1_650n,
      currency: 'EUR',
      ratio: { numerator: 6_601n, denominator: 4n },
    });
    expect(node(averageOrder, inUnit('north'))).toMatchObject({ actual: 1_967n, target: 2_000n });
  });

  test('narrows what is counted by rows', async () => {
    const node = await treeOn('2026-06-30');
    expect(node(strikeRate, { customer_segment: 'retail' })).toMatchObject({
      ratio: { numerator: 10_000n, denominator: 2n },
    });
  });

  test('has no figure for a ratio over nothing', async () => {
    const node = await treeOn('2026-01-31');
    expect(node(strikeRate)).toMatchObject({
      actual: null,
      gap: null,
      pace: null,
      projection: null,
      status: 'not_begun',
      ratio: { numerator: 0n, denominator: 0n },
    });
  });

  test('counts a stock with all that came before, to where its people are on the day', async () => {
    const early = await treeOn('2026-03-15');
    const late = await treeOn('2026-06-30');
    const actuals = (node: typeof early) => [
      node(orderBook)['actual'],
      node(orderBook, inUnit('north'))['actual'],
      node(orderBook, inUnit('south'))['actual'],
    ];
    expect(actuals(early)).toEqual([4n, 4n, 0n]);
    expect(actuals(late)).toEqual([6n, 3n, 3n]);
    expect(late(orderBook, inUnit('south'), 'FY2026-H1')).toMatchObject({ actual: 3n, target: 50n });
    const yearEnd = await treeOn('2026-12-31');
    expect(yearEnd(orderBook, inUnit('south'), 'FY2026-H1')).toMatchObject({ actual: 3n });
    expect(late(orderBook)).toMatchObject({ pace: { num: 3n, den: 50n }, projection: 6n, gap: 94n });
  });

  test('is ahead with little where less is better', async () => {
    const node = await treeOn('2026-06-30');
    expect(node(complaintsLogged)).toMatchObject({ actual: 1n, status: 'ahead', requiredPerDay: null });
  });

  test.each(['2026-01-31', '2026-03-15', '2026-06-30', '2026-12-31'])(
    'rests on evidence that adds up to each side, as of %s',
    async (asOf) => {
      interface Shown {
        readonly side: 'numerator' | 'denominator';
        readonly amount: bigint;
        readonly events: readonly unknown[];
      }
      const tree = await body<{ readonly data: readonly Row[] }>('GetTargetTree', { planId, asOf });
      let seen = 0;
      for (const { targetId, measure, ratio, actual } of tree.data) {
        const { data } = await body<{ readonly data: readonly Shown[] }>('GetTargetEvidence', {
          ...{ targetId, asOf },
          limit: '200',
        });
        seen += data.length;
        expect(data.every(({ events }) => events.length > 0)).toBe(true);
        const sumOf = (side: string) =>
          data.filter((one) => one.side === side).reduce((sum, { amount }) => sum + amount, 0n);
        const sides = ratio as { readonly numerator: bigint; readonly denominator: bigint } | null;
        const times = measure === strikeRate.measureKey ? 10_000n : 1n;
        expect([measure, times * sumOf('numerator'), sumOf('denominator')]).toEqual([
          measure,
          sides ? sides.numerator : actual,
          sides ? sides.denominator : 0n,
        ]);
      }
      expect(seen).toBeGreaterThan(0);
    },
  );

  test('is what the indicators of the same facts say', async () => {
    const kpi = async (key: string, subject: object) => {
      const { data } = await body<{ readonly data: readonly Row[] }>('GetKpiValues', {
        kpis: [key],
        from: '2026-01-01',
        to: '2026-12-31',
        asOf: '2026-06-30',
        ...subject,
      });
      const { numerator, denominator } = data[0]!;
      return [numerator, denominator];
    };
    const node = await treeOn('2026-06-30');
    const sides = (definition: { measureKey: string }, name?: string) => {
      const { numerator, denominator } = node(definition, name ? inUnit(name) : {})['ratio'] as {
        readonly numerator: bigint;
        readonly denominator: bigint;
      };
      return [definition === strikeRate ? numerator / 10_000n : numerator, denominator];
    };
    for (const name of ['north', 'south']) {
      const subject = { subjectKind: 'unit', subjectId: idOf(name) };
      expect(sides(strikeRate, name)).toEqual(await kpi('transaction_rate', subject));
      expect(sides(averageOrder, name)).toEqual(await kpi('average_order_value', subject));
    }
    const all = { subjectKind: 'team', subjectId: idOf('boss') };
    expect(sides(averageOrder)).toEqual(await kpi('average_order_value', all));
  });
});

describe('a breakdown', () => {
  test('of a ratio shows its copies in a dry run, and stores nothing', async () => {
    const outcome = await stave.run(
      'BreakDownTarget',
      {
        targetId: nodeOf(strikeRate, { customer_segment: 'retail' }),
        levels: [{ dimension: 'period', method: 'copied', periodLevel: 'half' }],
      },
      { dryRun: true },
    );
    expect(outcome).toMatchObject({ ok: true, dryRun: true });
    expect(JSON.stringify(outcome).match(/"basisPoints":6000/g)).toHaveLength(4);
    const node = await treeOn('2026-06-30');
    expect(node(strikeRate, { customer_segment: 'retail' }, 'FY2026-H1')).toBeUndefined();
  });

  test('finds the history of sums and stocks, and none of ratios', async () => {
    const weights = async (definition: { measureKey: string }) => {
      const { data } = await body<{ readonly data: readonly { member: string; weight: bigint }[] }>(
        'ListSplitWeights',
        { targetId: nodeOf(definition), dimension: 'salesperson', method: 'history' },
      );
      return Object.fromEntries(data.map(({ member, weight }) => [member, weight]));
    };
    expect(await weights(activity)).toEqual({ [idOf('ann')]: 2n, [idOf('bob')]: 2n });
    expect(await weights(orderBook)).toEqual({ [idOf('ann')]: 1n, [idOf('bob')]: 1n });
    expect(await weights(strikeRate)).toEqual({});
  });

  test('rests on last year in the unit of the measure', async () => {
    const lastYear = async (definition: { measureKey: string }) =>
      (
        await body<{ readonly data: readonly { achieved: bigint }[] }>('ListTargetLastYear', {
          targetId: nodeOf(definition),
        })
      ).data[0]!.achieved;
    expect(await lastYear(activity)).toBe(4n);
    expect(await lastYear(orderBook)).toBe(2n);
    expect(await lastYear(averageOrder)).toBe(750n);
    expect(await lastYear(strikeRate)).toBe(0n);
  });
});

describe('of a published plan', () => {
  beforeAll(async () => {
    await run('SubmitTargetPlan', { planId });
    await run('ApproveTargetPlan', { planId });
    const waived = ['feasibility', 'acknowledgement', 'execution_plan'].map((rule) => ({
      rule,
      reason: 'Urgent.',
    }));
    await run('PublishTargetPlan', { planId, waived });
  });

  test('a path of copied values has no seasons', async () => {
    expect(await body('GetTargetPath', { targetId: nodeOf(orderBook, inUnit('north')) })).toMatchObject({
      steps: [{ seasonBp: null }, { seasonBp: null }],
      falling: [],
    });
  });

  test('the progress of a ratio says what is over what', async () => {
    const progress = (asOf: string) =>
      body('GetTargetProgress', { targetId: nodeOf(strikeRate, inUnit('north')), asOf });
    expect(await progress('2026-06-30')).toMatchObject({
      unit: 'ratio',
      target: 6_000n,
      actual: 6_666n,
      gap: -666n,
      achievement: { num: 10n, den: 9n },
      state: 'ok',
    });
    expect(await progress('2026-01-31')).toMatchObject({
      actual: null,
      achievement: null,
      state: 'undefined_zero_denominator',
    });
  });

  test('the results list it in its unit', async () => {
    const { achievement } = await body<{ readonly achievement: readonly Row[] }>('GetResults', {
      period: year.periodId,
      asOf: '2026-06-30',
    });
    expect(achievement.map(({ measure, target, actual }) => [measure, target, actual])).toEqual([
      ['activity', 101n, 6n],
      ['average_order', 2_000n, 1_650n],
      ['complaints_logged', 10n, 1n],
      ['order_book', 100n, 6n],
      ['strike_rate', 6_000n, 5_000n],
    ]);
  });

  test('the figures of a day are of what adds up over days', async () => {
    const { achievement } = await body<{ readonly achievement: readonly Row[] }>('GetDayFigures', {
      personId: idOf('sue'),
      date: '2026-04-02',
    });
    expect(achievement).toMatchObject([{ measure: 'activity', achieved: '2', periodToDate: '5' }]);
  });

  test('a revision of the whole goes to the copies', async () => {
    await run('ReviseTarget', {
      targetId: nodeOf(strikeRate),
      value: { basisPoints: 7_000 },
      reason: 'economy',
      note: 'The market grew.',
    });
    const node = await treeOn('2026-06-30');
    expect(node(strikeRate, inUnit('south'))).toMatchObject({ target: 7_000n });
  });
});
