import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEmbedded } from '../../src/storage/embedded.ts';
import { migrate } from '../../src/storage/migrate.ts';
import { createTenant, issueKeys } from '../../src/storage/tenants.ts';
import { type Disk, mountDisk } from './disk.ts';
import { freePort } from './network.ts';

/** Every program of an installation has it. */
export const masterKey = 'a key for tests of 32 characters';
const startTimeoutMs = 60_000;
const log = { info: () => undefined, warn: () => undefined };

export interface Cluster {
  readonly databaseUrl: string;
  readonly dataDir: string;
  /** Ends the server as a crash of its main process does. */
  readonly kill: () => Promise<void>;
  /** Starts it again, at the same port. */
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
  readonly remove: () => Promise<void>;
}

export async function clusterIn(dataDir: string, disk?: Disk): Promise<Cluster> {
  let server = await startEmbedded({ dataDir, log });
  const { url: databaseUrl, port } = server;
  return {
    databaseUrl,
    dataDir,
    kill: async () => {
      const text = await readFile(join(dataDir, 'postgres', 'data', 'postmaster.pid'), 'utf8');
      process.kill(Number(text.split('\n')[0]), 'SIGKILL');
    },
    start: async () => {
      server = await startEmbedded({ dataDir, port, log });
    },
    stop: () => server.stop(),
    remove: async () => {
      await disk?.clear();
      await server.stop();
      await disk?.remove();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'stave-fault-'));
  await chmod(folder, 0o711);
  return folder;
}

/** A PostgreSQL server of the test's own that gives up no safety for speed. */
export async function startCluster(): Promise<Cluster> {
  const cluster = await clusterIn(await newFolder());
  await migrate(cluster.databaseUrl);
  return cluster;
}

export interface Program {
  readonly url: string;
  readonly signal: (signal: NodeJS.Signals) => void;
  readonly kill: () => Promise<void>;
  /** Starts it again at the same address, and waits until it serves. */
  readonly start: () => Promise<void>;
}

export interface ProgramOptions {
  readonly role: 'api' | 'worker' | 'all';
  readonly cluster: Pick<Cluster, 'databaseUrl' | 'dataDir'>;
  readonly redisUrl?: string;
}

/** The product as it is installed: a process of its own. */
export async function startProgram({ role, cluster, redisUrl = '' }: ProgramOptions): Promise<Program> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let child: ChildProcess;

  async function start(): Promise<void> {
    child = spawn(process.execPath, ['src/main.ts'], {
      env: {
        ...process.env,
        PORT: String(port),
        STAVE_ROLE: role,
        STAVE_DATA_DIR: cluster.dataDir,
        STAVE_LOG_LEVEL: process.env['STAVE_FAULTS_LOG'] ?? 'silent',
        STAVE_MASTER_KEY: masterKey,
        STAVE_REQUESTS_PER_MINUTE: '1000000000',
        STAVE_DEMO: '0',
        DATABASE_URL: cluster.databaseUrl,
        REDIS_URL: redisUrl,
      },
      stdio: ['ignore', process.env['STAVE_FAULTS_LOG'] ? 'inherit' : 'ignore', 'inherit'],
    });
    const giveUpAt = performance.now() + startTimeoutMs;
    while (!(await serves())) {
      if (performance.now() > giveUpAt) throw new Error(`The ${role} did not start.`);
      if (child.exitCode !== null) throw new Error(`The ${role} ended with ${child.exitCode}.`);
      await sleep(20);
    }
  }
  const serves = () =>
    fetch(`${url}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    );

  await start();
  return {
    url,
    signal: (signal) => child.kill(signal),
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
    start,
  };
}

export interface Installation {
  readonly cluster: Cluster;
  readonly databaseUrl: string;
  readonly tenantId: string;
  readonly token: string;
  readonly apis: readonly Program[];
  readonly workers: readonly Program[];
  readonly remove: () => Promise<void>;
}

/** A data folder whose cluster has a small disk to itself; fails where this process may not mount. */
export async function folderOnDisk(megabytes: number) {
  const dataDir = await newFolder();
  const cluster = join(dataDir, 'postgres');
  await mkdir(cluster);
  const disk = await mountDisk(cluster, megabytes).catch(async (error) => {
    await rmdir(cluster);
    await rmdir(dataDir);
    throw error;
  });
  return {
    dataDir,
    disk,
    remove: async () => {
      await disk.remove();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** The product as `npm start` runs it: one process, which looks after its own database. */
export async function installEmbedded(place?: {
  readonly dataDir: string;
  readonly disk: Disk;
}): Promise<Installation> {
  const dataDir = place?.dataDir ?? (await newFolder());
  const program = await startProgram({ role: 'all', cluster: { dataDir, databaseUrl: '' } });
  const cluster = await clusterIn(dataDir, place?.disk);
  return {
    cluster,
    databaseUrl: cluster.databaseUrl,
    ...(await addTenant(cluster)),
    apis: [program],
    workers: [program],
    remove: async () => {
      await program.kill();
      await cluster.remove();
    },
  };
}

async function addTenant({ databaseUrl }: Cluster) {
  const tenantId = await createTenant(databaseUrl, 'Test');
  const [token] = await issueKeys(databaseUrl, [{ tenantId, name: 'load', roles: ['AD', 'TM', 'IN'] }]);
  return { tenantId, token: token! };
}

/** A cluster with one tenant and a key, and processes around it. */
export async function install({
  apis = 1,
  workers = 1,
  redisUrl,
  start: startDatabase = startCluster,
}: {
  readonly apis?: number;
  readonly workers?: number;
  readonly redisUrl?: string;
  readonly start?: () => Promise<Cluster>;
} = {}): Promise<Installation> {
  const cluster = await startDatabase();
  const { databaseUrl } = cluster;
  const tenant = await addTenant(cluster);
  const start = (role: 'api' | 'worker', count: number) =>
    Promise.all(
      Array.from({ length: count }, () => startProgram({ role, cluster, ...(redisUrl && { redisUrl }) })),
    );
  const [apiPrograms, workerPrograms] = [await start('api', apis), await start('worker', workers)];
  return {
    cluster,
    databaseUrl,
    ...tenant,
    apis: apiPrograms,
    workers: workerPrograms,
    remove: async () => {
      for (const program of [...apiPrograms, ...workerPrograms]) await program.kill();
      await cluster.remove();
    },
  };
}
