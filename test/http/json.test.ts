import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toJson } from '../../src/http/json.ts';

const arbitraryValue = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.bigInt(),
    fc.string(),
    fc.double({ noNaN: true }),
    fc.constantFrom(null, undefined, true, Temporal.PlainDate.from('2026-03-02')),
    fc.array(tie('value')),
    fc.dictionary(
      fc.string().filter((key) => key !== '__proto__'),
      tie('value'),
    ),
  ),
})).value;

const shown = (one: unknown) =>
  JSON.stringify(one, (_, member) => (typeof member === 'bigint' ? member.toString() : member));

test('answers are told as a replacer would tell them, and stay as they were', () => {
  fc.assert(
    fc.property(arbitraryValue, (value) => {
      const before = shown(value);
      expect(toJson(value)).toBe(before);
      expect(shown(value)).toBe(before);
    }),
  );
});

test('what is frozen is told as anything else, however often', () => {
  const arbitraryItems = fc.array(fc.dictionary(fc.constantFrom('a', 'b"', 'c'), arbitraryValue));
  fc.assert(
    fc.property(arbitraryItems, arbitraryValue, (items, other) => {
      const data = items.map((item) => Object.freeze(item));
      for (const body of [{ other, data }, { data: data.toReversed(), other }, data, [data]])
        expect(toJson(body)).toBe(shown(body));
    }),
  );
});

test('integers past 53 bits are told exactly', () => {
  expect(toJson({ a: [9_007_199_254_740_993n] })).toBe('{"a":["9007199254740993"]}');
});
