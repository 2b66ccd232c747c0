import type { Pool } from 'pg';
import { sha256, uuidV5 } from '../src/engine/canonical.ts';
import { v7 } from '../src/engine/clock.ts';
import type { Actor, Command } from '../src/engine/decision.ts';
import type { NewEvent } from '../src/engine/event.ts';
import { addDays } from '../src/engine/instant.ts';
import { append, type PendingCommand } from '../src/engine/log.ts';
import { customerEvents } from '../src/events/customer.ts';
import { organisationEvents } from '../src/events/organisation.ts';
import { commandsByName, type Runtime } from '../src/runtime.ts';

type Input = Readonly<Record<string, unknown>>;

const { PersonEmployed, RoleGranted } = organisationEvents;
const visitsPerPlan = 20;
const daysPerPerson = 1_000;

/** The instant at which everything in the benches happens. */
export const now = '2026-03-02T08:00:00.000Z';

const named = (count: number, name: string): readonly string[] =>
  Array.from({ length: count }, (_, index) =>
    uuidV5('00000000-0000-4000-8000-000000000000', `${name} ${index}`),
  );
/** Those whose visits are planned. */
export const people = named(50, 'person');
const customers = named(50, 'customer');
const days = Array.from({ length: daysPerPerson }, (_, day) => addDays('2026-03-03', day));
const windows = Array.from({ length: visitsPerPlan }, (_, hour) => ({
  start: `${String(hour).padStart(2, '0')}:00`,
  end: `${String(hour).padStart(2, '0')}:45`,
}));

const visitIdPrefix = '00000000-0000-4000-8000-';
const visitId = (index: number): string => visitIdPrefix + index.toString(16).padStart(12, '0');
const indexOf = (id: string): number => Number.parseInt(id.slice(visitIdPrefix.length), 16);

/** The input of the `index`th `PlanVisit` of a tenant: a person's days after one another, twenty visits each. */
export function visitInput(index: number) {
  const day = Math.floor(index / visitsPerPlan);
  return {
    personId: people[Math.floor(day / daysPerPerson) % people.length]!,
    date: days[day % daysPerPerson]!,
    visitId: visitId(index),
    customerId: customers[index % customers.length]!,
    window: windows[index % visitsPerPlan]!,
    purposes: ['service', 'ordering'],
    objective: { measure: 'orders', value: 2 },
    plannedCost: { amountMinor: '1250', currency: 'EUR' },
    reason: 'The customer asked for it.',
  };
}

const staff: readonly NewEvent[] = people.flatMap((personId, person) => [
  PersonEmployed({ personId, employeeNo: `E${person}`, from: '2020-01-01', newcomerUntil: '2020-06-01' }),
  RoleGranted({ personId, role: 'SP', from: '2020-01-01' }),
]);
const registered = customers.map((customerId, index) =>
  customerEvents.CustomerRegistered({
    customerId,
    name: `Customer ${index}`,
    kind: 'end_customer',
    regionId: customerId,
    channelId: customerId,
    segment: 'B',
    source: 'bench',
    registeredOn: '2026-01-01',
    nameKey: sha256(customerId).slice(0, 32),
    taxKey: null,
  }),
);

/** Appends events to streams that have so many already, none unless told, each stream's as one command. */
export async function appendTo(
  pool: Pool,
  tenantId: string,
  streams: readonly (readonly [stream: string, events: readonly NewEvent[], before?: number])[],
): Promise<void> {
  const envelope = { tenantId, schemaVersion: 1, source: 'bench', actor: 'system/bench' };
  const nothing = { credential: null, correlationId: null, causationPosition: null };
  const commands = streams.map(([stream, events, before = 0]): PendingCommand => {
    const commandId = v7();
    return {
      key: commandId,
      fingerprint: null,
      commandId,
      stream,
      version: before + events.length,
      record: true,
      dependsOn: new Set(),
      events: events.map(({ type, data, when }, index) => ({
        ...envelope,
        ...nothing,
        stream,
        commandId,
        type,
        data,
        version: before + index + 1,
        occurredAt: now,
        effectiveOn: now.slice(0, 10),
        ...when,
      })),
    };
  });
  await append(pool, tenantId, commands, []);
}

/** Appends the people and the customers that the visits are about, as commands would have. */
export const seed = (pool: Pool, tenantId: string): Promise<void> =>
  appendTo(pool, tenantId, [
    ['organisation', staff],
    ...registered.map((event, index) => [`customer/${customers[index]}`, [event]] as const),
  ]);

export const systemActor = (tenantId: string): Actor => ({
  tenantId,
  kind: 'system',
  name: 'bench',
  credentialId: 'bench',
  roles: [],
});

export interface Checks {
  readonly lost: number;
  readonly doubled: number;
  readonly reordered: number;
}

const planVisit = { command: commandsByName.get('PlanVisit')!, inputOf: visitInput };

/**
 * Plans visits through the dispatcher, one after another, by another command where one is given, and remembers where
 * each was acknowledged.
 */
export function planner(
  { dispatcher }: Pick<Runtime, 'dispatcher'>,
  tenantId: string,
  say: (line: string) => void,
  {
    command,
    inputOf,
  }: { readonly command: Command; readonly inputOf: (index: number) => object } = planVisit,
) {
  const request = { actor: systemActor(tenantId), command, source: 'bench' };
  const acknowledged: (number | undefined)[] = [];
  let next = 0;
  let refused = 0;

  /** Answers where the visit was acknowledged, or undefined when it was refused. */
  async function plan(): Promise<number | undefined> {
    const index = next++;
    const outcome = await dispatcher.execute({ ...request, input: inputOf(index) as Input });
    if (outcome.ok && 'position' in outcome) {
      acknowledged[index] = outcome.position;
      return outcome.position;
    }
    if (refused++ === 0) say(`refused: ${JSON.stringify(outcome)}`);
    return undefined;
  }

  const check = (owner: Pool) => checkVisits(owner, tenantId, acknowledged, refused);

  return { plan, check, planned: () => acknowledged.length };
}

/**
 * Compares where visits were acknowledged, by their index, with what stands in the log, read as the database's owner.
 * What was refused counts as lost.
 */
export async function checkVisits(
  owner: Pool,
  tenantId: string,
  acknowledged: readonly (number | undefined)[],
  refused: number,
): Promise<Checks> {
  const { rows } = await owner.query({
    text: `select position::integer, data->>'visitId' from log.event
      where tenant_id = $1 and type = 'VisitPlanned' and source in ('bench', 'http') order by position`,
    values: [tenantId],
    rowMode: 'array',
  });
  const { rows: spans } = await owner.query(
    'select (max(position) - count(*))::integer as gaps from log.event where tenant_id = $1',
    [tenantId],
  );
  const found = new Set<number>();
  let [doubled, misplaced] = [0, 0];
  for (const [position, id] of rows as unknown as readonly [number, string][]) {
    const index = indexOf(id);
    if (found.has(index)) doubled += 1;
    found.add(index);
    if (acknowledged[index] !== undefined && acknowledged[index] !== position) misplaced += 1;
  }
  const lost = acknowledged.filter((position, index) => position !== undefined && !found.has(index)).length;
  return { lost: lost + refused, doubled, reordered: spans[0].gaps + misplaced };
}

export const total = (checks: readonly Checks[]): Checks =>
  checks.reduce(
    (sum, { lost, doubled, reordered }) => ({
      lost: sum.lost + lost,
      doubled: sum.doubled + doubled,
      reordered: sum.reordered + reordered,
    }),
    { lost: 0, doubled: 0, reordered: 0 },
  );
