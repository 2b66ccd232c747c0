import type { Pool, PoolClient } from 'pg';
import { uuidOfText, uuidV5 } from './canonical.ts';
import { v7 } from './clock.ts';
import type { Command, StreamRef } from './decision.ts';
import {
  type Batch,
  createDecider,
  type Decided,
  type Decider,
  type Item,
  type Waiting,
} from './dispatcher/decide.ts';
import { faultOf, isConnectionFault, isDataFault, isKeyFault } from './dispatcher/faults.ts';
import type { Dispatcher, DispatcherOptions, Request } from './dispatcher/request.ts';
import { createStreamCache, type StreamCache } from './dispatcher/stream-cache.ts';
import { invalidInput, isGenerated, strict } from './input.ts';
import { type Appended, append, type Receipt, readTail, type Succession } from './log.ts';
import { type Accepted, type Outcome, problem, told } from './outcome.ts';

export type { Dispatcher, DispatcherOptions, Gate } from './dispatcher/request.ts';

const batchMax = 200;
const attemptsMax = 3;
const patienceMs = 3_000;
const pipelineFrom = 16;
const statesMaxAgeMs = 1_000;

interface Tenant {
  readonly id: string;
  readonly cache: StreamCache;
  readonly decider: Decider;
  readonly queue: Waiting[];
  running: boolean;
  /** Batches on their way. */
  inFlight: number;
  /** The append that moved the head last, or will have when those on their way arrive; null when unknown. */
  lastBatch: string | null;
  /** Whether others appended when this process did last. */
  contended: boolean;
  /** Statements on their way over `connection`. */
  users: number;
  connection: Promise<PoolClient> | undefined;
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

/** A connection that breaks while it is idle says so by an event; the next statement on it fails anyway. */
const ignore = (): undefined => undefined;

async function connect(pool: Pool): Promise<PoolClient> {
  const client = await pool.connect();
  return client.on('error', ignore);
}

/** Works on the connection that a tenant's statements share as long as there are any, so that they keep their order. */
async function withConnection<T>(
  pool: Pool,
  tenant: Tenant,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  tenant.connection ??= connect(pool);
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
      connection.then((client) => (failed ? client : client.off('error', ignore)).release(failed), ignore);
    }
  }
}

/** The answer to a command whose events begin at `first`; one without events was checked at the head of its batch. */
function acceptedOf({ item, command, created }: Decided, first: number, head: number): Accepted {
  return {
    ok: true,
    stream: item.ref.stream,
    version: command.version,
    position: command.events.length > 0 ? first + command.events.length - 1 : head,
    created,
    replayed: false,
    events: command.events.map((event, n) => told(event, first + n)),
  };
}

/**
 * Decides commands on folded streams and appends what they decide. While one batch of a tenant is on its way the next
 * one gathers; under load a second batch is decided on the pending events of the first and sent behind it.
 */
export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { pool, read, gate, types, sealing } = options;
  const tenants = new Map<string, Tenant>();
  const keysInFlight = new Map<string, Promise<Outcome>>();
  let closing = false;

  function tenantOf(id: string): Tenant {
    const known = tenants.get(id);
    if (known) return known;
    const cache = createStreamCache(pool, read, id);
    const tenant: Tenant = {
      id,
      cache,
      decider: createDecider(id, cache, gate, types, sealing),
      queue: [],
      running: false,
      inFlight: 0,
      lastBatch: null,
      contended: true,
      users: 0,
      connection: undefined,
    };
    tenants.set(id, tenant);
    return tenant;
  }

  async function loadMissing({ cache, decider }: Tenant, items: readonly Waiting[]): Promise<void> {
    for (;;) {
      const missing = items.flatMap(decider.missingFor);
      if (missing.length === 0) return;
      await cache.load(missing);
    }
  }

  async function replayOf(tenant: Tenant, receipt: Receipt): Promise<Outcome> {
    if (!receipt.same) {
      return problem(422, 'idempotency-key-reused', 'This Idempotency-Key was used for another request.');
    }
    const { stream, version, first, last, position } = receipt;
    const recorded =
      first === null || last === null ? [] : ((await readTail(pool, read, tenant.id, first - 1, last)) ?? []);
    const own = recorded.filter((event) => event.stream === stream);
    return {
      ok: true,
      stream,
      version,
      position: last ?? position,
      created: own.length > 0 && own[0]!.version === 1,
      replayed: true,
      events: recorded.map((event) => told(event, event.position)),
    };
  }

  function answerLeftOut(
    tenant: Tenant,
    { item }: Decided,
    receipt: Receipt | undefined,
    counts: boolean,
  ): boolean {
    if (receipt) {
      replayOf(tenant, receipt).then(item.resolve, (error) => item.resolve(faultOf(error)));
      return true;
    }
    if (counts) item.attempts += 1;
    if (item.attempts <= attemptsMax) return false;
    item.resolve(
      problem(409, 'conflict', 'Others are changing the same thing; try again.', { retryAfter: 1 }),
    );
    return true;
  }

  /** Answers the commands of a batch; those that must be decided again go to the front of the queue. */
  async function settle(tenant: Tenant, { decided }: Batch, result: Appended): Promise<void> {
    const { cache } = tenant;
    tenant.contended = result.doubted;
    const conflicted = new Map<number, boolean>();
    for (const { stream, ords } of result.conflicts) {
      const counts = !(cache.get(stream)?.decider.reference ?? false);
      for (const ord of ords) conflicted.set(ord, (conflicted.get(ord) ?? false) || counts);
      cache.forget(stream);
    }
    const replays = new Map(result.replays.map((receipt) => [receipt.ord, receipt]));
    const counted = decided.map(({ command }, ord) => (result.leftOut.has(ord) ? 0 : command.events.length));
    const head = counted.reduce((sum, count) => sum + count, result.former);
    let next = result.former + 1;
    const again: Waiting[] = [];
    for (const [ord, entry] of decided.entries()) {
      if (!result.leftOut.has(ord)) {
        entry.item.resolve(entry.problem ?? acceptedOf(entry, next, head));
        next += entry.command.events.length;
        continue;
      }
      for (const { stream } of entry.command.events) cache.forget(stream);
      if (!answerLeftOut(tenant, entry, replays.get(ord), conflicted.get(ord) ?? false))
        again.push(entry.item);
    }
    tenant.queue.unshift(...again);
    if (head > result.former) options.appended(tenant.id, head);
    await cache.appended(result.former, head);
    if (tenant.inFlight === 1) tenant.lastBatch = (cache.known() ?? -1) >= head ? result.batch : null;
  }

  function purge(tenantId: string): void {
    const tenant = tenants.get(tenantId);
    if (!tenant) return;
    tenant.cache.clear();
    tenant.lastBatch = null;
  }

  /** Sends commands again after a fault: each alone where one of them holds what the database cannot. */
  async function retryAfterFault(tenant: Tenant, items: readonly Waiting[], error: unknown): Promise<void> {
    purge(tenant.id);
    if (isKeyFault(error)) sealing.vault.forget(tenant.id);
    const isData = isDataFault(error);
    const mayPass = isConnectionFault(error) || isKeyFault(error);
    for (const item of items) {
      if (isData && (items.length === 1 || item.alone)) item.resolve(faultOf(error));
      else if (isData || (mayPass && performance.now() - item.enqueuedAt < patienceMs)) {
        item.alone = isData;
        tenant.queue.push(item);
      } else item.resolve(faultOf(error));
    }
    if (!isData) await new Promise((resolve) => setTimeout(resolve, 50));
  }

  /** What the log is told of the appends before this one; to be called when the batch is decided. */
  function successionOf(tenant: Tenant, { events }: Batch): Succession {
    const succession = {
      batch: v7(),
      after: tenant.lastBatch,
      known: tenant.cache.known() ?? -1,
      sure: !tenant.contended,
    };
    if (events > 0) tenant.lastBatch = succession.batch;
    return succession;
  }

  async function send(tenant: Tenant, batch: Batch): Promise<void> {
    const { decided, guards, events } = batch;
    const started = performance.now();
    const succession = successionOf(tenant, batch);
    tenant.inFlight += 1;
    try {
      const commands = decided.map(({ command }) => command);
      const result = await withConnection(pool, tenant, (client) =>
        append(client, tenant.id, commands, guards, succession),
      );
      options.observe?.({ commands: decided.length, events, seconds: (performance.now() - started) / 1000 });
      await settle(tenant, batch, result);
    } catch (error) {
      const items = decided.map(({ item }) => item);
      await retryAfterFault(tenant, items, error);
    } finally {
      tenant.inFlight -= 1;
    }
    pump(tenant);
  }

  /** Whether the next batch goes now: at once when none is on its way, behind one when enough has gathered. */
  const mayStart = ({ queue, inFlight }: Tenant): boolean =>
    queue.length > 0 && (inFlight === 0 || (inFlight === 1 && queue.length >= pipelineFrom));

  /** With none on its way, half of a long queue goes first, so that the other half is decided meanwhile. */
  function sizeOf({ queue, inFlight }: Tenant): number {
    if (queue[0]!.alone) return 1;
    if (inFlight > 0) return batchMax;
    return Math.min(batchMax, Math.max(pipelineFrom, Math.ceil(queue.length / 2)));
  }

  async function run(tenant: Tenant): Promise<void> {
    while (mayStart(tenant)) {
      const items = tenant.queue.splice(0, sizeOf(tenant));
      try {
        await sealing.vault.ready(pool, tenant.id);
        await loadMissing(tenant, items);
      } catch (error) {
        await retryAfterFault(tenant, items, error);
        continue;
      }
      const { batch, rest } = tenant.decider.decide(items);
      tenant.queue.unshift(...rest);
      if (batch.decided.length > 0) tenant.cache.writing(batch.written, send(tenant, batch));
    }
  }

  function pump(tenant: Tenant): void {
    if (tenant.running) return;
    tenant.running = true;
    setImmediate(async () => {
      try {
        await run(tenant);
      } finally {
        tenant.running = false;
        if (mayStart(tenant)) pump(tenant);
      }
    });
  }

  async function factsFor({ id, cache, decider }: Tenant, item: Item) {
    const { command, actor, causationPosition } = item.request;
    await sealing.vault.ready(pool, id);
    await cache.load([...gate.reads, item.ref]);
    const { act, refused } = decider.admit(item);
    if (refused) return undefined;
    const db = options.facts(actor, causationPosition);
    const facts = await command.facts?.(db, item.input, act);
    return { facts, factsPosition: db.position() };
  }

  async function submit(request: Request, commandId: string, receiptKey: string): Promise<Outcome> {
    const tenant = tenantOf(request.actor.tenantId);
    const { names, generated: ids } = fieldsOf(request.command);
    let given = request.input;
    for (const name of ids)
      if (given[name] === undefined) given = { ...given, [name]: uuidV5(commandId, name) };
    const parsed = strict(request.command.input).safeParse(given);
    if (!parsed.success) return invalidInput(parsed.error, names);
    const waiting: Waiting = {
      request,
      input: parsed.data,
      commandId,
      receiptKey,
      ref: request.command.refOf(parsed.data),
      now: options.now(),
      facts: undefined,
      factsPosition: 0,
      resolve: ignore,
      enqueuedAt: performance.now(),
      attempts: 0,
      alone: false,
      basis: undefined,
    };
    if (request.command.facts) Object.assign(waiting, await factsFor(tenant, waiting));
    return new Promise((resolve) => {
      waiting.resolve = resolve;
      tenant.queue.push(waiting);
      if (tenant.inFlight > 0 && tenant.decider.missingFor(waiting).length > 0) {
        loadMissing(tenant, [waiting]).catch(ignore);
      }
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
    atLeast?: number,
  ): Promise<readonly unknown[]> {
    const { cache } = tenantOf(tenantId);
    await (atLeast === undefined ? cache.refresh(statesMaxAgeMs) : cache.reach(atLeast));
    await cache.load(refs);
    return refs.map(({ stream, decider }) => cache.get(stream)?.state ?? decider.initialState());
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

  return { execute, states, purge, close };
}
