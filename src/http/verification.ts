import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Actor } from '../engine/decision.ts';
import { invalidInput } from '../engine/input.ts';
import { withLog } from '../engine/ledger.ts';
import { problem } from '../engine/outcome.ts';
import { type DamageKind, damageKinds, verifyLog } from '../engine/verification.ts';
import { Instant } from '../events/values.ts';
import type { Runtime } from '../runtime.ts';
import type { Digests } from '../storage/digests.ts';
import { recordAccess } from './accesses.ts';
import { toJson } from './json.ts';
import { commonProblems, type Schemas } from './openapi.ts';
import { sendProblem } from './problems.ts';

const eventsMax = 20_000;
const damagesMax = 100;

const Input = z.strictObject({
  after: z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .default(0),
  limit: z
    .string()
    .regex(/^\d{1,5}$/)
    .transform(Number)
    .pipe(z.int().min(1).max(eventsMax))
    .default(eventsMax),
});

const Position = z.int().min(0);
const Hash = z.string().describe('SHA-256 in hex; empty before the first block.');

const Output = z.object({
  result: z.enum(['intact', 'damaged']).describe('What was found between `after` and `through`.'),
  after: Position.describe('Position after which the check began: the end of a block.'),
  through: Position.describe('Position up to which it went.'),
  nextAfter: Position.nullable().describe('Pass as `after` to go on; null where the log has ended.'),
  events: z.int().describe('Events that were checked.'),
  blocks: z.int().describe('Blocks that were checked.'),
  head: z
    .object({ position: Position, hash: Hash, recordedAt: Instant.nullable() })
    .describe('Where the log ends.'),
  signedThrough: Position.describe('Position up to which there are digests; 0 where there is none.'),
  digest: z
    .object({ position: Position, hash: Hash, signedAt: Instant, key: z.string() })
    .nullable()
    .describe('The last digest; null where there is none, or none that its key has signed.'),
  damages: z
    .array(
      z.object({
        kind: z.enum(Object.keys(damageKinds) as [DamageKind, ...DamageKind[]]),
        first: z.int().describe('First position that it concerns.'),
        last: z.int().describe('Last position that it concerns.'),
        detail: z.string(),
      }),
    )
    .describe(`What is wrong, in order; at most ${damagesMax}.`),
  damageCount: z.int().describe('How much is wrong altogether.'),
});

/** What OpenAPI says of the verification. */
export const describeVerification = (schemas: Schemas) => ({
  operationId: 'getVerification',
  summary: 'Check the log against its hashes and the signed digests, from a position on.',
  description:
    'Needs log:verify. Goes as far as `limit` says; `nextAfter` is where to go on. Answers 503 verification-busy while another one is under way.',
  tags: ['audit'],
  security: [{ key: [] }],
  querystring: {
    type: 'object',
    properties: {
      after: { type: 'integer', minimum: 0, description: 'Position after which to begin.' },
      limit: { type: 'integer', minimum: 1, maximum: eventsMax, description: 'Events to check.' },
    },
    additionalProperties: false,
  },
  response: {
    200: {
      description: 'What was found.',
      content: { 'application/json': { schema: schemas.convert(Output) } },
    },
    ...commonProblems,
  },
});

const instantOf = (micros: number): string | null =>
  micros > 0 && Number.isSafeInteger(micros)
    ? Temporal.Instant.fromEpochNanoseconds(BigInt(micros) * 1_000n).toString()
    : null;

/** Verifies a range of the log; one at a time, because it keeps a core busy. */
export function verificationHandler(runtime: Runtime, digests: Digests | undefined) {
  let busy = false;

  async function verify(tenantId: string, { after, limit }: z.output<typeof Input>) {
    const found = await withLog(runtime.pool, tenantId, (log) =>
      verifyLog(log, tenantId, {
        after,
        eventsMax: limit,
        ...(digests && { digests: digests.read(tenantId) }),
      }),
    );
    if (!found) return undefined;
    const { intact, complete, head, damages, ...rest } = found;
    const digest = await digests?.last(tenantId).catch(() => undefined);
    return {
      ...rest,
      result: intact ? 'intact' : 'damaged',
      nextAfter: complete ? null : found.through,
      head: { ...head, recordedAt: instantOf(head.recordedAt) },
      digest: digest ?? null,
      damages: damages
        .slice(0, damagesMax)
        .map((damage) => ({ ...damage, detail: damageKinds[damage.kind] })),
    };
  }

  return async (
    request: FastifyRequest & { readonly actor?: Actor },
    reply: FastifyReply,
  ): Promise<FastifyReply> => {
    const parsed = Input.safeParse(request.query);
    if (!parsed.success)
      return sendProblem(request, reply, invalidInput(parsed.error, Object.keys(Input.shape)));
    const asker = await runtime.asker(request.actor!, { permission: 'log:verify' });
    if ('ok' in asker) return sendProblem(request, reply, asker);
    if (busy) {
      const detail = 'Another verification is under way.';
      return sendProblem(request, reply, problem(503, 'verification-busy', detail, { retryAfter: 1 }));
    }
    busy = true;
    try {
      const recorded = recordAccess(runtime, request);
      const body = await verify(request.actor!.tenantId, parsed.data);
      await recorded;
      if (!body) return sendProblem(request, reply, problem(404, 'not-found', 'There is no such log.'));
      return reply.header('content-type', 'application/json; charset=utf-8').send(toJson(body));
    } finally {
      busy = false;
    }
  };
}
