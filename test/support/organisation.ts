import { type Organisation, organisation } from '../../src/commands/organisation/state.ts';
import type { NewEvent } from '../../src/engine/event.ts';
import { organisationEvents } from '../../src/events/organisation.ts';
import type { Role } from '../../src/events/permission.ts';
import { idOf } from './given.ts';

const { OrgUnitCreated, PersonEmployed, PositionAssigned, RoleGranted } = organisationEvents;

/** The organisation after these events. */
export const organisationAfter = (...events: readonly NewEvent[]): Organisation =>
  events.reduce<Organisation>(
    (state, { type, data }) =>
      organisation.evolve[type as never]!(state as never, data as never, {} as never),
    organisation.initialState(),
  );

/** The clock, a reaction or a script: it may do everything. */
export const system = { actor: { kind: 'system', name: 'test' } } as const;

/** Somebody of the organisation, by name. */
export const as = (name: string) => ({ actor: { personId: idOf(name), name } });

export const company = OrgUnitCreated({
  unitId: idOf('company'),
  code: 'C',
  name: 'Company',
  kind: 'company',
  parentId: null,
  from: '2020-01-01',
});

export const unit = (name: string, kind: 'region' | 'office' | 'team' | 'department', parent = 'company') =>
  OrgUnitCreated({
    unitId: idOf(name),
    code: name,
    name,
    kind,
    parentId: idOf(parent),
    from: '2020-01-01',
  });

export const employed = (name: string, from = '2024-01-01') =>
  PersonEmployed({ personId: idOf(name), employeeNo: name, from, newcomerUntil: from });

export const granted = (name: string, role: Role, from = '2024-01-01') =>
  RoleGranted({ personId: idOf(name), role, from });

/** A person in the position `<name>-position`, below the position of another or at the top. */
export const holds = (
  name: string,
  above: string | null,
  more: {
    readonly position?: string;
    readonly unit?: string;
    readonly from?: string;
    readonly to?: string;
    readonly primary?: boolean;
  } = {},
) =>
  PositionAssigned({
    personId: idOf(name),
    positionId: idOf(more.position ?? `${name}-position`),
    orgUnitId: idOf(more.unit ?? 'company'),
    reportsToPositionId: above === null ? null : idOf(`${above}-position`),
    from: more.from ?? '2024-01-01',
    to: more.to ?? null,
    primary: more.primary ?? true,
    fteBp: 10_000,
    specialisation: 'field_sales',
  });
