import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createTenant } from '../src/storage/tenants.ts';
import { round } from './measure.ts';
import type { BenchOptions, BenchResult } from './run.ts';
import { onFreshServer } from './server.ts';

export interface MemoryJob {
  readonly databaseUrl: string;
  readonly tenantId: string;
  readonly commands: number;
}

/** What `npm start` gives Node. */
const asStarted = ['--max-semi-space-size=4'];

const residentMb = async (pid: number): Promise<number> =>
  Number(/VmRSS:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))![1]) / 1_024;

/** Resident memory of one process that is api and worker: idle, at its highest, and after many commands. */
export const run = ({ full, say }: BenchOptions): Promise<BenchResult> =>
  onFreshServer(say, async (databaseUrl) => {
    const tenantId = await createTenant(databaseUrl, 'Bench');
    const commands = full ? 1_000_000 : 200_000;
    const child = fork(new URL('memory-process.ts', import.meta.url), {
      stdio: 'inherit',
      execArgv: asStarted,
    });
    const [{ ready }] = await once(child, 'message');
    if (!ready) throw new Error('The process did not start');
    child.send({ databaseUrl, tenantId, commands } satisfies MemoryJob);
    await once(child, 'message');
    const idleMb = await residentMb(child.pid!);
    let peakMb = idleMb;
    const sampling = setInterval(async () => {
      peakMb = Math.max(peakMb, await residentMb(child.pid!).catch(() => 0));
    }, 200);
    child.send('go');
    await once(child, 'message');
    clearInterval(sampling);
    const afterMb = await residentMb(child.pid!);
    say(
      `idle ${round(idleMb, 0)} MB, at most ${round(peakMb, 0)} MB, after ${commands} commands ${round(afterMb, 0)} MB`,
    );
    child.send('check');
    const [{ checks }] = await once(child, 'message');
    await once(child, 'exit');
    return {
      figures: {
        commands,
        idleMb: round(idleMb, 0),
        peakMb: round(peakMb, 0),
        residentMb: round(afterMb, 0),
      },
      ratios: { residentToIdle: round(afterMb / idleMb) },
      checks,
    };
  });
