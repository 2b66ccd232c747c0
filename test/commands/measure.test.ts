import { describe, expect, test } from 'vitest';
import { defineMeasure, measure, measureOf, retireMeasure } from '../../src/commands/measure.ts';
import { strict } from '../../src/engine/input.ts';
import { builtInMeasures, measureEvents, termsHaveUnit } from '../../src/events/measure-definition.ts';
import { given } from '../support/given.ts';

const { MeasureDefined, MeasureRetired } = measureEvents;

const measureKey = 'net_outlets';
const definition = {
  measureKey,
  name: 'Net new outlets',
  unit: 'count',
  additivity: 'additive',
  direction: 'up',
  terms: [
    { measure: 'new_outlets', times: 1 },
    { measure: 'closed_outlets', times: -1 },
  ],
  denominator: [],
} as const;
const defined = MeasureDefined({ ...definition, terms: [...definition.terms], denominator: [] });
const retired = MeasureRetired({ measureKey, reason: 'Nobody used it.' });

describe('DefineMeasure', () => {
  const input = {
    ...definition,
    terms: [{ measure: 'new_outlets' }, { measure: 'closed_outlets', times: -1 }],
  };
  test('defines a measure as a weighted sum of facts', () => {
    given().when(defineMeasure, input).thenEmits(defined);
  });
  test('says nothing twice', () => {
    given(defined).when(defineMeasure, input).thenNothing();
  });
  test('refuses another meaning under a known key, also when that is retired', () => {
    const other = { ...input, direction: 'down' };
    given(defined).when(defineMeasure, other).thenRejects('measureKnown');
    given(defined, retired).when(defineMeasure, other).thenRejects('measureKnown');
  });
  test('refuses the key of a built-in measure', () => {
    given()
      .when(defineMeasure, { ...input, measureKey: 'orders' })
      .thenRejects('measureKnown');
  });
  test('refuses to mix money with counts, and either with kilometres', () => {
    for (const fact of ['net_sales', 'mileage_km'])
      given()
        .when(defineMeasure, { ...input, terms: [{ measure: 'orders' }, { measure: fact }] })
        .thenRejects('termUnitDiffers');
  });
  const strikeRate = {
    measureKey: 'strike_rate',
    name: 'Strike rate',
    unit: 'ratio',
    additivity: 'non_additive',
    direction: 'up',
    terms: [{ measure: 'transaction_visits' }],
    denominator: [{ measure: 'visits' }],
  };
  test('defines a ratio of counts, an average of money, and a stock', () => {
    for (const input of [
      strikeRate,
      {
        ...strikeRate,
        unit: 'money',
        terms: [{ measure: 'net_sales' }],
        denominator: [{ measure: 'orders' }],
      },
      { ...strikeRate, unit: 'count', additivity: 'semi_additive_last', denominator: [] },
    ])
      expect(given().when(defineMeasure, input).events).toMatchObject([{ type: 'MeasureDefined' }]);
  });
  test('refuses terms that do not come to the unit', () => {
    for (const change of [
      { denominator: [], additivity: 'additive' },
      { unit: 'count' },
      { terms: [{ measure: 'net_sales' }] },
      { denominator: [{ measure: 'net_sales' }] },
    ])
      given()
        .when(defineMeasure, { ...strikeRate, ...change })
        .thenRejects('termUnitDiffers');
  });
  test('refuses a ratio that adds up and a sum that does not', () => {
    given()
      .when(defineMeasure, { ...strikeRate, additivity: 'additive' })
      .thenRejects('additivityDiffers');
    given()
      .when(defineMeasure, { ...input, additivity: 'non_additive' })
      .thenRejects('additivityDiffers');
  });
  test('refuses what is due in a time', () => {
    given()
      .when(defineMeasure, { ...input, unit: 'money', terms: [{ measure: 'receivables_due' }] })
      .thenRejects('termNotSummable');
  });
  test('takes neither the same fact twice nor a term that counts for nothing', () => {
    const schema = strict(defineMeasure.input);
    const withTerms = (...terms: readonly object[]) => schema.safeParse({ ...input, terms }).success;
    expect(withTerms({ measure: 'visits' }, { measure: 'visits', times: 2 })).toBe(false);
    expect(withTerms({ measure: 'visits', times: 0 })).toBe(false);
    expect(withTerms()).toBe(false);
  });
});

describe('RetireMeasure', () => {
  const input = { measureKey, reason: 'Nobody used it.' };
  test('retires a measure', () => {
    given(defined).when(retireMeasure, input).thenEmits(retired);
  });
  test('says nothing twice', () => {
    given(defined, retired).when(retireMeasure, input).thenNothing();
  });
  test('refuses a measure that nobody defined', () => {
    given().when(retireMeasure, input).thenRejects('measureUnknown');
  });
  test('refuses a built-in measure', () => {
    given().when(retireMeasure, { measureKey: 'visits' }).thenRejects('measureBuiltIn');
  });
});

describe('measureOf', () => {
  const stateOf = (...events: readonly (typeof defined | typeof retired)[]) =>
    events.reduce(
      (state, { type, data }) => measure.evolve[type]!(state as never, data as never, {} as never),
      measure.initialState(),
    );
  test('knows what is built in and what was defined, retired or not', () => {
    expect(measureOf('net_sales', stateOf())).toMatchObject({ unit: 'money' });
    expect(measureOf(measureKey, stateOf())).toBeUndefined();
    expect(measureOf(measureKey, stateOf(defined, retired))).toEqual(definition);
  });
  test('finds every built-in measure sound', () => {
    for (const definition of builtInMeasures.values()) expect(termsHaveUnit(definition)).toBe(true);
  });
});
