import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { asAdmin } from '../../storage/tenants.ts';
import { type DemoParameters, demoTenantId } from './world.ts';

const retryMs = 500;

/** Waits until no other process loads the same demo; answers how to let others go on. */
async function lockLoad(
  databaseUrl: string,
  tenantId: string,
  signal: AbortSignal,
): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: databaseUrl });
  client.on('error', () => undefined);
  const release = () => client.end().catch(() => undefined);
  try {
    await client.connect();
    for (;;) {
      const { rows } = await client.query('select pg_try_advisory_lock(hashtextextended($1, 0)) as held', [
        `demo ${tenantId}`,
      ]);
      if (rows[0].held) return release;
      await sleep(retryMs, undefined, { signal });
    }
  } catch (error) {
    await release();
    throw error;
  }
}

/** A load as it was begun, and the last day that was told to its end. */
export interface Begun {
  readonly parameters: DemoParameters;
  readonly toldUntil: string | undefined;
}

/** Keeps the parameters of a load that begins; answers those of the one that began before, unless that is complete. */
const beginLoad = (databaseUrl: string, { seed, scale, weeks, today }: DemoParameters) =>
  asAdmin(databaseUrl, async (client): Promise<Begun & { complete: boolean }> => {
    const tenantId = demoTenantId(seed);
    await client.query(
      `insert into jobs.demo (tenant_id, seed, scale, weeks, today) values ($1, $2, $3, $4, $5)
       on conflict (tenant_id) do nothing`,
      [tenantId, seed, scale, weeks, today],
    );
    const { rows } = await client.query(
      `select scale, weeks, today::text as today, told_until::text as told_until, finished_at is not null as complete
       from jobs.demo where tenant_id = $1`,
      [tenantId],
    );
    const { complete, told_until: toldUntil, ...known } = rows[0];
    return { parameters: { seed, ...known }, toldUntil: toldUntil ?? undefined, complete };
  });

/** Keeps that a day was told to its end. */
export const noteTold = (databaseUrl: string, tenantId: string, day: string): Promise<unknown> =>
  asAdmin(databaseUrl, (client) =>
    client.query('update jobs.demo set told_until = $2 where tenant_id = $1', [tenantId, day]),
  );

const finishLoad = (databaseUrl: string, tenantId: string): Promise<unknown> =>
  asAdmin(databaseUrl, (client) =>
    client.query('update jobs.demo set finished_at = now() where tenant_id = $1', [tenantId]),
  );

export interface Remembered<T> {
  readonly parameters: DemoParameters;
  /** Undefined when the load was complete before. */
  readonly result: T | undefined;
}

/** Loads a demo at most once, in one process at a time; one that was broken off goes on with what it began with. */
export async function once<T>(
  databaseUrl: string,
  wanted: DemoParameters,
  signal: AbortSignal,
  load: (begun: Begun) => Promise<T>,
): Promise<Remembered<T>> {
  const tenantId = demoTenantId(wanted.seed);
  const unlock = await lockLoad(databaseUrl, tenantId, signal);
  try {
    const { complete, ...begun } = await beginLoad(databaseUrl, wanted);
    const { parameters } = begun;
    if (complete) return { parameters, result: undefined };
    const result = await load(begun);
    await finishLoad(databaseUrl, tenantId);
    return { parameters, result };
  } finally {
    await unlock();
  }
}
