import { describe, test } from 'vitest';
import { defineKpi, publishKpiVersion, retireKpi } from '../../src/commands/kpi.ts';
import { organisation } from '../../src/commands/organisation/state.ts';
import { canonicalJson, sha256 } from '../../src/engine/canonical.ts';
import type { NewEvent } from '../../src/engine/event.ts';
import { kpiEvents } from '../../src/events/kpi.ts';
import { manager, regionId, staff } from '../support/commerce.ts';
import { given, idOf } from '../support/given.ts';

const { KpiDefined, KpiVersionPublished, KpiRetired } = kpiEvents;

const key = 'calls_per_visit';
const draft = {
  key,
  name: 'Calls per visit',
  purpose: 'How much telephone work goes into a visit?',
  unit: 'ratio',
  direction: 'up',
} as const;
const definition = {
  numerator: [{ measure: 'calls', times: 1 }],
  denominator: [{ measure: 'visits', times: 1 }],
  grain: 'week',
  minSample: 10,
  source: 'Calls logged over visits made.',
  obtainability: 'Calls must be logged.',
  owner: manager,
} as const;
const published = (version: number, says: object = definition) =>
  KpiVersionPublished({
    key,
    version,
    ...definition,
    ...says,
    definitionHash: sha256(canonicalJson({ ...definition, ...says })),
  } as never);
const defined = KpiDefined(draft);
const retired = KpiRetired({ key, reason: 'Nobody looks at it.' });

describe('DefineKpi', () => {
  test('drafts an indicator', () => {
    given().when(defineKpi, draft).thenEmits(defined);
  });
  test('says nothing twice', () => {
    given(defined).when(defineKpi, draft).thenNothing();
  });
  test('refuses a key that is taken, by another draft or by a built-in indicator', () => {
    given(defined)
      .when(defineKpi, { ...draft, name: 'Other' })
      .thenRejects('keyTaken');
    given()
      .when(defineKpi, { ...draft, key: 'transaction_rate' })
      .thenRejects('keyTaken');
  });
});

describe('PublishKpiVersion', () => {
  const input = { key, ...definition };
  const world = (...events: readonly NewEvent[]) => given(...events).and(organisation.ref(), ...staff);
  test('publishes one version after the other', () => {
    world(defined).when(publishKpiVersion, input).thenEmits(published(1));
    world(defined, published(1))
      .when(publishKpiVersion, { ...input, minSample: 20 })
      .thenEmits(published(2, { minSample: 20 }));
  });
  test('says nothing twice', () => {
    world(defined, published(1)).when(publishKpiVersion, input).thenNothing();
  });
  test('refuses what was never drafted, and what is retired', () => {
    world().when(publishKpiVersion, input).thenRejects('kpiUnknown');
    world(defined, retired).when(publishKpiVersion, input).thenRejects('kpiRetired');
  });
  test('refuses an owner who is not employed', () => {
    world(defined)
      .when(publishKpiVersion, { ...input, owner: idOf('nobody') })
      .thenRejects('ownerUnknown');
  });
  test('refuses to add calls to money', () => {
    const numerator = [...definition.numerator, { measure: 'net_sales', times: 1 }];
    world(defined)
      .when(publishKpiVersion, { ...input, numerator })
      .thenRejects('unitsMixed');
  });
  test('refuses terms that do not come to the unit', () => {
    world(defined)
      .when(publishKpiVersion, { ...input, denominator: [] })
      .thenRejects('unitDiffers');
    const inUnit = (unit: 'money' | 'count') => world(KpiDefined({ ...draft, unit }));
    inUnit('money').when(publishKpiVersion, input).thenRejects('unitDiffers');
    inUnit('count').when(publishKpiVersion, input).thenRejects('unitDiffers');
  });
  test('narrows terms to what their measures know, and refuses the rest', () => {
    const narrowed = (measure: string) => [{ measure, times: 1, filters: { region: [regionId] } }];
    world(defined)
      .when(publishKpiVersion, { ...input, numerator: narrowed('calls') })
      .thenEmits(published(1, { numerator: narrowed('calls') }));
    world(defined)
      .when(publishKpiVersion, { ...input, numerator: narrowed('reports_due') })
      .thenRejects('filterUnknown');
  });
  test('sums terms over a window of their own, where their measures have other times than the period', () => {
    const over = (measure: string) => [{ measure, times: 1, window: 'last_12_months' }];
    world(defined)
      .when(publishKpiVersion, { ...input, numerator: over('calls') })
      .thenEmits(published(1, { numerator: over('calls') }));
    for (const measure of ['required_calls', 'receivables_due'])
      world(defined)
        .when(publishKpiVersion, { ...input, numerator: over(measure) })
        .thenRejects('windowUnknown');
  });
  test('takes money times days over money for days, and minutes for minutes', () => {
    const inUnit = (unit: 'days' | 'minutes' | 'count') => world(KpiDefined({ ...draft, unit }));
    const term = (measure: string) => [{ measure, times: 1 }];
    const days = { numerator: term('receivable_days'), denominator: term('invoiced'), minSample: 0 };
    inUnit('days')
      .when(publishKpiVersion, { ...input, ...days })
      .thenEmits(published(1, days));
    const minutes = { numerator: term('review_minutes'), denominator: term('reports_reviewed') };
    inUnit('minutes')
      .when(publishKpiVersion, { ...input, ...minutes })
      .thenEmits(published(1, minutes));
    inUnit('minutes')
      .when(publishKpiVersion, { ...input, ...days })
      .thenRejects('unitDiffers');
    inUnit('count')
      .when(publishKpiVersion, { ...input, ...minutes, denominator: [] })
      .thenRejects('unitDiffers');
  });
  test('refuses a smallest sample where nothing is counted', () => {
    for (const measure of ['net_sales', 'mileage_km', 'full_time_days'])
      world(defined)
        .when(publishKpiVersion, { ...input, denominator: [{ measure, times: 1 }] })
        .thenRejects('sampleUncounted');
  });
});

describe('RetireKpi', () => {
  const input = { key, reason: 'Nobody looks at it.' };
  test('retires an indicator', () => {
    given(defined).when(retireKpi, input).thenEmits(retired);
  });
  test('says nothing twice', () => {
    given(defined, retired).when(retireKpi, input).thenNothing();
  });
  test('refuses what was never drafted', () => {
    given().when(retireKpi, input).thenRejects('kpiUnknown');
  });
});
