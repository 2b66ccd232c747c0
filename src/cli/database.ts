import { resolve } from 'node:path';
import type { Config } from '../config.ts';
import { startEmbedded } from '../storage/embedded.ts';

/** Runs work on the configured database; without one, on the embedded server, which is left as it was found. */
export async function withDatabase(
  config: Config,
  work: (databaseUrl: string) => Promise<void>,
): Promise<void> {
  if (config.databaseUrl) return work(config.databaseUrl);
  const quiet = () => undefined;
  const server = await startEmbedded({ dataDir: resolve(config.dataDir), log: { info: quiet, warn: quiet } });
  try {
    return await work(server.url);
  } finally {
    if (server.started) await server.stop();
  }
}
