import { afterEach, describe, expect, test } from 'vitest';
import { withLog } from '../../src/engine/ledger.ts';
import { verifyLog } from '../../src/engine/verification.ts';
import { createPool } from '../../src/storage/database.ts';
import { asAdmin } from '../../src/storage/tenants.ts';
import {
  copyFiles,
  copyRows,
  dumpAndRestore,
  findDistribution,
  startDistribution,
} from '../support/copies.ts';
import { note } from '../support/figures.ts';
import {
  type Cluster,
  type Installation,
  install,
  startCluster,
  startProgram,
} from '../support/installation.ts';
import { accountOf, intact, rowsUnlikeRebuild, startLoad } from '../support/load.ts';

const commands = 300;
const list = 'competitors?limit=50';
const feed = 'events?after=200&limit=100';

interface Way {
  readonly row: string;
  readonly what: string;
  readonly start: () => Promise<Cluster>;
  readonly copy: (cluster: Cluster) => Promise<Cluster>;
  /** Whether commands come in while it is copied. */
  readonly live: boolean;
}

const programs = await findDistribution();
const ways: readonly Way[] = [
  { row: 'copy', what: 'its files', start: startCluster, copy: copyFiles, live: false },
  { row: 'rows', what: 'its rows', start: startCluster, copy: copyRows, live: true },
  {
    row: 'dump',
    what: 'its dump by pg_dump',
    start: () => startDistribution(programs!),
    copy: (cluster) => dumpAndRestore(programs!, cluster),
    live: true,
  },
];

describe('a cluster made from another', () => {
  const opened: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of opened.splice(0).reverse()) await close();
  });

  /** The second page of a list and a page of the log, without where the log ends. */
  async function ask(url: string, token: string, cursor?: unknown) {
    const get = async (path: string) => {
      const response = await fetch(`${url}/v1/${path}`, { headers: { authorization: `Bearer ${token}` } });
      const { head: _, ...body } = (await response.json()) as Record<string, unknown>;
      return { status: response.status, body };
    };
    const next = cursor ?? (await get(list)).body['nextCursor'];
    return { next, answers: [await get(`${list}&cursor=${next}`), await get(feed)] };
  }

  /** What keeps the log from being changed: owners, rights, triggers and policies. */
  const guards = ({ databaseUrl }: Cluster) =>
    asAdmin(databaseUrl, async (client) => {
      const { rows } = await client.query(
        `select format('%s %s %s', proname, proowner::regrole, prosecdef) as guard
           from pg_proc where pronamespace = 'log'::regnamespace
         union all select format('%s %s %s', tgrelid::regclass, tgname, tgenabled)
           from pg_trigger t join pg_class c on c.oid = tgrelid where relnamespace = 'log'::regnamespace
         union all select format('%s %s', polrelid::regclass, polname) from pg_policy
         union all select format('%s %s %s', evtname, evtowner::regrole, evtenabled) from pg_event_trigger
         union all select format('%s %s %s %s', c.oid::regclass, relowner::regrole, relforcerowsecurity, r.name)
           from pg_class c, (values ('stave_owner'), ('stave_app'), ('stave_log')) as r(name)
           where relnamespace = 'log'::regnamespace and relkind = 'r'
             and has_table_privilege(r.name, c.oid, 'insert, update, delete, truncate')
         order by 1`,
      );
      return rows.map(({ guard }) => guard as string);
    });

  const isIntact = async ({ tenantId }: Installation, { databaseUrl }: Cluster) => {
    const pool = createPool({ databaseUrl, connections: 1, name: 'faults' });
    const found = await withLog(pool, tenantId, (log) => verifyLog(log, tenantId, { receipts: true }));
    await pool.end();
    return found?.intact ?? false;
  };

  async function goesOn({ row, start, copy, live }: Way, context: Parameters<typeof note>[0]) {
    const installation = await install({ start });
    opened.push(installation.remove);
    const { token } = installation;
    const former = startLoad(installation, { prefix: 'Former', count: commands });
    await former.done;
    expect((await accountOf(installation, former)).lost).toBe(0);
    const { next, answers: wanted } = await ask(installation.apis[0]!.url, token);

    const during = live ? startLoad(installation, { prefix: 'While' }) : undefined;
    await during?.more(100);
    if (!live) for (const { kill } of [...installation.apis, ...installation.workers]) await kill();
    const guarded = await guards(installation.cluster);
    const cluster = await copy(installation.cluster);
    opened.push(cluster.remove);
    await during?.finish();
    for (const { kill } of [...installation.apis, ...installation.workers]) await kill();

    const verified = await isIntact(installation, cluster);
    const { databaseUrl } = cluster;
    const apis = [await startProgram({ role: 'api', cluster })];
    const workers = [await startProgram({ role: 'worker', cluster })];
    opened.push(...[...apis, ...workers].map(({ kill }) => kill));
    const after = { ...installation, cluster, databaseUrl, apis, workers };
    const { answers: given } = await ask(apis[0]!.url, token, next);
    const latter = startLoad(after, { prefix: 'Latter', count: commands });
    await latter.done;
    const account = await accountOf(after, latter);
    const lost = account.lost + (await accountOf(after, former)).lost;
    for (const { kill } of [...apis, ...workers]) await kill();
    const differing = await rowsUnlikeRebuild(after);
    const cursorsValid = JSON.stringify(given) === JSON.stringify(wanted);
    note(context, row, { ...account, lost, cursorsValid, verified, differing });
    expect(wanted.map(({ status }) => status)).toEqual([200, 200]);
    expect(given).toEqual(wanted);
    expect({ ...account, lost, verified, differing }).toMatchObject({
      ...intact,
      verified: true,
      differing: 0,
    });
    expect(await guards(cluster)).toEqual(guarded);
    expect(await isIntact(installation, cluster)).toBe(true);
  }

  for (const way of ways) {
    test(`goes on where that one stopped, made from ${way.what}`, { timeout: 120_000 }, async (context) => {
      if (way.row === 'dump' && !programs) return context.skip('There is no server with its pg_dump here.');
      await goesOn(way, context);
    });
  }
});
