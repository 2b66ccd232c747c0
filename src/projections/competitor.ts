import { z } from 'zod';
import { list } from '../engine/list.ts';
import { readModel } from '../engine/read-model.ts';
import { competitorEvents } from '../events/competitor.ts';
import { CompetitorId } from '../events/values.ts';

const byCompetitor = ({ data }: { readonly data: { readonly competitorId: string } }) => ({
  competitorId: data.competitorId,
});

/** The competitors. */
export const competitor = readModel({
  name: 'competitor',
  version: 1,
  summary: 'The competitors.',
  key: ['competitorId'],
  row: { competitorId: CompetitorId, name: z.string().describe('Name of the competitor.') },
  of: competitorEvents,
  on: {
    CompetitorRegistered: {
      key: byCompetitor,
      row: (_, { data }) => ({ competitorId: data.competitorId, name: data.name }),
    },
    CompetitorRenamed: { key: byCompetitor, change: (row, { data }) => ({ ...row, name: data.name }) },
  },
});

export const listCompetitors = list({
  name: 'ListCompetitors',
  summary: 'List competitors.',
  permission: 'competitor:read',
  path: '/competitors',
  of: competitor,
  scope: 'everyone',
  filters: ['competitorId', 'name'],
  search: ['name'],
  sorts: ['name'],
});
