import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { full, note } from '../support/figures.ts';
import { type Installation, install, installEmbedded } from '../support/installation.ts';
import { accountOf, intact, rowsUnlikeRebuild, startLoad } from '../support/load.ts';

const cycles = full ? 50 : 5;
/** The last is longer than the api waits for the database. */
const downMs = [0, 300, 7_000];

describe('kill -9 of the postmaster, under load', () => {
  let installation: Installation;
  beforeAll(async () => {
    installation = await install();
  });
  afterAll(() => installation.remove());

  test(`is answered with 503 problems in time, and loses nothing in ${cycles} times`, {
    timeout: cycles * 60_000,
  }, async (context) => {
    const { cluster, workers } = installation;
    const load = startLoad(installation, { prefix: 'Crash' });
    for (let cycle = 0; cycle < cycles; cycle++) {
      await load.more(200);
      await cluster.kill();
      await sleep(downMs[cycle % downMs.length]!);
      await cluster.start();
    }
    await load.more(200);
    const { acknowledged, statuses, slowestMs, notProblems } = await load.finish();
    const account = await accountOf(installation, load);
    for (const worker of workers) await worker.kill();
    const differing = await rowsUnlikeRebuild(installation);
    const internalErrors = statuses['500'] ?? 0;
    const unavailable = statuses['503'] ?? 0;
    note(context, 'postmaster', {
      cycles,
      acknowledged,
      ...account,
      differing,
      unavailable,
      internalErrors,
      notProblems,
      slowestMs,
    });
    expect({ ...account, differing }).toMatchObject({ ...intact, differing: 0 });
    expect({ internalErrors, notProblems }).toEqual({ internalErrors: 0, notProblems: 0 });
    expect(unavailable).toBeGreaterThan(0);
    expect(slowestMs).toBeLessThan(5_000);
  });
});

describe('kill -9 of the postmaster of an embedded server, under load', () => {
  let installation: Installation;
  beforeAll(async () => {
    installation = await installEmbedded();
  });
  afterAll(() => installation.remove());

  test(`is noticed by the program, which starts it again, ${cycles} times`, {
    timeout: cycles * 60_000,
  }, async (context) => {
    const load = startLoad(installation, { prefix: 'Crash' });
    for (let cycle = 0; cycle < cycles; cycle++) {
      await load.more(200);
      await installation.cluster.kill();
      await sleep(1_000);
    }
    await load.more(200);
    const { acknowledged, statuses, notProblems, slowestMs } = await load.finish();
    const account = await accountOf(installation, load);
    const internalErrors = statuses['500'] ?? 0;
    note(context, 'embeddedPostmaster', { cycles, acknowledged, ...account, internalErrors, slowestMs });
    expect(account).toMatchObject(intact);
    expect({ internalErrors, notProblems }).toEqual({ internalErrors: 0, notProblems: 0 });
    expect(slowestMs).toBeLessThan(5_000);
  });
});
