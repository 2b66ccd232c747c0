import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The key under which secrets of the installation are made: given, or kept in the data folder for its owner alone. */
export async function masterKeyOf({
  masterKey,
  dataDir,
}: {
  readonly masterKey: string | undefined;
  readonly dataDir: string;
}): Promise<string> {
  if (masterKey) return masterKey;
  const file = join(dataDir, 'master.key');
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const key = randomBytes(32).toString('hex');
    await writeFile(file, `${key}\n`, { mode: 0o600, flag: 'wx' });
    return key;
  }
}
