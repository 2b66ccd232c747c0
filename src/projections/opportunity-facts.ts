import type { DataOf, RecordedEvent } from '../engine/event.ts';
import type { Credits } from '../events/credit.ts';
import type { opportunityEvents, Standing } from '../events/opportunity.ts';
import type { Money } from '../events/values.ts';
import { type Fact, fact, gained } from './fact-parts.ts';

interface Opportunity {
  readonly customerId: string;
  readonly ownerId: string;
}

const all = (personId: string): Credits => [{ personId, shareBp: 10_000 }];

/** What the value of an opportunity that is over adds to a day, of whoever has the credit; nothing while it runs. */
function ofValue(
  { customerId }: Opportunity,
  date: string,
  { status, value: { amountMinor, currency } }: Standing,
  before: Credits | null,
  after: Credits | null,
): readonly Fact[] {
  if (status !== 'won' && status !== 'lost') return [];
  const credited = (credits: Credits | null) => credits && { amount: BigInt(amountMinor), credits };
  return gained(credited(before), credited(after))
    .filter(([, numerator]) => numerator !== 0n)
    .map(([personId, numerator], ordinal) =>
      fact(`opportunities_${status}_value`, { date, customerId, personId, ordinal, numerator, currency }),
    );
}

/** An opportunity that is won or lost, with the sign 1, or reopened, with -1. */
function ofEnd(
  opportunity: Opportunity,
  date: string,
  standing: Standing,
  personId: string,
  credits: Credits,
  sign: 1n | -1n,
): readonly Fact[] {
  const { status } = standing;
  if (status !== 'won' && status !== 'lost') return [];
  const { customerId } = opportunity;
  const [before, after] = sign === 1n ? [null, credits] : [credits, null];
  return [
    fact(`opportunities_${status}`, { date, customerId, personId, numerator: sign }),
    ...ofValue(opportunity, date, standing, before, after),
  ];
}

/** The value with which an opportunity comes, whenever that is known first. */
function opensWith(
  { customerId, ownerId: personId }: Opportunity,
  date: string,
  { amountMinor, currency }: Money,
  before = 0n,
): readonly Fact[] {
  const amount = BigInt(amountMinor);
  if (amount === before || (amount !== 0n && before !== 0n)) return [];
  const numerator = amount - before;
  return [fact('opportunities_opened_value', { date, customerId, personId, numerator, currency })];
}

type Events = typeof opportunityEvents;
type Event<N extends keyof Events> = RecordedEvent<DataOf<Events[N]>>;

const ends = ({ data, effectiveOn }: Event<'OpportunityWon'> | Event<'OpportunityLost'>) =>
  ofEnd(data, effectiveOn, data.after, data.ownerId, data.credits ?? all(data.ownerId), 1n);

/** What the events of opportunities add to which measures. */
export const opportunityFacts = {
  OpportunityOpened: ({ data, effectiveOn: date }: Event<'OpportunityOpened'>): readonly Fact[] => [
    fact('opportunities_opened', { date, personId: data.ownerId, customerId: data.customerId }),
    ...opensWith(data, date, data.after.value),
  ],
  OpportunityValueRevised: ({ data, effectiveOn }: Event<'OpportunityValueRevised'>) =>
    opensWith(data, effectiveOn, data.after.value, BigInt(data.before.value.amountMinor)),
  OpportunityWon: ends,
  OpportunityLost: ends,
  OpportunityReopened: ({ data, effectiveOn }: Event<'OpportunityReopened'>) => {
    const { closedBy = data.ownerId, credits = all(closedBy) } = data;
    return ofEnd(data, effectiveOn, data.before, closedBy, credits, -1n);
  },
  OpportunityTransferred: ({ data, effectiveOn }: Event<'OpportunityTransferred'>) =>
    data.formerCredits ? ofValue(data, effectiveOn, data.after, data.formerCredits, data.credits) : [],
  CreditSplitSet: ({ data, effectiveOn }: Event<'CreditSplitSet'>) =>
    data.standing ? ofValue(data, effectiveOn, data.standing, data.formerCredits, data.credits) : [],
};
