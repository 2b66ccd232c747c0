import { describe, test } from 'vitest';
import { claim } from '../../src/commands/claim.ts';
import {
  enterPhase,
  openNextCycle,
  openPlanningCycle,
  recordMarketDevelopmentPlan,
  recordStrategy,
  reviewCycle,
} from '../../src/commands/cycle.ts';
import { organisation } from '../../src/commands/organisation/state.ts';
import { target } from '../../src/commands/target/state.ts';
import { claimEvents } from '../../src/events/claim.ts';
import { organisationEvents } from '../../src/events/organisation.ts';
import { targetEvents } from '../../src/events/target.ts';
import { ann, channelId, eur, regionId, staff } from '../support/commerce.ts';
import {
  cycleId,
  cycleOf,
  inPhase,
  marketPlan,
  opened,
  recorded,
  reviewed,
  strategy,
} from '../support/cycle.ts';
import { given, idOf } from '../support/given.ts';
import { company } from '../support/organisation.ts';

const { Claimed } = claimEvents;

const unitId = idOf('company');
const nextCycleId = idOf('next cycle');
const claimOf = (holder: string) => Claimed({ kind: 'planning-cycle', key: unitId, holder });
const ended = cycleOf.NextCycleOpened({ cycleId, unitId, nextCycleId });
const untilControl = [
  opened,
  recorded,
  inPhase('conception', 'planning'),
  marketPlan,
  inPhase('planning', 'execution'),
  inPhase('execution', 'control'),
];

describe('OpenPlanningCycle', () => {
  const input = { cycleId, unitId, name: 'Plan 2026', horizon: 'FY2026' };
  const world = () => given().and(organisation.ref(), company);
  test('opens a cycle with its conception', () => {
    world().when(openPlanningCycle, input).thenEmits(opened, claimOf(cycleId));
  });
  test('plans a rolling year', () => {
    world()
      .when(openPlanningCycle, { ...input, horizon: 'R12M@2026-06' })
      .thenEmits(
        cycleOf.PlanningCycleOpened({
          ...opened.data,
          horizon: 'R12M@2026-06',
          start: '2025-07-01',
          endExclusive: '2026-07-01',
        }),
        claimOf(cycleId),
      );
  });
  test('says nothing twice', () => {
    given(opened).when(openPlanningCycle, input).thenNothing();
  });
  test('refuses another cycle under a known id', () => {
    given(opened)
      .when(openPlanningCycle, { ...input, horizon: 'FY2027' })
      .thenRejects('cycleKnown');
  });
  test('refuses a second open cycle of the unit', () => {
    world()
      .and(claim.ref('planning-cycle', unitId), claimOf(idOf('other cycle')))
      .when(openPlanningCycle, input)
      .thenRejects('cycleOpen');
  });
  test('refuses a unit that does not stand', () => {
    given().when(openPlanningCycle, input).thenRejects('unitUnknown');
    const dissolved = organisationEvents.OrgUnitDissolved({
      unitId,
      from: '2026-01-01',
      successorId: idOf('other'),
    });
    given()
      .and(organisation.ref(), company, dissolved)
      .when(openPlanningCycle, input)
      .thenRejects('unitUnknown');
  });
  test('refuses a period that there is not', () => {
    world()
      .when(openPlanningCycle, { ...input, horizon: 'FY2026-M13' })
      .thenRejects('periodUnknown');
  });
});

describe('RecordStrategy', () => {
  const input = { cycleId, ...strategy };
  const targetId = idOf('target');
  const withTarget = {
    ...input,
    priorities: [{ priority: 'Retail first', theme: 'Win retail', targetIds: [targetId] }],
  };
  test('records themes and priorities', () => {
    given(opened).when(recordStrategy, input).thenEmits(recorded);
  });
  test('records them again when they have changed, also in execution', () => {
    const themes = [{ theme: 'Win retail', element: 'strategy' }] as const;
    given(...untilControl)
      .when(recordStrategy, { ...input, themes })
      .thenEmits(cycleOf.StrategyRecorded({ ...recorded.data, themes: [...themes] }));
  });
  test('names the targets by which a priority shows how it stands', () => {
    const assigned = targetEvents.TargetAssigned({
      targetId,
      responsible: ann,
      measure: 'net_sales',
      period: { periodId: 'FY2026', start: '2026-01-01', endExclusive: '2027-01-01' },
      dimensions: {},
      value: eur('1'),
      uniqueKey: 'k',
    });
    given(opened)
      .and(target.ref(targetId), assigned)
      .when(recordStrategy, withTarget)
      .thenEmits(cycleOf.StrategyRecorded({ ...recorded.data, priorities: withTarget.priorities }));
  });
  test('says nothing twice', () => {
    given(opened, recorded).when(recordStrategy, input).thenNothing();
  });
  test('refuses a cycle that was never opened', () => {
    given().when(recordStrategy, input).thenRejects('cycleUnknown');
  });
  test('refuses a cycle that has ended', () => {
    given(opened, ended).when(recordStrategy, input).thenRejects('cycleEnded');
  });
  test('refuses a priority without its theme', () => {
    given(opened)
      .when(recordStrategy, { ...input, priorities: [{ priority: 'Export', theme: 'Go abroad' }] })
      .thenRejects('themeUnknown');
  });
  test('refuses a target that nobody assigned', () => {
    given(opened).when(recordStrategy, withTarget).thenRejects('targetUnknown');
  });
});

describe('RecordMarketDevelopmentPlan', () => {
  const { unitId: _, ...input } = marketPlan.data;
  const world = () => given(opened, recorded).and(organisation.ref(), ...staff);
  const initiative = input.initiatives[0]!;
  const segment = input.segments[0]!;
  test('records where and by what the market is developed', () => {
    world().when(recordMarketDevelopmentPlan, input).thenEmits(marketPlan);
  });
  test('says nothing twice', () => {
    given(opened, recorded, marketPlan)
      .and(organisation.ref(), ...staff)
      .when(recordMarketDevelopmentPlan, input)
      .thenNothing();
  });
  test('refuses a cycle that was never opened', () => {
    given().when(recordMarketDevelopmentPlan, input).thenRejects('cycleUnknown');
  });
  test('refuses a cycle that has ended', () => {
    given(opened, recorded, ended).when(recordMarketDevelopmentPlan, input).thenRejects('cycleEnded');
  });
  test('refuses a plan without a strategy', () => {
    given(opened).when(recordMarketDevelopmentPlan, input).thenRejects('strategyMissing');
  });
  test('refuses an initiative for a theme that the strategy has not', () => {
    world()
      .when(recordMarketDevelopmentPlan, { ...input, initiatives: [{ ...initiative, theme: 'Go abroad' }] })
      .thenRejects('themeUnknown');
  });
  test('refuses an initiative whose effect nothing measures', () => {
    world()
      .when(recordMarketDevelopmentPlan, { ...input, initiatives: [{ ...initiative, measureKey: 'luck' }] })
      .thenRejects('measureUnknown');
  });
  test('refuses an initiative of nobody', () => {
    world()
      .when(recordMarketDevelopmentPlan, {
        ...input,
        initiatives: [{ ...initiative, responsible: idOf('nobody') }],
      })
      .thenRejects('personUnknown');
  });
  test('refuses an unknown region or channel', () => {
    world()
      .when(recordMarketDevelopmentPlan, { ...input, segments: [{ ...segment, regionIds: [channelId] }] })
      .thenRejects('regionUnknown');
    world()
      .when(recordMarketDevelopmentPlan, { ...input, segments: [{ ...segment, channelIds: [regionId] }] })
      .thenRejects('channelUnknown');
  });
});

describe('EnterPhase', () => {
  const to = (phase: string) => ({ cycleId, phase });
  test('goes from conception to planning, to execution, to control', () => {
    given(opened, recorded).when(enterPhase, to('planning')).thenEmits(inPhase('conception', 'planning'));
    given(opened, recorded, inPhase('conception', 'planning'), marketPlan)
      .when(enterPhase, to('execution'))
      .thenEmits(inPhase('planning', 'execution'));
    given(...untilControl.slice(0, -1))
      .when(enterPhase, to('control'))
      .thenEmits(inPhase('execution', 'control'));
  });
  test('says nothing twice', () => {
    given(opened).when(enterPhase, to('conception')).thenNothing();
    given(...untilControl)
      .when(enterPhase, to('control'))
      .thenNothing();
  });
  test('refuses a cycle that was never opened', () => {
    given().when(enterPhase, to('planning')).thenRejects('cycleUnknown');
  });
  test('refuses a cycle that has ended', () => {
    given(opened, recorded, ended).when(enterPhase, to('planning')).thenRejects('cycleEnded');
  });
  test('refuses to leave a phase out or to go back', () => {
    given(opened, recorded).when(enterPhase, to('execution')).thenRejects('phaseOutOfOrder');
    given(...untilControl)
      .when(enterPhase, to('conception'))
      .thenRejects('phaseOutOfOrder');
  });
  test('refuses to plan without a strategy', () => {
    given(opened).when(enterPhase, to('planning')).thenRejects('strategyMissing');
  });
  test('refuses to execute without a plan to develop the market', () => {
    given(opened, recorded, inPhase('conception', 'planning'))
      .when(enterPhase, to('execution'))
      .thenRejects('marketPlanMissing');
  });
});

describe('ReviewCycle', () => {
  const { unitId: _, ...input } = reviewed.data;
  test('records what was found out', () => {
    given(...untilControl)
      .when(reviewCycle, input)
      .thenEmits(reviewed);
  });
  test('says nothing twice', () => {
    given(...untilControl, reviewed)
      .when(reviewCycle, input)
      .thenNothing();
  });
  test('refuses a cycle that was never opened', () => {
    given().when(reviewCycle, input).thenRejects('cycleUnknown');
  });
  test('refuses a cycle that has ended', () => {
    given(...untilControl, reviewed, ended)
      .when(reviewCycle, input)
      .thenRejects('cycleEnded');
  });
  test('refuses a cycle that is not in control', () => {
    given(opened).when(reviewCycle, input).thenRejects('notInControl');
  });
});

describe('OpenNextCycle', () => {
  const input = { cycleId, nextCycleId, name: 'Plan 2027', horizon: 'FY2027' };
  const next = cycleOf.PlanningCycleOpened({
    cycleId: nextCycleId,
    unitId,
    name: 'Plan 2027',
    horizon: 'FY2027',
    start: '2027-01-01',
    endExclusive: '2028-01-01',
    previousId: cycleId,
    carriedOver: reviewed.data.carryOver,
  });
  const world = () => given(...untilControl, reviewed);
  test('ends a cycle with the next one, which takes up what was carried over', () => {
    world().when(openNextCycle, input).thenEmits(ended, next, claimOf(nextCycleId));
  });
  test('says nothing twice', () => {
    given(...untilControl, reviewed, ended)
      .when(openNextCycle, input)
      .thenNothing();
  });
  test('refuses a cycle that was never opened', () => {
    given().when(openNextCycle, input).thenRejects('cycleUnknown');
  });
  test('refuses a second one after the same', () => {
    given(...untilControl, reviewed, ended)
      .when(openNextCycle, { ...input, nextCycleId: idOf('third cycle') })
      .thenRejects('cycleEnded');
  });
  test('refuses to end what was not reviewed', () => {
    given(...untilControl)
      .when(openNextCycle, input)
      .thenRejects('cycleNotReviewed');
  });
  test('refuses an id that another cycle has, its own above all', () => {
    world()
      .when(openNextCycle, { ...input, nextCycleId: cycleId })
      .thenRejects('cycleKnown');
  });
  test('refuses a period that there is not, or that does not begin later', () => {
    world()
      .when(openNextCycle, { ...input, horizon: '2027-W60' })
      .thenRejects('periodUnknown');
    world()
      .when(openNextCycle, { ...input, horizon: 'FY2026' })
      .thenRejects('horizonNotLater');
  });
});
