import { z } from 'zod';
import { canonicalJson } from '../engine/canonical.ts';
import {
  type Filters,
  isRequired,
  type Reduction,
  type RequiredMeasure,
  type Term,
  type TermWindow,
  unitOf,
} from '../events/kpi.ts';
import type { Kpi } from '../events/kpi-catalogue.ts';
import type { FactMeasure } from '../events/measure.ts';
import { type Rational, rational } from './figures.ts';

export const KpiState = z
  .enum(['ok', 'undefined_zero_denominator', 'insufficient_sample', 'subject_unknown_to_measure'])
  .describe(
    'Whether there is a value: not over a denominator of zero, not of fewer things than the definition asks for, and not of a kind of subject that one of its measures does not know.',
  );

export const termsOf = ({ numerator, denominator }: Pick<Kpi, 'numerator' | 'denominator'>) => [
  ...numerator,
  ...denominator,
];

/** What measures come to for each part of what is asked, over a window and by a formula. */
type FiguresOf<P> = (
  measures: readonly FactMeasure[],
  filters: readonly Filters[],
  window: TermWindow | undefined,
  formula: Reduction,
) => Promise<(part: P, measure: FactMeasure) => bigint>;

type SumOf<P> = (part: P, term: Term) => bigint;

const factMeasuresOf = (terms: readonly Term[]): readonly FactMeasure[] => [
  ...new Set(terms.map(({ measure }) => measure).filter((measure) => !isRequired(measure))),
];
const narrowedBy = (filters: readonly Filters[], own: Filters | undefined) =>
  own ? [...filters, own] : filters;

/**
 * Sums every term of some definitions for each part of what is asked: a bucket or a peer. Terms that are narrowed alike
 * over the same window are summed together, by `figures`; what the policy requires comes from `volume`.
 */
async function sumsOf<P>(
  asked: readonly Kpi[],
  filters: readonly Filters[],
  figures: FiguresOf<P>,
  volume: () => Promise<(part: P, measure: RequiredMeasure) => bigint>,
): Promise<SumOf<P>> {
  const terms = asked.flatMap(termsOf);
  const sums = new Map<Term, (part: P, measure: FactMeasure) => bigint>();
  const alike = ({ filters: own = {}, window }: Term) => canonicalJson([own, window ?? null]);
  for (const group of Map.groupBy(terms, alike).values()) {
    const { filters: own, window } = group[0]!;
    const sum = await figures(factMeasuresOf(group), narrowedBy(filters, own), window, 'ratio');
    for (const term of group) sums.set(term, sum);
  }
  const required = terms.some(({ measure }) => isRequired(measure)) ? await volume() : () => 0n;
  return (part, term) => {
    const { measure } = term;
    return isRequired(measure) ? required(part, measure) : sums.get(term)!(part, measure);
  };
}

/** How many things a denominator counts; null where it counts none. */
function sampleOf({ denominator }: Kpi, sum: (term: Term) => bigint): bigint | null {
  if (denominator.length === 0 || denominator.some(({ measure }) => unitOf(measure) !== 'count')) return null;
  return denominator.filter(({ times }) => times > 0).reduce((sample, term) => sample + sum(term), 0n);
}

interface Result {
  readonly numerator: bigint;
  readonly denominator: bigint | null;
  readonly value: Rational | null;
  readonly sample: bigint | null;
  readonly state: Exclude<z.output<typeof KpiState>, 'subject_unknown_to_measure'>;
}

/** What a definition comes to, by the sums of its terms. */
export function resultOf(kpi: Kpi, sum: (term: Term) => bigint): Result {
  const total = (terms: readonly Term[]): bigint =>
    terms.reduce((sofar, term) => sofar + BigInt(term.times) * sum(term), 0n);
  const numerator = total(kpi.numerator);
  const denominator = kpi.denominator.length > 0 ? total(kpi.denominator) : null;
  const sample = sampleOf(kpi, sum);
  const value = rational(numerator, denominator ?? 1n);
  if (!value) {
    return { numerator, denominator, value, sample, state: 'undefined_zero_denominator' };
  }
  if (kpi.minSample > 0 && sample !== null && sample < BigInt(kpi.minSample)) {
    return { numerator, denominator, value: null, sample, state: 'insufficient_sample' };
  }
  return { numerator, denominator, value, sample, state: 'ok' };
}

/** The middle or the number of what there is, which is no sum. */
async function unsummed<P>(
  { formula, numerator: terms }: Kpi,
  filters: readonly Filters[],
  figures: FiguresOf<P>,
): Promise<(part: P) => Result> {
  const { filters: own, window } = terms[0]!;
  const measures = factMeasuresOf(terms);
  const of = (wanted: Reduction) => figures(measures, narrowedBy(filters, own), window, wanted);
  const measure = measures[0]!;
  const count = await of('distinct');
  if (formula === 'distinct') {
    return (part) => {
      const numerator = count(part, measure);
      return { numerator, denominator: null, value: rational(numerator, 1n), sample: null, state: 'ok' };
    };
  }
  const twice = await of('median');
  return (part) => {
    const numerator = twice(part, measure);
    const sample = count(part, measure);
    const denominator = sample === 0n ? 0n : 2n;
    const value = rational(numerator, denominator);
    return { numerator, denominator, value, sample, state: value ? 'ok' : 'undefined_zero_denominator' };
  };
}

/** A sum over the median of the denominator; both are doubled, because the middle of an even number is that of two. */
async function perMedian<P>(
  { numerator: terms, denominator: [over] }: Kpi,
  filters: readonly Filters[],
  figures: FiguresOf<P>,
  sum: SumOf<P>,
): Promise<(part: P) => Result> {
  const { filters: own, window } = over!;
  const [measure] = factMeasuresOf([over!]);
  const of = (wanted: Reduction) => figures([measure!], narrowedBy(filters, own), window, wanted);
  const count = await of('distinct');
  const twice = await of('median');
  return (part) => {
    const numerator = 2n * terms.reduce((total, term) => total + BigInt(term.times) * sum(part, term), 0n);
    const denominator = twice(part, measure!);
    const value = rational(numerator, denominator);
    const state = value ? 'ok' : 'undefined_zero_denominator';
    return { numerator, denominator, value, sample: count(part, measure!), state };
  };
}

/** How often one happens with another, over how often it happens without. */
const liftOf =
  <P>({ numerator: [has, having], denominator: [lacks, lacking] }: Kpi, sum: SumOf<P>) =>
  (part: P): Result => {
    const numerator = sum(part, has!) * sum(part, lacking!);
    const denominator = sum(part, having!) * sum(part, lacks!);
    const value = rational(numerator, denominator);
    const sample = sum(part, having!) + sum(part, lacking!);
    return { numerator, denominator, value, sample, state: value ? 'ok' : 'undefined_zero_denominator' };
  };

/** Evaluates definitions for each part of what is asked: a bucket or a peer. */
export async function evaluated<P>(
  asked: readonly Kpi[],
  filters: readonly Filters[],
  figures: FiguresOf<P>,
  volume: () => Promise<(part: P, measure: RequiredMeasure) => bigint>,
): Promise<(part: P, kpi: Kpi) => Result> {
  const summed = asked.filter(({ formula }) => ['ratio', 'per_median', 'lift'].includes(formula));
  const sums = await sumsOf(summed, filters, figures, volume);
  const others = new Map<Kpi, (part: P) => Result>();
  for (const kpi of asked) {
    if (kpi.formula === 'lift') others.set(kpi, liftOf(kpi, sums));
    else if (kpi.formula === 'per_median') others.set(kpi, await perMedian(kpi, filters, figures, sums));
    else if (kpi.formula !== 'ratio') others.set(kpi, await unsummed(kpi, filters, figures));
  }
  return (part, kpi) => others.get(kpi)?.(part) ?? resultOf(kpi, (term) => sums(part, term));
}

/** Of a subject that a measure does not know. */
export const noValue = {
  numerator: null,
  denominator: null,
  value: null,
  sample: null,
  state: 'subject_unknown_to_measure',
} as const;
