import { once } from 'node:events';
import pg from 'pg';
import { createWakeUps } from '../src/jobs/queue.ts';
import { startWorker } from '../src/jobs/worker.ts';
import { readModels } from '../src/projections/index.ts';
import { reactions } from '../src/reactions/index.ts';
import { createRuntime } from '../src/runtime.ts';
import { createPool } from '../src/storage/database.ts';
import type { MemoryJob } from './memory.ts';
import { now, planner, seed } from './visits.ts';

/** One process as `npm start` has it, api and worker, that plans visits and lets the read models follow to the end. */
const tell = (message: object) => process.send!(message);
tell({ ready: true });
const [{ databaseUrl, tenantId, commands }] = (await once(process, 'message')) as [MemoryJob];
const pool = createPool({ databaseUrl, connections: 20, name: 'bench' });
const say = (line: string) => process.stderr.write(`${line}\n`);
const onError = (error: Error) => say(error.message);
const wakeUps = createWakeUps({ databaseUrl, redisUrl: undefined, onError });
const runtime = createRuntime({ pool, masterKey: 'bench', clock: () => now, appended: wakeUps.wake });
const worker = await startWorker({ runtime, models: readModels, reactions, wakeUps, onError });
await seed(pool, tenantId);
const visits = planner(runtime, tenantId, say);
tell({ idle: true });
await once(process, 'message');
let issued = 0;
await Promise.all(
  Array.from({ length: 64 }, async () => {
    while (issued++ < commands) await visits.plan();
  }),
);
await worker.projector.advance(tenantId);
tell({ done: true });
await once(process, 'message');
const owner = new pg.Pool({ connectionString: databaseUrl });
const checks = await visits.check(owner);
await owner.end();
tell({ checks });
await worker.close();
await wakeUps.close();
await runtime.dispatcher.close();
await pool.end();
process.disconnect?.();
