import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Actor } from '../../src/engine/decision.ts';
import { daysBetween } from '../../src/engine/instant.ts';
import { calendarEvents } from '../../src/events/calendar.ts';
import { customerEvents } from '../../src/events/customer.ts';
import { fiscalPeriods } from '../../src/events/period.ts';
import { productEvents } from '../../src/events/product.ts';
import { customerId, defined, eur, productId, registered } from '../support/commerce.ts';
import { idOf } from '../support/given.ts';
import { type Stave, seed, startStave } from '../support/stave.ts';
import { tableRows } from '../support/tables.ts';
import { company, created, planId, year } from '../support/target-plan.ts';

/** How many commands are tried. */
const length = 900;
const sellers = ['seller 0/0/0', 'seller 0/0/1', 'seller 0/1/0', 'seller 1/0/0'];
const months = fiscalPeriods('calendar_month', 1, 2026, 1).filter(({ level }) => level === 'month');
const period = (index: number) => {
  const { periodId, start, endExclusive } = months[index % 12]!;
  return { periodId, start, endExclusive };
};
const scorecardId = idOf('card');
const kpiKeys = ['calls_and_orders', 'calls_twice'];

/** Numbers out of which a command of any kind makes its input. */
const anyStep = fc.record({
  kind: fc.nat(),
  target: fc.nat(),
  person: fc.nat(),
  amount: fc.nat({ max: 40_000 }),
  day: fc.nat({ max: 364 }),
  other: fc.nat({ max: 1_000 }),
});
type Step = typeof anyStep extends fc.Arbitrary<infer S> ? S : never;

let stave: Stave;
let now = '2026-01-01T08:00:00.000Z';
/** The nodes that breakdowns of the plan have. */
let targetIds: readonly string[] = [];

const shapes = [
  [
    { dimension: 'org_unit', method: 'even' },
    { dimension: 'salesperson', method: 'even' },
    { dimension: 'period', method: 'even', periodLevel: 'quarter' },
  ],
  [
    { dimension: 'period', method: 'even' },
    { dimension: 'org_unit', method: 'even', allocatedBp: 9_500 },
  ],
  [{ dimension: 'org_unit', method: 'even', allocatedBp: 10_500 }],
];

const dayOf = (day: number): string => Temporal.PlainDate.from('2026-01-01').add({ days: day }).toString();
const item = (kpi: string, weightBp: number) => ({
  ...{ kpi, version: null, weightBp, target: { num: '3', den: '1' }, floorBp: 0, capBp: 20_000 },
  category: 'operational',
});
const waived = ['residue', 'feasibility', 'acknowledgement', 'execution_plan'].map((rule) => ({
  rule,
  reason: 'Test.',
}));
const by = (name: string): Partial<Actor> => ({ kind: 'person', name, personId: idOf(name) });
const supervisorOf = (seller: string): string => seller.replace('seller', 'SV').replace(/\/\d$/, '');

type Made = readonly [name: string, input: Readonly<Record<string, unknown>>, actor?: Partial<Actor>];
type Maker = (step: Step) => Made;

const pick = <T>(list: readonly T[], index: number): T => list[index % list.length]!;
const seller = ({ person }: Step): string => pick(sellers, person);
const targetOf = ({ target, other }: Step) => ({
  targetId: other % 10 === 0 ? pick(targetIds, 0) : pick(targetIds, target),
});
const evaluated = (step: Step) => ({
  personId: idOf(seller(step)),
  periodId: period(step.other % 3).periodId,
});

const makers: Readonly<Record<string, Maker>> = {
  CallLogged: (step) => [
    'LogCall',
    {
      ...{ personId: idOf(seller(step)), date: now.slice(0, 10), customerId, direction: 'outgoing' },
      ...{ channel: 'phone', seconds: 60, resultCode: 'reached' },
    },
  ],
  OrderTaken: (step) => [
    'TakeOrder',
    {
      ...{ orderId: idOf(`order ${step.other % 40}`), customerId, takenBy: idOf(seller(step)) },
      orderedOn: dayOf(Math.max(0, daysBetween('2026-01-01', now.slice(0, 10)) - (step.day % 60))),
      lines: [{ productId, quantity: 3, netAmount: eur(String(step.amount)) }],
    },
  ],
  OrderCancelled: ({ other }) => ['CancelOrder', { orderId: idOf(`order ${other % 40}`), reason: 'Test.' }],
  OrderCreditSplit: ({ other, person }) => [
    'SplitOrderCredit',
    {
      ...{ orderId: idOf(`order ${other % 40}`), reason: 'Test.' },
      credits: [
        { personId: idOf(pick(sellers, person)), shareBp: 3_333 },
        { personId: idOf(pick(sellers, person + 1)), shareBp: 6_667 },
      ],
    },
  ],
  TargetBrokenDown: ({ other }) => [
    'BreakDownTarget',
    { targetId: targetIds[0], levels: pick(shapes, other) },
  ],
  TargetRevised: (step) => [
    'ReviseTarget',
    { ...targetOf(step), value: eur(String(step.amount)), reason: 'economy', note: 'Test.' },
  ],
  TargetReassigned: (step) => [
    'ReassignTarget',
    { ...targetOf(step), toPerson: idOf(seller(step)), on: dayOf(step.day), note: 'Test.' },
  ],
  TargetWithdrawn: (step) =>
    step.other % 5 > 0
      ? makers['TargetRevised']!(step)
      : ['WithdrawTarget', { targetId: pick(targetIds.slice(1), step.target), reason: 'Test.' }],
  TargetAcknowledged: (step) => ['AcknowledgeTarget', targetOf(step)],
  TargetCounterProposed: (step) => [
    'CounterProposeTarget',
    { targetId: targetIds[0], value: eur(String(step.amount)), arguments: 'Test.' },
  ],
  CounterProposalDecided: (step) => [
    'DecideCounterProposal',
    { targetId: targetIds[0], accepted: step.other % 2 === 0, reason: 'Test.' },
  ],
  TargetFeasibilityAssessed: (step) => ['CheckFeasibility', targetOf(step)],
  TargetAssigned: (step) => [
    'AssignTarget',
    {
      ...{ targetId: idOf(`plain ${step.other % 20}`), responsible: idOf(seller(step)), measure: 'orders' },
      ...{ period: period(step.day), value: step.amount },
    },
  ],
  TargetPlanRootAdded: ({ amount }) => [
    'AssignPlanTarget',
    { planId, responsible: idOf('TM'), measure: 'net_sales', period: year, value: eur(String(amount)) },
  ],
  TargetPlanSubmitted: () => ['SubmitTargetPlan', { planId }],
  TargetPlanApproved: () => ['ApproveTargetPlan', { planId }],
  TargetPlanPublished: () => ['PublishTargetPlan', { planId, waived }],
  TargetPlanRecalled: () => ['RecallTargetPlan', { planId, reason: 'Test.' }],
  SeasonalityCurveAttached: ({ other }) => [
    'AttachSeasonality',
    { planId, weights: [5_000 + (other % 7), 5_000 - (other % 7)] },
  ],
  PeriodClosed: () => [
    'ClosePeriod',
    { periodId: `FY2026-M${now.slice(5, 7)}`, closingPosition: 1, figuresHash: '0'.repeat(64) },
  ],
  KpiDefined: ({ other }) => [
    'DefineKpi',
    { key: pick(kpiKeys, other), name: 'Own', purpose: 'Test.', unit: 'count', direction: 'up' },
  ],
  KpiVersionPublished: ({ other }) => [
    'PublishKpiVersion',
    {
      key: pick(kpiKeys, other),
      numerator: [{ measure: other % 3 === 0 ? 'orders' : 'calls', times: 1 + (other % 4) }],
      ...{ source: 'Test.', obtainability: 'Test.', owner: idOf('TM') },
    },
  ],
  ScorecardDesigned: ({ other }) => [
    'DesignScorecard',
    {
      ...{ scorecardId, name: `Card ${other % 3}`, role: 'SP' },
      items: [item('call_volume', 6_000), item(other % 2 === 0 ? 'net_sales' : pick(kpiKeys, other), 4_000)],
    },
  ],
  EvaluationComputed: (step) => ['ComputeEvaluation', { ...evaluated(step), scorecardId }],
  EvaluationReviewed: (step) => [
    'ReviewEvaluation',
    {
      ...evaluated(step),
      adjustments: [{ kpi: 'call_volume', deltaBp: (step.amount % 900) - 450, reason: 'Test.' }],
    },
    by(supervisorOf(seller(step))),
  ],
  EvaluationDisputed: (step) => [
    'DisputeEvaluation',
    { ...evaluated(step), kpi: 'call_volume', claim: 'Test.' },
    by(seller(step)),
  ],
  DisputeResolved: (step) => [
    'ResolveDispute',
    { ...evaluated(step), outcome: 'partial', deltaBp: 1 + (step.amount % 500), reason: 'Test.' },
  ],
  EvaluationAcknowledged: (step) => ['AcknowledgeEvaluation', evaluated(step), by(seller(step))],
  EvaluationFinalised: (step) => ['FinaliseEvaluation', evaluated(step)],
  EvaluationRestated: (step) => ['RestateEvaluation', { ...evaluated(step), reason: 'Test.' }],
};

const steps = fc.sample(anyStep, { seed: 5, numRuns: length });
const happened = new Set<string>();

async function take(...[name, input, actor]: Made): Promise<void> {
  await stave.projector.advance(stave.tenantId);
  const outcome = await stave.run(name, input, actor && { actor });
  if (outcome.ok && 'events' in outcome) for (const { type } of outcome.events) happened.add(type);
  else expect([name, outcome]).toMatchObject([name, { status: expect.toSatisfy((status) => status < 500) }]);
}

beforeAll(async () => {
  stave = await startStave({ clock: () => now });
  await seed(stave, 'organisation', ...company(2, 2, 2));
  await seed(
    stave,
    `customer/${customerId}`,
    customerEvents.CustomerRegistered({ ...registered.data, customerId }),
  );
  await seed(stave, `product/${productId}`, productEvents.ProductDefined(defined.data));
  await seed(
    stave,
    'calendar',
    calendarEvents.FiscalCalendarPublished({
      ...{ calendarVersion: 1, kind: 'calendar_month', fiscalYearStartMonth: 1 },
      periods: [...fiscalPeriods('calendar_month', 1, 2025, 5)],
      withdrawn: [],
    }),
  );
  const { calendarVersion: _, createdBy: __, ...plan } = created.data;
  await take('CreateTargetPlan', plan);
  await take('RecordTargetBasis', { planId, kind: 'intuition', note: 'Test.' });
  await take(...makers['TargetPlanRootAdded']!({ ...steps[0]!, amount: 100_001 }));
  const rows = (await tableRows(await advanced())).get('target')!.map((row) => JSON.parse(row));
  targetIds = rows.map(({ target_id: id }) => id);
  for (const levels of shapes) {
    const tried = await stave.run('BreakDownTarget', { targetId: targetIds[0], levels }, { dryRun: true });
    if (!tried.ok || !('dryRun' in tried)) throw new Error(JSON.stringify(tried));
    const made = tried.events.filter(({ type }) => type === 'TargetAssigned');
    const ids = made.map(({ data }) => (data as { readonly targetId: string }).targetId);
    targetIds = [...new Set([...targetIds, ...ids])];
  }
});
afterAll(() => stave.close());

async function advanced(): Promise<Stave> {
  await stave.projector.advance(stave.tenantId);
  return stave;
}

interface Node {
  readonly target_id: string;
  readonly parent_target_id: string | null;
  readonly state: string;
  readonly value: number;
  readonly unallocated: number;
  readonly over_assignment: number;
  readonly split_dimension: string | null;
  readonly period_start: string;
  readonly period_end: string;
  readonly parts:
    | readonly {
        readonly start: string;
        readonly endExclusive: string;
        readonly value: number | { readonly amountMinor: string };
      }[]
    | null;
}

/** What the targets that hold break of the sum rule, and of the rule of days. */
function brokenIn(nodes: readonly Node[]): readonly string[] {
  const held = nodes.filter(({ state }) => state === 'assigned');
  const parts = Map.groupBy(held, ({ parent_target_id: id }) => id);
  const amountOf = (value: number | { readonly amountMinor: string }): number =>
    typeof value === 'number' ? value : Number(value.amountMinor);
  return held.flatMap((node) => {
    const children = parts.get(node.target_id) ?? [];
    const sum = children.reduce((all, { value }) => all + value, 0);
    const isSplit = node.split_dimension !== null;
    const isExact = !isSplit || sum + node.unallocated - node.over_assignment === node.value;
    const ofHands = node.parts ?? [];
    const days = ofHands.flatMap(({ start, endExclusive }) => [start, endExclusive]);
    const isWhole =
      ofHands.length === 0 ||
      (days[0] === node.period_start &&
        days.at(-1) === node.period_end &&
        days.slice(1, -1).every((day, index, inner) => index % 2 === 1 || day === inner[index + 1]) &&
        ofHands.reduce((all, { value }) => all + amountOf(value), 0) === node.value);
    return [
      ...(isExact ? [] : [`${node.target_id}: ${sum} ${JSON.stringify(node)}`]),
      ...(isSplit === children.length > 0 ? [] : [`${node.target_id} has ${children.length} parts`]),
      ...(isWhole ? [] : [`${node.target_id}: ${JSON.stringify(node.parts)}`]),
    ];
  });
}

test('any history of targets, plans, facts, indicators and evaluations keeps the sum rule, and rebuilds to what is live', async () => {
  const kinds = Object.keys(makers);
  const start = Temporal.Instant.from(now);
  for (const [index, step] of steps.entries()) {
    now = start
      .add({ minutes: Math.floor((index / length) * 150 * 24 * 60) })
      .toString({ smallestUnit: 'millisecond' });
    const lastMonth = Temporal.PlainDate.from(now.slice(0, 10)).subtract({ months: 1 }).toString();
    const [name, input, actor] = makers[pick(kinds, step.kind)]!(step);
    const closed =
      name === 'ClosePeriod' ? { ...input, periodId: `FY2026-M${lastMonth.slice(5, 7)}` } : input;
    await take(name, closed, actor);
    if (index % 100 === 99 || index === length - 1) {
      const rows = (await tableRows(await advanced())).get('target')!;
      expect(brokenIn(rows.map((row) => JSON.parse(row)))).toEqual([]);
    }
  }
  expect(kinds.filter((type) => !happened.has(type))).toEqual([]);
  const live = await tableRows(await advanced());
  await stave.projector.rebuild(stave.tenantId);
  expect(await tableRows(await advanced())).toEqual(live);
}, 120_000);
