import { z } from 'zod';
import { type Refusal, reject } from '../../engine/decision.ts';
import { addDays } from '../../engine/instant.ts';
import { type Period, PeriodLevel } from '../../events/calendar.ts';
import { addsUp, type MeasureDefinition } from '../../events/measure-definition.ts';
import { fiscalPeriods } from '../../events/period.ts';
import { split } from '../../events/split.ts';
import {
  amountOf,
  type Dimension,
  isSameUnit,
  SplitDimension,
  SplitMethod,
  TargetValue,
  valueLike,
} from '../../events/target.ts';
import { Line, PersonId } from '../../events/values.ts';
import { type Calendar, isWorkingDay } from '../calendar/state.ts';
import type { PlanState } from '../target-plan/state.ts';
import { nodeIdOf } from './node.ts';
import { isBeyond, noResidue, residueOf } from './residue.ts';
import type { Roster } from './roster.ts';
import type { Assigned } from './state.ts';

export const leavesMax = 5_000;

const weightMax = 1_000_000_000;
const SplitMember = z
  .strictObject({
    member: Line.describe('The unit, person, product, period and so on that gets a part.'),
    responsible: PersonId.optional().describe('Who is to reach it, where that does not follow.'),
    value: TargetValue.optional().describe(
      'Its part, for the method manual; for copied, where it differs from the whole.',
    ),
    weight: z.int().min(0).max(weightMax).optional().describe('Its weight, for the method weights.'),
  })
  .meta({ id: 'SplitMember', description: 'Who or what gets a part of a target.' });
type SplitMember = z.output<typeof SplitMember>;

export const SplitLevel = z
  .strictObject({
    dimension: SplitDimension,
    method: SplitMethod,
    periodLevel: PeriodLevel.exclude(['week', 'year'])
      .default('month')
      .describe('Into which periods, where it is broken down by period.'),
    members: z
      .array(SplitMember)
      .min(1)
      .max(leavesMax)
      .optional()
      .describe(
        'Who or what gets a part. Left out: the periods of the calendar, the units directly below, the salespeople of the unit or team, or whatever the history or the potential is in.',
      ),
    allocatedBp: z
      .int()
      .min(1)
      .max(20_000)
      .default(10_000)
      .describe('How much of each target its parts get together; the rest is left unallocated.'),
  })
  .refine(
    ({ method, allocatedBp }) => method !== 'copied' || allocatedBp === 10_000,
    'Of what is copied nothing is kept back.',
  )
  .meta({ id: 'SplitLevel', description: 'One level of a breakdown.' });
export type SplitLevel = z.output<typeof SplitLevel>;

/** What breaking down rests on besides the target itself. */
export interface World {
  readonly plan: PlanState;
  /** What the target is in. */
  readonly measure: MeasureDefinition;
  readonly calendar: Calendar;
  readonly roster: Roster;
  /** By level, the weights that read models gave. */
  readonly weights: readonly (ReadonlyMap<string, bigint> | undefined)[];
  readonly overAssignmentMaxBp: number;
}

/** A node as far as growing needs it. */
export type Node = Pick<
  Assigned,
  'targetId' | 'measure' | 'period' | 'dimensions' | 'value' | 'responsible'
> & { readonly depth: number; readonly parentTargetId?: string | undefined; readonly member?: string };

/** A node and the parts that it was given. */
export interface Grown {
  readonly node: Node;
  readonly level: SplitLevel;
  readonly weights: readonly bigint[] | undefined;
  readonly children: readonly Node[];
  readonly unallocated: bigint;
  readonly overAssignment: bigint;
}

type Code =
  | 'methodUnfit'
  | 'dimensionRepeated'
  | 'membersUnknown'
  | 'partsMissing'
  | 'unitDiffers'
  | 'overAssigned'
  | 'tooManyLeaves'
  | 'nodeRepeated';

const refuse = (code: Code, index: number, detail: string): Refusal<Code> =>
  reject(code, [{ pointer: `/levels/${index}`, detail }]);

type Part = Pick<Period, 'periodId' | 'start' | 'endExclusive'>;

function daysWithin(calendar: Calendar, { start, endExclusive }: Part): readonly Part[] {
  const days: Part[] = [];
  for (let day = start; day < endExclusive; day = addDays(day, 1))
    days.push({ periodId: day, start: day, endExclusive: addDays(day, 1) });
  const worked = days.filter(({ start: day }) => isWorkingDay(calendar, day));
  return worked.length > 0 ? worked : days;
}

/** The periods of a level that make up a period; none where they do not fill it. Days are working days. */
export function periodsWithin(
  calendar: Calendar,
  whole: Part,
  level: SplitLevel['periodLevel'],
): readonly Part[] {
  if (level === 'day') return daysWithin(calendar, whole);
  const years = Number(whole.endExclusive.slice(0, 4)) - Number(whole.start.slice(0, 4)) + 1;
  const known =
    calendar.periods.length > 0
      ? calendar.periods
      : fiscalPeriods('calendar_month', 1, Number(whole.start.slice(0, 4)), years);
  const parts = known
    .filter(
      (period) =>
        period.level === level &&
        period.periodId !== whole.periodId &&
        whole.start <= period.start &&
        period.endExclusive <= whole.endExclusive,
    )
    .toSorted((a, b) => (a.start < b.start ? -1 : 1));
  const fills = parts[0]?.start === whole.start && parts.at(-1)?.endExclusive === whole.endExclusive;
  return fills ? parts : [];
}

const fromReadModels = (method: SplitLevel['method']): boolean =>
  method === 'history' || method === 'potential';

/** Who or what there is for a node, where the caller does not say. */
function membersFor(node: Node, level: SplitLevel, index: number, world: World): readonly string[] {
  const { roster, plan, weights } = world;
  const { org_unit: unit, manager } = node.dimensions;
  switch (level.dimension) {
    case 'period':
      return periodsWithin(world.calendar, node.period, level.periodLevel).map(({ periodId }) => periodId);
    case 'org_unit':
      return roster.unitsBelow(unit ?? plan.created!.rootOrgUnit);
    case 'salesperson':
      return unit ? roster.inUnit(unit) : roster.inTeam(manager ?? node.responsible);
    default:
      return [...(weights[index]?.keys() ?? [])];
  }
}

/** The share of each period by the seasonality of the plan; undefined where it has none for these periods. */
function seasonalWeights(
  members: readonly SplitMember[],
  level: SplitLevel,
  { plan, calendar }: World,
): readonly bigint[] | undefined {
  const ofHorizon = periodsWithin(calendar, plan.created!.horizon, level.periodLevel);
  if (level.dimension !== 'period' || plan.seasonality?.length !== ofHorizon.length) return undefined;
  const shares = new Map(
    ofHorizon.map(({ periodId }, index) => [periodId, BigInt(plan.seasonality![index]!)]),
  );
  const weights = members.map(({ member }) => shares.get(member));
  return weights.every((weight) => weight !== undefined) ? weights : undefined;
}

/** The weight of each member; undefined where one has none or all are zero. */
function weightsOf(
  members: readonly SplitMember[],
  level: SplitLevel,
  index: number,
  world: World,
): readonly bigint[] | undefined {
  const weights = (() => {
    if (level.method === 'even') return members.map(() => 1n);
    if (level.method === 'seasonality') return seasonalWeights(members, level, world);
    if (fromReadModels(level.method))
      return members.map(({ member }) => world.weights[index]?.get(member) ?? 0n);
    return members.every(({ weight }) => weight !== undefined)
      ? members.map(({ weight }) => BigInt(weight!))
      : undefined;
  })();
  return weights?.some((weight) => weight > 0n) ? weights : undefined;
}

/** Who is to reach a part, where the caller does not say. */
function responsibleFor(node: Node, dimension: SplitDimension, member: string, { roster }: World): string {
  if (dimension === 'salesperson' || dimension === 'manager') return member;
  if (dimension === 'org_unit') return roster.headOf(member) ?? node.responsible;
  return node.responsible;
}

function amountsOf(
  node: Node,
  level: SplitLevel,
  members: readonly SplitMember[],
  weights: readonly bigint[] | undefined,
): readonly bigint[] {
  if (!weights) return members.map(({ value = node.value }) => amountOf(value));
  return split((amountOf(node.value) * BigInt(level.allocatedBp)) / 10_000n, weights);
}

const narrowing: readonly SplitDimension[] = ['org_unit', 'manager', 'period'];

function splitNode(node: Node, level: SplitLevel, index: number, world: World): Grown | Refusal<Code> {
  const { dimension, method } = level;
  const isCopied = method === 'copied';
  if (addsUp(world.measure, dimension) === isCopied)
    return refuse(
      'methodUnfit',
      index,
      `By ${dimension} the measure ${isCopied ? 'adds up' : 'does not add up'}.`,
    );
  if (!narrowing.includes(dimension) && node.dimensions[dimension as Dimension] !== undefined)
    return refuse('dimensionRepeated', index, `The target is narrowed to one ${dimension} already.`);
  const derived = membersFor(node, level, index, world);
  const members = level.members ?? derived.map((member): SplitMember => ({ member }));
  const periods = new Map(
    dimension === 'period'
      ? periodsWithin(world.calendar, node.period, level.periodLevel).map((part) => [part.periodId, part])
      : [],
  );
  if (dimension === 'period' && members.some(({ member }) => !periods.has(member)))
    return refuse('membersUnknown', index, `${node.period.periodId} has no such periods.`);
  const isManual = method === 'manual';
  const isGiven = isManual || isCopied;
  if (isManual && members.some(({ value }) => value === undefined))
    return refuse('partsMissing', index, 'Give the value of each member.');
  if (isGiven && !members.every(({ value = node.value }) => isSameUnit(node.value, value)))
    return refuse('unitDiffers', index, 'The parts are in the unit of the whole.');
  const weights = isGiven || members.length === 0 ? undefined : weightsOf(members, level, index, world);
  if (!isGiven && members.length > 0 && !weights)
    return refuse('partsMissing', index, `There are no weights for ${method}.`);
  const amounts = amountsOf(node, level, members, weights);
  const total = amountOf(node.value);
  const residue = isCopied ? noResidue : residueOf(total, amounts);
  if (isBeyond(residue.overAssignment, total, world.overAssignmentMaxBp))
    return refuse('overAssigned', index, 'The parts of a target pass it by more than the policy permits.');
  const children = members.map(({ member, responsible }, at): Node => {
    const child = {
      measure: node.measure,
      period: periods.get(member) ?? node.period,
      dimensions: dimension === 'period' ? node.dimensions : { ...node.dimensions, [dimension]: member },
    };
    const { periodId, start, endExclusive } = child.period;
    return {
      ...child,
      period: { periodId, start, endExclusive },
      targetId: nodeIdOf(world.plan.created!.planId, child),
      value: valueLike(node.value, amounts[at]!),
      responsible: responsible ?? responsibleFor(node, dimension, member, world),
      depth: node.depth + 1,
      parentTargetId: node.targetId,
      member,
    };
  });
  return { node, level, weights, children, ...residue };
}

/**
 * Breaks a target down level by level. A node for which a level below the first has no members stays a leaf.
 */
export function grow(
  root: Node,
  levels: readonly SplitLevel[],
  world: World,
): readonly Grown[] | Refusal<Code> {
  const splits: Grown[] = [];
  const ids = new Set([root.targetId]);
  let front: readonly Node[] = [root];
  let leaves = 0;
  for (const [index, level] of levels.entries()) {
    const next: Node[] = [];
    for (const node of front) {
      const grown = splitNode(node, level, index, world);
      if ('rejected' in grown) return grown;
      if (grown.children.length === 0) {
        leaves += 1;
        continue;
      }
      splits.push(grown);
      for (const child of grown.children) {
        if (ids.has(child.targetId)) return refuse('nodeRepeated', index, `${child.member} is there twice.`);
        ids.add(child.targetId);
        next.push(child);
      }
      if (leaves + next.length > leavesMax)
        return refuse('tooManyLeaves', index, `A breakdown has at most ${leavesMax} leaves.`);
    }
    front = next;
  }
  return splits.length > 0
    ? splits
    : refuse('membersUnknown', 0, 'There is nobody and nothing to split it to.');
}
