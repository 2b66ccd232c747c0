import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Pool } from 'pg';
import { readConfig } from '../config.ts';
import { createAccesses } from '../engine/accesses.ts';
import { now } from '../engine/clock.ts';
import { withLog } from '../engine/ledger.ts';
import { damageKinds, type Verification, verifyLog } from '../engine/verification.ts';
import { createPool } from '../storage/database.ts';
import { createDigests, type Digests } from '../storage/digests.ts';
import { exportLog } from '../storage/ledger-export.ts';
import { listTenants } from '../storage/tenants.ts';
import { operator } from './operator.ts';

interface Chosen {
  readonly tenant?: string | undefined;
  readonly json?: boolean | undefined;
}

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Works on the tenant that was named, or on each of them. */
async function eachTenant(
  databaseUrl: string,
  { tenant }: Chosen,
  work: (tenantId: string, pool: Pool, digests: Digests) => Promise<void>,
): Promise<void> {
  const tenants = (await listTenants(databaseUrl)).map(({ tenantId }) => tenantId);
  const chosen = tenant === undefined ? tenants : tenants.filter((tenantId) => tenantId === tenant);
  if (tenant !== undefined && chosen.length === 0) throw new Error(`There is no tenant ${tenant}`);
  const pool = createPool({ databaseUrl, connections: 2, name: 'stave cli' });
  try {
    const digests = createDigests({ pool, now, ...readConfig().digests });
    for (const tenantId of chosen) await work(tenantId, pool, digests);
  } finally {
    await pool.end();
  }
}

function report(tenantId: string, found: Verification, seconds: number): readonly string[] {
  const { intact, through, events, blocks, signedThrough, damages, damageCount } = found;
  const rate = Math.round(events / seconds);
  const where = `positions 1 to ${through} in ${blocks} blocks, signed through ${signedThrough}`;
  const hidden = damageCount - damages.length;
  return [
    `${tenantId}  ${intact ? 'intact' : 'damaged'}  ${where}, ${rate} events/s`,
    ...damages.map(({ kind, first, last }) => {
      const range = first === last ? `${first}` : `${first} to ${last}`;
      return `  ${kind} at ${range}: ${damageKinds[kind]}`;
    }),
    ...(hidden > 0 ? [`  … ${damageCount} findings altogether`] : []),
  ];
}

/** Checks logs against their hashes, receipts and digests; the process ends with 1 when one is damaged. */
export const verifyTenants = (databaseUrl: string, chosen: Chosen): Promise<void> =>
  eachTenant(databaseUrl, chosen, async (tenantId, pool, digests) => {
    const started = performance.now();
    const found = await withLog(pool, tenantId, (log) =>
      verifyLog(log, tenantId, { digests: digests.read(tenantId), receipts: true }),
    );
    if (!found) return;
    const seconds = (performance.now() - started) / 1_000;
    if (chosen.json) print(JSON.stringify({ tenantId, ...found, seconds }));
    else report(tenantId, found, seconds).forEach(print);
    if (!found.intact) process.exitCode = 1;
  });

/** Signs what was appended to logs since their last digests. */
export const signTenants = (databaseUrl: string, chosen: Chosen): Promise<void> =>
  eachTenant(databaseUrl, chosen, async (tenantId, _, digests) => {
    const digest = (await digests.write(tenantId)) ?? (await digests.last(tenantId));
    print(
      digest ? `${tenantId}  ${digest.position}  ${digest.hash}  ${digest.signedAt}` : `${tenantId}  nothing`,
    );
  });

/** Writes a tenant's log as NDJSON into a file, or to standard output, and leaves a trace of it. */
export const exportTenant = (databaseUrl: string, tenant: string, file: string | undefined): Promise<void> =>
  eachTenant(databaseUrl, { tenant }, async (tenantId, pool) => {
    await createAccesses(pool).record({ actor: operator(tenantId), operation: 'export', subjects: [] });
    await withLog(pool, tenantId, async (log) => {
      const lines = Readable.from(exportLog(log, tenantId, now()));
      if (file === undefined) await pipeline(lines, process.stdout, { end: false });
      else await pipeline(lines, createWriteStream(file, { flags: 'wx', mode: 0o600 }));
    });
  });
