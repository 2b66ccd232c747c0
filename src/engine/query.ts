import type { QueryCreator } from 'kysely';
import { z } from 'zod';
import { cursorAt, placeAt } from './cursor.ts';
import type { InputOf, PathOf, Permission } from './decision.ts';
import type { ReadModel } from './read-model.ts';

/** Whose rows the reader may see, by business day: `null` means the whole tenant. `to` is exclusive. */
export interface Visibility {
  readonly intervals:
    | readonly { readonly personId: string; readonly from: string; readonly to: string }[]
    | null;
}

/** Who asks, and the moment: `today` is the tenant-local day of `now`. */
export interface Asker {
  readonly tenantId: string;
  readonly personId: string | undefined;
  /** What the reader is today. */
  readonly roles: readonly string[];
  readonly visibility: Visibility;
  /** Whose rows the reader may see by another permission; undefined without it. */
  readonly visibilityBy: (permission: Permission) => Visibility | undefined;
  readonly now: string;
  readonly today: string;
  readonly timeZone: string;
  /** The log position that the answer reflects; known when it is made. */
  readonly position: () => Promise<number>;
  /**
   * What is made of the rows of some of the query's read models and nothing else, kept from one question to the next
   * while none of their events has come; `sizeOf` says how many rows it holds. The key names what it is; it must not
   * depend on who asks, and nobody changes it.
   */
  readonly held: <T>(
    key: string,
    models: readonly Pick<ReadModel, 'name' | 'on'>[],
    make: () => Promise<T>,
    sizeOf: (value: T) => number,
  ) => Promise<T>;
  /** The folded state of a reference stream, by noun: the organisation, the calendar, the policy. */
  readonly reference: (noun: string) => unknown;
}

// biome-ignore lint/suspicious/noExplicitAny: a row shape may only be inferred, not widened
type AnyReadModel<N extends string = string> = ReadModel<N, any>;
type Models = readonly AnyReadModel[];
type RowIn<M> = M extends ReadModel<string, infer R> ? z.output<z.ZodObject<R>> : never;
/** The tables that a query may read: one for each model that it names in `reads`. */
export type Tables<M extends Models> = {
  readonly [T in M[number] as T extends AnyReadModel<infer N> ? N : never]: RowIn<T>;
};
export type Db<M extends Models> = QueryCreator<Tables<M>>;

/** Said by `answer` when there is nothing to show, or nothing that this reader may see. */
export const nothing: unique symbol = Symbol('nothing');
export type Nothing = typeof nothing;

export interface Query {
  readonly kind: 'query';
  readonly name: string;
  readonly summary: string;
  readonly permission: Permission;
  readonly path: string;
  readonly input: z.ZodRawShape;
  readonly output: z.ZodType;
  readonly reads: Models;
  /** Read models whose former rows it sees too, each in a table `<model>_version`. It is asked as of a position. */
  readonly versions?: Models;
  /** It cannot be asked as of a moment: what it answers is not in the log. */
  readonly presentOnly?: true;
  /** The person whom the answer is about; the reader must see that person today. */
  readonly subject?: (input: Readonly<Record<string, unknown>>) => string | undefined;
  readonly answer: (
    db: Db<Models>,
    input: Readonly<Record<string, unknown>>,
    asker: Asker,
  ) => Promise<unknown>;
}

/**
 * Binds the cursors of a query to tenant, query, reader, filters and sort, so that `answer` deals with places alone. The
 * moment is no part of it: who was answered at a position may go on with the pages as of that position.
 */
const paged =
  ({ name, answer }: Pick<Query, 'name' | 'answer'>): Query['answer'] =>
  async (db, { cursor, ...input }, asker) => {
    const { limit: _, ...asked } = input;
    const question = [asker.tenantId, name, asker.personId, asked];
    const place = cursor === undefined ? {} : { cursor: placeAt(question, cursor as string) };
    const answered = await answer(db, { ...input, ...place }, asker);
    if (answered === nothing) return nothing;
    const { nextCursor, ...body } = answered as { readonly nextCursor: string | null };
    return { ...body, nextCursor: nextCursor === null ? null : cursorAt(question, nextCursor) };
  };

/** A query as it is asked: where it answers in pages, with cursors that are its own. */
export const bound = (spec: Query): Query =>
  'cursor' in spec.input ? { ...spec, answer: paged(spec) } : spec;

/** Declares a question that read models answer. */
export function query<
  const P extends string,
  I extends z.ZodRawShape,
  O extends z.ZodType,
  const M extends Models,
>(spec: {
  readonly name: string;
  readonly summary: string;
  readonly permission: Permission;
  readonly path: PathOf<P, I>;
  readonly input: I;
  readonly output: O;
  readonly reads: M;
  readonly versions?: Models;
  readonly presentOnly?: true;
  readonly subject?: (input: InputOf<I>) => string | undefined;
  readonly answer: (db: Db<M>, input: InputOf<I>, asker: Asker) => Promise<z.output<O> | Nothing>;
}): Query {
  return bound({ kind: 'query', ...spec } as unknown as Query);
}

/** The answer of every list: a page of rows and where the next one begins. */
export const page = <S extends z.ZodType>(item: S) =>
  z.object({
    data: z.array(item),
    nextCursor: z.string().nullable().describe('Pass as `cursor` for the next page; null on the last one.'),
  });
