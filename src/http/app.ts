import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import { commands } from '../commands/index.ts';
import { v7 } from '../engine/clock.ts';
import type { Actor, Command } from '../engine/decision.ts';
import { problem } from '../engine/outcome.ts';
import type { Query } from '../engine/query.ts';
import { listEvents } from '../projections/audit.ts';
import { queries } from '../projections/index.ts';
import type { Runtime } from '../runtime.ts';
import type { Digests } from '../storage/digests.ts';
import { authenticate, isProblem, type Verify } from './authenticate.ts';
import { batchBytesMax, batchHandler } from './batch.ts';
import { commandHandler } from './commands.ts';
import { diffHandler, diffSchema } from './diff.ts';
import { createFeed, describeFeed, type FollowersMax } from './feed.ts';
import { commonSchemas, createSchemas, describeCommand, describeQuery, shareComponents } from './openapi.ts';
import { pastAnswersOf } from './past-answers.ts';
import { problemDocument, problemOf, sendProblem } from './problems.ts';
import { queryHandler } from './queries.ts';
import { describeVerification, verificationHandler } from './verification.ts';

declare module 'fastify' {
  interface FastifyRequest {
    actor?: Actor;
  }
}

export interface AppOptions {
  readonly runtime: Runtime;
  readonly verify: Verify;
  /** Keys the fingerprints of requests; the same in every process of an installation. */
  readonly secret: string;
  /** The signed digests of the logs, where this process can read them. */
  readonly digests?: Digests;
  readonly version: string;
  readonly logger?: FastifyBaseLogger;
  /** Requests that one key may make in a minute. */
  readonly requestsPerMinute?: number;
  /** How many readers may wait for events at a time. */
  readonly followersMax?: FollowersMax;
  /** Answers whether the process can serve, and if not, why. */
  readonly ready: () => Promise<string | undefined>;
  readonly metrics: () => Promise<string>;
  /** Serves health and metrics only, as a worker does. */
  readonly operationsOnly?: boolean;
  readonly observe?: (method: string, route: string, status: number, seconds: number) => void;
}

const bodyBytesMax = 1024 * 1024;

/** Answers what is no HTTP at all: there is no request yet, so the socket is written to. */
function answerClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const refused =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? problem(431, 'headers-too-large', 'The headers are too large.')
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? problem(408, 'request-timeout', 'The request took too long.')
        : problem(400, 'invalid-http', 'This is not a valid HTTP request.');
  const body = JSON.stringify(problemDocument(refused, v7()));
  socket.end(
    `HTTP/1.1 ${refused.status} ${STATUS_CODES[refused.status]}\r\ncontent-type: application/problem+json; charset=utf-8\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

function handleFailures(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => sendProblem(request, reply, problemOf(error as Error)));
  const patterns = new Set<string>();
  app.addHook('onRoute', ({ url }) => {
    patterns.add(url);
  });
  const matcher = (pattern: string) =>
    new RegExp(`^${pattern.replace(/:\w+/g, '[^/]+').replace('*', '.*')}$`);
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0]!;
    const exists = [...patterns].some((pattern) => pattern !== '*' && matcher(pattern).test(path));
    return sendProblem(
      request,
      reply,
      exists
        ? problem(405, 'method-not-allowed', 'This path has no such method.')
        : problem(404, 'not-found', 'There is no such path.'),
    );
  });
}

function parseBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, body === '' ? {} : JSON.parse(body as string));
    } catch (error) {
      done(error as Error);
    }
  });
  app.addContentTypeParser(
    'application/x-ndjson',
    { parseAs: 'string', bodyLimit: batchBytesMax },
    (_request, body, done) => done(null, body),
  );
}

async function documentApi(
  app: FastifyInstance,
  version: string,
  schemas: ReturnType<typeof createSchemas>,
): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Stave',
        version,
        description:
          'Sales process management: plans, visits, reports, signatures, complaints, targets and the figures that follow from them. Commands are POST and record events; queries are GET and answer from read models.',
        license: { name: 'Proprietary' },
      } as never,
      servers: [{ url: '/' }],
      components: {
        securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'An API key: stv_…' } },
        schemas: { ...commonSchemas, ...schemas.components } as never,
      },
    },
    hideUntagged: true,
    transformObject: (document) =>
      'openapiObject' in document ? shareComponents(document.openapiObject) : document.swaggerObject,
  });
  await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: false });
}

function operations(app: FastifyInstance, { ready, metrics }: AppOptions): void {
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async (request, reply) => {
    const missing = await ready();
    if (missing) return sendProblem(request, reply, problem(503, 'not-ready', missing, { retryAfter: 1 }));
    return { status: 'ready' };
  });
  app.get('/metrics', async (_request, reply) =>
    reply.header('content-type', 'text/plain; version=0.0.4').send(await metrics()),
  );
  app.get('/openapi.json', async () => app.swagger());
}

const ndjson = { content: { 'application/x-ndjson': { schema: { type: 'string' } } } };

/** The HTTP server: every route comes from a definition, but for those of the batch and operations. */
export async function createApp(options: AppOptions): Promise<FastifyInstance> {
  const { runtime, verify, secret, logger } = options;
  const app = Fastify({
    ...(logger ? { loggerInstance: logger } : { logger: false }),
    bodyLimit: bodyBytesMax,
    genReqId: () => v7(),
    requestTimeout: 30_000,
    connectionTimeout: 60_000,
    keepAliveTimeout: 75_000,
    routerOptions: { maxParamLength: 300 },
    exposeHeadRoutes: false,
    logController: new LogController({ disableRequestLogging: true }),
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, request, reply) =>
      sendProblem(request as FastifyRequest, reply as FastifyReply, problemOf(error)),
  });
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  handleFailures(app);
  parseBodies(app);

  const schemas = createSchemas();
  const commandRoutes = (commands as readonly Command[]).map((command) => ({
    command,
    schema: describeCommand(command, schemas),
  }));
  const queryRoutes = (queries as readonly Query[]).map((query) => {
    const schema = describeQuery(query, schemas);
    return { query, schema: query === listEvents ? describeFeed(schema, schemas) : schema };
  });
  await documentApi(app, options.version, schemas);
  await app.register(helmet, { contentSecurityPolicy: false });
  operations(app, options);
  const { observe } = options;
  if (observe) {
    app.addHook('onResponse', async (request, reply) =>
      observe(request.method, request.routeOptions.url ?? '', reply.statusCode, reply.elapsedTime / 1000),
    );
  }
  if (options.operationsOnly) return app;

  await app.register(
    async (v1) => {
      v1.addHook('onRequest', async (request, reply) => {
        const actor = await authenticate(request, verify);
        if (isProblem(actor)) return sendProblem(request, reply, actor);
        request.actor = actor;
        return undefined;
      });
      await v1.register(rateLimit, {
        hook: 'preHandler',
        max: options.requestsPerMinute ?? 60_000,
        timeWindow: 60_000,
        keyGenerator: (request) => request.actor!.credentialId,
        errorResponseBuilder: () => ({ statusCode: 429 }),
        addHeadersOnExceeding: {
          'x-ratelimit-limit': false,
          'x-ratelimit-remaining': false,
          'x-ratelimit-reset': false,
        },
      });
      for (const { command, schema } of commandRoutes) {
        v1.post(command.path, { schema }, commandHandler(command, runtime, secret));
      }
      const pastAnswers = pastAnswersOf(v1);
      const feed = createFeed({
        runtime,
        verify,
        past: queryHandler(listEvents, runtime, pastAnswers),
        ...(options.followersMax && { max: options.followersMax }),
      });
      v1.addHook('preClose', async () => feed.close());
      for (const { query, schema } of queryRoutes)
        v1.get(
          query.path,
          { schema },
          query === listEvents ? feed.handle : queryHandler(query, runtime, pastAnswers),
        );
      v1.post(
        '/batch',
        {
          bodyLimit: batchBytesMax,
          schema: {
            operationId: 'batch',
            summary: 'Execute up to 5 000 commands, each by itself, and answer one result for each.',
            description:
              'One JSON object a line: {"command", "key", "input"}; `key` is the idempotency key of the row.',
            tags: ['batch'],
            security: [{ key: [] }],
            consumes: ['application/x-ndjson'],
            body: { type: 'string', description: 'NDJSON: one {"command", "key", "input"} a line.' },
            response: { 200: { description: 'One result a line, in the order of the rows.', ...ndjson } },
          },
        },
        batchHandler(runtime, secret),
      );
      v1.get(
        '/audit/verification',
        { schema: describeVerification(schemas) },
        verificationHandler(runtime, options.digests),
      );
      v1.get('/audit/diff', { schema: diffSchema }, diffHandler(runtime));
    },
    { prefix: '/v1' },
  );
  return app;
}
