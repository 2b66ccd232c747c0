import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import { InvalidCursor } from '../engine/cursor.ts';
import { addDays } from '../engine/instant.ts';
import { nothing, page, query } from '../engine/query.ts';
import { isMoneyMeasure } from '../events/measure.ts';
import type { Span } from '../events/period.ts';
import type { Dimension } from '../events/target.ts';
import { LocalDate, PersonId, TargetId } from '../events/values.ts';
import { achievedModels, beginning, stockAt } from './achieved.ts';
import { type Counted, clausesOf, narrowingsOf } from './actuals.ts';
import { upTo } from './buckets.ts';
import { countedModels, type Evidence, Rational, rational, type Source, sources } from './figures.ts';
import { KpiEvidence, told } from './kpi-evidence.ts';
import { measuresOf } from './measure.ts';
import { type Members, type Stint, seesAll, stintsOf } from './members.ts';
import { nameModels } from './names.ts';
import { withBelow } from './narrowed.ts';
import { common, earlier, inBoth, peopleDaysOf } from './people-days.ts';
import { type AnyDb, rowsOf, together } from './rows-of.ts';
import { target } from './target.ts';
import { isVisible } from './visible.ts';

const TargetEvidence = KpiEvidence.pick({ measure: true, date: true, events: true })
  .extend({
    side: z
      .enum(['numerator', 'denominator'])
      .describe('What it counts to: of a ratio one of its sides, of everything else the numerator.'),
    personId: PersonId.describe('Whose figure it is.'),
    amount: z
      .bigint()
      .describe(
        'What it adds to that side, minor units or a count, before a ratio is put into basis points; below zero where it takes away.',
      ),
    share: Rational.nullable().describe(
      'The amount over all that the event adds to the side, whoever has it; null where that is nothing, as when credit is split anew.',
    ),
  })
  .meta({ id: 'TargetEvidence', description: 'One thing that counts to a target.' });

/** Something that counts, and what its event adds in all. */
interface Counting extends Evidence {
  readonly personId: string;
  readonly whole: bigint;
}

/** A target of which one term of its measure is looked at. */
type Narrowed = Omit<Counted, 'terms'>;

/** Who counts to a target, on which days, and the days that must be seen of them. */
interface Attributed {
  readonly stints: readonly Stint[];
  readonly span: Span;
}

/** Everybody who counts to a target, on the days of a span on which they do. */
async function attributed(db: AnyDb, counted: Counted, span: Span): Promise<Attributed> {
  const clauses = clausesOf(counted);
  const peopleOf = await peopleDaysOf(
    db,
    clauses.flatMap(({ groups }) => groups),
    span,
  );
  const stints = clauses.flatMap((clause) =>
    [...clause.groups.map(peopleOf).reduce(inBoth)].flatMap(([personId, days]) =>
      common(days, [clause.span]).map((stint) => ({ personId, ...stint })),
    ),
  );
  return { stints, span };
}

/** Everybody who has a stock on its last day, on that day. */
async function holding(db: AnyDb, counted: Counted, asOf: string): Promise<Attributed> {
  const { endExclusive, clause } = stockAt(counted, asOf);
  const span = { start: addDays(endExclusive, -1), endExclusive };
  const peopleOf = await peopleDaysOf(db, clause.groups, span);
  const people = clause.groups.map(peopleOf).reduce(inBoth);
  return { stints: [...people.keys()].map((personId) => ({ personId, ...span })), span };
}

/** What a row must be to count to a value of a dimension. */
type Rule = (value: string) => RawBuilder<unknown>;
type Rules = Readonly<Partial<Record<Dimension, Rule>>>;

const ofCustomer =
  (condition: (value: string) => RawBuilder<unknown>): Rule =>
  (value) =>
    sql`done."customerId" in (select "customerId" from customer where ${condition(value)})`;

const ofCustomers: Rules = {
  customer: (value) => sql`done."customerId"::text = ${value}`,
  region: ofCustomer((value) => sql`"regionId" in ${withBelow([value])}`),
  customer_segment: ofCustomer((value) => sql`segment = ${value}`),
};
const ofRows: Rules = { ...ofCustomers, channel: ofCustomer((value) => sql`"channelId"::text = ${value}`) };
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

const passing = (rules: Rules, { dimensions }: Narrowed): readonly RawBuilder<unknown>[] =>
  Object.entries(dimensions).flatMap(([name, value]) => rules[name as Dimension]?.(value) ?? []);
const and = (conditions: readonly RawBuilder<unknown>[]): RawBuilder<unknown> =>
  sql.join([sql`true`, ...conditions], sql` and `);

/** What is counted by rows knows no products and no dealer, and often no customer: narrowed to these there is nothing. */
function rows(
  { table, date, key, ofCustomers: knowsCustomers, counts }: Source,
  counted: Narrowed & Pick<Counted, 'terms'>,
  measure: keyof typeof counts,
) {
  const knows = narrowingsOf(counted).every((name) => knowsCustomers && ofRows[name] !== undefined);
  const inCurrency = isMoneyMeasure(measure) ? sql`and currency = ${counted.currency}` : sql``;
  return sql`
    select done.*, amount as whole from (
      select ${sql.ref(date)} as date, "personId", ${knowsCustomers ? sql`"customerId"` : sql`null::uuid`} as "customerId",
        (${counts[measure]!})::bigint as amount,
        (select array_agg(made."sincePosition"::float8 order by made."sincePosition")
          from ${sql.table(`${table}_version`)} made where ${sql.join(
            key.map((field) => sql`made.${sql.ref(field)} = counted.${sql.ref(field)}`),
            sql` and `,
          )}) as positions,
        concat_ws(' ', ${sql.ref(date)}, ${sql.join(key.map((field) => sql.ref(field)))}) as place
      from ${sql.table(table)} as counted where ${knows} ${inCurrency}) as done
    where amount <> 0 and ${and(knows ? passing(ofRows, counted) : [])}`;
}

/** An order as such has the products of its lines. */
function facts(counted: Narrowed, measure: string, currency: string) {
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
    where done.measure = ${measure} and done.currency = ${currency} and ${and(passing(ofFacts, counted))}
      ${isSold.length > 0 ? sql`and exists (select from ${lines} and ${and(isSold)})` : sql``}`;
}

/** Where a page ended: the number of the term, and the place within it, which is a day and what follows. */
function placeOf(cursor: string | undefined, terms: number) {
  if (cursor === undefined) return { term: 0, place: '' };
  const [, term = '', day = '', rest = ''] =
    /^(\d{1,2}) (\d{4}-\d\d-\d\d)( [\w -]{1,200})$/.exec(cursor) ?? [];
  if (term === '' || Number(term) >= terms || !LocalDate.safeParse(day).success) throw new InvalidCursor();
  return { term: Number(term), place: day + rest };
}

/** The first entries of a span after a place; looked for in ever more days, so that a page needs no whole year. */
async function firstOf(
  db: AnyDb,
  entries: RawBuilder<unknown>,
  members: Members,
  { start, endExclusive }: Span,
  after: string,
  limit: number,
): Promise<readonly Counting[]> {
  const since = after === '' ? start : after.slice(0, 10);
  for (let days = 7; ; days *= 8) {
    const until = earlier(addDays(since, days), endExclusive);
    const found = await rowsOf<Counting>(
      db,
      sql`with recursive ${members}
        select entry.* from (${entries}) as entry
        join member on member.id = entry."personId" and member.days @> entry.date
        where entry.date >= ${since}::date and entry.date < ${until}::date and place collate "C" > ${after}
        order by place collate "C" limit ${limit}`,
    );
    if (found.length === limit || until === endExclusive) return found;
  }
}

export const getTargetEvidence = query({
  name: 'GetTargetEvidence',
  summary:
    'Get what makes up the actual of a target: everything that counts to it, and the events that made it count. The amounts of a side add up to it.',
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
  reads: together(target, ...achievedModels, ...nameModels),
  versions: countedModels,
  answer: async (db, { targetId, asOf, cursor, limit }, asker) => {
    const found = await db
      .selectFrom('target')
      .selectAll()
      .where('targetId', '=', targetId)
      .where('state', '=', 'assigned')
      .executeTakeFirst();
    if (!found || !isVisible(asker, found.responsible, asker.today)) return nothing;
    const { terms: added, denominator, additivity } = (await measuresOf(db, [found.measure]))(found.measure);
    const terms = [
      ...added.map((term) => ({ ...term, side: 'numerator' as const })),
      ...denominator.map((term) => ({ ...term, side: 'denominator' as const })),
    ];
    const counted = { ...found, terms };
    const day = asOf ?? asker.today;
    const isStock = additivity === 'semi_additive_last';
    const period = upTo({ start: found.periodStart, endExclusive: found.periodEnd }, day);
    if (!isStock && period.endExclusive <= period.start) return { data: [], nextCursor: null };
    const { stints, span: seen } = isStock
      ? await holding(db, counted, day)
      : await attributed(db, counted, period);
    if (!(await seesAll(db, stintsOf(stints), seen, asker.visibility))) return nothing;
    const span = isStock ? { ...seen, start: beginning } : seen;
    const members = stintsOf(isStock ? stints.map((stint) => ({ ...stint, start: beginning })) : stints);
    const begin = placeOf(cursor, terms.length);
    const entries: (Counting & { readonly term: (typeof terms)[number]; readonly cursor: string })[] = [];
    for (let index = begin.term; index < terms.length && entries.length <= limit; index++) {
      const term = terms[index]!;
      const source = sources.find(({ counts }) => counts[term.measure]);
      const currency = isMoneyMeasure(term.measure) ? (counted.currency ?? '') : '';
      const rest = await firstOf(
        db,
        source ? rows(source, counted, term.measure) : facts(counted, term.measure, currency),
        members,
        span,
        index === begin.term ? begin.place : '',
        limit + 1 - entries.length,
      );
      entries.push(...rest.map((entry) => ({ ...entry, term, cursor: `${index} ${entry.place}` })));
    }
    const shown = entries.slice(0, limit);
    const events = await told(db, [...new Set(shown.flatMap(({ positions }) => positions))], asker);
    return {
      data: shown.map(({ term, date, personId, amount, whole, positions }) => ({
        measure: term.measure,
        side: term.side,
        date,
        personId,
        amount: amount * BigInt(term.times),
        share: rational(amount, whole),
        events: positions.map((position) => events.get(position)!),
      })),
      nextCursor: entries.length > limit ? shown.at(-1)!.cursor : null,
    };
  },
});
