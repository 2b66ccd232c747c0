import type { Pool } from 'pg';
import type { Digests } from '../storage/digests.ts';

export interface DigestJobOptions {
  readonly pool: Pool;
  readonly digests: Digests;
  readonly everyMs: number;
  readonly onError: (error: Error) => void;
}

/** Signs what was appended to each log, again and again, and once more when it is closed. */
export function startDigests({ pool, digests, everyMs, onError }: DigestJobOptions) {
  const signed = new Map<string, bigint>();
  let timer: NodeJS.Timeout | undefined;
  let closing = false;

  async function run(): Promise<void> {
    const { rows } = await pool.query<{ tenant_id: string; position: bigint }>(
      'select tenant_id, position from log.head',
    );
    for (const { tenant_id: tenantId, position } of rows) {
      if ((signed.get(tenantId) ?? 0n) === position) continue;
      await digests
        .write(tenantId)
        .then(() => signed.set(tenantId, position))
        .catch(onError);
    }
  }

  let running = Promise.resolve();
  const runIn = (ms: number): void => {
    timer = setTimeout(() => {
      running = run()
        .catch(onError)
        .then(() => {
          if (!closing) runIn(everyMs);
        });
    }, ms);
  };
  runIn(everyMs);

  return {
    close: async (): Promise<void> => {
      closing = true;
      clearTimeout(timer);
      await running;
      await run().catch(onError);
    },
  };
}
