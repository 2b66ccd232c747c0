import { reject } from '../../engine/decision.ts';
import { simulationEvents } from '../../events/simulation.ts';
import { SimulationResult } from '../../events/simulation-model.ts';
import { Comment, SimulationId } from '../../events/values.ts';
import { nobody, simulation, simulationUnknown } from './state.ts';

const { SimulationRun, SimulationCancelled } = simulationEvents;

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
