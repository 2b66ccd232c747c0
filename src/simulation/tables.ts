import { type SurvivalStep, survivalOf } from '../events/kaplan-meier.ts';
import { plus, type Ratio, ratioOf } from '../events/rational.ts';
import type { SimulationInput } from '../events/simulation-model.ts';
import { split } from '../events/split.ts';

/** How many equally likely values stand for a distribution. */
export const cells = 4_096;
const cellBits = 12;

/** 32 random bits choose one of the cells from `from` on, each as likely. */
export const cellOf = (bits: number, from: number): number =>
  from + (((bits >>> cellBits) * (cells - from)) >>> (32 - cellBits));

export interface Weighted {
  readonly value: number;
  readonly weight: bigint;
}

/** A distribution as equally likely values in their order; each value has as many cells as its weight asks for, rounded. */
export function tableOf(values: readonly Weighted[]): Float64Array {
  const sorted = values.toSorted((a, b) => a.value - b.value);
  const table = new Float64Array(cells);
  let next = 0;
  for (const [index, part] of split(
    BigInt(cells),
    sorted.map(({ weight }) => weight),
  ).entries()) {
    table.fill(sorted[index]!.value, next, next + Number(part));
    next += Number(part);
  }
  return table;
}

const precision = 128n;
const negligible = 1n << 64n;

/** The Poisson distribution by whole numbers alone: from the most likely count both ways, each from the one before. */
export function poisson({ num, den }: Ratio): readonly Weighted[] {
  const mode = num / den;
  const weights: Weighted[] = [];
  const add = (count: bigint, weight: bigint) => weights.push({ value: Number(count), weight });
  let weight = 1n << precision;
  for (let count = mode; weight > negligible; count++) {
    add(count, weight);
    weight = (weight * num) / (den * (count + 1n));
  }
  weight = 1n << precision;
  for (let count = mode; count > 0n; count--) {
    weight = (weight * count * den) / num;
    if (weight <= negligible) break;
    add(count - 1n, weight);
  }
  return weights;
}

/** All that 32 random bits can be. */
const all = 2 ** 32;
const half = 2 ** 31;

/** Signed bits below this come with the probability. */
export const thresholdOf = ({ num, den }: Ratio): number => Number((num << 32n) / den) - half;
/** The threshold of a probability that is multiplied, at most 1. */
export const raised = (threshold: number, factor: number): number =>
  Math.min(all, Math.floor((threshold + half) * factor)) - half;

/** The threshold below which one goes back, after that below which one goes on is raised: who is left is so as before. */
export const raisedBack = (back: number, threshold: number, higher: number): number =>
  threshold >= half ? back : higher + Math.round((half - higher) * ((back - threshold) / (half - threshold)));

/**
 * How one passes a stage, cell by cell: how many days it takes, the threshold below which one goes on, and that below
 * which, from the former on, one goes back.
 */
export interface Passage {
  readonly days: Float64Array;
  readonly advance: Float64Array;
  readonly back: Float64Array;
}

type Stage = SimulationInput['stages'][number];
type History = Extract<Stage['passage'], { source: 'history' }>;
type Interval = History['intervals'][number];
type Given = Pick<History, 'advance' | 'back'>;

const never = { num: '0', den: '1' };

/** The same passage after any time. */
function leavingAs({ advance = never, back = never }: Given, days: Float64Array): Passage {
  const [on, returned] = [ratioOf(advance), ratioOf(back)];
  const [first, second] = [thresholdOf(on), thresholdOf(plus(on, returned))];
  return { days, advance: days.map(() => first), back: days.map(() => second) };
}

/**
 * Stays that history saw as a passage. How long they last is the Kaplan–Meier estimate, in which open ones count; what
 * remains above the curve ends, as Efron has it, with the longest stay. Who leaves after some days goes on or back as
 * often as those who left then, which together is the Aalen–Johansen estimate. Where the time is given, who leaves does
 * so as often as that estimate has it in the whole.
 */
function historicPassage({ intervals, days: given, ...leaving }: History): Passage {
  const lifetimes = intervals.map(({ days, exit, count }) => ({
    duration: days,
    censored: exit === 'open',
    count,
  }));
  const steps = survivalOf(lifetimes);
  const share = (of: readonly Interval[], ...exits: readonly Interval['exit'][]): number => {
    const left = of.filter(({ exit }) => exit !== 'open');
    const sum = (some: readonly Interval[]) => BigInt(some.reduce((total, { count }) => total + count, 0));
    return thresholdOf({ num: sum(left.filter(({ exit }) => exits.includes(exit))), den: sum(left) });
  };
  const atDay = Map.groupBy(
    intervals.filter(({ exit }) => exit !== 'open'),
    ({ days }) => days,
  );
  const longest = intervals.reduce((max, { days }) => Math.max(max, days), 0);
  const seen = tableOf(massesOf(steps, longest));
  const days = given ? givenDays(given) : seen;
  if (leaving.advance) return leavingAs(leaving, days);
  const after = (...exits: readonly Interval['exit'][]): Float64Array => {
    const thresholds = new Map([...atDay].map(([day, of]) => [day, share(of, ...exits)] as const));
    const overall = share(intervals, ...exits);
    const each = seen.map((day) => thresholds.get(day) ?? overall);
    return given ? days.map(() => meanOf(each)) : each;
  };
  return { days, advance: after('advanced'), back: after('advanced', 'back') };
}

const meanOf = (thresholds: Float64Array): number =>
  Math.floor(thresholds.reduce((sum, each) => sum + each, 0) / cells);

const fixed = ({ num, den }: Ratio): bigint => (num << precision) / den;

const givenDays = (days: NonNullable<History['days']>): Float64Array =>
  tableOf(days.map(({ days: value, weight }) => ({ value, weight: BigInt(weight) })));

/** What ends at each step of a survival curve, the rest at the longest duration. */
function massesOf(steps: readonly SurvivalStep[], longest: number): readonly Weighted[] {
  let before = 1n << precision;
  const masses = steps.map(({ duration, survival }): Weighted => {
    const after = fixed(survival);
    const weight = before - after;
    before = after;
    return { value: duration, weight };
  });
  return before > 0n ? [...masses, { value: longest, weight: before }] : masses;
}

export function passageOf({ passage }: Pick<Stage, 'passage'>): Passage {
  return passage.source === 'history'
    ? historicPassage(passage)
    : leavingAs(passage, givenDays(passage.days));
}

export function arrivalsOf(arrivals: SimulationInput['arrivals']): Float64Array {
  if (arrivals.source === 'history') return tableOf(arrivals.months.map((value) => ({ value, weight: 1n })));
  const { num, den } = arrivals.perMonth;
  return tableOf(num === '0' ? [{ value: 0, weight: 1n }] : poisson({ num: BigInt(num), den: BigInt(den) }));
}

export const valuesOf = (values: SimulationInput['values']): Float64Array =>
  tableOf(values.map(({ amountMinor, count }) => ({ value: amountMinor, weight: BigInt(count) })));
