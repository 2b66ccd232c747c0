import { z } from 'zod';
import { InvalidCursor } from '../engine/cursor.ts';
import { page, query } from '../engine/query.ts';
import { sentenceOf } from '../events/index.ts';
import { Position } from '../events/values.ts';
import {
  type LoggedEvent as Logged,
  LoggedEvent,
  logFilters,
  namesSubject,
  onTimeline,
  readEvents,
  type Span,
  spanOf,
} from './event-log.ts';
import { actorName, byName, nameModels } from './names.ts';
import { together } from './rows-of.ts';
import { timeline } from './timeline.ts';

/** Events that one statement looks at, and the time after which a page ends wherever it is. */
const windowEvents = 100_000;
const patienceMs = 1_000;

export const listEvents = query({
  name: 'ListEvents',
  summary: 'Read the log in order, or follow it: as pages, waiting for what comes, or as server-sent events.',
  permission: 'log:read',
  path: '/events',
  input: {
    after: Position.default(0).describe('The position after which to begin: `after` of the page before.'),
    limit: z.int().min(1).max(1_000).default(200),
    ...logFilters,
  },
  output: z.object({
    data: z.array(LoggedEvent),
    after: Position.describe('How far the log was looked through: pass it as `after` for the next page.'),
    head: Position.describe('The last position of the log.'),
  }),
  reads: [],
  answer: async (db, { after: given, limit, ...filter }) => {
    const { head, ...span } = await spanOf(db, filter);
    const endsAt = performance.now() + patienceMs;
    const data: Logged[] = [];
    let after = Math.max(given, span.after);
    while (after < span.upTo && data.length < limit && performance.now() < endsAt) {
      const upTo = Math.min(after + windowEvents, span.upTo);
      const wanted = limit - data.length;
      const found = await readEvents(db, filter, {
        after,
        upTo,
        direction: 'asc',
        limit: wanted,
        about: namesSubject,
      });
      data.push(...found);
      after = found.length === wanted ? found.at(-1)!.position : upTo;
    }
    return { data, after, head };
  },
});

const AuditEntry = LoggedEvent.extend({
  by: z.string().describe('Who did it, by the name of today.'),
  sentence: z.string().describe('What happened, in words.'),
});

export const listAuditEvents = query({
  name: 'ListAuditEvents',
  summary: 'List what happened, by whom, when and to what, in sentences, newest first.',
  permission: 'log:read',
  path: '/audit/events',
  input: {
    ...logFilters,
    sort: z.enum(['-position', 'position']).default('-position'),
    cursor: z.string().max(2_000).optional().describe('`nextCursor` of the page before.'),
    limit: z.int().min(1).max(200).default(50),
  },
  output: page(AuditEntry),
  reads: together(timeline, ...nameModels),
  answer: async (db, { sort, cursor: given, limit, ...filter }) => {
    const newestFirst = sort === '-position';
    const span = within(await spanOf(db, filter), given, newestFirst);
    const direction = newestFirst ? 'desc' : 'asc';
    const found = await readEvents(db, filter, { ...span, direction, limit: limit + 1, about: onTimeline });
    const shown = found.slice(0, limit);
    return {
      data: await byName(db, (nameOf) =>
        shown.map((event) => ({
          ...event,
          by: actorName(event.actor, nameOf),
          sentence: sentenceOf(event, nameOf),
        })),
      ),
      nextCursor: found.length > limit ? String(shown.at(-1)!.position) : null,
    };
  },
});

/** What is left of a span beyond a cursor. */
function within({ after, upTo }: Span, cursor: string | undefined, newestFirst: boolean): Span {
  if (cursor === undefined) return { after, upTo };
  if (!/^\d{1,15}$/.test(cursor)) throw new InvalidCursor();
  const position = Number(cursor);
  return newestFirst
    ? { after, upTo: Math.min(upTo, position - 1) }
    : { after: Math.max(after, position), upTo };
}
