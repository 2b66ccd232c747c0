import { hash } from 'node:crypto';
import {
  boolArray,
  dateArray,
  hexArray,
  instantArray,
  int2Array,
  int4Array,
  int8Array,
  jsonArray,
  textArray,
  uuidArray,
} from './binary-arrays.ts';
import { canonicalJson, sha256 } from './canonical.ts';
import { v7 } from './clock.ts';
import type { Connection } from './connection.ts';
import type { Envelope } from './decision.ts';
import type { EventMap, EventType, RecordedEvent } from './event.ts';
import type { Keys, Stored, Vault, WrappedKey } from './vault.ts';

export type { Connection } from './connection.ts';

/** The canonical JSON text of an event's data, and the event's body hash in hex. */
interface Body {
  readonly data: unknown;
  readonly text: string;
  readonly hash: string;
  /** What the text is sealed with. */
  readonly key?: WrappedKey | undefined;
}

/** An event that is decided and not yet appended: all but its position and its recording time. */
export interface PendingEvent extends Envelope {
  readonly data: unknown;
  /** Given by `sealed`, so that text and hash are made once. */
  readonly body?: Body;
}

export interface PendingCommand {
  /** Receipt key: the digest of credential and idempotency key, or the command id. */
  readonly key: string;
  readonly fingerprint: string | null;
  readonly commandId: string;
  readonly stream: string;
  /** Version of `stream` afterwards. */
  readonly version: number;
  /** Whether to keep a receipt: refusals leave none. */
  readonly record: boolean;
  readonly events: readonly PendingEvent[];
  /** Earlier commands of the batch on whose pending events this one was decided. */
  readonly dependsOn: ReadonlySet<number>;
}

/** A stream that must still end with the version that the command `token` wrote; `ords` decided on it. */
export interface Guard {
  readonly stream: string;
  readonly version: number;
  readonly token: string | null;
  readonly ords: number[];
}

export interface Receipt {
  readonly ord: number;
  /** Whether the repeat asks for the same thing as the first one. */
  readonly same: boolean;
  readonly stream: string;
  readonly version: number;
  readonly first: number | null;
  readonly last: number | null;
  readonly position: number;
}

export interface Appended {
  /** Position of the head before the append. */
  readonly former: number;
  /** The append that moved the head last, be it this one or not. */
  readonly batch: string | null;
  readonly leftOut: ReadonlySet<number>;
  readonly conflicts: readonly { readonly stream: string; readonly ords: readonly number[] }[];
  readonly replays: readonly Receipt[];
  /** Whether the log had to look at the guards. */
  readonly doubted: boolean;
}

/** By what the database tells whether anybody else's event can lie between what was decided on and the head. */
export interface Succession {
  /** A fresh id for this append. */
  readonly batch: string;
  /** The append of this process that moved the head last, or will have when this one arrives; null when unknown. */
  readonly after: string | null;
  /** Up to here the process has seen the log, apart from what it appended itself. */
  readonly known: number;
  /** Whether no doubt is expected: then guards are sent only when the log asks for them. */
  readonly sure: boolean;
}

/** The text whose SHA-256 is an event's body hash: every column but position and recorded_at, in this order. */
export function bodyText(event: Omit<PendingEvent, 'data'>, data: string): string {
  const before = JSON.stringify([
    event.tenantId,
    event.stream,
    event.version,
    event.type,
    event.schemaVersion,
  ]);
  const after = JSON.stringify([
    event.actor,
    event.credential,
    event.commandId,
    event.correlationId,
    event.causationPosition,
    event.source,
    event.occurredAt,
    event.effectiveOn,
  ]);
  return `${before.slice(0, -1)},${data},${after.slice(1)}`;
}

function bodyOf(event: PendingEvent, stored?: Stored): Body {
  if (event.body?.data === event.data && event.body) return event.body;
  const text = canonicalJson(stored ? stored.data : event.data);
  return { data: event.data, text, hash: sha256(bodyText(event, text)), key: stored?.key };
}

/** The event with its body made: of what is to be stored, where that is not the data itself. */
export const sealed = (event: PendingEvent, stored?: Stored): PendingEvent => ({
  ...event,
  body: bodyOf(event, stored),
});

/** SHA-256 over everything that an event says, as it stands in column `body_hash`, in hex. */
export const bodyHash = (event: PendingEvent): string => bodyOf(event).hash;

/** What only the cases read in which something may have come between: guards, and who rests on whom. */
const doubtOf = (commands: readonly PendingCommand[], guards: readonly Guard[]): string =>
  JSON.stringify({
    guards,
    deps: commands.flatMap(({ dependsOn }, ord) => [...dependsOn].map((on) => ({ ord, on }))),
  });

const placeholders = Array.from({ length: 28 }, (_, index) => `$${index + 1}`).join(', ');
const appendText = `select former, batch, doubted, conflicts, replays, left_out from log.append(${placeholders})`;
const appendWithKeysText = `with kept as materialized (select secret.use($1, $29::uuid[], $30::text[], $31::bytea[]))
  select former, batch, doubted, conflicts, replays, left_out from kept cross join lateral log.append(${placeholders})`;

/** Appends what the commands decided, in one transaction and, unless the log has doubts, in one round trip. */
export async function append(
  connection: Connection,
  tenantId: string,
  commands: readonly PendingCommand[],
  guards: readonly Guard[],
  { batch, after, known, sure }: Succession = { batch: v7(), after: null, known: 0, sure: false },
): Promise<Appended> {
  const events = commands.flatMap((command) => command.events);
  const bodies = events.map((event) => bodyOf(event));
  let total = 0;
  const before = commands.map((command) => {
    total += command.events.length;
    return total - command.events.length;
  });
  const digest = hash('sha256', Buffer.from(bodies.map((body) => body.hash).join(''), 'hex'), 'buffer');
  const arrays = [
    uuidArray(commands.map((command) => command.key)),
    hexArray(commands.map((command) => command.fingerprint)),
    uuidArray(commands.map((command) => command.commandId)),
    textArray(commands.map((command) => command.stream)),
    int4Array(commands.map((command) => command.version)),
    boolArray(commands.map((command) => command.record)),
    int4Array(before),
    int4Array(commands.map((command) => command.events.length)),
    int4Array(commands.flatMap((command, ord) => command.events.map(() => ord))),
    textArray(events.map((event) => event.stream)),
    int4Array(events.map((event) => event.version)),
    textArray(events.map((event) => event.type)),
    int2Array(events.map((event) => event.schemaVersion)),
    jsonArray(bodies.map((body) => body.text)),
    textArray(events.map((event) => event.actor)),
    textArray(events.map((event) => event.credential)),
    textArray(events.map((event) => event.correlationId)),
    int8Array(events.map((event) => event.causationPosition)),
    textArray(events.map((event) => event.source)),
    instantArray(events.map((event) => event.occurredAt)),
    dateArray(events.map((event) => event.effectiveOn)),
    hexArray(bodies.map((body) => body.hash)),
  ];
  const keys = [...new Set(bodies.flatMap(({ key }) => key ?? []))];
  const used =
    keys.length > 0
      ? [keys.map(({ id }) => id), keys.map(({ subject }) => subject), keys.map(({ wrapped }) => wrapped)]
      : [];
  const send = (doubt: string | null) =>
    connection.query({
      name: keys.length > 0 ? 'append-with-keys' : 'append',
      text: keys.length > 0 ? appendWithKeysText : appendText,
      values: [tenantId, batch, after, known, digest, doubt, ...arrays, ...used],
    });
  const first = await send(sure ? null : doubtOf(commands, guards));
  const { rows } = first.rows.length > 0 ? first : await send(doubtOf(commands, guards));
  const row = rows[0];
  return {
    former: Number(row.former),
    batch: row.batch,
    leftOut: new Set<number>(row.left_out ?? []),
    conflicts: row.conflicts ?? [],
    replays: row.replays ?? [],
    doubted: row.doubted,
  };
}

export interface StoredRow {
  readonly position: number | bigint;
  readonly stream: string;
  readonly version: number;
  readonly type: string;
  readonly schema_version: number;
  readonly data: Readonly<Record<string, unknown>>;
  readonly actor: string;
  readonly credential: string | null;
  readonly command_id: string;
  readonly correlation_id: string | null;
  readonly causation_position: number | bigint | null;
  readonly source: string;
  readonly occurred_at: string;
  readonly effective_on: string;
  readonly recorded_at?: string;
}

const isoMillis = (text: string): string => new Date(text).toISOString();

/**
 * Reads stored rows as events of the present schema; an event type newer than the code is a fault. Without `keys` what is
 * sealed reads as erased: `readRows` fetches them.
 */
export function eventReader(types: EventMap, vault?: Vault) {
  function read(tenantId: string, row: StoredRow, keys?: Keys): RecordedEvent {
    const type = types[row.type] as EventType | undefined;
    if (!type || row.schema_version > type.schemaVersion) {
      throw new Error(
        `The event ${row.type} version ${row.schema_version} at ${row.position} is newer than this program`,
      );
    }
    const present = (data: StoredRow['data']) =>
      row.schema_version < type.schemaVersion ? type.upcast(data, row.schema_version) : data;
    const opened = vault && type.personal.length > 0 ? vault.open(tenantId, row.data, keys) : row.data;
    const event: RecordedEvent = {
      tenantId,
      position: Number(row.position),
      stream: row.stream,
      version: row.version,
      type: row.type,
      schemaVersion: row.schema_version,
      data: present(opened as StoredRow['data']),
      actor: row.actor,
      credential: row.credential,
      commandId: row.command_id,
      correlationId: row.correlation_id,
      causationPosition: row.causation_position === null ? null : Number(row.causation_position),
      source: row.source,
      occurredAt: isoMillis(row.occurred_at),
      effectiveOn: row.effective_on,
      recordedAt: row.recorded_at ?? '',
    };
    return opened === row.data ? event : Object.defineProperty(event, 'stored', { value: present(row.data) });
  }

  const holdsPersonal = ({ type }: StoredRow): boolean => (types[type]?.personal.length ?? 0) > 0;

  /** The keys that rows were sealed with; undefined when there is nothing to fetch. */
  function keysFor(connection: Connection, tenantId: string, rows: readonly StoredRow[]) {
    const personal = vault ? rows.filter(holdsPersonal) : [];
    return personal.length === 0
      ? undefined
      : vault?.keysFor(
          connection,
          tenantId,
          personal.map(({ data }) => data),
        );
  }

  return Object.assign(read, { keysFor });
}

export type EventReader = ReturnType<typeof eventReader>;

/** Reads rows that came over a connection, with the keys that they take. */
export async function readRows(
  connection: Connection,
  read: EventReader,
  tenantId: string,
  rows: readonly StoredRow[],
): Promise<readonly RecordedEvent[]> {
  const keys = await read.keysFor(connection, tenantId, rows);
  return rows.map((row) => read(tenantId, row, keys));
}

/** All events of some streams in stream and version order, and the head of the log at that moment. */
export async function load(
  connection: Connection,
  read: EventReader,
  tenantId: string,
  streams: readonly string[],
): Promise<{ readonly head: number; readonly events: readonly RecordedEvent[] }> {
  const { rows } = await connection.query({
    name: 'load',
    text: 'select head, events from log.load($1, $2)',
    values: [tenantId, streams],
  });
  const events: readonly StoredRow[] = rows[0].events ?? [];
  return { head: Number(rows[0].head), events: await readRows(connection, read, tenantId, events) };
}

export const eventColumns = `position, stream, version, type, schema_version, data, actor, credential, command_id, correlation_id,
  causation_position, source, occurred_at, effective_on,
  to_char(recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as recorded_at`;

/** Events after a position, in order; `only` those of some types up to a position. The connection's `stave.tenant` must name the tenant. */
export async function readAfter(
  connection: Connection,
  read: EventReader,
  tenantId: string,
  after: number,
  limit: number,
  only?: { readonly types: readonly string[]; readonly upTo: number },
): Promise<readonly RecordedEvent[]> {
  const filter = only ? 'and position <= $4 and type = any($5)' : '';
  const { rows } = await connection.query({
    name: only ? 'read-some-after' : 'read-after',
    text: `select ${eventColumns} from log.event where tenant_id = $1 and position > $2 ${filter} order by position limit $3`,
    values: [tenantId, after, limit, ...(only ? [only.upTo, only.types] : [])],
  });
  return readRows(connection, read, tenantId, rows);
}

const tailMax = 10_000;

/** Events after `from` up to `upTo`; undefined when there are too many to be worth fetching. */
export async function readTail(
  connection: Connection,
  read: EventReader,
  tenantId: string,
  from: number,
  upTo: number,
): Promise<readonly RecordedEvent[] | undefined> {
  if (upTo - from > tailMax) return undefined;
  const { rows } = await connection.query({
    name: 'read-tail',
    text: 'select event from log.tail($1, $2, $3) as event',
    values: [tenantId, from, upTo],
  });
  return readRows(
    connection,
    read,
    tenantId,
    rows.map(({ event }) => event),
  );
}
