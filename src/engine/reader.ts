import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryCreator,
} from 'kysely';
import type { Pool, PoolClient } from 'pg';
import { columnsOf } from './columns.ts';
import { createFollowed } from './followed.ts';
import { createHeld } from './held.ts';
import type { Historian } from './historian.ts';
import { type Problem, problem } from './outcome.ts';
import { type Asker, nothing, type Query } from './query.ts';
import { type Counts, isAppendOnly, type ReadModel } from './read-model.ts';
import { countedBy } from './tables.ts';
import type { Vault } from './vault.ts';

export interface Answer {
  readonly ok: true;
  readonly body: unknown;
  /** The log position that the answer reflects. */
  readonly position: number;
}

/** What the reader needs of a query. */
export type Question = Pick<Query, 'reads' | 'versions' | 'answer'>;

export interface Reader {
  /**
   * Answers a query; waits up to `patienceMs`, 5 s unless told, for its read models to reach `minPosition`, and not at
   * all where the log has not come to it. With `knownAt` it answers from the rows as they stood at that position.
   */
  readonly answer: (
    query: Question,
    tenantId: string,
    input: Readonly<Record<string, unknown>>,
    asker: Asker,
    minPosition?: number,
    patienceMs?: number,
    knownAt?: number,
  ) => Promise<Answer | Problem>;
  /** Takes note that this process has moved a tenant's read models up to a position. */
  readonly advanced: (tenantId: string, position: number) => void;
}

interface Standing {
  readonly position: number;
  readonly stalled: string | undefined;
}

const usualPatienceMs = 5_000;

/** Answers who asks about a position that the log does not have. */
export const positionAhead = problem(409, 'position-ahead', 'The log has not come to this position.');

const statementsMax = 300;
const statements = new Map<string, string>();

/** The name under which a connection keeps the plan of a statement; the rarer ones are planned each time. */
function statementName(text: string): string | undefined {
  const known = statements.get(text);
  if (known || statements.size >= statementsMax) return known;
  const name = `query-${statements.size}`;
  statements.set(text, name);
  return name;
}

/** The tenant and the position, as a statement refers to them. */
interface Parameters {
  readonly tenantId: string;
  readonly knownAt: string;
}

const liveRows = ({ name }: ReadModel, { tenantId }: Parameters, table = name) => `"read"."${table}"
  where tenant_id = ${tenantId}::uuid and generation = (
    select generation from read.generation where tenant_id = ${tenantId}::uuid and model = '${name}' and live)`;

const pastRows = ({ name, version }: ReadModel, { tenantId }: Parameters) => `"past"."${name}"
  where tenant_id = ${tenantId}::uuid and generation = ${version}`;

/** The rows of a read model as they are, or as they stood at a position. */
function rowsOf(model: ReadModel, parameters: Parameters, isPast: boolean): string {
  if (!isPast) return liveRows(model, parameters);
  const { knownAt } = parameters;
  if (isAppendOnly(model)) return `${liveRows(model, parameters)} and position <= ${knownAt}::bigint`;
  return `${pastRows(model, parameters)}
    and since_position <= ${knownAt}::bigint and until_position > ${knownAt}::bigint`;
}

/** The counts of a read model's rows: those that are kept, or of the rows that stood at a position. */
function countsOf(model: ReadModel, counts: Counts, parameters: Parameters, isPast: boolean): string {
  if (isPast)
    return `select ${countedBy(counts)}, count(*)::integer as count from ${rowsOf(model, parameters, true)}
      and (${counts.where}) group by ${Object.keys(counts.by)
        .map((_, index) => index + 1)
        .join(', ')}`;
  const kept = columnsOf(counts).map(({ field, name }) => `"${name}" as "${field}"`);
  return `select ${kept.join(', ')}, count from ${liveRows(model, parameters, counts.name)}`;
}

/** All rows of a read model up to a position, with the positions since and until which they were so. */
const versionsOf = (model: ReadModel, parameters: Parameters): string =>
  isAppendOnly(model)
    ? `, position as "sincePosition", null::bigint as "untilPosition" from ${rowsOf(model, parameters, true)}`
    : `, since_position as "sincePosition",
        case when until_position <= ${parameters.knownAt}::bigint then until_position end as "untilPosition"
      from ${pastRows(model, parameters)} and since_position <= ${parameters.knownAt}::bigint`;

const selected = (model: ReadModel): string =>
  `select ${columnsOf(model)
    .map(({ field, name }) => `"${name}" as "${field}"`)
    .join(', ')}`;

/**
 * The tables of some read models as a query may see them: this tenant's rows, as they are or as they stood at a position.
 * A statement gets the definitions of those that it names, and no others: reading thirty of them takes longer than most
 * answers.
 */
function bind(
  client: PoolClient,
  tenantId: string,
  models: readonly ReadModel[],
  knownAt?: number,
  versions: readonly ReadModel[] = [],
) {
  const isPast = knownAt !== undefined;
  const tables = new Map<string, (parameters: Parameters) => string>([
    ...models.map(
      (model) =>
        [
          model.name,
          (parameters: Parameters) => `${selected(model)} from ${rowsOf(model, parameters, isPast)}`,
        ] as const,
    ),
    ...models.flatMap((model) =>
      model.counts.map(
        (counts) =>
          [counts.name, (parameters: Parameters) => countsOf(model, counts, parameters, isPast)] as const,
      ),
    ),
    ...versions.map(
      (model) =>
        [
          `${model.name}_version`,
          (parameters: Parameters) => `${selected(model)}${versionsOf(model, parameters)}`,
        ] as const,
    ),
  ]);
  const connection: DatabaseConnection = {
    executeQuery: async <R>({ sql: statement, parameters: own }: CompiledQuery) => {
      const at = { tenantId: `$${own.length + 1}`, knownAt: `$${own.length + 2}` };
      const named = new Set(statement.match(/\w+/g)).intersection(tables);
      const definitions = [...named].map(
        (name) => `"${name}" as not materialized (${tables.get(name)!(at)})`,
      );
      const isBound = named.size > 0;
      const text = isBound ? `with ${definitions.join(', ')} ${statement}` : statement;
      const values = isBound ? [...own, tenantId, ...(isPast ? [knownAt] : [])] : (own as unknown[]);
      const name = isPast ? undefined : statementName(text);
      const { rows } = await client.query({ ...(name && { name }), text, values });
      return { rows: rows as R[] };
    },
    streamQuery: () => {
      throw new Error('A query answers at once');
    },
  };
  const driver: Driver = {
    init: async () => undefined,
    acquireConnection: async () => connection,
    beginTransaction: async () => undefined,
    commitTransaction: async () => undefined,
    rollbackTransaction: async () => undefined,
    releaseConnection: async () => undefined,
    destroy: async () => undefined,
  };
  const dialect: Dialect = {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => driver,
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
  // biome-ignore lint/suspicious/noExplicitAny: the tables are those that the query's `reads` declare
  return new Kysely<any>({ dialect }) as QueryCreator<any>;
}

/**
 * How some read models stand: they change by events of their types alone, so it is the last of those that their rows
 * reflect, and their generation.
 */
async function versionOf(
  client: PoolClient,
  tenantId: string,
  models: readonly Pick<ReadModel, 'name' | 'on'>[],
): Promise<string> {
  const read = models.flatMap(({ name, on }) => Object.keys(on).map((type) => [name, type] as const));
  const { rows } = await client.query({
    name: 'read-model-versions',
    text: `select g.model, g.generation, max(last.position)::text
      from unnest($2::text[], $3::text[]) as reading(model, type)
      join read.generation g on g.tenant_id = $1 and g.model = reading.model and g.live
      join read.lane l using (tenant_id, lane)
      left join lateral (
        select position from log.event e
        where e.tenant_id = $1 and e.type = reading.type and e.position <= l.position
        order by position desc limit 1) last on true
      group by 1, 2 order by 1`,
    values: [tenantId, read.map(([model]) => model), read.map(([, type]) => type)],
    rowMode: 'array',
  });
  return JSON.stringify(rows);
}

const ignore = (): undefined => undefined;

/** Answers queries inside a read-only snapshot that is bound to one tenant. */
export function createReader(options: {
  readonly pool: Pool;
  readonly historian: Pick<Historian, 'advance'>;
  readonly vault: Vault;
}): Reader {
  const followed = createFollowed(options.pool);
  const held = createHeld();

  async function begin(
    client: PoolClient,
    tenantId: string,
    models: readonly ReadModel[],
    knownAt?: number,
  ): Promise<Standing> {
    if (!/^[0-9a-f-]{36}$/.test(tenantId)) throw new Error('A tenant id is a UUID');
    const isPast = (model: ReadModel) => knownAt !== undefined && !isAppendOnly(model);
    const listed = (some: readonly string[]) => some.join(', ') || 'null';
    const names = listed(models.filter((model) => !isPast(model)).map(({ name }) => `'${name}'`));
    const versions = models.filter(isPast).map(({ name, version }) => `('${name}', ${version})`);
    const results = (await client.query(
      `begin isolation level repeatable read read only;
       select set_config('stave.tenant', '${tenantId}', true), set_config('stave.known_at', '${knownAt ?? ''}', true);
       select g.model, l.position, l.error from read.generation g join read.lane l using (tenant_id, lane)
       where g.tenant_id = '${tenantId}' and g.live and g.model in (${names})
       ${
         versions.length === 0
           ? ''
           : `union all select model, position, error from past.cursor
              where tenant_id = '${tenantId}' and (model, version) in (${listed(versions)})`
       }`,
    )) as unknown as readonly {
      readonly rows: readonly { model: string; position: bigint; error: string | null }[];
    }[];
    const { rows } = results[2]!;
    return {
      position:
        models.length === 0 || rows.length < models.length
          ? 0
          : Math.min(...rows.map(({ position }) => Number(position))),
      stalled: rows.find(
        ({ position, error }) => error !== null && (knownAt === undefined || Number(position) < knownAt),
      )?.model,
    };
  }

  /** An answer as people read it: rows and events may hold what is sealed. */
  async function opened(client: PoolClient, tenantId: string, body: unknown): Promise<unknown> {
    const keys = await options.vault.keysFor(client, tenantId, [body]);
    return keys ? options.vault.open(tenantId, body, keys) : body;
  }

  return {
    advanced: followed.note,
    answer: async (
      query,
      tenantId,
      input,
      asker,
      minPosition = 0,
      patienceMs = usualPatienceMs,
      knownAt = undefined,
    ) => {
      const needed = knownAt ?? minPosition;
      const deadline = performance.now() + patienceMs;
      const comes =
        query.reads.length > 0
          ? followed.until(tenantId, minPosition, patienceMs)
          : followed.isLogged(tenantId, minPosition);
      if (!(await comes)) return positionAhead;
      for (let pause = 2; ; pause = Math.min(pause * 2, 50)) {
        const client = await options.pool.connect();
        const standing = begin(client, tenantId, query.reads, knownAt);
        const answered = query.answer(
          bind(client, tenantId, query.reads, knownAt, query.versions) as never,
          input,
          {
            ...asker,
            position: async () => knownAt ?? (await standing).position,
            held: async (key, models, make, sizeOf) =>
              knownAt === undefined
                ? held(`${tenantId} ${key}`, await versionOf(client, tenantId, models), make, sizeOf)
                : make(),
          },
        );
        answered.catch(ignore);
        try {
          const { position, stalled } = await standing;
          if (stalled) {
            return problem(
              503,
              'read-model-stalled',
              `The read model ${stalled} has stopped and waits for an operator.`,
              {
                retryAfter: 60,
              },
            );
          }
          if (query.reads.length === 0 || position >= needed) {
            const body = await opened(client, tenantId, await answered);
            return body === nothing
              ? problem(404, 'not-found', 'There is no such thing here.')
              : { ok: true, body, position: knownAt ?? position };
          }
          if (performance.now() > deadline) {
            return problem(503, 'read-model-behind', `The read models are at position ${position}.`, {
              retryAfter: 1,
            });
          }
        } finally {
          // Nobody waits for the end of the snapshot; the connection is free when no statement is on its way.
          Promise.allSettled([standing, answered])
            .then(() => client.query('rollback'))
            .then(
              () => client.release(),
              (error: Error) => client.release(error),
            );
        }
        if (knownAt !== undefined) {
          await options.historian.advance(
            tenantId,
            knownAt,
            query.reads,
            async () => performance.now() < deadline,
          );
        }
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    },
  };
}
