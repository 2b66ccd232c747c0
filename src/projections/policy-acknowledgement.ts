import { z } from 'zod';
import { list } from '../engine/list.ts';
import { readModel } from '../engine/read-model.ts';
import { PolicyKey, policyEvents } from '../events/policy.ts';
import { Instant, PersonId } from '../events/values.ts';

/** Who said to know which version of a policy. */
export const policyAcknowledgement = readModel({
  name: 'policy_acknowledgement',
  version: 1,
  summary: 'Who said to know which version of a policy.',
  key: ['policyKey', 'policyVersion', 'personId'],
  indexes: [['personId']],
  row: {
    policyKey: PolicyKey,
    policyVersion: z.int().describe('Number of the version of the policy.'),
    personId: PersonId,
    acknowledgedAt: Instant.describe('When the person said so.'),
  },
  of: policyEvents,
  on: {
    PolicyAcknowledged: {
      key: ({ data }) => data,
      row: (_, { data, occurredAt }) => ({ ...data, acknowledgedAt: occurredAt }),
    },
  },
});

export const listPolicyAcknowledgements = list({
  name: 'ListPolicyAcknowledgements',
  summary: 'List who said to know which version of a policy.',
  permission: 'policy:read',
  path: '/policy-acknowledgements',
  of: policyAcknowledgement,
  scope: { person: 'personId' },
  filters: ['policyKey', 'policyVersion', 'personId', 'acknowledgedAt'],
  sorts: ['acknowledgedAt'],
  groups: ['policyKey', 'policyVersion'],
});
