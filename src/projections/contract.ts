import { z } from 'zod';
import { list } from '../engine/list.ts';
import { nothing, query } from '../engine/query.ts';
import { readModel } from '../engine/read-model.ts';
import { contractEvents } from '../events/contract.ts';
import { ContractId, Currency, CustomerId, LocalDate, PersonId, VisitId } from '../events/values.ts';
import { isVisible } from './visible.ts';

const byContract = ({ data }: { readonly data: { readonly contractId: string } }) => ({
  contractId: data.contractId,
});

/** The contracts in their present terms. */
export const contract = readModel({
  name: 'contract',
  version: 1,
  summary: 'The contracts in their present terms.',
  key: ['contractId'],
  indexes: [
    ['responsible', 'termTo'],
    ['customerId', 'termTo'],
  ],
  row: {
    contractId: ContractId,
    customerId: CustomerId,
    responsible: PersonId.describe('Who has the credit for the term and sees to the renewal.'),
    visitId: VisitId.nullable().describe('The visit on which it was signed.'),
    signedOn: LocalDate.describe('The day on which the contract was first signed.'),
    term: z.int().describe('Number of the term, from 1.'),
    termFrom: LocalDate.describe('First day of the term.'),
    termTo: LocalDate.describe('Last day of the term.'),
    valueMinor: z.bigint().describe('What the customer pays for the term, in minor units.'),
    currency: Currency,
    state: z
      .enum(['in_force', 'renewal_due', 'lapsed'])
      .describe('Whether the renewal of the term is due, or the contract has lapsed.'),
    lapsedOn: LocalDate.nullable().describe('The day on which it lapsed.'),
    lapseReason: z.string().nullable().describe('Why it lapsed.'),
  },
  of: contractEvents,
  on: {
    ContractSigned: {
      key: byContract,
      row: (_, { data: { value, on, dueAt: _dueAt, visitId, ...data } }) => ({
        ...data,
        visitId: visitId ?? null,
        signedOn: on,
        valueMinor: BigInt(value.amountMinor),
        currency: value.currency,
        state: 'in_force',
        lapsedOn: null,
        lapseReason: null,
      }),
    },
    ContractRenewed: {
      key: byContract,
      change: (row, { data: { value, responsible, term, termFrom, termTo } }) => ({
        ...row,
        responsible,
        term,
        termFrom,
        termTo,
        valueMinor: BigInt(value.amountMinor),
        currency: value.currency,
        state: 'in_force',
      }),
    },
    RenewalDue: { key: byContract, change: (row) => ({ ...row, state: 'renewal_due' }) },
    ContractLapsed: {
      key: byContract,
      change: (row, { data: { on, reason } }) => ({
        ...row,
        state: 'lapsed',
        lapsedOn: on,
        lapseReason: reason,
      }),
    },
  },
});

export const listContracts = list({
  name: 'ListContracts',
  summary: 'List contracts in their present terms, by the day on which the term ends.',
  permission: 'contract:read',
  path: '/contracts',
  of: contract,
  scope: { person: 'responsible', day: 'signedOn' },
  filters: [
    'contractId',
    'customerId',
    'responsible',
    'visitId',
    'signedOn',
    'term',
    'termFrom',
    'termTo',
    'state',
    'currency',
  ],
  sorts: ['termTo', 'signedOn', 'valueMinor'],
  groups: ['customerId', 'responsible', 'state', 'termTo', 'currency'],
  sums: ['valueMinor'],
});

export const getContract = query({
  name: 'GetContract',
  summary: 'Get a contract in its present term.',
  permission: 'contract:read',
  path: '/contracts/:contractId',
  input: { contractId: ContractId },
  output: contract.row,
  reads: [contract],
  answer: async (db, { contractId }, asker) => {
    const row = await db
      .selectFrom('contract')
      .selectAll()
      .where('contractId', '=', contractId)
      .executeTakeFirst();
    return row && isVisible(asker, row.responsible, row.signedOn) ? row : nothing;
  },
});
