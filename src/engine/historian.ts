import type { Pool, PoolClient } from 'pg';
import { isDataFault } from './dispatcher/faults.ts';
import type { RecordedEvent } from './event.ts';
import { type EventReader, readAfter } from './log.ts';
import {
  concerns,
  foldEvent,
  isAppendOnly,
  keysOf,
  keyText,
  type ReadModel,
  type Row,
} from './read-model.ts';
import { inTenant } from './tenant-transaction.ts';
import { type EndedVersion, loadPresent, type RowVersion, saveVersions } from './versions.ts';

export interface Historian {
  /**
   * Keeps what the events up to a position make of the named models, of all when none is named. `goOn` is asked after
   * each step, with the time that it took.
   */
  readonly advance: (
    tenantId: string,
    upTo: number,
    models?: readonly ReadModel[],
    goOn?: (tookMs: number) => Promise<boolean>,
  ) => Promise<void>;
  /** Removes what is kept of a tenant, so that it is folded again from the log as it reads now; answers held are void. */
  readonly forget: (tenantId: string) => Promise<void>;
  /** Lets models that stopped try again. */
  readonly resume: (tenantId: string) => Promise<void>;
}

export interface HistorianOptions {
  readonly pool: Pool;
  readonly read: EventReader;
  readonly models: readonly ReadModel[];
  readonly batchSize?: number;
}

/** What one model makes of some events: the versions that ended and began, and the error that stopped it. */
interface Chapter {
  readonly ended: readonly EndedVersion[];
  readonly added: readonly RowVersion[];
  readonly stop?: { readonly before: number; readonly error: Error };
}

interface Begun {
  readonly row: Row;
  readonly since: number;
}

/** Folds events one by one over the present rows, and notes each version of a row that comes of it. */
function tell(
  model: ReadModel,
  rows: Map<string, Row | undefined>,
  events: readonly RecordedEvent[],
): Chapter {
  const ended = new Map<string, EndedVersion>();
  const added: RowVersion[] = [];
  const stored = new Set(rows.keys());
  const begun = new Map<string, Begun | undefined>();
  const present = (): readonly RowVersion[] =>
    [...begun.values()].flatMap((version) => (version ? [{ ...version, until: undefined }] : []));
  for (const event of events) {
    const { position } = event;
    const set = { rows, changed: new Map<string, Row>() };
    try {
      foldEvent(model, set, event);
    } catch (error) {
      return {
        ended: [...ended.values()],
        added: [...added, ...present()],
        stop: { before: position, error: error as Error },
      };
    }
    for (const [text, key] of set.changed) {
      const version = begun.get(text);
      if (version && version.since < position) added.push({ ...version, until: position });
      if (!begun.has(text) && stored.has(text)) ended.set(text, { key, until: position });
      const row = rows.get(text);
      begun.set(text, row && { row, since: position });
    }
  }
  return { ended: [...ended.values()], added: [...added, ...present()] };
}

/**
 * Keeps every version of every row of the read models, behind cursors of its own. What the log says up to a position
 * is there for good, so that a query sees the rows of that position by a condition alone.
 */
export function createHistorian({ pool, read, batchSize = 200, ...options }: HistorianOptions): Historian {
  const models = options.models.filter((model) => !isAppendOnly(model));
  const prepared = new Set<string>();
  const swept = new Set<string>();

  let turn: Promise<unknown> = Promise.resolve();
  /** One step at a time in a process: those who wait hold no connection. Answers the time that the work took, too. */
  function inTurn<T>(work: () => Promise<T>): Promise<readonly [result: T, tookMs: number]> {
    const timed = async () => {
      const begun = performance.now();
      return [await work(), performance.now() - begun] as const;
    };
    const result = turn.then(timed, timed);
    turn = result;
    return result;
  }

  async function prepare(tenantId: string): Promise<void> {
    if (prepared.has(tenantId)) return;
    await pool.query(
      `insert into past.cursor (tenant_id, model, version) select $1, * from unnest($2::text[], $3::integer[])
       on conflict do nothing`,
      [tenantId, models.map(({ name }) => name), models.map(({ version }) => version)],
    );
    prepared.add(tenantId);
  }

  /** One transaction: folds the next events into those of the models that are furthest behind; answers whether more are left. */
  async function step(
    tenantId: string,
    asked: readonly ReadModel[],
    upTo: number,
    limit: number,
  ): Promise<boolean> {
    const byName = new Map(asked.map((model) => [model.name, model]));
    return inTenant(pool, tenantId, async (client) => {
      await client.query('set local enable_sort = off');
      const { rows: cursors } = await client.query(
        `select model, position::float8 as position from past.cursor
         where tenant_id = $1 and (model, version) in (select * from unnest($2::text[], $3::integer[])) and error is null
         order by model for update`,
        [tenantId, asked.map(({ name }) => name), asked.map(({ version }) => version)],
      );
      const behind: readonly number[] = cursors
        .map(({ position }) => position)
        .filter((position) => position < upTo);
      if (behind.length === 0) return false;
      const lowest = Math.min(...behind);
      const next = Math.min(upTo, ...behind.filter((position) => position > lowest));
      const group = cursors
        .filter(({ position }) => position === lowest)
        .map(({ model }) => byName.get(model)!);
      const types = [...new Set(group.flatMap(({ on }) => Object.keys(on)))];
      const events = await readAfter(client, read, tenantId, lowest, limit, { types, upTo: next });
      const reached = events.length < limit ? next : events.at(-1)!.position;
      const present = new Set(events.map(({ type }) => type));
      for (const model of group) {
        const stop = concerns(model, present) ? await fold(client, tenantId, model, events) : undefined;
        await client.query(
          'update past.cursor set position = $4, error = $5 where tenant_id = $1 and model = $2 and version = $3',
          [
            tenantId,
            model.name,
            model.version,
            stop ? stop.before - 1 : reached,
            stop?.error.message ?? null,
          ],
        );
      }
      return true;
    });
  }

  async function fold(
    client: PoolClient,
    tenantId: string,
    model: ReadModel,
    events: readonly RecordedEvent[],
  ) {
    const keys = new Map<string, Row>();
    let stop: Chapter['stop'];
    for (const event of events) {
      try {
        for (const key of keysOf(model, event)) keys.set(keyText(model.key, key), key);
      } catch (error) {
        stop = { before: event.position, error: error as Error };
        break;
      }
    }
    const told = events.filter(({ position }) => !stop || position < stop.before);
    const rows = await loadPresent(client, model, tenantId, [...keys.values()]);
    const chapter = tell(model, rows, told);
    await saveVersions(client, model, tenantId, chapter.ended, chapter.added);
    return chapter.stop ?? stop;
  }

  const halt = (tenantId: string, { name, version }: ReadModel, error: Error) =>
    pool.query('update past.cursor set error = $4 where tenant_id = $1 and model = $2 and version = $3', [
      tenantId,
      name,
      version,
      error.message,
    ]);

  /** A row that the database refuses stops its model alone: the step is done again with fewer models, then fewer events. */
  async function carefully(
    tenantId: string,
    asked: readonly ReadModel[],
    upTo: number,
    limit: number,
  ): Promise<boolean> {
    try {
      return await step(tenantId, asked, upTo, limit);
    } catch (error) {
      if (!isDataFault(error)) throw error;
      if (asked.length > 1) {
        for (const model of asked) await carefully(tenantId, [model], upTo, limit);
      } else if (limit > 1) await carefully(tenantId, asked, upTo, Math.ceil(limit / 2));
      else await halt(tenantId, asked[0]!, error as Error);
      return true;
    }
  }

  async function advance(
    tenantId: string,
    upTo: number,
    asked: readonly ReadModel[] = models,
    goOn: (tookMs: number) => Promise<boolean> = async () => true,
  ): Promise<void> {
    const kept = asked.filter((model) => !isAppendOnly(model));
    if (kept.length === 0) return;
    await prepare(tenantId);
    for (;;) {
      const [more, tookMs] = await inTurn(() => carefully(tenantId, kept, upTo, batchSize));
      if (!more) break;
      if (!(await goOn(tookMs))) return;
    }
    if (asked === models) await sweep(tenantId);
  }

  /** Removes what former folds made, once theirs is made by the present ones. */
  async function sweep(tenantId: string): Promise<void> {
    if (swept.has(tenantId)) return;
    await inTenant(pool, tenantId, async (client) => {
      await client.query('set local statement_timeout = 0');
      for (const { name, version } of models) {
        const key = [tenantId, name, version];
        const { rowCount } = await client.query(
          'delete from past.cursor where tenant_id = $1 and model = $2 and version < $3',
          key,
        );
        if (rowCount)
          await client.query(`delete from past."${name}" where tenant_id = $1 and generation < $2`, [
            tenantId,
            version,
          ]);
      }
    });
    swept.add(tenantId);
  }

  async function forget(tenantId: string): Promise<void> {
    await inTenant(pool, tenantId, async (client) => {
      await client.query('set local statement_timeout = 0');
      await client.query('select from past.cursor where tenant_id = $1 order by model for update', [
        tenantId,
      ]);
      for (const { name } of models)
        await client.query(`delete from past."${name}" where tenant_id = $1`, [tenantId]);
      await client.query('update past.cursor set position = 0, error = null where tenant_id = $1', [
        tenantId,
      ]);
      await client.query(
        `insert into past.epoch (tenant_id, epoch) values ($1, 1)
         on conflict (tenant_id) do update set epoch = past.epoch.epoch + 1`,
        [tenantId],
      );
    });
  }

  async function resume(tenantId: string): Promise<void> {
    await pool.query('update past.cursor set error = null where tenant_id = $1', [tenantId]);
  }

  return { advance, forget, resume };
}
