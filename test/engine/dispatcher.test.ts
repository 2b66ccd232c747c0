import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Accepted, Problem } from '../../src/engine/outcome.ts';
import { organisationEvents } from '../../src/events/organisation.ts';
import { createRuntime } from '../../src/runtime.ts';
import { createPool } from '../../src/storage/database.ts';
import { idOf } from '../support/given.ts';
import { type Stave, seed, startStave } from '../support/stave.ts';

const { PersonEmployed, RoleGranted } = organisationEvents;
const now = '2026-03-02T08:00:00.000Z';
const personId = idOf('ann');
let stave: Stave;

beforeAll(async () => {
  stave = await startStave({ clock: () => now });
  await seed(
    stave,
    'organisation',
    PersonEmployed({ personId, employeeNo: '1', from: '2025-01-01', newcomerUntil: '2025-02-01' }),
    RoleGranted({ personId, role: 'SP', from: '2025-01-01' }),
  );
});
afterAll(() => stave.close());

const at = (index: number) => {
  const hour = String(index).padStart(2, '0');
  return { start: `${hour}:00`, end: `${hour}:50` };
};
const visit = (date: string, index: number) => ({
  personId,
  date,
  visitId: idOf(`visit ${date} ${index}`),
  prospectName: 'Somebody',
  window: at(index),
  purposes: ['service'],
});
const eventsOf = async (stream: string) => {
  const { rows } = await stave.pool.query('select events from log.load($1, $2)', [stave.tenantId, [stream]]);
  return (rows[0].events ?? []) as readonly { version: number; type: string; position: number }[];
};

describe('the dispatcher', () => {
  test('appends what a command decides and says where', async () => {
    const outcome = (await stave.run('PlanVisit', visit('2026-03-03', 9))) as Accepted;
    expect(outcome).toMatchObject({ ok: true, created: true, replayed: false, version: 2 });
    expect(outcome.events.map(({ type }) => type)).toEqual(['VisitPlanOpened', 'VisitPlanned']);
    expect(outcome.position).toBe(outcome.events[1]!.position);
  });

  test('decides concurrent commands of one stream in order, losing and doubling none', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, index) => stave.run('PlanVisit', visit('2026-03-04', index))),
    );
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(20);
    const events = await eventsOf(`visit-plan/${personId}/2026-03-04`);
    expect(events.map(({ version }) => version)).toEqual(Array.from({ length: 21 }, (_, index) => index + 1));
  });

  test('answers a repeat under the same key with what the first one did', async () => {
    const input = visit('2026-03-05', 9);
    const repeats = await Promise.all(
      Array.from({ length: 20 }, () => stave.run('PlanVisit', input, { key: 'once', fingerprint: 'aa' })),
    );
    expect(new Set(repeats.map((outcome) => (outcome as Accepted).position)).size).toBe(1);
    expect(repeats.filter((outcome) => (outcome as Accepted).replayed)).toHaveLength(19);
    expect((await eventsOf(`visit-plan/${personId}/2026-03-05`)).length).toBe(2);
    const [first, repeat] = repeats as Accepted[];
    expect(repeat!.events).toEqual(first!.events);
    expect(repeat!.created).toBe(true);
  });

  test('refuses another request under a used key', async () => {
    const other = await stave.run('PlanVisit', visit('2026-03-05', 11), { key: 'once', fingerprint: 'bb' });
    expect(other).toMatchObject({ ok: false, status: 422, code: 'idempotency-key-reused' });
  });

  test('leaves no receipt for a refusal', async () => {
    const refused = await stave.run(
      'SubmitVisitPlan',
      { personId, date: '2026-03-20' },
      { key: 'later', fingerprint: 'aa' },
    );
    expect(refused).toMatchObject({ ok: false, status: 409, code: 'planEmpty' });
    await stave.run('PlanVisit', visit('2026-03-20', 9));
    const accepted = await stave.run(
      'SubmitVisitPlan',
      { personId, date: '2026-03-20' },
      { key: 'later', fingerprint: 'aa' },
    );
    expect(accepted).toMatchObject({ ok: true, replayed: false });
  });

  test('refuses a stale If-Match and changes nothing', async () => {
    const stale = await stave.run('PlanVisit', visit('2026-03-03', 12), { ifMatch: 1 });
    expect(stale).toMatchObject({ ok: false, status: 412 });
    expect(await stave.run('PlanVisit', visit('2026-03-03', 12), { ifMatch: 2 })).toMatchObject({
      ok: true,
      version: 3,
    });
  });

  test('tries a command without recording it', async () => {
    const tried = await stave.run('PlanVisit', visit('2026-03-06', 9), { dryRun: true });
    expect(tried).toMatchObject({
      ok: true,
      dryRun: true,
      events: [{ type: 'VisitPlanOpened' }, { type: 'VisitPlanned' }],
    });
    expect(await eventsOf(`visit-plan/${personId}/2026-03-06`)).toEqual([]);
  });

  test('says which input is wrong', async () => {
    const { purposes: _, ...rest } = visit('2026-03-06', 9);
    const outcome = (await stave.run('PlanVisit', { ...rest, purpose: [] })) as Problem;
    expect(outcome).toMatchObject({ status: 400, code: 'invalid-input' });
    expect(outcome.errors).toContainEqual({
      pointer: '/purpose',
      detail: 'There is no such field; did you mean purposes?',
    });
  });

  test('lets two processes write to one tenant without losing, doubling or reordering anything', async () => {
    const pool = createPool({ databaseUrl: stave.databaseUrl, connections: 4, name: 'second' });
    const second = createRuntime({ pool, clock: () => now });
    const actor = {
      tenantId: stave.tenantId,
      kind: 'system',
      name: 'second',
      credentialId: 'second',
      roles: [],
    } as const;
    const { commandsByName } = await import('../../src/runtime.ts');
    const planVisit = commandsByName.get('PlanVisit')!;
    const days = ['2026-03-07', '2026-03-08', '2026-03-09'];
    const outcomes = await Promise.all(
      days.flatMap((date) =>
        Array.from({ length: 20 }, (_, index) =>
          index % 2 === 0
            ? stave.run('PlanVisit', visit(date, index))
            : second.dispatcher.execute({
                actor,
                command: planVisit,
                input: visit(date, index),
                source: 'test',
              }),
        ),
      ),
    );
    const accepted = outcomes.filter(({ ok }) => ok) as Accepted[];
    const conflicts = outcomes.filter((outcome) => !outcome.ok) as Problem[];
    expect(conflicts.every(({ code }) => code === 'conflict')).toBe(true);
    const stored = await Promise.all(days.map((date) => eventsOf(`visit-plan/${personId}/${date}`)));
    expect(stored.flat().filter(({ type }) => type === 'VisitPlanned')).toHaveLength(accepted.length);
    for (const events of stored) {
      expect(events.map(({ version }) => version)).toEqual(events.map((_, index) => index + 1));
    }
    await second.dispatcher.close();
    await pool.end();
  });

  test('leaves a gapless log whose blocks chain', async () => {
    const { rows } = await stave.pool.query(`select set_config('stave.tenant', $1, false)`, [stave.tenantId]);
    expect(rows).toHaveLength(1);
    const client = await stave.pool.connect();
    try {
      await client.query(`select set_config('stave.tenant', '${stave.tenantId}', false)`);
      const { rows: gaps } = await client.query(
        'select count(*)::integer as events, max(position)::integer as last from log.event where tenant_id = $1',
        [stave.tenantId],
      );
      expect(gaps[0].events).toBe(gaps[0].last);
      const { rows: broken } = await client.query(
        `with chained as (
           select b.*, lag(hash, 1, '\\x') over (order by first_position) as previous,
             (select sha256(string_agg(body_hash, ''::bytea order by position)) from log.event e
              where e.tenant_id = b.tenant_id and e.position between b.first_position and b.last_position) as digest
           from log.block b where tenant_id = $1)
         select * from chained where hash <> sha256(previous || int8send(first_position) || int8send(last_position)
           || int8send((extract(epoch from recorded_at) * 1000000)::bigint) || digest)`,
        [stave.tenantId],
      );
      expect(broken).toEqual([]);
    } finally {
      await client.query(`select set_config('stave.tenant', '', false)`);
      client.release();
    }
  });
});
