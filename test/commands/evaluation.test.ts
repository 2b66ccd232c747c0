import { describe, expect, test } from 'vitest';
import {
  acknowledgeEvaluation,
  computeEvaluation,
  disputeEvaluation,
  finaliseEvaluation,
  resolveDispute,
  restateEvaluation,
  reviewEvaluation,
} from '../../src/commands/evaluation.ts';
import { policy } from '../../src/commands/policy.ts';
import { scorecard } from '../../src/commands/scorecard.ts';
import { canonicalJson, sha256 } from '../../src/engine/canonical.ts';
import type { NewEvent } from '../../src/engine/event.ts';
import { adjusted, evaluationEvents, scoreOf, totalOf } from '../../src/events/evaluation.ts';
import { policyEvents } from '../../src/events/policy.ts';
import { scorecardEvents } from '../../src/events/scorecard.ts';
import { ann, manager, supervisor } from '../support/commerce.ts';
import { given, idOf } from '../support/given.ts';

const {
  EvaluationComputed,
  EvaluationReviewed,
  EvaluationAcknowledged,
  EvaluationDisputed,
  DisputeResolved,
  EvaluationFinalised,
  EvaluationRestated,
} = evaluationEvents;

const scorecardId = idOf('scorecard');
const keys = { personId: ann, periodId: 'FY2026-M02' };
const span = { start: '2026-02-01', endExclusive: '2026-03-01' };
const by = (personId: string, now?: string) => ({ actor: { personId }, ...(now && { now }) });

const weighed = (kpi: string, weightBp: number, num: string, den: string) => ({
  kpi,
  weightBp,
  target: { num, den },
  floorBp: 2_000,
  capBp: 12_000,
  category: 'operational' as const,
});
const designed = scorecardEvents.ScorecardDesigned({
  scorecardId,
  version: 3,
  name: 'Sellers',
  role: 'SP',
  level: 'month',
  items: [
    { ...weighed('effective_visit_rate', 5_000, '1', '2'), version: null },
    { ...weighed('cost_per_visit', 3_000, '500', '1'), version: 1 },
    { ...weighed('report_quality', 2_000, '4', '5'), version: null },
  ],
  warnings: [],
});

type Ratio = readonly [num: bigint, den: bigint] | null;
const figure = (kpi: string, direction: 'up' | 'down', value: Ratio) => ({
  kpi,
  version: 1,
  direction,
  numerator: value?.[0] ?? 0n,
  denominator: value?.[1] ?? 0n,
  value: value && { num: value[0], den: value[1] },
  state: value ? 'ok' : 'undefined_zero_denominator',
});
/** Two of five visits effective: four fifths of the target. 800 a visit: five eighths. No report was signed. */
const figures = {
  span,
  roles: ['SP'],
  values: [
    figure('effective_visit_rate', 'up', [2n, 5n]),
    figure('cost_per_visit', 'down', [800n, 1n]),
    figure('report_quality', 'up', null),
  ],
  reportsSigned: 18,
  reportsDue: 20,
};
const facts = { scorecardVersion: 3, figures };

const evaluatedItem = (
  kpi: string,
  direction: 'up' | 'down',
  weightBp: number,
  target: readonly [string, string],
  value: readonly [string, string] | null,
  scoreBp: number | null,
) => ({
  ...weighed(kpi, weightBp, ...target),
  version: 1,
  direction,
  state: value ? 'ok' : 'undefined_zero_denominator',
  numerator: value?.[0] ?? '0',
  denominator: value?.[1] ?? '0',
  value: value && { num: value[0], den: value[1] },
  scoreBp,
});
const items = [
  evaluatedItem('effective_visit_rate', 'up', 5_000, ['1', '2'], ['2', '5'], 8_000),
  evaluatedItem('cost_per_visit', 'down', 3_000, ['500', '1'], ['800', '1'], 6_250),
  evaluatedItem('report_quality', 'up', 2_000, ['4', '5'], null, null),
];
const resultWith = (some: typeof items, totalBp: number, more: object = {}) => ({
  items: some,
  countedBp: 8_000,
  totalBp,
  reportsSigned: 18,
  reportsDue: 20,
  knownAt: 40,
  evidenceHash: sha256(canonicalJson(some)),
  ...more,
});
/** (5 000 × 8 000 + 3 000 × 6 250) / 8 000 = 7 343.75 */
const computed = EvaluationComputed({
  ...keys,
  ...span,
  scorecardId,
  scorecardVersion: 3,
  ...resultWith(items, 7_343),
});
const adjustments = [{ kpi: 'cost_per_visit', deltaBp: 400, reason: 'Snow.' }];
/** (5 000 × 8 000 + 3 000 × 6 650) / 8 000 = 7 493.75 */
const finalAt = '2026-03-08T23:00:00.000Z';
const reviewed = EvaluationReviewed({
  ...keys,
  reviewerId: supervisor,
  adjustments,
  totalBp: 7_493,
  finalAt,
});
const acknowledged = EvaluationAcknowledged(keys);
const dispute = { kpi: 'effective_visit_rate', claim: 'One visit is missing.', evidence: [12] };
const disputed = EvaluationDisputed({ ...keys, ...dispute });
/** (5 000 × 9 000 + 3 000 × 6 650) / 8 000 = 8 118.75 */
const resolved = DisputeResolved({
  ...keys,
  kpi: dispute.kpi,
  outcome: 'upheld',
  deltaBp: 1_000,
  reason: 'It was made.',
  resolverId: manager,
  totalBp: 8_118,
  finalAt,
});
const finalised = (totalBp: number, changes: Parameters<typeof adjusted>[1]) =>
  EvaluationFinalised({
    ...keys,
    totalBp,
    docHash: sha256(
      canonicalJson({ evidenceHash: computed.data.evidenceHash, items: adjusted(items, changes) }),
    ),
  });

describe('ComputeEvaluation', () => {
  const input = { ...keys, scorecardId };
  const world = (...events: readonly NewEvent[]) =>
    given(...events).and(scorecard.ref(scorecardId), designed);
  const known = (more: object = {}) => ({
    ...by(supervisor),
    facts: { ...facts, ...more },
    factsPosition: 40,
  });
  const withFigures = (more: object) => known({ figures: { ...figures, ...more } });

  test('computes scores within floor and cap, and lets the others carry the weight of what has no value', () => {
    world().when(computeEvaluation, input, known()).thenEmits(computed);
  });
  test('says nothing twice while the figures are the same', () => {
    world(computed).when(computeEvaluation, input, known()).thenNothing();
  });
  test('refuses other figures', () => {
    const values = [figure('effective_visit_rate', 'up', [1n, 1n]), ...figures.values.slice(1)];
    world(computed).when(computeEvaluation, input, withFigures({ values })).thenRejects('alreadyComputed');
  });
  test('refuses one’s own evaluation', () => {
    world()
      .when(computeEvaluation, input, { ...known(), ...by(ann) })
      .thenRejects('ownEvaluation');
  });
  test('refuses a scorecard that there is not, or that is retired', () => {
    given().when(computeEvaluation, input, known()).thenRejects('scorecardUnknown');
    given()
      .and(
        scorecard.ref(scorecardId),
        designed,
        scorecardEvents.ScorecardRetired({ scorecardId, reason: 'Test.' }),
      )
      .when(computeEvaluation, input, known())
      .thenRejects('scorecardRetired');
  });
  test('refuses figures of an earlier design, and without an item', () => {
    world()
      .when(computeEvaluation, input, known({ scorecardVersion: 2 }))
      .thenRejects('figuresBehind');
    world()
      .when(computeEvaluation, input, withFigures({ values: figures.values.slice(1) }))
      .thenRejects('figuresBehind');
  });
  test('refuses a period that there is not, or that is not over', () => {
    world()
      .when(computeEvaluation, input, withFigures({ span: null }))
      .thenRejects('periodUnknown');
    world()
      .when(computeEvaluation, input, withFigures({ span: { ...span, endExclusive: '2026-03-03' } }))
      .thenRejects('periodNotOver');
  });
  test('refuses a person of another role', () => {
    world()
      .when(computeEvaluation, input, withFigures({ roles: ['SV'] }))
      .thenRejects('roleDiffers');
  });
});

describe('scores', () => {
  const item = { direction: 'up' as const, target: { num: '1', den: '2' }, floorBp: 2_000, capBp: 12_000 };
  const score = (num: string, den: string, more: object = {}) =>
    scoreOf({ ...item, value: { num, den }, ...more });
  test('are value over target, rounded down, within floor and cap', () => {
    expect(score('1', '3')).toBe(6_666);
    expect(score('1', '100')).toBe(2_000);
    expect(score('-1', '100')).toBe(2_000);
    expect(score('9', '1')).toBe(12_000);
    expect(scoreOf({ ...item, value: null })).toBeNull();
  });
  test('are target over value where less is better, and everything for nothing at all', () => {
    const down = { direction: 'down', target: { num: '500', den: '1' } };
    expect(score('750', '1', down)).toBe(6_666);
    expect(score('0', '1', down)).toBe(12_000);
  });
  test('have no total where nothing counts', () => {
    expect(totalOf([{ weightBp: 10_000, scoreBp: null }])).toEqual({ countedBp: 0, totalBp: null });
  });
});

describe('ReviewEvaluation', () => {
  const input = { ...keys, adjustments };
  test('changes scores within the policy', () => {
    given(computed).when(reviewEvaluation, input, by(supervisor)).thenEmits(reviewed);
  });
  test('says nothing twice', () => {
    given(computed, reviewed).when(reviewEvaluation, input, by(supervisor)).thenNothing();
  });
  test('refuses another review', () => {
    given(computed, reviewed).when(reviewEvaluation, keys, by(supervisor)).thenRejects('alreadyReviewed');
  });
  test('refuses one’s own evaluation, and one that there is not', () => {
    given(computed).when(reviewEvaluation, input, by(ann)).thenRejects('ownEvaluation');
    given().when(reviewEvaluation, input, by(supervisor)).thenRejects('evaluationUnknown');
  });
  test('refuses to change what has no score', () => {
    const strange = [{ ...adjustments[0]!, kpi: 'report_quality' }];
    given(computed)
      .when(reviewEvaluation, { ...keys, adjustments: strange }, by(supervisor))
      .thenRejects('itemUnknown');
  });
  test('refuses more than the policy allows, also in parts', () => {
    const twice = [adjustments[0]!, { ...adjustments[0]!, deltaBp: 101 }];
    given(computed)
      .when(reviewEvaluation, { ...keys, adjustments: twice }, by(supervisor))
      .thenRejects('adjustmentTooLarge');
    const strict = policyEvents.PolicyAdopted({
      policyKey: 'evaluation',
      policyVersion: 1,
      effectiveFrom: '2026-01-01',
      retroactive: false,
      document: { adjustmentBpMax: 399 },
      docHash: 'hash',
    });
    given(computed)
      .and(policy.ref(), strict)
      .when(reviewEvaluation, input, by(supervisor))
      .thenRejects('adjustmentTooLarge');
  });
});

describe('AcknowledgeEvaluation', () => {
  test('is said by the person', () => {
    given(computed, reviewed).when(acknowledgeEvaluation, keys, by(ann)).thenEmits(acknowledged);
  });
  test('says nothing twice', () => {
    given(computed, reviewed, acknowledged).when(acknowledgeEvaluation, keys, by(ann)).thenNothing();
  });
  test('refuses what is not there, not reviewed or disputed', () => {
    given().when(acknowledgeEvaluation, keys, by(ann)).thenRejects('evaluationUnknown');
    given(computed).when(acknowledgeEvaluation, keys, by(ann)).thenRejects('notReviewed');
    given(computed, reviewed, disputed).when(acknowledgeEvaluation, keys, by(ann)).thenRejects('disputeOpen');
  });
});

describe('DisputeEvaluation', () => {
  const input = { ...keys, ...dispute };
  test('disputes an item, also after it was acknowledged', () => {
    given(computed, reviewed).when(disputeEvaluation, input, by(ann)).thenEmits(disputed);
    given(computed, reviewed, acknowledged).when(disputeEvaluation, input, by(ann)).thenEmits(disputed);
  });
  test('refuses what is not there, not reviewed, disputed or final', () => {
    given().when(disputeEvaluation, input, by(ann)).thenRejects('evaluationUnknown');
    given(computed).when(disputeEvaluation, input, by(ann)).thenRejects('notReviewed');
    given(computed, reviewed, disputed).when(disputeEvaluation, input, by(ann)).thenRejects('disputeOpen');
    given(computed, reviewed, acknowledged, finalised(7_493, adjustments))
      .when(disputeEvaluation, input, by(ann))
      .thenRejects('evaluationFinal');
  });
  test('refuses an item that it does not have', () => {
    given(computed, reviewed)
      .when(disputeEvaluation, { ...input, kpi: 'call_volume' }, by(ann))
      .thenRejects('itemUnknown');
  });
});

describe('ResolveDispute', () => {
  const input = { ...keys, outcome: 'upheld', deltaBp: 1_000, reason: 'It was made.' };
  test('corrects the item', () => {
    given(computed, reviewed, disputed).when(resolveDispute, input, by(manager)).thenEmits(resolved);
  });
  test('leaves everything where it is rejected', () => {
    given(computed, reviewed, disputed)
      .when(resolveDispute, { ...input, outcome: 'rejected', deltaBp: 0 }, by(manager))
      .thenEmits(DisputeResolved({ ...resolved.data, outcome: 'rejected', deltaBp: 0, totalBp: 7_493 }));
  });
  test('refuses the reviewer and the person', () => {
    given(computed, reviewed, disputed).when(resolveDispute, input, by(supervisor)).thenRejects('ownReview');
    given(computed, reviewed, disputed).when(resolveDispute, input, by(ann)).thenRejects('ownEvaluation');
  });
  test('refuses an integration that reviewed it', () => {
    const byIntegration = { ...reviewed, data: { ...reviewed.data, reviewerId: null } };
    given(computed, byIntegration, disputed).when(resolveDispute, input).thenRejects('ownReview');
    given(computed, byIntegration, disputed)
      .when(resolveDispute, { ...input }, { actor: { name: 'another' } })
      .thenEmits(DisputeResolved({ ...resolved.data, resolverId: null }));
  });
  test('refuses where no dispute is open', () => {
    given().when(resolveDispute, input, by(manager)).thenRejects('evaluationUnknown');
    given(computed, reviewed).when(resolveDispute, input, by(manager)).thenRejects('noDispute');
    given(computed, reviewed, disputed, resolved)
      .when(resolveDispute, input, by(manager))
      .thenRejects('noDispute');
  });
  test('refuses a correction that does not go with the outcome, and of what has no score', () => {
    given(computed, reviewed, disputed)
      .when(resolveDispute, { ...input, outcome: 'rejected' }, by(manager))
      .thenRejects('correctionDiffers');
    given(computed, reviewed, disputed)
      .when(resolveDispute, { ...input, deltaBp: 0 }, by(manager))
      .thenRejects('correctionDiffers');
    given(computed, reviewed, EvaluationDisputed({ ...keys, ...dispute, kpi: 'report_quality' }))
      .when(resolveDispute, input, by(manager))
      .thenRejects('itemUnknown');
  });
});

describe('FinaliseEvaluation', () => {
  const fullyChanged = [...adjustments, { kpi: dispute.kpi, deltaBp: 1_000 }];
  test('makes final what is acknowledged, or whose dispute is resolved', () => {
    given(computed, reviewed, acknowledged)
      .when(finaliseEvaluation, keys, by(manager))
      .thenEmits(finalised(7_493, adjustments));
    given(computed, reviewed, disputed, resolved)
      .when(finaliseEvaluation, keys, by(manager))
      .thenEmits(finalised(8_118, fullyChanged));
  });
  test('waits for an answer for as long as the policy said at the review', () => {
    given(computed, reviewed)
      .when(finaliseEvaluation, keys, by(manager, '2026-03-08T22:59:59.999Z'))
      .thenRejects('acknowledgementPending');
    given(computed, reviewed)
      .when(finaliseEvaluation, keys, by(manager, finalAt))
      .thenEmits(finalised(7_493, adjustments));
  });
  test('says nothing twice', () => {
    given(computed, reviewed, acknowledged, finalised(7_493, adjustments))
      .when(finaliseEvaluation, keys, by(manager))
      .thenNothing();
  });
  test('refuses what is not there, not reviewed, disputed or one’s own', () => {
    given().when(finaliseEvaluation, keys, by(manager)).thenRejects('evaluationUnknown');
    given(computed).when(finaliseEvaluation, keys, by(manager)).thenRejects('notReviewed');
    given(computed, reviewed, disputed)
      .when(finaliseEvaluation, keys, by(manager))
      .thenRejects('disputeOpen');
    given(computed, reviewed, acknowledged)
      .when(finaliseEvaluation, keys, by(ann))
      .thenRejects('ownEvaluation');
  });
});

describe('RestateEvaluation', () => {
  const input = { ...keys, reason: 'A late visit.', because: [50] };
  const late = {
    ...figures,
    values: [figure('effective_visit_rate', 'up', [1n, 2n]), ...figures.values.slice(1)],
  };
  const known = (some: unknown) => ({
    ...by(supervisor),
    facts: { scorecardVersion: 3, figures: some },
    factsPosition: 51,
  });
  const lateItems = [
    evaluatedItem('effective_visit_rate', 'up', 5_000, ['1', '2'], ['1', '2'], 10_000),
    ...items.slice(1),
  ];
  test('keeps what it was beside what it is, with the changes of the review, also when it is final', () => {
    /** (5 000 × 10 000 + 3 000 × 6 650) / 8 000 = 8 743.75 */
    const restated = EvaluationRestated({
      ...keys,
      reason: input.reason,
      because: [50],
      before: 7_493,
      ...resultWith(lateItems, 8_743, { knownAt: 51 }),
    });
    given(computed, reviewed, acknowledged, finalised(7_493, adjustments))
      .when(restateEvaluation, input, known(late))
      .thenEmits(restated);
  });
  test('says nothing while the figures are the same', () => {
    given(computed).when(restateEvaluation, input, known(figures)).thenNothing();
  });
  test('refuses one’s own evaluation, and one that there is not or that the figures do not know', () => {
    given(computed)
      .when(restateEvaluation, input, { ...known(late), ...by(ann) })
      .thenRejects('ownEvaluation');
    given().when(restateEvaluation, input, known(late)).thenRejects('evaluationUnknown');
    given(computed).when(restateEvaluation, input, known(undefined)).thenRejects('figuresBehind');
  });
  test('refuses one of a period that is no more', () => {
    given(computed)
      .when(restateEvaluation, input, known({ ...figures, span: null, values: [] }))
      .thenRejects('periodUnknown');
  });
});
