import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { InvalidCursor } from '../../src/engine/cursor.ts';
import { type Asker, nothing, page, query } from '../../src/engine/query.ts';
import { idOf } from '../support/given.ts';

const listNumbers = query({
  name: 'ListNumbers',
  summary: 'List some numbers.',
  permission: 'log:read',
  path: '/numbers',
  input: { from: z.bigint().optional(), cursor: z.string().optional(), limit: z.int().default(2) },
  output: page(z.bigint()),
  reads: [],
  answer: async (_, { from = 1n, cursor, limit }) => {
    if (from < 0n) return nothing;
    const begin = BigInt(cursor ?? from);
    const data = Array.from({ length: limit }, (_number, index) => begin + BigInt(index));
    return { data, nextCursor: begin > 3n ? null : String(begin + BigInt(limit)) };
  },
});

const asker = (more: Partial<Asker> = {}) =>
  ({ tenantId: idOf('tenant'), personId: idOf('ann'), ...more }) as Asker;
const ask = (input: Readonly<Record<string, unknown>>, by = asker()) =>
  listNumbers.answer(undefined as never, { limit: 2, ...input }, by) as Promise<{
    readonly data: readonly bigint[];
    readonly nextCursor: string | null;
  }>;

describe('a cursor', () => {
  test('leads from page to page, of any size', async () => {
    const first = await ask({ from: 1n });
    const second = await ask({ from: 1n, limit: 3, cursor: first.nextCursor });
    expect([...first.data, ...second.data]).toEqual([1n, 2n, 3n, 4n, 5n]);
    expect(await ask({ from: 1n, cursor: second.nextCursor })).toEqual({ data: [6n, 7n], nextCursor: null });
    expect(await ask({ from: -1n })).toBe(nothing);
  });

  test('is bound to the tenant, the reader and what is asked', async () => {
    const { nextCursor: cursor } = await ask({ from: 1n });
    const refused = (input: object, by?: Asker) =>
      expect(ask({ from: 1n, cursor, ...input }, by)).rejects.toThrow(InvalidCursor);
    await refused({ from: 2n });
    await refused({ from: undefined });
    await refused({}, asker({ tenantId: idOf('other') }));
    await refused({}, asker({ personId: idOf('bob') }));
    for (const other of ['', 'x', 'AAAAAAAAAAA', `${cursor!.slice(0, -12)}`])
      await refused({ cursor: other });
  });
});
