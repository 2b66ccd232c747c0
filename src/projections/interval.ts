import { LocalDate } from '../events/values.ts';

/** The columns of something that holds for a time. */
export const interval = {
  from: LocalDate.describe('First day on which it holds.'),
  to: LocalDate.nullable().describe('First day on which it no longer holds; null while no end is known.'),
};
