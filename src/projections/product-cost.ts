import { z } from 'zod';
import { list } from '../engine/list.ts';
import { readModel } from '../engine/read-model.ts';
import { productEvents } from '../events/product.ts';
import { Currency, LocalDate, ProductId } from '../events/values.ts';

/** What products cost us, from when until when. */
export const productCost = readModel({
  name: 'product_cost',
  version: 1,
  summary: 'The standard costs of products, each from a day on until the day before another.',
  key: ['productId', 'validFrom'],
  row: {
    productId: ProductId,
    validFrom: LocalDate.describe('First day of the cost.'),
    validTo: LocalDate.nullable().describe('First day after the cost; null until further notice.'),
    costMinor: z.bigint().describe('Standard cost of a unit in minor units.'),
    currency: Currency,
  },
  of: productEvents,
  on: {
    StandardCostSet: {
      key: ({ data: { productId, from, previousFrom } }) => [
        { productId, validFrom: from },
        ...(previousFrom ? [{ productId, validFrom: previousFrom }] : []),
      ],
      row: (row, { data }, key) =>
        key.validFrom === data.from
          ? {
              ...key,
              validTo: data.to,
              costMinor: BigInt(data.cost.amountMinor),
              currency: data.cost.currency,
            }
          : row && { ...row, validTo: data.from },
    },
  },
});

export const listProductCosts = list({
  name: 'ListProductCosts',
  summary: 'List the standard costs of products over time.',
  permission: 'product-cost:read',
  path: '/product-costs',
  of: productCost,
  scope: 'everyone',
  holds: { from: 'validFrom', until: 'validTo' },
  filters: ['productId', 'validFrom', 'validTo', 'currency'],
  sorts: ['validFrom', 'costMinor'],
  groups: ['currency'],
});
