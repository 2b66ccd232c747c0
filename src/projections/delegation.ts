import { z } from 'zod';
import { list } from '../engine/list.ts';
import { readModel } from '../engine/read-model.ts';
import { DocumentKind, organisationEvents } from '../events/organisation.ts';
import { DelegationId, LocalDate, PositionId } from '../events/values.ts';

const byDelegation = ({ data }: { readonly data: { readonly delegationId: string } }) => ({
  delegationId: data.delegationId,
});

/** Who may sign in whose place, and when. */
export const delegation = readModel({
  name: 'delegation',
  version: 1,
  summary: 'Who may sign in whose place, and when.',
  key: ['delegationId'],
  indexes: [
    ['toPositionId', 'from'],
    ['fromPositionId', 'from'],
  ],
  row: {
    delegationId: DelegationId,
    fromPositionId: PositionId.describe('The position whose right to sign is delegated.'),
    toPositionId: PositionId.describe('The position whose holder may sign in its place.'),
    documentKinds: z.array(DocumentKind).describe('What kinds of documents may be signed.'),
    from: LocalDate.describe('First day of the delegation.'),
    to: LocalDate.describe('First day on which it no longer holds.'),
    reason: z.string().describe('Why it was delegated.'),
    revoked: z.boolean().describe('Whether it was ended before its time.'),
  },
  of: organisationEvents,
  on: {
    SignOffDelegated: { key: byDelegation, row: (_, { data }) => ({ ...data, revoked: false }) },
    DelegationRevoked: {
      key: byDelegation,
      change: (row, { data }) => ({ ...row, to: data.on < row.to ? data.on : row.to, revoked: true }),
    },
  },
});

export const listDelegations = list({
  name: 'ListDelegations',
  summary: 'List who may or might sign in whose place.',
  permission: 'organisation:read',
  path: '/delegations',
  of: delegation,
  scope: 'everyone',
  holds: { from: 'from', until: 'to' },
  filters: ['delegationId', 'fromPositionId', 'toPositionId', 'from', 'to', 'revoked'],
  sorts: ['from', 'to'],
});
