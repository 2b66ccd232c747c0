import { z } from 'zod';
import { addDays } from '../engine/instant.ts';
import { type Db, nothing, query } from '../engine/query.ts';
import { addsUp } from '../events/measure-definition.ts';
import { LocalDate, TargetPlanId } from '../events/values.ts';
import {
  ActualFigure,
  achievedBy,
  achievedModels,
  countingModels,
  countingOf,
  figureOf,
  floored,
  RatioFigure,
} from './achieved.ts';
import { Rational, rational } from './figures.ts';
import { fiscalPeriod } from './fiscal-period.ts';
import { earlier } from './people-days.ts';
import { together } from './rows-of.ts';
import { elapsedShare, type Share, seasonsOf } from './seasonality.ts';
import { target } from './target.ts';
import { countingOn, hasOutlook, outlookModels, outlookOf } from './target-outlook.ts';
import { PaceStatus, statusOf } from './target-pace.ts';
import { targetPlan } from './target-plan.ts';
import { isVisible } from './visible.ts';
import { workingDayModels, workingDays } from './working-days.ts';

const columns = [
  'targetId',
  'parentTargetId',
  'depth',
  'responsible',
  'measure',
  'periodId',
  'periodStart',
  'periodEnd',
  'dimensions',
  'currency',
  'acknowledgement',
  'unallocated',
  'overAssignment',
] as const;

const Node = target.row
  .pick({
    targetId: true,
    parentTargetId: true,
    depth: true,
    responsible: true,
    measure: true,
    periodId: true,
    periodStart: true,
    periodEnd: true,
    dimensions: true,
    currency: true,
    acknowledgement: true,
    unallocated: true,
    overAssignment: true,
  })
  .extend({
    target: z.bigint().describe('What is to be reached: minor units, a count, or basis points.'),
    actual: ActualFigure,
    ratio: RatioFigure,
    gap: z.bigint().nullable().describe('Target less actual; below zero when it is passed.'),
    workingDays: z.int().describe('Working days of the responsible person in the period.'),
    workingDaysElapsed: z.int().describe('Those of them up to and with `asOf`.'),
    pace: Rational.nullable().describe(
      'Actual over target, over the share of the period that is over: by the plan’s seasonality, else by working days; of what is no sum over time just actual over target. Null where the target is zero, nothing is over, or a ratio is over nothing.',
    ),
    projection: z
      .bigint()
      .nullable()
      .describe(
        'What is reached by the end if it goes on so, by the seasons or the working days, rounded down; the actual where it is no sum over time. Null before anything is over.',
      ),
    projectionLinear: z
      .bigint()
      .nullable()
      .describe('The same by the working days alone, whatever the seasons. Null before one is over.'),
    projectionPipeline: z
      .bigint()
      .nullable()
      .describe(
        'The actual, and what is open of those who count and expected to be won in what is left of the period, each value times its probability, as it stands now or at `knownAt`. Null for anything but net sales, where it is narrowed by more than people, and when the period is over.',
      ),
    requiredPerDay: z
      .bigint()
      .nullable()
      .describe(
        'What each working day that is left has to bring, rounded up; null when none is left, for a ratio, and where less is better.',
      ),
    gapShare: Rational.nullable().describe(
      'Its gap over that of the node above: who causes it. Null at the top, where nothing is missing above, and where the parts do not add up.',
    ),
    status: PaceStatus,
  })
  .meta({ id: 'TargetNode', description: 'A target of a plan and how far it is reached.' });
type Node = z.output<typeof Node>;

/** A node with what of it can be another at the next question: what it was made of. */
interface Made {
  readonly numerator: bigint;
  readonly denominator: bigint | null;
  readonly expected: bigint | undefined;
  readonly above: bigint | undefined;
  readonly node: Node;
}

const isMadeOf = (made: Made | undefined, of: Omit<Made, 'node'>): made is Made =>
  made !== undefined &&
  made.numerator === of.numerator &&
  made.denominator === of.denominator &&
  made.expected === of.expected &&
  made.above === of.above;

const lackOf = (gap: bigint | null, isUp: boolean): bigint => (isUp ? (gap ?? 0n) : -(gap ?? 0n));

function requiredOf(gap: bigint | null, daysLeft: bigint, isToBring: boolean): bigint | null {
  if (gap === null || daysLeft === 0n || !isToBring) return null;
  return gap > 0n ? (gap + daysLeft - 1n) / daysLeft : 0n;
}

const frameModels = together(target, targetPlan, fiscalPeriod, ...countingModels, ...workingDayModels);

const notOver = ({ periodEnd }: { readonly periodEnd: string }, asOf: string): boolean =>
  asOf < addDays(periodEnd, -1);

/** The nodes of a plan as far as they rest on nothing that happened: what is to be reached, who counts, and when. */
async function frameOf(db: Db<typeof frameModels>, planId: string, asOf: string) {
  const plan = await db
    .selectFrom('target_plan')
    .select(['seasonality', 'periodStart', 'periodEnd'])
    .where('planId', '=', planId)
    .executeTakeFirst();
  if (!plan) return undefined;
  const rows = await db
    .selectFrom('target')
    .select([...columns, 'value', 'parts', 'splitDimension'])
    .where('planId', '=', planId)
    .where('state', '=', 'assigned')
    .orderBy('depth')
    .orderBy('periodStart')
    .orderBy('targetId')
    .execute();
  const horizon = { start: plan.periodStart, endExclusive: plan.periodEnd };
  const counting = await countingOf(db, rows, asOf);
  const { count } = await workingDays(db, [...new Set(rows.map(({ responsible }) => responsible))], horizon);
  const seasons = plan.seasonality && (await seasonsOf(db, plan.seasonality, horizon));
  const after = addDays(asOf, 1);
  const peopleOf = await countingOn(db, rows, asOf);
  const nodes = rows.map((row) => {
    const { responsible, measure, splitDimension } = row;
    const period = { start: row.periodStart, endExclusive: row.periodEnd };
    const elapsed = { start: row.periodStart, endExclusive: earlier(row.periodEnd, after) };
    const definition = counting.definitionOf(measure);
    const days = count(responsible, period);
    const daysElapsed = count(responsible, elapsed);
    const share: Share = seasons
      ? elapsedShare(seasons, period, elapsed, (part) => count(responsible, part))
      : { num: BigInt(daysElapsed), den: BigInt(days) };
    const isForecast = hasOutlook(definition, row) && notOver(row, asOf);
    const begun: Share = { num: share.num === 0n ? 0n : 1n, den: 1n };
    return {
      row,
      direction: definition.direction,
      days,
      daysElapsed,
      isSum: addsUp(definition, 'period'),
      over: addsUp(definition, 'period') ? share : begun,
      outlook: isForecast ? { ...row, people: peopleOf(row) } : undefined,
      partsAddUp: splitDimension !== null && addsUp(definition, splitDimension),
      made: undefined as Made | undefined,
    };
  });
  return { counting, nodes };
}

type Part = NonNullable<Awaited<ReturnType<typeof frameOf>>>['nodes'][number];

/** A node of what was achieved and expected of it, and what is missing above. It is frozen: the next answer may hold it too. */
function nodeOf(
  { row, direction, days, daysElapsed, over, isSum }: Part,
  { numerator, denominator, expected, above }: Omit<Made, 'node'>,
): Node {
  const { value } = row;
  const isUp = direction === 'up';
  const actual = figureOf({ numerator, denominator });
  const gap = actual === null ? null : value - actual;
  const pace = rational(numerator * over.den, (denominator ?? 1n) * value * over.num);
  return Object.freeze({
    targetId: row.targetId,
    parentTargetId: row.parentTargetId,
    depth: row.depth,
    responsible: row.responsible,
    measure: row.measure,
    periodId: row.periodId,
    periodStart: row.periodStart,
    periodEnd: row.periodEnd,
    dimensions: row.dimensions,
    currency: row.currency,
    acknowledgement: row.acknowledgement,
    unallocated: row.unallocated,
    overAssignment: row.overAssignment,
    target: value,
    actual,
    ratio: denominator === null ? null : { numerator, denominator },
    gap,
    workingDays: days,
    workingDaysElapsed: daysElapsed,
    pace,
    projection: actual === null || over.num === 0n ? null : floored(actual * over.den, over.num),
    projectionLinear:
      actual === null || !isSum || daysElapsed === 0
        ? null
        : floored(actual * BigInt(days), BigInt(daysElapsed)),
    projectionPipeline: expected !== undefined && actual !== null ? actual + expected : null,
    requiredPerDay: requiredOf(gap, BigInt(days - daysElapsed), isUp && denominator === null),
    gapShare: above !== undefined && above > 0n ? rational(lackOf(gap, isUp), above) : null,
    status: statusOf(value, pace, direction),
  });
}

export const getTargetTree = query({
  name: 'GetTargetTree',
  summary:
    'Get all targets of a plan and how far each is reached, those above first. Who may not see everybody gets those of the people they see.',
  permission: 'figures:read',
  path: '/target-plans/:planId/tree',
  input: {
    planId: TargetPlanId,
    asOf: LocalDate.optional().describe('Only figures up to this day; today when left out.'),
  },
  output: z.object({ asOf: LocalDate, data: z.array(Node) }),
  reads: together(...frameModels, ...achievedModels, ...outlookModels),
  answer: async (db, { planId, asOf: asked }, asker) => {
    const asOf = asked ?? asker.today;
    const frame = await asker.held(
      `tree ${planId} ${asOf}`,
      frameModels,
      () => frameOf(db, planId, asOf),
      (made) => made?.nodes.length ?? 0,
    );
    if (!frame) return nothing;
    const achieved = await achievedBy(db, frame.counting);
    const weighted = await outlookOf(
      db,
      frame.nodes.flatMap(({ outlook }) => outlook ?? []),
      asOf,
    );
    /** What is missing of the nodes whose parts add up. */
    const missing = new Map<string, bigint>();
    const visible = frame.nodes.filter(({ row }) => isVisible(asker, row.responsible, asker.today));
    const data = visible.map((part) => {
      const { row, direction, outlook, partsAddUp } = part;
      const of = {
        ...achieved(row),
        expected: outlook && weighted(outlook),
        above: row.parentTargetId === null ? undefined : missing.get(row.parentTargetId),
      };
      if (!isMadeOf(part.made, of)) part.made = { ...of, node: nodeOf(part, of) };
      const { gap } = part.made.node;
      if (partsAddUp) missing.set(row.targetId, lackOf(gap, direction === 'up'));
      return part.made.node;
    });
    return { asOf, data };
  },
});
