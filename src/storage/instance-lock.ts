import { createHash } from 'node:crypto';
import { realpath, unlink } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Holds a data folder for this process until the answered function is called or the process ends, however
 * it ends. The lock is a listening socket, which the kernel closes even on kill -9.
 */
export async function lockDataDir(dataDir: string): Promise<() => Promise<void>> {
  const folder = await realpath(dataDir);
  const address = addressOf(folder);
  const server = (await listen(address)) ?? (await takeOver(address, folder));
  server.unref();
  return () => new Promise((resolve) => server.close(() => resolve()));
}

function addressOf(folder: string): string {
  const name = `stave-${createHash('sha256').update(folder).digest('hex').slice(0, 32)}`;
  if (process.platform === 'linux') return `\0${name}`;
  if (process.platform === 'win32') return `\\\\.\\pipe\\${name}`;
  return join(tmpdir(), `${name}.sock`);
}

/** The holder tells whoever connects its process id. Answers undefined when the address is taken. */
function listen(address: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end(`${process.pid}`);
    });
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    server.listen({ path: address, exclusive: true }, () => resolve(server));
  });
}

async function takeOver(address: string, folder: string): Promise<Server> {
  const holder = await askHolder(address);
  if (holder === undefined) {
    if (address.startsWith(tmpdir())) await unlink(address).catch(() => undefined);
    const server = await listen(address);
    if (server) return server;
  }
  const who = holder ? `process ${holder}` : 'another process';
  throw new Error(`The data folder ${folder} is in use by ${who}.`);
}

/** The holder's process id, empty when it does not say, undefined when nobody listens any more. */
function askHolder(address: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let said = '';
    const socket = createConnection({ path: address });
    socket.setTimeout(1_000, () => socket.destroy());
    socket.on('data', (chunk) => {
      said += chunk;
    });
    socket.on('error', ({ code }: NodeJS.ErrnoException) =>
      resolve(code === 'ECONNREFUSED' || code === 'ENOENT' ? undefined : ''),
    );
    socket.on('close', () => resolve(said));
  });
}
