import type { ClientBase } from 'pg';
import { canonicalJson, sha256 } from './canonical.ts';
import type { Envelope } from './decision.ts';
import type { EventMap, EventType, RecordedEvent } from './event.ts';

/** What the log needs of a connection. */
export type Connection = Pick<ClientBase, 'query'>;

/** An event that is decided and not yet appended: all but its position and its recording time. */
export interface PendingEvent extends Envelope {
  readonly data: unknown;
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
  /** Earlier commands of the batch whose pending events this one was decided on, closed transitively. */
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
  readonly leftOut: ReadonlySet<number>;
  readonly conflicts: readonly { readonly stream: string; readonly ords: readonly number[] }[];
  readonly replays: readonly Receipt[];
}

/** The text whose SHA-256 is an event's body hash: every column but position and recorded_at, in this order. */
function bodyText(event: PendingEvent, data: string): string {
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

/** SHA-256 over everything that an event says, as it stands in column `body_hash`, in hex. */
export const bodyHash = (event: PendingEvent): string => sha256(bodyText(event, canonicalJson(event.data)));

function eventJson(event: PendingEvent, ord: number, n: number): string {
  const data = canonicalJson(event.data);
  const columns = JSON.stringify({
    ord,
    n,
    stream: event.stream,
    version: event.version,
    type: event.type,
    schema_version: event.schemaVersion,
    actor: event.actor,
    credential: event.credential,
    correlation_id: event.correlationId,
    causation_position: event.causationPosition,
    source: event.source,
    occurred_at: event.occurredAt,
    effective_on: event.effectiveOn,
    body_hash: sha256(bodyText(event, data)),
  });
  return `${columns.slice(0, -1)},"data":${data}}`;
}

/** Appends what the commands decided, in one round trip and one transaction. */
export async function append(
  connection: Connection,
  tenantId: string,
  commands: readonly PendingCommand[],
  guards: readonly Guard[],
): Promise<Appended> {
  const events = commands.flatMap((command, ord) =>
    command.events.map((event, n) => eventJson(event, ord, n)),
  );
  const { rows } = await connection.query({
    name: 'append',
    text: 'select former, conflicts, replays, left_out from log.append($1, $2, $3, $4)',
    values: [
      tenantId,
      JSON.stringify(
        commands.map((command, ord) => ({
          ord,
          deps: [...command.dependsOn],
          count: command.events.length,
          record: command.record,
          key: command.key,
          fingerprint: command.fingerprint,
          command_id: command.commandId,
          stream: command.stream,
          version: command.version,
        })),
      ),
      JSON.stringify(guards),
      `[${events.join(',')}]`,
    ],
  });
  const row = rows[0];
  return {
    former: Number(row.former),
    leftOut: new Set<number>(row.left_out ?? []),
    conflicts: row.conflicts ?? [],
    replays: row.replays ?? [],
  };
}

interface StoredRow {
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

/** Reads stored rows as events of the present schema; an event type newer than the code is a fault. */
export function eventReader(types: EventMap) {
  return (tenantId: string, row: StoredRow): RecordedEvent => {
    const type = types[row.type] as EventType | undefined;
    if (!type || row.schema_version > type.schemaVersion) {
      throw new Error(
        `The event ${row.type} version ${row.schema_version} at ${row.position} is newer than this program`,
      );
    }
    return {
      tenantId,
      position: Number(row.position),
      stream: row.stream,
      version: row.version,
      type: row.type,
      schemaVersion: row.schema_version,
      data: row.schema_version < type.schemaVersion ? type.upcast(row.data, row.schema_version) : row.data,
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
  };
}

export type EventReader = ReturnType<typeof eventReader>;

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
  return { head: Number(rows[0].head), events: events.map((row) => read(tenantId, row)) };
}

const columns = `position, stream, version, type, schema_version, data, actor, credential, command_id, correlation_id,
  causation_position, source, occurred_at, effective_on,
  to_char(recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as recorded_at`;

/** Events after a position, in order. The connection's `stave.tenant` must name the tenant. */
export async function readAfter(
  connection: Connection,
  read: EventReader,
  tenantId: string,
  after: number,
  limit: number,
): Promise<readonly RecordedEvent[]> {
  const { rows } = await connection.query({
    name: 'read-after',
    text: `select ${columns} from log.event where tenant_id = $1 and position > $2 order by position limit $3`,
    values: [tenantId, after, limit],
  });
  return rows.map((row: StoredRow) => read(tenantId, row));
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
  return rows.map(({ event }: { readonly event: StoredRow }) => read(tenantId, event));
}
