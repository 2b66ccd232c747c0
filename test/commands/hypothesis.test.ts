import { describe, expect, test } from 'vitest';
import { registerHypothesis, retireHypothesis, testHypothesis } from '../../src/commands/hypothesis.ts';
import { pipeline } from '../../src/commands/pipeline.ts';
import type { NewEvent } from '../../src/engine/event.ts';
import { type HypothesisResult, hypothesisEvents } from '../../src/events/hypothesis.ts';
import { given, idOf } from '../support/given.ts';
import { drafted, pipelineId, published } from '../support/pipeline.ts';

const { HypothesisRegistered, HypothesisTested, HypothesisRetired } = hypothesisEvents;

const hypothesisId = idOf('hypothesis');
const stated = {
  name: 'Who knows the budget buys',
  pipelineId,
  condition: { kind: 'milestone' as const, milestone: 'budget', stageId: 'proposal' },
  outcome: 'won' as const,
  claim: 'higher' as const,
};
const input = { hypothesisId, ...stated };
const registered = HypothesisRegistered({ hypothesisId, version: 1, ...stated });
const retired = HypothesisRetired({ hypothesisId, reason: 'Old.' });
const inPipeline = (...events: readonly NewEvent[]) =>
  given(...events).and(pipeline.ref(pipelineId), drafted, published);

describe('RegisterHypothesis', () => {
  test('registers one', () => {
    inPipeline().when(registerHypothesis, input).thenEmits(registered);
  });
  test('says nothing twice', () => {
    inPipeline(registered).when(registerHypothesis, input).thenNothing();
  });
  test('makes another statement the next version', () => {
    const lower = { ...stated, claim: 'lower' as const };
    inPipeline(registered)
      .when(registerHypothesis, { hypothesisId, ...lower })
      .thenEmits(HypothesisRegistered({ hypothesisId, version: 2, ...lower }));
  });
  test('refuses what the pipeline does not have', () => {
    given().when(registerHypothesis, input).thenRejects('pipelineUnknown');
    const about = (more: object) =>
      inPipeline().when(registerHypothesis, { ...input, condition: { ...stated.condition, ...more } });
    about({ stageId: 'won' }).thenRejects('stageUnknown');
    about({ milestone: 'other' }).thenRejects('milestoneUnknown');
  });
  test('refuses amounts without a currency', () => {
    const value = { ...input, condition: { kind: 'value', aboveMinor: '1000' } };
    inPipeline().when(registerHypothesis, value).thenRejects('currencyMissing');
    inPipeline()
      .when(registerHypothesis, { ...input, outcome: 'value' })
      .thenRejects('currencyMissing');
    expect(inPipeline().when(registerHypothesis, { ...value, currency: 'EUR' }).events).toHaveLength(1);
  });
  test('refuses one that is retired', () => {
    inPipeline(registered, retired).when(registerHypothesis, input).thenRejects('hypothesisRetired');
  });
});

describe('TestHypothesis', () => {
  const result: HypothesisResult = {
    holding: { sample: 40, figure: { num: '20', den: '40' } },
    others: { sample: 40, figure: { num: '8', den: '40' } },
    effect: { num: '480', den: '1600' },
    interval: { low: { num: '800', den: '10000' }, high: { num: '4900', den: '10000' } },
    verdict: 'supported',
  };
  const tested = (number: number) =>
    HypothesisTested({
      ...{ hypothesisId, version: 1, test: number },
      ...{ testedOn: '2026-03-02', factsKnownAt: 7, result },
    });
  const known = { facts: { version: 1, result }, factsPosition: 7 };
  test('records what history says, each time anew', () => {
    given(registered).when(testHypothesis, { hypothesisId }, known).thenEmits(tested(1));
    given(registered, tested(1)).when(testHypothesis, { hypothesisId }, known).thenEmits(tested(2));
  });
  test('refuses one that there is not, or that is retired', () => {
    given().when(testHypothesis, { hypothesisId }, known).thenRejects('hypothesisUnknown');
    given(registered, retired).when(testHypothesis, { hypothesisId }, known).thenRejects('hypothesisRetired');
  });
  test('refuses evidence of what it said before', () => {
    given(registered).when(testHypothesis, { hypothesisId }).thenRejects('evidenceBehind');
    const later = HypothesisRegistered({ ...registered.data, version: 2, claim: 'lower' });
    given(registered, later).when(testHypothesis, { hypothesisId }, known).thenRejects('evidenceBehind');
  });
});

describe('RetireHypothesis', () => {
  const ending = { hypothesisId, reason: 'Old.' };
  test('retires one', () => {
    given(registered).when(retireHypothesis, ending).thenEmits(retired);
  });
  test('says nothing twice', () => {
    given(registered, retired).when(retireHypothesis, ending).thenNothing();
  });
  test('refuses one that there is not', () => {
    given().when(retireHypothesis, ending).thenRejects('hypothesisUnknown');
  });
});
