import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { execute } from '../support/database.ts';
import { type Server, startServer } from '../support/server.ts';

describe('every connection ended under load', () => {
  let server: Server;
  let admin: string;

  beforeAll(async () => {
    server = await startServer();
    admin = await server.token({ name: 'admin', roles: ['AD', 'TM'] });
  });
  afterAll(() => server.stop());

  test('ends no process, and what was acknowledged is there once', async () => {
    const database = new URL(server.databaseUrl).pathname.slice(1);
    const terminate = `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database}' and pid <> pg_backend_pid()`;
    const acknowledged: string[] = [];
    const statuses = new Set<number>();
    for (let round = 0; round < 5; round++) {
      const names = Array.from({ length: 40 }, (_, index) => `Rival ${round}/${index}`);
      const load = Promise.all(
        names.map(async (name) => {
          const { status } = await server.post(
            '/v1/competitors',
            admin,
            { name },
            { 'idempotency-key': name.replaceAll(' ', '-') },
          );
          statuses.add(status);
          if (status === 201) acknowledged.push(name);
        }),
      );
      await execute(server.databaseUrl, terminate);
      await load;
    }
    expect(acknowledged.length).toBeGreaterThan(40);
    expect([...statuses].filter((status) => ![201, 503].includes(status))).toEqual([]);
    await expect
      .poll(async () => (await server.get('/v1/competitors?limit=200', admin)).body.data?.length, {
        timeout: 20_000,
      })
      .toBeGreaterThanOrEqual(acknowledged.length);
    const { body } = await server.get('/v1/competitors?limit=200', admin);
    const names = body.data.map((row: { name: string }) => row.name);
    expect(new Set(names).size).toBe(names.length);
    expect(acknowledged.filter((name) => !names.includes(name))).toEqual([]);
  });
});
