import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { idOf } from '../support/given.ts';
import { type Server, startServer } from '../support/server.ts';

const personId = idOf('manager');

describe('rights in the past', () => {
  let server: Server;
  let admin: string;
  let manager: string;
  let before = 0;
  let granted = 0;
  let head = 0;

  const post = async (path: string, body: unknown): Promise<number> => {
    const answer = await server.post(`/v1${path}`, admin, body);
    expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
    head = answer.body.position;
    return head;
  };
  const statusAt = async (knownAt: number): Promise<number> =>
    (await server.get(`/v1/results?period=2026-03&knownAt=${knownAt}`, manager)).status;

  beforeAll(async () => {
    server = await startServer();
    admin = await server.token({ name: 'admin', roles: ['AD', 'TM', 'HR'] });
    manager = await server.token({ name: 'manager', personId });
    await post('/people', { personId, name: 'Max Example' });
    before = await post(`/people/${personId}/employ`, {
      employeeNo: '1',
      from: '2026-01-01',
      newcomerUntil: '2026-02-01',
    });
  });
  afterAll(() => server.stop());

  test('are refused to who has none now', async () => {
    expect(await statusAt(before)).toBe(403);
  });

  test('reach back before they were given', async () => {
    granted = await post(`/people/${personId}/roles/TM/grant`, { from: '2026-01-02' });
    expect(await statusAt(before)).toBe(404);
    expect((await server.get(`/v1/role-grants?knownAt=${before}`, manager)).body).toMatchObject({ data: [] });
    expect((await server.get(`/v1/role-grants?knownAt=${granted}`, manager)).body).toMatchObject({
      data: [{ personId, role: 'TM' }],
    });
  });

  test('end when they are taken, for the past too', async () => {
    await post(`/people/${personId}/roles/TM/revoke`, { on: '2026-01-03' });
    expect(await statusAt(granted)).toBe(403);
  });

  test('what is asked later is kept before, by the worker alone', async () => {
    const lag = async () => {
      const { rows } = await server.runtime.pool.query(
        'select min(position)::integer as position from past.cursor where tenant_id = $1',
        [server.tenantId],
      );
      return rows[0].position;
    };
    await expect.poll(lag, { timeout: 20_000 }).toBeGreaterThanOrEqual(head);
    expect(server.errors).toEqual([]);
  });
});
