import { z } from 'zod';
import { list } from '../engine/list.ts';
import { nothing, query } from '../engine/query.ts';
import { readModel } from '../engine/read-model.ts';
import { PipelineStage, PipelineVersion, pipelineDocument, pipelineEvents } from '../events/pipeline.ts';
import { Instant, PipelineId } from '../events/values.ts';

const key = ({ data }: { readonly data: { readonly pipelineId: string } }) => ({
  pipelineId: data.pipelineId,
});

const Document = z.object(pipelineDocument);
const Published = Document.extend({ version: PipelineVersion, publishedAt: Instant });

/** The pipelines with all their versions. */
export const pipeline = readModel({
  name: 'pipeline',
  version: 1,
  summary: 'The pipelines with all their versions.',
  key: ['pipelineId'],
  row: {
    pipelineId: PipelineId,
    name: z.string().describe('Name for people.'),
    state: z
      .enum(['draft', 'published', 'retired'])
      .describe('Whether a version is published, and new opportunities are taken.'),
    version: z.int().nullable().describe('Number of the latest version; null before one is published.'),
    draft: Document.nullable().describe('What the next version would say; null where nothing is drafted.'),
    versions: z.array(Published).describe('What was published, the earliest first.'),
    retirementReason: z.string().nullable().describe('Why it was retired; null where it is not.'),
  },
  of: pipelineEvents,
  on: {
    PipelineDefined: {
      key,
      row: (row, { data: { pipelineId, ...draft } }) => ({
        pipelineId,
        name: row?.name ?? draft.name,
        state: row?.state ?? 'draft',
        version: row?.version ?? null,
        draft,
        versions: row?.versions ?? [],
        retirementReason: row?.retirementReason ?? null,
      }),
    },
    PipelineVersionPublished: {
      key,
      change: (row, { data: { pipelineId, ...published }, occurredAt }) => ({
        ...row,
        name: published.name,
        state: 'published',
        version: published.version,
        draft: null,
        versions: [...row.versions, { ...published, publishedAt: occurredAt }],
      }),
    },
    PipelineRetired: {
      key,
      change: (row, { data }) => ({ ...row, state: 'retired', retirementReason: data.reason }),
    },
  },
});

export const listPipelines = list({
  name: 'ListPipelines',
  summary: 'List pipelines.',
  permission: 'pipeline:read',
  path: '/pipelines',
  of: pipeline,
  scope: 'everyone',
  filters: ['pipelineId', 'state', 'version'],
  search: ['name'],
  sorts: ['name'],
  groups: ['state'],
});

export const getPipeline = query({
  name: 'GetPipeline',
  summary: 'Get a pipeline with its versions.',
  permission: 'pipeline:read',
  path: '/pipelines/:pipelineId',
  input: { pipelineId: PipelineId },
  output: pipeline.row.extend({
    stages: z.array(PipelineStage).describe('The stages of the latest version, in their order.'),
  }),
  reads: [pipeline],
  answer: async (db, { pipelineId }) => {
    const row = await db
      .selectFrom('pipeline')
      .selectAll()
      .where('pipelineId', '=', pipelineId)
      .executeTakeFirst();
    return row ? { ...row, stages: row.versions.at(-1)?.stages ?? [] } : nothing;
  },
});
