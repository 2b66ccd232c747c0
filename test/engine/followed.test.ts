import type { Pool } from 'pg';
import { describe, expect, test } from 'vitest';
import { createFollowed } from '../../src/engine/followed.ts';

/** A database in which the main lane stands at the positions given, one after another, and then at the last one. */
function lanesAt(...positions: readonly number[]) {
  let looks = 0;
  const query = async () => ({ rows: [{ position: positions[Math.min(looks++, positions.length - 1)] }] });
  return { pool: { query } as unknown as Pool, looks: () => looks };
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

  test('waits no longer than it is told, nor when the database fails', async () => {
    const { pool } = lanesAt(1);
    await createFollowed(pool).until('a', 2, 5);
    const failing = { query: () => Promise.reject(new Error('away')) } as unknown as Pool;
    await createFollowed(failing).until('a', 2, 60_000);
  });
});
