import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { canonicalJson, sha256, uuidV5 } from '../src/engine/canonical.ts';
import { v7 } from '../src/engine/clock.ts';
import type { Actor } from '../src/engine/decision.ts';
import type { NewEvent } from '../src/engine/event.ts';
import { addDays } from '../src/engine/instant.ts';
import { append } from '../src/engine/log.ts';
import { customerEvents } from '../src/events/customer.ts';
import { organisationEvents } from '../src/events/organisation.ts';
import { commandsByName, createRuntime } from '../src/runtime.ts';
import { createPool } from '../src/storage/database.ts';
import { startEmbedded } from '../src/storage/embedded.ts';
import { migrate } from '../src/storage/migrate.ts';
import { createTenant } from '../src/storage/tenants.ts';
import { closedLoop, quantile, type Round, round } from './measure.ts';
import type { BenchOptions, BenchResult } from './run.ts';

const { PersonEmployed, RoleGranted } = organisationEvents;
const callers = 64;
const preparedPerSecond = 20_000;
const now = '2026-03-02T08:00:00.000Z';

function visitInput(tenantId: string, index: number) {
  const person = Math.floor(index / 20_000);
  const hour = index % 20;
  const personId = uuidV5(tenantId, `person ${person}`);
  const date = addDays('2026-03-03', Math.floor((index % 20_000) / 20));
  return {
    personId,
    date,
    visitId: uuidV5(tenantId, `visit ${index}`),
    customerId: uuidV5(tenantId, `customer ${index % 500}`),
    window: { start: `${String(hour).padStart(2, '0')}:00`, end: `${String(hour).padStart(2, '0')}:45` },
    purposes: ['service', 'ordering'],
    objective: { measure: 'orders', value: 2 },
    plannedCost: { amountMinor: '1250', currency: 'EUR' },
    reason: 'The customer asked for it.',
  };
}

const staff = (tenantId: string): readonly NewEvent[] =>
  Array.from({ length: 50 }, (_, person) => uuidV5(tenantId, `person ${person}`)).flatMap(
    (personId, person) => [
      PersonEmployed({ personId, employeeNo: `E${person}`, from: '2020-01-01', newcomerUntil: '2020-06-01' }),
      RoleGranted({ personId, role: 'SP', from: '2020-01-01' }),
    ],
  );

/** Appends the first events of a stream, as a command would have. */
async function seedStream(
  pool: pg.Pool,
  tenantId: string,
  stream: string,
  events: readonly NewEvent[],
): Promise<void> {
  const commandId = v7();
  const pending = events.map(({ type, data }, index) => ({
    tenantId,
    stream,
    version: index + 1,
    type,
    schemaVersion: 1,
    data,
    actor: 'system/bench',
    credential: null,
    commandId,
    correlationId: null,
    causationPosition: null,
    source: 'bench',
    occurredAt: now,
    effectiveOn: now.slice(0, 10),
  }));
  const command = {
    key: commandId,
    fingerprint: null,
    commandId,
    stream,
    version: events.length,
    record: true,
    events: pending,
    dependsOn: new Set<number>(),
  };
  await append(pool, tenantId, [command], [{ stream, version: 0, token: null, ords: [0] }]);
}

type VisitInput = ReturnType<typeof visitInput>;

/** Inputs that were made before the clock runs, so that making them counts on neither side. */
function supplyOf(tenantId: string) {
  let ready: VisitInput[] = [];
  let taken = 0;
  let made = 0;
  return {
    prepare: (count: number) => {
      ready = ready.slice(taken);
      taken = 0;
      while (ready.length < count) ready.push(visitInput(tenantId, made++));
    },
    next: (): VisitInput => ready[taken++] ?? visitInput(tenantId, made++),
  };
}

/** Appends through the dispatcher beside one-row inserts of the same row, in turns, on one server. */
export async function run({ full, say }: BenchOptions): Promise<BenchResult> {
  const dataDir = await mkdtemp(join(tmpdir(), 'stave-bench-'));
  await chmod(dataDir, 0o711);
  const server = await startEmbedded({ dataDir, log: { info: () => undefined, warn: say } });
  try {
    await migrate(server.url);
    const tenantId = await createTenant(server.url, 'Bench');
    const pool = createPool({ databaseUrl: server.url, connections: 8, name: 'bench' });
    const runtime = createRuntime({ pool, clock: () => now });
    const actor: Actor = { tenantId, kind: 'system', name: 'bench', credentialId: 'bench', roles: [] };
    const execute = (command: string, input: Readonly<Record<string, unknown>>) =>
      runtime.dispatcher.execute({ actor, command: commandsByName.get(command)!, input, source: 'bench' });

    await seedStream(pool, tenantId, 'organisation', staff(tenantId));
    for (let customer = 0; customer < 500; customer++) {
      const customerId = uuidV5(tenantId, `customer ${customer}`);
      await seedStream(pool, tenantId, `customer/${customerId}`, [
        customerEvents.CustomerRegistered({
          customerId,
          name: `Customer ${customer}`,
          kind: 'end_customer',
          regionId: customerId,
          channelId: customerId,
          segment: 'B',
          source: 'bench',
          registeredOn: '2026-01-01',
          nameKey: sha256(customerId).slice(0, 32),
          taxKey: null,
        }),
      ]);
    }

    const raw = new pg.Pool({ connectionString: server.url, max: callers });
    await raw.query(`create table public.raw_event (like log.event including defaults including indexes)`);
    const { rows: columns } = await raw.query(
      "select column_name from information_schema.columns where table_schema = 'log' and table_name = 'event' order by ordinal_position",
    );
    const names = columns.map((row) => row.column_name as string);
    const insert = {
      name: 'raw-insert',
      text: `insert into public.raw_event (${names.join(', ')}) values (${names.map((_, index) => `$${index + 1}`).join(', ')})`,
    };
    let position = 0;
    const rawSupply = supplyOf(tenantId);
    const rawInsert = async (): Promise<void> => {
      const input = rawSupply.next();
      const at = ++position;
      await raw.query({
        ...insert,
        values: [
          tenantId,
          at,
          `visit-plan/${input.personId}/${input.date}/${at}`,
          1,
          'VisitPlanned',
          1,
          canonicalJson(input),
          'system/bench',
          'bench',
          v7(),
          null,
          null,
          'bench',
          now,
          input.date,
          now,
          Buffer.alloc(32, 1),
        ],
      });
    };

    const supply = supplyOf(tenantId);
    const acknowledged = new Map<string, number>();
    let refused = 0;
    const plan = async (): Promise<void> => {
      const input = supply.next();
      const outcome = await execute('PlanVisit', input);
      if (outcome.ok && 'position' in outcome) acknowledged.set(input.visitId, outcome.position);
      else {
        refused += 1;
        if (refused === 1) say(`refused: ${JSON.stringify(outcome)}`);
      }
    };

    const seconds = full ? 5 : 2;
    const rounds = full ? 7 : 5;
    await closedLoop(callers, 1, plan);
    await closedLoop(callers, 1, rawInsert);
    const appends: Round[] = [];
    const raws: Round[] = [];
    for (let turn = 0; turn < rounds; turn++) {
      rawSupply.prepare(seconds * preparedPerSecond);
      supply.prepare(seconds * preparedPerSecond);
      raws.push(await closedLoop(callers, seconds, rawInsert));
      appends.push(await closedLoop(callers, seconds, plan));
      say(
        `raw insert ${round(raws.at(-1)!.perSecond, 0)}/s, append ${round(appends.at(-1)!.perSecond, 0)}/s`,
      );
    }

    const { rows: stored } = await raw.query(
      `select position::integer as position, data->>'visitId' as visit_id from log.event
       where tenant_id = $1 and type = 'VisitPlanned' order by position`,
      [tenantId],
    );
    const found = new Map<string, number>();
    let doubled = 0;
    for (const { visit_id: visitId, position: at } of stored) {
      if (found.has(visitId)) doubled += 1;
      found.set(visitId, at);
    }
    const lost = [...acknowledged.keys()].filter((visitId) => !found.has(visitId)).length + refused;
    const { rows: gaps } = await raw.query(
      `select count(*)::integer as gaps from (
         select position - lag(position, 1, 0) over (order by position) as step from log.event where tenant_id = $1) s where step <> 1`,
      [tenantId],
    );
    const misplaced = [...acknowledged].filter(
      ([visitId, at]) => found.has(visitId) && found.get(visitId) !== at,
    ).length;

    const commandsPerSecond = quantile(
      appends.map(({ perSecond }) => perSecond),
      0.5,
    );
    const rawInsertPerSecond = quantile(
      raws.map(({ perSecond }) => perSecond),
      0.5,
    );
    const latency = (list: readonly Round[], share: number) =>
      round(
        quantile(
          list.flatMap(({ latenciesMs }) => latenciesMs),
          share,
        ),
      );
    await runtime.dispatcher.close();
    await pool.end();
    await raw.end();
    return {
      figures: {
        commandsPerSecond: round(commandsPerSecond, 0),
        rawInsertPerSecond: round(rawInsertPerSecond, 0),
        commandP50Ms: latency(appends, 0.5),
        commandP99Ms: latency(appends, 0.99),
        rawInsertP50Ms: latency(raws, 0.5),
        rawInsertP99Ms: latency(raws, 0.99),
      },
      ratios: { toRawInsert: round(commandsPerSecond / rawInsertPerSecond) },
      checks: { lost, doubled, reordered: gaps[0].gaps + misplaced },
    };
  } finally {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}
