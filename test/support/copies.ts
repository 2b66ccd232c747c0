import { execFile } from 'node:child_process';
import { chown, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { migrate } from '../../src/storage/migrate.ts';
import { run, serverAccount } from '../../src/storage/postgres-binaries.ts';
import { asAdmin } from '../../src/storage/tenants.ts';
import { execute, withDatabase } from './database.ts';
import { type Cluster, clusterIn, newFolder, startCluster } from './installation.ts';
import { freePort } from './network.ts';

const distributions = '/usr/lib/postgresql';
const schemas = ['log', 'read', 'past', 'jobs', 'auth', 'secret'];

/** A new cluster, made from the files of one that is stopped for it. */
export async function copyFiles(cluster: Cluster): Promise<Cluster> {
  await cluster.stop();
  const other = await newFolder();
  await promisify(execFile)('cp', ['-a', `${cluster.dataDir}/.`, other]);
  return clusterIn(other);
}

/** A new cluster that the product has migrated, filled with all rows of one snapshot of another. */
export async function copyRows({ databaseUrl, dataDir }: Cluster): Promise<Cluster> {
  const target = await startCluster();
  const folder = await mkdtemp(join(tmpdir(), 'stave-rows-'));
  const { uid, gid } = await stat(join(dataDir, 'postgres', 'data'));
  await chown(folder, uid, gid);
  try {
    const tables = await asAdmin(databaseUrl, async (client) => {
      const { rows } = await client.query(
        `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = any ($1)`,
        [schemas],
      );
      const names = rows.map(({ name }) => name as string);
      await client.query('begin isolation level repeatable read, read only');
      for (const [n, name] of names.entries())
        await client.query(`copy ${name} to '${join(folder, `${n}`)}'`);
      await client.query('commit');
      return names;
    });
    await asAdmin(target.databaseUrl, async (client) => {
      await client.query('begin');
      for (const [n, name] of tables.entries())
        await client.query(`copy ${name} from '${join(folder, `${n}`)}'`);
      await client.query('commit');
    });
    return target;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function succeed(file: string, parameters: readonly string[], account?: Parameters<typeof run>[2]) {
  const { code, output } = await run(file, parameters, account);
  if (code !== 0) throw new Error(`${file} failed: ${output}`);
}

/** The newest folder of PostgreSQL programs with a server and pg_dump, where the machine has one. */
export async function findDistribution(): Promise<string | undefined> {
  const versions = await readdir(distributions).catch((): string[] => []);
  for (const version of versions.sort((a, b) => Number(b) - Number(a))) {
    const folder = join(distributions, version, 'bin');
    const programs = await readdir(folder).catch((): string[] => []);
    if (['initdb', 'pg_ctl', 'pg_dump', 'pg_restore'].every((name) => programs.includes(name))) return folder;
  }
  return undefined;
}

/** A server of a distribution's own programs, which its pg_dump fits. */
export async function startDistribution(programs: string): Promise<Cluster> {
  const dataDir = await newFolder();
  const account = await serverAccount();
  const data = join(dataDir, 'data');
  await mkdir(data, { mode: 0o700 });
  if (account) await chown(data, account.uid, account.gid);
  const port = await freePort();
  await succeed(
    join(programs, 'initdb'),
    [`--pgdata=${data}`, '--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C'],
    account,
  );
  const control = (...parameters: readonly string[]) =>
    succeed(join(programs, 'pg_ctl'), ['--wait', `--pgdata=${data}`, ...parameters], account);
  const settings = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=`;
  const start = () => control('start', `--log=${join(data, 'log')}`, `--options=${settings}`);
  const stop = () => control('stop', '--mode=fast');
  await start();
  const adminUrl = `postgres://postgres@127.0.0.1:${port}/postgres`;
  await execute(adminUrl, 'create database stave');
  const databaseUrl = withDatabase(adminUrl, 'stave');
  await migrate(databaseUrl);
  return {
    databaseUrl,
    dataDir,
    kill: () => control('stop', '--mode=immediate'),
    start,
    stop,
    remove: async () => {
      await stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** A new cluster of the embedded server, filled by pg_restore with what pg_dump reads of another. */
export async function dumpAndRestore(programs: string, { databaseUrl, dataDir }: Cluster): Promise<Cluster> {
  const target = await clusterIn(await newFolder());
  const archive = join(dataDir, 'archive');
  await succeed(join(programs, 'pg_dump'), [
    '--format=custom',
    `--file=${archive}`,
    `--dbname=${databaseUrl}`,
  ]);
  await asAdmin(target.databaseUrl, async (client) => {
    for (const role of ['stave_owner', 'stave_app', 'stave_log', 'stave_analyst'])
      await client.query(`create role ${role} nologin`);
  });
  await succeed(join(programs, 'pg_restore'), ['--exit-on-error', `--dbname=${target.databaseUrl}`, archive]);
  return target;
}
