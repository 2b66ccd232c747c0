/** One period of a target's path. */
export interface PathStep {
  readonly periodId: string;
  readonly value: bigint;
  /** The share of the year that the season gives it, in any unit. */
  readonly weight: bigint;
}

/**
 * The periods whose value, seasons apart, falls below that of the period before. A split is off its exact share by less
 * than one unit, so only a fall that rounding cannot explain counts. Periods without a season are passed over.
 */
export function fallingPeriods(path: readonly PathStep[]): readonly string[] {
  const seasonal = path.filter(({ weight }) => weight > 0n);
  return seasonal
    .filter(({ value, weight }, index) => {
      const former = seasonal[index - 1];
      return former !== undefined && (value + 1n) * former.weight <= (former.value - 1n) * weight;
    })
    .map(({ periodId }) => periodId);
}
