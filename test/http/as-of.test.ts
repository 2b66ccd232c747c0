import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { idOf } from '../support/given.ts';
import { type Server, startServer } from '../support/server.ts';

const personId = idOf('ann');

describe('what holds on a business day', () => {
  let server: Server;
  let admin: string;
  let position = 0;

  const post = async (path: string, body: unknown): Promise<void> => {
    const answer = await server.post(`/v1${path}`, admin, body);
    expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
    position = answer.body.position;
  };
  const countOn = async (path: string, day: string): Promise<number> => {
    const { status, body } = await server.get(`/v1${path}?asOf=${day}&minPosition=${position}`, admin);
    expect(status, JSON.stringify(body)).toBe(200);
    return body.data.length;
  };

  beforeAll(async () => {
    server = await startServer({ clock: () => '2026-03-02T08:00:00.000Z' });
    admin = await server.token({ name: 'admin', roles: ['AD', 'TM', 'HR'] });
    await post('/people', { personId, name: 'Ann Example' });
    await post(`/people/${personId}/employ`, {
      employeeNo: '1',
      from: '2026-01-01',
      newcomerUntil: '2026-02-01',
    });
    await post(`/people/${personId}/roles/SP/grant`, { from: '2026-02-01' });
    await post(`/people/${personId}/roles/SP/revoke`, { on: '2026-03-10' });
    await post(`/people/${personId}/absences`, { from: '2026-03-04', to: '2026-03-05', kind: 'leave' });
  });
  afterAll(() => server.stop());

  test.each([
    ['2026-01-31', 0],
    ['2026-02-01', 1],
    ['2026-03-09', 1],
    ['2026-03-10', 0],
  ])('a role ends on the day of its revocation: on %s there are %i', async (day, count) => {
    expect(await countOn('/role-grants', day)).toBe(count);
  });

  test.each([
    ['2026-03-03', 0],
    ['2026-03-04', 1],
    ['2026-03-05', 1],
    ['2026-03-06', 0],
  ])('an absence covers its last day: on %s there are %i', async (day, count) => {
    expect(await countOn('/absences', day)).toBe(count);
  });

  test('is a day', async () => {
    const { status, body } = await server.get('/v1/role-grants?asOf=2026-02-30', admin);
    expect([status, body.errors]).toMatchObject([400, [{ pointer: '/asOf' }]]);
  });
});
