import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestProject } from 'vitest/node';
import { startEmbedded } from '../../src/storage/embedded.ts';
import { migrate } from '../../src/storage/migrate.ts';
import { execute, templateDatabase, withDatabase } from './database.ts';
import { freePort } from './network.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A superuser's URL of a PostgreSQL server that holds the template database. */
    databaseUrl: string;
    /** Null when this machine has no Redis: tests of Redis are skipped then. */
    redisUrl: string | null;
  }
}

interface Service {
  readonly url: string;
  stop(): Promise<unknown>;
}

const redisStartTimeoutMs = 10_000;
const dockerAnswerTimeoutMs = 2_000;
const say = (message: string) => process.stderr.write(`${message}\n`);

/** Starts what the tests need, prepares the template database, and answers how to stop it all. */
export default async function startServices(project: TestProject): Promise<() => Promise<void>> {
  const docker = await dockerAnswers();
  const started = await Promise.allSettled([startPostgres(docker), startRedis(docker)]);
  const services = started.flatMap((result) => (result.status === 'fulfilled' && result.value) || []);
  const stop = async () => {
    await Promise.all(services.map((service) => service.stop()));
  };
  try {
    for (const result of started) if (result.status === 'rejected') throw result.reason;
    const [postgres, redis] = started.map((result) =>
      result.status === 'fulfilled' ? result.value : undefined,
    );
    if (!redis) reportMissingRedis();
    await createTemplate(postgres!.url);
    project.provide('databaseUrl', postgres!.url);
    project.provide('redisUrl', redis?.url ?? null);
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Migrates the database that `freshDatabase` clones; whatever every test database must hold goes here. */
export async function createTemplate(adminUrl: string): Promise<void> {
  await execute(adminUrl, `drop database if exists ${templateDatabase} with (force)`);
  await execute(adminUrl, `create database ${templateDatabase}`);
  await migrate(withDatabase(adminUrl, templateDatabase));
}

async function startPostgres(docker: boolean): Promise<Service> {
  const given = process.env['TEST_DATABASE_URL'];
  if (given) return { url: given, stop: async () => undefined };
  return (docker ? await inDocker('PostgreSQL', postgresContainer) : undefined) ?? embeddedPostgres();
}

async function startRedis(docker: boolean): Promise<Service | undefined> {
  const given = process.env['TEST_REDIS_URL'];
  if (given) return { url: given, stop: async () => undefined };
  return (docker ? await inDocker('Redis', redisContainer) : undefined) ?? localRedis();
}

function reportMissingRedis(): void {
  const message = 'No Redis: install redis-server, or set TEST_REDIS_URL.';
  if (process.env['CI'] === 'true') throw new Error(message);
  say(`${message} The tests of Redis are skipped.`);
}

/** The client being installed says nothing: only the daemon's socket does. */
async function dockerAnswers(): Promise<boolean> {
  const host = process.env['DOCKER_HOST'] || 'unix:///var/run/docker.sock';
  const { protocol, pathname, hostname, port } = new URL(host);
  const socket = protocol === 'unix:' ? connect(pathname) : connect(Number(port) || 2375, hostname);
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(dockerAnswerTimeoutMs) });
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function inDocker(name: string, start: () => Promise<Service>): Promise<Service | undefined> {
  try {
    return await start();
  } catch (error) {
    say(`Docker answers but ${name} did not start in it (${(error as Error).message}); using a local one.`);
    return undefined;
  }
}

async function postgresContainer(): Promise<Service> {
  const { PostgreSqlContainer } = await import('@testcontainers/postgresql');
  const command = [
    'postgres',
    '-c',
    'fsync=off',
    '-c',
    'full_page_writes=off',
    '-c',
    'synchronous_commit=off',
  ];
  const container = await new PostgreSqlContainer('postgres:18').withCommand(command).start();
  return { url: container.getConnectionUri(), stop: () => container.stop() };
}

async function redisContainer(): Promise<Service> {
  const { RedisContainer } = await import('@testcontainers/redis');
  const container = await new RedisContainer('redis:7').start();
  return { url: container.getConnectionUrl(), stop: () => container.stop() };
}

async function embeddedPostgres(): Promise<Service> {
  const dataDir = await mkdtemp(join(tmpdir(), 'stave-test-'));
  await chmod(dataDir, 0o711);
  const log = { info: () => undefined, warn: say };
  const server = await startEmbedded({ dataDir, durable: false, log });
  const stop = async () => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  return { url: server.adminUrl, stop };
}

async function localRedis(): Promise<Service | undefined> {
  const port = await freePort();
  const options = `--port ${port} --bind 127.0.0.1 --appendonly no --dir ${tmpdir()} --save`.split(' ');
  const child = spawn('redis-server', [...options, ''], { stdio: 'ignore' });
  const ended = new Promise<string>((resolve) => {
    child.once('error', ({ message }) => resolve(message));
    child.once('exit', (code) => resolve(`it ended with code ${code}`));
  });
  const answer = await Promise.race([ended, pingRedis(port)]);
  if (answer === 'ready') return { url: `redis://127.0.0.1:${port}`, stop: () => kill(child, ended) };
  if (!answer.includes('ENOENT')) throw new Error(`redis-server did not start: ${answer}`);
  return undefined;
}

async function kill(child: ChildProcess, ended: Promise<string>): Promise<void> {
  child.kill('SIGKILL');
  await ended;
}

async function pingRedis(port: number): Promise<string> {
  const giveUpAt = performance.now() + redisStartTimeoutMs;
  while (performance.now() < giveUpAt) {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return 'ready';
    } catch {
      await sleep(20);
    } finally {
      socket.destroy();
    }
  }
  return 'it did not answer in time';
}
