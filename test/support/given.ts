import { expect } from 'vitest';
import { claimKey } from '../../src/commands/claim.ts';
import { sha256, uuidV5 } from '../../src/engine/canonical.ts';
import {
  type Act,
  type Actor,
  type Command,
  type Context,
  type Decision,
  evolveState,
  type StreamRef,
} from '../../src/engine/decision.ts';
import type { NewEvent } from '../../src/engine/event.ts';
import { isGenerated, strict } from '../../src/engine/input.ts';
import { dayOf } from '../../src/engine/instant.ts';
import { eventTypes } from '../../src/events/index.ts';

export const tenantId = '00000000-0000-4000-8000-000000000001';

/** A UUID for tests that is the same wherever the same name is used. */
export const idOf = (name: string): string => uuidV5(tenantId, name);

const digest: Act['digest'] = (...texts) => sha256(JSON.stringify(texts));

/** The key under which the commands of these tests claim texts. */
export const keyOf = (kind: string, ...texts: readonly string[]): string =>
  claimKey({ digest }, kind, ...texts);

export interface Moment {
  readonly now?: string;
  readonly timeZone?: string;
  readonly actor?: Partial<Actor>;
  readonly facts?: unknown;
  readonly factsPosition?: number;
}

const defaultNow = '2026-03-02T08:00:00.000Z';

function actOf(command: Command, input: Readonly<Record<string, unknown>>, moment: Moment): Act {
  const timeZone = moment.timeZone ?? 'Europe/Berlin';
  const now = moment.now ?? defaultNow;
  const occurredAt = (input['occurredAt'] as string | undefined) ?? now;
  const commandId = idOf(`command ${command.name}`);
  return {
    actor: { tenantId, kind: 'person', name: 'tester', credentialId: 'test', roles: [], ...moment.actor },
    commandId,
    now,
    occurredAt,
    today: dayOf(occurredAt, timeZone),
    timeZone,
    newId: (name) => uuidV5(commandId, name),
    digest,
  };
}

/** The state of a stream after some events. */
export const stateAfter = <S>(
  ref: StreamRef<S>,
  events: readonly NewEvent[],
  { occurredAt, today }: Pick<Act, 'occurredAt' | 'today'> = { occurredAt: defaultNow, today: '2026-03-02' },
): S =>
  events.reduce<S>(
    (state, event, index) =>
      evolveState(ref.decider, state, {
        tenantId,
        stream: ref.stream,
        version: index + 1,
        type: event.type,
        schemaVersion: 1,
        data: event.data,
        actor: 'person/tester',
        credential: 'test',
        commandId: idOf(`past ${index}`),
        correlationId: null,
        causationPosition: null,
        source: 'test',
        occurredAt: event.when?.occurredAt ?? occurredAt,
        effectiveOn: event.when?.effectiveOn ?? today,
      }),
    ref.decider.initialState(),
  );

class Story {
  readonly #own: readonly NewEvent[];
  readonly #others: readonly (readonly [StreamRef, readonly NewEvent[]])[];

  constructor(own: readonly NewEvent[], others: readonly (readonly [StreamRef, readonly NewEvent[]])[] = []) {
    this.#own = own;
    this.#others = others;
  }

  /** What happened before in another stream that the command reads. */
  and(ref: StreamRef, ...events: readonly NewEvent[]): Story {
    return new Story(this.#own, [...this.#others, [ref, events]]);
  }

  when(command: Command, rawInput: Readonly<Record<string, unknown>>, moment: Moment = {}): Verdict {
    const generated = Object.fromEntries(
      Object.keys(command.input)
        .filter((name) => isGenerated(command.input[name] as never) && rawInput[name] === undefined)
        .map((name) => [name, uuidV5(idOf(`command ${command.name}`), name)]),
    );
    const input = strict(command.input).parse({ ...rawInput, ...generated });
    const act = actOf(command, input, moment);
    const stateOf = (ref: StreamRef, events: readonly NewEvent[]) => stateAfter(ref, events, act);
    const historyOf = (ref: StreamRef) =>
      this.#others.filter(([other]) => other.stream === ref.stream).flatMap(([, events]) => events);
    const ownRef = command.refOf(input);
    const own = stateOf(ownRef, this.#own);
    const read = (ref: StreamRef) => stateOf(ref, ref.stream === ownRef.stream ? this.#own : historyOf(ref));
    const known = { facts: moment.facts, stateOf: <S>(ref: StreamRef<S>): S => read(ref) as S };
    const reads = Object.entries(command.reads?.(input, own, act, known) ?? {}).map(([name, target]) => [
      name,
      target === undefined
        ? undefined
        : Array.isArray(target)
          ? (target as readonly StreamRef[]).map(read)
          : read(target as StreamRef),
    ]);
    const context: Context = {
      ...act,
      version: this.#own.length,
      ...known,
      factsPosition: moment.factsPosition ?? 0,
      reads: Object.fromEntries(reads),
    };
    return new Verdict(command, command.decide(own, input, context));
  }
}

class Verdict {
  readonly #command: Command;
  readonly decision: Decision;

  constructor(command: Command, decision: Decision) {
    this.#command = command;
    this.decision = decision;
  }

  /** The events that were decided, those for other streams in their place. */
  get events(): readonly NewEvent[] {
    if ('rejected' in this.decision) expect.fail(`rejected with ${this.decision.rejected}`);
    return this.decision.flatMap((part) => ('to' in part ? part.events : [part]));
  }

  thenEmits(...expected: readonly NewEvent[]): void {
    const plain = ({ type, data }: NewEvent) => ({ type, data });
    expect(this.events.map(plain)).toEqual(expected.map(plain));
    for (const { type, data } of this.events) {
      expect(this.#command.emits).toContain(type);
      expect(eventTypes[type]?.schema.safeParse(data).success).toBe(true);
    }
  }

  thenNothing(): void {
    expect(this.events).toEqual([]);
  }

  thenRejects(code: string): void {
    expect(this.decision).toMatchObject({ rejected: code });
    expect(Object.keys(this.#command.rejects)).toContain(code);
  }
}

/** What happened before in the command's own stream. */
export const given = (...events: readonly NewEvent[]): Story => new Story(events);
