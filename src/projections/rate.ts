import { z } from 'zod';
import { Rational, rational } from './figures.ts';

export const Rate = z
  .object({
    numerator: z.bigint(),
    denominator: z.bigint(),
    value: Rational.nullable().describe('One over the other; null where `state` is not ok.'),
    state: z
      .enum(['ok', 'undefined_zero_denominator', 'insufficient_sample'])
      .describe('Whether there is a value: not over zero, and not of what is too young to tell.'),
  })
  .meta({ id: 'Rate', description: 'A share or an amount by something, exact.' });
export type Rate = z.output<typeof Rate>;

export function rateOf(numerator: bigint | number, denominator: bigint | number): Rate {
  const [num, den] = [BigInt(numerator), BigInt(denominator)];
  const value = rational(num, den);
  return { numerator: num, denominator: den, value, state: value ? 'ok' : 'undefined_zero_denominator' };
}

export const insufficientSample: Rate = {
  numerator: 0n,
  denominator: 0n,
  value: null,
  state: 'insufficient_sample',
};

/** How long things took, by the Kaplan–Meier estimate. */
export const Durations = z
  .object({
    sample: z.int().describe('How many there are.'),
    ended: z.int().describe('How many of them are over.'),
    p50: z.int().nullable().describe('The days after which half of them is over; null where too few are.'),
    p75: z.int().nullable().describe('The days after which three quarters of them are over.'),
    p90: z.int().nullable().describe('The days after which nine tenths of them are over.'),
  })
  .meta({ id: 'Durations', description: 'How many days things take, those that last counted as censored.' });
