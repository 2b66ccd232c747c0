import { backtestSimulation } from '../commands/simulation/backtest.ts';
import { issue, reaction } from '../engine/reaction.ts';
import { simulationEvents } from '../events/simulation.ts';

/** One that began long enough ago is compared with what happened; of any other that is refused. */
export const simulationRunBacktests = reaction({
  name: 'simulation-run-backtests',
  of: simulationEvents,
  on: {
    SimulationRun: async ({ data: { simulationId } }) => [issue(backtestSimulation, { simulationId })],
  },
});
