import { z } from 'zod';
import { list } from '../engine/list.ts';
import { readModel } from '../engine/read-model.ts';
import { organisationEvents } from '../events/organisation.ts';
import { RegionId } from '../events/values.ts';

const byRegion = ({ data }: { readonly data: { readonly regionId: string } }) => ({
  regionId: data.regionId,
});

/** The sales regions. */
export const region = readModel({
  name: 'region',
  version: 1,
  summary: 'The sales regions.',
  key: ['regionId'],
  row: {
    regionId: RegionId,
    code: z.string().describe('Code of the region.'),
    name: z.string().describe('Name of the region.'),
    parentId: RegionId.nullable().describe('The region that it lies in.'),
    retired: z.boolean().describe('Whether nothing new is put into it.'),
  },
  of: organisationEvents,
  on: {
    RegionDefined: { key: byRegion, row: (_, { data }) => ({ ...data, retired: false }) },
    RegionRenamed: { key: byRegion, change: (row, { data }) => ({ ...row, name: data.name }) },
    RegionRetired: { key: byRegion, change: (row) => ({ ...row, retired: true }) },
  },
});

export const listRegions = list({
  name: 'ListRegions',
  summary: 'List the sales regions.',
  permission: 'organisation:read',
  path: '/regions',
  of: region,
  scope: 'everyone',
  filters: ['regionId', 'code', 'parentId', 'retired'],
  search: ['code', 'name'],
  sorts: ['code', 'name'],
});
