/** The value below which a share of some numbers lies: 0.5 is the middle, the upper one of two. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

export const round = (value: number, digits = 2): number => Number(value.toFixed(digits));

export interface Round {
  readonly perSecond: number;
  readonly latenciesMs: readonly number[];
}

/** Keeps `callers` calls under way for a time, each caller beginning anew when its call has ended. */
export async function closedLoop(
  callers: number,
  seconds: number,
  call: () => Promise<unknown>,
): Promise<Round> {
  const latenciesMs: number[] = [];
  const started = performance.now();
  const end = started + seconds * 1_000;
  await Promise.all(
    Array.from({ length: callers }, async () => {
      for (let begun = performance.now(); begun < end; ) {
        await call();
        const ended = performance.now();
        latenciesMs.push(ended - begun);
        begun = ended;
      }
    }),
  );
  return { perSecond: latenciesMs.length / ((performance.now() - started) / 1_000), latenciesMs };
}

/** Sides in turns, A B C A B C …, so that the machine's noise hits all of them; answers the rounds of each side. */
export async function inTurns<S extends Readonly<Record<string, () => Promise<Round>>>>(
  rounds: number,
  sides: S,
  say: (line: string) => void,
): Promise<{ readonly [N in keyof S]: readonly Round[] }> {
  const names = Object.keys(sides);
  const results = Object.fromEntries(names.map((name) => [name, [] as Round[]]));
  for (let turn = 0; turn < rounds; turn++) {
    for (const name of names) results[name]!.push(await sides[name]!());
    say(names.map((name) => `${name} ${round(results[name]!.at(-1)!.perSecond, 0)}/s`).join(', '));
  }
  return results as { [N in keyof S]: Round[] };
}

/** The middle of the rounds' rates, and the latencies of all of them together. */
export const summary = (rounds: readonly Round[]) => {
  const latencies = rounds.flatMap(({ latenciesMs }) => latenciesMs);
  return {
    perSecond: round(median(rounds.map(({ perSecond }) => perSecond)), 0),
    p50Ms: round(quantile(latencies, 0.5)),
    p99Ms: round(quantile(latencies, 0.99)),
  };
};
