import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbedded } from '../src/storage/embedded.ts';
import { migrate } from '../src/storage/migrate.ts';

/** Works on a fresh, durable, embedded server with the product's tables, gone afterwards. */
export async function onFreshServer<T>(
  say: (line: string) => void,
  work: (databaseUrl: string) => Promise<T>,
): Promise<T> {
  const dataDir = await mkdtemp(join(tmpdir(), 'stave-bench-'));
  await chmod(dataDir, 0o711);
  const server = await startEmbedded({ dataDir, log: { info: () => undefined, warn: say } });
  try {
    await migrate(server.url);
    return await work(server.url);
  } catch (error) {
    // Connections that are left open end the program when the server stops.
    say((error as Error).stack ?? String(error));
    throw error;
  } finally {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}
