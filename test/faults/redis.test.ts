import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { full, note } from '../support/figures.ts';
import { type Installation, install } from '../support/installation.ts';
import { accountOf, catchUp, intact, startLoad } from '../support/load.ts';
import { freePort, startRedis } from '../support/network.ts';

const awayMs = full ? 120_000 : 5_000;
const catchUpMaxMs = 5_000;

describe('Redis emptied, frozen, killed and away, under load', () => {
  let port: number;
  let redis: ChildProcess;
  let installation: Installation;
  beforeAll(async () => {
    port = await freePort();
    redis = await startRedis(port);
    installation = await install({ redisUrl: `redis://127.0.0.1:${port}` });
  });
  afterAll(async () => {
    await installation.remove();
    redis.kill('SIGKILL');
  });

  const kill = async () => {
    redis.kill('SIGKILL');
    await once(redis, 'exit');
  };
  const faults: Readonly<Record<string, () => Promise<unknown>>> = {
    flushed: async () => {
      const client = new Redis(port);
      await client.flushall();
      client.disconnect();
    },
    frozen: async () => {
      redis.kill('SIGSTOP');
      await sleep(awayMs);
      redis.kill('SIGCONT');
    },
    killed: async () => {
      await kill();
      redis = await startRedis(port);
    },
    away: async () => {
      await kill();
      await sleep(awayMs);
      redis = await startRedis(port);
    },
  };

  test('fails no command, and the read models catch up soon', {
    timeout: 120_000 + 2 * awayMs,
  }, async (context) => {
    const load = startLoad(installation, { prefix: 'Redis' });
    const catchUpMs: Record<string, number> = {};
    let behind = 0;
    for (const [name, strike] of Object.entries(faults)) {
      await load.more(100);
      await strike();
      const returned = performance.now();
      behind += await catchUp(installation);
      catchUpMs[`${name}CatchUpMs`] = Math.round(performance.now() - returned);
    }
    const { acknowledged, statuses, slowestMs } = await load.finish();
    const account = await accountOf(installation, load);
    const failed = Object.entries(statuses).reduce(
      (sum, [status, count]) => sum + (Number(status) >= 400 ? count : 0),
      0,
    );
    note(context, 'redis', { acknowledged, failed, slowestMs, ...catchUpMs, ...account });
    expect({ ...account, failed, behind }).toMatchObject({ ...intact, failed: 0, behind: 0 });
    expect(Math.max(...Object.values(catchUpMs))).toBeLessThanOrEqual(catchUpMaxMs);
  });
});
