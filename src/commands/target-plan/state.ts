import { absent, decider, type Evolve } from '../../engine/decision.ts';
import type { DataOf } from '../../engine/event.ts';
import { type BasisKind, type TargetPlanState, targetPlanEvents } from '../../events/target-plan.ts';

export interface PlanState {
  readonly created: DataOf<typeof targetPlanEvents.TargetPlanCreated> | undefined;
  readonly state: TargetPlanState;
  readonly basis: readonly BasisKind[];
  readonly seasonality: readonly number[] | undefined;
  /** The nodes at the top, those withdrawn among them. */
  readonly roots: readonly string[];
  readonly discussUntil: string | undefined;
  readonly publication: number;
}

const initialState: PlanState = {
  created: undefined,
  state: 'draft',
  basis: [],
  seasonality: undefined,
  roots: [],
  discussUntil: undefined,
  publication: 0,
};

const evolve: Evolve<PlanState, typeof targetPlanEvents> = {
  TargetPlanCreated: (state, created) => ({ ...state, created }),
  TargetBasisRecorded: (state, { kind }) => ({ ...state, basis: [...state.basis, kind] }),
  SeasonalityCurveAttached: (state, { weights }) => ({ ...state, seasonality: weights }),
  TargetPlanRootAdded: (state, { targetId }) => ({
    ...state,
    roots: [...new Set([...state.roots, targetId])],
  }),
  TargetPlanSubmitted: (state, { discussUntil }) => ({ ...state, state: 'in_discussion', discussUntil }),
  TargetPlanApproved: (state) => ({ ...state, state: 'approved' }),
  TargetPlanPublished: (state, { publication }) => ({ ...state, state: 'published', publication }),
  TargetPlanRecalled: (state) => ({ ...state, state: 'recalled', discussUntil: undefined }),
  TargetPlanClosed: (state) => ({ ...state, state: 'closed' }),
};

export const targetPlan = decider({
  stream: 'target-plan',
  id: ['planId'],
  events: targetPlanEvents,
  initialState,
  evolve,
});

export const planUnknown = absent('There is no such target plan.');
export const planFrozen =
  'The plan is approved, published or closed; what is published is revised, reassigned or withdrawn.';

/** Whether nodes may be added to a plan, split anew and taken away. */
export const isOpen = ({ state }: PlanState): boolean =>
  state === 'draft' || state === 'in_discussion' || state === 'recalled';
