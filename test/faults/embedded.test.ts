import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, describe, expect, test } from 'vitest';
import { startEmbedded } from '../../src/storage/embedded.ts';
import { masterKeyOf } from '../../src/storage/master-key.ts';
import { asAdmin, listTenants } from '../../src/storage/tenants.ts';
import { full, note } from '../support/figures.ts';
import { rowsUnlikeRebuild } from '../support/load.ts';

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
    try {
      const [tenant] = await listTenants(server.url);
      const { tenantId } = tenant!;
      const positions = [...new Set(acknowledged.values())];
      const { rows } = await asAdmin(server.url, (client) =>
        client.query(
          `select count(*)::integer as events, max(position)::integer as last,
             count(distinct (stream, version))::integer as versions,
             (select count(distinct coalesce(last_position, position))::integer from log.receipt
              where tenant_id = $1 and coalesce(last_position, position) = any($2)) as found
           from log.event where tenant_id = $1`,
          [tenantId, positions],
        ),
      );
      const { events, last, versions, found } = rows[0];
      const lost = positions.length - found + last - events;
      const doubled = contradictions.length + events - versions;
      const key = await masterKeyOf({ masterKey: undefined, dataDir });
      const differing = await rowsUnlikeRebuild({ databaseUrl: server.url, tenantId }, key);
      note(context, 'embedded', { kills, acknowledged: acknowledged.size, lost, doubled, differing });
      expect({ lost, doubled, differing }).toEqual({ lost: 0, doubled: 0, differing: 0 });
    } finally {
      await server.stop();
    }
  });
});
