import type { Pool, PoolClient } from 'pg';
import { v7 } from './clock.ts';
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
  /** Called when generations were made live, with the time that it took. */
  readonly cutOver?: (tenantId: string, models: readonly string[], milliseconds: number) => void;
}

interface Generation {
  readonly model: ReadModel;
  readonly generation: number;
  /** Another one whenever the generation changed its lane. */
  readonly stamp: string;
}

interface Lane {
  readonly lane: string;
  readonly position: number;
}

/** What a run of steps has in memory of its lane's tables, as they were after the last step. */
interface Memory {
  /** Where the lane stood then; another program may have moved it since. */
  position: number;
  readonly tables: Map<string, RememberedTable>;
}

/** How a step works: `careful` lets the others go on when the database refuses a row of one model. */
interface Manner {
  readonly memory: Memory;
  readonly careful: boolean;
}

interface RememberedTable {
  readonly rows: Map<string, Row | undefined>;
  /** Whether a row that is not here is nowhere: nothing was folded into the table before. */
  readonly complete: boolean;
}

const mainLane = 'main';
/** The lane of a former generation that nobody reads any more, until its rows are removed. */
const droppedLane = 'dropped';
const ownLane = (model: string, generation: number): string => `${model}@${generation}`;
const freshLane = (): string => `rebuild@${v7()}`;
const rebuildBatches = 2;
const rowsInMemoryMax = 50_000;

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
      await client.query(
        `begin; set local enable_sort = off; select set_config('stave.tenant', '${tenantId}', true)`,
      );
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
      'select model, generation, version, xmin::text as stamp from read.generation where tenant_id = $1 and lane = $2',
      [tenantId, lane],
    );
    return rows.flatMap(({ model: name, generation, version, stamp }) => {
      const model = byName.get(name);
      return model && model.version === version ? [{ model, generation, stamp }] : [];
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
      const fresh = freshLane();
      for (const model of models) {
        const own = rows.filter((row) => row.model === model.name);
        if (own.some((row) => row.version === model.version && row.lane !== droppedLane)) continue;
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
        const lane = main === 0 && !live ? mainLane : fresh;
        await addGeneration(client, tenantId, model, generation, lane, live === undefined);
      }
    });
    prepared.add(tenantId);
    await sweep(tenantId);
  }

  async function addGeneration(
    client: PoolClient,
    tenantId: string,
    model: ReadModel,
    generation: number,
    lane: string,
    live: boolean,
  ): Promise<void> {
    await client.query('insert into read.lane (tenant_id, lane) values ($1, $2) on conflict do nothing', [
      tenantId,
      lane,
    ]);
    await client.query(
      'insert into read.generation (tenant_id, model, generation, version, lane, live) values ($1, $2, $3, $4, $5, $6)',
      [tenantId, model.name, generation, model.version, lane, live],
    );
  }

  const remembered = (memory: Memory, { model, generation, stamp }: Generation): RememberedTable => {
    const name = `${model.name}@${generation}/${stamp}`;
    const table = memory.tables.get(name) ?? { rows: new Map(), complete: memory.position === 0 };
    memory.tables.set(name, table);
    return table;
  };

  /** The rows of these keys, and those of others that are in memory. */
  async function rowsOf(
    client: PoolClient,
    tenantId: string,
    entry: Generation,
    keys: ReadonlyMap<string, Row>,
    memory: Memory,
  ): Promise<Map<string, Row | undefined>> {
    const { rows, complete } = remembered(memory, entry);
    if (complete) return rows;
    const missing = [...keys].filter(([text]) => !rows.has(text));
    const missingKeys = missing.map(([, key]) => key);
    const loaded = await loadRows(client, entry.model, tenantId, entry.generation, missingKeys);
    for (const [text] of missing) rows.set(text, loaded.get(text));
    return rows;
  }

  /** Folds events in memory; answers how far it came and the error that stopped it. */
  async function foldModel(
    client: PoolClient,
    tenantId: string,
    entry: Generation,
    events: readonly RecordedEvent[],
    memory: Memory,
  ) {
    const { model } = entry;
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
    const rows = await rowsOf(client, tenantId, entry, keys, memory);
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
    { memory, careful }: Manner,
  ): Promise<void> {
    const types = new Set(events.map(({ type }) => type));
    const concerned = generations.filter(({ model }) => concerns(model, types));
    const fold = async (entry: Generation): Promise<void> => {
      const { set, stop } = await foldModel(client, tenantId, entry, events, memory);
      await saveModel(client, tenantId, entry, set);
      if (!stop) return;
      await splitOff(client, tenantId, entry, stop.before - 1, stop.error.message);
      options.stalled?.(tenantId, entry.model.name, stop.error);
    };
    if (!careful) return together(concerned.map(fold));
    for (const entry of concerned) {
      await client.query('savepoint model');
      try {
        await fold(entry);
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
  }

  /** What a lane folds next and how far it comes by it. Lanes apart never pass the main one, and read only what they fold. */
  async function readFor(
    client: PoolClient,
    tenantId: string,
    { lane, position }: Lane,
    generations: readonly Generation[],
    limit: number,
  ): Promise<{ readonly events: readonly RecordedEvent[]; readonly upTo: number }> {
    if (lane === mainLane) {
      const events = await readAfter(client, read, tenantId, position, limit);
      return { events, upTo: events.at(-1)?.position ?? position };
    }
    const { rows } = await client.query('select position from read.lane where tenant_id = $1 and lane = $2', [
      tenantId,
      mainLane,
    ]);
    const main = Number(rows[0].position);
    const types = [...new Set(generations.flatMap(({ model }) => Object.keys(model.on)))];
    const events = await readAfter(client, read, tenantId, position, limit, { types, upTo: main });
    return { events, upTo: events.length < limit ? main : events.at(-1)!.position };
  }

  /** One transaction: locks the lane, folds up to `limit` events; answers how many there were. */
  async function step(
    tenantId: string,
    lane: string,
    limit: number,
    skipLocked: boolean,
    manner: Manner,
  ): Promise<number> {
    const { memory } = manner;
    try {
      return await transaction(tenantId, async (client) => {
        const locked = await lockLane(client, tenantId, lane, skipLocked);
        if (!locked) return 0;
        if (memory.position !== locked.position) memory.tables.clear();
        memory.position = locked.position;
        const generations = await generationsIn(client, tenantId, lane);
        for (const entry of generations) remembered(memory, entry);
        const { events, upTo } = await readFor(client, tenantId, locked, generations, limit);
        if (events.length > 0) await foldAll(client, tenantId, locked, generations, events, manner);
        if (upTo > locked.position) {
          await client.query(
            'update read.lane set position = $3 where tenant_id = $1 and lane = $2 and error is null',
            [tenantId, lane, upTo],
          );
          options.advanced?.(tenantId, lane, upTo);
        }
        memory.position = upTo;
        let rows = 0;
        for (const table of memory.tables.values()) rows += table.rows.size;
        if (rows > rowsInMemoryMax) memory.tables.clear();
        return events.length;
      });
    } catch (error) {
      memory.tables.clear();
      throw error;
    }
  }

  async function follow(tenantId: string, lane: string, skipLocked: boolean): Promise<void> {
    const limitMax = lane === mainLane ? batchSize : batchSize * rebuildBatches;
    const memory: Memory = { position: -1, tables: new Map() };
    let careful = false;
    let limit = limitMax;
    for (;;) {
      try {
        if ((await step(tenantId, lane, limit, skipLocked, { memory, careful })) < limit) return;
        careful = false;
        limit = limitMax;
      } catch (error) {
        if (!isRowFault(error) || (careful && limit === 1)) throw error;
        if (careful) limit = Math.ceil(limit / 2);
        careful = true;
      }
    }
  }

  /** Takes the models of a lane that has caught up back into the main lane, and makes their generations the live ones. */
  async function rejoin(tenantId: string, lane: string): Promise<boolean> {
    const begun = performance.now();
    const names = await transaction(tenantId, async (client) => {
      const { rows: locked } = await client.query(
        `select lane, position from read.lane where tenant_id = $1 and lane in ($2, $3) and error is null
         order by lane = $2 desc for update`,
        [tenantId, mainLane, lane],
      );
      const [main, own] = locked.map(({ position }) => ({ position: Number(position) }));
      if (!main || !own || main.position - own.position > batchSize) return undefined;
      const entries = await generationsIn(client, tenantId, lane);
      if (entries.length === 0) return undefined;
      if (main.position > own.position) {
        const events = await readAfter(client, read, tenantId, own.position, main.position - own.position);
        for (const entry of entries) {
          const memory: Memory = { position: own.position, tables: new Map() };
          const { set, stop } = await foldModel(client, tenantId, entry, events, memory);
          if (stop) return undefined;
          await saveModel(client, tenantId, entry, set);
        }
      }
      const names = entries.map(({ model }) => model.name);
      const numbers = entries.map(({ generation }) => generation);
      await client.query('select read.cut_over($1, $2, $3)', [tenantId, names, numbers]);
      for (const name of names) await options.saved?.(client, tenantId, name);
      return names;
    });
    if (names) options.cutOver?.(tenantId, names, performance.now() - begun);
    return names !== undefined;
  }

  /** Removes the rows of generations that were replaced, a generation at a time: nobody waits for it. */
  async function sweep(tenantId: string): Promise<void> {
    const { rows } = await pool.query(
      'select model, generation from read.generation where tenant_id = $1 and lane = $2',
      [tenantId, droppedLane],
    );
    for (const { model, generation } of rows) {
      if (!byName.has(model)) continue;
      await transaction(tenantId, async (client) => {
        const key = [tenantId, generation];
        await client.query(`delete from read."${model}" where tenant_id = $1 and generation = $2`, key);
        await client.query(
          'delete from read.generation where tenant_id = $1 and generation = $2 and model = $3 and lane = $4',
          [...key, model, droppedLane],
        );
      });
    }
  }

  async function advance(tenantId: string, skipLocked = false): Promise<void> {
    await prepare(tenantId);
    await follow(tenantId, mainLane, skipLocked);
    const { rows } = await pool.query(
      'select lane from read.lane where tenant_id = $1 and lane <> $2 and error is null order by lane',
      [tenantId, mainLane],
    );
    for (const { lane } of rows) {
      await follow(tenantId, lane, skipLocked);
      if (await rejoin(tenantId, lane)) await sweep(tenantId);
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
      const lane = freshLane();
      for (const name of names) {
        const model = byName.get(name);
        if (!model) throw new Error(`There is no read model ${name}`);
        const { rows } = await client.query(
          'select max(generation) as generation from read.generation where tenant_id = $1 and model = $2',
          [tenantId, name],
        );
        await addGeneration(client, tenantId, model, rows[0].generation + 1, lane, false);
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

/** Waits for all, so that nothing is on its way any more; fails with the row that was refused, which fails the others. */
async function together(all: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(all);
  const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  if (reasons.length > 0) throw reasons.find(isRowFault) ?? reasons[0];
}

/** Whether the database refused a row, as against being away. */
const isRowFault = (error: unknown): boolean =>
  /^(22|23|42|54)/.test(String((error as { code?: unknown })?.code ?? ''));
