import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, describe, expect, test } from 'vitest';
import { createProjector } from '../../src/engine/projector.ts';
import { readModels } from '../../src/projections/index.ts';
import { createRuntime } from '../../src/runtime.ts';
import { createPool } from '../../src/storage/database.ts';
import { startEmbedded } from '../../src/storage/embedded.ts';
import { masterKeyOf } from '../../src/storage/master-key.ts';
import { listTenants } from '../../src/storage/tenants.ts';
import { full, note } from '../support/figures.ts';
import { tableRows } from '../support/tables.ts';

const kills = full ? 50 : 5;
const acknowledged = new Map<string, number>();
const contradictions: string[] = [];

/** Starts the program on a data folder and notes every command that its demo acknowledges. */
function startProgram(dataDir: string, onAcknowledged: () => void): ChildProcess {
  const child = spawn(process.execPath, ['src/main.ts'], {
    env: {
      ...process.env,
      STAVE_DATA_DIR: dataDir,
      PORT: '0',
      STAVE_LOG_LEVEL: 'debug',
      STAVE_DEMO: '1',
      REDIS_URL: '',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  createInterface({ input: child.stdout! }).on('line', (line) => {
    if (!line.startsWith('{')) return;
    const { demo, position } = JSON.parse(line) as { demo?: string; position?: number };
    if (demo === undefined || position === undefined) return;
    const before = acknowledged.get(demo);
    if (before !== undefined && before !== position) contradictions.push(demo);
    acknowledged.set(demo, position);
    onAcknowledged();
  });
  return child;
}

describe('kill -9 of the whole program on its embedded server, in the middle of the demo load', () => {
  const children: ChildProcess[] = [];
  afterAll(() => {
    for (const child of children) child.kill('SIGKILL');
  });

  test(`loses and doubles nothing in ${kills} times, and the read models equal a rebuild`, {
    timeout: kills * 60_000,
  }, async (context) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'stave-kill-'));
    for (let turn = 0; turn < kills; turn++) {
      let fresh = 0;
      const known = acknowledged.size;
      const child = startProgram(dataDir, () => {
        fresh += 1;
      });
      children.push(child);
      await expect
        .poll(() => acknowledged.size > known + 200 && fresh > 0, { timeout: 60_000, interval: 20 })
        .toBe(true);
      child.kill('SIGKILL');
      await once(child, 'exit');
    }

    const server = await startEmbedded({ dataDir, log: { info: () => undefined, warn: () => undefined } });
    const pool = createPool({ databaseUrl: server.url, connections: 4, name: 'kill test' });
    try {
      const [tenant] = await listTenants(server.url);
      const { tenantId } = tenant!;
      const client = await pool.connect();
      await client.query(`select set_config('stave.tenant', '${tenantId}', false)`);
      const { rows } = await client.query(
        'select count(*)::integer as events, max(position)::integer as last, count(distinct (stream, version))::integer as versions from log.event where tenant_id = $1',
        [tenantId],
      );
      expect(rows[0].events).toBe(rows[0].last);
      expect(rows[0].versions).toBe(rows[0].events);
      const { rows: receipts } = await client.query(
        'select count(*)::integer as found from log.receipt where tenant_id = $1 and coalesce(last_position, position) = any($2)',
        [tenantId, [...new Set(acknowledged.values())]],
      );
      expect(contradictions).toEqual([]);
      expect(receipts[0].found).toBeGreaterThanOrEqual(new Set(acknowledged.values()).size);
      note(context, 'embedded', { kills, acknowledged: acknowledged.size });
      client.release(true);

      const runtime = createRuntime({
        pool,
        masterKey: await masterKeyOf({ masterKey: undefined, dataDir }),
      });
      const projector = createProjector({ pool, read: runtime.read, models: readModels });
      await projector.advance(tenantId);
      const before = await tableRows({ pool, tenantId });
      await projector.rebuild(tenantId);
      await projector.advance(tenantId);
      expect(await tableRows({ pool, tenantId })).toEqual(before);
    } finally {
      await pool.end();
      await server.stop();
    }
  });
});
