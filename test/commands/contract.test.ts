import { describe, test } from 'vitest';
import { lapseContract, markRenewalDue, renewContract, signContract } from '../../src/commands/contract.ts';
import { customer } from '../../src/commands/customer/state.ts';
import { organisation } from '../../src/commands/organisation/state.ts';
import { policy } from '../../src/commands/policy.ts';
import type { NewEvent } from '../../src/engine/event.ts';
import { contractEvents } from '../../src/events/contract.ts';
import { policyEvents } from '../../src/events/policy.ts';
import {
  ann,
  bob,
  customerId,
  eur,
  longAgo,
  registered,
  staff,
  today,
  tomorrow,
  yesterday,
} from '../support/commerce.ts';
import { given, idOf } from '../support/given.ts';

const { ContractSigned, ContractRenewed, RenewalDue, ContractLapsed } = contractEvents;

const contractId = idOf('contract');
const head = { contractId, customerId, responsible: ann };
const first = { ...head, term: 1, termFrom: '2026-03-01', termTo: '2026-12-31' };
const second = { ...head, term: 2, termFrom: '2027-01-01', termTo: '2027-12-31' };
const dueAt = '2026-10-31T23:00:00.000Z';
const signed = ContractSigned({ ...first, on: yesterday, value: eur('120000'), dueAt });
const renewed = ContractRenewed({
  ...second,
  on: today,
  value: eur('130000'),
  dueAt: '2027-10-31T23:00:00.000Z',
});
const due = RenewalDue({ ...first, dueAt });
const lapsed = ContractLapsed({ ...first, on: today, reason: 'Too dear.' });

const world = (...own: readonly NewEvent[]) => given(...own).and(organisation.ref(), ...staff);

describe('SignContract', () => {
  const { termFrom, termTo } = first;
  const input = { ...head, on: yesterday, termFrom, termTo, value: eur('120000') };
  const signing = () => world().and(customer.ref(customerId), registered);
  test('signs a contract whose renewal falls due so long before its end as the policy says', () => {
    signing().when(signContract, input).thenEmits(signed);
    signing()
      .and(
        policy.ref(),
        policyEvents.PolicyAdopted({
          policyKey: 'contract-renewal',
          policyVersion: 1,
          effectiveFrom: longAgo,
          retroactive: false,
          document: { noticeDays: 0 },
          docHash: 'x',
        }),
      )
      .when(signContract, input)
      .thenEmits(ContractSigned({ ...signed.data, dueAt: '2026-12-30T23:00:00.000Z' }));
  });
  test('says nothing twice', () => {
    given(signed).when(signContract, input).thenNothing();
  });
  test('refuses another contract under a known id', () => {
    given(signed)
      .when(signContract, { ...input, value: eur('1') })
      .thenRejects('contractKnown');
  });
  test('refuses a customer who does not exist', () => {
    world().when(signContract, input).thenRejects('customerUnknown');
  });
  test('refuses somebody who is not employed', () => {
    signing()
      .when(signContract, { ...input, responsible: idOf('nobody') })
      .thenRejects('personUnknown');
  });
  test('refuses a term that ends before it begins', () => {
    signing()
      .when(signContract, { ...input, termTo: longAgo })
      .thenRejects('termEndsBeforeStart');
  });
  test('refuses a day to come', () => {
    signing()
      .when(signContract, { ...input, on: tomorrow })
      .thenRejects('dayInFuture');
  });
  test('refuses a day too long ago', () => {
    signing()
      .when(signContract, { ...input, on: longAgo })
      .thenRejects('backDatedTooFar');
  });
});

describe('RenewContract', () => {
  const input = { contractId, termTo: second.termTo, value: eur('130000') };
  test('adds a term from the day after the last one', () => {
    given(signed, due).when(renewContract, input).thenEmits(renewed);
  });
  test('gives the new term to somebody else', () => {
    world(signed)
      .when(renewContract, { ...input, responsible: bob })
      .thenEmits(ContractRenewed({ ...renewed.data, responsible: bob }));
  });
  test('says nothing twice', () => {
    given(signed, renewed).when(renewContract, input).thenNothing();
  });
  test('refuses a contract that was never signed', () => {
    given().when(renewContract, input).thenRejects('contractUnknown');
  });
  test('refuses a contract that has lapsed', () => {
    given(signed, lapsed).when(renewContract, input).thenRejects('contractLapsed');
  });
  test('refuses somebody who is not employed', () => {
    world(signed)
      .when(renewContract, { ...input, responsible: idOf('nobody') })
      .thenRejects('personUnknown');
  });
  test('refuses a term that does not go past the last one', () => {
    given(signed)
      .when(renewContract, { ...input, termTo: first.termTo })
      .thenRejects('termEndsBeforeStart');
  });
  test('refuses a day to come', () => {
    given(signed)
      .when(renewContract, { ...input, on: tomorrow })
      .thenRejects('dayInFuture');
  });
  test('refuses a day too long ago', () => {
    given(signed)
      .when(renewContract, { ...input, on: longAgo })
      .thenRejects('backDatedTooFar');
  });
});

describe('LapseContract', () => {
  const input = { contractId, reason: 'Too dear.' };
  test('ends the contract', () => {
    given(signed).when(lapseContract, input).thenEmits(lapsed);
  });
  test('says nothing twice', () => {
    given(signed, lapsed).when(lapseContract, input).thenNothing();
  });
  test('refuses a contract that was never signed', () => {
    given().when(lapseContract, input).thenRejects('contractUnknown');
  });
  test('refuses a day before the term', () => {
    given(signed)
      .when(lapseContract, { ...input, on: '2026-02-28' })
      .thenRejects('beforeTerm');
  });
  test('refuses a day to come', () => {
    given(signed)
      .when(lapseContract, { ...input, on: tomorrow })
      .thenRejects('dayInFuture');
  });
  test('refuses a day too long ago', () => {
    given(ContractSigned({ ...signed.data, termFrom: longAgo }))
      .when(lapseContract, { ...input, on: longAgo })
      .thenRejects('backDatedTooFar');
  });
});

describe('MarkRenewalDue', () => {
  const input = { contractId, occurredAt: dueAt };
  const system = { now: dueAt, actor: { kind: 'system' } } as const;
  test('marks a term that is about to end', () => {
    given(signed).when(markRenewalDue, input, system).thenEmits(due);
  });
  test('says nothing twice, too early, or of a contract that was renewed or has lapsed', () => {
    given(signed, due).when(markRenewalDue, input, system).thenNothing();
    given(signed).when(markRenewalDue, { contractId }).thenNothing();
    given(signed, renewed).when(markRenewalDue, input, system).thenNothing();
    given(signed, lapsed).when(markRenewalDue, input, system).thenNothing();
    given().when(markRenewalDue, input, system).thenNothing();
  });
});
