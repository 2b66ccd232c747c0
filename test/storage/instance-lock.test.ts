import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lockDataDir } from '../../src/storage/instance-lock.ts';

let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'stave-lock-'));
});

afterEach(() => rm(dataDir, { recursive: true }));

async function lockFromChild() {
  const code = `
    import { lockDataDir } from ${JSON.stringify(new URL('../../src/storage/instance-lock.ts', import.meta.url).href)};
    await lockDataDir(${JSON.stringify(dataDir)});
    console.log('locked');
    setInterval(() => undefined, 1000);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

describe('the lock of a data folder', () => {
  test('is refused while another process holds it and free once that one is killed', async () => {
    const child = await lockFromChild();
    await expect(lockDataDir(dataDir)).rejects.toThrow(
      `The data folder ${dataDir} is in use by process ${child.pid}.`,
    );
    child.kill('SIGKILL');
    await once(child, 'exit');
    const release = await lockDataDir(dataDir);
    await release();
  });

  test('is refused to the same process too, until it is released', async () => {
    const release = await lockDataDir(dataDir);
    await expect(lockDataDir(dataDir)).rejects.toThrow('is in use by process');
    await release();
    const again = await lockDataDir(dataDir);
    await again();
  });

  test('knows the folder by its real path', async () => {
    const alias = `${dataDir}-alias`;
    await symlink(dataDir, alias);
    const release = await lockDataDir(dataDir);
    await expect(lockDataDir(alias)).rejects.toThrow('is in use');
    await release();
    await rm(alias);
  });
});
