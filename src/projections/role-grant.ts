import { list } from '../engine/list.ts';
import { readModel } from '../engine/read-model.ts';
import { organisationEvents } from '../events/organisation.ts';
import { Role } from '../events/permission.ts';
import { PersonId } from '../events/values.ts';
import { interval } from './interval.ts';

interface Grant {
  readonly personId: string;
  readonly role: Role;
  readonly from: string;
}

const byGrant = ({ data: { personId, role, from } }: { readonly data: Grant }) => ({ personId, role, from });

/** Who has or had which role. */
export const roleGrant = readModel({
  name: 'role_grant',
  version: 1,
  summary: 'Who has or had which role.',
  key: ['personId', 'role', 'from'],
  indexes: [['role', 'from']],
  row: { personId: PersonId, role: Role, ...interval },
  of: organisationEvents,
  on: {
    RoleGranted: { key: byGrant, row: (_, { data }) => data },
    RoleRevoked: {
      key: byGrant,
      change: (row, { data }) => (data.on <= row.from ? undefined : { ...row, to: data.on }),
    },
  },
});

export const listRoleGrants = list({
  name: 'ListRoleGrants',
  summary: 'List who has or had which role.',
  permission: 'person:read',
  path: '/role-grants',
  of: roleGrant,
  scope: { person: 'personId' },
  holds: { from: 'from', until: 'to' },
  filters: ['personId', 'role', 'from', 'to'],
  sorts: ['from', 'role'],
  groups: ['role'],
});
