import { z } from 'zod';
import { events } from '../engine/event.ts';
import type { Sentences } from './sentence.ts';
import {
  BasisPoints,
  ChannelId,
  Comment,
  Count,
  CustomerId,
  DealerId,
  LocalDate,
  RegionId,
} from './values.ts';

const dealer = { dealerId: DealerId, customerId: CustomerId };

export const DealerTerms = {
  discountBp: BasisPoints.describe('Discount on list prices, in basis points.'),
  paymentDays: Count.max(365).describe('Days after an invoice on which it is due.'),
};

/** Stored for ever. Add fields as optional, add events freely, rename nothing. */
export const dealerEvents = events({
  DealerAppointed: {
    ...dealer,
    regionIds: z.array(RegionId),
    channelIds: z.array(ChannelId),
    from: LocalDate,
  },
  DealerTermsSet: { ...dealer, ...DealerTerms, from: LocalDate, previousFrom: LocalDate.nullable() },
  DealerAppointmentEnded: { ...dealer, on: LocalDate, reason: Comment },
});

/** What each of these events says, in a sentence. */
export const dealerSentences: Sentences<typeof dealerEvents> = {
  DealerAppointed: (d, n) => `${n(d.customerId)} was appointed a dealer from ${d.from}.`,
  DealerTermsSet: (d, n) =>
    `From ${d.from} ${n(d.customerId)} buys at a discount of ${d.discountBp / 100} % and pays within ${d.paymentDays} days.`,
  DealerAppointmentEnded: (d, n) => `${n(d.customerId)} was no longer a dealer from ${d.on}: ${d.reason}`,
};
