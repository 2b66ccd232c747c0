import { sql } from 'kysely';
import { z } from 'zod';
import type { Asker, Db } from '../engine/query.ts';
import type { Span } from '../events/period.ts';
import type { Dimension } from '../events/target.ts';
import { Currency, TargetId } from '../events/values.ts';
import { achievedOfTargets } from './achieved.ts';
import { assignment } from './assignment.ts';
import { Rational, rational } from './figures.ts';
import { measuresOf } from './measure.ts';
import { orgUnitHead } from './org-unit-head.ts';
import { orgUnitParent } from './org-unit-parent.ts';
import { type AnyDb, rowsOf, together } from './rows-of.ts';
import { target } from './target.ts';
import { PaceStatus, paceModels, sharesOver, statusOf } from './target-pace.ts';
import { inForce, progressModels } from './target-progress.ts';

export const unitTargetModels = together(
  ...progressModels,
  ...paceModels,
  assignment,
  orgUnitHead,
  orgUnitParent,
);

type Row = z.output<typeof target.row>;

/** Targets of a measure, by measure and currency; what somebody has to reach of it is their sum. */
export type ByMeasure = ReadonlyMap<string, readonly Row[]>;

const keyOf = ({ measure, currency }: Pick<Row, 'measure' | 'currency'>): string =>
  `${measure} ${currency ?? ''}`;

/** The organisation as it stands on a day, as far as targets need it. */
interface Standing {
  readonly unitsIn: (unitId: string) => readonly string[];
  readonly isWithin: (unitId: string, above: string) => boolean;
  /** The unit of somebody's main position. */
  readonly unitOf: (personId: string) => string | undefined;
  /** The unit that somebody leads: the uppermost that is headed, else where a leader works; undefined for others. */
  readonly ledBy: (personId: string) => string | undefined;
}

const holdsOn = (day: string) => sql`"from" <= ${day}::date and coalesce("to", 'infinity') > ${day}::date`;

async function standingOn(db: AnyDb, day: string): Promise<Standing> {
  const parents = await rowsOf<{ readonly unitId: string; readonly parentId: string | null }>(
    db,
    sql`select "unitId", "parentId" from org_unit_parent where ${holdsOn(day)} order by "unitId"`,
  );
  const placed = await rowsOf<{ readonly personId: string; readonly unitId: string }>(
    db,
    sql`select "personId", "orgUnitId" as "unitId" from assignment
      where "primary" and ${holdsOn(day)} order by "personId"`,
  );
  const heads = await rowsOf<{ readonly unitId: string; readonly personId: string }>(
    db,
    sql`select head."unitId", held."personId"
      from (select * from org_unit_head where ${holdsOn(day)}) as head
      join (select * from assignment where ${holdsOn(day)}) as held on held."positionId" = head."positionId"
      order by head."unitId"`,
  );
  const leaders = await rowsOf<{ readonly personId: string }>(
    db,
    sql`select distinct above."personId"
      from (select * from assignment where ${holdsOn(day)}) as above
      join (select * from assignment where ${holdsOn(day)}) as below on below."reportsToPositionId" = above."positionId"`,
  );
  const parentOf = new Map(parents.map(({ unitId, parentId }) => [unitId, parentId]));
  const upward = (unitId: string): readonly string[] => {
    const above = parentOf.get(unitId);
    return above ? [unitId, ...upward(above)] : [unitId];
  };
  const units = Map.groupBy(parents, ({ parentId }) => parentId);
  const unitOf = new Map(placed.map(({ personId, unitId }) => [personId, unitId]));
  const led = new Map(leaders.map(({ personId }) => [personId, unitOf.get(personId)]));
  const headed = heads.toSorted((a, b) => upward(b.unitId).length - upward(a.unitId).length);
  for (const { unitId, personId } of headed) led.set(personId, unitId);
  return {
    unitsIn: (unitId) => (units.get(unitId) ?? []).map(({ unitId: below }) => below),
    isWithin: (unitId, above) => upward(unitId).includes(above),
    unitOf: (personId) => unitOf.get(personId),
    ledBy: (personId) => led.get(personId),
  };
}

/** Whose target it is, and where that one stands with it. */
interface Home {
  readonly unitId: string | undefined;
  /** Null where it is the target of the unit. */
  readonly personId: string | null;
}

/**
 * A target of a person stands where that one works, or in its unit where that is elsewhere by now. Of a team it is that
 * of the unit which is led.
 */
function homeOf({ dimensions, responsible, parts }: Row, { isWithin, ledBy, unitOf }: Standing): Home {
  const { salesperson, org_unit: unit, manager } = dimensions;
  const leader = manager ?? responsible;
  const unitId = unit ?? ledBy(leader);
  if (!salesperson && unitId) return { unitId, personId: null };
  const personId = salesperson === undefined ? leader : parts ? responsible : salesperson;
  const place = unitOf(personId);
  return { unitId: unit && !(place && isWithin(place, unit)) ? unit : place, personId };
}

/** What units and people have to reach in a period, of measures that add up. */
export interface UnitTargets {
  readonly unitsIn: (unitId: string) => readonly string[];
  /** Who has targets directly in a unit. */
  readonly peopleIn: (unitId: string) => readonly string[];
  /**
   * The targets that make up what a unit has to reach, by measure: its own ones, without those that are parts of others
   * of them, and without narrowed ones where others count everything; of a measure without any, those of everything
   * directly below.
   */
  readonly ofUnit: (unitId: string) => ByMeasure;
  /** The same of a person in a unit. */
  readonly ofPerson: (unitId: string, personId: string) => ByMeasure;
  /** All targets within a unit that have no part in the period. */
  readonly leavesOf: (unitId: string) => readonly Row[];
}

const people: readonly string[] = ['salesperson', 'org_unit', 'manager'] satisfies Dimension[];
const isNarrowed = ({ dimensions }: Row): boolean =>
  Object.keys(dimensions).some((name) => !people.includes(name));

/** By measure those that are no parts of others of them; where some count everything, these alone. */
function topmost(rows: readonly Row[]): ByMeasure {
  const ids = new Set<string | null>(rows.map(({ targetId }) => targetId));
  const top = rows.filter(({ parentTargetId }) => !ids.has(parentTargetId));
  return new Map([
    ...Map.groupBy(top, keyOf),
    ...Map.groupBy(
      top.filter((row) => !isNarrowed(row)),
      keyOf,
    ),
  ]);
}
const flat = (some: ByMeasure): readonly Row[] => [...some.values()].flat();

/** Whether the reader sees who is responsible on one of the days up to this one. */
const isSeen = (
  { responsible, periodStart }: Row,
  day: string,
  { visibility: { intervals } }: Asker,
): boolean =>
  intervals === null ||
  intervals.some(({ personId, from, to }) => personId === responsible && from <= day && to > periodStart);

export async function unitTargets(
  db: Db<typeof unitTargetModels>,
  periodId: string,
  day: string,
  asker: Asker,
): Promise<UnitTargets> {
  const standing = await standingOn(db, day);
  const found = await rowsOf<Row>(
    db,
    sql`select * from target where state = 'assigned' and "periodId" = ${periodId} and ${inForce}
      order by measure, currency, "targetId"`,
  );
  const definitionOf = await measuresOf(
    db,
    found.map(({ measure }) => measure),
  );
  const rows = found.filter(
    (row) => definitionOf(row.measure).additivity === 'additive' && isSeen(row, day, asker),
  );
  const homes = rows.map((row) => ({ row, ...homeOf(row, standing) }));
  const inUnit = Map.groupBy(homes, ({ unitId }) => unitId);
  const own = Map.groupBy(homes, ({ unitId, personId }) => `${unitId} ${personId}`);
  const wholes = new Set(rows.map(({ parentTargetId }) => parentTargetId));
  const { unitsIn } = standing;
  const ownOf = (unitId: string, personId: string | null): ByMeasure =>
    topmost((own.get(`${unitId} ${personId}`) ?? []).map(({ row }) => row));
  const peopleIn = (unitId: string): readonly string[] => [
    ...new Set((inUnit.get(unitId) ?? []).flatMap(({ personId }) => personId ?? [])),
  ];
  const known = new Map<string, ByMeasure>();
  const ofUnit = (unitId: string): ByMeasure => {
    const before = known.get(unitId);
    if (before) return before;
    const below = [
      ...unitsIn(unitId).flatMap((part) => flat(ofUnit(part))),
      ...peopleIn(unitId).flatMap((personId) => flat(ownOf(unitId, personId))),
    ];
    const found = new Map([...Map.groupBy(below, keyOf), ...ownOf(unitId, null)]);
    const result = new Map([...found].toSorted(([a], [b]) => (a < b ? -1 : 1)));
    known.set(unitId, result);
    return result;
  };
  const leavesOf = (unitId: string): readonly Row[] => [
    ...(inUnit.get(unitId) ?? []).map(({ row }) => row).filter(({ targetId }) => !wholes.has(targetId)),
    ...unitsIn(unitId).flatMap(leavesOf),
  ];
  return {
    unitsIn,
    peopleIn,
    ofUnit,
    ofPerson: ownOf,
    leavesOf,
  };
}

export const UnitTarget = target.row
  .pick({ measure: true, periodId: true })
  .extend({
    currency: Currency.nullable(),
    targetId: TargetId.nullable().describe('The target; null where it is the sum of several.'),
    target: z.bigint().describe('What is to be reached: minor units, or a count.'),
    actual: z.bigint().describe('What was achieved of it up to `asOf`.'),
    gap: z.bigint().describe('Target less actual; below zero when it is passed.'),
    achievement: Rational.nullable().describe('Actual over target; null where the target is zero.'),
    pace: Rational.nullable().describe(
      'Actual over what was to be reached by now, by seasonality or working days; null where that is nothing.',
    ),
    status: PaceStatus,
  })
  .meta({ id: 'UnitTarget', description: 'What somebody has to reach of a measure, and how far it is.' });
export type UnitTarget = z.output<typeof UnitTarget>;

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((a, b) => a + b, 0n);
const plus = (a: Rational, b: Rational): Rational => rational(a.num * b.den + b.num * a.den, a.den * b.den)!;

/** Answers how far some of these targets together are reached, and what was achieved of them in a span; see `achievedOfTargets`. */
export async function reachedOf(
  db: Db<typeof unitTargetModels>,
  rows: readonly Row[],
  asOf: string,
  alsoAt: readonly string[] = [],
) {
  const all = [...new Set(rows)];
  const { definitionOf, achieved } = await achievedOfTargets(db, all, asOf, alsoAt);
  const shareOf = await sharesOver(db, all, asOf);
  const within = (some: readonly Row[], span?: Span): bigint =>
    sum(some.map((row) => achieved(row, span).numerator));
  const reached = (some: readonly Row[]): UnitTarget => {
    const [first, ...others] = some;
    const value = sum(some.map((row) => row.value));
    const actual = within(some);
    const expected = some
      .map((row) => {
        const share = shareOf(row);
        return rational(row.value * share.num, share.den) ?? { num: 0n, den: 1n };
      })
      .reduce(plus);
    const pace = rational(actual * expected.den, expected.num);
    return {
      measure: first!.measure,
      periodId: first!.periodId,
      currency: first!.currency,
      targetId: others.length > 0 ? null : first!.targetId,
      target: value,
      actual,
      gap: value - actual,
      achievement: rational(actual, value),
      pace,
      status: statusOf(value, pace, definitionOf(first!.measure).direction),
    };
  };
  return { reached, within };
}
