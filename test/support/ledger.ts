import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg, { type Pool } from 'pg';
import { now, v7 } from '../../src/engine/clock.ts';
import { append, type Connection, type PendingCommand } from '../../src/engine/log.ts';
import type { Damage } from '../../src/engine/verification.ts';
import { createPool } from '../../src/storage/database.ts';
import { createDigests, type Digests } from '../../src/storage/digests.ts';
import { exportLog } from '../../src/storage/ledger-export.ts';
import { createTenant } from '../../src/storage/tenants.ts';
import { freshDatabase } from './database.ts';

/** Numbers between 0 and 1 that are the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const texts = ['plain', 'Zürich "Süd"', 'back\\slash', 'tab\tline\u2028', 'emoji 🪣', 'nul-free \u0001', ''];
const odd = [0, -0, 1.5e-7, 1e21, 0.1, 2 ** 53, true, null, [1, [2]], { b: 1, a: { z: '', y: [] } }];

/** Appends about so many events, as the dispatcher does: blocks of several commands, which write to several streams. */
export async function fillLog(
  connection: Connection,
  tenantId: string,
  count: number,
  seed = 1,
  perBlock = 6,
) {
  const random = randomFrom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const versions = new Map<string, number>();
  for (let appended = 0; appended < count; ) {
    const commands = Array.from({ length: 1 + below(perBlock / 2) }, (): PendingCommand => {
      const commandId = v7();
      const streams = Array.from({ length: 1 + below(3) }, () => `note-${seed}/${below(count / 5)}`);
      const events = streams.map((stream) => {
        const version = (versions.get(stream) ?? 0) + 1;
        versions.set(stream, version);
        return {
          tenantId,
          stream,
          version,
          type: `Noted${below(3)}`,
          schemaVersion: 1 + below(2),
          data: { text: texts[below(texts.length)], odd: odd[below(odd.length)], number: below(1_000) },
          actor: `person/${below(9)}`,
          credential: below(2) ? 'key' : null,
          commandId,
          correlationId: below(3) ? null : 'their “reference”',
          causationPosition: below(4) ? null : 1 + below(appended + 1),
          source: 'test',
          occurredAt: new Date(Date.UTC(2026, 2, 1) + below(1e9)).toISOString(),
          effectiveOn: '2026-03-01',
        };
      });
      appended += events.length;
      const last = events.at(-1)!;
      return {
        key: commandId,
        fingerprint: null,
        commandId,
        stream: last.stream,
        version: last.version,
        record: true,
        events,
        dependsOn: new Set(),
      };
    });
    const { leftOut } = await append(connection, tenantId, commands, []);
    if (leftOut.size > 0) throw new Error('The log refused to be filled');
  }
}

export interface Ledger {
  readonly databaseUrl: string;
  readonly tenantId: string;
  readonly pool: Pool;
  /** A superuser's connection. */
  readonly admin: pg.Client;
  readonly digests: Digests;
  readonly folder: string;
  readonly digestFile: string;
  /** Adds a digest. */
  readonly sign: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** A database with an empty log, and a folder for its digests. */
export async function openLedger(): Promise<Ledger> {
  const { url: databaseUrl, drop } = await freshDatabase();
  const tenantId = await createTenant(databaseUrl, 'Test');
  const pool = createPool({ databaseUrl, connections: 4, name: 'ledger test' });
  const admin = new pg.Client({ connectionString: databaseUrl });
  await admin.connect();
  const folder = await mkdtemp(join(tmpdir(), 'stave-ledger-'));
  const digests = createDigests({ pool, now, folder, keyFile: join(folder, 'secret', 'key.pem') });
  return {
    databaseUrl,
    tenantId,
    pool,
    admin,
    digests,
    folder,
    digestFile: join(folder, `${tenantId}.jws`),
    sign: async () => {
      await digests.write(tenantId);
    },
    close: async () => {
      await admin.end();
      await pool.end();
      await drop();
    },
  };
}

export interface StandAlone {
  readonly code: number;
  readonly damages: readonly Damage[];
  readonly whole: Readonly<Record<string, unknown>>;
  readonly error: string;
}

/** What the stand-alone verifier finds. */
export function runVerifier(...files: readonly string[]): Promise<StandAlone> {
  return new Promise((resolve) => {
    const parameters = ['tools/verify-ledger.mjs', ...files];
    execFile(process.execPath, parameters, { maxBuffer: 2 ** 28 }, (failure, output, error) => {
      const lines = output.trim().split('\n').filter(Boolean);
      const found = lines.map((line) => JSON.parse(line));
      const code = failure ? Number(failure.code) : 0;
      resolve({ code, damages: found.filter(({ kind }) => kind), whole: found.at(-1) ?? {}, error });
    });
  });
}

/** Writes the log as the connection sees it. */
export async function exportTo(file: string, connection: Connection, tenantId: string): Promise<void> {
  await pipeline(Readable.from(exportLog(connection, tenantId, now())), createWriteStream(file));
}
