/** The middle of some numbers; the lower of the two where there is an even number of them. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

export interface Round {
  readonly perSecond: number;
  readonly latenciesMs: readonly number[];
}

/** Keeps `callers` calls under way for a time, each caller beginning anew when its call has ended. */
export async function closedLoop(
  callers: number,
  seconds: number,
  call: (index: number) => Promise<void>,
): Promise<Round> {
  const latenciesMs: number[] = [];
  const started = performance.now();
  const end = started + seconds * 1_000;
  let index = 0;
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (performance.now() < end) {
        const begun = performance.now();
        await call(index++);
        latenciesMs.push(performance.now() - begun);
      }
    }),
  );
  return { perSecond: latenciesMs.length / ((performance.now() - started) / 1_000), latenciesMs };
}

export const round = (value: number, digits = 2): number => Number(value.toFixed(digits));
