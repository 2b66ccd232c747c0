import { z } from 'zod';
import { PersonId } from './values.ts';

export const Credit = z
  .strictObject({
    personId: PersonId,
    shareBp: z.int().min(1).max(10_000).describe('Share in basis points: 10 000 are all of it.'),
  })
  .meta({ id: 'Credit', description: 'Who has the credit for which share.' });

export const Credits = z
  .array(Credit)
  .min(1)
  .max(10)
  .refine(
    (credits) => credits.reduce((sum, { shareBp }) => sum + shareBp, 0) === 10_000,
    'The shares must sum to 10 000.',
  )
  .refine(
    (credits) => new Set(credits.map(({ personId }) => personId)).size === credits.length,
    'Everybody has one share.',
  );
export type Credits = z.output<typeof Credits>;

/**
 * Splits an amount by weights into whole parts that sum to it: each is rounded towards zero, and what is left goes by
 * one to those who lost most, the earlier first.
 */
export function splitExactly(amount: bigint, weights: readonly number[]): readonly bigint[] {
  if (weights.length === 1) return [amount];
  const total = BigInt(weights.reduce((sum, weight) => sum + weight, 0));
  const sign = amount < 0n ? -1n : 1n;
  const size = amount * sign;
  const shares = weights.map((weight, index) => {
    const exact = size * BigInt(weight);
    return { index, part: exact / total, lost: exact % total };
  });
  const left = Number(size - shares.reduce((sum, { part }) => sum + part, 0n));
  const favoured = shares
    .toSorted((a, b) => (a.lost === b.lost ? a.index - b.index : a.lost > b.lost ? -1 : 1))
    .slice(0, left)
    .map(({ index }) => index);
  return shares.map(({ index, part }) => sign * (favoured.includes(index) ? part + 1n : part));
}
