import { createHmac } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { canonicalJson } from '../engine/canonical.ts';
import type { Actor, Command } from '../engine/decision.ts';
import { nearest } from '../engine/input.ts';
import { type Outcome, type Problem, problem } from '../engine/outcome.ts';
import type { Runtime } from '../runtime.ts';
import { isProblem } from './authenticate.ts';
import { isPlain, toJson } from './json.ts';
import { paramsOf } from './openapi.ts';
import { sendProblem } from './problems.ts';

interface Preconditions {
  readonly key?: string;
  readonly ifMatch?: number;
  readonly dryRun?: boolean;
}

const invalid = (pointer: string, detail: string): Problem =>
  problem(400, 'invalid-input', 'The request does not have the declared shape.', {
    errors: [{ pointer, detail }],
  });

const unquoted = (text: string): string => (/^".*"$/.test(text) ? text.slice(1, -1) : text);

/** The idempotency key as it was meant, bare or quoted. */
export function idempotencyKey(text: string, pointer = '/headers/idempotency-key'): string | Problem {
  const key = unquoted(text);
  return /^[\x21-\x7e]{1,255}$/.test(key)
    ? key
    : invalid(pointer, 'A key is 1 to 255 visible ASCII characters.');
}

function preconditionsOf(request: FastifyRequest): Preconditions | Problem {
  const { dryRun, ...others } = request.query as Readonly<Record<string, unknown>>;
  const [stray] = Object.keys(others);
  if (stray !== undefined) {
    const near = nearest(stray, ['dryRun']);
    return invalid(
      `/query/${stray}`,
      near ? `There is no such parameter; did you mean ${near}?` : 'There is no such parameter.',
    );
  }
  if (dryRun !== undefined && dryRun !== 'true' && dryRun !== 'false')
    return invalid('/query/dryRun', 'This is true or false.');
  const { 'idempotency-key': rawKey, 'if-match': rawMatch } = request.headers;
  const key = rawKey === undefined ? undefined : idempotencyKey(String(rawKey));
  if (isProblem(key)) return key;
  const version = rawMatch === undefined ? undefined : unquoted(rawMatch.replace(/^W\//, ''));
  if (version !== undefined && !/^\d{1,9}$/.test(version))
    return invalid('/headers/if-match', 'This is a quoted version.');
  return {
    ...(key !== undefined && { key }),
    ...(version !== undefined && { ifMatch: Number(version) }),
    dryRun: dryRun === 'true',
  };
}

function inputOf(
  request: FastifyRequest,
  params: readonly string[],
): Readonly<Record<string, unknown>> | Problem {
  const { body = {} } = request;
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return invalid('', 'The body is a JSON object.');
  if (!isPlain(body)) return invalid('', 'The body nests deeper than 32 levels or names __proto__.');
  const clash = params.find((name) => name in body);
  if (clash !== undefined) return invalid(`/${clash}`, 'This is part of the path and not of the body.');
  return { ...(body as object), ...(request.params as object) };
}

/** Digest of what is asked, keyed so that nobody can guess the content from it. */
export const fingerprintOf = (secret: string, command: string, input: unknown): string =>
  createHmac('sha256', secret)
    .update(canonicalJson([command, input]))
    .digest('hex');

/** Where the thing is that a command brought into being: its path up to the last parameter, or with its new id. */
function locationOf(command: Command, input: Readonly<Record<string, unknown>>, stream: string): string {
  const segments = command.path.split('/').slice(1);
  const last = segments.findLastIndex((segment) => segment.startsWith(':'));
  const parts = last < 0 ? [...segments, ...stream.split('/').slice(1)] : segments.slice(0, last + 1);
  const filled = parts.map((part) => (part.startsWith(':') ? String(input[part.slice(1)]) : part));
  return `/v1/${filled.map(encodeURIComponent).join('/')}`;
}

/** The body that answers an accepted or tried command. */
export function outcomeBody(outcome: Exclude<Outcome, Problem>) {
  if ('dryRun' in outcome)
    return {
      stream: outcome.stream,
      version: outcome.version,
      position: 0,
      dryRun: true,
      events: outcome.events,
    };
  const { stream, version, position, events } = outcome;
  return { stream, version, position, events };
}

/** The handler of one command's route. */
export function commandHandler(command: Command, runtime: Runtime, secret: string) {
  const params = paramsOf(command.path);
  return async (
    request: FastifyRequest & { readonly actor?: Actor },
    reply: FastifyReply,
  ): Promise<FastifyReply> => {
    const preconditions = preconditionsOf(request);
    if (isProblem(preconditions)) return sendProblem(request, reply, preconditions);
    const input = inputOf(request, params);
    if (isProblem(input)) return sendProblem(request, reply, input);
    const outcome = await runtime.dispatcher.execute({
      ...preconditions,
      actor: request.actor!,
      command,
      input,
      source: 'http',
      correlationId: request.id,
      ...(preconditions.key && { fingerprint: fingerprintOf(secret, command.name, input) }),
    });
    if (!outcome.ok) return sendProblem(request, reply, outcome);
    const created = 'created' in outcome && outcome.created;
    if (created) reply.header('location', locationOf(command, input, outcome.stream));
    if ('replayed' in outcome && outcome.replayed) reply.header('idempotent-replayed', 'true');
    return reply
      .code(created ? 201 : 200)
      .header('etag', `"${outcome.version}"`)
      .header('content-type', 'application/json; charset=utf-8')
      .send(toJson(outcomeBody(outcome)));
  };
}
