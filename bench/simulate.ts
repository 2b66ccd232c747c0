import { canonicalJson } from '../src/engine/canonical.ts';
import { strict } from '../src/engine/input.ts';
import { modelOf, type SimulationBasis } from '../src/events/simulation-basis.ts';
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
const historicExits = [
  ...['advanced', 'advanced', 'advanced', 'advanced', 'advanced'],
  ...['back', 'lost', 'lost', 'lost', 'open'],
] as readonly ('advanced' | 'back' | 'lost' | 'open')[];

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

/** The same pipeline as two years of history have it: seasons, ways back, and deals of which each is worth its own. */
const basis: SimulationBasis = {
  ...{ pipelineId: '00000000-0000-4000-8000-000000000001', pipelineVersion: 1, currency: 'EUR' },
  ...{ asOf: input.asOf, historyFrom: '2024-03-01' },
  stages: Array.from({ length: 5 }, (_, stage) => ({
    ...{ stageId: `stage_${stage}`, name: `Stage ${stage + 1}`, controllable: true },
    intervals: Array.from({ length: 400 }, (_, index) => ({
      days: 1 + ((index * 37 + stage * 11) % 90),
      exit: historicExits[(index * 7 + stage) % 10]!,
      count: 1 + (index % 4),
    })),
  })),
  months: Array.from({ length: 24 }, (_, index) => ({
    month: Temporal.PlainYearMonth.from('2024-03').add({ months: index }).toString(),
    arrived: 60 + ((index * 29) % 41),
  })),
  values: Array.from({ length: 600 }, (_, index) => ({
    amountMinor: BigInt(500_000 + index * 7_777),
    count: 1,
  })),
  openDeals: Array.from({ length: 1_000 }, (_, index) => ({
    ...{
      stage: index % 5,
      ageDays: (index * 13) % 60,
      amountMinor: BigInt(400_000 + index * 4_321),
      count: 1,
    },
  })),
};
const empirical: SimulationInput = {
  ...input,
  ...modelOf(basis, { transitions: [], durations: [], capacities: [] }),
};

/** 10 000 runs of a process: how long they take, and what comes of them. */
function timed(process: SimulationInput) {
  const started = performance.now();
  const outcomes = outcomesOf(runs);
  simulateRuns(processOf(process), [1, 2], outcomes, 0, runs);
  const tookMs = performance.now() - started;
  return { tookMs, result: canonicalJson([...outcomes.customers, ...outcomes.revenue]) };
}

/**
 * 10 000 runs on one core, of a model that is given and of one from history, and a whole simulation with the sensitivity
 * of every lever; and the import of 10 000 deals.
 */
export async function run({ full, say }: BenchOptions): Promise<BenchResult> {
  const timesMs: number[] = [];
  const empiricalMs: number[] = [];
  const results = new Set<string>();
  const empiricalResults = new Set<string>();
  for (let turn = 0; turn < (full ? 15 : 5); turn++) {
    const given = timed(input);
    const history = timed(empirical);
    timesMs.push(given.tookMs);
    empiricalMs.push(history.tookMs);
    results.add(given.result);
    empiricalResults.add(history.result);
    say(`${runs} runs in ${round(given.tookMs, 0)} ms, from history in ${round(history.tookMs, 0)} ms`);
  }
  const wholes = [simulate(input), simulate(input)];
  const started = performance.now();
  wholes.push(simulate(input));
  const wholeMs = performance.now() - started;
  say(`with the sensitivity of every lever in ${round(wholeMs, 0)} ms`);
  const { lost, doubled, ...imported } = await onFreshServer(say, (url) => measureImport(url, say));
  const others = results.size + empiricalResults.size - 2 + new Set(wholes.map(canonicalJson)).size - 1;
  return {
    figures: {
      simulateMs: round(median(timesMs), 0),
      simulateEmpiricalMs: round(median(empiricalMs), 0),
      simulateWorstMs: round(Math.max(...timesMs, ...empiricalMs), 0),
      simulateWithSensitivityMs: round(wholeMs, 0),
      ...Object.fromEntries(Object.entries(imported).map(([name, value]) => [name, round(value, 0)])),
    },
    ratios: {},
    checks: { lost, doubled, reordered: others },
  };
}
