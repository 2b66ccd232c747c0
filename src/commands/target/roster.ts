import { assignmentsOn, headOn, holderOn, lineFrom, rolesOn } from '../organisation/authority.ts';
import { unitStep } from '../organisation/line.ts';
import type { Organisation } from '../organisation/state.ts';

/** Units and salespeople as they are on one day. */
export interface Roster {
  /** The units directly below a unit. */
  readonly unitsBelow: (unitId: string) => readonly string[];
  /** Salespeople whose main position is in a unit or below. */
  readonly inUnit: (unitId: string) => readonly string[];
  /** A person, where a salesperson, and the salespeople below. */
  readonly inTeam: (leader: string) => readonly string[];
  readonly headOf: (unitId: string) => string | undefined;
}

function add(lists: Map<string, string[]>, key: string, entry: string): void {
  const list = lists.get(key);
  if (list) list.push(entry);
  else lists.set(key, [entry]);
}

/** Reads an organisation once, so that asking for every node of a tree costs no more than the tree. */
export function rosterOn(organisation: Organisation, day: string): Roster {
  const below = new Map<string, string[]>();
  const units = new Map<string, string[]>();
  const teams = new Map<string, string[]>();
  for (const { unitId, dissolvedOn } of organisation.units.values()) {
    const { above } = unitStep(organisation, unitId, day);
    if (above !== null && (dissolvedOn === undefined || day < dissolvedOn)) add(below, above, unitId);
  }
  for (const personId of organisation.people.keys()) {
    if (!rolesOn(organisation, personId, day).includes('SP')) continue;
    const main = assignmentsOn(organisation, personId, day).find(({ primary }) => primary);
    if (!main) continue;
    add(teams, personId, personId);
    for (const positionId of lineFrom(organisation, main.reportsTo, day)) {
      const holder = holderOn(organisation, positionId, day);
      if (holder !== undefined && holder !== personId) add(teams, holder, personId);
    }
    for (let id: string | null = main.orgUnitId; id !== null; id = unitStep(organisation, id, day).above)
      add(units, id, personId);
  }
  return {
    unitsBelow: (unitId) => below.get(unitId) ?? [],
    inUnit: (unitId) => units.get(unitId) ?? [],
    inTeam: (leader) => [...new Set(teams.get(leader))],
    headOf: (unitId) => headOn(organisation, unitId, day),
  };
}
