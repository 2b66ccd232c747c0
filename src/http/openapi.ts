import { z } from 'zod';
import type { Command } from '../engine/decision.ts';
import { isGenerated } from '../engine/input.ts';
import type { Query } from '../engine/query.ts';

type JsonSchema = Record<string, unknown>;

const int64: JsonSchema = {
  type: 'string',
  pattern: '^-?\\d{1,19}$',
  description: 'A 64-bit integer as a decimal string.',
};

/** The JSON Schema of a zod type, with the named types it uses moved to `components`. */
export function createSchemas() {
  const components: Record<string, JsonSchema> = {};

  function convert(schema: z.ZodType): JsonSchema {
    const converted = z.toJSONSchema(schema, {
      io: 'input',
      unrepresentable: 'any',
      override: ({ zodSchema, jsonSchema }) => {
        if (zodSchema._zod.def.type === 'bigint') Object.assign(jsonSchema, int64, jsonSchema);
        const json = jsonSchema as JsonSchema;
        for (const internal of ['column', 'generated', 'personal']) delete json[internal];
        if (json['minimum'] === Number.MIN_SAFE_INTEGER) delete json['minimum'];
        if (json['maximum'] === Number.MAX_SAFE_INTEGER) delete json['maximum'];
        if (json['format'] === 'uuid' || json['format'] === 'date' || json['format'] === 'date-time')
          delete json['pattern'];
      },
    }) as JsonSchema;
    const { $schema: _, $defs, ...rest } = converted;
    for (const [name, definition] of Object.entries(($defs ?? {}) as Record<string, JsonSchema>)) {
      const { id: __, ...plain } = definition;
      components[name] = moveRefs(plain) as JsonSchema;
    }
    return moveRefs(rest) as JsonSchema;
  }

  function object(shape: z.core.$ZodShape, names: readonly string[]): JsonSchema {
    const properties = Object.fromEntries(names.map((name) => [name, convert(shape[name] as z.ZodType)]));
    const required = names.filter((name) => {
      const schema = shape[name] as z.ZodType;
      return !schema.safeParse(undefined).success && !isGenerated(schema);
    });
    return {
      type: 'object',
      properties,
      ...(required.length > 0 && { required }),
      additionalProperties: false,
    };
  }

  return { components, convert, object };
}

function moveRefs(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(moveRefs);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) =>
      key === '$ref' && typeof member === 'string'
        ? [key, member.replace('#/$defs/', '#/components/schemas/')]
        : [key, moveRefs(member)],
    ),
  );
}

export type Schemas = ReturnType<typeof createSchemas>;

const camelCase = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);
export const paramsOf = (path: string): readonly string[] =>
  [...path.matchAll(/:(\w+)/g)].map(([, name]) => name!);
const tagOf = (path: string): string => path.split('/')[1]!;

const ref = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });
export const problemResponse = (description: string): JsonSchema => ({
  description,
  content: { 'application/problem+json': { schema: ref('Problem') } },
});
export const jsonResponse = (description: string, schema: JsonSchema, headers?: JsonSchema): JsonSchema => ({
  description,
  ...(headers && { headers }),
  content: { 'application/json': { schema } },
});
const header = (description: string): JsonSchema => ({ description, type: 'string' });

/** The types that answers have in common. */
export const commonSchemas: Readonly<Record<string, JsonSchema>> = {
  Problem: {
    type: 'object',
    description: 'What went wrong (RFC 9457). `code` is stable.',
    required: ['type', 'title', 'status', 'code', 'detail', 'instance'],
    properties: {
      type: { type: 'string' },
      title: { type: 'string' },
      status: { type: 'integer' },
      code: { type: 'string', description: 'Stable name of the problem.' },
      detail: { type: 'string' },
      instance: { type: 'string', description: 'The request.' },
      errors: {
        type: 'array',
        items: {
          type: 'object',
          required: ['pointer', 'detail'],
          properties: {
            pointer: { type: 'string', description: 'JSON pointer into the request.' },
            detail: { type: 'string' },
          },
        },
      },
    },
  },
  Accepted: {
    type: 'object',
    description: 'What a command recorded.',
    required: ['stream', 'version', 'position', 'events'],
    properties: {
      stream: { type: 'string', description: 'The stream that the command was for.' },
      version: { type: 'integer', description: 'Version of that stream afterwards; the ETag.' },
      position: { type: 'integer', description: 'Pass as `minPosition` to read your own write.' },
      events: {
        type: 'array',
        items: {
          type: 'object',
          required: ['type'],
          properties: {
            type: { type: 'string' },
            position: { type: 'integer' },
            warnings: {
              type: 'array',
              items: { type: 'string' },
              description: 'What the command should rather have done, or not; it stopped nothing.',
            },
            stream: { type: 'string', description: 'With dryRun only.' },
            data: { type: 'object', additionalProperties: true, description: 'With dryRun only.' },
          },
        },
      },
      dryRun: { type: 'boolean' },
    },
  },
};

export const commonProblems = {
  400: problemResponse(
    'invalid-input, invalid-json, invalid-url: the request does not have the declared shape. invalid-cursor: the cursor belongs to another list, filter or sort. known-at-in-future, known-at-before-beginning: the log has no such moment.',
  ),
  401: problemResponse('unauthenticated: no valid key.'),
  403: problemResponse('forbidden: the key’s owner may not do this to this person’s work.'),
  412: problemResponse('version-mismatch: the stream has another version than If-Match says.'),
  413: problemResponse('body-too-large, too-many-rows.'),
  415: problemResponse('unsupported-media-type, unsupported-content-encoding: a body is sent as it is.'),
  429: problemResponse(
    'rate-limited: too many requests, or rows of a batch, with this key; RateLimit says what is left.',
  ),
  500: problemResponse('internal-error.'),
  503: problemResponse('unavailable, overloaded: try again after Retry-After.'),
};

function rejectionResponses(command: Command): Record<number, JsonSchema> {
  const byStatus = new Map<number, string[]>([
    [
      409,
      [
        'conflict: others are changing the same thing.',
        'occurredInFuture, backDatedTooFar: see the policy back-dating.',
      ],
    ],
    [
      422,
      [
        'idempotency-key-reused: the key was used for another request.',
        'unprocessable: a value that cannot be kept.',
      ],
    ],
  ]);
  for (const [code, { status, detail }] of Object.entries(command.rejects)) {
    byStatus.set(status, [...(byStatus.get(status) ?? []), `${code}: ${detail}`]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, lines]) => [status, problemResponse(lines.join('\n'))]),
  );
}

/** What OpenAPI says of a command. */
export function describeCommand(command: Command, schemas: Schemas): JsonSchema {
  const params = paramsOf(command.path);
  const fields = Object.keys(command.input).filter((name) => !params.includes(name));
  const answerHeaders = {
    ETag: header('Version of the stream, quoted.'),
    'Idempotent-Replayed': header('true when the same key was answered before.'),
  };
  return {
    operationId: camelCase(command.name),
    summary: command.summary,
    description: `Records ${command.emits.join(', ')}. Needs ${command.permission}.`,
    tags: [tagOf(command.path)],
    security: [{ key: [] }],
    ...(params.length > 0 && { params: schemas.object(command.input, params) }),
    querystring: {
      type: 'object',
      properties: {
        dryRun: { type: 'boolean', description: 'Answer what would be recorded, and record nothing.' },
      },
      additionalProperties: false,
    },
    headers: {
      type: 'object',
      properties: {
        'Idempotency-Key': {
          type: 'string',
          minLength: 1,
          maxLength: 255,
          description: 'A repeat under the same key answers what the first one did.',
        },
        'If-Match': {
          type: 'string',
          description: 'The version that you have seen, quoted; 412 when it is another.',
        },
      },
    },
    body: schemas.object(command.input, fields),
    response: {
      200: jsonResponse('Recorded, or nothing to record.', ref('Accepted'), answerHeaders),
      201: jsonResponse('Recorded as the first of its stream.', ref('Accepted'), {
        ...answerHeaders,
        Location: header('Where the new thing is.'),
      }),
      ...commonProblems,
      ...rejectionResponses(command),
    },
  };
}

const knownAtSchema: JsonSchema = {
  type: 'string',
  description:
    'Answer as it was known then: a position of the log, or an instant, the + of its offset written %2B. What was recorded later is not in the answer; who may see it is judged by what is true now.',
  examples: ['41', '2026-03-02T08:00:00Z'],
};

/** What OpenAPI says of a query. */
export function describeQuery(query: Query, schemas: Schemas): JsonSchema {
  const params = paramsOf(query.path);
  const fields = Object.keys(query.input).filter((name) => !params.includes(name));
  const querystring = schemas.object(query.input, fields) as { properties: Record<string, JsonSchema> };
  return {
    operationId: camelCase(query.name),
    summary: query.summary,
    description: `Needs ${query.permission}.`,
    tags: [tagOf(query.path)],
    security: [{ key: [] }],
    ...(params.length > 0 && { params: schemas.object(query.input, params) }),
    querystring: {
      ...querystring,
      properties: {
        ...querystring.properties,
        minPosition: {
          type: 'integer',
          minimum: 0,
          description:
            'Wait, up to 5 s, until the answer reflects this position; 409 where the log has not come to it.',
        },
        ...(!query.presentOnly && { knownAt: knownAtSchema }),
      },
    },
    response: {
      200: jsonResponse(query.summary, schemas.convert(query.output), {
        'Stave-Position': header('The log position that the answer reflects.'),
        'Cache-Status': header('stave; hit when an answer about the past was held.'),
      }),
      ...commonProblems,
      404: problemResponse('not-found: there is no such thing, or it is not yours to see.'),
      409: problemResponse(
        'position-ahead: the log has not come to this position; after a restore it is another one.',
      ),
    },
  };
}

interface Operation {
  parameters?: JsonSchema[];
  responses?: Record<string, JsonSchema>;
}

interface Document {
  readonly paths?: Record<string, Record<string, Operation>>;
  components?: {
    schemas?: Record<string, JsonSchema>;
    responses?: Record<string, JsonSchema>;
    parameters?: Record<string, JsonSchema>;
  };
}

const sharedParameters = new Set([
  'Idempotency-Key',
  'If-Match',
  'dryRun',
  'minPosition',
  'knownAt',
  'limit',
  'cursor',
]);

/** Says once what many operations have in common: the problems that any may answer, and the parameters that all share. */
export function shareComponents<D>(document: D): D {
  const openapi = document as unknown as Document;
  const responses: Record<string, JsonSchema> = {};
  const parameters: Record<string, JsonSchema> = {};
  const shareAs = (
    shared: Record<string, JsonSchema>,
    section: string,
    name: string,
    value: JsonSchema,
  ): JsonSchema => {
    shared[name] ??= value;
    return JSON.stringify(shared[name]) === JSON.stringify(value)
      ? { $ref: `#/components/${section}/${name}` }
      : value;
  };
  for (const operation of Object.values(openapi.paths ?? {}).flatMap((path) => Object.values(path))) {
    for (const [status, response] of Object.entries(operation.responses ?? {})) {
      const common = (commonProblems as Readonly<Record<string, JsonSchema>>)[status];
      if (!common || !operation.responses || JSON.stringify(common) !== JSON.stringify(response)) continue;
      operation.responses[status] = shareAs(responses, 'responses', `Problem${status}`, common);
    }
    if (!operation.parameters) continue;
    operation.parameters = operation.parameters.map((parameter) => {
      const name = String(parameter['name']);
      return sharedParameters.has(name) ? shareAs(parameters, 'parameters', name, parameter) : parameter;
    });
  }
  const { schemas = {} } = openapi.components ?? {};
  const sorted = Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1)));
  openapi.components = { ...openapi.components, schemas: sorted, responses, parameters };
  return document;
}
