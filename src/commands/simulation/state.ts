import { absent, decider, type Evolve } from '../../engine/decision.ts';
import type { DataOf } from '../../engine/event.ts';
import { simulationEvents } from '../../events/simulation.ts';
import type { SimulationResult } from '../../events/simulation-model.ts';

const { SimulationDefined, SimulationBacktested, ReallocationAdopted } = simulationEvents;

export interface SimulationState {
  readonly defined: DataOf<typeof SimulationDefined> | undefined;
  readonly status: 'waiting' | 'done' | 'cancelled';
  readonly result: SimulationResult | undefined;
  readonly backtested: DataOf<typeof SimulationBacktested> | undefined;
  readonly adopted: DataOf<typeof ReallocationAdopted> | undefined;
}

const initialState: SimulationState = {
  defined: undefined,
  status: 'waiting',
  result: undefined,
  backtested: undefined,
  adopted: undefined,
};

const evolve: Evolve<SimulationState, typeof simulationEvents> = {
  SimulationDefined: (state, defined) => ({ ...state, defined }),
  SimulationRun: (state, { result }) => ({ ...state, status: 'done', result }),
  SimulationCancelled: (state) => ({ ...state, status: 'cancelled' }),
  SimulationBacktested: (state, backtested) => ({ ...state, backtested }),
  ReallocationAdopted: (state, adopted) => ({ ...state, adopted }),
};

export const simulation = decider({
  stream: 'simulation',
  id: ['simulationId'],
  events: simulationEvents,
  initialState,
  evolve,
});

export const nobody = () => undefined;
export const simulationUnknown = absent('There is no such simulation.');
export const simulationNotDone = 'The simulation is not done.';
