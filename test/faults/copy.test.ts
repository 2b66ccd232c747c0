import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { note } from '../support/figures.ts';
import { type Cluster, type Installation, install, startProgram } from '../support/installation.ts';
import { accountOf, intact, rowsUnlikeRebuild, startLoad } from '../support/load.ts';

const commands = 300;

describe('a cluster made from the files of another', () => {
  let installation: Installation;
  let copied: Cluster | undefined;
  beforeAll(async () => {
    installation = await install();
  });
  afterAll(async () => {
    await copied?.remove();
    await installation.remove();
  });

  const ask = async (url: string, path: string) => {
    const response = await fetch(`${url}/v1/${path}`, {
      headers: { authorization: `Bearer ${installation.token}` },
    });
    return { status: response.status, body: (await response.json()) as Record<string, never> };
  };

  test('goes on where that one stopped, for its readers too', { timeout: 120_000 }, async (context) => {
    const [api, worker] = [installation.apis[0]!, installation.workers[0]!];
    const former = startLoad(installation, { prefix: 'Former', count: commands });
    await former.done;
    expect((await accountOf(installation, former)).lost).toBe(0);
    const list = 'competitors?limit=100';
    const { body: firstPage } = await ask(api.url, list);
    const next = `${list}&cursor=${firstPage['nextCursor']}`;
    const feed = 'events?after=200&limit=200';
    const wanted = [await ask(api.url, next), await ask(api.url, feed)];

    for (const program of [api, worker]) await program.kill();
    await installation.cluster.stop();
    const cluster = await installation.cluster.copy();
    copied = cluster;
    const { databaseUrl } = cluster;
    const apis = [await startProgram({ role: 'api', cluster })];
    const workers = [await startProgram({ role: 'worker', cluster })];
    const after = { ...installation, cluster, databaseUrl, apis, workers };
    const given = [await ask(apis[0]!.url, next), await ask(apis[0]!.url, feed)];
    const latter = startLoad(after, { prefix: 'Latter', count: commands });
    await latter.done;
    const account = await accountOf(after, latter);
    const { lost } = await accountOf(after, former);
    for (const program of [...apis, ...workers]) await program.kill();
    const differing = await rowsUnlikeRebuild(after);
    const cursorsValid = JSON.stringify(given) === JSON.stringify(wanted);
    note(context, 'copy', { ...account, lost: lost + account.lost, cursorsValid, differing });
    expect(wanted.map(({ status }) => status)).toEqual([200, 200]);
    expect(given).toEqual(wanted);
    expect({ ...account, lost: lost + account.lost, differing }).toMatchObject({ ...intact, differing: 0 });
  });
});
