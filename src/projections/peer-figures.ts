import { type RawBuilder, sql } from 'kysely';
import type { Filters, Reduction } from '../events/kpi.ts';
import { type FactMeasure, isMoneyMeasure } from '../events/measure.ts';
import type { Span } from '../events/period.ts';
import { atRate, conversionTo, joinRate } from './conversion.ts';
import { countOf, type Money, sources } from './figures.ts';
import { type Members, partsOf, peopleOf, unitsOf } from './members.ts';
import { narrowed } from './narrowed.ts';
import { isOfReceivables, receivableSumsOfPeers } from './receivable-figures.ts';
import { type AnyDb, rowsOf } from './rows-of.ts';
import { spanFiguresOfPeers } from './span-figures.ts';
import { isOfSpans } from './span-measures.ts';

/** People, or units, that are compared; or the parts of a unit, by its id. */
export type Peers =
  | { readonly of: 'people' | 'units'; readonly ids: readonly string[] }
  | { readonly of: 'parts'; readonly unitId: string };

export function membersOf(peers: Peers): Members {
  if (peers.of === 'parts') return partsOf(peers.unitId);
  return peers.of === 'people' ? peopleOf(peers.ids) : unitsOf(peers.ids);
}

/** So few people are looked up one by one; of more, everybody is summed and the others are left out. */
const fewPeople = 100;
const amongFew = (ids: readonly string[]) =>
  ids.length <= fewPeople ? sql`and "personId" = any(${ids}::uuid[])` : sql``;

interface Table {
  readonly from: RawBuilder<unknown>;
  readonly date: string;
  /** What each row adds to a measure. */
  readonly sums: readonly (readonly [measure: FactMeasure, sum: RawBuilder<unknown>])[];
  readonly condition: RawBuilder<unknown>;
}

/**
 * The facts of measures that are summed as they are, by months where they may be, and apart from them those in other
 * currencies, whose rates are of days.
 */
function factTables(
  measures: readonly FactMeasure[],
  { currency, conversion }: Money,
  filters: readonly Filters[],
  byMonth: boolean,
): readonly Table[] {
  const narrowing = filters.length > 0;
  const months = byMonth && !narrowing;
  const from = narrowing
    ? sql`(select "personId", date, measure, currency, sum(numerator) as numerator
        from fact where measure = any(${measures}::text[]) ${narrowed('fact', filters)} group by 1, 2, 3, 4) as day`
    : sql`fact_day as day`;
  const sumsOf = (amount: RawBuilder<unknown>) =>
    measures.map(
      (measure) => [measure, sql`sum(${amount}) filter (where measure = ${sql.lit(measure)})`] as const,
    );
  const ofMeasures = sql`and measure = any(${measures}::text[])`;
  const own = {
    from: months ? sql`fact_month as day` : from,
    date: months ? 'month' : 'date',
    sums: sumsOf(sql`numerator`),
    condition: sql`${ofMeasures} and currency = any(${['', currency ?? '']}::text[])`,
  };
  if (!conversion) return [own];
  const foreign = {
    from: sql`${from} ${joinRate(conversion, sql`day.currency`, sql`day.date`)}`,
    date: 'date',
    sums: sumsOf(atRate(sql`numerator`)),
    condition: ofMeasures,
  };
  return [own, foreign];
}

function tablesOf(
  measures: readonly FactMeasure[],
  to: Money,
  filters: readonly Filters[],
  byMonth: boolean,
): readonly Table[] {
  const counted = sources.map((source) => ({
    from: sql`(select * from ${sql.table(source.table)} where true ${narrowed(source.table, filters)}) as counted`,
    date: source.date,
    sums: measures
      .filter((measure) => source.counts[measure])
      .map((measure) => [measure, sql`sum(${countOf(source, measure, to)})`] as const),
    condition: sql``,
  }));
  const added = measures.filter((measure) => sources.every(({ counts }) => !counts[measure]));
  return [...factTables(added, to, filters, byMonth), ...counted].filter(({ sums }) => sums.length > 0);
}

/**
 * What `sumFigures` answers for a span, for each of some peers: one statement for each table. Those of people join
 * nothing: a join would be planned without knowing how many there are.
 */
export async function sumFiguresOfPeers(
  db: AnyDb,
  peers: Peers,
  measures: readonly FactMeasure[],
  { start, endExclusive }: Span,
  currency: string | null,
  filters: readonly Filters[],
  formula: Reduction = 'ratio',
): Promise<(peer: string, measure: FactMeasure) => bigint> {
  const totals = new Map<string, bigint>();
  const add = (peer: string, measure: FactMeasure, total: bigint | null) =>
    totals.set(`${peer} ${measure}`, (totals.get(`${peer} ${measure}`) ?? 0n) + (total ?? 0n));
  const conversion = measures.some(isMoneyMeasure) ? await conversionTo(db, currency) : undefined;
  const others = measures.filter((measure) => !isOfReceivables(measure) && !isOfSpans(measure));
  const byMonth = peers.of === 'people' && [start, endExclusive].every((day) => day.endsWith('-01'));
  const members = membersOf(peers);
  const tables = tablesOf(others, { currency, conversion }, filters, byMonth);
  for (const { from, date, sums, condition } of tables) {
    const day = sql.ref(date);
    const columns = sql.join(sums.map(([measure, sum]) => sql`${sum}::bigint as ${sql.ref(measure)}`));
    const within = sql`${day} >= ${start}::date and ${day} < ${endExclusive}::date ${condition}`;
    const rows = await rowsOf<Readonly<Record<string, bigint | null>> & { readonly peer: string }>(
      db,
      peers.of === 'people'
        ? sql`select "personId" as peer, ${columns} from ${from}
            where ${within} ${amongFew(peers.ids)} group by "personId"`
        : sql`with recursive ${members}
            select member.peer, summed.* from member cross join lateral (
              select ${columns} from ${from}
              where "personId" = member.id and member.days @> ${day} and ${within}) as summed`,
    );
    for (const row of rows) for (const [measure] of sums) add(row.peer, measure, row[measure] ?? null);
  }
  for (const measure of measures.filter(isOfReceivables)) {
    const rows = await rowsOf<{ readonly peer: string; readonly total: bigint }>(
      db,
      sql`with recursive ${members}
        ${receivableSumsOfPeers(measure, members, { start, endExclusive }, currency)}`,
    );
    for (const { peer, total } of rows) add(peer, measure, total);
  }
  for (const measure of measures.filter(isOfSpans)) {
    const rows = await rowsOf<{ readonly peer: string; readonly total: bigint }>(
      db,
      sql`with recursive ${members}
        ${spanFiguresOfPeers(measure, formula, members, { start, endExclusive }, currency, filters)}`,
    );
    for (const { peer, total } of rows) add(peer, measure, total);
  }
  return (peer, measure) => totals.get(`${peer} ${measure}`) ?? 0n;
}
