import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import pg from 'pg';

const run = promisify(execFile);

/** Every row of every table of every schema, as text, by table. */
async function everyRow(databaseUrl: string): Promise<ReadonlyMap<string, string>> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables
       where schemaname not in ('pg_catalog', 'information_schema') order by 1`,
    );
    const texts = new Map<string, string>();
    for (const { name } of tables) {
      const { rows } = await client.query(`select string_agg(t::text, E'\\n') as text from ${name} t`);
      texts.set(name, rows[0].text ?? '');
    }
    return texts;
  } finally {
    await client.end();
  }
}

/** A fresh dump; undefined where no pg_dump fits the server. */
const dump = (databaseUrl: string): Promise<string | undefined> =>
  run('pg_dump', ['--dbname', databaseUrl], { maxBuffer: 2 ** 28 }).then(
    ({ stdout }) => stdout,
    () => undefined,
  );

/** Where in a database any of these values stands. */
export async function findCanaries(
  databaseUrl: string,
  values: readonly string[],
): Promise<readonly string[]> {
  const places = new Map<string, string>(await everyRow(databaseUrl));
  const dumped = await dump(databaseUrl);
  if (dumped !== undefined) places.set('pg_dump', dumped);
  return [...places].flatMap(([place, text]) =>
    values.filter((value) => text.includes(value)).map((value) => `${place}: ${value}`),
  );
}
