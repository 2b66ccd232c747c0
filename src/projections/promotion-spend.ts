import { z } from 'zod';
import { list } from '../engine/list.ts';
import { readModel } from '../engine/read-model.ts';
import { promotionEvents } from '../events/promotion.ts';
import { Currency, LocalDate, PromotionId, SpendId } from '../events/values.ts';

/** What was spent on promotions, and when. */
export const promotionSpend = readModel({
  name: 'promotion_spend',
  version: 1,
  summary: 'What was spent on promotions, and when.',
  key: ['promotionId', 'spendId'],
  row: {
    promotionId: PromotionId,
    spendId: SpendId,
    spentOn: LocalDate.describe('The day on which it was spent.'),
    amountMinor: z.bigint().describe('Minor units; below zero where it was taken back.'),
    currency: Currency,
    note: z.string().describe('What it was spent on.'),
  },
  of: promotionEvents,
  on: {
    PromotionSpendRecorded: {
      key: ({ data: { promotionId, spendId } }) => ({ promotionId, spendId }),
      row: (_, { data }) => ({
        promotionId: data.promotionId,
        spendId: data.spendId,
        spentOn: data.on,
        amountMinor: BigInt(data.amount.amountMinor),
        currency: data.amount.currency,
        note: data.note,
      }),
    },
  },
});

export const listPromotionSpend = list({
  name: 'ListPromotionSpend',
  summary: 'List what was spent on promotions.',
  permission: 'promotion:read',
  path: '/promotion-spend',
  of: promotionSpend,
  scope: 'everyone',
  filters: ['promotionId', 'spendId', 'spentOn', 'currency'],
  search: ['note'],
  sorts: ['spentOn', 'amountMinor'],
  descending: true,
  groups: ['promotionId', 'spentOn', 'currency'],
  sums: ['amountMinor'],
});
