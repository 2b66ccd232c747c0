import type { z } from 'zod';
import { decider, type Evolve } from '../../engine/decision.ts';
import type { DataOf } from '../../engine/event.ts';
import {
  type Acknowledgement,
  type ExecutionPlanState,
  type FeasibilityVerdict,
  partsOf,
  type TargetPart,
  type TargetValue,
  targetEvents,
} from '../../events/target.ts';

export type Assigned = DataOf<typeof targetEvents.TargetAssigned>;
export type Split = DataOf<typeof targetEvents.TargetBrokenDown>;

export interface TargetState {
  /** With the value and the responsible person of now. */
  readonly assigned: Assigned | undefined;
  readonly withdrawn: boolean;
  /** Who has had it on which days; undefined while it has not changed hands. */
  readonly parts: readonly TargetPart[] | undefined;
  /** Undefined for a leaf. */
  readonly split: Split | undefined;
  readonly acknowledgement: z.output<typeof Acknowledgement>;
  readonly counterProposal: TargetValue | undefined;
  readonly executionPlan: z.output<typeof ExecutionPlanState>;
  readonly feasibility: z.output<typeof FeasibilityVerdict> | undefined;
}

const initialState: TargetState = {
  assigned: undefined,
  withdrawn: false,
  parts: undefined,
  split: undefined,
  acknowledgement: 'none',
  counterProposal: undefined,
  executionPlan: 'none',
  feasibility: undefined,
};

const evolve: Evolve<TargetState, typeof targetEvents> = {
  TargetAssigned: (_, assigned) => ({ ...initialState, assigned }),
  TargetBrokenDown: (state, split) => ({ ...state, split: split.children.length > 0 ? split : undefined }),
  TargetRevised: (state, { from, to }) => ({
    ...state,
    assigned: { ...state.assigned!, value: to },
    parts: state.parts && partsOf(state.parts, from, to),
    acknowledgement: 'none',
    counterProposal: undefined,
    feasibility: undefined,
  }),
  TargetReassigned: (state, { toPerson, parts, uniqueKey }) => ({
    ...state,
    parts,
    assigned: { ...state.assigned!, responsible: toPerson, ...(uniqueKey && { uniqueKey }) },
    acknowledgement: 'none',
    counterProposal: undefined,
    executionPlan: 'none',
  }),
  TargetAcknowledged: (state) => ({
    ...state,
    acknowledgement: 'acknowledged',
    counterProposal: undefined,
  }),
  TargetCounterProposed: (state, { value }) => ({
    ...state,
    acknowledgement: 'counter_proposed',
    counterProposal: value,
  }),
  CounterProposalDecided: (state, { accepted }) => ({
    ...state,
    acknowledgement: accepted ? 'acknowledged' : 'none',
    counterProposal: undefined,
  }),
  ExecutionPlanSubmitted: (state) => ({ ...state, executionPlan: 'submitted' }),
  ExecutionPlanReviewed: (state, { accepted }) => ({
    ...state,
    executionPlan: accepted ? 'accepted' : 'submitted',
  }),
  TargetFeasibilityAssessed: (state, { verdict }) => ({ ...state, feasibility: verdict }),
  TargetPathWarned: (state) => state,
  TargetWithdrawn: (state) => ({ ...state, withdrawn: true, split: undefined }),
};

export const target = decider({
  stream: 'target',
  id: ['targetId'],
  events: targetEvents,
  initialState,
  evolve,
});

/** A target that holds; undefined where it was never assigned or was withdrawn. */
export const holding = ({ assigned, withdrawn }: TargetState): Assigned | undefined =>
  withdrawn ? undefined : assigned;
