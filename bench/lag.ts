import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import pg from 'pg';
import { createWakeUps } from '../src/jobs/queue.ts';
import { startWorker } from '../src/jobs/worker.ts';
import { readModels } from '../src/projections/index.ts';
import { reactions } from '../src/reactions/index.ts';
import { createRuntime, queriesByName } from '../src/runtime.ts';
import { createPool } from '../src/storage/database.ts';
import { createTenant } from '../src/storage/tenants.ts';
import { closedLoop, quantile, round } from './measure.ts';
import type { BenchOptions, BenchResult } from './run.ts';
import { onFreshServer } from './server.ts';
import { type Checks, now, planner, seed, systemActor, total, visitInput } from './visits.ts';

const callers = 64;
const tickMs = 5;
/** One command of so many is followed until it can be seen. */
const sampled = 100;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

/** A Redis of its own, without persistence; undefined where none is installed. */
async function startRedis() {
  const port = await freePort();
  const child = spawn('redis-server', ['--port', String(port), '--save', '', '--appendonly', 'no'], {
    stdio: 'ignore',
  });
  const failed = once(child, 'error').then(() => true);
  const client = new Redis(port, '127.0.0.1', { maxRetriesPerRequest: null });
  client.on('error', () => undefined);
  const isMissing = await Promise.race([failed, client.ping().then(() => false)]);
  client.disconnect();
  if (isMissing) return undefined;
  return {
    url: `redis://127.0.0.1:${port}`,
    stop: async () => {
      child.kill();
      await once(child, 'exit');
    },
  };
}

interface Lags {
  readonly peakPerSecond: number;
  /** From acknowledgement to the answer of a query that waits for the position. */
  readonly waitedMs: readonly number[];
  /** From acknowledgement to the first plain query that reflects the position. */
  readonly plainMs: readonly number[];
  readonly checks: Checks;
}

/** Api and worker in one process: the rate that the read models can follow, then half of it, and how late they are. */
async function lagsOf(
  databaseUrl: string,
  redisUrl: string | undefined,
  { full, say }: BenchOptions,
): Promise<Lags> {
  const tenantId = await createTenant(databaseUrl, 'Bench');
  const pool = createPool({ databaseUrl, connections: 20, name: 'bench' });
  const owner = new pg.Pool({ connectionString: databaseUrl });
  const onError = (error: Error) => say(error.message);
  const wakeUps = createWakeUps({ databaseUrl, redisUrl, onError });
  let following = (_: string): boolean => false;
  const runtime = createRuntime({
    masterKey: 'bench',
    pool,
    clock: () => now,
    appended: (tenant) => following(tenant) || wakeUps.wake(tenant),
  });
  await seed(pool, tenantId);
  const worker = await startWorker({ runtime, models: readModels, reactions, wakeUps, onError });
  following = worker.isFollowing;
  const visits = planner(runtime, tenantId, say);
  const query = queriesByName.get('GetVisitPlan')!;
  const asker = await runtime.asker(systemActor(tenantId), query);
  if ('ok' in asker) throw new Error(asker.detail);
  const { personId, date } = visitInput(0);
  const ask = async (minPosition?: number) => {
    const answer = await runtime.reader.answer(query, tenantId, { personId, date }, asker, minPosition);
    return answer.ok ? answer.position : 0;
  };

  await visits.plan();
  const started = performance.now();
  await closedLoop(callers, full ? 5 : 2, visits.plan);
  await ask(await visits.plan());
  const peakPerSecond = visits.planned() / ((performance.now() - started) / 1_000);

  const waitedMs: number[] = [];
  const plainMs: number[] = [];
  async function followed(index: number): Promise<void> {
    const position = await visits.plan();
    const begun = performance.now();
    const isPlain = index % (2 * sampled) === 0;
    if (!isPlain) await ask(position);
    else while ((await ask()) < (position ?? 0)) await sleep(1);
    (isPlain ? plainMs : waitedMs).push(performance.now() - begun);
  }
  const under: Promise<unknown>[] = [];
  const begun = performance.now();
  const end = begun + (full ? 20_000 : 6_000);
  for (let issued = 0; performance.now() < end; await sleep(tickMs)) {
    const due = ((performance.now() - begun) / 1_000) * (peakPerSecond / 2);
    for (; issued < due; issued++) under.push(issued % sampled === 0 ? followed(issued) : visits.plan());
  }
  await Promise.all(under);
  const checks = await visits.check(owner);
  await worker.close();
  await wakeUps.close();
  await runtime.dispatcher.close();
  await pool.end();
  await owner.end();
  return { peakPerSecond, waitedMs, plainMs, checks };
}

/** How late the read models are at half of the rate that they can follow, woken through PostgreSQL and through Redis. */
export const run = (options: BenchOptions): Promise<BenchResult> =>
  onFreshServer(options.say, async (databaseUrl) => {
    const redis = await startRedis();
    try {
      const sides: Record<string, Lags> = { postgres: await lagsOf(databaseUrl, undefined, options) };
      if (redis) sides['redis'] = await lagsOf(databaseUrl, redis.url, options);
      const figures = Object.entries(sides).flatMap(([name, { peakPerSecond, waitedMs, plainMs }]) => [
        [`${name}PeakPerSecond`, round(peakPerSecond, 0)],
        [`${name}P50Ms`, round(quantile(waitedMs, 0.5))],
        [`${name}P99Ms`, round(quantile(waitedMs, 0.99))],
        [`${name}PlainP50Ms`, round(quantile(plainMs, 0.5))],
        [`${name}PlainP99Ms`, round(quantile(plainMs, 0.99))],
      ]);
      return {
        figures: Object.fromEntries(figures),
        ratios: {},
        checks: total(Object.values(sides).map(({ checks }) => checks)),
      };
    } finally {
      await redis?.stop();
    }
  });
