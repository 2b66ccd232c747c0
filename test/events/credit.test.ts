import { describe, expect, test } from 'vitest';
import { Credits } from '../../src/events/credit.ts';
import { idOf } from '../support/given.ts';

describe('credits', () => {
  const credit = (name: string, shareBp: number) => ({ personId: idOf(name), shareBp });
  const isValid = (...credits: readonly object[]) => Credits.safeParse(credits).success;

  test('sum to 10 000 basis points, one share for everybody', () => {
    expect(isValid(credit('ann', 10_000))).toBe(true);
    expect(isValid(credit('ann', 3_333), credit('bob', 6_667))).toBe(true);
    expect(isValid(credit('ann', 5_000), credit('bob', 5_001))).toBe(false);
    expect(isValid(credit('ann', 5_000), credit('ann', 5_000))).toBe(false);
    expect(isValid(credit('ann', 0), credit('bob', 10_000))).toBe(false);
    expect(isValid()).toBe(false);
  });
});
