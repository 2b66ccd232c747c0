import { z } from 'zod';
import { InvalidCursor } from '../engine/cursor.ts';
import { nothing, page, query } from '../engine/query.ts';
import { readModel } from '../engine/read-model.ts';
import {
  builtInMeasures,
  type MeasureDefinition,
  MeasureKey,
  MeasureTerm,
  measureDefinition,
  measureEvents,
} from '../events/measure-definition.ts';
import type { AnyDb } from './rows-of.ts';

const byMeasure = ({ data }: { readonly data: { readonly measureKey: string } }) => ({
  measureKey: data.measureKey,
});

/** The measures of targets that the tenant defined. */
export const measure = readModel({
  name: 'measure',
  version: 1,
  summary: 'The measures of targets that the tenant defined; those retired are kept.',
  key: ['measureKey'],
  row: {
    ...measureDefinition,
    name: z.string().describe('Name for people.'),
    terms: z.array(MeasureTerm).describe('The facts that it adds up.'),
    denominator: z
      .array(MeasureTerm)
      .describe('The facts over whose sum that is taken; none where it is a sum.'),
    state: z.enum(['in_use', 'retired']).describe('Whether new targets may have it.'),
  },
  of: measureEvents,
  on: {
    MeasureDefined: { key: byMeasure, row: (_, { data }) => ({ ...data, state: 'in_use' }) },
    MeasureRetired: { key: byMeasure, change: (row) => ({ ...row, state: 'retired' }) },
  },
});

/** Answers what each of some measures is. */
export async function measuresOf(
  db: AnyDb,
  keys: readonly string[],
): Promise<(measureKey: string) => MeasureDefinition> {
  const own = [...new Set(keys)].filter((key) => !builtInMeasures.has(key));
  const found =
    own.length === 0
      ? []
      : await db.selectFrom('measure').selectAll().where('measureKey', 'in', own).execute();
  const known = new Map([
    ...builtInMeasures,
    ...found.map((row) => [row['measureKey'], row as MeasureDefinition] as const),
  ]);
  return (measureKey) => known.get(measureKey)!;
}

const Listed = measure.row
  .extend({ builtIn: z.boolean().describe('Whether every tenant has it without defining it.') })
  .meta({ id: 'TargetMeasure', description: 'A measure that targets may have.' });
type Listed = z.output<typeof Listed>;

const builtIn: readonly Listed[] = [...builtInMeasures.values()].map((definition) => ({
  ...definition,
  state: 'in_use',
  builtIn: true,
}));

export const listMeasures = query({
  name: 'ListMeasures',
  summary: 'List the measures that targets may have: those built in and those of the tenant, by key.',
  permission: 'measure:read',
  path: '/measures',
  input: {
    cursor: z.string().max(2_000).optional().describe('`nextCursor` of the page before.'),
    limit: z.int().min(1).max(200).default(50),
  },
  output: page(Listed),
  reads: [measure],
  answer: async (db, { cursor: start = '', limit }) => {
    if (start !== '' && !MeasureKey.safeParse(start).success) throw new InvalidCursor();
    const own = await db
      .selectFrom('measure')
      .selectAll()
      .where('measureKey', '>', start)
      .orderBy('measureKey')
      .limit(limit + 1)
      .execute();
    const rows = [
      ...builtIn.filter(({ measureKey }) => measureKey > start),
      ...own.map((row) => ({ ...row, builtIn: false })),
    ].sort((a, b) => (a.measureKey < b.measureKey ? -1 : 1));
    const data = rows.slice(0, limit);
    const last = data.at(-1);
    return { data, nextCursor: rows.length > limit && last ? last.measureKey : null };
  },
});

export const getMeasure = query({
  name: 'GetMeasure',
  summary: 'Get a measure that targets may have.',
  permission: 'measure:read',
  path: '/measures/:measureKey',
  input: { measureKey: MeasureKey },
  output: Listed,
  reads: [measure],
  answer: async (db, { measureKey }) => {
    const own = await db
      .selectFrom('measure')
      .selectAll()
      .where('measureKey', '=', measureKey)
      .executeTakeFirst();
    if (own) return { ...own, builtIn: false };
    return builtIn.find((known) => known.measureKey === measureKey) ?? nothing;
  },
});
