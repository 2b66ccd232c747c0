import { AsyncLocalStorage } from 'node:async_hooks';
import { mkdtemp, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeAccess } from '../../src/cli/demo/access.ts';
import { perform } from '../../src/cli/demo/perform.ts';
import { erp, stage, step } from '../../src/cli/demo/script.ts';
import { type DemoParameters, demoTenantId } from '../../src/cli/demo/world.ts';
import { type DemoOptions, issueDemo, loadDemo } from '../../src/cli/demo.ts';
import { withLog } from '../../src/engine/ledger.ts';
import { createProjector } from '../../src/engine/projector.ts';
import { createVault } from '../../src/engine/vault.ts';
import { verifyLog } from '../../src/engine/verification.ts';
import { eventTypes } from '../../src/events/index.ts';
import { readModels } from '../../src/projections/index.ts';
import { createRuntime } from '../../src/runtime.ts';
import { createPool } from '../../src/storage/database.ts';
import { asAdmin, createVerifier, listTenants } from '../../src/storage/tenants.ts';
import { freshDatabase } from '../support/database.ts';

const parameters: DemoParameters = { seed: 3, scale: 0.1, weeks: 1, today: '2026-03-12' };
const tenantId = demoTenantId(parameters.seed);

let databaseUrl: string;
let drop: () => Promise<void>;
let pool: Pool;
const acknowledged: string[] = [];

const options = (more: Partial<DemoOptions> = {}): DemoOptions => ({
  ...parameters,
  databaseUrl,
  pool,
  log: {
    debug: ({ demo }: { readonly demo: string }) => acknowledged.push(demo),
    warn: (_: unknown, message: string) => {
      throw new Error(message);
    },
  } as never,
  masterKey: 'test',
  wake: () => undefined,
  ...more,
});

const positionNow = async () =>
  (await listTenants(databaseUrl)).find((tenant) => tenant.tenantId === tenantId)?.position;
const ask = (text: string) => asAdmin(databaseUrl, async (client) => (await client.query(text)).rows);

beforeAll(async () => {
  ({ url: databaseUrl, drop } = await freshDatabase());
  pool = createPool({ databaseUrl, connections: 8, name: 'demo test' });
});

afterAll(async () => {
  await pool.end();
  await drop();
});

describe('loading a demo', { timeout: 120_000 }, () => {
  test('that is broken off leaves the clock held and goes on with what it began with', async () => {
    const abort = new AbortController();
    const progress = (share: number) => {
      if (share > 0.4) abort.abort();
    };
    await expect(loadDemo(options({ signal: abort.signal, progress }))).rejects.toThrow(/abort/i);
    expect(await ask('select held from jobs.next_due')).toEqual([{ held: true }]);
    const before = (await positionNow())!;
    expect(before).toBeGreaterThan(500);

    const load = await loadDemo(options({ today: '2026-03-20', scale: 0.3 }));
    expect(load.parameters).toEqual(parameters);
    expect(load.result!.commands).toBeGreaterThan(200);
    expect(await positionNow()).toBeGreaterThan(before);
    expect(await ask('select held from jobs.next_due')).toEqual([{ held: false }]);
    expect(acknowledged.length).toBeGreaterThan(1_000);
  });

  test('is done once', async () => {
    const position = await positionNow();
    const load = await loadDemo(options());
    expect(load).toEqual({ parameters, result: undefined });
    expect(await positionNow()).toBe(position);
  });

  test('is only acknowledged when every command is issued again', async () => {
    const position = await positionNow();
    const { commands, replayed } = await issueDemo({ parameters, toldUntil: undefined }, options());
    expect(replayed).toBe(commands);
    expect(await positionNow()).toBe(position);
  });

  test('leaves read models that have followed to the end and equal a rebuild', async () => {
    expect(await ask('select lane, position::integer, error from read.lane')).toEqual([
      { lane: 'main', position: await positionNow(), error: null },
    ]);
    const count = "select count(*)::integer as reports from read.report_obligation where state = 'signed'";
    const [{ reports }] = await ask(count);
    expect(reports).toBeGreaterThan(20);
    const runtime = createRuntime({ pool, masterKey: 'test' });
    const projector = createProjector({ pool, read: runtime.read, models: readModels });
    await projector.rebuild(tenantId, ['report_obligation']);
    await projector.advance(tenantId);
    expect(await ask(`${count} and generation = 2`)).toEqual([{ reports }]);
  });

  test('leaves a log in which every event has its declared shape and no field besides', async () => {
    const vault = createVault('test');
    const events = await ask('select position, type, data from log.event');
    const keys = await vault.keysFor(pool, tenantId, events);
    const opened = vault.open(tenantId, events, keys) as typeof events;
    const misshapen = opened.filter(
      ({ type, data }) => !eventTypes[type]?.schema.strict().safeParse(data).success,
    );
    expect(misshapen).toEqual([]);
  });

  test('leaves a log that verifies, with its receipts', async () => {
    const found = await withLog(pool, tenantId, (log) => verifyLog(log, tenantId, { receipts: true }));
    expect(found).toMatchObject({ intact: true, complete: true, through: await positionNow() });
  });

  test('gives a key for each role in a file for its owner alone, the same ones at every start', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'stave-demo-'));
    const first = await writeAccess(databaseUrl, dataDir, 'http://127.0.0.1:1', parameters);
    const second = await writeAccess(databaseUrl, dataDir, 'http://127.0.0.1:2', parameters);
    expect(second).toEqual({ ...first, url: 'http://127.0.0.1:2' });
    const file = join(dataDir, 'demo.json');
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(second);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(Object.keys(first.tokens).sort()).toEqual('AD AN AU HR IN OP RM SP SV TM'.split(' '));
    const verify = createVerifier(pool);
    expect(await verify(first.tokens['SP']!)).toMatchObject({
      tenantId,
      personId: first.people['SP']!.personId,
    });
    expect(await verify(first.tokens['IN']!)).toMatchObject({ tenantId, roles: ['IN'] });
  });

  test('stops at a command that is refused and says which', async () => {
    const at = '2026-03-12T09:00:00.000Z';
    const refused = step(at, erp, 'ConfirmOrder', 'nowhere', {
      orderId: '00000000-0000-4000-8000-000000000000',
    });
    await expect(
      perform([stage('2026-03-12', 'office', [[refused]])], {
        runtime: createRuntime({ pool, masterKey: 'test', clock: () => at }),
        tenantId,
        instant: new AsyncLocalStorage(),
        follow: async () => undefined,
        log: { debug: () => undefined } as never,
        signal: new AbortController().signal,
      }),
    ).rejects.toThrow(/ConfirmOrder nowhere was refused: orderUnknown/);
  });
});
