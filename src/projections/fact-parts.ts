import type { Credits } from '../events/credit.ts';
import type { FactMeasure } from '../events/measure.ts';
import { split } from '../events/split.ts';

/** What an event adds to one measure of one business day. */
export interface Fact {
  readonly measure: FactMeasure;
  readonly ordinal: number;
  readonly date: string;
  readonly personId: string | null;
  readonly customerId: string | null;
  readonly productId: string | null;
  readonly channelId: string | null;
  readonly dealerId: string | null;
  readonly visitId: string | null;
  readonly orderId: string | null;
  readonly numerator: bigint;
  readonly currency: string;
}

export const fact = (measure: FactMeasure, parts: Partial<Fact> & Pick<Fact, 'date'>): Fact => ({
  ordinal: 0,
  personId: null,
  customerId: null,
  productId: null,
  channelId: null,
  dealerId: null,
  visitId: null,
  orderId: null,
  numerator: 1n,
  currency: '',
  ...parts,
  measure,
});

/** What somebody has the credit for. */
export interface Credited {
  readonly amount: bigint;
  readonly credits: Credits;
}

/** What each person gains when something else stands than before. */
export function gained(
  before: Credited | null,
  after: Credited | null,
): readonly (readonly [string, bigint])[] {
  const gains = new Map<string, bigint>();
  const add = (credited: Credited | null, sign: 1n | -1n) => {
    if (!credited) return;
    const { amount, credits } = credited;
    const parts = split(
      amount,
      credits.map(({ shareBp }) => BigInt(shareBp)),
    );
    for (const [index, { personId }] of credits.entries())
      gains.set(personId, (gains.get(personId) ?? 0n) + sign * parts[index]!);
  };
  add(before, -1n);
  add(after, 1n);
  return [...gains];
}
