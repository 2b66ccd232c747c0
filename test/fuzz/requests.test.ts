import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Server, startServer } from '../support/server.ts';
import { createClient } from './support/client.ts';
import { type ApiDocument, readDocument } from './support/document.ts';
import { countOf, report, seed } from './support/figures.ts';
import { type Probe, probesOf, wrongIn } from './support/probe.ts';
import { everyRole, fillTenant } from './support/world.ts';

const requests = countOf(6_000, 20_000, 1_000_000);
const perRoundMax = 20;
const wrongMax = 25;

let server: Server;
let document: ApiDocument;
let tokens: readonly string[];

beforeAll(async () => {
  server = await startServer({
    clock: () => '2026-03-02T10:00:00.000Z',
    limits: { requestsPerMinute: 10_000_000 },
  });
  await fillTenant(server);
  document = await readDocument(server);
  tokens = [await server.token({ name: 'all', roles: everyRole })];
});
afterAll(() => server.stop());

/** Requests to each operation in turn, the same for the same seed. */
function* probes(): Generator<Probe> {
  const { operations } = document;
  const perRound = Math.max(1, Math.min(perRoundMax, Math.floor(requests / operations.length)));
  for (let made = 0, round = 0; made < requests; round += 1) {
    for (const [index, operation] of operations.entries()) {
      const numRuns = Math.min(perRound, requests - made);
      if (numRuns === 0) return;
      made += numRuns;
      yield* fc.sample(probesOf(document, operation, tokens), {
        numRuns,
        seed: seed + round * 1_000 + index,
      });
    }
  }
}

const shown = ({ operation, fault, method, url, headers, body }: Probe, wrong: readonly string[]): string =>
  `${operation.id} (${fault}): ${wrong.join('; ')}\n  ${method} ${url.slice(0, 300)} ${JSON.stringify(headers).slice(0, 300)} ${body?.slice(0, 600) ?? ''}`;

test('whatever is sent is answered as declared', { timeout: Math.max(120_000, requests * 20) }, async () => {
  const client = createClient(server.url, 8);
  const wrong = new Map<string, string>();
  const statuses = new Map<number, number>();
  const valid = new Set<string>();
  let sent = 0;
  let slowestMs = 0;
  let faults = 0;
  let undeclared = 0;
  await client.each(probes(), async (probe) => {
    const answer = await client.send(probe).catch((error: Error) => error);
    sent += 1;
    const found =
      answer instanceof Error ? [`no answer: ${answer.message}`] : wrongIn(document, probe, answer);
    if (!(answer instanceof Error)) {
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      slowestMs = Math.max(slowestMs, answer.ms);
      if (probe.fault === 'none' && answer.status !== 400) valid.add(probe.operation.id);
      if (answer.status >= 500 && found.length > 0) faults += 1;
    }
    if (found.length === 0) return;
    undeclared += 1;
    const key = `${found[0]!.replace(/[0-9a-f-]{36}/g, '').slice(0, 60)} ${probe.operation.method} ${probe.fault}`;
    if (!wrong.has(key)) wrong.set(key, shown(probe, found));
  });
  client.close();
  report({
    fuzzRequests: sent,
    fuzz5xx: faults,
    fuzzUndeclared: undeclared,
    fuzzSlowestMs: Math.round(slowestMs),
    fuzzOperationsReached: valid.size,
  });
  expect([...wrong.values()].slice(0, wrongMax), [...statuses].join(' ')).toEqual([]);
  expect(valid.size / document.operations.length).toBeGreaterThan(0.95);
});
