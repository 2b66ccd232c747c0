import { canonicalJson } from '../engine/canonical.ts';
import { absent, decider, type Evolve, reject, unknown } from '../engine/decision.ts';
import type { DataOf } from '../engine/event.ts';
import { generated } from '../engine/input.ts';
import { periodOf, spanOf } from '../events/period.ts';
import { simulationEvents } from '../events/simulation.ts';
import { inputFault, SimulationResult, simulationInput } from '../events/simulation-model.ts';
import { Comment, SimulationId } from '../events/values.ts';
import { calendar } from './calendar/state.ts';

const { SimulationDefined, SimulationRun, SimulationCancelled } = simulationEvents;

export interface SimulationState {
  readonly defined: DataOf<typeof SimulationDefined> | undefined;
  readonly status: 'waiting' | 'done' | 'cancelled';
}

const initialState: SimulationState = { defined: undefined, status: 'waiting' };

const evolve: Evolve<SimulationState, typeof simulationEvents> = {
  SimulationDefined: (state, defined) => ({ ...state, defined }),
  SimulationRun: (state) => ({ ...state, status: 'done' }),
  SimulationCancelled: (state) => ({ ...state, status: 'cancelled' }),
};

export const simulation = decider({
  stream: 'simulation',
  id: ['simulationId'],
  events: simulationEvents,
  initialState,
  evolve,
});

const nobody = () => undefined;
const simulationUnknown = absent('There is no such simulation.');
const { yearEnd: _, asOf, ...process } = simulationInput;

export const defineSimulation = simulation.command({
  name: 'DefineSimulation',
  summary:
    'Define a simulation of a sales process and of scenarios in which some things are changed. It is run in the background.',
  permission: 'simulation:write',
  path: '/simulations',
  input: {
    simulationId: generated(SimulationId),
    name: simulationEvents.SimulationDefined.schema.shape.name,
    ...process,
    asOf: asOf.optional().describe('The day on which the simulation begins; today when left out.'),
  },
  emits: ['SimulationDefined'],
  rejects: {
    simulationKnown: 'Another simulation of this id was defined already.',
    yearUnknown: unknown('The fiscal calendar does not reach the day.'),
    notSimulable: unknown('This cannot be simulated.'),
  },
  subject: nobody,
  reads: () => ({ calendar: calendar.ref() }),
  decide: ({ defined: before }, input, { reads, today }) => {
    const start = input.asOf ?? before?.asOf ?? today;
    const { periods } = reads.calendar;
    const year = spanOf(periodOf(start, 'year', periods) ?? '', periods);
    if (!year) return reject('yearUnknown');
    const defined = SimulationDefined({ ...input, asOf: start, yearEnd: year.endExclusive });
    if (before) return canonicalJson(before) === canonicalJson(defined.data) ? [] : reject('simulationKnown');
    const fault = inputFault(defined.data);
    return fault ? reject('notSimulable', [fault]) : [defined];
  },
});

export const cancelSimulation = simulation.command({
  name: 'CancelSimulation',
  summary: 'Cancel a simulation that is waiting or running.',
  permission: 'simulation:write',
  path: '/simulations/:simulationId/cancel',
  input: { simulationId: SimulationId, reason: Comment },
  emits: ['SimulationCancelled'],
  rejects: { simulationUnknown, simulationDone: 'The simulation is done.' },
  subject: nobody,
  decide: ({ defined, status }, input) => {
    if (!defined) return reject('simulationUnknown');
    if (status === 'done') return reject('simulationDone');
    return status === 'cancelled' ? [] : [SimulationCancelled(input)];
  },
});

export const recordSimulationRun = simulation.command({
  name: 'RecordSimulationRun',
  summary: 'Record what came of a simulation.',
  permission: 'system:act',
  path: '/simulations/:simulationId/record-run',
  input: { simulationId: SimulationId, result: SimulationResult },
  emits: ['SimulationRun'],
  rejects: { simulationUnknown },
  subject: nobody,
  decide: ({ defined, status }, input) => {
    if (!defined) return reject('simulationUnknown');
    return status === 'waiting' ? [SimulationRun(input)] : [];
  },
});
