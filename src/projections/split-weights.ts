import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import { addDays } from '../engine/instant.ts';
import { page, query } from '../engine/query.ts';
import { PeriodLevel } from '../events/calendar.ts';
import { isMoneyMeasure } from '../events/measure.ts';
import {
  addsUp,
  type MeasureDefinition,
  MeasureKey,
  type MeasureTerm,
} from '../events/measure-definition.ts';
import { periodOf } from '../events/period.ts';
import { type Dimension, type Dimensions, SplitDimension } from '../events/target.ts';
import { Line, TargetId } from '../events/values.ts';
import { achievedModels, achievedOfTargets, figureOf } from './achieved.ts';
import { assignment } from './assignment.ts';
import { customer } from './customer.ts';
import { fact } from './fact.ts';
import { factDay } from './fact-day.ts';
import { countedReads, countedRows } from './figures.ts';
import { fiscalPeriod } from './fiscal-period.ts';
import { measure, measuresOf } from './measure.ts';
import { type Members, onePerson, teamOf, unitOf } from './members.ts';
import { withBelow } from './narrowed.ts';
import { orgUnitParent } from './org-unit-parent.ts';
import { product } from './product.ts';
import { region } from './region.ts';
import { type AnyDb, rowsOf, together } from './rows-of.ts';
import { target } from './target.ts';
import { targetPlan } from './target-plan.ts';
import { isVisible } from './visible.ts';

type Target = z.output<typeof target.row>;

const Weight = z
  .object({
    member: Line.describe('Who or what it is the weight of.'),
    weight: z.bigint().describe('What was achieved a year before, or could be sold in a year.'),
  })
  .meta({ id: 'SplitWeight', description: 'The weight of a member in a breakdown.' });
type Weight = z.output<typeof Weight>;

const LastYear = z
  .object({
    measure: MeasureKey,
    achieved: z
      .bigint()
      .describe('Minor units in the currency of the target, a count, or basis points rounded down.'),
  })
  .meta({ id: 'TargetLastYear', description: 'What was achieved of a measure a year before a target.' });
type LastYear = z.output<typeof LastYear>;

const none = sql`null::uuid`;

/** Whose figures count for a target. */
function peopleOf({ dimensions, responsible }: Target): Members {
  const { salesperson, org_unit: unit, manager } = dimensions;
  if (salesperson) return onePerson(salesperson);
  if (unit) return unitOf(unit);
  return teamOf(manager ?? responsible);
}

const byPeople: readonly SplitDimension[] = ['salesperson', 'org_unit', 'manager', 'period'];

/** Whether the sums by person and day say enough. */
const isCoarse = ({ dimensions }: Target, dimension: SplitDimension): boolean =>
  [dimension, ...Object.keys(dimensions)].every((name) => byPeople.includes(name as SplitDimension));

/** What happened of a term of the measure of a target, whoever did it. */
function doneOfTerm(
  chosen: Target,
  dimension: SplitDimension,
  { measure: summed, times }: MeasureTerm,
): RawBuilder<unknown> {
  const currency = isMoneyMeasure(summed) ? (chosen.currency ?? '') : '';
  const same = sql`measure = ${summed} and currency = ${currency}`;
  const counted = countedRows(summed, currency);
  const numerator = sql`${times} * numerator as numerator`;
  if (counted)
    return sql`select date, "personId", "customerId", ${none} as "productId", ${none} as "channelId",
      ${none} as "dealerId", ${numerator} from (${counted}) as counted`;
  if (isCoarse(chosen, dimension))
    return sql`select date, "personId", ${none} as "customerId", ${none} as "productId", ${none} as "channelId",
      ${none} as "dealerId", ${numerator} from fact_day where ${same}`;
  return sql`select date, "personId", "customerId", "productId", "channelId", "dealerId", ${numerator} from fact where ${same}`;
}

const columnOf: Partial<Record<SplitDimension, RawBuilder<unknown>>> = {
  period: sql`done.date`,
  salesperson: sql`done."personId"`,
  org_unit: sql`part_of.root`,
  region: sql`customer."regionId"`,
  channel: sql`coalesce(done."channelId", customer."channelId")`,
  dealer: sql`done."dealerId"`,
  product: sql`done."productId"`,
  product_group: sql`product."groupId"`,
  customer: sql`done."customerId"`,
  customer_segment: sql`customer.segment`,
};

/** Whether something belongs to a member of a dimension; a region has those within it. */
const isOf = (dimension: string, column: RawBuilder<unknown>, member: string) =>
  dimension === 'region' ? sql`${column} in ${withBelow([member])}` : sql`${column}::text = ${member}`;

/** The dimensions of a target that are not about people, as a condition. */
const narrowedTo = (dimensions: Dimensions): RawBuilder<unknown> =>
  sql.join(
    [
      sql`true`,
      ...Object.entries(dimensions).flatMap(([name, member]) => {
        const column = byPeople.includes(name as Dimension) ? undefined : columnOf[name as Dimension];
        return column ? [isOf(name, column, member)] : [];
      }),
    ],
    sql` and `,
  );

/** Who had a main position in each unit directly below one, or below that. */
const partsOf = (unitId: string): RawBuilder<unknown> => sql`
  part(root, "unitId", since, until) as (
    select "unitId", "unitId", "from", coalesce("to", 'infinity') from org_unit_parent
    where "parentId" = ${unitId}::uuid
    union
    select part.root, below."unitId", greatest(below."from", part.since), least(coalesce(below."to", 'infinity'), part.until)
    from part join org_unit_parent below on below."parentId" = part."unitId"
      and below."from" < part.until and part.since < coalesce(below."to", 'infinity')),
  part_of as (
    select part.root, held."personId",
      range_agg(daterange(greatest(held."from", part.since), least(coalesce(held."to", 'infinity'), part.until))) as days
    from part join assignment held on held."orgUnitId" = part."unitId" and held."primary"
      and held."from" < part.until and part.since < coalesce(held."to", 'infinity')
    group by part.root, held."personId")`;

const withParts = (unitId: string | undefined) => (unitId ? sql`, ${partsOf(unitId)}` : sql``);
const joinParts = (unitId: string | undefined, personId: RawBuilder<unknown>, day: RawBuilder<unknown>) =>
  unitId ? sql`join part_of on part_of."personId" = ${personId} and part_of.days @> ${day}` : sql``;

/** What was achieved of a target's measure a year before, by member. */
async function historyOf(
  db: AnyDb,
  chosen: Target,
  definition: MeasureDefinition,
  dimension: SplitDimension,
  unitId: string | undefined,
): Promise<readonly Weight[]> {
  const member = columnOf[dimension];
  if (!member || !addsUp(definition, dimension)) return [];
  const done = definition.terms.map((term) => doneOfTerm(chosen, dimension, term));
  const since =
    definition.additivity === 'additive'
      ? sql`done.date >= ${chosen.periodStart}::date - interval '1 year'`
      : sql`true`;
  return rowsOf<Weight>(
    db,
    sql`with recursive ${peopleOf(chosen)}${withParts(unitId)},
      done as (${sql.join(done, sql` union all `)})
      select (${member})::text as member, sum(done.numerator)::bigint as weight
      from done join member on member.id = done."personId" and member.days @> done.date
      left join customer on customer."customerId" = done."customerId"
      left join product on product."productId" = done."productId"
      ${joinParts(unitId, sql`done."personId"`, sql`done.date`)}
      where ${since} and done.date < ${chosen.periodEnd}::date - interval '1 year'
        and ${narrowedTo(chosen.dimensions)} and ${member} is not null
      group by 1 having sum(done.numerator) > 0 order by 1`,
  );
}

const potentialColumnOf: Partial<Record<SplitDimension, RawBuilder<unknown>>> = {
  salesperson: sql`customer."ownerId"`,
  org_unit: sql`part_of.root`,
  region: sql`customer."regionId"`,
  channel: sql`customer."channelId"`,
  customer: sql`customer."customerId"`,
  customer_segment: sql`customer.segment`,
};

/** What the customers of those who count for a target could buy in a year, by member. */
async function potentialOf(
  db: AnyDb,
  chosen: Target,
  dimension: SplitDimension,
  unitId: string | undefined,
  currency: string | null,
  today: string,
): Promise<readonly Weight[]> {
  const member = potentialColumnOf[dimension];
  if (!member) return [];
  const narrowed = Object.entries(chosen.dimensions).flatMap(([name, value]) => {
    const column = byPeople.includes(name as Dimension) ? undefined : potentialColumnOf[name as Dimension];
    return column ? [isOf(name, column, value)] : [];
  });
  return rowsOf<Weight>(
    db,
    sql`with recursive ${peopleOf(chosen)}${withParts(unitId)}
      select (${member})::text as member, sum(customer."potentialMinor")::bigint as weight
      from customer join member on member.id = customer."ownerId" and member.days @> ${today}::date
      ${joinParts(unitId, sql`customer."ownerId"`, sql`${today}::date`)}
      where ${sql.join(
        [sql`customer."potentialCurrency" = ${currency}`, sql`${member} is not null`, ...narrowed],
        sql` and `,
      )}
      group by 1 having sum(customer."potentialMinor") > 0 order by 1`,
  );
}

const yearLater = (day: string): string => Temporal.PlainDate.from(day).add({ years: 1 }).toString();
const yearBefore = (day: string): string => Temporal.PlainDate.from(day).subtract({ years: 1 }).toString();

const empty = () => ({ data: [], nextCursor: null });

export const listSplitWeights = query({
  name: 'ListSplitWeights',
  summary:
    'List the weights by which a target would be broken down: what was achieved a year before, or what could be sold in a year.',
  permission: 'target:read',
  path: '/targets/:targetId/split-weights',
  input: {
    targetId: TargetId,
    dimension: SplitDimension,
    method: z.enum(['history', 'potential']),
    periodLevel: PeriodLevel.exclude(['week', 'year']).default('month'),
  },
  output: page(Weight),
  reads: [
    target,
    targetPlan,
    fact,
    factDay,
    ...countedReads,
    measure,
    customer,
    product,
    region,
    assignment,
    orgUnitParent,
    fiscalPeriod,
  ],
  answer: async (db, { targetId, dimension, method, periodLevel }, asker) => {
    const chosen = await db
      .selectFrom('target')
      .selectAll()
      .where('targetId', '=', targetId)
      .executeTakeFirst();
    if (!chosen || !isVisible(asker, chosen.responsible, asker.today)) return empty();
    const plan = await db
      .selectFrom('target_plan')
      .select(['rootOrgUnit', 'currency'])
      .where('planId', '=', chosen.planId)
      .executeTakeFirst();
    const unitId = dimension === 'org_unit' ? (chosen.dimensions.org_unit ?? plan?.rootOrgUnit) : undefined;
    if (dimension === 'org_unit' && !unitId) return empty();
    const found =
      method === 'history'
        ? await historyOf(
            db,
            chosen,
            (await measuresOf(db, [chosen.measure]))(chosen.measure),
            dimension,
            unitId,
          )
        : await potentialOf(
            db,
            chosen,
            dimension,
            unitId,
            chosen.currency ?? plan?.currency ?? null,
            asker.today,
          );
    if (dimension !== 'period') return { data: [...found], nextCursor: null };
    const periods = await db
      .selectFrom('fiscal_period')
      .select(['periodId', 'level', 'parentId', 'start', 'endExclusive'])
      .orderBy('start')
      .execute();
    const sums = new Map<string, bigint>();
    for (const { member: day, weight } of found) {
      const periodId = periodOf(yearLater(day), periodLevel, periods);
      if (periodId) sums.set(periodId, (sums.get(periodId) ?? 0n) + weight);
    }
    return {
      data: [...sums].map(([member, weight]) => ({ member, weight })),
      nextCursor: null,
    };
  },
});

/** The dimensions that a visit has. */
const ofVisits = ({ product: _, product_group: __, dealer: ___, ...dimensions }: Dimensions): Dimensions =>
  dimensions;

export const listTargetLastYear = query({
  name: 'ListTargetLastYear',
  summary: 'List what the people of a target achieved a year before: of its measure, and in visits.',
  permission: 'target:read',
  path: '/targets/:targetId/last-year',
  input: { targetId: TargetId },
  output: page(LastYear),
  reads: together(target, ...achievedModels),
  answer: async (db, { targetId }, asker) => {
    const chosen = await db
      .selectFrom('target')
      .selectAll()
      .where('targetId', '=', targetId)
      .executeTakeFirst();
    if (!chosen || !isVisible(asker, chosen.responsible, asker.today)) return empty();
    const lastYear = {
      ...chosen,
      periodStart: yearBefore(chosen.periodStart),
      periodEnd: yearBefore(chosen.periodEnd),
      parts: null,
    };
    const visits = {
      ...lastYear,
      measure: 'visits',
      currency: null,
      dimensions: ofVisits(chosen.dimensions),
    };
    const asked = chosen.measure === 'visits' ? [lastYear] : [lastYear, visits];
    const { achieved } = await achievedOfTargets(db, asked, addDays(lastYear.periodEnd, -1));
    const data = asked.map(
      (one): LastYear => ({ measure: one.measure, achieved: figureOf(achieved(one)) ?? 0n }),
    );
    return { data, nextCursor: null };
  },
});
