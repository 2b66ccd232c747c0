import { events } from '../engine/event.ts';
import { ClaimKey } from './claim.ts';
import { Amount, Line, LocalDate, ProductGroupId, ProductId } from './values.ts';

export const Sku = Line.describe('Stock-keeping unit; no two products have the same.');
export const UnitOfMeasure = Line.describe('Unit in which it is sold, such as piece or carton.');
export const PriceList = Line.describe('The price list that the price stands on.');

/** From when a value holds, until when, and since when the one before it held. */
const validity = { from: LocalDate, to: LocalDate.nullable(), previousFrom: LocalDate.nullable() };

/** Stored for ever. Add fields as optional, add events freely, rename nothing. */
export const productEvents = events({
  ProductDefined: {
    productId: ProductId,
    sku: Sku,
    skuKey: ClaimKey,
    name: Line,
    groupId: ProductGroupId.optional(),
    unitOfMeasure: UnitOfMeasure,
  },
  ListPriceSet: { productId: ProductId, priceList: PriceList, price: Amount, ...validity },
  StandardCostSet: { productId: ProductId, cost: Amount, ...validity },
  ProductDiscontinued: { productId: ProductId, on: LocalDate },
});
