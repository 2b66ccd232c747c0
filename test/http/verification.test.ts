import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { now } from '../../src/engine/clock.ts';
import { createApp } from '../../src/http/app.ts';
import { createRuntime } from '../../src/runtime.ts';
import { createDigests } from '../../src/storage/digests.ts';
import { createTenant, createVerifier, issueKeys } from '../../src/storage/tenants.ts';
import { fillLog, type Ledger, openLedger } from '../support/ledger.ts';

describe('GET /v1/audit/verification', () => {
  let ledger: Ledger;
  let app: Awaited<ReturnType<typeof createApp>>;
  let head: number;
  const tokens: Record<string, string> = {};

  beforeAll(async () => {
    ledger = await openLedger();
    const { pool, databaseUrl, tenantId, folder } = ledger;
    await fillLog(pool, tenantId, 120);
    await ledger.sign();
    head = (await ledger.digests.last(tenantId))!.position;
    const empty = await createTenant(databaseUrl, 'Empty');
    for (const [name, tenant, roles] of [
      ['auditor', tenantId, ['AU']],
      ['manager', tenantId, ['TM', 'AD', 'IN']],
      ['stranger', empty, ['AU']],
    ] as const) {
      [tokens[name]] = (await issueKeys(databaseUrl, [{ tenantId: tenant, name, roles }])) as [string];
    }
    app = await createApp({
      runtime: createRuntime({ pool, masterKey: 'test' }),
      verify: createVerifier(pool),
      secret: 'test',
      digests: createDigests({ pool, now, folder, keyFile: join(folder, 'secret', 'key.pem') }),
      version: '0.0.0',
      ready: async () => undefined,
      metrics: async () => '',
    });
  });
  afterAll(async () => {
    await app.close();
    await ledger.close();
  });

  const get = async (name: string, search = '') => {
    const answer = await app.inject({
      url: `/v1/audit/verification${search}`,
      headers: tokens[name] ? { authorization: `Bearer ${tokens[name]}` } : {},
    });
    return { status: answer.statusCode, headers: answer.headers, body: answer.json() };
  };

  test('says that the log is intact, how far it looked and what is signed', async () => {
    const { status, body } = await get('auditor');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      result: 'intact',
      after: 0,
      through: head,
      nextAfter: null,
      events: head,
      head: { position: head },
      signedThrough: head,
      digest: { position: head, hash: body.head.hash },
      damages: [],
      damageCount: 0,
    });
  });

  test('goes on where the last answer ended, block by block', async () => {
    let events = 0;
    let pages = 0;
    for (let after: number | null = 0; after !== null; pages++) {
      const { body } = await get('auditor', `?after=${after}&limit=25`);
      expect(body).toMatchObject({ result: 'intact', after, signedThrough: head });
      events += body.events;
      after = body.nextAfter;
    }
    expect(events).toBe(head);
    expect(pages).toBeGreaterThan(3);
  });

  test('begins at the block that holds what comes after', async () => {
    const { rows } = await ledger.admin.query(
      'select first_position::integer as first from log.block where last_position > first_position + 1 order by first_position offset 3 limit 1',
    );
    const { body } = await get('auditor', `?after=${rows[0].first}&limit=1`);
    expect(body).toMatchObject({ result: 'intact', after: rows[0].first - 1, blocks: 1 });
    const { body: end } = await get('auditor', '?after=999999999999999');
    expect(end).toMatchObject({ result: 'intact', after: head, through: head, events: 0, nextAfter: null });
  });

  test('names what was changed', async () => {
    await ledger.admin.query('alter table log.event disable trigger user');
    await ledger.admin.query("update log.event set actor = 'person/other' where position = 40");
    const { body } = await get('auditor');
    expect(body).toMatchObject({ result: 'damaged', damageCount: 1 });
    expect(body.damages).toMatchObject([{ kind: 'event-changed', first: 40, last: 40 }]);
    expect((await get('auditor', '?after=100')).body.result).toBe('intact');
  });

  test('tells the log of the key’s tenant alone', async () => {
    const { body } = await get('stranger');
    expect(body).toMatchObject({
      result: 'intact',
      events: 0,
      through: 0,
      signedThrough: 0,
      digest: null,
      head: { position: 0, hash: '', recordedAt: null },
    });
  });

  test('verifies for one at a time', async () => {
    const statuses = await Promise.all(Array.from({ length: 8 }, async () => (await get('auditor')).status));
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThan(0);
    expect(statuses.filter((status) => status !== 200 && status !== 503)).toEqual([]);
    expect((await get('auditor')).status).toBe(200);
  });

  test.each([
    ['nobody', '', 401, 'unauthenticated'],
    ['manager', '', 403, 'forbidden'],
    ['auditor', '?after=-1', 400, 'invalid-input'],
    ['auditor', '?after=1e3', 400, 'invalid-input'],
    ['auditor', '?after=9999999999999999', 400, 'invalid-input'],
    ['auditor', '?limit=0', 400, 'invalid-input'],
    ['auditor', '?limit=20001', 400, 'invalid-input'],
    ['auditor', '?after=1&after=2', 400, 'invalid-input'],
    ['auditor', '?limits=5', 400, 'invalid-input'],
  ])('%s asking %s is refused', async (name, search, status, code) => {
    const answer = await get(name, search);
    expect(answer).toMatchObject({ status, body: { code } });
    expect(answer.headers['content-type']).toContain('application/problem+json');
  });
});
