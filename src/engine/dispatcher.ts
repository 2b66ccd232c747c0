import type { Pool, PoolClient } from 'pg';
import { uuidOfText, uuidV5 } from './canonical.ts';
import { v7 } from './clock.ts';
import {
  type Act,
  type Actor,
  type AnyDecider,
  actorName,
  type Command,
  type Context,
  type Decision,
  type Elsewhere,
  evolveState,
  type FactsDb,
  type Reads,
  type StreamRef,
} from './decision.ts';
import type { EventType, NewEvent } from './event.ts';
import { invalidInput, isGenerated, strict } from './input.ts';
import { dayOf } from './instant.ts';
import {
  type Appended,
  append,
  type EventReader,
  type Guard,
  load,
  type PendingCommand,
  type PendingEvent,
  type Receipt,
  readTail,
} from './log.ts';
import { type Accepted, type Outcome, type Problem, problem } from './outcome.ts';

/** A command as it comes in, before anything is known about its input. */
export interface Request {
  readonly actor: Actor;
  readonly command: Command;
  readonly input: Readonly<Record<string, unknown>>;
  readonly source: string;
  /** Idempotency key: a repeat under the same key answers what the first one did. */
  readonly key?: string;
  /** Digest of what was asked, to tell a repeat from another request under the same key. */
  readonly fingerprint?: string;
  /** The stream version that the caller has seen. */
  readonly ifMatch?: number;
  readonly dryRun?: boolean;
  readonly correlationId?: string;
  readonly causationPosition?: number;
}

/** What the product checks before every command, on reference streams that are guarded with it. */
export interface Gate {
  readonly reads: readonly StreamRef[];
  readonly timeZone: (states: readonly unknown[]) => string;
  readonly admit: (
    command: Command,
    act: Act,
    subject: string | undefined,
    states: readonly unknown[],
  ) => Problem | undefined;
}

export interface Dispatcher {
  readonly execute: (request: Request) => Promise<Outcome>;
  /** The folded states of streams, at most `maxAgeMs` behind other processes. */
  readonly states: (
    tenantId: string,
    refs: readonly StreamRef[],
    maxAgeMs?: number,
  ) => Promise<readonly unknown[]>;
  readonly close: () => Promise<void>;
}

export interface DispatcherOptions {
  readonly pool: Pool;
  readonly read: EventReader;
  readonly gate: Gate;
  readonly types: Readonly<Record<string, EventType>>;
  readonly facts: (tenantId: string, actor: Actor) => FactsDb & { readonly position: () => number };
  /** Called after each append that moved a tenant's head. */
  readonly appended: (tenantId: string, position: number) => void;
  readonly now: () => string;
  readonly observe?: (batch: {
    readonly commands: number;
    readonly events: number;
    readonly seconds: number;
  }) => void;
}

const batchMax = 200;
const batchEventsMax = 2_000;
const commandEventsMax = 5_001;
const attemptsMax = 3;
const patienceMs = 5_000;
const cachedStreamsMax = 50_000;
const pipelineFrom = 16;

/** A folded stream: its last version and the command that wrote it. */
interface Entry {
  readonly decider: AnyDecider;
  state: unknown;
  version: number;
  token: string | null;
}

interface Item {
  readonly request: Request;
  readonly input: Readonly<Record<string, unknown>>;
  readonly commandId: string;
  readonly receiptKey: string;
  readonly ref: StreamRef;
  readonly now: string;
  readonly facts: unknown;
  readonly factsPosition: number;
  readonly enqueuedAt: number;
  readonly resolve: (outcome: Outcome) => void;
  attempts: number;
  alone: boolean;
}

interface Decided {
  readonly item: Item;
  readonly command: PendingCommand;
  readonly problem: Problem | undefined;
  readonly created: boolean;
  readonly written: ReadonlySet<string>;
}

interface Batch {
  readonly decided: readonly Decided[];
  readonly guards: readonly Guard[];
}

interface Tenant {
  readonly id: string;
  readonly queue: Item[];
  readonly cache: Map<string, Entry>;
  /** Every entry reflects all events up to here; undefined before the first load. */
  known: number | undefined;
  refreshedAt: number;
  running: boolean;
  /** Batches on their way. */
  inFlight: number;
  /** Statements on their way over `connection`. */
  users: number;
  connection: Promise<PoolClient> | undefined;
}

const isRefusal = (decision: Decision): decision is Exclude<Decision, readonly unknown[]> =>
  !Array.isArray(decision);
const isElsewhere = (part: NewEvent | Elsewhere): part is Elsewhere => 'to' in part;

function refsIn(reads: Reads): readonly StreamRef[] {
  return Object.values(reads).flatMap((target) =>
    target === undefined
      ? []
      : Array.isArray(target)
        ? (target as readonly StreamRef[])
        : [target as StreamRef],
  );
}

const knownFields = new WeakMap<
  Command,
  { readonly names: readonly string[]; readonly generated: readonly string[] }
>();
function fieldsOf(command: Command) {
  const known = knownFields.get(command);
  if (known) return known;
  const names = Object.keys(command.input);
  const fields = { names, generated: names.filter((name) => isGenerated(command.input[name] as never)) };
  knownFields.set(command, fields);
  return fields;
}

/**
 * Decides commands on folded streams and appends what they decide. While one batch of a tenant is on its way the next
 * one gathers; under load a second batch is decided on the pending events of the first and sent behind it.
 */
export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { pool, read, gate, types } = options;
  const tenants = new Map<string, Tenant>();
  const keysInFlight = new Map<string, Promise<Outcome>>();
  let closing = false;

  function tenantOf(id: string): Tenant {
    const known = tenants.get(id);
    if (known) return known;
    const tenant: Tenant = {
      id,
      queue: [],
      cache: new Map(),
      known: undefined,
      refreshedAt: 0,
      running: false,
      inFlight: 0,
      users: 0,
      connection: undefined,
    };
    tenants.set(id, tenant);
    return tenant;
  }

  async function withConnection<T>(tenant: Tenant, work: (client: PoolClient) => Promise<T>): Promise<T> {
    tenant.connection ??= pool.connect();
    const connection = tenant.connection;
    tenant.users += 1;
    let failed: Error | undefined;
    try {
      return await work(await connection);
    } catch (error) {
      failed = isConnectionFault(error) ? (error as Error) : undefined;
      throw error;
    } finally {
      tenant.users -= 1;
      if (tenant.connection === connection && (failed || tenant.users === 0)) {
        tenant.connection = undefined;
        connection.then(
          (client) => client.release(failed),
          () => undefined,
        );
      }
    }
  }

  function remember(tenant: Tenant, stream: string, entry: Entry): Entry {
    tenant.cache.set(stream, entry);
    if (tenant.cache.size > cachedStreamsMax) {
      for (const [name, old] of tenant.cache) {
        if (old.decider.reference) continue;
        tenant.cache.delete(name);
        if (tenant.cache.size <= cachedStreamsMax * 0.9) break;
      }
    }
    return entry;
  }

  function apply(entry: Entry, event: PendingEvent): void {
    entry.state = evolveState(entry.decider, entry.state, event);
    entry.version = event.version;
    entry.token = event.commandId;
  }

  async function loadStreams(tenant: Tenant, refs: ReadonlyMap<string, StreamRef>): Promise<void> {
    const { head, events } = await withConnection(tenant, (client) =>
      load(client, read, tenant.id, [...refs.keys()]),
    );
    const loaded = new Map<string, Entry>();
    for (const [stream, { decider }] of refs) {
      loaded.set(stream, { decider, state: decider.initialState(), version: 0, token: null });
    }
    for (const event of events) apply(loaded.get(event.stream)!, event);
    for (const [stream, entry] of loaded) remember(tenant, stream, entry);
    tenant.known ??= head;
    if (refs.size === 0 && head > tenant.known) await catchUp(tenant, head);
    tenant.refreshedAt = performance.now();
  }

  /** Folds what other processes appended into the streams that are held here. */
  async function catchUp(tenant: Tenant, upTo: number): Promise<void> {
    const from = tenant.known ?? upTo;
    const events = await withConnection(tenant, (client) => readTail(client, read, tenant.id, from, upTo));
    if (events === undefined) {
      tenant.cache.clear();
      tenant.known = undefined;
      return;
    }
    for (const event of events) {
      const entry = tenant.cache.get(event.stream);
      if (!entry) continue;
      if (event.version === entry.version + 1) apply(entry, event);
      else if (
        event.version > entry.version ||
        (event.version === entry.version && event.commandId !== entry.token)
      ) {
        tenant.cache.delete(event.stream);
      }
    }
    if (tenant.known === from) tenant.known = upTo;
  }

  function actOf(tenant: Tenant, item: Item): Act {
    const { actor } = item.request;
    const timeZone = gate.timeZone(gate.reads.map(({ stream }) => tenant.cache.get(stream)!.state));
    const occurredAt = (item.input['occurredAt'] as string | undefined) ?? item.now;
    return {
      actor,
      commandId: item.commandId,
      now: item.now,
      occurredAt,
      today: dayOf(occurredAt, timeZone),
      timeZone,
      newId: (name) => uuidV5(item.commandId, name),
    };
  }

  /** The streams that a command rests on, as far as they are known before its own stream is loaded. */
  function refsOf(tenant: Tenant, item: Item): readonly StreamRef[] {
    const base = [...gate.reads, item.ref];
    const { reads } = item.request.command;
    if (!reads || gate.reads.some(({ stream }) => !tenant.cache.has(stream))) return base;
    const own = tenant.cache.get(item.ref.stream);
    return [
      ...base,
      ...refsIn(reads(item.input, own ? own.state : item.ref.decider.initialState(), actOf(tenant, item))),
    ];
  }

  async function loadMissing(tenant: Tenant, items: readonly Item[]): Promise<void> {
    for (let round = 0; round < 4; round++) {
      const missing = new Map<string, StreamRef>();
      for (const item of items) {
        for (const ref of refsOf(tenant, item))
          if (!tenant.cache.has(ref.stream)) missing.set(ref.stream, ref);
      }
      if (missing.size === 0) return;
      await loadStreams(tenant, missing);
    }
  }

  function envelopeOf(
    tenant: Tenant,
    item: Item,
    act: Act,
    stream: string,
    version: number,
    event: NewEvent,
  ): PendingEvent {
    const type = types[event.type];
    if (!type) throw new Error(`${item.request.command.name} emits the unregistered event ${event.type}`);
    const occurredAt = event.when?.occurredAt ?? act.occurredAt;
    return {
      tenantId: tenant.id,
      stream,
      version,
      type: event.type,
      schemaVersion: type.schemaVersion,
      data: event.data,
      actor: actorName(act.actor),
      credential: act.actor.kind === 'system' ? null : act.actor.credentialId,
      commandId: item.commandId,
      correlationId: item.request.correlationId ?? null,
      causationPosition: item.request.causationPosition ?? null,
      source: item.request.source,
      occurredAt,
      effectiveOn:
        event.when?.effectiveOn ?? (event.when?.occurredAt ? dayOf(occurredAt, act.timeZone) : act.today),
    };
  }

  function judge(
    tenant: Tenant,
    item: Item,
    own: Entry,
    act: Act,
    reads: Reads,
  ): readonly (NewEvent | Elsewhere)[] | Problem {
    const { command, ifMatch } = item.request;
    const states = gate.reads.map(({ stream }) => tenant.cache.get(stream)!.state);
    const refused = gate.admit(command, act, command.subject(item.input, own.state), states);
    if (refused) return refused;
    if (ifMatch !== undefined && ifMatch !== own.version) {
      return problem(412, 'version-mismatch', `The stream is at version ${own.version}.`);
    }
    const stateOf = (ref: StreamRef) => tenant.cache.get(ref.stream)!.state;
    const context: Context = {
      ...act,
      version: own.version,
      facts: item.facts,
      factsPosition: item.factsPosition,
      reads: Object.fromEntries(
        Object.entries(reads).map(([name, target]) => [
          name,
          target === undefined
            ? undefined
            : Array.isArray(target)
              ? target.map(stateOf)
              : stateOf(target as StreamRef),
        ]),
      ) as never,
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

  /** Decides in order, each command over the pending events of those before it. */
  function decideBatch(tenant: Tenant, items: readonly Item[]): Batch {
    const decided: Decided[] = [];
    const guards = new Map<string, Guard>();
    const writers = new Map<string, number>();
    let events = 0;
    for (const [index, item] of items.entries()) {
      const refs = refsOf(tenant, item);
      if (events >= batchEventsMax || refs.some(({ stream }) => !tenant.cache.has(stream))) {
        tenant.queue.unshift(...items.slice(index));
        break;
      }
      try {
        const result = decideOne(tenant, item, refs, decided, guards, writers);
        if (result) {
          decided.push(result);
          events += result.command.events.length;
        }
      } catch (error) {
        tenant.cache.delete(item.ref.stream);
        item.resolve(faultOf(error));
      }
    }
    return { decided, guards: [...guards.values()] };
  }

  function decideOne(
    tenant: Tenant,
    item: Item,
    refs: readonly StreamRef[],
    before: readonly Decided[],
    guards: Map<string, Guard>,
    writers: Map<string, number>,
  ): Decided | undefined {
    const { command, dryRun } = item.request;
    const own = tenant.cache.get(item.ref.stream)!;
    const act = actOf(tenant, item);
    const reads = command.reads?.(item.input, own.state, act) ?? {};
    const verdict = judge(tenant, item, own, act, reads);
    const parts = 'ok' in verdict ? [] : verdict;
    const created = own.version === 0 && parts.length > 0;
    const byStream = new Map<string, NewEvent[]>();
    for (const part of parts) {
      const [stream, news] = isElsewhere(part) ? [part.to.stream, part.events] : [item.ref.stream, [part]];
      byStream.set(stream, [...(byStream.get(stream) ?? []), ...news]);
    }
    const pending = [...byStream].flatMap(([stream, news]) => {
      const entry = tenant.cache.get(stream);
      if (!entry || !refs.some((ref) => ref.stream === stream)) {
        throw new Error(`${command.name} writes to ${stream} without naming it in reads`);
      }
      return news.map((event, n) => envelopeOf(tenant, item, act, stream, entry.version + n + 1, event));
    });
    if (pending.length > commandEventsMax) {
      item.resolve(
        problem(422, 'too-many-events', `One command may record at most ${commandEventsMax} events.`),
      );
      return undefined;
    }
    if (dryRun) {
      item.resolve(
        'ok' in verdict
          ? verdict
          : {
              ok: true,
              dryRun: true,
              stream: item.ref.stream,
              version: own.version + (byStream.get(item.ref.stream)?.length ?? 0),
              events: pending.map(({ stream, type, data }) => ({ stream, type, data })),
            },
      );
      return undefined;
    }
    const ord = before.length;
    const dependsOn = new Set<number>();
    for (const { stream } of refs) {
      const writer = writers.get(stream);
      if (writer !== undefined) {
        dependsOn.add(writer);
        for (const earlier of before[writer]!.command.dependsOn) dependsOn.add(earlier);
        continue;
      }
      const entry = tenant.cache.get(stream)!;
      const guardKey = `${stream} ${entry.version} ${entry.token}`;
      const guard = guards.get(guardKey);
      if (guard?.ords.at(-1) === ord) continue;
      if (guard) guard.ords.push(ord);
      else guards.set(guardKey, { stream, version: entry.version, token: entry.token, ords: [ord] });
    }
    for (const event of pending) {
      apply(tenant.cache.get(event.stream)!, event);
      writers.set(event.stream, ord);
    }
    return {
      item,
      problem: 'ok' in verdict ? verdict : undefined,
      created,
      written: new Set(byStream.keys()),
      command: {
        key: item.receiptKey,
        fingerprint: item.request.fingerprint ?? null,
        commandId: item.commandId,
        stream: item.ref.stream,
        version: own.version,
        record: !('ok' in verdict),
        events: pending,
        dependsOn,
      },
    };
  }

  function acceptedOf({ item, command, created }: Decided, first: number): Accepted {
    return {
      ok: true,
      stream: item.ref.stream,
      version: command.version,
      position: first + command.events.length - 1,
      created,
      replayed: false,
      events: command.events.map(({ type }, n) => ({ type, position: first + n })),
    };
  }

  async function replayOf(tenant: Tenant, receipt: Receipt): Promise<Outcome> {
    if (!receipt.same) {
      return problem(422, 'idempotency-key-reused', 'This Idempotency-Key was used for another request.');
    }
    const { stream, version, first, last, position } = receipt;
    const recorded =
      first === null || last === null
        ? []
        : ((await withConnection(tenant, (client) => readTail(client, read, tenant.id, first - 1, last))) ??
          []);
    const own = recorded.filter((event) => event.stream === stream);
    return {
      ok: true,
      stream,
      version,
      position: last ?? position,
      created: own.length > 0 && own[0]!.version === 1,
      replayed: true,
      events: recorded.map(({ type, position }) => ({ type, position })),
    };
  }

  async function settle(tenant: Tenant, { decided }: Batch, result: Appended): Promise<void> {
    const conflicted = new Map<number, boolean>();
    for (const { stream, ords } of result.conflicts) {
      const countable = !(tenant.cache.get(stream)?.decider.reference ?? false);
      for (const ord of ords) conflicted.set(ord, (conflicted.get(ord) ?? false) || countable);
    }
    for (const { stream } of result.conflicts) tenant.cache.delete(stream);
    const replays = new Map(result.replays.map((receipt) => [receipt.ord, receipt]));
    let next = result.former + 1;
    const again: Item[] = [];
    for (const [ord, entry] of decided.entries()) {
      if (!result.leftOut.has(ord)) {
        entry.item.resolve(entry.problem ?? acceptedOf(entry, next));
        next += entry.command.events.length;
        continue;
      }
      for (const stream of entry.written) tenant.cache.delete(stream);
      const receipt = replays.get(ord);
      if (receipt) {
        replayOf(tenant, receipt).then(entry.item.resolve, (error) => entry.item.resolve(faultOf(error)));
        continue;
      }
      if (conflicted.get(ord)) entry.item.attempts += 1;
      if (entry.item.attempts > attemptsMax) {
        entry.item.resolve(
          problem(409, 'conflict', 'Others are changing the same thing; try again.', { retryAfter: 1 }),
        );
      } else again.push(entry.item);
    }
    tenant.queue.unshift(...again);
    const head = next - 1;
    if (head > result.former) options.appended(tenant.id, head);
    if (tenant.known === result.former) tenant.known = head;
    else if (tenant.known !== undefined && head > tenant.known) await catchUp(tenant, head);
  }

  /** Sends commands again after a fault: each alone where one of them holds what the database cannot. */
  async function retryAfterFault(tenant: Tenant, items: readonly Item[], error: unknown): Promise<void> {
    tenant.cache.clear();
    tenant.known = undefined;
    const isData = isDataFault(error);
    for (const item of items) {
      if (isData && (items.length === 1 || item.alone)) item.resolve(faultOf(error));
      else if (isData || (isConnectionFault(error) && performance.now() - item.enqueuedAt < patienceMs)) {
        item.alone = isData;
        tenant.queue.push(item);
      } else item.resolve(faultOf(error));
    }
    if (!isData) await new Promise((resolve) => setTimeout(resolve, 50));
  }

  async function send(tenant: Tenant, batch: Batch): Promise<void> {
    const started = performance.now();
    tenant.inFlight += 1;
    try {
      const result = await withConnection(tenant, (client) =>
        append(
          client,
          tenant.id,
          batch.decided.map(({ command }) => command),
          batch.guards,
        ),
      );
      options.observe?.({
        commands: batch.decided.length,
        events: batch.decided.reduce((sum, { command }) => sum + command.events.length, 0),
        seconds: (performance.now() - started) / 1000,
      });
      await settle(tenant, batch, result);
    } catch (error) {
      await retryAfterFault(
        tenant,
        batch.decided.map(({ item }) => item),
        error,
      );
    } finally {
      tenant.inFlight -= 1;
    }
    pump(tenant);
  }

  /** Whether the next batch goes now: at once when none is on its way, behind one when enough has gathered. */
  const mayStart = ({ queue, inFlight }: Tenant): boolean =>
    queue.length > 0 && (inFlight === 0 || (inFlight === 1 && queue.length >= pipelineFrom));

  async function run(tenant: Tenant): Promise<void> {
    while (mayStart(tenant)) {
      const size = tenant.queue[0]!.alone ? 1 : batchMax;
      const items = tenant.queue.splice(0, size);
      try {
        await loadMissing(tenant, items);
      } catch (error) {
        await retryAfterFault(tenant, items, error);
        continue;
      }
      const batch = decideBatch(tenant, items);
      if (batch.decided.length > 0) void send(tenant, batch);
    }
  }

  function pump(tenant: Tenant): void {
    if (tenant.running) return;
    tenant.running = true;
    queueMicrotask(async () => {
      try {
        await run(tenant);
      } finally {
        tenant.running = false;
        if (mayStart(tenant)) pump(tenant);
      }
    });
  }

  async function factsFor(tenant: Tenant, item: Omit<Item, 'facts' | 'factsPosition' | 'resolve'>) {
    const { command, actor } = item.request;
    if (!command.facts) return { facts: undefined, factsPosition: 0 };
    await loadMissing(tenant, [{ ...item, facts: undefined, factsPosition: 0, resolve: () => undefined }]);
    const act = actOf(tenant, { ...item, facts: undefined, factsPosition: 0, resolve: () => undefined });
    const states = gate.reads.map(({ stream }) => tenant.cache.get(stream)!.state);
    const own = tenant.cache.get(item.ref.stream)!;
    if (gate.admit(command, act, command.subject(item.input, own.state), states)) {
      return { facts: undefined, factsPosition: 0 };
    }
    const db = options.facts(tenant.id, actor);
    const facts = await command.facts(db, item.input, act);
    return { facts, factsPosition: db.position() };
  }

  async function submit(request: Request, commandId: string, receiptKey: string): Promise<Outcome> {
    const tenant = tenantOf(request.actor.tenantId);
    const { names, generated: ids } = fieldsOf(request.command);
    const filled = { ...request.input };
    for (const name of ids) filled[name] ??= uuidV5(commandId, name);
    const parsed = strict(request.command.input).safeParse(filled);
    if (!parsed.success) return invalidInput(parsed.error, names);
    const item = {
      request,
      input: parsed.data,
      commandId,
      receiptKey,
      ref: request.command.refOf(parsed.data),
      now: options.now(),
      enqueuedAt: performance.now(),
      attempts: 0,
      alone: false,
    };
    const known = await factsFor(tenant, item);
    return new Promise((resolve) => {
      tenant.queue.push({ ...item, ...known, resolve });
      pump(tenant);
    });
  }

  async function execute(request: Request): Promise<Outcome> {
    if (closing) return problem(503, 'shutting-down', 'The server is shutting down.', { retryAfter: 1 });
    const { actor, key } = request;
    try {
      if (key === undefined || request.dryRun) {
        const commandId = v7();
        return await submit(request, commandId, commandId);
      }
      const receiptKey = uuidOfText(`${actor.tenantId}\n${actor.credentialId}\n${key}`);
      for (let first = keysInFlight.get(receiptKey); first; first = keysInFlight.get(receiptKey)) await first;
      const outcome = submit(request, uuidV5(receiptKey, 'command'), receiptKey);
      keysInFlight.set(receiptKey, outcome);
      return await outcome.finally(() => keysInFlight.delete(receiptKey));
    } catch (error) {
      return faultOf(error);
    }
  }

  async function states(
    tenantId: string,
    refs: readonly StreamRef[],
    maxAgeMs = 1_000,
  ): Promise<readonly unknown[]> {
    const tenant = tenantOf(tenantId);
    if (
      tenant.known !== undefined &&
      performance.now() - tenant.refreshedAt > maxAgeMs &&
      tenant.inFlight === 0
    ) {
      await loadStreams(tenant, new Map());
    }
    for (let round = 0; round < 4; round++) {
      const missing = refs.filter(({ stream }) => !tenant.cache.has(stream));
      if (missing.length === 0) break;
      await loadStreams(tenant, new Map(missing.map((ref) => [ref.stream, ref])));
    }
    return refs.map(({ stream, decider }) => tenant.cache.get(stream)?.state ?? decider.initialState());
  }

  async function close(): Promise<void> {
    closing = true;
    while (
      [...tenants.values()].some(
        ({ queue, inFlight, running }) => queue.length > 0 || inFlight > 0 || running,
      )
    ) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  return { execute, states, close };
}

const sqlState = (error: unknown): string => String((error as { code?: unknown } | undefined)?.code ?? '');

/** Whether the connection or the server went away, so that the same request may be sent again. */
function isConnectionFault(error: unknown): boolean {
  const code = sqlState(error);
  return (
    /^(08|53|57P|40001|40P01)/.test(code) ||
    /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND)/.test(code) ||
    /connect|terminat/i.test(error instanceof Error ? error.message : '')
  );
}

const isDataFault = (error: unknown): boolean => /^(22|23|54)/.test(sqlState(error));

/** The problem that a thrown error becomes. Errors that are no known fault are thrown on. */
function faultOf(error: unknown): Problem {
  if (sqlState(error) === 'ST404') return problem(404, 'not-found', 'There is no such tenant.');
  if (isDataFault(error))
    return problem(422, 'unprocessable', 'The database cannot hold a value of this input.');
  if (isConnectionFault(error)) {
    return problem(503, 'unavailable', 'The database does not answer; try again with the same key.', {
      retryAfter: 1,
    });
  }
  return { ...problem(500, 'internal-error', 'Something went wrong on our side.'), cause: error } as Problem;
}
