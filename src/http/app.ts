import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import helmet from '@fastify/helmet';
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
import { describeImport, importBytesMax, importHandler } from './imports.ts';
import {
  createRateLimit,
  headerBytesMax,
  type Limits,
  limitInFlight,
  refuseCompressed,
  usualLimits,
} from './limits.ts';
import {
  commonProblems,
  commonSchemas,
  createSchemas,
  describeCommand,
  describeQuery,
  shareComponents,
} from './openapi.ts';
import { pastAnswersOf } from './past-answers.ts';
import { problemDocument, problemMediaType, problemOf, sendProblem } from './problems.ts';
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
  readonly limits?: Partial<Limits>;
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

/** Only 100-continue can be expected of a server; Node answers that itself. */
function answerExpectation(_request: IncomingMessage, response: ServerResponse): void {
  const refused = problem(417, 'expectation-failed', 'This server meets no such expectation.');
  response
    .writeHead(refused.status, { 'content-type': problemMediaType, connection: 'close' })
    .end(JSON.stringify(problemDocument(refused, v7())));
}

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
    `HTTP/1.1 ${refused.status} ${STATUS_CODES[refused.status]}\r\ncontent-type: ${problemMediaType}\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

function handleFailures(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => sendProblem(request, reply, problemOf(error as Error)));
  const methodsOf = new Map<string, { readonly matches: RegExp; readonly methods: Set<string> }>();
  app.addHook('onRoute', ({ url, method }) => {
    const matches = new RegExp(`^${url.replace(/:\w+/g, '[^/]+').replace('*', '.*')}$`);
    const { methods } = methodsOf.get(url) ?? { methods: new Set<string>() };
    for (const one of [method].flat()) methods.add(one);
    if (url !== '*') methodsOf.set(url, { matches, methods });
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0]!;
    const allowed = [...methodsOf.values()]
      .filter(({ matches }) => matches.test(path))
      .flatMap(({ methods }) => [...methods]);
    if (allowed.length === 0)
      return sendProblem(request, reply, problem(404, 'not-found', 'There is no such path.'));
    reply.header('allow', [...new Set(allowed)].join(', '));
    return sendProblem(request, reply, problem(405, 'method-not-allowed', 'This path has no such method.'));
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

/** The HTTP server: every route comes from a definition, but for those of the batch, imports and operations. */
export async function createApp(options: AppOptions): Promise<FastifyInstance> {
  const { runtime, verify, secret, logger } = options;
  const limits = { ...usualLimits, ...options.limits };
  const app = Fastify({
    ...(logger ? { loggerInstance: logger } : { logger: false }),
    bodyLimit: bodyBytesMax,
    genReqId: () => v7(),
    requestTimeout: limits.requestMs,
    connectionTimeout: limits.idleMs,
    keepAliveTimeout: 75_000,
    http: {
      headersTimeout: limits.headersMs,
      connectionsCheckingInterval: Math.ceil(limits.headersMs / 4),
      maxHeaderSize: headerBytesMax,
    },
    routerOptions: { maxParamLength: 300 },
    exposeHeadRoutes: false,
    logController: new LogController({ disableRequestLogging: true }),
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, request, reply) =>
      sendProblem(request as FastifyRequest, reply as FastifyReply, problemOf(error)),
  });
  app.server.maxConnections = limits.connectionsMax;
  app.server.on('checkExpectation', answerExpectation);
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
      const takeRate = createRateLimit(limits.requestsPerMinute);
      limitInFlight(v1, limits.inFlightMax);
      v1.addHook('onRequest', async (request, reply) => {
        const actor = await authenticate(request, verify);
        if (isProblem(actor)) return sendProblem(request, reply, actor);
        const exceeded = takeRate(actor.credentialId, 1, reply);
        if (exceeded) return sendProblem(request, reply, exceeded);
        request.actor = actor;
        return undefined;
      });
      v1.addHook('onRequest', refuseCompressed);
      for (const { command, schema } of commandRoutes) {
        v1.post(command.path, { schema }, commandHandler(command, runtime, secret));
      }
      const pastAnswers = pastAnswersOf(v1);
      v1.addHook('onListen', async () => runtime.eraser.listen(pastAnswers.forget));
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
            response: {
              200: { description: 'One result a line, in the order of the rows.', ...ndjson },
              ...commonProblems,
            },
          },
        },
        batchHandler(runtime, secret, takeRate),
      );
      await v1.register(async (imports) => {
        imports.addContentTypeParser('text/csv', { parseAs: 'buffer' }, (_request, body, done) =>
          done(null, body),
        );
        imports.post(
          '/imports/opportunities',
          { bodyLimit: importBytesMax, schema: describeImport(schemas) },
          importHandler(runtime, takeRate),
        );
      });
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
