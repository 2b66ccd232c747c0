import type { Pool, PoolClient } from 'pg';
import type { RecordedEvent } from './event.ts';
import type { EventReader } from './log.ts';
import { readAfter } from './log.ts';
import { concerns, foldEvent, keysOf, keyText, type ReadModel, type Row, type RowSet } from './read-model.ts';
import { loadRows, saveRows } from './tables.ts';

export interface Projector {
  /** Folds what is new into all read models of a tenant, until nothing is left or a lane has stopped. */
  readonly advance: (tenantId: string, skipLocked?: boolean) => Promise<void>;
  /** Starts new generations of the named models, of all when none is named; `advance` fills them and cuts over. */
  readonly rebuild: (tenantId: string, models?: readonly string[]) => Promise<void>;
  /** Lets stopped lanes try again. */
  readonly resume: (tenantId: string) => Promise<void>;
}

export interface ProjectorOptions {
  readonly pool: Pool;
  readonly read: EventReader;
  readonly models: readonly ReadModel[];
  readonly batchSize?: number;
  /** Called inside the transaction with the rows that a batch changed. */
  readonly saved?: (client: PoolClient, tenantId: string, model: string) => Promise<void>;
  readonly advanced?: (tenantId: string, lane: string, position: number) => void;
  readonly stalled?: (tenantId: string, model: string, error: Error) => void;
}

interface Generation {
  readonly model: ReadModel;
  readonly generation: number;
  readonly live: boolean;
}

interface Lane {
  readonly lane: string;
  readonly position: number;
}

const mainLane = 'main';
const ownLane = (model: string, generation: number): string => `${model}@${generation}`;

/**
 * Moves read models along the log. All models of a lane change in one transaction with the lane's cursor, under the
 * lock of its row: the effect of an event is there exactly once, however often the worker was woken.
 */
export function createProjector(options: ProjectorOptions): Projector {
  const { pool, read, models } = options;
  const batchSize = options.batchSize ?? 1_000;
  const byName = new Map(models.map((model) => [model.name, model]));
  const prepared = new Set<string>();

  async function transaction<T>(tenantId: string, work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await pool.connect();
    let failed: Error | undefined;
    try {
      await client.query(`begin; select set_config('stave.tenant', '${tenantId}', true)`);
      const result = await work(client);
      await client.query('commit');
      return result;
    } catch (error) {
      await client.query('rollback').catch((broken: Error) => {
        failed = broken;
      });
      throw error;
    } finally {
      client.release(failed);
    }
  }

  const lockLane = async (
    client: PoolClient,
    tenantId: string,
    lane: string,
    skipLocked = false,
  ): Promise<Lane | undefined> => {
    const { rows } = await client.query(
      `select lane, position from read.lane where tenant_id = $1 and lane = $2 and error is null
       for update ${skipLocked ? 'skip locked' : ''}`,
      [tenantId, lane],
    );
    return rows[0] && { lane: rows[0].lane, position: Number(rows[0].position) };
  };

  const generationsIn = async (
    client: PoolClient,
    tenantId: string,
    lane: string,
  ): Promise<readonly Generation[]> => {
    const { rows } = await client.query(
      'select model, generation, version, live from read.generation where tenant_id = $1 and lane = $2',
      [tenantId, lane],
    );
    return rows.flatMap(({ model: name, generation, version, live }) => {
      const model = byName.get(name);
      return model && model.version === version ? [{ model, generation, live }] : [];
    });
  };

  /**
   * Gives every model of this program a generation of its version. One whose version changed fills a new generation
   * in a lane of its own, while the old one stays live, moved on only by programs that still have its fold.
   */
  async function prepare(tenantId: string): Promise<void> {
    if (prepared.has(tenantId)) return;
    await transaction(tenantId, async (client) => {
      await client.query('insert into read.lane (tenant_id, lane) values ($1, $2) on conflict do nothing', [
        tenantId,
        mainLane,
      ]);
      const { rows: locked } = await client.query(
        'select position from read.lane where tenant_id = $1 and lane = $2 for update',
        [tenantId, mainLane],
      );
      const main = Number(locked[0].position);
      const { rows } = await client.query(
        'select model, generation, version, lane, live from read.generation where tenant_id = $1',
        [tenantId],
      );
      for (const model of models) {
        const own = rows.filter((row) => row.model === model.name);
        if (own.some((row) => row.version === model.version)) continue;
        const live = own.find((row) => row.live);
        if (live?.lane === mainLane) {
          const lane = ownLane(model.name, live.generation);
          await client.query('insert into read.lane (tenant_id, lane, position) values ($1, $2, $3)', [
            tenantId,
            lane,
            main,
          ]);
          await client.query(
            'update read.generation set lane = $4 where tenant_id = $1 and model = $2 and generation = $3',
            [tenantId, model.name, live.generation, lane],
          );
        }
        const generation = Math.max(0, ...own.map((row) => row.generation)) + 1;
        await addGeneration(client, tenantId, model, generation, main, live === undefined);
      }
    });
    prepared.add(tenantId);
  }

  async function addGeneration(
    client: PoolClient,
    tenantId: string,
    model: ReadModel,
    generation: number,
    main: number,
    live: boolean,
  ): Promise<void> {
    const lane = main === 0 && live ? mainLane : ownLane(model.name, generation);
    await client.query('insert into read.lane (tenant_id, lane) values ($1, $2) on conflict do nothing', [
      tenantId,
      lane,
    ]);
    await client.query(
      'insert into read.generation (tenant_id, model, generation, version, lane, live) values ($1, $2, $3, $4, $5, $6)',
      [tenantId, model.name, generation, model.version, lane, live],
    );
  }

  /** Folds events in memory; answers how far it came and the error that stopped it. */
  async function foldModel(
    client: PoolClient,
    tenantId: string,
    { model, generation }: Generation,
    events: readonly RecordedEvent[],
  ) {
    const keys = new Map<string, Row>();
    let stop: { readonly before: number; readonly error: Error } | undefined;
    /** Does something for each event, up to the first that cannot be done. */
    const forEach = (work: (event: RecordedEvent) => void) => {
      for (const event of events) {
        if (stop && event.position >= stop.before) return;
        try {
          work(event);
        } catch (error) {
          stop = { before: event.position, error: error as Error };
        }
      }
    };
    forEach((event) => {
      for (const key of keysOf(model, event)) keys.set(keyText(model.key, key), key);
    });
    const rows = await loadRows(client, model, tenantId, generation, [...keys.values()]);
    const set: RowSet = { rows, changed: new Map() };
    forEach((event) => foldEvent(model, set, event));
    return { set, stop };
  }

  async function saveModel(
    client: PoolClient,
    tenantId: string,
    { model, generation }: Generation,
    set: RowSet,
  ): Promise<void> {
    if (set.changed.size === 0) return;
    const rows: Row[] = [];
    const removed: Row[] = [];
    for (const [text, key] of set.changed) {
      const row = set.rows.get(text);
      if (row) rows.push(row);
      else removed.push(key);
    }
    await saveRows(client, model, tenantId, generation, rows, removed);
    await options.saved?.(client, tenantId, model.name);
  }

  /** Moves one model out of its lane, to stand at a position by itself: stopped there when there is an error. */
  async function splitOff(
    client: PoolClient,
    tenantId: string,
    { model, generation }: Generation,
    position: number,
    error: string | null,
  ): Promise<void> {
    const lane = ownLane(model.name, generation);
    await client.query(
      `insert into read.lane (tenant_id, lane, position, error) values ($1, $2, $3, $4)
       on conflict (tenant_id, lane) do update set position = excluded.position, error = excluded.error`,
      [tenantId, lane, position, error],
    );
    await client.query(
      'update read.generation set lane = $4 where tenant_id = $1 and model = $2 and generation = $3',
      [tenantId, model.name, generation, lane],
    );
  }

  async function foldAll(
    client: PoolClient,
    tenantId: string,
    lane: Lane,
    generations: readonly Generation[],
    events: readonly RecordedEvent[],
  ): Promise<void> {
    const last = events.at(-1)!.position;
    const types = new Set(events.map(({ type }) => type));
    for (const entry of generations) {
      if (!concerns(entry.model, types)) continue;
      await client.query('savepoint model');
      try {
        const { set, stop } = await foldModel(client, tenantId, entry, events);
        await saveModel(client, tenantId, entry, set);
        if (stop) {
          await splitOff(client, tenantId, entry, stop.before - 1, stop.error.message);
          options.stalled?.(tenantId, entry.model.name, stop.error);
        }
        await client.query('release savepoint model');
      } catch (error) {
        if (!isRowFault(error)) throw error;
        await client.query('rollback to savepoint model');
        const stuck = events.length === 1 ? (error as Error) : undefined;
        if (lane.lane !== mainLane && !stuck) throw error;
        await splitOff(client, tenantId, entry, lane.position, stuck?.message ?? null);
        if (stuck) options.stalled?.(tenantId, entry.model.name, stuck);
      }
    }
    await client.query(
      'update read.lane set position = $3 where tenant_id = $1 and lane = $2 and error is null',
      [tenantId, lane.lane, last],
    );
    options.advanced?.(tenantId, lane.lane, last);
  }

  /** One transaction: locks the lane, folds up to `limit` events; answers how many there were. */
  const step = (tenantId: string, lane: string, limit: number, skipLocked: boolean): Promise<number> =>
    transaction(tenantId, async (client) => {
      const locked = await lockLane(client, tenantId, lane, skipLocked);
      if (!locked) return 0;
      const events = await readAfter(client, read, tenantId, locked.position, limit);
      if (events.length === 0) return 0;
      await foldAll(client, tenantId, locked, await generationsIn(client, tenantId, lane), events);
      return events.length;
    });

  async function follow(tenantId: string, lane: string, skipLocked: boolean): Promise<void> {
    let limit = batchSize;
    for (;;) {
      try {
        if ((await step(tenantId, lane, limit, skipLocked)) < limit) return;
        limit = batchSize;
      } catch (error) {
        if (!isRowFault(error) || limit === 1) throw error;
        limit = Math.ceil(limit / 2);
      }
    }
  }

  /** Takes a model that has caught up back into the main lane, and makes its generation the live one. */
  const rejoin = (tenantId: string, lane: string): Promise<boolean> =>
    transaction(tenantId, async (client) => {
      const main = await lockLane(client, tenantId, mainLane);
      const own = await lockLane(client, tenantId, lane);
      const [entry] = await generationsIn(client, tenantId, lane);
      if (!main || !own || !entry || main.position - own.position > batchSize || own.position > main.position)
        return false;
      if (main.position > own.position) {
        const events = await readAfter(client, read, tenantId, own.position, main.position - own.position);
        const { set, stop } = await foldModel(client, tenantId, entry, events);
        if (stop) return false;
        await saveModel(client, tenantId, entry, set);
      }
      const { rows: former } = await client.query(
        'delete from read.generation where tenant_id = $1 and model = $2 and generation < $3 returning generation, lane',
        [tenantId, entry.model.name, entry.generation],
      );
      await client.query(
        'update read.generation set live = true, lane = $4 where tenant_id = $1 and model = $2 and generation = $3',
        [tenantId, entry.model.name, entry.generation, mainLane],
      );
      await client.query('delete from read.lane where tenant_id = $1 and lane = any($2)', [
        tenantId,
        [lane, ...former.map((row) => row.lane)].filter((name) => name !== mainLane),
      ]);
      await client.query(`delete from read."${entry.model.name}" where tenant_id = $1 and generation < $2`, [
        tenantId,
        entry.generation,
      ]);
      return true;
    });

  async function advance(tenantId: string, skipLocked = false): Promise<void> {
    await prepare(tenantId);
    await follow(tenantId, mainLane, skipLocked);
    const { rows } = await pool.query(
      'select lane from read.lane where tenant_id = $1 and lane <> $2 and error is null order by lane',
      [tenantId, mainLane],
    );
    for (const { lane } of rows) {
      await follow(tenantId, lane, skipLocked);
      await rejoin(tenantId, lane);
    }
  }

  async function rebuild(
    tenantId: string,
    names: readonly string[] = models.map(({ name }) => name),
  ): Promise<void> {
    await prepare(tenantId);
    await transaction(tenantId, async (client) => {
      await client.query('select position from read.lane where tenant_id = $1 and lane = $2 for update', [
        tenantId,
        mainLane,
      ]);
      for (const name of names) {
        const model = byName.get(name);
        if (!model) throw new Error(`There is no read model ${name}`);
        const { rows } = await client.query(
          'select max(generation) as generation from read.generation where tenant_id = $1 and model = $2',
          [tenantId, name],
        );
        await addGeneration(client, tenantId, model, rows[0].generation + 1, 1, false);
      }
    });
  }

  async function resume(tenantId: string): Promise<void> {
    await transaction(tenantId, (client) =>
      client.query('update read.lane set error = null where tenant_id = $1', [tenantId]),
    );
  }

  return { advance, rebuild, resume };
}

/** Whether the database refused a row, as against being away. */
const isRowFault = (error: unknown): boolean =>
  /^(22|23|42|54)/.test(String((error as { code?: unknown })?.code ?? ''));
