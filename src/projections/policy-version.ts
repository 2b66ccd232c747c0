import { z } from 'zod';
import { list } from '../engine/list.ts';
import { query } from '../engine/query.ts';
import { readModel } from '../engine/read-model.ts';
import { PolicyKey, policyEvents, policySchema } from '../events/policy.ts';
import { Instant, LocalDate } from '../events/values.ts';

const PolicyVersion = z.int().describe('Number of the version of the policy.');
const PolicyDocument = z.record(z.string(), z.unknown()).describe('What the policy says.');

/** Every version of every policy that was adopted. */
export const policyVersion = readModel({
  name: 'policy_version',
  version: 1,
  summary: 'Every version of every policy that was adopted.',
  key: ['policyKey', 'policyVersion'],
  row: {
    policyKey: PolicyKey,
    policyVersion: PolicyVersion,
    effectiveFrom: LocalDate.describe('First day on which the version is in force.'),
    retroactive: z.boolean().describe('Whether it was allowed to take effect before its adoption.'),
    document: PolicyDocument,
    docHash: z.string().describe('SHA-256 of the document as canonical JSON.'),
    adoptedAt: Instant.describe('When the version was adopted.'),
  },
  of: policyEvents,
  on: {
    PolicyAdopted: {
      key: ({ data }) => ({ policyKey: data.policyKey, policyVersion: data.policyVersion }),
      row: (_, { data, occurredAt }) => ({ ...data, adoptedAt: occurredAt }),
    },
  },
});

export const listPolicies = list({
  name: 'ListPolicies',
  summary: 'List the versions of policies that were adopted.',
  permission: 'policy:read',
  path: '/policies',
  of: policyVersion,
  scope: 'everyone',
  filters: ['policyKey', 'policyVersion', 'effectiveFrom', 'retroactive', 'adoptedAt'],
  sorts: ['adoptedAt', 'effectiveFrom', 'policyKey'],
});

const byDefault = { policyVersion: 0, effectiveFrom: null, docHash: null, document: {} };

export const getPolicy = query({
  name: 'GetPolicy',
  summary: 'Get a policy as it is in force on a day; version 0 is the default, where none was adopted.',
  permission: 'policy:read',
  path: '/policies/:policyKey',
  input: { policyKey: PolicyKey, on: LocalDate.optional().describe('The day; today when left out.') },
  output: z.object({
    policyKey: PolicyKey,
    on: LocalDate,
    policyVersion: PolicyVersion,
    effectiveFrom: LocalDate.nullable().describe('First day of the version; null for the default.'),
    document: PolicyDocument,
    docHash: z.string().nullable().describe('SHA-256 of the document; null for the default.'),
  }),
  reads: [policyVersion],
  answer: async (db, { policyKey, on: asked }, { today }) => {
    const on = asked ?? today;
    const row = await db
      .selectFrom('policy_version')
      .select(['policyVersion', 'effectiveFrom', 'document', 'docHash'])
      .where('policyKey', '=', policyKey)
      .where('effectiveFrom', '<=', on)
      .orderBy('policyVersion', 'desc')
      .limit(1)
      .executeTakeFirst();
    const { document, ...version } = row ?? byDefault;
    return { policyKey, on, ...version, document: policySchema(policyKey).parse(document) };
  },
});
