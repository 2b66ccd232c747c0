import type { RecordedEvent } from '../engine/event.ts';
import { type FactsOf, factsOf } from './event-facts.ts';
import type { Fact } from './fact-parts.ts';

/** A row that sums facts: a key and the sum. */
interface Summed {
  readonly numerator: bigint;
}

function isSame<K extends object>(a: K, b: K): boolean {
  for (const field in a) if (a[field] !== b[field]) return false;
  return true;
}

/** The folds that add every fact to the row of its key. */
export function sumsOf<K extends object>(keyOf: (fact: Fact) => K) {
  const sum = <D>(facts: FactsOf<D>) => ({
    key: (event: RecordedEvent<D>): readonly K[] =>
      facts(event)
        .map(keyOf)
        .filter((key, index, keys) => keys.findIndex((other) => isSame(key, other)) === index),
    row: (row: (K & Summed) | undefined, event: RecordedEvent<D>, key: K): K & Summed => ({
      ...key,
      numerator: facts(event)
        .filter((fact) => isSame(keyOf(fact), key))
        .reduce((total, { numerator }) => total + numerator, row?.numerator ?? 0n),
    }),
  });
  return {
    VisitEnded: sum(factsOf.VisitEnded),
    VisitExceptionApproved: sum(factsOf.VisitExceptionApproved),
    VisitCostRecorded: sum(factsOf.VisitCostRecorded),
    CallLogged: sum(factsOf.CallLogged),
    OrderTaken: sum(factsOf.OrderTaken),
    OrderDelivered: sum(factsOf.OrderDelivered),
    OrderReturned: sum(factsOf.OrderReturned),
    OrderCreditSplit: sum(factsOf.OrderCreditSplit),
    FollowUpServiceDone: sum(factsOf.FollowUpServiceDone),
    OrderCancelled: sum(factsOf.OrderCancelled),
    PaymentReceived: sum(factsOf.PaymentReceived),
    PaymentReversed: sum(factsOf.PaymentReversed),
    ComplaintLogged: sum(factsOf.ComplaintLogged),
    OutletOpened: sum(factsOf.OutletOpened),
    OutletClosed: sum(factsOf.OutletClosed),
    OpportunityOpened: sum(factsOf.OpportunityOpened),
    OpportunityValueRevised: sum(factsOf.OpportunityValueRevised),
    OpportunityWon: sum(factsOf.OpportunityWon),
    OpportunityLost: sum(factsOf.OpportunityLost),
    OpportunityReopened: sum(factsOf.OpportunityReopened),
    OpportunityTransferred: sum(factsOf.OpportunityTransferred),
    CreditSplitSet: sum(factsOf.CreditSplitSet),
  };
}

/** Stands in a key for nobody: what happened without a person counts to the organisation alone. */
export const nobody = '00000000-0000-0000-0000-000000000000';

export const personOf = ({ personId }: Fact): string => personId ?? nobody;
