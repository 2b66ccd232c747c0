import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Actor } from '../engine/decision.ts';
import { invalidInput } from '../engine/input.ts';
import { type Outcome, problem } from '../engine/outcome.ts';
import { commandsByName, type Runtime } from '../runtime.ts';
import { isProblem } from './authenticate.ts';
import { fingerprintOf, idempotencyKey, outcomeBody } from './commands.ts';
import { isPlain, toJson } from './json.ts';
import type { TakeRate } from './limits.ts';
import { problemDocument, sendProblem } from './problems.ts';

const rowsMax = 5_000;
const chunk = 200;
export const batchBytesMax = 8 * 1024 * 1024;

const Row = z.strictObject({
  command: z.string(),
  key: z.string(),
  input: z.record(z.string(), z.unknown()),
});

async function executeRow(
  line: string,
  runtime: Runtime,
  actor: Actor,
  secret: string,
  requestId: string,
): Promise<Outcome> {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return problem(400, 'invalid-json', 'The row is not JSON.');
  }
  if (!isPlain(json))
    return problem(400, 'invalid-input', 'The row nests deeper than 32 levels or names __proto__.');
  const row = Row.safeParse(json);
  if (!row.success) return invalidInput(row.error, ['command', 'key', 'input']);
  const command = commandsByName.get(row.data.command);
  if (!command)
    return problem(400, 'invalid-input', 'There is no such command.', {
      errors: [{ pointer: '/command', detail: row.data.command.slice(0, 100) }],
    });
  const key = idempotencyKey(row.data.key, '/key');
  if (isProblem(key)) return key;
  return runtime.dispatcher.execute({
    actor,
    command,
    input: row.data.input,
    source: 'batch',
    key,
    fingerprint: fingerprintOf(secret, command.name, row.data.input),
    correlationId: requestId,
  });
}

const resultLine = (row: number, outcome: Outcome, requestId: string): string =>
  toJson(
    outcome.ok
      ? {
          row,
          status: 'created' in outcome && outcome.created ? 201 : 200,
          replayed: 'replayed' in outcome && outcome.replayed,
          ...outcomeBody(outcome),
        }
      : { row, status: outcome.status, problem: problemDocument(outcome, requestId) },
  );

/** Executes many commands, each by itself: a row that is refused costs the others nothing. */
export function batchHandler(runtime: Runtime, secret: string, takeRate: TakeRate) {
  return async (
    request: FastifyRequest & { readonly actor?: Actor },
    reply: FastifyReply,
  ): Promise<FastifyReply> => {
    if (typeof request.body !== 'string') {
      return sendProblem(
        request,
        reply,
        problem(415, 'unsupported-media-type', 'Send application/x-ndjson.'),
      );
    }
    const lines = request.body.split('\n').filter((line) => line.trim() !== '');
    if (lines.length > rowsMax) {
      return sendProblem(
        request,
        reply,
        problem(413, 'too-many-rows', `A batch has at most ${rowsMax} rows.`),
      );
    }
    const exceeded = takeRate(request.actor!.credentialId, Math.max(0, lines.length - 1), reply);
    if (exceeded) return sendProblem(request, reply, exceeded);
    const results: string[] = [];
    for (let start = 0; start < lines.length; start += chunk) {
      const outcomes = await Promise.all(
        lines
          .slice(start, start + chunk)
          .map((line) => executeRow(line, runtime, request.actor!, secret, request.id)),
      );
      results.push(...outcomes.map((outcome, index) => resultLine(start + index, outcome, request.id)));
    }
    return reply
      .header('content-type', 'application/x-ndjson; charset=utf-8')
      .send(results.map((line) => `${line}\n`).join(''));
  };
}
