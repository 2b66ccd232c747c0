import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import pg from 'pg';
import { createPool } from '../src/storage/database.ts';
import { createTenant, issueKeys } from '../src/storage/tenants.ts';
import type { LoadJob, LoadResult } from './http-load.ts';
import type { HttpJob } from './http-process.ts';
import { inTurns, round, summary } from './measure.ts';
import type { BenchOptions, BenchResult } from './run.ts';
import { onFreshServer } from './server.ts';
import { checkVisits, people, seed } from './visits.ts';

const connections = 64;

async function forked(file: string): Promise<ChildProcess> {
  const child = fork(new URL(file, import.meta.url), { stdio: 'inherit', serialization: 'advanced' });
  await once(child, 'message');
  return child;
}

async function ask<T>(child: ChildProcess, message: object): Promise<T> {
  child.send(message);
  const [answer] = await once(child, 'message');
  return answer as T;
}

async function end(child: ChildProcess): Promise<void> {
  child.send('end');
  await once(child, 'exit');
}

/**
 * `PlanVisit` over real sockets with authentication, validation, decision and durable append, beside a bare Fastify
 * route that parses and validates the same body and answers. Each server and the load have a process of their own.
 */
export const run = ({ full, say }: BenchOptions): Promise<BenchResult> =>
  onFreshServer(say, async (databaseUrl) => {
    const tenantId = await createTenant(databaseUrl, 'Bench');
    const pool = createPool({ databaseUrl, connections: 1, name: 'bench' });
    await seed(pool, tenantId);
    await pool.end();
    const keys = await issueKeys(
      databaseUrl,
      people.map((personId) => ({ tenantId, name: 'bench', personId })),
    );
    const tokens = Object.fromEntries(people.map((personId, index) => [personId, keys[index]!]));
    const bare = await forked('http-process.ts');
    const stave = await forked('http-process.ts');
    const load = await forked('http-load.ts');
    const barePort = await ask<number>(bare, { databaseUrl: undefined } satisfies HttpJob);
    const stavePort = await ask<number>(stave, { databaseUrl } satisfies HttpJob);

    const acknowledged: (number | undefined)[] = [];
    let refused = 0;
    const sendTo = (port: number, seconds: number, first: number) =>
      ask<LoadResult>(load, { port, tokens, connections, seconds, first } satisfies LoadJob);
    const bareRound = (seconds: number) => sendTo(barePort, seconds, 0);
    async function commandRound(seconds: number): Promise<LoadResult> {
      const result = await sendTo(stavePort, seconds, acknowledged.length);
      refused += result.positions.filter((position) => position === null).length;
      acknowledged.push(...result.positions.map((position) => position ?? undefined));
      return result;
    }
    for (const round of [bareRound, commandRound]) await round(2);
    const seconds = full ? 5 : 2;
    const rounds = await inTurns(
      full ? 9 : 5,
      { bareRoute: () => bareRound(seconds), command: () => commandRound(seconds) },
      say,
    );
    for (const child of [bare, stave]) await end(child);
    load.disconnect();
    const owner = new pg.Pool({ connectionString: databaseUrl });
    const checks = await checkVisits(owner, tenantId, acknowledged, refused);
    await owner.end();
    const [bareRoute, command] = [summary(rounds.bareRoute), summary(rounds.command)];
    return {
      figures: {
        commandsPerSecond: command.perSecond,
        commandP50Ms: command.p50Ms,
        commandP99Ms: command.p99Ms,
        bareRoutePerSecond: bareRoute.perSecond,
        bareRouteP50Ms: bareRoute.p50Ms,
        bareRouteP99Ms: bareRoute.p99Ms,
      },
      ratios: { toBareRoute: round(command.perSecond / bareRoute.perSecond) },
      checks,
    };
  });
