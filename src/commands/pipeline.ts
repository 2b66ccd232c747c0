import { canonicalJson } from '../engine/canonical.ts';
import { absent, decider, type Evolve, reject, unknown } from '../engine/decision.ts';
import { generated } from '../engine/input.ts';
import { Lifecycle } from '../events/customer.ts';
import {
  forecastIsSound,
  type PipelineDocument,
  type PipelineStage,
  pipelineDocument,
  pipelineEvents,
  type StageKind,
} from '../events/pipeline.ts';
import { Comment, occurred, PipelineId } from '../events/values.ts';

const { PipelineDefined, PipelineVersionPublished, PipelineRetired } = pipelineEvents;

export interface PipelineState {
  readonly draft: PipelineDocument | undefined;
  /** What was published; version 1 is the first. */
  readonly versions: readonly PipelineDocument[];
  readonly retired: boolean;
}

const initialState: PipelineState = { draft: undefined, versions: [], retired: false };

const evolve: Evolve<PipelineState, typeof pipelineEvents> = {
  PipelineDefined: (state, { pipelineId: _, ...draft }) => ({ ...state, draft }),
  PipelineVersionPublished: (state, { pipelineId: _, version: __, ...document }) => ({
    ...state,
    versions: [...state.versions, document],
  }),
  PipelineRetired: (state) => ({ ...state, retired: true }),
};

export const pipeline = decider({
  stream: 'pipeline-def',
  id: ['pipelineId'],
  events: pipelineEvents,
  initialState,
  evolve,
});

export const stagesOf = ({ versions }: PipelineState, version: number): readonly PipelineStage[] =>
  versions[version - 1]!.stages;

const pipelineUnknown = absent('There is no such pipeline.');
const pipelineRetired = 'The pipeline is retired.';
const nobody = () => undefined;

const countOf = ({ stages }: PipelineDocument, wanted: StageKind): number =>
  stages.filter(({ kind }) => kind === wanted).length;
const firstRepeated = (keys: readonly string[]): number =>
  keys.findIndex((key, index) => keys.indexOf(key) < index);
const hasWrongProbability = ({ kind, defaultProbability: { num, den } }: PipelineStage): boolean =>
  (kind === 'won' && num !== den) || (kind === 'lost' && num !== '0');

/** Whether a stage says of a rung that it would not take customers up. */
const hasWrongLifecycle = ({ kind, lifecycleFrom, lifecycleTo }: PipelineStage): boolean => {
  if (!lifecycleTo) return lifecycleFrom !== undefined;
  const leadsUp =
    !lifecycleFrom || Lifecycle.options.indexOf(lifecycleFrom) < Lifecycle.options.indexOf(lifecycleTo);
  return !leadsUp || (kind !== 'open' && kind !== 'won');
};

export const definePipeline = pipeline.command({
  name: 'DefinePipeline',
  summary: 'Draft a pipeline, or its next version: the stages in their order, and the milestones.',
  permission: 'pipeline:write',
  path: '/pipelines',
  input: { pipelineId: generated(PipelineId), ...pipelineDocument, ...occurred },
  emits: ['PipelineDefined'],
  rejects: {
    pipelineRetired,
    stageRepeated: unknown('Two stages have the same key.'),
    openStageMissing: unknown('A pipeline has an open stage.'),
    wonStageNotOne: unknown('A pipeline has exactly one stage for what is won.'),
    lostStageMissing: unknown('A pipeline has a stage for what is lost.'),
    holdStageRepeated: unknown('A pipeline has at most one stage for what is on hold.'),
    probabilityWrong: unknown('What is won has the probability 1, and what is lost 0.'),
    forecastWrong: unknown(
      'What is won is closed in a forecast and nothing else is, what is lost is omitted, and commit begins no lower than best case.',
    ),
    lifecycleWrong: unknown('A stage takes customers up the ladder, and it is open or won.'),
    milestoneRepeated: unknown('Two milestones have the same key.'),
    milestoneUnknown: unknown('A stage requires a milestone that the pipeline does not have.'),
  },
  subject: nobody,
  decide: ({ draft, retired }, { occurredAt: _, ...input }) => {
    const { pipelineId: __, ...document } = input;
    const { stages, milestones } = document;
    if (retired) return reject('pipelineRetired');
    if (draft && canonicalJson(draft) === canonicalJson(document)) return [];
    const twice = firstRepeated(stages.map(({ stageId }) => stageId));
    if (twice >= 0) return reject('stageRepeated', at('stages', twice, 'stageId'));
    if (countOf(document, 'open') === 0) return reject('openStageMissing');
    if (countOf(document, 'won') !== 1) return reject('wonStageNotOne');
    if (countOf(document, 'lost') === 0) return reject('lostStageMissing');
    if (countOf(document, 'on_hold') > 1) return reject('holdStageRepeated');
    const wrong = stages.findIndex(hasWrongProbability);
    if (wrong >= 0) return reject('probabilityWrong', at('stages', wrong, 'defaultProbability'));
    if (!forecastIsSound(document)) return reject('forecastWrong');
    const downward = stages.findIndex(hasWrongLifecycle);
    if (downward >= 0) return reject('lifecycleWrong', at('stages', downward, 'lifecycleTo'));
    const keys = milestones.map(({ key }) => key);
    const again = firstRepeated(keys);
    if (again >= 0) return reject('milestoneRepeated', at('milestones', again, 'key'));
    const lacking = stages.findIndex(({ requiredMilestones }) =>
      requiredMilestones.some((key) => !keys.includes(key)),
    );
    if (lacking >= 0) return reject('milestoneUnknown', at('stages', lacking, 'requiredMilestones'));
    return [PipelineDefined(input)];
  },
});

const at = (list: string, index: number, field: string) => [
  { pointer: `/${list}/${index}/${field}`, detail: 'Give another one.' },
];

export const publishPipelineVersion = pipeline.command({
  name: 'PublishPipelineVersion',
  summary:
    'Publish the draft of a pipeline as its next version. It never changes; opportunities keep the version that they were opened under.',
  permission: 'pipeline:write',
  path: '/pipelines/:pipelineId/publish',
  input: { pipelineId: PipelineId, ...occurred },
  emits: ['PipelineVersionPublished'],
  rejects: { pipelineUnknown, pipelineRetired },
  subject: nobody,
  decide: ({ draft, versions, retired }, { pipelineId }) => {
    if (!draft) return reject('pipelineUnknown');
    if (retired) return reject('pipelineRetired');
    if (versions.at(-1) && canonicalJson(versions.at(-1)) === canonicalJson(draft)) return [];
    return [PipelineVersionPublished({ pipelineId, version: versions.length + 1, ...draft })];
  },
});

export const retirePipeline = pipeline.command({
  name: 'RetirePipeline',
  summary: 'Retire a pipeline: it takes no new opportunities; those in it go on.',
  permission: 'pipeline:write',
  path: '/pipelines/:pipelineId/retire',
  input: { pipelineId: PipelineId, reason: Comment, ...occurred },
  emits: ['PipelineRetired'],
  rejects: { pipelineUnknown },
  subject: nobody,
  decide: ({ draft, retired }, { pipelineId, reason }) => {
    if (!draft) return reject('pipelineUnknown');
    return retired ? [] : [PipelineRetired({ pipelineId, reason })];
  },
});
