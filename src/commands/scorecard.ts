import { z } from 'zod';
import { canonicalJson } from '../engine/canonical.ts';
import { absent, decider, type Evolve, reject, unknown } from '../engine/decision.ts';
import type { DataOf } from '../engine/event.ts';
import { generated } from '../engine/input.ts';
import { builtInKpis, isBuiltIn } from '../events/kpi-catalogue.ts';
import { Role } from '../events/permission.ts';
import {
  type ScorecardCategory,
  ScorecardItem,
  ScorecardLevel,
  type ScorecardWarning,
  scorecardEvents,
} from '../events/scorecard.ts';
import { Comment, Line, ScorecardId } from '../events/values.ts';
import { kpi } from './kpi.ts';

const { ScorecardDesigned, ScorecardRetired } = scorecardEvents;

interface ScorecardState {
  readonly designed: DataOf<typeof ScorecardDesigned> | undefined;
  readonly retired: boolean;
}

const initialState: ScorecardState = { designed: undefined, retired: false };

const evolve: Evolve<ScorecardState, typeof scorecardEvents> = {
  ScorecardDesigned: (state, designed) => ({ ...state, designed }),
  ScorecardRetired: (state) => ({ ...state, retired: true }),
};

export const scorecard = decider({
  stream: 'scorecard',
  id: ['scorecardId'],
  events: scorecardEvents,
  initialState,
  evolve,
});

const itemsAdvised = 9;

/** The right amount, the right activities, the right way. */
const triad: readonly ScorecardCategory[] = ['volume', 'operational', 'quality'];

/** What assessment by few indicators that cover reports and the market would not do. */
function warningsOf(items: readonly ScorecardItem[]): ScorecardWarning[] {
  const has = (key: string): boolean => items.some((item) => item.kpi === key);
  const isCovered = (wanted: ScorecardCategory): boolean => items.some(({ category }) => category === wanted);
  const warnings: Readonly<Record<ScorecardWarning, boolean>> = {
    too_many_items: items.length > itemsAdvised,
    no_market_info: !isCovered('market_info'),
    no_report_quality: !has('report_quality'),
    no_report_timeliness: !has('report_timeliness'),
    triad_uncovered: !triad.every(isCovered),
  };
  return (Object.keys(warnings) as ScorecardWarning[]).filter((warning) => warnings[warning]);
}

const latestBuiltIn = new Map(builtInKpis.map(({ key, version }) => [key, version]));

export const designScorecard = scorecard.command({
  name: 'DesignScorecard',
  summary:
    'Design the scorecard of a role, or a new version of it. What it should rather have stands in the warnings of the answer.',
  permission: 'scorecard:write',
  path: '/scorecards',
  input: {
    scorecardId: generated(ScorecardId),
    name: Line,
    role: Role,
    level: ScorecardLevel.default('month'),
    items: z.array(ScorecardItem).min(1).max(30),
  },
  emits: ['ScorecardDesigned'],
  rejects: {
    scorecardRetired: 'The scorecard is retired.',
    roleDiffers: 'The scorecard is for another role.',
    kpiTwice: unknown('An indicator stands there twice.'),
    kpiUnknown: unknown('An indicator, or the version of it, is not published.'),
    weightsWrong: unknown('The weights do not sum to 10 000.'),
  },
  reads: ({ items }) => ({
    own: items.filter((item) => !isBuiltIn(item.kpi)).map((item) => kpi.ref(item.kpi)),
  }),
  decide: ({ designed, retired }, input, { reads }) => {
    const { role, items } = input;
    if (retired) return reject('scorecardRetired');
    if (designed) {
      const { version: _, warnings: __, ...before } = designed;
      if (canonicalJson(before) === canonicalJson(input)) return [];
      if (designed.role !== role) return reject('roleDiffers');
    }
    const keys = items.map((item) => item.kpi);
    const at = (index: number, detail: string) => ({ pointer: `/items/${index}/kpi`, detail });
    const twice = keys.flatMap((key, index) =>
      keys.indexOf(key) < index ? at(index, 'It stands above.') : [],
    );
    if (twice.length > 0) return reject('kpiTwice', twice);
    const own = keys.filter((key) => !isBuiltIn(key));
    const latest = (key: string): number => latestBuiltIn.get(key) ?? published(reads.own[own.indexOf(key)]);
    const missing = items.flatMap(({ kpi: key, version }, index) =>
      latest(key) >= (version ?? 1) ? [] : at(index, 'There is no such version.'),
    );
    if (missing.length > 0) return reject('kpiUnknown', missing);
    const sum = items.reduce((total, { weightBp }) => total + weightBp, 0);
    if (sum !== 10_000) return reject('weightsWrong', [{ pointer: '/items', detail: `They sum to ${sum}.` }]);
    return [
      ScorecardDesigned({ ...input, version: (designed?.version ?? 0) + 1, warnings: warningsOf(items) }),
    ];
  },
});

/** The latest version of an own indicator that is in use; 0 without one. */
const published = (state: ReturnType<typeof kpi.initialState> | undefined): number =>
  state && !state.retired ? state.version : 0;

export const retireScorecard = scorecard.command({
  name: 'RetireScorecard',
  summary: 'Retire a scorecard: nobody is evaluated by it any more.',
  permission: 'scorecard:write',
  path: '/scorecards/:scorecardId/retire',
  input: { scorecardId: ScorecardId, reason: Comment },
  emits: ['ScorecardRetired'],
  rejects: { scorecardUnknown: absent('There is no such scorecard.') },
  decide: ({ designed, retired }, input) => {
    if (!designed) return reject('scorecardUnknown');
    return retired ? [] : [ScorecardRetired(input)];
  },
});
