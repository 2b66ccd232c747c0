import { z } from 'zod';
import { events } from '../engine/event.ts';
import { type Sentences, words } from './sentence.ts';
import { Line } from './values.ts';

export const ClaimKind = Line.describe('What is unique, such as an outlet code.');
export const ClaimKey = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,64}$/)
  .describe('The HMAC of what is claimed, under a secret of the tenant; or an id.');

/** Stored for ever. Add fields as optional, add events freely, rename nothing. */
export const claimEvents = events({
  Claimed: { kind: ClaimKind, key: ClaimKey, holder: Line },
  Released: { kind: ClaimKind, key: ClaimKey, holder: Line },
});

/** What each of these events says, in a sentence. */
export const claimSentences: Sentences<typeof claimEvents> = {
  Claimed: (d) => `The ${words(d.kind)} ${d.key} was taken by ${d.holder}.`,
  Released: (d) => `The ${words(d.kind)} ${d.key} was given back by ${d.holder}.`,
};
