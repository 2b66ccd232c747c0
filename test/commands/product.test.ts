import { describe, expect, test } from 'vitest';
import { claim } from '../../src/commands/claim.ts';
import {
  costOn,
  defineProduct,
  discontinueProduct,
  type ProductState,
  product,
  setListPrice,
  setStandardCost,
} from '../../src/commands/product.ts';
import { evolveState } from '../../src/engine/decision.ts';
import { claimEvents } from '../../src/events/claim.ts';
import { productEvents } from '../../src/events/product.ts';
import { costSet, defined, eur, longAgo, productId, today, tomorrow } from '../support/commerce.ts';
import { given, idOf, keyOf } from '../support/given.ts';

const { ListPriceSet, StandardCostSet, ProductDiscontinued } = productEvents;
const skuHeldBy = (holder: string) => claimEvents.Claimed({ kind: 'sku', key: keyOf('sku', 'X-1'), holder });
const discontinued = ProductDiscontinued({ productId, on: today });

describe('DefineProduct', () => {
  const input = { productId, sku: 'X-1', name: 'Box' };
  test('defines a product under a SKU of its own', () => {
    given().when(defineProduct, input).thenEmits(defined, skuHeldBy(productId));
  });
  test('says nothing twice', () => {
    given(defined).when(defineProduct, input).thenNothing();
  });
  test('refuses a SKU that another product has', () => {
    given()
      .and(claim.ref('sku', keyOf('sku', 'X-1')), skuHeldBy(idOf('other')))
      .when(defineProduct, input)
      .thenRejects('productKnown');
  });
});

describe('SetListPrice', () => {
  const input = { productId, price: eur('900'), from: today };
  const set = ListPriceSet({
    productId,
    priceList: 'standard',
    price: eur('900'),
    from: today,
    to: null,
    previousFrom: null,
  });
  test('sets a price until further notice', () => {
    given(defined).when(setListPrice, input).thenEmits(set);
  });
  test('sets a price between two others', () => {
    const later = ListPriceSet({ ...set.data, from: tomorrow });
    const before = ListPriceSet({ ...set.data, from: longAgo, price: eur('800') });
    given(defined, later, before)
      .when(setListPrice, input)
      .thenEmits(ListPriceSet({ ...set.data, to: tomorrow, previousFrom: longAgo }));
  });
  test('says nothing twice', () => {
    given(defined, set).when(setListPrice, input).thenNothing();
  });
  test('takes any name for a price list', () => {
    given(defined)
      .when(setListPrice, { ...input, priceList: 'constructor' })
      .thenEmits(ListPriceSet({ ...set.data, priceList: 'constructor' }));
  });
  test('refuses a product that was never defined', () => {
    given().when(setListPrice, input).thenRejects('productUnknown');
  });
  test('refuses a product that is discontinued', () => {
    given(defined, discontinued).when(setListPrice, input).thenRejects('productDiscontinued');
  });
});

describe('SetStandardCost', () => {
  const input = { productId, cost: eur('350'), from: today };
  test('ends the cost before it', () => {
    given(defined, costSet)
      .when(setStandardCost, input)
      .thenEmits(
        StandardCostSet({ productId, cost: eur('350'), from: today, to: null, previousFrom: longAgo }),
      );
  });
  test('says nothing twice', () => {
    given(defined, costSet)
      .when(setStandardCost, { productId, cost: eur('300'), from: longAgo })
      .thenNothing();
  });
  test('refuses a product that was never defined', () => {
    given().when(setStandardCost, input).thenRejects('productUnknown');
  });
  test('refuses a product that is discontinued', () => {
    given(defined, discontinued).when(setStandardCost, input).thenRejects('productDiscontinued');
  });
  test('holds from its day on', () => {
    const state = evolveState<ProductState>(product.ref(productId).decider, product.initialState(), {
      ...(costSet as never as Parameters<typeof evolveState>[2]),
    });
    expect(costOn(state, '2026-01-01')).toBeUndefined();
    expect(costOn(state, longAgo)).toEqual(eur('300'));
  });
});

describe('DiscontinueProduct', () => {
  test('stops the sale from a day on', () => {
    given(defined).when(discontinueProduct, { productId, on: today }).thenEmits(discontinued);
  });
  test('says nothing twice', () => {
    given(defined, discontinued).when(discontinueProduct, { productId, on: today }).thenNothing();
  });
  test('refuses a product that was never defined', () => {
    given().when(discontinueProduct, { productId, on: today }).thenRejects('productUnknown');
  });
});
