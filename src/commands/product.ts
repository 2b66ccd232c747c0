import { canonicalJson } from '../engine/canonical.ts';
import { absent, decider, type Evolve, reject } from '../engine/decision.ts';
import { generated } from '../engine/input.ts';
import { PriceList, productEvents, Sku, UnitOfMeasure } from '../events/product.ts';
import { Amount, Line, LocalDate, type Money, ProductGroupId, ProductId } from '../events/values.ts';
import { claimed, claimKey, claimRefs, isHeldByOther } from './claim.ts';

const { ProductDefined, ListPriceSet, StandardCostSet, ProductDiscontinued } = productEvents;

/** What holds from a business day until the next entry's. */
interface Dated {
  readonly from: string;
  readonly amount: Money;
}

export interface ProductState {
  readonly skuKey: string | null;
  /** In order of `from`, by price list. */
  readonly prices: ReadonlyMap<string, readonly Dated[]>;
  /** In order of `from`. */
  readonly costs: readonly Dated[];
  readonly discontinuedOn: string | undefined;
}

const initialState: ProductState = { skuKey: null, prices: new Map(), costs: [], discontinuedOn: undefined };

const withEntry = (entries: readonly Dated[], entry: Dated): readonly Dated[] =>
  [...entries.filter(({ from }) => from !== entry.from), entry].sort((a, b) => (a.from < b.from ? -1 : 1));

const evolve: Evolve<ProductState, typeof productEvents> = {
  ProductDefined: (state, { skuKey }) => ({ ...state, skuKey }),
  ListPriceSet: (state, { priceList, price, from }) => ({
    ...state,
    prices: new Map(state.prices).set(
      priceList,
      withEntry(state.prices.get(priceList) ?? [], { from, amount: price }),
    ),
  }),
  StandardCostSet: (state, { cost, from }) => ({
    ...state,
    costs: withEntry(state.costs, { from, amount: cost }),
  }),
  ProductDiscontinued: (state, { on }) => ({ ...state, discontinuedOn: on }),
};

export const product = decider({
  stream: 'product',
  id: ['productId'],
  events: productEvents,
  initialState,
  evolve,
});

/** The standard cost of a unit on a business day; undefined when none was set by then. */
export const costOn = ({ costs }: ProductState, day: string): Money | undefined =>
  costs.findLast(({ from }) => from <= day)?.amount;

export const isDefined = ({ skuKey }: ProductState): boolean => skuKey !== null;

/** Whether a product is no longer sold on a business day. */
export const isDiscontinued = ({ discontinuedOn }: ProductState, day: string): boolean =>
  discontinuedOn !== undefined && discontinuedOn <= day;

/** Until when an entry of that day holds, and since when the one before it did. */
const validity = (entries: readonly Dated[], day: string) => ({
  from: day,
  to: entries.find(({ from }) => from > day)?.from ?? null,
  previousFrom: entries.findLast(({ from }) => from < day)?.from ?? null,
});

const isSame = (entries: readonly Dated[], entry: Dated): boolean =>
  entries.some((other) => canonicalJson(other) === canonicalJson(entry));

const skuClaim = 'sku';
const nobody = () => undefined;
const productUnknown = absent('There is no such product.');

export const defineProduct = product.command({
  name: 'DefineProduct',
  summary: 'Define a product that is sold.',
  permission: 'product:write',
  path: '/products',
  input: {
    productId: generated(ProductId),
    sku: Sku,
    name: Line,
    groupId: ProductGroupId.optional(),
    unitOfMeasure: UnitOfMeasure.default('piece'),
  },
  emits: ['ProductDefined', 'Claimed'],
  rejects: { productKnown: 'A product of this SKU, or of this id, is defined already.' },
  subject: nobody,
  reads: ({ sku }, _, act) => ({ skus: claimRefs(skuClaim, claimKey(act, skuClaim, sku)) }),
  decide: (state, input, context) => {
    const skuKey = claimKey(context, skuClaim, input.sku);
    if (state.skuKey === skuKey) return [];
    if (isDefined(state) || isHeldByOther(context.reads.skus[0], input.productId))
      return reject('productKnown');
    return [ProductDefined({ ...input, skuKey }), claimed(skuClaim, skuKey, input.productId)];
  },
});

export const setListPrice = product.command({
  name: 'SetListPrice',
  summary: 'Set the price of a unit on a price list from a day on.',
  permission: 'product:write',
  path: '/products/:productId/list-price',
  input: { productId: ProductId, priceList: PriceList.default('standard'), price: Amount, from: LocalDate },
  emits: ['ListPriceSet'],
  rejects: { productUnknown, productDiscontinued: 'The product is discontinued by that day.' },
  subject: nobody,
  decide: (state, { productId, priceList, price, from }) => {
    const entries = state.prices.get(priceList) ?? [];
    if (!isDefined(state)) return reject('productUnknown');
    if (isSame(entries, { from, amount: price })) return [];
    if (isDiscontinued(state, from)) return reject('productDiscontinued');
    return [ListPriceSet({ productId, priceList, price, ...validity(entries, from) }, { effectiveOn: from })];
  },
});

export const setStandardCost = product.command({
  name: 'SetStandardCost',
  summary: 'Set the standard cost of a unit from a day on; gross profit rests on it.',
  permission: 'product:write',
  path: '/products/:productId/standard-cost',
  input: { productId: ProductId, cost: Amount, from: LocalDate },
  emits: ['StandardCostSet'],
  rejects: { productUnknown, productDiscontinued: 'The product is discontinued by that day.' },
  subject: nobody,
  decide: (state, { productId, cost, from }) => {
    if (!isDefined(state)) return reject('productUnknown');
    if (isSame(state.costs, { from, amount: cost })) return [];
    if (isDiscontinued(state, from)) return reject('productDiscontinued');
    return [StandardCostSet({ productId, cost, ...validity(state.costs, from) }, { effectiveOn: from })];
  },
});

export const discontinueProduct = product.command({
  name: 'DiscontinueProduct',
  summary: 'Stop selling a product from a day on.',
  permission: 'product:write',
  path: '/products/:productId/discontinue',
  input: { productId: ProductId, on: LocalDate },
  emits: ['ProductDiscontinued'],
  rejects: { productUnknown },
  subject: nobody,
  decide: (state, { productId, on }) => {
    if (!isDefined(state)) return reject('productUnknown');
    if (state.discontinuedOn === on) return [];
    return [ProductDiscontinued({ productId, on }, { effectiveOn: on })];
  },
});
