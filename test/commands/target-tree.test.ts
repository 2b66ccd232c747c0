import { describe, expect, test } from 'vitest';
import { calendar } from '../../src/commands/calendar/state.ts';
import { claim } from '../../src/commands/claim.ts';
import { organisation } from '../../src/commands/organisation/state.ts';
import { breakDownTarget } from '../../src/commands/target/breakdown.ts';
import {
  acknowledgeTarget,
  counterProposeTarget,
  decideCounterProposal,
} from '../../src/commands/target/discussion.ts';
import { reviewExecutionPlan, submitExecutionPlan } from '../../src/commands/target/execution.ts';
import { checkFeasibility } from '../../src/commands/target/feasibility.ts';
import { nodeIdOf } from '../../src/commands/target/node.ts';
import { reassignTarget, reviseTarget, withdrawTarget } from '../../src/commands/target/revision.ts';
import { target } from '../../src/commands/target/state.ts';
import { targetPlan } from '../../src/commands/target-plan/state.ts';
import type { NewEvent } from '../../src/engine/event.ts';
import { calendarEvents } from '../../src/events/calendar.ts';
import { claimEvents } from '../../src/events/claim.ts';
import { fiscalPeriods, spanOf } from '../../src/events/period.ts';
import { amountOf, type TargetValue, targetEvents } from '../../src/events/target.ts';
import { targetPlanEvents } from '../../src/events/target-plan.ts';
import { eur } from '../support/commerce.ts';
import { given, idOf } from '../support/given.ts';
import {
  approved,
  company,
  created,
  node,
  planId,
  published,
  root,
  submitted,
} from '../support/target-plan.ts';

const {
  TargetAcknowledged,
  TargetAssigned,
  TargetBrokenDown,
  TargetCounterProposed,
  TargetReassigned,
  TargetRevised,
  CounterProposalDecided,
  ExecutionPlanSubmitted,
  ExecutionPlanReviewed,
} = targetEvents;

const by = (name: string) => ({ actor: { personId: idOf(name) } });
const { targetId } = root;
const rm = idOf('RM 0');
const plan = targetPlan.ref(planId);
const closed = calendarEvents.PeriodClosed({ periodId: 'FY2026', closingPosition: 1, figuresHash: '' });
const people = company(1, 3, 2);

const inOffice = (office: number, value: TargetValue) =>
  node(value, idOf(`SV 0/${office}`), { org_unit: idOf(`office 0/${office}`) }, targetId);
const [first, second] = [inOffice(0, eur('6000')), inOffice(1, eur('4000'))];
const inOffices = TargetBrokenDown({
  targetId,
  dimension: 'org_unit',
  method: 'manual',
  children: [first, second].map(({ targetId: id, assigned: { data } }) => ({
    targetId: id,
    member: data.dimensions.org_unit!,
    value: data.value,
  })),
  unallocated: eur('0'),
  overAssignment: eur('0'),
});
/** The root, broken down to two offices, in a plan that is in some state. */
const tree = (...states: readonly NewEvent[]) =>
  given(root.assigned, inOffices)
    .and(plan, created, submitted, ...states)
    .and(organisation.ref(), ...people)
    .and(target.ref(first.targetId), first.assigned)
    .and(target.ref(second.targetId), second.assigned);
/** The first office's node, with the tree around it. */
const office = (...states: readonly NewEvent[]) =>
  given(first.assigned)
    .and(plan, created, submitted, ...states)
    .and(organisation.ref(), ...people)
    .and(target.ref(targetId), root.assigned, inOffices)
    .and(target.ref(second.targetId), second.assigned);

const quarters = [1, 2, 3, 4].map((number) => {
  const period = spanOf(`FY2026-Q${number}`, [])!;
  const periodId = `FY2026-Q${number}`;
  const id = nodeIdOf(planId, { measure: 'net_sales', period: { periodId }, dimensions: {} });
  const data = { ...root.assigned.data, targetId: id, period: { periodId, ...period }, value: eur('2500') };
  return { id, periodId, assigned: TargetAssigned({ ...data, depth: 1, parentTargetId: targetId }) };
});
/** The root, broken down to quarters, of which the first is closed. */
const afterFirstQuarter = (...states: readonly NewEvent[]) =>
  quarters.reduce(
    (story, { id, assigned }) => story.and(target.ref(id), assigned),
    given(
      root.assigned,
      TargetBrokenDown({
        ...inOffices.data,
        dimension: 'period',
        children: quarters.map(({ id, periodId }) => ({
          targetId: id,
          member: periodId,
          value: eur('2500'),
        })),
      }),
    )
      .and(plan, created, submitted, ...states)
      .and(organisation.ref(), ...people)
      .and(calendar.ref(), calendarEvents.PeriodClosed({ ...closed.data, periodId: 'FY2026-Q1' })),
  );

const dataOf = <D>(events: readonly NewEvent[], type: string): readonly D[] =>
  events.filter((event) => event.type === type).map(({ data }) => data as D);
interface Node {
  readonly targetId: string;
  readonly value: TargetValue;
  readonly responsible: string;
  readonly period: { readonly periodId: string };
  readonly dimensions: Readonly<Record<string, string>>;
}
interface Split {
  readonly targetId: string;
  readonly children: readonly { readonly member: string; readonly value: TargetValue }[];
  readonly unallocated: TargetValue;
  readonly overAssignment: TargetValue;
}

describe('BreakDownTarget', () => {
  const world = (...states: readonly NewEvent[]) =>
    given(root.assigned)
      .and(plan, created, ...states)
      .and(organisation.ref(), ...people);
  const even = (dimension: string) => ({ dimension, method: 'even' });
  const products = (...members: readonly object[]) => ({
    dimension: 'product_group',
    method: 'manual',
    members,
  });
  const breakDown = (levels: readonly object[], story = world(), moment: object = {}) =>
    story.when(breakDownTarget, { targetId, levels }, { ...by('RM 0'), ...moment });

  test('splits 100.00 among three exactly', () => {
    const inRegion = node(eur('10000'), rm, { org_unit: idOf('region 0') });
    const { events } = given(inRegion.assigned)
      .and(plan, created)
      .and(organisation.ref(), ...people)
      .when(breakDownTarget, { targetId: inRegion.targetId, levels: [even('org_unit')] }, by('RM 0'));
    const [split] = dataOf<Split>(events, 'TargetBrokenDown');
    expect(split!.children.map(({ value }) => amountOf(value))).toEqual([3334n, 3333n, 3333n]);
    expect(dataOf<Node>(events, 'TargetAssigned').map(({ responsible }) => responsible)).toEqual(
      [0, 1, 2].map((index) => idOf(`SV 0/${index}`)),
    );
  });
  test('splits into twelve months by twelfths that are not whole', () => {
    const weights = Array.from({ length: 12 }, (_, index) => (index < 4 ? 834 : 833));
    const seasons = targetPlanEvents.SeasonalityCurveAttached({ planId, weights });
    const { events } = breakDown([{ dimension: 'period', method: 'seasonality' }], world(seasons));
    const months = dataOf<Node>(events, 'TargetAssigned');
    expect(months.map(({ value }) => amountOf(value))).toEqual([
      ...Array.from({ length: 4 }, () => 834n),
      ...Array.from({ length: 8 }, () => 833n),
    ]);
    expect(months[11]).toMatchObject({
      period: { periodId: 'FY2026-M12', start: '2026-12-01', endExclusive: '2027-01-01' },
      dimensions: {},
      responsible: rm,
    });
  });
  test('goes down level by level, adding dimensions, each node once', () => {
    const { events } = breakDown([
      even('org_unit'),
      even('salesperson'),
      { ...even('period'), periodLevel: 'quarter' },
    ]);
    const nodes = dataOf<Node & { readonly depth: number }>(events, 'TargetAssigned');
    expect(nodes).toHaveLength(1 + 6 + 24);
    expect(new Set(nodes.map(({ targetId: id }) => id)).size).toBe(31);
    const leaves = nodes.filter(({ depth }) => depth === 3);
    expect(leaves.reduce((sum, { value }) => sum + amountOf(value), 0n)).toBe(10_000n);
    expect(leaves[0]).toMatchObject({
      dimensions: { org_unit: idOf('region 0'), salesperson: idOf('seller 0/0/0') },
      period: { periodId: 'FY2026-Q1' },
      responsible: idOf('seller 0/0/0'),
    });
    expect(dataOf<Split>(events, 'TargetBrokenDown')).toHaveLength(1 + 1 + 6);
  });
  test('goes down to the working days of a month', () => {
    const february = { periodId: 'FY2026-M02', start: '2026-02-01', endExclusive: '2026-03-01' };
    const month = TargetAssigned({ ...root.assigned.data, period: february });
    const { events } = given(month)
      .and(plan, created)
      .and(organisation.ref(), ...people)
      .when(breakDownTarget, { targetId, levels: [{ ...even('period'), periodLevel: 'day' }] }, by('RM 0'));
    const days = dataOf<Node>(events, 'TargetAssigned');
    expect(days).toHaveLength(20);
    expect(days[0]).toMatchObject({ value: eur('500'), period: { periodId: '2026-02-02' } });
  });
  test('leaves explicitly what the parts do not have, and says what they have beyond', () => {
    const part = (member: string, amount: string) => ({ member, value: eur(amount) });
    const [less] = dataOf<Split>(
      breakDown([products(part('shoes', '4000'), part('hats', '5500'))]).events,
      'TargetBrokenDown',
    );
    expect(less).toMatchObject({ unallocated: eur('500'), overAssignment: eur('0') });
    const [more] = dataOf<Split>(
      breakDown([products(part('shoes', '5000'), part('hats', '6000'))]).events,
      'TargetBrokenDown',
    );
    expect(more).toMatchObject({ unallocated: eur('0'), overAssignment: eur('1000') });
  });
  test('keeps a share back where it is told to', () => {
    const [split] = dataOf<Split>(
      breakDown([{ ...even('period'), allocatedBp: 9_500 }]).events,
      'TargetBrokenDown',
    );
    expect(split).toMatchObject({ unallocated: eur('500') });
  });
  test('splits by given weights and by what read models say, remembering when', () => {
    const members = [
      { member: 'shoes', weight: 2 },
      { member: 'hats', weight: 1 },
    ];
    const byWeights = breakDown([{ dimension: 'product_group', method: 'weights', members }]).events;
    expect(dataOf<Split>(byWeights, 'TargetBrokenDown')[0]!.children).toMatchObject([
      { member: 'shoes', value: eur('6667') },
      { member: 'hats', value: eur('3333') },
    ]);
    const facts = [
      [
        { member: 'hats', weight: '9' },
        { member: 'shoes', weight: '1' },
      ],
    ];
    const history = breakDown([{ dimension: 'product_group', method: 'history' }], world(), {
      facts,
      factsPosition: 77,
    }).events;
    expect(dataOf(history, 'TargetBrokenDown')).toMatchObject([
      {
        inputsKnownAt: 77,
        weights: ['9', '1'],
        children: [
          { member: 'hats', value: eur('9000') },
          { member: 'shoes', value: eur('1000') },
        ],
      },
    ]);
  });
  test('takes the place of a former breakdown', () => {
    const { events } = tree().when(
      breakDownTarget,
      {
        targetId,
        levels: [
          {
            dimension: 'org_unit',
            method: 'even',
            members: [{ member: idOf('office 0/0') }, { member: idOf('office 0/2') }],
          },
        ],
      },
      by('RM 0'),
    );
    expect(dataOf<Node>(events, 'TargetWithdrawn').map((gone) => gone.targetId)).toEqual([second.targetId]);
    expect(dataOf<Node>(events, 'TargetAssigned').map(({ dimensions }) => dimensions['org_unit'])).toEqual([
      idOf('office 0/0'),
      idOf('office 0/2'),
    ]);
  });
  test('refuses what is unknown, not of a plan, or of a plan that is approved', () => {
    breakDown([even('period')], given()).thenRejects('targetUnknown');
    const { planId: _, ...plain } = root.assigned.data;
    breakDown([even('period')], given(TargetAssigned(plain))).thenRejects('notPlanned');
    breakDown([even('period')], world(submitted, approved)).thenRejects('planFrozen');
  });
  test('refuses somebody outside the line, and parts for people outside it', () => {
    breakDown([even('period')], world(), by('SV 0/0')).thenRejects('outsideLine');
    const toTop = {
      dimension: 'product_group',
      method: 'even',
      members: [{ member: 'x', responsible: idOf('TM') }],
    };
    breakDown([toTop]).thenRejects('outsideLine');
    const others = {
      dimension: 'salesperson',
      method: 'even',
      members: [{ member: idOf('TM'), responsible: rm }],
    };
    breakDown([others]).thenRejects('outsideLine');
    expect(breakDown([others], world(), by('TM')).events).toHaveLength(2);
  });
  test('refuses a closed period, and to change a part that lies in one', () => {
    breakDown([even('period')], world().and(calendar.ref(), closed)).thenRejects('periodClosed');
    const quarterly = { ...even('period'), periodLevel: 'quarter' };
    expect(breakDown([quarterly], afterFirstQuarter()).events.length).toBeGreaterThan(0);
    breakDown([{ ...quarterly, allocatedBp: 9_000 }], afterFirstQuarter()).thenRejects('periodClosed');
    breakDown([even('org_unit')], afterFirstQuarter()).thenRejects('periodClosed');
  });
  test.each<[string, readonly object[]]>([
    [
      'dimensionRepeated',
      [
        { ...even('product_group'), members: [{ member: 'a' }] },
        { ...even('product_group'), members: [{ member: 'b' }] },
      ],
    ],
    ['membersUnknown', [{ ...even('salesperson'), members: [{ member: idOf('nobody') }] }]],
    ['membersUnknown', [{ ...even('product'), members: [{ member: idOf('no product') }] }]],
    ['membersUnknown', [{ ...even('period'), members: [{ member: 'FY2027-M01' }] }]],
    ['membersUnknown', [even('customer_segment')]],
    ['partsMissing', [{ dimension: 'product_group', method: 'manual', members: [{ member: 'a' }] }]],
    ['partsMissing', [{ dimension: 'period', method: 'seasonality' }]],
    ['partsMissing', [{ dimension: 'period', method: 'history' }]],
    ['unitDiffers', [{ dimension: 'product_group', method: 'manual', members: [{ member: 'a', value: 5 }] }]],
    ['overAssigned', [{ ...even('period'), allocatedBp: 11_001 }]],
    ['nodeRepeated', [{ ...even('product_group'), members: [{ member: 'a' }, { member: 'a' }] }]],
    [
      'personUnknown',
      [{ ...even('product_group'), members: [{ member: 'a', responsible: idOf('nobody') }] }],
    ],
    [
      'tooManyLeaves',
      [
        { ...even('period'), periodLevel: 'day' },
        { ...even('product_group'), members: Array.from({ length: 20 }, (_, n) => ({ member: `${n}` })) },
      ],
    ],
  ])('refuses with %s', (code, levels) => {
    breakDown(levels).thenRejects(code);
  });
  test('refuses a part that the plan has elsewhere', () => {
    const elsewhere = node(eur('1'), rm, { product_group: 'shoes' });
    breakDown(
      [{ ...even('product_group'), members: [{ member: 'shoes' }] }],
      world().and(target.ref(elsewhere.targetId), elsewhere.assigned),
    ).thenRejects('targetKnown');
  });
});

describe('AcknowledgeTarget', () => {
  const own = () => office();
  const input = { targetId: first.targetId, comment: 'Fine.' };
  const acknowledged = TargetAcknowledged({ ...input, responsible: idOf('SV 0/0') });
  test('records it once', () => {
    own().when(acknowledgeTarget, input, by('SV 0/0')).thenEmits(acknowledged);
    given(first.assigned, acknowledged)
      .and(plan, created, submitted)
      .when(acknowledgeTarget, input, by('SV 0/0'))
      .thenNothing();
  });
  test('takes the own parts along, save those for which something else is proposed', () => {
    const [first, second, ...rest] = quarters.map(({ id }) => id);
    const proposed = TargetCounterProposed({
      targetId: second!,
      responsible: rm,
      value: eur('1'),
      arguments: 'So.',
    });
    const { events } = afterFirstQuarter()
      .and(target.ref(second!), proposed)
      .when(acknowledgeTarget, { targetId }, by('RM 0'));
    expect(dataOf<Node>(events, 'TargetAcknowledged').map((event) => event.targetId)).toEqual([
      ...[targetId, first, ...rest],
    ]);
    const ofOthers = tree().when(acknowledgeTarget, { targetId }, by('RM 0'));
    expect(ofOthers.events).toHaveLength(1);
  });
  test('refuses what is unknown or not yet discussed', () => {
    given().when(acknowledgeTarget, input, by('SV 0/0')).thenRejects('targetUnknown');
    given(first.assigned)
      .and(plan, created)
      .when(acknowledgeTarget, input, by('SV 0/0'))
      .thenRejects('notYetDiscussed');
  });
});

describe('CounterProposeTarget', () => {
  const input = { targetId: first.targetId, value: eur('5000'), arguments: 'Two are new.' };
  const proposed = TargetCounterProposed({ ...input, responsible: idOf('SV 0/0') });
  test('records it once', () => {
    office().when(counterProposeTarget, input, by('SV 0/0')).thenEmits(proposed);
    given(first.assigned, proposed)
      .and(plan, created, submitted)
      .when(counterProposeTarget, input, by('SV 0/0'))
      .thenNothing();
  });
  test('refuses what is unknown, too late, or in another unit', () => {
    given().when(counterProposeTarget, input, by('SV 0/0')).thenRejects('targetUnknown');
    office(approved).when(counterProposeTarget, input, by('SV 0/0')).thenRejects('discussionOver');
    office()
      .when(counterProposeTarget, input, { ...by('SV 0/0'), now: '2026-03-17T08:00:00.000Z' })
      .thenRejects('discussionOver');
    office()
      .when(counterProposeTarget, { ...input, value: 5 }, by('SV 0/0'))
      .thenRejects('unitDiffers');
  });
});

describe('DecideCounterProposal', () => {
  const responsible = idOf('SV 0/0');
  const proposal = (amount: string) =>
    TargetCounterProposed({ targetId: first.targetId, responsible, value: eur(amount), arguments: 'So.' });
  const world = (amount = '5000', ...states: readonly NewEvent[]) =>
    given(first.assigned, proposal(amount))
      .and(plan, created, submitted, ...states)
      .and(organisation.ref(), ...people)
      .and(target.ref(targetId), root.assigned, inOffices);
  const input = { targetId: first.targetId, accepted: true, reason: 'You are right.' };
  test('accepts it, which revises the target and leaves the rest to nobody', () => {
    const { events } = world().when(decideCounterProposal, input, by('RM 0'));
    expect(events.map(({ type }) => type)).toEqual([
      'TargetBrokenDown',
      'TargetRevised',
      'CounterProposalDecided',
    ]);
    expect(events[0]!.data).toMatchObject({ targetId, unallocated: eur('1000') });
    expect(events[1]!.data).toMatchObject({ from: eur('6000'), to: eur('5000'), reason: 'correction' });
  });
  test('declines it, also while the plan is approved: no value changes', () => {
    world('5000', approved)
      .when(decideCounterProposal, { ...input, accepted: false }, by('RM 0'))
      .thenEmits(
        CounterProposalDecided({
          targetId: first.targetId,
          responsible,
          accepted: false,
          reason: input.reason,
        }),
      );
  });
  test('refuses what it may not do', () => {
    given().when(decideCounterProposal, input, by('RM 0')).thenRejects('targetUnknown');
    office().when(decideCounterProposal, input, by('RM 0')).thenRejects('noCounterProposal');
    world().when(decideCounterProposal, input, by('SV 0/0')).thenRejects('ownTarget');
    world().when(decideCounterProposal, input, by('SV 0/1')).thenRejects('outsideLine');
    world('5000', approved).when(decideCounterProposal, input, by('RM 0')).thenRejects('planNotRunning');
    world('9000').when(decideCounterProposal, input, by('RM 0')).thenRejects('overAssigned');
    world()
      .and(calendar.ref(), closed)
      .when(decideCounterProposal, input, by('RM 0'))
      .thenRejects('periodClosed');
  });
});

describe('SubmitExecutionPlan', () => {
  const input = {
    targetId: first.targetId,
    approach: 'Key accounts first.',
    activities: [{ measure: 'visits' as const, planned: 200 }],
    tasks: ['List the key accounts'],
    resourcesAsked: [],
  };
  const responsible = idOf('SV 0/0');
  const handedIn = ExecutionPlanSubmitted({ ...input, responsible });
  const review = { targetId: first.targetId, accepted: true };
  const accepted = ExecutionPlanReviewed({ ...review, responsible });
  test('records how a target is to be reached', () => {
    office().when(submitExecutionPlan, input, by('SV 0/0')).thenEmits(handedIn);
  });
  test('takes at least one activity and one task', () => {
    for (const less of [
      { activities: [] },
      { tasks: [] },
      { activities: [{ measure: 'visits', planned: 0 }] },
    ])
      expect(() => office().when(submitExecutionPlan, { ...input, ...less })).toThrow('small');
  });
  test('refuses what is unknown or accepted', () => {
    given().when(submitExecutionPlan, input, by('SV 0/0')).thenRejects('targetUnknown');
    given(first.assigned, handedIn, accepted)
      .when(submitExecutionPlan, input, by('SV 0/0'))
      .thenRejects('executionPlanAccepted');
  });

  describe('and ReviewExecutionPlan', () => {
    const world = (...events: readonly NewEvent[]) =>
      given(first.assigned, ...events).and(organisation.ref(), ...people);
    test('accepts it, once', () => {
      world(handedIn).when(reviewExecutionPlan, review, by('RM 0')).thenEmits(accepted);
      world(handedIn, accepted).when(reviewExecutionPlan, review, by('RM 0')).thenNothing();
    });
    test('gives guidance', () => {
      const guidance = { ...review, accepted: false, guidance: 'Name the accounts.' };
      world(handedIn)
        .when(reviewExecutionPlan, guidance, by('RM 0'))
        .thenEmits(ExecutionPlanReviewed({ ...guidance, responsible }));
    });
    test('refuses what it may not do', () => {
      given().when(reviewExecutionPlan, review, by('RM 0')).thenRejects('targetUnknown');
      world().when(reviewExecutionPlan, review, by('RM 0')).thenRejects('noExecutionPlan');
      world(handedIn).when(reviewExecutionPlan, review, by('SV 0/0')).thenRejects('ownTarget');
      world(handedIn).when(reviewExecutionPlan, review, by('SV 0/1')).thenRejects('outsideLine');
      world(handedIn)
        .when(reviewExecutionPlan, { ...review, accepted: false }, by('RM 0'))
        .thenRejects('guidanceMissing');
    });
  });
});

describe('CheckFeasibility', () => {
  const world = () => given(root.assigned).and(organisation.ref(), ...people);
  const check = (achieved: readonly object[], input: object = {}, pipeline: string | null = null) =>
    world().when(
      checkFeasibility,
      { targetId, ...input },
      { ...by('TM'), facts: { lastYear: achieved, pipeline }, factsPosition: 9 },
    );
  const lastYear = (achieved: string, visits: string) => [
    { measure: 'net_sales', achieved },
    { measure: 'visits', achieved: visits },
  ];
  test('finds a target near last year feasible', () => {
    expect(check(lastYear('9000', '100')).events).toMatchObject([
      {
        data: {
          verdict: 'feasible',
          reasons: [],
          lastYear: eur('9000'),
          visitsNeeded: 112,
          visitsPossible: 6 * 261 * 5,
          factsKnownAt: 9,
        },
      },
    ]);
  });
  test('says what is in the pipeline for it', () => {
    expect(check(lastYear('9000', '100'), {}, '2500').events).toMatchObject([
      { data: { verdict: 'feasible', pipeline: eur('2500') } },
    ]);
    expect(check(lastYear('9000', '100')).events).toMatchObject([{ data: { pipeline: null } }]);
  });
  test('calls a stretch what is far above last year, or has none', () => {
    expect(check(lastYear('8000', '100')).events).toMatchObject([
      { data: { verdict: 'stretch', reasons: ['far_above_last_year'] } },
    ]);
    expect(check([]).events).toMatchObject([
      { data: { verdict: 'stretch', reasons: ['no_last_year'], visitsNeeded: null } },
    ]);
  });
  test('finds infeasible what passes the potential or the visits that there is time for', () => {
    expect(check(lastYear('9000', '100'), { potential: eur('9999') }).events).toMatchObject([
      { data: { verdict: 'infeasible', reasons: ['beyond_potential'] } },
    ]);
    expect(check(lastYear('9000', '8000')).events).toMatchObject([
      { data: { verdict: 'infeasible', reasons: ['beyond_capacity'] } },
    ]);
  });
  test('refuses what is unknown, and a potential in another unit', () => {
    given().when(checkFeasibility, { targetId }, by('TM')).thenRejects('targetUnknown');
    check([], { potential: 5 }).thenRejects('unitDiffers');
  });
});

describe('ReviseTarget', () => {
  const input = { targetId, value: eur('20000'), reason: 'economy', note: 'The market grew.' };
  test('revises a target and splits what is below in the same proportions', () => {
    const { events } = tree(approved, published).when(reviseTarget, input, by('TM'));
    expect(dataOf<object>(events, 'TargetRevised')).toMatchObject([
      { targetId, from: eur('10000'), to: eur('20000'), reason: 'economy', effectiveFrom: '2026-03-02' },
      { targetId: first.targetId, to: eur('12000') },
      { targetId: second.targetId, to: eur('8000') },
    ]);
    expect(dataOf<Split>(events, 'TargetBrokenDown')).toMatchObject([
      { targetId, unallocated: eur('0'), overAssignment: eur('0') },
    ]);
  });
  test('says above what is then left to nobody, or given beyond', () => {
    const below = { ...input, targetId: first.targetId };
    const lower = office(approved, published).when(
      reviseTarget,
      { ...below, value: eur('5500') },
      by('RM 0'),
    );
    expect(dataOf<Split>(lower.events, 'TargetBrokenDown')).toMatchObject([
      { targetId, unallocated: eur('500'), children: [{ value: eur('5500') }, { value: eur('4000') }] },
    ]);
    const higher = office(approved, published).when(
      reviseTarget,
      { ...below, value: eur('7000') },
      by('RM 0'),
    );
    expect(dataOf<Split>(higher.events, 'TargetBrokenDown')).toMatchObject([{ overAssignment: eur('1000') }]);
  });
  test('leaves the parts of closed periods alone, and splits the rest among the others', () => {
    const revise = (amount: string) =>
      afterFirstQuarter(approved, published).when(reviseTarget, { ...input, value: eur(amount) }, by('TM'));
    const { events } = revise('20000');
    expect(
      dataOf<Split>(events, 'TargetBrokenDown')[0]!.children.map(({ value }) => amountOf(value)),
    ).toEqual([2_500n, 5_834n, 5_833n, 5_833n]);
    expect(dataOf<object>(events, 'TargetRevised')).toMatchObject([
      { targetId },
      ...quarters.slice(1).map(({ id }) => ({ targetId: id, from: eur('2500') })),
    ]);
    expect(dataOf<Split>(revise('2400').events, 'TargetBrokenDown')).toMatchObject([
      { overAssignment: eur('100') },
    ]);
    revise('2000').thenRejects('overAssigned');
  });
  test('says nothing where the value stays', () => {
    tree()
      .when(reviseTarget, { ...input, value: eur('10000') }, by('TM'))
      .thenNothing();
  });
  test('refuses what it may not do', () => {
    given().when(reviseTarget, input, by('TM')).thenRejects('targetUnknown');
    tree().when(reviseTarget, input, by('RM 0')).thenRejects('ownTarget');
    tree().when(reviseTarget, input, by('SV 0/0')).thenRejects('outsideLine');
    tree(approved).when(reviseTarget, input, by('TM')).thenRejects('planNotRunning');
    tree().and(calendar.ref(), closed).when(reviseTarget, input, by('TM')).thenRejects('periodClosed');
    tree()
      .when(reviseTarget, { ...input, value: 5 }, by('TM'))
      .thenRejects('unitDiffers');
    office()
      .when(reviseTarget, { ...input, targetId: first.targetId, value: eur('7001') }, by('RM 0'))
      .thenRejects('overAssigned');
  });
});

describe('WithdrawTarget of a plan', () => {
  test('withdraws what is below too, and leaves its value to nobody above', () => {
    const all = tree().when(withdrawTarget, { targetId, reason: 'Wrong.' }, by('TM'));
    expect(dataOf<Node>(all.events, 'TargetWithdrawn').map((gone) => gone.targetId)).toEqual([
      targetId,
      first.targetId,
      second.targetId,
    ]);
    const one = office().when(withdrawTarget, { targetId: first.targetId, reason: 'Wrong.' }, by('RM 0'));
    expect(dataOf<Split>(one.events, 'TargetBrokenDown')).toMatchObject([
      { targetId, unallocated: eur('6000'), children: [{ value: eur('4000') }] },
    ]);
  });
  test('refuses where a part lies in a closed period', () => {
    afterFirstQuarter(approved, published)
      .when(withdrawTarget, { targetId, reason: 'Wrong.' }, by('TM'))
      .thenRejects('periodClosed');
  });
  test('refuses while the plan is approved', () => {
    tree(approved)
      .when(withdrawTarget, { targetId, reason: 'Wrong.' }, by('TM'))
      .thenRejects('planNotRunning');
  });
});

describe('ReassignTarget', () => {
  const month = { periodId: 'FY2026-M03', start: '2026-03-01', endExclusive: '2026-04-01' };
  const [seller, other] = [idOf('seller 0/0/0'), idOf('seller 0/0/1')];
  const { planId: _, ...plain } = root.assigned.data;
  const key = 'a'.repeat(32);
  const assigned = TargetAssigned({
    ...plain,
    responsible: seller,
    period: month,
    value: eur('2200'),
    uniqueKey: key,
  });
  const world = (event: NewEvent = assigned) => given(event).and(organisation.ref(), ...people);
  const input = { targetId, toPerson: other, on: '2026-03-16', note: 'He leaves.' };
  const parts = (elapsed: string, remaining: string) => [
    { responsible: seller, start: '2026-03-01', endExclusive: '2026-03-16', value: eur(elapsed) },
    { responsible: other, start: '2026-03-16', endExclusive: '2026-04-01', value: eur(remaining) },
  ];
  test('splits by working days, and moves the claim', () => {
    const { events } = world().when(reassignTarget, input, by('SV 0/0'));
    expect(events.map(({ type }) => type)).toEqual(['TargetReassigned', 'Released', 'Claimed']);
    expect(events[0]!.data).toMatchObject({ method: 'prorata_working_days', parts: parts('1000', '1200') });
  });
  test('takes the parts that are given', () => {
    const { events } = world().when(reassignTarget, { ...input, parts: parts('200', '2000') }, by('SV 0/0'));
    expect(events[0]!.data).toMatchObject({ method: 'manual', parts: parts('200', '2000') });
  });
  test('keeps the days of everybody who had it, however often it changes hands and is revised', () => {
    const third = idOf('seller 0/2/0');
    const once = TargetReassigned({
      targetId,
      fromPerson: seller,
      toPerson: other,
      on: '2026-03-16',
      method: 'prorata_working_days',
      parts: parts('1000', '1200'),
      note: input.note,
    });
    const change = { reason: 'economy', note: 'It grew.', effectiveFrom: '2026-03-20' } as const;
    const doubled = TargetRevised({
      targetId,
      responsible: other,
      from: eur('2200'),
      to: eur('4400'),
      ...change,
    });
    const reassign = (on: string, more: object = {}) =>
      given(assigned, once, doubled)
        .and(organisation.ref(), ...people)
        .when(reassignTarget, { ...input, toPerson: third, on, ...more }, by('RM 0'));
    const kept = { responsible: seller, start: '2026-03-01', endExclusive: '2026-03-16', value: eur('2000') };
    /** Six of the twelve working days from the 16th on are before the 24th. */
    const then = [
      kept,
      { responsible: other, start: '2026-03-16', endExclusive: '2026-03-24', value: eur('1200') },
      { responsible: third, start: '2026-03-24', endExclusive: '2026-04-01', value: eur('1200') },
    ];
    expect(reassign('2026-03-24').events[0]!.data).toMatchObject({ fromPerson: other, parts: then });
    expect(reassign('2026-03-02').events[0]!.data).toMatchObject({
      parts: [
        { ...kept, endExclusive: '2026-03-02', value: eur('0') },
        { responsible: third, start: '2026-03-02', endExclusive: '2026-04-01', value: eur('4400') },
      ],
    });
    const [first, ...rest] = then;
    const split3 = [{ ...first!, value: eur('1900') }, { ...rest[0]!, value: eur('1300') }, rest[1]!];
    expect(reassign('2026-03-24', { parts: split3 }).events[0]!.data).toMatchObject({ parts: split3 });
    reassign('2026-03-24', { parts: then.slice(1) }).thenRejects('partsDiffer');
    reassign('2026-03-24', { parts: [kept, ...rest.toReversed()] }).thenRejects('partsDiffer');
  });
  test('refuses days that lie in a closed period', () => {
    const march = [
      calendarEvents.FiscalCalendarPublished({
        calendarVersion: 1,
        kind: 'calendar_month',
        fiscalYearStartMonth: 1,
        periods: [...fiscalPeriods('calendar_month', 1, 2026, 3)],
        withdrawn: [],
      }),
      calendarEvents.PeriodClosed({ ...closed.data, periodId: 'FY2026-M01' }),
    ];
    const ofYear = TargetAssigned({ ...plain, responsible: seller, value: eur('2200'), uniqueKey: key });
    const reassign = (on: string) =>
      world(ofYear)
        .and(calendar.ref(), ...march)
        .when(reassignTarget, { ...input, on }, by('SV 0/0'));
    reassign('2026-01-20').thenRejects('periodClosed');
    expect(reassign('2026-02-01').events).toHaveLength(3);
  });
  test('gives the parts of the same person that end later along', () => {
    const own = node(eur('6000'), seller, { salesperson: seller }, targetId);
    const child = (periodId: string, start: string, endExclusive: string) => {
      const id = idOf(periodId);
      const period = { periodId, start, endExclusive };
      return {
        id,
        split: { targetId: id, member: periodId, value: eur('3000') },
        event: TargetAssigned({
          ...own.assigned.data,
          targetId: id,
          period,
          value: eur('3000'),
          parentTargetId: own.targetId,
        }),
      };
    };
    const halves = [
      child('FY2026-H1', '2026-01-01', '2026-07-01'),
      child('FY2026-H2', '2026-07-01', '2027-01-01'),
    ];
    const split = TargetBrokenDown({
      targetId: own.targetId,
      dimension: 'period',
      method: 'even',
      children: halves.map((half) => half.split),
      unallocated: eur('0'),
      overAssignment: eur('0'),
    });
    const { events } = given(own.assigned, split)
      .and(plan, created, submitted, approved, published)
      .and(organisation.ref(), ...people)
      .and(target.ref(halves[0]!.id), halves[0]!.event)
      .and(target.ref(halves[1]!.id), halves[1]!.event)
      .when(reassignTarget, { ...input, targetId: own.targetId, on: '2026-07-01' }, by('SV 0/0'));
    expect(dataOf<object>(events, 'TargetReassigned')).toMatchObject([
      { targetId: own.targetId },
      { targetId: halves[1]!.id, parts: [{ responsible: other, value: eur('3000') }] },
    ]);
  });
  test('says nothing where the person stays', () => {
    world()
      .when(reassignTarget, { ...input, toPerson: seller }, by('SV 0/0'))
      .thenNothing();
  });
  test('refuses what it may not do', () => {
    given().when(reassignTarget, input, by('SV 0/0')).thenRejects('targetUnknown');
    world()
      .when(reassignTarget, { ...input, toPerson: idOf('SV 0/0') }, by('SV 0/0'))
      .thenRejects('ownTarget');
    world().when(reassignTarget, input, by('SV 0/1')).thenRejects('outsideLine');
    world()
      .when(reassignTarget, { ...input, toPerson: idOf('seller 0/1/0') }, by('SV 0/0'))
      .thenRejects('outsideLine');
    const monthClosed = calendarEvents.PeriodClosed({ ...closed.data, periodId: 'FY2026-M03' });
    world()
      .and(calendar.ref(), monthClosed)
      .when(reassignTarget, input, by('SV 0/0'))
      .thenRejects('periodClosed');
    world()
      .when(reassignTarget, { ...input, toPerson: idOf('nobody') }, by('TM'))
      .thenRejects('personUnknown');
    world()
      .when(reassignTarget, { ...input, on: '2026-04-01' }, by('SV 0/0'))
      .thenRejects('dayOutside');
    world()
      .when(reassignTarget, { ...input, parts: parts('200', '1999') }, by('SV 0/0'))
      .thenRejects('partsDiffer');
    const planned = TargetAssigned({ ...root.assigned.data, responsible: seller });
    world(planned)
      .and(plan, created, submitted, approved)
      .when(reassignTarget, input, by('SV 0/0'))
      .thenRejects('planNotRunning');
  });
  test('refuses where the new person has such a target', () => {
    const { events } = world().when(reassignTarget, input, by('SV 0/0'));
    const { key: newKey } = events.at(-1)!.data as { readonly key: string };
    world()
      .and(
        claim.ref('target', newKey),
        claimEvents.Claimed({ kind: 'target', key: newKey, holder: idOf('other') }),
      )
      .when(reassignTarget, input, by('SV 0/0'))
      .thenRejects('targetKnown');
  });
});
