import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  chmod,
  lstat,
  mkdir,
  open,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import {
  type Account,
  type Binaries,
  childOptions,
  findBinaries,
  ownFolder,
  run,
  serverAccount,
  systemFolder,
} from './postgres-binaries.ts';

export interface EmbeddedOptions {
  /** The folder of the product's data; the cluster lives in it, or is pointed to from it. */
  readonly dataDir: string;
  /** A free port is chosen when none is given. */
  readonly port?: number;
  /** PostgreSQL settings over the defaults. */
  readonly settings?: Readonly<Record<string, string>>;
  /** `false` gives up safety on power loss for speed: for tests. */
  readonly durable?: boolean;
  readonly log: { info(message: string): void; warn(message: string): void };
}

export interface EmbeddedServer {
  /** The database `stave`, as superuser. */
  readonly url: string;
  /** The maintenance database `postgres`, as superuser. */
  readonly adminUrl: string;
  readonly port: number;
  /** False when a running server was adopted. */
  readonly started: boolean;
  /** Whether its main process is there. */
  isRunning(): Promise<boolean>;
  stop(): Promise<void>;
}

interface Cluster {
  readonly dataDir: string;
  readonly home: string;
  readonly folder: string;
  readonly account: Account | undefined;
  readonly binaries: Binaries;
  readonly password: string;
}

const startTimeoutMs = 300_000;
const stopTimeoutSeconds = 60;
const pollMs = 50;
const attemptsMax = 10;
const logBytesMax = 10 * 2 ** 20;

const defaults = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '256MB',
  min_wal_size: '256MB',
  max_wal_size: '2GB',
  jit: 'off',
  synchronous_commit: 'on',
  password_encryption: 'scram-sha-256',
  timezone: 'UTC',
  log_timezone: 'UTC',
};
const fastAndUnsafe = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' };

const unlessMissing = (error: NodeJS.ErrnoException) => {
  if (error.code !== 'ENOENT') throw error;
  return undefined;
};
const readIfPresent = (path: string) => readFile(path, 'utf8').catch(unlessMissing);
const urlOf = ({ password }: Cluster, port: number, database: string) =>
  `postgres://postgres:${password}@127.0.0.1:${port}/${database}`;

/**
 * Starts the PostgreSQL server of a data folder, or adopts the one that a killed process left running.
 * The server is a process of its own: it outlives this one unless `stop` is called.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const cluster = await openCluster(options);
  const settings = settingsOf(options);
  const adopted = await adopt(cluster, settings, options);
  const port = adopted ?? (await start(cluster, settings, options));
  await createDatabase(urlOf(cluster, port, 'postgres'));
  return {
    url: urlOf(cluster, port, 'stave'),
    adminUrl: urlOf(cluster, port, 'postgres'),
    port,
    started: adopted === undefined,
    isRunning: () => isRunning(cluster),
    stop: () => stop(cluster),
  };
}

async function openCluster({ dataDir: given, durable = true, log }: EmbeddedOptions): Promise<Cluster> {
  const serverUser = await serverAccount();
  await mkdir(given, { recursive: true, mode: serverUser ? 0o711 : 0o700 });
  const dataDir = await realpath(given);
  const home = await clusterHome(dataDir, serverUser);
  await ownFolder(home, 0o711);
  const folder = join(home, 'data');
  const present = await stat(folder).catch(unlessMissing);
  const account = serverUser && present ? { uid: present.uid, gid: present.gid } : serverUser;
  const binaries = await findBinaries(account, dataDir);
  const password = await passwordOf(dataDir, present !== undefined);
  const cluster = { dataDir, home, folder, account, binaries, password };
  if (!present) {
    log.info(`Creating a PostgreSQL cluster in ${folder}`);
    await initialise(cluster, durable);
  }
  await requireSameMajor(cluster);
  return cluster;
}

async function clusterHome(dataDir: string, account: Account | undefined): Promise<string> {
  const pointer = join(dataDir, 'postgres-location');
  const recorded = (await readIfPresent(pointer))?.trim();
  if (recorded !== undefined) return followPointer(dataDir, recorded);
  const inPlace = join(dataDir, 'postgres');
  const existing = await lstat(inPlace).catch(unlessMissing);
  if (existing || !account || (await canEnter(account, dataDir))) return inPlace;
  const clusters = join(systemFolder, 'clusters');
  await ownFolder(systemFolder, 0o755);
  await ownFolder(clusters, 0o711);
  const home = join(clusters, createHash('sha256').update(dataDir).digest('hex').slice(0, 16));
  if (await lstat(home).catch(unlessMissing)) {
    throw new Error(`${home} holds the cluster of a former ${dataDir}: remove it, or restore that folder.`);
  }
  await ownFolder(home, 0o711);
  await writeFile(join(home, 'data-dir'), `${dataDir}\n`);
  await writeFile(pointer, `${home}\n`);
  return home;
}

/** A renamed data folder keeps its cluster; a copied one must not share the original's. */
async function followPointer(dataDir: string, home: string): Promise<string> {
  const wellFormed =
    dirname(home) === join(systemFolder, 'clusters') && /^[0-9a-f]{16}$/.test(basename(home));
  if (!wellFormed || !(await lstat(home).catch(unlessMissing))) {
    throw new Error(`${join(dataDir, 'postgres-location')} names ${home}, which is no cluster of Stave.`);
  }
  await ownFolder(home, 0o711);
  const owner = (await readIfPresent(join(home, 'data-dir')))?.trim();
  if (owner === dataDir) return home;
  if (owner && (await readIfPresent(join(owner, 'postgres-location')))?.trim() === home) {
    throw new Error(`${dataDir} is a copy of ${owner}, whose PostgreSQL cluster in ${home} was not copied.`);
  }
  await writeFile(join(home, 'data-dir'), `${dataDir}\n`);
  return home;
}

const canEnter = async (account: Account, folder: string) =>
  (await run('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], account)).code === 0;

async function passwordOf(dataDir: string, clusterExists: boolean): Promise<string> {
  const path = join(dataDir, 'postgres-password');
  const existing = await readIfPresent(path);
  if (existing !== undefined) return existing.trim();
  if (clusterExists) throw new Error(`The password of the PostgreSQL cluster is missing: ${path}.`);
  const password = randomBytes(24).toString('hex');
  await writeFile(path, `${password}\n`, { mode: 0o600, flag: 'wx' });
  return password;
}

/** Builds the cluster beside its place and then renames it, so that an interrupted initdb leaves nothing. */
async function initialise(cluster: Cluster, durable: boolean): Promise<void> {
  const { home, folder, account, binaries, password } = cluster;
  const staging = join(home, 'data.new');
  const passwordFile = join(home, 'initdb-password');
  await rm(staging, { recursive: true, force: true });
  await rm(passwordFile, { force: true });
  await mkdir(staging, { mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600, flag: 'wx' });
  for (const path of account ? [staging, passwordFile] : []) {
    const handle = await open(path);
    await handle.chown(account!.uid, account!.gid);
    await handle.close();
  }
  const { code, output } = await run(
    binaries.initdb,
    [
      `--pgdata=${staging}`,
      '--username=postgres',
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      ...(durable ? [] : ['--no-sync']),
    ],
    account,
  );
  await rm(passwordFile, { force: true });
  if (code !== 0) {
    const reason = output.split('\n').find((line) => /error|fatal/i.test(line)) ?? output.trim();
    throw new Error(`PostgreSQL could not create a cluster in ${folder}: ${reason}`);
  }
  await rename(staging, folder);
}

async function requireSameMajor({ folder, binaries, account }: Cluster): Promise<void> {
  const probe = await run(binaries.postgres, ['--version'], account);
  const major = /(\d+)/.exec(probe.output)?.[1];
  const found = (await readFile(join(folder, 'PG_VERSION'), 'utf8').catch(() => undefined))?.trim();
  if (found === undefined) throw new Error(`${folder} is no PostgreSQL cluster.`);
  if (found !== major) {
    throw new Error(`The cluster in ${folder} is of PostgreSQL ${found}, but the server is ${major}.`);
  }
}

const settingsOf = ({ settings, durable = true }: EmbeddedOptions) => ({
  ...defaults,
  ...(durable ? {} : fastAndUnsafe),
  ...settings,
});

function configText({ folder }: Cluster, settings: Readonly<Record<string, string>>, port: number): string {
  const quoted = (value: string) => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
  const lines = Object.entries({ ...settings, port: `${port}` }).map(
    ([name, value]) => `${name} = ${quoted(value)}`,
  );
  return [`include = ${quoted(join(folder, 'postgresql.conf'))}`, ...lines, ''].join('\n');
}

async function readPostmaster({ folder }: Cluster) {
  const lines = (await readIfPresent(join(folder, 'postmaster.pid')))?.split('\n');
  if (!lines) return undefined;
  return { pid: Number(lines[0]), port: Number(lines[3]), status: lines[7]?.trim() };
}

async function isRunning(cluster: Cluster): Promise<boolean> {
  const postmaster = await readPostmaster(cluster);
  if (!postmaster) return false;
  const command = await commandOf(postmaster.pid);
  return command === undefined || command.includes(cluster.folder);
}

/** The port of this cluster's server when one still runs with the same settings. */
async function adopt(cluster: Cluster, settings: Readonly<Record<string, string>>, options: EmbeddedOptions) {
  const running = await waitForExisting(cluster);
  if (running === undefined) return undefined;
  const config = await readIfPresent(join(cluster.home, 'stave.conf'));
  const wanted = options.port ?? running;
  if (wanted === running && config === configText(cluster, settings, running)) {
    options.log.info(`Adopted the PostgreSQL server that is still running on port ${running}`);
    return running;
  }
  options.log.info('Restarting the PostgreSQL server that is still running, since its settings changed');
  await stop(cluster);
  return undefined;
}

async function waitForExisting(cluster: Cluster): Promise<number | undefined> {
  const giveUpAt = performance.now() + startTimeoutMs;
  while (performance.now() < giveUpAt) {
    const postmaster = await readPostmaster(cluster);
    if (!postmaster) return undefined;
    const command = await commandOf(postmaster.pid);
    if (command !== undefined && !command.includes('postgres')) {
      if (exists(postmaster.pid)) await rm(join(cluster.folder, 'postmaster.pid'), { force: true });
      return undefined;
    }
    if (command !== undefined && !command.includes(cluster.folder)) return undefined;
    if (postmaster.status === 'ready' && (await answers(cluster, postmaster.port))) return postmaster.port;
    if (command === undefined) return undefined;
    await sleep(pollMs);
  }
  throw new Error(`The PostgreSQL server that runs on ${cluster.folder} does not answer.`);
}

/** True for a process that has the id now, even one that ended and waits to be reaped. */
function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The command line of a process, empty when there is no such process, undefined where it cannot be told. */
async function commandOf(pid: number): Promise<string | undefined> {
  if (!(pid > 0)) return '';
  if (process.platform === 'win32') return undefined;
  if (process.platform === 'linux') return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return (await run('ps', ['-ww', '-o', 'command=', '-p', `${pid}`])).output;
}

async function answers(cluster: Cluster, port: number): Promise<boolean> {
  const client = new Client({
    connectionString: urlOf(cluster, port, 'postgres'),
    connectionTimeoutMillis: 5_000,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query('select current_setting($1) as folder', ['data_directory']);
    return rows[0]?.folder === cluster.folder;
  } catch (error) {
    if ((error as { code?: string }).code !== '28P01') return false;
    throw new Error(`The server on port ${port} refuses the password in ${cluster.dataDir}.`, {
      cause: error,
    });
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function start(cluster: Cluster, settings: Readonly<Record<string, string>>, options: EmbeddedOptions) {
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await freePort());
    const reason = await launch(cluster, configText(cluster, settings, port), port);
    if (reason === undefined) return port;
    const portTaken = options.port === undefined && reason.includes('Address already in use');
    const formerChildrenAlive = /shared memory block|lock file/.test(reason);
    if (attempt === attemptsMax || !(portTaken || formerChildrenAlive)) {
      const path = join(cluster.home, 'server.log');
      throw new Error(`PostgreSQL did not start: ${conciseReason(reason)} Its log is ${path}.`);
    }
    options.log.warn(`PostgreSQL did not start yet: ${conciseReason(reason)}`);
    await sleep(portTaken ? 0 : 1_000);
  }
}

function conciseReason(log: string): string {
  const lines = log.trim().split('\n');
  const line = lines.find((text) => /(FATAL|PANIC|error):/.test(text)) ?? lines.at(-1);
  return (line || 'it gave no reason').replace(/^.*?(FATAL|PANIC): +/, '').replace(/[.]?$/, '.');
}

/** Starts the server in a session of its own; answers what it logged when it ended instead. */
async function launch(cluster: Cluster, config: string, port: number): Promise<string | undefined> {
  const { home, folder, account, binaries } = cluster;
  const configPath = join(home, 'stave.conf');
  const logPath = join(home, 'server.log');
  await writeFile(configPath, config);
  await chmod(configPath, 0o644);
  if (((await stat(logPath).catch(unlessMissing))?.size ?? 0) > logBytesMax) await truncate(logPath);
  const log = await open(logPath, 'a', 0o600);
  const { size: logStart } = await log.stat();
  const child = spawn(binaries.postgres, ['-D', folder, `--config-file=${configPath}`], {
    ...childOptions(account),
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  });
  let failure: string | undefined;
  child.on('error', ({ message }) => {
    failure = message;
  });
  child.on('exit', () => {
    failure ??= '';
  });
  child.unref();
  await log.close();
  const giveUpAt = performance.now() + startTimeoutMs;
  while (performance.now() < giveUpAt) {
    if (failure !== undefined) return failure || (await readFile(logPath)).subarray(logStart).toString();
    const postmaster = await readPostmaster(cluster);
    const own = postmaster?.pid === child.pid && postmaster?.status === 'ready';
    if (own && (await answers(cluster, port))) return undefined;
    await sleep(pollMs);
  }
  child.kill('SIGINT');
  return 'it was not ready in time';
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

async function createDatabase(adminUrl: string): Promise<void> {
  const client = new Client({ connectionString: adminUrl });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', ['stave']);
    if (!rowCount) await client.query('create database stave');
  } finally {
    await client.end();
  }
}

async function stop({ folder, account, binaries }: Cluster): Promise<void> {
  if (!(await readIfPresent(join(folder, 'postmaster.pid')))) return;
  const { code, output } = await run(
    binaries.pg_ctl,
    ['stop', '-D', folder, '-m', 'fast', '-w', '-t', `${stopTimeoutSeconds}`],
    account,
  );
  if (code === 0 || !(await readIfPresent(join(folder, 'postmaster.pid')))) return;
  if (/is not running|does not exist|No such process/i.test(output)) return;
  throw new Error(`PostgreSQL did not stop: ${output.trim().replaceAll('\n', ' ')}`);
}
