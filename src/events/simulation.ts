import { events } from '../engine/event.ts';
import type { Sentences } from './sentence.ts';
import { SimulationResult, simulationInput } from './simulation-model.ts';
import { Comment, Line, SimulationId } from './values.ts';

const name = Line.describe('What the simulation is called.');

/** Stored for ever. Add fields as optional, add events freely, rename nothing. */
export const simulationEvents = events({
  SimulationDefined: { simulationId: SimulationId, name, ...simulationInput },
  SimulationRun: { simulationId: SimulationId, result: SimulationResult },
  SimulationCancelled: { simulationId: SimulationId, reason: Comment },
});

/** What each of these events says, in a sentence. */
export const simulationSentences: Sentences<typeof simulationEvents> = {
  SimulationDefined: (d) =>
    `The simulation ${d.name} was defined from ${d.asOf} over ${d.horizonMonths} months, with ${d.runs} runs and ${d.scenarios.length} scenarios.`,
  SimulationRun: (d, n) =>
    `${n(d.simulationId, 'A simulation')} was run ${d.result.runs} times by version ${d.result.engineVersion} of the engine.`,
  SimulationCancelled: (d, n) => `${n(d.simulationId, 'A simulation')} was cancelled: ${d.reason}`,
};
