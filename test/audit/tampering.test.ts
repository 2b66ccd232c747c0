import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withLog } from '../../src/engine/ledger.ts';
import { type Damage, verifyLog } from '../../src/engine/verification.ts';
import { createTenant } from '../../src/storage/tenants.ts';
import { full, note } from '../support/figures.ts';
import { exportTo, fillLog, type Ledger, openLedger, randomFrom, runVerifier } from '../support/ledger.ts';
import { type Place, tamperings } from '../support/tamper.ts';

const rounds = full ? 27 : 3;
const intactEvents = full ? 1_000_000 : 10_000;
const kinds = Object.keys(tamperings);

/** Whether the first finding lies at the place, and so names what was tampered with, or its block. */
const isLocated = (damages: readonly Damage[], [first, last]: Place): boolean =>
  damages[0] !== undefined && damages[0].first <= last && damages[0].last >= first;

describe('tampering by a superuser', () => {
  let ledger: Ledger;
  let head: number;
  let keyFile: string;
  let located = 0;

  beforeAll(async () => {
    ledger = await openLedger();
    for (const seed of [1, 2, 3]) {
      await fillLog(ledger.pool, ledger.tenantId, 100, seed);
      await ledger.sign();
    }
    const digest = await ledger.digests.last(ledger.tenantId);
    head = digest!.position;
    keyFile = join(ledger.folder, `${digest!.key}.pem`);
  });
  afterAll(() => ledger.close());

  /** What both verifiers find after a tampering, which is then undone. */
  async function findingsAfter(kind: string, seed: number) {
    const { admin, tenantId, digests, folder, digestFile } = ledger;
    await admin.query('begin');
    try {
      await admin.query(
        'alter table log.event disable trigger user; alter table log.block disable trigger user',
      );
      const place = await tamperings[kind]!(admin, { tenantId, head, random: randomFrom(seed) });
      const found = await verifyLog(admin, tenantId, { digests: digests.read(tenantId), receipts: true });
      const file = join(folder, 'export.ndjson');
      await exportTo(file, admin, tenantId);
      const alone = await runVerifier(file, digestFile, keyFile);
      return { place, found: found!.damages, alone: alone.damages, code: alone.code };
    } finally {
      await admin.query('rollback');
    }
  }

  test.each(kinds)('of %s is found, and where', { timeout: 120_000 }, async (kind) => {
    for (let round = 0; round < rounds; round++) {
      const { place, found, alone, code } = await findingsAfter(kind, 1_000 * kinds.indexOf(kind) + round);
      for (const damages of [found, alone])
        expect(isLocated(damages, place), JSON.stringify({ place, damages: damages.slice(0, 5) })).toBe(true);
      expect(code).toBe(1);
      located += 1;
    }
  });

  test('that did not happen is not found', { timeout: 600_000 }, async (context) => {
    const { databaseUrl, pool, digests, folder } = ledger;
    const tenantId = await createTenant(databaseUrl, 'Intact');
    await fillLog(pool, tenantId, intactEvents, 1, 20);
    const digest = await digests.write(tenantId);
    const started = performance.now();
    const found = await withLog(pool, tenantId, (log) =>
      verifyLog(log, tenantId, { digests: digests.read(tenantId), receipts: true }),
    );
    const rate = Math.round(found!.events / ((performance.now() - started) / 1_000));
    const falseAlarms = found!.damages.length;
    note(context, 'tampering', { tampered: rounds * kinds.length, located, intactEvents, falseAlarms });
    note(context, 'verification', { events: found!.events, perSecond: rate });
    expect(found).toMatchObject({
      intact: true,
      complete: true,
      damages: [],
      signedThrough: digest!.position,
    });
    const file = join(folder, 'intact.ndjson');
    await withLog(pool, tenantId, (log) => exportTo(file, log, tenantId));
    const alone = await runVerifier(file, join(folder, `${tenantId}.jws`), keyFile);
    expect(alone).toMatchObject({ code: 0, damages: [], whole: { events: found!.events } });
  });
});
