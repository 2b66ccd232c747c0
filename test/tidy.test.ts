import { globSync, readFileSync } from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { commands as commandList } from '../src/commands/index.ts';
import { columnsOf } from '../src/engine/columns.ts';
import type { Command } from '../src/engine/decision.ts';
import { isPersonal } from '../src/engine/event.ts';
import type { Query } from '../src/engine/query.ts';
import { isAppendOnly } from '../src/engine/read-model.ts';
import { eventTypes, sentences } from '../src/events/index.ts';
import { grants } from '../src/events/permission.ts';
import { personEvents } from '../src/events/person.ts';
import { queries as queryList, readModels } from '../src/projections/index.ts';
import { reactions } from '../src/reactions/index.ts';
import { freshDatabase } from './support/database.ts';

const commands = commandList as readonly Command[];
const queries = queryList as readonly Query[];
const sources = (pattern: string): string =>
  globSync(pattern)
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
const tests = sources('test/commands/**/*.ts');
/** The name of a definition's constant; `return` cannot be one. */
const constantOf = (name: string): string =>
  name === 'Return' ? 'returnDocument' : name.charAt(0).toLowerCase() + name.slice(1);

describe('conventions', () => {
  test.each(commands.map((command) => [command.name, command] as const))(
    '%s is tested, with each of its refusals',
    (_, command) => {
      expect(tests.includes(`${constantOf(command.name)},`)).toBe(true);
      const untested = Object.keys(command.rejects).filter((code) => !tests.includes(`'${code}'`));
      expect(untested).toEqual([]);
    },
  );

  test('names of commands, queries and paths are unique', () => {
    const names = [...commands, ...queries].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const routes = [
      ...commands.map(({ path }) => `POST ${path}`),
      ...queries.map(({ path }) => `GET ${path}`),
    ];
    const shapes = routes.map((route) => route.replace(/:\w+/g, ':'));
    expect(shapes.filter((route, index) => shapes.indexOf(route) !== index)).toEqual([]);
  });

  test('every event is emitted by a command and read by something', () => {
    const emitted = new Set(commands.flatMap(({ emits }) => emits));
    const read = new Set([...readModels, ...reactions].flatMap(({ on }) => Object.keys(on)));
    const known = Object.keys(eventTypes);
    expect([...emitted].filter((type) => !known.includes(type))).toEqual([]);
    expect(known.filter((type) => !emitted.has(type))).toEqual([]);
    expect(known.filter((type) => !read.has(type) && !internal.has(type))).toEqual([]);
  });

  test('every event has a sentence, which takes nothing personal from the event itself', () => {
    expect(Object.keys(eventTypes).filter((type) => !sentences[type])).toEqual([]);
    const told = Object.entries(eventTypes).flatMap(([type, { schema }]) =>
      Object.entries(schema.shape)
        .filter(([, field]) => isPersonal(unwrapped(field as z.ZodType)))
        .filter(([name]) => new RegExp(`\\bd\\.${name}\\b`).test(String(sentences[type])))
        .map(([name]) => `${type}.${name}`),
    );
    expect(told).toEqual([]);
    expect(isPersonal(unwrapped(personEvents.PersonalDetailsUpdated.schema.shape.name))).toBe(true);
  });

  test('every permission is granted to some role and asked for by something', () => {
    const asked = new Set<string>(
      [...commands, ...queries]
        .map(({ permission }) => permission)
        .concat('log:read' as never, 'log:verify' as never),
    );
    const ungranted = Object.entries(grants).filter(
      ([name, roles]) => Object.keys(roles).length === 0 && name !== 'system:act',
    );
    expect(ungranted).toEqual([]);
    expect(Object.keys(grants).filter((name) => !asked.has(name))).toEqual([]);
  });

  test('names follow their kind', () => {
    expect(queries.filter(({ name }) => !/^(List|Get)[A-Z]/.test(name)).map(({ name }) => name)).toEqual([]);
    expect(
      commands
        .flatMap(({ rejects }) => Object.keys(rejects))
        .filter((code) => !/^[a-z][a-zA-Z]+$/.test(code)),
    ).toEqual([]);
    expect(readModels.filter(({ name }) => !/^[a-z_]+$/.test(name))).toEqual([]);
  });
});

const unwrapped = (schema: z.ZodType): z.ZodType =>
  schema instanceof z.ZodOptional || schema instanceof z.ZodNullable
    ? unwrapped(schema.unwrap() as z.ZodType)
    : schema;

/** Events that only their own decider reads. */
const internal = new Set(['Claimed', 'Released']);

describe('the database', () => {
  let client: pg.Client;
  let drop: () => Promise<void>;

  beforeAll(async () => {
    const database = await freshDatabase();
    drop = database.drop;
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await drop();
  });

  test('has the columns that the read models declare, of their types', async () => {
    const { rows } = await client.query(
      `select c.relname as table, a.attname as column, format_type(a.atttypid, a.atttypmod) as type, not a.attnotnull as nullable,
         col_description(c.oid, a.attnum) as comment
       from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = 'read' and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped`,
    );
    const own = new Set(['tenant_id', 'generation']);
    const counted = readModels.flatMap(({ counts }) => counts);
    for (const model of [...readModels, ...counted]) {
      const stored = rows
        .filter((row) => row.table === model.name && !own.has(row.column))
        .filter((row) => !counted.some(({ name }) => name === row.table) || row.column !== 'count')
        .map(({ column, type, nullable, comment }) => ({
          column,
          type: type.replace('timestamp with time zone', 'timestamptz'),
          nullable,
          comment,
        }));
      const declared = columnsOf(model).map(({ name, type, nullable, comment }) => ({
        column: name,
        type,
        nullable,
        comment,
      }));
      expect({ model: model.name, columns: stored }).toEqual({ model: model.name, columns: declared });
      expect(declared.filter(({ comment }) => comment === '')).toEqual([]);
    }
  });

  test('keeps the former rows of every read model whose rows change, with the same columns and indexes', async () => {
    const { rows } = await client.query(
      `select n.nspname as schema, c.relname as table,
         (select json_agg(array[a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull::text] order by a.attnum)
          from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
         (select json_agg(columns order by columns) from (
            select string_agg(a.attname::text, ', ' order by k.n) as columns
            from pg_index i cross join lateral unnest(i.indkey::smallint[]) with ordinality as k(attnum, n)
            join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
            where i.indrelid = c.oid group by i.indexrelid) as index) as indexes
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname in ('read', 'past') and c.relkind = 'r'`,
    );
    const tableIn = (schema: string, name: string) =>
      rows.find((row) => row.schema === schema && row.table === name);
    for (const model of readModels) {
      const kept = tableIn('past', model.name);
      const live = tableIn('read', model.name);
      expect([model.name, kept !== undefined]).toEqual([model.name, !isAppendOnly(model)]);
      if (!kept) continue;
      expect(kept.columns).toEqual([
        ...live.columns,
        ['since_position', 'bigint', 'true'],
        ['until_position', 'bigint', 'true'],
      ]);
      expect(kept.indexes.map((index: string) => index.replace(', since_position', ''))).toEqual(
        live.indexes,
      );
    }
  });

  test('describes every table, column and function of ours', async () => {
    const { rows } = await client.query(
      `select n.nspname || '.' || c.relname || coalesce('.' || a.attname, '') as name
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
       where n.nspname in ('log', 'read', 'past', 'jobs', 'auth') and c.relkind = 'r'
         and (obj_description(c.oid) is null or col_description(c.oid, a.attnum) is null)
       union all
       select n.nspname || '.' || p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace
       where n.nspname in ('log', 'read', 'past', 'jobs', 'auth') and obj_description(p.oid) is null`,
    );
    expect(rows).toEqual([]);
  });

  test('keeps tenants apart in every table that holds their data', async () => {
    const { rows } = await client.query(
      `select n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname in ('log', 'read', 'past') and c.relkind = 'r' and not (c.relrowsecurity and c.relforcerowsecurity)
         and c.relname not in ('tenant', 'head', 'lane', 'generation', 'cursor', 'epoch')`,
    );
    expect(rows).toEqual([]);
  });

  test('lets the application append to the log and never change it', async () => {
    await client.query('set role stave_app');
    const attempts = [
      'update log.event set actor = actor',
      'delete from log.event',
      'truncate log.event',
      "insert into log.head (tenant_id) values ('00000000-0000-4000-8000-000000000009')",
      'update log.head set position = 0',
      'delete from log.block',
      'alter table log.event disable trigger all',
      'set role stave_owner; delete from log.event',
    ];
    const allowed: string[] = [];
    for (const attempt of attempts) {
      await client.query(attempt).then(
        () => allowed.push(attempt),
        () => undefined,
      );
      await client.query('set role stave_app');
    }
    await client.query('reset role');
    expect(allowed.filter((attempt) => !attempt.startsWith('set role'))).toEqual([]);
    await client.query('begin; set local role stave_owner');
    await expect(client.query('truncate log.event')).rejects.toThrow('permission denied');
    await client.query('rollback');
  });
});
