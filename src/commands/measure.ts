import { canonicalJson } from '../engine/canonical.ts';
import { absent, decider, type Evolve, reject, unknown } from '../engine/decision.ts';
import {
  builtInMeasures,
  type MeasureDefinition,
  MeasureKey,
  measureDefinition,
  measureEvents,
  termsHaveUnit,
  unsummable,
} from '../events/measure-definition.ts';
import { Comment } from '../events/values.ts';

const { MeasureDefined, MeasureRetired } = measureEvents;

export interface MeasureState {
  readonly defined: MeasureDefinition | undefined;
  readonly retired: boolean;
}

const initialState: MeasureState = { defined: undefined, retired: false };

const evolve: Evolve<MeasureState, typeof measureEvents> = {
  MeasureDefined: (state, defined) => ({ ...state, defined }),
  MeasureRetired: (state) => ({ ...state, retired: true }),
};

/** The registry of measures that targets may have: a stream for each one that the tenant defined. */
export const measure = decider({
  stream: 'measure',
  id: ['measureKey'],
  events: measureEvents,
  initialState,
  evolve,
});

/** What a key measures, by the state of its stream; undefined where there is no such measure. */
export const measureOf = (measureKey: string, { defined }: MeasureState): MeasureDefinition | undefined =>
  defined ?? builtInMeasures.get(measureKey);

export const measureUnknown = unknown('There is no such measure.');
export const measureRetired = 'The measure is retired: no new target may have it.';

const nobody = () => undefined;

export const defineMeasure = measure.command({
  name: 'DefineMeasure',
  summary:
    'Define a measure that targets may have, as a weighted sum of facts, or one over another. It never changes; another meaning has another key.',
  permission: 'measure:write',
  path: '/measures',
  input: measureDefinition,
  emits: ['MeasureDefined'],
  rejects: {
    measureKnown: 'There is a measure of this key already.',
    termUnitDiffers:
      'Money is a sum of money, or that over a count; a count is a sum of counts; a ratio is one count over another.',
    additivityDiffers: 'What is over a denominator never adds up, and every sum adds up over people.',
    termNotSummable: 'What is due in a time does not add up over times: no measure is made of it.',
  },
  subject: nobody,
  decide: ({ defined }, input) => {
    if (defined) return canonicalJson(defined) === canonicalJson(input) ? [] : reject('measureKnown');
    if (builtInMeasures.has(input.measureKey)) return reject('measureKnown');
    if (!termsHaveUnit(input)) return reject('termUnitDiffers');
    if (input.denominator.length > 0 !== (input.additivity === 'non_additive'))
      return reject('additivityDiffers');
    if (unsummable(input).length > 0) return reject('termNotSummable');
    return [MeasureDefined(input)];
  },
});

export const retireMeasure = measure.command({
  name: 'RetireMeasure',
  summary: 'Retire a measure: no new target may have it; those that have it are measured on.',
  permission: 'measure:write',
  path: '/measures/:measureKey/retire',
  input: { measureKey: MeasureKey, reason: Comment.optional() },
  emits: ['MeasureRetired'],
  rejects: {
    measureUnknown: absent('There is no such measure.'),
    measureBuiltIn: 'The measure is built in; it cannot be retired.',
  },
  subject: nobody,
  decide: ({ defined, retired }, input) => {
    if (!defined) return reject(builtInMeasures.has(input.measureKey) ? 'measureBuiltIn' : 'measureUnknown');
    return retired ? [] : [MeasureRetired(input)];
  },
});
