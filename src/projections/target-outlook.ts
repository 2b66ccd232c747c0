import { sql } from 'kysely';
import { z } from 'zod';
import { addDays } from '../engine/instant.ts';
import { nothing, query } from '../engine/query.ts';
import type { MeasureDefinition } from '../events/measure-definition.ts';
import { Currency, LocalDate, TargetId } from '../events/values.ts';
import { type Counted, clausesOf, matching, narrowingsOf } from './actuals.ts';
import { measure, measuresOf } from './measure.ts';
import { memberModels } from './members.ts';
import { opportunity } from './opportunity.ts';
import { later, peopleDaysOf } from './people-days.ts';
import { type AnyDb, rowsOf, together } from './rows-of.ts';
import { target } from './target.ts';
import { isVisible } from './visible.ts';

/** The measure of which opportunities say what may come. */
const forecast = 'net_sales';

type Looked = Omit<Counted, 'terms'>;

/** Whether the pipeline says something about a target: of net sales, of people alone. */
export const hasOutlook = (
  { terms, denominator }: Pick<MeasureDefinition, 'terms' | 'denominator'>,
  counted: Looked,
): boolean =>
  denominator.length === 0 &&
  terms.length === 1 &&
  terms[0]!.measure === forecast &&
  terms[0]!.times === 1 &&
  narrowingsOf(counted).length === 0;

/** Answers who counts to each of some targets on a day; to one that has not begun, those of its first holder. */
export async function countingOn(
  db: AnyDb,
  targets: readonly Looked[],
  day: string,
): Promise<(target: Looked) => readonly string[]> {
  const clauseOf = (of: Looked) => {
    const clauses = clausesOf(of);
    return clauses.find(({ span }) => day < span.endExclusive) ?? clauses.at(-1)!;
  };
  const groups = targets.flatMap((of) => clauseOf(of).groups);
  const peopleOf = matching(await peopleDaysOf(db, groups, { start: day, endExclusive: addDays(day, 1) }));
  return (of) => [...peopleOf(clauseOf(of)).keys()];
}

/** Somebody's target as far as the pipeline is asked about it. */
interface Asked {
  readonly people: readonly string[];
  readonly currency: string | null;
  readonly periodStart: string;
  readonly periodEnd: string;
}

interface SumRow {
  readonly personId: string;
  readonly currency: string;
  readonly den: bigint;
  readonly bucket: number;
  readonly num: string;
}

const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b));
const credited = 10_000n;

/**
 * What is open and expected to be won after a day and within each of some periods: value times probability times the
 * share of the credit, summed exactly and rounded down at the end.
 */
export async function outlookOf(
  db: AnyDb,
  asked: readonly Asked[],
  asOf: string,
): Promise<(one: Asked) => bigint> {
  const after = addDays(asOf, 1);
  const bounds = asked.flatMap(({ periodStart, periodEnd }) => [periodStart, periodEnd]);
  const cuts = [...new Set([after, ...bounds.filter((day) => day > after)])].sort();
  if (cuts.length < 2) return () => 0n;
  const rows = await rowsOf<SumRow>(
    db,
    sql`select credit."personId", currency, "probabilityDen" as den,
        width_bucket("expectedClose", ${cuts}::date[]) as bucket,
        sum("valueMinor"::numeric * "probabilityNum" * credit."shareBp")::text as num
      from opportunity
      cross join lateral jsonb_to_recordset(credits) as credit("personId" uuid, "shareBp" integer)
      where status = 'open' and "expectedClose" >= ${after}::date and "expectedClose" < ${cuts.at(-1)}::date
      group by 1, 2, 3, 4`,
  );
  const scale = rows.reduce((whole, { den }) => (whole / gcd(whole, den)) * den, 1n);
  const between = new Map<string, bigint[]>();
  for (const { personId, currency, den, bucket, num } of rows) {
    const key = `${personId} ${currency}`;
    const sums = between.get(key) ?? cuts.map(() => 0n);
    sums[bucket]! += BigInt(num) * (scale / den);
    between.set(key, sums);
  }
  for (const sums of between.values())
    sums.forEach((sum, index) => {
      if (index > 0) sums[index] = sums[index - 1]! + sum;
    });
  const numberOf = new Map(cuts.map((cut, index) => [cut, index]));
  return ({ people, currency, periodStart, periodEnd }) => {
    const [from, to] = [numberOf.get(later(periodStart, after)), numberOf.get(periodEnd)];
    if (from === undefined || to === undefined || from >= to) return 0n;
    let sum = 0n;
    for (const personId of people) {
      const sums = between.get(`${personId} ${currency}`);
      if (sums) sum += sums[to]! - sums[from]!;
    }
    return sum / (scale * credited);
  };
}

/** The read models of what is open. */
export const outlookModels = together(opportunity, ...memberModels);

export const getTargetOutlook = query({
  name: 'GetTargetOutlook',
  summary:
    'Get what is open in the pipeline of those who count to a target of net sales and is expected to be won after a day, within its period: each value times its probability.',
  permission: 'figures:read',
  path: '/targets/:targetId/outlook',
  input: {
    targetId: TargetId,
    asOf: LocalDate.optional().describe('After this day; after today when left out.'),
  },
  output: z
    .object({
      targetId: TargetId,
      asOf: LocalDate,
      currency: Currency.nullable(),
      weighted: z
        .bigint()
        .nullable()
        .describe(
          'In minor units, rounded down; null where the target is of something else than net sales, or narrowed by more than people.',
        ),
    })
    .meta({ id: 'TargetOutlook', description: 'What the pipeline may bring to a target.' }),
  reads: together(target, measure, ...outlookModels),
  answer: async (db, { targetId, asOf: asked }, asker) => {
    const asOf = asked ?? asker.today;
    const found = await db
      .selectFrom('target')
      .selectAll()
      .where('targetId', '=', targetId)
      .executeTakeFirst();
    if (!found || !isVisible(asker, found.responsible, asker.today)) return nothing;
    const definition = (await measuresOf(db, [found.measure]))(found.measure);
    const answer = { targetId, asOf, currency: found.currency };
    if (!hasOutlook(definition, found)) return { ...answer, weighted: null };
    const one = { ...found, people: (await countingOn(db, [found], asOf))(found) };
    return { ...answer, weighted: (await outlookOf(db, [one], asOf))(one) };
  },
});
