import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPool } from '../../src/storage/database.ts';
import { asAdmin } from '../../src/storage/tenants.ts';
import { full, note } from '../support/figures.ts';
import { folderOnDisk, type Installation, installEmbedded } from '../support/installation.ts';
import { accountOf, intact, rowsUnlikeRebuild, startLoad } from '../support/load.ts';
import { compareEffects, effectsLeast, foundStaff } from '../support/staff.ts';
import { until } from '../support/until.ts';

const cycles = full ? 10 : 3;
const diskMegabytes = 256;
const patienceMs = 30_000;
const stillFullMs = 500;
/** Begins a segment of the write-ahead log, which then has its room. */
const freshSegment = `select pg_logical_emit_message(true, 'disk', ''); select pg_switch_wal();
  select pg_logical_emit_message(true, 'disk', '')`;

describe('a full disk, under load', () => {
  let installation: Installation | undefined;
  let place: Awaited<ReturnType<typeof folderOnDisk>> | undefined;
  let refused = '';
  beforeAll(async () => {
    place = await folderOnDisk(diskMegabytes).catch(({ message }: Error) => {
      refused = message;
      return undefined;
    });
    if (place) installation = await installEmbedded(place);
  });
  afterAll(() => (installation ? installation.remove() : place?.remove()));

  /** Commands until one is answered as wanted; answers how long it took. */
  async function untilAnswered(
    { apis, token }: Installation,
    wanted: (status: number) => boolean,
  ): Promise<number> {
    const begun = performance.now();
    for (let turn = 0; ; turn++) {
      const { status } = await fetch(`${apis[0]!.url}/v1/competitors`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ name: `Probe ${begun} ${turn}` }),
      });
      const tookMs = performance.now() - begun;
      if (wanted(status)) return tookMs;
      if (tookMs > patienceMs) throw new Error(`The last answer was ${status}.`);
    }
  }

  const readStatus = async ({ apis, token }: Installation) => {
    const answer = await fetch(`${apis[0]!.url}/v1/competitors`, {
      headers: { authorization: `Bearer ${token}` },
    });
    await answer.text();
    return answer.status;
  };

  /** Uses up the room that the write-ahead log has, which ends the server. */
  async function useUpLog(databaseUrl: string): Promise<void> {
    const client = new pg.Client(databaseUrl);
    client.on('error', () => undefined);
    await client.connect();
    try {
      for (;;) await client.query(freshSegment);
    } catch {
      await client.end().catch(() => undefined);
    }
  }

  /** Another one after each crash, also of a server that recovered by itself. */
  const incarnation = (databaseUrl: string) =>
    asAdmin(databaseUrl, async (client) => {
      const { rows } = await client.query(
        `select backend_start::text as since from pg_stat_activity where backend_type = 'checkpointer'`,
      );
      return rows[0].since as string;
    });

  /** The parts of the system that have stopped or are not where the log ends. */
  const laggards = (databaseUrl: string) =>
    asAdmin(databaseUrl, async (client) => {
      const { rows } = await client.query(
        `select part, name from log.head h join (
           select 'read model' as part, lane as name, tenant_id, position, error from read.lane
           union all select 'history', model, tenant_id, position, error from past.cursor
           union all select 'reaction', reaction, tenant_id, position, error from jobs.reaction
         ) as follower using (tenant_id) where error is not null or follower.position < h.position`,
      );
      return rows;
    });

  test(`is answered with 503 problems in time, and loses nothing in ${cycles} times`, {
    timeout: cycles * 60_000,
  }, async (context) => {
    if (!place || !installation) return context.skip(`A disk cannot be mounted here: ${refused}`);
    const { databaseUrl } = installation;
    const pool = createPool({ databaseUrl, connections: 1, name: 'faults' });
    const load = startLoad(installation, { prefix: 'Disk' });
    const tenants = [await foundStaff(pool, databaseUrl)];
    const crashes: boolean[] = [];
    let recoveredMs = 0;
    for (let cycle = 0; cycle < cycles; cycle++) {
      await load.more(100);
      const before = await incarnation(databaseUrl);
      await asAdmin(databaseUrl, (client) => client.query(freshSegment));
      tenants.push(await foundStaff(pool, databaseUrl));
      await place.disk.fill();
      if (cycle % 2 === 1) await useUpLog(databaseUrl);
      await untilAnswered(installation, (status) => status === 503);
      if (cycle % 2 === 0) expect(await readStatus(installation)).toBe(200);
      await sleep(stillFullMs);
      await place.disk.clear();
      recoveredMs = Math.max(recoveredMs, await untilAnswered(installation, (status) => status < 300));
      crashes.push(before !== (await incarnation(databaseUrl)));
    }
    await load.more(100);
    const { acknowledged, statuses, slowestMs, notProblems } = await load.finish();
    const account = await accountOf(installation, load);
    await pool.end();
    const effects = await compareEffects(databaseUrl, tenants, patienceMs);
    const behind = await until(
      () => laggards(databaseUrl),
      ({ length }) => length === 0,
      patienceMs,
    );
    for (const program of installation.apis) await program.kill();
    let differing = await rowsUnlikeRebuild(installation);
    for (const tenantId of tenants) differing += await rowsUnlikeRebuild({ databaseUrl, tenantId });
    const internalErrors = statuses['500'] ?? 0;
    const unavailable = statuses['503'] ?? 0;
    note(context, 'disk', {
      cycles,
      acknowledged,
      ...account,
      ...effects,
      differing,
      crashes: crashes.filter(Boolean).length,
      unavailable,
      internalErrors,
      notProblems,
      slowestMs,
      recoveredMs: Math.round(recoveredMs),
    });
    expect({ ...account, ...effects, differing }).toMatchObject({
      ...intact,
      missingEffects: 0,
      doubledEffects: 0,
      differing: 0,
    });
    expect(behind).toEqual([]);
    expect(effects.reactionEffects).toBeGreaterThan(effectsLeast * tenants.length);
    expect({ internalErrors, notProblems }).toEqual({ internalErrors: 0, notProblems: 0 });
    expect(unavailable).toBeGreaterThan(0);
    expect(slowestMs).toBeLessThan(5_000);
    expect(crashes).toEqual(crashes.map((_, cycle) => cycle % 2 === 1));
  });
});
