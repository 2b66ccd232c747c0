import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeIdOf } from '../../src/commands/target/node.ts';
import type { Actor } from '../../src/engine/decision.ts';
import { strict } from '../../src/engine/input.ts';
import type { Accepted } from '../../src/engine/outcome.ts';
import { customerEvents } from '../../src/events/customer.ts';
import { orderEvents } from '../../src/events/order.ts';
import { productEvents } from '../../src/events/product.ts';
import { queriesByName } from '../../src/runtime.ts';
import {
  customerId,
  defined,
  eur,
  ownedByAnn,
  productId,
  regionId,
  registered,
  staff,
} from '../support/commerce.ts';
import { note } from '../support/figures.ts';
import { idOf } from '../support/given.ts';
import { type Stave, seed, startStave } from '../support/stave.ts';
import { company, planId, year } from '../support/target-plan.ts';

let stave: Stave;

beforeAll(async () => {
  stave = await startStave({ clock: () => '2026-03-02T08:00:00.000Z' });
  await seed(stave, 'organisation', ...company(2, 2, 2), ...staff.slice(0, 2));
  await seed(
    stave,
    `customer/${customerId}`,
    registered,
    { ...ownedByAnn, data: { ...ownedByAnn.data, personId: idOf('seller 0/0/0') } },
    customerEvents.CustomerPotentialEstimated({
      customerId,
      annual: eur('700000'),
      method: 'Visit',
      confidence: 'medium',
      on: '2026-01-05',
    }),
  );
  await seed(
    stave,
    `product/${productId}`,
    productEvents.ProductDefined({ ...defined.data, groupId: idOf('shoes') }),
  );
  const sales: readonly (readonly [string, string, string])[] = [
    ['seller 0/0/0', '2025-02-10', '3000'],
    ['seller 0/0/1', '2025-02-11', '1000'],
    ['seller 0/1/0', '2025-07-01', '4000'],
    ['seller 1/0/0', '2025-11-20', '2000'],
    ['seller 1/0/0', '2024-11-20', '9000'],
  ];
  for (const [index, [seller, orderedOn, amount]] of sales.entries())
    await seed(
      stave,
      `order/${idOf(`order ${index}`)}`,
      orderEvents.OrderTaken({
        orderId: idOf(`order ${index}`),
        customerId,
        takenBy: idOf(seller),
        ...(amount === '2000' && { dealerId: idOf('dealer') }),
        orderedOn,
        netTotal: eur(amount),
        lines: [{ lineNo: 1, productId, quantity: 1, netAmount: eur(amount), unitCost: eur('1') }],
      }),
    );
});
afterAll(() => stave.close());

async function run(name: string, input: Readonly<Record<string, unknown>>): Promise<Accepted> {
  const outcome = await stave.run(name, input);
  if (!outcome.ok || 'dryRun' in outcome) throw new Error(`${name}: ${JSON.stringify(outcome)}`);
  return outcome;
}

async function ask(
  name: string,
  input: Readonly<Record<string, unknown>>,
  of: Stave = stave,
  // biome-ignore lint/suspicious/noExplicitAny: what a query answers is known to the test
): Promise<any> {
  await of.projector.advance(of.tenantId);
  const query = queriesByName.get(name)!;
  const actor: Actor = {
    tenantId: of.tenantId,
    kind: 'system',
    name: 'test',
    credentialId: 'test',
    roles: [],
  };
  const parsed = strict(query.input).parse(input);
  const asker = await of.asker(actor, query, query.subject?.(parsed));
  if ('ok' in asker) throw new Error(asker.detail);
  const answer = await of.reader.answer(query, of.tenantId, parsed, asker);
  if (!answer.ok) return answer;
  query.output.parse(answer.body);
  return answer.body;
}

const plan = (id: string, measures: readonly string[]) => ({
  planId: id,
  name: 'The year',
  horizon: year,
  measures,
  rootOrgUnit: idOf('company'),
  currency: 'EUR',
});
const rootOf = (id: string, measure: 'net_sales' | 'visits') =>
  nodeIdOf(id, { measure, period: year, dimensions: {} });
const root = rootOf(planId, 'net_sales');

interface Row {
  readonly targetId: string;
  readonly value: bigint;
  readonly depth: number;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly responsible: string;
}
const nodesOf = async (filter: Readonly<Record<string, string>>): Promise<readonly Row[]> =>
  (await ask('ListTargets', { limit: '200', sort: 'depth', ...filter })).data;

describe('a target plan', () => {
  beforeAll(async () => {
    await run('CreateTargetPlan', plan(planId, ['net_sales', 'visits']));
    await run('RecordTargetBasis', { planId, kind: 'intuition', note: 'I feel it.' });
    await run('AssignPlanTarget', {
      planId,
      responsible: idOf('TM'),
      measure: 'net_sales',
      period: year,
      value: eur('1000003'),
    });
  });

  test('finds its weights in what was achieved a year before', async () => {
    const weights = async (dimension: string, more: object = {}) =>
      Object.fromEntries(
        (await ask('ListSplitWeights', { targetId: root, dimension, method: 'history', ...more })).data.map(
          ({ member, weight }: { member: string; weight: bigint }) => [member, weight],
        ),
      );
    expect(await weights('org_unit')).toEqual({ [idOf('region 0')]: 8_000n, [idOf('region 1')]: 2_000n });
    expect(await weights('salesperson')).toEqual({
      [idOf('seller 0/0/0')]: 3_000n,
      [idOf('seller 0/0/1')]: 1_000n,
      [idOf('seller 0/1/0')]: 4_000n,
      [idOf('seller 1/0/0')]: 2_000n,
    });
    expect(await weights('period')).toEqual({
      'FY2026-M02': 4_000n,
      'FY2026-M07': 4_000n,
      'FY2026-M11': 2_000n,
    });
    expect(await weights('period', { periodLevel: 'half' })).toEqual({
      'FY2026-H1': 4_000n,
      'FY2026-H2': 6_000n,
    });
    expect(await weights('product_group')).toEqual({ [idOf('shoes')]: 10_000n });
    expect(await weights('region')).toEqual({ [regionId]: 10_000n });
    expect(await weights('dealer')).toEqual({ [idOf('dealer')]: 2_000n });
    expect(await weights('salesperson', { method: 'potential' })).toEqual({
      [idOf('seller 0/0/0')]: 700_000n,
    });
    expect(
      (await ask('ListSplitWeights', { targetId: idOf('none'), dimension: 'region', method: 'history' }))
        .data,
    ).toEqual([]);
  });

  test('is broken down by history, unit by unit, down to people and months, exactly', async () => {
    await run('BreakDownTarget', {
      targetId: root,
      levels: [
        { dimension: 'org_unit', method: 'history' },
        { dimension: 'org_unit', method: 'even' },
        { dimension: 'salesperson', method: 'even' },
        { dimension: 'period', method: 'even', periodLevel: 'quarter' },
      ],
    });
    const regions = await nodesOf({ planId, depth: '1' });
    expect(regions.map(({ value, responsible }) => [value, responsible]).toSorted()).toEqual(
      [
        [800_002n, idOf('RM 0')],
        [200_001n, idOf('RM 1')],
      ].toSorted(),
    );
    const leaves = await nodesOf({ planId, depth: '4' });
    expect(leaves).toHaveLength(2 * 2 * 2 * 4);
    expect(leaves.reduce((sum, { value }) => sum + value, 0n)).toBe(1_000_003n);
    const [top] = await nodesOf({ targetId: root });
    expect(top).toMatchObject({ splitDimension: 'org_unit', unallocated: 0n, overAssignment: 0n, planId });
  });

  test('is revised from the top down by a process that knows nothing of it, and remembers how often and why', async () => {
    stave.dispatcher.purge(stave.tenantId);
    await run('ReviseTarget', {
      targetId: root,
      value: eur('900000'),
      reason: 'economy',
      note: 'It shrank.',
    });
    const leaves = await nodesOf({ planId, depth: '4' });
    expect(leaves.reduce((sum, { value }) => sum + value, 0n)).toBe(900_000n);
    expect(await nodesOf({ targetId: root })).toMatchObject([
      { value: 900_000n, revision: 1, lastReason: 'economy' },
    ]);
  });

  test('checks a target against last year', async () => {
    await run('CheckFeasibility', { targetId: root });
    expect(await nodesOf({ targetId: root })).toMatchObject([{ feasibility: 'stretch' }]);
    expect((await ask('ListTargetLastYear', { targetId: root })).data).toEqual([
      { measure: 'net_sales', achieved: 10_000n },
      { measure: 'visits', achieved: 0n },
    ]);
  });

  test('is discussed, approved and published with what it did without', async () => {
    await run('SubmitTargetPlan', { planId });
    const [leaf] = await nodesOf({ planId, depth: '4' });
    await run('CounterProposeTarget', { targetId: leaf!.targetId, value: eur('1'), arguments: 'Less.' });
    expect(await nodesOf({ targetId: leaf!.targetId })).toMatchObject([
      { acknowledgement: 'counter_proposed' },
    ]);
    await run('DecideCounterProposal', { targetId: leaf!.targetId, accepted: true, reason: 'Very well.' });
    expect(await nodesOf({ targetId: leaf!.targetId })).toMatchObject([
      { acknowledgement: 'acknowledged', value: 1n },
    ]);
    await run('SubmitExecutionPlan', {
      targetId: leaf!.targetId,
      approach: 'Slowly.',
      activities: [{ measure: 'visits', planned: 4 }],
      tasks: ['Begin'],
    });
    await run('ReviewExecutionPlan', { targetId: leaf!.targetId, accepted: true });
    expect(await nodesOf({ targetId: leaf!.targetId })).toMatchObject([{ executionPlan: 'accepted' }]);
    await run('ApproveTargetPlan', { planId });
    const waived = ['residue', 'acknowledgement', 'execution_plan'].map((rule) => ({
      rule,
      reason: 'Urgent.',
    }));
    await run('PublishTargetPlan', { planId, waived });
    expect(await ask('GetTargetPlan', { planId })).toMatchObject({
      state: 'published',
      publication: 1,
      byIntuition: true,
      basisKinds: ['intuition'],
      roots: 1,
      waived,
    });
    expect((await ask('ListTargetPlans', { state: 'published', limit: '50' })).data).toHaveLength(1);
  });

  test('shows the path of a person, and where it falls', async () => {
    const person = (await nodesOf({ planId, depth: '3' })).find(
      ({ dimensions }) => dimensions['salesperson'] === idOf('seller 1/1/1'),
    )!;
    const path = await ask('GetTargetPath', { targetId: person.targetId });
    expect(path.steps.map(({ periodId }: { periodId: string }) => periodId)).toEqual(
      [1, 2, 3, 4].map((quarter) => `FY2026-Q${quarter}`),
    );
    expect(path.falling).toEqual([]);
    const [, second] = path.steps;
    const quarter = (await nodesOf({ parentTargetId: person.targetId })).find(
      ({ value }) => value === second.value,
    )!;
    await run('ReviseTarget', {
      targetId: quarter.targetId,
      value: eur('5'),
      reason: 'correction',
      note: 'Typo.',
    });
    expect((await ask('GetTargetPath', { targetId: person.targetId })).falling).toHaveLength(1);
  });

  test('gives a target to somebody else, with what each has of it', async () => {
    const [person] = await nodesOf({ planId, depth: '3', responsible: idOf('seller 0/0/1') });
    await run('ReassignTarget', {
      targetId: person!.targetId,
      toPerson: idOf('seller 0/0/0'),
      on: '2026-07-01',
      note: 'He leaves.',
    });
    const parts = (await nodesOf({ targetId: person!.targetId })) as readonly (Row & {
      parts: readonly object[];
    })[];
    expect(parts).toMatchObject([
      {
        responsible: idOf('seller 0/0/0'),
        parts: [{ responsible: idOf('seller 0/0/1') }, { responsible: idOf('seller 0/0/0') }],
      },
    ]);
  });

  test('withdraws a part, whose value nobody has then', async () => {
    const [region] = await nodesOf({ planId, depth: '1', responsible: idOf('RM 1') });
    await run('WithdrawTarget', { targetId: region!.targetId, reason: 'Sold.' });
    expect(await nodesOf({ targetId: root })).toMatchObject([{ unallocated: region!.value }]);
    expect(await nodesOf({ planId, state: 'assigned', responsible: idOf('seller 1/1/1') })).toEqual([]);
  });
});

test('a company year is broken down into 4 800 leaves in one request', async (context) => {
  const big = await startStave({ clock: () => '2026-03-02T08:00:00.000Z' });
  await seed(big, 'organisation', ...company(10, 4, 10));
  const leavesPlan = idOf('big plan');
  const execute = async (name: string, input: Readonly<Record<string, unknown>>) => {
    const outcome = await big.run(name, input);
    expect(outcome).toMatchObject({ ok: true });
    return outcome as Accepted;
  };
  await execute('CreateTargetPlan', plan(leavesPlan, ['visits']));
  await execute('AssignPlanTarget', {
    planId: leavesPlan,
    responsible: idOf('TM'),
    measure: 'visits',
    period: year,
    value: 400_001,
  });
  const begun = performance.now();
  const { events } = await execute('BreakDownTarget', {
    targetId: rootOf(leavesPlan, 'visits'),
    levels: ['org_unit', 'org_unit', 'salesperson', 'period'].map((dimension) => ({
      dimension,
      method: 'even',
    })),
  });
  const breakdownMs = Math.round(performance.now() - begun);
  note(context, 'breakdown', { leaves: 4_800, events: events.length, breakdownMs });
  expect(events).toHaveLength(10 + 40 + 400 + 4_800 + 1 + 10 + 40 + 400);
  expect(breakdownMs).toBeLessThan(10_000);
  expect((await ask('ListTargets', { groupBy: 'depth' }, big)).data.at(-1)).toMatchObject({
    depth: 4,
    count: 4_800,
    valueSum: '400001',
  });
  await big.close();
}, 60_000);
