import { z } from 'zod';
import { query } from '../engine/query.ts';
import { UnitKind } from '../events/organisation.ts';
import { LocalDate, PersonId, PositionId, RegionId, UnitId } from '../events/values.ts';
import { assignment } from './assignment.ts';
import { orgUnit } from './org-unit.ts';
import { orgUnitHead } from './org-unit-head.ts';
import { orgUnitParent } from './org-unit-parent.ts';

export const getOrgChart = query({
  name: 'GetOrgChart',
  summary: 'Get the units of the organisation as they stand on a day, with heads and numbers of people.',
  permission: 'organisation:read',
  path: '/org-chart',
  input: { on: LocalDate.optional().describe('The day; today when left out.') },
  output: z.object({
    on: LocalDate,
    units: z.array(
      z.object({
        unitId: UnitId,
        code: z.string().describe('Code of the unit.'),
        name: z.string().describe('Name of the unit.'),
        kind: UnitKind,
        regionId: RegionId.nullable(),
        parentId: UnitId.nullable().describe('The unit that it is part of; null for the root.'),
        headPositionId: PositionId.nullable().describe('The position that heads it.'),
        headPersonId: PersonId.nullable().describe('Who holds that position; null while it is vacant.'),
        people: z.int().describe('How many people have their main position in it.'),
      }),
    ),
  }),
  reads: [orgUnit, orgUnitParent, orgUnitHead, assignment],
  answer: async (db, input, { today }) => {
    const on = input.on ?? today;
    const units = await db
      .selectFrom('org_unit as unit')
      .innerJoin('org_unit_parent as parent', (join) =>
        join
          .onRef('parent.unitId', '=', 'unit.unitId')
          .on('parent.from', '<=', on)
          .on((eb) => eb.or([eb('parent.to', 'is', null), eb('parent.to', '>', on)])),
      )
      .leftJoin('org_unit_head as head', (join) =>
        join
          .onRef('head.unitId', '=', 'unit.unitId')
          .on('head.from', '<=', on)
          .on((eb) => eb.or([eb('head.to', 'is', null), eb('head.to', '>', on)])),
      )
      .leftJoin('assignment as holder', (join) =>
        join
          .onRef('holder.positionId', '=', 'head.positionId')
          .on('holder.from', '<=', on)
          .on((eb) => eb.or([eb('holder.to', 'is', null), eb('holder.to', '>', on)])),
      )
      .select((eb) => [
        'unit.unitId',
        'unit.code',
        'unit.name',
        'unit.kind',
        'unit.regionId',
        'parent.parentId',
        'head.positionId as headPositionId',
        'holder.personId as headPersonId',
        eb
          .selectFrom('assignment as held')
          .select(({ fn }) => fn.countAll<string>().as('count'))
          .whereRef('held.orgUnitId', '=', 'unit.unitId')
          .where('held.primary', '=', true)
          .where('held.from', '<=', on)
          .where((where) => where.or([where('held.to', 'is', null), where('held.to', '>', on)]))
          .as('people'),
      ])
      .where((eb) => eb.or([eb('unit.dissolvedOn', 'is', null), eb('unit.dissolvedOn', '>', on)]))
      .orderBy('unit.code')
      .orderBy('unit.unitId')
      .orderBy('head.positionId')
      .orderBy('holder.personId')
      .execute();
    return { on, units: units.map((unit) => ({ ...unit, people: Number(unit.people ?? 0) })) };
  },
});
