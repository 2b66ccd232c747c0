import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Actor } from '../engine/decision.ts';
import { invalidInput } from '../engine/input.ts';
import { problem } from '../engine/outcome.ts';
import { ImportResult, importOpportunities, rowsMax } from '../imports/opportunities.ts';
import { columns, type Mapping } from '../imports/opportunity-columns.ts';
import type { Runtime } from '../runtime.ts';
import { isPlain, toJson } from './json.ts';
import type { TakeRate } from './limits.ts';
import { commonProblems, jsonResponse, type Schemas } from './openapi.ts';
import { sendProblem } from './problems.ts';

export const importBytesMax = 8 * 1024 * 1024;

const Input = z.strictObject({
  dryRun: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true'),
  mapping: z
    .string()
    .default('{}')
    .transform((text, context): unknown => {
      try {
        const mapping: unknown = JSON.parse(text);
        if (isPlain(mapping)) return mapping;
      } catch {}
      context.addIssue({ code: 'custom', message: 'This is a JSON object.' });
      return z.NEVER;
    })
    .pipe(z.record(z.string(), z.string().nullable())),
});

/** What OpenAPI says of the import of opportunities. */
export const describeImport = (schemas: Schemas) => ({
  operationId: 'importOpportunities',
  summary: `Import up to ${rowsMax} opportunities with their history from CSV, each row by itself.`,
  description:
    'Needs opportunity:import. One row for each opportunity; a row in which something is wrong is refused and costs the others nothing, and what was imported before changes nothing. docs/import.md has the columns.',
  tags: ['imports'],
  security: [{ key: [] }],
  consumes: ['text/csv'],
  querystring: {
    type: 'object',
    properties: {
      dryRun: { type: 'boolean', description: 'Answer what would be imported, and record nothing.' },
      mapping: {
        type: 'string',
        description:
          'A JSON object that says, by its header, which column of ours a column of the file is; null for one that is left out.',
        examples: ['{"Deal ID":"externalId","Entered Proposal":"stage:proposal","Tags":null}'],
      },
    },
    additionalProperties: false,
  },
  body: {
    type: 'string',
    description: `CSV, RFC 4180, UTF-8, at most ${importBytesMax / 1024 / 1024} MiB. Columns: ${Object.keys(columns).join(', ')}, stage:<key>, milestone:<key>.`,
  },
  response: {
    200: jsonResponse('What became of the rows.', schemas.convert(ImportResult)),
    ...commonProblems,
  },
});

/** Imports the opportunities of a CSV file; what is left of the rate counts its rows. */
export function importHandler(runtime: Runtime, takeRate: TakeRate) {
  return async (
    request: FastifyRequest & { readonly actor?: Actor },
    reply: FastifyReply,
  ): Promise<FastifyReply> => {
    const parsed = Input.safeParse(request.query);
    if (!parsed.success)
      return sendProblem(request, reply, invalidInput(parsed.error, Object.keys(Input.shape)));
    if (!Buffer.isBuffer(request.body))
      return sendProblem(request, reply, problem(415, 'unsupported-media-type', 'Send text/csv.'));
    const actor = request.actor!;
    const result = await importOpportunities(runtime, {
      actor,
      file: request.body,
      mapping: parsed.data.mapping as Mapping,
      dryRun: parsed.data.dryRun,
      correlationId: request.id,
      admit: (rows) => takeRate(actor.credentialId, Math.max(0, rows - 1), reply),
    });
    if ('ok' in result) return sendProblem(request, reply, result);
    return reply.header('content-type', 'application/json; charset=utf-8').send(toJson(result));
  };
}
