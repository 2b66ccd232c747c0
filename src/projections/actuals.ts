import { addDays } from '../engine/instant.ts';
import { isMoneyMeasure } from '../events/measure.ts';
import type { MeasureTerm } from '../events/measure-definition.ts';
import type { Span } from '../events/period.ts';
import type { Dimension, Dimensions, TargetPart } from '../events/target.ts';
import { memberModels } from './members.ts';
import { earlier, type Group, inBoth, later, type PeopleDays, peopleDaysOf } from './people-days.ts';
import {
  type Narrowing,
  narrowKey,
  type PersonSums,
  personSums,
  sumModels,
  type Totals,
} from './person-sums.ts';
import { type AnyDb, together } from './rows-of.ts';

export const actualModels = together(...sumModels, ...memberModels);

/** A target as far as it says what counts to it. */
export interface Counted {
  readonly responsible: string;
  /** The facts that are added up. */
  readonly terms: readonly MeasureTerm[];
  readonly currency: string | null;
  readonly periodStart: string;
  readonly periodEnd: string;
  readonly dimensions: Dimensions;
  readonly parts: readonly Pick<TargetPart, 'responsible' | 'start' | 'endExclusive'>[] | null;
}

/** Groups whose common members count, and when. */
interface Clause {
  readonly groups: readonly Group[];
  readonly span: Span;
}

const people: readonly Dimension[] = ['salesperson', 'org_unit', 'manager'];
const isNarrowing = (name: string): name is Narrowing => !people.includes(name as Dimension);

export const narrowingsOf = ({ dimensions }: Pick<Counted, 'dimensions'>): readonly Narrowing[] =>
  Object.keys(dimensions).filter(isNarrowing).sort();

/** A target that changed hands counts each one's figures on that one's days. */
export function clausesOf({
  responsible,
  dimensions,
  parts,
  periodStart,
  periodEnd,
}: Omit<Counted, 'terms'>): readonly Clause[] {
  const { salesperson, org_unit: unit, manager } = dimensions;
  const held = parts ?? [{ responsible, start: periodStart, endExclusive: periodEnd }];
  return held.map(({ responsible: holder, start, endExclusive }) => {
    const given: readonly Group[] = [
      ...(salesperson ? [{ kind: 'person', id: parts ? holder : salesperson } as const] : []),
      ...(unit ? [{ kind: 'unit', id: unit } as const] : []),
      ...(manager ? [{ kind: 'team', id: manager } as const] : []),
    ];
    return {
      groups: given.length > 0 ? given : [{ kind: 'team', id: holder }],
      span: { start, endExclusive },
    };
  });
}

/** Who counts to a clause, each combination of groups looked up once. */
export function matching(
  peopleOf: (group: Group) => PeopleDays,
): (clause: Pick<Clause, 'groups'>) => PeopleDays {
  const known = new Map<string, PeopleDays>();
  return ({ groups }) => {
    if (groups.length === 1) return peopleOf(groups[0]!);
    const key = groups.map(({ kind, id }) => `${kind} ${id}`).join(' ');
    const found = known.get(key) ?? groups.map(peopleOf).reduce(inBoth);
    known.set(key, found);
    return found;
  };
}

/** Targets whose figures are summed together, by the values that they are narrowed to. */
interface Kind<T extends Counted> {
  readonly terms: readonly MeasureTerm[];
  readonly currency: string | null;
  readonly by: readonly Narrowing[];
  readonly targets: ReadonlyMap<string, readonly T[]>;
}

/** Somebody who counts to a target between two cuts, by their numbers. */
interface Stint {
  readonly personId: string;
  readonly from: number;
  readonly to: number;
}

/** Who counts to some targets, and when. It rests on who is where, not on what happened. */
export interface Attribution<T extends Counted> {
  /** Who counts to a target in a span of days; in all of its period when left out. */
  readonly stintsOf: (target: T, span?: Span) => readonly Stint[];
  /** The days between which sums are needed. */
  readonly cuts: readonly string[];
  readonly kinds: readonly Kind<T>[];
}

function kindsOf<T extends Counted>(targets: readonly T[]): readonly Kind<T>[] {
  const kinds = Map.groupBy(targets, (target) =>
    JSON.stringify([target.terms, target.currency, narrowingsOf(target)]),
  );
  return [...kinds.values()].map((alike) => {
    const [first] = alike as [T];
    const by = narrowingsOf(first);
    const byValues = Map.groupBy(alike, ({ dimensions }) => narrowKey(by.map((name) => dimensions[name]!)));
    return { terms: first.terms, currency: first.currency, by, targets: byValues };
  });
}

/**
 * Who counts to some targets up to and with a day. Spans that are asked for, other than a target's period, have to begin
 * and end on its first day, on `asOf` or after it, or be among `alsoAt`.
 */
export async function attributionOf<T extends Counted>(
  db: AnyDb,
  targets: readonly T[],
  asOf: string,
  alsoAt: readonly string[] = [],
): Promise<Attribution<T>> {
  const after = addDays(asOf, 1);
  const clauses = new Map(targets.map((target) => [target, clausesOf(target)]));
  const all = [...clauses.values()].flat();
  const start = all.map(({ span }) => span.start).reduce(earlier, after);
  const end = all.map(({ span }) => span.endExclusive).reduce(later, start);
  const horizon = { start, endExclusive: earlier(end, after) };
  if (horizon.start >= horizon.endExclusive) return { stintsOf: () => [], cuts: [], kinds: [] };
  const groups = all.flatMap((clause) => clause.groups);
  const peopleOf = matching(await peopleDaysOf(db, groups, horizon));
  const bounds = new Set([horizon.start, horizon.endExclusive]);
  const bound = (day: string) => day > horizon.start && day < horizon.endExclusive && bounds.add(day);
  alsoAt.forEach(bound);
  for (const clause of all) {
    bound(clause.span.start);
    bound(clause.span.endExclusive);
  }
  for (const group of new Map(groups.map((group) => [`${group.kind} ${group.id}`, group])).values()) {
    for (const { start: from, endExclusive: to } of [...peopleOf({ groups: [group] }).values()].flat()) {
      bound(from);
      bound(to);
    }
  }
  const cuts = [...bounds].sort();
  const numberOf = new Map(cuts.map((cut, index) => [cut, index]));
  const within = (target: T, span: Span): readonly Stint[] =>
    clauses.get(target)!.flatMap((clause) => {
      const first = later(later(clause.span.start, span.start), horizon.start);
      const last = earlier(earlier(clause.span.endExclusive, span.endExclusive), horizon.endExclusive);
      if (first >= last) return [];
      const stints: Stint[] = [];
      for (const [personId, days] of peopleOf(clause)) {
        for (const stint of days) {
          const from = later(stint.start, first);
          const to = earlier(stint.endExclusive, last);
          if (from < to) stints.push({ personId, from: numberOf.get(from)!, to: numberOf.get(to)! });
        }
      }
      return stints;
    });
  const whole = new Map(targets.map((target) => [target, within(target, horizon)]));
  return {
    stintsOf: (target, span) => (span ? within(target, span) : whole.get(target)!),
    cuts,
    kinds: kindsOf(targets),
  };
}

const fewMost = 4;

/** Those who count to some targets; undefined where they are more than a few, so that everybody is summed at once. */
function fewPeople<T extends Counted>({ stintsOf, kinds }: Attribution<T>): readonly string[] | undefined {
  const people = new Set<string>();
  for (const target of kinds.flatMap(({ targets }) => [...targets.values()].flat())) {
    for (const { personId } of stintsOf(target)) people.add(personId);
    if (people.size > fewMost) return undefined;
  }
  return [...people];
}

/** Answers what was achieved of a target in a span of days, up to the last day that was asked for. */
export type ActualOf<T extends Counted> = (target: T, span?: Span) => bigint;

/**
 * What was achieved of some targets by whoever counts to each on each day, in its currency, narrowed to its dimensions.
 * Each kind of figure is summed once for all targets.
 */
export async function actualsOf<T extends Counted>(
  db: AnyDb,
  attribution: Attribution<T>,
): Promise<ActualOf<T>> {
  const { stintsOf, cuts, kinds } = attribution;
  const few = fewPeople(attribution);
  const sums = new Map<
    T,
    readonly { readonly times: bigint; readonly people: ReadonlyMap<string, Totals> }[]
  >();
  for (const { targets, terms, currency, by } of kinds) {
    const summed: { readonly times: bigint; readonly people: PersonSums }[] = [];
    for (const { measure, times } of terms) {
      const summing = { measure, currency: isMoneyMeasure(measure) ? currency : null, by };
      summed.push({ times: BigInt(times), people: await personSums(db, summing, cuts, few) });
    }
    for (const [values, alike] of targets) {
      const found = summed.flatMap(({ times, people }) => {
        const ofValues = people.get(values);
        return ofValues ? [{ times, people: ofValues }] : [];
      });
      for (const target of alike) sums.set(target, found);
    }
  }
  return (target, span) => {
    let actual = 0n;
    for (const { times, people } of sums.get(target) ?? []) {
      let sum = 0n;
      for (const { personId, from, to } of stintsOf(target, span)) {
        const totals = people.get(personId);
        if (totals) sum += totals[to]! - totals[from]!;
      }
      actual += times * sum;
    }
    return actual;
  };
}
