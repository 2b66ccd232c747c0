import { sql } from 'kysely';
import { z } from 'zod';
import { addDays } from '../engine/instant.ts';
import { nothing, query } from '../engine/query.ts';
import { PeriodId } from '../events/calendar.ts';
import { KpiKey, KpiVersionNumber } from '../events/kpi.ts';
import { hasMoney } from '../events/kpi-catalogue.ts';
import { UnitKind } from '../events/organisation.ts';
import { Role } from '../events/permission.ts';
import { Currency, LocalDate } from '../events/values.ts';
import { upTo } from './buckets.ts';
import { factMonth } from './fact-month.ts';
import { Rational, rational, reportingCurrency } from './figures.ts';
import { KpiValue, valueModels } from './kpi.ts';
import { chosen, definitionsOf } from './kpi-definition.ts';
import { evaluated, termsOf } from './kpi-value.ts';
import { hiddenPeers } from './members.ts';
import { membersOf, sumFiguresOfPeers } from './peer-figures.ts';
import { requiredOfPeers } from './required-volume.ts';
import { roleGrant } from './role-grant.ts';
import { type AnyDb, rowsOf, together } from './rows-of.ts';
import { spanAsked } from './span-asked.ts';
import { reachOf, windowOf } from './term-window.ts';

/** Below zero where the first ratio is the smaller one: the products of numerators and denominators, without rounding. */
const compare = (a: Rational, b: Rational): number => {
  const difference = a.num * b.den - b.num * a.den;
  return difference < 0n ? -1 : Number(difference > 0n);
};

/** The middle of sorted values; of an even number the mean of the two in the middle. */
export function medianOf(sorted: readonly Rational[]): Rational | null {
  const low = sorted[Math.floor((sorted.length - 1) / 2)];
  const high = sorted[Math.floor(sorted.length / 2)];
  return low && high ? rational(low.num * high.den + high.num * low.den, 2n * low.den * high.den) : null;
}

interface Valued {
  readonly value: Rational | null;
}

/** Puts what has a value in order, the best first, each with its rank: as many have a better value, plus one. */
export function ranked<T extends Valued>(entries: readonly T[], direction: 'up' | 'down') {
  const sign = direction === 'up' ? -1 : 1;
  const valued = entries
    .filter((entry): entry is T & { readonly value: Rational } => entry.value !== null)
    .toSorted((a, b) => sign * compare(a.value, b.value));
  let rank = 1;
  return valued.map((entry, index) => {
    const before = valued[index - 1];
    if (before && compare(before.value, entry.value) !== 0) rank = index + 1;
    return { ...entry, rank };
  });
}

interface PeersAsked {
  readonly of: 'people' | 'units';
  readonly role: Role;
  readonly unitKind: z.output<typeof UnitKind>;
}

/** The people who have the role, or the units of the kind, on a day. */
async function peersOn(db: AnyDb, { of, role, unitKind }: PeersAsked, day: string): Promise<string[]> {
  const rows = await rowsOf<{ readonly id: string }>(
    db,
    of === 'people'
      ? sql`select distinct "personId" as id from role_grant
          where role = ${role} and "from" <= ${day}::date and coalesce("to", 'infinity') > ${day}::date`
      : sql`select "unitId" as id from org_unit
          where kind = ${unitKind} and "from" <= ${day}::date and coalesce("dissolvedOn", 'infinity') > ${day}::date`,
  );
  return rows.map(({ id }) => id).sort();
}

export const getKpiComparison = query({
  name: 'GetKpiComparison',
  summary:
    'Compare the people of a role, or the units of a kind, by a key performance indicator: each value and its rank, and the median and best of all. Peers are those who are so on the last day, as far as the reader sees all their figures.',
  permission: 'figures:read',
  path: '/kpis/:kpi/comparison',
  input: {
    kpi: KpiKey,
    version: KpiVersionNumber.optional(),
    of: z.enum(['people', 'units']).default('people').describe('What is compared.'),
    role: Role.default('SP').describe('The role that people have in common.'),
    unitKind: UnitKind.default('office').describe('The kind that units have in common.'),
    period: PeriodId.optional().describe('The period; the fiscal month of today when nothing is given.'),
    from: LocalDate.optional().describe('First day, instead of a period.'),
    to: LocalDate.optional().describe('Last day, with from; `asOf` when left out.'),
    asOf: LocalDate.optional().describe('Only figures up to this day; today when left out.'),
  },
  output: z
    .object({
      kpi: KpiKey,
      version: KpiVersionNumber,
      period: KpiValue.shape.period,
      asOf: KpiValue.shape.asOf,
      currency: Currency.nullable().describe('Currency of the money in it; null without money.'),
      peers: z.int().describe('How many are compared, with a value or without.'),
      valued: z.int().describe('How many of them have a value.'),
      median: Rational.nullable().describe('Half of the values are no better; null without any.'),
      best: Rational.nullable().describe('The best value; null without any.'),
      data: z
        .array(
          KpiValue.pick({
            numerator: true,
            denominator: true,
            value: true,
            state: true,
            sample: true,
          }).extend({
            id: z.uuid().describe('The person, or the unit.'),
            rank: z
              .int()
              .nullable()
              .describe('One more than those who are better; the same for equals, null without a value.'),
          }),
        )
        .describe('The best first; those without a value last.'),
    })
    .meta({ id: 'KpiComparison', description: 'People or units beside each other, by one indicator.' }),
  reads: together(...valueModels, factMonth, roleGrant),
  answer: async (db, input, { today, visibility }) => {
    const { asOf = today, version } = input;
    const asked = chosen(await definitionsOf(db), [input.kpi], version ? [version] : undefined);
    const found = await spanAsked(db, input, today);
    if (!asked || !found) return nothing;
    const kpi = asked[0]!;
    const { periodId, periods: _, ...whole } = found;
    const span = upTo(whole, asOf);
    const all = await peersOn(db, input, addDays(span.endExclusive, -1));
    const { of } = input;
    const windows = [undefined, ...termsOf(kpi).map(({ window }) => window)];
    const hidden = await hiddenPeers(db, membersOf({ of, ids: all }), reachOf(windows, [span]), visibility);
    const peers = { of, ids: all.filter((id) => !hidden.has(id)) };
    const currency = await reportingCurrency(db);
    const result = await evaluated<string>(
      [kpi],
      [],
      (measures, filters, window, formula) =>
        sumFiguresOfPeers(db, peers, measures, windowOf(window, span), currency, filters, formula),
      () => requiredOfPeers(db, of === 'people' ? null : membersOf(peers), span),
    );
    const entries = peers.ids.map((id) => ({ id, ...result(id, kpi) }));
    const inOrder = ranked(entries, kpi.direction);
    const values = inOrder.map(({ value }) => value);
    return {
      kpi: kpi.key,
      version: kpi.version,
      period: { periodId, ...whole },
      asOf,
      currency: hasMoney(kpi) ? currency : null,
      peers: entries.length,
      valued: values.length,
      median: medianOf(values),
      best: values[0] ?? null,
      data: [...inOrder, ...entries.filter(({ value }) => !value).map((entry) => ({ ...entry, rank: null }))],
    };
  },
});
