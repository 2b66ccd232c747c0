import { z } from 'zod';
import { events } from '../engine/event.ts';
import { moneyText, type Sentences } from './sentence.ts';
import {
  Amount,
  ChannelId,
  Comment,
  Line,
  LocalDate,
  Money,
  ProductId,
  PromotionId,
  RegionId,
  SpendId,
  TargetId,
} from './values.ts';

export const PromotionWindow = z
  .strictObject({ start: LocalDate, endExclusive: LocalDate })
  .refine(({ start, endExclusive }) => start < endExclusive, 'A window ends after it starts.')
  .meta({
    id: 'PromotionWindow',
    description: 'The days of a promotion; it ends the day before `endExclusive`.',
  });

const listMax = 50;
export const Audience = z
  .strictObject({
    segments: z.array(Line).max(listMax).default([]).describe('Segments of customers.'),
    regionIds: z.array(RegionId).max(listMax).default([]).describe('Regions, with those within them.'),
    channelIds: z.array(ChannelId).max(listMax).default([]),
  })
  .meta({
    id: 'PromotionAudience',
    description:
      'The customers whom a promotion is meant for: of one of the segments, in one of the regions, and on one of the channels. An empty list leaves nobody out.',
  });

export const promotionPlan = {
  name: Line,
  window: PromotionWindow,
  productIds: z.array(ProductId).min(1).max(100).describe('The products that it promotes.'),
  regionIds: z
    .array(RegionId)
    .max(listMax)
    .default([])
    .describe('The regions in which it runs, with those within them; empty for everywhere.'),
  budget: Amount,
  audience: Audience.default({ segments: [], regionIds: [], channelIds: [] }),
  targetIds: z.array(TargetId).max(listMax).default([]).describe('The targets that it supports.'),
};

/** Stored for ever. Add fields as optional, add events freely, rename nothing. */
export const promotionEvents = events({
  PromotionPlanned: { promotionId: PromotionId, ...promotionPlan },
  PromotionLaunched: { promotionId: PromotionId, on: LocalDate },
  PromotionSpendRecorded: {
    promotionId: PromotionId,
    spendId: SpendId,
    amount: Money,
    on: LocalDate,
    note: Line,
  },
  PromotionEnded: { promotionId: PromotionId, on: LocalDate, resultNote: Comment },
});

/** What each of these events says, in a sentence. */
export const promotionSentences: Sentences<typeof promotionEvents> = {
  PromotionPlanned: (d) =>
    `The promotion ${d.name} was planned from ${d.window.start} to before ${d.window.endExclusive}, with a budget of ${moneyText(d.budget)}.`,
  PromotionLaunched: (d, n) => `${n(d.promotionId, 'A promotion')} was launched on ${d.on}.`,
  PromotionSpendRecorded: (d, n) => {
    const { amountMinor, currency } = d.amount;
    const sum = moneyText({ amountMinor: amountMinor.replace('-', ''), currency });
    const what = amountMinor.startsWith('-') ? 'taken back from what was spent' : 'spent';
    return `${sum} were ${what} on ${n(d.promotionId, 'a promotion')}: ${d.note}`;
  },
  PromotionEnded: (d, n) => `${n(d.promotionId, 'A promotion')} ended on ${d.on}: ${d.resultNote}`,
};
