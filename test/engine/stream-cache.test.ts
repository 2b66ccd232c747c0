import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { decider } from '../../src/engine/decision.ts';
import { createStreamCache } from '../../src/engine/dispatcher/stream-cache.ts';
import { events } from '../../src/engine/event.ts';
import { eventReader } from '../../src/engine/log.ts';
import { tenantId } from '../support/given.ts';

const counted = events({ Counted: { by: z.int() } });
const counterOf = (reference: boolean) =>
  decider({
    stream: reference ? 'standing' : 'counter',
    id: ['name'],
    events: counted,
    initialState: 0,
    evolve: { Counted: (count, { by }) => count + by },
    reference,
  });
const [counter, standing] = [counterOf(false), counterOf(true)];

/** A log in which every stream has so many events. */
const logOf = (eventsEach: number) => {
  const asked: string[] = [];
  const rowsOf = (stream: string) =>
    Array.from({ length: eventsEach }, (_, index) => ({
      position: index + 1,
      stream,
      version: index + 1,
      type: 'Counted',
      schema_version: 1,
      data: { by: 1 },
      command_id: 'c',
      causation_position: null,
      occurred_at: '2026-03-02T08:00:00.000Z',
    }));
  const query = async ({ values }: { readonly values: readonly [string, readonly string[]] }) => {
    asked.push(...values[1]);
    return { rows: [{ head: eventsEach, events: values[1].flatMap(rowsOf) }] };
  };
  return { asked, cache: createStreamCache({ query } as never, eventReader(counted), tenantId) };
};

describe('the cache of streams', () => {
  test('folds a stream once and keeps it', async () => {
    const { asked, cache } = logOf(3);
    await Promise.all([cache.load([counter.ref('a')]), cache.load([counter.ref('a'), counter.ref('b')])]);
    await cache.load([counter.ref('a')]);
    expect(asked.sort()).toEqual(['counter/a', 'counter/b']);
    expect(cache.get('counter/a')).toMatchObject({ state: 3, version: 3, token: 'c' });
  });

  test('lets the oldest streams go when too many events are folded, and never a reference stream', async () => {
    const { cache } = logOf(2_500);
    await cache.load([standing.ref('s')]);
    const names = [...'abcdefghijkl'];
    for (const name of names) await cache.load([counter.ref(name)]);
    expect(names.filter((name) => cache.has(`counter/${name}`)).join('')).toBe('efghijkl');
    expect(cache.has('standing/s')).toBe(true);
  });

  test('keeps what is used, however long ago it was loaded and however much it is', async () => {
    const { asked, cache } = logOf(10_000);
    const hot = ['a', 'b', 'c'].map((name) => counter.ref(name));
    await cache.load(hot);
    for (const name of 'defghijklmno') {
      await cache.load([...hot, counter.ref(name)]);
      for (const { stream } of hot) cache.get(stream);
    }
    expect(asked.filter((stream) => stream === 'counter/a')).toHaveLength(1);
    expect(cache.has('counter/d')).toBe(false);
  });

  test('keeps what was loaded last, however much it is', async () => {
    const { cache } = logOf(20_000);
    await cache.load([counter.ref('a')]);
    await cache.load([counter.ref('b'), counter.ref('c')]);
    expect(['counter/a', 'counter/b', 'counter/c'].filter(cache.has)).toHaveLength(3);
  });

  test('counts what is folded onto a stream later', async () => {
    const { cache } = logOf(1_000);
    await cache.load([counter.ref('a')]);
    for (let more = 1; more <= 20_000; more++) {
      cache.apply({
        ...counted.Counted({ by: 1 }),
        stream: 'counter/a',
        version: 1_000 + more,
      } as never);
    }
    for (const name of 'bcdefgh') await cache.load([counter.ref(name)]);
    expect(cache.has('counter/a')).toBe(true);
    await cache.load([counter.ref('i')]);
    expect([...'abcdefghi'].filter((name) => cache.has(`counter/${name}`)).join('')).toBe('bcdefghi');
  });
});
