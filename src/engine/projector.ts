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
  /** Called when the main lane has folded the events between two positions, and that is committed. */
  readonly advanced?: (tenantId: string, moved: Moved) => void;
  readonly stalled?: (tenantId: string, model: string, error: Error) => void;
  /** Called when generations were made live, with the time that it took. */
  readonly cutOver?: (tenantId: string, models: readonly string[], milliseconds: number) => void;
}

export interface Moved {
  readonly from: number;
  readonly upTo: number;
  readonly types: ReadonlySet<string>;
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
const rowsKeptMax = 5_000;
const memoriesKeptMax = 16;

/**
 * Moves read models along the log. All models of a lane change in one transaction with the lane's cursor, under the
 * lock of its row: the effect of an event is there exactly once, however often the worker was woken.
 */
export function createProjector(options: ProjectorOptions): Projector {
  const { pool, read, models } = options;
  const batchSize = options.batchSize ?? 1_000;
  const byName = new Map(models.map((model) => [model.name, model]));
  const prepared = new Set<string>();
  /** Of the main lanes that were followed last. */
  const memories = new Map<string, Memory>();

  /**
   * Works in a transaction, and commits when all that was handed to `later` has succeeded too: statements that go out
   * without waiting for the answers of those before them. The commit does not wait for the disk: what a crash takes away is folded again, from the position that it leaves.
   */
  async function transaction<T>(
    tenantId: string,
    work: (client: PoolClient, later: Later) => Promise<T>,
  ): Promise<T> {
    const client = await pool.connect();
    let failed: Error | undefined;
    const { all, later } = gathering();
    try {
      later(
        client.query(
          `begin; set local enable_sort = off; set local synchronous_commit = off; set local plan_cache_mode = force_generic_plan;
           select set_config('stave.tenant', '${tenantId}', true)`,
        ),
      );
      const result = await work(client, later);
      await together([...all, client.query('commit')]);
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
    const { rows } = await client.query({
      name: skipLocked ? 'lock-lane-or-skip' : 'lock-lane',
      text: `select lane, position from read.lane where tenant_id = $1 and lane = $2 and error is null
        for update ${skipLocked ? 'skip locked' : ''}`,
      values: [tenantId, lane],
    });
    return rows[0] && { lane: rows[0].lane, position: Number(rows[0].position) };
  };

  const generationsIn = async (
    client: PoolClient,
    tenantId: string,
    lane: string,
  ): Promise<readonly Generation[]> => {
    const { rows } = await client.query({
      name: 'generations-in-lane',
      text: 'select model, generation, version, xmin::text as stamp from read.generation where tenant_id = $1 and lane = $2',
      values: [tenantId, lane],
    });
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

  /** Sends what a fold changed; answers when all of it is written. */
  function saveModel(
    client: PoolClient,
    tenantId: string,
    { model, generation }: Generation,
    set: RowSet,
  ): Promise<unknown> {
    if (set.changed.size === 0) return Promise.resolve();
    const rows: Row[] = [];
    const removed: Row[] = [];
    for (const [text, key] of set.changed) {
      const row = set.rows.get(text);
      if (row) rows.push(row);
      else removed.push(key);
    }
    return Promise.all([
      saveRows(client, model, tenantId, generation, rows, removed),
      options.saved?.(client, tenantId, model.name),
    ]);
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
    concerned: readonly Generation[],
    events: readonly RecordedEvent[],
    { memory, careful }: Manner,
    later: Later,
  ): Promise<void> {
    const fold = async (entry: Generation, saving: Later): Promise<void> => {
      const { set, stop } = await foldModel(client, tenantId, entry, events, memory);
      saving(saveModel(client, tenantId, entry, set));
      if (!stop) return;
      await splitOff(client, tenantId, entry, stop.before - 1, stop.error.message);
      options.stalled?.(tenantId, entry.model.name, stop.error);
    };
    if (!careful) return together(concerned.map((entry) => fold(entry, later)));
    for (const entry of concerned) {
      await client.query('savepoint model');
      try {
        const { all, later } = gathering();
        await fold(entry, later);
        await together([...all, client.query('release savepoint model')]);
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
    guessed: readonly RecordedEvent[] | undefined,
  ): Promise<{ readonly events: readonly RecordedEvent[]; readonly upTo: number }> {
    if (lane === mainLane) {
      const events = guessed ?? (await readAfter(client, read, tenantId, position, limit));
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

  const moveLane = (client: PoolClient, tenantId: string, lane: string, position: number) =>
    client.query({
      name: 'move-lane',
      text: 'update read.lane set position = $3 where tenant_id = $1 and lane = $2 and error is null',
      values: [tenantId, lane, position],
    });

  /** One transaction: locks the lane, folds up to `limit` events; answers how many there were. */
  async function step(
    tenantId: string,
    lane: string,
    limit: number,
    skipLocked: boolean,
    manner: Manner,
  ): Promise<number> {
    const { memory } = manner;
    const guess = lane === mainLane && memory.position >= 0 ? memory.position : undefined;
    try {
      const { count, moved } = await transaction(tenantId, async (client, later) => {
        const [locked, generations, guessed] = await Promise.all([
          lockLane(client, tenantId, lane, skipLocked),
          generationsIn(client, tenantId, lane),
          guess === undefined ? undefined : readAfter(client, read, tenantId, guess, limit),
        ]);
        if (!locked) return { count: 0, moved: undefined };
        const from = locked.position;
        if (memory.position !== from) memory.tables.clear();
        memory.position = from;
        for (const entry of generations) remembered(memory, entry);
        const known = guess === from ? guessed : undefined;
        const { events, upTo } = await readFor(client, tenantId, locked, generations, limit, known);
        const types = new Set(events.map(({ type }) => type));
        const concerned = generations.filter(({ model }) => concerns(model, types));
        await foldAll(client, tenantId, locked, concerned, events, manner, later);
        if (upTo > from) later(moveLane(client, tenantId, lane, upTo));
        memory.position = upTo;
        let rows = 0;
        for (const table of memory.tables.values()) rows += table.rows.size;
        if (rows > (lane === mainLane ? rowsKeptMax : rowsInMemoryMax)) memory.tables.clear();
        return { count: events.length, moved: { from, upTo, types } };
      });
      if (moved && lane === mainLane) options.advanced?.(tenantId, moved);
      return count;
    } catch (error) {
      memory.tables.clear();
      throw error;
    }
  }

  function memoryOf(tenantId: string, lane: string): Memory {
    const kept = lane === mainLane ? memories.get(tenantId) : undefined;
    const memory = kept ?? { position: -1, tables: new Map() };
    if (lane !== mainLane) return memory;
    memories.delete(tenantId);
    memories.set(tenantId, memory);
    if (memories.size > memoriesKeptMax) memories.delete(memories.keys().next().value!);
    return memory;
  }

  async function follow(tenantId: string, lane: string, skipLocked: boolean): Promise<void> {
    const limitMax = lane === mainLane ? batchSize : batchSize * rebuildBatches;
    const memory = memoryOf(tenantId, lane);
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
    const names = await transaction(tenantId, async (client, later) => {
      const [main, own, entries] = await Promise.all([
        lockLane(client, tenantId, mainLane),
        lockLane(client, tenantId, lane),
        generationsIn(client, tenantId, lane),
      ]);
      if (!main || !own || main.position - own.position > batchSize || entries.length === 0) return undefined;
      if (main.position > own.position) {
        const events = await readAfter(client, read, tenantId, own.position, main.position - own.position);
        const memory: Memory = { position: own.position, tables: new Map() };
        const folded = await Promise.all(
          entries.map((entry) => foldModel(client, tenantId, entry, events, memory)),
        );
        if (folded.some(({ stop }) => stop)) return undefined;
        for (const [n, { set }] of folded.entries()) later(saveModel(client, tenantId, entries[n]!, set));
      }
      const names = entries.map(({ model }) => model.name);
      const numbers = entries.map(({ generation }) => generation);
      later(client.query('select read.cut_over($1, $2, $3)', [tenantId, names, numbers]));
      for (const name of names) if (options.saved) later(options.saved(client, tenantId, name));
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
    const { rows } = await pool.query({
      name: 'lanes-apart',
      text: 'select lane from read.lane where tenant_id = $1 and lane <> $2 and error is null order by lane',
      values: [tenantId, mainLane],
    });
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

/** Takes statements that were sent and are waited for later. */
type Later = (statement: Promise<unknown>) => void;

function gathering(): { readonly all: readonly Promise<unknown>[]; readonly later: Later } {
  const all: Promise<unknown>[] = [];
  const later: Later = (statement) => {
    statement.catch(() => undefined);
    all.push(statement);
  };
  return { all, later };
}

/** Waits for all, so that nothing is on its way any more; fails with the row that was refused, which fails the others. */
async function together(all: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(all);
  const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  if (reasons.length > 0) throw reasons.find(isRowFault) ?? reasons[0];
}

/** Whether the database refused a row, as against being away. */
const isRowFault = (error: unknown): boolean =>
  /^(22|23|42|54)/.test(String((error as { code?: unknown })?.code ?? ''));
