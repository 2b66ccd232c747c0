import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asAdmin } from '../../src/storage/tenants.ts';
import { note } from '../support/figures.ts';
import { type Server, startServer } from '../support/server.ts';

const hourMs = 3_600_000;
const offsetsMs = [
  0,
  hourMs,
  -hourMs,
  0,
  24 * hourMs,
  -24 * hourMs,
  400 * 24 * hourMs,
  -400 * 24 * hourMs,
  0,
];
const perOffset = 10;

describe('the clock of a process set forth and back', () => {
  let server: Server;
  let token: string;
  let offsetMs = 0;
  beforeAll(async () => {
    server = await startServer({ clock: () => new Date(Date.now() + offsetMs).toISOString() });
    token = await server.token({ name: 'admin', roles: ['AD', 'TM', 'IN', 'AU'] });
  });
  afterAll(() => server.stop());

  test('fails no command, and the log keeps its order, its times and its hashes', async (context) => {
    const statuses: number[] = [];
    const positions: number[] = [];
    for (const offset of offsetsMs) {
      offsetMs = offset;
      for (let turn = 0; turn < perOffset; turn++) {
        const name = `Clock ${statuses.length}`;
        const { status, body } = await server.post('/v1/competitors', token, { name });
        statuses.push(status);
        positions.push(body.position);
      }
    }
    offsetMs = 0;
    const { rows } = await asAdmin(server.databaseUrl, (client) =>
      client.query(
        `select count(*)::integer as backwards from (select recorded_at < lag(recorded_at) over (order by position) as is
         from log.event where tenant_id = $1) as steps where steps.is`,
        [server.tenantId],
      ),
    );
    const { backwards } = rows[0];
    const list = await server.get(`/v1/competitors?limit=200&minPosition=${positions.at(-1)}`, token);
    const failed = statuses.filter((status) => status !== 201).length;
    const missing = statuses.length - list.body.data.length;
    const { body } = await server.get('/v1/audit/verification', token);
    note(context, 'clock', { commands: statuses.length, failed, missing, backwards });
    expect({ failed, missing, backwards }).toEqual({ failed: 0, missing: 0, backwards: 0 });
    expect(body).toMatchObject({ result: 'intact', through: positions.at(-1) });
  });
});
