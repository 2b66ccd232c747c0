import { describe, test } from 'vitest';
import { calendar } from '../../src/commands/calendar/state.ts';
import {
  defineChannel,
  defineRegion,
  renameChannel,
  renameRegion,
  retireChannel,
  retireRegion,
} from '../../src/commands/organisation/catalogues.ts';
import {
  appointHead,
  configureOrganisation,
  createOrgUnit,
  dissolveOrgUnit,
  moveOrgUnit,
} from '../../src/commands/organisation/units.ts';
import { calendarEvents } from '../../src/events/calendar.ts';
import { organisationEvents } from '../../src/events/organisation.ts';
import { fiscalPeriods } from '../../src/events/period.ts';
import { given, idOf } from '../support/given.ts';
import { company, employed, holds, unit } from '../support/organisation.ts';

const {
  OrganisationConfigured,
  OrgUnitCreated,
  OrgUnitDissolved,
  OrgUnitHeadAppointed,
  OrgUnitMoved,
  RegionDefined,
  RegionRenamed,
  RegionRetired,
  ChannelDefined,
  ChannelRenamed,
  ChannelRetired,
} = organisationEvents;

const configuration = {
  name: 'Stave Ltd',
  timeZone: 'Europe/Berlin',
  reportingCurrency: 'EUR',
  weekStart: 1,
  dailyReportDue: '18:00',
  weeklyReportDue: { isoWeekday: 1, time: '10:00' },
  monthlyReviewDueWorkingDay: 3,
};
const configured = OrganisationConfigured(configuration);
const north = unit('north', 'region');
const south = unit('south', 'region');
const team = unit('team', 'team', 'north');

describe('ConfigureOrganisation', () => {
  test('sets up the organisation', () => {
    given().when(configureOrganisation, configuration).thenEmits(configured);
  });
  test('says nothing when nothing changes', () => {
    given(configured).when(configureOrganisation, configuration).thenNothing();
  });
  test('changes due times on any day', () => {
    const changed = { ...configuration, dailyReportDue: '19:00' };
    given(configured).when(configureOrganisation, changed).thenEmits(OrganisationConfigured(changed));
  });
  test('changes the time zone on the first day of a month', () => {
    const changed = { ...configuration, timeZone: 'Asia/Tokyo' };
    given(configured)
      .when(configureOrganisation, changed, { now: '2026-03-01T08:00:00.000Z' })
      .thenEmits(OrganisationConfigured(changed));
  });
  test('refuses another currency within a month', () => {
    given(configured)
      .when(configureOrganisation, { ...configuration, reportingCurrency: 'USD' })
      .thenRejects('notAtPeriodBoundary');
  });
  test('takes the months of the published calendar for the boundary', () => {
    const published = calendarEvents.FiscalCalendarPublished({
      calendarVersion: 1,
      kind: '4-4-5',
      fiscalYearStartMonth: 1,
      periods: [...fiscalPeriods('4-4-5', 1, 2026, 3)],
    });
    given(configured)
      .and(calendar.ref(), published)
      .when(
        configureOrganisation,
        { ...configuration, reportingCurrency: 'USD' },
        { now: '2026-03-01T08:00:00.000Z' },
      )
      .thenRejects('notAtPeriodBoundary');
  });
});

describe('CreateOrgUnit', () => {
  const root = {
    unitId: idOf('company'),
    code: 'C',
    name: 'Company',
    kind: 'company',
    from: '2020-01-01',
  };
  const office = {
    unitId: idOf('office'),
    code: 'O',
    name: 'Office',
    kind: 'office',
    parentId: idOf('company'),
    from: '2025-01-01',
  } as const;
  test('founds the root', () => {
    given().when(createOrgUnit, root).thenEmits(company);
  });
  test('founds a unit within another one', () => {
    given(company).when(createOrgUnit, office).thenEmits(OrgUnitCreated(office));
  });
  test('says nothing twice', () => {
    given(company).when(createOrgUnit, root).thenNothing();
  });
  test('refuses another unit under the same id', () => {
    given(company)
      .when(createOrgUnit, { ...root, name: 'Other' })
      .thenRejects('unitExists');
  });
  test('refuses a code that another unit has', () => {
    given(company)
      .when(createOrgUnit, { ...office, code: 'C' })
      .thenRejects('unitCodeTaken');
  });
  test('refuses a second root', () => {
    given(company)
      .when(createOrgUnit, { ...office, parentId: null })
      .thenRejects('rootExists');
  });
  test('refuses a unit within one that is founded later', () => {
    given(company)
      .when(createOrgUnit, { ...office, from: '2019-12-31' })
      .thenRejects('parentUnknown');
  });
  test('refuses a region that is not defined', () => {
    given(company)
      .when(createOrgUnit, { ...office, regionId: idOf('nowhere') })
      .thenRejects('regionUnknown');
  });
});

describe('MoveOrgUnit', () => {
  const input = { unitId: idOf('team'), newParentId: idOf('south'), from: '2026-01-01' };
  const moved = OrgUnitMoved({ ...input, formerFrom: '2020-01-01' });
  test('makes a unit part of another one', () => {
    given(company, north, south, team).when(moveOrgUnit, input).thenEmits(moved);
  });
  test('moves back in time until the move that came after', () => {
    given(company, north, south, team, moved)
      .when(moveOrgUnit, { ...input, newParentId: idOf('company'), from: '2025-01-01' })
      .thenEmits(
        OrgUnitMoved({
          unitId: idOf('team'),
          newParentId: idOf('company'),
          from: '2025-01-01',
          to: '2026-01-01',
          formerFrom: '2020-01-01',
        }),
      );
  });
  test('says nothing when the unit is there already', () => {
    given(company, north, south, team, moved).when(moveOrgUnit, input).thenNothing();
  });
  test('refuses a unit that there is not', () => {
    given(company, south).when(moveOrgUnit, input).thenRejects('unitAbsent');
  });
  test('refuses a day before the unit was founded', () => {
    given(company, north, south, team)
      .when(moveOrgUnit, { ...input, from: '2019-01-01' })
      .thenRejects('unitNotStanding');
  });
  test('refuses to move the root', () => {
    given(company, south)
      .when(moveOrgUnit, { ...input, unitId: idOf('company') })
      .thenRejects('rootCannotMove');
  });
  test('refuses a parent that there is not', () => {
    given(company, north, team).when(moveOrgUnit, input).thenRejects('parentUnknown');
  });
  test('refuses to make a unit part of itself, on a later day too', () => {
    const later = OrgUnitMoved({
      unitId: idOf('south'),
      newParentId: idOf('team'),
      from: '2027-01-01',
      formerFrom: '2020-01-01',
    });
    given(company, north, south, team, later).when(moveOrgUnit, input).thenRejects('unitCycle');
  });
});

describe('AppointHead', () => {
  const input = { unitId: idOf('north'), positionId: idOf('ann-position'), from: '2026-01-01' };
  const before = [company, north, employed('ann'), holds('ann', null)];
  const appointed = OrgUnitHeadAppointed({ ...input, formerFrom: null });
  test('appoints the holder of a position', () => {
    given(...before)
      .when(appointHead, input)
      .thenEmits(appointed);
  });
  test('ends the time of the head before', () => {
    given(...before, employed('bob'), holds('bob', null), appointed)
      .when(appointHead, { ...input, positionId: idOf('bob-position'), from: '2026-02-01' })
      .thenEmits(
        OrgUnitHeadAppointed({
          unitId: idOf('north'),
          positionId: idOf('bob-position'),
          from: '2026-02-01',
          formerFrom: '2026-01-01',
        }),
      );
  });
  test('says nothing twice', () => {
    given(...before, appointed)
      .when(appointHead, input)
      .thenNothing();
  });
  test('refuses a unit that there is not', () => {
    given(company).when(appointHead, input).thenRejects('unitAbsent');
  });
  test('refuses a day before the unit was founded', () => {
    given(...before)
      .when(appointHead, { ...input, from: '2019-01-01' })
      .thenRejects('unitNotStanding');
  });
  test('refuses a position that nobody holds', () => {
    given(company, north).when(appointHead, input).thenRejects('positionUnknown');
  });
});

describe('DissolveOrgUnit', () => {
  const input = { unitId: idOf('north'), from: '2026-01-01', successorId: idOf('south') };
  const dissolved = OrgUnitDissolved(input);
  test('dissolves a unit that is empty', () => {
    given(company, north, south).when(dissolveOrgUnit, input).thenEmits(dissolved);
  });
  test('says nothing twice', () => {
    given(company, north, south, dissolved).when(dissolveOrgUnit, input).thenNothing();
  });
  test('refuses a unit that there is not', () => {
    given(company, south).when(dissolveOrgUnit, input).thenRejects('unitAbsent');
  });
  test('refuses a unit that is dissolved on another day', () => {
    given(company, north, south, dissolved)
      .when(dissolveOrgUnit, { ...input, from: '2026-02-01' })
      .thenRejects('unitNotStanding');
  });
  test('refuses itself as the successor', () => {
    given(company, north, south)
      .when(dissolveOrgUnit, { ...input, successorId: idOf('north') })
      .thenRejects('successorUnknown');
  });
  test('refuses a unit with other units in it', () => {
    given(company, north, south, team).when(dissolveOrgUnit, input).thenRejects('unitInUse');
  });
  test('refuses a unit in which people work', () => {
    given(company, north, south, employed('ann'), holds('ann', null, { unit: 'north' }))
      .when(dissolveOrgUnit, input)
      .thenRejects('unitInUse');
  });
});

const regionId = idOf('region');
const regionInput = { regionId, code: 'N', name: 'North' };
const regionDefined = RegionDefined({ ...regionInput, parentId: null });

describe('DefineRegion', () => {
  test('defines a region', () => {
    given().when(defineRegion, regionInput).thenEmits(regionDefined);
  });
  test('says nothing twice', () => {
    given(regionDefined).when(defineRegion, regionInput).thenNothing();
  });
  test('refuses another region under the same id', () => {
    given(regionDefined)
      .when(defineRegion, { ...regionInput, name: 'South' })
      .thenRejects('regionExists');
  });
  test('refuses a code that another region has', () => {
    given(regionDefined)
      .when(defineRegion, { ...regionInput, regionId: idOf('other') })
      .thenRejects('regionCodeTaken');
  });
  test('refuses a region around it that is retired', () => {
    given(regionDefined, RegionRetired({ regionId }))
      .when(defineRegion, { regionId: idOf('other'), code: 'NN', name: 'Far north', parentId: regionId })
      .thenRejects('regionUnknown');
  });
});

describe('RenameRegion', () => {
  test('gives a region another name', () => {
    given(regionDefined)
      .when(renameRegion, { regionId, name: 'Up' })
      .thenEmits(RegionRenamed({ regionId, name: 'Up' }));
  });
  test('says nothing when that is its name', () => {
    given(regionDefined).when(renameRegion, { regionId, name: 'North' }).thenNothing();
  });
  test('refuses a region that there is not', () => {
    given().when(renameRegion, { regionId, name: 'Up' }).thenRejects('regionAbsent');
  });
  test('refuses a region that is retired', () => {
    given(regionDefined, RegionRetired({ regionId }))
      .when(renameRegion, { regionId, name: 'Up' })
      .thenRejects('regionRetired');
  });
});

describe('RetireRegion', () => {
  test('retires a region', () => {
    given(regionDefined).when(retireRegion, { regionId }).thenEmits(RegionRetired({ regionId }));
  });
  test('says nothing twice', () => {
    given(regionDefined, RegionRetired({ regionId })).when(retireRegion, { regionId }).thenNothing();
  });
  test('refuses a region that there is not', () => {
    given().when(retireRegion, { regionId }).thenRejects('regionAbsent');
  });
  test('refuses a region with a live region in it', () => {
    const inner = RegionDefined({
      regionId: idOf('inner'),
      code: 'NN',
      name: 'Far north',
      parentId: regionId,
    });
    given(regionDefined, inner).when(retireRegion, { regionId }).thenRejects('regionInUse');
  });
});

const channelId = idOf('channel');
const channelInput = { channelId, code: 'R', name: 'Retail' };
const channelDefined = ChannelDefined(channelInput);

describe('DefineChannel', () => {
  test('defines a channel', () => {
    given().when(defineChannel, channelInput).thenEmits(channelDefined);
  });
  test('says nothing twice', () => {
    given(channelDefined).when(defineChannel, channelInput).thenNothing();
  });
  test('refuses another channel under the same id', () => {
    given(channelDefined)
      .when(defineChannel, { ...channelInput, code: 'W' })
      .thenRejects('channelExists');
  });
  test('refuses a code that another channel has', () => {
    given(channelDefined)
      .when(defineChannel, { ...channelInput, channelId: idOf('other') })
      .thenRejects('channelCodeTaken');
  });
});

describe('RenameChannel', () => {
  test('gives a channel another name', () => {
    given(channelDefined)
      .when(renameChannel, { channelId, name: 'Shops' })
      .thenEmits(ChannelRenamed({ channelId, name: 'Shops' }));
  });
  test('says nothing when that is its name', () => {
    given(channelDefined).when(renameChannel, { channelId, name: 'Retail' }).thenNothing();
  });
  test('refuses a channel that there is not', () => {
    given().when(renameChannel, { channelId, name: 'Shops' }).thenRejects('channelAbsent');
  });
  test('refuses a channel that is retired', () => {
    given(channelDefined, ChannelRetired({ channelId }))
      .when(renameChannel, { channelId, name: 'Shops' })
      .thenRejects('channelRetired');
  });
});

describe('RetireChannel', () => {
  test('retires a channel', () => {
    given(channelDefined).when(retireChannel, { channelId }).thenEmits(ChannelRetired({ channelId }));
  });
  test('says nothing twice', () => {
    given(channelDefined, ChannelRetired({ channelId })).when(retireChannel, { channelId }).thenNothing();
  });
  test('refuses a channel that there is not', () => {
    given().when(retireChannel, { channelId }).thenRejects('channelAbsent');
  });
});
