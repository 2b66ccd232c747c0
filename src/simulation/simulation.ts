import { canonicalJson, sha256 } from '../engine/canonical.ts';
import type { Ratio } from '../events/rational.ts';
import {
  type Lever,
  type SimulationInput,
  type SimulationResult,
  simulationWindows,
} from '../events/simulation-model.ts';
import { changed, type Process, processOf } from './process.ts';
import { type Outcomes, outcomesOf, type Seed, simulateRuns } from './runs.ts';

/** Changes when the same input would give other results. */
export const engineVersion = 2;

/** How far a simulation has come. */
export interface Progress {
  readonly done: number;
  readonly total: number;
}

const chunk = 250;
/** Levers are compared over so many runs at the most: they share their chances, so that few runs tell them apart. */
const sensitivityRunsMax = 2_000;

type Results = SimulationResult['scenarios'][number]['results'];

/** Runs a process as often as is asked for, with a stop after every chunk. */
function* runsOf(process: Process, seed: Seed, runs: number): Generator<number, Outcomes> {
  const outcomes = outcomesOf(runs);
  for (let from = 0; from < runs; from += chunk) {
    const to = Math.min(runs, from + chunk);
    simulateRuns(process, seed, outcomes, from, to);
    yield to - from;
  }
  return outcomes;
}

/** Sums of whole numbers up to 2^53 each. */
const sumOf = (values: Float64Array): bigint => {
  let sum = 0n;
  for (const value of values) sum += BigInt(value);
  return sum;
};

/** The values below or at which a tenth, a half and nine tenths lie, and the sum of all. */
function spreadOf(values: Float64Array) {
  const sorted = values.toSorted();
  const at = (percent: number) => String(sorted[Math.ceil((sorted.length * percent) / 100) - 1]!);
  return { p10: at(10), p50: at(50), p90: at(90), sum: String(sumOf(values)) };
}

const inWindow = (values: Float64Array, runs: number, window: number): Float64Array =>
  values.subarray(window * runs, (window + 1) * runs);

const resultsOf = ({ runs, customers, revenue }: Outcomes): Results =>
  simulationWindows.map((window, index) => ({
    window,
    newCustomers: spreadOf(inWindow(customers, runs, index)),
    revenue: spreadOf(inWindow(revenue, runs, index)),
  }));

const aTenth: Ratio = { num: 1n, den: 10n };
const tenth = (percent: number) => ({ num: String(percent), den: '100' });

/** Every lever that there is, each pulled by a tenth to where more should come of it. */
function leversOf({ stages, marketing, asOf }: SimulationInput): readonly Lever[] {
  const start = Temporal.PlainDate.from(asOf);
  return [
    { kind: 'arrival', factor: tenth(110) },
    ...stages.map((_, stage): Lever => ({ kind: 'conversion', stage, factor: tenth(110) })),
    ...stages.flatMap(({ controllable }, stage): readonly Lever[] =>
      controllable ? [{ kind: 'duration', stage, factor: tenth(90) }] : [],
    ),
    { kind: 'value', factor: tenth(110) },
    ...(marketing
      ? [
          {
            kind: 'marketing' as const,
            changeBp: 1_000,
            start: asOf,
            endExclusive: start.add({ years: 10 }).toString(),
          },
        ]
      : []),
  ];
}

const nextMonths = simulationWindows.indexOf('next_12_months');
const revenueOf = ({ runs, revenue }: Outcomes): bigint => sumOf(inWindow(revenue, runs, nextMonths));

/** The levers worth the resources: the first three, and the fourth where it brings half as much as the third or more. */
const keyCount = (gains: readonly bigint[]): number => {
  const [third = 0n, fourth = 0n] = gains.slice(2, 4);
  const worth = gains.slice(0, 3).filter((gain) => gain > 0n).length;
  return fourth > 0n && fourth * 2n >= third ? 4 : worth;
};

interface Gain {
  readonly lever: Lever;
  readonly gain: bigint;
  /** By which share the lever was pulled. */
  readonly by: Ratio;
}

/** Where capacity is missed least: by what a tenth of the time in the stage brings, for each unit that is there. */
function donorOf({ stages }: SimulationInput, gains: readonly Gain[]): number | undefined {
  const missed = gains.flatMap(({ lever, gain }) => {
    const capacity = lever.kind === 'duration' ? stages[lever.stage]!.capacity : 0;
    return lever.kind === 'duration' && capacity > 1 ? [{ stage: lever.stage, gain, capacity }] : [];
  });
  const isLess = (a: (typeof missed)[number], b: (typeof missed)[number]): boolean =>
    a.gain * BigInt(b.capacity) < b.gain * BigInt(a.capacity);
  return missed.toSorted((a, b) => (isLess(a, b) ? -1 : isLess(b, a) ? 1 : 0))[0]?.stage;
}

const hasCapacity = ({ controllable, capacity }: SimulationInput['stages'][number]): boolean =>
  controllable && capacity > 0;

/** A tenth of what a stage has, moved to each of the others. */
function movesFrom(
  { stages }: SimulationInput,
  from: number,
): readonly (Pick<Gain, 'by'> & { lever: Lever })[] {
  const amount = Math.max(1, Math.floor(stages[from]!.capacity / 10));
  return stages.flatMap((stage, to) =>
    hasCapacity(stage) && to !== from
      ? [
          {
            lever: { kind: 'capacity' as const, from, to, amount },
            by: { num: BigInt(amount), den: BigInt(stage.capacity) },
          },
        ]
      : [],
  );
}

/** The levers in the order of what they bring in the next twelve months; the first of equals first. */
function ranked(gains: readonly Gain[], base: bigint): SimulationResult['sensitivity'] {
  const sorted = gains.toSorted((a, b) => (a.gain === b.gain ? 0 : a.gain > b.gain ? -1 : 1));
  const keys = keyCount(sorted.map(({ gain }) => gain));
  return sorted.map(({ lever, gain, by }, index) => ({
    lever: lever.kind,
    stage: 'stage' in lever ? lever.stage : lever.kind === 'capacity' ? lever.to : null,
    from: lever.kind === 'capacity' ? lever.from : null,
    elasticity: base === 0n ? null : { num: String(gain * by.den), den: String(base * by.num) },
    rank: index + 1,
    key: index < keys,
  }));
}

/** How many moves of capacity are tried. */
const movesCount = ({ stages }: SimulationInput): number =>
  stages.some((stage) => hasCapacity(stage) && stage.capacity > 1)
    ? stages.filter(hasCapacity).length - 1
    : 0;

const seedOf = (text: string): Seed => {
  const hash = sha256(text);
  return [Number.parseInt(hash.slice(0, 8), 16) | 0, Number.parseInt(hash.slice(8, 16), 16) | 0];
};

/**
 * Simulates a process as it is, in its scenarios, and with each lever pulled. The same input gives the same result on any
 * machine: it is made of integers, and of sums, products and quotients of floats, which IEEE 754 defines to the last bit.
 */
export function* simulation(input: SimulationInput): Generator<Progress, SimulationResult> {
  const seed = seedOf(input.seed);
  const base = processOf(input);
  const levers = leversOf(input);
  const few = Math.min(input.runs, sensitivityRunsMax);
  const total = input.runs * (input.scenarios.length + 1) + few * (levers.length + 1 + movesCount(input));
  let done = 0;

  function* run(process: Process, runs: number): Generator<Progress, Outcomes> {
    const running = runsOf(process, seed, runs);
    for (;;) {
      const step = running.next();
      if (step.done) return step.value;
      done += step.value;
      yield { done, total };
    }
  }

  function* pull(lever: Lever, by: Ratio): Generator<Progress, Gain> {
    const outcomes = yield* run(changed(base, input, [lever]), few);
    return { lever, by, gain: revenueOf(outcomes) - asItIs };
  }

  const scenarios: SimulationResult['scenarios'] = [];
  for (const scenario of [undefined, ...input.scenarios]) {
    const outcomes = yield* run(changed(base, input, scenario?.levers ?? []), input.runs);
    scenarios.push({ name: scenario?.name ?? null, results: resultsOf(outcomes) });
  }
  const asItIs = revenueOf(yield* run(base, few));
  const gains: Gain[] = [];
  for (const lever of levers) gains.push(yield* pull(lever, aTenth));
  const donor = donorOf(input, gains);
  const moves = donor === undefined ? [] : movesFrom(input, donor);
  for (const { lever, by } of moves) gains.push(yield* pull(lever, by));
  return {
    engineVersion,
    inputHash: sha256(canonicalJson(input)),
    runs: input.runs,
    scenarios,
    sensitivity: ranked(gains, asItIs),
  };
}

/** Simulates to the end. */
export function simulate(input: SimulationInput): SimulationResult {
  const running = simulation(input);
  for (;;) {
    const step = running.next();
    if (step.done) return step.value;
  }
}
