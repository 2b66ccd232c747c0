import { z } from 'zod';
import { readModel } from '../engine/read-model.ts';
import { contractEvents } from '../events/contract.ts';
import { ContractId, Currency, CustomerId, LocalDate, PersonId } from '../events/values.ts';

/** What counts once for each term of a contract. */
export const contractFact = readModel({
  name: 'contract_fact',
  version: 1,
  summary:
    'What counts once for each term of a contract: that its renewal was due, and whether it was renewed.',
  key: ['contractId', 'term'],
  indexes: [['personId', 'endsOn'], ['endsOn']],
  row: {
    contractId: ContractId,
    term: z.int().describe('Number of the term, from 1.'),
    personId: PersonId.describe('Who saw to the renewal of the term.'),
    endsOn: LocalDate.describe('The last day of the term, or the day on which it lapsed before.'),
    renewed: z.boolean().describe('Whether another term followed.'),
  },
  of: contractEvents,
  on: {
    ContractSigned: {
      key: ({ data: { contractId, term } }) => ({ contractId, term }),
      row: (_, { data: { responsible, termTo } }, key) => ({
        ...key,
        personId: responsible,
        endsOn: termTo,
        renewed: false,
      }),
    },
    ContractRenewed: {
      key: ({ data: { contractId, term } }) => [
        { contractId, term: term - 1 },
        { contractId, term },
      ],
      row: (row, { data: { responsible, termTo, term } }, key) =>
        key.term < term
          ? row && { ...row, renewed: true }
          : { ...key, personId: responsible, endsOn: termTo, renewed: false },
    },
    ContractLapsed: {
      key: ({ data: { contractId, term } }) => ({ contractId, term }),
      change: (row, { data: { on } }) => ({ ...row, endsOn: on < row.endsOn ? on : row.endsOn }),
    },
  },
});

/** The first contract of each customer. */
export const firstContract = readModel({
  name: 'first_contract',
  version: 1,
  summary: 'The first contract that each customer signed, with its first term.',
  key: ['customerId'],
  indexes: [['personId', 'signedOn'], ['signedOn']],
  row: {
    customerId: CustomerId,
    contractId: ContractId,
    personId: PersonId.describe('Who has the credit for it.'),
    signedOn: LocalDate.describe('The day on which it was signed.'),
    valueMinor: z.bigint().describe('What the customer pays for its first term, in minor units.'),
    currency: Currency,
  },
  of: contractEvents,
  on: {
    ContractSigned: {
      key: ({ data: { customerId } }) => ({ customerId }),
      row: (first, { data: { contractId, responsible, on, value } }, { customerId }) =>
        first && first.signedOn <= on
          ? first
          : {
              customerId,
              contractId,
              personId: responsible,
              signedOn: on,
              valueMinor: BigInt(value.amountMinor),
              currency: value.currency,
            },
    },
  },
});
