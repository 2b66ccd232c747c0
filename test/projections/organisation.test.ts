import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Since } from '../../src/commands/organisation/state.ts';
import { calendarEvents } from '../../src/events/calendar.ts';
import { organisationEvents } from '../../src/events/organisation.ts';
import { fiscalPeriods } from '../../src/events/period.ts';
import { personEvents } from '../../src/events/person.ts';
import { assignment } from '../../src/projections/assignment.ts';
import { delegation } from '../../src/projections/delegation.ts';
import { fiscalPeriod } from '../../src/projections/fiscal-period.ts';
import { holiday } from '../../src/projections/holiday.ts';
import { orgUnitHead } from '../../src/projections/org-unit-head.ts';
import { orgUnitParent } from '../../src/projections/org-unit-parent.ts';
import { person } from '../../src/projections/person.ts';
import { roleGrant } from '../../src/projections/role-grant.ts';
import { folded } from '../support/folded.ts';
import { idOf } from '../support/given.ts';
import { company, employed, granted, organisationAfter, unit } from '../support/organisation.ts';
import { anyHistory } from '../support/reorganisation.ts';

const inOrder = (rows: readonly object[]) => rows.map((row) => JSON.stringify(row)).sort();
const days = ({ from, to }: Since) => ({ from, to: to ?? null });

describe('assignment, org_unit_parent and role_grant', () => {
  test('hold the intervals on which commands are decided', () => {
    fc.assert(
      fc.property(anyHistory, (events) => {
        const { people, units } = organisationAfter(...events);
        const held = [...people.values()].flatMap(({ assignments }) =>
          assignments.map(({ personId, positionId, orgUnitId, reportsTo, ...more }) => ({
            personId,
            positionId,
            orgUnitId,
            reportsTo,
            ...days(more),
          })),
        );
        const heldRows = folded(assignment, ...events).map(
          ({ personId, positionId, orgUnitId, reportsToPositionId: reportsTo, from, to }) => ({
            personId,
            positionId,
            orgUnitId,
            reportsTo,
            from,
            to,
          }),
        );
        expect(inOrder(heldRows)).toEqual(inOrder(held));
        const parents = [...units.values()].flatMap(({ unitId, parents: list }) =>
          list.map(({ parentId, ...more }) => ({ unitId, parentId, ...days(more) })),
        );
        const parentRows = folded(orgUnitParent, ...events).map(({ unitId, parentId, from, to }) => ({
          unitId,
          parentId,
          from,
          to,
        }));
        expect(inOrder(parentRows)).toEqual(inOrder(parents));
        const roles = [...people.values()].flatMap(({ personId, roles: list }) =>
          list.map(({ role, ...more }) => ({ personId, role, ...days(more) })),
        );
        const roleRows = folded(roleGrant, ...events).map(({ personId, role, from, to }) => ({
          personId,
          role,
          from,
          to,
        }));
        expect(inOrder(roleRows)).toEqual(inOrder(roles));
      }),
      { numRuns: 300 },
    );
  });
});

describe('org_unit_head', () => {
  const unitId = idOf('north');
  const headed = (name: string, from: string, formerFrom: string | null, to: string | null = null) =>
    organisationEvents.OrgUnitHeadAppointed({ unitId, positionId: idOf(name), from, to, formerFrom });
  test('ends the time of the head before', () => {
    const rows = folded(
      orgUnitHead,
      company,
      unit('north', 'region'),
      headed('ann', '2026-01-01', null),
      headed('bob', '2026-02-01', '2026-01-01'),
    );
    expect(rows).toEqual([
      { unitId, positionId: idOf('ann'), from: '2026-01-01', to: '2026-02-01' },
      { unitId, positionId: idOf('bob'), from: '2026-02-01', to: null },
    ]);
  });
  test('holds one head where another is appointed from the same day', () => {
    const rows = folded(
      orgUnitHead,
      headed('ann', '2026-01-01', null),
      headed('bob', '2026-01-01', '2026-01-01'),
    );
    expect(rows).toEqual([{ unitId, positionId: idOf('bob'), from: '2026-01-01', to: null }]);
  });
});

describe('person', () => {
  const personId = idOf('ann');
  const registered = personEvents.PersonRegistered({ personId, name: 'Ann' });
  const ended = organisationEvents.EmploymentEnded({ personId, on: '2025-12-31', reason: 'resigned' });
  test('joins the person and the employment', () => {
    const announced = organisationEvents.EmploymentEndAnnounced({
      personId,
      lastDay: '2025-12-31',
      reason: 'Moves',
    });
    const called = personEvents.PersonalDetailsUpdated({ personId, phone: '1' });
    expect(folded(person, registered, employed('ann'), announced, called, ended)).toEqual([
      {
        personId,
        name: 'Ann',
        email: null,
        phone: '1',
        employeeNo: 'ann',
        employedFrom: '2024-01-01',
        newcomerUntil: '2024-01-01',
        lastDay: '2025-12-31',
        endedOn: '2025-12-31',
        endReason: 'resigned',
      },
    ]);
  });
  test('shows the latest employment of somebody who is employed again', () => {
    expect(folded(person, registered, employed('ann'), ended, employed('ann', '2026-06-01'))).toMatchObject([
      { name: 'Ann', employedFrom: '2026-06-01', endedOn: null, endReason: null },
    ]);
  });
});

describe('role_grant', () => {
  test('holds nothing of a role that is taken on its first day', () => {
    const revoked = organisationEvents.RoleRevoked({
      personId: idOf('ann'),
      role: 'SP',
      from: '2024-01-01',
      on: '2024-01-01',
    });
    expect(folded(roleGrant, employed('ann'), granted('ann', 'SP'), revoked)).toEqual([]);
  });
});

describe('delegation', () => {
  test('ends when it is revoked, but never later than agreed', () => {
    const delegated = organisationEvents.SignOffDelegated({
      delegationId: idOf('delegation'),
      fromPositionId: idOf('a'),
      toPositionId: idOf('b'),
      documentKinds: ['visit-plan'],
      from: '2026-03-01',
      to: '2026-03-10',
      reason: 'Leave',
    });
    const revoked = (on: string) =>
      organisationEvents.DelegationRevoked({ delegationId: idOf('delegation'), on });
    expect(folded(delegation, delegated, revoked('2026-03-05'))).toMatchObject([
      { to: '2026-03-05', revoked: true },
    ]);
    expect(folded(delegation, delegated, revoked('2026-04-05'))).toMatchObject([{ to: '2026-03-10' }]);
  });
});

describe('holiday', () => {
  const date = '2026-05-01';
  const declared = (regionId: string | null) =>
    calendarEvents.HolidayDeclared({ date, name: 'Off', regionId });
  test('keeps everybody’s and each region’s apart', () => {
    const rows = folded(
      holiday,
      declared(null),
      declared(idOf('region')),
      calendarEvents.HolidayWithdrawn({ date, regionId: null }),
    );
    expect(rows).toEqual([{ date, scope: idOf('region'), regionId: idOf('region'), name: 'Off' }]);
  });
});

describe('fiscal_period', () => {
  const publish = (kind: 'calendar_month' | 'thirteen_periods', withdrawn: readonly string[] = []) =>
    calendarEvents.FiscalCalendarPublished({
      calendarVersion: 1,
      kind,
      fiscalYearStartMonth: 1,
      periods: [...fiscalPeriods(kind, 1, 2026, 1)],
      withdrawn: [...withdrawn],
    });
  test('holds the periods of the calendar in force', () => {
    const quarters = ['H1', 'H2', 'Q1', 'Q2', 'Q3', 'Q4'].map((name) => `FY2026-${name}`);
    const rows = folded(fiscalPeriod, publish('calendar_month'), publish('thirteen_periods', quarters));
    expect(rows).toHaveLength(14);
  });
  test('keeps a period closed when the calendar is published anew', () => {
    const closed = calendarEvents.PeriodClosed({
      periodId: 'FY2026-M01',
      closingPosition: 41,
      figuresHash: 'a'.repeat(64),
    });
    const rows = folded(fiscalPeriod, publish('calendar_month'), closed, publish('calendar_month'));
    expect(rows.find(({ periodId }) => periodId === 'FY2026-M01')).toMatchObject({
      state: 'closed',
      closingPosition: 41n,
    });
    expect(rows.filter(({ state }) => state === 'closed')).toHaveLength(1);
  });
});
