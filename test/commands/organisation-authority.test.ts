import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  assignmentsOn,
  authorize,
  delegatedTo,
  holderOn,
  peopleAbove,
  positionsAbove,
  reaches,
  rolesOn,
  visibility,
} from '../../src/commands/organisation/authority.ts';
import { endEmployment } from '../../src/commands/organisation/employment.ts';
import { positionStep, unitStep } from '../../src/commands/organisation/line.ts';
import type { Organisation } from '../../src/commands/organisation/state.ts';
import type { Actor } from '../../src/engine/decision.ts';
import { organisationEvents } from '../../src/events/organisation.ts';
import { given, idOf, tenantId } from '../support/given.ts';
import {
  company,
  employed,
  granted,
  holds,
  organisationAfter,
  system,
  unit,
} from '../support/organisation.ts';
import { anyHistory, places, reorganisedDays, staff, units } from '../support/reorganisation.ts';

const { AssignmentEnded, EmploymentEnded, OrgUnitMoved, PersonEmployed, RoleRevoked, SignOffDelegated } =
  organisationEvents;

const day = '2026-03-02';

const actor = (name: string, more: Partial<Actor> = {}): Actor => ({
  tenantId,
  kind: 'person',
  name,
  personId: idOf(name),
  credentialId: 'test',
  roles: [],
  ...more,
});

const ended = (name: string, on: string, from = '2024-01-01') =>
  AssignmentEnded({ personId: idOf(name), positionId: idOf(`${name}-position`), from, on });

/** top > rita (region north) > sue > ann, and bob who reports to rita. */
const people = [
  company,
  unit('north', 'region'),
  unit('south', 'region'),
  unit('team', 'team', 'north'),
  ...['top', 'rita', 'sue', 'ann', 'bob', 'otto'].map((name) => employed(name)),
  holds('top', null),
  holds('rita', 'top', { unit: 'north' }),
  holds('sue', 'rita', { unit: 'team' }),
  holds('ann', 'sue', { unit: 'team' }),
  holds('bob', 'rita', { unit: 'north' }),
  holds('otto', 'top', { unit: 'south' }),
];

const names = (ids: readonly string[]) =>
  ids.map((id) => ['top', 'rita', 'sue', 'ann', 'bob', 'otto'].find((name) => idOf(name) === id));

describe('The reporting line', () => {
  test('goes upward, nearest first', () => {
    expect(names(peopleAbove(organisationAfter(...people), idOf('ann'), day))).toEqual([
      'sue',
      'rita',
      'top',
    ]);
  });
  test('skips a vacant position upward', () => {
    const state = organisationAfter(...people, ended('sue', '2026-01-01'));
    expect(names(peopleAbove(state, idOf('ann'), day))).toEqual(['rita', 'top']);
    expect(positionsAbove(state, idOf('ann'), day)).toContain(idOf('sue-position'));
    expect(names(peopleAbove(state, idOf('ann'), '2025-12-31'))).toEqual(['sue', 'rita', 'top']);
  });
  test('is that of the day, whatever was entered later', () => {
    const state = organisationAfter(
      ...people,
      ended('ann', '2025-06-01'),
      holds('ann', 'otto', { unit: 'south', from: '2025-06-01' }),
    );
    expect(names(peopleAbove(state, idOf('ann'), '2025-05-31'))).toEqual(['sue', 'rita', 'top']);
    expect(names(peopleAbove(state, idOf('ann'), '2025-06-01'))).toEqual(['otto', 'top']);
  });
  test('takes an assignment entered back in time for the days before the next one', () => {
    const state = organisationAfter(
      ...people,
      ended('ann', '2026-01-01'),
      holds('ann', 'otto', { from: '2026-01-01' }),
      ended('ann', '2025-06-01'),
      holds('ann', 'bob', { from: '2025-06-01', to: '2026-01-01' }),
    );
    expect(names(peopleAbove(state, idOf('ann'), '2025-12-31'))).toEqual(['bob', 'rita', 'top']);
    expect(names(peopleAbove(state, idOf('ann'), '2026-01-01'))).toEqual(['otto', 'top']);
  });
  test('of a person is not that of a stay in the position which was taken back', () => {
    const bosses = [company, ...['a', 'b', 'c', 'x'].map((name) => employed(name))];
    const top = [holds('a', null), holds('b', null), holds('c', null)];
    const x = { personId: idOf('x'), positionId: idOf('x-position') };
    const state = organisationAfter(
      ...bosses,
      ...top,
      holds('x', 'a', { from: '2025-01-01' }),
      AssignmentEnded({ ...x, from: '2025-01-01', on: '2025-05-01' }),
      holds('x', 'b', { from: '2025-05-01' }),
      AssignmentEnded({ ...x, from: '2025-05-01', on: '2025-05-01' }),
      AssignmentEnded({ ...x, from: '2025-01-01', on: '2025-03-01' }),
      holds('x', 'c', { from: '2025-03-01' }),
    );
    expect(positionStep(state, idOf('x-position'), day).above).toBe(idOf('c-position'));
  });
  test('joins those of all positions held, the nearest of each first', () => {
    const state = organisationAfter(
      ...people,
      holds('ann', 'otto', { position: 'second', unit: 'south', primary: false }),
    );
    expect(names(peopleAbove(state, idOf('ann'), day))).toEqual(['sue', 'otto', 'rita', 'top']);
  });
  test('does not hold those whose employment has ended', () => {
    const end = given(...people).when(
      endEmployment,
      { personId: idOf('sue'), on: '2025-12-31', reason: 'resigned' },
      system,
    );
    const state = organisationAfter(...people, ...end.events);
    expect(names(peopleAbove(state, idOf('ann'), day))).toEqual(['rita', 'top']);
    expect(holderOn(state, idOf('sue-position'), day)).toBeUndefined();
  });
});

describe('Roles', () => {
  test('hold from the day they are given until they are taken', () => {
    const state = organisationAfter(
      employed('ann'),
      granted('ann', 'SP', '2025-01-01'),
      RoleRevoked({ personId: idOf('ann'), role: 'SP', from: '2025-01-01', on: '2025-06-01' }),
    );
    expect(rolesOn(state, idOf('ann'), '2024-12-31')).toEqual([]);
    expect(rolesOn(state, idOf('ann'), '2025-05-31')).toEqual(['SP']);
    expect(rolesOn(state, idOf('ann'), '2025-06-01')).toEqual([]);
  });
  test('of a former employment still hold for its days after somebody is employed again', () => {
    const state = organisationAfter(
      employed('ann'),
      granted('ann', 'SP'),
      RoleRevoked({ personId: idOf('ann'), role: 'SP', from: '2024-01-01', on: '2025-01-01' }),
      EmploymentEnded({ personId: idOf('ann'), on: '2024-12-31', reason: 'resigned' }),
      PersonEmployed({
        personId: idOf('ann'),
        employeeNo: 'ann',
        from: '2026-01-01',
        newcomerUntil: '2026-01-01',
      }),
    );
    expect(rolesOn(state, idOf('ann'), '2024-06-01')).toEqual(['SP']);
    expect(rolesOn(state, idOf('ann'), '2026-06-01')).toEqual([]);
  });
});

describe('Scopes', () => {
  const state = organisationAfter(...people);
  const reached = (scope: Parameters<typeof reaches>[1], who: string, on = day, from = state) =>
    names(
      ['top', 'rita', 'sue', 'ann', 'bob', 'otto']
        .map(idOf)
        .filter((subject) => reaches(from, scope, idOf(who), subject, on)),
    );
  test('reach oneself, the team, the region, everybody', () => {
    expect(reached('self', 'sue')).toEqual(['sue']);
    expect(reached('team', 'sue')).toEqual(['sue', 'ann']);
    expect(reached('region', 'sue')).toEqual(['rita', 'sue', 'ann', 'bob']);
    expect(reached('organisation', 'sue')).toEqual(['top', 'rita', 'sue', 'ann', 'bob', 'otto']);
  });
  test('follow a unit that moves to another region', () => {
    const moved = organisationAfter(
      ...people,
      OrgUnitMoved({
        unitId: idOf('team'),
        newParentId: idOf('south'),
        from: '2026-02-01',
        formerFrom: '2020-01-01',
      }),
    );
    expect(reached('region', 'otto', '2026-01-31', moved)).toEqual(['otto']);
    expect(reached('region', 'otto', '2026-02-01', moved)).toEqual(['sue', 'ann', 'otto']);
  });
  test('reach the regions of all positions held', () => {
    const two = organisationAfter(
      ...people,
      holds('otto', 'top', { position: 'second', unit: 'north', primary: false }),
    );
    expect(reached('region', 'otto', day, two)).toEqual(['rita', 'sue', 'ann', 'bob', 'otto']);
  });
  test('are the widest that a role gives', () => {
    const rights = organisationAfter(...people, granted('rita', 'SP'), granted('rita', 'RM'));
    const may = (permission: 'visit:read' | 'visit:write', subject: string) =>
      authorize(rights, actor('rita'), permission, idOf(subject), day);
    expect(may('visit:read', 'ann')).toBe(true);
    expect(may('visit:write', 'ann')).toBe(false);
    expect(may('visit:write', 'rita')).toBe(true);
    expect(may('visit:read', 'otto')).toBe(false);
  });
  test('are limited to what a credential is for', () => {
    const rights = organisationAfter(...people, granted('rita', 'RM'));
    const limited = actor('rita', { scopes: ['order:read'] });
    expect(authorize(rights, limited, 'visit:read', idOf('ann'), day)).toBe(false);
  });
});

describe('Delegations', () => {
  const delegated = SignOffDelegated({
    delegationId: idOf('delegation'),
    fromPositionId: idOf('sue-position'),
    toPositionId: idOf('bob-position'),
    documentKinds: ['daily-report'],
    from: '2026-03-01',
    to: '2026-03-10',
    reason: 'Leave',
  });
  const further = SignOffDelegated({
    ...delegated.data,
    delegationId: idOf('further'),
    fromPositionId: idOf('bob-position'),
    toPositionId: idOf('otto-position'),
  });
  const state = organisationAfter(...people, delegated, further);
  test('let a delegate sign for the position, its days and kinds', () => {
    expect(delegatedTo(state, idOf('bob'), 'daily-report', day)).toEqual([idOf('sue-position')]);
    expect(delegatedTo(state, idOf('bob'), 'daily-report', '2026-03-10')).toEqual([]);
    expect(delegatedTo(state, idOf('bob'), 'visit-plan', day)).toEqual([]);
  });
  test('are not passed on', () => {
    expect(delegatedTo(state, idOf('otto'), 'daily-report', day)).toEqual([idOf('bob-position')]);
  });
});

describe('What a list shows', () => {
  const seen = (state: Organisation, who: string, today = day) =>
    visibility(state, actor(who), 'visit:read', today);
  test('is everything for a right over the organisation, and nothing without a right', () => {
    const state = organisationAfter(...people, granted('top', 'TM'));
    expect(seen(state, 'top')).toBeNull();
    expect(seen(state, 'otto')).toEqual([]);
  });
  test('is the days on which somebody was below a position held today', () => {
    const state = organisationAfter(
      ...people,
      granted('sue', 'SV'),
      ended('ann', '2025-06-01'),
      holds('ann', 'otto', { unit: 'south', from: '2025-06-01' }),
    );
    expect(seen(state, 'sue')).toEqual([
      { personId: idOf('sue'), from: '0001-01-01', to: '9999-12-31' },
      { personId: idOf('ann'), from: '2024-01-01', to: '2025-06-01' },
    ]);
  });
  test('is those below a vacant position too', () => {
    const state = organisationAfter(...people, granted('rita', 'SV'), ended('sue', '2026-01-01'));
    expect(seen(state, 'rita')).toContainEqual({
      personId: idOf('ann'),
      from: '2024-01-01',
      to: '9999-12-31',
    });
  });
  test('is not what belonged to a position that is held no more', () => {
    const state = organisationAfter(...people, granted('sue', 'SV'), ended('sue', '2026-01-01'));
    expect(seen(state, 'sue')?.map(({ personId }) => personId)).toEqual([idOf('sue')]);
    expect(seen(state, 'sue', '2025-12-31')).toHaveLength(2);
  });
  test('changes with the organisation although it is kept meanwhile', () => {
    const before = [...people, granted('sue', 'SV')];
    const state = organisationAfter(...before);
    expect(seen(state, 'sue')).toBe(seen(state, 'sue'));
    expect(seen(state, 'sue')).toHaveLength(2);
    expect(seen(organisationAfter(...before, ended('ann', '2024-01-01')), 'sue')).toHaveLength(1);
  });
  test('is found soon among 10 000 people', () => {
    const many = Array.from({ length: 10_000 }, (_, index) => `p${index}`);
    const above = (index: number) => (index === 0 ? null : `p${Math.floor((index - 1) / 10)}`);
    const state = organisationAfter(
      company,
      ...many.map((name) => employed(name)),
      ...many.map((name, index) => holds(name, above(index))),
      granted('p1', 'SV'),
    );
    const start = performance.now();
    const found = seen(state, 'p1');
    expect(performance.now() - start).toBeLessThan(500);
    expect(found).toHaveLength(1111);
  });
});

function wayUp(
  state: Organisation,
  stepOf: typeof positionStep,
  start: string,
  on: string,
): readonly string[] {
  const way: string[] = [];
  for (let id: string | null = start; id !== null && way.length < 10; id = stepOf(state, id, on).above) {
    way.push(id);
  }
  return way;
}

describe('Whatever is decided, on every day', () => {
  test('no position reports to itself and no unit is part of itself', () => {
    fc.assert(
      fc.property(anyHistory, (events) => {
        const state = organisationAfter(...events);
        for (const on of reorganisedDays) {
          for (const place of places) {
            const way = wayUp(state, positionStep, idOf(place), on);
            expect(new Set(way).size).toBe(way.length);
          }
          for (const name of units) {
            const way = wayUp(state, unitStep, idOf(name), on);
            expect(new Set(way).size).toBe(way.length);
            expect(way.at(-1)).toBe(idOf('company'));
          }
        }
      }),
      { numRuns: 300 },
    );
  });
  test('a position has one holder, and a person one main position', () => {
    fc.assert(
      fc.property(anyHistory, (events) => {
        const state = organisationAfter(...events);
        for (const on of reorganisedDays) {
          const held = staff.flatMap((name) => assignmentsOn(state, idOf(name), on));
          expect(new Set(held.map(({ positionId }) => positionId)).size).toBe(held.length);
          for (const { positionId, personId } of held) expect(holderOn(state, positionId, on)).toBe(personId);
          for (const name of staff) {
            const main = assignmentsOn(state, idOf(name), on).filter(({ primary }) => primary);
            expect(main.length).toBeLessThanOrEqual(1);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
  test('the line of who holds a position is the one that was assigned', () => {
    fc.assert(
      fc.property(anyHistory, (events) => {
        const state = organisationAfter(...events);
        for (const on of reorganisedDays) {
          for (const name of staff) {
            for (const { positionId, reportsTo } of assignmentsOn(state, idOf(name), on)) {
              expect(positionStep(state, positionId, on).above).toBe(reportsTo);
            }
          }
        }
      }),
      { numRuns: 300 },
    );
  });
  test('lists show those whom the scope reaches, seen from today’s positions', () => {
    const today = reorganisedDays[5]!;
    fc.assert(
      fc.property(anyHistory, (events) => {
        const state = organisationAfter(...events);
        for (const [me, scope] of [
          ['p0', 'team'],
          ['p1', 'region'],
        ] as const) {
          const seen = visibility(state, actor(me), 'visit:read', today)!;
          const shows = (personId: string, on: string) =>
            seen.some((entry) => entry.personId === personId && entry.from <= on && on < entry.to);
          const mine = assignmentsOn(state, idOf(me), today).map(({ positionId }) => positionId);
          for (const subject of staff.map(idOf)) {
            expect(shows(subject, today)).toBe(reaches(state, scope, idOf(me), subject, today));
            if (scope !== 'team' || subject === idOf(me)) continue;
            for (const on of reorganisedDays) {
              const above = positionsAbove(state, subject, on).some((positionId) =>
                mine.includes(positionId),
              );
              expect(shows(subject, on)).toBe(above);
            }
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
