import type { CalendarKind, Period, PeriodLevel } from './calendar.ts';

/** Business days from `start` until the day before `endExclusive`. */
export interface Span {
  readonly start: string;
  readonly endExclusive: string;
}

type FiscalLevel = 'year' | 'half' | 'quarter' | 'month';

const plain = (day: string): Temporal.PlainDate => Temporal.PlainDate.from(day);
const two = (number: number): string => String(number).padStart(2, '0');

const firstOfMonth = (year: number, month: number): Temporal.PlainDate =>
  Temporal.PlainDate.from({ year, month, day: 1 });

/** The Monday that is nearest to a day. */
const nearestMonday = (day: Temporal.PlainDate): Temporal.PlainDate =>
  day.dayOfWeek <= 4 ? day.subtract({ days: day.dayOfWeek - 1 }) : day.add({ days: 8 - day.dayOfWeek });

const weeksOfMonths: Readonly<Record<Exclude<CalendarKind, 'calendar_month'>, readonly number[]>> = {
  '4-4-5': [4, 4, 5, 4, 4, 5, 4, 4, 5, 4, 4, 5],
  '4-5-4': [4, 5, 4, 4, 5, 4, 4, 5, 4, 4, 5, 4],
  '5-4-4': [5, 4, 4, 5, 4, 4, 5, 4, 4, 5, 4, 4],
  thirteen_periods: Array.from({ length: 13 }, () => 4),
};

/** Where the months of a fiscal year begin, and as the last entry where the year ends. */
function monthStarts(kind: CalendarKind, startMonth: number, year: number): readonly string[] {
  const first = firstOfMonth(year, startMonth);
  if (kind === 'calendar_month') {
    return Array.from({ length: 13 }, (_, months) => first.add({ months }).toString());
  }
  let next = nearestMonday(first);
  const starts = weeksOfMonths[kind].map((weeks) => {
    const start = next.toString();
    next = next.add({ weeks });
    return start;
  });
  return [...starts, nearestMonday(first.add({ years: 1 })).toString()];
}

/** The periods of one fiscal year, each before those within it. Fiscal year N begins in calendar year N. */
function yearPeriods(kind: CalendarKind, startMonth: number, year: number): readonly Period[] {
  const starts = monthStarts(kind, startMonth, year);
  const months = starts.length - 1;
  const yearId = `FY${year}`;
  const group = (level: FiscalLevel, letter: string, size: number, parentOf: (month: number) => string) =>
    Array.from({ length: months / size }, (_, index): Period => {
      const number = level === 'month' ? two(index + 1) : String(index + 1);
      return {
        periodId: `${yearId}-${letter}${number}`,
        level,
        parentId: parentOf(index * size),
        start: starts[index * size]!,
        endExclusive: starts[(index + 1) * size]!,
      };
    });
  const whole: Period = {
    periodId: yearId,
    level: 'year',
    parentId: null,
    start: starts[0]!,
    endExclusive: starts[months]!,
  };
  if (kind === 'thirteen_periods') return [whole, ...group('month', 'M', 1, () => yearId)];
  return [
    whole,
    ...group('half', 'H', 6, () => yearId),
    ...group('quarter', 'Q', 3, (month) => `${yearId}-H${Math.floor(month / 6) + 1}`),
    ...group('month', 'M', 1, (month) => `${yearId}-Q${Math.floor(month / 3) + 1}`),
  ];
}

/**
 * The periods of fiscal years, computed. Years of weeks begin on the Monday nearest to the first of the start month;
 * their 53rd week, where there is one, belongs to the last month. Thirteen periods have neither halves nor quarters.
 */
export const fiscalPeriods = (
  kind: CalendarKind,
  fiscalYearStartMonth: number,
  firstYear: number,
  years: number,
): readonly Period[] =>
  Array.from({ length: years }, (_, index) =>
    yearPeriods(kind, fiscalYearStartMonth, firstYear + index),
  ).flat();

/** The ISO week that a day lies in, such as 2026-W07. */
export function weekIdOf(day: string): string {
  const { yearOfWeek, weekOfYear } = plain(day);
  return `${yearOfWeek}-W${two(weekOfYear!)}`;
}

/** The periods of a tenant that has published no calendar: calendar months from January. */
const defaultYear = (year: number): readonly Period[] => yearPeriods('calendar_month', 1, year);

/** The stored or default period of a level that a day lies in. */
function fiscalPeriodOf(
  day: string,
  level: FiscalLevel,
  periods: readonly Period[],
): (Span & { readonly periodId: string }) | undefined {
  const candidates = periods.length > 0 ? periods : defaultYear(plain(day).year);
  return candidates.find(
    (period) => period.level === level && period.start <= day && day < period.endExclusive,
  );
}

/**
 * The id of the period of a level that a day lies in. `periods` are those of the published calendar; while none is
 * published, years are calendar years. Undefined where the calendar does not reach.
 */
export function periodOf(day: string, level: PeriodLevel, periods: readonly Period[]): string | undefined {
  if (level === 'day') return day;
  if (level === 'week') return weekIdOf(day);
  return fiscalPeriodOf(day, level, periods)?.periodId;
}

function weekSpan(year: number, week: number): Span | undefined {
  const first = Temporal.PlainDate.from({ year, month: 1, day: 4 });
  const start = first.subtract({ days: first.dayOfWeek - 1 }).add({ weeks: week - 1 });
  if (week < 1 || start.yearOfWeek !== year) return undefined;
  return { start: start.toString(), endExclusive: start.add({ weeks: 1 }).toString() };
}

/** Twelve calendar months, the last one being the given one; independent of the fiscal year. */
function rollingSpan(year: number, month: number): Span | undefined {
  if (month < 1 || month > 12) return undefined;
  const endExclusive = firstOfMonth(year, month).add({ months: 1 });
  return { start: endExclusive.subtract({ years: 1 }).toString(), endExclusive: endExclusive.toString() };
}

function daySpan(day: string): Span | undefined {
  try {
    return { start: day, endExclusive: plain(day).add({ days: 1 }).toString() };
  } catch {
    return undefined;
  }
}

function anySpanOf(periodId: string, periods: readonly Period[]): Span | undefined {
  const week = /^(\d{4})-W(\d{2})$/.exec(periodId);
  if (week) return weekSpan(Number(week[1]), Number(week[2]));
  const rolling = /^R12M@(\d{4})-(\d{2})$/.exec(periodId);
  if (rolling) return rollingSpan(Number(rolling[1]), Number(rolling[2]));
  if (/^\d{4}-\d{2}-\d{2}$/.test(periodId)) return daySpan(periodId);
  const year = /^FY(\d{4})/.exec(periodId);
  if (!year) return undefined;
  const candidates = periods.length > 0 ? periods : defaultYear(Number(year[1]));
  const found = candidates.find((period) => period.periodId === periodId);
  return found && { start: found.start, endExclusive: found.endExclusive };
}

/** No business day is before the first, or on the last or after. */
const reach: Span = { start: '1900-01-01', endExclusive: '2201-01-01' };

/**
 * The days of a period: FY2026, FY2026-H1, FY2026-Q1, FY2026-M03, 2026-W07, 2026-02-14 or R12M@2026-02.
 * `periods` as in `periodOf`; undefined where there is no such period.
 */
export function spanOf(periodId: string, periods: readonly Period[]): Span | undefined {
  const span = anySpanOf(periodId, periods);
  const isWithin = ({ start, endExclusive }: Span): boolean =>
    reach.start <= start && start < endExclusive && endExclusive <= reach.endExclusive;
  return span && isWithin(span) ? span : undefined;
}

/** The level of a period, by its id; undefined for a rolling window. */
export function levelOf(periodId: string): PeriodLevel | undefined {
  if (/^\d{4}-W\d{2}$/.test(periodId)) return 'week';
  if (/^\d{4}-\d{2}-\d{2}$/.test(periodId)) return 'day';
  const letter = /^FY\d{4}(?:-([HQM])\d{1,2})?$/.exec(periodId);
  if (!letter) return undefined;
  return ({ H: 'half', Q: 'quarter', M: 'month' } as const)[letter[1] as 'H'] ?? 'year';
}
