import { mixed, next, type Random } from '../events/random.ts';
import { intensityMax, stagesMax, simulationWindows as windows } from '../events/simulation-model.ts';
import type { Process } from './process.ts';
import { cellOf, cells } from './tables.ts';

/** What came of each run: new customers and revenue, window by window. */
export interface Outcomes {
  readonly runs: number;
  readonly customers: Float64Array;
  readonly revenue: Float64Array;
}

export const outcomesOf = (runs: number): Outcomes => ({
  runs,
  customers: new Float64Array(windows.length * runs),
  revenue: new Float64Array(windows.length * runs),
});

/** Two words of a seed. */
export type Seed = readonly [number, number];

/** The numbers of deals, months and arrivals: these come month by month and in up to `intensityMax` copies. */
const firstMonth = 2 ** 26;
const firstArrival = 2 ** 27;
const tagsPerMonth = 2 ** 20;
const tagsPerCopy = Math.floor(tagsPerMonth / intensityMax);

/** Begins the generator of one thing in a run: of a deal, or of how many arrive in a month. */
function begin(random: Random, runA: number, runB: number, tag: number): void {
  const a = mixed(runA ^ Math.imul(tag, 0x9e3779b9));
  const b = mixed(runB ^ Math.imul(tag, 0x85ebca77));
  random.a = a;
  random.b = a === 0 && b === 0 ? 1 : b;
}

/** How often a deal comes back to each stage, at the most; who does so more often is lost. */
const visitsMax = 255;
const visits = new Uint8Array(stagesMax);
const again: Random = { a: 1, b: 0 };

/**
 * The day on which a deal is won that is in a stage on a day, or the end: from a cell of the stage’s durations on, after
 * it has been there for some days, and for `least` more. Whoever comes further than before draws from the generator of
 * the deal; who comes back to a stage draws from one of its own, by how often that was: so a deal that is not sent back
 * any more finds the same chances ahead of it, and is won where it was, or more.
 */
function dayWon(
  { stages, days, advance, back, pace, end }: Process,
  random: Random,
  startDay: number,
  startStage: number,
  startCell: number,
  startAge: number,
  startLeast: number,
): number {
  const { a, b } = random;
  let day = startDay;
  let cell = startCell;
  let age = startAge;
  let least = startLeast;
  let stage = startStage;
  let furthest = startStage;
  let hasReturned = false;
  let chances = random;
  for (;;) {
    const drawn = cell < cells ? cellOf(next(chances), cell) : cells - 1;
    const place = stage * cells + drawn;
    const left = days[place]! - age;
    day += Math.floor((left > least ? left : least) * pace[stage]! + 0.5);
    if (day >= end) return end;
    const move = next(chances);
    if (move < advance[place]!) stage++;
    else if (move < back[place]! && stage > 0) stage--;
    else return end;
    if (stage === stages) return day;
    cell = 0;
    age = 0;
    least = 0;
    chances = random;
    if (stage > furthest) {
      furthest = stage;
      continue;
    }
    if (!hasReturned) visits.fill(0);
    hasReturned = true;
    if (visits[stage] === visitsMax) return end;
    begin(again, a, b, stage * (visitsMax + 1) + visits[stage]!++);
    chances = again;
  }
}

/** Counts a deal that is won on a day in a run. */
function count(
  { ends }: Process,
  { runs, customers, revenue }: Outcomes,
  run: number,
  day: number,
  value: number,
): void {
  for (let window = 0; window < ends.length; window++) {
    if (day >= ends[window]!) continue;
    customers[window * runs + run]! += 1;
    revenue[window * runs + run]! += value;
  }
}

/**
 * Simulates runs from one to before another. Whatever happens to a deal is drawn from a generator of its own, which only
 * seed, run and deal determine, and always in the same order: scenarios share their chances, so that what they differ in
 * is what was changed.
 */
export function simulateRuns(
  process: Process,
  [seedA, seedB]: Seed,
  outcomes: Outcomes,
  from: number,
  to: number,
): void {
  const { open, arrivals, months, intensity, copies, values } = process;
  const deals = open.stage.length;
  const random: Random = { a: 1, b: 0 };
  for (let run = from; run < to; run++) {
    const runA = mixed(seedA + Math.imul(run, 0x9e3779b9));
    const runB = mixed(seedB + Math.imul(run, 0xc2b2ae3d));
    for (let deal = 0; deal < deals; deal++) {
      begin(random, runA, runB, deal);
      const drawn = values[cellOf(next(random), 0)]!;
      const own = open.value[deal]!;
      const day = dayWon(process, random, -1, open.stage[deal]!, open.from[deal]!, open.age[deal]!, 1);
      count(process, outcomes, run, day, own < 0 ? drawn : own);
    }
    for (let month = 0; month < copies.length; month++) {
      const first = months[month]!;
      const length = months[month + 1]! - first;
      begin(random, runA, runB, firstMonth + month);
      const most = arrivals[cellOf(next(random), 0)]!;
      for (let copy = 0; copy < copies[month]!; copy++) {
        for (let arrival = 0; arrival < most; arrival++) {
          begin(random, runA, runB, firstArrival + month * tagsPerMonth + copy * tagsPerCopy + arrival);
          const day = first + (((next(random) >>> 8) * length) >>> 24);
          if (next(random) >= (intensity[day]! - copy) * 2 ** 32 - 2 ** 31) continue;
          const value = values[cellOf(next(random), 0)]!;
          count(process, outcomes, run, dayWon(process, random, day, 0, 0, 0, 0), value);
        }
      }
    }
  }
}
