import { z } from 'zod';
import { list } from '../engine/list.ts';
import { readModel } from '../engine/read-model.ts';
import { organisationEvents, UnitKind } from '../events/organisation.ts';
import { LocalDate, RegionId, UnitId } from '../events/values.ts';

const byUnit = ({ data }: { readonly data: { readonly unitId: string } }) => ({ unitId: data.unitId });

/** The units of the organisation. What they are part of is in org_unit_parent, by day. */
export const orgUnit = readModel({
  name: 'org_unit',
  version: 1,
  summary: 'The units of the organisation; what they are part of is in org_unit_parent, by day.',
  key: ['unitId'],
  row: {
    unitId: UnitId,
    code: z.string().describe('Code of the unit.'),
    name: z.string().describe('Name of the unit.'),
    kind: UnitKind,
    regionId: RegionId.nullable().describe('The sales region that the unit works in.'),
    from: LocalDate.describe('The day on which the unit was founded.'),
    dissolvedOn: LocalDate.nullable().describe('First day on which the unit is no more.'),
    successorId: UnitId.nullable().describe('The unit that took its place.'),
  },
  of: organisationEvents,
  on: {
    OrgUnitCreated: {
      key: byUnit,
      row: (_, { data: { unitId, code, name, kind, regionId, from } }) => ({
        unitId,
        code,
        name,
        kind,
        regionId: regionId ?? null,
        from,
        dissolvedOn: null,
        successorId: null,
      }),
    },
    OrgUnitDissolved: {
      key: byUnit,
      change: (row, { data }) => ({ ...row, dissolvedOn: data.from, successorId: data.successorId }),
    },
  },
});

export const listOrgUnits = list({
  name: 'ListOrgUnits',
  summary: 'List the units of the organisation.',
  permission: 'organisation:read',
  path: '/org-units',
  of: orgUnit,
  scope: 'everyone',
  filters: ['unitId', 'code', 'kind', 'regionId', 'from', 'dissolvedOn'],
  search: ['code', 'name'],
  sorts: ['code', 'name', 'from'],
  groups: ['kind', 'regionId'],
});
