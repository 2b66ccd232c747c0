import type { Runtime } from '../runtime.ts';
import type { Follower } from './history.ts';

/** So often what other processes have erased is forgotten here. */
const refreshMs = 1_000;
/** So many times as rarely all logs are looked through for erasures that their process did not live to carry out. */
const lookEvery = 60;

/** Keeps a process from remembering what was erased. */
export function followErasures(
  { pool, eraser }: Pick<Runtime, 'pool' | 'eraser'>,
  onError: (error: Error) => void,
): Follower {
  let turns = 0;
  let timer: NodeJS.Timeout | undefined;
  let running = Promise.resolve();
  let closing = false;

  async function look(): Promise<void> {
    await eraser.refresh();
    if (turns++ % lookEvery > 0) return;
    const { rows } = await pool.query<{ tenant_id: string }>('select tenant_id from log.head');
    for (const { tenant_id: tenantId } of rows) await eraser.advance(tenantId);
  }

  const lookIn = (ms: number): void => {
    timer = setTimeout(() => {
      running = look()
        .catch(onError)
        .then(() => {
          if (!closing) lookIn(refreshMs);
        });
    }, ms);
  };
  lookIn(0);

  return {
    close: async () => {
      closing = true;
      clearTimeout(timer);
      await running;
    },
  };
}
