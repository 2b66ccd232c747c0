const positive = (amount: bigint): bigint => (amount > 0n ? amount : 0n);

/** What the parts of a target leave to nobody, and what they have beyond it. */
export function residueOf(total: bigint, parts: readonly bigint[]) {
  const sum = parts.reduce((a, b) => a + b, 0n);
  return { unallocated: positive(total - sum), overAssignment: positive(sum - total) };
}

/** Of parts that do not add up to the whole. */
export const noResidue = { unallocated: 0n, overAssignment: 0n } as const;

/** Whether an over-assignment passes so many basis points of the whole. */
export const isBeyond = (overAssignment: bigint, total: bigint, maxBp: number): boolean =>
  overAssignment * 10_000n > total * BigInt(maxBp);
