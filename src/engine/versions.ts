import type { PoolClient } from 'pg';
import { int8Array } from './binary-arrays.ts';
import { type Column, columnsOf } from './columns.ts';
import { keyText, type ReadModel, type Row } from './read-model.ts';
import { arraysOf, quoted } from './tables.ts';

/** A row as it was from the event at `since` on. */
export interface RowVersion {
  readonly row: Row;
  readonly since: number;
  /** The event that changed or removed it; undefined while it is so. */
  readonly until: number | undefined;
}

/** A key whose last stored version ended. */
export interface EndedVersion {
  readonly key: Row;
  readonly until: number;
}

const untilNow = 9_223_372_036_854_775_807n;

interface Statements {
  readonly load: string;
  readonly insert: string;
  readonly end: string;
  readonly columns: readonly Column[];
  readonly keyColumns: readonly Column[];
}

const made = new WeakMap<ReadModel, Statements>();

function statementsOf(model: ReadModel): Statements {
  const known = made.get(model);
  if (known) return known;
  const table = `past.${quoted(model.name)}`;
  const columns = columnsOf(model);
  const keyColumns = columns.filter(({ field }) => model.key.includes(field));
  const names = columns.map(({ name }) => quoted(name));
  const matching = keyColumns.map(({ name }) => `r.${quoted(name)} = k.${quoted(name)}`).join(' and ');
  const recordset = (list: readonly Column[], ...positions: readonly string[]) => {
    const types = [...list.map(({ type }) => type), ...positions.map(() => 'bigint')];
    const fields = [...list.map(({ name }) => quoted(name)), ...positions];
    return `unnest(${types.map((type, index) => `$${index + 3}::${type}[]`).join(', ')}) as k(${fields.join(', ')})`;
  };
  const last = (what: string) =>
    `cross join lateral (select r.${what} from ${table} r where r.tenant_id = $1 and r.generation = $2 and ${matching}
      order by r.since_position desc limit 1) r`;
  const statements: Statements = {
    load: `select ${names.map((name) => `r.${name}`).join(', ')} from ${recordset(keyColumns)} ${last('*')}
      where r.until_position = ${untilNow}`,
    insert: `insert into ${table} (tenant_id, generation, ${names.join(', ')}, since_position, until_position)
      select $1, $2, k.* from ${recordset(columns, 'since_position', 'until_position')}`,
    end: `update ${table} t set until_position = k.until_position from ${recordset(keyColumns, 'until_position')}
      ${last('ctid')} where t.ctid = r.ctid`,
    columns,
    keyColumns,
  };
  made.set(model, statements);
  return statements;
}

/** The present rows of these keys, by key text; those that are not there are left out. */
export async function loadPresent(
  client: PoolClient,
  model: ReadModel,
  tenantId: string,
  keys: readonly Row[],
): Promise<Map<string, Row | undefined>> {
  if (keys.length === 0) return new Map();
  const { load, columns, keyColumns } = statementsOf(model);
  const { rows } = await client.query({
    name: `past-load-${model.name}`,
    text: load,
    values: [tenantId, model.version, ...arraysOf(keyColumns, keys)],
  });
  return new Map(
    rows.map((stored) => {
      const row = Object.fromEntries(columns.map(({ field, name }) => [field, stored[name]]));
      return [keyText(model.key, row), row];
    }),
  );
}

/** Ends versions that are stored, then adds new ones. */
export async function saveVersions(
  client: PoolClient,
  model: ReadModel,
  tenantId: string,
  ended: readonly EndedVersion[],
  added: readonly RowVersion[],
): Promise<void> {
  const { insert, end, columns, keyColumns } = statementsOf(model);
  if (ended.length > 0) {
    const keys = ended.map(({ key }) => key);
    await client.query({
      name: `past-end-${model.name}`,
      text: end,
      values: [
        tenantId,
        model.version,
        ...arraysOf(keyColumns, keys),
        int8Array(ended.map(({ until }) => until)),
      ],
    });
  }
  if (added.length > 0) {
    const rows = added.map(({ row }) => row);
    await client.query({
      name: `past-insert-${model.name}`,
      text: insert,
      values: [
        tenantId,
        model.version,
        ...arraysOf(columns, rows),
        int8Array(added.map(({ since }) => since)),
        int8Array(added.map(({ until }) => until ?? untilNow)),
      ],
    });
  }
}
