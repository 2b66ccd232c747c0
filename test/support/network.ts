import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

/** Waits until somebody listens at a port of this machine. */
export async function listening(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return;
    } catch {
      await sleep(20);
    } finally {
      socket.destroy();
    }
  }
}

/** A Redis of a test's own, which keeps nothing on the disk. */
export async function startRedis(port: number): Promise<ChildProcess> {
  const options = `--port ${port} --bind 127.0.0.1 --appendonly no --dir ${tmpdir()} --save`.split(' ');
  const child = spawn('redis-server', [...options, ''], { stdio: 'ignore' });
  await listening(port);
  return child;
}
