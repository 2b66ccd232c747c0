import { list } from '../engine/list.ts';
import { readModel } from '../engine/read-model.ts';
import { calendarEvents, IsoWeekdays } from '../events/calendar.ts';
import { LocalDate } from '../events/values.ts';

/** On which days of the week people work, from when on. Before the first row it is Monday to Friday. */
export const workingWeek = readModel({
  name: 'working_week',
  version: 1,
  summary:
    'On which days of the week people work, until the next row begins; before the first it is Monday to Friday.',
  key: ['from'],
  row: { from: LocalDate.describe('First day on which it holds.'), isoWeekdays: IsoWeekdays },
  of: calendarEvents,
  on: { WorkingWeekSet: { key: ({ data: { from } }) => ({ from }), row: (_, { data }) => data } },
});

export const listWorkingWeeks = list({
  name: 'ListWorkingWeeks',
  summary: 'List on which days of the week people work, from when on.',
  permission: 'calendar:read',
  path: '/calendar/working-weeks',
  of: workingWeek,
  scope: 'everyone',
  filters: ['from'],
  sorts: ['from'],
});
