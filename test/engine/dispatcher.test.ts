import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Organisation } from '../../src/commands/organisation/state.ts';
import { v7 } from '../../src/engine/clock.ts';
import { type Actor, type Command, decider, type Evolve, type Known } from '../../src/engine/decision.ts';
import { createDispatcher, type DispatcherOptions } from '../../src/engine/dispatcher.ts';
import { events } from '../../src/engine/event.ts';
import { append, eventReader } from '../../src/engine/log.ts';
import { type Accepted, type Outcome, type Problem, problem, Refused } from '../../src/engine/outcome.ts';
import { createVault } from '../../src/engine/vault.ts';
import { organisationEvents } from '../../src/events/organisation.ts';
import { commandsByName, createRuntime } from '../../src/runtime.ts';
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

/** A list of lists: whoever counts what is in one finds out on the way which others there are. */
const listEvents = events({ Noted: { listId: z.string(), entry: z.string() } });
interface ListState {
  readonly entries: readonly string[];
}
const evolveList: Evolve<ListState, typeof listEvents> = {
  Noted: ({ entries }, { entry }) => ({ entries: [...entries, entry] }),
};
const list = decider({
  stream: 'list',
  id: ['listId'],
  events: listEvents,
  initialState: { entries: [] },
  evolve: evolveList,
});
const within = ({ entries }: ListState, stateOf: Known['stateOf']): number =>
  entries.reduce((sum, id) => sum + 1 + within(stateOf(list.ref(id)), stateOf), 0);
const ofList = { permission: 'system:act', emits: ['Noted'], rejects: {} } as const;
const note = list.command({
  ...ofList,
  name: 'Note',
  summary: 'Notes an entry.',
  path: '/lists/:listId/note',
  input: { listId: z.string(), entry: z.string() },
  decide: (_, input) => [listEvents.Noted(input)],
});
const count = list.command({
  ...ofList,
  name: 'Count',
  summary: 'Notes how much is in a list and the lists in it.',
  path: '/lists/:listId/count',
  input: { listId: z.string() },
  reads: (_, own, __, { stateOf }) => {
    within(own, stateOf);
    return {};
  },
  decide: (own, { listId }, { stateOf }) => [
    listEvents.Noted({ listId, entry: `${within(own, stateOf)} entries` }),
  ],
});
const peek = list.command({
  ...ofList,
  name: 'Peek',
  summary: 'Looks at a list without naming it in reads.',
  path: '/lists/:listId/peek',
  input: { listId: z.string() },
  decide: (own, { listId }, { stateOf }) => [
    listEvents.Noted({ listId, entry: `${within(own, stateOf)} entries` }),
  ],
});
const ask = list.command({
  ...ofList,
  name: 'Ask',
  summary: 'Notes what read models know.',
  path: '/lists/:listId/ask',
  input: { listId: z.string() },
  facts: (db) => db.ask('Lists', {}),
  decide: (_, { listId }) => [listEvents.Noted({ listId, entry: 'asked' })],
});

/** A process of its own that knows lists and nothing else; its read models answer by `known`. */
function listKeeper(
  { pool, tenantId }: Stave,
  known: () => Promise<unknown> = () => Promise.resolve(undefined),
) {
  const vault = createVault('test');
  const dispatcher = createDispatcher({
    pool,
    read: eventReader(listEvents, vault),
    gate: { reads: [], timeZone: () => 'UTC', admit: () => undefined },
    types: listEvents as unknown as DispatcherOptions['types'],
    sealing: { vault, subjectOf: () => '' },
    facts: () => ({
      position: () => 0,
      ask: known,
      momentAt: () => Promise.resolve(undefined),
    }),
    appended: () => undefined,
    now: () => now,
  });
  const actor: Actor = { tenantId, kind: 'system', name: 'test', credentialId: 'test', roles: [] };
  return {
    run: (command: Command, listId: string, entry?: string) =>
      dispatcher.execute({ actor, command, input: { listId, ...(entry && { entry }) }, source: 'test' }),
    close: dispatcher.close,
  };
}

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
  return (rows[0].events ?? []) as readonly {
    version: number;
    type: string;
    position: number;
    data: { window: { start: string } };
  }[];
};

describe('a command that looks at streams', () => {
  let lists: Stave;
  let keeper: ReturnType<typeof listKeeper>;
  let other: ReturnType<typeof listKeeper>;
  const entriesOf = async (listId: string) => {
    const { rows } = await lists.pool.query('select events from log.load($1, $2)', [
      lists.tenantId,
      [`list/${listId}`],
    ]);
    return (rows[0]?.events ?? []).map(
      ({ data }: { readonly data: { readonly entry: string } }) => data.entry,
    );
  };

  beforeAll(async () => {
    lists = await startStave();
    other = listKeeper(lists);
    for (const [listId, entry] of [
      ['all', 'a'],
      ['all', 'b'],
      ['a', 'a1'],
      ['a1', 'a11'],
    ] as const)
      expect(await other.run(note, listId, entry)).toMatchObject({ ok: true });
    keeper = listKeeper(lists);
  });
  afterAll(async () => {
    await Promise.all([keeper.close(), other.close()]);
    await lists.close();
  });

  test('has them loaded, each by the one that names it', async () => {
    expect(await keeper.run(count, 'all')).toMatchObject({ ok: true, version: 3 });
    expect(await entriesOf('all')).toEqual(['a', 'b', '4 entries']);
  });

  test('sees what a command before it in the same batch decided, also of streams that this one made known', async () => {
    const [, , counted] = await Promise.all([
      keeper.run(note, 'b', 'b1'),
      keeper.run(note, 'b1', 'b11'),
      keeper.run(count, 'all'),
    ]);
    expect(counted).toMatchObject({ ok: true });
    expect((await entriesOf('all')).at(-1)).toBe('7 entries');
  });

  test('rests on them: it is decided again when another process has written to one', async () => {
    expect(await other.run(note, 'a11', 'a111')).toMatchObject({ ok: true });
    expect(await other.run(note, 'a111', 'a1111')).toMatchObject({ ok: true });
    expect(await keeper.run(count, 'all')).toMatchObject({ ok: true });
    expect((await entriesOf('all')).at(-1)).toBe('10 entries');
  });

  test('is answered with the problem that read models have', async () => {
    const behind = problem(503, 'read-model-behind', 'The past is being folded.', { retryAfter: 1 });
    const asking = listKeeper(lists, () => Promise.reject(new Refused(behind)));
    expect(await asking.run(ask, 'asked')).toEqual(behind);
    await asking.close();
  });

  test('fails where it looks at one that its reads did not name, and leaves nothing', async () => {
    const before = await entriesOf('all');
    expect(await keeper.run(peek, 'all')).toMatchObject({ ok: false, status: 500 });
    expect(await entriesOf('all')).toEqual(before);
    expect(await keeper.run(count, 'nothing')).toMatchObject({ ok: true, created: true });
  });
});

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

  test('answers a repeat of a command that had nothing to record with the same position', async () => {
    await stave.run('PlanVisit', visit('2026-03-21', 9));
    const input = { personId, date: '2026-03-21' };
    await stave.run('SubmitVisitPlan', input);
    const [idle] = (await Promise.all([
      stave.run('SubmitVisitPlan', input, { key: 'idle', fingerprint: 'aa' }),
      stave.run('PlanVisit', visit('2026-03-22', 9)),
      stave.run('PlanVisit', visit('2026-03-22', 10)),
    ])) as Accepted[];
    const repeat = (await stave.run('SubmitVisitPlan', input, {
      key: 'idle',
      fingerprint: 'aa',
    })) as Accepted;
    expect(idle).toMatchObject({ ok: true, events: [], replayed: false });
    expect(repeat).toEqual({ ...idle, replayed: true });
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
    const second = createRuntime({ pool, masterKey: 'test', clock: () => now });
    const actor = {
      tenantId: stave.tenantId,
      kind: 'system',
      name: 'second',
      credentialId: 'second',
      roles: [],
    } as const;
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

  test('knows the organisation as another process left it, up to the position that is asked for, also with a batch on its way', async () => {
    const pool = createPool({ databaseUrl: stave.databaseUrl, connections: 4, name: 'second' });
    const second = createRuntime({ pool, masterKey: 'test', clock: () => now });
    const people = async (atLeast: number) =>
      ((await second.reference(stave.tenantId, 'organisation', atLeast)) as Organisation).people;
    await people(0);
    await seed(
      stave,
      'organisation',
      PersonEmployed({
        personId: idOf('new'),
        employeeNo: '2',
        from: '2025-01-01',
        newcomerUntil: '2025-02-01',
      }),
    );
    expect((await people(0)).has(idOf('new'))).toBe(false);
    const [{ position }] = (await stave.pool.query('select position::integer from log.head')).rows;
    const onItsWay = stave.run('PlanVisit', visit('2026-03-11', 9));
    const actor = {
      tenantId: stave.tenantId,
      kind: 'system',
      name: 's',
      credentialId: 's',
      roles: [],
    } as const;
    const planVisit = commandsByName.get('PlanVisit')!;
    const input = visit('2026-03-12', 9);
    const own = second.dispatcher.execute({ actor, command: planVisit, input, source: 'test' });
    expect((await people(position)).has(idOf('new'))).toBe(true);
    expect(await Promise.all([onItsWay, own])).toMatchObject([{ ok: true }, { ok: true }]);
    await second.dispatcher.close();
    await pool.end();
  });

  test('never accepts two visits at the same time when two processes plan the same days', async () => {
    const pool = createPool({ databaseUrl: stave.databaseUrl, connections: 4, name: 'rival' });
    const rival = createRuntime({ pool, masterKey: 'test', clock: () => now });
    const actor = {
      tenantId: stave.tenantId,
      kind: 'system',
      name: 'rival',
      credentialId: 'rival',
      roles: [],
    } as const;
    const days = Array.from({ length: 8 }, (_, day) => `2026-04-${String(day + 1).padStart(2, '0')}`);
    const hours = Array.from({ length: 20 }, (_, hour) => hour);
    const planned = async (process: 'own' | 'rival', date: string, hour: number) => {
      const input = { ...visit(date, hour), visitId: idOf(`${process} ${date} ${hour}`) };
      if (process === 'own') return stave.run('PlanVisit', input);
      const command = commandsByName.get('PlanVisit')!;
      return rival.dispatcher.execute({ actor, command, input, source: 'test' });
    };
    const outcomes: Outcome[] = [];
    const caller = async (process: 'own' | 'rival', hour: number) => {
      for (const date of days) outcomes.push(await planned(process, date, hour));
    };
    await Promise.all(hours.flatMap((hour) => [caller('own', hour), caller('rival', hour)]));
    const codes = outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.code]));
    expect(codes.filter((code) => code !== 'conflict' && code !== 'windowsOverlap')).toEqual([]);
    for (const date of days) {
      const events = await eventsOf(`visit-plan/${personId}/${date}`);
      expect(events.map(({ version }) => version)).toEqual(events.map((_, index) => index + 1));
      const starts = events
        .filter(({ type }) => type === 'VisitPlanned')
        .map(({ data }) => data.window.start);
      expect(new Set(starts).size).toBe(starts.length);
    }
    const stored = await Promise.all(days.map((date) => eventsOf(`visit-plan/${personId}/${date}`)));
    const accepted = outcomes.filter(({ ok }) => ok);
    expect(stored.flat().filter(({ type }) => type === 'VisitPlanned')).toHaveLength(accepted.length);
    await rival.dispatcher.close();
    await pool.end();
  });

  test('leaves out a command whose guard fails with those that rest on it, and numbers the others without a gap', async () => {
    const commandIds = Array.from({ length: 5 }, () => v7());
    const streams = commandIds.map((commandId) => `visit-plan/left-out/${commandId}`);
    const commands = commandIds.map((commandId, ord) => ({
      key: commandId,
      fingerprint: null,
      commandId,
      stream: streams[ord]!,
      version: 2,
      record: true,
      dependsOn: new Set(ord === 3 ? [1] : []),
      events: [1, 2].map((version) => ({
        tenantId: stave.tenantId,
        stream: streams[ord]!,
        version,
        type: 'VisitPlanOpened',
        schemaVersion: 1,
        data: { personId, date: '2026-05-01' },
        actor: 'system/test',
        credential: null,
        commandId,
        correlationId: null,
        causationPosition: null,
        source: 'test',
        occurredAt: now,
        effectiveOn: '2026-05-01',
      })),
    }));
    const guards = streams.map((stream, ord) => ({
      stream,
      version: ord === 1 ? 7 : 0,
      token: null,
      ords: [ord],
    }));
    const result = await append(stave.pool, stave.tenantId, commands, guards);
    expect([...result.leftOut].sort()).toEqual([1, 3]);
    expect(result.conflicts).toEqual([{ stream: streams[1], ords: [1] }]);
    const positions = await Promise.all(
      streams.map(async (stream) => (await eventsOf(stream)).map(({ position }) => position - result.former)),
    );
    expect(positions).toEqual([[1, 2], [], [3, 4], [], [5, 6]]);
    const again = await append(stave.pool, stave.tenantId, commands, []);
    expect(again.replays.toSorted((a, b) => a.ord - b.ord)).toMatchObject(
      [
        [0, 1],
        [2, 3],
        [4, 5],
      ].map(([ord, first]) => ({
        ord,
        same: true,
        version: 2,
        first: result.former + first!,
        last: result.former + first! + 1,
        position: result.former + 6,
      })),
    );
    expect(again.leftOut).toEqual(new Set([0, 2, 4]));
  });

  test('loses and doubles nothing when connections break under load', async () => {
    const admin = new Client({ connectionString: stave.databaseUrl });
    await admin.connect();
    const days = Array.from({ length: 10 }, (_, day) => `2026-06-${String(day + 1).padStart(2, '0')}`);
    let running = true;
    const sabotage = async () => {
      let broken = 0;
      for (let round = 0; running && round < 5; round++) {
        const { rowCount } = await admin.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where application_name = 'test' and datname = current_database()`,
        );
        broken += rowCount ?? 0;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      return broken;
    };
    const caller = async (index: number) => {
      const outcomes: Outcome[] = [];
      for (const date of days) outcomes.push(await stave.run('PlanVisit', visit(date, index)));
      return outcomes;
    };
    const sabotaged = sabotage();
    const outcomes = await Promise.all(Array.from({ length: 20 }, (_, index) => caller(index)));
    running = false;
    expect(await sabotaged).toBeGreaterThan(2);
    await admin.end();
    expect(outcomes.flat().filter(({ ok }) => !ok)).toEqual([]);
    for (const date of days) {
      const events = await eventsOf(`visit-plan/${personId}/${date}`);
      expect(events.filter(({ type }) => type === 'VisitPlanned')).toHaveLength(20);
      expect(events.map(({ version }) => version)).toEqual(
        Array.from({ length: 21 }, (_, index) => index + 1),
      );
    }
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
