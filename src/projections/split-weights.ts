import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import { page, query } from '../engine/query.ts';
import { PeriodLevel } from '../events/calendar.ts';
import { periodOf } from '../events/period.ts';
import { type Dimension, type Dimensions, Measure, SplitDimension } from '../events/target.ts';
import { Line, TargetId } from '../events/values.ts';
import { assignment } from './assignment.ts';
import { customer } from './customer.ts';
import { customerFact } from './customer-fact.ts';
import { fact } from './fact.ts';
import { factDay } from './fact-day.ts';
import { fiscalPeriod } from './fiscal-period.ts';
import { type Members, onePerson, teamOf, unitOf } from './members.ts';
import { orgUnitParent } from './org-unit-parent.ts';
import { product } from './product.ts';
import { type AnyDb, rowsOf } from './rows-of.ts';
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
    measure: Measure,
    achieved: z.bigint().describe('Minor units in the currency of the target, or a count.'),
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

/** What happened of a measure, as `done`, whoever did it. */
function doneOf(
  chosen: Target,
  dimension: SplitDimension,
  measure: Measure = chosen.measure,
): RawBuilder<unknown> {
  const same = sql`measure = ${measure} and currency = ${(measure === chosen.measure ? chosen.currency : null) ?? ''}`;
  if (measure === 'new_customers')
    return sql`select "newOn" as date, "personId", "customerId", ${none} as "productId", ${none} as "channelId",
      1::bigint as numerator from customer_fact`;
  if (isCoarse(chosen, dimension))
    return sql`select date, "personId", ${none} as "customerId", ${none} as "productId", ${none} as "channelId",
      numerator from fact_day where ${same}`;
  return sql`select date, "personId", "customerId", "productId", "channelId", numerator from fact where ${same}`;
}

const columnOf: Partial<Record<SplitDimension, RawBuilder<unknown>>> = {
  period: sql`done.date`,
  salesperson: sql`done."personId"`,
  org_unit: sql`part_of.root`,
  region: sql`customer."regionId"`,
  channel: sql`coalesce(done."channelId", customer."channelId")`,
  product: sql`done."productId"`,
  product_group: sql`product."groupId"`,
  customer: sql`done."customerId"`,
  customer_segment: sql`customer.segment`,
};

/** The dimensions of a target that are not about people, as a condition. */
const narrowedTo = (dimensions: Dimensions): RawBuilder<unknown> =>
  sql.join(
    [
      sql`true`,
      ...Object.entries(dimensions).flatMap(([name, member]) => {
        const column = byPeople.includes(name as Dimension) ? undefined : columnOf[name as Dimension];
        return column ? [sql`${column}::text = ${member}`] : [];
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
  dimension: SplitDimension,
  unitId: string | undefined,
): Promise<readonly Weight[]> {
  const member = columnOf[dimension];
  if (!member) return [];
  return rowsOf<Weight>(
    db,
    sql`with recursive ${peopleOf(chosen)}${withParts(unitId)},
      done as (${doneOf(chosen, dimension)})
      select (${member})::text as member, sum(done.numerator)::bigint as weight
      from done join member on member.id = done."personId" and member.days @> done.date
      left join customer on customer."customerId" = done."customerId"
      left join product on product."productId" = done."productId"
      ${joinParts(unitId, sql`done."personId"`, sql`done.date`)}
      where done.date >= ${chosen.periodStart}::date - interval '1 year'
        and done.date < ${chosen.periodEnd}::date - interval '1 year'
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
    return column ? [sql`${column}::text = ${value}`] : [];
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
    customerFact,
    customer,
    product,
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
        ? await historyOf(db, chosen, dimension, unitId)
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

/** What the people of a target achieved of a measure a year before. */
async function lastYearOf(db: AnyDb, chosen: Target, measure: Measure): Promise<bigint> {
  const [sum] = await rowsOf<{ readonly achieved: bigint }>(
    db,
    sql`with recursive ${peopleOf(chosen)}, done as (${doneOf(chosen, 'period', measure)})
      select coalesce(sum(done.numerator), 0)::bigint as achieved
      from done join member on member.id = done."personId" and member.days @> done.date
      left join customer on customer."customerId" = done."customerId"
      left join product on product."productId" = done."productId"
      where done.date >= ${chosen.periodStart}::date - interval '1 year'
        and done.date < ${chosen.periodEnd}::date - interval '1 year'
        and ${narrowedTo(measure === 'visits' ? onlyCustomers(chosen.dimensions) : chosen.dimensions)}`,
  );
  return sum!.achieved;
}

/** The dimensions that a visit has. */
const onlyCustomers = ({ product: _, product_group: __, ...dimensions }: Dimensions): Dimensions =>
  dimensions;

export const listTargetLastYear = query({
  name: 'ListTargetLastYear',
  summary: 'List what the people of a target achieved a year before: of its measure, and in visits.',
  permission: 'target:read',
  path: '/targets/:targetId/last-year',
  input: { targetId: TargetId },
  output: page(LastYear),
  reads: [target, fact, factDay, customerFact, customer, product, assignment, orgUnitParent],
  answer: async (db, { targetId }, asker) => {
    const chosen = await db
      .selectFrom('target')
      .selectAll()
      .where('targetId', '=', targetId)
      .executeTakeFirst();
    if (!chosen || !isVisible(asker, chosen.responsible, asker.today)) return empty();
    const data: LastYear[] = [];
    for (const measure of new Set<Measure>([chosen.measure, 'visits']))
      data.push({ measure, achieved: await lastYearOf(db, chosen, measure) });
    return { data, nextCursor: null };
  },
});
