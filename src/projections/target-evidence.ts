import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import { InvalidCursor } from '../engine/cursor.ts';
import { nothing, page, query } from '../engine/query.ts';
import type { Span } from '../events/period.ts';
import type { Dimension } from '../events/target.ts';
import { LocalDate, PersonId, TargetId } from '../events/values.ts';
import { actualModels, type Counted } from './actuals.ts';
import { upTo } from './buckets.ts';
import { customerFact } from './customer-fact.ts';
import { type Evidence, Rational, rational } from './figures.ts';
import { KpiEvidence, told } from './kpi-evidence.ts';
import { type Members, seesAll, stintsOf } from './members.ts';
import { nameModels } from './names.ts';
import { common, type Group, inBoth, peopleDaysOf } from './people-days.ts';
import { type AnyDb, rowsOf, together } from './rows-of.ts';
import { target } from './target.ts';
import { isVisible } from './visible.ts';

const TargetEvidence = KpiEvidence.pick({ date: true, events: true })
  .extend({
    personId: PersonId.describe('Whose figure it is.'),
    amount: z.bigint().describe('What it adds: minor units, or a count; below zero where it takes away.'),
    share: Rational.nullable().describe(
      'The amount over all that the event adds to the measure, whoever has it; null where that is nothing, as when credit is split anew.',
    ),
  })
  .meta({ id: 'TargetEvidence', description: 'One thing that counts to a target.' });

/** Something that counts, and what its event adds in all. */
interface Counting extends Evidence {
  readonly personId: string;
  readonly whole: bigint;
}

/** The groups whose common members count to a target, and the days on which they do; by `actualsOf`. */
function clausesOf({ responsible, dimensions, parts, periodStart, periodEnd }: Counted) {
  const { salesperson, org_unit: unit, manager } = dimensions;
  const held = parts ?? [{ responsible, start: periodStart, endExclusive: periodEnd }];
  return held.map(({ responsible: holder, start, endExclusive }) => {
    const given: readonly Group[] = [
      ...(salesperson ? [{ kind: 'person', id: parts ? holder : salesperson } as const] : []),
      ...(unit ? [{ kind: 'unit', id: unit } as const] : []),
      ...(manager ? [{ kind: 'team', id: manager } as const] : []),
    ];
    return {
      groups: given.length > 0 ? given : [{ kind: 'team', id: holder } as const],
      span: { start, endExclusive },
    };
  });
}

/** Everybody who counts to a target, on the days of a span on which they do. */
async function countedMembers(db: AnyDb, counted: Counted, span: Span): Promise<Members> {
  const clauses = clausesOf(counted);
  const peopleOf = await peopleDaysOf(
    db,
    clauses.flatMap(({ groups }) => groups),
    span,
  );
  return stintsOf(
    clauses.flatMap((clause) =>
      [...clause.groups.map(peopleOf).reduce(inBoth)].flatMap(([personId, days]) =>
        common(days, [clause.span]).map((stint) => ({ personId, ...stint })),
      ),
    ),
  );
}

/** What a row must be to count to a value of a dimension. */
type Rule = (value: string) => RawBuilder<unknown>;
type Rules = Readonly<Partial<Record<Dimension, Rule>>>;

const isCustomerIn =
  (field: string): Rule =>
  (value) =>
    sql`done."customerId" in (select "customerId" from customer where ${sql.ref(field)}::text = ${value})`;

const ofCustomers: Rules = {
  customer: (value) => sql`done."customerId"::text = ${value}`,
  region: isCustomerIn('regionId'),
  customer_segment: isCustomerIn('segment'),
};
const ofNewCustomers: Rules = { ...ofCustomers, channel: isCustomerIn('channelId') };
const ofFacts: Rules = {
  ...ofCustomers,
  channel: (value) => sql`coalesce(done."channelId", (
    select customer."channelId" from customer where customer."customerId" = done."customerId"))::text = ${value}`,
  dealer: (value) => sql`done."dealerId"::text = ${value}`,
};
const ofSold: Rules = {
  product: (value) => sql`sold."productId"::text = ${value}`,
  product_group: (value) =>
    sql`sold."productId" in (select "productId" from product where "groupId"::text = ${value})`,
};

const passing = (rules: Rules, { dimensions }: Counted): readonly RawBuilder<unknown>[] =>
  Object.entries(dimensions).flatMap(([name, value]) => rules[name as Dimension]?.(value) ?? []);
const and = (conditions: readonly RawBuilder<unknown>[]): RawBuilder<unknown> =>
  sql.join([sql`true`, ...conditions], sql` and `);

/** New customers have neither products nor a dealer: narrowed to these there are none. */
const newCustomers = (counted: Counted) => sql`
  select done."newOn" as date, done."personId", 1::bigint as amount,
    (select array_agg(made."sincePosition"::float8 order by made."sincePosition")
      from customer_fact_version made where made."customerId" = done."customerId") as positions,
    concat_ws(' ', done."newOn", done."customerId") as place, 1::bigint as whole
  from customer_fact done
  where ${Object.keys(counted.dimensions).every((name) => !['product', 'product_group', 'dealer'].includes(name))}
    and ${and(passing(ofNewCustomers, counted))}`;

/** An order as such has the products of its lines. */
function facts(counted: Counted) {
  const { measure, currency } = counted;
  const isSold = passing(ofSold, counted);
  const lines =
    measure === 'orders'
      ? sql`fact sold where sold."orderId" = done."orderId" and sold.measure = 'net_sales'`
      : sql`(select done."productId") as sold where true`;
  return sql`
    select done.date, done."personId", done.numerator as amount, array[done.position::float8] as positions,
      concat_ws(' ', done.date, lpad(done.position::text, 19, '0'), lpad(done.ordinal::text, 10, '0')) as place,
      (select sum(made.numerator)::bigint from fact made
        where made.position = done.position and made.measure = done.measure and made.currency = done.currency) as whole
    from fact done
    where done.measure = ${measure} and done.currency = ${currency ?? ''} and ${and(passing(ofFacts, counted))}
      ${isSold.length > 0 ? sql`and exists (select from ${lines} and ${and(isSold)})` : sql``}`;
}

/** The place within the list at which a page ended. */
function placeOf(cursor = ''): string {
  if (!/^[\w -]{0,200}$/.test(cursor)) throw new InvalidCursor();
  return cursor;
}

export const getTargetEvidence = query({
  name: 'GetTargetEvidence',
  summary:
    'Get what makes up the actual of a target: everything that counts to it, and the events that made it count. The amounts add up to the actual.',
  permission: 'figures:read',
  path: '/targets/:targetId/evidence',
  input: {
    targetId: TargetId,
    asOf: LocalDate.optional().describe('Only figures up to this day; today when left out.'),
    cursor: z.string().max(400).optional().describe('`nextCursor` of the page before.'),
    limit: z
      .string()
      .regex(/^\d{1,3}$/)
      .transform(Number)
      .pipe(z.int().min(1).max(200))
      .default(50),
  },
  output: page(TargetEvidence),
  reads: together(target, ...actualModels, ...nameModels),
  versions: [customerFact],
  answer: async (db, { targetId, asOf, cursor, limit }, asker) => {
    const counted = await db
      .selectFrom('target')
      .selectAll()
      .where('targetId', '=', targetId)
      .where('state', '=', 'assigned')
      .executeTakeFirst();
    if (!counted || !isVisible(asker, counted.responsible, asker.today)) return nothing;
    const span = upTo({ start: counted.periodStart, endExclusive: counted.periodEnd }, asOf ?? asker.today);
    const members = await countedMembers(db, counted, span);
    if (!(await seesAll(db, members, span, asker.visibility))) return nothing;
    const rows = counted.measure === 'new_customers' ? newCustomers(counted) : facts(counted);
    const found = await rowsOf<Counting>(
      db,
      sql`with recursive ${members}
        select entry.* from (${rows}) as entry
        join member on member.id = entry."personId" and member.days @> entry.date
        where entry.date >= ${span.start}::date and entry.date < ${span.endExclusive}::date
          and place collate "C" > ${placeOf(cursor)}
        order by place collate "C" limit ${limit + 1}`,
    );
    const shown = found.slice(0, limit);
    const events = await told(db, [...new Set(shown.flatMap(({ positions }) => positions))], asker);
    return {
      data: shown.map(({ date, personId, amount, whole, positions }) => ({
        date,
        personId,
        amount,
        share: rational(amount, whole),
        events: positions.map((position) => events.get(position)!),
      })),
      nextCursor: found.length > limit ? shown.at(-1)!.place : null,
    };
  },
});
