import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHistorian } from '../../src/engine/historian.ts';
import type { Accepted } from '../../src/engine/outcome.ts';
import { isAppendOnly, type ReadModel } from '../../src/engine/read-model.ts';
import { createReader } from '../../src/engine/reader.ts';
import { createVault } from '../../src/engine/vault.ts';
import { organisationEvents } from '../../src/events/organisation.ts';
import { readModels } from '../../src/projections/index.ts';
import { queriesByName } from '../../src/runtime.ts';
import { idOf } from '../support/given.ts';
import { type Stave, seed, startStave } from '../support/stave.ts';
import { tableRows } from '../support/tables.ts';

const { PersonEmployed, RoleGranted } = organisationEvents;
const personId = idOf('ann');
const dates = ['2026-03-03', '2026-03-04', '2026-03-05'];
let stave: Stave;
/** The rows of all read models as they were live, by the position at which they were. */
const lived = new Map<number, Map<string, readonly string[]>>();

const visitOf = (index: number) => idOf(`visit ${index}`);

const act = async (command: string, input: Readonly<Record<string, unknown>>): Promise<number> => {
  const outcome = (await stave.run(command, input)) as Accepted;
  expect(outcome.ok, JSON.stringify(outcome)).toBe(true);
  await stave.projector.advance(stave.tenantId);
  lived.set(outcome.position, await tableRows(stave));
  return outcome.position;
};

const plan = (index: number) =>
  act('PlanVisit', {
    personId,
    date: dates[index % dates.length],
    visitId: visitOf(index),
    prospectName: `Prospect ${index}`,
    window: { start: `${String(index).padStart(2, '0')}:00`, end: `${String(index).padStart(2, '0')}:30` },
    purposes: ['service'],
  });

/** The rows of all read models as they are kept of a position. */
async function keptAt(position: number, models = readModels): Promise<Map<string, readonly string[]>> {
  const client = await stave.pool.connect();
  try {
    await client.query(`begin; select set_config('stave.tenant', '${stave.tenantId}', true)`);
    const tables = new Map<string, readonly string[]>();
    for (const { name, version } of models.filter((model) => !isAppendOnly(model))) {
      const { rows } = await client.query(
        `select (to_jsonb(r) - 'generation' - 'since_position' - 'until_position')::text as row from past."${name}" r
         where generation = $1 and since_position <= $2 and until_position > $2 order by 1`,
        [version, position],
      );
      tables.set(
        name,
        rows.map(({ row }) => row),
      );
    }
    return tables;
  } finally {
    await client.query('rollback');
    client.release();
  }
}

async function expectAllKept(): Promise<void> {
  for (const [position, tables] of lived) {
    for (const [name, rows] of await keptAt(position)) {
      expect({ position, name, rows }).toEqual({ position, name, rows: tables.get(name) });
    }
  }
}

const head = () => Math.max(...lived.keys());

const cursors = async (name: string) =>
  (
    await stave.pool.query(
      'select version, position::integer, error from past.cursor where tenant_id = $1 and model = $2 order by version',
      [stave.tenantId, name],
    )
  ).rows;

/** The read models, with a fold of `VisitPlanned` in `planned_visit` that throws at some visit. */
const throwingAt = (visitId: string): readonly ReadModel[] =>
  readModels.map((model): ReadModel => {
    const handler = model.on['VisitPlanned'];
    if (model.name !== 'planned_visit' || !handler?.row) return model;
    const row: typeof handler.row = (before, event, key) => {
      if (key['visitId'] === visitId) throw new Error('no such visit');
      return handler.row!(before, event, key);
    };
    return { ...model, on: { ...model.on, VisitPlanned: { ...handler, row } } };
  });

const historianOf = (models: readonly ReadModel[], batchSize = 1_000) =>
  createHistorian({ pool: stave.pool, read: stave.read, models, batchSize });

const ask = async (knownAt: number, historian = stave.historian) => {
  const query = queriesByName.get('ListPlannedVisits')!;
  const asker = await stave.asker(
    { tenantId: stave.tenantId, kind: 'system', name: 'test', credentialId: 'test', roles: [] },
    query,
  );
  if ('ok' in asker) throw new Error(asker.detail);
  const reader = createReader({ pool: stave.pool, historian, vault: createVault('test') });
  return reader.answer(query, stave.tenantId, { sort: 'date', limit: 50 }, asker, 0, 200, knownAt);
};

beforeAll(async () => {
  stave = await startStave({ clock: () => '2026-03-02T08:00:00.000Z' });
  await seed(
    stave,
    'organisation',
    PersonEmployed({ personId, employeeNo: '1', from: '2025-01-01', newcomerUntil: '2025-02-01' }),
    RoleGranted({ personId, role: 'SP', from: '2025-01-01' }),
  );
  for (let index = 0; index < 6; index++) await plan(index);
  await act('DropPlannedVisit', { personId, date: dates[0], visitId: visitOf(0), reason: 'ill' });
  await plan(6);
});
afterAll(() => stave.close());

describe('the historian', () => {
  test('keeps every row as it was at every position', async () => {
    await historianOf(readModels, 3).advance(stave.tenantId, head());
    await expectAllKept();
  });

  test('keeps the same rows in larger steps, and with others at work', async () => {
    await stave.historian.forget(stave.tenantId);
    expect([...(await keptAt(head())).values()].flat()).toEqual([]);
    const others = [historianOf(readModels, 2), historianOf(readModels), stave.historian];
    await Promise.all(others.map((historian) => historian.advance(stave.tenantId, head())));
    await expectAllKept();
  });

  test('goes on where it was', async () => {
    await plan(7);
    await act('DropPlannedVisit', { personId, date: dates[1], visitId: visitOf(1), reason: 'ill' });
    await stave.historian.advance(stave.tenantId, head());
    await expectAllKept();
  });

  test('keeps what a question needs when it is asked', async () => {
    await stave.historian.forget(stave.tenantId);
    const position = [...lived.keys()][3]!;
    expect(await ask(position)).toMatchObject({ ok: true, position, body: { data: { length: 4 } } });
    expect(await cursors('planned_visit')).toMatchObject([{ position }]);
    expect(await cursors('visit')).toMatchObject([{ position: 0 }]);
    expect(await ask(head())).toMatchObject({ ok: true, position: head() });
  });

  test('answers what is before an event that a fold cannot take, and refuses the rest', async () => {
    await stave.historian.forget(stave.tenantId);
    const broken = historianOf(throwingAt(visitOf(4)));
    await broken.advance(stave.tenantId, head());
    const positions = [...lived.keys()];
    expect(await cursors('planned_visit')).toMatchObject([
      { position: positions[4]! - 1, error: 'no such visit' },
    ]);
    expect(await cursors('visit_plan')).toMatchObject([{ position: head(), error: null }]);
    expect(await ask(positions[3]!, broken)).toMatchObject({ ok: true, body: { data: { length: 4 } } });
    expect(await ask(positions[4]!, broken)).toMatchObject({ status: 503, code: 'read-model-stalled' });
    await stave.historian.resume(stave.tenantId);
    expect(await ask(positions[4]!)).toMatchObject({ ok: true, body: { data: { length: 5 } } });
    await stave.historian.advance(stave.tenantId, head());
    await expectAllKept();
  });

  test('keeps the rows of a new fold beside those of the former one, which it then removes', async () => {
    const raised = readModels.map((model) =>
      model.name === 'planned_visit' ? { ...model, version: model.version + 1 } : model,
    );
    const newer = historianOf(raised);
    await newer.advance(stave.tenantId, 2, raised);
    expect(await cursors('planned_visit')).toHaveLength(2);
    expect(await ask(head())).toMatchObject({ ok: true });
    await newer.advance(stave.tenantId, head());
    expect(await cursors('planned_visit')).toMatchObject([{ position: head() }]);
    expect((await keptAt(head())).get('planned_visit')).toEqual([]);
    expect((await keptAt(head(), raised)).get('planned_visit')).toEqual(
      lived.get(head())!.get('planned_visit'),
    );
  });
});
