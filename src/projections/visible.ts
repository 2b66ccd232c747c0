import type { Asker } from '../engine/query.ts';

/** Whether the reader may see what belongs to a person on a business day; what belongs to nobody is everybody's. */
export const isVisible = (
  { visibility }: Pick<Asker, 'visibility'>,
  personId: string | null,
  day: string,
): boolean =>
  personId === null ||
  visibility.intervals === null ||
  visibility.intervals.some((seen) => seen.personId === personId && seen.from <= day && day < seen.to);
