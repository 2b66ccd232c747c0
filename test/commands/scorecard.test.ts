import { describe, expect, test } from 'vitest';
import { kpi } from '../../src/commands/kpi.ts';
import { designScorecard, retireScorecard } from '../../src/commands/scorecard.ts';
import type { NewEvent } from '../../src/engine/event.ts';
import { kpiEvents } from '../../src/events/kpi.ts';
import { scorecardEvents } from '../../src/events/scorecard.ts';
import { manager } from '../support/commerce.ts';
import { given, idOf } from '../support/given.ts';

const { ScorecardDesigned, ScorecardRetired } = scorecardEvents;

const scorecardId = idOf('scorecard');
const item = (key: string, weightBp: number, more: object = {}) => ({
  kpi: key,
  version: null,
  weightBp,
  target: { num: '1', den: '2' },
  floorBp: 0,
  capBp: 12_000,
  category: 'operational' as const,
  ...more,
});
const items = [
  item('report_quality', 3_000, { category: 'quality' }),
  item('report_timeliness', 2_000),
  item('net_sales', 1_000, { category: 'volume' }),
  item('call_volume', 4_000, { category: 'market_info' }),
];
const input = { scorecardId, name: 'Sellers', role: 'SP' as const, level: 'month' as const, items };
const designed = (version: number, more: object = {}) =>
  ScorecardDesigned({ ...input, version, warnings: [], ...more });
const retired = ScorecardRetired({ scorecardId, reason: 'Too coarse.' });

describe('DesignScorecard', () => {
  const ofOwn = (...events: readonly NewEvent[]) => given().and(kpi.ref('own_one'), ...events);
  const withOwn = (version: number | null) => ({
    ...input,
    items: [item('own_one', 4_000, { version, category: 'market_info' }), ...items.slice(0, 3)],
  });
  const drafted = kpiEvents.KpiDefined({
    key: 'own_one',
    name: 'Own',
    purpose: 'Test.',
    unit: 'count',
    direction: 'up',
  });
  const published = kpiEvents.KpiVersionPublished({
    key: 'own_one',
    version: 1,
    numerator: [{ measure: 'calls', times: 1 }],
    denominator: [],
    grain: 'day',
    minSample: 0,
    source: 'Test.',
    obtainability: 'Test.',
    owner: manager,
    definitionHash: 'hash',
  });

  test('designs a scorecard, and a new version of it', () => {
    given().when(designScorecard, input).thenEmits(designed(1));
    given(designed(1))
      .when(designScorecard, { ...input, name: 'Field' })
      .thenEmits(designed(2, { name: 'Field' }));
  });
  test('says nothing twice', () => {
    given(designed(1)).when(designScorecard, input).thenNothing();
  });
  test('takes published indicators of one’s own', () => {
    ofOwn(drafted, published)
      .when(designScorecard, withOwn(1))
      .thenEmits(designed(1, { items: withOwn(1).items }));
  });
  test('refuses an indicator or a version that is not published, or is retired', () => {
    given()
      .when(designScorecard, { ...input, items: [item('unheard_of', 10_000)] })
      .thenRejects('kpiUnknown');
    given()
      .when(designScorecard, { ...input, items: [item('call_volume', 10_000, { version: 2 })] })
      .thenRejects('kpiUnknown');
    ofOwn(drafted).when(designScorecard, withOwn(null)).thenRejects('kpiUnknown');
    ofOwn(drafted, published, kpiEvents.KpiRetired({ key: 'own_one', reason: 'Test.' }))
      .when(designScorecard, withOwn(null))
      .thenRejects('kpiUnknown');
  });
  test('refuses weights that do not sum to the whole', () => {
    given()
      .when(designScorecard, { ...input, items: items.slice(1) })
      .thenRejects('weightsWrong');
  });
  test('refuses an indicator that stands there twice', () => {
    given()
      .when(designScorecard, { ...input, items: [...items, items[0]!] })
      .thenRejects('kpiTwice');
  });
  test('refuses another role, and a scorecard that is retired', () => {
    given(designed(1))
      .when(designScorecard, { ...input, role: 'SV' })
      .thenRejects('roleDiffers');
    given(designed(1), retired).when(designScorecard, input).thenRejects('scorecardRetired');
  });

  const warningsOf = (some: typeof items) => {
    const [event] = given().when(designScorecard, { ...input, items: some }).events;
    return (event!.data as { readonly warnings: readonly string[] }).warnings;
  };
  test('warns of what is missing', () => {
    expect(warningsOf([item('report_quality', 10_000)])).toEqual([
      'no_market_info',
      'no_report_timeliness',
      'triad_uncovered',
    ]);
    expect(warningsOf([item('report_timeliness', 10_000, { category: 'market_info' })])).toEqual([
      'no_report_quality',
      'triad_uncovered',
    ]);
  });
  test.each(['volume', 'operational', 'quality'] as const)('warns where no item is of %s', (category) => {
    const without = items.map((one) =>
      one.category === category ? { ...one, category: 'discipline' } : one,
    );
    expect(warningsOf(without as typeof items)).toEqual(['triad_uncovered']);
  });
  test('warns of more than nine items', () => {
    const keys = [
      ...['transaction_rate', 'cost_per_visit', 'gross_margin'],
      ...['new_outlets_net', 'unplanned_share', 'plan_submission_rate'],
    ];
    const some = [...items, ...keys.map((key) => item(key, 1_000))];
    const weighed = some.map((one) => ({ ...one, weightBp: 1_000 }));
    expect(warningsOf(weighed)).toEqual(['too_many_items']);
    expect(
      warningsOf(weighed.slice(0, -1).map((one, n) => ({ ...one, weightBp: n === 0 ? 2_000 : 1_000 }))),
    ).toEqual([]);
  });
});

describe('RetireScorecard', () => {
  const reason = 'Too coarse.';
  test('retires a scorecard', () => {
    given(designed(1)).when(retireScorecard, { scorecardId, reason }).thenEmits(retired);
  });
  test('says nothing twice', () => {
    given(designed(1), retired).when(retireScorecard, { scorecardId, reason }).thenNothing();
  });
  test('refuses a scorecard that there is not', () => {
    given().when(retireScorecard, { scorecardId, reason }).thenRejects('scorecardUnknown');
  });
});
