import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Server, startServer } from '../support/server.ts';

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  return port;
}

async function startRedis(port: number): Promise<ChildProcess> {
  const child = spawn(
    'redis-server',
    ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', tmpdir()],
    { stdio: 'ignore' },
  );
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return child;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    } finally {
      socket.destroy();
    }
  }
}

describe('Redis stopped under load', () => {
  let port: number;
  let redis: ChildProcess;
  let server: Server;
  let admin: string;

  beforeAll(async () => {
    port = await freePort();
    redis = await startRedis(port);
    server = await startServer({ redisUrl: `redis://127.0.0.1:${port}` });
    admin = await server.token({ name: 'admin', roles: ['AD', 'TM'] });
  });
  afterAll(async () => {
    await server.stop();
    redis.kill('SIGKILL');
  });

  const lag = async (): Promise<number> => {
    const { rows } = await server.runtime.pool.query(
      'select (h.position - l.position)::integer as lag from log.head h join read.lane l using (tenant_id) where h.tenant_id = $1',
      [server.tenantId],
    );
    return Math.max(...rows.map((row) => row.lag));
  };

  test('fails no command, and read models have caught up 5 s after its return', async () => {
    const statuses: number[] = [];
    let stop = false;
    let sent = 0;
    const load = Promise.all(
      Array.from({ length: 8 }, async () => {
        while (!stop) {
          const answer = await server.post('/v1/competitors', admin, { name: `Rival ${sent++}` });
          statuses.push(answer.status);
        }
      }),
    );
    const enough = (count: number) =>
      expect.poll(() => statuses.length, { timeout: 20_000 }).toBeGreaterThan(count);
    await enough(50);
    redis.kill('SIGKILL');
    await once(redis, 'exit');
    await enough(statuses.length + 300);
    redis = await startRedis(port);
    const returned = performance.now();
    await enough(statuses.length + 50);
    stop = true;
    await load;
    await expect.poll(lag, { timeout: 5_000 }).toBe(0);
    expect(performance.now() - returned).toBeLessThan(10_000);
    expect(statuses.filter((status) => status !== 201)).toEqual([]);
    const list = await server.get(
      `/v1/competitors?limit=1&search=${encodeURIComponent(`Rival ${sent - 1}`)}`,
      admin,
    );
    expect(list.body.data).toHaveLength(1);
  });
});
