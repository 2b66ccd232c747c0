import {
  boolArray,
  dateArray,
  instantArray,
  int4Array,
  int8Array,
  jsonbArray,
  textArray,
  uuidArray,
} from './binary-arrays.ts';
import { type Column, columnsOf, snakeCase } from './columns.ts';
import type { Connection } from './log.ts';
import { type Counts, keyText, type ReadModel, type Row } from './read-model.ts';

interface Statements {
  readonly load: string;
  readonly upsert: string;
  readonly remove: string;
  readonly decode: (row: Readonly<Record<string, unknown>>) => Row;
  readonly keyColumns: readonly Column[];
  readonly columns: readonly Column[];
}

const made = new WeakMap<ReadModel, Statements>();

export const quoted = (name: string): string => `"${name}"`;

/** JSON in which big integers are texts. Asking for each value costs several times the rest, so only where there is one. */
function jsonText(value: unknown): string {
  if (typeof value === 'bigint') return value.toString();
  try {
    return JSON.stringify(value);
  } catch {
    return JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? inner.toString() : inner));
  }
}

const arrayMakers: Readonly<Record<string, (values: readonly never[]) => Buffer>> = {
  bigint: int8Array,
  boolean: boolArray,
  date: dateArray,
  integer: int4Array,
  jsonb: (values) => jsonbArray(values.map((value) => (value === null ? null : jsonText(value)))),
  text: textArray,
  timestamptz: instantArray,
  uuid: uuidArray,
};

/** The values of some columns of all rows: an array for each column. A value that does not fit is a fault of its row. */
export const arraysOf = (columns: readonly Column[], rows: readonly Row[]): readonly Buffer[] =>
  columns.map(({ field, type }) => {
    try {
      return arrayMakers[type]!(rows.map((row) => (row[field] ?? null) as never));
    } catch (cause) {
      throw Object.assign(new Error(`${field} holds no ${type}`, { cause }), { code: '22000' });
    }
  });

function statementsOf(model: ReadModel): Statements {
  const known = made.get(model);
  if (known) return known;
  const table = `read.${quoted(model.name)}`;
  const columns = columnsOf(model);
  const keyColumns = columns.filter(({ field }) => model.key.includes(field));
  const names = columns.map(({ name }) => quoted(name));
  const keys = keyColumns.map(({ name }) => quoted(name));
  const recordset = (list: typeof columns) =>
    `unnest(${list.map(({ type }, index) => `$${index + 3}::${type}[]`).join(', ')}) as k(${list.map(({ name }) => quoted(name)).join(', ')})`;
  const matching = keys
    .map((name, index) =>
      index < keys.length - 1 ? `r.${name} = k.${name}` : `r.${name} between k.${name} and k.${name}`,
    )
    .join(' and ');
  // A plan that is made while a table is small stays in use, and would take any index that has some of the columns. Only
  // the primary key answers a range of its last column in that column's order; the projector forbids to sort.
  const last = keys.at(-1)!;
  const lookup = (what: string) =>
    `cross join lateral (select r.${what} from ${table} r where r.tenant_id = $1 and r.generation = $2 and ${matching}
      order by r.${last} limit 1) r`;
  const changes = columns
    .filter(({ field }) => !model.key.includes(field))
    .map(({ name }) => `${quoted(name)} = excluded.${quoted(name)}`);
  const statements: Statements = {
    load: `select ${names.map((name) => `r.${name}`).join(', ')} from ${recordset(keyColumns)} ${lookup('*')}`,
    upsert: `insert into ${table} (tenant_id, generation, ${names.join(', ')})
      select $1, $2, ${names.map((name) => `k.${name}`).join(', ')} from ${recordset(columns)}
      on conflict (tenant_id, generation, ${keys.join(', ')}) do ${changes.length > 0 ? `update set ${changes.join(', ')}` : 'nothing'}`,
    remove: `delete from ${table} t using ${recordset(keyColumns)} ${lookup('ctid')} where t.ctid = r.ctid`,
    decode: (row) => Object.fromEntries(columns.map(({ field, name }) => [field, row[name]])),
    keyColumns,
    columns,
  };
  made.set(model, statements);
  return statements;
}

/** The stored rows of these keys, by key text; absent ones are left out. */
export async function loadRows(
  connection: Connection,
  model: ReadModel,
  tenantId: string,
  generation: number,
  keys: readonly Row[],
): Promise<Map<string, Row | undefined>> {
  if (keys.length === 0) return new Map();
  const { load, decode, keyColumns } = statementsOf(model);
  const { rows } = await connection.query({
    name: `load-${model.name}`,
    text: load,
    values: [tenantId, generation, ...arraysOf(keyColumns, keys)],
  });
  return new Map(
    rows.map((stored) => {
      const row = decode(stored);
      return [keyText(model.key, row), row];
    }),
  );
}

/**
 * Writes what a fold changed: one upsert and one delete, each for all rows. Throws before anything is sent where a value
 * does not fit, so that what is sent behind it can rest on the database's word alone.
 */
export function saveRows(
  connection: Connection,
  model: ReadModel,
  tenantId: string,
  generation: number,
  rows: readonly Row[],
  removed: readonly Row[],
): Promise<unknown> {
  const { upsert, remove, columns, keyColumns } = statementsOf(model);
  const statement = (what: string, text: string, of: readonly Column[], list: readonly Row[]) =>
    list.length === 0
      ? []
      : [{ name: `${what}-${model.name}`, text, values: [tenantId, generation, ...arraysOf(of, list)] }];
  const statements = [
    ...statement('upsert', upsert, columns, rows),
    ...statement('remove', remove, keyColumns, removed),
  ];
  return Promise.all(statements.map((config) => connection.query(config)));
}

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** The SQL that makes a table of schema `read`, with the comments that describe it. */
function tableSql(
  name: string,
  summary: string,
  columns: readonly Column[],
  key: readonly string[],
  indexes: readonly (readonly string[])[],
): readonly string[] {
  const body = columns
    .map(
      ({ name, type, nullable }) =>
        `${quoted(name)} ${type}${type === 'text' ? ' collate "C"' : ''}${nullable ? '' : ' not null'}`,
    )
    .join(',\n  ');
  const quotedColumns = (fields: readonly string[]) =>
    fields.map((field) => quoted(snakeCase(field))).join(', ');
  return [
    `select read.create_model('${name}', $columns$\n  ${body}\n$columns$, '${quotedColumns(key)}');`,
    ...indexes.map(
      (fields) => `create index on read.${name} (tenant_id, generation, ${quotedColumns(fields)});`,
    ),
    `comment on table read.${name} is ${literal(summary)};`,
    ...columns.map(
      ({ name: column, comment }) =>
        `comment on column read.${name}.${quoted(column)} is ${literal(comment)};`,
    ),
  ];
}

/** The SQL that makes a read model's table. */
export const createTableSql = (model: ReadModel): string =>
  [
    ...tableSql(model.name, model.summary, columnsOf(model), model.key, model.indexes),
    `select past.create_model('${model.name}');`,
    '',
  ].join('\n');

const countColumn: Column = {
  field: 'count',
  name: 'count',
  type: 'integer',
  nullable: false,
  comment: 'How many rows there are of these.',
};

/** What rows are counted by, as the columns of a select over them. */
export const countedBy = ({ by }: Counts, named: (field: string) => string = (field) => field): string =>
  Object.entries(by)
    .map(([field, expression]) => `${expression} as ${quoted(named(field))}`)
    .join(', ');

/** The SQL that makes the table of a read model's counts, and lets the database keep them. */
export function createCountsSql(model: ReadModel, counts: Counts): string {
  const columns = [...columnsOf(counts), countColumn];
  return [
    ...tableSql(counts.name, counts.summary, columns, Object.keys(counts.by), []),
    `select read.keep_counts('${model.name}', '${counts.name}', $by$${countedBy(counts, snakeCase)}$by$, $where$${counts.where}$where$);`,
    '',
  ].join('\n');
}
