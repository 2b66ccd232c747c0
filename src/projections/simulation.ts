import { sql } from 'kysely';
import { z } from 'zod';
import { list } from '../engine/list.ts';
import { nothing, page, query } from '../engine/query.ts';
import { readModel } from '../engine/read-model.ts';
import { backtest, reallocation, SimulationOrigin, simulationEvents } from '../events/simulation.ts';
import { SimulationResult, simulationInput, simulationWindows } from '../events/simulation-model.ts';
import { LocalDate, PipelineId, SimulationId } from '../events/values.ts';
import { opportunity } from './opportunity.ts';
import { pipelineMovement } from './pipeline-movement.ts';
import { rowsOf, together } from './rows-of.ts';
import { stageInterval } from './stage-interval.ts';

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
    pipelineId: PipelineId.nullable().describe('Whose history the model rests on; null where it was given.'),
    origin: SimulationOrigin.nullable().describe('The history that it rests on; null where it was given.'),
    backtest: z
      .object(backtest)
      .meta({ id: 'SimulationBacktest', description: 'What was simulated beside what happened.' })
      .nullable()
      .describe('What was simulated beside what happened; null before they are compared.'),
    reallocation: z
      .object(reallocation)
      .meta({ id: 'SimulationReallocation', description: 'Where resources come from and where they go.' })
      .nullable()
      .describe('What was adopted by it; null where nothing was.'),
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
        pipelineId: data.base?.pipelineId ?? null,
        origin: data.base ?? null,
        backtest: null,
        reallocation: null,
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
    SimulationBacktested: {
      key: bySimulation,
      change: (row, { data: { simulationId: _, ...compared } }) => ({ ...row, backtest: compared }),
    },
    ReallocationAdopted: {
      key: bySimulation,
      change: (row, { data: { simulationId: _, ...adopted } }) => ({ ...row, reallocation: adopted }),
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
  filters: ['simulationId', 'state', 'asOf', 'definedOn', 'seed', 'pipelineId'],
  search: ['name'],
  sorts: ['definedOn', 'asOf', 'name'],
  descending: true,
  groups: ['state', 'pipelineId'],
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

/** What is simulated, whole: whoever runs it again gets the same bytes. */
export const simulationModel = readModel({
  name: 'simulation_model',
  version: 1,
  summary: 'What is simulated, whole: whoever runs it again gets the same bytes.',
  key: ['simulationId'],
  row: {
    simulationId: SimulationId,
    input: z.object(simulationInput).describe('What is simulated: the model, the scenarios and the seed.'),
  },
  of: simulationEvents,
  on: {
    SimulationDefined: {
      key: bySimulation,
      row: (_, { data: { simulationId, name: __, base: ___, ...input } }) => ({ simulationId, input }),
    },
  },
});

export const getSimulationModel = query({
  name: 'GetSimulationModel',
  summary: 'Get what a simulation simulates, whole: whoever runs it again gets the same bytes.',
  permission: 'simulation:read',
  path: '/simulations/:simulationId/model',
  input: { simulationId: SimulationId },
  output: simulationModel.row,
  reads: [simulationModel],
  answer: async (db, { simulationId }) =>
    (await db
      .selectFrom('simulation_model')
      .selectAll()
      .where('simulationId', '=', simulationId)
      .executeTakeFirst()) ?? nothing,
});

type Row = z.output<typeof simulation.row>;
type Window = (typeof simulationWindows)[number];

/** The windows of a simulation that were over before a day. */
function windowsOver({ asOf, yearEnd, horizonMonths }: Row, today: string) {
  const after = (months: number) => Temporal.PlainDate.from(asOf).add({ months }).toString();
  const end = after(horizonMonths);
  const ends: Readonly<Record<Window, string>> = {
    fiscal_year: yearEnd,
    next_12_months: after(12),
    horizon: end,
  };
  return simulationWindows
    .map((window) => ({ window, start: asOf, endExclusive: ends[window] }))
    .filter(({ endExclusive }) => endExclusive <= end && endExclusive <= today);
}

export const listSimulationActuals = query({
  name: 'ListSimulationActuals',
  summary: 'List what was won in the windows of a simulation of a pipeline that are over.',
  permission: 'simulation:read',
  path: '/simulations/:simulationId/actuals',
  input: { simulationId: SimulationId },
  output: page(
    z
      .object({
        window: z.enum(simulationWindows),
        start: LocalDate,
        endExclusive: LocalDate,
        newCustomers: z.int().describe('How many opportunities were won.'),
        revenueMinor: z.bigint().describe('What they came to, in minor units.'),
      })
      .meta({ id: 'SimulationActuals', description: 'What was won in a window of a simulation.' }),
  ),
  reads: together(simulation, opportunity, stageInterval, pipelineMovement),
  answer: async (db, { simulationId }, { today }) => {
    const row = await db
      .selectFrom('simulation')
      .selectAll()
      .where('simulationId', '=', simulationId)
      .executeTakeFirst();
    if (!row) return { data: [], nextCursor: null };
    const data = [];
    for (const span of row.pipelineId ? windowsOver(row, today) : []) {
      const [won] = await rowsOf(
        db,
        sql<{ readonly newCustomers: number; readonly revenueMinor: bigint }>`
          select count(*)::integer as "newCustomers", coalesce(sum((
            select -move."valueMinor" from pipeline_movement move where move."opportunityId" = stay."opportunityId"
              and move.kind = 'won' and move.day < ${span.endExclusive}::date order by move.position desc limit 1)),
            0)::bigint as "revenueMinor"
          from stage_interval stay
          join opportunity deal on deal."opportunityId" = stay."opportunityId" and deal.currency = ${row.currency}
          where stay."pipelineId" = ${row.pipelineId}::uuid and stay.kind = 'won'
            and stay."enteredOn" >= ${span.start}::date and stay."enteredOn" < ${span.endExclusive}::date
            and (stay."leftOn" is null or stay."leftOn" >= ${span.endExclusive}::date)`,
      );
      data.push({ ...span, ...won! });
    }
    return { data, nextCursor: null };
  },
});
