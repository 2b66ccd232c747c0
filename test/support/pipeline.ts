import { opportunityEvents, type Standing } from '../../src/events/opportunity.ts';
import { type PipelineStage, pipelineEvents } from '../../src/events/pipeline.ts';
import { ann, customerId, eur } from './commerce.ts';
import { idOf } from './given.ts';

export const pipelineId = idOf('pipeline');
export const opportunityId = idOf('opportunity');

export const stage = (
  stageId: string,
  kind: PipelineStage['kind'],
  [num, den]: readonly [num: string, den: string],
  more: Partial<PipelineStage> = {},
): PipelineStage => ({
  stageId,
  name: stageId,
  kind,
  defaultProbability: { num, den },
  plannedDurationDays: null,
  rottingAfterDays: null,
  controllable: true,
  requiredMilestones: [],
  exitCriteria: [],
  ...more,
});

export const stages = [
  stage('lead', 'open', ['1', '10'], { plannedDurationDays: 10, rottingAfterDays: 7 }),
  stage('proposal', 'open', ['1', '3'], {
    requiredMilestones: ['budget'],
    exitCriteria: ['value_known', 'close_expected', 'offer_submitted', 'offer_accepted'],
  }),
  stage('contract', 'open', ['2', '3']),
  stage('paused', 'on_hold', ['1', '20']),
  stage('won', 'won', ['1', '1']),
  stage('lost', 'lost', ['0', '1']),
  stage('cancelled', 'lost', ['0', '1']),
];
export const document = { name: 'Sales', milestones: [{ key: 'budget', name: 'Budget' }], stages };

export const drafted = pipelineEvents.PipelineDefined({ pipelineId, ...document });
export const published = pipelineEvents.PipelineVersionPublished({ pipelineId, version: 1, ...document });
export const retired = pipelineEvents.PipelineRetired({ pipelineId, reason: 'Old.' });

export const head = { opportunityId, customerId, pipelineId, pipelineVersion: 1, ownerId: ann };
export const standing: Standing = {
  status: 'open',
  stageId: 'lead',
  stay: 1,
  ownerId: ann,
  value: eur('1000'),
  expectedClose: '2026-04-30',
  probability: { num: '1', den: '10' },
  probabilitySource: 'stage',
};
export const opened = opportunityEvents.OpportunityOpened({
  ...head,
  title: 'Ten boxes',
  source: 'fair',
  after: standing,
});
