import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Actor } from '../engine/decision.ts';
import { type Problem, problem } from '../engine/outcome.ts';
import { positionAhead } from '../engine/reader.ts';
import { listEvents } from '../projections/audit.ts';
import type { LoggedEvent } from '../projections/event-log.ts';
import type { Runtime } from '../runtime.ts';
import { recordAccess } from './accesses.ts';
import { authenticate, isProblem, type Verify } from './authenticate.ts';
import { watchHeads } from './heads.ts';
import { toJson } from './json.ts';
import { sendProblem } from './problems.ts';
import { inputReader } from './queries.ts';

/** How many requests may wait for events at a time, with one key and in the whole process. */
export interface FollowersMax {
  readonly perKey: number;
  readonly perProcess: number;
}

export interface FeedOptions {
  readonly runtime: Runtime;
  readonly verify: Verify;
  /** Answers what is asked as of a moment: a page that nobody waits for. */
  readonly past: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;
  readonly max?: FollowersMax;
}

const usualMax: FollowersMax = { perKey: 10, perProcess: 500 };
const waitMaxSeconds = 30;
const heartbeatMs = 10_000;
/** After this a reader that takes nothing is let go. */
const stallMs = 30_000;
const reconnectMs = 2_000;

const wait = z.int().min(0).max(waitMaxSeconds).default(0);

interface Page {
  readonly data: readonly LoggedEvent[];
  readonly after: number;
  readonly head: number;
}
type Input = Readonly<Record<string, unknown>> & { readonly after: number };

const isStream = ({ headers }: FastifyRequest): boolean =>
  /^\s*text\/event-stream\b/i.test(headers.accept ?? '');

/** Where a reader of the stream goes on: where it was cut off, else where it asked to begin. */
function resumeAt({ headers }: FastifyRequest, after: number): number | Problem {
  const last = headers['last-event-id'];
  if (last === undefined || last === '') return after;
  if (typeof last === 'string' && /^\d{1,15}$/.test(last)) return Number(last);
  return problem(400, 'invalid-input', 'The request does not have the declared shape.', {
    errors: [{ pointer: '/headers/last-event-id', detail: 'This is the id of an event of this stream.' }],
  });
}

/** Counts who waits; answers how to stop waiting, or why there is no room. */
function createSeats({ perKey, perProcess }: FollowersMax) {
  const taken = new Map<string, number>();
  let total = 0;
  return (key: string): (() => void) | Problem => {
    const own = taken.get(key) ?? 0;
    if (own >= perKey)
      return problem(429, 'too-many-followers', `At most ${perKey} requests wait for events with one key.`, {
        retryAfter: 5,
      });
    if (total >= perProcess)
      return problem(503, 'unavailable', 'Too many requests wait for events.', { retryAfter: 5 });
    taken.set(key, own + 1);
    total += 1;
    return () => {
      const left = taken.get(key)! - 1;
      if (left > 0) taken.set(key, left);
      else taken.delete(key);
      total -= 1;
    };
  };
}

const idLine = (position: number): string => (position > 0 ? `id: ${position}\n` : '');
const message = (event: LoggedEvent): string => `${idLine(event.position)}data: ${toJson(event)}\n\n`;
/** Keeps the connection open, and the reader's id where its filter has been looked for. */
const heartbeat = ({ after }: Page): string => `: heartbeat\n${idLine(after)}\n`;

/** The log as pages, with or without waiting for what comes, and as server-sent events. */
export function createFeed({ runtime, verify, past, max = usualMax }: FeedOptions) {
  const waitForHead = watchHeads(runtime.pool);
  const takeSeat = createSeats(max);
  const readInput = inputReader(listEvents, { wait });
  const closing = new AbortController();

  async function pageOf(actor: Actor, input: Input, minPosition?: number): Promise<Page | Problem> {
    const asker = await runtime.asker(actor, listEvents);
    if (isProblem(asker)) return asker;
    const answer = await runtime.reader.answer(listEvents, actor.tenantId, input, asker, minPosition);
    if (!answer.ok) return answer;
    const page = answer.body as Page;
    return input.after > page.head ? positionAhead : page;
  }

  async function waitedPage(actor: Actor, input: Input, first: Page, waitMs: number, signal: AbortSignal) {
    const endsAt = performance.now() + waitMs;
    let page: Page | Problem = first;
    while (!isProblem(page) && page.data.length === 0 && performance.now() < endsAt && !signal.aborted) {
      if (page.after >= page.head)
        await waitForHead(actor.tenantId, page.head, endsAt - performance.now(), signal);
      page = await pageOf(actor, { ...input, after: page.after });
    }
    return page;
  }

  /** The events from a page on, for as long as the reader stays, keeps the right to them and takes them. */
  async function* follow(request: FastifyRequest, input: Input, first: Page, signal: AbortSignal) {
    const { tenantId } = request.actor!;
    const stalled = () => request.raw.socket.destroy();
    let page = first;
    let text = `retry: ${reconnectMs}\n${heartbeat(page)}`;
    for (let spokeAt = performance.now(); ; ) {
      text += page.data.map(message).join('');
      if (text === '' && performance.now() - spokeAt >= heartbeatMs) text = heartbeat(page);
      if (text !== '') {
        const watchdog = setTimeout(stalled, stallMs);
        yield text;
        clearTimeout(watchdog);
        text = '';
        spokeAt = performance.now();
      }
      if (page.after >= page.head) await waitForHead(tenantId, page.head, heartbeatMs, signal);
      if (signal.aborted) return;
      const actor = await authenticate(request, verify);
      const next = isProblem(actor) ? actor : await pageOf(actor, { ...input, after: page.after });
      if (isProblem(next)) return;
      page = next;
    }
  }

  /** What is thrown once a stream has begun cannot be answered: it ends, and the reader comes back where it was. */
  async function* ended(events: AsyncGenerator<string>, request: FastifyRequest) {
    try {
      yield* events;
    } catch (error) {
      request.log.warn({ err: error }, 'A stream of events ended early.');
    }
  }

  async function handle(
    request: FastifyRequest & { readonly actor?: Actor },
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    if ('knownAt' in (request.query as object)) return past(request, reply);
    const given = readInput(request);
    if (isProblem(given)) return sendProblem(request, reply, given);
    const { wait: waitSeconds, minPosition, ...asked } = given;
    const streams = isStream(request);
    const after = streams ? resumeAt(request, asked['after'] as number) : (asked['after'] as number);
    if (isProblem(after)) return sendProblem(request, reply, after);
    const input: Input = { ...asked, after };
    const actor = request.actor!;
    const first = await pageOf(actor, input, minPosition as number | undefined);
    if (isProblem(first)) return sendProblem(request, reply, first);
    reply.header('vary', 'accept');
    const answer = async (page: Page) => {
      if (page.data.length > 0) await recordAccess(runtime, request);
      return reply
        .header('stave-position', String(page.head))
        .header('content-type', 'application/json; charset=utf-8')
        .send(toJson(page));
    };
    const waitMs = (waitSeconds as number) * 1_000;
    if (!streams && (waitMs === 0 || first.data.length > 0)) return answer(first);

    const leave = takeSeat(actor.credentialId);
    if (isProblem(leave)) return sendProblem(request, reply, leave);
    const gone = new AbortController();
    reply.raw.once('close', () => {
      leave();
      gone.abort();
    });
    const signal = AbortSignal.any([closing.signal, gone.signal]);
    if (!streams) {
      const page = await waitedPage(actor, input, first, waitMs, signal);
      if (closing.signal.aborted) reply.header('connection', 'close');
      return isProblem(page) ? sendProblem(request, reply, page) : answer(page);
    }
    await recordAccess(runtime, request);
    return reply
      .header('content-type', 'text/event-stream; charset=utf-8')
      .header('cache-control', 'no-store')
      .header('x-accel-buffering', 'no')
      .header('connection', 'close')
      .send(Readable.from(ended(follow(request, input, first, signal), request)));
  }

  return { handle, close: () => closing.abort() };
}

type Schema = Readonly<Record<string, unknown>>;

/** What OpenAPI says of the feed beyond what it says of the query. */
export function describeFeed(
  described: Record<string, unknown>,
  { convert }: { readonly convert: (schema: z.ZodType) => Schema },
): Record<string, unknown> {
  const { querystring, response } = described as {
    readonly querystring: Schema & { readonly properties: Schema };
    readonly response: Readonly<Record<string, Schema>>;
  };
  const ok = response['200'] as Schema & { readonly content: Schema };
  const refused = response['400'] as Schema & { readonly content: Schema };
  const waiting = 'Seconds to wait for an event where there is none yet.';
  return {
    ...described,
    description: `${described['description']} With \`Accept: text/event-stream\` the same comes as server-sent events without an end: \`id\` is the position, \`data\` the event; \`Last-Event-ID\` goes on after it.`,
    querystring: {
      ...querystring,
      properties: { ...querystring.properties, wait: { ...convert(wait), description: waiting } },
    },
    headers: {
      type: 'object',
      properties: {
        'Last-Event-ID': {
          type: 'string',
          pattern: '^\\d{1,15}$',
          description: 'For server-sent events: the last one that was received.',
        },
      },
    },
    response: {
      ...response,
      200: { ...ok, content: { ...ok.content, 'text/event-stream': { schema: { type: 'string' } } } },
      429: {
        ...refused,
        description: 'rate-limited: too many requests with this key. too-many-followers: too many wait.',
      },
    },
  };
}
