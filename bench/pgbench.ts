import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { canonicalJson } from '../src/engine/canonical.ts';
import type { Round } from './measure.ts';
import { now, visitInput } from './visits.ts';

const run = promisify(execFile);
const threads = 2;

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** The insert of a visit into `public.raw_event`, each at the next place of a sequence. */
const insertOf = (tenantId: string): string =>
  `insert into public.raw_event (tenant_id, position, stream, version, type,
  schema_version, data, actor, credential, command_id, source, occurred_at, effective_on, recorded_at, body_hash)
  select ${quoted(tenantId)}, n, 'visit-plan/pgbench/' || n, 1, 'VisitPlanned', 1, ${quoted(canonicalJson(visitInput(0)))},
    'system/bench', 'bench', gen_random_uuid(), 'bench', ${quoted(now)}, ${quoted(now.slice(0, 10))}, ${quoted(now)},
    '\\x${'01'.repeat(32)}'
  from nextval('public.raw_position') as n;`.replaceAll('\n', ' ');

export interface Pgbench {
  readonly insert: (clients: number, seconds: number) => Promise<Round>;
  readonly close: () => Promise<void>;
}

/** pgbench with prepared one-row inserts; undefined where it is not installed. It tells a rate and no latencies. */
export async function pgbench(databaseUrl: string, tenantId: string): Promise<Pgbench | undefined> {
  try {
    await run('pgbench', ['--version']);
  } catch {
    return undefined;
  }
  const folder = await mkdtemp(join(tmpdir(), 'stave-pgbench-'));
  const script = join(folder, 'insert.sql');
  await writeFile(script, `${insertOf(tenantId)}\n`);
  return {
    insert: async (clients, seconds) => {
      const { stdout } = await run('pgbench', [
        ...['--no-vacuum', '--protocol=prepared', `--jobs=${threads}`],
        ...[`--client=${clients}`, `--time=${seconds}`, `--file=${script}`, databaseUrl],
      ]);
      return { perSecond: Number(/^tps = ([\d.]+)/m.exec(stdout)![1]), latenciesMs: [] };
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}
