import { list } from '../engine/list.ts';
import { readModel } from '../engine/read-model.ts';
import { organisationEvents } from '../events/organisation.ts';
import { UnitId } from '../events/values.ts';
import { interval } from './interval.ts';

/** Which unit is part of which, and when. */
export const orgUnitParent = readModel({
  name: 'org_unit_parent',
  version: 1,
  summary: 'Which unit is part of which, and when.',
  key: ['unitId', 'from'],
  indexes: [['parentId', 'from']],
  row: {
    unitId: UnitId,
    ...interval,
    parentId: UnitId.nullable().describe('The unit that it is part of; null for the root.'),
  },
  of: organisationEvents,
  on: {
    OrgUnitCreated: {
      key: ({ data: { unitId, from } }) => ({ unitId, from }),
      row: (_, { data: { unitId, parentId, from } }) => ({ unitId, parentId, from, to: null }),
    },
    OrgUnitMoved: {
      key: ({ data: { unitId, from, formerFrom } }) => [
        { unitId, from: formerFrom },
        { unitId, from },
      ],
      row: (row, { data }, { from }) => {
        if (from === data.from) return { unitId: data.unitId, parentId: data.newParentId, from, to: data.to };
        return row && { ...row, to: data.from };
      },
    },
  },
});

export const listOrgUnitParents = list({
  name: 'ListOrgUnitParents',
  summary: 'List which unit is or was part of which.',
  permission: 'organisation:read',
  path: '/org-unit-parents',
  of: orgUnitParent,
  scope: 'everyone',
  holds: { from: 'from', until: 'to' },
  filters: ['unitId', 'parentId', 'from', 'to'],
  sorts: ['from'],
});
