import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../src/engine/canonical.ts';
import { simulateInThread } from '../../src/jobs/simulate.ts';
import type { Progress } from '../../src/simulation/simulation.ts';
import { simulate } from '../../src/simulation/simulation.ts';
import { inputOf, ratio } from '../support/simulation.ts';

describe('a simulation in a thread', () => {
  test('gives what it gives anywhere, and says how far it has come', async () => {
    const input = inputOf({ runs: 1_000 });
    const steps: Progress[] = [];
    const { signal } = new AbortController();
    const result = await simulateInThread(input, { signal, onProgress: (step) => steps.push(step) });
    expect(canonicalJson(result)).toBe(canonicalJson(simulate(input)));
    expect(steps.at(-1)).toEqual({ done: steps[0]!.total, total: steps[0]!.total });
  });

  test('ends when it is cancelled, long before it is done', async () => {
    const long = inputOf({ runs: 10_000, arrivals: { source: 'given', perMonth: ratio(400) } });
    const cancelling = new AbortController();
    const reached: Progress[] = [];
    const running = simulateInThread(long, {
      signal: cancelling.signal,
      onProgress: (step) => {
        reached.push(step);
        cancelling.abort(new Error('Not needed any more.'));
      },
    });
    await expect(running).rejects.toThrow('Not needed any more.');
    expect(reached).toHaveLength(1);
    expect(reached[0]!.done).toBeLessThan(reached[0]!.total / 10);
  });

  test('does not begin when it is cancelled before', async () => {
    await expect(
      simulateInThread(inputOf(), { signal: AbortSignal.abort(new Error('Cancelled.')) }),
    ).rejects.toThrow('Cancelled.');
  });

  test('fails when its thread does', async () => {
    const broken = { ...inputOf(), asOf: 'never' };
    await expect(simulateInThread(broken, { signal: new AbortController().signal })).rejects.toThrow();
  });
});
