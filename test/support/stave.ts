import type { Actor } from '../../src/engine/decision.ts';
import type { NewEvent } from '../../src/engine/event.ts';
import type { Outcome } from '../../src/engine/outcome.ts';
import { createProjector, type Projector } from '../../src/engine/projector.ts';
import { readModels } from '../../src/projections/index.ts';
import { commandsByName, createRuntime, type Runtime } from '../../src/runtime.ts';
import { createPool } from '../../src/storage/database.ts';
import { createTenant } from '../../src/storage/tenants.ts';
import { freshDatabase } from './database.ts';

export interface Stave extends Runtime {
  readonly databaseUrl: string;
  readonly tenantId: string;
  readonly projector: Projector;
  /** Executes a command as the system, or as somebody else. */
  readonly run: (
    command: string,
    input: Readonly<Record<string, unknown>>,
    more?: RunOptions,
  ) => Promise<Outcome>;
  readonly close: () => Promise<void>;
}

export interface RunOptions {
  readonly actor?: Partial<Actor>;
  readonly key?: string;
  readonly fingerprint?: string;
  readonly ifMatch?: number;
  readonly dryRun?: boolean;
}

/** The engine over a database of the test's own, with one tenant. */
export async function startStave(options: { readonly clock?: () => string } = {}): Promise<Stave> {
  const { url, drop } = await freshDatabase();
  const tenantId = await createTenant(url, 'Test');
  const pool = createPool({ databaseUrl: url, connections: 8, name: 'test' });
  const runtime = createRuntime({ pool, masterKey: 'test', ...options });
  const projector = createProjector({ pool, read: runtime.read, models: readModels });
  const system: Actor = { tenantId, kind: 'system', name: 'test', credentialId: 'test', roles: [] };
  return {
    ...runtime,
    databaseUrl: url,
    tenantId,
    projector,
    run: (name, input, { actor, ...more } = {}) => {
      const command = commandsByName.get(name);
      if (!command) throw new Error(`There is no command ${name}`);
      return runtime.dispatcher.execute({
        actor: { ...system, ...actor },
        command,
        input,
        source: 'test',
        ...more,
      });
    },
    close: async () => {
      await runtime.dispatcher.close();
      await pool.end();
      await drop();
    },
  };
}

/** Appends events that no command made, as the first ones of a fresh stream. */
export async function seed(stave: Stave, stream: string, ...events: readonly NewEvent[]): Promise<void> {
  const { append } = await import('../../src/engine/log.ts');
  const { v7 } = await import('../../src/engine/clock.ts');
  const commandId = v7();
  const client = await stave.pool.connect();
  try {
    const { rows } = await client.query(
      'select coalesce(max(version), 0)::integer as version from log.load($1, $2), json_to_recordset(events) as e(version integer)',
      [stave.tenantId, [stream]],
    );
    const before: number = rows[0]?.version ?? 0;
    const { rows: tokens } = await client.query(
      "select e->>'command_id' as token from log.load($1, $2), json_array_elements(coalesce(events, '[]'::json)) as e order by (e->>'version')::integer desc limit 1",
      [stave.tenantId, [stream]],
    );
    const pending = events.map((event, index) => ({
      tenantId: stave.tenantId,
      stream,
      version: before + index + 1,
      type: event.type,
      schemaVersion: 1,
      data: event.data,
      actor: 'system/test',
      credential: null,
      commandId,
      correlationId: null,
      causationPosition: null,
      source: 'test',
      occurredAt: event.when?.occurredAt ?? '2026-03-01T00:00:00.000Z',
      effectiveOn: event.when?.effectiveOn ?? '2026-03-01',
    }));
    const result = await append(
      client,
      stave.tenantId,
      [
        {
          key: commandId,
          fingerprint: null,
          commandId,
          stream,
          version: before + events.length,
          record: true,
          events: pending,
          dependsOn: new Set(),
        },
      ],
      [{ stream, version: before, token: tokens[0]?.token ?? null, ords: [0] }],
    );
    if (result.leftOut.size > 0) throw new Error('The seed was refused');
  } finally {
    client.release();
  }
}
