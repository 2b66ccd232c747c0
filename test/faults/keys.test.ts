import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { full, note } from '../support/figures.ts';
import { type Installation, install } from '../support/installation.ts';
import { accountOf, intact, startLoad } from '../support/load.ts';

const keys = 1_000;
const copies = 20;
const cutCommands = full ? 20_000 : 1_500;

describe('two apis on one tenant', () => {
  let installation: Installation;
  beforeAll(async () => {
    installation = await install({ apis: 2 });
  });
  afterAll(() => installation.remove());

  test(`${keys} keys, each sent ${copies} times at once while apis are killed, have ${keys} effects`, {
    timeout: 300_000,
  }, async (context) => {
    const first = 3;
    const count = keys - first;
    const load = startLoad(installation, { prefix: 'Key', count, copies, writers: 4 });
    let ended = false;
    const sent = load.done.finally(() => {
      ended = true;
    });
    let kills = 0;
    for (; !ended; kills++) {
      const api = installation.apis[kills % 2]!;
      await load.more(2_000);
      await api.kill();
      await sleep(100);
      await api.start();
    }
    const { acknowledged, replayed, statuses } = await sent;
    const account = await accountOf(installation, load);
    note(context, 'keys', { keys, copies, kills, acknowledged, replayed, ...account });
    expect(account).toEqual({ ...intact, effects: keys });
    expect(acknowledged).toBe(count * copies + first);
    expect(kills).toBeGreaterThan(2);
    expect(statuses['500']).toBeUndefined();
  });

  test(`${cutCommands} commands whose sockets are cut are done once when they are sent again`, {
    timeout: full ? 600_000 : 120_000,
  }, async (context) => {
    const load = startLoad(installation, { prefix: 'Cut', count: cutCommands, cutShare: 0.5 });
    const { cut, replayed } = await load.done;
    const account = await accountOf(installation, load);
    note(context, 'cut', { commands: cutCommands, cut, committedBeforeTheCut: replayed, ...account });
    expect(account).toEqual({ ...intact, effects: cutCommands + 3 });
    expect(replayed).toBeGreaterThan(cutCommands / 100);
  });
});
