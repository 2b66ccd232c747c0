import { AsyncLocalStorage } from 'node:async_hooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { perform } from '../../src/cli/demo/perform.ts';
import { demoStages } from '../../src/cli/demo/stages.ts';
import { type DemoParameters, demoTenantId } from '../../src/cli/demo/world.ts';
import { now } from '../../src/engine/clock.ts';
import { createProjector } from '../../src/engine/projector.ts';
import type { Query } from '../../src/engine/query.ts';
import { builtInKpis } from '../../src/events/kpi-catalogue.ts';
import { readModels } from '../../src/projections/index.ts';
import { createRuntime } from '../../src/runtime.ts';
import { createTenant, holdClock, issueKeys } from '../../src/storage/tenants.ts';
import { full, note } from '../support/figures.ts';
import { createQuestions, randomFrom } from '../support/questions.ts';
import { type Server, startServer } from '../support/server.ts';

const wanted = full ? 1_000 : 200;
const parameters: DemoParameters = { seed: 5, scale: 0.1, weeks: full ? 3 : 1, today: '2026-03-12' };
const tenantId = demoTenantId(parameters.seed);
const timeout = full ? 1_200_000 : 120_000;

interface Reader {
  readonly roles: readonly string[];
  readonly personId?: string;
}

/** A question that was asked while the company worked, and what was answered. */
interface Served {
  readonly query: Query;
  readonly path: string;
  readonly token: string;
  /** The instant on the server's clock. */
  readonly at: string;
  readonly position: number;
  readonly text: string;
  /** Whom the reader could see. */
  readonly seen: string;
}

describe('time travel', { timeout }, () => {
  let server: Server;
  let clock = now();
  const below = randomFrom(7);
  const questions = createQuestions(below);
  const readers = new Map<string, Reader>();
  const served: Served[] = [];

  async function admit(reader: Reader): Promise<void> {
    const [token] = await issueKeys(server.databaseUrl, [{ tenantId, name: 'reader', ...reader }]);
    readers.set(token!, reader);
  }

  async function send(path: string, token: string) {
    const response = await fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
    const position = Number(response.headers.get('stave-position'));
    return { status: response.status, position, text: await response.text() };
  }

  /** Whom a reader may see now: rights are not those of the past. */
  async function seenBy(token: string, query: Query): Promise<string> {
    const reader = readers.get(token)!;
    const kind = reader.personId ? 'person' : 'integration';
    const asker = await server.runtime.asker(
      { tenantId, credentialId: 'test', name: 'test', kind, ...reader },
      query,
    );
    return JSON.stringify('ok' in asker ? asker.code : asker.visibility);
  }

  async function askOnce(): Promise<void> {
    const { query, path } = questions.ask();
    const token = [...readers.keys()][below(readers.size)]!;
    clock = now();
    const at = clock;
    const seen = await seenBy(token, query);
    const { status, position, text } = await send(path, token);
    if (status === 200 && position > 0) served.push({ query, path, token, at, position, text, seen });
  }

  let turn = Promise.resolve();
  /** One question at a time: the server's clock is set for each. */
  const ask = (): Promise<void> => {
    turn = turn.then(askOnce);
    return turn;
  };

  /** Tells a demo as fast as it goes, and asks all the while. */
  async function tell(): Promise<void> {
    const instant = new AsyncLocalStorage<string>();
    const { pool } = server.runtime;
    const runtime = createRuntime({ pool, masterKey: 'test', clock: () => instant.getStore() ?? now() });
    const projector = createProjector({ pool, read: runtime.read, models: readModels });
    let noted = 0;
    const look = async () => {
      const { rows } = await pool.query('select log.tail($1, $2, 1000000000) as event', [tenantId, noted]);
      for (const { event } of rows) {
        noted = Number(event.position);
        questions.note(event.data);
        if (event.type === 'RoleGranted' && readers.size < 10)
          await admit({ roles: [], personId: event.data.personId });
      }
    };
    let done = false;
    await projector.advance(tenantId);
    const telling = perform(demoStages(parameters), {
      runtime,
      tenantId,
      instant,
      follow: () => projector.advance(tenantId),
      log: { debug: () => undefined },
      signal: new AbortController().signal,
      done: async () => {
        await projector.advance(tenantId);
        await look();
        for (let index = 0; index < 8; index++) await ask();
      },
    }).finally(() => {
      done = true;
    });
    while (!done) await ask();
    await telling;
    await projector.advance(tenantId);
    await runtime.dispatcher.close();
  }

  beforeAll(async () => {
    server = await startServer({ worker: false, clock: () => clock });
    await createTenant(server.databaseUrl, 'Past', tenantId);
    await holdClock(server.databaseUrl, tenantId);
    await admit({ roles: ['IN', 'AU', 'TM', 'AD', 'OP'] });
    await tell();
    clock = now();
  }, timeout);
  afterAll(() => server.stop());

  test(`answers ${wanted} questions as they were answered then, byte for byte`, async (context) => {
    const count = { byInstant: 0, byPosition: 0, changedSince: 0 };
    const names = new Set<string>();
    const differing: unknown[] = [];
    while (count.byInstant + count.byPosition < wanted && served.length > 0) {
      const { query, path, token, at, position, text, seen } = served.splice(below(served.length), 1)[0]!;
      if (seen !== (await seenBy(token, query))) continue;
      const { rows } = await server.runtime.pool.query('select log.position_at($1, $2) as position', [
        tenantId,
        at,
      ]);
      const isKnown = Number(rows[0].position) === position;
      if (!isKnown && query.name === 'GetSignerQueue') continue;
      const again = await send(`${path}&knownAt=${isKnown ? at : position}`, token);
      count[isKnown ? 'byInstant' : 'byPosition'] += 1;
      names.add(query.name);
      if ((await send(path, token)).text !== text) count.changedSince += 1;
      if (again.text !== text || again.position !== position)
        differing.push({ path, at, position, text, again });
    }
    note(context, 'timeTravel', { ...count, queries: names.size, differing: differing.length });
    expect(differing.slice(0, 3)).toEqual([]);
    expect(count.changedSince).toBeGreaterThan(wanted / 10);
    expect(count.byInstant + count.byPosition).toBe(wanted);
  });

  test('lists what every figure is made of', async () => {
    const [auditor] = readers.keys();
    const json = async (path: string) => {
      const { status, text } = await send(path, auditor!);
      expect(status, text).toBe(200);
      return JSON.parse(text);
    };
    const { personId } = [...readers.values()].find((reader) => reader.personId)!;
    const subjects = [
      'subjectKind=organisation',
      `subjectKind=person&subjectId=${personId}`,
      `subjectKind=team&subjectId=${personId}`,
    ];
    let entries = 0;
    for (const subject of subjects) {
      const { data } = await json(`/v1/kpis/values?${subject}&from=2026-03-01&to=2026-03-31&asOf=2026-03-31`);
      expect(data).toHaveLength(builtInKpis.length);
      for (const value of data) {
        if (builtInKpis.find(({ key }) => key === value.kpi)!.formula !== 'ratio') continue;
        for (const side of ['numerator', 'denominator'] as const) {
          const path = value.evidence[side];
          expect(path === null).toBe(value[side] === null);
          let [sum, cursor] = [0n, ''];
          while (path !== null) {
            const found = await json(`${path}&limit=150${cursor && `&cursor=${cursor}`}`);
            for (const { amount, events } of found.data) {
              sum += BigInt(amount);
              entries += 1;
              expect(events.length).toBeGreaterThan(0);
            }
            cursor = found.nextCursor;
            if (!cursor) break;
          }
          expect([subject, value.kpi, side, sum]).toEqual([
            subject,
            value.kpi,
            side,
            BigInt(value[side] ?? 0),
          ]);
        }
      }
    }
    expect(entries).toBeGreaterThan(500);
  });
});
