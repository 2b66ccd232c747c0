import { decider, type Evolve } from '../../engine/decision.ts';
import { addDays, weekday } from '../../engine/instant.ts';
import { type CalendarKind, calendarEvents, type Period } from '../../events/calendar.ts';
import { spanOf } from '../../events/period.ts';

/** Owned by the engine: `evolve` changes it in place. */
export interface Calendar {
  /** In order of `from`. */
  readonly workingWeeks: { readonly isoWeekdays: readonly number[]; readonly from: string }[];
  /** Days and regions on which nobody works; the whole organisation stands under ''. */
  readonly holidays: Map<string, Set<string>>;
  calendarVersion: number;
  kind: CalendarKind | undefined;
  periods: readonly Period[];
  readonly closed: Set<string>;
  /** The last rate recorded of each pair of currencies. */
  readonly rates: Map<string, { readonly date: string; readonly num: string; readonly den: string }>;
  openedUntil: string | undefined;
}

const initialState = (): Calendar => ({
  workingWeeks: [],
  holidays: new Map(),
  calendarVersion: 0,
  kind: undefined,
  periods: [],
  closed: new Set(),
  rates: new Map(),
  openedUntil: undefined,
});

const evolve: Evolve<Calendar, typeof calendarEvents> = {
  FiscalCalendarPublished: (state, { calendarVersion, kind, periods }) => {
    state.calendarVersion = calendarVersion;
    state.kind = kind;
    state.periods = periods;
    return state;
  },
  WorkingWeekSet: (state, data) => {
    const later = state.workingWeeks.findIndex(({ from }) => from > data.from);
    state.workingWeeks.splice(later < 0 ? state.workingWeeks.length : later, 0, data);
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
  ExchangeRateRecorded: (state, { base, quote, rate, date }) => {
    state.rates.set(`${base}/${quote}`, { date, ...rate });
    return state;
  },
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

/** Whether a day lies in a closed period, whose working days stand. */
export const isClosed = ({ periods, closed }: Calendar, day: string): boolean =>
  periods.some(
    ({ periodId, start, endExclusive }) => closed.has(periodId) && start <= day && day < endExclusive,
  );

/** Whether a period is closed, or lies within one that is. */
export function isPeriodClosed({ closed, periods }: Calendar, periodId: string): boolean {
  const span = closed.size > 0 ? spanOf(periodId, periods) : undefined;
  const holds = ({ start, endExclusive }: Period): boolean =>
    span !== undefined && start <= span.start && span.endExclusive <= endExclusive;
  return closed.has(periodId) || periods.some((period) => closed.has(period.periodId) && holds(period));
}

const mondayToFriday = [1, 2, 3, 4, 5];

export const workingWeekOn = ({ workingWeeks }: Calendar, day: string): readonly number[] =>
  workingWeeks.findLast(({ from }) => from <= day)?.isoWeekdays ?? mondayToFriday;

/** Whether people work on a day: by the working week in force, holidays of the organisation and of the region. */
export function isWorkingDay(state: Calendar, day: string, regionId?: string): boolean {
  const holidays = state.holidays.get(day);
  return (
    workingWeekOn(state, day).includes(weekday(day)) &&
    !holidays?.has('') &&
    !(regionId && holidays?.has(regionId))
  );
}

/** The next day on which people work, after the given one. */
export function nextWorkingDay(state: Calendar, day: string, regionId?: string): string {
  for (let next = addDays(day, 1), tries = 0; ; next = addDays(next, 1), tries++) {
    if (isWorkingDay(state, next, regionId) || tries > 366) return next;
  }
}
