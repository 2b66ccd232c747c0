import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { nodeIdOf } from '../src/commands/target/node.ts';
import { createApp } from '../src/http/app.ts';
import { createRuntime } from '../src/runtime.ts';
import { createPool } from '../src/storage/database.ts';
import { createTenant, createVerifier, issueKeys } from '../src/storage/tenants.ts';
import { createCompany, idOf, personOf } from './company.ts';
import { median, round } from './measure.ts';
import type { BenchOptions, BenchResult } from './run.ts';
import { appendTo } from './visits.ts';

const tries = 9;
const leaves = 5_000;
const currency = 'EUR';
const value = 999_999_999_999n;
const year = { periodId: 'FY2027', start: '2027-01-01', endExclusive: '2028-01-01' };
const { top, organisation } = createCompany({ regions: 5, officesEach: 10, sellersEach: 25 });
const topTarget = { measure: 'net_sales', period: year, dimensions: {} } as const;
const levels = [
  { dimension: 'org_unit', method: 'even' },
  { dimension: 'org_unit', method: 'even' },
  { dimension: 'salesperson', method: 'even' },
  { dimension: 'period', method: 'even', periodLevel: 'quarter' },
];

/**
 * One request over HTTP that breaks a company's year down to regions, offices, people and quarters: the first ones meet
 * an empty cache, each is of a plan of its own.
 */
export async function measureBreakdown(
  databaseUrl: string,
  say: BenchOptions['say'],
): Promise<Omit<BenchResult, 'ratios'>> {
  const pool = createPool({ databaseUrl, connections: 8, name: 'bench' });
  const tenantId = await createTenant(databaseUrl, 'Breakdown');
  await appendTo(pool, tenantId, [['organisation', organisation]]);
  const [token] = await issueKeys(databaseUrl, [{ tenantId, name: 'planner', roles: ['TM'] }]);
  const runtime = createRuntime({ pool, masterKey: 'bench', clock: () => '2026-11-02T08:00:00.000Z' });
  const app = await createApp({
    runtime,
    verify: createVerifier(pool),
    secret: 'bench',
    version: 'bench',
    limits: { requestsPerMinute: 1_000_000 },
    ready: async () => undefined,
    metrics: async () => '',
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  const post = async (path: string, body: object): Promise<void> => {
    const response = await fetch(`http://127.0.0.1:${port}/v1${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(await response.text());
    await response.arrayBuffer();
  };
  const latencies: number[] = [];
  for (let turn = 0; turn < tries; turn++) {
    const planId = idOf(`breakdown ${turn}`);
    await post('/target-plans', {
      planId,
      name: `Year ${turn}`,
      horizon: year,
      measures: ['net_sales'],
      rootOrgUnit: idOf(top.name),
      currency,
    });
    await post(`/target-plans/${planId}/targets`, {
      ...topTarget,
      responsible: personOf(top),
      value: { amountMinor: String(value), currency },
    });
    const begun = performance.now();
    await post(`/targets/${nodeIdOf(planId, topTarget)}/break-down`, { levels });
    latencies.push(performance.now() - begun);
  }
  const owner = new pg.Pool({ connectionString: databaseUrl });
  const { rows } = await owner.query(
    `select count(*)::integer as leaves, sum((data->'value'->>'amountMinor')::bigint)::text as total
     from log.event where tenant_id = $1 and type = 'TargetAssigned' and data->>'depth' = '4'`,
    [tenantId],
  );
  await owner.end();
  await app.close();
  await runtime.dispatcher.close();
  await pool.end();
  const isWhole = rows[0].leaves === leaves * tries && BigInt(rows[0].total) === value * BigInt(tries);
  say(`${leaves} leaves, the first in ${round(latencies[0]!)} ms`);
  return {
    figures: {
      leaves,
      breakdownMs: round(Math.max(...latencies)),
      breakdownP50Ms: round(median(latencies)),
    },
    checks: { lost: Number(!isWhole), doubled: 0, reordered: 0 },
  };
}
