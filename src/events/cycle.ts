import { z } from 'zod';
import { events } from '../engine/event.ts';
import { PeriodId } from './calendar.ts';
import { MeasureKey } from './measure-definition.ts';
import { type Sentences, words } from './sentence.ts';
import {
  ChannelId,
  Comment,
  CycleId,
  Line,
  LocalDate,
  PersonId,
  RegionId,
  TargetId,
  UnitId,
} from './values.ts';

/** In the order in which a cycle goes through them. */
export const phases = ['conception', 'planning', 'execution', 'control'] as const;
export const Phase = z.enum(phases).describe('How far a planning cycle has come.');
export type Phase = z.output<typeof Phase>;

export const StrategyElement = z
  .enum(['goals', 'support_and_training', 'strategy', 'monitoring'])
  .describe(
    'What a theme is about: goals, support and training, the strategy itself, or how results are monitored.',
  );

export const Theme = z
  .strictObject({ theme: Line, element: StrategyElement, description: Comment.optional() })
  .meta({ id: 'StrategyTheme', description: 'A theme of a strategy.' });
export const Priority = z
  .strictObject({
    priority: Line,
    theme: Line.describe('The theme of the strategy that it serves.'),
    targetIds: z.array(TargetId).max(10).default([]).describe('The targets that show how it stands.'),
  })
  .meta({ id: 'StrategyPriority', description: 'What comes first, and for the sake of which theme.' });
export const Segment = z
  .strictObject({
    segment: Line.describe('Segment of the market.'),
    regionIds: z.array(RegionId).max(50).default([]),
    channelIds: z.array(ChannelId).max(50).default([]),
    aim: Comment.describe('What is to be achieved there.'),
  })
  .meta({ id: 'MarketSegment', description: 'A segment of the market that is to be developed.' });
export const Initiative = z
  .strictObject({
    initiative: Line,
    theme: Line.describe('The theme of the strategy that it serves.'),
    responsible: PersonId,
    dueOn: LocalDate,
    measureKey: MeasureKey.describe('The measure by which its effect is judged.'),
  })
  .meta({ id: 'MarketInitiative', description: 'What is done to develop the market.' });
export const Coordination = z
  .strictObject({
    with: z
      .enum([
        'sales',
        'marketing',
        'production',
        'customer_service',
        'training',
        'finance',
        'dealers',
        'other',
      ])
      .describe('Who else has to play a part.'),
    agreement: Comment.describe('What was agreed.'),
  })
  .meta({ id: 'Coordination', description: 'How plans and measures of others are coordinated with it.' });

export const carryOver = z.array(Comment).max(50).describe('What the next cycle has to take up.');

export const strategy = {
  themes: z.array(Theme).min(1).max(20),
  priorities: z.array(Priority).min(1).max(20).describe('The most important one first.'),
};
export const marketDevelopmentPlan = {
  segments: z.array(Segment).min(1).max(50),
  initiatives: z.array(Initiative).min(1).max(50),
  coordination: z.array(Coordination).min(1).max(50),
};
export const review = {
  findings: z.array(Comment).min(1).max(50).describe('What was found out.'),
  carryOver: carryOver.default([]),
};

/** What every event of a cycle says about it. */
const cycle = { cycleId: CycleId, unitId: UnitId };

/** Stored for ever. Add fields as optional, add events freely, rename nothing. */
export const cycleEvents = events({
  PlanningCycleOpened: {
    ...cycle,
    name: Line,
    horizon: PeriodId,
    start: LocalDate,
    endExclusive: LocalDate,
    previousId: CycleId.optional(),
    carriedOver: carryOver,
  },
  PhaseEntered: { ...cycle, from: Phase, phase: Phase },
  StrategyRecorded: { ...cycle, ...strategy },
  MarketDevelopmentPlanRecorded: { ...cycle, ...marketDevelopmentPlan },
  CycleReviewed: { ...cycle, ...review },
  NextCycleOpened: { ...cycle, nextCycleId: CycleId },
});

const ofUnit = 'the planning cycle of';

/** What each of these events says, in a sentence. */
export const cycleSentences: Sentences<typeof cycleEvents> = {
  PlanningCycleOpened: (d, n) =>
    `The planning cycle ${d.name} of ${n(d.unitId, 'a unit')} over ${d.horizon} was opened.`,
  PhaseEntered: (d, n) =>
    `In ${ofUnit} ${n(d.unitId, 'a unit')} ${words(d.from)} ended and ${words(d.phase)} began.`,
  StrategyRecorded: (d, n) =>
    `The strategy in ${ofUnit} ${n(d.unitId, 'a unit')} was recorded, with ${d.themes[0]!.theme} as its first theme.`,
  MarketDevelopmentPlanRecorded: (d, n) =>
    `The plan to develop the market in ${ofUnit} ${n(d.unitId, 'a unit')} was recorded, with ${d.initiatives.length} initiatives.`,
  CycleReviewed: (d, n) => `The review of ${ofUnit} ${n(d.unitId, 'a unit')} found: ${d.findings[0]}`,
  NextCycleOpened: (d, n) => `After ${ofUnit} ${n(d.unitId, 'a unit')} the next one was opened.`,
};
