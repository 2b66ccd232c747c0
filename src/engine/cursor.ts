import { createHash } from 'node:crypto';

const digestBytes = 8;

/** Thrown for a cursor that is of another question, or none. */
export class InvalidCursor extends Error {}

const digestOf = (question: unknown): Buffer =>
  createHash('sha256')
    .update(JSON.stringify(question, (_, value) => (typeof value === 'bigint' ? value.toString() : value)))
    .digest()
    .subarray(0, digestBytes);

/** A place within the answer to a question, as readers are given it: a digest of the question, then the place. */
export const cursorAt = (question: unknown, place: string): string =>
  Buffer.concat([digestOf(question), Buffer.from(place)]).toString('base64url');

/** The place that a cursor means within the answer to this question. */
export function placeAt(question: unknown, cursor: string): string {
  const bytes = Buffer.from(cursor, 'base64url');
  if (!digestOf(question).equals(bytes.subarray(0, digestBytes))) throw new InvalidCursor();
  return bytes.subarray(digestBytes).toString();
}
