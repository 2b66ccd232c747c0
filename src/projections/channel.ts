import { z } from 'zod';
import { list } from '../engine/list.ts';
import { readModel } from '../engine/read-model.ts';
import { organisationEvents } from '../events/organisation.ts';
import { ChannelId } from '../events/values.ts';

const byChannel = ({ data }: { readonly data: { readonly channelId: string } }) => ({
  channelId: data.channelId,
});

/** The sales channels. */
export const channel = readModel({
  name: 'channel',
  version: 1,
  summary: 'The sales channels.',
  key: ['channelId'],
  row: {
    channelId: ChannelId,
    code: z.string().describe('Code of the channel.'),
    name: z.string().describe('Name of the channel.'),
    retired: z.boolean().describe('Whether nothing new is put into it.'),
  },
  of: organisationEvents,
  on: {
    ChannelDefined: { key: byChannel, row: (_, { data }) => ({ ...data, retired: false }) },
    ChannelRenamed: { key: byChannel, change: (row, { data }) => ({ ...row, name: data.name }) },
    ChannelRetired: { key: byChannel, change: (row) => ({ ...row, retired: true }) },
  },
});

export const listChannels = list({
  name: 'ListChannels',
  summary: 'List the sales channels.',
  permission: 'organisation:read',
  path: '/channels',
  of: channel,
  scope: 'everyone',
  filters: ['channelId', 'code', 'retired'],
  search: ['code', 'name'],
  sorts: ['code', 'name'],
});
