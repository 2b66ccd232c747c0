import { describe, expect, test } from 'vitest';
import { problemOf } from '../../src/http/problems.ts';

const failing = (code: string) => Object.assign(new Error('failed'), { code });

describe('an error of the database', () => {
  test('that went away, or has no room, asks to try again', () => {
    for (const code of ['57P01', '08006', 'ECONNREFUSED', '53300', '53100', '53200', '53400', '58030']) {
      expect(problemOf(failing(code))).toMatchObject({ status: 503, code: 'unavailable', retryAfter: 1 });
    }
  });
  test('about a value it cannot hold is the caller’s', () => {
    expect(problemOf(failing('22003'))).toMatchObject({ status: 422, code: 'unprocessable' });
  });
  test('of any other kind is ours', () => {
    expect(problemOf(failing('42703'))).toMatchObject({ status: 500, code: 'internal-error' });
  });
});
