/**
 * Splits a whole number by weights into whole parts that sum to it exactly: each has its share rounded towards zero, and
 * what is left goes one by one to the largest remainders, the first of equals first. At least one weight is above zero,
 * none is below.
 */
export function split(total: bigint, weights: readonly bigint[]): readonly bigint[] {
  if (weights.length === 1) return [total];
  if (total < 0n) return split(-total, weights).map((part) => -part);
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
