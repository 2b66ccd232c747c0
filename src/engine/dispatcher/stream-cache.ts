import type { Pool } from 'pg';
import { type AnyDecider, evolveState, type StreamRef } from '../decision.ts';
import { type EventReader, load, type PendingEvent, readTail } from '../log.ts';

/** How many events may be folded into the streams that are held, reference streams apart: what a state takes grows with them. */
const eventsMax = 25_000;

/** What was used since so many loads stays however much it is: a command may rest on more than there is room for. */
const loadsKept = 8;

/** A folded stream: its last version and the command that wrote it. */
export interface Entry {
  readonly decider: AnyDecider;
  /** How many loads there had been when it was used last. */
  used: number;
  state: unknown;
  version: number;
  token: string | null;
}

/** The streams that a batch on its way to the log writes; settled when its fate is known. */
interface Writing {
  readonly streams: ReadonlySet<string>;
  readonly settled: Promise<unknown>;
}

/**
 * The streams of a tenant, folded: a tail of the log. Every entry reflects all events up to the position `known`, and
 * the pending events of this process besides.
 */
export interface StreamCache {
  readonly get: (stream: string) => Entry | undefined;
  readonly has: (stream: string) => boolean;
  /** Position of the last event known to be reflected; undefined before the first load. */
  readonly known: () => number | undefined;
  /** Loads the streams that are not held; what is asked for while a load is under way is loaded together by the next. */
  readonly load: (refs: readonly StreamRef[]) => Promise<void>;
  /** Folds an event that is about to be appended. */
  readonly apply: (event: PendingEvent) => void;
  /** Keeps streams from being loaded while a batch with events of theirs is on its way. */
  readonly writing: (streams: ReadonlySet<string>, settled: Promise<unknown>) => void;
  /** Takes note of an own append between two positions, and fetches what others appended before it. */
  readonly appended: (former: number, head: number) => Promise<void>;
  /** Fetches what others appended, when that was not done for so long. */
  readonly refresh: (maxAgeMs: number) => Promise<void>;
  /** Makes what is held reflect the log up to a position at least. */
  readonly reach: (position: number) => Promise<void>;
  readonly forget: (stream: string) => void;
  readonly clear: () => void;
}

function fold(entry: Entry, event: PendingEvent): void {
  entry.state = evolveState(entry.decider, entry.state, event);
  entry.version = event.version;
  entry.token = event.commandId;
}

export function createStreamCache(pool: Pool, read: EventReader, tenantId: string): StreamCache {
  const entries = new Map<string, Entry>();
  const wanted = new Map<string, StreamRef>();
  const writings = new Set<Writing>();
  let known: number | undefined;
  let weight = 0;
  let loads = 0;
  /** How often events of others were folded: a load that began before may lack them. */
  let catchUps = 0;
  let refreshedAt = 0;
  let loading: Promise<void> | undefined;

  const weightOf = ({ decider, version }: Entry): number => (decider.reference ? 0 : version + 1);

  function remember(stream: string, entry: Entry): void {
    weight += weightOf(entry);
    entries.set(stream, entry);
  }

  function makeRoom(): void {
    if (weight <= eventsMax) return;
    for (const [name, old] of entries) {
      if (old.decider.reference || old.used > loads - loadsKept) continue;
      forget(name);
      if (weight <= eventsMax * 0.9) break;
    }
  }

  function forget(stream: string): void {
    const entry = entries.get(stream);
    if (!entry) return;
    weight -= weightOf(entry);
    entries.delete(stream);
  }

  function foldOnto(entry: Entry, event: PendingEvent): void {
    weight -= weightOf(entry);
    fold(entry, event);
    weight += weightOf(entry);
  }

  async function loadStreams(refs: ReadonlyMap<string, StreamRef>): Promise<void> {
    const before = catchUps;
    const { head, events } = await load(pool, read, tenantId, [...refs.keys()]);
    if (catchUps !== before && known !== undefined && head < known) return;
    const loaded = new Map<string, Entry>();
    loads += 1;
    for (const [stream, { decider }] of refs) {
      loaded.set(stream, { decider, used: loads, state: decider.initialState(), version: 0, token: null });
    }
    for (const event of events) fold(loaded.get(event.stream)!, event);
    for (const [stream, entry] of loaded) {
      forget(stream);
      remember(stream, entry);
    }
    makeRoom();
    known ??= head;
    refreshedAt = performance.now();
  }

  const isWritten = (stream: string): boolean => {
    for (const { streams } of writings) if (streams.has(stream)) return true;
    return false;
  };

  const oneSettled = () => Promise.race([...writings].map(({ settled }) => settled));

  /** Loads what was asked for in this turn of the event loop, together. */
  async function loadWanted(): Promise<void> {
    await new Promise(setImmediate);
    const refs = new Map<string, StreamRef>();
    for (const [stream, ref] of wanted) {
      if (isWritten(stream)) continue;
      wanted.delete(stream);
      if (!entries.has(stream)) refs.set(stream, ref);
    }
    if (refs.size > 0) await loadStreams(refs);
    else if (wanted.size > 0) await oneSettled();
  }

  async function loadMissing(refs: readonly StreamRef[]): Promise<void> {
    for (;;) {
      const missing = refs.filter(({ stream }) => !entries.has(stream));
      if (missing.length === 0) return;
      for (const ref of missing) wanted.set(ref.stream, ref);
      loading ??= loadWanted().finally(() => {
        loading = undefined;
      });
      await loading;
    }
  }

  function clear(): void {
    entries.clear();
    weight = 0;
    known = undefined;
    catchUps += 1;
  }

  async function catchUp(upTo: number): Promise<void> {
    if (known === undefined || upTo <= known) return;
    const from = known;
    const events = await readTail(pool, read, tenantId, from, upTo);
    if (events === undefined) return clear();
    for (const event of events) {
      const entry = entries.get(event.stream);
      if (!entry) continue;
      if (event.version === entry.version + 1) foldOnto(entry, event);
      else if (
        event.version > entry.version ||
        (event.version === entry.version && event.commandId !== entry.token)
      ) {
        forget(event.stream);
      }
    }
    catchUps += 1;
    if (known !== undefined && from <= known && known < upTo) known = upTo;
  }

  async function appended(former: number, head: number): Promise<void> {
    if (known === former) known = head;
    else await catchUp(head);
  }

  /** Only while no batch is on its way: `known` must not pass pending events whose fate is open. */
  async function refresh(maxAgeMs: number): Promise<void> {
    if (known === undefined || performance.now() - refreshedAt <= maxAgeMs || writings.size > 0) return;
    const { head } = await load(pool, read, tenantId, []);
    if (writings.size > 0) return;
    await catchUp(head);
    refreshedAt = performance.now();
  }

  async function reach(position: number): Promise<void> {
    while (known !== undefined && known < position) await (writings.size > 0 ? oneSettled() : refresh(-1));
  }

  function writing(streams: ReadonlySet<string>, settled: Promise<unknown>): void {
    const entry = { streams, settled };
    writings.add(entry);
    settled.finally(() => writings.delete(entry));
  }

  return {
    get: (stream) => {
      const entry = entries.get(stream);
      if (entry) entry.used = loads;
      return entry;
    },
    has: (stream) => entries.has(stream),
    known: () => known,
    load: loadMissing,
    apply: (event) => foldOnto(entries.get(event.stream)!, event),
    writing,
    appended,
    refresh,
    reach,
    forget,
    clear,
  };
}
