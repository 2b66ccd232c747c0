import { describe, expect, test } from 'vitest';
import { claim, claimRefs, isHeldByOther, moveClaim, releaseClaim } from '../../src/commands/claim.ts';
import { keyOf } from '../support/given.ts';

describe('claim', () => {
  test('is the same whatever the letter case and the blanks', () => {
    const key = keyOf('customer-name', 'blue door', 'leeds');
    expect(keyOf('customer-name', ' Blue \t Door ', 'LEEDS')).toBe(key);
    expect(keyOf('customer-name', '\uff22lue Door', 'Leeds')).toBe(key);
  });
  test('tells texts apart by where they are divided', () => {
    expect(keyOf('sku', 'a b', 'c')).not.toBe(keyOf('sku', 'a', 'b c'));
  });
  test('tells by its key nothing of a claim of another kind', () => {
    expect(keyOf('sku', 'X-1')).not.toBe(keyOf('outlet-code', 'X-1'));
  });
  test('names its stream by a digest', () => {
    expect(claim.ref('sku', keyOf('sku', 'X-1')).stream).toMatch(/^claim\/sku\/[0-9a-f]{32}$/);
  });
  test('is read once for each key', () => {
    expect(claimRefs('sku', 'a', null, 'a', 'b').map(({ stream }) => stream)).toEqual([
      'claim/sku/a',
      'claim/sku/b',
    ]);
  });
  test('moves from one key to another', () => {
    expect(moveClaim('sku', 'me', 'a', 'b').map(({ to }) => to.stream)).toEqual([
      'claim/sku/a',
      'claim/sku/b',
    ]);
    expect(moveClaim('sku', 'me', 'a', 'a')).toEqual([]);
  });
  test('is given back where there is one', () => {
    expect(releaseClaim('sku', 'me', 'a').map(({ to }) => to.stream)).toEqual(['claim/sku/a']);
    expect(releaseClaim('sku', 'me', null)).toEqual([]);
  });
  test('is held by another only while somebody else holds it', () => {
    expect(isHeldByOther(undefined, 'me')).toBe(false);
    expect(isHeldByOther({ holder: 'me' }, 'me')).toBe(false);
    expect(isHeldByOther({ holder: 'you' }, 'me')).toBe(true);
  });
});
