import { z } from 'zod';
import { type InputError, type Problem, problem } from './outcome.ts';

/** Whether PostgreSQL can keep a text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: PostgreSQL cannot store NUL
export const isStorable = (text: string): boolean => !/\u0000/.test(text) && text.isWellFormed();
export const notStorable = 'Text may not hold NUL or lone surrogates.';

/** Marks an input id that the server derives from the command's id where the caller leaves it out. */
export const generated = <T extends z.ZodType>(schema: T): T =>
  schema.meta({ ...schema.meta(), generated: true }) as T;

export const isGenerated = (schema: z.ZodType): boolean => schema.meta()?.['generated'] === true;

const pointerOf = (path: readonly PropertyKey[]): string =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

const errorsMax = 50;
const pointerMax = 300;

/** The first validation errors of an input, each at its JSON pointer. */
export function inputErrors(error: z.ZodError, known: readonly string[] = []): readonly InputError[] {
  const errors: InputError[] = [];
  const add = (path: readonly PropertyKey[], detail: string) =>
    errors.push({ pointer: pointerOf(path).slice(0, pointerMax), detail });
  for (const issue of error.issues) {
    if (errors.length >= errorsMax) break;
    if (issue.code !== 'unrecognized_keys') {
      add(issue.path, issue.message);
      continue;
    }
    for (const key of issue.keys.slice(0, errorsMax - errors.length)) {
      const near = issue.path.length === 0 ? nearest(key, known) : undefined;
      add(
        [...issue.path, key],
        near ? `There is no such field; did you mean ${near}?` : 'There is no such field.',
      );
    }
  }
  return errors;
}

/** The known name with the fewest edits to the given one, when they are few. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  if (name.length > 100) return undefined;
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best && best.distance <= Math.max(2, Math.floor(best.candidate.length / 3))
    ? best.candidate
    : undefined;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length]!;
}

const compiled = new WeakMap<z.ZodRawShape, z.ZodObject>();

/** The strict schema of a shape of fields, made once. */
export function strict(shape: z.ZodRawShape): z.ZodObject {
  const known = compiled.get(shape);
  if (known) return known;
  const schema = z.strictObject(shape);
  compiled.set(shape, schema);
  return schema;
}

export const invalidInput = (error: z.ZodError, known: readonly string[] = []): Problem =>
  problem(400, 'invalid-input', 'The input does not have the declared shape.', {
    errors: inputErrors(error, known),
  });
