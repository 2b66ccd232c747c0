import { z } from 'zod';
import type { EventMap, EventType, RecordedEvent } from './event.ts';

export type Row = Readonly<Record<string, unknown>>;
type RowOf<R extends z.ZodRawShape> = z.output<z.ZodObject<R>>;

/**
 * Which rows an event touches, and what becomes of each. `row` sees `undefined` where there is none; `change` is for
 * rows that must be there. Both delete by answering `undefined`.
 */
export type Fold<K, R, D> =
  | {
      readonly key: (event: RecordedEvent<D>) => K | readonly K[];
      readonly row: (row: R | undefined, event: RecordedEvent<D>, key: K) => R | undefined;
    }
  | {
      readonly key: (event: RecordedEvent<D>) => K | readonly K[];
      readonly change: (row: R, event: RecordedEvent<D>, key: K) => R | undefined;
    };

interface AnyFold {
  readonly key: (event: RecordedEvent) => Row | readonly Row[];
  readonly row?: (row: Row | undefined, event: RecordedEvent, key: Row) => Row | undefined;
  readonly change?: (row: Row, event: RecordedEvent, key: Row) => Row | undefined;
}

/** How many rows of a read model are alike, in a table that the database keeps in step with the rows themselves. */
export interface Counts {
  /** The table in schema `read`; a query that reads the model may read it too. It may hold counts of zero. */
  readonly name: string;
  readonly summary: string;
  /** What rows that are counted together have in common. */
  readonly row: z.ZodObject;
  /** That, in SQL over the columns of the model. */
  readonly by: Readonly<Record<string, string>>;
  /** The rows that are counted, as a condition in SQL. */
  readonly where: string;
}

/** Declares counts of a read model's rows. */
export const counted = <C extends z.ZodRawShape>(
  spec: Omit<Counts, 'row' | 'by'> & {
    readonly row: C;
    readonly by: { readonly [F in keyof C]: string };
  },
): Counts => ({ ...spec, row: z.object(spec.row) });

export interface ReadModel<N extends string = string, R extends z.ZodRawShape = z.ZodRawShape> {
  readonly kind: 'read-model';
  /** The table in schema `read`. */
  readonly name: N;
  /** Raised when the same events give other rows: the next start rebuilds beside the live rows. */
  readonly version: number;
  readonly summary: string;
  readonly key: readonly (keyof R & string)[];
  readonly indexes: readonly (readonly (keyof R & string)[])[];
  readonly counts: readonly Counts[];
  readonly row: z.ZodObject<R>;
  readonly on: Readonly<Record<string, AnyFold>>;
}

/** Whether each row is made by the event at its `position` and never changed after: then the live table holds its past. */
export const isAppendOnly = ({ key }: Pick<ReadModel, 'key'>): boolean => key.includes('position');

type Handlers<Ev extends EventMap, K, R> = {
  readonly [E in keyof Ev]?: Ev[E] extends EventType<string, infer S>
    ? Fold<K, R, z.output<z.ZodObject<S>>>
    : never;
};

/**
 * Declares a table and the pure fold that fills it. `of` holds the events that the fold may name;
 * the fold sees the row, the event and nothing else.
 */
export function readModel<
  const N extends string,
  R extends z.ZodRawShape,
  const K extends readonly (keyof R & string)[],
  Ev extends EventMap,
>(spec: {
  readonly name: N;
  readonly version: number;
  readonly summary: string;
  readonly key: K;
  readonly indexes?: readonly (readonly (keyof R & string)[])[];
  readonly counts?: readonly Counts[];
  readonly row: R;
  readonly of: Ev;
  readonly on: Handlers<Ev, Pick<RowOf<R>, K[number] & keyof RowOf<R>>, RowOf<R>>;
}): ReadModel<N, R> {
  return {
    kind: 'read-model',
    name: spec.name,
    version: spec.version,
    summary: spec.summary,
    key: spec.key,
    indexes: spec.indexes ?? [],
    counts: spec.counts ?? [],
    row: z.object(spec.row),
    on: spec.on as unknown as Readonly<Record<string, AnyFold>>,
  };
}

const partsOf = (event: RecordedEvent): readonly string[] => event.stream.split('/').slice(1);

/** The key parts in the event's stream name, under the given column names. */
export const byStream =
  <const F extends readonly string[]>(...fields: F) =>
  (event: RecordedEvent): { readonly [K in F[number]]: string } => {
    const parts = partsOf(event);
    return Object.fromEntries(fields.map((field, index) => [field, parts[index]])) as never;
  };

/** The text that identifies a row within its table. */
export const keyText = (key: readonly string[], row: Row): string =>
  key.length === 1 ? String(row[key[0]!]) : key.map((field) => String(row[field])).join('\u0000');

/** Rows of one table in memory: those loaded, and which of them a fold changed. */
export interface RowSet {
  readonly rows: Map<string, Row | undefined>;
  readonly changed: Map<string, Row>;
}

/** Whether any of these events matters to a model. */
export const concerns = (model: ReadModel, types: ReadonlySet<string>): boolean =>
  Object.keys(model.on).some((type) => types.has(type));

/** The keys that an event touches in a model. */
export function keysOf(model: ReadModel, event: RecordedEvent): readonly Row[] {
  const handler = model.on[event.type];
  return handler ? ([handler.key(event)].flat() as readonly Row[]) : [];
}

function step(handler: AnyFold, row: Row | undefined, event: RecordedEvent, key: Row): Row | undefined {
  if (handler.row) return handler.row(row, event, key);
  if (row === undefined) throw new Error(`${event.type} at ${event.position} finds no row to change`);
  return handler.change?.(row, event, key);
}

/** Folds one event into the rows in memory. */
export function foldEvent(model: ReadModel, set: RowSet, event: RecordedEvent): void {
  const handler = model.on[event.type];
  if (!handler) return;
  for (const key of keysOf(model, event)) {
    const text = keyText(model.key, key);
    const before = set.rows.get(text);
    const after = step(handler, before, event, key);
    if (after === before) continue;
    set.rows.set(text, after);
    set.changed.set(text, key);
  }
}
