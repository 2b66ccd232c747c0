import type { AddressInfo } from 'node:net';
import { addDays } from '../src/engine/instant.ts';
import { PipelineStage, pipelineEvents } from '../src/events/pipeline.ts';
import { createApp } from '../src/http/app.ts';
import type { ImportResult } from '../src/imports/opportunities.ts';
import { createWakeUps } from '../src/jobs/queue.ts';
import { startWorker } from '../src/jobs/worker.ts';
import { readModels } from '../src/projections/index.ts';
import { reactions } from '../src/reactions/index.ts';
import { createRuntime } from '../src/runtime.ts';
import { createPool } from '../src/storage/database.ts';
import { createTenant, createVerifier, issueKeys } from '../src/storage/tenants.ts';
import { idOf } from './company.ts';
import { appendTo, now, seed } from './visits.ts';

const rows = 10_000;
const open = ['qualified', 'needs', 'proposal', 'contract'] as const;
const stage = (stageId: string, kind: 'open' | 'won' | 'lost', num: string) =>
  PipelineStage.parse({ stageId, name: stageId, kind, defaultProbability: { num, den: '10' } });
const pipelineId = idOf('pipeline');
const document = {
  name: 'Sales',
  milestones: [{ key: 'budget', name: 'Budget' }],
  stages: [
    ...open.map((stageId, index) => stage(stageId, 'open', String(index + 1))),
    stage('won', 'won', '10'),
    stage('lost', 'lost', '0'),
  ],
};

const columns = [
  ...['externalId', 'title', 'customer', 'owner', 'openedOn', 'source', 'value', 'currency', 'expectedClose'],
  ...['milestone:budget', 'offeredOn', ...open.map((stageId) => `stage:${stageId}`)],
  ...['outcome', 'outcomeOn', 'reference', 'reason', 'note'],
];

/** A life of a few months: a third is won, a third is lost, a third is open; every hundredth is of an unknown customer. */
function rowOf(index: number): string {
  const opened = addDays('2025-01-06', index % 300);
  const on = (days: number) => addDays(opened, days);
  const reached = 1 + (index % open.length);
  const outcome = ['won', 'lost', ''][index % 3]!;
  const cells: Readonly<Record<string, string>> = {
    externalId: `D-${index}`,
    title: `Deal ${index}`,
    customer: index % 100 === 99 ? 'Nobody' : `Customer ${index % 50}`,
    owner: `E${index % 50}`,
    openedOn: opened,
    source: 'fair',
    value: `${1_000 + index}.00; ${on(12)} ${1_100 + index}.50`,
    currency: 'EUR',
    expectedClose: `${on(60)}; ${on(30)} ${on(90)}`,
    'milestone:budget': on(9),
    offeredOn: on(15),
    ...Object.fromEntries(open.slice(0, reached).map((name, place) => [`stage:${name}`, on(place * 11)])),
    ...(outcome && { outcome, outcomeOn: on(70) }),
    ...(outcome === 'won' && { reference: `O-${index}` }),
    ...(outcome === 'lost' && { reason: 'price', note: '"Too dear", they said' }),
  };
  return columns.map((name) => `"${(cells[name] ?? '').replaceAll('"', '""')}"`).join(',');
}

export interface ImportMeasured {
  /** Until the answer. */
  readonly importMs: number;
  /** Until what was imported can be read. */
  readonly importReadableMs: number;
  /** The same file again. */
  readonly importAgainMs: number;
  readonly importEvents: number;
  readonly lost: number;
  readonly doubled: number;
}

/** 10 000 opportunities with their history, uploaded as CSV to an api and a worker in one process. */
export async function measureImport(
  databaseUrl: string,
  say: (line: string) => void,
): Promise<ImportMeasured> {
  const tenantId = await createTenant(databaseUrl, 'Bench');
  const pool = createPool({ databaseUrl, connections: 20, name: 'bench' });
  const onError = (error: Error) => say(error.message);
  const wakeUps = createWakeUps({ databaseUrl, redisUrl: undefined, onError });
  const runtime = createRuntime({ pool, masterKey: 'bench', clock: () => now, appended: wakeUps.wake });
  await seed(pool, tenantId);
  await appendTo(pool, tenantId, [
    [
      `pipeline-def/${pipelineId}`,
      [
        pipelineEvents.PipelineDefined({ pipelineId, ...document }),
        pipelineEvents.PipelineVersionPublished({ pipelineId, version: 1, ...document }),
      ],
    ],
  ]);
  const worker = await startWorker({ runtime, models: readModels, reactions, wakeUps, onError });
  const app = await createApp({
    runtime,
    verify: createVerifier(pool),
    secret: 'bench',
    version: 'bench',
    ready: async () => undefined,
    metrics: async () => '',
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const [token] = await issueKeys(databaseUrl, [{ tenantId, name: 'bench', roles: ['IN'] }]);
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'text/csv' };
  const file = [columns.join(','), ...Array.from({ length: rows }, (_, index) => rowOf(index))].join('\r\n');

  async function upload(): Promise<{ readonly ms: number; readonly result: ImportResult }> {
    const started = performance.now();
    const response = await fetch(`${url}/v1/imports/opportunities`, { method: 'POST', headers, body: file });
    const result = await response.json();
    if (!response.ok) throw new Error(JSON.stringify(result));
    return { ms: performance.now() - started, result: result as ImportResult };
  }
  async function readable(position: number): Promise<void> {
    for (;;) {
      const asked = `${url}/v1/opportunities?limit=1&minPosition=${position}`;
      if ((await fetch(asked, { headers })).ok) return;
    }
  }
  const good = rows - rows / 100;
  try {
    await readable(1);
    const started = performance.now();
    const first = await upload();
    await readable(first.result.position);
    const readableMs = performance.now() - started;
    const again = await upload();
    say(`${rows} rows in ${first.ms.toFixed(0)} ms, readable after ${readableMs.toFixed(0)} ms`);
    return {
      importMs: first.ms,
      importReadableMs: readableMs,
      importAgainMs: again.ms,
      importEvents: first.result.position,
      lost: good - first.result.imported + Math.abs(first.result.refused - rows / 100),
      doubled: again.result.imported + good - again.result.unchanged,
    };
  } finally {
    await app.close();
    await worker.close();
    await runtime.dispatcher.close();
    await wakeUps.close();
    await pool.end();
  }
}
