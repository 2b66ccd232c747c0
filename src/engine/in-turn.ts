import {
  type Command,
  type Context,
  type Elsewhere,
  type Envelope,
  evolveState,
  type Reads,
  type Refusal,
  type StreamRef,
  to,
} from './decision.ts';
import type { NewEvent } from './event.ts';
import { dayOf } from './instant.ts';

/** One of several commands on a stream that are decided together, and when it happened. */
export interface Turn {
  readonly command: Command;
  readonly input: Readonly<Record<string, unknown>>;
  readonly occurredAt: string;
}

/** The refusal of one of them, by its place. */
export interface RefusedTurn extends Refusal {
  readonly turn: number;
}

/**
 * Decides commands one after the other, each on the events of those before it and dated when it happened: all of them, or
 * none. The command that asks for it names in its `reads` what they read; none of them writes to a reference stream.
 */
export function decideInTurn(
  own: StreamRef,
  context: Context,
  turns: readonly Turn[],
): readonly (NewEvent | Elsewhere)[] | RefusedTurn {
  const states = new Map<string, unknown>();
  const stateOf = <S>(ref: StreamRef<S>): S =>
    (states.has(ref.stream) ? states.get(ref.stream) : context.stateOf(ref)) as S;
  const read = (target: Reads[string]) => {
    if (target === undefined) return undefined;
    return 'stream' in target ? stateOf(target) : target.map(stateOf);
  };
  const decided: (NewEvent | Elsewhere)[] = [];
  for (const [turn, { command, input, occurredAt }] of turns.entries()) {
    const today = dayOf(occurredAt, context.timeZone);
    const at = { ...context, occurredAt, today, stateOf };
    const state = stateOf(own);
    const named = Object.entries(command.reads?.(input, state, at, at) ?? {});
    const reads = Object.fromEntries(named.map(([name, target]) => [name, read(target)]));
    const decision = command.decide(state, input, { ...at, reads: reads as never });
    if ('rejected' in decision) return { turn, ...decision };
    for (const part of decision) {
      const ref = 'to' in part ? part.to : own;
      const events = ('to' in part ? part.events : [part]).map((event) => ({
        ...event,
        when: { occurredAt, effectiveOn: today, ...event.when },
      }));
      const after = events.reduce(
        (before, { type, data, when }) =>
          evolveState(ref.decider, before, { stream: ref.stream, type, data, ...when } as Envelope & {
            readonly data: unknown;
          }),
        stateOf(ref),
      );
      states.set(ref.stream, after);
      decided.push(...('to' in part ? [to(ref, ...events)] : events));
    }
  }
  return decided;
}
