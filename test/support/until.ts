import { setTimeout as sleep } from 'node:timers/promises';

const intervalMs = 200;

/** Asks until the answer is as wanted or the time is over; answers the last one. */
export async function until<T>(
  ask: () => Promise<T>,
  isWanted: (answer: T) => boolean,
  timeoutMs: number,
): Promise<T> {
  const giveUpAt = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (isWanted(answer) || performance.now() > giveUpAt) return answer;
    await sleep(intervalMs);
  }
}
