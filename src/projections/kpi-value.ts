import { z } from 'zod';
import { canonicalJson } from '../engine/canonical.ts';
import { type Filters, isRequired, type RequiredMeasure, type Term, unitOf } from '../events/kpi.ts';
import type { Kpi } from '../events/kpi-catalogue.ts';
import type { FactMeasure } from '../events/measure.ts';
import { rational } from './figures.ts';

export const KpiState = z
  .enum(['ok', 'undefined_zero_denominator', 'insufficient_sample', 'subject_unknown_to_measure'])
  .describe(
    'Whether there is a value: not over a denominator of zero, not of fewer things than the definition asks for, and not of a kind of subject that one of its measures does not know.',
  );

export const termsOf = ({ numerator, denominator }: Pick<Kpi, 'numerator' | 'denominator'>) => [
  ...numerator,
  ...denominator,
];

/**
 * Sums every term of some definitions for each part of what is asked: a bucket or a peer. Terms that are narrowed alike
 * are summed together, by `figures`; what the policy requires comes from `volume`.
 */
export async function sumsOf<P>(
  asked: readonly Kpi[],
  filters: readonly Filters[],
  figures: (
    measures: readonly FactMeasure[],
    filters: readonly Filters[],
  ) => Promise<(part: P, measure: FactMeasure) => bigint>,
  volume: () => Promise<(part: P, measure: RequiredMeasure) => bigint>,
): Promise<(part: P, term: Term) => bigint> {
  const terms = asked.flatMap(termsOf);
  const sums = new Map<Term, (part: P, measure: FactMeasure) => bigint>();
  for (const group of Map.groupBy(terms, (term) => canonicalJson(term.filters ?? {})).values()) {
    const measures = new Set(group.map(({ measure }) => measure).filter((measure) => !isRequired(measure)));
    const own = group[0]!.filters;
    const sum = await figures([...measures], own ? [...filters, own] : filters);
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
  if (denominator.length === 0 || denominator.some(({ measure }) => unitOf(measure) === 'money')) return null;
  return denominator.filter(({ times }) => times > 0).reduce((sample, term) => sample + sum(term), 0n);
}

/** What a definition comes to, by the sums of its terms. */
export function resultOf(kpi: Kpi, sum: (term: Term) => bigint) {
  const total = (terms: readonly Term[]): bigint =>
    terms.reduce((sofar, term) => sofar + BigInt(term.times) * sum(term), 0n);
  const numerator = total(kpi.numerator);
  const denominator = kpi.denominator.length > 0 ? total(kpi.denominator) : null;
  const sample = sampleOf(kpi, sum);
  const value = rational(numerator, denominator ?? 1n);
  if (!value) {
    return { numerator, denominator, value, sample, state: 'undefined_zero_denominator' as const };
  }
  if (kpi.minSample > 0 && sample !== null && sample < BigInt(kpi.minSample)) {
    return { numerator, denominator, value: null, sample, state: 'insufficient_sample' as const };
  }
  return { numerator, denominator, value, sample, state: 'ok' as const };
}

/** Of a subject that a measure does not know. */
export const noValue = {
  numerator: null,
  denominator: null,
  value: null,
  sample: null,
  state: 'subject_unknown_to_measure',
} as const;
