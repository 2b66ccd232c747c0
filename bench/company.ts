import { uuidV5 } from '../src/engine/canonical.ts';
import type { NewEvent } from '../src/engine/event.ts';
import { organisationEvents } from '../src/events/organisation.ts';

const { OrgUnitCreated, OrgUnitHeadAppointed, PersonEmployed, PositionAssigned, RoleGranted } =
  organisationEvents;

const from = '2020-01-01';

export const idOf = (name: string): string => uuidV5('00000000-0000-4000-8000-000000000000', name);

/** A unit, or a seller in one; whoever leads a unit has its name. */
export interface Place {
  readonly name: string;
  readonly kind: 'company' | 'region' | 'office' | 'seller';
  readonly above: Place | null;
}

export const personOf = ({ name }: Place): string => idOf(`person ${name}`);
const positionOf = ({ name }: Place): string => idOf(`position ${name}`);

export interface Company {
  readonly top: Place;
  readonly units: readonly Place[];
  readonly sellers: readonly Place[];
  /** How all of it came to be. */
  readonly organisation: readonly NewEvent[];
}

/** A company of regions, their offices and the sellers in those. */
export function createCompany(sizes: {
  readonly regions: number;
  readonly officesEach: number;
  readonly sellersEach: number;
}): Company {
  const top: Place = { name: 'company', kind: 'company', above: null };
  const within = (above: Place, kind: Place['kind'], count: number): readonly Place[] =>
    Array.from({ length: count }, (_, index) => ({ name: `${above.name}/${index}`, kind, above }));
  const regions = within(top, 'region', sizes.regions);
  const offices = regions.flatMap((region) => within(region, 'office', sizes.officesEach));
  const sellers = offices.flatMap((office) => within(office, 'seller', sizes.sellersEach));
  const units = [top, ...regions, ...offices];
  const organisation = [
    ...units.map(({ name, kind, above }) =>
      OrgUnitCreated({
        unitId: idOf(name),
        code: name,
        name,
        kind: kind as 'office',
        parentId: above && idOf(above.name),
        from,
      }),
    ),
    ...[...units, ...sellers].flatMap((place) => [
      PersonEmployed({ personId: personOf(place), employeeNo: place.name, from, newcomerUntil: from }),
      PositionAssigned({
        personId: personOf(place),
        positionId: positionOf(place),
        orgUnitId: idOf(place.kind === 'seller' ? place.above!.name : place.name),
        reportsToPositionId: place.above && positionOf(place.above),
        from,
        to: null,
        primary: true,
        fteBp: 10_000,
        specialisation: 'field_sales',
      }),
      RoleGranted({
        personId: personOf(place),
        role: ({ company: 'TM', region: 'RM', office: 'SV', seller: 'SP' } as const)[place.kind],
        from,
      }),
    ]),
    ...units.map((place) =>
      OrgUnitHeadAppointed({
        unitId: idOf(place.name),
        positionId: positionOf(place),
        from,
        to: null,
        formerFrom: null,
      }),
    ),
  ];
  return { top, units, sellers, organisation };
}
