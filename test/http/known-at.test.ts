import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Query } from '../../src/engine/query.ts';
import { queries as queryList } from '../../src/projections/index.ts';
import { type Server, startServer } from '../support/server.ts';

describe('a question as of a moment', () => {
  let server: Server;
  let admin: string;
  const positions: number[] = [];

  beforeAll(async () => {
    server = await startServer();
    admin = await server.token({ name: 'admin', roles: ['AD', 'TM'] });
    for (const name of ['Rival', 'Other rival', 'Third rival'])
      positions.push((await server.post('/v1/competitors', admin, { name })).body.position);
  });
  afterAll(() => server.stop());

  const names = async (knownAt: string | number) => {
    const answer = await server.get(`/v1/competitors?sort=name&knownAt=${knownAt}`, admin);
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    return [answer.headers.get('stave-position'), answer.body.data.map((row: { name: string }) => row.name)];
  };

  const recordedAt = async (position: number): Promise<string> => {
    const { rows } = await server.runtime.pool.query(
      `select to_char(log.recorded_at($1, $2) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at`,
      [server.tenantId, position],
    );
    return rows[0].at;
  };

  test('sees what was recorded up to a position', async () => {
    expect(await names(positions[0]!)).toEqual([String(positions[0]), ['Rival']]);
    expect(await names(positions[1]!)).toEqual([String(positions[1]), ['Other rival', 'Rival']]);
  });

  test('sees what was recorded up to an instant, in any offset', async () => {
    const at = await recordedAt(positions[1]!);
    expect(await names(at)).toEqual([String(positions[1]), ['Other rival', 'Rival']]);
    const inBerlin = Temporal.Instant.from(at).toString({ timeZone: 'Europe/Berlin' });
    expect(await names(encodeURIComponent(inBerlin))).toEqual([
      String(positions[1]),
      ['Other rival', 'Rival'],
    ]);
    const before = Temporal.Instant.from(at).subtract({ microseconds: 1 }).toString();
    expect(await names(before)).toEqual([String(positions[0]), ['Rival']]);
  });

  test('sees the log itself as it was', async () => {
    const auditor = await server.token({ name: 'auditor', roles: ['AU'] });
    const seen = async (knownAt: number | undefined) => {
      const { body } = await server.get(
        `/v1/audit/events?type=CompetitorRegistered${knownAt ? `&knownAt=${knownAt}` : ''}`,
        auditor,
      );
      return body.data.map(({ position }: { position: number }) => position);
    };
    const all = await seen(undefined);
    expect(all).toHaveLength(3);
    expect(await seen(positions[1])).toEqual(all.slice(1));
  });

  test('sees the whole log now', async () => {
    const [position, all] = await names(new Date().toISOString());
    expect(all).toHaveLength(3);
    expect(Number(position)).toBeGreaterThanOrEqual(positions[2]!);
  });

  test.each([
    ['known-at-in-future', '999999'],
    ['known-at-in-future', '2200-01-01T00:00:00Z'],
    ['known-at-before-beginning', '0'],
    ['known-at-before-beginning', '1999-12-31T00:00:00Z'],
    ['known-at-before-beginning', '0001-01-01T00:00:00Z'],
    ['invalid-input', 'yesterday'],
    ['invalid-input', '-1'],
    ['invalid-input', '2026-02-30T00:00:00Z'],
    ['invalid-input', '2026-03-02'],
    ['invalid-input', '2026-03-02T08:00:00'],
    ['invalid-input', '2026-03-02T08:00:00+01:00'],
    ['invalid-input', '0000-01-01T00:00:00Z'],
    ['invalid-input', '9999999999999999'],
    ['invalid-input', ''],
    ['invalid-input', '2026-03-02T08:00:00Z%00'],
  ])('answers %s to %s', async (code, knownAt) => {
    const answer = await server.get(`/v1/competitors?knownAt=${knownAt}`, admin);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ code, errors: [{ pointer: '/knownAt' }] });
  });

  test('waits for nothing', async () => {
    const answer = await server.get('/v1/competitors?knownAt=1&minPosition=1', admin);
    expect(answer.body).toMatchObject({ code: 'invalid-input', errors: [{ pointer: '/minPosition' }] });
  });

  test('is understood by every query about the log', () => {
    const document = server.app.swagger() as unknown as {
      readonly paths: Readonly<Record<string, { readonly get?: { readonly parameters: unknown } }>>;
    };
    const understanding = (queryList as readonly Query[]).filter(({ path }) => {
      const operation = document.paths[`/v1${path.replace(/:(\w+)/g, '{$1}')}`]?.get;
      return JSON.stringify(operation?.parameters).includes('/knownAt');
    });
    const others = (queryList as readonly Query[]).filter((query) => !understanding.includes(query));
    expect(others.map(({ name }) => name).sort()).toEqual(['GetSimulationProgress', 'ListAccesses']);
  });
});
