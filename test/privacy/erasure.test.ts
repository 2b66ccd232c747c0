import { createHmac, hash } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { replay, replayJson, replayText } from '../../src/cli/replay.ts';
import type { Actor } from '../../src/engine/decision.ts';
import { withLog } from '../../src/engine/ledger.ts';
import { createProjector } from '../../src/engine/projector.ts';
import { erased } from '../../src/engine/vault.ts';
import { verifyLog } from '../../src/engine/verification.ts';
import { organisationEvents } from '../../src/events/organisation.ts';
import { personEvents } from '../../src/events/person.ts';
import { readModels } from '../../src/projections/index.ts';
import { commandsByName, createRuntime, type Runtime } from '../../src/runtime.ts';
import { asAdmin } from '../../src/storage/tenants.ts';
import { findCanaries } from '../support/canaries.ts';
import { ann, channelId, regionId, staff, today } from '../support/commerce.ts';
import { idOf } from '../support/given.ts';
import { exportTo, runVerifier } from '../support/ledger.ts';
import { type Server, startServer } from '../support/server.ts';
import { seed } from '../support/stave.ts';
import { tableRows } from '../support/tables.ts';

const full = process.env['STAVE_FULL'] === '1';
const subjects = Array.from({ length: full ? 50 : 4 }, (_, index) => ({
  personId: idOf(`person ${index}`),
  customerId: idOf(`erased customer ${index}`),
  contactId: idOf(`erased contact ${index}`),
  visitId: idOf(`erased visit ${index}`),
  canary: (what: string) => `${what}canary${index}x`,
}));
const kept = {
  personId: idOf('kept person'),
  customerId: idOf('kept customer'),
  contactId: idOf('kept contact'),
};
const [first] = subjects as [(typeof subjects)[number]];
const fields = [
  'name',
  'mail',
  'phone',
  'tax',
  'street',
  'contact',
  'title',
  'cphone',
  'cmail',
  'met',
  'second',
];
const canaries = subjects.flatMap(({ canary }) => fields.map((field) => canary(field)));

/** What could be told of a claimed text without the secret of its tenant. */
const guessesOf = (kind: string, ...texts: readonly string[]): readonly string[] =>
  [
    JSON.stringify(texts),
    JSON.stringify([kind, ...texts]),
    texts.join(''),
    `${kind}/${texts.join('/')}`,
  ].flatMap((text) => [
    ...['sha256', 'sha1', 'md5'].map((algorithm) => hash(algorithm, text, 'hex')),
    ...['', 'stave', kind, server.tenantId].map((key) =>
      createHmac('sha256', key).update(text).digest('hex'),
    ),
  ]);

const at = '2026-03-02T08:00:00.000Z';

let server: Server;
let rival: Runtime;
let administrator: string;
let auditor: string;
let manager: string;
let before = 0;
const logged: string[] = [];

const system = (): Actor => ({
  tenantId: server.tenantId,
  kind: 'system',
  name: 'test',
  credentialId: 'test',
  roles: [],
});
async function run(name: string, input: object, runtime: Runtime = server.runtime) {
  const command = commandsByName.get(name)!;
  const outcome = await runtime.dispatcher.execute({
    actor: system(),
    command,
    input: input as never,
    source: 'test',
  });
  if (!outcome.ok) throw new Error(`${name}: ${outcome.detail} ${JSON.stringify(outcome.errors)}`);
  return outcome;
}
const get = async (path: string, token = auditor) =>
  server.get(`${path}${path.includes('?') ? '&' : '?'}minPosition=${(await headOf()).toString()}`, token);
const headOf = async (): Promise<number> => {
  const { rows } = await server.runtime.pool.query('select position from log.head where tenant_id = $1', [
    server.tenantId,
  ]);
  return Number(rows[0].position);
};
const stave = () => ({ ...server.runtime, tenantId: server.tenantId }) as never;

async function record({ personId, customerId, contactId, visitId, canary }: (typeof subjects)[number]) {
  const email = (what: string) => `${canary(what)}@example.com`;
  await run('RegisterPerson', { personId, name: canary('name'), email: email('mail') });
  await run('UpdatePersonalDetails', { personId, phone: canary('phone') });
  await run('RegisterCustomer', {
    customerId,
    name: canary('name'),
    taxId: canary('tax'),
    address: canary('street'),
    email: email('mail'),
    kind: 'end_customer',
    regionId,
    channelId,
    segment: 'retail',
    source: 'fair',
    ownerId: ann,
  });
  await run('RecordContact', {
    customerId,
    contactId,
    name: canary('contact'),
    role: 'user',
    title: canary('title'),
    phone: canary('cphone'),
    email: email('cmail'),
  });
  await run('EnrichCustomer', { customerId, phone: canary('phone'), name: canary('second') }, rival);
  await run('StartVisit', { visitId, personId: ann, customerId, unplannedReason: 'He called.' });
  await run('RecordPersonMet', { visitId, name: canary('met'), role: 'influencer' });
  await run('EndVisit', { visitId });
}

/** Everything that a reader may be shown of somebody, as text. */
async function shown({ personId, customerId, visitId }: (typeof subjects)[number], query = '') {
  const paths = [
    [`/v1/people/${personId}`, manager],
    [`/v1/customers/${customerId}`, manager],
    [`/v1/visits/${visitId}`, manager],
    [`/v1/timeline/customer/${customerId}`, manager],
    [`/v1/timeline/person/${personId}`, manager],
    [`/v1/audit/events?subject=customer/${customerId}`, auditor],
    [`/v1/events?stream=person/${personId}`, auditor],
    [`/v1/events?stream=customer/${customerId}`, auditor],
  ] as const;
  const answers = await Promise.all(
    paths.map(([path, token]) =>
      query ? server.get(`${path}${path.includes('?') ? '&' : '?'}${query}`, token) : get(path, token),
    ),
  );
  expect(answers.map(({ status }) => status)).toEqual(paths.map(() => 200));
  return JSON.stringify(answers.map(({ body }) => body));
}

beforeAll(async () => {
  const sink = new Writable({
    write: (chunk, _, done) => {
      logged.push(String(chunk));
      done();
    },
  });
  server = await startServer({ clock: () => at, logger: pino({ level: 'trace' }, sink) });
  rival = createRuntime({ pool: server.runtime.pool, masterKey: 'test', clock: () => at });
  administrator = await server.token({ name: 'administrator', roles: ['AD'] });
  auditor = await server.token({ name: 'auditor', roles: ['AU'] });
  manager = await server.token({ name: 'manager', roles: ['TM'] });
  await seed(
    stave(),
    'organisation',
    organisationEvents.OrganisationConfigured({
      name: 'Acme',
      timeZone: 'UTC',
      reportingCurrency: 'EUR',
      weekStart: 1,
      dailyReportDue: '18:00',
      weeklyReportDue: { isoWeekday: 5, time: '18:00' },
      monthlyReviewDueWorkingDay: 3,
    }),
    ...staff,
  );
  for (const subject of subjects) await record(subject);
  await run('RegisterPerson', { personId: kept.personId, name: 'Kept Person' });
  before = await headOf();
}, 120_000);

afterAll(async () => {
  await rival.dispatcher.close();
  await server.stop();
});

describe('erasure', () => {
  test('finds what it is to find', async () => {
    const text = await shown(first);
    for (const field of fields) expect(text).toContain(first.canary(field));
    expect(await shown(first, `knownAt=${before}`)).toContain(first.canary('contact'));
    const places = await findCanaries(server.databaseUrl, canaries);
    expect(
      [...new Set(places.map((place) => place.split(':')[0]))].filter((place) => place !== 'pg_dump'),
    ).toEqual([
      'past.contact',
      'past.customer',
      'past.person',
      'read.contact',
      'read.customer',
      'read.person',
    ]);
  });

  test('is for administrators, of whom is known', async () => {
    const path = `/v1/people/${first.personId}/erase-personal-data`;
    expect((await server.post(path, manager)).status).toBe(403);
    expect(
      (await server.post(`/v1/people/${idOf('nobody')}/erase-personal-data`, administrator)).status,
    ).toBe(404);
  });

  test('leaves nothing of them anywhere once it is answered', async () => {
    for (const { personId, customerId } of subjects) {
      for (const path of [`people/${personId}`, `customers/${customerId}`]) {
        const { status, body } = await server.post(`/v1/${path}/erase-personal-data`, administrator);
        expect({ path, status, body }).toMatchObject({ status: 200 });
      }
    }
    expect(await findCanaries(server.databaseUrl, canaries)).toEqual([]);
    expect(logged.filter((line) => canaries.some((canary) => line.includes(canary)))).toEqual([]);
  });

  test('leaves of what they claimed no digest that others can make', async () => {
    const guesses = subjects.flatMap(({ canary }) => [
      ...guessesOf('customer-tax-id', canary('tax')),
      ...['name', 'second'].flatMap((name) => guessesOf('customer-name', canary(name), '')),
    ]);
    const { rows } = await asAdmin(server.databaseUrl, (client) =>
      client.query(
        `select type, count(*)::integer as count from log.event
         where stream ~ '^claim/customer-(name|tax-id)/[0-9a-f]{32}$' group by type order by type`,
      ),
    );
    const claimed = subjects.length * 3;
    expect(rows).toEqual([
      { type: 'Claimed', count: claimed },
      { type: 'Released', count: claimed },
    ]);
    expect(
      await findCanaries(
        server.databaseUrl,
        guesses.map((guess) => guess.slice(0, 32)),
      ),
    ).toEqual([]);
  });

  test('shows the erased as erased, now and in the past', async () => {
    for (const subject of [first, subjects.at(-1)!]) {
      for (const text of [await shown(subject), await shown(subject, `knownAt=${before}`)]) {
        expect(canaries.filter((canary) => text.includes(canary))).toEqual([]);
        expect(text).toContain(erased);
      }
    }
    const { body } = await get(`/v1/people/${first.personId}`, manager);
    expect(body).toMatchObject({ name: erased, email: erased, phone: erased });
    expect((await get(`/v1/people/${kept.personId}`, manager)).body).toMatchObject({ name: 'Kept Person' });
  });

  test('replays the erased as erased', async () => {
    for (const at of [undefined, String(before)]) {
      const told = await replay(server.runtime, server.tenantId, `customer/${first.customerId}`, at);
      const text = replayText(told) + replayJson(told);
      expect(canaries.filter((canary) => text.includes(canary))).toEqual([]);
      expect(text).toContain(erased);
    }
  });

  test('leaves a log that verifies, here and by an export', async () => {
    const verification = await withLog(server.runtime.pool, server.tenantId, (log) =>
      verifyLog(log, server.tenantId, { receipts: true }),
    );
    expect(verification).toMatchObject({ damages: [] });
    const file = join(await mkdtemp(join(tmpdir(), 'stave-privacy-')), 'export.ndjson');
    const admin = await server.runtime.pool.connect();
    try {
      await admin.query("select set_config('stave.tenant', $1, false)", [server.tenantId]);
      await exportTo(file, admin, server.tenantId);
    } finally {
      admin.release(true);
    }
    expect(await runVerifier(file)).toMatchObject({ code: 0, damages: [] });
  });

  test('is forgotten by a process that knew them, which records what comes after', async () => {
    const purged: string[] = [];
    rival.eraser.listen((tenantId) => purged.push(tenantId));
    await run('EnrichCustomer', { customerId: first.customerId, phone: '456' }, rival);
    expect((await get(`/v1/customers/${first.customerId}`, manager)).body).toMatchObject({
      name: erased,
      phone: '456',
    });
    await rival.eraser.refresh();
    expect(new Set(purged)).toEqual(new Set([server.tenantId]));
    await run('UpdatePersonalDetails', { personId: first.personId, name: 'New Name' }, rival);
    await run('UpdatePersonalDetails', { personId: first.personId, phone: '123' });
    expect((await get(`/v1/people/${first.personId}`, manager)).body).toMatchObject({
      name: 'New Name',
      email: erased,
      phone: '123',
    });
    const again = await server.post(`/v1/people/${first.personId}/erase-personal-data`, administrator);
    expect(again.body.events).toHaveLength(1);
    expect(await findCanaries(server.databaseUrl, ['New Name'])).toEqual([]);
    const thrice = await server.post(`/v1/people/${first.personId}/erase-personal-data`, administrator);
    expect(thrice.body.events).toEqual([]);
  });

  test('is carried out by another process when the one that recorded it did not', async () => {
    const { personId } = subjects[1]!;
    await run('UpdatePersonalDetails', { personId, name: 'Late Name' });
    expect((await get(`/v1/people/${personId}`, manager)).body).toMatchObject({ name: 'Late Name' });
    await seed(stave(), `person/${personId}`, personEvents.PersonalDataErased({ personId }));
    await rival.eraser.advance(server.tenantId);
    expect((await get(`/v1/people/${personId}`, manager)).body).toMatchObject({ name: erased });
    expect(await findCanaries(server.databaseUrl, ['Late Name'])).toEqual([]);
  });

  test('leaves read models that a rebuild makes the same', async () => {
    const projector = createProjector({ ...server.runtime, models: readModels });
    await projector.advance(server.tenantId);
    const live = await tableRows(stave());
    await projector.rebuild(server.tenantId);
    await projector.advance(server.tenantId);
    expect(await tableRows(stave())).toEqual(live);
    expect(await findCanaries(server.databaseUrl, [...canaries, 'New Name'])).toEqual([]);
    process.stdout.write(
      `erasure: ${subjects.length * 2} subjects, ${canaries.length} canaries, 0 hits, ${today}\n`,
    );
  });
});
