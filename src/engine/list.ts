import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import { columnsOf } from './columns.ts';
import { InvalidCursor } from './cursor.ts';
import type { Permission } from './decision.ts';
import { isDataFault } from './dispatcher/faults.ts';
import { type Asker, bound, page, type Query } from './query.ts';
import type { ReadModel, Row } from './read-model.ts';

type Field<R> = keyof R & string;

export interface ListSpec<R extends z.ZodRawShape> {
  readonly name: string;
  readonly summary: string;
  readonly permission: Permission;
  readonly path: string;
  readonly of: ReadModel<string, R>;
  /** The columns of the rows' person and business day, for readers who do not see everyone. */
  readonly scope: { readonly person: Field<R>; readonly day?: Field<R> } | 'everyone';
  /** Fields to filter by: `field=a,b` for a set, and for dates, instants and numbers `fieldFrom` and `fieldTo`. */
  readonly filters: readonly Field<R>[];
  /** The days between which a row holds, for `asOf`: from the first on, and before `until` or with `through`. */
  readonly holds?: { readonly from: Field<R>; readonly until?: Field<R>; readonly through?: Field<R> };
  /** Text fields in which `search` looks. */
  readonly search?: readonly Field<R>[];
  /** Fields to sort by, the first one being the default; `sort=-field` is descending. */
  readonly sorts: readonly [Field<R>, ...Field<R>[]];
  readonly descending?: boolean;
  /** Fields to group by, which answers counts and sums instead of rows. */
  readonly groups?: readonly Field<R>[];
  readonly sums?: readonly Field<R>[];
}

const rangeTypes = new Set(['date', 'timestamptz', 'integer', 'bigint']);

const inner = (schema: z.ZodType): z.ZodType =>
  schema instanceof z.ZodNullable || schema instanceof z.ZodOptional
    ? inner(schema.unwrap() as z.ZodType)
    : schema;

const int32 = z.int32();

/** A value as it comes in a query string, where numbers and booleans are text, for a column of a type. */
function fromText(schema: z.ZodType, column: string): z.ZodType<unknown, string> {
  const plain = inner(schema);
  if (plain instanceof z.ZodNumber)
    return z
      .string()
      .regex(/^-?\d{1,15}$/)
      .transform(Number)
      .pipe(column === 'integer' ? int32 : plain);
  if (plain instanceof z.ZodBigInt)
    return z
      .string()
      .regex(/^-?\d{1,18}$/)
      .transform(BigInt)
      .pipe(plain);
  if (plain instanceof z.ZodBoolean) return z.enum(['true', 'false']).transform((text) => text === 'true');
  return plain as z.ZodType<unknown, string>;
}

const setOf = (schema: z.ZodType, column: string) =>
  z
    .string()
    .max(8_000)
    .transform((text) => text.split(','))
    .pipe(z.array(fromText(schema, column)).max(200));

type Place = readonly (string | number | boolean | null)[];

/** The sorted values and the key of the row that a page ended with. */
function placeOf(text: string, length: number): Place {
  try {
    const place = JSON.parse(text) as Place;
    if (Array.isArray(place) && place.length === length) return place;
  } catch {}
  throw new InvalidCursor();
}

const plainValue = (value: unknown): string | number | boolean | null =>
  typeof value === 'bigint' ? value.toString() : (value as string | number | boolean | null);

/**
 * Declares a list over one read model. All lists filter, search, sort, page and group alike; the reader sees the rows
 * of the people whom the permission's scope reaches.
 */
export function list<R extends z.ZodRawShape>(spec: ListSpec<R>): Query {
  const model = spec.of as unknown as ReadModel;
  const columns = new Map(columnsOf(model).map((column) => [column.field, column]));
  const shape = model.row.shape as Readonly<Record<string, z.ZodType>>;
  const filters: Record<string, z.ZodType> = {};
  for (const field of spec.filters) {
    const { type } = columns.get(field)!;
    filters[field] = setOf(shape[field]!, type)
      .optional()
      .describe(`${shape[field]!.description ?? field} One, or several with commas.`);
    if (!rangeTypes.has(type)) continue;
    filters[`${field}From`] = fromText(shape[field]!, type).optional().describe(`${field} at or after this.`);
    filters[`${field}To`] = fromText(shape[field]!, type).optional().describe(`${field} at or before this.`);
  }
  const sorts = spec.sorts.flatMap((field) => [field, `-${field}`]) as [string, ...string[]];
  const groups = spec.groups ?? [];
  const input: Record<string, z.ZodType> = {
    ...filters,
    ...(spec.holds && {
      asOf: fromText(shape[spec.holds.from]!, 'date')
        .optional()
        .describe('Only what holds on this business day.'),
    }),
    ...(spec.search && {
      search: z
        .string()
        .trim()
        .min(1)
        .max(100)
        .optional()
        .describe(`Text in ${spec.search.join(', ')}.`),
    }),
    sort: z.enum(sorts).default(spec.descending ? `-${spec.sorts[0]}` : spec.sorts[0]),
    ...(groups.length > 0 && {
      groupBy: z
        .string()
        .transform((text) => text.split(','))
        .pipe(
          z
            .array(z.enum(groups as unknown as [string, ...string[]]))
            .min(1)
            .max(groups.length),
        )
        .optional()
        .describe('Answers a count and sums for each combination of these fields, instead of rows.'),
    }),
    cursor: z.string().max(2_000).optional().describe('`nextCursor` of the page before.'),
    limit: z
      .string()
      .regex(/^\d{1,3}$/)
      .transform(Number)
      .pipe(z.int().min(1).max(200))
      .default(50),
  };
  const group = z.looseObject({ count: z.int() });
  const item = z.object(shape);

  const ref = (field: string) => sql.ref(`rows.${field}`);
  const cast = (field: string, value: unknown) =>
    sql`${plainValue(value)}::${sql.raw(columns.get(field)!.type)}`;

  function conditions(
    given: Readonly<Record<string, unknown>>,
    { visibility }: Asker,
  ): RawBuilder<unknown>[] {
    const where: RawBuilder<unknown>[] = [sql`true`];
    for (const field of spec.filters) {
      const type = sql.raw(columns.get(field)!.type);
      const set = given[field] as readonly unknown[] | undefined;
      if (set) where.push(sql`${ref(field)} = any(${set.map(plainValue)}::${type}[])`);
      if (given[`${field}From`] !== undefined)
        where.push(sql`${ref(field)} >= ${cast(field, given[`${field}From`])}`);
      if (given[`${field}To`] !== undefined)
        where.push(sql`${ref(field)} <= ${cast(field, given[`${field}To`])}`);
    }
    if (given['asOf'] !== undefined && spec.holds) {
      const { from, until, through } = spec.holds;
      const day = cast(from, given['asOf']);
      where.push(sql`${ref(from)} <= ${day}`);
      if (until) where.push(sql`(${ref(until)} is null or ${ref(until)} > ${day})`);
      if (through) where.push(sql`${ref(through)} >= ${day}`);
    }
    const { search } = given;
    if (typeof search === 'string' && spec.search) {
      const pattern = `%${search.replace(/[\\%_]/g, '\\$&')}%`;
      where.push(
        sql`(${sql.join(
          spec.search.map((field) => sql`${ref(field)} ilike ${pattern}`),
          sql` or `,
        )})`,
      );
    }
    if (spec.scope !== 'everyone' && visibility.intervals) {
      const { person, day } = spec.scope;
      const { intervals } = visibility;
      const within = day ? sql` and ${ref(day)} >= seen.first_day and ${ref(day)} < seen.end_day` : sql``;
      where.push(sql`exists (select from unnest(${intervals.map(({ personId }) => personId)}::uuid[],
        ${intervals.map(({ from }) => from)}::date[], ${intervals.map(({ to }) => to)}::date[])
        as seen(person_id, first_day, end_day) where seen.person_id = ${ref(person)}${within})`);
    }
    return where;
  }

  async function answerGroups(run: Run, where: readonly RawBuilder<unknown>[], by: readonly string[]) {
    const sums = (spec.sums ?? []).map((field) => sql`sum(${ref(field)})::text as ${sql.ref(`${field}Sum`)}`);
    const fields = sql.join(by.map(ref));
    const rows = await run(sql`select ${sql.join([...by.map(ref), sql`count(*)::integer as count`, ...sums])}
      from ${sql.table(spec.of.name)} as rows where ${sql.join([...where], sql` and `)} group by ${fields} order by ${fields} limit 1000`);
    return { data: rows, nextCursor: null };
  }

  async function answerRows(
    run: Run,
    where: readonly RawBuilder<unknown>[],
    given: Readonly<Record<string, unknown>>,
  ) {
    const sort = given['sort'] as string;
    const descending = sort.startsWith('-');
    const field = descending ? sort.slice(1) : sort;
    const order = [field, ...spec.of.key.filter((key) => key !== field)];
    const limit = given['limit'] as number;
    const after: RawBuilder<unknown>[] = [];
    if (given['cursor'] !== undefined) {
      const place = placeOf(given['cursor'] as string, order.length);
      const position = sql.join(order.map((name, index) => cast(name, place[index])));
      after.push(sql`(${sql.join(order.map(ref))}) ${sql.raw(descending ? '<' : '>')} (${position})`);
    }
    const direction = sql.raw(descending ? 'desc' : 'asc');
    const rows =
      await run(sql`select ${sql.join([...columns.keys()].map(ref))} from ${sql.table(spec.of.name)} as rows
      where ${sql.join([...where, ...after], sql` and `)}
      order by ${sql.join(order.map((name) => sql`${ref(name)} ${direction}`))} limit ${limit + 1}`);
    const data = rows.slice(0, limit);
    const last = data.at(-1);
    const nextCursor =
      rows.length > limit && last ? JSON.stringify(order.map((name) => plainValue(last[name]))) : null;
    return { data, nextCursor };
  }

  type Run = (statement: RawBuilder<unknown>) => Promise<readonly Row[]>;

  return bound({
    kind: 'query',
    name: spec.name,
    summary: spec.summary,
    permission: spec.permission,
    path: spec.path,
    input,
    output: page(groups.length > 0 ? z.union([item, group]) : item),
    reads: [model],
    answer: async (db, given, asker) => {
      const where = conditions(given, asker);
      const run: Run = async (statement) => {
        try {
          const rows = await db
            .selectFrom(sql`(${statement})`.as('answer') as never)
            .selectAll()
            .execute();
          return rows as readonly Row[];
        } catch (error) {
          if (given['cursor'] !== undefined && isDataFault(error)) throw new InvalidCursor();
          throw error;
        }
      };
      const by = given['groupBy'] as readonly string[] | undefined;
      if (by) return answerGroups(run, where, by);
      return answerRows(run, where, given);
    },
  });
}
