import { strict } from '../../src/engine/input.ts';
import { type SimulationInput, simulationInput } from '../../src/events/simulation-model.ts';

export const ratio = (num: number, den = 1) => ({ num: String(num), den: String(den) });

/** A stage that takes one of these numbers of days, each as likely. */
export const stage = (
  advance: { num: string; den: string },
  days: readonly number[],
  more: object = {},
  back?: { num: string; den: string },
) => ({
  name: `stage of ${days.length}`,
  capacity: 10,
  passage: {
    source: 'given',
    advance,
    ...(back && { back }),
    days: days.map((each) => ({ days: each, weight: 1 })),
  },
  ...more,
});

const usual = {
  stages: [stage(ratio(1, 2), [10, 20, 30]), stage(ratio(2, 3), [20, 40, 60])],
  arrivals: { source: 'given', perMonth: ratio(20) },
  currency: 'EUR',
  values: [{ amountMinor: 100_000 }, { amountMinor: 300_000 }],
  asOf: '2026-03-01',
  yearEnd: '2027-01-01',
  runs: 200,
  seed: 'seed',
};

/** A process with two stages, where nothing else is said. */
export const inputOf = (more: object = {}): SimulationInput =>
  strict(simulationInput).parse({ ...usual, ...more }) as SimulationInput;
