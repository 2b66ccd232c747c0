import { events } from '../engine/event.ts';
import { ClaimKey } from './claim.ts';
import { moneyText, type Sentences } from './sentence.ts';
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

/** What each of these events says, in a sentence. */
export const productSentences: Sentences<typeof productEvents> = {
  ProductDefined: (d) => `The product ${d.name} (${d.sku}) was defined.`,
  ListPriceSet: (d, n) =>
    `${n(d.productId, 'A product')} costs ${moneyText(d.price)} on the price list ${d.priceList} from ${d.from}.`,
  StandardCostSet: (d, n) =>
    `The standard cost of ${n(d.productId, 'a product')} is ${moneyText(d.cost)} from ${d.from}.`,
  ProductDiscontinued: (d, n) => `${n(d.productId, 'A product')} was discontinued on ${d.on}.`,
};
