import { describe, expect, test } from 'vitest';
import { claim } from '../../src/commands/claim.ts';
import {
  assessMarket,
  marketAssessment,
  recordStrengthsWeaknesses,
  supersedeAssessment,
} from '../../src/commands/market-assessment.ts';
import { organisation } from '../../src/commands/organisation/state.ts';
import { strict } from '../../src/engine/input.ts';
import { claimEvents } from '../../src/events/claim.ts';
import { marketAssessmentEvents } from '../../src/events/market-assessment.ts';
import { eur, regionId, staff } from '../support/commerce.ts';
import { given, idOf, keyOf } from '../support/given.ts';

const { MarketAssessed, StrengthsWeaknessesRecorded, AssessmentSuperseded } = marketAssessmentEvents;
const { Claimed, Released } = claimEvents;

const assessmentId = idOf('assessment');
const successorId = idOf('successor');
const market = {
  regionId,
  period: 'FY2026',
  potential: eur('1000000'),
  ownShareBp: 1_500,
  method: 'Panel of retailers',
  sources: ['Trade statistics'],
};
const marketKey = keyOf('market-assessment', regionId, '', 'FY2026');
const made = MarketAssessed({
  assessmentId,
  ...market,
  structure: [],
  start: '2026-01-01',
  endExclusive: '2027-01-01',
  marketKey,
});
const claimOf = (holder: string, key = marketKey) => Claimed({ kind: 'market-assessment', key, holder });
const superseded = AssessmentSuperseded({ assessmentId, successorId, reason: 'Newer statistics.' });
const successor = MarketAssessed({
  ...made.data,
  assessmentId: successorId,
  potential: eur('1200000'),
  supersedes: assessmentId,
});

describe('AssessMarket', () => {
  const input = { assessmentId, ...market };
  const world = () => given().and(organisation.ref(), ...staff);
  test('assesses a market', () => {
    world().when(assessMarket, input).thenEmits(made, claimOf(assessmentId));
  });
  test('says nothing twice', () => {
    given(made).when(assessMarket, input).thenNothing();
  });
  test('refuses other figures under a known id', () => {
    given(made)
      .when(assessMarket, { ...input, ownShareBp: 1 })
      .thenRejects('assessmentKnown');
  });
  test('refuses a second one of the same market and period', () => {
    world()
      .and(claim.ref('market-assessment', marketKey), claimOf(idOf('other')))
      .when(assessMarket, input)
      .thenRejects('marketAssessed');
  });
  test('refuses a region or period that there is not', () => {
    given().when(assessMarket, input).thenRejects('regionUnknown');
    world()
      .when(assessMarket, { ...input, period: 'FY2026-M13' })
      .thenRejects('periodUnknown');
  });
  test('takes shares of segments that make a whole, and no assessment without a source', () => {
    const accepts = (more: object) => strict(assessMarket.input).safeParse({ ...input, ...more }).success;
    const shares = (...bps: readonly number[]) => ({
      structure: bps.map((shareBp, index) => ({ segment: `segment ${index}`, shareBp })),
    });
    expect(accepts(shares(6_000, 4_000))).toBe(true);
    expect(accepts(shares(6_000, 3_999))).toBe(false);
    expect(accepts({ sources: [] })).toBe(false);
  });
});

describe('RecordStrengthsWeaknesses', () => {
  const input = {
    assessmentId,
    strengths: ['Service.'],
    weaknesses: ['Prices.'],
    opportunities: [],
    threats: ['A new rival.'],
  };
  const recorded = StrengthsWeaknessesRecorded(input);
  test('records them', () => {
    given(made).when(recordStrengthsWeaknesses, input).thenEmits(recorded);
  });
  test('says nothing twice', () => {
    given(made, recorded).when(recordStrengthsWeaknesses, input).thenNothing();
  });
  test('refuses an assessment that nobody made', () => {
    given().when(recordStrengthsWeaknesses, input).thenRejects('assessmentUnknown');
  });
  test('refuses an assessment that is superseded', () => {
    given(made, superseded).when(recordStrengthsWeaknesses, input).thenRejects('assessmentSuperseded');
  });
});

describe('SupersedeAssessment', () => {
  const input = {
    assessmentId,
    successorId,
    reason: 'Newer statistics.',
    ...market,
    potential: eur('1200000'),
  };
  const world = () =>
    given(made)
      .and(organisation.ref(), ...staff)
      .and(claim.ref('market-assessment', marketKey), claimOf(assessmentId));
  const everywhere = keyOf('market-assessment', '', '', 'FY2026');
  const { regionId: _, ...wider } = input;
  test('puts a newer one in its place', () => {
    world().when(supersedeAssessment, input).thenEmits(superseded, successor, claimOf(successorId));
  });
  test('puts one of the right market in the place of one of the wrong', () => {
    const { regionId: __, ...data } = successor.data;
    world()
      .when(supersedeAssessment, wider)
      .thenEmits(
        superseded,
        MarketAssessed({ ...data, marketKey: everywhere }),
        Released({ kind: 'market-assessment', key: marketKey, holder: assessmentId }),
        claimOf(successorId, everywhere),
      );
  });
  test('says nothing twice', () => {
    given(made, superseded).when(supersedeAssessment, input).thenNothing();
  });
  test('refuses an assessment that nobody made', () => {
    given().when(supersedeAssessment, input).thenRejects('assessmentUnknown');
  });
  test('refuses a second successor', () => {
    given(made, superseded)
      .when(supersedeAssessment, { ...input, successorId: idOf('third') })
      .thenRejects('assessmentSuperseded');
  });
  test('refuses an id that another assessment has, its own above all', () => {
    world()
      .and(marketAssessment.ref(successorId), successor)
      .when(supersedeAssessment, input)
      .thenRejects('assessmentKnown');
    world()
      .when(supersedeAssessment, { ...input, successorId: assessmentId })
      .thenRejects('assessmentKnown');
  });
  test('refuses a market that another assessment stands for', () => {
    world()
      .and(claim.ref('market-assessment', everywhere), claimOf(idOf('other'), everywhere))
      .when(supersedeAssessment, wider)
      .thenRejects('marketAssessed');
  });
  test('refuses a region or period that there is not', () => {
    world()
      .when(supersedeAssessment, { ...input, regionId: idOf('nowhere') })
      .thenRejects('regionUnknown');
    world()
      .when(supersedeAssessment, { ...input, period: '2026-W60' })
      .thenRejects('periodUnknown');
  });
});
