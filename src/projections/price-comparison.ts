import { sql } from 'kysely';
import { z } from 'zod';
import { InvalidCursor } from '../engine/cursor.ts';
import { page, query } from '../engine/query.ts';
import { Confidence } from '../events/customer.ts';
import { PriceList } from '../events/product.ts';
import { CompetitorId, Currency, LocalDate, ProductId } from '../events/values.ts';
import { ObservationId } from '../events/visit.ts';
import { competitorObservation } from './competitor-observation.ts';
import { Rational, rational } from './figures.ts';
import { productPrice } from './product-price.ts';
import { rowsOf } from './rows-of.ts';

const Comparison = z
  .object({
    productId: ProductId,
    competitorId: CompetitorId,
    observationId: ObservationId.describe('The last observation of the competitor’s price.'),
    observedOn: LocalDate.describe('The day of that observation.'),
    confidence: Confidence,
    competitorMinor: z.bigint().describe('The competitor’s price in minor units.'),
    competitorCurrency: Currency.describe('Currency of the competitor’s price.'),
    listMinor: z.bigint().nullable().describe('Our list price in minor units; null without one.'),
    listCurrency: Currency.nullable().describe('Currency of our list price; null without one.'),
    differenceMinor: z
      .bigint()
      .nullable()
      .describe('List price less the competitor’s; null where they cannot be compared.'),
    difference: Rational.nullable().describe(
      'That over the competitor’s price; null where they cannot be compared, or that is zero.',
    ),
    state: z
      .enum(['ok', 'no_list_price', 'currencies_differ'])
      .describe('Whether the prices can be compared.'),
  })
  .meta({
    id: 'PriceComparison',
    description: 'Our list price against the last one observed of a competitor.',
  });
type Comparison = z.output<typeof Comparison>;

type Found = Omit<Comparison, 'differenceMinor' | 'difference' | 'state'>;

function compared(found: Found): Comparison {
  const { listMinor, listCurrency, competitorMinor, competitorCurrency } = found;
  if (listMinor === null)
    return { ...found, differenceMinor: null, difference: null, state: 'no_list_price' };
  if (listCurrency !== competitorCurrency)
    return { ...found, differenceMinor: null, difference: null, state: 'currencies_differ' };
  const differenceMinor = listMinor - competitorMinor;
  return { ...found, differenceMinor, difference: rational(differenceMinor, competitorMinor), state: 'ok' };
}

const placeOf = ({ productId, competitorId }: Found): string => `${productId} ${competitorId}`;

function after(place: string | undefined): readonly [string | null, string | null] {
  if (place === undefined) return [null, null];
  const [productId, competitorId] = place.split(' ');
  if (!ProductId.safeParse(productId).success || !CompetitorId.safeParse(competitorId).success)
    throw new InvalidCursor();
  return [productId!, competitorId!];
}

export const listPriceComparisons = query({
  name: 'ListPriceComparisons',
  summary:
    'List how our list prices compare with the prices observed last of each competitor, product by product, on a day.',
  permission: 'competitor:read',
  path: '/price-comparisons',
  input: {
    productId: ProductId.optional(),
    competitorId: CompetitorId.optional(),
    priceList: PriceList.default('standard'),
    asOf: LocalDate.optional().describe('Prices and observations up to this day; today when left out.'),
    cursor: z.string().max(200).optional().describe('`nextCursor` of the page before.'),
    limit: z.int().min(1).max(200).default(50),
  },
  output: page(Comparison),
  reads: [competitorObservation, productPrice],
  answer: async (db, { productId, competitorId, priceList, asOf, cursor, limit }, { today }) => {
    const day = asOf ?? today;
    const [afterProduct, afterCompetitor] = after(cursor);
    const found = await rowsOf<Found>(
      db,
      sql`select seen.*, price."priceMinor" as "listMinor", price.currency as "listCurrency"
        from (
          select distinct on ("productId", "competitorId") "productId", "competitorId", "observationId",
            date as "observedOn", confidence, "priceMinor" as "competitorMinor", currency as "competitorCurrency"
          from competitor_observation
          where "priceMinor" is not null and date <= ${day}::date and "productId" is not null
            and (${productId ?? null}::uuid is null or "productId" = ${productId ?? null}::uuid)
            and (${competitorId ?? null}::uuid is null or "competitorId" = ${competitorId ?? null}::uuid)
            and (${afterProduct}::uuid is null
              or ("productId", "competitorId") > (${afterProduct}::uuid, ${afterCompetitor}::uuid))
          order by "productId", "competitorId", date desc, "observedAt" desc, "observationId" desc
          limit ${limit + 1}) as seen
        left join product_price price on price."productId" = seen."productId" and price."priceList" = ${priceList}
          and price."validFrom" <= ${day}::date and (price."validTo" is null or price."validTo" > ${day}::date)
        order by seen."productId", seen."competitorId"`,
    );
    const shown = found.slice(0, limit);
    const last = shown.at(-1);
    return {
      data: shown.map(compared),
      nextCursor: found.length > limit && last ? placeOf(last) : null,
    };
  },
});
