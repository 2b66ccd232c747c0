import type { z } from 'zod';
import type { Evolve } from '../../engine/decision.ts';
import { decider } from '../../engine/decision.ts';
import type { DataOf } from '../../engine/event.ts';
import { addDays } from '../../engine/instant.ts';
import { organisationEvents } from '../../events/organisation.ts';
import type { Role } from '../../events/permission.ts';

type Events = typeof organisationEvents;
export type Configuration = DataOf<Events['OrganisationConfigured']>;
type UnitKind = z.output<Events['OrgUnitCreated']['schema']['shape']['kind']>;
type Specialisation = DataOf<Events['PositionAssigned']>['specialisation'];

/** Something that held from a business day on, until the day before `to`; open when `to` is undefined. */
export interface Since {
  readonly from: string;
  to?: string;
}

export interface Assignment extends Since {
  readonly personId: string;
  readonly positionId: string;
  readonly orgUnitId: string;
  readonly reportsTo: string | null;
  readonly primary: boolean;
  readonly fteBp: number;
  readonly specialisation: Specialisation;
}

export interface Unit {
  readonly unitId: string;
  readonly code: string;
  readonly name: string;
  readonly kind: UnitKind;
  readonly regionId?: string;
  /** In order of `from`. */
  readonly parents: (Since & { readonly parentId: string | null })[];
  readonly heads: (Since & { readonly positionId: string })[];
  dissolvedOn?: string;
}

export interface Employment {
  readonly personId: string;
  readonly employeeNo: string;
  readonly from: string;
  readonly newcomerUntil: string;
  lastDay?: string;
  endedOn?: string;
  /** Employments before this one. */
  readonly former: readonly Since[];
  /** In order of `from`. */
  readonly roles: (Since & { readonly role: Role })[];
  readonly assignments: Assignment[];
}

export type Delegation = DataOf<Events['SignOffDelegated']>;

export interface Named {
  readonly code: string;
  name: string;
  readonly parentId?: string | null;
  retired: boolean;
}

/** The whole organisation with its validity intervals. Owned by the engine: `evolve` changes it in place. */
export interface Organisation {
  /** Raised by every event, so that what is derived from the organisation can be kept until then. */
  revision: number;
  configuration: Configuration | undefined;
  readonly units: Map<string, Unit>;
  readonly people: Map<string, Employment>;
  readonly employeeNos: Map<string, string>;
  /** The assignments of each position in order of `from`: its reporting line is that of the last one begun. */
  readonly positions: Map<string, Assignment[]>;
  readonly delegations: Map<string, Delegation>;
  readonly regions: Map<string, Named>;
  readonly channels: Map<string, Named>;
}

const initialState = (): Organisation => ({
  revision: 0,
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

const until = (to: string | null): { to?: string } => (to === null ? {} : { to });

/** Puts an entry into its place by `from`, after those that begin with it. */
function insert<T extends Since>(list: T[], entry: T): void {
  const index = list.findIndex(({ from }) => from > entry.from);
  list.splice(index < 0 ? list.length : index, 0, entry);
}

/** Ends an entry; one that ends as it begins never was. */
function end<T extends Since>(list: T[], entry: T | undefined, on: string): void {
  if (!entry) return;
  entry.to = on;
  if (entry.to <= entry.from) list.splice(list.indexOf(entry), 1);
}

/** Ends what holds at the `from` of something new and puts that in its place. */
function begin<T extends Since>(list: T[], next: T): void {
  end(
    list,
    list.find((entry) => covers(entry, next.from)),
    next.from,
  );
  insert(list, next);
}

function employ(
  { people, employeeNos }: Organisation,
  { personId, employeeNo, from, newcomerUntil }: DataOf<Events['PersonEmployed']>,
): void {
  const before = people.get(personId);
  const former = before
    ? [...before.former, { from: before.from, ...(before.endedOn && { to: addDays(before.endedOn, 1) }) }]
    : [];
  people.set(personId, {
    personId,
    employeeNo,
    from,
    newcomerUntil,
    former,
    roles: before?.roles ?? [],
    assignments: before?.assignments ?? [],
  });
  employeeNos.set(employeeNo, personId);
}

function assign(
  { people, positions }: Organisation,
  { reportsToPositionId, to, ...data }: DataOf<Events['PositionAssigned']>,
): void {
  const assignment: Assignment = { ...data, reportsTo: reportsToPositionId, ...until(to) };
  insert(people.get(data.personId)!.assignments, assignment);
  const others = positions.get(data.positionId) ?? [];
  const line = others.filter((other) => other.from !== other.to || !covers(assignment, other.from));
  insert(line, assignment);
  positions.set(data.positionId, line);
}

type Changes = { readonly [K in keyof Events]: (state: Organisation, data: DataOf<Events[K]>) => void };

const changes: Changes = {
  OrganisationConfigured: (state, data) => {
    state.configuration = data;
  },
  OrgUnitCreated: ({ units }, { parentId, from, regionId, ...data }) => {
    units.set(data.unitId, {
      ...data,
      ...(regionId && { regionId }),
      parents: [{ parentId, from }],
      heads: [],
    });
  },
  OrgUnitMoved: ({ units }, { unitId, newParentId, from, to }) => {
    begin(units.get(unitId)!.parents, { parentId: newParentId, from, ...until(to) });
  },
  OrgUnitHeadAppointed: ({ units }, { unitId, positionId, from, to }) => {
    begin(units.get(unitId)!.heads, { positionId, from, ...until(to) });
  },
  OrgUnitDissolved: ({ units }, { unitId, from }) => {
    units.get(unitId)!.dissolvedOn = from;
  },
  PersonEmployed: employ,
  PositionAssigned: assign,
  AssignmentEnded: ({ people }, { personId, positionId, from, on }) => {
    const { assignments } = people.get(personId)!;
    const ended = assignments.find((held) => held.positionId === positionId && held.from === from);
    end(assignments, ended, on);
  },
  RoleGranted: ({ people }, { personId, role, from, to }) => {
    insert(people.get(personId)!.roles, { role, from, ...until(to) });
  },
  RoleRevoked: ({ people }, { personId, role, from, on }) => {
    const { roles } = people.get(personId)!;
    const revoked = roles.find((granted) => granted.role === role && granted.from === from);
    end(roles, revoked, on);
  },
  EmploymentEndAnnounced: ({ people }, { personId, lastDay }) => {
    people.get(personId)!.lastDay = lastDay;
  },
  EmploymentEnded: ({ people }, { personId, on }) => {
    people.get(personId)!.endedOn = on;
  },
  SignOffDelegated: ({ delegations }, data) => {
    delegations.set(data.delegationId, data);
  },
  DelegationRevoked: ({ delegations }, { delegationId, on }) => {
    const delegation = delegations.get(delegationId)!;
    delegations.set(delegationId, { ...delegation, to: on < delegation.to ? on : delegation.to });
  },
  RegionDefined: ({ regions }, { regionId, code, name, parentId }) => {
    regions.set(regionId, { code, name, parentId, retired: false });
  },
  RegionRenamed: ({ regions }, { regionId, name }) => {
    regions.get(regionId)!.name = name;
  },
  RegionRetired: ({ regions }, { regionId }) => {
    regions.get(regionId)!.retired = true;
  },
  ChannelDefined: ({ channels }, { channelId, code, name }) => {
    channels.set(channelId, { code, name, retired: false });
  },
  ChannelRenamed: ({ channels }, { channelId, name }) => {
    channels.get(channelId)!.name = name;
  },
  ChannelRetired: ({ channels }, { channelId }) => {
    channels.get(channelId)!.retired = true;
  },
};

const evolve = Object.fromEntries(
  Object.entries(changes).map(([type, change]) => [
    type,
    (state: Organisation, data: never) => {
      change(state, data);
      state.revision += 1;
      return state;
    },
  ]),
) as unknown as Evolve<Organisation, Events>;

export const organisation = decider({
  stream: 'organisation',
  id: [],
  events: organisationEvents,
  initialState,
  evolve,
  reference: true,
});
