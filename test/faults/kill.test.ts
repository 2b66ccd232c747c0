import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { full, note } from '../support/figures.ts';
import { type Installation, install } from '../support/installation.ts';
import { accountOf, intact, rowsUnlikeRebuild, startLoad } from '../support/load.ts';

const cycles = full ? 200 : 20;

describe('kill -9 of api, worker and both, under load', () => {
  let installation: Installation;
  beforeAll(async () => {
    installation = await install();
  });
  afterAll(() => installation.remove());

  test(`loses, doubles and holds up nothing in ${cycles} times, and the read models equal a rebuild`, {
    timeout: cycles * 30_000,
  }, async (context) => {
    const { apis, workers } = installation;
    const victims = [apis, workers, [...apis, ...workers]];
    const load = startLoad(installation, { prefix: 'Kill' });
    for (let cycle = 0; cycle < cycles; cycle++) {
      await load.more(30);
      await sleep((cycle * 37) % 200);
      const chosen = victims[cycle % victims.length]!;
      await Promise.all(chosen.map((victim) => victim.kill()));
      await Promise.all(chosen.map((victim) => victim.start()));
    }
    await load.more(30);
    const { acknowledged, replayed } = await load.finish();
    const account = await accountOf(installation, load);
    for (const worker of workers) await worker.kill();
    const differing = await rowsUnlikeRebuild(installation);
    note(context, 'kill', { cycles, acknowledged, replayed, ...account, differing });
    expect({ ...account, differing }).toMatchObject({ ...intact, differing: 0 });
  });
});
