import { request as rawRequest } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTenant, issueKeys, revokeKey } from '../../src/storage/tenants.ts';
import { idOf } from '../support/given.ts';
import { type Answer, type Server, startServer } from '../support/server.ts';

const personId = idOf('ann');
const path = `/v1/visit-plans/${personId}/2026-03-03/visits`;
const visit = { prospectName: 'Somebody', window: { start: '09:00', end: '10:00' }, purposes: ['service'] };
let server: Server;
let admin: string;

const heads = async (): Promise<number> => {
  const { rows } = await server.runtime.pool.query('select sum(position)::integer as position from log.head');
  return rows[0].position;
};

/** Sends bytes as they are and answers what comes back. */
const raw = (text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const { port, hostname } = new URL(server.url);
    const socket = connect(Number(port), hostname, () => socket.write(text));
    let answer = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      answer += chunk;
      if (answer.includes('\r\n\r\n') && answer.trimEnd().endsWith('}')) socket.end();
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });

function expectProblem(answer: Answer, status: number, code: string): void {
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  expect(answer.body).toMatchObject({ status, code, instance: expect.stringMatching(/^urn:stave:request:/) });
}

beforeAll(async () => {
  server = await startServer({ worker: false, clock: () => '2026-03-02T08:00:00.000Z' });
  admin = await server.token({ name: 'admin', roles: ['AD', 'TM', 'HR', 'IN'] });
});
afterAll(() => server.stop());

describe('bad input', () => {
  const hostile: readonly (readonly [string, unknown, string])[] = [
    ['an unknown field', { ...visit, purpse: [] }, '/purpse'],
    ['a wrong type', { ...visit, purposes: 'service' }, '/purposes'],
    ['NUL', { ...visit, prospectName: 'a\u0000b' }, '/prospectName'],
    ['a lone surrogate', { ...visit, prospectName: '\ud800' }, '/prospectName'],
    ['year 0000', { ...visit, occurredAt: '0000-01-01T00:00:00Z' }, '/occurredAt'],
    [
      'an offset that PostgreSQL does not know',
      { ...visit, occurredAt: '2026-03-02T08:00:00+23:59' },
      '/occurredAt',
    ],
    ['a huge integer', { ...visit, plannedTravelKm: 1e308 }, '/plannedTravelKm'],
    [
      'money past 64 bits',
      { ...visit, plannedCost: { amountMinor: '9223372036854775808', currency: 'EUR' } },
      '/plannedCost/amountMinor',
    ],
    [
      'money as a number',
      { ...visit, plannedCost: { amountMinor: 12, currency: 'EUR' } },
      '/plannedCost/amountMinor',
    ],
    ['an empty window', { ...visit, window: { start: '10:00', end: '10:00' } }, '/window'],
    ['an id that is none', { ...visit, customerId: 'x' }, '/customerId'],
    ['a part of the path in the body', { ...visit, personId }, '/personId'],
    ['an array as body', [visit], ''],
  ];

  test.each(hostile)('%s is refused at its place and changes nothing', async (_, body, pointer) => {
    const before = await heads();
    const answer = await server.post(path, admin, body);
    expectProblem(answer, 400, 'invalid-input');
    expect(answer.body.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer);
    expect(await heads()).toBe(before);
  });

  test('JSON that nests too deep is refused', async () => {
    const deep = `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`;
    expectProblem(await server.post(path, admin, deep), 400, 'invalid-input');
    expectProblem(await server.post(path, admin, '['.repeat(60_000)), 400, 'invalid-json');
  });

  test('a body that names a prototype is refused', async () => {
    expectProblem(await server.post(path, admin, '{"__proto__":{"a":1}}'), 400, 'invalid-input');
  });

  test('what is not JSON, too large or of another type is refused', async () => {
    expectProblem(await server.post(path, admin, '{"a":'), 400, 'invalid-json');
    expectProblem(await server.post(path, admin, `{"a":"${'x'.repeat(1_100_000)}"}`), 413, 'body-too-large');
    expectProblem(
      await server.post(path, admin, 'a=1', { 'content-type': 'application/x-www-form-urlencoded' }),
      415,
      'unsupported-media-type',
    );
  });

  test('unknown routes, methods and parameters are refused', async () => {
    expectProblem(await server.get('/v1/nothing', admin), 404, 'not-found');
    expectProblem(await server.get('/nothing', ''), 404, 'not-found');
    expectProblem(await server.get(path, admin), 405, 'method-not-allowed');
    const near = await server.get('/v1/planned-visits?persnId=1', admin);
    expectProblem(near, 400, 'invalid-input');
    expect(near.body.errors[0].detail).toContain('did you mean personId?');
    expectProblem(await server.post(`${path}?dryrun=true`, admin, visit), 400, 'invalid-input');
    expectProblem(await server.get('/v1/planned-visits?limit=201', admin), 400, 'invalid-input');
    expectProblem(await server.get('/v1/planned-visits?cursor=abc', admin), 400, 'invalid-cursor');
    expectProblem(await server.get('/v1/planned-visits?date=2026-02-30', admin), 400, 'invalid-input');
  });

  test('bad percent-encoding and bad ids in the path are refused', async () => {
    const answer = await raw(
      `GET /v1/%zz HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${admin}\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toContain('HTTP/1.1 400');
    expect(answer).toContain('"code":"invalid-url"');
    expectProblem(
      await server.post('/v1/visit-plans/me/2026-03-03/visits', admin, visit),
      400,
      'invalid-input',
    );
    expectProblem(
      await server.post(`/v1/visit-plans/${personId}/2026-02-30/visits`, admin, visit),
      400,
      'invalid-input',
    );
  });

  test.each([
    '/v1/events?actor=a%00b',
    '/v1/events?stream=%00',
    '/v1/audit/events?actor=a%00b',
    '/v1/audit/diff?from=1&stream=a%00b',
  ])('text that the database cannot hold is refused: %s', async (url) => {
    expectProblem(await server.get(url, admin), 400, 'invalid-input');
  });

  test('a request that is no HTTP is answered with a problem and closed', async () => {
    const answer = await raw('NONSENSE\r\n\r\n');
    expect(answer).toContain('HTTP/1.1 400');
    expect(answer).toContain('"code":"invalid-http"');
  });

  test('a content length that lies does not hang the server', async () => {
    const { port } = new URL(server.url);
    const closed = new Promise((resolve) => {
      const hanging = rawRequest({
        port,
        path,
        method: 'POST',
        headers: {
          authorization: `Bearer ${admin}`,
          'content-length': '100',
          'content-type': 'application/json',
        },
      });
      hanging.on('error', resolve);
      hanging.write('{}');
      setTimeout(() => hanging.destroy(), 50);
      hanging.on('close', resolve);
    });
    await closed;
    expect((await server.get('/healthz', '')).status).toBe(200);
  });
});

describe('credentials', () => {
  test('missing, malformed, foreign and revoked ones are refused alike', async () => {
    const missing = await server.post(path, '', visit);
    expectProblem(missing, 401, 'unauthenticated');
    expect(missing.headers.get('www-authenticate')).toContain('Bearer');
    expectProblem(await server.post(path, 'nonsense', visit), 401, 'unauthenticated');
    expectProblem(await server.post(path, `${admin.slice(0, -1)}!`, visit), 401, 'unauthenticated');
    expectProblem(
      await server.post(path, `stv_${'0'.repeat(18)}_${'a'.repeat(43)}`, visit),
      401,
      'unauthenticated',
    );
    const revoked = await server.token({ name: 'gone', roles: ['AD'] });
    await revokeKey(server.databaseUrl, revoked.split('_')[1]!);
    expectProblem(await server.post(path, revoked, visit), 401, 'unauthenticated');
    const expired = await server.token({ name: 'old', roles: ['AD'], expiresAt: '2020-01-01T00:00:00Z' });
    expectProblem(await server.get('/v1/planned-visits', expired), 401, 'unauthenticated');
  });

  test('a key limited to some permissions has no others', async () => {
    const limited = await server.token({ name: 'narrow', roles: ['IN'], scopes: ['visit-plan:read'] });
    expect((await server.get('/v1/planned-visits', limited)).status).toBe(200);
    expectProblem(await server.get('/v1/events', limited), 403, 'forbidden');
  });

  test('another tenant’s key sees nothing and its ids are as unknown as any', async () => {
    const other = await createTenant(server.databaseUrl, 'Other');
    const [foreign] = await issueKeys(server.databaseUrl, [
      { tenantId: other, name: 'foreign', roles: ['IN', 'AU', 'AD'] },
    ]);
    const events = await server.get('/v1/events', foreign!);
    expect(events.body.data).toEqual([]);
    const mine = await server.post('/v1/customers', admin, {});
    expect(mine.status).toBe(400);
  });
});

describe('preconditions', () => {
  test('a key that is no key and a version that is none are refused', async () => {
    expectProblem(
      await server.post(path, admin, visit, { 'idempotency-key': 'x'.repeat(256) }),
      400,
      'invalid-input',
    );
    expectProblem(await server.post(path, admin, visit, { 'if-match': 'soon' }), 400, 'invalid-input');
  });
});

describe('POST /v1/batch', () => {
  test('answers one result for each row, and a bad row costs the others nothing', async () => {
    const rows = [
      { command: 'RegisterCompetitor', key: 'one', input: { name: 'Acme' } },
      { command: 'Nothing', key: 'two', input: {} },
      { command: 'RegisterCompetitor', key: 'one', input: { name: 'Acme' } },
      { command: 'RegisterCompetitor', key: 'three', input: { nme: 'Acme' } },
    ];
    const body = `${rows.map((row) => JSON.stringify(row)).join('\n')}\nnot json\n`;
    const answer = await server.post('/v1/batch', admin, body, { 'content-type': 'application/x-ndjson' });
    expect(answer.status).toBe(200);
    const results = (answer.body as string)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(results.map(({ row, status }) => [row, status])).toEqual([
      [0, 201],
      [1, 400],
      [2, 201],
      [3, 400],
      [4, 400],
    ]);
    expect(results[2]).toMatchObject({ replayed: true, position: results[0].position });
  });

  test('refuses too many rows', async () => {
    const body = '{}\n'.repeat(5_001);
    expectProblem(
      await server.post('/v1/batch', admin, body, { 'content-type': 'application/x-ndjson' }),
      413,
      'too-many-rows',
    );
  });
});
