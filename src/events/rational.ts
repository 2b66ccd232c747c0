import { z } from 'zod';

/** An exact ratio; its denominator is above zero. */
export interface Ratio {
  readonly num: bigint;
  readonly den: bigint;
}

const digits = z.string().regex(/^(0|[1-9]\d{0,8})$/, { abort: true });

/** A ratio from zero up as a request has it: 1/3 stays 1/3. */
export const PositiveRatio = z
  .strictObject({
    num: digits.describe('Numerator.'),
    den: digits.refine((text) => text !== '0', 'The denominator may not be zero.').describe('Denominator.'),
  })
  .meta({ id: 'PositiveRatio', description: 'An exact ratio from zero up: numerator over denominator.' });
export type PositiveRatio = z.output<typeof PositiveRatio>;

const isAtMost =
  (max: bigint) =>
  ({ num, den }: PositiveRatio): boolean =>
    BigInt(num) <= max * BigInt(den);

export const Probability = PositiveRatio.refine(isAtMost(1n), 'A probability is at most 1.').meta({
  id: 'Probability',
  description: 'An exact probability: numerator over denominator.',
});

/** The longest time that a process may take. */
const monthsMax = 120n;
export const Months = PositiveRatio.refine(isAtMost(monthsMax), 'This is at most 120 months.').meta({
  id: 'Months',
  description: 'A time in months, of which a part may be given: numerator over denominator.',
});

export const ratioOf = ({ num, den }: PositiveRatio): Ratio => ({ num: BigInt(num), den: BigInt(den) });

export const times = (a: Ratio, b: Ratio): Ratio => ({ num: a.num * b.num, den: a.den * b.den });
/** The quotient; null where the divisor is zero. */
export const over = (a: Ratio, b: Ratio): Ratio | null =>
  b.num === 0n ? null : { num: a.num * b.den, den: a.den * b.num };
export const plus = (a: Ratio, b: Ratio): Ratio => ({
  num: a.num * b.den + b.num * a.den,
  den: a.den * b.den,
});
/** The least whole number that is not below a ratio from zero up. */
export const ceiling = ({ num, den }: Ratio): bigint => (num + den - 1n) / den;
