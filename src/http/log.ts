import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Actor } from '../engine/decision.ts';
import { invalidInput } from '../engine/input.ts';
import type { Runtime } from '../runtime.ts';
import { toJson } from './json.ts';
import { sendProblem } from './problems.ts';

const names = z
  .string()
  .max(4_000)
  .transform((text) => text.split(','))
  .optional();

const Filter = z.strictObject({
  after: z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .default(0),
  limit: z
    .string()
    .regex(/^\d{1,4}$/)
    .transform(Number)
    .pipe(z.int().min(1).max(1_000))
    .default(200),
  type: names,
  stream: z.string().max(300).optional(),
  actor: z.string().max(300).optional(),
});

/** The log in order, after a position: every event, with who did it and when. */
export function logHandler(runtime: Runtime) {
  return async (
    request: FastifyRequest & { readonly actor?: Actor },
    reply: FastifyReply,
  ): Promise<FastifyReply> => {
    const parsed = Filter.safeParse(request.query);
    if (!parsed.success)
      return sendProblem(request, reply, invalidInput(parsed.error, Object.keys(Filter.shape)));
    const reader = request.actor!;
    const asker = await runtime.asker(reader, { permission: 'log:read' });
    if ('ok' in asker) return sendProblem(request, reply, asker);
    const { after, limit, type, stream, actor } = parsed.data;
    const client = await runtime.pool.connect();
    try {
      await client.query(`begin read only; select set_config('stave.tenant', '${reader.tenantId}', true)`);
      const { rows } = await client.query(
        `select position::float8 as position, stream, version, type, schema_version as "schemaVersion", data, actor, credential,
           command_id as "commandId", correlation_id as "correlationId", causation_position::float8 as "causationPosition",
           source, occurred_at as "occurredAt", effective_on as "effectiveOn",
           to_char(recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "recordedAt",
           encode(body_hash, 'hex') as "bodyHash"
         from log.event
         where tenant_id = $1 and position > $2 and ($3::text[] is null or type = any($3))
           and ($4::text is null or stream = $4) and ($5::text is null or actor = $5)
         order by position limit $6`,
        [reader.tenantId, after, type ?? null, stream ?? null, actor ?? null, limit],
      );
      await client.query('commit');
      return reply
        .header('content-type', 'application/json; charset=utf-8')
        .send(toJson({ data: rows, after: rows.at(-1)?.position ?? after }));
    } catch (error) {
      await client.query('rollback');
      throw error;
    } finally {
      client.release();
    }
  };
}
