import { describe, expect, test } from 'vitest';
import { claim, claimKey, claimRefs, isHeldByOther, moveClaim } from '../../src/commands/claim.ts';

describe('claim', () => {
  test('is the same whatever the letter case and the blanks', () => {
    expect(claimKey('Blue  Door ', 'Leeds')).toBe(claimKey('blue door', 'LEEDS'));
  });
  test('tells texts apart by where they are divided', () => {
    expect(claimKey('a b', 'c')).not.toBe(claimKey('a', 'b c'));
  });
  test('names its stream by a digest', () => {
    expect(claim.ref('sku', claimKey('X-1')).stream).toMatch(/^claim\/sku\/[0-9a-f]{32}$/);
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
  test('is held by another only while somebody else holds it', () => {
    expect(isHeldByOther(undefined, 'me')).toBe(false);
    expect(isHeldByOther({ holder: 'me' }, 'me')).toBe(false);
    expect(isHeldByOther({ holder: 'you' }, 'me')).toBe(true);
  });
});
