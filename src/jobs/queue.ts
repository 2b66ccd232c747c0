import { createPostgresBackend, Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';

/** Where wake-ups wait: BullMQ on Redis when there is one, else on PostgreSQL. */
export interface WakeUps {
  /** Asks some worker to look at a tenant. Never throws: a lost wake-up costs at most one sweep. */
  readonly wake: (tenantId: string) => void;
  /** Calls `handle` for every tenant that is woken, until `close`. */
  readonly listen: (handle: (tenantId: string) => Promise<void>) => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface WakeUpOptions {
  readonly databaseUrl: string;
  readonly redisUrl: string | undefined;
  readonly onError: (error: Error) => void;
}

const queueName = 'wake';
const prefix = '{stave}';
const deduplicatedForMs = 1_000;
const concurrency = 4;
const closePatienceMs = 2_000;

const jobOptions = { removeOnComplete: true, removeOnFail: true, attempts: 1 } as const;

interface Backend {
  readonly queue: Queue;
  readonly worker: (process: (tenantId: string) => Promise<void>) => Worker;
  readonly close: () => Promise<void>;
}

function onRedis(redisUrl: string, onError: (error: Error) => void): Backend {
  const producer = new Redis(redisUrl, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    retryStrategy: () => 500,
  });
  const consumer = new Redis(redisUrl, { maxRetriesPerRequest: null, retryStrategy: () => 500 });
  producer.on('error', onError);
  consumer.on('error', onError);
  const queue = new Queue(queueName, { connection: producer, prefix });
  return {
    queue,
    worker: (process) =>
      new Worker(queueName, async (job) => process(job.data.tenantId), {
        connection: consumer,
        prefix,
        concurrency,
      }),
    close: async () => {
      producer.disconnect();
      consumer.disconnect();
    },
  };
}

function onPostgres(databaseUrl: string, onError: (error: Error) => void): Backend {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: 4,
    options: '-c role=stave_app -c search_path=bullmq -c synchronous_commit=off',
    application_name: 'stave queue',
  });
  pool.on('error', onError);
  pool.on('connect', (client) => client.on('error', onError));
  const connection = pool as never;
  const queue = new Queue(queueName, { connection }, createPostgresBackend as never);
  return {
    queue,
    worker: (process) =>
      new Worker(
        queueName,
        async (job) => process(job.data.tenantId),
        { connection, concurrency },
        createPostgresBackend as never,
      ),
    close: () => pool.end(),
  };
}

/** Waits for BullMQ to end, but not for ever: it waits for a server that may never answer again. */
const patiently = (closed: Promise<unknown> | undefined) =>
  Promise.race([
    closed?.catch(() => undefined),
    new Promise((resolve) => setTimeout(resolve, closePatienceMs).unref()),
  ]);

/**
 * Opens the queue of wake-ups: one deduplicated job for each tenant that has something new. While Redis is
 * away at most one wake-up a tenant waits here; it goes out when Redis is back.
 */
export function createWakeUps({ databaseUrl, redisUrl, onError }: WakeUpOptions): WakeUps {
  const backend = redisUrl ? onRedis(redisUrl, onError) : onPostgres(databaseUrl, onError);
  const { queue } = backend;
  queue.on('error', onError);
  let worker: Worker | undefined;
  const waking = new Set<string>();
  const again = new Set<string>();

  function wake(tenantId: string): void {
    if (waking.has(tenantId)) {
      again.add(tenantId);
      return;
    }
    waking.add(tenantId);
    queue
      .add('wake', { tenantId }, { ...jobOptions, deduplication: { id: tenantId, ttl: deduplicatedForMs } })
      .catch(onError)
      .finally(() => {
        waking.delete(tenantId);
        if (again.delete(tenantId)) wake(tenantId);
      });
  }

  return {
    wake,
    listen: async (handle) => {
      worker = backend.worker(async (tenantId) => {
        await queue.removeDeduplicationKey(tenantId).catch(onError);
        await handle(tenantId);
      });
      worker.on('error', onError);
    },
    close: async () => {
      await patiently(worker?.close());
      await patiently(queue.close());
      await backend.close();
    },
  };
}
