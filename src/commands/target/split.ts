/**
 * Splits a whole number by weights so that the parts sum to it exactly: each has its share rounded down, and what is
 * left goes one by one to the largest remainders, the first of equals first. At least one weight is above zero.
 */
export function split(total: bigint, weights: readonly bigint[]): readonly bigint[] {
  const sum = weights.reduce((a, b) => a + b, 0n);
  const parts = weights.map((weight) => (total * weight) / sum);
  const left = Number(total - parts.reduce((a, b) => a + b, 0n));
  const remainders = weights.map((weight, index) => ({ index, remainder: (total * weight) % sum }));
  const first = remainders
    .toSorted((a, b) =>
      a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1,
    )
    .slice(0, left);
  for (const { index } of first) parts[index]! += 1n;
  return parts;
}

const positive = (amount: bigint): bigint => (amount > 0n ? amount : 0n);

/** What the parts of a target leave to nobody, and what they have beyond it. */
export function residueOf(total: bigint, parts: readonly bigint[]) {
  const sum = parts.reduce((a, b) => a + b, 0n);
  return { unallocated: positive(total - sum), overAssignment: positive(sum - total) };
}

/** Whether an over-assignment passes so many basis points of the whole. */
export const isBeyond = (overAssignment: bigint, total: bigint, maxBp: number): boolean =>
  overAssignment * 10_000n > total * BigInt(maxBp);
