import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPool } from '../../src/storage/database.ts';
import { full, note } from '../support/figures.ts';
import { type Installation, install } from '../support/installation.ts';
import { accountOf, intact, rowsUnlikeRebuild, startLoad } from '../support/load.ts';
import { compareEffects, effectsLeast, foundStaff } from '../support/staff.ts';

const cycles = full ? 30 : 3;
/** Longer than BullMQ's lock (30 s) and than the server lets a transaction idle (60 s). */
const stoppedMs = 63_000;
const patienceMs = stoppedMs;

describe('a worker stopped past any lease while a second one lives', () => {
  let installation: Installation;
  let pool: Pool;
  beforeAll(async () => {
    installation = await install({ workers: 2 });
    pool = createPool({ databaseUrl: installation.databaseUrl, connections: 2, name: 'faults' });
  });
  afterAll(async () => {
    await pool.end();
    await installation.remove();
  });

  test(`doubles no effect in ${cycles} times`, {
    timeout: (cycles * 2 + 4) * stoppedMs,
  }, async (context) => {
    const { databaseUrl, workers } = installation;
    const load = startLoad(installation, { prefix: 'Stop', writers: 1 });
    const tenants = [await foundStaff(pool, databaseUrl)];
    for (let cycle = 0; cycle < cycles; cycle++) {
      const worker = workers[cycle % 2]!;
      tenants.push(await foundStaff(pool, databaseUrl), await foundStaff(pool, databaseUrl));
      await sleep(200 + cycle * 150);
      worker.signal('SIGSTOP');
      await sleep(stoppedMs);
      worker.signal('SIGCONT');
      await load.more(100);
    }
    const account = await accountOf(installation, load);
    const effects = await compareEffects(databaseUrl, tenants, patienceMs);
    for (const worker of workers) await worker.kill();
    let differing = await rowsUnlikeRebuild(installation);
    for (const tenantId of tenants) differing += await rowsUnlikeRebuild({ databaseUrl, tenantId });
    note(context, 'stoppedWorker', {
      cycles,
      stoppedSeconds: stoppedMs / 1_000,
      ...account,
      ...effects,
      differing,
    });
    expect(effects.reactionEffects).toBeGreaterThan(effectsLeast * tenants.length);
    expect({ ...account, ...effects, differing }).toMatchObject({
      ...intact,
      missingEffects: 0,
      doubledEffects: 0,
      differing: 0,
    });
  });
});
