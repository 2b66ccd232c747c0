import { setTimeout as sleep } from 'node:timers/promises';
import type { PoolClient } from 'pg';
import { type SimulationState, simulation } from '../commands/simulation/state.ts';
import { commandsByName, type Runtime } from '../runtime.ts';
import type { Progress } from '../simulation/simulation.ts';
import type { Follower } from './history.ts';
import { systemActor } from './reactions.ts';
import { simulateInThread } from './simulate.ts';

/** For so long a simulation is a process's own after it last said how far it has come. */
const leaseSeconds = 30;
/** After so long one that failed is tried again. */
const restSeconds = 600;

/** Keeps the simulations that wait where workers look, in the transaction that changed them. */
export async function noteSimulations(client: PoolClient, tenantId: string, model: string): Promise<void> {
  if (model !== 'simulation') return;
  await client.query(
    `with waiting as (
       select s.tenant_id, s.simulation_id from read.simulation s
       join read.generation g on g.tenant_id = s.tenant_id and g.generation = s.generation and g.model = 'simulation' and g.live
       where s.tenant_id = $1 and s.state = 'waiting'),
     ended as (
       delete from jobs.simulation where tenant_id = $1 and simulation_id not in (select simulation_id from waiting))
     insert into jobs.simulation (tenant_id, simulation_id) select * from waiting on conflict do nothing`,
    [tenantId],
  );
}

interface Claimed {
  readonly tenant_id: string;
  readonly simulation_id: string;
}

/** Runs what waits to be simulated, one after the other, each in a thread. Whoever cancels one ends it here. */
export function followSimulations(
  { pool, dispatcher }: Pick<Runtime, 'pool' | 'dispatcher'>,
  onError: (error: Error) => void,
  sweepMs: number,
): Follower {
  const closing = new AbortController();

  async function claim(): Promise<Claimed | undefined> {
    const { rows } = await pool.query<Claimed>(
      `update jobs.simulation set claimed_until = now() + make_interval(secs => $1), done = 0, total = null
       where (tenant_id, simulation_id) = (
         select tenant_id, simulation_id from jobs.simulation where claimed_until is null or claimed_until < now()
         order by noted_at, simulation_id limit 1 for update skip locked)
       returning tenant_id, simulation_id`,
      [leaseSeconds],
    );
    return rows[0];
  }

  const leave = ({ tenant_id, simulation_id }: Claimed, seconds: number) =>
    pool.query(
      `update jobs.simulation set claimed_until = now() + make_interval(secs => $3)
       where tenant_id = $1 and simulation_id = $2`,
      [tenant_id, simulation_id, seconds],
    );

  /** Says how far one has come, and keeps it; whether it is still wanted. */
  async function keep(
    { tenant_id, simulation_id }: Claimed,
    progress: Progress | undefined,
  ): Promise<boolean> {
    const { rowCount } = await pool.query(
      `update jobs.simulation set claimed_until = now() + make_interval(secs => $3), done = $4, total = $5
       where tenant_id = $1 and simulation_id = $2`,
      [tenant_id, simulation_id, leaseSeconds, progress?.done ?? 0, progress?.total ?? null],
    );
    return rowCount === 1;
  }

  async function definitionOf({ tenant_id, simulation_id }: Claimed) {
    const { rows } = await pool.query('select position from log.head where tenant_id = $1', [tenant_id]);
    const refs = [simulation.ref(simulation_id)];
    const [state] = await dispatcher.states(tenant_id, refs, Number(rows[0].position));
    return (state as SimulationState).defined!;
  }

  async function run(claimed: Claimed): Promise<void> {
    const { tenant_id: tenantId, simulation_id: simulationId } = claimed;
    const { simulationId: _, name: __, base: ___, ...input } = await definitionOf(claimed);
    const cancelling = new AbortController();
    const signal = AbortSignal.any([closing.signal, cancelling.signal]);
    let progress: Progress | undefined;
    const simulating = simulateInThread(input, {
      signal,
      onProgress: (reached) => {
        progress = reached;
      },
    });
    const keeping = new AbortController();
    const kept = keepOn();
    async function keepOn(): Promise<void> {
      while (!keeping.signal.aborted) {
        if (!(await keep(claimed, progress))) cancelling.abort(new Error('The simulation was cancelled.'));
        await sleep(sweepMs, undefined, { signal: keeping.signal }).catch(() => undefined);
      }
    }
    kept.catch((error: Error) => cancelling.abort(error));
    try {
      const result = await simulating;
      const outcome = await dispatcher.execute({
        actor: systemActor(tenantId, 'simulator'),
        command: commandsByName.get('RecordSimulationRun')!,
        input: { simulationId, result },
        source: 'simulator',
        key: `simulation ${simulationId}`,
      });
      if (!outcome.ok) throw new Error(outcome.detail);
    } finally {
      keeping.abort();
      await kept.catch(() => undefined);
    }
  }

  async function follow(): Promise<void> {
    while (!closing.signal.aborted) {
      const claimed = await claim().catch((error: Error) => void onError(error));
      if (!claimed) {
        await sleep(sweepMs, undefined, { signal: closing.signal }).catch(() => undefined);
        continue;
      }
      await run(claimed).catch(async (error: Error) => {
        if (!closing.signal.aborted) onError(error);
        await leave(claimed, closing.signal.aborted ? 0 : restSeconds).catch(onError);
      });
    }
  }

  const following = follow();
  return {
    close: async () => {
      closing.abort(new Error('The process ends.'));
      await following;
    },
  };
}
