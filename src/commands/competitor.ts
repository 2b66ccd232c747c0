import { absent, decider, type Evolve, reject } from '../engine/decision.ts';
import { generated } from '../engine/input.ts';
import { competitorEvents } from '../events/competitor.ts';
import { CompetitorId, Line } from '../events/values.ts';
import { claimed, claimKey, claimRefs, isHeldByOther, moveClaim } from './claim.ts';

const { CompetitorRegistered, CompetitorRenamed } = competitorEvents;

export interface CompetitorState {
  readonly name: string | undefined;
  readonly nameKey: string | null;
}

const initialState: CompetitorState = { name: undefined, nameKey: null };

const evolve: Evolve<CompetitorState, typeof competitorEvents> = {
  CompetitorRegistered: (_, { name, nameKey }) => ({ name, nameKey }),
  CompetitorRenamed: (_, { name, nameKey }) => ({ name, nameKey }),
};

export const competitor = decider({
  stream: 'competitor',
  id: ['competitorId'],
  events: competitorEvents,
  initialState,
  evolve,
});

const nameClaim = 'competitor-name';
const nowhere = () => undefined;

export const registerCompetitor = competitor.command({
  name: 'RegisterCompetitor',
  summary: 'Register a competitor.',
  permission: 'competitor:write',
  path: '/competitors',
  input: { competitorId: generated(CompetitorId), name: Line },
  emits: ['CompetitorRegistered', 'Claimed'],
  rejects: { competitorKnown: 'A competitor of this name, or of this id, is registered already.' },
  subject: nowhere,
  reads: ({ name }, _, act) => ({ names: claimRefs(nameClaim, claimKey(act, nameClaim, name)) }),
  decide: (state, { competitorId, name }, context) => {
    const nameKey = claimKey(context, nameClaim, name);
    if (state.nameKey === nameKey) return [];
    if (state.nameKey !== null) return reject('competitorKnown');
    if (isHeldByOther(context.reads.names[0], competitorId)) return reject('competitorKnown');
    return [CompetitorRegistered({ competitorId, name, nameKey }), claimed(nameClaim, nameKey, competitorId)];
  },
});

export const renameCompetitor = competitor.command({
  name: 'RenameCompetitor',
  summary: 'Give a competitor another name.',
  permission: 'competitor:write',
  path: '/competitors/:competitorId/rename',
  input: { competitorId: CompetitorId, name: Line },
  emits: ['CompetitorRenamed', 'Claimed', 'Released'],
  rejects: {
    competitorUnknown: absent('There is no such competitor.'),
    competitorKnown: 'Another competitor has this name.',
  },
  subject: nowhere,
  reads: ({ name }, { nameKey }, act) => ({
    names: claimRefs(nameClaim, nameKey, claimKey(act, nameClaim, name)),
  }),
  decide: (state, { competitorId, name }, context) => {
    const nameKey = claimKey(context, nameClaim, name);
    if (state.name === undefined) return reject('competitorUnknown');
    if (state.name === name) return [];
    if (isHeldByOther(context.reads.names.at(-1), competitorId)) return reject('competitorKnown');
    return [
      CompetitorRenamed({ competitorId, name, nameKey }),
      ...moveClaim(nameClaim, competitorId, state.nameKey, nameKey),
    ];
  },
});
