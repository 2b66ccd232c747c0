import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import { InvalidCursor } from '../engine/cursor.ts';
import { nothing, page, query, type Visibility } from '../engine/query.ts';
import { PeriodId } from '../events/calendar.ts';
import { FactMeasure, isMoneyMeasure } from '../events/measure.ts';
import type { Span } from '../events/period.ts';
import { Currency, PersonId, Position } from '../events/values.ts';
import { fact } from './fact.ts';
import { factDay } from './fact-day.ts';
import { nobody } from './fact-sums.ts';
import { countedModels, countedReads, currencyModels, reportingCurrency, sources } from './figures.ts';
import { fiscalPeriod } from './fiscal-period.ts';
import { ToldEvent, told } from './kpi-evidence.ts';
import { hiddenPeers, peopleOf } from './members.ts';
import { nameModels } from './names.ts';
import { receivableChanges, receivableFigureModels, receivableMeasures } from './receivable-figures.ts';
import { type AnyDb, rowsOf, together } from './rows-of.ts';

/** So many of the events that made a difference are told. */
const toldMax = 20;

interface Change {
  readonly measure: FactMeasure;
  readonly personId: string | null;
  readonly currency: string;
  readonly before: bigint;
  readonly after: bigint;
  readonly eventsCount: number;
  readonly positions: readonly number[];
  readonly place: string;
}

/** How many events, and the first of them by position. */
const causes = (position: RawBuilder<unknown>) => sql`count(distinct ${position})::integer as "eventsCount",
  (array_agg(distinct ${position}::float8 order by ${position}::float8)
    filter (where ${position} is not null))[1:${sql.lit(toldMax)}] as positions`;

const within = (day: RawBuilder<unknown>, { start, endExclusive }: Span) =>
  sql`${day} >= ${start}::date and ${day} < ${endExclusive}::date`;

/** The sums of facts by person, measure and currency to which facts came after a position. */
const changedSums = (span: Span, known: bigint) => sql`
  select late.measure, late."personId", late.currency, (total.numerator - late.numerator)::bigint as before,
    total.numerator::bigint as after, late."eventsCount", late.positions
  from (
    select measure, "personId", currency, sum(numerator) as numerator, ${causes(sql`position`)}
    from fact where position > ${known}::bigint and ${within(sql`date`, span)}
    group by measure, "personId", currency) as late
  join (
    select measure, "personId", currency, sum(numerator) as numerator
    from fact_day where ${within(sql`date`, span)}
    group by measure, "personId", currency) as total
  on total.measure = late.measure and total.currency = late.currency
    and total."personId" = coalesce(late."personId", ${nobody}::uuid)`;

/**
 * What is counted by rows that several events make, by the rows of then and of now. The events are those that began or
 * ended a version of a row that counts otherwise.
 */
function changedCounts({ table, date, key, counts }: (typeof sources)[number], span: Span, known: bigint) {
  const measures = Object.keys(counts) as FactMeasure[];
  const hasMoney = measures.some(isMoneyMeasure);
  const thing = [...new Set([...key, 'personId', ...(hasMoney ? ['currency'] : [])])].map((field) =>
    sql.ref(field),
  );
  const before = (measure: FactMeasure) => sql.ref(`${measure}_before`);
  const after = (measure: FactMeasure) => sql.ref(`${measure}_after`);
  const sums = measures.map((measure) => {
    const amount = sql`(${counts[measure]!})::bigint`;
    return sql`coalesce(sum(${amount}) filter (where "sincePosition" <= ${known}::bigint), 0) as ${before(measure)},
      coalesce(sum(${amount}) filter (where "untilPosition" is null), 0) as ${after(measure)}`;
  });
  const pairs = measures.map(
    (measure) =>
      sql`(${sql.lit(measure)}, ${isMoneyMeasure(measure) ? sql`counted.currency` : sql`''`}, ${before(measure)}, ${after(measure)})`,
  );
  const once = sql`filter (where nth is null or nth = 1)`;
  return sql`
    select pair.measure, "personId", pair.currency, (sum(pair.before) ${once})::bigint as before,
      (sum(pair.after) ${once})::bigint as after, ${causes(sql`cause`)}
    from (
      select "personId", ${hasMoney ? sql`currency,` : sql``} ${sql.join(sums)},
        array_remove(array_agg("sincePosition") filter (where "sincePosition" > ${known}::bigint)
          || array_agg("untilPosition"), null) as causes
      from ${sql.table(`${table}_version`)} as counted
      where ("untilPosition" is null or "untilPosition" > ${known}::bigint) and ${within(sql.ref(date), span)}
      group by ${sql.join(thing)}) as counted
    cross join lateral (values ${sql.join(pairs)}) as pair(measure, currency, before, after)
    left join lateral unnest(case when pair.before <> pair.after then causes end)
      with ordinality as made(cause, nth) on true
    group by pair.measure, "personId", pair.currency`;
}

/** The figures of people over a span that differ now from what was known at a position, after a place. */
async function changesSince(
  db: AnyDb,
  span: Span,
  known: bigint,
  currency: string | null,
  people: readonly string[] | null,
  after: string,
  limit: number,
): Promise<readonly Change[]> {
  const counted = sources.map((source) => changedCounts(source, span, known));
  const due = receivableMeasures.map(
    (measure) => sql`select ${sql.lit(measure)} as measure, "personId", ${currency}::text as currency,
      coalesce(sum(amount) filter (where cause is null), 0)::bigint as before, sum(amount)::bigint as after,
      ${causes(sql`cause`)}
      from (select *, case when position > ${known}::bigint then position end as cause
        from (${receivableChanges(measure, span, currency)}) as entry) as entry group by "personId"`,
  );
  const parts = [changedSums(span, known), ...counted, ...due];
  return rowsOf<Change>(
    db,
    sql`select * from (
        select change.*, concat_ws(' ', measure, coalesce("personId"::text, '-'), currency) collate "C" as place
        from (${sql.join(parts, sql` union all `)}) as change
        where before <> after ${people ? sql`and "personId" = any(${people}::uuid[])` : sql``}) as placed
      where place > ${after} order by place limit ${limit}`,
  );
}

/** Those of whom the reader sees every day of a span; null for everybody. */
async function peopleSeen(db: AnyDb, span: Span, visibility: Visibility): Promise<readonly string[] | null> {
  if (!visibility.intervals) return null;
  const people = [...new Set(visibility.intervals.map(({ personId }) => personId))];
  const hidden = await hiddenPeers(db, peopleOf(people), span, visibility);
  return people.filter((personId) => !hidden.has(personId));
}

const Restatement = z
  .object({
    measure: FactMeasure,
    personId: PersonId.nullable().describe('Whose figure it is; null when it is nobody’s.'),
    currency: Currency.nullable().describe('Currency of a sum of money; null for everything else.'),
    before: z.bigint().describe('What was known of the period when it was closed.'),
    after: z.bigint().describe('What is known of it now.'),
    eventsCount: z.int().describe('How many events made the difference.'),
    events: z.array(ToldEvent).describe(`The first of them, at most ${toldMax}.`),
  })
  .meta({ id: 'Restatement', description: 'A figure of a closed period that differs now.' });

export const listRestatements = query({
  name: 'ListRestatements',
  summary:
    'List the figures of a period that differ now from what was known at the position on which it was closed last, with before and after and the events that made the difference. Money stands in the currency that it was in.',
  permission: 'figures:read',
  path: '/calendar/periods/:periodId/restatements',
  input: {
    periodId: PeriodId,
    cursor: z.string().max(400).optional().describe('`nextCursor` of the page before.'),
    limit: z
      .string()
      .regex(/^\d{1,3}$/)
      .transform(Number)
      .pipe(z.int().min(1).max(200))
      .default(50),
  },
  output: page(Restatement).extend({
    closingPosition: Position.describe('The position of the log up to which the figures were known then.'),
  }),
  reads: together(
    fact,
    factDay,
    fiscalPeriod,
    ...countedReads,
    ...receivableFigureModels,
    ...currencyModels,
    ...nameModels,
  ),
  versions: countedModels,
  answer: async (db, { periodId, cursor = '', limit }, asker) => {
    if (!/^(?:[a-z_]+ [0-9a-f-]+ ?[A-Z]{0,3})?$/.test(cursor)) throw new InvalidCursor();
    const period = await db
      .selectFrom('fiscal_period')
      .select(['start', 'endExclusive', 'closingPosition'])
      .where('periodId', '=', periodId)
      .executeTakeFirst();
    if (!period || period.closingPosition === null) return nothing;
    const { closingPosition, ...span } = period;
    const people = await peopleSeen(db, span, asker.visibility);
    const currency = await reportingCurrency(db);
    const found = await changesSince(db, span, closingPosition, currency, people, cursor, limit + 1);
    const shown = found.slice(0, limit);
    const events = await told(db, [...new Set(shown.flatMap(({ positions }) => positions))], asker);
    return {
      closingPosition: Number(closingPosition),
      data: shown.map(({ measure, personId, currency: of, before, after, eventsCount, positions }) => ({
        ...{ measure, personId, before, after, eventsCount },
        currency: of === '' ? null : of,
        events: positions.map((position) => events.get(position)!),
      })),
      nextCursor: found.length > limit ? shown.at(-1)!.place : null,
    };
  },
});
