import type { z } from 'zod';
import type { Evolve } from '../../engine/decision.ts';
import { decider } from '../../engine/decision.ts';
import type { DataOf } from '../../engine/event.ts';
import { organisationEvents } from '../../events/organisation.ts';
import type { Role } from '../../events/permission.ts';

type Events = typeof organisationEvents;
export type Configuration = DataOf<Events['OrganisationConfigured']>;
type UnitKind = z.output<Events['OrgUnitCreated']['schema']['shape']['kind']>;

/** Something that held from a business day on, until the day before `to`; open when `to` is undefined. */
interface Since {
  readonly from: string;
  to?: string;
}

export interface Assignment extends Since {
  readonly personId: string;
  readonly positionId: string;
  readonly orgUnitId: string;
  readonly reportsTo: string | null;
  readonly fteBp: number;
}

interface Unit {
  readonly unitId: string;
  readonly code: string;
  readonly kind: UnitKind;
  readonly regionId?: string;
  /** In order of `from`. */
  readonly parents: (Since & { readonly parentId: string | null })[];
  readonly heads: (Since & { readonly positionId: string })[];
  dissolvedOn?: string;
}

interface Employment {
  readonly personId: string;
  readonly employeeNo: string;
  readonly from: string;
  readonly newcomerUntil: string;
  lastDay?: string;
  endedOn?: string;
  readonly roles: (Since & { readonly role: Role })[];
  readonly assignments: Assignment[];
}

export type Delegation = DataOf<Events['SignOffDelegated']>;

interface Named {
  readonly code: string;
  readonly parentId?: string | null;
  retired: boolean;
}

/** The whole organisation with its validity intervals. Owned by the engine: `evolve` changes it in place. */
export interface Organisation {
  configuration: Configuration | undefined;
  readonly units: Map<string, Unit>;
  readonly people: Map<string, Employment>;
  readonly employeeNos: Map<string, string>;
  /** All assignments of each position, in the order they were made. */
  readonly positions: Map<string, Assignment[]>;
  readonly delegations: Map<string, Delegation>;
  readonly regions: Map<string, Named>;
  readonly channels: Map<string, Named>;
}

const initialState = (): Organisation => ({
  configuration: undefined,
  units: new Map(),
  people: new Map(),
  employeeNos: new Map(),
  positions: new Map(),
  delegations: new Map(),
  regions: new Map(),
  channels: new Map(),
});

/** Whether an interval covers a business day. */
export const covers = ({ from, to }: Since, day: string): boolean =>
  from <= day && (to === undefined || day < to);

/** Closes what is open at `from` and begins something new there. */
function begin<T extends Since>(list: T[], next: T): void {
  const open = list.find((entry) => covers(entry, next.from));
  if (open) open.to = next.from;
  list.push(next);
}

const evolve: Evolve<Organisation, Events> = {
  OrganisationConfigured: (state, data) => {
    state.configuration = data;
    return state;
  },
  OrgUnitCreated: (state, { unitId, code, kind, parentId, regionId, from }) => {
    state.units.set(unitId, {
      unitId,
      code,
      kind,
      parents: [{ parentId, from }],
      heads: [],
      ...(regionId && { regionId }),
    });
    return state;
  },
  OrgUnitMoved: (state, { unitId, newParentId, from }) => {
    begin(state.units.get(unitId)!.parents, { parentId: newParentId, from });
    return state;
  },
  OrgUnitHeadAppointed: (state, { unitId, positionId, from }) => {
    begin(state.units.get(unitId)!.heads, { positionId, from });
    return state;
  },
  OrgUnitDissolved: (state, { unitId, from }) => {
    state.units.get(unitId)!.dissolvedOn = from;
    return state;
  },
  PersonEmployed: (state, { personId, employeeNo, from, newcomerUntil }) => {
    state.people.set(personId, { personId, employeeNo, from, newcomerUntil, roles: [], assignments: [] });
    state.employeeNos.set(employeeNo, personId);
    return state;
  },
  PositionAssigned: (state, { personId, positionId, orgUnitId, reportsToPositionId, from, fteBp }) => {
    const assignment: Assignment = {
      personId,
      positionId,
      orgUnitId,
      reportsTo: reportsToPositionId,
      from,
      fteBp,
    };
    state.people.get(personId)!.assignments.push(assignment);
    state.positions.set(positionId, [...(state.positions.get(positionId) ?? []), assignment]);
    return state;
  },
  AssignmentEnded: (state, { personId, positionId, on }) => {
    const open = state.people
      .get(personId)!
      .assignments.find((held) => held.positionId === positionId && covers(held, on));
    if (open) open.to = on;
    return state;
  },
  RoleGranted: (state, { personId, role, from }) => {
    state.people.get(personId)!.roles.push({ role, from });
    return state;
  },
  RoleRevoked: (state, { personId, role, on }) => {
    for (const granted of state.people.get(personId)!.roles) {
      if (granted.role === role && covers(granted, on)) granted.to = on;
    }
    return state;
  },
  EmploymentEndAnnounced: (state, { personId, lastDay }) => {
    state.people.get(personId)!.lastDay = lastDay;
    return state;
  },
  EmploymentEnded: (state, { personId, on }) => {
    state.people.get(personId)!.endedOn = on;
    return state;
  },
  SignOffDelegated: (state, data) => {
    state.delegations.set(data.delegationId, data);
    return state;
  },
  DelegationRevoked: (state, { delegationId, on }) => {
    const delegation = state.delegations.get(delegationId)!;
    state.delegations.set(delegationId, { ...delegation, to: on < delegation.to ? on : delegation.to });
    return state;
  },
  RegionDefined: (state, { regionId, code, parentId }) => {
    state.regions.set(regionId, { code, parentId, retired: false });
    return state;
  },
  RegionRenamed: (state) => state,
  RegionRetired: (state, { regionId }) => {
    state.regions.get(regionId)!.retired = true;
    return state;
  },
  ChannelDefined: (state, { channelId, code }) => {
    state.channels.set(channelId, { code, retired: false });
    return state;
  },
  ChannelRenamed: (state) => state,
  ChannelRetired: (state, { channelId }) => {
    state.channels.get(channelId)!.retired = true;
    return state;
  },
};

export const organisation = decider({
  stream: 'organisation',
  id: [],
  events: organisationEvents,
  initialState,
  evolve,
  reference: true,
});
