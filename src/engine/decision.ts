import type { z } from 'zod';
import type { DataOf, EventMap, NewEvent, RecordedEvent } from './event.ts';
import type { Moment } from './known-at.ts';

/** Augmented by the product with the names it knows: `permission` is the union of its permissions. */
// biome-ignore lint/suspicious/noEmptyInterface: filled by declaration merging
export interface Vocabulary {}
export type Permission = Vocabulary extends { permission: infer P extends string } ? P : string;

/** Who acts: a person, an integration or the system itself. */
export interface Actor {
  readonly tenantId: string;
  readonly kind: 'person' | 'integration' | 'system';
  readonly name: string;
  readonly personId?: string;
  readonly credentialId: string;
  readonly roles: readonly string[];
  readonly scopes?: readonly string[];
}

/** The name under which an actor stands in the log: `person/<id>`, `integration/<name>`, `system/<name>`. */
export const actorName = (actor: Actor): string => `${actor.kind}/${actor.personId ?? actor.name}`;

export type Envelope = Omit<RecordedEvent, 'data' | 'recordedAt' | 'position'>;

export type Evolve<S, E extends EventMap> = {
  readonly [K in keyof E]: (state: S, data: DataOf<E[K]>, event: Envelope) => S;
};

/** One stream of a decider, by its key. */
export interface StreamRef<S = unknown> {
  readonly stream: string;
  readonly decider: AnyDecider<S>;
}

export interface AnyDecider<S = unknown> {
  readonly kind: 'decider';
  readonly noun: string;
  readonly reference: boolean;
  readonly events: EventMap;
  readonly initialState: () => S;
  readonly evolve: Readonly<Record<string, (state: never, data: never, event: Envelope) => S>>;
}

/** Events for a stream other than the command's own. */
export interface Elsewhere<E extends string = string> {
  readonly to: StreamRef;
  readonly events: readonly NewEvent<E>[];
}

export interface Refusal<R extends string = string> {
  readonly rejected: R;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
}

export type Decision<E extends string = string, R extends string = string> =
  | readonly (NewEvent<E> | Elsewhere<E>)[]
  | Refusal<R>;

/** Refuses a command with one of its declared codes; `errors` point at the input that caused it. */
export const reject = <const R extends string>(code: R, errors?: Refusal['errors']): Refusal<R> =>
  errors ? { rejected: code, errors } : { rejected: code };

/** Events for another stream, which the command must have named in `reads`. */
export const to = <E extends string>(ref: StreamRef, ...events: readonly NewEvent<E>[]): Elsewhere<E> => ({
  to: ref,
  events,
});

/** What a rejection says and the HTTP status it has: 409 unless `absent` or `unknown` or `forbidden` made it. */
export interface Rejection {
  readonly status: 403 | 404 | 409 | 422;
  readonly detail: string;
}
export const absent = (detail: string): Rejection => ({ status: 404, detail });
export const unknown = (detail: string): Rejection => ({ status: 422, detail });
export const forbidden = (detail: string): Rejection => ({ status: 403, detail });

type ReadTarget = StreamRef | readonly StreamRef[] | undefined;
export type Reads = Readonly<Record<string, ReadTarget>>;
type StateOf<T> =
  T extends StreamRef<infer S>
    ? S
    : T extends readonly (infer U)[]
      ? readonly StateOf<U>[]
      : T extends undefined
        ? undefined
        : never;
export type StatesOf<R extends Reads> = { readonly [K in keyof R]: StateOf<R[K]> };

/** The moment and the author of a command, known before anything is read. */
export interface Act {
  readonly actor: Actor;
  readonly commandId: string;
  /** When the command is decided, by the clock of the process. */
  readonly now: string;
  /** When it happened in the business; `now` unless the input says otherwise. */
  readonly occurredAt: string;
  /** The business day of `occurredAt` in the tenant's time zone. */
  readonly today: string;
  readonly timeZone: string;
  /** A UUID that is the same at every retry of this command. */
  readonly newId: (name: string) => string;
  /** HMAC-SHA-256 of texts under a secret of the tenant, as lowercase hex. */
  readonly digest: (...texts: readonly string[]) => string;
}

/** What a command knows when it names the streams that it rests on. */
export interface Known<F = unknown> {
  readonly facts: F;
  /**
   * The state of a stream, on which the command rests from then on. Before it is loaded that is its initial state:
   * `reads` is asked again when it is, so that one stream may name the next.
   */
  readonly stateOf: <S>(ref: StreamRef<S>) => S;
}

export interface Context<R extends Reads = Reads, F = unknown> extends Act, Known<F> {
  readonly reads: StatesOf<R>;
  /** The log position at which `facts` were read; 0 without facts. */
  readonly factsPosition: number;
  /** Version of the command's own stream. */
  readonly version: number;
}

type Params<P extends string> = P extends `${string}:${infer Rest}`
  ? Rest extends `${infer Name}/${infer Tail}`
    ? Name | Params<`/${Tail}`>
    : Rest
  : never;
export type PathOf<P extends string, I> = [Params<P>] extends [keyof I] ? P : never;

export type InputOf<I extends z.ZodRawShape> = z.output<z.ZodObject<I>>;
type KeyFields<Id extends readonly string[]> = { readonly [K in Id[number]]: z.ZodType };

export interface CommandSpec<
  S,
  Id extends readonly string[],
  N extends string,
  P extends string,
  I extends z.ZodRawShape,
  E extends string,
  R extends Readonly<Record<string, string | Rejection>>,
  Rd extends Reads,
  F,
> {
  readonly name: N;
  /** One sentence for the API's documentation. */
  readonly summary: string;
  readonly permission: Permission;
  readonly path: PathOf<P, I>;
  readonly input: I & KeyFields<Id>;
  readonly emits: readonly E[];
  readonly rejects: R;
  /** The person whose work this is, for scoped permissions; `input.personId` when left out. */
  readonly subject?: (input: InputOf<I>, state: S) => string | undefined;
  /** Further streams that the decision rests on; each is guarded. */
  readonly reads?: (input: InputOf<I>, own: S, act: Act, known: Known<NoInfer<F>>) => Rd;
  /** What read models know, asked once before the decision and never guarded. */
  readonly facts?: (db: FactsDb, input: InputOf<I>, act: Act) => Promise<F>;
  readonly decide: (
    state: S,
    input: InputOf<I>,
    context: Context<Rd, F>,
  ) => Decision<NoInfer<E>, keyof NoInfer<R> & string>;
}

/** Answers queries by name for `facts`; the composition root binds it to a tenant. */
export interface FactsDb {
  /** With a moment it answers as the log stood then. */
  readonly ask: (
    queryName: string,
    input: Readonly<Record<string, unknown>>,
    moment?: Moment,
  ) => Promise<unknown>;
  /** The moment of the log at an instant; undefined where nothing had been recorded yet. */
  readonly momentAt: (instant: string) => Promise<Moment | undefined>;
}

export interface Command {
  readonly kind: 'command';
  readonly name: string;
  readonly summary: string;
  readonly permission: Permission;
  readonly path: string;
  readonly input: z.ZodRawShape;
  readonly emits: readonly string[];
  readonly rejects: Readonly<Record<string, Rejection>>;
  /** The command's own stream. */
  readonly refOf: (input: Readonly<Record<string, unknown>>) => StreamRef;
  readonly subject: (input: Readonly<Record<string, unknown>>, state: unknown) => string | undefined;
  readonly reads?: (input: Readonly<Record<string, unknown>>, own: unknown, act: Act, known: Known) => Reads;
  readonly facts?: (db: FactsDb, input: Readonly<Record<string, unknown>>, act: Act) => Promise<unknown>;
  readonly decide: (state: unknown, input: Readonly<Record<string, unknown>>, context: Context) => Decision;
}

type MakeCommand<S, Id extends readonly string[]> = <
  const N extends string,
  const P extends string,
  I extends z.ZodRawShape,
  const E extends string,
  const R extends Readonly<Record<string, string | Rejection>>,
  Rd extends Reads = Record<never, never>,
  F = undefined,
>(
  spec: CommandSpec<S, Id, N, P, I, E, R, Rd, F>,
) => Command;

export interface Decider<S, Id extends readonly string[], E extends EventMap> extends AnyDecider<S> {
  readonly events: E;
  /** Names one stream; the key parts come in the order of `id`. */
  readonly ref: (...key: { readonly [K in keyof Id]: string }) => StreamRef<S>;
  readonly command: MakeCommand<S, Id>;
}

/** The maker of commands on streams that `refOf` finds by the input fields `id`, whatever their noun. */
export const commandsOn =
  <S, const Id extends readonly string[]>(
    _id: Id,
    refOf: (input: { readonly [K in Id[number]]: string }) => StreamRef<S>,
  ): MakeCommand<S, Id> =>
  (spec) =>
    ({
      ...spec,
      kind: 'command',
      rejects: Object.fromEntries(
        Object.entries(spec.rejects).map(([code, rejection]) => [
          code,
          typeof rejection === 'string' ? { status: 409, detail: rejection } : rejection,
        ]),
      ),
      refOf,
      subject:
        spec.subject ??
        ((input: Readonly<Record<string, unknown>>) => input['personId'] as string | undefined),
    }) as unknown as Command;

/**
 * Declares the state of one kind of stream and returns the maker of its commands.
 * `id` names the input fields that form the stream's key; a `reference` stream is small, kept in memory, and its
 * `evolve` may change the state it is given in place.
 */
export function decider<S, const Id extends readonly string[], E extends EventMap>(spec: {
  readonly stream: string;
  readonly id: Id;
  readonly events: E;
  readonly initialState: S | (() => S);
  readonly evolve: Evolve<S, E>;
  readonly reference?: boolean;
}): Decider<S, Id, E> {
  const initialState = spec.initialState;
  const base: AnyDecider<S> = {
    kind: 'decider',
    noun: spec.stream,
    reference: spec.reference ?? false,
    events: spec.events,
    initialState: typeof initialState === 'function' ? (initialState as () => S) : () => initialState,
    evolve: spec.evolve as AnyDecider<S>['evolve'],
  };
  const refTo = (key: readonly string[]): StreamRef<S> => ({
    stream: [spec.stream, ...key].join('/'),
    decider: base,
  });
  return {
    ...base,
    events: spec.events,
    ref: (...key) => refTo(key),
    command: commandsOn(spec.id, (input: Readonly<Record<string, string>>) =>
      refTo(spec.id.map((field) => input[field]!)),
    ),
  };
}

/** Folds one event into a state; events the decider does not know are a defect of the registry. */
export function evolveState<S>(
  decider: AnyDecider<S>,
  state: S,
  event: Envelope & { readonly data: unknown },
): S {
  const step = decider.evolve[event.type];
  if (!step) throw new Error(`${decider.noun} does not know the event ${event.type}`);
  return step(state as never, event.data as never, event);
}
