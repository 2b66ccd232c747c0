import { describe, expect, test } from 'vitest';
import { createHeld } from '../../src/engine/held.ts';

const sizeOf = (text: string): number => text.length;

/** Values of their own name and turn, and how often one was made. */
function making() {
  let made = 0;
  return {
    of: (name: string) => async () => {
      made += 1;
      return `${name}${made}`;
    },
    count: () => made,
  };
}

describe('what is held', () => {
  test('is made once while nothing changes, and anew when something has', async () => {
    const [held, made] = [createHeld(100), making()];
    expect(await held('a', '1', made.of('a'), sizeOf)).toBe('a1');
    expect(await held('a', '1', made.of('a'), sizeOf)).toBe('a1');
    expect(await held('a', '2', made.of('a'), sizeOf)).toBe('a2');
    expect(await held('a', '1', made.of('a'), sizeOf)).toBe('a3');
  });

  test('is let go of where it was not used for longest, once there is too much', async () => {
    const [held, made] = [createHeld(4), making()];
    for (const key of ['a', 'b', 'a', 'c']) await held(key, '1', made.of(key), sizeOf);
    expect(made.count()).toBe(3);
    await held('a', '1', made.of('a'), sizeOf);
    expect(made.count()).toBe(3);
    await held('b', '1', made.of('b'), sizeOf);
    expect(made.count()).toBe(4);
  });

  test('is not what is larger than all that may be held', async () => {
    const [held, made] = [createHeld(2), making()];
    await held('a', '1', made.of('a'), sizeOf);
    await held('long', '1', made.of('long'), sizeOf);
    expect(await held('a', '1', made.of('a'), sizeOf)).toBe('a1');
  });

  test('is not held where making it fails', async () => {
    const held = createHeld(10);
    await expect(held('a', '1', () => Promise.reject(new Error('no')), sizeOf)).rejects.toThrow('no');
    expect(await held('a', '1', async () => 'a', sizeOf)).toBe('a');
  });
});
