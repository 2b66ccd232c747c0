import { events } from '../engine/event.ts';
import { ClaimKey } from './claim.ts';
import { CompetitorId, Line } from './values.ts';

/** Stored for ever. Add fields as optional, add events freely, rename nothing. */
export const competitorEvents = events({
  CompetitorRegistered: { competitorId: CompetitorId, name: Line, nameKey: ClaimKey },
  CompetitorRenamed: { competitorId: CompetitorId, name: Line, nameKey: ClaimKey },
});
