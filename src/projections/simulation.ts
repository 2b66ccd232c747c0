import { sql } from 'kysely';
import { z } from 'zod';
import { list } from '../engine/list.ts';
import { nothing, query } from '../engine/query.ts';
import { readModel } from '../engine/read-model.ts';
import { simulationEvents } from '../events/simulation.ts';
import { SimulationResult, simulationInput } from '../events/simulation-model.ts';
import { LocalDate, SimulationId } from '../events/values.ts';
import { rowsOf } from './rows-of.ts';

const bySimulation = ({ data }: { readonly data: { readonly simulationId: string } }) => ({
  simulationId: data.simulationId,
});
const { asOf, yearEnd, currency } = simulationInput;

/** The simulations and what came of them. */
export const simulation = readModel({
  name: 'simulation',
  version: 1,
  summary: 'The simulations of the sales process, and what came of them.',
  key: ['simulationId'],
  row: {
    simulationId: SimulationId,
    name: z.string().describe('What the simulation is called.'),
    state: z
      .enum(['waiting', 'done', 'cancelled'])
      .describe('Whether it waits or runs, is done, or was cancelled.'),
    asOf,
    yearEnd,
    horizonMonths: z.int().describe('How far it goes, in months.'),
    runs: z.int().describe('How often each scenario is run.'),
    seed: z.string().describe('The same one gives the same results.'),
    currency,
    stages: z.array(z.string()).describe('The names of the stages, in their order.'),
    scenarios: z.array(z.string()).describe('The names of the scenarios that are compared with how it is.'),
    definedOn: LocalDate.describe('The day on which it was defined.'),
    result: SimulationResult.nullable().describe('What came of it; null before.'),
    cancelledBecause: z.string().nullable().describe('Why it was cancelled; null where it was not.'),
  },
  of: simulationEvents,
  on: {
    SimulationDefined: {
      key: bySimulation,
      row: (_, { data, effectiveOn }) => ({
        simulationId: data.simulationId,
        name: data.name,
        state: 'waiting',
        asOf: data.asOf,
        yearEnd: data.yearEnd,
        horizonMonths: data.horizonMonths,
        runs: data.runs,
        seed: data.seed,
        currency: data.currency,
        stages: data.stages.map(({ name }) => name),
        scenarios: data.scenarios.map(({ name }) => name),
        definedOn: effectiveOn,
        result: null,
        cancelledBecause: null,
      }),
    },
    SimulationRun: {
      key: bySimulation,
      change: (row, { data: { result } }) => ({ ...row, state: 'done', result }),
    },
    SimulationCancelled: {
      key: bySimulation,
      change: (row, { data: { reason } }) => ({ ...row, state: 'cancelled', cancelledBecause: reason }),
    },
  },
});

export const listSimulations = list({
  name: 'ListSimulations',
  summary: 'List simulations with what came of them, newest first.',
  permission: 'simulation:read',
  path: '/simulations',
  of: simulation,
  scope: 'everyone',
  filters: ['simulationId', 'state', 'asOf', 'definedOn', 'seed'],
  search: ['name'],
  sorts: ['definedOn', 'asOf', 'name'],
  descending: true,
  groups: ['state'],
});

export const getSimulation = query({
  name: 'GetSimulation',
  summary: 'Get a simulation and what came of it.',
  permission: 'simulation:read',
  path: '/simulations/:simulationId',
  input: { simulationId: SimulationId },
  output: simulation.row,
  reads: [simulation],
  answer: async (db, { simulationId }) =>
    (await db
      .selectFrom('simulation')
      .selectAll()
      .where('simulationId', '=', simulationId)
      .executeTakeFirst()) ?? nothing,
});

export const getSimulationProgress = query({
  name: 'GetSimulationProgress',
  summary: 'Get how far a simulation has come that waits or runs.',
  permission: 'simulation:read',
  path: '/simulations/:simulationId/progress',
  input: { simulationId: SimulationId },
  output: z
    .object({
      simulationId: SimulationId,
      state: simulation.row.shape.state,
      done: z.int().describe('How many runs are done, those of all scenarios and levers together.'),
      total: z.int().nullable().describe('How many there are; null where none has begun.'),
    })
    .meta({ id: 'SimulationProgress', description: 'How far a simulation has come.' }),
  reads: [simulation],
  presentOnly: true,
  answer: async (db, { simulationId }) => {
    const row = await db
      .selectFrom('simulation')
      .select('state')
      .where('simulationId', '=', simulationId)
      .executeTakeFirst();
    if (!row) return nothing;
    const [reached] = await rowsOf(
      db,
      sql<{ done: number; total: number | null }>`select done, total from jobs.simulation
        where tenant_id = current_setting('stave.tenant')::uuid and simulation_id = ${simulationId}::uuid`,
    );
    return { simulationId, state: row.state, done: reached?.done ?? 0, total: reached?.total ?? null };
  },
});
