import { canonicalJson } from '../engine/canonical.ts';
import { absent, decider, type Evolve, reject, unknown } from '../engine/decision.ts';
import type { DataOf } from '../engine/event.ts';
import { generated } from '../engine/input.ts';
import { promotionEvents, promotionPlan } from '../events/promotion.ts';
import {
  amountMax,
  Comment,
  Line,
  LocalDate,
  Money,
  occurred,
  PromotionId,
  SpendId,
} from '../events/values.ts';
import { misdated, misdatedRejections } from './dating.ts';
import { organisation } from './organisation/state.ts';
import { policy } from './policy.ts';
import { isDefined, product } from './product.ts';
import { target } from './target/state.ts';

const { PromotionPlanned, PromotionLaunched, PromotionSpendRecorded, PromotionEnded } = promotionEvents;

export interface PromotionState {
  readonly planned: DataOf<typeof PromotionPlanned> | undefined;
  readonly launchedOn: string | undefined;
  readonly endedOn: string | undefined;
  readonly spent: bigint;
  /** Minor units by the id of the spend. */
  readonly spends: ReadonlyMap<string, string>;
}

const initialState: PromotionState = {
  planned: undefined,
  launchedOn: undefined,
  endedOn: undefined,
  spent: 0n,
  spends: new Map(),
};

const evolve: Evolve<PromotionState, typeof promotionEvents> = {
  PromotionPlanned: (state, planned) => ({ ...state, planned }),
  PromotionLaunched: (state, { on }) => ({ ...state, launchedOn: on }),
  PromotionSpendRecorded: (state, { spendId, amount: { amountMinor } }) => ({
    ...state,
    spent: state.spent + BigInt(amountMinor),
    spends: new Map(state.spends).set(spendId, amountMinor),
  }),
  PromotionEnded: (state, { on }) => ({ ...state, endedOn: on }),
};

export const promotion = decider({
  stream: 'promotion',
  id: ['promotionId'],
  events: promotionEvents,
  initialState,
  evolve,
});

const nobody = () => undefined;
const promotionUnknown = absent('There is no such promotion.');
const onDay = LocalDate.optional().describe('Today, when left out.');

export const planPromotion = promotion.command({
  name: 'PlanPromotion',
  summary: 'Plan a promotion of products: when, where, for whom, at what budget, and for which targets.',
  permission: 'promotion:write',
  path: '/promotions',
  input: { promotionId: generated(PromotionId), ...promotionPlan },
  emits: ['PromotionPlanned'],
  rejects: {
    promotionKnown: 'Another promotion of this id was planned already.',
    productUnknown: unknown('There is no such product.'),
    regionUnknown: unknown('There is no such region.'),
    channelUnknown: unknown('There is no such channel.'),
    targetUnknown: unknown('There is no such target, or it was withdrawn.'),
  },
  subject: nobody,
  reads: ({ productIds, targetIds }) => ({
    organisation: organisation.ref(),
    products: productIds.map((productId) => product.ref(productId)),
    targets: targetIds.map((targetId) => target.ref(targetId)),
  }),
  decide: ({ planned }, input, { reads }) => {
    if (planned) return canonicalJson(planned) === canonicalJson(input) ? [] : reject('promotionKnown');
    const { regions, channels } = reads.organisation;
    const missing = reads.products.findIndex((state) => !isDefined(state));
    if (missing >= 0) return reject('productUnknown', at('productIds', missing, 'There is no such product.'));
    if ([...input.regionIds, ...input.audience.regionIds].some((id) => !regions.has(id)))
      return reject('regionUnknown');
    if (input.audience.channelIds.some((id) => !channels.has(id))) return reject('channelUnknown');
    const lost = reads.targets.findIndex(({ assigned, withdrawn }) => !assigned || withdrawn);
    if (lost >= 0) return reject('targetUnknown', at('targetIds', lost, 'There is no such target.'));
    return [PromotionPlanned(input)];
  },
});

const at = (list: string, index: number, detail: string) => [{ pointer: `/${list}/${index}`, detail }];

export const launchPromotion = promotion.command({
  name: 'LaunchPromotion',
  summary: 'Launch a promotion; its response is measured from that day on.',
  permission: 'promotion:write',
  path: '/promotions/:promotionId/launch',
  input: { promotionId: PromotionId, on: onDay, ...occurred },
  emits: ['PromotionLaunched'],
  rejects: {
    promotionUnknown,
    promotionEnded: 'The promotion has ended.',
    outsideWindow: 'A promotion is launched within its window.',
    ...misdatedRejections,
  },
  subject: nobody,
  reads: () => ({ policy: policy.ref() }),
  decide: ({ planned, launchedOn, endedOn }, { promotionId, on: given }, context) => {
    const on = given ?? context.today;
    if (!planned) return reject('promotionUnknown');
    if (launchedOn) return [];
    if (endedOn) return reject('promotionEnded');
    const { start, endExclusive } = planned.window;
    if (on < start || on >= endExclusive) return reject('outsideWindow');
    const wrong = misdated(on, context, context.reads.policy);
    if (wrong) return reject(wrong, [{ pointer: '/on', detail: 'Give another day.' }]);
    return [PromotionLaunched({ promotionId, on }, { effectiveOn: on })];
  },
});

export const recordPromotionSpend = promotion.command({
  name: 'RecordPromotionSpend',
  summary:
    'Record what was spent on a promotion, before, during or after it; an amount below zero takes back what was recorded.',
  permission: 'promotion:write',
  path: '/promotions/:promotionId/spend',
  input: {
    promotionId: PromotionId,
    spendId: generated(SpendId),
    amount: Money,
    on: onDay,
    note: Line.describe('What it was spent on.'),
    ...occurred,
  },
  emits: ['PromotionSpendRecorded'],
  rejects: {
    promotionUnknown,
    spendKnown: 'Another amount of this id was recorded already.',
    currencyDiffers: 'What is spent has the currency of the budget.',
    spendBelowZero: 'No more can be taken back than was spent.',
    spendTooLarge: 'The promotion comes to more than 10^16 minor units.',
    ...misdatedRejections,
  },
  subject: nobody,
  reads: () => ({ policy: policy.ref() }),
  decide: ({ planned, spent, spends }, { promotionId, spendId, amount, on: given, note }, context) => {
    const on = given ?? context.today;
    if (!planned) return reject('promotionUnknown');
    const known = spends.get(spendId);
    if (known !== undefined) return known === amount.amountMinor ? [] : reject('spendKnown');
    if (amount.currency !== planned.budget.currency) return reject('currencyDiffers');
    const total = spent + BigInt(amount.amountMinor);
    if (total < 0n) return reject('spendBelowZero');
    if (total > amountMax) return reject('spendTooLarge');
    const wrong = misdated(on, context, context.reads.policy);
    if (wrong) return reject(wrong, [{ pointer: '/on', detail: 'Give another day.' }]);
    return [PromotionSpendRecorded({ promotionId, spendId, amount, on, note }, { effectiveOn: on })];
  },
});

export const endPromotion = promotion.command({
  name: 'EndPromotion',
  summary: 'End a promotion and note what came of it; one that was never launched is called off so.',
  permission: 'promotion:write',
  path: '/promotions/:promotionId/end',
  input: { promotionId: PromotionId, on: onDay, resultNote: Comment, ...occurred },
  emits: ['PromotionEnded'],
  rejects: {
    promotionUnknown,
    beforeLaunch: 'The promotion was not yet launched on that day.',
    ...misdatedRejections,
  },
  subject: nobody,
  reads: () => ({ policy: policy.ref() }),
  decide: ({ planned, launchedOn, endedOn }, { promotionId, on: given, resultNote }, context) => {
    const on = given ?? context.today;
    if (!planned) return reject('promotionUnknown');
    if (endedOn) return [];
    if (launchedOn && on < launchedOn) return reject('beforeLaunch');
    const wrong = misdated(on, context, context.reads.policy);
    if (wrong) return reject(wrong, [{ pointer: '/on', detail: 'Give another day.' }]);
    return [PromotionEnded({ promotionId, on, resultNote }, { effectiveOn: on })];
  },
});
