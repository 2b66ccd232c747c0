import type pg from 'pg';
import { sha256 } from '../../src/engine/canonical.ts';
import { blockHash, contentHash, readLedger } from '../../src/engine/ledger.ts';

export interface Target {
  readonly tenantId: string;
  readonly head: number;
  /** Numbers between 0 and 1. */
  readonly random: () => number;
}

/** From the first to the last position of which one must be named. */
export type Place = readonly [first: number, last: number];
export type Tampering = (client: pg.Client, target: Target) => Promise<Place>;

const whole = (random: () => number, from: number, to: number) =>
  from + Math.floor(random() * (to - from + 1));

async function blockAt(client: pg.Client, tenantId: string, position: number): Promise<Place> {
  const { rows } = await client.query(
    'select first_position::integer as first, last_position::integer as last from log.block where tenant_id = $1 and $2 between first_position and last_position',
    [tenantId, position],
  );
  return [rows[0].first, rows[0].last];
}

/** Changes one event; the event itself must be named. */
const change =
  (assignment: string): Tampering =>
  async (client, { tenantId, head, random }) => {
    const position = whole(random, 1, head);
    const { rowCount } = await client.query(
      `update log.event set ${assignment} where tenant_id = $1 and position = $2`,
      [tenantId, position],
    );
    if (rowCount !== 1) throw new Error(`Nothing was changed at ${position}`);
    return [position, position];
  };

const removed: Tampering = async (client, { tenantId, head, random }) => {
  const position = whole(random, 1, head);
  await client.query('delete from log.event where tenant_id = $1 and position = $2', [tenantId, position]);
  return [position, position];
};

const cut: Tampering = async (client, { tenantId, head, random }) => {
  const [first] = await blockAt(client, tenantId, whole(random, 2, head));
  const values = [tenantId, first];
  for (const text of [
    'delete from log.event where tenant_id = $1 and position >= $2',
    'delete from log.block where tenant_id = $1 and first_position >= $2',
    'delete from log.receipt where tenant_id = $1 and position >= $2',
  ])
    await client.query(text, values);
  await client.query(
    `update log.head set position = $2::bigint - 1, hash = coalesce((select hash from log.block
       where tenant_id = $1 and last_position = $2::bigint - 1), '') where tenant_id = $1`,
    values,
  );
  return [first, first];
};

const streamRemoved: Tampering = async (client, { tenantId, head, random }) => {
  const { rows } = await client.query(
    `delete from log.event where tenant_id = $1 and stream =
       (select stream from log.event where tenant_id = $1 and position = $2) returning position::integer as position`,
    [tenantId, whole(random, 1, head)],
  );
  const first = Math.min(...rows.map(({ position }) => position));
  return [first, first];
};

const copied = `insert into log.event
  select tenant_id, $3, 'note/forged', 1, type, schema_version, data, actor, credential, command_id, correlation_id,
    causation_position, source, occurred_at, effective_on, recorded_at, body_hash
  from log.event where tenant_id = $1 and position = $2`;

async function shift(client: pg.Client, tenantId: string, from: number, by: 1 | -1): Promise<void> {
  await client.query('update log.event set position = -position where tenant_id = $1 and position >= $2', [
    tenantId,
    from,
  ]);
  await client.query('update log.event set position = $2 - position where tenant_id = $1 and position < 0', [
    tenantId,
    by,
  ]);
}

const inserted: Tampering = async (client, { tenantId, head, random }) => {
  const position = whole(random, 1, head);
  await shift(client, tenantId, position, 1);
  await client.query(copied, [tenantId, position + 1, position]);
  return blockAt(client, tenantId, position);
};

const addedAtTheEnd: Tampering = async (client, { tenantId, head, random }) => {
  await client.query(copied, [tenantId, whole(random, 1, head), head + 1]);
  return [head + 1, head + 1];
};

const reordered: Tampering = async (client, { tenantId, head, random }) => {
  const one = whole(random, 1, head - 1);
  const other = whole(random, one + 1, head);
  for (const [from, to] of [
    [one, 0],
    [other, one],
    [0, other],
  ])
    await client.query('update log.event set position = $3 where tenant_id = $1 and position = $2', [
      tenantId,
      from,
      to,
    ]);
  return blockAt(client, tenantId, one);
};

const blockChanged =
  (assignment: string): Tampering =>
  async (client, { tenantId, head, random }) => {
    const place = await blockAt(client, tenantId, whole(random, 1, head));
    await client.query(`update log.block set ${assignment} where tenant_id = $1 and first_position = $2`, [
      tenantId,
      place[0],
    ]);
    return place;
  };

/** The block before has more than one event: else the two would begin at the same position, which the key refuses. */
const blockBegunEarlier: Tampering = async (client, { tenantId, random }) => {
  const { rows } = await client.query(
    `select b.first_position::integer as first, b.last_position::integer as last from log.block b
     join log.block f on f.tenant_id = $1 and f.last_position = b.first_position - 1 and f.first_position < f.last_position
     where b.tenant_id = $1 order by b.first_position`,
    [tenantId],
  );
  const { first, last } = rows[whole(random, 0, rows.length - 1)];
  await client.query(
    'update log.block set first_position = first_position - 1 where tenant_id = $1 and first_position = $2',
    [tenantId, first],
  );
  return [first - 1, last];
};

const blockRemoved: Tampering = async (client, { tenantId, head, random }) => {
  const place = await blockAt(client, tenantId, whole(random, 1, head));
  await client.query('delete from log.block where tenant_id = $1 and first_position = $2', [
    tenantId,
    place[0],
  ]);
  return place;
};

/** Recomputes every hash, as somebody would who wants to leave no trace; block `grown` has become longer or shorter. */
async function rehash(
  client: pg.Client,
  tenantId: string,
  grown?: { readonly at: number; readonly by: number },
) {
  if (grown) {
    await client.query(
      `create temporary table former on commit drop as select * from log.block where tenant_id = '${tenantId}'`,
    );
    await client.query('delete from log.block where tenant_id = $1', [tenantId]);
    await client.query(
      `insert into log.block select tenant_id, first_position + case when first_position > $1 then $2 else 0 end,
         last_position + case when last_position >= $1 then $2 else 0 end, recorded_at, hash from former
       where last_position + case when last_position >= $1 then $2 else 0 end
         >= first_position + case when first_position > $1 then $2 else 0 end`,
      [grown.at, grown.by],
    );
  }
  await client.query(
    `update log.event e set recorded_at = b.recorded_at from log.block b
     where e.tenant_id = $1 and b.tenant_id = $1 and e.position between b.first_position and b.last_position
       and e.recorded_at <> b.recorded_at`,
    [tenantId],
  );
  const events: [number, string][] = [];
  const blocks: [number, string][] = [];
  let previous = '';
  for await (const { block, events: own } of readLedger(client, tenantId, Number.POSITIVE_INFINITY)) {
    const hashes = own.map(({ body }) => sha256(body));
    own.forEach(({ position, bodyHash }, index) => {
      if (bodyHash !== hashes[index]) events.push([position, hashes[index]!]);
    });
    if (!block) throw new Error('An event is in no block');
    previous = blockHash(previous, block, contentHash(hashes));
    blocks.push([block.first, previous]);
  }
  const set = (text: string, list: readonly [number, string][]) =>
    client.query(text, [tenantId, list.map(([position]) => position), list.map(([, hash]) => hash)]);
  await set(
    `update log.event e set body_hash = decode(n.hash, 'hex') from unnest($2::bigint[], $3::text[]) as n(position, hash)
     where e.tenant_id = $1 and e.position = n.position`,
    events,
  );
  await set(
    `update log.block b set hash = decode(n.hash, 'hex') from unnest($2::bigint[], $3::text[]) as n(position, hash)
     where b.tenant_id = $1 and b.first_position = n.position`,
    blocks,
  );
  await client.query(
    `update log.head h set hash = b.hash, position = b.last_position from log.block b
     where h.tenant_id = $1 and b.tenant_id = $1 and b.first_position = (select max(first_position) from log.block where tenant_id = $1)`,
    [tenantId],
  );
}

const consistently =
  (tampering: Tampering): Tampering =>
  async (client, target) => {
    const [position] = await tampering(client, target);
    await rehash(client, target.tenantId);
    return blockAt(client, target.tenantId, position);
  };

const removedConsistently: Tampering = async (client, target) => {
  const position = whole(target.random, 1, target.head - 1);
  const place = await blockAt(client, target.tenantId, position);
  await client.query('delete from log.event where tenant_id = $1 and position = $2', [
    target.tenantId,
    position,
  ]);
  await shift(client, target.tenantId, position + 1, -1);
  await rehash(client, target.tenantId, { at: position, by: -1 });
  return place;
};

const insertedConsistently: Tampering = async (client, target) => {
  const position = whole(target.random, 1, target.head);
  const place = await blockAt(client, target.tenantId, position);
  await shift(client, target.tenantId, position, 1);
  await client.query(copied, [target.tenantId, position + 1, position]);
  await rehash(client, target.tenantId, { at: position, by: 1 });
  return place;
};

const data = 'data = (data::jsonb || \'{"number": 7000}\')::json';

/** What somebody with every right in the database may do to one log, by what it changes. */
export const tamperings: Readonly<Record<string, Tampering>> = {
  'a field': change(data),
  'the spelling of a field': change("data = (data::text || ' ')::json"),
  'the actor': change("actor = 'person/somebody-else'"),
  'the credential': change("credential = coalesce(credential, '') || 'x'"),
  'the type': change("type = type || 'Otherwise'"),
  'the stream': change("stream = 'note/elsewhere', version = 1"),
  'the version': change('version = version + 1000'),
  'the schema version': change('schema_version = schema_version + 1'),
  'the command': change('command_id = gen_random_uuid()'),
  'the correlation': change("correlation_id = coalesce(correlation_id, '') || ' '"),
  'the cause': change('causation_position = coalesce(causation_position, 0) + 1'),
  'the source': change("source = 'http'"),
  'the time by a day': change("occurred_at = occurred_at - interval '1 day'"),
  'the time by a microsecond': change("occurred_at = occurred_at + interval '1 microsecond'"),
  'the time to never': change("occurred_at = 'infinity'"),
  'the era': change("occurred_at = occurred_at - interval '4051 years'"),
  'the business day': change('effective_on = effective_on + 1'),
  'the time of recording': change("recorded_at = recorded_at - interval '1 microsecond'"),
  'the time of recording to never': change("recorded_at = '-infinity'"),
  'the hash of an event': change("body_hash = sha256('x')"),
  'an event, removed': removed,
  'an event, moved away': change('position = position + 1000000000000000000'),
  'the tail, cut': cut,
  'a whole stream, removed': streamRemoved,
  'an event, put in': inserted,
  'an event, put at the end': addedAtTheEnd,
  'the order': reordered,
  'the hash of a block': blockChanged("hash = sha256('x')"),
  'the time of a block': blockChanged("recorded_at = recorded_at + interval '1 microsecond'"),
  'the end of a block': blockChanged('last_position = last_position + 1000000000'),
  'the start of a block': blockBegunEarlier,
  'a block, removed': blockRemoved,
  'a field, and every hash': consistently(change(data)),
  'the actor, and every hash': consistently(change("actor = 'person/somebody-else'")),
  'the time, and every hash': consistently(change("occurred_at = occurred_at - interval '1 day'")),
  'the order, and every hash': consistently(reordered),
  'an event removed, and every hash': removedConsistently,
  'an event put in, and every hash': insertedConsistently,
};
