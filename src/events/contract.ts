import { z } from 'zod';
import { events } from '../engine/event.ts';
import { moneyText, type Sentences } from './sentence.ts';
import { Amount, Comment, ContractId, CustomerId, Instant, LocalDate, PersonId, VisitId } from './values.ts';

/** What every event of a contract says about it, and about the term that it concerns. */
const contract = {
  contractId: ContractId,
  customerId: CustomerId,
  responsible: PersonId,
  term: z.int().min(1).describe('Number of the term, from 1.'),
  termFrom: LocalDate,
  termTo: LocalDate,
};
const signing = {
  ...contract,
  on: LocalDate,
  value: Amount,
  dueAt: Instant.describe('When its renewal falls due.'),
};

/** Stored for ever. Add fields as optional, add events freely, rename nothing. */
export const contractEvents = events({
  ContractSigned: { ...signing, visitId: VisitId.optional() },
  ContractRenewed: signing,
  RenewalDue: { ...contract, dueAt: Instant },
  ContractLapsed: { ...contract, on: LocalDate, reason: Comment },
});

/** What each of these events says, in a sentence. */
export const contractSentences: Sentences<typeof contractEvents> = {
  ContractSigned: (d, n) =>
    `${n(d.customerId)} signed a contract of ${moneyText(d.value)} from ${d.termFrom} to ${d.termTo}.`,
  ContractRenewed: (d, n) =>
    `${n(d.customerId)} renewed the contract to ${d.termTo}, for ${moneyText(d.value)}.`,
  RenewalDue: (d, n) =>
    `The contract with ${n(d.customerId)} ends on ${d.termTo}; its renewal falls to ${n(d.responsible)}.`,
  ContractLapsed: (d, n) => `The contract with ${n(d.customerId)} lapsed: ${d.reason}`,
};
