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
