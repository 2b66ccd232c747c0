import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { execute } from '../support/database.ts';
import { full, note } from '../support/figures.ts';
import { type Installation, install } from '../support/installation.ts';
import { accountOf, intact, rowsUnlikeRebuild, startLoad } from '../support/load.ts';

const rounds = full ? 100 : 10;

describe('every connection to the database ended, under load', () => {
  let installation: Installation;
  beforeAll(async () => {
    installation = await install();
  });
  afterAll(() => installation.remove());

  test(`loses and doubles nothing in ${rounds} times`, { timeout: rounds * 20_000 }, async (context) => {
    const load = startLoad(installation, { prefix: 'Backend' });
    for (let round = 0; round < rounds; round++) {
      await load.more(100);
      await execute(
        installation.databaseUrl,
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      );
    }
    await load.more(100);
    const { acknowledged, statuses, slowestMs, notProblems } = await load.finish();
    const account = await accountOf(installation, load);
    for (const worker of installation.workers) await worker.kill();
    const differing = await rowsUnlikeRebuild(installation);
    const internalErrors = statuses['500'] ?? 0;
    note(context, 'backend', {
      rounds,
      acknowledged,
      ...account,
      differing,
      internalErrors,
      notProblems,
      slowestMs,
    });
    expect({ ...account, differing }).toMatchObject({ ...intact, differing: 0 });
    expect({ internalErrors, notProblems }).toEqual({ internalErrors: 0, notProblems: 0 });
    expect(slowestMs).toBeLessThan(5_000);
  });
});
