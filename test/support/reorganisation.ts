import fc from 'fast-check';
import { endEmployment } from '../../src/commands/organisation/employment.ts';
import { assignPosition, endAssignment } from '../../src/commands/organisation/positions.ts';
import { moveOrgUnit } from '../../src/commands/organisation/units.ts';
import type { NewEvent } from '../../src/engine/event.ts';
import { addDays } from '../../src/engine/instant.ts';
import { organisationEvents } from '../../src/events/organisation.ts';
import { given, idOf } from './given.ts';
import { company, employed, granted, system, unit } from './organisation.ts';

const { PositionAssigned } = organisationEvents;

export const staff = ['p0', 'p1', 'p2', 'p3'] as const;
export const places = ['q0', 'q1', 'q2', 'q3'] as const;
const firstDay = '2025-01-01';
/** The days on which reorganisations take effect, and two after them. */
export const reorganisedDays = Array.from({ length: 8 }, (_, index) => addDays(firstDay, index));
const chain = {
  orgUnitId: idOf('north'),
  from: firstDay,
  fteBp: 10_000,
  specialisation: 'field_sales',
} as const;
const atWill = [
  company,
  unit('north', 'region'),
  unit('south', 'region'),
  unit('team', 'team', 'north'),
  unit('office', 'office', 'south'),
  ...staff.map((name) => employed(name)),
  granted('p0', 'SV'),
  granted('p1', 'RM'),
  PositionAssigned({ ...chain, personId: idOf('p0'), positionId: idOf('q0'), reportsToPositionId: null }),
  PositionAssigned({
    ...chain,
    personId: idOf('p1'),
    positionId: idOf('q1'),
    reportsToPositionId: idOf('q0'),
  }),
  PositionAssigned({
    ...chain,
    personId: idOf('p2'),
    positionId: idOf('q2'),
    reportsToPositionId: idOf('q1'),
  }),
  PositionAssigned({
    ...chain,
    personId: idOf('p3'),
    positionId: idOf('q3'),
    reportsToPositionId: idOf('q2'),
  }),
];
export const units = ['company', 'north', 'south', 'team', 'office'];

const anyDay = fc.constantFrom(...reorganisedDays.slice(0, 6));
const anyUnit = fc.constantFrom(...units);
const anyCommand = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      command: fc.constant(assignPosition),
      personId: fc.constantFrom(...staff),
      positionId: fc.constantFrom(...places),
      orgUnitId: anyUnit,
      reportsToPositionId: fc.option(fc.constantFrom(...places)),
      from: anyDay,
      primary: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      command: fc.constant(endAssignment),
      personId: fc.constantFrom(...staff),
      positionId: fc.constantFrom(...places),
      on: anyDay,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      command: fc.constant(moveOrgUnit),
      unitId: anyUnit,
      newParentId: anyUnit,
      from: anyDay,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      command: fc.constant(endEmployment),
      personId: fc.constantFrom('p2', 'p3'),
      on: anyDay,
      reason: fc.constant('resigned'),
    }),
  },
);

type Given = typeof anyCommand extends fc.Arbitrary<infer T> ? T : never;

/** What happens when commands are given in any order: the refused ones leave no trace. */
function history(commands: readonly Given[]): readonly NewEvent[] {
  const events: NewEvent[] = [...atWill];
  for (const { command, ...input } of commands) {
    const named = Object.entries(input).map(([field, value]) => [
      field,
      field.endsWith('Id') && typeof value === 'string' ? idOf(value) : value,
    ]);
    const whole = {
      ...Object.fromEntries(named),
      ...(command === assignPosition && { specialisation: 'field_sales' }),
    };
    const { decision } = given(...events).when(command, whole, system);
    if (!('rejected' in decision)) events.push(...(decision as readonly NewEvent[]));
  }
  return events;
}

/** Some weeks of an organisation in which everybody reorganises at will, back in time too. */
export const anyHistory = fc.array(anyCommand, { maxLength: 25 }).map(history);
