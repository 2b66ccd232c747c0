import { z } from 'zod';
import { events } from '../engine/event.ts';
import { PeriodLevel } from './calendar.ts';
import { KpiKey, KpiVersionNumber } from './kpi.ts';
import { Role } from './permission.ts';
import type { Sentences } from './sentence.ts';
import { BasisPoints, Comment, Count, Int64, Line, ScorecardId } from './values.ts';

const attainmentMax = 100_000;
const Attainment = Count.max(attainmentMax);

export const ScorecardCategory = z
  .enum(['volume', 'operational', 'market_info', 'discipline', 'quality'])
  .describe('What kind of work the item is about.');
export type ScorecardCategory = z.output<typeof ScorecardCategory>;

export const KpiTarget = z
  .strictObject({ num: Int64, den: Int64 })
  .refine(({ num, den }) => BigInt(num) > 0n && BigInt(den) > 0n, 'A target is above zero.')
  .meta({
    id: 'KpiTarget',
    description: 'The value to be reached, as an exact ratio in the unit of the indicator.',
  });

export const ScorecardItem = z
  .strictObject({
    kpi: KpiKey,
    version: KpiVersionNumber.nullable()
      .default(null)
      .describe('Version of the definition; null for the latest one on the day of the evaluation.'),
    weightBp: BasisPoints.min(1).describe('Weight of the item; all together have 10 000.'),
    target: KpiTarget,
    floorBp: Attainment.default(0).describe('The attainment is counted as no less than this.'),
    capBp: Attainment.default(10_000).describe('The attainment is counted as no more than this.'),
    category: ScorecardCategory,
  })
  .refine(({ floorBp, capBp }) => floorBp <= capBp, 'The floor lies above the cap.')
  .meta({ id: 'ScorecardItem', description: 'An indicator by which people are assessed.' });
export type ScorecardItem = z.output<typeof ScorecardItem>;

export const ScorecardWarning = z
  .enum(['too_many_items', 'no_market_info', 'no_report_quality', 'no_report_timeliness', 'triad_uncovered'])
  .describe(
    'What a scorecard should rather have, or have not. triad_uncovered: the right amount, the right activities and the right way have an item each, by the categories volume, operational and quality.',
  );
export type ScorecardWarning = z.output<typeof ScorecardWarning>;

export const ScorecardLevel = PeriodLevel.extract(['month', 'quarter', 'half', 'year']).describe(
  'When a period of this level is closed, people are evaluated by it.',
);

export const ScorecardVersion = z.int().min(1).describe('Number of the design of the scorecard.');

/** Stored for ever. Add fields as optional, add events freely, rename nothing. */
export const scorecardEvents = events({
  ScorecardDesigned: {
    scorecardId: ScorecardId,
    version: ScorecardVersion,
    name: Line,
    role: Role,
    level: ScorecardLevel,
    items: z.array(ScorecardItem).min(1),
    warnings: z.array(ScorecardWarning),
  },
  ScorecardRetired: { scorecardId: ScorecardId, reason: Comment },
});

/** What each of these events says, in a sentence. */
export const scorecardSentences: Sentences<typeof scorecardEvents> = {
  ScorecardDesigned: (d) =>
    `The scorecard ${d.name} for ${d.role} was designed, version ${d.version}: ${d.items.map(({ kpi }) => kpi).join(', ')}.`,
  ScorecardRetired: (d) => `The scorecard was retired: ${d.reason}`,
};
