import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { sha256 } from '../engine/canonical.ts';
import { InvalidCursor } from '../engine/cursor.ts';
import type { Actor } from '../engine/decision.ts';
import { invalidInput, isStorable, notStorable, strict } from '../engine/input.ts';
import { KnownAt, type Moment, momentOf, presentMoment } from '../engine/known-at.ts';
import { type Problem, problem } from '../engine/outcome.ts';
import type { Asker, Query } from '../engine/query.ts';
import type { Runtime } from '../runtime.ts';
import { isRecorded, recordAccess } from './accesses.ts';
import { isProblem } from './authenticate.ts';
import { toJson } from './json.ts';
import type { PastAnswers } from './past-answers.ts';
import { sendProblem } from './problems.ts';

const inner = (schema: z.ZodType): z.ZodType =>
  schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault
    ? inner(schema.unwrap() as z.ZodType)
    : schema;

/** Turns the text of a query parameter into what its schema takes, where that is a number, a boolean or an array. */
function fromText(schema: z.ZodType, text: unknown): unknown {
  const plain = inner(schema);
  if (typeof text !== 'string') return text;
  if (plain instanceof z.ZodNumber) return /^-?\d{1,16}(\.\d{1,9})?$/.test(text) ? Number(text) : text;
  if (plain instanceof z.ZodBoolean) return text === 'true' ? true : text === 'false' ? false : text;
  if (plain instanceof z.ZodArray)
    return text.split(',').map((part) => fromText(plain.element as z.ZodType, part));
  return text;
}

const minPosition = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number)
  .optional();

const isKeepable = (given: unknown): boolean =>
  [given].flat().every((text) => typeof text !== 'string' || isStorable(text));

/** Reads a query's input, and `more` parameters, off a request. */
export function inputReader(query: Query, more: z.ZodRawShape = {}) {
  const shape = { ...query.input, ...more, minPosition };
  const schema = strict(shape);
  const known = Object.keys(shape);
  return (request: FastifyRequest): Readonly<Record<string, unknown>> | Problem => {
    const given = { ...(request.query as object), ...(request.params as object) };
    const unkept = Object.keys(given).filter((name) => !isKeepable(given[name as never]));
    if (unkept.length > 0)
      return problem(400, 'invalid-input', 'The input does not have the declared shape.', {
        errors: unkept.map((name) => ({ pointer: `/${name}`, detail: notStorable })),
      });
    const parsed = schema.safeParse(
      Object.fromEntries(
        Object.entries(given).map(([name, text]) => [
          name,
          name in shape ? fromText(shape[name as never] as z.ZodType, text) : text,
        ]),
      ),
    );
    return parsed.success ? parsed.data : invalidInput(parsed.error, known);
  };
}

const bothGiven = problem(400, 'invalid-input', 'A question about the past waits for nothing.', {
  errors: [{ pointer: '/minPosition', detail: 'Leave it out with knownAt.' }],
});

/** Everything on which an answer about the past rests. */
const questionOf = (
  query: Query,
  input: unknown,
  { position, at }: Moment,
  { personId, roles, visibility }: Asker,
  { scopes }: Actor,
): string => sha256(toJson([query.name, input, position, at, personId, roles, scopes, visibility]));

const sendAnswer = (reply: FastifyReply, text: string, position: number): FastifyReply =>
  reply
    .header('stave-position', String(position))
    .header('content-type', 'application/json; charset=utf-8')
    .send(text);

/** The handler of one query's route. */
export function queryHandler(query: Query, runtime: Runtime, pastAnswers: PastAnswers) {
  const readInput = inputReader(query, query.presentOnly ? {} : { knownAt: KnownAt.optional() });
  return async (
    request: FastifyRequest & { readonly actor?: Actor },
    reply: FastifyReply,
  ): Promise<FastifyReply> => {
    const given = readInput(request);
    if (isProblem(given)) return sendProblem(request, reply, given);
    const { minPosition: awaited, knownAt, ...input } = given;
    const actor = request.actor!;
    if (knownAt !== undefined && awaited !== undefined) return sendProblem(request, reply, bothGiven);
    const moment =
      knownAt !== undefined
        ? await momentOf(runtime.pool, actor.tenantId, knownAt as KnownAt)
        : query.versions && (await presentMoment(runtime.pool, actor.tenantId, runtime.now()));
    if (moment && 'ok' in moment) return sendProblem(request, reply, moment);
    const asker = await runtime.asker(actor, query, query.subject?.(input), moment);
    if ('ok' in asker) return sendProblem(request, reply, asker);
    const recorded = isRecorded(query, asker) ? recordAccess(runtime, request) : undefined;
    const slot =
      knownAt !== undefined && moment
        ? pastAnswers.slotOf(actor.tenantId, moment.epoch, questionOf(query, input, moment, asker, actor))
        : undefined;
    if (slot?.text !== undefined) {
      await recorded;
      reply.header('cache-status', 'stave; hit');
      return sendAnswer(reply, slot.text, moment!.position);
    }
    try {
      const answer = await runtime.reader.answer(
        query,
        actor.tenantId,
        input,
        asker,
        awaited as number | undefined,
        undefined,
        moment?.position,
      );
      await recorded;
      if (!answer.ok) return sendProblem(request, reply, answer);
      const text = toJson(answer.body);
      slot?.hold(text);
      return sendAnswer(reply, text, answer.position);
    } catch (error) {
      if (!(error instanceof InvalidCursor)) throw error;
      return sendProblem(
        request,
        reply,
        problem(400, 'invalid-cursor', 'The cursor belongs to another list, filter or sort.', {
          errors: [{ pointer: '/cursor', detail: 'Begin again without a cursor.' }],
        }),
      );
    }
  };
}
