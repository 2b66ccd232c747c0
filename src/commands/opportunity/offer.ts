import { canonicalJson } from '../../engine/canonical.ts';
import { absent, reject } from '../../engine/decision.ts';
import { generated } from '../../engine/input.ts';
import { opportunityEvents } from '../../events/opportunity.ts';
import { Amount, Comment, LocalDate, OfferId, OpportunityId, occurred } from '../../events/values.ts';
import {
  barred,
  barredRejections,
  byPerson,
  currencyDiffers,
  headOf,
  type OpportunityState,
  opportunity,
  opportunityUnknown,
} from './state.ts';

const { OfferSubmitted, OfferAccepted, OfferRejected } = opportunityEvents;

export const submitOffer = opportunity.command({
  name: 'SubmitOffer',
  summary: 'Record an offer to the customer of an opportunity.',
  permission: 'opportunity:write',
  path: '/opportunities/:opportunityId/offers',
  input: {
    opportunityId: OpportunityId,
    offerId: generated(OfferId),
    total: Amount.describe('What the customer would pay, without tax.'),
    validUntil: LocalDate.optional().describe('The last day on which it can be accepted.'),
    ...occurred,
  },
  emits: ['OfferSubmitted'],
  rejects: {
    opportunityUnknown,
    ...barredRejections,
    offerKnown: 'Another offer of this id was submitted already.',
    offerExpired: 'An offer is valid today at least.',
    currencyDiffers,
  },
  subject: byPerson,
  decide: (state, { offerId, total, validUntil }, context) => {
    const { now, offers } = state;
    if (!now) return reject('opportunityUnknown');
    const known = offers.get(offerId);
    if (known)
      return canonicalJson([known.total, known.validUntil ?? null]) ===
        canonicalJson([total, validUntil ?? null])
        ? []
        : reject('offerKnown');
    const bar = barred(state, context);
    if (bar) return reject(bar);
    if (validUntil && validUntil < context.today) return reject('offerExpired');
    if (total.currency !== now.value.currency) return reject('currencyDiffers');
    return [OfferSubmitted({ ...headOf(state), offerId, total, validUntil })];
  },
});

const decisionRejections = {
  opportunityUnknown,
  ...barredRejections,
  offerUnknown: absent('The opportunity has no such offer.'),
  offerDecided: 'The customer decided otherwise already.',
};

/** Why an offer cannot be decided so; none where it is decided so already. */
function undecidable(
  state: OpportunityState,
  offerId: string,
  wanted: 'accepted' | 'rejected',
  context: Parameters<typeof barred>[1],
): keyof typeof decisionRejections | 'none' | undefined {
  if (!state.now) return 'opportunityUnknown';
  const offer = state.offers.get(offerId);
  if (!offer) return 'offerUnknown';
  if (offer.state === wanted) return 'none';
  return offer.state === 'submitted' ? barred(state, context) : 'offerDecided';
}

export const acceptOffer = opportunity.command({
  name: 'AcceptOffer',
  summary: 'Record that the customer has accepted an offer.',
  permission: 'opportunity:write',
  path: '/opportunities/:opportunityId/offers/:offerId/accept',
  input: { opportunityId: OpportunityId, offerId: OfferId, ...occurred },
  emits: ['OfferAccepted'],
  rejects: decisionRejections,
  subject: byPerson,
  decide: (state, { offerId }, context) => {
    const why = undecidable(state, offerId, 'accepted', context);
    if (why === 'none') return [];
    return why ? reject(why) : [OfferAccepted({ ...headOf(state), offerId })];
  },
});

export const rejectOffer = opportunity.command({
  name: 'RejectOffer',
  summary: 'Record that the customer has rejected an offer, and why.',
  permission: 'opportunity:write',
  path: '/opportunities/:opportunityId/offers/:offerId/reject',
  input: { opportunityId: OpportunityId, offerId: OfferId, reason: Comment, ...occurred },
  emits: ['OfferRejected'],
  rejects: decisionRejections,
  subject: byPerson,
  decide: (state, { offerId, reason }, context) => {
    const why = undecidable(state, offerId, 'rejected', context);
    if (why === 'none') return [];
    return why ? reject(why) : [OfferRejected({ ...headOf(state), offerId, reason })];
  },
});
