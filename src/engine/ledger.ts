import { hash } from 'node:crypto';
import { sha256 } from './canonical.ts';
import { bodyText, type Connection } from './log.ts';

/** An event as it is stored: `body` is the text whose SHA-256 `bodyHash` must be. */
export interface LedgerEvent {
  readonly position: number;
  /** Microseconds since 1970. */
  readonly recordedAt: number;
  readonly bodyHash: string;
  readonly body: string;
}

/** One link of the chain, over the events from `first` to `last`. */
export interface LedgerBlock {
  readonly first: number;
  readonly last: number;
  /** Microseconds since 1970. */
  readonly recordedAt: number;
  readonly hash: string;
}

/** A block and the events up to its end; without a block, events after the last one. */
export interface LedgerPart {
  readonly block: LedgerBlock | undefined;
  /** The last position of the block, or an earlier one where it reaches into the next block or beyond the head. */
  readonly end: number;
  readonly events: readonly LedgerEvent[];
}

/** Where the chain stands: the position and the hash of a block's end; 0 and '' before the first. */
export interface ChainEnd {
  readonly position: number;
  readonly hash: string;
}

const int64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(Number.isSafeInteger(value) ? BigInt(value) : -1n);
  return bytes;
};

/** The SHA-256 of the body hashes of a block's events, in order. */
export const contentHash = (bodyHashes: readonly string[]): string =>
  hash('sha256', Buffer.from(bodyHashes.join(''), 'hex'), 'hex');

/** The hash of a block that follows the block `previous`, over events whose content hash is `content`. */
export const blockHash = (
  previous: string,
  { first, last, recordedAt }: Omit<LedgerBlock, 'hash'>,
  content: string,
): string =>
  hash(
    'sha256',
    Buffer.concat([
      Buffer.from(previous, 'hex'),
      int64(first),
      int64(last),
      int64(recordedAt),
      Buffer.from(content, 'hex'),
    ]),
    'hex',
  );

export const isIntact = ({ body, bodyHash }: LedgerEvent): boolean => sha256(body) === bodyHash;

type EventRow = readonly [
  position: string,
  recordedMicros: string,
  bodyHash: string,
  stream: string,
  version: number,
  type: string,
  schemaVersion: number,
  data: string,
  actor: string,
  credential: string | null,
  commandId: string,
  correlationId: string | null,
  causationPosition: string | null,
  source: string,
  occurredMillis: string,
  effectiveOn: string,
];
type BlockRow = readonly [first: string, last: string, recordedMicros: string, hash: string];

const micros = (column: string) => `trim_scale(extract(epoch from ${column}) * 1000000)::text`;

const eventsText = `select position::text, ${micros('recorded_at')}, encode(body_hash, 'hex'), stream, version, type,
    schema_version, data::text, actor, credential, command_id, correlation_id, causation_position::text, source,
    trim_scale(extract(epoch from occurred_at) * 1000)::text, effective_on::text
  from log.event e where tenant_id = $1 and position > $2 order by e.position limit $3`;
const blocksText = `select first_position::text, last_position::text, ${micros('recorded_at')}, encode(hash, 'hex')
  from log.block b where tenant_id = $1 and first_position > $2 order by b.first_position limit $3`;

/** An instant that no whole millisecond expresses was not written by the log; it stays as it is and fits no hash. */
function instantOf(millis: string): string {
  const date = new Date(/^-?\d+$/.test(millis) ? Number(millis) : Number.NaN);
  return Number.isNaN(date.getTime()) ? millis : date.toISOString();
}

const eventOf = (tenantId: string, row: EventRow): LedgerEvent => ({
  position: Number(row[0]),
  recordedAt: Number(row[1]),
  bodyHash: row[2],
  body: bodyText(
    {
      tenantId,
      stream: row[3],
      version: row[4],
      type: row[5],
      schemaVersion: row[6],
      actor: row[8],
      credential: row[9],
      commandId: row[10],
      correlationId: row[11],
      causationPosition: row[12] === null ? null : Number(row[12]),
      source: row[13],
      occurredAt: instantOf(row[14]),
      effectiveOn: row[15],
    },
    row[7],
  ),
});

const blockOf = ([first, last, recordedMicros, hash]: BlockRow): LedgerBlock => ({
  first: Number(first),
  last: Number(last),
  recordedAt: Number(recordedMicros),
  hash,
});

const pageSize = 2_000;

/** The rows of a statement, a page at a time; the next page is under way while one is looked at. */
async function* pages<R extends readonly [string, ...unknown[]]>(
  connection: Connection,
  text: string,
  tenantId: string,
  after: string,
): AsyncGenerator<readonly R[], undefined> {
  const fetch = async (from: string): Promise<readonly R[]> => {
    const query = { text, values: [tenantId, from, pageSize], rowMode: 'array' as const };
    return (await connection.query<R[]>(query as never)).rows as unknown as readonly R[];
  };
  let rows = await fetch(after);
  while (rows.length > 0) {
    const next = rows.length < pageSize ? Promise.resolve([]) : fetch(rows.at(-1)![0]);
    next.catch(() => undefined);
    yield rows;
    rows = await next;
  }
}

/** Below every position: what a superuser put before the log's beginning is read too. */
const beforeAll = '-9223372036854775808';

/** The log of a tenant after a block's end, as it is stored: block by block, and what no block holds at last. */
export async function* readLedger(
  connection: Connection,
  tenantId: string,
  head: number,
  after = 0,
): AsyncGenerator<LedgerPart, undefined> {
  const from = after === 0 ? beforeAll : String(after);
  const events = pages<EventRow>(connection, eventsText, tenantId, from);
  let page: readonly EventRow[] = [];
  let index = 0;
  async function take(upTo: number, countMax = Number.POSITIVE_INFINITY): Promise<readonly LedgerEvent[]> {
    const taken: LedgerEvent[] = [];
    for (;;) {
      for (; index < page.length; index++) {
        if (Number(page[index]![0]) > upTo || taken.length === countMax) return taken;
        taken.push(eventOf(tenantId, page[index]!));
      }
      const { value, done } = await events.next();
      if (done) return taken;
      page = value;
      index = 0;
    }
  }
  async function partOf(block: LedgerBlock, following: number): Promise<LedgerPart> {
    const end = Math.min(block.last, following - 1);
    return { block, end, events: await take(end) };
  }
  let block: LedgerBlock | undefined;
  for await (const rows of pages<BlockRow>(connection, blocksText, tenantId, from)) {
    for (const row of rows) {
      const following = blockOf(row);
      if (block) yield await partOf(block, following.first);
      block = following;
    }
  }
  if (block) yield await partOf(block, head < block.first ? Number.POSITIVE_INFINITY : head + 1);
  for (;;) {
    const rest = await take(Number.POSITIVE_INFINITY, pageSize);
    if (rest.length === 0) return;
    yield { block: undefined, end: Number.POSITIVE_INFINITY, events: rest };
  }
}

/** The head of a tenant's log, or undefined when there is no such tenant. */
export async function readHead(
  connection: Connection,
  tenantId: string,
): Promise<(ChainEnd & { readonly recordedAt: number }) | undefined> {
  const { rows } = await connection.query(
    `select position::text, encode(hash, 'hex') as hash, ${micros('recorded_at')} as micros from log.head where tenant_id = $1`,
    [tenantId],
  );
  return (
    rows[0] && { position: Number(rows[0].position), hash: rows[0].hash, recordedAt: Number(rows[0].micros) }
  );
}

/** The end of the last block that ends at or before a position. */
export async function readChainEnd(
  connection: Connection,
  tenantId: string,
  upTo: number,
): Promise<ChainEnd> {
  const { rows } = await connection.query(
    `select last_position::text, encode(hash, 'hex') as hash from log.block
     where tenant_id = $1 and first_position <= $2 and last_position <= $2 order by first_position desc limit 1`,
    [tenantId, upTo],
  );
  return rows[0]
    ? { position: Number(rows[0].last_position), hash: rows[0].hash }
    : { position: 0, hash: '' };
}

/** Pages come from the primary keys in order: a planner without statistics would sort the whole log for each. */
const plans = ['sort', 'bitmapscan', 'seqscan', 'nestloop', 'mergejoin'].map(
  (method) => `set local enable_${method} = off`,
);

/** Works in a read-only transaction that sees one tenant's log; `snapshot` as it stood when the work began. */
export async function withLog<T>(
  pool: { readonly connect: () => Promise<Connection & { release: (error?: Error) => void }> },
  tenantId: string,
  work: (connection: Connection) => Promise<T>,
  { snapshot = true }: { readonly snapshot?: boolean } = {},
): Promise<T> {
  const client = await pool.connect();
  let failed: Error | undefined;
  try {
    await client.query(
      `begin isolation level ${snapshot ? 'repeatable read' : 'read committed'} read only;
       set local datestyle = 'iso, ymd'; set local statement_timeout = 0; ${plans.join('; ')}`,
    );
    await client.query("select set_config('stave.tenant', $1, true)", [tenantId]);
    return await work(client);
  } finally {
    await client.query('rollback').catch((error: Error) => {
      failed = error;
    });
    client.release(failed);
  }
}
