import { addDays, daysBetween } from '../engine/instant.ts';
import type { PositiveRatio } from '../events/rational.ts';
import type { Lever, SimulationInput } from '../events/simulation-model.ts';
import { arrivalsOf, cells, passageOf, raised, raisedBack, valuesOf } from './tables.ts';

/** A process made ready to be simulated: nothing but numbers in typed arrays. */
export interface Process {
  readonly stages: number;
  /** For each stage the cells of its durations and thresholds. */
  readonly days: Float64Array;
  readonly advance: Float64Array;
  readonly back: Float64Array;
  /** By what the time in each stage is multiplied. */
  readonly pace: Float64Array;
  readonly open: OpenDeals;
  /** How many arrive in a month. */
  readonly arrivals: Float64Array;
  /** For each month its first day, and after the last one the end. */
  readonly months: Int32Array;
  /** How many arrive on each day for one that would arrive without seasons and levers. */
  readonly intensity: Float64Array;
  /** The same, at the most, in each month, rounded up. */
  readonly copies: Int32Array;
  /** What a deal to come is worth. */
  readonly values: Float64Array;
  /** The day on which the simulation ends. */
  readonly end: number;
  /** For each window the day on which it ends. */
  readonly ends: Int32Array;
}

/** Open deals, one by one. */
interface OpenDeals {
  readonly stage: Int32Array;
  readonly age: Int32Array;
  /** The first cell whose duration is longer than the age. */
  readonly from: Int32Array;
  /** What each is worth; below zero where that is not known. */
  readonly value: Float64Array;
}

const factorOf = ({ num, den }: PositiveRatio): number => Number(num) / Number(den);
const monthsOn = (day: string, months: number): string =>
  Temporal.PlainDate.from(day).add({ months }).toString();

function openDealsOf({ openDeals }: SimulationInput, days: Float64Array): OpenDeals {
  const deals = openDeals.flatMap((deal) => Array.from({ length: deal.count }, () => deal));
  return {
    stage: Int32Array.from(deals, ({ stage }) => stage),
    age: Int32Array.from(deals, ({ ageDays }) => ageDays),
    from: Int32Array.from(deals, ({ stage, ageDays }) => {
      const longer = days.subarray(stage * cells, (stage + 1) * cells).findIndex((each) => each > ageDays);
      return longer < 0 ? cells : longer;
    }),
    value: Float64Array.from(deals, ({ amountMinor }) => amountMinor ?? -1),
  };
}

/** What the season makes of a day on which one would arrive. */
function seasonOf({ asOf, season }: SimulationInput, length: number): Float64Array {
  const first = Temporal.PlainDate.from(asOf);
  return Float64Array.from({ length }, (_, days) =>
    season ? (season[first.add({ days }).month - 1]! * 12) / 10_000 : 1,
  );
}

/** The process as it is. */
export function processOf(input: SimulationInput): Process {
  const { asOf, stages, horizonMonths, yearEnd } = input;
  const passages = stages.map(passageOf);
  const join = (tables: readonly Float64Array[]) => {
    const joined = new Float64Array(tables.length * cells);
    for (const [index, table] of tables.entries()) joined.set(table, index * cells);
    return joined;
  };
  const days = join(passages.map((passage) => passage.days));
  const dayOf = (date: string) => daysBetween(asOf, date);
  const months = Int32Array.from({ length: horizonMonths + 1 }, (_, month) => dayOf(monthsOn(asOf, month)));
  const end = months[horizonMonths]!;
  const intensity = seasonOf(input, end);
  return {
    stages: stages.length,
    days,
    advance: join(passages.map((passage) => passage.advance)),
    back: join(passages.map((passage) => passage.back)),
    pace: new Float64Array(stages.length).fill(1),
    open: openDealsOf(input, days),
    arrivals: arrivalsOf(input.arrivals),
    months,
    intensity,
    copies: copiesOf(intensity, months),
    values: valuesOf(input.values),
    end,
    ends: Int32Array.from([dayOf(yearEnd), dayOf(monthsOn(asOf, 12)), end], (day) => Math.min(day, end)),
  };
}

const copiesOf = (intensity: Float64Array, months: Int32Array): Int32Array =>
  Int32Array.from({ length: months.length - 1 }, (_, month) =>
    Math.ceil(intensity.subarray(months[month]!, months[month + 1]!).reduce((a, b) => Math.max(a, b), 0)),
  );

const withIntensity = (process: Process, of: (each: number, day: number) => number): Process => {
  const intensity = process.intensity.map(of);
  return { ...process, intensity, copies: copiesOf(intensity, process.months) };
};

const withPace = (process: Process, stage: number, factor: number): Process => ({
  ...process,
  pace: process.pace.map((each, index) => (index === stage ? each * factor : each)),
});

/** The process after one thing is changed. */
function pulled(process: Process, input: SimulationInput, lever: Lever): Process {
  if (lever.kind === 'arrival') {
    const factor = factorOf(lever.factor);
    return withIntensity(process, (each) => each * factor);
  }
  if (lever.kind === 'duration') return withPace(process, lever.stage, factorOf(lever.factor));
  if (lever.kind === 'capacity') {
    const [from, to] = [input.stages[lever.from]!.capacity, input.stages[lever.to]!.capacity];
    const slower = withPace(process, lever.from, from / (from - lever.amount));
    return withPace(slower, lever.to, to / (to + lever.amount));
  }
  if (lever.kind === 'value') {
    const factor = factorOf(lever.factor);
    const scaled = (value: number) => (value < 0 ? value : Math.floor(value * factor));
    const { open, values } = process;
    return { ...process, values: values.map(scaled), open: { ...open, value: open.value.map(scaled) } };
  }
  if (lever.kind === 'conversion') {
    const factor = factorOf(lever.factor);
    const isHere = (cell: number): boolean => Math.floor(cell / cells) === lever.stage;
    const advance = process.advance.map((threshold, cell) =>
      isHere(cell) ? raised(threshold, factor) : threshold,
    );
    const back = process.back.map((threshold, cell) =>
      isHere(cell) ? raisedBack(threshold, process.advance[cell]!, advance[cell]!) : threshold,
    );
    return { ...process, advance, back };
  }
  const { shareBp, lagDays } = input.marketing ?? { shareBp: 0, lagDays: 0 };
  const start = daysBetween(input.asOf, addDays(lever.start, lagDays));
  const end = daysBetween(input.asOf, addDays(lever.endExclusive, lagDays));
  const factor = 1 + (shareBp * lever.changeBp) / 100_000_000;
  return withIntensity(process, (each, day) => (start <= day && day < end ? each * factor : each));
}

/** The process after some things are changed. */
export const changed = (process: Process, input: SimulationInput, levers: readonly Lever[]): Process =>
  levers.reduce((sofar, lever) => pulled(sofar, input, lever), process);
