import { absent, decider, type Evolve, reject, unknown } from '../engine/decision.ts';
import type { DataOf } from '../engine/event.ts';
import { generated } from '../engine/input.ts';
import { addDays, instantAt } from '../engine/instant.ts';
import { contractEvents } from '../events/contract.ts';
import {
  Amount,
  Comment,
  ContractId,
  CustomerId,
  LocalDate,
  occurred,
  PersonId,
  VisitId,
} from '../events/values.ts';
import { customer, isRegistered } from './customer/state.ts';
import { misdated, misdatedRejections } from './dating.ts';
import { rolesOn } from './organisation/authority.ts';
import { organisation } from './organisation/state.ts';
import { type Policy, policy, policyOn } from './policy.ts';

const { ContractSigned, ContractRenewed, RenewalDue, ContractLapsed } = contractEvents;

type Signing = DataOf<typeof ContractRenewed>;

export interface ContractState {
  readonly current: Signing | undefined;
  readonly dueMarked: boolean;
  readonly lapsed: boolean;
}

const initialState: ContractState = { current: undefined, dueMarked: false, lapsed: false };

const evolve: Evolve<ContractState, typeof contractEvents> = {
  ContractSigned: (state, current) => ({ ...state, current }),
  ContractRenewed: (state, current) => ({ ...state, current, dueMarked: false }),
  RenewalDue: (state) => ({ ...state, dueMarked: true }),
  ContractLapsed: (state) => ({ ...state, lapsed: true }),
};

export const contract = decider({
  stream: 'contract',
  id: ['contractId'],
  events: contractEvents,
  initialState,
  evolve,
});

const headOf = ({ contractId, customerId, responsible, term, termFrom, termTo }: Signing) => ({
  contractId,
  customerId,
  responsible,
  term,
  termFrom,
  termTo,
});

const contractUnknown = absent('There is no such contract.');
const personUnknown = unknown('Nobody of this id is employed on that day.');
const termEndsBeforeStart = 'A term ends on the day on which it begins, or later.';
const onDay = LocalDate.optional().describe('Today, when left out.');
const byResponsible = (_: unknown, { current }: ContractState) => current?.responsible;

/** When the renewal of a term falls due, by the policy of the day on which it was signed. */
const dueAtOf = (policyState: Policy, signedOn: string, termTo: string, timeZone: string): string =>
  instantAt(
    addDays(termTo, -policyOn(policyState, 'contract-renewal', signedOn).noticeDays),
    '00:00',
    timeZone,
  );

const isSame = (current: Signing, given: Pick<Signing, 'termTo' | 'value'>): boolean =>
  current.termTo === given.termTo &&
  current.value.amountMinor === given.value.amountMinor &&
  current.value.currency === given.value.currency;

export const signContract = contract.command({
  name: 'SignContract',
  summary: 'Record that a customer signed a contract for a term.',
  permission: 'contract:write',
  path: '/contracts',
  input: {
    contractId: generated(ContractId),
    customerId: CustomerId,
    responsible: PersonId.describe('Who has the credit for it and sees to its renewal.'),
    on: onDay,
    termFrom: LocalDate.describe('First day of the term.'),
    termTo: LocalDate.describe('Last day of the term.'),
    value: Amount.describe('What the customer pays for the whole term, without tax.'),
    visitId: VisitId.optional().describe('The visit on which it was signed.'),
    ...occurred,
  },
  emits: ['ContractSigned'],
  rejects: {
    contractKnown: 'Another contract of this id was signed already.',
    customerUnknown: unknown('There is no such customer.'),
    personUnknown,
    termEndsBeforeStart,
    ...misdatedRejections,
  },
  subject: ({ responsible }) => responsible,
  reads: ({ customerId }) => ({
    organisation: organisation.ref(),
    policy: policy.ref(),
    customer: customer.ref(customerId),
  }),
  decide: ({ current }, { occurredAt: _, ...input }, context) => {
    const { reads, today, timeZone } = context;
    const { termFrom, termTo, responsible, customerId } = input;
    const on = input.on ?? today;
    if (current)
      return current.customerId === customerId && current.term === 1 && isSame(current, input)
        ? []
        : reject('contractKnown');
    if (!isRegistered(reads.customer)) return reject('customerUnknown');
    if (rolesOn(reads.organisation, responsible, on).length === 0) return reject('personUnknown');
    if (termTo < termFrom) return reject('termEndsBeforeStart');
    const wrong = misdated(on, context, reads.policy);
    if (wrong) return reject(wrong, [{ pointer: '/on', detail: 'Give another day.' }]);
    const dueAt = dueAtOf(reads.policy, on, termTo, timeZone);
    return [ContractSigned({ ...input, on, term: 1, dueAt }, { effectiveOn: on })];
  },
});

export const renewContract = contract.command({
  name: 'RenewContract',
  summary: 'Record that a contract was renewed for a term that follows upon its last one.',
  permission: 'contract:write',
  path: '/contracts/:contractId/renew',
  input: {
    contractId: ContractId,
    on: onDay,
    termTo: LocalDate.describe('Last day of the new term.'),
    value: Amount.describe('What the customer pays for the whole new term, without tax.'),
    responsible: PersonId.optional().describe('Who has the credit for it; as before when left out.'),
    ...occurred,
  },
  emits: ['ContractRenewed'],
  rejects: {
    contractUnknown,
    contractLapsed: 'The contract has lapsed; sign another one.',
    personUnknown,
    termEndsBeforeStart,
    ...misdatedRejections,
  },
  subject: byResponsible,
  reads: () => ({ organisation: organisation.ref(), policy: policy.ref() }),
  decide: ({ current, lapsed }, { value, termTo, ...input }, context) => {
    const { reads, today, timeZone } = context;
    const on = input.on ?? today;
    if (!current) return reject('contractUnknown');
    if (isSame(current, { termTo, value })) return [];
    if (lapsed) return reject('contractLapsed');
    const responsible = input.responsible ?? current.responsible;
    const termFrom = addDays(current.termTo, 1);
    if (input.responsible && rolesOn(reads.organisation, responsible, on).length === 0)
      return reject('personUnknown');
    if (termTo < termFrom) return reject('termEndsBeforeStart');
    const wrong = misdated(on, context, reads.policy);
    if (wrong) return reject(wrong, [{ pointer: '/on', detail: 'Give another day.' }]);
    const term = { ...headOf(current), responsible, term: current.term + 1, termFrom, termTo };
    const dueAt = dueAtOf(reads.policy, on, termTo, timeZone);
    return [ContractRenewed({ ...term, on, value, dueAt }, { effectiveOn: on })];
  },
});

export const lapseContract = contract.command({
  name: 'LapseContract',
  summary: 'Record that a contract ended, at the end of its term or before, and was not renewed.',
  permission: 'contract:write',
  path: '/contracts/:contractId/lapse',
  input: { contractId: ContractId, on: onDay, reason: Comment, ...occurred },
  emits: ['ContractLapsed'],
  rejects: {
    contractUnknown,
    beforeTerm: 'The term had not begun on that day.',
    ...misdatedRejections,
  },
  subject: byResponsible,
  reads: () => ({ policy: policy.ref() }),
  decide: ({ current, lapsed }, { on: given, reason }, context) => {
    const on = given ?? context.today;
    if (!current) return reject('contractUnknown');
    if (lapsed) return [];
    if (on < current.termFrom) return reject('beforeTerm');
    const wrong = misdated(on, context, context.reads.policy);
    if (wrong) return reject(wrong, [{ pointer: '/on', detail: 'Give another day.' }]);
    return [ContractLapsed({ ...headOf(current), on, reason }, { effectiveOn: on })];
  },
});

export const markRenewalDue = contract.command({
  name: 'MarkRenewalDue',
  summary: 'Note that the term of a contract is about to end.',
  permission: 'system:act',
  path: '/contracts/:contractId/mark-renewal-due',
  input: { contractId: ContractId, ...occurred },
  emits: ['RenewalDue'],
  rejects: {},
  subject: byResponsible,
  decide: ({ current, dueMarked, lapsed }, _, { occurredAt }) =>
    !current || dueMarked || lapsed || occurredAt < current.dueAt
      ? []
      : [RenewalDue({ ...headOf(current), dueAt: current.dueAt })],
});
