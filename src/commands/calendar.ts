import { decider, type Evolve } from '../engine/decision.ts';
import { addDays, weekday } from '../engine/instant.ts';
import { calendarEvents, type Period } from '../events/calendar.ts';

/** Owned by the engine: `evolve` changes it in place. */
export interface Calendar {
  readonly workingWeeks: { readonly isoWeekdays: readonly number[]; readonly from: string }[];
  /** Days and regions on which nobody works; the whole organisation stands under ''. */
  readonly holidays: Map<string, Set<string>>;
  calendarVersion: number;
  periods: readonly Period[];
  readonly closed: Set<string>;
  openedUntil: string | undefined;
}

const initialState = (): Calendar => ({
  workingWeeks: [],
  holidays: new Map(),
  calendarVersion: 0,
  periods: [],
  closed: new Set(),
  openedUntil: undefined,
});

const evolve: Evolve<Calendar, typeof calendarEvents> = {
  FiscalCalendarPublished: (state, { calendarVersion, periods }) => {
    state.calendarVersion = calendarVersion;
    state.periods = periods;
    return state;
  },
  WorkingWeekSet: (state, data) => {
    state.workingWeeks.push(data);
    return state;
  },
  HolidayDeclared: (state, { date, regionId }) => {
    const regions = state.holidays.get(date) ?? new Set();
    state.holidays.set(date, regions.add(regionId ?? ''));
    return state;
  },
  HolidayWithdrawn: (state, { date, regionId }) => {
    state.holidays.get(date)?.delete(regionId ?? '');
    return state;
  },
  PeriodClosed: (state, { periodId }) => {
    state.closed.add(periodId);
    return state;
  },
  PeriodReopened: (state, { periodId }) => {
    state.closed.delete(periodId);
    return state;
  },
  ExchangeRateRecorded: (state) => state,
  BusinessDayOpened: (state, { date }) => {
    state.openedUntil = date;
    return state;
  },
};

export const calendar = decider({
  stream: 'calendar',
  id: [],
  events: calendarEvents,
  initialState,
  evolve,
  reference: true,
});

const mondayToFriday = [1, 2, 3, 4, 5];

/** Whether people work on a day: by the working week in force, holidays of the organisation and of the region. */
export function isWorkingDay(state: Calendar, day: string, regionId?: string): boolean {
  const week = state.workingWeeks.findLast(({ from }) => from <= day)?.isoWeekdays ?? mondayToFriday;
  const holidays = state.holidays.get(day);
  return week.includes(weekday(day)) && !holidays?.has('') && !(regionId && holidays?.has(regionId));
}

/** The next day on which people work, after the given one. */
export function nextWorkingDay(state: Calendar, day: string, regionId?: string): string {
  for (let next = addDays(day, 1), tries = 0; ; next = addDays(next, 1), tries++) {
    if (isWorkingDay(state, next, regionId) || tries > 366) return next;
  }
}
