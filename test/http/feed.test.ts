import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request as forward } from 'node:http';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { competitorEvents } from '../../src/events/competitor.ts';
import { customerEvents } from '../../src/events/customer.ts';
import { createTenant, issueKeys, revokeKey } from '../../src/storage/tenants.ts';
import { customerId, ownedByAnn, registered } from '../support/commerce.ts';
import { messages, openStream, take } from '../support/event-stream.ts';
import { idOf } from '../support/given.ts';
import { type Server, startServer } from '../support/server.ts';
import { seed } from '../support/stave.ts';

const { CompetitorRegistered, CompetitorRenamed } = competitorEvents;
const perKey = 3;
let server: Server;
let reader: string;
let written = 0;

async function write(count = 1): Promise<number> {
  for (let index = 0; index < count; index++) {
    const competitorId = idOf(`competitor ${written++}`);
    const name = `Rival ${written}`;
    await seed(
      { ...server.runtime, tenantId: server.tenantId } as never,
      `competitor/${competitorId}`,
      CompetitorRegistered({ competitorId, name, nameKey: 'x' }),
    );
  }
  return head();
}

async function head(): Promise<number> {
  const { body } = await server.get('/v1/events?limit=1', reader);
  return body.head;
}

const positions = (data: readonly { readonly position: number }[]) => data.map(({ position }) => position);
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const streamOf = (query = '') => `${server.url}/v1/events${query}`;

beforeAll(async () => {
  server = await startServer({ worker: false, followersMax: { perKey, perProcess: 5 } });
  reader = await server.token({ name: 'reader', roles: ['IN'] });
  const stave = { ...server.runtime, tenantId: server.tenantId } as never;
  await seed(stave, `customer/${customerId}`, registered, ownedByAnn);
  await write(8);
});
afterAll(() => server.stop());

describe('pages of events', () => {
  test('hold the whole log in order, whatever their size', async () => {
    const end = await head();
    for (const limit of [1, 3, 1_000]) {
      const seen: number[] = [];
      for (let after = 0; after < end; ) {
        const { body } = await server.get(`/v1/events?after=${after}&limit=${limit}`, reader);
        expect(body.data.length).toBeLessThanOrEqual(limit);
        seen.push(...positions(body.data));
        after = body.after;
      }
      expect(seen).toEqual(range(1, end));
    }
  });

  test('say all that the log knows of an event', async () => {
    const { body, headers } = await server.get('/v1/events?limit=1', reader);
    expect(headers.get('stave-position')).toBe(String(body.head));
    expect(body).toMatchObject({ after: 1 });
    expect(body.data[0]).toMatchObject({
      position: 1,
      stream: `customer/${customerId}`,
      version: 1,
      type: 'CustomerRegistered',
      schemaVersion: 1,
      data: { customerId },
      actor: 'system/test',
      recordedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
      bodyHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  test('are filtered by type, stream, actor, subject, day and time of recording', async () => {
    const all = (await server.get('/v1/events', reader)).body.data;
    const of = async (query: string) =>
      positions((await server.get(`/v1/events?${query}`, reader)).body.data);
    const { recordedAt } = all[4];
    expect(await of('type=CustomerRegistered')).toEqual([1]);
    expect(await of('type=CustomerRegistered,CompetitorRegistered&limit=3')).toEqual([1, 3, 4]);
    expect(await of(`stream=customer/${customerId}`)).toEqual([1, 2]);
    expect(await of('actor=system/test&after=8')).toEqual(range(9, all.length));
    expect(await of('actor=system/nobody')).toEqual([]);
    expect(await of(`subject=customer/${customerId}`)).toEqual([1, 2]);
    expect(await of(`subject=person/${ownedByAnn.data.personId}`)).toEqual([2]);
    expect(await of(`subject=person/${customerId}`)).toEqual([]);
    expect(await of('dateFrom=2026-03-02')).toEqual([]);
    expect(await of('dateTo=2026-03-01')).toHaveLength(all.length);
    const upTo = all.filter(
      (event: { recordedAt: string }) => event.recordedAt.slice(0, 23) <= recordedAt.slice(0, 23),
    );
    const from = all.filter(
      (event: { recordedAt: string }) => event.recordedAt.slice(0, 23) >= recordedAt.slice(0, 23),
    );
    const millisecond = `${recordedAt.slice(0, 23)}Z`;
    expect(await of(`recordedTo=${millisecond}`)).toEqual(positions(upTo));
    expect(await of(`recordedFrom=${millisecond}`)).toEqual(positions(from));
  });

  test('go on behind what a filter has been looked for', async () => {
    const { body } = await server.get('/v1/events?type=CustomerLost', reader);
    expect(body).toMatchObject({ data: [], after: body.head });
  });

  test('wait for an event, and no longer than asked', async () => {
    const end = await head();
    const waiting = server.get(`/v1/events?after=${end}&wait=20`, reader);
    const last = await write(1);
    expect(positions((await waiting).body.data)).toEqual(range(end + 1, last));
    const started = performance.now();
    const { body } = await server.get(`/v1/events?after=${last}&wait=1`, reader);
    expect(body).toEqual({ data: [], after: last, head: last });
    expect(performance.now() - started).toBeGreaterThan(900);
  });

  test('wait on while only other events come', async () => {
    const end = await head();
    const waiting = server.get(`/v1/events?after=${end}&type=CompetitorRenamed&wait=20`, reader);
    await write(2);
    const competitorId = idOf('competitor 0');
    await seed(
      { ...server.runtime, tenantId: server.tenantId } as never,
      `competitor/${competitorId}`,
      CompetitorRenamed({ competitorId, name: 'Other', nameKey: 'y' }),
    );
    expect((await waiting).body.data).toMatchObject([{ type: 'CompetitorRenamed', position: end + 3 }]);
  });

  test('refuse a position that this log does not have, and bad parameters', async () => {
    const end = await head();
    expect(await server.get(`/v1/events?after=${end + 1}`, reader)).toMatchObject({
      status: 409,
      body: { code: 'position-ahead' },
    });
    for (const query of [
      'after=-1',
      'after=x',
      'limit=0',
      'limit=1001',
      'wait=31',
      'type=Nothing',
      'subject=customer',
      'subject=customer/x',
      `subject=shop/${customerId}`,
      'recordedFrom=yesterday',
      'dateTo=2026-02-30',
      'typ=CustomerLost',
    ])
      expect(await server.get(`/v1/events?${query}`, reader), query).toMatchObject({
        status: 400,
        body: { code: 'invalid-input' },
      });
  });

  test('are for auditors and integrations, each of their own company', async () => {
    const admin = await server.token({ name: 'admin', roles: ['AD', 'TM'] });
    expect((await server.get('/v1/events', admin)).status).toBe(403);
    const auditor = await server.token({ name: 'auditor', roles: ['AU'] });
    expect((await server.get('/v1/events', auditor)).status).toBe(200);
    const other = await createTenant(server.databaseUrl, 'Other');
    const [foreign] = await issueKeys(server.databaseUrl, [
      { tenantId: other, name: 'foreign', roles: ['IN'] },
    ]);
    for (const query of ['', `?stream=customer/${customerId}`, `?subject=customer/${customerId}`])
      expect((await server.get(`/v1/events${query}`, foreign!)).body).toEqual({
        data: [],
        after: 0,
        head: 0,
      });
  });
});

describe('events as server-sent events', () => {
  test('come from the beginning, then as they happen', async () => {
    const end = await head();
    const gone = new AbortController();
    const response = await openStream(streamOf(), reader, gone);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('vary')).toContain('accept');
    const stream = messages(response);
    expect((await take(stream, end)).map(({ id }) => id)).toEqual(range(1, end));
    const last = await write(2);
    const news = await take(stream, 2);
    expect(news.map(({ id, data }) => [id, data.position, data.type])).toEqual(
      range(end + 1, last).map((position) => [position, position, 'CompetitorRegistered']),
    );
    gone.abort();
  });

  test('go on after the last one received, and under a filter', async () => {
    const end = await head();
    const gone = new AbortController();
    const resumed = messages(
      await openStream(streamOf('?after=1'), reader, { lastEventId: 4, signal: gone.signal }),
    );
    expect((await take(resumed, end - 4)).map(({ id }) => id)).toEqual(range(5, end));
    const filtered = messages(await openStream(streamOf('?type=CustomerOwnerAssigned'), reader, gone));
    expect(await take(filtered, 1)).toMatchObject([{ id: 2, data: { type: 'CustomerOwnerAssigned' } }]);
    gone.abort();
  });

  test('refuse what is no id, an id of another log, and who may not read', async () => {
    const open = async (lastEventId: number, token = reader) =>
      (await openStream(streamOf(), token, { lastEventId })).status;
    expect(await open(-1)).toBe(400);
    expect(await open(1_000_000)).toBe(409);
    expect(await open(0, 'nonsense')).toBe(401);
    expect(await open(0, await server.token({ name: 'admin', roles: ['AD'] }))).toBe(403);
  });

  test('are capped for each key and for the process, and a place is free again when a reader leaves', async () => {
    const gone = new AbortController();
    const mine = await server.token({ name: 'mine', roles: ['IN'] });
    const other = await server.token({ name: 'other', roles: ['IN'] });
    for (let index = 0; index < perKey; index++)
      expect((await openStream(streamOf(), mine, gone)).status).toBe(200);
    const tooMany = await openStream(streamOf(), mine);
    expect(tooMany.status).toBe(429);
    expect(tooMany.headers.get('retry-after')).toBe('5');
    expect(await tooMany.json()).toMatchObject({ code: 'too-many-followers' });
    const end = await head();
    expect((await server.get(`/v1/events?after=${end}&wait=1`, mine)).status).toBe(429);
    expect((await server.get('/v1/events', mine)).status).toBe(200);
    for (let index = 0; index < 2; index++)
      expect((await openStream(streamOf(), other, gone)).status).toBe(200);
    const full = await openStream(streamOf(), other);
    expect(full.status).toBe(503);
    expect(await full.json()).toMatchObject({ code: 'unavailable' });
    gone.abort();
    await expect
      .poll(async () => {
        const leaving = new AbortController();
        const { status } = await openStream(streamOf(), mine, leaving);
        leaving.abort();
        return status;
      })
      .toBe(200);
  });

  test('end when the key is revoked', async () => {
    const doomed = await server.token({ name: 'doomed', roles: ['IN'] });
    const stream = messages(await openStream(streamOf(), doomed));
    await take(stream, await head());
    await revokeKey(server.databaseUrl, doomed.split('_')[1]!);
    let ended = false;
    take(stream, Number.POSITIVE_INFINITY).then(() => {
      ended = true;
    });
    const writeAndLook = async () => {
      await write(1);
      return ended;
    };
    await expect.poll(writeAndLook, { timeout: 10_000, interval: 300 }).toBe(true);
  });

  test('are understood by an EventSource, which comes back by itself where it was cut off', async () => {
    const end = await head();
    const asked: (string | undefined)[] = [];
    const proxy = createServer((request, response) => {
      asked.push(request.headers['last-event-id'] as string | undefined);
      const cut = asked.length === 1;
      const upstream = forward(
        `${server.url}${request.url}`,
        { headers: { ...request.headers, authorization: `Bearer ${reader}` } },
        (answer) => {
          response.writeHead(answer.statusCode!, answer.headers);
          if (cut) answer.once('data', (events) => response.end(events));
          else answer.pipe(response);
        },
      );
      response.once('close', () => upstream.destroy());
      upstream.on('error', () => response.destroy());
      upstream.end();
    }).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const { port } = proxy.address() as { port: number };
    const client = spawn(process.execPath, [
      '--experimental-eventsource',
      '--input-type=module',
      '--eval',
      `const source = new EventSource('http://127.0.0.1:${port}/v1/events?limit=3');
       source.onmessage = ({ lastEventId, data }) => console.log(lastEventId, JSON.parse(data).position);
       setInterval(() => undefined, 1000);`,
    ]);
    const seen: string[] = [];
    const lines = createInterface({ input: client.stdout });
    lines.on('line', (line) => seen.push(line));
    try {
      await expect.poll(() => seen.length, { timeout: 15_000 }).toBeGreaterThanOrEqual(end);
      const last = await write(1);
      await expect.poll(() => seen.at(-1), { timeout: 5_000 }).toBe(`${last} ${last}`);
      expect(seen).toEqual(range(1, last).map((position) => `${position} ${position}`));
      expect(asked[0]).toBeUndefined();
      expect(asked[1]).toBe('3');
    } finally {
      client.kill();
      proxy.close();
      proxy.closeAllConnections();
    }
  });
});

describe('a server that closes', () => {
  test('ends its streams and answers who waits', async () => {
    const closing = await startServer({ worker: false });
    const key = await closing.token({ name: 'reader', roles: ['IN'] });
    await seed(
      { ...closing.runtime, tenantId: closing.tenantId } as never,
      `customer/${customerId}`,
      customerEvents.CustomerLost({ customerId, reason: 'x', on: '2026-03-01', ownerId: null }),
    );
    const stream = messages(await openStream(`${closing.url}/v1/events`, key));
    expect(await take(stream, 1)).toHaveLength(1);
    const arrived = once(closing.app.server, 'request');
    const waiting = closing.get('/v1/events?after=1&wait=30', key);
    await arrived;
    const rest = take(stream, 1);
    const started = performance.now();
    await closing.stop();
    expect(await rest).toEqual([]);
    expect((await waiting).status).toBe(200);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
