import { z } from 'zod';
import { events } from '../engine/event.ts';
import { addsUpOverTime, FactMeasure, factMeasures, isMoneyMeasure } from './measure.ts';
import { because, type Sentences, words } from './sentence.ts';
import { Comment, Line } from './values.ts';

export const MeasureKey = z
  .string()
  .regex(/^[a-z][a-z0-9_]{1,49}$/)
  .meta({
    id: 'MeasureKey',
    description: 'The key of a measure of targets: a built-in one, or one that the tenant defined.',
  });

export const Additivity = z
  .enum(['additive', 'semi_additive_last', 'non_additive'])
  .describe(
    'Whether the values of parts add up to that of the whole: always; not over time, where the last one counts, as of a stock; or never, as of a ratio.',
  );
export const Direction = z.enum(['up', 'down']).describe('Which way is better.');
export const MeasureUnit = z
  .enum(['money', 'count', 'ratio'])
  .meta({ id: 'MeasureUnit', description: 'Money, a count, or a ratio of counts.' });
export type MeasureUnit = z.output<typeof MeasureUnit>;

const timesMax = 1_000;
export const MeasureTerm = z
  .strictObject({
    measure: FactMeasure.describe('Which facts are summed.'),
    times: z
      .int()
      .min(-timesMax)
      .max(timesMax)
      .refine((times) => times !== 0, 'A term counts for something.')
      .default(1)
      .describe('What each unit of them counts for; below zero to take it off.'),
  })
  .meta({ id: 'MeasureTerm', description: 'Facts that a measure adds up, and their weight.' });
export type MeasureTerm = z.output<typeof MeasureTerm>;

const distinct = (terms: readonly MeasureTerm[]): boolean =>
  new Set(terms.map(({ measure }) => measure)).size === terms.length;
const terms = z.array(MeasureTerm).max(20).refine(distinct, 'Each kind of fact has one term.');

/** What a measure is. It never changes: another meaning has another key. */
export const measureDefinition = {
  measureKey: MeasureKey,
  name: Line.describe('Name for people.'),
  unit: MeasureUnit,
  additivity: Additivity,
  direction: Direction,
  terms: terms.min(1).describe('The facts that it adds up.'),
  denominator: terms
    .default([])
    .describe('The facts over whose sum that is taken, for a ratio or an average; with none it is a sum.'),
};
const Definition = z.object(measureDefinition);
export type MeasureDefinition = z.output<typeof Definition>;

const builtIn = {
  net_sales: 'Net sales',
  gross_profit: 'Gross profit',
  orders: 'Orders',
  visits: 'Visits',
  calls: 'Calls',
  new_outlets: 'New outlets',
  payment_recovered: 'Payments recovered',
  new_customers: 'New customers',
  effective_visits: 'Effective visits',
  opportunities_won: 'Opportunities won',
  opportunities_won_value: 'Value of opportunities won',
} as const satisfies Partial<Record<FactMeasure, string>>;

/** The measures that every tenant has without defining them, by key. */
export const builtInMeasures: ReadonlyMap<string, MeasureDefinition> = new Map(
  (Object.keys(builtIn) as (keyof typeof builtIn)[]).map((measure) => [
    measure,
    {
      measureKey: measure,
      name: builtIn[measure],
      unit: isMoneyMeasure(measure) ? 'money' : 'count',
      additivity: 'additive',
      direction: 'up',
      terms: [{ measure, times: 1 }],
      denominator: [],
    },
  ]),
);

type Sums = Pick<MeasureDefinition, 'unit' | 'terms' | 'denominator'>;

/**
 * Whether the terms come to the unit of the measure: money is a sum of money, or an average of it over a count; a ratio
 * is a count over a count.
 */
export const termsHaveUnit = ({ unit, terms, denominator }: Sums): boolean =>
  terms.every(({ measure }) => factMeasures[measure].unit === (unit === 'money' ? 'money' : 'count')) &&
  denominator.every(({ measure }) => factMeasures[measure].unit === 'count') &&
  (unit === 'money' || (unit === 'ratio') === denominator.length > 0);

/** The terms of facts that are no sums over time. */
export const unsummable = ({ terms, denominator }: Sums): readonly MeasureTerm[] =>
  [...terms, ...denominator].filter(({ measure }) => !addsUpOverTime(measure));

/** Whether the values of parts add up to that of the whole, when it is split by a dimension. */
export const addsUp = ({ additivity }: Pick<MeasureDefinition, 'additivity'>, dimension: string): boolean =>
  additivity === 'additive' || (additivity === 'semi_additive_last' && dimension !== 'period');

/** Stored for ever. Add fields as optional, add events freely, rename nothing. */
export const measureEvents = events({
  MeasureDefined: measureDefinition,
  MeasureRetired: { measureKey: MeasureKey, reason: Comment.optional() },
});

/** What each of these events says, in a sentence. */
export const measureSentences: Sentences<typeof measureEvents> = {
  MeasureDefined: (d) =>
    `The measure ${d.name} (${d.measureKey}) was defined over ${d.terms.map(({ measure }) => words(measure)).join(', ')}.`,
  MeasureRetired: (d) => `The measure ${words(d.measureKey)} was retired${because(d.reason)}`,
};
