import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RecordedEvent } from '../../src/engine/event.ts';
import type { Accepted } from '../../src/engine/outcome.ts';
import { createProjector } from '../../src/engine/projector.ts';
import type { ReadModel, Row } from '../../src/engine/read-model.ts';
import { organisationEvents } from '../../src/events/organisation.ts';
import { readModels } from '../../src/projections/index.ts';
import { queriesByName } from '../../src/runtime.ts';
import { idOf } from '../support/given.ts';
import { type Stave, seed, startStave } from '../support/stave.ts';
import { tableRows } from '../support/tables.ts';

const { PersonEmployed, RoleGranted } = organisationEvents;
const personId = idOf('ann');
const date = '2026-03-03';
let stave: Stave;

const plan = (index: number, day = date) =>
  stave.run('PlanVisit', {
    personId,
    date: day,
    visitId: idOf(`${day} ${index}`),
    prospectName: `Prospect ${index}`,
    window: { start: `${String(index).padStart(2, '0')}:00`, end: `${String(index).padStart(2, '0')}:30` },
    purposes: ['service', 'collection'],
    plannedCost: { amountMinor: '9007199254740993', currency: 'EUR' },
  });

const ask = async (input: Readonly<Record<string, unknown>>, minPosition = 0) => {
  const query = queriesByName.get('ListPlannedVisits')!;
  const actor = {
    tenantId: stave.tenantId,
    kind: 'system',
    name: 'test',
    credentialId: 'test',
    roles: [],
  } as const;
  const asker = await stave.asker(actor, query);
  if ('ok' in asker) return asker;
  return stave.reader.answer(
    query,
    stave.tenantId,
    { sort: 'date', limit: 50, ...input },
    asker,
    minPosition,
  );
};

type FoldRow = (row: Row | undefined, event: RecordedEvent, key: Row) => Row | undefined;

/** The read models, with another fold of `VisitPlanned` in `planned_visit`. */
const withFold = (change: (fold: FoldRow) => FoldRow): readonly ReadModel[] =>
  readModels.map((model): ReadModel => {
    const handler = model.on['VisitPlanned'];
    if (model.name !== 'planned_visit' || !handler?.row) return model;
    return { ...model, on: { ...model.on, VisitPlanned: { ...handler, row: change(handler.row) } } };
  });

const throwing = (error: string) =>
  withFold(() => () => {
    throw new Error(error);
  });

beforeAll(async () => {
  stave = await startStave({ clock: () => '2026-03-02T08:00:00.000Z' });
  await seed(
    stave,
    'organisation',
    PersonEmployed({ personId, employeeNo: '1', from: '2025-01-01', newcomerUntil: '2025-02-01' }),
    RoleGranted({ personId, role: 'SP', from: '2025-01-01' }),
  );
});
afterAll(() => stave.close());

describe('the projector', () => {
  test('folds what was appended and answers from it', async () => {
    const { position } = (await plan(9)) as Accepted;
    await stave.projector.advance(stave.tenantId);
    const answer = await ask({}, position);
    expect(answer).toMatchObject({
      ok: true,
      position,
      body: {
        data: [{ personId, date, plannedCostMinor: 9007199254740993n, purposes: ['service', 'collection'] }],
      },
    });
  });

  test('waits for a position that is not folded yet', async () => {
    const { position } = (await plan(10)) as Accepted;
    const waiting = ask({}, position);
    await stave.projector.advance(stave.tenantId);
    expect(await waiting).toMatchObject({ ok: true, position });
  });

  test('rebuilds beside the live rows and comes to the same ones', async () => {
    for (let index = 11; index < 15; index++) await plan(index);
    await stave.projector.advance(stave.tenantId);
    const before = await tableRows(stave);
    expect(before.get('planned_visit')).toHaveLength(6);
    await stave.projector.rebuild(stave.tenantId);
    expect(await ask({})).toMatchObject({ ok: true, body: { data: { length: 6 } } });
    await stave.projector.advance(stave.tenantId);
    expect(await tableRows(stave)).toEqual(before);
  });

  test('loses nothing that is appended while it rebuilds', async () => {
    await stave.projector.rebuild(stave.tenantId);
    await plan(15);
    await stave.projector.advance(stave.tenantId);
    const live = await tableRows(stave);
    expect(live.get('planned_visit')).toHaveLength(7);
    await stave.projector.rebuild(stave.tenantId, ['planned_visit', 'visit_plan', 'timeline', 'day_sheet']);
    await stave.projector.advance(stave.tenantId);
    expect(await tableRows(stave)).toEqual(live);
  });

  test('leaves one lane and one generation of each model', async () => {
    const { rows } = await stave.pool.query(
      'select model, count(*)::integer as generations, bool_and(live and lane = $2) as live from read.generation where tenant_id = $1 group by model',
      [stave.tenantId, 'main'],
    );
    expect(rows).toHaveLength(readModels.length);
    expect(rows.filter(({ generations, live }) => generations !== 1 || !live)).toEqual([]);
    const client = await stave.pool.connect();
    await client.query(`begin; select set_config('stave.tenant', '${stave.tenantId}', true)`);
    const { rows: left } = await client.query('select distinct generation from read.planned_visit');
    await client.query('rollback');
    client.release();
    expect(left).toHaveLength(1);
  });

  test('comes to the same rows when programs follow, stop, resume and rebuild at once', async () => {
    const other = (models: readonly ReadModel[]) =>
      createProjector({ pool: stave.pool, read: stave.read, models, batchSize: 3 });
    const [broken, small] = [other(throwing('now and then')), other(readModels)];
    for (let round = 0; round < 5; round++) {
      const day = `2026-04-0${round + 1}`;
      const appends = [plan(8, day), plan(9, day), plan(10, day), plan(11, day)];
      if (round % 2 === 0) await small.rebuild(stave.tenantId, ['planned_visit', 'timeline', 'visit_plan']);
      const followers = [small, round === 2 ? broken : stave.projector, small];
      await Promise.all([...appends, ...followers.map(({ advance }) => advance(stave.tenantId))]);
      await stave.projector.resume(stave.tenantId);
    }
    for (let turn = 0; turn < 2; turn++) await stave.projector.advance(stave.tenantId);
    const followed = await tableRows(stave);
    expect(followed.get('planned_visit')).toHaveLength(27);
    await stave.projector.rebuild(stave.tenantId);
    await stave.projector.advance(stave.tenantId);
    expect(await tableRows(stave)).toEqual(followed);
  });

  test('stops a model whose fold throws, lets the others go on, and resumes it', async () => {
    const broken = createProjector({
      pool: stave.pool,
      read: stave.read,
      models: throwing('bad fold'),
      batchSize: 2,
    });
    await plan(16);
    const { position } = (await plan(17)) as Accepted;
    await broken.advance(stave.tenantId);
    expect(await ask({})).toMatchObject({ ok: false, status: 503, code: 'read-model-stalled' });
    const { rows } = await stave.pool.query(
      'select lane, position::integer, error from read.lane where tenant_id = $1 order by lane',
      [stave.tenantId],
    );
    expect(rows).toEqual([
      { lane: 'main', position, error: null },
      { lane: expect.stringMatching(/^planned_visit@\d+$/), position: position - 2, error: 'bad fold' },
    ]);
    await stave.projector.resume(stave.tenantId);
    await stave.projector.advance(stave.tenantId);
    expect(await ask({})).toMatchObject({ ok: true, position, body: { data: { length: 29 } } });
  });

  test.each([
    ['the program', { sequence: 2 ** 40 }],
    ['the database', { purposes: 'a\u0000b' }],
  ])('stops a model with a row that %s refuses, lets the others go on, and resumes it', async (_, wrong) => {
    const models = withFold((fold) => (row, event, key) => ({ ...fold(row, event, key), ...wrong }));
    const refused = createProjector({ pool: stave.pool, read: stave.read, models });
    const { position } = (await plan('sequence' in wrong ? 18 : 19)) as Accepted;
    await refused.advance(stave.tenantId);
    await refused.advance(stave.tenantId);
    expect(await ask({})).toMatchObject({ ok: false, status: 503, code: 'read-model-stalled' });
    const { rows } = await stave.pool.query(
      "select position::integer, error from read.lane where tenant_id = $1 and lane = 'main'",
      [stave.tenantId],
    );
    expect(rows).toEqual([{ position, error: null }]);
    await stave.projector.resume(stave.tenantId);
    await stave.projector.advance(stave.tenantId);
    expect(await ask({}, position)).toMatchObject({ ok: true, position });
  });

  test('serves the old version until the new one has caught up', async () => {
    const raised = readModels.map((model) => ({ ...model, version: model.version + 1 }));
    const newer = createProjector({ pool: stave.pool, read: stave.read, models: raised });
    await newer.advance(stave.tenantId);
    const { rows } = await stave.pool.query(
      'select distinct version - $2 as more, lane, live from read.generation where tenant_id = $1 and model = $3',
      [stave.tenantId, 1, 'planned_visit'],
    );
    expect(rows).toEqual([{ more: 1, lane: 'main', live: true }]);
    expect(await ask({})).toMatchObject({ ok: true, body: { data: { length: 31 } } });
  });

  test('shows nothing of one tenant to another', async () => {
    const client = await stave.pool.connect();
    try {
      await client.query(`begin; select set_config('stave.tenant', '${idOf('other')}', true)`);
      const { rows } = await client.query('select * from read.planned_visit');
      const { rows: events } = await client.query('select * from log.event');
      expect([...rows, ...events]).toEqual([]);
      await client.query('rollback');
    } finally {
      client.release();
    }
  });
});
