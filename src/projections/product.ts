import { z } from 'zod';
import { list } from '../engine/list.ts';
import { readModel } from '../engine/read-model.ts';
import { productEvents } from '../events/product.ts';
import { LocalDate, ProductGroupId, ProductId } from '../events/values.ts';

const byProduct = ({ data }: { readonly data: { readonly productId: string } }) => ({
  productId: data.productId,
});

/** What is sold. */
export const product = readModel({
  name: 'product',
  version: 1,
  summary: 'What is sold, and what was.',
  key: ['productId'],
  indexes: [['sku']],
  row: {
    productId: ProductId,
    sku: z.string().describe('Stock-keeping unit.'),
    name: z.string().describe('Name of the product.'),
    groupId: ProductGroupId.nullable(),
    unitOfMeasure: z.string().describe('Unit in which it is sold.'),
    discontinuedOn: LocalDate.nullable().describe('The first day on which it is no longer sold.'),
  },
  of: productEvents,
  on: {
    ProductDefined: {
      key: byProduct,
      row: (_, { data }) => ({
        productId: data.productId,
        sku: data.sku,
        name: data.name,
        groupId: data.groupId ?? null,
        unitOfMeasure: data.unitOfMeasure,
        discontinuedOn: null,
      }),
    },
    ProductDiscontinued: {
      key: byProduct,
      change: (row, { data }) => ({ ...row, discontinuedOn: data.on }),
    },
  },
});

export const listProducts = list({
  name: 'ListProducts',
  summary: 'List products.',
  permission: 'product:read',
  path: '/products',
  of: product,
  scope: 'everyone',
  filters: ['productId', 'sku', 'groupId', 'discontinuedOn'],
  search: ['sku', 'name'],
  sorts: ['sku', 'name'],
  groups: ['groupId'],
});
