import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { now } from '../src/engine/clock.ts';
import { withLog } from '../src/engine/ledger.ts';
import { verifyLog } from '../src/engine/verification.ts';
import { createPool } from '../src/storage/database.ts';
import { createDigests } from '../src/storage/digests.ts';
import { createTenant } from '../src/storage/tenants.ts';
import { exportTo, fillLog, runVerifier } from '../test/support/ledger.ts';
import { median, round } from './measure.ts';
import type { BenchOptions, BenchResult } from './run.ts';
import { onFreshServer } from './server.ts';

/** Seconds on the clock, and seconds of this process's core, that some work took. */
async function timed<T>(work: () => Promise<T>): Promise<{ value: T; seconds: number; cpuSeconds: number }> {
  const started = performance.now();
  const before = process.cpuUsage();
  const value = await work();
  const { user, system } = process.cpuUsage(before);
  return { value, seconds: (performance.now() - started) / 1_000, cpuSeconds: (user + system) / 1e6 };
}

/** Signing, exporting and verifying a log that is intact: how fast, and whether anything is found in it. */
export const run = ({ full, say }: BenchOptions): Promise<BenchResult> =>
  onFreshServer(say, async (databaseUrl) => {
    const pool = createPool({ databaseUrl, connections: 4, name: 'bench' });
    const tenantId = await createTenant(databaseUrl, 'Bench');
    const count = full ? 1_000_000 : 100_000;
    await fillLog(pool, tenantId, count, 1, 40);
    say(`${count} events appended`);
    const folder = await mkdtemp(join(tmpdir(), 'stave-bench-'));
    const digests = createDigests({ pool, now, folder, keyFile: join(folder, 'secret', 'key.pem') });
    const signing = await timed(() => digests.write(tenantId));
    say(`signed in ${round(signing.seconds)} s`);

    const verify = () =>
      withLog(pool, tenantId, (log) =>
        verifyLog(log, tenantId, { digests: digests.read(tenantId), receipts: true }),
      );
    const rounds: Awaited<ReturnType<typeof timed<Awaited<ReturnType<typeof verify>>>>>[] = [];
    for (let turn = 0; turn < (full ? 3 : 5); turn++) {
      rounds.push(await timed(verify));
      say(`verified in ${round(rounds.at(-1)!.seconds)} s`);
    }
    const file = join(folder, 'export.ndjson');
    const exporting = await timed(() => withLog(pool, tenantId, (log) => exportTo(file, log, tenantId)));
    const alone = await timed(() =>
      runVerifier(file, join(folder, `${tenantId}.jws`), join(folder, `${signing.value!.key}.pem`)),
    );
    await pool.end();
    const found = rounds.map(({ value }) => value!);
    const { events, blocks } = found[0]!;
    const perSecond = (seconds: number) => round(events / seconds, 0);
    const falseAlarms =
      found.reduce((sum, { damageCount }) => sum + damageCount, 0) + alone.value.damages.length;
    return {
      figures: {
        events,
        blocks,
        verifyEventsPerSecond: perSecond(median(rounds.map(({ seconds }) => seconds))),
        verifyEventsPerCpuSecond: perSecond(median(rounds.map(({ cpuSeconds }) => cpuSeconds))),
        signEventsPerSecond: perSecond(signing.seconds),
        exportEventsPerSecond: perSecond(exporting.seconds),
        standAloneEventsPerSecond: perSecond(alone.seconds),
        falseAlarms,
      },
      ratios: {},
      checks: {
        lost: found.filter((one) => one.through !== signing.value!.position).length,
        doubled: 0,
        reordered: falseAlarms,
      },
    };
  });
