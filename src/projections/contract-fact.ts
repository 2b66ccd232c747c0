import { z } from 'zod';
import { readModel } from '../engine/read-model.ts';
import { contractEvents } from '../events/contract.ts';
import { ContractId, Currency, CustomerId, LocalDate, type Money, PersonId } from '../events/values.ts';

interface Begun {
  readonly customerId: string;
  readonly responsible: string;
  readonly termTo: string;
  readonly value: Money;
}

const begun = ({ customerId, responsible, termTo, value }: Begun) => ({
  customerId,
  personId: responsible,
  endsOn: termTo,
  renewed: false,
  valueMinor: BigInt(value.amountMinor),
  renewedMinor: 0n,
  currency: value.currency,
});

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
    customerId: CustomerId,
    personId: PersonId.describe('Who saw to the renewal of the term.'),
    endsOn: LocalDate.describe('The last day of the term, or the day on which it lapsed before.'),
    renewed: z.boolean().describe('Whether another term followed.'),
    valueMinor: z.bigint().describe('What the customer pays for the term, in minor units.'),
    renewedMinor: z
      .bigint()
      .describe('What the customer pays for the term that followed; 0 without one in the same currency.'),
    currency: Currency,
  },
  of: contractEvents,
  on: {
    ContractSigned: {
      key: ({ data: { contractId, term } }) => ({ contractId, term }),
      row: (_, { data }, key) => ({ ...key, ...begun(data) }),
    },
    ContractRenewed: {
      key: ({ data: { contractId, term } }) => [
        { contractId, term: term - 1 },
        { contractId, term },
      ],
      row: (row, { data }, key) =>
        key.term < data.term
          ? row && {
              ...row,
              renewed: true,
              renewedMinor: data.value.currency === row.currency ? BigInt(data.value.amountMinor) : 0n,
            }
          : { ...key, ...begun(data) },
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
