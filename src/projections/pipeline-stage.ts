import { z } from 'zod';
import { list } from '../engine/list.ts';
import { readModel } from '../engine/read-model.ts';
import { Lifecycle } from '../events/customer.ts';
import {
  ExitCriterion,
  ForecastCategory,
  MilestoneKey,
  PipelineVersion,
  pipelineEvents,
  StageId,
  StageKind,
  usualForecast,
} from '../events/pipeline.ts';
import { PipelineId } from '../events/values.ts';

/** The stages of every published version of a pipeline. */
export const pipelineStage = readModel({
  name: 'pipeline_stage',
  version: 1,
  summary: 'The stages of every published version of a pipeline.',
  key: ['pipelineId', 'version', 'stageId'],
  row: {
    pipelineId: PipelineId,
    version: PipelineVersion,
    stageId: StageId,
    ordinal: z.int().describe('Its place among the stages, from 1.'),
    name: z.string().describe('Name for people.'),
    kind: StageKind,
    probabilityNum: z.bigint().describe('Numerator of the default probability.'),
    probabilityDen: z.bigint().describe('Denominator of the default probability.'),
    plannedDurationDays: z
      .int()
      .nullable()
      .describe('How long a stay is planned to take; null without a plan.'),
    rottingAfterDays: z
      .int()
      .nullable()
      .describe('After how many days without a touch an opportunity rots; null where it never does.'),
    controllable: z.boolean().describe('Whether it is ours to make a stay shorter.'),
    requiredMilestones: z.array(MilestoneKey).describe('Milestones to be reached before going on.'),
    exitCriteria: z.array(ExitCriterion).describe('What must hold before going on.'),
    forecastCategory: ForecastCategory,
    lifecycleFrom: Lifecycle.nullable().describe(
      'The lowest rung of customers whom it takes up the ladder; null for any.',
    ),
    lifecycleTo: Lifecycle.nullable().describe('The rung to which it takes them; null for none.'),
  },
  of: pipelineEvents,
  on: {
    PipelineVersionPublished: {
      key: ({ data: { pipelineId, version, stages } }) =>
        stages.map(({ stageId }) => ({ pipelineId, version, stageId })),
      row: (_, { data: { pipelineId, version, stages } }, { stageId }) => {
        const index = stages.findIndex((stage) => stage.stageId === stageId);
        const { defaultProbability, forecastCategory, lifecycleFrom, lifecycleTo, ...stage } = stages[index]!;
        return {
          ...stage,
          pipelineId,
          version,
          ordinal: index + 1,
          probabilityNum: BigInt(defaultProbability.num),
          probabilityDen: BigInt(defaultProbability.den),
          forecastCategory: forecastCategory ?? usualForecast[stage.kind],
          lifecycleFrom: lifecycleFrom ?? null,
          lifecycleTo: lifecycleTo ?? null,
        };
      },
    },
  },
});

export const listPipelineStages = list({
  name: 'ListPipelineStages',
  summary: 'List the stages of every published version of a pipeline.',
  permission: 'pipeline:read',
  path: '/pipeline-stages',
  of: pipelineStage,
  scope: 'everyone',
  filters: ['pipelineId', 'version', 'stageId', 'kind', 'controllable'],
  search: ['name'],
  sorts: ['ordinal'],
});
