import type { PoolClient } from 'pg';
import { createProjector, type Projector } from '../engine/projector.ts';
import type { Reaction } from '../engine/reaction.ts';
import type { ReadModel } from '../engine/read-model.ts';
import type { Runtime } from '../runtime.ts';
import { createClock } from './clock.ts';
import { followHistory } from './history.ts';
import type { WakeUps } from './queue.ts';
import { createReactor } from './reactions.ts';
import { followSimulations, noteSimulations } from './simulations.ts';

export interface WorkerOptions {
  readonly runtime: Runtime;
  readonly models: readonly ReadModel[];
  readonly reactions: readonly Reaction[];
  readonly wakeUps: WakeUps;
  readonly onError: (error: Error) => void;
  readonly sweepMs?: number;
}

export interface RunningWorker {
  readonly projector: Projector;
  /** Whether it is following a tenant at this moment; then it looks once more, and need not be woken. */
  readonly isFollowing: (tenantId: string) => boolean;
  readonly close: () => Promise<void>;
}

/** Keeps the earliest deadline of a tenant where the clock looks, in the transaction that changed its deadlines. */
export async function noteNextDue(client: PoolClient, tenantId: string, model: string): Promise<void> {
  if (model !== 'deadline') return;
  await client.query(
    `insert into jobs.next_due (tenant_id, due_at)
     select $1, coalesce(min(d.due_at), 'infinity') from read.deadline d
     join read.generation g on g.tenant_id = d.tenant_id and g.generation = d.generation and g.model = 'deadline' and g.live
     where d.tenant_id = $1
     on conflict (tenant_id) do update set due_at = excluded.due_at`,
    [tenantId],
  );
}

/** Sends its statements at once, as those of the transaction are: none may wait for the one before. */
async function noteWork(client: PoolClient, tenantId: string, model: string): Promise<void> {
  await Promise.all([noteNextDue(client, tenantId, model), noteSimulations(client, tenantId, model)]);
}

/** Follows the logs of all tenants: read models, reactions and the clock; woken by the queue, and by a sweep without it. */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const { runtime, wakeUps, onError } = options;
  const sweepMs = options.sweepMs ?? 1_000;
  const projector = createProjector({
    pool: runtime.pool,
    read: runtime.read,
    models: options.models,
    saved: noteWork,
    advanced: (tenantId, moved) => {
      runtime.reader.advanced(tenantId, moved.upTo);
      if (isDue(tenantId, moved)) due.add(tenantId);
    },
    stalled: (tenantId, model, error) =>
      onError(new Error(`${model} of ${tenantId} has stopped: ${error.message}`)),
  });
  const { react, isDue } = createReactor(runtime, options.reactions, onError);
  const tick = createClock(runtime, onError);
  const running = new Map<string, Promise<void>>();
  const again = new Set<string>();
  /** Tenants whose reactions may have something to do. */
  const due = new Set<string>();
  let closing = false;

  async function follow(tenantId: string): Promise<void> {
    try {
      do {
        again.delete(tenantId);
        await projector.advance(tenantId);
        if (due.delete(tenantId)) await react(tenantId);
      } while (again.has(tenantId) && !closing);
    } catch (error) {
      onError(error as Error);
    } finally {
      running.delete(tenantId);
    }
  }

  function isFollowing(tenantId: string): boolean {
    if (!running.has(tenantId)) return false;
    again.add(tenantId);
    return true;
  }

  /** One run of a tenant at a time; what comes meanwhile makes it run once more. */
  function look(tenantId: string): Promise<void> {
    if (closing) return Promise.resolve();
    if (!isFollowing(tenantId)) running.set(tenantId, follow(tenantId));
    return running.get(tenantId)!;
  }

  async function behind(): Promise<readonly string[]> {
    const { rows } = await runtime.pool.query(
      `select h.tenant_id, h.position > coalesce((select min(r.position) from jobs.reaction r where r.tenant_id = h.tenant_id and r.error is null), 0) as reactions
       from log.head h
       where (h.position > coalesce((select min(l.position) from read.lane l where l.tenant_id = h.tenant_id and l.error is null), 0)
          or h.position > coalesce((select min(r.position) from jobs.reaction r where r.tenant_id = h.tenant_id and r.error is null), 0))
         and not exists (select from jobs.next_due d where d.tenant_id = h.tenant_id and d.held)`,
    );
    for (const row of rows) if (row.reactions) due.add(row.tenant_id);
    return rows.map((row) => row.tenant_id);
  }

  let timer: NodeJS.Timeout | undefined;
  let sweeping: Promise<void> | undefined;
  const sweepIn = (ms: number): void => {
    timer = setTimeout(() => {
      sweeping = sweep();
    }, ms);
  };
  async function sweep(): Promise<void> {
    try {
      await Promise.all((await behind()).map(look));
      await Promise.all((await tick()).map(look));
    } catch (error) {
      onError(error as Error);
    }
    if (!closing) sweepIn(sweepMs);
  }

  await wakeUps.listen(look);
  sweepIn(0);
  const history = followHistory(runtime, onError, sweepMs);
  const simulations = followSimulations(runtime, onError, sweepMs);

  return {
    projector,
    isFollowing,
    close: async () => {
      closing = true;
      clearTimeout(timer);
      await sweeping;
      await Promise.all(running.values());
      await simulations.close();
      await history.close();
    },
  };
}
