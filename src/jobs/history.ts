import { setTimeout as sleep } from 'node:timers/promises';
import type { Runtime } from '../runtime.ts';

export interface Follower {
  readonly close: () => Promise<void>;
}

/** So many times as long as a step took, nothing is done after it: read models and commands come first. */
const restShare = 3;

/** Keeps the former rows of all tenants, behind their logs and at leisure; a question that comes earlier keeps its own. */
export function followHistory(
  { pool, historian }: Pick<Runtime, 'pool' | 'historian'>,
  onError: (error: Error) => void,
  sweepMs: number,
): Follower {
  const closing = new AbortController();
  const { signal } = closing;
  const rest = (ms: number) => sleep(ms, undefined, { signal }).catch(() => undefined);
  const goOn = async (tookMs: number): Promise<boolean> => {
    await rest(tookMs * restShare);
    return !signal.aborted;
  };

  async function behind(): Promise<readonly { readonly tenant_id: string; readonly position: bigint }[]> {
    const { rows } = await pool.query(
      `select h.tenant_id, h.position from log.head h
       where h.position > coalesce((select min(c.position) from past.cursor c where c.tenant_id = h.tenant_id and c.error is null), 0)
         and not exists (select from jobs.next_due d where d.tenant_id = h.tenant_id and d.held)`,
    );
    return rows;
  }

  async function follow(): Promise<void> {
    while (!signal.aborted) {
      try {
        for (const { tenant_id, position } of await behind()) {
          await historian.advance(tenant_id, Number(position), undefined, goOn);
          if (signal.aborted) return;
        }
      } catch (error) {
        if (!signal.aborted) onError(error as Error);
      }
      await rest(sweepMs);
    }
  }

  const following = follow();
  return {
    close: async () => {
      closing.abort();
      await following;
    },
  };
}
