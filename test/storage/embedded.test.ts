import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type EmbeddedServer, startEmbedded } from '../../src/storage/embedded.ts';
import { keepEmbedded } from '../../src/storage/kept-embedded.ts';

const log = { info: () => undefined, warn: () => undefined };
const settings = { shared_buffers: '16MB', max_connections: '10' };
const systemHome = /^\/var\/lib\/stave\/clusters\/[0-9a-f]{16}$/;
const isRoot = process.getuid?.() === 0;

let parent: string;
let dataDir: string;
let servers: EmbeddedServer[];

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'stave-embedded-'));
  await chmod(parent, 0o711);
  dataDir = join(parent, 'data');
  servers = [];
});

afterEach(async () => {
  for (const server of servers) await server.stop();
  const elsewhere = await readFile(join(dataDir, 'postgres-location'), 'utf8').catch(() => '');
  if (systemHome.test(elsewhere.trim())) await rm(elsewhere.trim(), { recursive: true });
  await rm(parent, { recursive: true, force: true });
});

async function start(options: { port?: number; settings?: Record<string, string> } = {}) {
  const server = await startEmbedded({ dataDir, settings, log, ...options });
  servers.push(server);
  return server;
}

async function query(url: string, statement: string) {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

const postmasterPid = async (home = join(dataDir, 'postgres')) =>
  Number((await readFile(join(home, 'data', 'postmaster.pid'), 'utf8')).split('\n')[0]);

/** Starts the server from another process, which then waits until it is killed. */
async function startFromChild() {
  const code = `
    import { startEmbedded } from ${JSON.stringify(new URL('../../src/storage/embedded.ts', import.meta.url).href)};
    const log = { info() {}, warn() {} };
    const server = await startEmbedded({ dataDir: ${JSON.stringify(dataDir)}, settings: ${JSON.stringify(settings)}, log });
    console.log(server.port);
    setInterval(() => undefined, 1000);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [port] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  return { child, port: Number(port) };
}

describe('the embedded PostgreSQL server', () => {
  test('keeps its data over a restart and keeps its password to its owner', async () => {
    const first = await start();
    await query(first.url, "create table note (text text); insert into note values ('kept')");
    await first.stop();
    await expect(query(first.url, 'select 1')).rejects.toThrow();
    const second = await start();
    expect(await query(second.url, 'select text from note')).toEqual([{ text: 'kept' }]);
    expect((await stat(join(dataDir, 'postgres-password'))).mode & 0o777).toBe(0o600);
  });

  test('speaks UTF-8, folds case beyond ASCII and is durable', async () => {
    const { url } = await start();
    const [row] = await query(
      url,
      "select upper('é ж') as upper, current_setting('server_encoding') as encoding, current_setting('fsync') as fsync",
    );
    expect(row).toEqual({ upper: 'É Ж', encoding: 'UTF8', fsync: 'on' });
  });

  test('takes no connection without the password', async () => {
    const { url } = await start();
    const stranger = new URL(url);
    stranger.password = 'guess';
    await expect(query(stranger.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
  });

  test('survives an interrupt and a kill of the process that started it, and is adopted', async () => {
    const { child, port } = await startFromChild();
    const pid = await postmasterPid();
    process.kill(-child.pid!, 'SIGINT');
    await once(child, 'exit');
    const again = await start();
    expect(again.port).toBe(port);
    expect(await postmasterPid()).toBe(pid);
    await again.stop();

    const second = await startFromChild();
    second.child.kill('SIGKILL');
    await once(second.child, 'exit');
    expect((await start()).port).toBe(second.port);
  });

  test('is restarted, not adopted, when its settings changed', async () => {
    await start();
    const pid = await postmasterPid();
    const { url } = await start({ settings: { ...settings, max_connections: '12' } });
    expect(await postmasterPid()).not.toBe(pid);
    expect(await query(url, 'show max_connections')).toEqual([{ max_connections: '12' }]);
  });

  test('recovers after the server itself is killed', async () => {
    const { url } = await start();
    await query(url, "create table note (text text); insert into note values ('kept')");
    process.kill(await postmasterPid(), 'SIGKILL');
    const { url: recovered } = await start();
    expect(await query(recovered, 'select text from note')).toEqual([{ text: 'kept' }]);
  });

  test('is started again at the same address when it is killed while it is kept', async () => {
    const server = await keepEmbedded({ dataDir, settings, log });
    servers.push(server);
    await query(server.url, "create table note (text text); insert into note values ('kept')");
    const pid = await postmasterPid();
    process.kill(pid, 'SIGKILL');
    await expect
      .poll(() => query(server.url, 'select text from note').catch(() => undefined), { timeout: 20_000 })
      .toEqual([{ text: 'kept' }]);
    expect(await postmasterPid()).not.toBe(pid);
  });

  test('starts over a stale pid file whose process id now belongs to another program', async () => {
    const { port, stop } = await start();
    await stop();
    const folder = join(dataDir, 'postgres', 'data');
    const stale = [process.pid, folder, 1, port, '', '127.0.0.1', '', 'ready   ', ''].join('\n');
    await writeFile(join(folder, 'postmaster.pid'), stale);
    if (isRoot) await chmod(join(folder, 'postmaster.pid'), 0o666);
    const { url } = await start();
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('says in one sentence why it cannot start', async () => {
    const { port } = await start();
    const second = startEmbedded({ dataDir: join(parent, 'other'), port, log });
    await expect(second).rejects.toThrow(/^PostgreSQL did not start: .*\. Its log is .*server\.log\.$/);
  });

  test('does not create an empty cluster when the password of an existing one is lost', async () => {
    const { stop } = await start();
    await stop();
    await rm(join(dataDir, 'postgres-password'));
    await expect(start()).rejects.toThrow('The password of the PostgreSQL cluster is missing');
  });

  describe.runIf(isRoot)('as root in a folder that other users cannot enter', () => {
    beforeEach(async () => {
      await mkdir(dataDir, { mode: 0o700 });
    });

    test('keeps the cluster in a system folder and finds it again', async () => {
      const first = await start();
      await query(first.url, 'create table note (text text)');
      await first.stop();
      const home = (await readFile(join(dataDir, 'postgres-location'), 'utf8')).trim();
      expect(home).toMatch(systemHome);
      expect((await stat(join(home, 'data'))).uid).not.toBe(0);
      const second = await start();
      expect(await query(second.url, 'select text from note')).toEqual([]);
    });

    test('refuses a copy of the data folder while the original exists', async () => {
      await start();
      const copy = join(parent, 'copy');
      await cp(dataDir, copy, { recursive: true });
      await expect(startEmbedded({ dataDir: copy, settings, log })).rejects.toThrow('is a copy of');
    });

    test('follows no pointer out of the system folder', async () => {
      await writeFile(join(dataDir, 'postgres-location'), `${join(parent, 'elsewhere')}\n`);
      await expect(start()).rejects.toThrow('which is no cluster of Stave');
      await writeFile(join(dataDir, 'postgres-location'), '/var/lib/stave/clusters/..\n');
      await expect(start()).rejects.toThrow('which is no cluster of Stave');
    });
  });
});
