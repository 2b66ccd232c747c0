import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { organisationEvents } from '../../src/events/organisation.ts';
import { createPool } from '../../src/storage/database.ts';
import { asAdmin, createTenant } from '../../src/storage/tenants.ts';
import { full, note } from '../support/figures.ts';
import { type Installation, install } from '../support/installation.ts';
import { accountOf, intact, rowsUnlikeRebuild, startLoad } from '../support/load.ts';
import { company, employed, granted, holds } from '../support/organisation.ts';
import { seed } from '../support/stave.ts';

const cycles = full ? 30 : 3;
/** Longer than BullMQ's lock (30 s) and than the server lets a transaction idle (60 s). */
const stoppedMs = 63_000;
const patienceMs = stoppedMs;
const days = 7;
const people = Array.from({ length: 10 }, (_, index) => `seller-${index}`);

/** An organisation whose first business day is a week ago: every day since opens, and expects plans and reports. */
async function found(pool: Pool, databaseUrl: string): Promise<string> {
  const tenantId = await createTenant(databaseUrl, 'Staff');
  await seed(
    { pool, tenantId } as never,
    'organisation',
    company,
    ...people.flatMap((name) => [employed(name), holds(name, null), granted(name, 'SP')]),
    organisationEvents.OrganisationConfigured(
      {
        name: 'Stave',
        timeZone: 'Asia/Tokyo',
        reportingCurrency: 'JPY',
        weekStart: 1,
        dailyReportDue: '18:00',
        weeklyReportDue: { isoWeekday: 1, time: '10:00' },
        monthlyReviewDueWorkingDay: 3,
      },
      { occurredAt: new Date(Date.now() - days * 86_400_000).toISOString() },
    ),
  );
  return tenantId;
}

describe('a worker stopped past any lease while a second one lives', () => {
  let installation: Installation;
  let pool: Pool;
  beforeAll(async () => {
    installation = await install({ workers: 2 });
    pool = createPool({ databaseUrl: installation.databaseUrl, connections: 2, name: 'faults' });
  });
  afterAll(async () => {
    await pool.end();
    await installation.remove();
  });

  /** What reactions and the clock did in a tenant, each effect by its name and where it happened. */
  const effectsOf = (tenantId: string) =>
    asAdmin(installation.databaseUrl, async (client) => {
      const { rows } = await client.query(
        `select concat_ws(' ', type, stream, data->>'personId', data->>'date') as effect
         from log.event where tenant_id = $1 and source in ('reaction', 'clock')`,
        [tenantId],
      );
      return rows.map(({ effect }) => effect as string);
    });

  test(`doubles no effect in ${cycles} times`, {
    timeout: (cycles * 2 + 4) * stoppedMs,
  }, async (context) => {
    const { databaseUrl, workers } = installation;
    const undisturbed = await found(pool, databaseUrl);
    const load = startLoad(installation, { prefix: 'Stop', writers: 1 });
    const tenants: string[] = [];
    for (let cycle = 0; cycle < cycles; cycle++) {
      const worker = workers[cycle % 2]!;
      tenants.push(await found(pool, databaseUrl), await found(pool, databaseUrl));
      await sleep(200 + cycle * 150);
      worker.signal('SIGSTOP');
      await sleep(stoppedMs);
      worker.signal('SIGCONT');
      await load.more(100);
    }
    const account = await accountOf(installation, load);
    const wanted = await effectsOf(undisturbed);
    let effects = await Promise.all(tenants.map(effectsOf));
    const missing = () => effects.flatMap((had) => [...new Set(wanted).difference(new Set(had))]);
    const giveUpAt = performance.now() + patienceMs;
    while (missing().length > 0 && performance.now() < giveUpAt) {
      await sleep(200);
      effects = await Promise.all(tenants.map(effectsOf));
    }
    for (const worker of workers) await worker.kill();
    let differing = await rowsUnlikeRebuild(installation);
    for (const tenantId of tenants) differing += await rowsUnlikeRebuild({ databaseUrl, tenantId });
    const doubledEffects = effects.reduce((sum, had) => sum + had.length - new Set(had).size, 0);
    note(context, 'stoppedWorker', {
      cycles,
      stoppedSeconds: stoppedMs / 1_000,
      ...account,
      reactionEffects: wanted.length * tenants.length,
      doubledEffects,
      missingEffects: missing().length,
      differing,
    });
    expect(missing()).toEqual([]);
    expect(wanted.length).toBeGreaterThan(days * people.length);
    expect({ ...account, doubledEffects, differing }).toMatchObject({
      ...intact,
      doubledEffects: 0,
      differing: 0,
    });
  });
});
