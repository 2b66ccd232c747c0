import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  boolArray,
  dateArray,
  hexArray,
  instantArray,
  int2Array,
  int4Array,
  int8Array,
  jsonArray,
  jsonbArray,
  textArray,
  uuidArray,
} from '../../src/engine/binary-arrays.ts';
import { freshDatabase } from '../support/database.ts';

let client: Client;
let drop: () => Promise<void>;

beforeAll(async () => {
  const database = await freshDatabase();
  drop = database.drop;
  client = new Client({ connectionString: database.url });
  await client.connect();
  await client.query("set timezone = 'UTC'");
});
afterAll(async () => {
  await client.end();
  await drop();
});

/** What PostgreSQL makes of a binary array, as text. */
const received = async (type: string, bytes: Buffer): Promise<readonly (string | null)[]> => {
  const { rows } = await client.query(
    `select coalesce(array_agg(v::text order by n), '{}') as texts from unnest($1::${type}[]) with ordinality as a(v, n)`,
    [bytes],
  );
  return rows[0].texts;
};

const id = '01a1ffff-0000-7000-8000-00000000abcd';
const cases: readonly (readonly [string, Buffer, readonly (string | null)[]])[] = [
  ['boolean', boolArray([true, null, false]), ['true', null, 'false']],
  ['smallint', int2Array([1, null, -32_768]), ['1', null, '-32768']],
  ['integer', int4Array([0, null, 2_147_483_647]), ['0', null, '2147483647']],
  ['bigint', int8Array([Number.MAX_SAFE_INTEGER, null, -1]), ['9007199254740991', null, '-1']],
  ['uuid', uuidArray([id, null]), [id, null]],
  ['bytea', hexArray(['', null, '00ff']), ['\\x', null, '\\x00ff']],
  ['text', textArray(['', null, 'naïve – 漢字 😀', '{"a,b"}']), ['', null, 'naïve – 漢字 😀', '{"a,b"}']],
  ['jsonb', jsonbArray(['{"b":1,"a":"ü"}', null, '[]']), ['{"a": "ü", "b": 1}', null, '[]']],
  ['bigint', int8Array([2n ** 63n - 1n, null]), ['9223372036854775807', null]],
  ['json', jsonArray(['{"b":1e2,"a":"ü"}', null]), ['{"b":1e2,"a":"ü"}', null]],
  [
    'date',
    dateArray(['2000-01-01', null, '1999-12-31', '2028-02-29', '0001-01-01', '9999-12-31']),
    ['2000-01-01', null, '1999-12-31', '2028-02-29', '0001-01-01', '9999-12-31'],
  ],
  [
    'timestamptz',
    instantArray(['2026-03-02T08:00:00.123Z', null, '1970-01-01T00:00:00.000Z', '2026-03-02T08:00:00+02:00']),
    ['2026-03-02 08:00:00.123+00', null, '1970-01-01 00:00:00+00', '2026-03-02 06:00:00+00'],
  ],
  ['text', textArray([]), []],
];

test.each(cases)('an array of %s arrives as it was sent', async (type, bytes, texts) => {
  expect(await received(type, bytes)).toEqual(texts);
});

test('PostgreSQL checks JSON texts', async () => {
  await expect(received('json', jsonArray(['{"a":}']))).rejects.toMatchObject({ code: '22P02' });
});

test.each([
  ['date', () => dateArray(['2026-02-30'])],
  ['month', () => dateArray(['2026-02'])],
  ['instant', () => instantArray(['yesterday'])],
  ['UUID', () => uuidArray(['01a1ffff'])],
  ['UUID', () => uuidArray(['0g000000-0000-4000-8000-000000000001'])],
  ['UUID', () => uuidArray(['00000000-0000-4000-8000-0000000000010'])],
  ['UUID', () => uuidArray(['000000000000400080000000000000000001'])],
  ['text', () => textArray(['\ud800'])],
  ['hex', () => hexArray(['0g'])],
])('what is no %s is refused as the database would refuse it', (_, encode) => {
  expect(encode).toThrow(expect.objectContaining({ code: '22000' }));
});
