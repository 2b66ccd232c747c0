import { z } from 'zod';
import { nothing, page, query } from '../engine/query.ts';
import { PersonId, PipelineId } from '../events/values.ts';
import { cursorOf, Idle, idleInput, idleModels, idleOf, placeOf } from './idleness.ts';

const flag = z.enum(['true', 'false']).transform((text) => text === 'true');

export const listIdleOpportunities = query({
  name: 'ListIdleOpportunities',
  summary:
    'List opportunities in open stages with how long they lie without a touch and in their stage, those first that nothing has touched for longest.',
  permission: 'opportunity:read',
  path: '/idle-opportunities',
  input: {
    pipelineId: PipelineId.optional(),
    ownerId: PersonId.optional().describe('Whose they are now.'),
    rotting: flag.optional().describe('Only those that rot, or do not.'),
    overstayed: flag.optional().describe('Only those that are too long in their stage, or are not.'),
    ...idleInput,
    cursor: z.string().max(200).optional().describe('`nextCursor` of the page before.'),
    limit: z
      .string()
      .regex(/^\d{1,3}$/)
      .transform(Number)
      .pipe(z.int().min(1).max(200))
      .default(50),
  },
  output: page(Idle),
  reads: idleModels,
  answer: async (db, { ownerId, limit, cursor, ...asked }, asker) => {
    const { today, visibility } = asker;
    const seen = visibility.intervals
      ?.filter(({ from, to }) => from <= today && today < to)
      .map(({ personId }) => personId);
    const ownerIds = ownerId ? [ownerId].filter((id) => !seen || seen.includes(id)) : seen;
    const found = await idleOf(db, asked, asker, {
      ...asked,
      ownerIds,
      limit: limit + 1,
      after: cursor === undefined ? undefined : placeOf(cursor),
    });
    if (!found) return nothing;
    const data = found.slice(0, limit);
    const last = data.at(-1);
    return { data, nextCursor: found.length > limit && last ? cursorOf(last) : null };
  },
});
