import { canonicalJson } from '../src/engine/canonical.ts';
import { strict } from '../src/engine/input.ts';
import { type SimulationInput, simulationInput } from '../src/events/simulation-model.ts';
import { processOf } from '../src/simulation/process.ts';
import { outcomesOf, simulateRuns } from '../src/simulation/runs.ts';
import { simulate } from '../src/simulation/simulation.ts';
import { measureImport } from './import.ts';
import { median, round } from './measure.ts';
import type { BenchOptions, BenchResult } from './run.ts';
import { onFreshServer } from './server.ts';

const runs = 10_000;
const exits = ['advanced', 'lost', 'open'] as const;

/** 1 000 open deals in five stages with a history, and 80 more each month, over twelve months. */
const input = strict(simulationInput).parse({
  stages: Array.from({ length: 5 }, (_, stage) => ({
    name: `Stage ${stage + 1}`,
    passage: {
      source: 'history',
      intervals: Array.from({ length: 300 }, (_, index) => ({
        days: 3 + ((index * 37 + stage * 11) % 90),
        exit: exits[(index * 7 + stage) % 5 < 3 ? 0 : (index % 2) + 1],
        count: 1 + (index % 4),
      })),
    },
  })),
  arrivals: { source: 'history', months: [61, 95, 78, 84, 70, 92, 66, 88, 79, 83, 75, 89] },
  currency: 'EUR',
  values: Array.from({ length: 200 }, (_, index) => ({ amountMinor: 500_000 + index * 77_777 })),
  openDeals: Array.from({ length: 1_000 }, (_, index) => ({ stage: index % 5, ageDays: (index * 13) % 60 })),
  asOf: '2026-03-02',
  yearEnd: '2027-01-01',
  runs,
  seed: 'bench',
}) as SimulationInput;

/** 10 000 runs on one core, a whole simulation with the sensitivity of every lever, and the import of 10 000 deals. */
export async function run({ full, say }: BenchOptions): Promise<BenchResult> {
  const timesMs: number[] = [];
  const results = new Set<string>();
  for (let turn = 0; turn < (full ? 15 : 5); turn++) {
    const started = performance.now();
    const outcomes = outcomesOf(runs);
    simulateRuns(processOf(input), [1, 2], outcomes, 0, runs);
    timesMs.push(performance.now() - started);
    results.add(canonicalJson([...outcomes.customers, ...outcomes.revenue]));
    say(`${runs} runs in ${round(timesMs.at(-1)!, 0)} ms`);
  }
  const wholes = [simulate(input), simulate(input)];
  const started = performance.now();
  wholes.push(simulate(input));
  const wholeMs = performance.now() - started;
  say(`with the sensitivity of every lever in ${round(wholeMs, 0)} ms`);
  const { lost, doubled, ...imported } = await onFreshServer(say, (url) => measureImport(url, say));
  const others = results.size - 1 + new Set(wholes.map(canonicalJson)).size - 1;
  return {
    figures: {
      simulateMs: round(median(timesMs), 0),
      simulateWorstMs: round(Math.max(...timesMs), 0),
      simulateWithSensitivityMs: round(wholeMs, 0),
      ...Object.fromEntries(Object.entries(imported).map(([name, value]) => [name, round(value, 0)])),
    },
    ratios: {},
    checks: { lost, doubled, reordered: others },
  };
}
