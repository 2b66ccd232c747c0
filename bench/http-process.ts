import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
import type { Command } from '../src/engine/decision.ts';
import { strict } from '../src/engine/input.ts';
import { createApp } from '../src/http/app.ts';
import { commandsByName, createRuntime } from '../src/runtime.ts';
import { createPool } from '../src/storage/database.ts';
import { createVerifier } from '../src/storage/tenants.ts';
import { now } from './visits.ts';

export interface HttpJob {
  /** Undefined for the bare route. */
  readonly databaseUrl: string | undefined;
}

/** A bare Fastify server with one route, which parses and validates what `PlanVisit` takes, and answers. */
function bareApp() {
  const command: Command = commandsByName.get('PlanVisit')!;
  const schema = strict(command.input);
  const app = Fastify();
  app.post(`/v1${command.path}`, async (request, reply) => {
    const input = schema.safeParse({ ...(request.body as object), ...(request.params as object) });
    return reply.code(input.success ? 201 : 400).send({ stream: 'visit-plan', version: 1, position: 1 });
  });
  return { app, close: () => app.close() };
}

/** The api as `STAVE_ROLE=api` has it, with the clock of the benches. */
async function staveApp(databaseUrl: string) {
  const pool = createPool({ databaseUrl, connections: 20, name: 'bench' });
  const runtime = createRuntime({ pool, masterKey: 'bench', clock: () => now });
  const app = await createApp({
    runtime,
    verify: createVerifier(pool),
    secret: 'bench',
    version: 'bench',
    limits: { requestsPerMinute: 1_000_000_000 },
    ready: async () => undefined,
    metrics: async () => '',
  });
  const close = async () => {
    await app.close();
    await runtime.dispatcher.close();
    await pool.end();
  };
  return { app, close };
}

process.send!('ready');
const [{ databaseUrl }] = (await once(process, 'message')) as [HttpJob];
const { app, close } = databaseUrl ? await staveApp(databaseUrl) : bareApp();
await app.listen({ port: 0, host: '127.0.0.1' });
process.send!((app.server.address() as AddressInfo).port);
await once(process, 'message');
await close();
process.disconnect?.();
