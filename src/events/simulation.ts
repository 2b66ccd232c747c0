import { z } from 'zod';
import { events } from '../engine/event.ts';
import { PipelineVersion, StageId } from './pipeline.ts';
import { bp, listed, type Sentences } from './sentence.ts';
import { SimulationSample } from './simulation-basis.ts';
import {
  LeverKind,
  SimulationResult,
  StageIndex,
  simulationInput,
  simulationWindows,
} from './simulation-model.ts';
import { Comment, Int64, Line, LocalDate, PipelineId, Position, SimulationId } from './values.ts';

const name = Line.describe('What the simulation is called.');

/** Where the model comes from. */
export const SimulationOrigin = z
  .object({
    pipelineId: PipelineId,
    pipelineVersion: PipelineVersion,
    stageIds: z.array(StageId).describe('The stages of the model, in their order.'),
    historyFrom: LocalDate.describe('History counts from this day on, until the day before the simulation.'),
    knownAt: Position.describe('History is as the log had it at this position.'),
    requestHash: z.string().describe('SHA-256 of what was asked for, as canonical JSON.'),
    sample: SimulationSample,
  })
  .meta({ id: 'SimulationOrigin', description: 'The history that a simulation rests on.' });

const Compared = z
  .object({
    window: z.enum(simulationWindows),
    quantity: z.enum(['new_customers', 'revenue']).describe('What is compared; revenue is in minor units.'),
    actual: Int64.describe('What happened.'),
    p10: Int64,
    p50: Int64,
    p90: Int64,
    errorBp: z
      .int()
      .nullable()
      .describe('p50 − actual in basis points of actual; null where nothing happened.'),
    isWithin: z.boolean().describe('Whether what happened lies from p10 to p90.'),
  })
  .meta({ id: 'SimulationComparison', description: 'What was simulated beside what happened.' });
export type Compared = z.output<typeof Compared>;

/** What a comparison with what happened says. */
export const backtest = {
  comparedOn: LocalDate.describe('The day of the comparison.'),
  factsKnownAt: Position.describe('What happened is as the log had it at this position.'),
  comparisons: z.array(Compared).min(1),
};

export const Link = z.strictObject({ lever: LeverKind, stage: StageIndex.nullable().default(null) }).meta({
  id: 'SimulationLink',
  description: 'A link of the sales process, as the sensitivity of a simulation names it.',
});
export type Link = z.output<typeof Link>;

/** Where resources are taken from and put to. */
export const reallocation = {
  fromLinks: z.array(Link).min(1).max(12).describe('The links that give resources.'),
  toLinks: z.array(Link).min(1).max(4).describe('The links that get them.'),
  tasks: z.array(Comment).max(20).default([]).describe('What is to be done.'),
};

/** Stored for ever. Add fields as optional, add events freely, rename nothing. */
export const simulationEvents = events({
  SimulationDefined: {
    simulationId: SimulationId,
    name,
    ...simulationInput,
    base: SimulationOrigin.optional(),
  },
  SimulationRun: { simulationId: SimulationId, result: SimulationResult },
  SimulationCancelled: { simulationId: SimulationId, reason: Comment },
  SimulationBacktested: { simulationId: SimulationId, ...backtest },
  ReallocationAdopted: { simulationId: SimulationId, ...reallocation },
});

const leversOf = (links: readonly Link[]): string =>
  listed(links.map(({ lever, stage }) => (stage === null ? lever : `${lever} of stage ${stage + 1}`)));
const errorText = ({ quantity, errorBp }: Compared): string =>
  `${quantity.replace('_', ' ')} ${errorBp === null ? 'where nothing happened' : bp(errorBp)}`;

/** What each of these events says, in a sentence. */
export const simulationSentences: Sentences<typeof simulationEvents> = {
  SimulationDefined: (d) =>
    `The simulation ${d.name} was defined from ${d.asOf} over ${d.horizonMonths} months, with ${d.runs} runs and ${d.scenarios.length} scenarios${d.base ? `, of a pipeline as history has it since ${d.base.historyFrom}` : ''}.`,
  SimulationRun: (d, n) =>
    `${n(d.simulationId, 'A simulation')} was run ${d.result.runs} times by version ${d.result.engineVersion} of the engine.`,
  SimulationCancelled: (d, n) => `${n(d.simulationId, 'A simulation')} was cancelled: ${d.reason}`,
  SimulationBacktested: (d, n) =>
    `${n(d.simulationId, 'A simulation')} was compared with what happened; it was off by ${d.comparisons.map(errorText).join(', ')}.`,
  ReallocationAdopted: (d, n) =>
    `By ${n(d.simulationId, 'a simulation')} resources go from ${leversOf(d.fromLinks)} to ${leversOf(d.toLinks)}.`,
};
