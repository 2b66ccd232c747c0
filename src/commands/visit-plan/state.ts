import type { z } from 'zod';
import { decider, type Evolve } from '../../engine/decision.ts';
import { documentEvents } from '../../events/document.ts';
import { type Objective, type Purpose, visitPlanEvents } from '../../events/visit-plan.ts';
import { blankDocument, type DocumentState, documentEvolve, withContent } from '../document/state.ts';

export interface Planned {
  readonly visitId: string;
  readonly customerId: string | undefined;
  readonly prospectName: string | undefined;
  readonly regionId: string | undefined;
  readonly window: { readonly start: string; readonly end: string };
  readonly purposes: readonly z.output<typeof Purpose>[];
  readonly purposeNote: string | undefined;
  readonly objective: z.output<typeof Objective> | undefined;
}

export interface VisitPlanState {
  readonly opened: boolean;
  readonly closed: boolean;
  readonly noVisits: boolean;
  readonly visits: readonly Planned[];
  readonly dropped: readonly string[];
  /** Visits of the day that were not on the plan. */
  readonly unplanned: readonly string[];
  readonly sequence: number;
  /** When the plan is due, as long as that is neither met nor noted nor excused. */
  readonly dueAt: string | undefined;
  readonly expected: boolean;
  readonly document: DocumentState;
}

const initialState: VisitPlanState = {
  opened: false,
  closed: false,
  noVisits: false,
  visits: [],
  dropped: [],
  unplanned: [],
  sequence: 0,
  dueAt: undefined,
  expected: false,
  document: blankDocument,
};

const events = { ...visitPlanEvents, ...documentEvents };
const ofDocument = documentEvolve<VisitPlanState>();

const evolve: Evolve<VisitPlanState, typeof events> = {
  ...ofDocument,
  DocumentSubmitted: (state, data, event) => ({
    ...ofDocument.DocumentSubmitted(state, data, event),
    dueAt: undefined,
  }),
  VisitPlanExpected: (state, { dueAt }) => ({ ...state, expected: true, dueAt }),
  VisitPlanOpened: (state) => ({ ...state, opened: true }),
  VisitPlanned: (state, data, event) => ({
    ...state,
    noVisits: false,
    dropped: state.dropped.filter((visitId) => visitId !== data.visitId),
    visits: [
      ...state.visits,
      {
        visitId: data.visitId,
        customerId: data.customerId,
        prospectName: data.prospectName,
        regionId: data.regionId,
        window: data.window,
        purposes: data.purposes,
        purposeNote: data.purposeNote,
        objective: data.objective,
      },
    ],
    sequence: data.sequence,
    document: withContent(state.document, data, event),
  }),
  PlannedVisitChanged: (state, data, event) => ({
    ...state,
    visits: state.visits.map((visit) =>
      visit.visitId === data.visitId
        ? {
            ...visit,
            window: data.window ?? visit.window,
            purposes: data.purposes ?? visit.purposes,
            purposeNote: data.purposeNote ?? visit.purposeNote,
            objective: data.objective ?? visit.objective,
          }
        : visit,
    ),
    document: withContent(state.document, data, event),
  }),
  PlannedVisitDropped: (state, data, event) => ({
    ...state,
    visits: state.visits.filter(({ visitId }) => visitId !== data.visitId),
    dropped: [...state.dropped, data.visitId],
    document: withContent(state.document, data, event),
  }),
  NoVisitsDeclared: (state, data, event) => ({
    ...state,
    noVisits: true,
    document: withContent(state.document, data, event),
  }),
  VisitPlanOverdue: (state) => ({ ...state, dueAt: undefined }),
  VisitPlanExcused: (state) => ({ ...state, dueAt: undefined }),
  UnplannedVisitNoted: (state, { visitId }) => ({ ...state, unplanned: [...state.unplanned, visitId] }),
  VisitPlanClosed: (state) => ({ ...state, closed: true }),
};

export const visitPlan = decider({
  stream: 'visit-plan',
  id: ['personId', 'date'],
  events,
  initialState,
  evolve,
});
