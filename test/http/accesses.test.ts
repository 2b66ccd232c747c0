import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { replay } from '../../src/cli/replay.ts';
import { createProjector } from '../../src/engine/projector.ts';
import { personEvents } from '../../src/events/person.ts';
import { readModels } from '../../src/projections/index.ts';
import { createTenant, issueKeys } from '../../src/storage/tenants.ts';
import { ann, customerId, manager, ownedByAnn, registered, staff } from '../support/commerce.ts';
import { execute } from '../support/database.ts';
import { openStream } from '../support/event-stream.ts';
import { idOf } from '../support/given.ts';
import { employed, granted } from '../support/organisation.ts';
import { type Server, startServer } from '../support/server.ts';
import { seed } from '../support/stave.ts';

const paula = idOf('paula');
const plan = `visit-plan/${ann}/2026-03-02`;

let server: Server;
let auditor: string;
let second: string;
let seller: string;
let boss: string;

interface Access {
  readonly number: number;
  readonly actor: string;
  readonly by: string;
  readonly credential: string;
  readonly request: string;
  readonly operation: string;
  readonly subjects: readonly string[];
  readonly verified: boolean;
}

/** What a second auditor sees, page by page, but for that one's own looking. */
async function accesses(query = '', limit = 200): Promise<readonly Access[]> {
  const seen: Access[] = [];
  for (let cursor = ''; ; ) {
    const { status, body } = await server.get(`/v1/audit/accesses?limit=${limit}${query}${cursor}`, second);
    expect(status, JSON.stringify(body)).toBe(200);
    seen.push(...body.data);
    if (body.nextCursor === null) return seen.filter(({ actor }) => actor !== 'integration/second');
    cursor = `&cursor=${body.nextCursor}`;
  }
}

/** What some reading left, oldest first. */
async function tracesOf(read: () => Promise<unknown>): Promise<readonly Access[]> {
  const last = (await accesses())[0]?.number ?? 0;
  await read();
  return (await accesses()).filter(({ number }) => number > last).reverse();
}

beforeAll(async () => {
  server = await startServer({ worker: false, clock: () => '2026-03-02T08:00:00.000Z' });
  const stave = { ...server.runtime, tenantId: server.tenantId } as never;
  await seed(stave, 'organisation', ...staff, employed('paula'), granted('paula', 'AU'));
  await seed(
    stave,
    `person/${paula}`,
    personEvents.PersonRegistered({ personId: paula, name: 'Paula Audit' }),
  );
  await seed(stave, `person/${ann}`, personEvents.PersonRegistered({ personId: ann, name: 'Ann Miller' }));
  await seed(stave, `customer/${customerId}`, registered, ownedByAnn);
  const { pool, read } = server.runtime;
  await createProjector({ pool, read, models: readModels }).advance(server.tenantId);
  auditor = await server.token({ name: 'paula', personId: paula });
  second = await server.token({ name: 'second', roles: ['AU'] });
  seller = await server.token({ name: 'ann', personId: ann });
  boss = await server.token({ name: 'boss', roles: ['TM'] });
});
afterAll(() => server.stop());

describe('a read by an auditor', () => {
  test('leaves who, what, when and about whom, for another auditor to see', async () => {
    const begun = new Date().toISOString();
    const [access, ...more] = await tracesOf(() => server.get(`/v1/people/${ann}`, auditor));
    expect(more).toEqual([]);
    expect(access).toMatchObject({
      actor: `person/${paula}`,
      by: 'Paula Audit',
      credential: auditor.split('_')[1],
      request: expect.stringMatching(/^[0-9a-f-]{36}$/),
      operation: 'getPerson',
      subjects: [ann],
      recordedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      verified: true,
    });
    expect((access as unknown as { recordedAt: string }).recordedAt >= begun).toBe(true);
  });

  test('is recorded whatever it is, the past and the list of reads included', async () => {
    const key = `${ann}~2026-03-02`;
    const paths: Readonly<Record<string, readonly [path: string, subjects: readonly string[]]>> = {
      listAuditEvents: [`/v1/audit/events?subject=customer/${customerId}`, [customerId]],
      listEvents: ['/v1/events?limit=1', []],
      getDiff: [`/v1/audit/diff?from=1&stream=${plan}`, [ann]],
      getVerification: ['/v1/audit/verification?limit=10', []],
      getTimeline: [`/v1/timeline/customer/${customerId}?knownAt=3`, [customerId]],
      listDocumentVersions: [`/v1/documents/visit-plan/${key}/versions`, [ann]],
      getDaySheet: [`/v1/day-sheets/${ann}`, [ann]],
      listAccesses: [`/v1/audit/accesses?subject=${ann}`, [ann]],
      listRegions: ['/v1/regions', []],
    };
    for (const [operation, [path, subjects]] of Object.entries(paths)) {
      const read = () => server.get(path, auditor);
      expect(await tracesOf(read), path).toMatchObject([{ operation, subjects, verified: true }]);
      expect(await tracesOf(read), `${path} again`).toMatchObject([{ operation }]);
    }
  });

  test('is recorded once for a stream of events, and not for a page without any', async () => {
    const { head } = (await server.get('/v1/events?limit=1', auditor)).body;
    const gone = new AbortController();
    const opened = await tracesOf(() => openStream(`${server.url}/v1/events`, auditor, gone));
    gone.abort();
    expect(opened).toMatchObject([{ operation: 'listEvents' }]);
    expect(await tracesOf(() => server.get(`/v1/events?after=${head}`, auditor))).toEqual([]);
  });

  test('leaves no text that could name somebody', async () => {
    const [access] = await tracesOf(() =>
      server.get('/v1/people?search=Miller&employeeNo=Miller&cursor=x', auditor),
    );
    expect(access).toMatchObject({ operation: 'listPeople', subjects: [] });
    expect(JSON.stringify(access)).not.toContain('Miller');
  });

  test('is recorded once each where many come together, without a gap', async () => {
    const read = () => Promise.all(Array.from({ length: 40 }, () => server.get('/v1/regions', auditor)));
    expect(await tracesOf(read)).toHaveLength(40);
    const { body } = await server.get('/v1/audit/accesses?limit=200', second);
    const numbers = body.data.map(({ number }: Access) => number);
    expect(numbers).toEqual(numbers.map((_: number, index: number) => numbers[0] - index));
    expect(body.data.every(({ verified }: Access) => verified)).toBe(true);
  });

  test('is not answered when it cannot be recorded', async () => {
    await execute(server.databaseUrl, 'revoke execute on function log.record_accesses from stave_app');
    try {
      expect((await server.get('/v1/regions', auditor)).status).toBe(500);
      expect((await server.get('/v1/regions', seller)).status).toBe(200);
    } finally {
      await execute(server.databaseUrl, 'grant execute on function log.record_accesses to stave_app');
    }
    expect((await server.get('/v1/regions', auditor)).status).toBe(200);
  });
});

describe('other reads', () => {
  test('are recorded where they are of personal data in bulk', async () => {
    for (const path of ['/v1/people', '/v1/customers?search=x'])
      expect(await tracesOf(() => server.get(path, boss)), path).toMatchObject([
        { actor: 'integration/boss' },
      ]);
    const others = async () => {
      await server.get(`/v1/people/${ann}`, boss);
      await server.get('/v1/orders', boss);
      await server.get('/v1/customers', seller);
    };
    expect(await tracesOf(others)).toEqual([]);
  });

  test('on the command line are recorded too', async () => {
    const traces = await tracesOf(() => replay(server.runtime, server.tenantId, `person/${ann}`));
    expect(traces).toMatchObject([
      { actor: 'system/cli', by: 'the system', request: null, operation: 'replay', subjects: [ann] },
    ]);
  });
});

describe('the list of accesses', () => {
  test('is filtered and paged', async () => {
    await server.get(`/v1/customers/${customerId}`, auditor);
    await server.get(`/v1/customers/${customerId}`, auditor);
    const all = await accesses();
    const matching = (matches: (access: Access) => boolean) =>
      all.filter(matches).map(({ number }) => number);
    const numbers = async (query: string) => (await accesses(query)).map(({ number }) => number);
    expect(await numbers(`&actor=person/${paula}`)).toEqual(matching(({ actor }) => actor.endsWith(paula)));
    expect(await numbers('&operation=listRegions')).toEqual(
      matching(({ operation }) => operation === 'listRegions'),
    );
    expect(await numbers(`&subject=${customerId}`)).toEqual(
      matching(({ subjects }) => subjects.includes(customerId)),
    );
    const { recordedAt } = all[3] as unknown as { recordedAt: string };
    const from = (await numbers(`&recordedFrom=${recordedAt.slice(0, 23)}Z`)).at(-1);
    expect(from).toBeLessThanOrEqual(all[3]!.number);
    expect((await numbers(`&recordedTo=${recordedAt.slice(0, 23)}Z`))[0]).toBeGreaterThanOrEqual(
      all[3]!.number,
    );
    const paged = await accesses('&operation=listRegions', 7);
    expect(paged.map(({ number }) => number)).toEqual(await numbers('&operation=listRegions'));
  });

  test('is for auditors, of their own tenant', async () => {
    for (const token of [seller, boss])
      expect((await server.get('/v1/audit/accesses', token)).status).toBe(403);
    const tenantId = await createTenant(server.databaseUrl, 'Other');
    const [foreign] = await issueKeys(server.databaseUrl, [{ tenantId, name: 'foreign', roles: ['AU'] }]);
    for (const path of [`/v1/audit/accesses?subject=${ann}`, '/v1/audit/accesses']) {
      const { body } = await server.get(path, foreign!);
      expect(body.data.filter(({ actor }: Access) => actor !== 'integration/foreign')).toEqual([]);
    }
    expect((await accesses()).some(({ actor }) => actor === 'integration/foreign')).toBe(false);
  });

  test('cannot be erased, neither by whom it names nor by an administrator', async () => {
    const before = await accesses();
    const admin = await server.token({ name: 'admin', roles: ['AD'] });
    for (const method of ['DELETE', 'PUT', 'PATCH', 'POST']) {
      const headers = { authorization: `Bearer ${auditor}` };
      expect((await fetch(`${server.url}/v1/audit/accesses`, { method, headers })).status).toBe(405);
    }
    const erased = await server.post(`/v1/people/${paula}/erase-personal-data`, admin);
    expect(erased.status, JSON.stringify(erased.body)).toBe(200);
    const { pool, read } = server.runtime;
    await createProjector({ pool, read, models: readModels }).advance(server.tenantId);
    const kept = await accesses();
    expect(kept.map(({ number, actor }) => [number, actor])).toEqual(
      before.map(({ number, actor }) => [number, actor]),
    );
    expect(kept.find(({ actor }) => actor === `person/${paula}`)?.by).toBe('[erased]');
  });

  test('shows where somebody tampered with it', async () => {
    const all = await accesses();
    const { number } = all.at(5)!;
    const where = `where tenant_id = '${server.tenantId}' and number`;
    const tamper = (statement: string) =>
      execute(
        server.databaseUrl,
        `begin; alter table log.access disable trigger all; ${statement}; alter table log.access enable always trigger append_only; alter table log.access enable always trigger append_only_truncate; commit`,
      );
    const doubted = async () =>
      (await accesses()).filter(({ verified }) => !verified).map((access) => access.number);
    await tamper(`update log.access set actor = 'person/${manager}' ${where} = ${number}`);
    expect(await doubted()).toEqual([number]);
    await tamper(`delete from log.access ${where} = ${number}`);
    const next = (await server.get('/v1/audit/accesses?limit=200', second)).body.data;
    expect(next.filter(({ verified }: Access) => !verified)).toMatchObject([{ number: number + 1 }]);
  });
});
