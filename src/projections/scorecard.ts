import { z } from 'zod';
import { list } from '../engine/list.ts';
import { nothing, query } from '../engine/query.ts';
import { readModel } from '../engine/read-model.ts';
import { Role } from '../events/permission.ts';
import {
  ScorecardItem,
  ScorecardLevel,
  ScorecardVersion,
  ScorecardWarning,
  scorecardEvents,
} from '../events/scorecard.ts';
import { Instant, ScorecardId } from '../events/values.ts';

const key = ({ data }: { readonly data: { readonly scorecardId: string } }) => ({
  scorecardId: data.scorecardId,
});

/** By what people of a role are assessed. */
export const scorecard = readModel({
  name: 'scorecard',
  version: 1,
  summary: 'By what people of a role are assessed, in the latest design.',
  key: ['scorecardId'],
  row: {
    scorecardId: ScorecardId,
    version: ScorecardVersion,
    name: z.string().describe('Name for people.'),
    role: Role,
    level: ScorecardLevel,
    items: z.array(ScorecardItem).describe('What counts, and how much.'),
    warnings: z.array(ScorecardWarning).describe('What it should rather have, or have not.'),
    designedAt: Instant.describe('When this version was designed.'),
    state: z.enum(['in_use', 'retired']).describe('Whether people are evaluated by it.'),
    retirementReason: z.string().nullable().describe('Why it was retired; null where it is not.'),
  },
  of: scorecardEvents,
  on: {
    ScorecardDesigned: {
      key,
      row: (_, { data, occurredAt }) => ({
        ...data,
        designedAt: occurredAt,
        state: 'in_use',
        retirementReason: null,
      }),
    },
    ScorecardRetired: {
      key,
      change: (row, { data }) => ({ ...row, state: 'retired', retirementReason: data.reason }),
    },
  },
});

export const listScorecards = list({
  name: 'ListScorecards',
  summary: 'List scorecards.',
  permission: 'kpi:read',
  path: '/scorecards',
  of: scorecard,
  scope: 'everyone',
  filters: ['scorecardId', 'role', 'level', 'state', 'designedAt'],
  search: ['name'],
  sorts: ['name', 'designedAt'],
  groups: ['role', 'level', 'state'],
});

export const getScorecard = query({
  name: 'GetScorecard',
  summary: 'Get a scorecard in its latest design, with what it should rather have.',
  permission: 'kpi:read',
  path: '/scorecards/:scorecardId',
  input: { scorecardId: ScorecardId },
  output: scorecard.row.meta({ id: 'Scorecard', description: 'By what people of a role are assessed.' }),
  reads: [scorecard],
  answer: async (db, { scorecardId }) =>
    (await db
      .selectFrom('scorecard')
      .selectAll()
      .where('scorecardId', '=', scorecardId)
      .executeTakeFirst()) ?? nothing,
});
