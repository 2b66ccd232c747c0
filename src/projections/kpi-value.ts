import { z } from 'zod';
import { type Term, unitOf } from '../events/kpi.ts';
import type { Kpi } from '../events/kpi-catalogue.ts';
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
  if (sample !== null && sample < BigInt(kpi.minSample)) {
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
