import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gate } from '../../src/commands/gate.ts';
import { commands as commandList } from '../../src/commands/index.ts';
import type { Act, Actor, Command } from '../../src/engine/decision.ts';
import type { Query } from '../../src/engine/query.ts';
import { organisationEvents } from '../../src/events/organisation.ts';
import { Role } from '../../src/events/permission.ts';
import { queries as queryList } from '../../src/projections/index.ts';
import { idOf } from '../support/given.ts';
import { type Server, startServer } from '../support/server.ts';
import { seed } from '../support/stave.ts';

const commands = commandList as readonly Command[];
const queries = queryList as readonly Query[];
const { PersonRegistered } = (await import('../../src/events/person.ts')).personEvents;
const { PersonEmployed, PositionAssigned, RoleGranted, OrgUnitCreated } = organisationEvents;

const now = '2026-03-02T08:00:00.000Z';
const actOf = (roles: readonly string[]): Act => {
  const actor: Actor = { tenantId: idOf('tenant'), kind: 'integration', name: 'x', credentialId: 'x', roles };
  return {
    actor,
    commandId: idOf('command'),
    now,
    occurredAt: now,
    today: '2026-03-02',
    timeZone: 'UTC',
    newId: idOf,
    digest: idOf,
  };
};
const fresh = () => gate.reads.map(({ decider }) => decider.initialState());
const allows = (command: Command, roles: readonly string[]) =>
  gate.admit(command, actOf(roles), undefined, fresh()) === undefined;

describe('rights', () => {
  test('nobody without a role may do anything', () => {
    expect(commands.filter((command) => allows(command, []))).toEqual([]);
  });

  test('what the system does by itself no role may do', () => {
    const system = commands.filter(({ permission }) => permission === 'system:act');
    expect(system.length).toBeGreaterThan(5);
    expect(system.filter((command) => allows(command, Role.options))).toEqual([]);
  });

  test('operators, analysts and auditors change nothing of the daily work', () => {
    for (const role of ['OP', 'AU'])
      expect(commands.filter((command) => allows(command, [role])).map(({ name }) => name)).toEqual([]);
    const facts = /^(TakeOrder|RecordPayment|StartVisit|FileReport|SignOff|AssignTarget|RegisterCustomer)$/;
    expect(commands.filter((command) => facts.test(command.name) && allows(command, ['AN']))).toEqual([]);
  });
});

describe('reading', () => {
  let server: Server;
  const tokens: Record<string, string> = {};
  const people = {
    boss: 'SV',
    ann: 'SP',
    tom: 'SP',
    stranger: 'SP',
    owner: 'OP',
    analyst: 'AN',
    nobody: undefined,
  } as const;
  const above: Readonly<Record<string, string | null>> = {
    boss: null,
    ann: 'boss',
    tom: 'boss',
    stranger: null,
    owner: null,
    analyst: null,
  };

  beforeAll(async () => {
    server = await startServer({ clock: () => now });
    const stave = { ...server.runtime, tenantId: server.tenantId } as never;
    const from = '2025-01-01';
    const unitId = idOf('unit');
    const seats = Object.entries(above).flatMap(([name, superior]) => [
      PositionAssigned({
        personId: idOf(name),
        positionId: idOf(`${name} seat`),
        orgUnitId: unitId,
        reportsToPositionId: superior && idOf(`${superior} seat`),
        from,
        fteBp: 10_000,
        specialisation: 'field_sales',
      }),
    ]);
    await seed(
      stave,
      'organisation',
      OrgUnitCreated({ unitId, code: 'C', name: 'Company', kind: 'company', parentId: null, from }),
      ...Object.entries(people).flatMap(([name, role]) => [
        PersonEmployed({ personId: idOf(name), employeeNo: name, from, newcomerUntil: '2025-02-01' }),
        ...(role ? [RoleGranted({ personId: idOf(name), role, from })] : []),
      ]),
      ...seats,
    );
    for (const name of Object.keys(people)) {
      await seed(stave, `person/${idOf(name)}`, PersonRegistered({ personId: idOf(name), name }));
      tokens[name] = await server.token({ name, personId: idOf(name) });
    }
    await server.runtime.dispatcher.states(server.tenantId, [], 0);
  });
  afterAll(() => server.stop());

  const statusOf = async (name: string, path: string) =>
    (await server.get(`/v1${path}`, tokens[name]!)).status;

  test('a person without a role is refused by every query', async () => {
    const refused = await Promise.all(
      queries
        .filter(({ path }) => !path.includes(':'))
        .map(async ({ path }) => [path, await statusOf('nobody', path)] as const),
    );
    expect(refused.filter(([, status]) => status !== 403 && status !== 400)).toEqual([]);
    expect(refused.filter(([, status]) => status === 403).length).toBeGreaterThan(30);
  });

  test('a salesperson reads their own day and nobody else’s', async () => {
    expect(await statusOf('ann', `/day-sheets/${idOf('ann')}`)).toBe(200);
    expect(await statusOf('ann', `/day-sheets/${idOf('tom')}`)).toBe(403);
    expect(await statusOf('ann', `/day-sheets/${idOf('random')}`)).toBe(403);
  });

  test('a supervisor reads the team and not others', async () => {
    expect(await statusOf('boss', `/day-sheets/${idOf('ann')}`)).toBe(200);
    expect(await statusOf('boss', `/day-sheets/${idOf('stranger')}`)).toBe(403);
  });

  test('an operator gets results and no individual activity', async () => {
    expect(await statusOf('owner', `/day-sheets/${idOf('ann')}`)).toBe(403);
    expect(await statusOf('owner', '/visits')).toBe(403);
    expect(await statusOf('owner', '/results?period=2026-03-03')).toBe(200);
  });

  test('an analyst gets figures and nobody’s day', async () => {
    expect(await statusOf('analyst', `/day-sheets/${idOf('ann')}`)).toBe(403);
    expect(await statusOf('analyst', '/day-sheets')).toBe(403);
    expect(await statusOf('analyst', `/people/${idOf('ann')}/days/2026-03-02/figures`)).toBe(403);
    expect(await statusOf('analyst', '/results?period=2026-03-03')).toBe(200);
  });

  test('lists show the people in scope only', async () => {
    const names = async (name: string) => {
      const { body } = await server.get('/v1/people?minPosition=1', tokens[name]!);
      return body.data.map((row: { name: string }) => row.name).sort();
    };
    await expect.poll(() => names('boss'), { timeout: 10_000 }).toEqual(['ann', 'boss', 'tom']);
    expect(await names('ann')).toEqual(['ann']);
  });
});
