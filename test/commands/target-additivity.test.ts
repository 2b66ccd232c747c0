import { describe, expect, test } from 'vitest';
import { calendar } from '../../src/commands/calendar/state.ts';
import { measure } from '../../src/commands/measure.ts';
import { organisation } from '../../src/commands/organisation/state.ts';
import { breakDownTarget } from '../../src/commands/target/breakdown.ts';
import { decideCounterProposal } from '../../src/commands/target/discussion.ts';
import { submitExecutionPlan } from '../../src/commands/target/execution.ts';
import { checkFeasibility } from '../../src/commands/target/feasibility.ts';
import { nodeIdOf } from '../../src/commands/target/node.ts';
import { reassignTarget, reviseTarget, withdrawTarget } from '../../src/commands/target/revision.ts';
import { target } from '../../src/commands/target/state.ts';
import { publishTargetPlan } from '../../src/commands/target-plan/publishing.ts';
import { targetPlan } from '../../src/commands/target-plan/state.ts';
import type { NewEvent } from '../../src/engine/event.ts';
import { calendarEvents } from '../../src/events/calendar.ts';
import type { MeasureDefinition } from '../../src/events/measure-definition.ts';
import { type TargetValue, targetEvents } from '../../src/events/target.ts';
import { targetPlanEvents } from '../../src/events/target-plan.ts';
import { eur } from '../support/commerce.ts';
import { given, idOf } from '../support/given.ts';
import {
  activity,
  averageOrder,
  complaintsLogged,
  defined,
  measures,
  orderBook,
  retired,
  strikeRate,
} from '../support/measures.ts';
import { approved, company, created, planId, published, submitted, year } from '../support/target-plan.ts';

const { TargetAssigned, TargetBrokenDown, TargetCounterProposed } = targetEvents;

const by = (name: string) => ({ actor: { personId: idOf(name) } });
const people = company(1, 2, 2);
const rm = idOf('RM 0');
const plan = targetPlan.ref(planId);
const createdWith = targetPlanEvents.TargetPlanCreated({
  ...created.data,
  measures: measures.map(({ measureKey }) => measureKey),
});
const rate = (basisPoints: number) => ({ basisPoints });

interface Node {
  readonly targetId: string;
  readonly member: string;
  readonly value: TargetValue;
  readonly assigned: ReturnType<typeof TargetAssigned>;
}
const nodeOf = (
  { measureKey }: MeasureDefinition,
  value: TargetValue,
  responsible: string,
  more: Partial<Parameters<typeof TargetAssigned>[0]> = {},
): Node => {
  const scope = { measure: measureKey, period: year, dimensions: {}, ...more };
  const targetId = nodeIdOf(planId, scope);
  const assigned = TargetAssigned({ targetId, planId, responsible, value, depth: 0, ...scope });
  return { targetId, member: Object.values(scope.dimensions)[0] ?? scope.period.periodId, value, assigned };
};
const officeOf = (root: Node, definition: MeasureDefinition, office: number, value: TargetValue) =>
  nodeOf(definition, value, idOf(`SV 0/${office}`), {
    dimensions: { org_unit: idOf(`office 0/${office}`) },
    parentTargetId: root.targetId,
    depth: 1,
  });
const copied = (
  root: Node,
  dimension: 'org_unit' | 'period',
  nothing: TargetValue,
  ...parts: readonly Node[]
) =>
  TargetBrokenDown({
    targetId: root.targetId,
    dimension,
    method: 'copied',
    children: parts.map(({ targetId, member, value }) => ({ targetId, member, value })),
    unallocated: nothing,
    overAssignment: nothing,
  });

const known = (story: ReturnType<typeof given>) =>
  measures
    .reduce((soFar, definition) => soFar.and(measure.ref(definition.measureKey), defined(definition)), story)
    .and(organisation.ref(), ...people);
const dataOf = <D>(events: readonly NewEvent[], type: string): readonly D[] =>
  events.filter((event) => event.type === type).map(({ data }) => data as D);
interface Split {
  readonly method: string;
  readonly children: readonly { readonly member: string; readonly value: TargetValue }[];
}
interface Revised {
  readonly targetId: string;
  readonly to: TargetValue;
}

describe('BreakDownTarget', () => {
  const breakDown = (root: Node, levels: readonly object[], ...more: readonly NewEvent[]) =>
    known(given(root.assigned))
      .and(plan, createdWith, ...more)
      .when(breakDownTarget, { targetId: root.targetId, levels }, by('RM 0'));

  test('copies the value of a ratio, or takes a part’s own', () => {
    const { events } = breakDown(nodeOf(strikeRate, rate(6_000), rm), [
      {
        dimension: 'org_unit',
        method: 'copied',
        members: [{ member: idOf('office 0/0') }, { member: idOf('office 0/1'), value: rate(5_000) }],
      },
      { dimension: 'salesperson', method: 'copied' },
    ]);
    const splits = dataOf<Split>(events, 'TargetBrokenDown');
    expect(splits).toHaveLength(3);
    expect(splits[0]).toMatchObject({
      method: 'copied',
      children: [{ value: rate(6_000) }, { value: rate(5_000) }],
      unallocated: rate(0),
      overAssignment: rate(0),
    });
    expect(splits.slice(1).map(({ children }) => children.map(({ value }) => value))).toEqual([
      [rate(6_000), rate(6_000)],
      [rate(5_000), rate(5_000)],
    ]);
  });
  test('sums a stock over people and copies it over time', () => {
    const { events } = breakDown(nodeOf(orderBook, 101, rm), [
      {
        dimension: 'org_unit',
        method: 'even',
        members: [0, 1].map((n) => ({ member: idOf(`office 0/${n}`) })),
      },
      {
        dimension: 'period',
        method: 'copied',
        periodLevel: 'half',
        members: [{ member: 'FY2026-H1', value: 20 }, { member: 'FY2026-H2' }],
      },
    ]);
    const splits = dataOf<Split>(events, 'TargetBrokenDown');
    expect(splits.map(({ children }) => children.map(({ value }) => value))).toEqual([
      [51, 50],
      [20, 51],
      [20, 50],
    ]);
  });
  test('refuses to split what does not add up, and to copy what does', () => {
    const even = (dimension: string) => [{ dimension, method: 'even' }];
    const copy = (dimension: string) => [{ dimension, method: 'copied' }];
    breakDown(nodeOf(strikeRate, rate(6_000), rm), even('org_unit')).thenRejects('methodUnfit');
    breakDown(nodeOf(strikeRate, rate(6_000), rm), even('period')).thenRejects('methodUnfit');
    breakDown(nodeOf(orderBook, 100, rm), even('period')).thenRejects('methodUnfit');
    breakDown(nodeOf(orderBook, 100, rm), copy('org_unit')).thenRejects('methodUnfit');
    breakDown(nodeOf(activity, 100, rm), copy('period')).thenRejects('methodUnfit');
  });
  test('refuses a part in another unit, and to keep back of what is copied', () => {
    const members = [{ member: idOf('office 0/0'), value: 6_000 }];
    breakDown(nodeOf(strikeRate, rate(6_000), rm), [
      { dimension: 'org_unit', method: 'copied', members },
    ]).thenRejects('unitDiffers');
    expect(() =>
      breakDown(nodeOf(strikeRate, rate(6_000), rm), [
        { dimension: 'org_unit', method: 'copied', allocatedBp: 9_000 },
      ]),
    ).toThrow('nothing is kept back');
  });
  test('refuses parts of a measure that is retired', () => {
    const root = nodeOf(activity, 100, rm);
    given(root.assigned)
      .and(plan, createdWith)
      .and(organisation.ref(), ...people)
      .and(measure.ref('activity'), defined(activity), retired(activity))
      .when(
        breakDownTarget,
        { targetId: root.targetId, levels: [{ dimension: 'org_unit', method: 'even' }] },
        by('RM 0'),
      )
      .thenRejects('measureRetired');
  });
});

const root = nodeOf(strikeRate, rate(6_000), rm);
const first = officeOf(root, strikeRate, 0, rate(6_000));
const second = officeOf(root, strikeRate, 1, rate(5_000));
const split = copied(root, 'org_unit', rate(0), first, second);
const tree = (...states: readonly NewEvent[]) =>
  known(given(root.assigned, split))
    .and(plan, createdWith, submitted, ...states)
    .and(target.ref(first.targetId), first.assigned)
    .and(target.ref(second.targetId), second.assigned);
const office = (...more: readonly NewEvent[]) =>
  known(given(second.assigned, ...more))
    .and(plan, createdWith, submitted)
    .and(target.ref(root.targetId), root.assigned, split)
    .and(target.ref(first.targetId), first.assigned);

describe('ReviseTarget', () => {
  const change = { reason: 'economy', note: 'The market grew.' };
  test('gives the new value to the parts that had the former, and leaves the others their own', () => {
    const { events } = tree().when(
      reviseTarget,
      { targetId: root.targetId, value: rate(7_000), ...change },
      by('TM'),
    );
    expect(dataOf<Revised>(events, 'TargetRevised').map(({ targetId, to }) => [targetId, to])).toEqual([
      [root.targetId, rate(7_000)],
      [first.targetId, rate(7_000)],
    ]);
    expect(dataOf<Split>(events, 'TargetBrokenDown')).toMatchObject([
      {
        method: 'copied',
        children: [{ value: rate(7_000) }, { value: rate(5_000) }],
        unallocated: rate(0),
        overAssignment: rate(0),
      },
    ]);
  });
  test('leaves a copy for a closed period as it was', () => {
    const months = ['01-01', '02-01'].map((day, index) => {
      const period = {
        periodId: `FY2026-M0${index + 1}`,
        start: `2026-${day}`,
        endExclusive: `2026-0${index + 2}-01`,
      };
      return nodeOf(strikeRate, rate(6_000), rm, { period, parentTargetId: root.targetId, depth: 1 });
    });
    const [january, february] = months as [Node, Node];
    const closed = calendarEvents.PeriodClosed({
      periodId: 'FY2026-M01',
      closingPosition: 1,
      figuresHash: '',
    });
    const { events } = known(given(root.assigned, copied(root, 'period', rate(0), ...months)))
      .and(plan, createdWith, submitted)
      .and(calendar.ref(), closed)
      .and(target.ref(january.targetId), january.assigned)
      .and(target.ref(february.targetId), february.assigned)
      .when(reviseTarget, { targetId: root.targetId, value: rate(7_000), ...change }, by('TM'));
    expect(dataOf<Revised>(events, 'TargetRevised').map(({ targetId }) => targetId)).toEqual([
      root.targetId,
      february.targetId,
    ]);
    expect(dataOf<Split>(events, 'TargetBrokenDown')).toMatchObject([
      { children: [{ value: rate(6_000) }, { value: rate(7_000) }] },
    ]);
  });
  test('of a part passes nothing and leaves nothing above', () => {
    const { events } = office().when(
      reviseTarget,
      { targetId: second.targetId, value: rate(9_900), ...change },
      by('RM 0'),
    );
    expect(dataOf<Split>(events, 'TargetBrokenDown')).toMatchObject([
      {
        targetId: root.targetId,
        method: 'copied',
        children: [{ value: rate(6_000) }, { value: rate(9_900) }],
        unallocated: rate(0),
        overAssignment: rate(0),
      },
    ]);
  });
});

test('WithdrawTarget of a copied part leaves nothing to anybody', () => {
  const { events } = office().when(
    withdrawTarget,
    { targetId: second.targetId, reason: 'Closed.' },
    by('RM 0'),
  );
  expect(dataOf<Split>(events, 'TargetBrokenDown')).toMatchObject([
    { method: 'copied', children: [{ value: rate(6_000) }], unallocated: rate(0) },
  ]);
});

test('DecideCounterProposal lets a copied part have a value of its own', () => {
  const proposed = TargetCounterProposed({
    targetId: second.targetId,
    responsible: idOf('SV 0/1'),
    value: rate(9_000),
    arguments: 'We can.',
  });
  const { events } = office(proposed).when(
    decideCounterProposal,
    { targetId: second.targetId, accepted: true, reason: 'Good.' },
    by('RM 0'),
  );
  expect(dataOf<Revised>(events, 'TargetRevised')).toMatchObject([{ to: rate(9_000) }]);
});

describe('ReassignTarget', () => {
  const on = '2026-07-01';
  const seller = (number: number) => idOf(`seller 0/0/${number}`);
  const reassigned = (own: Node, more: object = {}) =>
    known(given(own.assigned))
      .and(plan, createdWith, submitted, approved, published)
      .when(
        reassignTarget,
        { targetId: own.targetId, toPerson: seller(1), on, note: 'Moves.', ...more },
        by('SV 0/0'),
      );
  const part = (number: number, start: string, endExclusive: string, value: TargetValue) => ({
    responsible: seller(number),
    start,
    endExclusive,
    value,
  });
  test('gives a ratio and a stock to both in full', () => {
    for (const [definition, value] of [
      [strikeRate, rate(6_000)],
      [orderBook, 40],
    ] as const) {
      const { events } = reassigned(
        nodeOf(definition, value, seller(0), { dimensions: { salesperson: seller(0) } }),
      );
      expect(events[0]!.data).toMatchObject({
        method: 'copied',
        parts: [part(0, year.start, on, value), part(1, on, year.endExclusive, value)],
      });
    }
  });
  test('gives it in full to whoever has it next, and a revision to all of them', () => {
    const own = nodeOf(strikeRate, rate(6_000), seller(0), { dimensions: { salesperson: seller(0) } });
    const earlier = targetEvents.TargetReassigned({
      targetId: own.targetId,
      fromPerson: seller(0),
      toPerson: seller(1),
      on: '2026-04-01',
      method: 'copied',
      parts: [
        part(0, year.start, '2026-04-01', rate(6_000)),
        part(1, '2026-04-01', year.endExclusive, rate(6_000)),
      ],
      note: 'Moves.',
    });
    const revised = targetEvents.TargetRevised({
      targetId: own.targetId,
      responsible: seller(1),
      from: rate(6_000),
      to: rate(7_000),
      reason: 'economy',
      note: 'It grows.',
      effectiveFrom: '2026-05-01',
    });
    const { events } = known(given(own.assigned, earlier, revised))
      .and(plan, createdWith, submitted, approved, published)
      .when(
        reassignTarget,
        { targetId: own.targetId, toPerson: seller(0), on, note: 'Moves.' },
        by('SV 0/0'),
      );
    expect(events[0]!.data).toMatchObject({
      method: 'copied',
      parts: [
        part(0, year.start, '2026-04-01', rate(7_000)),
        part(1, '2026-04-01', on, rate(7_000)),
        part(0, on, year.endExclusive, rate(7_000)),
      ],
    });
  });
  test('asks no sum of the parts that are given', () => {
    const own = nodeOf(strikeRate, rate(6_000), seller(0), { dimensions: { salesperson: seller(0) } });
    const parts = [part(0, year.start, on, rate(6_000)), part(1, on, year.endExclusive, rate(4_000))];
    expect(reassigned(own, { parts }).events[0]!.data).toMatchObject({ method: 'manual', parts });
    reassigned(own, { parts: parts.map((given) => ({ ...given, value: 5 })) }).thenRejects('partsDiffer');
  });
});

describe('PublishTargetPlan', () => {
  const halves = [
    { periodId: 'FY2026-H1', start: '2026-01-01', endExclusive: '2026-07-01' },
    { periodId: 'FY2026-H2', start: '2026-07-01', endExclusive: '2027-01-01' },
  ] as const;
  const waived = ['feasibility', 'acknowledgement', 'execution_plan'].map((rule) => ({
    rule,
    reason: 'Urgent.',
  }));
  const seasons = targetPlanEvents.SeasonalityCurveAttached({ planId, weights: [2_000, 8_000] });
  const publish = (definition: MeasureDefinition, values: readonly [number, number]) => {
    const top = nodeOf(definition, values[1], rm);
    const parts = halves.map((period, index) =>
      nodeOf(definition, values[index]!, rm, { period, parentTargetId: top.targetId, depth: 1 }),
    );
    const added = targetPlanEvents.TargetPlanRootAdded({ planId, targetId: top.targetId });
    return parts
      .reduce(
        (soFar, { targetId, assigned }) => soFar.and(target.ref(targetId), assigned),
        known(given(createdWith, seasons, added, submitted, approved)).and(
          target.ref(top.targetId),
          top.assigned,
          copied(top, 'period', 0, ...parts),
        ),
      )
      .when(publishTargetPlan, { planId, waived }, by('TM')).events;
  };
  test('asks no residue of copied parts, and takes no seasons out of them', () => {
    expect(publish(orderBook, [90, 100]).map(({ type }) => type)).toEqual(['TargetPlanPublished']);
    expect(dataOf(publish(orderBook, [100, 90]), 'TargetPathWarned')).toMatchObject([
      { periods: ['FY2026-H2'] },
    ]);
  });
  test('does not warn where less is better', () => {
    expect(publish(complaintsLogged, [100, 90]).map(({ type }) => type)).toEqual(['TargetPlanPublished']);
  });
});

describe('CheckFeasibility', () => {
  const check = (definition: MeasureDefinition, value: TargetValue, achieved: string) =>
    known(given(nodeOf(definition, value, rm).assigned)).when(
      checkFeasibility,
      { targetId: nodeOf(definition, value, rm).targetId },
      {
        ...by('TM'),
        facts: {
          lastYear: [
            { measure: definition.measureKey, achieved },
            { measure: 'visits', achieved: '1000000' },
          ],
          pipeline: null,
        },
        factsPosition: 9,
      },
    ).events[0]!.data;
  test('compares a ratio with that of last year, and needs no visits for it', () => {
    expect(check(strikeRate, rate(6_000), '5500')).toMatchObject({
      verdict: 'feasible',
      lastYear: rate(5_500),
      visitsNeeded: null,
    });
    expect(check(averageOrder, eur('20000'), '10000')).toMatchObject({
      verdict: 'stretch',
      reasons: ['far_above_last_year'],
      lastYear: eur('10000'),
    });
  });
  test('calls a stretch what is far below last year where less is better', () => {
    expect(check(complaintsLogged, 5, '10')).toMatchObject({
      reasons: expect.arrayContaining(['far_below_last_year']),
    });
    expect(check(complaintsLogged, 20, '10')).not.toMatchObject({
      reasons: expect.arrayContaining(['far_above_last_year']),
    });
  });
});

test('SubmitExecutionPlan takes measures of the tenant, and no unknown ones', () => {
  const input = (key: string) => ({
    targetId: root.targetId,
    approach: 'More calls.',
    activities: [
      { measure: 'visits', planned: 1 },
      { measure: key, planned: 200 },
    ],
    tasks: ['Begin'],
  });
  expect(tree().when(submitExecutionPlan, input('activity'), by('RM 0')).events).toHaveLength(1);
  tree().when(submitExecutionPlan, input('nothing'), by('RM 0')).thenRejects('measureUnknown');
});
