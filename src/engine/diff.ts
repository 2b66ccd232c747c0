import { type QueryCreator, sql } from 'kysely';
import type { z } from 'zod';
import { columnsOf } from './columns.ts';
import type { RecordedEvent } from './event.ts';
import type { Query } from './query.ts';
import { keysOf, keyText, type ReadModel, type Row } from './read-model.ts';

/** A row of a read model, by its key. */
export interface RowKey {
  readonly model: ReadModel;
  readonly key: Row;
}

/** What became of a row between two positions. */
export interface RowDiff {
  readonly model: string;
  readonly key: Row;
  readonly before: Row | null;
  readonly after: Row | null;
  readonly changes: readonly { readonly field: string; readonly before: unknown; readonly after: unknown }[];
  /** Positions of the events that made the difference. */
  readonly positions: readonly number[];
}

interface Version extends Row {
  readonly sincePosition: bigint;
  readonly untilPosition: bigint | null;
}

const same = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b);
const canonical = (value: unknown): string =>
  JSON.stringify(value ?? null, (_, member) => (typeof member === 'bigint' ? `${member}` : member));

/** The rows that some events touch, each once. */
export function rowsTouchedBy(
  models: readonly ReadModel[],
  events: readonly RecordedEvent[],
): readonly RowKey[] {
  return models.flatMap((model) => {
    const keys = events.flatMap((event) => keysOf(model, event));
    return [...new Map(keys.map((key) => [keyText(model.key, key), { model, key }])).values()];
  });
}

/** The key of a row from its parts in the order of the model's key; undefined where a part cannot be one. */
export function keyFrom(model: ReadModel, parts: readonly string[]): Row | undefined {
  if (parts.length !== model.key.length) return undefined;
  const types = new Map(columnsOf(model).map(({ field, type }) => [field, type]));
  const entries = model.key.map((field, index) => {
    const text = parts[index]!;
    const whole = /^-?\d{1,15}$/.test(text);
    const type = types.get(field);
    const value =
      type === 'bigint' && whole ? BigInt(text) : type === 'integer' && whole ? Number(text) : text;
    return [field, (model.row.shape[field] as z.ZodType).safeParse(value)] as const;
  });
  if (entries.some(([, { success }]) => !success)) return undefined;
  return Object.fromEntries(entries.map(([field, { data }]) => [field, data]));
}

function diffOf({ model, key }: RowKey, versions: readonly Version[], from: number): RowDiff {
  const at = (since: bigint | number, until: bigint | null, position: number) =>
    since <= position && (until === null || until > position);
  const plain = (version: Version | undefined): Row | null => {
    if (!version) return null;
    const { sincePosition: _, untilPosition: __, ...row } = version;
    return row;
  };
  const before = plain(
    versions.find(({ sincePosition, untilPosition }) => at(sincePosition, untilPosition, from)),
  );
  const after = plain(versions.find(({ untilPosition }) => untilPosition === null));
  const positions = versions
    .flatMap(({ sincePosition, untilPosition }) => [sincePosition, untilPosition ?? sincePosition])
    .map(Number)
    .filter((position) => position > from);
  return {
    model: model.name,
    key: Object.fromEntries(model.key.map((field) => [field, key[field]])),
    before,
    after,
    changes: Object.keys(model.row.shape)
      .filter((field) => !same(before?.[field], after?.[field]))
      .map((field) => ({ field, before: before?.[field] ?? null, after: after?.[field] ?? null })),
    positions: [...new Set(positions)].sort((a, b) => a - b),
  };
}

/** A question for what became of some rows since a position, to be asked as of a later one. */
export function diffSince(
  from: number,
  rows: readonly RowKey[],
): Pick<Query, 'reads' | 'versions' | 'answer'> {
  const models = [...new Set(rows.map(({ model }) => model))];
  return {
    reads: models,
    versions: models,
    answer: async (db) => {
      const diffs: RowDiff[] = [];
      for (const row of rows) {
        const { model, key } = row;
        const types = new Map(columnsOf(model).map(({ field, type }) => [field, type]));
        const matches = model.key.map(
          (field) => sql<boolean>`${sql.ref(field)} = ${String(key[field])}::${sql.raw(types.get(field)!)}`,
        );
        const versions = await (db as QueryCreator<Record<string, Version>>)
          .selectFrom(`${model.name}_version`)
          .selectAll()
          .where((eb) => eb.and(matches))
          .orderBy('sincePosition')
          .execute();
        if (versions.length > 0) diffs.push(diffOf(row, versions as unknown as readonly Version[], from));
      }
      return diffs;
    },
  };
}
