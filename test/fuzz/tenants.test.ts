import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTenant, issueKeys } from '../../src/storage/tenants.ts';
import { idOf } from '../support/given.ts';
import { type Server, startServer } from '../support/server.ts';
import { createClient } from './support/client.ts';
import { type ApiDocument, readDocument } from './support/document.ts';
import { countOf, report, seed } from './support/figures.ts';
import { type Answered, type Probe, probesOf } from './support/probe.ts';
import { canary, everyRole, fillTenant } from './support/world.ts';

const probesMax = countOf(700, 2_000, 10_000);
const perRound = 12;
const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;

let server: Server;
let document: ApiDocument;
let own: string;
let foreign: string;
let client: ReturnType<typeof createClient>;

beforeAll(async () => {
  server = await startServer({
    clock: () => '2026-03-02T10:00:00.000Z',
    limits: { requestsPerMinute: 10_000_000 },
  });
  await fillTenant(server);
  document = await readDocument(server);
  own = await server.token({ name: 'own', roles: everyRole });
  const other = await createTenant(server.databaseUrl, 'Other');
  foreign = (await issueKeys(server.databaseUrl, [{ tenantId: other, name: 'own', roles: everyRole }]))[0]!;
  client = createClient(server.url, 8);
});
afterAll(async () => {
  client.close();
  await server.stop();
});

/** Sound requests about things of the first tenant, to each operation in turn. */
function* probes(count: number, from: number): Generator<Probe> {
  for (let made = 0, round = 0; made < count; round += 1)
    for (const [index, operation] of document.operations.entries()) {
      if (made >= count) return;
      const sound = probesOf(document, operation, [own]).filter(({ fault }) => fault === 'none');
      const numRuns = Math.min(perRound, Math.ceil(count / document.operations.length), count - made);
      made += numRuns;
      yield* fc.sample(sound, { numRuns, seed: from + round * 1_000 + index });
    }
}

const tried = (probe: Probe): Probe => {
  if (probe.method !== 'POST' || probe.operation.id === 'batch') return probe;
  return { ...probe, url: `${probe.url.split('?')[0]}?dryRun=true` };
};

const elsewhere = (id: string): string => idOf(`nowhere ${id}`);

/** What may differ between two answers: when it was sent, what is left of the rate, and ids that were made for it. */
function comparable({ status, headers, text }: Answered, sent: ReadonlyMap<string, string>): string {
  const { date: _, ratelimit: __, ...others } = headers;
  const named = (all: string) => all.replace(uuid, (id) => sent.get(id.toLowerCase()) ?? '(made)');
  return named(JSON.stringify([status, others, text]));
}

/** The list of accesses grows with every probe: compared is whether it has any but those that these probes left. */
function withoutOwn(probe: Probe, answer: Answered): Answered {
  if (probe.operation.id !== 'listAccesses' || answer.status !== 200) return answer;
  const { 'content-length': _, ...headers } = answer.headers;
  const { data } = JSON.parse(answer.text) as { readonly data: readonly { readonly credential: string }[] };
  const others = data.filter(({ credential }) => credential !== foreign.split('_')[1]);
  return { ...answer, headers, text: JSON.stringify(others) };
}

const triesMax = 200;

/** Verifications run one at a time: another probe's may be on its way, whatever this one asks about. */
async function sendWhenFree(request: Parameters<typeof client.send>[0]): Promise<Answered> {
  let answer = await client.send(request);
  for (let tries = 1; tries < triesMax && answer.text.includes('"verification-busy"'); tries++)
    answer = await client.send(request);
  return answer;
}

test('another tenant’s things are as unknown as any', {
  timeout: Math.max(120_000, probesMax * 60),
}, async () => {
  await client.each(probes(1_200, seed), async (probe) => {
    await client.send(probe);
  });
  const { rows } = await server.runtime.pool.query('select position from log.head where tenant_id = $1', [
    server.tenantId,
  ]);
  await expect
    .poll(async () => (await server.get(`/v1/people?minPosition=${rows[0].position}`, own)).status, {
      timeout: 20_000,
    })
    .toBe(200);
  const { body } = await server.get('/v1/people', own);
  expect(JSON.stringify(body)).toContain(canary);

  const leaks: string[] = [];
  const differences: string[] = [];
  let made = 0;
  let ownAnswers = 0;
  await client.each(probes(probesMax, seed + 500_000), async (probe) => {
    const about = { ...tried(probe), token: foreign };
    const ids = [...new Set(`${about.url} ${about.body ?? ''}`.match(uuid) ?? [])];
    const moved = (text: string) => text.replace(uuid, (id) => elsewhere(id));
    const random = { ...about, url: moved(about.url), ...(about.body && { body: moved(about.body) }) };
    const [first, second] = [
      withoutOwn(probe, await sendWhenFree(about)),
      withoutOwn(probe, await sendWhenFree(random)),
    ];
    made += 1;
    if ((await client.send({ ...about, token: own })).text.includes(canary)) ownAnswers += 1;
    const known = new Map(ids.map((id) => [id.toLowerCase(), id]));
    const back = new Map(ids.map((id) => [elsewhere(id), id]));
    const line = `${probe.operation.id} ${about.url} ${about.body ?? ''}`.slice(0, 400);
    if (first.text.includes(canary) || first.headers['idempotent-replayed']) leaks.push(line);
    if (comparable(first, known) !== comparable(second, back))
      differences.push(`${line}\n${comparable(first, known)}\n${comparable(second, back)}`);
  });
  expect(ownAnswers).toBeGreaterThan(0);
  report({ tenantProbes: made, tenantLeaks: leaks.length, tenantDifferences: differences.length });
  expect(leaks.slice(0, 10)).toEqual([]);
  expect(differences.slice(0, 10)).toEqual([]);
});
