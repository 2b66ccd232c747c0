import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import { type Db, nothing, page, query } from '../engine/query.ts';
import { LocalDate, PersonId, TargetId } from '../events/values.ts';
import { customer } from './customer.ts';
import { customerFact } from './customer-fact.ts';
import { fact } from './fact.ts';
import { factDay } from './fact-day.ts';
import { Rational, rational } from './figures.ts';
import { memberModels, teamsOf } from './members.ts';
import { product } from './product.ts';
import { type AnyDb, rowsOf, together } from './rows-of.ts';
import { target } from './target.ts';
import { isVisible } from './visible.ts';
import { daysOf, workingDayModels, workingDays } from './working-days.ts';

export const progressModels = [
  target,
  fact,
  factDay,
  customerFact,
  customer,
  product,
  ...memberModels,
] as const;

type TargetRow = z.output<typeof target.row>;
export interface Actual extends TargetRow {
  readonly actual: bigint;
  /** What of it was achieved on the last day. */
  readonly onTheDay: bigint;
}

const dimension = (name: string) => sql`chosen.dimensions ->> ${sql.lit(name)}`;
const narrowed = (name: string, value: RawBuilder<unknown>) =>
  sql`(${dimension(name)} is null or ${dimension(name)} = ${value})`;

const ofCustomer = sql`
  ${narrowed('customer', sql`done."customerId"::text`)}
  and ${narrowed('region', sql`customer."regionId"::text`)}
  and ${narrowed('customer_segment', sql`customer.segment`)}`;

/** An order as such has a product where one of its lines has. */
const ofProduct = sql`
  ((${dimension('product')} is null and ${dimension('product_group')} is null)
  or (${narrowed('product', sql`done."productId"::text`)}
    and ${narrowed('product_group', sql`product."groupId"::text`)} and done."productId" is not null)
  or (done.measure = 'orders' and exists (
    select from fact line left join product sold on sold."productId" = line."productId"
    where line."orderId" = done."orderId" and line.measure = 'net_sales'
      and ${narrowed('product', sql`line."productId"::text`)}
      and ${narrowed('product_group', sql`sold."groupId"::text`)})))`;

const within = (day: RawBuilder<unknown>, asOf: string) => sql`
  ${day} >= chosen."periodStart" and ${day} < chosen."periodEnd" and ${day} <= ${asOf}::date
  and team.days @> ${day}`;

const sameMeasure = sql`done.measure = chosen.measure and done.currency = coalesce(chosen.currency, '')`;

/**
 * What was achieved of some targets up to a day: by the responsible person and everybody below on each day, in the
 * currency of the target, narrowed to its dimensions. `condition` chooses rows of `target`.
 */
export async function actualsOf(
  db: AnyDb,
  condition: RawBuilder<unknown>,
  asOf: string,
): Promise<readonly Actual[]> {
  const rows = await rowsOf<Actual>(
    db,
    sql`with recursive
      chosen as (select * from target where state = 'assigned' and ${condition}),
      ${teamsOf(sql`select responsible from chosen`)},
      achieved as (
        select chosen."targetId", done.numerator, done.date
        from chosen join team on team.leader = chosen.responsible
        join fact_day done on done."personId" = team."personId" and ${sameMeasure}
        where chosen.dimensions = '{}' and ${within(sql`done.date`, asOf)}
        union all
        select chosen."targetId", done.numerator, done.date
        from chosen join team on team.leader = chosen.responsible
        join fact done on done."personId" = team."personId" and ${sameMeasure}
        left join customer on customer."customerId" = done."customerId"
        left join product on product."productId" = done."productId"
        where chosen.dimensions <> '{}' and ${within(sql`done.date`, asOf)} and ${ofCustomer} and ${ofProduct}
          and ${narrowed('channel', sql`coalesce(done."channelId", customer."channelId")::text`)}
        union all
        select chosen."targetId", 1, done."newOn"
        from chosen join team on team.leader = chosen.responsible
        join customer_fact done on done."personId" = team."personId"
        left join customer on customer."customerId" = done."customerId"
        where chosen.measure = 'new_customers' and ${within(sql`done."newOn"`, asOf)} and ${ofCustomer}
          and ${narrowed('channel', sql`customer."channelId"::text`)}
          and ${dimension('product')} is null and ${dimension('product_group')} is null),
      summed as (
        select "targetId", sum(numerator) as actual,
          sum(numerator) filter (where date = ${asOf}::date) as "onTheDay"
        from achieved group by "targetId")
      select chosen.*, coalesce(summed.actual, 0)::bigint as actual,
        coalesce(summed."onTheDay", 0)::bigint as "onTheDay"
      from chosen left join summed using ("targetId")`,
  );
  return rows.toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
}

export const ProgressState = z
  .enum(['ok', 'no_target', 'undefined_zero_denominator'])
  .describe(
    'Whether there is an achievement: no_target when target and actual are zero, undefined_zero_denominator when only the target is.',
  );

/** Actual over target; without a value where the target is zero. */
export const achievementOf = (actual: bigint, value: bigint) => {
  const achievement = rational(actual, value);
  if (achievement) return { achievement, state: 'ok' as const };
  return {
    achievement,
    state: actual === 0n ? ('no_target' as const) : ('undefined_zero_denominator' as const),
  };
};

const Progress = target.row
  .omit({ value: true, state: true, withdrawalReason: true, assignedBy: true })
  .extend({
    asOf: LocalDate.describe('The last day whose figures are in it.'),
    target: z.bigint().describe('What is to be reached: minor units, or a count.'),
    actual: z.bigint().describe('What was achieved by the responsible person and everybody below.'),
    gap: z.bigint().describe('Target less actual; below zero when it is passed.'),
    achievement: Rational.nullable().describe('Actual over target; null where the target is zero.'),
    state: ProgressState,
    workingDays: z.int().describe('Working days of the responsible person in the period.'),
    workingDaysElapsed: z.int().describe('Those of them up to and with `asOf`.'),
  })
  .meta({ id: 'TargetProgress', description: 'How far a target is reached.' });
type Progress = z.output<typeof Progress>;

const reads = together(...progressModels, ...workingDayModels);

async function progressOf(
  db: Db<typeof reads>,
  condition: RawBuilder<unknown>,
  asOf: string,
): Promise<readonly Progress[]> {
  const rows = await actualsOf(db, condition, asOf);
  if (rows.length === 0) return [];
  const works = await workingDays(db, [...new Set(rows.map(({ responsible }) => responsible))], {
    start: rows.map(({ periodStart }) => periodStart).sort()[0]!,
    endExclusive: rows
      .map(({ periodEnd }) => periodEnd)
      .sort()
      .at(-1)!,
  });
  return rows.map(({ value, state: _, withdrawalReason: __, assignedBy: ___, onTheDay: ____, ...row }) => {
    const days = daysOf({ start: row.periodStart, endExclusive: row.periodEnd }).filter((day) =>
      works(row.responsible, day),
    );
    return {
      ...row,
      asOf,
      target: value,
      gap: value - row.actual,
      ...achievementOf(row.actual, value),
      workingDays: days.length,
      workingDaysElapsed: days.filter((day) => day <= asOf).length,
    };
  });
}

const AsOf = LocalDate.optional().describe('Only figures up to this day; today when left out.');

export const getTargetProgress = query({
  name: 'GetTargetProgress',
  summary: 'Get how far a target is reached, by the responsible person and everybody below.',
  permission: 'figures:read',
  path: '/targets/:targetId/progress',
  input: { targetId: TargetId, asOf: AsOf },
  output: Progress,
  reads,
  answer: async (db, { targetId, asOf }, asker) => {
    const [progress] = await progressOf(db, sql`"targetId" = ${targetId}::uuid`, asOf ?? asker.today);
    if (!progress || !isVisible(asker, progress.responsible, asker.today)) return nothing;
    return progress;
  },
});

export const listTargetProgress = query({
  name: 'ListTargetProgress',
  summary: 'List how far the targets of a person are reached whose period a day lies in.',
  permission: 'figures:read',
  path: '/people/:personId/target-progress',
  input: { personId: PersonId, asOf: AsOf },
  output: page(Progress),
  reads,
  subject: ({ personId }) => personId,
  answer: async (db, { personId, asOf: asked }, { today }) => {
    const asOf = asked ?? today;
    const data = await progressOf(
      db,
      sql`responsible = ${personId}::uuid and "periodStart" <= ${asOf}::date and "periodEnd" > ${asOf}::date`,
      asOf,
    );
    return { data: [...data], nextCursor: null };
  },
});

const orderOf = ({
  periodStart,
  measure,
  targetId,
}: Pick<Actual, 'periodStart' | 'measure' | 'targetId'>): string => `${periodStart} ${measure} ${targetId}`;
