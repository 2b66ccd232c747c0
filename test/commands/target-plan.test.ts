import { describe, expect, test } from 'vitest';
import { calendar } from '../../src/commands/calendar/state.ts';
import { measure } from '../../src/commands/measure.ts';
import { organisation } from '../../src/commands/organisation/state.ts';
import { policy } from '../../src/commands/policy.ts';
import { target } from '../../src/commands/target/state.ts';
import { assignPlanTarget } from '../../src/commands/target-plan/assignment.ts';
import {
  approveTargetPlan,
  attachSeasonality,
  createTargetPlan,
  recallTargetPlan,
  recordTargetBasis,
  submitTargetPlan,
} from '../../src/commands/target-plan/plan.ts';
import { closeTargetPlan, publishTargetPlan } from '../../src/commands/target-plan/publishing.ts';
import type { NewEvent } from '../../src/engine/event.ts';
import { calendarEvents } from '../../src/events/calendar.ts';
import { organisationEvents } from '../../src/events/organisation.ts';
import { policyEvents } from '../../src/events/policy.ts';
import { type TargetValue, targetEvents } from '../../src/events/target.ts';
import { targetPlanEvents } from '../../src/events/target-plan.ts';
import { eur } from '../support/commerce.ts';
import { given, idOf } from '../support/given.ts';
import { activity, defined, retired, strikeRate } from '../support/measures.ts';
import {
  approved,
  company,
  created,
  node,
  planId,
  published,
  root,
  rootAdded,
  submitted,
  year,
} from '../support/target-plan.ts';

const {
  TargetBasisRecorded,
  SeasonalityCurveAttached,
  TargetPlanClosed,
  TargetPlanRecalled,
  TargetPlanSubmitted,
} = targetPlanEvents;
const {
  TargetAcknowledged,
  TargetBrokenDown,
  TargetCounterProposed,
  TargetFeasibilityAssessed,
  TargetRevised,
  ExecutionPlanSubmitted,
} = targetEvents;

const by = (name: string) => ({ actor: { personId: idOf(name) } });
const people = company(1, 2, 2);
const basis = TargetBasisRecorded({ planId, kind: 'history', refs: ['2025'], note: 'Last year.' });
const rm = idOf('RM 0');
const ofRegion = targetPlanEvents.TargetPlanCreated({ ...created.data, rootOrgUnit: idOf('region 0') });
/** What happened to the plan before, in the company. */
const begun = (...events: readonly NewEvent[]) => given(...events).and(organisation.ref(), ...people);

describe('CreateTargetPlan', () => {
  const { calendarVersion: _, createdBy: __, ...input } = created.data;
  const world = () => given().and(organisation.ref(), ...people);
  test('creates a plan for a fiscal year', () => {
    world().when(createTargetPlan, input, by('TM')).thenEmits(created);
  });
  test('creates a plan for twelve rolling months', () => {
    const horizon = { periodId: 'R12M@2026-06', start: '2025-07-01', endExclusive: '2026-07-01' };
    expect(world().when(createTargetPlan, { ...input, horizon }, by('TM')).events).toHaveLength(1);
  });
  test('lets a regional manager plan for the own region', () => {
    const own = { ...input, rootOrgUnit: idOf('office 0/1') };
    expect(world().when(createTargetPlan, own, by('RM 0')).events).toHaveLength(1);
    world().when(createTargetPlan, input, by('RM 0')).thenRejects('outsideRegion');
  });
  test('says nothing twice, and refuses another plan under a known id', () => {
    given(created).when(createTargetPlan, input, by('TM')).thenNothing();
    given(created)
      .when(createTargetPlan, { ...input, name: 'Another' }, by('TM'))
      .thenRejects('planKnown');
  });
  test('refuses another horizon than a year of the calendar', () => {
    for (const horizon of [
      { ...year, endExclusive: '2026-12-01' },
      { periodId: 'FY2026-Q1', start: '2026-01-01', endExclusive: '2026-04-01' },
    ])
      world()
        .when(createTargetPlan, { ...input, horizon }, by('TM'))
        .thenRejects('horizonDiffers');
  });
  test('takes measures that the tenant defined, and no others', () => {
    const own = { ...input, measures: ['net_sales', 'activity'] };
    const ofOwn = (...more: readonly NewEvent[]) => world().and(measure.ref('activity'), ...more);
    expect(ofOwn(defined(activity)).when(createTargetPlan, own, by('TM')).events).toMatchObject([
      { data: { measures: ['net_sales', 'activity'] } },
    ]);
    ofOwn().when(createTargetPlan, own, by('TM')).thenRejects('measureUnknown');
    ofOwn(defined(activity), retired(activity))
      .when(createTargetPlan, own, by('TM'))
      .thenRejects('measureRetired');
  });
  test('refuses an unknown unit', () => {
    world()
      .when(createTargetPlan, { ...input, rootOrgUnit: idOf('nowhere') }, by('TM'))
      .thenRejects('unitUnknown');
  });
});

describe('RecordTargetBasis', () => {
  const input = { planId, kind: 'history', refs: ['2025'], note: 'Last year.' };
  test('records what a plan rests on', () => {
    begun(created).when(recordTargetBasis, input, by('TM')).thenEmits(basis);
  });
  test('permits intuition, without evidence', () => {
    begun(created)
      .when(recordTargetBasis, { planId, kind: 'intuition', note: 'I feel it.' }, by('TM'))
      .thenEmits(TargetBasisRecorded({ planId, kind: 'intuition', refs: [], note: 'I feel it.' }));
  });
  test('refuses other kinds without evidence', () => {
    begun(created)
      .when(recordTargetBasis, { ...input, refs: [] }, by('TM'))
      .thenRejects('evidenceMissing');
  });
  test('refuses an unknown plan and one that is approved', () => {
    given().when(recordTargetBasis, input, by('TM')).thenRejects('planUnknown');
    begun(created, submitted, approved).when(recordTargetBasis, input, by('TM')).thenRejects('planFrozen');
  });
  test('refuses a plan of another region', () => {
    begun(created).when(recordTargetBasis, input, by('RM 0')).thenRejects('outsideRegion');
    expect(begun(ofRegion).when(recordTargetBasis, input, by('RM 0')).events).toHaveLength(1);
  });
});

describe('AttachSeasonality', () => {
  const input = { planId, weights: [4_000, 1_000, 1_000, 4_000] };
  const attached = SeasonalityCurveAttached(input);
  test('attaches the shares of the periods, once', () => {
    begun(created).when(attachSeasonality, input, by('TM')).thenEmits(attached);
    begun(created, attached).when(attachSeasonality, input, by('TM')).thenNothing();
  });
  test('takes only shares that sum to 10 000', () => {
    expect(() => given(created).when(attachSeasonality, { planId, weights: [5_000, 4_999] })).toThrow(
      'sum to 10 000',
    );
  });
  test('refuses an unknown plan and one that is approved', () => {
    given().when(attachSeasonality, input, by('TM')).thenRejects('planUnknown');
    begun(created, submitted, approved).when(attachSeasonality, input, by('TM')).thenRejects('planFrozen');
  });
  test('refuses a plan of another region', () => {
    begun(created).when(attachSeasonality, input, by('RM 0')).thenRejects('outsideRegion');
    expect(begun(ofRegion).when(attachSeasonality, input, by('RM 0')).events).toHaveLength(1);
  });
});

describe('AssignPlanTarget', () => {
  const input = { planId, responsible: rm, measure: 'net_sales', period: year, value: eur('10000') };
  const world = (...more: readonly NewEvent[]) => given(created, ...more).and(organisation.ref(), ...people);
  test('assigns a target at the top, under the id that follows from what it is', () => {
    world().when(assignPlanTarget, input, by('TM')).thenEmits(rootAdded, root.assigned);
  });
  test('assigns again what was withdrawn', () => {
    const { responsible, measure, period, dimensions } = root.assigned.data;
    const withdrawn = targetEvents.TargetWithdrawn({
      targetId: root.targetId,
      responsible,
      measure,
      period,
      dimensions,
      reason: 'Too early.',
    });
    world(rootAdded)
      .and(target.ref(root.targetId), root.assigned, withdrawn)
      .when(assignPlanTarget, input, by('TM'))
      .thenEmits(root.assigned);
  });
  test('says nothing twice, and refuses another target for the same', () => {
    const there = () => world(rootAdded).and(target.ref(root.targetId), root.assigned);
    there().when(assignPlanTarget, input, by('TM')).thenNothing();
    there()
      .when(assignPlanTarget, { ...input, value: eur('1') }, by('TM'))
      .thenRejects('targetKnown');
  });
  test.each<[string, Record<string, unknown>, string]>([
    ['measureUnplanned', { measure: 'orders', value: 5 }, 'TM'],
    ['personUnknown', { responsible: idOf('nobody') }, 'TM'],
    ['ownTarget', { responsible: idOf('TM') }, 'TM'],
    ['outsideLine', { responsible: idOf('seller 0/1/0') }, 'SV 0/0'],
    ['unitDiffers', { value: { amountMinor: '1', currency: 'USD' } }, 'TM'],
    ['unitDiffers', { stretch: 5 }, 'TM'],
    ['periodDiffers', { period: { ...year, endExclusive: '2027-01-02' } }, 'TM'],
    [
      'periodDiffers',
      { period: { periodId: 'FY2027', start: '2027-01-01', endExclusive: '2028-01-01' } },
      'TM',
    ],
    ['bandCrossed', { floor: eur('10001') }, 'TM'],
    ['bandCrossed', { stretch: eur('9999') }, 'TM'],
  ])('refuses with %s', (code, change, actor) => {
    world()
      .when(assignPlanTarget, { ...input, ...change }, by(actor))
      .thenRejects(code);
  });
  test('takes the unit from the measure that the tenant defined', () => {
    const own = targetPlanEvents.TargetPlanCreated({ ...created.data, measures: ['strike_rate'] });
    const ofOwn = (...more: readonly NewEvent[]) =>
      given(own)
        .and(organisation.ref(), ...people)
        .and(measure.ref('strike_rate'), defined(strikeRate), ...more);
    const rate = { ...input, measure: 'strike_rate', value: { basisPoints: 6_000 } };
    const { events } = ofOwn().when(assignPlanTarget, { ...rate, stretch: { basisPoints: 7_000 } }, by('TM'));
    expect(events.at(-1)!.data).toMatchObject({ value: { basisPoints: 6_000 } });
    ofOwn()
      .when(assignPlanTarget, { ...rate, value: 6_000 }, by('TM'))
      .thenRejects('unitDiffers');
    ofOwn()
      .when(assignPlanTarget, { ...rate, stretch: { basisPoints: 5_000 } }, by('TM'))
      .thenRejects('bandCrossed');
    ofOwn(retired(strikeRate)).when(assignPlanTarget, rate, by('TM')).thenRejects('measureRetired');
  });
  test('refuses to narrow it to what is not there, and to count people whom its author does not lead', () => {
    const assign = (dimensions: object, who = 'TM', responsible = rm) =>
      world().when(assignPlanTarget, { ...input, responsible, dimensions }, by(who));
    assign({ org_unit: 'x' }).thenRejects('dimensionUnknown');
    const ofOffice = (unit: string) => assign({ org_unit: idOf(unit) }, 'RM 0', idOf('SV 0/0'));
    expect(ofOffice('office 0/1').events).toHaveLength(2);
    ofOffice('company').thenRejects('outsideLine');
    assign({ org_unit: idOf('office 0/1') }, 'SV 0/0', idOf('seller 0/0/0')).thenRejects('outsideLine');
    assign({ salesperson: idOf('seller 0/1/0') }, 'SV 0/0', idOf('seller 0/0/0')).thenRejects('outsideLine');
  });
  test('refuses a period that is closed', () => {
    const closed = calendarEvents.PeriodClosed({ periodId: 'FY2026', closingPosition: 1, figuresHash: '' });
    world().and(calendar.ref(), closed).when(assignPlanTarget, input, by('TM')).thenRejects('periodClosed');
  });
  test('refuses an unknown plan and one that is approved', () => {
    given().when(assignPlanTarget, input, by('TM')).thenRejects('planUnknown');
    world(submitted, approved).when(assignPlanTarget, input, by('TM')).thenRejects('planFrozen');
  });
});

describe('SubmitTargetPlan', () => {
  const there = (...more: readonly NewEvent[]) =>
    begun(created, ...more).and(target.ref(root.targetId), root.assigned);
  test('puts a plan up for discussion for as long as the policy says', () => {
    there(basis, rootAdded).when(submitTargetPlan, { planId }, by('TM')).thenEmits(submitted);
  });
  test('takes another last day', () => {
    there(basis, rootAdded)
      .when(submitTargetPlan, { planId, discussUntil: '2026-04-01' }, by('TM'))
      .thenEmits(TargetPlanSubmitted({ planId, discussUntil: '2026-04-01' }));
  });
  test('says nothing twice', () => {
    there(basis, rootAdded, submitted).when(submitTargetPlan, { planId }, by('TM')).thenNothing();
  });
  test('refuses what is unknown, approved, without basis or without targets', () => {
    given().when(submitTargetPlan, { planId }, by('TM')).thenRejects('planUnknown');
    there(basis, rootAdded, submitted, approved)
      .when(submitTargetPlan, { planId }, by('TM'))
      .thenRejects('planFrozen');
    there(rootAdded).when(submitTargetPlan, { planId }, by('TM')).thenRejects('basisMissing');
    there(basis, rootAdded).when(submitTargetPlan, { planId }, by('RM 0')).thenRejects('outsideRegion');
    there(basis, rootAdded)
      .when(submitTargetPlan, { planId, discussUntil: '2026-03-01' }, by('TM'))
      .thenRejects('discussionPast');
    begun(created, basis).when(submitTargetPlan, { planId }, by('TM')).thenRejects('targetsMissing');
  });
});

describe('ApproveTargetPlan', () => {
  const there = (...more: readonly NewEvent[]) =>
    given(created, rootAdded, ...more).and(target.ref(root.targetId), root.assigned);
  test('approves a plan in discussion, once', () => {
    there(submitted).when(approveTargetPlan, { planId }, by('TM')).thenEmits(approved);
    there(submitted, approved).when(approveTargetPlan, { planId }, by('TM')).thenNothing();
  });
  test('refuses to let anybody approve what sets their own target', () => {
    there(submitted).when(approveTargetPlan, { planId }, by('RM 0')).thenRejects('selfApproval');
  });
  test('refuses what is unknown or not in discussion', () => {
    given().when(approveTargetPlan, { planId }, by('TM')).thenRejects('planUnknown');
    there().when(approveTargetPlan, { planId }, by('TM')).thenRejects('notInDiscussion');
  });
});

describe('RecallTargetPlan', () => {
  const input = { planId, reason: 'The market fell.' };
  const recalled = TargetPlanRecalled(input);
  test('recalls a published plan, which can then be changed again, once', () => {
    given(created, submitted, approved, published)
      .when(recallTargetPlan, input, by('TM'))
      .thenEmits(recalled);
    given(created, submitted, recalled).when(recallTargetPlan, input, by('TM')).thenNothing();
    begun(created, submitted, approved, recalled)
      .when(recordTargetBasis, { planId, kind: 'intuition', note: 'Again.' }, by('TM'))
      .thenEmits(TargetBasisRecorded({ planId, kind: 'intuition', refs: [], note: 'Again.' }));
  });
  test('refuses what is unknown or was not submitted', () => {
    given().when(recallTargetPlan, input, by('TM')).thenRejects('planUnknown');
    given(created).when(recallTargetPlan, input, by('TM')).thenRejects('notSubmitted');
  });
});

describe('PublishTargetPlan', () => {
  const { targetId } = root;
  const feasible = TargetFeasibilityAssessed({
    targetId,
    value: eur('10000'),
    verdict: 'feasible',
    reasons: [],
    potential: null,
    lastYear: eur('9000'),
    visitsNeeded: null,
    visitsPossible: 100,
    factsKnownAt: 1,
  });
  const acknowledged = TargetAcknowledged({ targetId, responsible: rm });
  const planned = ExecutionPlanSubmitted({
    targetId,
    responsible: rm,
    approach: 'Key accounts first.',
    activities: [{ measure: 'visits', planned: 200 }],
    tasks: ['List the key accounts'],
    resourcesAsked: [],
  });
  const proposed = TargetCounterProposed({ targetId, responsible: rm, value: eur('1'), arguments: 'Less.' });
  const there = (...events: readonly NewEvent[]) =>
    begun(created, rootAdded, submitted, approved).and(target.ref(targetId), root.assigned, ...events);
  const ready = [feasible, acknowledged, planned];
  const publish = (story: ReturnType<typeof given>, input: object = {}, moment: object = {}) =>
    story.when(publishTargetPlan, { planId, ...input }, { ...by('TM'), ...moment });

  test('publishes a plan that is acknowledged, feasible and planned, once', () => {
    expect(publish(there(...ready)).events).toMatchObject([
      { type: 'TargetPlanPublished', data: { publication: 1, nodes: 1, leaves: 1, waived: [] } },
    ]);
    publish(given(created, submitted, approved, published)).thenNothing();
  });
  test('has another hash when a value differs', () => {
    const hashOf = (value: TargetValue) => {
      const story = begun(created, rootAdded, submitted, approved).and(
        target.ref(targetId),
        node(value, rm).assigned,
        ...ready,
      );
      return (publish(story).events[0]!.data as { readonly planHash: string }).planHash;
    };
    expect(hashOf(eur('10000'))).toBe(hashOf(eur('10000')));
    expect(hashOf(eur('10000'))).not.toBe(hashOf(eur('10001')));
  });
  test('refuses what is unknown or not approved', () => {
    publish(given()).thenRejects('planUnknown');
    publish(given(created, submitted)).thenRejects('notApproved');
  });
  test('refuses a plan of which something is left to nobody, unless that is waived', () => {
    const child = node(eur('9000'), idOf('SV 0/0'), { org_unit: idOf('office 0/0') }, targetId);
    const split = TargetBrokenDown({
      targetId,
      dimension: 'org_unit',
      method: 'manual',
      children: [{ targetId: child.targetId, member: idOf('office 0/0'), value: eur('9000') }],
      unallocated: eur('1000'),
      overAssignment: eur('0'),
    });
    const story = () => there(split, feasible, acknowledged).and(target.ref(child.targetId), child.assigned);
    const waived = ['acknowledgement', 'execution_plan'].map((rule) => ({ rule, reason: 'Urgent.' }));
    publish(story(), { waived }).thenRejects('residueLeft');
    const all = [...waived, { rule: 'residue', reason: 'Kept for the new office.' }];
    expect(publish(story(), { waived: all }).events).toMatchObject([
      { data: { nodes: 2, leaves: 1, waived: all } },
    ]);
  });
  test('refuses a target of somebody who has left', () => {
    const left = organisationEvents.EmploymentEnded({ personId: rm, on: '2026-02-27', reason: 'resigned' });
    publish(there(...ready).and(organisation.ref(), left)).thenRejects('responsibleGone');
  });
  test('refuses what was not checked or cannot be reached', () => {
    publish(there(acknowledged, planned)).thenRejects('feasibilityOpen');
    const infeasible = TargetFeasibilityAssessed({ ...feasible.data, verdict: 'infeasible' });
    publish(there(infeasible, acknowledged, planned)).thenRejects('feasibilityOpen');
    const change = { reason: 'economy', note: 'It grew.', effectiveFrom: '2026-03-02' } as const;
    const revised = TargetRevised({
      targetId,
      responsible: rm,
      from: eur('10000'),
      to: eur('90000'),
      ...change,
    });
    publish(there(feasible, revised, acknowledged, planned)).thenRejects('feasibilityOpen');
  });
  test('waits for acknowledgements until the last day of the discussion, and for decisions longer', () => {
    publish(there(feasible, planned), {}, { now: '2026-03-16T12:00:00.000Z' }).thenRejects('discussionOpen');
    const late = { now: '2026-03-17T12:00:00.000Z' };
    expect(publish(there(feasible, planned), {}, late).events).toHaveLength(1);
    publish(there(feasible, planned, proposed), {}, late).thenRejects('counterProposalOpen');
  });
  test('refuses a target without an execution plan, unless the policy asks for none', () => {
    publish(there(feasible, acknowledged)).thenRejects('executionPlansMissing');
    const lenient = policyEvents.PolicyAdopted({
      policyKey: 'targets',
      policyVersion: 1,
      effectiveFrom: '2026-01-01',
      retroactive: false,
      document: { executionPlansRequired: false },
      docHash: '',
    });
    expect(publish(there(feasible, acknowledged).and(policy.ref(), lenient)).events).toHaveLength(1);
  });
  test('warns of a path that falls when seasons are taken out', () => {
    const halves = [
      { periodId: 'FY2026-H1', start: '2026-01-01', endExclusive: '2026-07-01' },
      { periodId: 'FY2026-H2', start: '2026-07-01', endExclusive: '2027-01-01' },
    ];
    const parts = (values: readonly string[]) =>
      halves.map((period, index) => {
        const id = idOf(`half ${index}`);
        const value = eur(values[index]!);
        return {
          id,
          period,
          value,
          event: targetEvents.TargetAssigned({
            ...root.assigned.data,
            targetId: id,
            period,
            value,
            parentTargetId: targetId,
            depth: 1,
          }),
        };
      });
    const warnings = (values: readonly string[], weights: readonly number[]) => {
      const children = parts(values);
      const split = TargetBrokenDown({
        targetId,
        dimension: 'period',
        method: 'manual',
        children: children.map(({ id, period, value }) => ({ targetId: id, member: period.periodId, value })),
        unallocated: eur('0'),
        overAssignment: eur('0'),
      });
      const seasons = SeasonalityCurveAttached({ planId, weights: [...weights] });
      const story = children.reduce(
        (soFar, { id, event }) =>
          soFar.and(target.ref(id), event, TargetAcknowledged({ targetId: id, responsible: rm })),
        begun(created, seasons, rootAdded, submitted, approved).and(
          target.ref(targetId),
          root.assigned,
          split,
          ...ready,
        ),
      );
      return publish(story)
        .events.slice(1)
        .map(({ data }) => (data as { readonly periods: unknown }).periods);
    };
    expect(warnings(['6000', '4000'], [6_000, 4_000])).toEqual([]);
    expect(warnings(['6000', '4000'], [5_000, 5_000])).toEqual([['FY2026-H2']]);
  });
});

describe('CloseTargetPlan', () => {
  const running = [created, rootAdded, submitted, approved, published];
  const closed = calendarEvents.PeriodClosed({ periodId: 'FY2026', closingPosition: 1, figuresHash: '' });
  test('closes a plan whose year is closed, once', () => {
    expect(
      given(...running)
        .and(calendar.ref(), closed)
        .and(target.ref(root.targetId), root.assigned)
        .when(closeTargetPlan, { planId }, by('TM')).events,
    ).toMatchObject([{ type: 'TargetPlanClosed' }]);
    given(...running, TargetPlanClosed({ planId, figuresHash: '' }))
      .when(closeTargetPlan, { planId }, by('TM'))
      .thenNothing();
  });
  test('refuses what is unknown, not published or not over', () => {
    given().when(closeTargetPlan, { planId }, by('TM')).thenRejects('planUnknown');
    given(created).when(closeTargetPlan, { planId }, by('TM')).thenRejects('notPublished');
    given(...running)
      .when(closeTargetPlan, { planId }, by('TM'))
      .thenRejects('periodOpen');
  });
});
