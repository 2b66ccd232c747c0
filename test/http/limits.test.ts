import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { faultOf } from '../../src/engine/dispatcher/faults.ts';
import { createRateLimit } from '../../src/http/limits.ts';
import { idOf } from '../support/given.ts';
import { type Server, startServer } from '../support/server.ts';

let server: Server;
let token: string;

beforeAll(async () => {
  server = await startServer({
    worker: false,
    clock: () => '2026-03-02T08:00:00.000Z',
    limits: { requestsPerMinute: 50, inFlightMax: 3, headersMs: 400, requestMs: 800, idleMs: 2_000 },
  });
  token = await server.token({ name: 'usual', roles: ['IN', 'TM', 'AU'] });
});
afterAll(() => server.stop());

const fresh = (name: string) => server.token({ name, roles: ['IN', 'TM', 'AU'] });

async function open(text: string): Promise<Socket> {
  const { port, hostname } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.write(text);
  return socket;
}

/** What comes until the other side closes. */
async function heard(socket: Socket): Promise<string> {
  let text = '';
  socket.setEncoding('utf8');
  socket.on('data', (part: string) => {
    text += part;
  });
  socket.on('error', () => undefined);
  await once(socket, 'close');
  return text;
}

const row = (n: number) => JSON.stringify({ command: 'LogCall', key: `row-${n}`, input: {} });
const batch = (rows: number, of: string) =>
  server.post('/v1/batch', of, Array.from({ length: rows }, (_, n) => row(n)).join('\n'), {
    'content-type': 'application/x-ndjson',
  });

describe('the rate of a key', () => {
  test('fills evenly within a minute and is refused with the time to wait', () => {
    let now = 0;
    const headers = new Map<string, string>();
    const reply = { header: (name: string, value: string) => headers.set(name, value) } as never;
    const take = createRateLimit(60, () => now);
    for (let n = 0; n < 60; n += 1) expect(take('a', 1, reply)).toBeUndefined();
    expect(take('a', 1, reply)).toMatchObject({ status: 429, code: 'rate-limited', retryAfter: 1 });
    expect(headers.get('ratelimit')).toBe('"key";r=0;t=60');
    expect(take('a', 10, reply)).toMatchObject({ retryAfter: 10 });
    expect(take('b', 1, reply)).toBeUndefined();
    now = 10_000;
    expect(take('a', 10, reply)).toBeUndefined();
    expect(take('a', 1, reply)).toMatchObject({ status: 429 });
  });

  test('is said in every answer and counts the rows of a batch', async () => {
    const key = await fresh('batches');
    const first = await batch(30, key);
    expect(first.status).toBe(200);
    expect(first.headers.get('ratelimit-policy')).toBe('"key";q=50;w=60');
    const left = /r=(\d+)/.exec(first.headers.get('ratelimit')!)![1];
    expect(Number(left)).toBeLessThanOrEqual(21);
    const second = await batch(40, key);
    expect(second).toMatchObject({ status: 429, body: { code: 'rate-limited' } });
    expect(Number(second.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await server.get('/v1/kpis', await fresh('another'))).status).toBe(200);
  });

  test('is refused before the body is read', async () => {
    const key = await fresh('spent');
    await batch(50, key);
    const socket = await open(
      `POST /v1/batch HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/x-ndjson\r\nContent-Length: 8000000\r\n\r\n`,
    );
    const [answer] = await once(socket, 'data');
    socket.destroy();
    expect(String(answer)).toContain('HTTP/1.1 429');
  });
});

describe('overload', () => {
  test('is refused with 503 and Retry-After, and passes', async () => {
    const key = await fresh('slow');
    const head = `POST /v1/batch HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/x-ndjson\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n`;
    const slow = await Promise.all([open(head), open(head), open(head)]);
    await Promise.all(slow.map((socket) => once(socket, 'data')));
    const refused = await server.get('/v1/kpis', key);
    expect(refused).toMatchObject({ status: 503, body: { code: 'overloaded' } });
    expect(refused.headers.get('retry-after')).toBe('1');
    expect((await server.get('/healthz', '')).status).toBe(200);
    for (const socket of slow) socket.destroy();
    await expect.poll(async () => (await server.get('/v1/kpis', token)).status).toBe(200);
  });

  test('a statement that takes too long is no fault of the caller or of ours', () => {
    for (const code of ['57014', '55P03'])
      expect(faultOf(Object.assign(new Error('canceled'), { code }))).toMatchObject({
        status: 503,
        retryAfter: 1,
      });
  });
});

describe('slow and large requests', () => {
  test('headers that do not come are given up', async () => {
    const answer = await heard(await open('GET /v1/kpis HTTP/1.1\r\nHost: x\r\nX-Slow: '));
    expect(answer).toContain('HTTP/1.1 408');
    expect(answer).toContain('"code":"request-timeout"');
  });

  test('a body that does not come is given up', async () => {
    const head = `POST /v1/complaints HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`;
    expect(await heard(await open(head))).toContain('HTTP/1.1 408');
  });

  test('headers beyond 16 kB are refused', async () => {
    const socket = await open(`GET /v1/kpis HTTP/1.1\r\nHost: x\r\nX-Long: ${'a'.repeat(17_000)}\r\n\r\n`);
    expect(await heard(socket)).toContain('"code":"headers-too-large"');
  });

  test('a compressed body is refused unseen', async () => {
    const answer = await fetch(`${server.url}/v1/complaints`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'content-encoding': 'gzip',
      },
      body: gzipSync(Buffer.alloc(50_000_000, '[')),
    });
    expect(answer.status).toBe(415);
    expect(answer.headers.get('accept-encoding')).toBe('identity');
    expect(await answer.json()).toMatchObject({ code: 'unsupported-content-encoding' });
  });

  test('an expectation that no server meets is refused with a problem', async () => {
    const socket = await open('GET /v1/kpis HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\n\r\n');
    expect(await heard(socket)).toContain('"code":"expectation-failed"');
  });

  test('thousands of unknown fields cost little and are answered shortly', async () => {
    const stray = Object.fromEntries(Array.from({ length: 9_000 }, (_, n) => [`${'k'.repeat(95)}${n}`, 0]));
    const began = performance.now();
    const answer = await server.post('/v1/complaints', token, stray);
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toHaveLength(50);
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});

describe('values of lists', () => {
  const asked = async (path: string) => {
    const { status, body } = await server.get(`/v1/${path}`, token);
    return [status, body.code];
  };

  test('a number beyond its column is refused', async () => {
    expect(await asked('calls?secondsFrom=2147483648')).toEqual([400, 'invalid-input']);
    expect(await asked('calls?secondsFrom=2147483647')).toEqual([200, undefined]);
  });

  test('a text that cannot be stored is refused', async () => {
    expect(await asked('outlets?outletCode=a%00b')).toEqual([400, 'invalid-input']);
    expect(await asked('customers?search=a%00b')).toEqual([400, 'invalid-input']);
  });

  test('a cursor is refused whatever it holds', async () => {
    for (const text of ['', 'x', 'null', '{}', '[]', `12345678["${idOf('x')}"]`])
      expect(await asked(`people?cursor=${Buffer.from(text).toString('base64url')}`)).toEqual([
        400,
        'invalid-cursor',
      ]);
  });
});

test('a method that a path lacks is answered with those it has', async () => {
  const response = await fetch(`${server.url}/v1/complaints`, { method: 'DELETE' });
  expect(response.status).toBe(405);
  expect(response.headers.get('allow')?.split(', ').sort()).toEqual(['GET', 'POST']);
});

test('a body of null is no object', async () => {
  const answer = await server.post(`/v1/people/${idOf('x')}/update-details`, token, 'null');
  expect(answer).toMatchObject({ status: 400, body: { code: 'invalid-input' } });
});

interface Declared {
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly [keyword: string]: unknown;
}

/** The arrays, maps and texts of a schema to which nothing sets a limit. */
function unlimited(schema: Declared, at: string): readonly string[] {
  const bounds = { string: ['maxLength', 'pattern', 'enum', 'format', 'const'], array: ['maxItems'] };
  const type = schema.type as keyof typeof bounds;
  const own = bounds[type] && !bounds[type].some((keyword) => keyword in schema) ? [at] : [];
  const inner = Object.entries(schema).flatMap(([key, member]) =>
    typeof member === 'object' && member !== null && key !== 'enum' && key !== 'propertyNames'
      ? unlimited(member as Declared, `${at}/${key}`)
      : [],
  );
  return [...own, ...inner];
}

test('every array and text of a request has a limit', async () => {
  const { body: document } = await server.get('/openapi.json', '');
  const operations = Object.entries(document.paths as Record<string, Record<string, Declared>>);
  const found = operations.flatMap(([path, methods]) =>
    Object.values(methods).flatMap((operation) => {
      const body = operation['requestBody'] as { content: Record<string, { schema: Declared }> } | undefined;
      const schema = body?.content['application/json']?.schema;
      return schema ? unlimited(schema, path) : [];
    }),
  );
  expect(found).toEqual([]);
});
