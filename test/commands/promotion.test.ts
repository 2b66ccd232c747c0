import { describe, expect, test } from 'vitest';
import { organisation } from '../../src/commands/organisation/state.ts';
import { product } from '../../src/commands/product.ts';
import {
  endPromotion,
  launchPromotion,
  planPromotion,
  recordPromotionSpend,
} from '../../src/commands/promotion.ts';
import { target } from '../../src/commands/target/state.ts';
import { strict } from '../../src/engine/input.ts';
import { promotionEvents } from '../../src/events/promotion.ts';
import { targetEvents } from '../../src/events/target.ts';
import {
  ann,
  channelId,
  defined,
  eur,
  longAgo,
  productId,
  regionId,
  staff,
  today,
  tomorrow,
  yesterday,
} from '../support/commerce.ts';
import { given, idOf } from '../support/given.ts';

const { PromotionPlanned, PromotionLaunched, PromotionSpendRecorded, PromotionEnded } = promotionEvents;

const promotionId = idOf('promotion');
const targetId = idOf('target');
const plan = {
  promotionId,
  name: 'Spring',
  window: { start: '2026-02-25', endExclusive: '2026-03-11' },
  productIds: [productId],
  regionIds: [regionId],
  budget: eur('50000'),
  audience: { segments: ['retail'], regionIds: [regionId], channelIds: [channelId] },
  targetIds: [targetId],
};
const planned = PromotionPlanned(plan);
const launched = PromotionLaunched({ promotionId, on: yesterday });
const spendId = idOf('spend');
const spend = (amountMinor: string, id = spendId) =>
  PromotionSpendRecorded({ promotionId, spendId: id, amount: eur(amountMinor), on: today, note: 'Posters' });
const ended = PromotionEnded({ promotionId, on: today, resultNote: 'Sold out.' });

describe('PlanPromotion', () => {
  const what = {
    targetId,
    responsible: ann,
    measure: 'net_sales',
    period: { periodId: 'FY2026-M03', start: '2026-03-01', endExclusive: '2026-04-01' },
    dimensions: {},
  } as const;
  const assigned = targetEvents.TargetAssigned({ ...what, value: eur('1'), uniqueKey: 'k' });
  const world = () =>
    given()
      .and(organisation.ref(), ...staff)
      .and(product.ref(productId), defined);
  const withTarget = () => world().and(target.ref(targetId), assigned);
  test('plans a promotion', () => {
    withTarget().when(planPromotion, plan).thenEmits(planned);
  });
  test('plans one for everybody and everywhere', () => {
    const { regionIds: _, audience: __, targetIds: ___, ...least } = plan;
    const audience = { segments: [], regionIds: [], channelIds: [] };
    world()
      .when(planPromotion, least)
      .thenEmits(PromotionPlanned({ ...least, regionIds: [], audience, targetIds: [] }));
  });
  test('says nothing twice', () => {
    given(planned).when(planPromotion, plan).thenNothing();
  });
  test('refuses another promotion under a known id', () => {
    given(planned)
      .when(planPromotion, { ...plan, name: 'Summer' })
      .thenRejects('promotionKnown');
  });
  test('refuses a product that was never defined', () => {
    withTarget()
      .when(planPromotion, { ...plan, productIds: [productId, idOf('other')] })
      .thenRejects('productUnknown');
  });
  test('refuses an unknown region or channel', () => {
    withTarget()
      .when(planPromotion, { ...plan, regionIds: [channelId] })
      .thenRejects('regionUnknown');
    withTarget()
      .when(planPromotion, { ...plan, audience: { regionIds: [channelId] } })
      .thenRejects('regionUnknown');
    withTarget()
      .when(planPromotion, { ...plan, audience: { channelIds: [regionId] } })
      .thenRejects('channelUnknown');
  });
  test('refuses a target that is not there, or no more', () => {
    world().when(planPromotion, plan).thenRejects('targetUnknown');
    world()
      .and(target.ref(targetId), assigned, targetEvents.TargetWithdrawn({ ...what, reason: 'Too high.' }))
      .when(planPromotion, plan)
      .thenRejects('targetUnknown');
  });
  test('takes no window that ends before it starts', () => {
    const window = { start: today, endExclusive: today };
    expect(strict(planPromotion.input).safeParse({ ...plan, window }).success).toBe(false);
  });
});

describe('LaunchPromotion', () => {
  const input = { promotionId, on: yesterday };
  test('launches a promotion', () => {
    given(planned).when(launchPromotion, input).thenEmits(launched);
  });
  test('says nothing twice', () => {
    given(planned, launched).when(launchPromotion, { promotionId }).thenNothing();
  });
  test('refuses a promotion that nobody planned', () => {
    given().when(launchPromotion, input).thenRejects('promotionUnknown');
  });
  test('refuses a promotion that has ended', () => {
    given(planned, ended).when(launchPromotion, input).thenRejects('promotionEnded');
  });
  test('refuses a day outside its window', () => {
    const other = (start: string, endExclusive: string) =>
      PromotionPlanned({ ...plan, window: { start, endExclusive } });
    given(other(today, tomorrow)).when(launchPromotion, input).thenRejects('outsideWindow');
    given(other(longAgo, yesterday)).when(launchPromotion, input).thenRejects('outsideWindow');
  });
  test('refuses a day to come, or too long ago', () => {
    given(planned).when(launchPromotion, { promotionId, on: tomorrow }).thenRejects('dayInFuture');
    const long = PromotionPlanned({ ...plan, window: { start: longAgo, endExclusive: tomorrow } });
    given(long).when(launchPromotion, { promotionId, on: longAgo }).thenRejects('backDatedTooFar');
  });
});

describe('RecordPromotionSpend', () => {
  const input = { promotionId, spendId, amount: eur('1000'), note: 'Posters' };
  test('records what was spent, also before the launch and over the budget', () => {
    given(planned).when(recordPromotionSpend, input).thenEmits(spend('1000'));
    given(planned, launched, spend('60000', idOf('other')))
      .when(recordPromotionSpend, input)
      .thenEmits(spend('1000'));
  });
  test('takes back what was recorded', () => {
    given(planned, spend('1000', idOf('other')))
      .when(recordPromotionSpend, { ...input, amount: eur('-1000') })
      .thenEmits(spend('-1000'));
  });
  test('says nothing twice', () => {
    given(planned, spend('1000')).when(recordPromotionSpend, input).thenNothing();
  });
  test('refuses another amount under a known id', () => {
    given(planned, spend('999')).when(recordPromotionSpend, input).thenRejects('spendKnown');
  });
  test('refuses a promotion that nobody planned', () => {
    given().when(recordPromotionSpend, input).thenRejects('promotionUnknown');
  });
  test('refuses another currency than that of the budget', () => {
    given(planned)
      .when(recordPromotionSpend, { ...input, amount: { amountMinor: '1', currency: 'USD' } })
      .thenRejects('currencyDiffers');
  });
  test('refuses to take back more than was spent', () => {
    given(planned, spend('1000', idOf('other')))
      .when(recordPromotionSpend, { ...input, amount: eur('-1001') })
      .thenRejects('spendBelowZero');
  });
  test('refuses what no sum can hold', () => {
    given(planned, spend('10000000000000000', idOf('other')))
      .when(recordPromotionSpend, { ...input, amount: eur('1') })
      .thenRejects('spendTooLarge');
  });
  test('refuses a day to come, or too long ago', () => {
    given(planned)
      .when(recordPromotionSpend, { ...input, on: tomorrow })
      .thenRejects('dayInFuture');
    given(planned)
      .when(recordPromotionSpend, { ...input, on: longAgo })
      .thenRejects('backDatedTooFar');
  });
});

describe('EndPromotion', () => {
  const input = { promotionId, resultNote: 'Sold out.' };
  test('ends a promotion', () => {
    given(planned, launched).when(endPromotion, input).thenEmits(ended);
  });
  test('calls off one that was never launched', () => {
    given(planned).when(endPromotion, input).thenEmits(ended);
  });
  test('says nothing twice', () => {
    given(planned, launched, ended).when(endPromotion, input).thenNothing();
  });
  test('refuses a promotion that nobody planned', () => {
    given().when(endPromotion, input).thenRejects('promotionUnknown');
  });
  test('refuses a day before the launch', () => {
    given(planned, PromotionLaunched({ promotionId, on: today }))
      .when(endPromotion, { ...input, on: yesterday })
      .thenRejects('beforeLaunch');
  });
  test('refuses a day to come, or too long ago', () => {
    given(planned, launched)
      .when(endPromotion, { ...input, on: tomorrow })
      .thenRejects('dayInFuture');
    given(planned)
      .when(endPromotion, { ...input, on: longAgo })
      .thenRejects('backDatedTooFar');
  });
});
