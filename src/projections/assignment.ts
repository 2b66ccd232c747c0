import { z } from 'zod';
import { list } from '../engine/list.ts';
import { readModel } from '../engine/read-model.ts';
import { FullTimeBp, organisationEvents, Specialisation } from '../events/organisation.ts';
import { PersonId, PositionId, UnitId } from '../events/values.ts';
import { interval } from './interval.ts';

interface Holding {
  readonly personId: string;
  readonly positionId: string;
  readonly from: string;
}

const byHolding = ({ data: { personId, positionId, from } }: { readonly data: Holding }) => ({
  personId,
  positionId,
  from,
});

/** Who holds which position when, in which unit and below whom. */
export const assignment = readModel({
  name: 'assignment',
  version: 1,
  summary: 'Who holds which position when, in which unit and below whom.',
  key: ['personId', 'positionId', 'from'],
  indexes: [['positionId', 'from'], ['orgUnitId', 'from'], ['reportsToPositionId']],
  row: {
    personId: PersonId,
    positionId: PositionId,
    ...interval,
    orgUnitId: UnitId,
    reportsToPositionId: PositionId.nullable().describe('The position above; null at the top.'),
    primary: z.boolean().describe('Whether it is the person’s main position.'),
    fteBp: FullTimeBp,
    specialisation: Specialisation,
  },
  of: organisationEvents,
  on: {
    PositionAssigned: { key: byHolding, row: (_, { data }) => data },
    AssignmentEnded: {
      key: byHolding,
      change: (row, { data }) => (data.on <= row.from ? undefined : { ...row, to: data.on }),
    },
  },
});

export const listAssignments = list({
  name: 'ListAssignments',
  summary: 'List who holds or held which position.',
  permission: 'organisation:read',
  path: '/assignments',
  of: assignment,
  scope: { person: 'personId' },
  holds: { from: 'from', until: 'to' },
  filters: [
    'personId',
    'positionId',
    'orgUnitId',
    'reportsToPositionId',
    'from',
    'to',
    'primary',
    'specialisation',
  ],
  sorts: ['from'],
  groups: ['orgUnitId', 'specialisation', 'primary'],
  sums: ['fteBp'],
});
