import { z } from 'zod';
import { list } from '../engine/list.ts';
import { readModel } from '../engine/read-model.ts';
import { calendarEvents } from '../events/calendar.ts';
import { LocalDate, RegionId } from '../events/values.ts';

interface Off {
  readonly date: string;
  readonly regionId: string | null;
}

const byDayOff = ({ data: { date, regionId } }: { readonly data: Off }) => ({
  date,
  scope: regionId ?? 'organisation',
});

/** The days on which nobody works. */
export const holiday = readModel({
  name: 'holiday',
  version: 1,
  summary: 'The days on which nobody works, in the whole organisation or in one region.',
  key: ['date', 'scope'],
  row: {
    date: LocalDate,
    scope: z.string().describe('organisation, or the id of the region whose holiday it is.'),
    regionId: RegionId.nullable().describe('The region whose holiday it is; null for everybody’s.'),
    name: z.string().describe('Name of the holiday.'),
  },
  of: calendarEvents,
  on: {
    HolidayDeclared: { key: byDayOff, row: (_, event) => ({ ...event.data, ...byDayOff(event) }) },
    HolidayWithdrawn: { key: byDayOff, row: () => undefined },
  },
});

export const listHolidays = list({
  name: 'ListHolidays',
  summary: 'List the days on which nobody works.',
  permission: 'calendar:read',
  path: '/calendar/holidays',
  of: holiday,
  scope: 'everyone',
  filters: ['date', 'scope', 'regionId'],
  search: ['name'],
  sorts: ['date'],
});
