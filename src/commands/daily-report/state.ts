import { decider, type Evolve } from '../../engine/decision.ts';
import { dailyReportEvents } from '../../events/daily-report.ts';
import { documentEvents } from '../../events/document.ts';
import { blankDocument, type DocumentState, documentEvolve, withContent } from '../document/state.ts';

export interface DailyReportState {
  readonly filed: boolean;
  readonly latenessMinutes: number;
  /** When the report is due, as long as that is neither met nor noted nor excused. */
  readonly dueAt: string | undefined;
  /** When it counts as missed, as long as it is neither filed nor noted nor excused. */
  readonly missedAt: string | undefined;
  readonly expected: { readonly dueAt: string } | undefined;
  readonly document: DocumentState;
}

const initialState: DailyReportState = {
  filed: false,
  latenessMinutes: 0,
  dueAt: undefined,
  missedAt: undefined,
  expected: undefined,
  document: blankDocument,
};

const events = { ...dailyReportEvents, ...documentEvents };

const evolve: Evolve<DailyReportState, typeof events> = {
  ...documentEvolve<DailyReportState>(),
  DailyReportExpected: (state, { dueAt, missedAt }) => ({ ...state, dueAt, missedAt, expected: { dueAt } }),
  DailyReportFiled: (state, data, event) => ({
    ...state,
    filed: true,
    latenessMinutes: data.latenessMinutes,
    dueAt: undefined,
    missedAt: undefined,
    document: withContent(state.document, data, event),
  }),
  DailyReportAmended: (state, data, event) => ({
    ...state,
    document: withContent(state.document, data, event),
  }),
  EfficiencyReviewed: (state) => state,
  DailyReportOverdue: (state) => ({ ...state, dueAt: undefined }),
  DailyReportMissed: (state) => ({ ...state, missedAt: undefined }),
  DailyReportExcused: (state) => ({ ...state, dueAt: undefined, missedAt: undefined }),
};

export const dailyReport = decider({
  stream: 'daily-report',
  id: ['personId', 'date'],
  events,
  initialState,
  evolve,
});
