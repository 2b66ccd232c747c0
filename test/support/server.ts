import type { FastifyInstance } from 'fastify';
import pino from 'pino';
import { createApp } from '../../src/http/app.ts';
import type { FollowersMax } from '../../src/http/feed.ts';
import type { Limits } from '../../src/http/limits.ts';
import { followErasures } from '../../src/jobs/erasures.ts';
import { createWakeUps } from '../../src/jobs/queue.ts';
import { startWorker } from '../../src/jobs/worker.ts';
import { readModels } from '../../src/projections/index.ts';
import { reactions } from '../../src/reactions/index.ts';
import { createRuntime, type Runtime } from '../../src/runtime.ts';
import { createPool } from '../../src/storage/database.ts';
import { createTenant, createVerifier, issueKeys, type NewCredential } from '../../src/storage/tenants.ts';
import { freshDatabase } from './database.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: what a server answers is known only to the test
  readonly body: any;
}

export interface Server {
  readonly url: string;
  readonly databaseUrl: string;
  readonly tenantId: string;
  readonly runtime: Runtime;
  readonly app: FastifyInstance;
  readonly errors: Error[];
  readonly token: (credential: Omit<NewCredential, 'tenantId'>) => Promise<string>;
  readonly get: (path: string, token: string) => Promise<Answer>;
  readonly post: (
    path: string,
    token: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Answer>;
  readonly stop: () => Promise<void>;
}

export interface ServerOptions {
  readonly redisUrl?: string | undefined;
  readonly clock?: () => string;
  /** Without a worker nothing is projected. */
  readonly worker?: boolean;
  readonly followersMax?: FollowersMax;
  readonly limits?: Partial<Limits>;
  readonly masterKey?: string;
  readonly logger?: pino.Logger;
}

/** The real server on a port of its own, over a database of its own, with one tenant. */
export async function startServer({
  redisUrl,
  clock,
  worker = true,
  followersMax,
  limits,
  masterKey = 'test',
  logger = pino({ level: 'error' }),
}: ServerOptions = {}): Promise<Server> {
  const { url: databaseUrl, drop } = await freshDatabase();
  const tenantId = await createTenant(databaseUrl, 'Test');
  const pool = createPool({ databaseUrl, connections: 12, name: 'test server' });
  const errors: Error[] = [];
  const onError = (error: Error) => errors.push(error);
  const wakeUps = createWakeUps({ databaseUrl, redisUrl, onError });
  const runtime = createRuntime({ pool, masterKey, appended: wakeUps.wake, ...(clock && { clock }) });
  const erasures = followErasures(runtime, onError);
  const running = worker
    ? await startWorker({ runtime, models: readModels, reactions, wakeUps, onError, sweepMs: 200 })
    : undefined;
  const app = await createApp({
    runtime,
    verify: createVerifier(pool),
    secret: 'test',
    version: '0.0.0',
    ready: async () => undefined,
    metrics: async () => '',
    logger,
    ...(followersMax && { followersMax }),
    ...(limits && { limits }),
  });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });

  async function send(method: string, path: string, token: string, init: RequestInit = {}): Promise<Answer> {
    const response = await fetch(`${url}${path}`, {
      ...init,
      method,
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(init.headers as Record<string, string>),
      },
    });
    const text = await response.text();
    const isJson =
      /json/.test(response.headers.get('content-type') ?? '') &&
      !/ndjson/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  }

  return {
    url,
    databaseUrl,
    tenantId,
    runtime,
    app,
    errors,
    token: async (credential) => (await issueKeys(databaseUrl, [{ tenantId, ...credential }]))[0]!,
    get: (path, token) => send('GET', path, token),
    post: (path, token, body = {}, headers = {}) =>
      send('POST', path, token, {
        body: typeof body === 'string' ? body : JSON.stringify(body),
        headers: { 'content-type': 'application/json', ...headers },
      }),
    stop: async () => {
      await app.close();
      await running?.close();
      await erasures.close();
      await runtime.dispatcher.close();
      await wakeUps.close();
      await pool.end();
      await drop();
    },
  };
}
