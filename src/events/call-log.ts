import { z } from 'zod';
import { events } from '../engine/event.ts';
import { type Sentences, words } from './sentence.ts';
import { CallId, Comment, Count, CustomerId, Instant, LocalDate, OpportunityId, PersonId } from './values.ts';

export const CallDirection = z.enum(['outgoing', 'incoming']).describe('Who called.');
export const CallChannel = z.enum(['phone', 'email', 'chat', 'video']).describe('How they talked.');
export const CallResult = z
  .enum(['reached', 'not_reached', 'appointment', 'offer_requested', 'ordered', 'paid', 'refused', 'other'])
  .describe('How a call came out.');

/** What is recorded of one call. */
export const call = {
  customerId: CustomerId,
  direction: CallDirection,
  channel: CallChannel,
  seconds: Count.max(86_400).describe('How long it took.'),
  resultCode: CallResult,
  opportunityId: OpportunityId.optional(),
  note: Comment.optional(),
};

/** Stored for ever. Add fields as optional, add events freely, rename nothing. */
export const callLogEvents = events({
  CallLogged: { personId: PersonId, date: LocalDate, callId: CallId, calledAt: Instant, ...call },
});

/** What each of these events says, in a sentence. */
export const callLogSentences: Sentences<typeof callLogEvents> = {
  CallLogged: (d, n) =>
    `${n(d.personId)} talked with ${n(d.customerId)} by ${d.channel}: ${words(d.resultCode)}.`,
};
