import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { idOf } from '../support/given.ts';
import { type Answer, type Server, startServer } from '../support/server.ts';

const competitorId = idOf('rival');
const regionId = idOf('region');

describe('the difference between two moments', () => {
  let server: Server;
  let admin: string;
  let auditor: string;
  const positions: number[] = [];

  const post = async (path: string, body: unknown): Promise<void> => {
    const answer = await server.post(`/v1${path}`, admin, body);
    expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
    positions.push(answer.body.position);
  };
  const diff = (parameters: Readonly<Record<string, string | number>>, token = auditor): Promise<Answer> =>
    server.get(
      `/v1/audit/diff?${new URLSearchParams(Object.entries(parameters).map(([name, value]) => [name, String(value)]))}`,
      token,
    );

  beforeAll(async () => {
    server = await startServer();
    admin = await server.token({ name: 'admin', roles: ['AD', 'TM'] });
    auditor = await server.token({ name: 'auditor', roles: ['AU'] });
    await post('/competitors', { competitorId, name: 'Rival' });
    await post('/regions', { regionId, code: 'N', name: 'North', parentId: null });
    await post(`/regions/${regionId}/rename`, { name: 'Far North' });
    await post(`/regions/${regionId}/rename`, { name: 'High North' });
  });
  afterAll(() => server.stop());

  test('names the fields of a row that changed, and the events that changed them', async () => {
    const { status, body, headers } = await diff({ row: `region/${regionId}`, from: positions[1]! });
    expect(status, JSON.stringify(body)).toBe(200);
    expect(headers.get('stave-position')).toBe(String(positions[3]));
    expect(body).toMatchObject({
      from: { position: positions[1] },
      to: { position: positions[3] },
      rows: [
        {
          model: 'region',
          key: { regionId },
          before: { name: 'North' },
          after: { name: 'High North' },
          changes: [{ field: 'name', before: 'North', after: 'High North' }],
          positions: positions.slice(2),
        },
      ],
      events: [
        { type: 'RegionRenamed', position: positions[2], data: { name: 'Far North' } },
        { type: 'RegionRenamed', position: positions[3], data: { name: 'High North' } },
      ],
    });
  });

  test('shows what was not there before', async () => {
    const { body } = await diff({ row: `region/${regionId}`, from: positions[0]!, to: positions[2]! });
    expect(body.rows).toMatchObject([{ before: null, after: { name: 'Far North' } }]);
    expect(body.events).toHaveLength(2);
  });

  test('is empty where nothing happened', async () => {
    const { body } = await diff({ row: `region/${regionId}`, from: positions[3]!, to: positions[3]! });
    expect(body).toMatchObject({ rows: [{ changes: [], positions: [] }], events: [] });
  });

  test('answers for a stream with every row that its events touched', async () => {
    const { rows } = await server.runtime.pool.query('select log.tail($1, 0, 1000) as event', [
      server.tenantId,
    ]);
    const { stream } = rows.map(({ event }) => event).find(({ type }) => type === 'RegionRenamed');
    const { status, body } = await diff({ stream, from: positions[1]! });
    expect(status, JSON.stringify(body)).toBe(200);
    expect(body.rows).toMatchObject([{ model: 'region', changes: [{ field: 'name' }] }]);
    expect(body.events.map(({ position }: { position: number }) => position)).toEqual(positions.slice(2));
  });

  test.each([
    [400, 'invalid-input', { from: 1 }],
    [400, 'invalid-input', { from: 1, row: 'region/x', stream: 'organisation' }],
    [400, 'invalid-input', { from: 1, row: 'no_model/x' }],
    [400, 'invalid-input', { from: 1, row: 'region/not-a-uuid' }],
    [400, 'invalid-input', { from: 1, row: `region/${regionId}/more` }],
    [400, 'invalid-input', { from: 2, to: 1, stream: 'organisation' }],
    [400, 'invalid-input', { from: 'long ago', stream: 'organisation' }],
    [400, 'known-at-before-beginning', { from: 0, stream: 'organisation' }],
    [400, 'known-at-in-future', { from: 1, to: 99_999, stream: 'organisation' }],
    [404, 'not-found', { from: 1, stream: 'visit/none' }],
    [404, 'not-found', { from: 1, row: `region/${idOf('nowhere')}` }],
  ] as const)('answers %i %s to %j', async (status, code, parameters) => {
    const answer = await diff(parameters as unknown as Readonly<Record<string, string | number>>);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  test('is for those who may read the log', async () => {
    expect(await diff({ from: 1, stream: 'organisation' }, admin)).toMatchObject({
      status: 403,
      body: { code: 'forbidden' },
    });
  });
});
