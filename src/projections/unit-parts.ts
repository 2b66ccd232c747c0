import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import type { Asker, Db } from '../engine/query.ts';
import { hasMoney, type Kpi } from '../events/kpi-catalogue.ts';
import type { Span } from '../events/period.ts';
import { Currency } from '../events/values.ts';
import { complaint } from './complaint.ts';
import { customerOwner } from './customer-owner.ts';
import { KpiValue, valueModels } from './kpi.ts';
import { evaluated } from './kpi-value.ts';
import { hiddenPeers, partsOf } from './members.ts';
import { sumFiguresOfPeers } from './peer-figures.ts';
import { requiredOfPeers } from './required-volume.ts';
import { type AnyDb, rowsOf, together } from './rows-of.ts';
import { windowOf } from './term-window.ts';

export const partModels = together(...valueModels, complaint, customerOwner);

export const Part = z.object({
  kind: z
    .enum(['unit', 'person'])
    .describe('Whether it is a unit, or somebody who works in the unit itself.'),
  id: z.uuid().describe('The unit, or the person.'),
});
export type Part = z.output<typeof Part>;

export const Complete = z
  .boolean()
  .describe(
    'Whether these are all parts. Who may not see everybody gets those parts all of whose people they see, and the sums of these.',
  );

/** The parts that a unit has on some days of a span, and whether these are all; undefined where the reader sees none of them. */
export async function partsSeen(
  db: AnyDb,
  unitId: string,
  span: Span,
  { visibility }: Pick<Asker, 'visibility'>,
): Promise<{ readonly parts: readonly Part[]; readonly complete: boolean } | undefined> {
  const during = sql`"from" < ${span.endExclusive}::date and coalesce("to", 'infinity') > ${span.start}::date`;
  const found = await rowsOf<Part>(
    db,
    sql`select distinct 'unit' as kind, "unitId" as id from org_unit_parent
        where "parentId" = ${unitId}::uuid and ${during}
      union all
      select distinct 'person', "personId" from assignment
        where "orgUnitId" = ${unitId}::uuid and "primary" and ${during}`,
  );
  const hidden = await hiddenPeers(db, partsOf(unitId), span, visibility);
  const parts = found
    .filter(({ id }) => !hidden.has(id))
    .toSorted((a, b) => Number(a.kind === 'person') - Number(b.kind === 'person') || (a.id < b.id ? -1 : 1));
  if (found.length > 0 && parts.length === 0) return undefined;
  return { parts, complete: parts.length === found.length };
}

export const PartKpi = KpiValue.pick({
  kpi: true,
  version: true,
  numerator: true,
  denominator: true,
  value: true,
  state: true,
})
  .extend({ currency: Currency.nullable().describe('Currency of the money in it; null without money.') })
  .meta({ id: 'PartKpi', description: 'An indicator of a unit or of a part of it.' });

/** Answers some indicators of parts of a unit over a span: of one, or of several together. */
export async function kpisOfParts(
  db: Db<typeof partModels>,
  unitId: string,
  kpis: readonly Kpi[],
  span: Span,
  currency: string | null,
): Promise<(partIds: readonly string[]) => z.output<typeof PartKpi>[]> {
  const summed =
    <M>(sum: (partId: string, measure: M) => bigint) =>
    (partIds: readonly string[], measure: M) =>
      partIds.reduce((total, id) => total + sum(id, measure), 0n);
  const result = await evaluated<readonly string[]>(
    kpis,
    [],
    async (measures, filters, window, formula) =>
      summed(
        await sumFiguresOfPeers(
          db,
          { of: 'parts', unitId },
          measures,
          windowOf(window, span),
          currency,
          filters,
          formula,
        ),
      ),
    async () => summed(await requiredOfPeers(db, partsOf(unitId), span)),
  );
  return (partIds) =>
    kpis.map((kpi) => {
      const { sample: _, ...shown } = result(partIds, kpi);
      return { kpi: kpi.key, version: kpi.version, ...shown, currency: hasMoney(kpi) ? currency : null };
    });
}

/** The primary owner of a customer on a day, where that one is a member of a part then. */
export const ownedByMember = (customerId: RawBuilder<unknown>, day: string): RawBuilder<unknown> => sql`
  join customer_owner owned on owned."customerId" = ${customerId} and owned.role = 'primary'
    and owned."validFrom" <= ${day}::date and coalesce(owned."validTo", 'infinity') > ${day}::date
  join member on member.id = owned."personId" and member.days @> ${day}::date`;

/** The business day of an instant. */
export const dayIn = (instant: string, timeZone: string): RawBuilder<unknown> =>
  sql`(${sql.ref(instant)} at time zone ${timeZone})::date`;
