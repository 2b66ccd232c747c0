import { addDays } from '../../engine/instant.ts';
import type { Period } from '../../events/calendar.ts';
import { fiscalPeriods } from '../../events/period.ts';

/** The share that each fiscal month has of a year's sales, in basis points. */
export const seasonality = [780, 820, 850, 760, 680, 720, 900, 930, 960, 760, 840, 1_000] as const;

export interface Fiscal {
  /** What the calendar is published with. */
  readonly calendar: {
    readonly kind: 'calendar_month';
    readonly fiscalYearStartMonth: number;
    readonly firstYear: number;
    readonly years: number;
  };
  readonly months: readonly Period[];
  /** The year that the target plan is for. */
  readonly planned: Period;
  /** First day of the year before that. */
  readonly historyStart: string;
}

const planningDays = 90;

/** The fiscal years around a demo. The planned one is that of today, or of the first months where much is told. */
export function createFiscal(setupDay: string, today: string): Fiscal {
  const firstYear = Number(setupDay.slice(0, 4)) - 2;
  const years = Number(today.slice(0, 4)) + 3 - firstYear;
  const calendar = { kind: 'calendar_month', fiscalYearStartMonth: 4, firstYear, years } as const;
  const periods = fiscalPeriods(calendar.kind, calendar.fiscalYearStartMonth, firstYear, years);
  const ahead = addDays(setupDay, planningDays);
  const day = ahead < today ? ahead : today;
  const planned = periods.find(
    ({ level, start, endExclusive }) => level === 'year' && start <= day && day < endExclusive,
  )!;
  return {
    calendar,
    months: periods.filter(({ level }) => level === 'month'),
    planned,
    historyStart: Temporal.PlainDate.from(planned.start).subtract({ years: 1 }).toString(),
  };
}
