import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createCountsSql, createTableSql } from '../engine/tables.ts';
import { readModels } from '../projections/index.ts';

const folder = new URL('../../migrations/', import.meta.url);

/** Writes one migration that makes the tables of the read models that no migration makes yet. */
const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
const present = (await Promise.all(names.map((name) => readFile(new URL(name, folder), 'utf8')))).join('\n');
const tables = readModels.flatMap((model) => [
  { name: model.name, sql: createTableSql(model) },
  ...model.counts.map((counts) => ({ name: counts.name, sql: createCountsSql(model, counts) })),
]);
const missing = tables.filter(({ name }) => !present.includes(`read.create_model('${name}'`));
if (missing.length === 0) {
  process.stdout.write('Every read model has its table.\n');
} else {
  const number = String(Number(names.at(-1)!.slice(0, 4)) + 1).padStart(4, '0');
  const file = `${number}_${missing.length === 1 ? missing[0]!.name : 'read_models'}.sql`;
  await writeFile(new URL(file, folder), missing.map(({ sql }) => sql).join('\n'));
  process.stdout.write(`migrations/${file}: ${missing.map(({ name }) => name).join(', ')}\n`);
}
