import { uuidV5 } from '../canonical.ts';
import {
  type Act,
  actorName,
  type Context,
  type Decision,
  type Elsewhere,
  type Reads,
  type StreamRef,
} from '../decision.ts';
import type { EventType, NewEvent } from '../event.ts';
import { dayOf } from '../instant.ts';
import { type Guard, type PendingCommand, type PendingEvent, sealed } from '../log.ts';
import { type Outcome, type Problem, problem } from '../outcome.ts';
import { faultOf } from './faults.ts';
import type { Gate, Request, Sealing } from './request.ts';
import type { Entry, StreamCache } from './stream-cache.ts';

const batchEventsMax = 2_000;
/** Room for 5 000 streams, and for a tree above them in which every node has two parts or more. */
const commandEventsMax = 15_000;

/** A command with valid input, before anything was read. */
export interface Item {
  readonly request: Request;
  readonly input: Readonly<Record<string, unknown>>;
  readonly commandId: string;
  readonly receiptKey: string;
  readonly ref: StreamRef;
  readonly now: string;
}

/** A command that waits for its decision. */
export interface Waiting extends Item {
  readonly facts: unknown;
  readonly factsPosition: number;
  readonly enqueuedAt: number;
  resolve: (outcome: Outcome) => void;
  attempts: number;
  alone: boolean;
  basis: Basis | undefined;
}

/** What a command rests on, as far as it is known from the state that its own stream has. */
interface Basis {
  /** Changes with any stream that the gate reads. */
  readonly gateVersion: number;
  readonly ownVersion: number;
  readonly own: unknown;
  readonly act: Act;
  readonly reads: Reads;
  /** All streams that the command rests on, by name. */
  readonly refs: ReadonlyMap<string, StreamRef>;
  /** Those whose state it looked at while it named them, and their versions then. */
  readonly looked: ReadonlyMap<string, number | undefined>;
}

export interface Decided {
  readonly item: Waiting;
  readonly command: PendingCommand;
  readonly problem: Problem | undefined;
  readonly created: boolean;
}

export interface Batch {
  readonly decided: readonly Decided[];
  readonly guards: readonly Guard[];
  readonly written: ReadonlySet<string>;
  readonly events: number;
}

export interface Decider {
  /** The streams that a command rests on and that are not loaded, as far as they can be told from what is. */
  readonly missingFor: (item: Waiting) => readonly StreamRef[];
  /** The problem that the gate has with a command whose own stream is loaded, and its act. */
  readonly admit: (item: Item) => { readonly act: Act; readonly refused: Problem | undefined };
  /** Decides in order, each command over the pending events of those before it; gives back those it did not come to. */
  readonly decide: (items: readonly Waiting[]) => {
    readonly batch: Batch;
    readonly rest: readonly Waiting[];
  };
}

interface Building {
  readonly decided: Decided[];
  readonly guards: Map<string, Guard>;
  /** Which command of the batch wrote a stream last. */
  readonly writers: Map<string, number>;
  events: number;
}

const none: readonly never[] = [];

const isRefusal = (decision: Decision): decision is Exclude<Decision, readonly unknown[]> =>
  !Array.isArray(decision);
const isElsewhere = (part: NewEvent | Elsewhere): part is Elsewhere => 'to' in part;

function refsIn(gate: Gate, own: StreamRef, reads: Reads): ReadonlyMap<string, StreamRef> {
  const refs = new Map<string, StreamRef>();
  for (const ref of gate.reads) refs.set(ref.stream, ref);
  refs.set(own.stream, own);
  for (const name in reads) {
    const target = reads[name];
    if (target === undefined) continue;
    if ('stream' in target) refs.set(target.stream, target);
    else for (const ref of target) refs.set(ref.stream, ref);
  }
  return refs;
}

/** The deciding half of the dispatcher: pure but for the cache, onto which it folds what it decides. */
export function createDecider(
  tenantId: string,
  cache: StreamCache,
  gate: Gate,
  types: Readonly<Record<string, EventType>>,
  { vault, subjectOf }: Sealing,
): Decider {
  const stateOf = ({ stream }: StreamRef): unknown => cache.get(stream)!.state;
  const digest: Act['digest'] = (...texts) => vault.digest(tenantId, texts);
  const gateStates = (): readonly unknown[] => gate.reads.map(stateOf);

  function actOf({ request, input, commandId, now }: Item): Act {
    const timeZone = gate.timeZone(gateStates());
    const occurredAt = (input['occurredAt'] as string | undefined) ?? now;
    return {
      actor: request.actor,
      commandId,
      now,
      occurredAt,
      today: dayOf(occurredAt, timeZone),
      timeZone,
      newId: (name) => uuidV5(commandId, name),
      digest,
    };
  }

  const isAsLooked = ({ looked }: Basis): boolean => {
    for (const [stream, version] of looked) if (cache.get(stream)?.version !== version) return false;
    return true;
  };

  /** Made anew when what it was made from has changed; `reads` that take the input alone do not rest on the state. */
  function basisOf(item: Waiting): Basis {
    const { reads: readsOf } = item.request.command;
    const takesState = readsOf !== undefined && readsOf.length !== 1;
    const entry = takesState ? cache.get(item.ref.stream) : undefined;
    const own = takesState && !entry ? item.ref.decider.initialState() : entry?.state;
    const ownVersion = entry?.version ?? 0;
    const gateVersion = gate.reads.reduce((sum, { stream }) => sum + cache.get(stream)!.version, 0);
    const former = item.basis;
    const isSame =
      former?.gateVersion === gateVersion && former.ownVersion === ownVersion && former.own === own;
    if (former && isSame && isAsLooked(former)) return former;
    const act = actOf(item);
    const looked = new Map<string, number | undefined>();
    const lookedAt: StreamRef[] = [];
    const stateOf = <S>(ref: StreamRef<S>): S => {
      const entry = cache.get(ref.stream);
      if (!looked.has(ref.stream)) {
        looked.set(ref.stream, entry?.version);
        lookedAt.push(ref);
      }
      return (entry ? entry.state : ref.decider.initialState()) as S;
    };
    const reads = readsOf?.(item.input, own, act, { facts: item.facts, stateOf }) ?? {};
    const refs = refsIn(gate, item.ref, { ...reads, lookedAt });
    item.basis = { own, ownVersion, gateVersion, act, reads, refs, looked };
    return item.basis;
  }

  function missingFor(item: Waiting): readonly StreamRef[] {
    if (gate.reads.some(({ stream }) => !cache.has(stream))) {
      return [...gate.reads, item.ref].filter(({ stream }) => !cache.has(stream));
    }
    let missing: StreamRef[] | undefined;
    basisOf(item).refs.forEach((ref, stream) => {
      if (cache.has(stream)) return;
      if (missing) missing.push(ref);
      else missing = [ref];
    });
    return missing ?? none;
  }

  function admit(item: Item) {
    const act = actOf(item);
    const { command } = item.request;
    const subject = command.subject(item.input, stateOf(item.ref));
    return { act, refused: gate.admit(command, act, subject, gateStates()) };
  }

  function judge(
    item: Waiting,
    own: Entry,
    { act, reads, refs }: Basis,
  ): readonly (NewEvent | Elsewhere)[] | Problem {
    const { command, ifMatch } = item.request;
    const refused = gate.admit(command, act, command.subject(item.input, own.state), gateStates());
    if (refused) return refused;
    if (ifMatch !== undefined && ifMatch !== own.version) {
      return problem(412, 'version-mismatch', `The stream is at version ${own.version}.`);
    }
    const states: Record<string, unknown> = {};
    for (const name in reads) {
      const target = reads[name];
      if (target === undefined) states[name] = undefined;
      else states[name] = 'stream' in target ? stateOf(target) : target.map(stateOf);
    }
    const context: Context = {
      ...act,
      version: own.version,
      facts: item.facts,
      factsPosition: item.factsPosition,
      stateOf: <S>(ref: StreamRef<S>): S => {
        if (refs.has(ref.stream)) return stateOf(ref) as S;
        throw new Error(`${command.name} looks at ${ref.stream} without naming it in reads`);
      },
      reads: states as never,
    };
    const decision = command.decide(own.state, item.input, context);
    if (!isRefusal(decision)) return decision;
    const rejection = command.rejects[decision.rejected];
    if (!rejection) throw new Error(`${command.name} does not declare the rejection ${decision.rejected}`);
    return problem(
      rejection.status,
      decision.rejected,
      rejection.detail,
      decision.errors ? { errors: decision.errors } : {},
    );
  }

  function pendingOf(
    { request, commandId }: Item,
    act: Act,
    stream: string,
    version: number,
    event: NewEvent,
  ): PendingEvent {
    const type = types[event.type];
    if (!type) throw new Error(`${request.command.name} emits the unregistered event ${event.type}`);
    const occurredAt = event.when?.occurredAt ?? act.occurredAt;
    const data = event.data as Readonly<Record<string, unknown>>;
    const pending = {
      tenantId,
      stream,
      version,
      type: event.type,
      schemaVersion: type.schemaVersion,
      data,
      actor: actorName(act.actor),
      credential: act.actor.kind === 'system' ? null : act.actor.credentialId,
      commandId,
      correlationId: request.correlationId ?? null,
      causationPosition: request.causationPosition ?? null,
      source: request.source,
      occurredAt,
      effectiveOn:
        event.when?.effectiveOn ?? (event.when?.occurredAt ? dayOf(occurredAt, act.timeZone) : act.today),
    };
    return type.personal.length === 0
      ? sealed(pending)
      : sealed(pending, vault.seal(tenantId, subjectOf(stream, data), type.personal, data));
  }

  /** The events of a decision in its order. */
  function eventsOf(
    item: Waiting,
    { act, refs }: Basis,
    parts: readonly (NewEvent | Elsewhere)[],
  ): readonly PendingEvent[] {
    const pending: PendingEvent[] = [];
    const versions = new Map<string, number>();
    const add = (stream: string, event: NewEvent): void => {
      const version = (versions.get(stream) ?? cache.get(stream)!.version) + 1;
      versions.set(stream, version);
      pending.push(pendingOf(item, act, stream, version, event));
    };
    for (const part of parts) {
      if (!isElsewhere(part)) {
        add(item.ref.stream, part);
        continue;
      }
      const { stream } = part.to;
      if (!refs.has(stream)) {
        throw new Error(`${item.request.command.name} writes to ${stream} without naming it in reads`);
      }
      for (const event of part.events) add(stream, event);
    }
    return pending;
  }

  /** Notes what must still hold when command `ord` is appended; answers the commands of the batch that it rests on. */
  function guard({ guards, writers }: Building, refs: Basis['refs'], ord: number): ReadonlySet<number> {
    const dependsOn = new Set<number>();
    for (const stream of refs.keys()) {
      const writer = writers.get(stream);
      const known = guards.get(stream);
      if (writer !== undefined) dependsOn.add(writer);
      else if (known) known.ords.push(ord);
      else {
        const { version, token } = cache.get(stream)!;
        guards.set(stream, { stream, version, token, ords: [ord] });
      }
    }
    return dependsOn;
  }

  function fold(events: readonly PendingEvent[]): void {
    try {
      for (const event of events) cache.apply(event);
    } catch (error) {
      for (const { stream } of events) cache.forget(stream);
      throw error;
    }
  }

  function decideOne(building: Building, item: Waiting): void {
    const own = cache.get(item.ref.stream)!;
    const versionBefore = own.version;
    const basis = basisOf(item);
    const verdict = judge(item, own, basis);
    const refused = 'ok' in verdict ? verdict : undefined;
    const events = 'ok' in verdict ? [] : eventsOf(item, basis, verdict);
    const version = versionBefore + events.filter(({ stream }) => stream === item.ref.stream).length;
    if (events.length > commandEventsMax) {
      const detail = `One command may record at most ${commandEventsMax} events.`;
      item.resolve(problem(422, 'too-many-events', detail));
      return;
    }
    if (item.request.dryRun) {
      const tried = events.map(({ stream, type, data }) => ({ stream, type, data }));
      item.resolve(refused ?? { ok: true, dryRun: true, stream: item.ref.stream, version, events: tried });
      return;
    }
    const ord = building.decided.length;
    const dependsOn = guard(building, basis.refs, ord);
    fold(events);
    for (const { stream } of events) building.writers.set(stream, ord);
    building.events += events.length;
    building.decided.push({
      item,
      problem: refused,
      created: versionBefore === 0 && events.length > 0,
      command: {
        key: item.receiptKey,
        fingerprint: item.request.fingerprint ?? null,
        commandId: item.commandId,
        stream: item.ref.stream,
        version,
        record: refused === undefined,
        events,
        dependsOn,
      },
    });
  }

  function decide(items: readonly Waiting[]) {
    const building: Building = { decided: [], guards: new Map(), writers: new Map(), events: 0 };
    let next = 0;
    for (const item of items) {
      if (building.events >= batchEventsMax || missingFor(item).length > 0) break;
      next += 1;
      try {
        decideOne(building, item);
      } catch (error) {
        item.resolve(faultOf(error));
      }
    }
    const { decided, guards, writers, events } = building;
    const batch = { decided, guards: [...guards.values()], written: new Set(writers.keys()), events };
    return { batch, rest: items.slice(next) };
  }

  return { missingFor, admit, decide };
}
