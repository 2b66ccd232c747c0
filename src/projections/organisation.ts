import { z } from 'zod';
import { nothing, query } from '../engine/query.ts';
import { readModel } from '../engine/read-model.ts';
import { configuration, organisationEvents } from '../events/organisation.ts';

/** What holds for the whole organisation. */
export const organisation = readModel({
  name: 'organisation',
  version: 1,
  summary: 'What holds for the whole organisation: one row.',
  key: ['stream'],
  row: {
    stream: z.literal('organisation').describe('The stream that it stands in; there is one.'),
    ...configuration,
  },
  of: organisationEvents,
  on: {
    OrganisationConfigured: {
      key: () => ({ stream: 'organisation' as const }),
      row: (_, { data }) => ({ stream: 'organisation' as const, ...data }),
    },
  },
});

export const getOrganisation = query({
  name: 'GetOrganisation',
  summary: 'Get the name, time zone, reporting currency and due times of the organisation.',
  permission: 'organisation:read',
  path: '/organisation',
  input: {},
  output: z.object(configuration),
  reads: [organisation],
  answer: async (db) => {
    const row = await db.selectFrom('organisation').selectAll().executeTakeFirst();
    if (!row) return nothing;
    const { stream: _, ...configured } = row;
    return configured;
  },
});
