import { canonicalJson } from '../engine/canonical.ts';
import { absent, decider, type Evolve, reject, unknown } from '../engine/decision.ts';
import { generated } from '../engine/input.ts';
import {
  type Hypothesis,
  type HypothesisResult,
  hypothesisEvents,
  hypothesis as stated,
} from '../events/hypothesis.ts';
import { Comment, HypothesisId } from '../events/values.ts';
import { type PipelineState, pipeline } from './pipeline.ts';

const { HypothesisRegistered, HypothesisTested, HypothesisRetired } = hypothesisEvents;

interface HypothesisState {
  /** What the latest version says; undefined before it is registered. */
  readonly stated: Hypothesis | undefined;
  readonly version: number;
  readonly tests: number;
  readonly retired: boolean;
}

const initialState: HypothesisState = { stated: undefined, version: 0, tests: 0, retired: false };

const evolve: Evolve<HypothesisState, typeof hypothesisEvents> = {
  HypothesisRegistered: (state, { hypothesisId: _, version, ...said }) => ({
    ...state,
    stated: said,
    version,
  }),
  HypothesisTested: (state, { test }) => ({ ...state, tests: test }),
  HypothesisRetired: (state) => ({ ...state, retired: true }),
};

const hypothesis = decider({
  stream: 'hypothesis',
  id: ['hypothesisId'],
  events: hypothesisEvents,
  initialState,
  evolve,
});

const nobody = () => undefined;
const hypothesisUnknown = absent('There is no such rule of thumb.');
const hypothesisRetired = 'The rule of thumb is retired.';

const knowsStage = ({ versions }: PipelineState, stageId: string): boolean =>
  versions.some(({ stages }) => stages.some((stage) => stage.stageId === stageId && stage.kind === 'open'));
const knowsMilestone = ({ versions }: PipelineState, milestone: string): boolean =>
  versions.some(({ milestones }) => milestones.some(({ key }) => key === milestone));

export const registerHypothesis = hypothesis.command({
  name: 'RegisterHypothesis',
  summary:
    'Register a rule of thumb that history can be asked about: by what some opportunities differ, and what should differ with it. Another statement under the same id is its next version.',
  permission: 'hypothesis:write',
  path: '/hypotheses',
  input: { hypothesisId: generated(HypothesisId), ...stated },
  emits: ['HypothesisRegistered'],
  rejects: {
    hypothesisRetired,
    pipelineUnknown: unknown('There is no such pipeline, or none of its versions is published.'),
    stageUnknown: unknown('The pipeline has no such open stage.'),
    milestoneUnknown: unknown('The pipeline has no such milestone.'),
    currencyMissing: unknown('Amounts are compared in one currency.'),
  },
  subject: nobody,
  reads: ({ pipelineId }) => ({ pipeline: pipeline.ref(pipelineId) }),
  decide: ({ stated: before, version, retired }, { hypothesisId, ...said }, { reads }) => {
    const { condition, outcome, currency } = said;
    if (retired) return reject('hypothesisRetired');
    if (before && canonicalJson(before) === canonicalJson(said)) return [];
    if (reads.pipeline.versions.length === 0) return reject('pipelineUnknown');
    if (condition.kind === 'milestone') {
      if (!knowsStage(reads.pipeline, condition.stageId)) return reject('stageUnknown');
      if (!knowsMilestone(reads.pipeline, condition.milestone)) return reject('milestoneUnknown');
    }
    if (!currency && (condition.kind === 'value' || outcome === 'value')) return reject('currencyMissing');
    return [HypothesisRegistered({ hypothesisId, version: version + 1, ...said })];
  },
});

interface Evidence {
  readonly version: number;
  readonly result: HypothesisResult;
}

export const testHypothesis = hypothesis.command({
  name: 'TestHypothesis',
  summary: 'Test a rule of thumb on history, again where it was tested before.',
  permission: 'hypothesis:write',
  path: '/hypotheses/:hypothesisId/test',
  input: { hypothesisId: HypothesisId },
  emits: ['HypothesisTested'],
  rejects: {
    hypothesisUnknown,
    hypothesisRetired,
    evidenceBehind: 'History does not know what it says yet; try again.',
  },
  subject: nobody,
  facts: async (db, { hypothesisId }) => {
    const { data } = (await db.ask('ListHypothesisEvidence', { hypothesisId })) as {
      readonly data: readonly Evidence[];
    };
    return data[0];
  },
  decide: (state, { hypothesisId }, { facts, factsPosition, today }) => {
    const { version, tests } = state;
    if (!state.stated) return reject('hypothesisUnknown');
    if (state.retired) return reject('hypothesisRetired');
    if (facts?.version !== version) return reject('evidenceBehind');
    return [
      HypothesisTested({
        ...{ hypothesisId, version },
        test: tests + 1,
        testedOn: today,
        factsKnownAt: factsPosition,
        result: facts.result,
      }),
    ];
  },
});

export const retireHypothesis = hypothesis.command({
  name: 'RetireHypothesis',
  summary: 'Retire a rule of thumb: it is not tested any more.',
  permission: 'hypothesis:write',
  path: '/hypotheses/:hypothesisId/retire',
  input: { hypothesisId: HypothesisId, reason: Comment },
  emits: ['HypothesisRetired'],
  rejects: { hypothesisUnknown },
  subject: nobody,
  decide: ({ stated: said, retired }, input) => {
    if (!said) return reject('hypothesisUnknown');
    return retired ? [] : [HypothesisRetired(input)];
  },
});
