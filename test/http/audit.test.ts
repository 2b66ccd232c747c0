import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { replay, replayJson, replayText } from '../../src/cli/replay.ts';
import { createProjector } from '../../src/engine/projector.ts';
import { chainHashOf, documentEvents, documentHash } from '../../src/events/document.ts';
import { organisationEvents } from '../../src/events/organisation.ts';
import { personEvents } from '../../src/events/person.ts';
import { visitPlanEvents } from '../../src/events/visit-plan.ts';
import { readModels } from '../../src/projections/index.ts';
import {
  ann,
  bob,
  customerId,
  orderId,
  ownedByAnn,
  registered,
  staff,
  supervisor,
  taken,
  today,
} from '../support/commerce.ts';
import { execute } from '../support/database.ts';
import { idOf } from '../support/given.ts';
import { type Server, startServer } from '../support/server.ts';
import { seed } from '../support/stave.ts';

const { VisitPlanOpened, VisitPlanned, PlannedVisitChanged } = visitPlanEvents;
const { DocumentSubmitted, DocumentSignedOff, SignOffVoided } = documentEvents;
const { OrganisationConfigured } = organisationEvents;
const { PersonRegistered, PersonalDetailsUpdated } = personEvents;

const plan = `visit-plan/${ann}/${today}`;
const documents = `/v1/documents/visit-plan/${ann}~${today}`;
const keys = { personId: ann, date: today };
const visitId = idOf('visit');
const at = '2026-03-02T08:00:00.000Z';
const author = { authorId: ann, date: today };
const submission = (docVersion: number) =>
  DocumentSubmitted({
    ...author,
    docVersion,
    dueAt: at,
    latenessMinutes: 0,
    completenessBp: 10_000,
    signOffDueAt: at,
  });

let server: Server;
let auditor: string;
let seller: string;
let other: string;
let head = 0;

const stave = () => ({ ...server.runtime, tenantId: server.tenantId }) as never;
const get = async (path: string, token = auditor) =>
  server.get(`${path}${path.includes('?') ? '&' : '?'}minPosition=${head}`, token);

/** Signs the present version of the plan as it stands in the log. */
async function sign(docVersion: number, previous: string | null, comment: string) {
  const log = await server.get(`/v1/events?stream=${plan}`, auditor);
  const content = /^(VisitPlanned|PlannedVisitChanged)$/;
  const docHash = documentHash(
    log.body.data
      .filter(({ type }: { type: string }) => content.test(type))
      .map(({ bodyHash }: { bodyHash: string }) => bodyHash),
  );
  const link = { previous, docHash, docVersion, signerId: supervisor, comment };
  const chainHash = chainHashOf(link);
  await seed(stave(), plan, DocumentSignedOff({ ...author, ...link, chainHash }));
  return chainHash;
}

beforeAll(async () => {
  server = await startServer({ worker: false, clock: () => at });
  auditor = await server.token({ name: 'auditor', roles: ['AU'] });
  seller = await server.token({ name: 'ann', personId: ann });
  other = await server.token({ name: 'bob', personId: bob });
  await seed(
    stave(),
    'organisation',
    OrganisationConfigured({
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
  await seed(stave(), `person/${ann}`, PersonRegistered({ personId: ann, name: 'Ann Miller' }));
  await seed(stave(), `person/${supervisor}`, PersonRegistered({ personId: supervisor, name: 'Sue Ray' }));
  await seed(stave(), `customer/${customerId}`, registered, ownedByAnn);
  await seed(stave(), `order/${orderId}`, taken);
  const visit = { ...keys, visitId, customerId, purposes: ['service' as const] };
  await seed(
    stave(),
    plan,
    VisitPlanOpened(keys),
    VisitPlanned({ ...visit, sequence: 1, window: { start: '09:00', end: '10:00' } }),
    submission(1),
  );
  const first = await sign(1, null, 'Go.');
  await seed(
    stave(),
    plan,
    PlannedVisitChanged({ ...keys, visitId, window: { start: '11:00', end: '12:00' }, reason: 'Later.' }),
    submission(2),
  );
  const second = await sign(2, first, 'Go then.');
  await seed(
    stave(),
    plan,
    SignOffVoided({
      ...author,
      docVersion: 2,
      chainHash: second,
      voidedBy: idOf('manager'),
      reason: 'Wrong day.',
      signOffDueAt: at,
    }),
  );
  await sign(2, second, 'Go after all.');
  await seed(stave(), `person/${ann}`, PersonalDetailsUpdated({ personId: ann, name: 'Ann Smith' }));
  head = (await server.get('/v1/events?limit=1', auditor)).body.head;
  const { pool, read } = server.runtime;
  await createProjector({ pool, read, models: readModels }).advance(server.tenantId);
});
afterAll(() => server.stop());

describe('the audit trail', () => {
  test('tells what happened, newest first, by the names of today', async () => {
    const { body } = await get('/v1/audit/events?type=OrderTaken,VisitPlanned,DocumentSignedOff');
    expect(body.data.map(({ sentence }: { sentence: string }) => sentence)).toEqual([
      `Sue Ray signed the plan of ${today} by Ann Smith: Go after all.`,
      `Sue Ray signed the plan of ${today} by Ann Smith: Go then.`,
      `Sue Ray signed the plan of ${today} by Ann Smith: Go.`,
      `Ann Smith planned to visit Blue Door Ltd. on ${today} from 09:00 to 10:00 for service.`,
      'Ann Smith took an order of 10.00 EUR from Blue Door Ltd.',
    ]);
    expect(body.data[0]).toMatchObject({ by: 'the system', actor: 'system/test' });
  });

  test('pages over every filter without losing or repeating an event', async () => {
    const all = (await server.get('/v1/events?limit=1000', auditor)).body.data;
    const positions = async (query: string, limit: number) => {
      const seen: number[] = [];
      for (let cursor = ''; ; ) {
        const { status, body } = await get(`/v1/audit/events?${query}&limit=${limit}${cursor}`);
        expect(status, JSON.stringify(body)).toBe(200);
        seen.push(...body.data.map(({ position }: { position: number }) => position));
        if (body.nextCursor === null) return seen;
        cursor = `&cursor=${body.nextCursor}`;
      }
    };
    type Logged = {
      actor: string;
      effectiveOn: string;
      position: number;
      type: string;
      stream: string;
      data: Record<string, unknown>;
      recordedAt: string;
    };
    const where = (matches: (event: Logged) => boolean) =>
      all.filter(matches).map(({ position }: Logged) => position);
    const middle = `${all[20].recordedAt.slice(0, 23)}Z`;
    const cases: readonly (readonly [string, readonly number[]])[] = [
      ['actor=system/test', where(({ actor }) => actor === 'system/test')],
      ['type=RoleGranted,PersonEmployed', where(({ type }) => /^(RoleGranted|PersonEmployed)$/.test(type))],
      [`stream=${plan}`, where(({ stream }) => stream === plan)],
      [`subject=customer/${customerId}`, where(({ data }) => data['customerId'] === customerId)],
      [`subject=customer/${customerId}&type=OrderTaken`, where(({ type }) => type === 'OrderTaken')],
      [`recordedFrom=${middle}`, where(({ recordedAt }) => `${recordedAt.slice(0, 23)}Z` >= middle)],
      [`recordedTo=${middle}`, where(({ recordedAt }) => `${recordedAt.slice(0, 23)}Z` <= middle)],
      ['dateFrom=2026-03-01&dateTo=2026-03-01', where(({ effectiveOn }) => effectiveOn === '2026-03-01')],
      ['dateFrom=2026-03-02', where(({ effectiveOn }) => effectiveOn > '2026-03-01')],
    ];
    for (const [query, expected] of cases)
      for (const limit of [1, 4, 200]) {
        expect(await positions(`${query}&sort=position`, limit), query).toEqual(expected);
        expect(await positions(query, limit), query).toEqual(expected.toReversed());
      }
  });

  test('is for auditors, and refuses a cursor of another list', async () => {
    expect((await get('/v1/audit/events', seller)).status).toBe(403);
    const { body } = await get('/v1/audit/events?limit=1');
    const refused = async (query: string) => {
      const { status, body } = await get(`/v1/audit/events?${query}`);
      return [status, body.code];
    };
    for (const query of [`sort=position&cursor=${body.nextCursor}`, 'cursor=abc'])
      expect(await refused(query), query).toEqual([400, 'invalid-cursor']);
    for (const query of ['limit=201', 'sort=type'])
      expect(await refused(query), query).toEqual([400, 'invalid-input']);
  });
});

describe('a signed document', () => {
  test('is shown as it stood at each of its versions, with who signed', async () => {
    const first = await get(`${documents}/versions/1`, seller);
    expect(first).toMatchObject({
      status: 200,
      body: {
        kind: 'visit-plan',
        authorId: ann,
        date: today,
        docVersion: 1,
        verified: true,
        content: { noVisitsReason: null, visits: [{ visitId, windowStart: '09:00', windowEnd: '10:00' }] },
        signatures: [
          { signerId: supervisor, signer: 'Sue Ray', comment: 'Go.', previous: null, voidedAt: null },
        ],
      },
    });
    const second = await get(`${documents}/versions/2`, seller);
    expect(second.body).toMatchObject({
      verified: true,
      content: { visits: [{ windowStart: '11:00', windowEnd: '12:00' }] },
      signatures: [
        { comment: 'Go then.', voidReason: 'Wrong day.', verified: true },
        { comment: 'Go after all.', voidReason: null, verified: true },
      ],
    });
    const list = await get(`${documents}/versions`, seller);
    expect(list.body).toMatchObject({ verified: true, data: [{ docVersion: 1 }, { docVersion: 2 }] });
    expect(list.body.data[0]).not.toHaveProperty('content');
  });

  test('has a history in sentences', async () => {
    const { body } = await get(`${documents}/history`, seller);
    expect(body.data.map(({ sentence }: { sentence: string }) => sentence)).toEqual([
      `Ann Smith began the plan of ${today}.`,
      `Ann Smith planned to visit Blue Door Ltd. on ${today} from 09:00 to 10:00 for service.`,
      `Ann Smith submitted version 1 of the plan of ${today}, on time.`,
      `Sue Ray signed the plan of ${today} by Ann Smith: Go.`,
      `Ann Smith changed a planned visit of ${today}: Later.`,
      `Ann Smith submitted version 2 of the plan of ${today}, on time.`,
      `Sue Ray signed the plan of ${today} by Ann Smith: Go then.`,
      `somebody voided the signature on the plan of ${today}: Wrong day.`,
      `Sue Ray signed the plan of ${today} by Ann Smith: Go after all.`,
    ]);
  });

  test('is as unknown to a stranger as one that is not there', async () => {
    for (const path of ['/versions', '/versions/1', '/history']) {
      expect((await get(`${documents}${path}`, other)).status, path).toBe(404);
      expect((await get(`/v1/documents/visit-plan/${ann}~2026-03-09${path}`, seller)).status, path).toBe(404);
    }
    expect((await get(`${documents}/versions/3`, seller)).status).toBe(404);
    expect((await get(`${documents}/versions/0`, seller)).status).toBe(400);
  });
});

describe('stave replay', () => {
  const run = (subject: string, moment?: string) => replay(server.runtime, server.tenantId, subject, moment);

  test('folds a stream up to a position or an instant', async () => {
    const log = (await server.get(`/v1/events?stream=${plan}`, auditor)).body.data;
    const { position } = log[2];
    const byPosition = await run(plan, String(position));
    expect(byPosition).toMatchObject({
      position,
      streams: [{ stream: plan, version: 3, state: { document: { status: 'submitted', docVersion: 1 } } }],
    });
    expect(byPosition.events).toHaveLength(3);
    const beforeSignature = Temporal.Instant.from(log[3].recordedAt).add({ milliseconds: -1 });
    expect((await run(plan, beforeSignature.toString())).position).toBe(position);
    expect((await run(plan)).streams[0]!.state).toMatchObject({
      document: { status: 'signed', docVersion: 2 },
    });
  });

  test('gathers the streams of a person and what happened to a customer', async () => {
    const person = await run(`person/${ann}`);
    expect(person.streams.map(({ stream }) => stream)).toEqual([`person/${ann}`, plan]);
    const customer = await run(`customer/${customerId}`);
    expect(customer.streams).toMatchObject([{ stream: `customer/${customerId}`, version: 2 }]);
    expect(customer.events.map(({ sentence }) => sentence)).toContain(
      'Ann Smith took an order of 10.00 EUR from Blue Door Ltd.',
    );
    expect(replayText(customer)).toContain(`customer/${customerId} at position ${head}`);
    expect(JSON.parse(replayJson(await run('organisation'))).streams[0].state.people[ann]).toBeDefined();
  });

  test('refuses what it does not know', async () => {
    await expect(run('customer/nobody')).rejects.toThrow('nothing is known');
    await expect(run(plan, String(head + 1))).rejects.toThrow('the log ends');
    await expect(run(plan, 'soon')).rejects.toThrow('--at is');
    await expect(replay(server.runtime, idOf('tenant'), plan)).rejects.toThrow('no such tenant');
  });
});

describe('a signed document that was tampered with', () => {
  const tamper = (statement: string) =>
    execute(
      server.databaseUrl,
      `set session_replication_role = replica; alter table log.event disable trigger all; ${statement}; alter table log.event enable always trigger append_only; alter table log.event enable always trigger append_only_truncate`,
    );
  test('does not verify', async () => {
    const where = `tenant_id = '${server.tenantId}' and stream = '${plan}'`;
    await tamper(
      `update log.event set data = replace(data::text, '"09:00"', '"09:30"')::json where ${where} and type = 'VisitPlanned'`,
    );
    const { body } = await get(`${documents}/versions`, seller);
    expect(body.verified).toBe(false);
    expect(body.data.map(({ contentVerified }: { contentVerified: boolean }) => contentVerified)).toEqual([
      false,
      false,
    ]);
    await tamper(
      `update log.event set data = replace(data::text, '"09:30"', '"09:00"')::json where ${where} and type = 'VisitPlanned'`,
    );
    expect((await get(`${documents}/versions`, seller)).body.verified).toBe(true);
    await tamper(
      `update log.event set data = replace(data::text, '"Go then."', '"Stay."')::json where ${where} and type = 'DocumentSignedOff'`,
    );
    const { body: signed } = await get(`${documents}/versions`, seller);
    expect(
      signed.data.map(({ signatures }: { signatures: { verified: boolean }[] }) =>
        signatures.map(({ verified }) => verified),
      ),
    ).toEqual([[true], [false, true]]);
  });
});
