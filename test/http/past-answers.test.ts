import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPastAnswers } from '../../src/http/past-answers.ts';
import { type Server, startServer } from '../support/server.ts';

describe('answers about the past that are held', () => {
  test('are given again, and let go of by size, those not asked for longest first', () => {
    const answers = createPastAnswers(300);
    const text = 'x'.repeat(30);
    const questions = ['a', 'b', 'c', 'd', 'e'];
    for (const question of questions.slice(0, 4)) answers.slotOf('t', 0, question).hold(text);
    expect(answers.slotOf('t', 0, 'a').text).toBe(text);
    answers.slotOf('t', 0, 'e').hold(text);
    answers.slotOf('t', 0, 'large').hold('x'.repeat(300));
    const kept = [...questions, 'large'].filter(
      (question) => answers.slotOf('t', 0, question).text !== undefined,
    );
    expect(kept).toEqual(['a', 'c', 'd', 'e']);
  });

  test('are let go of after some minutes', () => {
    let now = 0;
    const answers = createPastAnswers(1_000, () => now);
    answers.slotOf('t', 0, 'a').hold('x');
    now = 5 * 60_000 + 1;
    expect(answers.slotOf('t', 0, 'a').text).toBeUndefined();
  });

  test('are void when the past is made anew, also one that was being made', () => {
    const answers = createPastAnswers();
    answers.slotOf('t', 0, 'a').hold('x');
    answers.slotOf('other', 0, 'a').hold('o');
    const late = answers.slotOf('t', 0, 'b');
    expect(answers.slotOf('t', 1, 'a').text).toBeUndefined();
    late.hold('y');
    expect(answers.slotOf('t', 1, 'b').text).toBeUndefined();
    expect(answers.slotOf('other', 0, 'a').text).toBe('o');
  });

  describe('over HTTP', () => {
    let server: Server;
    let admin: string;
    beforeAll(async () => {
      server = await startServer();
      admin = await server.token({ name: 'admin', roles: ['AD', 'TM'] });
      await server.post('/v1/competitors', admin, { name: 'Rival' });
    });
    afterAll(() => server.stop());

    test('are the same, to who may see the same, until the past is made anew', async () => {
      const ask = (path: string, token = admin) => server.get(path, token);
      const first = await ask('/v1/competitors?knownAt=1');
      const again = await ask('/v1/competitors?knownAt=1');
      expect(first.headers.get('cache-status')).toBeNull();
      expect(again.headers.get('cache-status')).toBe('stave; hit');
      expect(again.body).toEqual(first.body);
      expect(again.headers.get('stave-position')).toBe('1');
      expect((await ask('/v1/competitors?knownAt=1&limit=2')).headers.get('cache-status')).toBeNull();
      const nobody = await server.token({ name: 'nobody', roles: [] });
      expect((await ask('/v1/competitors?knownAt=1', nobody)).status).toBe(403);
      await server.runtime.historian.forget(server.tenantId);
      const anew = await ask('/v1/competitors?knownAt=1');
      expect(anew.headers.get('cache-status')).toBeNull();
      expect(anew.body).toEqual(first.body);
    });
  });
});
