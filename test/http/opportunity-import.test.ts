import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { opportunityIdOf } from '../../src/imports/opportunities.ts';
import { competitorId, customerId, eur } from '../support/commerce.ts';
import { csvOf } from '../support/csv.ts';
import { idOf } from '../support/given.ts';
import { fillForImports, otherPipelineId } from '../support/importing.ts';
import { masterKey } from '../support/installation.ts';
import { pipelineId } from '../support/pipeline.ts';
import { type Server, startServer } from '../support/server.ts';

const now = '2026-03-02T10:00:00.000Z';
const example = await readFile('docs/examples/opportunities.csv', 'utf8');

let server: Server;
let crm: string;
/** As the owner, who sees the log of every tenant. */
let owner: pg.Client;

beforeAll(async () => {
  server = await startServer({ clock: () => now, masterKey });
  await fillForImports(server);
  crm = await server.token({ name: 'crm', roles: ['IN'] });
  owner = new pg.Client({ connectionString: server.databaseUrl });
  await owner.connect();
});
afterAll(async () => {
  await owner?.end();
  await server?.stop();
});

const upload = (file: unknown, token = crm, query = '') =>
  server.post(`/v1/imports/opportunities${query}`, token, file, { 'content-type': 'text/csv' });

/** A file with these columns in each row, and nothing in the others. */
const fileOf = (...rows: readonly Readonly<Record<string, string>>[]): string => {
  const header = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return csvOf([header, ...rows.map((row) => header.map((name) => row[name] ?? ''))]);
};
const usual = (externalId: string) => ({
  externalId,
  title: 'Boxes',
  customer: 'Blue Door Ltd.',
  owner: 'E-17',
  openedOn: '2026-01-05',
  pipeline: 'Sales',
});
const head = async (): Promise<number> => {
  const { rows } = await server.runtime.pool.query(
    'select position::integer from log.head where tenant_id = $1',
    [server.tenantId],
  );
  return rows[0].position;
};
/** How many events were imported; the clock records others meanwhile. */
const recorded = async (): Promise<number> => {
  const { rows } = await owner.query(
    "select count(*)::integer as events from log.event where tenant_id = $1 and source = 'import'",
    [server.tenantId],
  );
  return rows[0].events;
};
const idFor = (externalId: string): string => opportunityIdOf(server.tenantId, externalId);
const read = async (path: string) => {
  const separator = path.includes('?') ? '&' : '?';
  const { status, body } = await server.get(`${path}${separator}minPosition=${await head()}`, crm);
  expect({ path, status }).toEqual({ path, status: 200 });
  return body;
};
const opportunityOf = (externalId: string) => read(`/v1/opportunities/${idFor(externalId)}`);

describe('the example of docs/import.md', () => {
  test('is tried without a trace', async () => {
    const before = await recorded();
    const { status, body } = await upload(example, crm, '?dryRun=true');
    expect(status).toBe(200);
    expect(body).toEqual({
      ...{ dryRun: true, rows: 4, imported: 4, unchanged: 0, refused: 0, position: 0 },
      refusals: [],
    });
    expect(await recorded()).toBe(before);
  });

  test('is imported with its history', async () => {
    const { body } = await upload(example);
    expect(body).toEqual({
      ...{ dryRun: false, rows: 4, imported: 4, unchanged: 0, refused: 0, position: expect.any(Number) },
      refusals: [],
    });
    const [won, lost, open, bare] = await Promise.all(['D-1', 'D-2', 'D-3', 'D-4'].map(opportunityOf));
    expect(won).toMatchObject({
      ...{
        externalId: 'D-1',
        status: 'won',
        reference: 'O-77',
        openedOn: '2025-09-01',
        closedOn: '2025-11-28',
      },
      ...{ valueMinor: '1150000', ownerId: idOf('ann'), source: 'fair' },
      milestones: [{ milestone: 'budget', reachedAt: '2025-09-19T22:00:00.000Z' }],
      offers: [
        { state: 'accepted', totalMinor: '1200000', submittedOn: '2025-10-01', decidedOn: '2025-10-20' },
      ],
    });
    expect(won.stays.map(({ stageId, exit }: Record<string, string>) => [stageId, exit])).toEqual([
      ['lead', 'forward'],
      ['proposal', 'forward'],
      ['contract', 'won'],
      ['won', null],
    ]);
    expect(lost).toMatchObject({
      ...{ status: 'lost', lossReason: 'price', competitorId, note: 'They said: "half the price"' },
      ...{
        ownerId: idOf('bob'),
        valueMinor: '950000',
        expectedClose: '2026-01-31',
        originalClose: '2025-12-15',
      },
      closePushes: 1,
    });
    expect(open).toMatchObject({ status: 'open', stageId: 'proposal', source: 'Import', currency: 'EUR' });
    expect(open.stays.map(({ stageId, exit }: Record<string, string>) => [stageId, exit])).toEqual([
      ['lead', 'forward'],
      ['proposal', 'on_hold'],
      ['paused', 'reopened'],
      ['lead', 'forward'],
      ['proposal', null],
    ]);
    expect(bare).toMatchObject({ status: 'open', stageId: 'lead', valueMinor: '0', ownerId: idOf('ann') });
    const { data } = await read('/v1/opportunities?externalId=D-2');
    expect(data.map(({ opportunityId }: Record<string, string>) => opportunityId)).toEqual([idFor('D-2')]);
  });

  test('adds nothing when it is imported again, by whomever', async () => {
    const before = await recorded();
    const boss = await server.token({ name: 'boss', personId: idOf('boss') });
    for (const token of [crm, boss]) {
      const { body } = await upload(example, token);
      expect(body).toMatchObject({ rows: 4, imported: 0, unchanged: 4, refused: 0 });
    }
    expect(await recorded()).toBe(before);
  });

  test('says in the log who imported it', async () => {
    const { rows } = await owner.query(
      `select distinct actor, source from log.event where tenant_id = $1 and stream = any($2)`,
      [server.tenantId, ['D-1', 'D-2', 'D-3', 'D-4'].map((id) => `opportunity/${idFor(id)}`)],
    );
    expect(rows).toEqual([{ actor: 'integration/crm', source: 'import' }]);
  });

  test('makes the customer what its sales made it, in the order of time', async () => {
    const { rows } = await owner.query(
      `select data->>'to' as rung, effective_on::text as day from log.event
       where tenant_id = $1 and stream = $2 and type = 'CustomerLifecycleAdvanced' order by position`,
      [server.tenantId, `customer/${customerId}`],
    );
    expect(rows).toEqual([
      { rung: 'target', day: '2025-09-01' },
      { rung: 'new', day: '2025-11-28' },
    ]);
  });
});

describe('an imported life', () => {
  const lived = idOf('lived');
  const day = (text: string): string => new Date(Date.parse(text) - 3_600_000).toISOString();
  const command = async (path: string, on: string, body: object): Promise<void> => {
    const { status } = await server.post(`/v1/opportunities${path}`, crm, { ...body, occurredAt: day(on) });
    expect({ path, ok: status < 300 }).toEqual({ path, ok: true });
  };

  beforeAll(async () => {
    const offerId = idOf('lived offer');
    await command('', '2026-01-05', {
      ...{ opportunityId: lived, customerId, ownerId: idOf('ann'), pipelineId: otherPipelineId },
      ...{ title: 'Boxes', source: 'Import', value: eur('100000'), expectedClose: '2026-02-28' },
    });
    await command(`/${lived}/milestones`, '2026-01-07', { milestone: 'budget', evidence: 'A mail' });
    await command(`/${lived}/move`, '2026-01-08', { stageId: 'proposal' });
    await command(`/${lived}/revise-value`, '2026-01-12', { total: eur('120050'), reason: 'More boxes' });
    await command(`/${lived}/revise-expected-close`, '2026-01-12', {
      ...{ expectedClose: '2026-04-15', reason: 'Imported.' },
    });
    await command(`/${lived}/offers`, '2026-01-13', { offerId, total: eur('120050') });
    await command(`/${lived}/offers/${offerId}/accept`, '2026-01-16', {});
    await command(`/${lived}/move`, '2026-01-16', { stageId: 'contract' });
    await command(`/${lived}/move`, '2026-01-20', { stageId: 'proposal', reason: 'Another lawyer' });
    await command(`/${lived}/hold`, '2026-01-22', { reason: 'Imported.' });
    await command(`/${lived}/reopen`, '2026-02-02', { stageId: 'contract', reason: 'Imported.' });
    await command(`/${lived}/transfer`, '2026-02-03', { to: idOf('bob'), reason: 'Handover' });
    await command(`/${lived}/lose`, '2026-02-10', { reasonCode: 'competitor', competitorId, note: 'Fast' });
    const { body } = await upload(
      fileOf({
        ...usual('lived'),
        'stage:lead': '2026-01-05',
        'stage:proposal': '2026-01-08; 2026-01-20 Another lawyer',
        'stage:contract': '2026-01-16; 2026-02-02',
        'stage:paused': '2026-01-22',
        'milestone:budget': '2026-01-07 A mail',
        value: '1000.00; 2026-01-12 1200.50 More boxes',
        expectedClose: '2026-02-28; 2026-01-12 2026-04-15',
        owner: `ann@example.com; 2026-02-03 E-23 Handover`,
        ...{ offeredOn: '2026-01-13', offerAcceptedOn: '2026-01-16' },
        ...{
          outcome: 'lost',
          outcomeOn: '2026-02-10',
          reason: 'competitor',
          competitor: 'Rival',
          note: 'Fast',
        },
      }),
    );
    expect(body).toMatchObject({ imported: 1, refusals: [] });
  });

  const alike = (rows: readonly Record<string, unknown>[]) =>
    rows.map((row) => {
      const { position: _, version: __, offerId: ___, ...others } = row;
      return JSON.parse(
        JSON.stringify(others).replaceAll(idFor('lived'), lived).replaceAll(pipelineId, otherPipelineId),
      );
    });

  test('has the events of the same life by commands, dated alike', async () => {
    const eventsOf = async (id: string) => {
      const { rows } = await owner.query(
        `select type, data, occurred_at, effective_on::text as day from log.event
         where tenant_id = $1 and stream = $2 order by version`,
        [server.tenantId, `opportunity/${id}`],
      );
      return alike(rows.map(({ data: { imported: _, offerId: __, ...data }, ...row }) => ({ ...row, data })));
    };
    const expected = await eventsOf(lived);
    expect(expected).toHaveLength(13);
    expect(await eventsOf(idFor('lived'))).toEqual(expected);
  });

  test('has the same stays, movements and standing', async () => {
    const rowsOf = async (id: string) => {
      const [stays, movements, one] = await Promise.all([
        read(`/v1/stage-intervals?opportunityId=${id}`),
        read(`/v1/pipeline-movements?opportunityId=${id}&limit=200`),
        read(`/v1/opportunities/${id}`),
      ]);
      const { externalId: _, offers, idle: __, ...standing } = one;
      return {
        stays: alike(stays.data),
        movements: alike(movements.data),
        standing: alike([{ ...standing, offers: alike(offers) }]),
      };
    };
    const expected = await rowsOf(lived);
    expect(expected.stays).toHaveLength(7);
    expect(expected.movements.length).toBeGreaterThan(5);
    expect(await rowsOf(idFor('lived'))).toEqual(expected);
  });

  test('is on the board alike', async () => {
    const put = async (id: string, path: string, body: object) => {
      const { status } = await server.post(`/v1/opportunities/${id}/${path}`, crm, body);
      expect(status).toBe(200);
    };
    for (const id of [lived, idFor('lived')])
      await put(id, 'reopen', { reason: 'x', expectedClose: '2026-05-01' });
    const boardOf = async (pipeline: string) =>
      (await read(`/v1/pipelines/${pipeline}/board?subjectKind=person&subjectId=${idOf('bob')}`)).stages ??
      {};
    const [imported, byCommands] = await Promise.all([boardOf(pipelineId), boardOf(otherPipelineId)]);
    const contractOf = (stages: readonly { stageId: string }[]) =>
      stages.find(({ stageId }) => stageId === 'contract');
    expect(contractOf(imported)).toEqual(contractOf(byCommands));
    expect(contractOf(imported)).toMatchObject({ count: 1 });
  });
});

describe('a dirty file', () => {
  const dirty: readonly (readonly [
    change: Readonly<Record<string, string>>,
    column: string | null,
    code: string,
  ])[] = [
    [{ customer: 'Nobody Ltd.' }, 'customer', 'customerUnknown'],
    [{ customer: idOf('never') }, 'customer', 'customerUnknown'],
    [{ customer: 'Twin Ltd.' }, 'customer', 'customerAmbiguous'],
    [{ owner: 'E-99' }, 'owner', 'personUnknown'],
    [{ openedOn: '2023-12-31' }, 'owner', 'personUnknown'],
    [{ pipeline: 'Purchases' }, 'pipeline', 'pipelineUnknown'],
    [{ pipeline: '' }, 'pipeline', 'pipelineAmbiguous'],
    [{ 'stage:moon': '2026-01-10' }, 'stage:moon', 'stageUnknown'],
    [{ 'stage:won': '2026-01-10' }, 'stage:won', 'stageNotOpen'],
    [{ 'stage:proposal': '2026-01-04' }, 'stage:proposal', 'beforeOpening'],
    [{ 'stage:proposal': '2026-01-20; 2026-01-10' }, 'stage:proposal', 'datesOutOfOrder'],
    [{ 'stage:proposal': '2026-01-10', 'stage:lead': '2026-01-12' }, 'stage:lead', 'reasonMissing'],
    [{ 'stage:contract': '2026-01-10' }, 'stage:contract', 'milestonesMissing'],
    [{ 'stage:proposal': '10.01.2026' }, 'stage:proposal', 'dayInvalid'],
    [{ openedOn: '2026-02-30' }, 'openedOn', 'dayInvalid'],
    [{ openedOn: '2026-03-03' }, 'openedOn', 'occurredInFuture'],
    [{ openedOn: '2016-01-01' }, 'openedOn', 'backDatedTooFar'],
    [{ openedOn: '' }, 'openedOn', 'cellMissing'],
    [{ title: ' ' }, 'title', 'cellMissing'],
    [{ title: 'x'.repeat(201) }, 'title', 'invalid-input'],
    [{ title: 'a\u0000b' }, 'title', 'invalid-input'],
    [{ value: '1,200.00' }, 'value', 'amountInvalid'],
    [{ value: '1200.505' }, 'value', 'amountInvalid'],
    [{ value: '-1' }, 'value', 'amountInvalid'],
    [{ currency: 'euro' }, 'currency', 'currencyInvalid'],
    [{ expectedClose: '2026-01-04' }, 'expectedClose', 'closeInPast'],
    [{ outcome: 'won', outcomeOn: '2026-01-04', reference: 'O-1' }, 'outcome', 'beforeOpening'],
    [{ outcome: 'won', outcomeOn: '2026-02-01' }, 'outcome', 'referenceMissing'],
    [{ outcome: 'won', outcomeOn: '2026-02-01', order: idOf('none') }, 'outcome', 'orderUnknown'],
    [{ outcome: 'won', outcomeOn: '2026-02-01', order: '4711' }, 'order', 'idInvalid'],
    [{ outcome: 'won', reference: 'O-1' }, 'outcomeOn', 'cellMissing'],
    [{ outcomeOn: '2026-02-01' }, 'outcome', 'outcomeMissing'],
    [{ outcome: 'gone', outcomeOn: '2026-02-01' }, 'outcome', 'outcomeUnknown'],
    [{ outcome: 'lost', outcomeOn: '2026-02-01' }, 'reason', 'cellMissing'],
    [{ outcome: 'lost', outcomeOn: '2026-02-01', reason: 'bad luck' }, 'reason', 'lossReasonUnknown'],
    [
      { outcome: 'lost', outcomeOn: '2026-02-01', reason: 'price', competitor: 'Nobody' },
      'competitor',
      'competitorUnknown',
    ],
    [
      { outcome: 'lost', outcomeOn: '2026-02-01', reason: 'price', 'stage:proposal': '2026-02-02' },
      'stage:proposal',
      'afterOutcome',
    ],
    [{ offerAcceptedOn: '2026-02-01' }, 'offerAcceptedOn', 'offerUnknown'],
    [{ 'milestone:moon': '2026-02-01' }, 'milestone:moon', 'milestoneUnknown'],
  ];

  test('is reported row by row, and costs the other rows nothing', async () => {
    const bad = dirty.map(([change], index) => ({ ...usual(`bad ${index}`), ...change }));
    const good = dirty.map((_, index) => usual(`good ${index}`));
    const rows = dirty.flatMap((_, index) => [good[index]!, bad[index]!]);
    const before = await recorded();
    const { status, body } = await upload(fileOf(...rows));
    expect(status).toBe(200);
    expect(
      body.refusals.map(({ externalId, column, code }: Record<string, string>) => [externalId, column, code]),
    ).toEqual(dirty.map(([, column, code], index) => [`bad ${index}`, column, code]));
    const lines = body.refusals.map(({ line }: { line: number }) => line);
    expect(lines).toEqual(dirty.map((_, index) => 2 * index + 3));
    for (const { detail } of body.refusals) expect(detail).toMatch(/^[A-Z]/);
    expect(body).toMatchObject({ rows: 2 * dirty.length, imported: good.length, refused: dirty.length });
    expect(await recorded()).toBe(before + good.length);
  });

  test('is reported where a row cannot be read', async () => {
    const header = 'externalId,title,customer,owner,openedOn,pipeline';
    const row = (id: string) => `${id},Boxes,Blue Door Ltd.,E-17,2026-01-05,Sales`;
    const file = Buffer.concat([
      Buffer.from(`${header}\n${row('r1')}\n${row('r2')},\nr3,Boxes\n${row('r5')}\nr6,M`),
      Buffer.from([0xfc]),
      Buffer.from(`ller\n${row('r1')}\n${row('r7').replace('Boxes', 'B"o"xes')}\nr4,"Boxes\n${row('r8')}\n`),
    ]);
    const response = await fetch(`${server.url}/v1/imports/opportunities`, {
      method: 'POST',
      headers: { authorization: `Bearer ${crm}`, 'content-type': 'text/csv; charset=utf-8' },
      body: file,
    });
    const body = (await response.json()) as Record<string, unknown>;
    expect(body).toMatchObject({ rows: 9, imported: 3, refused: 6 });
    expect(body['refusals']).toEqual([
      refusal(3, null, null, 'cellsTooMany'),
      refusal(4, null, null, 'cellsTooFew'),
      refusal(6, null, 'title', 'notUtf8'),
      refusal(7, 'r1', 'externalId', 'externalIdRepeated'),
      refusal(8, null, 'title', 'quoteMisplaced'),
      refusal(9, null, 'title', 'quoteOpen'),
    ]);
  });
  const refusal = (line: number, externalId: string | null, column: string | null, code: string) => ({
    ...{ line, externalId, column, code },
    detail: expect.stringMatching(/\.$/),
  });

  test('reports all that is wrong with a row', async () => {
    const { body } = await upload(fileOf({ ...usual('much'), customer: 'x', owner: 'y', value: 'z' }));
    expect(body).toMatchObject({ imported: 0, refused: 1 });
    expect(body.refusals.map(({ column }: { column: string }) => column)).toEqual([
      'customer',
      'owner',
      'value',
    ]);
  });

  test('refuses a row that says something else than before', async () => {
    const before = usual('changed');
    await upload(fileOf(before));
    const { body } = await upload(fileOf({ ...before, title: 'Other boxes' }));
    expect(body).toMatchObject({ imported: 0, unchanged: 0, refused: 1 });
    expect(body.refusals[0]).toMatchObject({ line: 2, column: 'externalId', code: 'opportunityKnown' });
  });
});

describe('a file', () => {
  test('may have other columns, which are mapped', async () => {
    const mapping = { 'Deal ID': 'externalId', 'Entered: Proposal': 'stage:proposal', Tags: null };
    const { externalId, ...others } = usual('mapped');
    const file = fileOf({ 'Deal ID': externalId, ...others, 'Entered: Proposal': '2026-01-09', Tags: 'hot' });
    const query = `?mapping=${encodeURIComponent(JSON.stringify(mapping))}`;
    const { body } = await upload(file, crm, query);
    expect(body).toMatchObject({ imported: 1, refusals: [] });
    expect(await opportunityOf('mapped')).toMatchObject({ stageId: 'proposal' });
  });

  test.each([
    ['lacks a column', fileOf({ externalId: '1' }), {}, '/columns/title'],
    ['has one that nobody knows', fileOf({ ...usual('x'), expectdClose: '' }), {}, '/columns/expectdClose'],
    ['has one twice', `${csvOf([[...Object.keys(usual('x')), 'title']])}`, {}, '/columns/title'],
    ['lacks a column that is mapped', fileOf(usual('x')), { Deal: 'title' }, '/columns/Deal'],
    ['maps to no column', fileOf(usual('x')), { title: 'moon' }, '/columns/title'],
  ])('is refused when it %s', async (_, file, mapping, pointer) => {
    const before = await recorded();
    const query = `?mapping=${encodeURIComponent(JSON.stringify(mapping))}`;
    const { status, body } = await upload(file, crm, query);
    expect([status, body.code]).toEqual([400, 'invalid-input']);
    expect(body.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer);
    expect(await recorded()).toBe(before);
  });

  test('is refused without a header, of another type, with other parameters, or too large', async () => {
    expect((await upload(' ')).status).toBe(400);
    expect((await upload('')).status).toBe(400);
    expect((await upload(fileOf(usual('x')), crm, '?dryrun=true')).status).toBe(400);
    expect((await upload(fileOf(usual('x')), crm, '?mapping=[1]')).status).toBe(400);
    expect((await upload(fileOf(usual('x')), crm, '?mapping={')).status).toBe(400);
    const json = await server.post('/v1/imports/opportunities', crm, {});
    expect([json.status, json.body.code]).toEqual([415, 'unsupported-media-type']);
    expect((await server.post('/v1/customers', crm, 'a,b', { 'content-type': 'text/csv' })).status).toBe(415);
    const rows = Array.from({ length: 10_001 }, () => ['1', '2', '3', '4', '5']);
    const many = await upload(csvOf([['externalId', 'title', 'customer', 'owner', 'openedOn'], ...rows]));
    expect([many.status, many.body.code]).toEqual([413, 'too-many-rows']);
    const large = await upload('x'.repeat(8 * 1024 * 1024 + 1));
    expect([large.status, large.body.code]).toEqual([413, 'body-too-large']);
  });
});

describe('who may import', () => {
  const importAs = async (name: string, owner: string, externalId: string) => {
    const token = await server.token({ name, personId: idOf(name) });
    return upload(fileOf({ ...usual(externalId), owner, customer: customerId }), token);
  };

  test('is an integration, a top manager, and a regional manager for the region', async () => {
    expect((await importAs('boss', 'E-42', 'by boss')).body).toMatchObject({ imported: 1 });
    expect((await importAs('north', 'E-17', 'by north')).body).toMatchObject({ imported: 1 });
    const outside = (await importAs('north', idOf('cat'), 'outside')).body;
    expect(outside.refusals).toMatchObject([{ column: 'owner', code: 'forbidden' }]);
    const unseen = (await importAs('north', 'E-42', 'unseen')).body;
    expect(unseen.refusals).toMatchObject([{ column: 'owner', code: 'personUnknown' }]);
    const given = `${idOf('ann')}; 2026-01-10 ${idOf('cat')}`;
    const handedOut = (await importAs('north', given, 'handed out')).body;
    expect(handedOut.refusals).toMatchObject([{ column: 'owner', code: 'ownerOutsideScope' }]);
  });
  test('is nobody else', async () => {
    for (const name of ['sue', 'ann']) {
      const { status, body } = await importAs(name, 'E-17', `by ${name}`);
      expect([name, status, body.code]).toEqual([name, 403, 'forbidden']);
    }
    expect((await upload(example, '')).status).toBe(401);
  });
});

describe('the command line', () => {
  const stave = (...parameters: readonly string[]) =>
    promisify(execFile)(process.execPath, ['src/cli/stave.ts', ...parameters], {
      env: { ...process.env, DATABASE_URL: server.databaseUrl, STAVE_MASTER_KEY: masterKey },
    }).then(
      ({ stdout }) => ({ code: 0, output: stdout }),
      (error: { code: number; stdout: string; stderr: string }) => ({
        code: error.code,
        output: error.stdout + error.stderr,
      }),
    );

  test('imports a file as the operator', { timeout: 60_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'stave-import-'));
    const [file, mapping] = [join(folder, 'deals.csv'), join(folder, 'mapping.json')];
    const { externalId, ...others } = usual('by hand');
    const ids = { ...others, customer: customerId, owner: idOf('ann') };
    await writeFile(file, fileOf({ Deal: externalId, ...ids }, { Deal: 'bad', ...ids, openedOn: 'x' }));
    await writeFile(mapping, JSON.stringify({ Deal: 'externalId' }));
    const given = ['import', 'opportunities', '--tenant', server.tenantId, '--file', file];
    const unmapped = await stave(...given);
    expect(unmapped).toMatchObject({ code: 1, output: expect.stringContaining('/columns/Deal') });
    for (const parameters of [['--dry-run'], []]) {
      const { code, output } = await stave(...given, '--mapping', mapping, ...parameters);
      expect([code, JSON.parse(output)]).toMatchObject([1, { rows: 2, imported: 1, refused: 1 }]);
    }
    const { rows } = await owner.query(
      'select distinct actor from log.event where tenant_id = $1 and stream = $2',
      [server.tenantId, `opportunity/${idFor('by hand')}`],
    );
    expect(rows).toEqual([{ actor: 'system/cli' }]);
    await rm(folder, { recursive: true });
  });
});
