import { describe, expect, test } from 'vitest';
import { stepsOf } from '../../src/cli/demo/script.ts';
import { demoStages } from '../../src/cli/demo/stages.ts';
import { createWorld, type DemoParameters } from '../../src/cli/demo/world.ts';
import { canonicalJson, sha256 } from '../../src/engine/canonical.ts';
import { commandsByName } from '../../src/runtime.ts';

const small: DemoParameters = { seed: 7, scale: 0.1, weeks: 1, today: '2026-03-12' };
const whole: DemoParameters = { seed: 1, scale: 1, weeks: 4, today: '2026-04-15' };

const stepsIn = (parameters: DemoParameters) =>
  [...demoStages(parameters)].flatMap(({ chains }) => chains.flatMap(stepsOf));
const digestOf = (parameters: DemoParameters) => sha256(canonicalJson(stepsIn(parameters)));

describe('the demo as commands', () => {
  test('is the same for the same parameters, and another one for other ones', () => {
    const digest = digestOf(small);
    expect(digestOf({ ...small })).toBe(digest);
    expect(digestOf({ ...small, seed: 8 })).not.toBe(digest);
    expect(digestOf({ ...small, today: '2026-03-13' })).not.toBe(digest);
  });

  test('has a key of its own for every command, and only commands that there are', () => {
    const steps = stepsIn(whole);
    expect(new Set(steps.map(({ key }) => key)).size).toBe(steps.length);
    expect(steps.filter(({ command }) => !commandsByName.has(command))).toEqual([]);
    expect(steps.length).toBeGreaterThan(25_000);
  });

  test('tells every day until yesterday and nothing later', () => {
    const days = new Set([...demoStages(small)].map(({ day }) => day));
    expect(days.size).toBe(1 + 7 * small.weeks);
    expect([...days].at(-1)).toBe('2026-03-11');
    expect(stepsIn(small).filter(({ at }) => at >= '2026-03-11T23:00:00.000Z')).toEqual([]);
  });

  test('begins and ends days at midnight of the time zone, also where clocks are changed', () => {
    const { at } = createWorld(small);
    expect(at('2026-03-29', 0)).toBe('2026-03-28T23:00:00.000Z');
    expect(at('2026-03-29', 9 * 60)).toBe('2026-03-29T07:00:00.000Z');
    expect(at('2026-10-25', 0)).toBe('2026-10-24T22:00:00.000Z');
    expect(at('2026-10-25', 9 * 60)).toBe('2026-10-25T08:00:00.000Z');
  });

  test('has the people of a company of 35 salespeople', () => {
    const { regions, offices, salespeople, products, competitors } = createWorld(whole);
    expect([regions, offices, salespeople, products, competitors].map(({ length }) => length)).toEqual([
      3, 6, 35, 25, 5,
    ]);
  });
});
