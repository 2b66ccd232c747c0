import { canonicalJson } from '../engine/canonical.ts';
import { absent, decider, type Evolve, reject } from '../engine/decision.ts';
import {
  builtInMeasures,
  type MeasureDefinition,
  MeasureKey,
  measureDefinition,
  measureEvents,
  termsHaveUnit,
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

const nobody = () => undefined;

export const defineMeasure = measure.command({
  name: 'DefineMeasure',
  summary:
    'Define a measure that targets may have, as a weighted sum of facts. It never changes; another meaning has another key.',
  permission: 'measure:write',
  path: '/measures',
  input: measureDefinition,
  emits: ['MeasureDefined'],
  rejects: {
    measureKnown: 'There is a measure of this key already.',
    termUnitDiffers: 'Sums of money and counts do not mix: every term has the unit of the measure.',
  },
  subject: nobody,
  decide: ({ defined }, input) => {
    if (defined) return canonicalJson(defined) === canonicalJson(input) ? [] : reject('measureKnown');
    if (builtInMeasures.has(input.measureKey)) return reject('measureKnown');
    if (!termsHaveUnit(input)) return reject('termUnitDiffers');
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
