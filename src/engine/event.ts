import { z } from 'zod';

/** Business time of an event where it differs from the command's own. */
export interface When {
  readonly occurredAt?: string;
  readonly effectiveOn?: string;
}

export interface NewEvent<N extends string = string, D = unknown> {
  readonly type: N;
  readonly data: D;
  readonly when?: When;
}

/**
 * Name, stored schema and constructor of one kind of event. The constructor keeps the declared fields, in the order of
 * their names, and fills in defaults; it does not check their values again: the types do for what a command makes, the
 * command's own schema did for what came in.
 */
export interface EventType<N extends string = string, S extends z.ZodRawShape = z.ZodRawShape> {
  (data: z.input<z.ZodObject<S>>, when?: When): NewEvent<N, z.output<z.ZodObject<S>>>;
  readonly kind: 'event';
  readonly type: N;
  readonly schema: z.ZodObject<S>;
  readonly schemaVersion: number;
  /** The fields that hold data about a human being. */
  readonly personal: readonly string[];
  readonly upcast: (data: Readonly<Record<string, unknown>>, from: number) => unknown;
}

// biome-ignore lint/suspicious/noExplicitAny: a map of events of any shape
export type EventMap = Readonly<Record<string, EventType<any, any>>>;
export type DataOf<E> = E extends EventType<string, infer S> ? z.output<z.ZodObject<S>> : never;

/** An event as it stands in the log. `recordedAt` has microseconds; the other instants have milliseconds. */
export interface RecordedEvent<D = unknown, N extends string = string> {
  readonly tenantId: string;
  readonly position: number;
  readonly stream: string;
  readonly version: number;
  readonly type: N;
  readonly schemaVersion: number;
  readonly data: D;
  /** The data with its personal fields sealed, as the log holds it, where that differs: for rows that are not the subject’s own. Not enumerable. */
  readonly stored?: D;
  readonly actor: string;
  readonly credential: string | null;
  readonly commandId: string;
  readonly correlationId: string | null;
  readonly causationPosition: number | null;
  readonly source: string;
  readonly occurredAt: string;
  readonly effectiveOn: string;
  readonly recordedAt: string;
}

interface Versioned<S extends z.ZodRawShape> {
  readonly schemaVersion: number;
  readonly shape: S;
  readonly upcast: (data: Readonly<Record<string, unknown>>, from: number) => unknown;
}

/** Declares the present shape of an event that was stored in former shapes, and how they become the present one. */
export function versioned<S extends z.ZodRawShape>(
  schemaVersion: number,
  shape: S,
  upcast: (data: Readonly<Record<string, unknown>>, from: number) => unknown,
): Versioned<S> {
  return { schemaVersion, shape, upcast };
}

type ShapeOf<V> = V extends Versioned<infer S> ? S : V extends z.ZodRawShape ? V : never;

const isVersioned = (entry: z.ZodRawShape | Versioned<z.ZodRawShape>): entry is Versioned<z.ZodRawShape> =>
  typeof entry['upcast'] === 'function';

/** Declares the events of one noun: `{ EventName: shape }`. Stored for ever: add optional fields, add events, rename nothing. */
export function events<const M extends Readonly<Record<string, z.ZodRawShape | Versioned<z.ZodRawShape>>>>(
  shapes: M,
): { readonly [N in keyof M & string]: EventType<N, ShapeOf<M[N]>> } {
  const entries = Object.entries(shapes).map(([type, entry]) => {
    const { schemaVersion, shape, upcast } = isVersioned(entry)
      ? entry
      : { schemaVersion: 1, shape: entry, upcast: (data: unknown) => data };
    const schema = z.object(shape);
    const fields = Object.keys(shape)
      .sort()
      .map((name) => {
        const field = shape[name];
        return { name, otherwise: field instanceof z.ZodDefault ? field.parse(undefined) : undefined };
      });
    const construct = (given: Readonly<Record<string, unknown>>, when?: When): NewEvent => {
      const data: Record<string, unknown> = {};
      for (const { name, otherwise } of fields) {
        const value = given[name] === undefined ? otherwise : given[name];
        if (value !== undefined) data[name] = value;
      }
      return when ? { type, data, when } : { type, data };
    };
    const personal = Object.keys(shape).filter((name) => isPersonal(shape[name]!));
    const described = { kind: 'event', type, schema, schemaVersion, personal, upcast };
    return [type, Object.assign(construct, described)] as const;
  });
  return Object.fromEntries(entries) as never;
}

const personalFields = new WeakSet<z.core.$ZodType>();

/** Marks a field that holds data about a human being. */
export function personal<T extends z.ZodType>(schema: T): T {
  const marked = schema.meta({ ...schema.meta(), personal: true }) as T;
  personalFields.add(marked);
  return marked;
}

/** Whether a field, or what it may hold, is marked. */
export const isPersonal = (schema: z.core.$ZodType): boolean =>
  personalFields.has(schema) ||
  ((schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault) &&
    isPersonal(schema.unwrap()));
