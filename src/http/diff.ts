import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Actor } from '../engine/decision.ts';
import { diffSince, keyFrom, type RowDiff, type RowKey, rowsTouchedBy } from '../engine/diff.ts';
import { invalidInput, isStorable, notStorable } from '../engine/input.ts';
import { KnownAt, type Moment, momentOf, presentMoment } from '../engine/known-at.ts';
import { type Problem, problem } from '../engine/outcome.ts';
import type { Asker } from '../engine/query.ts';
import { readEvents } from '../engine/read-events.ts';
import { readModels } from '../projections/index.ts';
import type { Runtime } from '../runtime.ts';
import { recordAccess } from './accesses.ts';
import { isProblem } from './authenticate.ts';
import { toJson } from './json.ts';
import { commonProblems, jsonResponse, problemResponse } from './openapi.ts';
import { sendProblem } from './problems.ts';

const Asked = z.strictObject({
  from: KnownAt,
  to: KnownAt.optional(),
  stream: z.string().min(1).max(300).refine(isStorable, notStorable).optional(),
  row: z.string().min(1).max(600).refine(isStorable, notStorable).optional(),
});
type Asked = z.output<typeof Asked>;

const eventsMax = 500;
const rowsMax = 250;

const invalid = (pointer: string, detail: string): Problem =>
  problem(400, 'invalid-input', 'The input does not have the declared shape.', {
    errors: [{ pointer, detail }],
  });
const tooLarge = problem(422, 'diff-too-large', 'Too much happened in between; ask about a shorter time.');
const absent = problem(404, 'not-found', 'There is no such stream or row.');

const shown = ({ position, at }: Moment) => ({ position, at });

/** The row that `<model>/<key>/…` names. */
function rowNamed(text: string): RowKey | Problem {
  const [name, ...parts] = text.split('/');
  const model = readModels.find((one) => one.name === name);
  if (!model) return invalid('/row', `The read models are ${readModels.map((one) => one.name).join(', ')}.`);
  const key = keyFrom(
    model,
    parts.map((part) => part.replaceAll('%2F', '/')),
  );
  return key
    ? { model, key }
    : invalid('/row', `Write ${model.name}/${model.key.map((field) => `<${field}>`).join('/')}.`);
}

interface Scope {
  readonly rows: readonly RowKey[];
  /** Positions of the events of the stream that was asked about. */
  readonly positions: readonly number[];
}

const moment = (description: string) => ({
  type: 'string',
  description: `${description} A position of the log, or an instant.`,
});
const row = { type: ['object', 'null'], additionalProperties: true };
const momentSchema = {
  type: 'object',
  required: ['position', 'at'],
  properties: { position: { type: 'integer' }, at: { type: 'string', format: 'date-time' } },
};
const positions = { type: 'array', items: { type: 'integer' } };

/** What OpenAPI says of it. */
export const diffSchema = {
  operationId: 'getDiff',
  summary:
    'Get what became of a stream or a row between two moments, and the events that made the difference.',
  description:
    'Needs log:read. A stream answers for every row of every read model that its events touched in between. At most 500 events and 250 rows.',
  tags: ['audit'],
  security: [{ key: [] }],
  querystring: {
    type: 'object',
    properties: {
      from: moment('The earlier moment.'),
      to: moment('The later moment; now when left out.'),
      stream: { type: 'string', description: 'A stream, as visit-plan/<person>/<date>.' },
      row: {
        type: 'string',
        description:
          'A row, as <read model>/<key>/…, the parts in the order of its key; a / within a part is written %2F, once more than the URL needs.',
      },
    },
    required: ['from'],
    additionalProperties: false,
  },
  response: {
    200: jsonResponse('What became of it.', {
      type: 'object',
      required: ['from', 'to', 'rows', 'events'],
      properties: {
        from: momentSchema,
        to: momentSchema,
        rows: {
          type: 'array',
          items: {
            type: 'object',
            required: ['model', 'key', 'before', 'after', 'changes', 'positions'],
            properties: {
              model: { type: 'string', description: 'The read model.' },
              key: { type: 'object', additionalProperties: true },
              before: { ...row, description: 'The row at the earlier moment; null when there was none.' },
              after: { ...row, description: 'The row at the later moment; null when there was none.' },
              changes: {
                type: 'array',
                items: {
                  type: 'object',
                  required: ['field', 'before', 'after'],
                  properties: { field: { type: 'string' }, before: {}, after: {} },
                },
              },
              positions: { ...positions, description: 'Of the events that changed the row in between.' },
            },
          },
        },
        events: {
          type: 'array',
          items: { type: 'object', additionalProperties: true },
          description: 'Those events, in the order of the log.',
        },
      },
    }),
    ...commonProblems,
    404: problemResponse('not-found: there is no such stream or row.'),
    422: problemResponse('diff-too-large: too much happened in between.'),
  },
};

/** What became of a stream, or of a row, between two moments, and which events made the difference. */
export function diffHandler(runtime: Runtime) {
  const { pool, read, reader } = runtime;

  async function scopeOf(
    tenantId: string,
    { stream, row }: Asked,
    from: Moment,
    to: Moment,
  ): Promise<Scope | Problem> {
    if (row !== undefined) {
      const named = rowNamed(row);
      return isProblem(named) ? named : { rows: [named as RowKey], positions: [] };
    }
    const span = { stream: stream!, after: from.position, upTo: to.position };
    const events = await readEvents(pool, read, tenantId, span, eventsMax + 1);
    const rows = rowsTouchedBy(readModels, events);
    if (events.length > eventsMax || rows.length > rowsMax) return tooLarge;
    const isKnown =
      events.length > 0 || (await readEvents(pool, read, tenantId, { ...span, after: 0 }, 1)).length > 0;
    return isKnown ? { rows, positions: events.map(({ position }) => position) } : absent;
  }

  async function diff(
    actor: Actor,
    asker: Asker,
    asked: Asked,
  ): Promise<Problem | { readonly body: object; readonly position: number }> {
    if ((asked.stream === undefined) === (asked.row === undefined))
      return invalid('/stream', 'Name either a stream or a row.');
    const { tenantId } = actor;
    const from = await momentOf(pool, tenantId, asked.from, '/from');
    if ('ok' in from) return from;
    const to =
      asked.to === undefined
        ? await presentMoment(pool, tenantId, runtime.now())
        : await momentOf(pool, tenantId, asked.to, '/to');
    if ('ok' in to) return to;
    if (from.position > to.position) return invalid('/from', 'It lies after `to`.');
    const scope = await scopeOf(tenantId, asked, from, to);
    if ('ok' in scope) return scope;
    const answer = await reader.answer(
      diffSince(from.position, scope.rows),
      tenantId,
      {},
      asker,
      0,
      undefined,
      to.position,
    );
    if (!answer.ok) return answer;
    const rows = answer.body as readonly RowDiff[];
    if (asked.row !== undefined && rows.length === 0) return absent;
    const positions = [...new Set([...scope.positions, ...rows.flatMap((row) => row.positions)])];
    if (positions.length > eventsMax) return tooLarge;
    const events = await readEvents(pool, read, tenantId, { positions }, eventsMax);
    return { body: { from: shown(from), to: shown(to), rows, events }, position: to.position };
  }

  return async (
    request: FastifyRequest & { readonly actor?: Actor },
    reply: FastifyReply,
  ): Promise<FastifyReply> => {
    const parsed = Asked.safeParse(request.query);
    if (!parsed.success)
      return sendProblem(request, reply, invalidInput(parsed.error, Object.keys(Asked.shape)));
    const actor = request.actor!;
    const asker = await runtime.asker(actor, { permission: 'log:read' });
    if ('ok' in asker) return sendProblem(request, reply, asker);
    const recorded = recordAccess(runtime, request);
    const answer = await diff(actor, asker, parsed.data);
    await recorded;
    if (isProblem(answer)) return sendProblem(request, reply, answer as Problem);
    const { body, position } = answer as { readonly body: object; readonly position: number };
    return reply
      .header('stave-position', String(position))
      .header('content-type', 'application/json; charset=utf-8')
      .send(toJson(body));
  };
}
