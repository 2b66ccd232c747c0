import { fork } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createProjector } from '../../src/engine/projector.ts';
import { readModels } from '../../src/projections/index.ts';
import { createRuntime } from '../../src/runtime.ts';
import { createPool } from '../../src/storage/database.ts';
import { asAdmin } from '../../src/storage/tenants.ts';
import type { Acknowledgement, LoadJob, LoadReport } from '../faults/load-process.ts';
import { type Installation, masterKey } from './installation.ts';
import { tableRows } from './tables.ts';

const moreTimeoutMs = 120_000;
const catchUpTimeoutMs = 20_000;

type Log = Pick<Installation, 'databaseUrl' | 'tenantId'>;

export interface Load {
  readonly file: string;
  readonly prefix: string;
  /** Waits until so many more commands are acknowledged than are now. */
  readonly more: (count: number) => Promise<void>;
  /** Waits until all commands are sent that were to be. */
  readonly done: Promise<LoadReport>;
  /** Sends no further command and waits until those under way are acknowledged. */
  readonly finish: () => Promise<LoadReport>;
}

/** Starts the load generator, a process of its own. */
export function startLoad(
  { cluster, apis, token }: Installation,
  { prefix, writers = 8, ...job }: Pick<LoadJob, 'prefix'> & Partial<LoadJob>,
): Load {
  const file = join(cluster.dataDir, `${prefix}.ndjson`);
  const urls = apis.map(({ url }) => url);
  const child = fork(join(import.meta.dirname, '../faults/load-process.ts'));
  child.send({ urls, token, file, prefix, writers, ...job } satisfies LoadJob);
  let acknowledged = 0;
  let ended = false;
  const done = new Promise<LoadReport>((resolve, reject) => {
    child.on('message', (message: number | LoadReport) => {
      if (typeof message === 'number') acknowledged = message;
      else resolve(message);
    });
    child.on('exit', () => {
      ended = true;
      reject(new Error('The load generator ended without a report.'));
    });
  });
  done.catch(() => undefined);
  return {
    file,
    prefix,
    done,
    more: async (count) => {
      const wanted = acknowledged + count;
      const giveUpAt = performance.now() + moreTimeoutMs;
      while (acknowledged < wanted && !ended) {
        if (performance.now() > giveUpAt) throw new Error('The load is stuck.');
        await sleep(10);
      }
    },
    finish: async () => {
      if (child.connected) child.send('stop', () => undefined);
      return done;
    },
  };
}

/** What became of a load. */
export interface Account {
  /** What it did to the log. */
  readonly effects: number;
  /** Acknowledged commands that the log does not have where it said. */
  readonly lost: number;
  /** Effects that are in the log more than once. */
  readonly doubled: number;
  /** Commands never acknowledged, and positions that read models never came to. */
  readonly stuck: number;
}

/** Compares what was acknowledged with the log. */
export async function accountOf(
  { databaseUrl, tenantId }: Log,
  { file, prefix, finish }: Load,
): Promise<Account> {
  const report = await finish();
  if (report.refused.length > 0) throw new Error(report.refused[0]);
  const lines = (await readFile(file, 'utf8')).trim().split('\n');
  const acknowledgements = lines.map((line) => JSON.parse(line) as Acknowledgement);
  const behind = await catchUp({ databaseUrl, tenantId });
  return asAdmin(databaseUrl, async (client) => {
    const { rows: effects } = await client.query(
      `select data->>'name' as name, stream, version, position::integer from log.event
       where tenant_id = $1 and type in ('CompetitorRegistered', 'CompetitorRenamed') and data->>'name' like $2`,
      [tenantId, `${prefix} %`],
    );
    const { rows: heads } = await client.query(
      `select h.position::integer as head, count(e.position)::integer as events, count(distinct (e.stream, e.version))::integer as versions
       from log.head h left join log.event e using (tenant_id) where h.tenant_id = $1 group by h.position`,
      [tenantId],
    );
    const { head, events, versions } = heads[0];
    const byName = Map.groupBy(effects, ({ name }) => name as string);
    const isLost = ({ name, stream, version, position }: Acknowledgement) =>
      !byName
        .get(name)
        ?.some((row) => row.stream === stream && row.version <= version && row.position <= position);
    const positions = new Map<string, Set<number>>();
    for (const { name, position } of acknowledgements)
      positions.set(name, (positions.get(name) ?? new Set()).add(position));
    const contradictions = [...positions.values()].filter(({ size }) => size > 1).length;
    return {
      effects: effects.length,
      lost: acknowledgements.filter(isLost).length + Math.abs(head - events),
      doubled: effects.length - byName.size + (events - versions) + contradictions,
      stuck: report.stuck.length + behind,
    };
  });
}

/** What an account of a load must be. */
export const intact = { lost: 0, doubled: 0, stuck: 0 };

/** Waits for the read models to come where the log ends now; answers how many positions they lack when they do not. */
export async function catchUp({ databaseUrl, tenantId }: Log, timeoutMs = catchUpTimeoutMs): Promise<number> {
  const giveUpAt = performance.now() + timeoutMs;
  return asAdmin(databaseUrl, async (client) => {
    const { rows: heads } = await client.query('select position from log.head where tenant_id = $1', [
      tenantId,
    ]);
    for (;;) {
      const { rows } = await client.query(
        'select coalesce(min(position), 0) as position from read.lane where tenant_id = $1',
        [tenantId],
      );
      const behind = Number(heads[0].position) - Number(rows[0].position);
      if (behind <= 0 || performance.now() > giveUpAt) return Math.max(0, behind);
      await sleep(20);
    }
  });
}

/** How many rows of the read models differ from what a rebuild makes of the log; nobody else may be at work. */
export async function rowsUnlikeRebuild({ databaseUrl, tenantId }: Log, key = masterKey): Promise<number> {
  const pool = createPool({ databaseUrl, connections: 4, name: 'faults' });
  const runtime = createRuntime({ pool, masterKey: key });
  try {
    const projector = createProjector({ pool, read: runtime.read, models: readModels });
    await projector.advance(tenantId);
    const live = await tableRows({ pool, tenantId });
    await projector.rebuild(tenantId);
    await projector.advance(tenantId);
    const rebuilt = await tableRows({ pool, tenantId });
    return [...live].reduce(
      (sum, [name, rows]) => sum + new Set(rows).symmetricDifference(new Set(rebuilt.get(name))).size,
      0,
    );
  } finally {
    await runtime.dispatcher.close();
    await pool.end();
  }
}
