import { cycleEvents, type Phase } from '../../src/events/cycle.ts';
import { ann, channelId, regionId } from './commerce.ts';
import { idOf } from './given.ts';

export const cycleOf = cycleEvents;
export const cycleId = idOf('cycle');
const cycle = { cycleId, unitId: idOf('company') };

export const opened = cycleEvents.PlanningCycleOpened({
  ...cycle,
  name: 'Plan 2026',
  horizon: 'FY2026',
  start: '2026-01-01',
  endExclusive: '2027-01-01',
  carriedOver: [],
});

export const strategy = {
  themes: [
    { theme: 'Win retail', element: 'strategy' as const },
    { theme: 'Train everybody', element: 'support_and_training' as const },
  ],
  priorities: [{ priority: 'Retail first', theme: 'Win retail', targetIds: [] }],
};
export const recorded = cycleEvents.StrategyRecorded({ ...cycle, ...strategy });

export const marketPlan = cycleEvents.MarketDevelopmentPlanRecorded({
  ...cycle,
  segments: [{ segment: 'retail', regionIds: [regionId], channelIds: [channelId], aim: 'Be in every town.' }],
  initiatives: [
    {
      initiative: 'Open outlets',
      theme: 'Win retail',
      responsible: ann,
      dueOn: '2026-06-30',
      measureKey: 'new_outlets',
    },
  ],
  coordination: [{ with: 'production', agreement: 'Small boxes from April.' }],
});

export const inPhase = (from: Phase, phase: Phase) => cycleEvents.PhaseEntered({ ...cycle, from, phase });

export const reviewed = cycleEvents.CycleReviewed({
  ...cycle,
  findings: ['Outlets came late.'],
  carryOver: ['Open the outlets of the west.'],
});
