import { absent, reject, unknown } from '../../engine/decision.ts';
import { generated } from '../../engine/input.ts';
import { organisationEvents } from '../../events/organisation.ts';
import { ChannelId, Line, occurred, RegionId } from '../../events/values.ts';
import { type Named, organisation } from './state.ts';

const { RegionDefined, RegionRenamed, RegionRetired, ChannelDefined, ChannelRenamed, ChannelRetired } =
  organisationEvents;

const codeTaken = (named: ReadonlyMap<string, Named>, code: string): boolean =>
  [...named.values()].some((other) => other.code === code);

const isSame = (
  before: Named,
  {
    code,
    name,
    parentId,
  }: { readonly code: string; readonly name: string; readonly parentId?: string | null },
): boolean =>
  before.code === code && before.name === name && (before.parentId ?? null) === (parentId ?? null);

const regionAbsent = absent('There is no such region.');
const channelAbsent = absent('There is no such channel.');
const regionRetired = 'The region is retired.';
const channelRetired = 'The channel is retired.';
const otherCode = [{ pointer: '/code', detail: 'Choose another code.' }];

export const defineRegion = organisation.command({
  name: 'DefineRegion',
  summary: 'Define a sales region.',
  permission: 'organisation:write',
  path: '/regions',
  input: {
    regionId: generated(RegionId),
    code: Line,
    name: Line,
    parentId: RegionId.nullable().default(null).describe('The region that it lies in.'),
    ...occurred,
  },
  emits: ['RegionDefined'],
  rejects: {
    regionExists: 'There is already a region of this id.',
    regionCodeTaken: 'Another region has this code.',
    regionUnknown: unknown('The region that it is to lie in is not defined, or retired.'),
  },
  decide: ({ regions }, { occurredAt: _, ...input }) => {
    const before = regions.get(input.regionId);
    if (before) return isSame(before, input) ? [] : reject('regionExists');
    if (codeTaken(regions, input.code)) return reject('regionCodeTaken', otherCode);
    if (input.parentId !== null && regions.get(input.parentId)?.retired !== false) {
      return reject('regionUnknown', [{ pointer: '/parentId', detail: 'Choose a region that is defined.' }]);
    }
    return [RegionDefined(input)];
  },
});

export const renameRegion = organisation.command({
  name: 'RenameRegion',
  summary: 'Give a sales region another name.',
  permission: 'organisation:write',
  path: '/regions/:regionId/rename',
  input: { regionId: RegionId, name: Line, ...occurred },
  emits: ['RegionRenamed'],
  rejects: { regionAbsent, regionRetired },
  decide: ({ regions }, { regionId, name }) => {
    const region = regions.get(regionId);
    if (!region) return reject('regionAbsent');
    if (region.name === name) return [];
    if (region.retired) return reject('regionRetired');
    return [RegionRenamed({ regionId, name })];
  },
});

export const retireRegion = organisation.command({
  name: 'RetireRegion',
  summary: 'Retire a sales region, so that nothing new is put into it.',
  permission: 'organisation:write',
  path: '/regions/:regionId/retire',
  input: { regionId: RegionId, ...occurred },
  emits: ['RegionRetired'],
  rejects: {
    regionAbsent,
    regionInUse: 'Units or other regions that are not retired belong to the region.',
  },
  decide: ({ regions, units }, { regionId }) => {
    const region = regions.get(regionId);
    if (!region) return reject('regionAbsent');
    if (region.retired) return [];
    const holdsRegions = [...regions.values()].some((other) => other.parentId === regionId && !other.retired);
    const holdsUnits = [...units.values()].some((unit) => unit.regionId === regionId && !unit.dissolvedOn);
    if (holdsRegions || holdsUnits) return reject('regionInUse');
    return [RegionRetired({ regionId })];
  },
});

export const defineChannel = organisation.command({
  name: 'DefineChannel',
  summary: 'Define a sales channel.',
  permission: 'organisation:write',
  path: '/channels',
  input: { channelId: generated(ChannelId), code: Line, name: Line, ...occurred },
  emits: ['ChannelDefined'],
  rejects: {
    channelExists: 'There is already a channel of this id.',
    channelCodeTaken: 'Another channel has this code.',
  },
  decide: ({ channels }, { occurredAt: _, ...input }) => {
    const before = channels.get(input.channelId);
    if (before) return isSame(before, input) ? [] : reject('channelExists');
    if (codeTaken(channels, input.code)) return reject('channelCodeTaken', otherCode);
    return [ChannelDefined(input)];
  },
});

export const renameChannel = organisation.command({
  name: 'RenameChannel',
  summary: 'Give a sales channel another name.',
  permission: 'organisation:write',
  path: '/channels/:channelId/rename',
  input: { channelId: ChannelId, name: Line, ...occurred },
  emits: ['ChannelRenamed'],
  rejects: { channelAbsent, channelRetired },
  decide: ({ channels }, { channelId, name }) => {
    const channel = channels.get(channelId);
    if (!channel) return reject('channelAbsent');
    if (channel.name === name) return [];
    if (channel.retired) return reject('channelRetired');
    return [ChannelRenamed({ channelId, name })];
  },
});

export const retireChannel = organisation.command({
  name: 'RetireChannel',
  summary: 'Retire a sales channel, so that nothing new is put into it.',
  permission: 'organisation:write',
  path: '/channels/:channelId/retire',
  input: { channelId: ChannelId, ...occurred },
  emits: ['ChannelRetired'],
  rejects: { channelAbsent },
  decide: ({ channels }, { channelId }) => {
    const channel = channels.get(channelId);
    if (!channel) return reject('channelAbsent');
    if (channel.retired) return [];
    return [ChannelRetired({ channelId })];
  },
});
