import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Problem, problem } from '../engine/outcome.ts';
import { sendProblem } from './problems.ts';

export interface Limits {
  /** Requests, or rows of a batch, that one key may make in a minute. */
  readonly requestsPerMinute: number;
  /** Requests that the process works on at a time. */
  readonly inFlightMax: number;
  readonly connectionsMax: number;
  /** Within which the headers, and the whole request, must have come. */
  readonly headersMs: number;
  readonly requestMs: number;
  /** After this a connection on which nothing moves is closed. */
  readonly idleMs: number;
}

export const usualLimits: Limits = {
  requestsPerMinute: 60_000,
  inFlightMax: 2_000,
  connectionsMax: 10_000,
  headersMs: 10_000,
  requestMs: 30_000,
  idleMs: 60_000,
};

/** Room for the URL and the headers together. */
export const headerBytesMax = 16 * 1024;

interface Bucket {
  left: number;
  at: number;
}

const bucketsMax = 10_000;

/** How much a key may still do: it fills evenly within a minute, and may be emptied at once. */
export function createRateLimit(perMinute: number, clock: () => number = () => performance.now()) {
  const buckets = new Map<string, Bucket>();
  const perMs = perMinute / 60_000;

  function bucketOf(key: string): Bucket {
    const at = clock();
    const known = buckets.get(key);
    const left = known ? Math.min(perMinute, known.left + (at - known.at) * perMs) : perMinute;
    const bucket = { left, at };
    buckets.delete(key);
    buckets.set(key, bucket);
    if (buckets.size > bucketsMax) buckets.delete(buckets.keys().next().value!);
    return bucket;
  }

  /** Takes `cost` from what a key has left, or nothing where that is less; says so in the headers. */
  return function take(key: string, cost: number, reply: FastifyReply): Problem | undefined {
    const bucket = bucketOf(key);
    const isEnough = bucket.left >= cost;
    if (isEnough) bucket.left -= cost;
    const fullInSeconds = Math.ceil((perMinute - bucket.left) / perMs / 1_000);
    reply.header('ratelimit-policy', `"key";q=${perMinute};w=60`);
    reply.header('ratelimit', `"key";r=${Math.floor(bucket.left)};t=${fullInSeconds}`);
    if (isEnough) return undefined;
    const retryAfter = Math.max(1, Math.ceil((Math.min(cost, perMinute) - bucket.left) / perMs / 1_000));
    return problem(
      429,
      'rate-limited',
      `One key may make ${perMinute} requests, or rows of a batch, a minute.`,
      {
        retryAfter,
      },
    );
  };
}

export type TakeRate = ReturnType<typeof createRateLimit>;

const overloaded = problem(503, 'overloaded', 'The server has too much to do; try again.', { retryAfter: 1 });

/** Refuses requests beyond those that the process works on already. */
export function limitInFlight(app: FastifyInstance, inFlightMax: number): void {
  let inFlight = 0;
  app.addHook('onRequest', async (request, reply) => {
    if (inFlight >= inFlightMax) return sendProblem(request, reply, overloaded);
    inFlight += 1;
    reply.raw.once('close', () => {
      inFlight -= 1;
    });
    return undefined;
  });
}

const compressed = problem(415, 'unsupported-content-encoding', 'Send the body as it is, not compressed.');

/** Refuses compressed bodies: what they unpack to is not known before. */
export async function refuseCompressed(
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply | undefined> {
  const coding = request.headers['content-encoding'];
  if (coding === undefined || coding.toLowerCase() === 'identity') return undefined;
  return sendProblem(request, reply.header('accept-encoding', 'identity'), compressed);
}
