import { z } from 'zod';
import { type InputError, type Problem, problem } from './outcome.ts';

/** Marks an input id that the server derives from the command's id where the caller leaves it out. */
export const generated = <T extends z.ZodType>(schema: T): T =>
  schema.meta({ ...schema.meta(), generated: true }) as T;

export const isGenerated = (schema: z.ZodType): boolean => schema.meta()?.['generated'] === true;

const pointerOf = (path: readonly PropertyKey[]): string =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** The validation errors of an input, each at its JSON pointer. */
export function inputErrors(error: z.ZodError, known: readonly string[] = []): readonly InputError[] {
  return error.issues.slice(0, 50).flatMap((issue): InputError[] => {
    if (issue.code !== 'unrecognized_keys') {
      return [{ pointer: pointerOf(issue.path), detail: issue.message }];
    }
    return issue.keys.map((key) => {
      const near = issue.path.length === 0 ? nearest(key, known) : undefined;
      return {
        pointer: pointerOf([...issue.path, key]),
        detail: near ? `There is no such field; did you mean ${near}?` : 'There is no such field.',
      };
    });
  });
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
