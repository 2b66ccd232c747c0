import { list } from '../engine/list.ts';
import { readModel } from '../engine/read-model.ts';
import { organisationEvents } from '../events/organisation.ts';
import { PositionId, UnitId } from '../events/values.ts';
import { interval } from './interval.ts';

/** Which position heads which unit, and when. */
export const orgUnitHead = readModel({
  name: 'org_unit_head',
  version: 1,
  summary: 'Which position heads which unit, and when.',
  key: ['unitId', 'from'],
  row: { unitId: UnitId, ...interval, positionId: PositionId },
  of: organisationEvents,
  on: {
    OrgUnitHeadAppointed: {
      key: ({ data: { unitId, from, formerFrom } }) =>
        formerFrom === null
          ? { unitId, from }
          : [
              { unitId, from: formerFrom },
              { unitId, from },
            ],
      row: (row, { data }, { from }) => {
        if (from === data.from)
          return { unitId: data.unitId, positionId: data.positionId, from, to: data.to };
        return row && { ...row, to: data.from };
      },
    },
  },
});

export const listOrgUnitHeads = list({
  name: 'ListOrgUnitHeads',
  summary: 'List which position heads or headed which unit.',
  permission: 'organisation:read',
  path: '/org-unit-heads',
  of: orgUnitHead,
  scope: 'everyone',
  holds: { from: 'from', until: 'to' },
  filters: ['unitId', 'positionId', 'from', 'to'],
  sorts: ['from'],
});
