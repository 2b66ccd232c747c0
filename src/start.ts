import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { FastifyInstance } from 'fastify';
import pino, { type Logger } from 'pino';
import { startDemo } from './cli/demo.ts';
import { plainScreen } from './cli/screen.ts';
import type { Config } from './config.ts';
import { createApp } from './http/app.ts';
import { createMetrics } from './http/metrics.ts';
import { startDigests } from './jobs/digests.ts';
import { followErasures } from './jobs/erasures.ts';
import { createWakeUps } from './jobs/queue.ts';
import { type RunningWorker, startWorker } from './jobs/worker.ts';
import { readModels } from './projections/index.ts';
import { reactions } from './reactions/index.ts';
import { createRuntime, type Runtime } from './runtime.ts';
import { createPool } from './storage/database.ts';
import { createDigests } from './storage/digests.ts';
import { lockDataDir } from './storage/instance-lock.ts';
import { keepEmbedded } from './storage/kept-embedded.ts';
import { masterKeyOf } from './storage/master-key.ts';
import { migrate } from './storage/migrate.ts';
import { createVerifier } from './storage/tenants.ts';
import { version } from './version.ts';

export interface RunningStave {
  readonly url: string;
  readonly databaseUrl: string;
  readonly runtime: Runtime;
  readonly app: FastifyInstance;
  readonly log: Logger;
  readonly stop: () => Promise<void>;
}

/** What was opened, to be closed in the opposite order. */
function closers() {
  const list: (() => Promise<unknown>)[] = [];
  return {
    add: (close: () => Promise<unknown>) => list.push(close),
    closeAll: async () => {
      for (const close of list.splice(0).reverse()) await close();
    },
  };
}

/** Opens the database: the one that is configured, or an embedded server in the data folder that nobody else uses. */
async function openDatabase(
  config: Config,
  log: Logger,
  opened: ReturnType<typeof closers>,
): Promise<string> {
  if (config.databaseUrl) return config.databaseUrl;
  const dataDir = resolve(config.dataDir);
  await mkdir(dataDir, { recursive: true, mode: 0o755 });
  opened.add(await lockDataDir(dataDir));
  const server = await keepEmbedded({
    dataDir,
    log: { info: (message) => log.debug(message), warn: (message) => log.warn(message) },
  });
  opened.add(() => server.stop());
  return server.url;
}

/** Starts what the configuration asks for and answers when it serves; `say` shows a text to whoever started it. */
export async function start(
  config: Config,
  say: (text: string) => void = () => undefined,
): Promise<RunningStave> {
  const log = pino({
    level: config.logLevel,
    redact: ['req.headers.authorization', 'token', '*.token', 'secret'],
  });
  const opened = closers();
  try {
    const databaseUrl = await openDatabase(config, log, opened);
    await migrate(databaseUrl);
    const masterKey = await masterKeyOf(config);
    const pool = createPool({ databaseUrl, connections: 20, name: `stave ${config.role}` });
    opened.add(() => pool.end());
    const onError = (error: Error) => log.warn({ err: error }, error.message);
    const wakeUps = createWakeUps({ databaseUrl, redisUrl: config.redisUrl, onError });
    opened.add(() => wakeUps.close());
    const metrics = createMetrics(pool);
    let worker: RunningWorker | undefined;
    const runtime = createRuntime({
      pool,
      masterKey,
      appended: (tenantId) => worker?.isFollowing(tenantId) || wakeUps.wake(tenantId),
      observe: metrics.observeAppend,
    });
    opened.add(() => runtime.dispatcher.close());
    const erasures = followErasures(runtime, onError);
    opened.add(erasures.close);
    const digests = createDigests({ pool, now: runtime.now, ...config.digests });
    if (config.role !== 'api' && config.digests.everySeconds > 0) {
      const everyMs = config.digests.everySeconds * 1_000;
      const job = startDigests({ pool, digests, everyMs, onError: (err) => log.error({ err }, err.message) });
      opened.add(job.close);
    }
    if (config.role !== 'api') {
      const started = await startWorker({ runtime, models: readModels, reactions, wakeUps, onError });
      opened.add(() => started.close());
      worker = started;
    }
    const app = await createApp({
      runtime,
      verify: createVerifier(pool),
      secret: masterKey,
      digests,
      version,
      logger: log,
      limits: { requestsPerMinute: config.requestsPerMinute },
      operationsOnly: config.role === 'worker',
      observe: metrics.observeRequest,
      metrics: metrics.text,
      ready: async () => {
        const { rows } = await pool.query('select lane from read.lane where error is not null limit 1');
        return rows[0] && `The read model lane ${rows[0].lane} has stopped.`;
      },
    });
    opened.add(() => app.close());
    const url = await app.listen({ port: config.port, host: config.host });
    if (config.role !== 'worker' && config.demo) {
      const { dataDir } = config;
      const demo = startDemo({ databaseUrl, pool, masterKey, log, wake: wakeUps.wake, dataDir, url, say });
      opened.add(demo.stop);
    } else if (config.role !== 'worker') say(plainScreen(url));
    return { url, databaseUrl, runtime, app, log, stop: opened.closeAll };
  } catch (error) {
    await opened.closeAll();
    throw error;
  }
}
