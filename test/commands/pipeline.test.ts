import { describe, test } from 'vitest';
import { definePipeline, publishPipelineVersion, retirePipeline } from '../../src/commands/pipeline.ts';
import { pipelineEvents } from '../../src/events/pipeline.ts';
import { given } from '../support/given.ts';
import { document, drafted, pipelineId, published, retired, stage, stages } from '../support/pipeline.ts';

const { PipelineDefined, PipelineVersionPublished } = pipelineEvents;

describe('DefinePipeline', () => {
  const input = { pipelineId, ...document };
  const without = (kind: string) => ({
    ...input,
    stages: stages.filter((each) => each.kind !== kind),
  });
  test('drafts a pipeline, and its next version', () => {
    given().when(definePipeline, input).thenEmits(drafted);
    given(drafted, published)
      .when(definePipeline, { ...input, name: 'Other' })
      .thenEmits(PipelineDefined({ ...input, name: 'Other' }));
  });
  test('says nothing twice', () => {
    given(drafted).when(definePipeline, input).thenNothing();
  });
  test('refuses a pipeline that is retired', () => {
    given(drafted, retired).when(definePipeline, input).thenRejects('pipelineRetired');
  });
  test('refuses two stages of one key', () => {
    given()
      .when(definePipeline, { ...input, stages: [...stages, stages[0]] })
      .thenRejects('stageRepeated');
  });
  test('refuses a pipeline without an open stage', () => {
    given().when(definePipeline, without('open')).thenRejects('openStageMissing');
  });
  test('refuses a pipeline with no won stage or with two', () => {
    given().when(definePipeline, without('won')).thenRejects('wonStageNotOne');
    given()
      .when(definePipeline, { ...input, stages: [...stages, stage('signed', 'won', ['1', '1'])] })
      .thenRejects('wonStageNotOne');
  });
  test('refuses a pipeline without a lost stage', () => {
    given().when(definePipeline, without('lost')).thenRejects('lostStageMissing');
  });
  test('refuses two stages for what is on hold', () => {
    given()
      .when(definePipeline, { ...input, stages: [...stages, stage('asleep', 'on_hold', ['0', '1'])] })
      .thenRejects('holdStageRepeated');
  });
  test('refuses a won stage below 1 and a lost stage above 0', () => {
    const changed = (stageId: string, num: string) => ({
      ...input,
      stages: stages.map((each) =>
        each.stageId === stageId ? { ...each, defaultProbability: { num, den: '2' } } : each,
      ),
    });
    given().when(definePipeline, changed('won', '1')).thenRejects('probabilityWrong');
    given().when(definePipeline, changed('lost', '1')).thenRejects('probabilityWrong');
  });
  const saying = (stageId: string, more: object) => ({
    ...input,
    stages: stages.map((each) => (each.stageId === stageId ? { ...each, ...more } : each)),
  });
  test('refuses a forecast of which nobody knows what is closed', () => {
    const [half, third] = [
      { num: '1', den: '2' },
      { num: '1', den: '3' },
    ];
    for (const wrong of [
      saying('won', { forecastCategory: 'commit' }),
      saying('lead', { forecastCategory: 'closed' }),
      saying('lost', { forecastCategory: 'pipeline' }),
      { ...input, forecastFrom: { bestCase: half, commit: third } },
    ])
      given().when(definePipeline, wrong).thenRejects('forecastWrong');
    const right = {
      ...saying('paused', { forecastCategory: 'best_case' }),
      forecastFrom: { bestCase: half, commit: half },
    };
    given().when(definePipeline, right).thenEmits(PipelineDefined(right));
  });
  test('refuses a stage that takes customers down or nowhere, or is none that they come to', () => {
    for (const wrong of [
      saying('lead', { lifecycleFrom: 'new', lifecycleTo: 'target' }),
      saying('lead', { lifecycleFrom: 'new', lifecycleTo: 'new' }),
      saying('lead', { lifecycleFrom: 'new' }),
      saying('lost', { lifecycleTo: 'target' }),
      saying('paused', { lifecycleTo: 'target' }),
    ])
      given().when(definePipeline, wrong).thenRejects('lifecycleWrong');
    const right = saying('won', { lifecycleFrom: 'active', lifecycleTo: 'key' });
    given().when(definePipeline, right).thenEmits(PipelineDefined(right));
  });
  test('refuses two milestones of one key', () => {
    const { milestones } = document;
    given()
      .when(definePipeline, { ...input, milestones: [...milestones, ...milestones] })
      .thenRejects('milestoneRepeated');
  });
  test('refuses a stage that requires a milestone that is not there', () => {
    given()
      .when(definePipeline, { ...input, milestones: [] })
      .thenRejects('milestoneUnknown');
  });
});

describe('PublishPipelineVersion', () => {
  const input = { pipelineId };
  test('publishes what was drafted as the next version', () => {
    given(drafted).when(publishPipelineVersion, input).thenEmits(published);
    given(drafted, published, PipelineDefined({ ...drafted.data, name: 'Other' }))
      .when(publishPipelineVersion, input)
      .thenEmits(PipelineVersionPublished({ ...published.data, version: 2, name: 'Other' }));
  });
  test('says nothing of what is published', () => {
    given(drafted, published).when(publishPipelineVersion, input).thenNothing();
  });
  test('refuses a pipeline that was never drafted', () => {
    given().when(publishPipelineVersion, input).thenRejects('pipelineUnknown');
  });
  test('refuses a pipeline that is retired', () => {
    given(drafted, retired).when(publishPipelineVersion, input).thenRejects('pipelineRetired');
  });
});

describe('RetirePipeline', () => {
  const input = { pipelineId, reason: 'Old.' };
  test('retires a pipeline', () => {
    given(drafted, published).when(retirePipeline, input).thenEmits(retired);
  });
  test('says nothing twice', () => {
    given(drafted, published, retired).when(retirePipeline, input).thenNothing();
  });
  test('refuses a pipeline that was never drafted', () => {
    given().when(retirePipeline, input).thenRejects('pipelineUnknown');
  });
});
