import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import { addDays } from '../engine/instant.ts';
import type { Asker } from '../engine/query.ts';
import { contract } from './contract.ts';
import { ValueIn, valuesOf } from './coverage-open.ts';
import { Rational, rational } from './figures.ts';
import { type Members, memberModels, seesAll } from './members.ts';
import { offer } from './offer.ts';
import { opportunity } from './opportunity.ts';
import { type AnyDb, rowsOf, together } from './rows-of.ts';

export const depthModels = together(opportunity, offer, contract, ...memberModels);

const Worth = ValueIn.extend({
  weighted: Rational.describe('The sum of value times probability, in minor units, exact.'),
}).meta({ id: 'PipelineWorth', description: 'What opportunities may come to in one currency.' });
type Worth = z.output<typeof Worth>;

export const Depth = z
  .object({
    open: z.int().describe('How many are open.'),
    amounts: z.array(Worth).describe('What they may come to, by currency.'),
    committed: z.int().describe('Those of them with an offer that the customer has accepted.'),
    committedAmounts: z.array(Worth),
    renewals: z
      .object({ count: z.int(), amounts: z.array(ValueIn) })
      .nullable()
      .describe('Contracts whose term ends then; null for readers who may not see them.'),
  })
  .meta({ id: 'PipelineDepth', description: 'What is expected to close in a time.' });
export type Depth = z.output<typeof Depth>;

const plus = (a: Rational, b: Rational): Rational => rational(a.num * b.den + b.num * a.den, a.den * b.den)!;

interface OpenRow {
  readonly bucket: number;
  readonly isCommitted: boolean;
  readonly currency: string;
  readonly den: bigint;
  readonly count: number;
  readonly valueMinor: string;
  readonly num: string;
}

function worthOf(rows: readonly OpenRow[]): Worth[] {
  return [...Map.groupBy(rows, ({ currency }) => currency)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([currency, some]) => ({
      currency,
      valueMinor: some.reduce((sum, { valueMinor }) => sum + BigInt(valueMinor), 0n),
      weighted: some.map(({ num, den }) => rational(BigInt(num), den)!).reduce(plus, { num: 0n, den: 1n }),
    }));
}
const countOf = (rows: readonly { readonly count: number }[]): number =>
  rows.reduce((sum, { count }) => sum + count, 0);

/** The rows whose person belongs to the subject today. */
const theirs = (column: string, members: Members | null, today: string): RawBuilder<unknown> =>
  members
    ? sql`${sql.ref(column)} in (with recursive ${members} select id from member where days @> ${today}::date)`
    : sql`true`;

/** Whose opportunities, of which pipeline. */
export interface Looked {
  readonly members: Members | null;
  readonly pipelineId: string | undefined;
  readonly today: string;
}

/** The bucket of what has no day; those before the first cut are in bucket 0. */
export const undatedBucket = -1;

/** What is open, by the bucket of its expected day between some days. */
const openBetween = (db: AnyDb, { members, pipelineId, today }: Looked, cuts: readonly string[]) =>
  rowsOf<OpenRow>(
    db,
    sql`select case when "expectedClose" is null then ${undatedBucket}::integer
          else width_bucket("expectedClose", ${cuts}::date[]) end as bucket,
        exists (select from offer where offer."opportunityId" = deal."opportunityId" and offer.state = 'accepted') as "isCommitted",
        currency, "probabilityDen" as den, count(*)::integer as count, sum("valueMinor")::text as "valueMinor",
        sum("valueMinor"::numeric * "probabilityNum")::text as num
      from opportunity deal
      where status = 'open' and ${pipelineId ? sql`"pipelineId" = ${pipelineId}::uuid` : sql`true`}
        and ${theirs('ownerId', members, today)}
      group by 1, 2, 3, 4`,
  );

interface RenewalRow {
  readonly bucket: number;
  readonly count: number;
  readonly currency: string;
  readonly valueMinor: string;
}

/** The contracts whose term ends, by bucket; undefined where the reader may not see all of them. */
async function renewalsBetween(
  db: AnyDb,
  { members, today }: Looked,
  cuts: readonly string[],
  { visibilityBy }: Asker,
): Promise<readonly RenewalRow[] | undefined> {
  const seen = visibilityBy('contract:read');
  const day = { start: today, endExclusive: addDays(today, 1) };
  const seesThem = seen && (members ? await seesAll(db, members, day, seen) : seen.intervals === null);
  if (!seesThem) return undefined;
  return rowsOf<RenewalRow>(
    db,
    sql`select width_bucket("termTo", ${cuts}::date[]) as bucket, currency, count(*)::integer as count,
        sum("valueMinor")::text as "valueMinor"
      from contract where state <> 'lapsed' and ${theirs('responsible', members, today)} group by 1, 2`,
  );
}

/** Answers what is expected to close in a bucket between some days. */
export async function depthsOf(db: AnyDb, looked: Looked, cuts: readonly string[], asker: Asker) {
  const open = await openBetween(db, looked, cuts);
  const renewals = await renewalsBetween(db, looked, cuts, asker);
  return (bucket: number): Depth => {
    const here = open.filter((row) => row.bucket === bucket);
    const committed = here.filter(({ isCommitted }) => isCommitted);
    const due = renewals?.filter((row) => row.bucket === bucket);
    return {
      open: countOf(here),
      amounts: worthOf(here),
      committed: countOf(committed),
      committedAmounts: worthOf(committed),
      renewals: due
        ? {
            count: countOf(due),
            amounts: valuesOf(
              due.map(({ currency, valueMinor }) => ({
                value: { currency, valueMinor: BigInt(valueMinor) },
              })),
            ),
          }
        : null,
    };
  };
}
