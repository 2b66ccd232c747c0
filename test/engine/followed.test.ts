import type { Pool } from 'pg';
import { describe, expect, test } from 'vitest';
import { createFollowed } from '../../src/engine/followed.ts';

/** A database in which the main lane stands at the positions given, one after another, and then at the last one. */
function lanesAt(...positions: readonly number[]) {
  const head = 9;
  const asked = { looks: 0, heads: 0 };
  const query = async ({ name }: { readonly name: string }) => {
    if (name === 'head') {
      asked.heads += 1;
      return { rows: [{ position: head }] };
    }
    return { rows: [{ position: positions[Math.min(asked.looks++, positions.length - 1)] }] };
  };
  return { pool: { query } as unknown as Pool, looks: () => asked.looks, heads: () => asked.heads };
}

describe('waiting for read models', () => {
  test('looks once for all who wait', async () => {
    const { pool, looks } = lanesAt(3, 7);
    const followed = createFollowed(pool);
    await Promise.all([5, 6, 7].map((position) => followed.until('a', position, 60_000)));
    expect(looks()).toBe(2);
    await followed.until('a', 7, 60_000);
    expect(looks()).toBe(2);
  });

  test('is told by whoever moves them, and then does not look', async () => {
    const { pool, looks } = lanesAt(0);
    const followed = createFollowed(pool);
    followed.note('a', 1);
    const reached: number[] = [];
    const waiting = [2, 3].map((position) =>
      followed.until('a', position, 60_000).then(() => reached.push(position)),
    );
    followed.note('b', 9);
    followed.note('a', 2);
    await waiting[0];
    expect(reached).toEqual([2]);
    followed.note('a', 4);
    await Promise.all(waiting);
    expect(looks()).toBe(0);
  });

  test('asks for the end of the log once for each who has to wait, and not for what was followed', async () => {
    const { pool, heads } = lanesAt(3, 7);
    const followed = createFollowed(pool);
    expect(await Promise.all([5, 7].map((position) => followed.until('a', position, 60_000)))).toEqual([
      true,
      true,
    ]);
    expect(heads()).toBe(2);
    expect(await followed.until('a', 6, 60_000)).toBe(true);
    expect(await followed.isLogged('a', 7)).toBe(true);
    expect(heads()).toBe(2);
  });

  test('does not wait for what the log has not come to', async () => {
    const followed = createFollowed(lanesAt(1).pool);
    expect(await followed.until('a', 10, 60_000)).toBe(false);
    expect(await followed.isLogged('a', 10)).toBe(false);
    expect(await followed.isLogged('a', 9)).toBe(true);
  });

  test('waits no longer than it is told, nor when the database fails', async () => {
    const { pool } = lanesAt(1);
    await createFollowed(pool).until('a', 2, 5);
    const failing = { query: () => Promise.reject(new Error('away')) } as unknown as Pool;
    await createFollowed(failing).until('a', 2, 60_000);
  });
});
