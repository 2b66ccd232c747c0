import { sql } from 'kysely';
import { z } from 'zod';
import { InvalidCursor } from '../engine/cursor.ts';
import { page, query } from '../engine/query.ts';
import { periodOf } from '../events/period.ts';
import { CustomerId, LocalDate, OpportunityId, PersonId, PipelineId } from '../events/values.ts';
import { fiscalPeriod } from './fiscal-period.ts';
import { opportunity } from './opportunity.ts';
import { rowsOf } from './rows-of.ts';

const Slippage = z
  .object({
    opportunityId: OpportunityId,
    customerId: CustomerId,
    pipelineId: PipelineId,
    ownerId: PersonId.describe('Whose it is now.'),
    originalClose: LocalDate.describe('The day of closing that was expected first.'),
    currentClose: LocalDate.describe('The day of closing that is expected now.'),
    pushes: z.int().describe('How many times the expected day was put off.'),
    daysSlipped: z.int().describe('Days from the one to the other; below zero where it is earlier now.'),
    pushedAcrossQuarter: z.boolean().describe('Whether it is expected in a later fiscal quarter now.'),
    pushedAcrossYear: z.boolean().describe('Whether it is expected in a later fiscal year now.'),
  })
  .meta({ id: 'Slippage', description: 'How far the expected close of an opportunity was put off.' });
type Slippage = z.output<typeof Slippage>;

const cursorOf = ({ daysSlipped, opportunityId }: Slippage): string => `${daysSlipped} ${opportunityId}`;

/** Where a page ended. */
function placeOf(cursor: string): readonly [number, string] {
  const [days = '', opportunityId = ''] = cursor.split(' ');
  if (!/^-?\d{1,6}$/.test(days) || !OpportunityId.safeParse(opportunityId).success) throw new InvalidCursor();
  return [Number(days), opportunityId];
}

export const listSlippage = query({
  name: 'ListSlippage',
  summary: 'List the running opportunities whose close was put off, those first that were put off furthest.',
  permission: 'opportunity:read',
  path: '/slippage',
  input: {
    pipelineId: PipelineId.optional(),
    ownerId: PersonId.optional().describe('Whose they are now.'),
    cursor: z.string().max(200).optional().describe('`nextCursor` of the page before.'),
    limit: z
      .string()
      .regex(/^\d{1,3}$/)
      .transform(Number)
      .pipe(z.int().min(1).max(200))
      .default(50),
  },
  output: page(Slippage),
  reads: [opportunity, fiscalPeriod],
  answer: async (db, { pipelineId, ownerId, cursor, limit }, { today, visibility }) => {
    const seen = visibility.intervals
      ?.filter(({ from, to }) => from <= today && today < to)
      .map(({ personId }) => personId);
    const place = cursor === undefined ? undefined : placeOf(cursor);
    const among = [
      sql`status in ('open', 'on_hold') and "closePushes" > 0`,
      ...(pipelineId ? [sql`"pipelineId" = ${pipelineId}::uuid`] : []),
      ...(ownerId ? [sql`"ownerId" = ${ownerId}::uuid`] : []),
      ...(seen ? [sql`"ownerId" = any(${seen}::uuid[])`] : []),
      ...(place
        ? [sql`("originalClose" - "expectedClose", "opportunityId") > (${-place[0]}, ${place[1]}::uuid)`]
        : []),
    ];
    const found = await rowsOf<Omit<Slippage, 'pushedAcrossQuarter' | 'pushedAcrossYear'>>(
      db,
      sql`select "opportunityId", "customerId", "pipelineId", "ownerId", "originalClose", "expectedClose" as "currentClose",
          "closePushes" as pushes, "expectedClose" - "originalClose" as "daysSlipped"
        from opportunity where ${sql.join(among, sql` and `)}
        order by "originalClose" - "expectedClose", "opportunityId" limit ${limit + 1}`,
    );
    const periods = await db
      .selectFrom('fiscal_period')
      .select(['periodId', 'level', 'parentId', 'start', 'endExclusive'])
      .orderBy('start')
      .execute();
    const rows = found.slice(0, limit).map((row): Slippage => {
      const isAcross = (level: 'quarter' | 'year'): boolean =>
        row.daysSlipped > 0 &&
        periodOf(row.originalClose, level, periods) !== periodOf(row.currentClose, level, periods);
      return { ...row, pushedAcrossQuarter: isAcross('quarter'), pushedAcrossYear: isAcross('year') };
    });
    const last = rows.at(-1);
    return { data: rows, nextCursor: found.length > limit && last ? cursorOf(last) : null };
  },
});
