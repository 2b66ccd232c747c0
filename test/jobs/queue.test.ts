import { afterEach, describe, expect, inject, test } from 'vitest';
import { createWakeUps, type WakeUps } from '../../src/jobs/queue.ts';
import { freshDatabase } from '../support/database.ts';
import { idOf } from '../support/given.ts';

const redisUrl = inject('redisUrl');
const backends = [
  { name: 'PostgreSQL', redisUrl: undefined },
  ...(redisUrl ? [{ name: 'Redis', redisUrl }] : []),
];

/** Resolves once `check` holds; the test's own timeout ends it otherwise. */
async function until(check: () => boolean): Promise<void> {
  while (!check()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe.each(backends)('wake-ups on $name', (backend) => {
  const open: WakeUps[] = [];
  const drops: (() => Promise<void>)[] = [];

  async function wakeUps(): Promise<WakeUps> {
    const { url, drop } = await freshDatabase();
    drops.push(drop);
    const created = createWakeUps({ databaseUrl: url, redisUrl: backend.redisUrl, onError: () => undefined });
    open.push(created);
    return created;
  }

  afterEach(async () => {
    await Promise.all(open.splice(0).map((each) => each.close()));
    await Promise.all(drops.splice(0).map((drop) => drop()));
  });

  test('reach a listener', async () => {
    const queue = await wakeUps();
    const woken: string[] = [];
    await queue.listen(async (tenantId) => {
      woken.push(tenantId);
    });
    const tenantId = idOf(`reach ${backend.name}`);
    queue.wake(tenantId);
    await until(() => woken.includes(tenantId));
    expect(new Set(woken)).toEqual(new Set([tenantId]));
  });

  test('of one tenant that come together become few', async () => {
    const queue = await wakeUps();
    let calls = 0;
    const tenantId = idOf(`few ${backend.name}`);
    for (let index = 0; index < 100; index++) queue.wake(tenantId);
    await queue.listen(async () => {
      calls += 1;
    });
    await until(() => calls > 0);
    expect(calls).toBeLessThan(10);
  });

  test('that come while a tenant is looked at are not swallowed', async () => {
    const queue = await wakeUps();
    const tenantId = idOf(`again ${backend.name}`);
    let calls = 0;
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await queue.listen(async () => {
      calls += 1;
      if (calls === 1) await held;
    });
    queue.wake(tenantId);
    await until(() => calls === 1);
    queue.wake(tenantId);
    release();
    await until(() => calls >= 2);
    expect(calls).toBeGreaterThanOrEqual(2);
  });

  test('of different tenants do not stand in each other’s way', async () => {
    const queue = await wakeUps();
    const woken = new Set<string>();
    await queue.listen(async (tenantId) => {
      woken.add(tenantId);
    });
    const tenants = Array.from({ length: 20 }, (_, index) => idOf(`many ${backend.name} ${index}`));
    for (const tenantId of tenants) queue.wake(tenantId);
    await until(() => woken.size === tenants.length);
    expect([...woken].sort()).toEqual([...tenants].sort());
  });
});

describe('wake-ups without a queue', () => {
  test('are lost without failing anybody', async () => {
    const { url, drop } = await freshDatabase();
    const errors: Error[] = [];
    const queue = createWakeUps({
      databaseUrl: url,
      redisUrl: 'redis://127.0.0.1:1',
      onError: (error) => errors.push(error),
    });
    queue.wake(idOf('nobody'));
    await until(() => errors.length > 0);
    await queue.close();
    await drop();
    expect(errors[0]).toBeInstanceOf(Error);
  });
});
