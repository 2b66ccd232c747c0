import { z } from 'zod';
import { list } from '../engine/list.ts';
import { readModel } from '../engine/read-model.ts';
import { productEvents } from '../events/product.ts';
import { Currency, LocalDate, ProductId } from '../events/values.ts';

/** What products cost the customer, from when until when. */
export const productPrice = readModel({
  name: 'product_price',
  version: 1,
  summary: 'The list prices of products, each from a day on until the day before another.',
  key: ['productId', 'priceList', 'validFrom'],
  row: {
    productId: ProductId,
    priceList: z.string().describe('The price list that the price stands on.'),
    validFrom: LocalDate.describe('First day of the price.'),
    validTo: LocalDate.nullable().describe('First day after the price; null until further notice.'),
    priceMinor: z.bigint().describe('Price of a unit in minor units.'),
    currency: Currency,
  },
  of: productEvents,
  on: {
    ListPriceSet: {
      key: ({ data: { productId, priceList, from, previousFrom } }) => [
        { productId, priceList, validFrom: from },
        ...(previousFrom ? [{ productId, priceList, validFrom: previousFrom }] : []),
      ],
      row: (row, { data }, key) =>
        key.validFrom === data.from
          ? {
              ...key,
              validTo: data.to,
              priceMinor: BigInt(data.price.amountMinor),
              currency: data.price.currency,
            }
          : row && { ...row, validTo: data.from },
    },
  },
});

export const listProductPrices = list({
  name: 'ListProductPrices',
  summary: 'List the list prices of products over time.',
  permission: 'product:read',
  path: '/product-prices',
  of: productPrice,
  scope: 'everyone',
  holds: { from: 'validFrom', until: 'validTo' },
  filters: ['productId', 'priceList', 'validFrom', 'validTo', 'currency'],
  sorts: ['validFrom', 'priceMinor'],
  groups: ['priceList', 'currency'],
});
