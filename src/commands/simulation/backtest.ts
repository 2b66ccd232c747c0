import { canonicalJson } from '../../engine/canonical.ts';
import { reject } from '../../engine/decision.ts';
import { type Compared, simulationEvents } from '../../events/simulation.ts';
import type { SimulationResult } from '../../events/simulation-model.ts';
import { SimulationId } from '../../events/values.ts';
import { nobody, simulation, simulationNotDone, simulationUnknown } from './state.ts';

const { SimulationBacktested } = simulationEvents;

interface Actual {
  readonly window: Compared['window'];
  readonly newCustomers: number;
  readonly revenueMinor: bigint;
}

const errorMaxBp = 2_147_483_647n;
const signOf = (num: bigint): bigint => (num < 0n ? -1n : 1n);

/** (foretold − actual) ÷ actual in basis points, rounded to the nearest; null where nothing happened. */
export function errorOf(foretold: bigint, actual: bigint): number | null {
  if (actual <= 0n) return null;
  const doubled = (foretold - actual) * 20_000n;
  const rounded = (doubled + signOf(doubled) * actual) / (2n * actual);
  return Number(rounded > errorMaxBp ? errorMaxBp : rounded);
}

type Spread = SimulationResult['scenarios'][number]['results'][number]['revenue'];

const compared = (
  window: Compared['window'],
  quantity: Compared['quantity'],
  { p10, p50, p90 }: Spread,
  actual: bigint,
): Compared => ({
  ...{ window, quantity, p10, p50, p90 },
  actual: String(actual),
  errorBp: errorOf(BigInt(p50), actual),
  isWithin: BigInt(p10) <= actual && actual <= BigInt(p90),
});

function comparisonsOf({ scenarios }: SimulationResult, actuals: readonly Actual[]): Compared[] {
  return actuals.flatMap(({ window, newCustomers, revenueMinor }) => {
    const simulated = scenarios[0]!.results.find((each) => each.window === window)!;
    return [
      compared(window, 'new_customers', simulated.newCustomers, BigInt(newCustomers)),
      compared(window, 'revenue', simulated.revenue, BigInt(revenueMinor)),
    ];
  });
}

export const backtestSimulation = simulation.command({
  name: 'BacktestSimulation',
  summary: 'Compare a simulation that is done with what happened since.',
  permission: 'simulation:write',
  path: '/simulations/:simulationId/backtest',
  input: { simulationId: SimulationId },
  emits: ['SimulationBacktested'],
  rejects: {
    simulationUnknown,
    simulationNotDone,
    modelGiven: 'The model was given: nothing that happened belongs to it.',
    simulationNotOver: 'None of its windows is over.',
  },
  subject: nobody,
  facts: async (db, { simulationId }) => {
    const { data } = (await db.ask('ListSimulationActuals', { simulationId })) as {
      readonly data: readonly Actual[];
    };
    return data;
  },
  decide: ({ defined, result, backtested }, { simulationId }, { facts, factsPosition, today }) => {
    if (!defined) return reject('simulationUnknown');
    if (!result) return reject('simulationNotDone');
    if (!defined.base) return reject('modelGiven');
    if (facts.length === 0) return reject('simulationNotOver');
    const comparisons = comparisonsOf(result, facts);
    if (backtested && canonicalJson(backtested.comparisons) === canonicalJson(comparisons)) return [];
    return [
      SimulationBacktested({ simulationId, comparedOn: today, factsKnownAt: factsPosition, comparisons }),
    ];
  },
});
