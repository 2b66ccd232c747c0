import { z } from 'zod';
import { addDays } from '../engine/instant.ts';
import { isMoneyMeasure } from '../events/measure.ts';
import type { MeasureDefinition, MeasureTerm } from '../events/measure-definition.ts';
import type { Span } from '../events/period.ts';
import {
  type Attribution,
  actualModels,
  actualsOf,
  attributionOf,
  type Counted,
  clausesOf,
  matching,
  narrowingsOf,
} from './actuals.ts';
import { measure, measuresOf } from './measure.ts';
import { memberModels } from './members.ts';
import { common, earlier, peopleDaysOf } from './people-days.ts';
import { narrowKey, type PersonSums, personSums } from './person-sums.ts';
import { type AnyDb, together } from './rows-of.ts';

export const achievedModels = together(measure, ...actualModels);

/** What was achieved of a target: a sum, or for a ratio what is over what, in the unit of the target. */
export interface Achieved {
  readonly numerator: bigint;
  readonly denominator: bigint | null;
}

export const floored = (num: bigint, den: bigint): bigint => num / den - (num % den < 0n ? 1n : 0n);

/** It in the unit of the target, rounded down; null over nothing. */
export function figureOf({ numerator, denominator }: Achieved): bigint | null {
  if (denominator === null) return numerator;
  if (denominator === 0n) return null;
  return denominator < 0n ? floored(-numerator, -denominator) : floored(numerator, denominator);
}

export const ActualFigure = z
  .bigint()
  .nullable()
  .describe(
    'What was achieved, by whoever counts to it on each day, in the unit of the target; a ratio rounded down, and null over nothing.',
  );
export const RatioFigure = z
  .object({ numerator: z.bigint(), denominator: z.bigint() })
  .nullable()
  .describe(
    'What the actual of a ratio is exactly: basis points, or minor units for an average, times the count that it is over. Null for a sum.',
  );

/** A target as far as it says what is measured. */
type Measured = Omit<Counted, 'terms'> & { readonly measure: string };

/** No day that is recorded is before it. */
export const beginning = '1900-01-01';

/** The day after the last one of which a stock is told, and the clause of who has it then. */
export function stockAt(target: Counted, asOf: string) {
  const endExclusive = earlier(target.periodEnd, addDays(asOf, 1));
  const clauses = clausesOf(target);
  return {
    endExclusive,
    clause: clauses.find(({ span }) => endExclusive <= span.endExclusive) ?? clauses.at(-1)!,
  };
}

/**
 * What some stocks are on a day: all that was added and taken off until then by whoever counts to each on the last day
 * of its period, or on that day.
 */
async function stocksOf(db: AnyDb, targets: readonly Counted[], asOf: string) {
  const ends = [...new Set(targets.map((target) => stockAt(target, asOf).endExclusive))].sort();
  if (ends.length === 0) return () => 0n;
  const groups = targets.flatMap((target) => stockAt(target, asOf).clause.groups);
  const horizon = { start: addDays(ends[0]!, -1), endExclusive: ends.at(-1)! };
  const peopleOf = matching(await peopleDaysOf(db, groups, horizon));
  const cuts = [beginning, ...ends];
  const known = new Map<string, PersonSums>();
  const sumsOf = async ({ terms, currency, ...target }: Counted) => {
    const by = narrowingsOf(target);
    const sums = [];
    for (const { measure: summed, times } of terms) {
      const summing = { measure: summed, currency: isMoneyMeasure(summed) ? currency : null, by };
      const key = JSON.stringify(summing);
      const people = known.get(key) ?? (await personSums(db, summing, cuts));
      known.set(key, people);
      sums.push({ times: BigInt(times), people });
    }
    return { values: narrowKey(by.map((name) => target.dimensions[name]!)), sums };
  };
  const stocks = new Map<Counted, bigint>();
  for (const target of targets) {
    const { values, sums } = await sumsOf(target);
    const { endExclusive, clause } = stockAt(target, asOf);
    const day = [{ start: addDays(endExclusive, -1), endExclusive }];
    const cut = cuts.indexOf(endExclusive);
    let stock = 0n;
    for (const [personId, days] of peopleOf(clause)) {
      if (common(days, day).length === 0) continue;
      for (const { times, people } of sums) stock += times * (people.get(values)?.get(personId)?.[cut] ?? 0n);
    }
    stocks.set(target, stock);
  }
  return (target: Counted) => stocks.get(target)!;
}

/** What is counted of a target. */
interface Sides {
  readonly isStock: boolean;
  readonly times: bigint;
  readonly numerator: Counted;
  readonly denominator: Counted | null;
}

/** What is counted to some targets, and to whom; what happened is no part of it. */
export interface Counting<T> {
  readonly asOf: string;
  readonly definitionOf: (measureKey: string) => MeasureDefinition;
  readonly sides: ReadonlyMap<T, Sides>;
  readonly attribution: Attribution<Counted>;
}

/** The read models that counting rests on. */
export const countingModels = together(measure, ...memberModels);

/** What is counted to some targets up to and with a day; `alsoAt` is as for `attributionOf`. */
export async function countingOf<T extends Measured>(
  db: AnyDb,
  targets: readonly T[],
  asOf: string,
  alsoAt: readonly string[] = [],
): Promise<Counting<T>> {
  const definitionOf = await measuresOf(
    db,
    targets.map((target) => target.measure),
  );
  const counted = (target: T, terms: readonly MeasureTerm[]): Counted => ({
    responsible: target.responsible,
    currency: target.currency,
    periodStart: target.periodStart,
    periodEnd: target.periodEnd,
    dimensions: target.dimensions,
    parts: target.parts,
    terms,
  });
  const sides = new Map(
    targets.map((target): [T, Sides] => {
      const { terms, denominator, additivity, unit } = definitionOf(target.measure);
      return [
        target,
        {
          isStock: additivity === 'semi_additive_last',
          times: unit === 'ratio' ? 10_000n : 1n,
          numerator: counted(target, terms),
          denominator: denominator.length > 0 ? counted(target, denominator) : null,
        },
      ];
    }),
  );
  const flows = [...sides.values()].flatMap(({ isStock, numerator, denominator }) =>
    isStock ? [] : denominator ? [numerator, denominator] : [numerator],
  );
  return { asOf, definitionOf, sides, attribution: await attributionOf(db, flows, asOf, alsoAt) };
}

/**
 * What was achieved of some targets. A sum is that of its days; a ratio is one sum over another; a stock is what it is on
 * the last of the days and knows no spans.
 */
export async function achievedBy<T extends Measured>(
  db: AnyDb,
  { asOf, sides, attribution }: Counting<T>,
): Promise<(target: T, span?: Span) => Achieved> {
  const stocks = [...sides.values()].flatMap(({ isStock, numerator }) => (isStock ? [numerator] : []));
  const actualOf = await actualsOf(db, attribution);
  const stockOf = await stocksOf(db, stocks, asOf);
  return (target, span) => {
    const { isStock, times, numerator, denominator } = sides.get(target)!;
    if (isStock) return { numerator: stockOf(numerator), denominator: null };
    return {
      numerator: times * actualOf(numerator, span),
      denominator: denominator && actualOf(denominator, span),
    };
  };
}

/** What was achieved of some targets up to and with a day; `alsoAt` is as for `attributionOf`. */
export async function achievedOfTargets<T extends Measured>(
  db: AnyDb,
  targets: readonly T[],
  asOf: string,
  alsoAt: readonly string[] = [],
): Promise<{
  readonly definitionOf: Counting<T>['definitionOf'];
  readonly achieved: (target: T, span?: Span) => Achieved;
}> {
  const counting = await countingOf(db, targets, asOf, alsoAt);
  return { definitionOf: counting.definitionOf, achieved: await achievedBy(db, counting) };
}
