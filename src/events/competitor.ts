import { events } from '../engine/event.ts';
import { ClaimKey } from './claim.ts';
import type { Sentences } from './sentence.ts';
import { CompetitorId, Line } from './values.ts';

/** Stored for ever. Add fields as optional, add events freely, rename nothing. */
export const competitorEvents = events({
  CompetitorRegistered: { competitorId: CompetitorId, name: Line, nameKey: ClaimKey },
  CompetitorRenamed: { competitorId: CompetitorId, name: Line, nameKey: ClaimKey },
});

/** What each of these events says, in a sentence. */
export const competitorSentences: Sentences<typeof competitorEvents> = {
  CompetitorRegistered: (d) => `${d.name} was registered as a competitor.`,
  CompetitorRenamed: (d) => `A competitor is now called ${d.name}.`,
};
