import type { z } from 'zod';
import type { Command } from './decision.ts';
import type { EventMap, EventType, RecordedEvent } from './event.ts';

/** A command that the system issues by itself. */
export interface Issue {
  readonly command: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly occurredAt?: string;
}

/** Issues one command with its input checked by the compiler. */
export const issue = (
  command: Command,
  input: Readonly<Record<string, unknown>>,
  occurredAt?: string,
): Issue => (occurredAt ? { command: command.name, input, occurredAt } : { command: command.name, input });

/** The folded states of the tenant's reference streams as of the event or later, as a reaction may ask for them. */
export type ReferenceOf = (noun: string) => Promise<unknown>;

/** Answers a query by name, from read models that know the event at least. */
export type Ask = (queryName: string, input: Readonly<Record<string, unknown>>) => Promise<unknown>;

type React<D> = (event: RecordedEvent<D>, reference: ReferenceOf, ask: Ask) => Promise<readonly Issue[]>;

export interface Reaction {
  readonly kind: 'reaction';
  readonly name: string;
  readonly on: Readonly<Record<string, React<unknown>>>;
}

type Handlers<Ev extends EventMap> = {
  readonly [E in keyof Ev]?: Ev[E] extends EventType<string, infer S>
    ? React<z.output<z.ZodObject<S>>>
    : never;
};

/** Declares what the system does by itself when an event has happened. */
export function reaction<Ev extends EventMap>(spec: {
  readonly name: string;
  readonly of: Ev;
  readonly on: Handlers<Ev>;
}): Reaction {
  return { kind: 'reaction', name: spec.name, on: spec.on as unknown as Reaction['on'] };
}
