import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Query } from '../../src/engine/query.ts';
import { queries as queryList } from '../../src/projections/index.ts';
import { createTenant, issueKeys } from '../../src/storage/tenants.ts';
import { idOf } from '../support/given.ts';
import { type Server, startServer } from '../support/server.ts';

const queries = queryList as readonly Query[];
const personId = idOf('nobody');

/** A plausible value for each part of a path and each required parameter. */
const samples: Readonly<Record<string, string>> = {
  date: '2026-03-03',
  kind: 'daily-report',
  key: `${personId}~2026-03-03`,
  subjectKind: 'customer',
  policyKey: 'back-dating',
  measureKey: 'net_sales',
  from: '2026-03-01',
  to: '2026-03-31',
  asOf: '2026-03-31',
  on: '2026-03-03',
  recordedOn: '2026-03-03',
  month: 'FY2026-M03',
  week: '2026-W10',
  docVersion: '1',
  kpi: 'transaction_rate',
  kpis: 'transaction_rate',
  periodId: 'FY2026-M03',
};

const required = ({ input }: Query): readonly string[] =>
  Object.entries(input)
    .filter(([, schema]) => !(schema as z.ZodType).safeParse(undefined).success)
    .map(([name]) => name);

const sampleOf = (query: Query, name: string): string => {
  const options = optionsOf(query, name);
  const sample = samples[name] ?? idOf(name);
  return options.length === 0 || options.includes(sample) ? sample : options[0]!;
};

function urlOf(query: Query, more: Readonly<Record<string, string>> = {}): string {
  const path = query.path.replace(/:(\w+)/g, (_, name: string) => sampleOf(query, name));
  const inPath = [...query.path.matchAll(/:(\w+)/g)].map(([, name]) => name!);
  const given = required(query)
    .filter((name) => !inPath.includes(name))
    .map((name): [string, string] => [name, sampleOf(query, name)]);
  return `/v1${path}?${new URLSearchParams([...given, ...Object.entries(more)])}`;
}

const unwrapped = (schema: z.ZodType): z.ZodType =>
  schema instanceof z.ZodOptional || schema instanceof z.ZodDefault
    ? unwrapped(schema.unwrap() as z.ZodType)
    : schema;

const optionsOf = (query: Query, name: string): readonly string[] => {
  const schema = query.input[name] && unwrapped(query.input[name] as z.ZodType);
  return schema instanceof z.ZodEnum ? (schema.options as string[]) : [];
};

describe('every query', () => {
  let server: Server;
  let token: string;

  beforeAll(async () => {
    server = await startServer({ clock: () => '2026-03-02T08:00:00.000Z' });
    token = await server.token({ name: 'reader', roles: ['IN', 'AU', 'TM', 'AD', 'OP'] });
    const admin = await server.token({ name: 'admin', roles: ['AD', 'TM'] });
    await server.post('/v1/competitors', admin, { name: 'Rival' });
  });
  afterAll(() => server.stop());

  test.each(queries.map((query) => [query.name, query] as const))(
    '%s answers on an empty company',
    async (_, query) => {
      const answer = await server.get(urlOf(query), token);
      expect([200, 404], JSON.stringify(answer.body)).toContain(answer.status);
      if (answer.status === 200) {
        expect(answer.headers.get('stave-position')).toMatch(/^\d+$/);
      } else {
        expect(answer.body.code).toBe('not-found');
      }
    },
  );

  test('waits for no position that the log has not come to', async () => {
    const started = performance.now();
    const answers = await Promise.all(
      queries.map(async (query) => {
        const { status, body } = await server.get(urlOf(query, { minPosition: '999999' }), token);
        return [query.name, status, body.code];
      }),
    );
    expect(performance.now() - started).toBeLessThan(4_000);
    expect(answers).toEqual(queries.map(({ name }) => [name, 409, 'position-ahead']));
  });

  const lists = queries.filter(({ input }) => 'sort' in input);

  test.each(lists.map((query) => [query.name, query] as const))(
    '%s sorts and groups as it says',
    async (_, query) => {
      const groups = /groupBy/.test(Object.keys(query.input).join())
        ? await server.get(urlOf(query, { groupBy: 'nothing' }), token)
        : undefined;
      if (groups) expect(groups.status).toBe(400);
      for (const sort of optionsOf(query, 'sort')) {
        const answer = await server.get(urlOf(query, { sort, limit: '1' }), token);
        expect(answer.status, `${sort}: ${JSON.stringify(answer.body)}`).toBe(200);
        expect(answer.body).toHaveProperty('nextCursor');
      }
    },
  );

  test('pages without losing or repeating a row', async () => {
    const admin = await server.token({ name: 'pager', roles: ['AD', 'TM'] });
    let position = 0;
    for (let index = 0; index < 7; index++) {
      const { body } = await server.post('/v1/competitors', admin, {
        name: `Rival ${index % 3} of ${index}`,
      });
      position = body.position;
    }
    const seen: string[] = [];
    let cursor = '';
    do {
      const { body } = await server.get(
        `/v1/competitors?limit=3&sort=-name&minPosition=${position}${cursor && `&cursor=${cursor}`}`,
        token,
      );
      seen.push(...body.data.map((row: { name: string }) => row.name));
      cursor = body.nextCursor ?? '';
    } while (cursor);
    expect(seen).toHaveLength(8);
    expect(seen).toEqual([...new Set(seen)].sort().reverse());
  });

  describe('a cursor', () => {
    const first = '/v1/competitors?limit=3&sort=-name';
    const page = async (path: string, by = token) => {
      const { status, body } = await server.get(path, by);
      return { status, code: body.code, pointer: body.errors?.[0].pointer, body };
    };
    const refused = { status: 400, code: 'invalid-cursor', pointer: '/cursor' };

    test('goes on in its own list alone, whatever the size of the page', async () => {
      const { nextCursor: cursor } = (await page(first)).body;
      expect(await page(`${first}&cursor=${cursor}`)).toMatchObject({ status: 200 });
      expect(await page(`/v1/competitors?limit=5&sort=-name&cursor=${cursor}`)).toMatchObject({
        status: 200,
      });
      for (const other of [
        `/v1/competitors?sort=name&cursor=${cursor}`,
        `/v1/competitors?sort=-name&search=Rival&cursor=${cursor}`,
        `/v1/competitors?sort=-name&competitorId=${idOf('x')}&cursor=${cursor}`,
        `/v1/people?cursor=${cursor}`,
        `/v1/audit/events?cursor=${cursor}`,
        `/v1/timeline/person/${personId}?cursor=${cursor}`,
      ])
        expect(await page(other), other).toMatchObject(refused);
    });

    test('is none of another tenant’s', async () => {
      const { nextCursor: cursor } = (await page(first)).body;
      const tenantId = await createTenant(server.databaseUrl, 'Other');
      const [foreign] = await issueKeys(server.databaseUrl, [{ tenantId, name: 'reader', roles: ['AU'] }]);
      expect(await page(`${first}&cursor=${cursor}`, foreign)).toMatchObject(refused);
      expect(await page(first, foreign)).toMatchObject({ status: 200, body: { data: [] } });
    });

    test('holds eight bytes beside the place, and nothing of what it is bound to', async () => {
      const { data, nextCursor } = (await page(first)).body;
      const { name, competitorId } = data.at(-1);
      const bytes = Buffer.from(nextCursor, 'base64url');
      expect(bytes.subarray(8).toString()).toBe(JSON.stringify([name, competitorId]));
      const place = (key: unknown) =>
        Buffer.concat([bytes.subarray(0, 8), Buffer.from(JSON.stringify(['x', key]))]).toString('base64url');
      for (const key of ['no id', 'a\u0000', 1, true, {}, [1]])
        expect(await page(`${first}&cursor=${place(key)}`)).toMatchObject(refused);
    });

    test('goes on as of the position of its first page, while the list grows', async () => {
      const admin = await server.token({ name: 'grower', roles: ['AD', 'TM'] });
      const begun = await server.get('/v1/competitors?limit=2', token);
      const position = begun.headers.get('stave-position');
      const whole = await page(`/v1/competitors?limit=200&knownAt=${position}`);
      const names = ({ data }: { readonly data: readonly { readonly name: string }[] }) =>
        data.map(({ name }) => name);
      const seen = names(begun.body);
      for (let { nextCursor } = begun.body, index = 0; nextCursor; index++) {
        await server.post('/v1/competitors', admin, { name: `Rival ${index} who came later` });
        const next = await page(`/v1/competitors?limit=2&knownAt=${position}&cursor=${nextCursor}`);
        expect(next.status).toBe(200);
        seen.push(...names(next.body));
        nextCursor = next.body.nextCursor;
      }
      expect(seen).toEqual(names(whole.body));
    });
  });
});
