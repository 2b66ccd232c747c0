import { execFile } from 'node:child_process';
import { open, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A file system of its own, in memory. */
export interface Disk {
  /** Leaves no room on it. */
  readonly fill: () => Promise<void>;
  /** Gives the room back. */
  readonly clear: () => Promise<void>;
  readonly remove: () => Promise<void>;
}

/** Makes a disk at an empty folder; throws where this process may not mount. */
export async function mountDisk(folder: string, megabytes: number): Promise<Disk> {
  await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0711`, 'stave-disk', folder]);
  const ballast = join(folder, 'ballast');
  return {
    fill: async () => {
      const file = await open(ballast, 'a');
      try {
        for (const size of [2 ** 20, 2 ** 12]) await writeUntilFull(file, Buffer.alloc(size));
      } finally {
        await file.close();
      }
    },
    clear: () => rm(ballast, { force: true }),
    remove: async () => {
      await run('umount', ['--lazy', folder]);
      await rmdir(folder);
    },
  };
}

async function writeUntilFull(file: Awaited<ReturnType<typeof open>>, bytes: Buffer): Promise<void> {
  try {
    for (;;) await file.write(bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}
