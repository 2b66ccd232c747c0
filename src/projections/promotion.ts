import { z } from 'zod';
import { list } from '../engine/list.ts';
import { nothing, query } from '../engine/query.ts';
import { readModel } from '../engine/read-model.ts';
import { Audience, promotionEvents } from '../events/promotion.ts';
import { Currency, LocalDate, ProductId, PromotionId, RegionId, TargetId } from '../events/values.ts';

const byPromotion = ({ data }: { readonly data: { readonly promotionId: string } }) => ({
  promotionId: data.promotionId,
});

/** The promotions and what they cost. */
export const promotion = readModel({
  name: 'promotion',
  version: 1,
  summary: 'The promotions, whom they are meant for, and what they cost.',
  key: ['promotionId'],
  indexes: [['windowStart']],
  row: {
    promotionId: PromotionId,
    name: z.string().describe('Name of the promotion.'),
    windowStart: LocalDate.describe('First day of the window.'),
    windowEnd: LocalDate.describe('First day after the window.'),
    productIds: z.array(ProductId).describe('The products that it promotes.'),
    regionIds: z.array(RegionId).describe('The regions in which it runs; empty for everywhere.'),
    audience: Audience,
    targetIds: z.array(TargetId).describe('The targets that it supports.'),
    budgetMinor: z.bigint().describe('What it may cost, in minor units.'),
    spentMinor: z.bigint().describe('What was spent on it so far, in minor units.'),
    currency: Currency,
    overBudget: z.boolean().describe('Whether more was spent than it may cost.'),
    state: z.enum(['planned', 'launched', 'ended']).describe('How far it has come.'),
    launchedOn: LocalDate.nullable().describe('The day of its launch; null for one that never ran.'),
    endedOn: LocalDate.nullable().describe('The day of its end.'),
    resultNote: z.string().nullable().describe('What came of it, as noted at its end.'),
  },
  of: promotionEvents,
  on: {
    PromotionPlanned: {
      key: byPromotion,
      row: (_, { data }) => ({
        promotionId: data.promotionId,
        name: data.name,
        windowStart: data.window.start,
        windowEnd: data.window.endExclusive,
        productIds: data.productIds,
        regionIds: data.regionIds,
        audience: data.audience,
        targetIds: data.targetIds,
        budgetMinor: BigInt(data.budget.amountMinor),
        spentMinor: 0n,
        currency: data.budget.currency,
        overBudget: false,
        state: 'planned',
        launchedOn: null,
        endedOn: null,
        resultNote: null,
      }),
    },
    PromotionLaunched: {
      key: byPromotion,
      change: (row, { data: { on } }) => ({ ...row, state: 'launched', launchedOn: on }),
    },
    PromotionSpendRecorded: {
      key: byPromotion,
      change: (row, { data: { amount } }) => {
        const spentMinor = row.spentMinor + BigInt(amount.amountMinor);
        return { ...row, spentMinor, overBudget: spentMinor > row.budgetMinor };
      },
    },
    PromotionEnded: {
      key: byPromotion,
      change: (row, { data: { on, resultNote } }) => ({ ...row, state: 'ended', endedOn: on, resultNote }),
    },
  },
});

export const listPromotions = list({
  name: 'ListPromotions',
  summary: 'List promotions, newest first.',
  permission: 'promotion:read',
  path: '/promotions',
  of: promotion,
  scope: 'everyone',
  filters: [
    'promotionId',
    'windowStart',
    'windowEnd',
    'state',
    'launchedOn',
    'endedOn',
    'currency',
    'overBudget',
  ],
  holds: { from: 'windowStart', until: 'windowEnd' },
  search: ['name'],
  sorts: ['windowStart', 'name', 'budgetMinor', 'spentMinor'],
  descending: true,
  groups: ['state', 'currency', 'overBudget'],
  sums: ['budgetMinor', 'spentMinor'],
});

export const getPromotion = query({
  name: 'GetPromotion',
  summary: 'Get a promotion.',
  permission: 'promotion:read',
  path: '/promotions/:promotionId',
  input: { promotionId: PromotionId },
  output: promotion.row,
  reads: [promotion],
  answer: async (db, { promotionId }) =>
    (await db
      .selectFrom('promotion')
      .selectAll()
      .where('promotionId', '=', promotionId)
      .executeTakeFirst()) ?? nothing,
});
