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
} as const;
const defined = MeasureDefined({ ...definition, terms: [...definition.terms] });
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
