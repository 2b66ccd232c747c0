import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { daysBetween } from '../../src/engine/instant.ts';
import { CalendarKind, type Period } from '../../src/events/calendar.ts';
import { fiscalPeriods, levelOf, periodOf, spanOf, weekIdOf } from '../../src/events/period.ts';

const anyCalendar = fc.record({
  kind: fc.constantFrom(...CalendarKind.options),
  startMonth: fc.integer({ min: 1, max: 12 }),
  firstYear: fc.integer({ min: 1990, max: 2100 }),
  years: fc.integer({ min: 1, max: 8 }),
});
const anyDay = fc
  .integer({ min: 0, max: 60_000 })
  .map((days) => Temporal.PlainDate.from('1950-01-01').add({ days }).toString());

interface AnyCalendar {
  readonly kind: CalendarKind;
  readonly startMonth: number;
  readonly firstYear: number;
  readonly years: number;
}

const calendarOf = ({ kind, startMonth, firstYear, years }: AnyCalendar) =>
  fiscalPeriods(kind, startMonth, firstYear, years);
const ofLevel = (periods: readonly Period[], level: Period['level']) =>
  periods.filter((period) => period.level === level);

describe('Fiscal periods', () => {
  test('of a level follow one another without gap or overlap', () => {
    fc.assert(
      fc.property(anyCalendar, (calendar) => {
        const periods = calendarOf(calendar);
        for (const level of ['year', 'half', 'quarter', 'month'] as const) {
          const row = ofLevel(periods, level);
          for (const [index, period] of row.entries()) {
            expect(period.start < period.endExclusive).toBe(true);
            if (index > 0) expect(period.start).toBe(row[index - 1]!.endExclusive);
          }
        }
      }),
    );
  });
  test('are filled exactly by those within them', () => {
    fc.assert(
      fc.property(anyCalendar, (calendar) => {
        const periods = calendarOf(calendar);
        for (const parent of periods) {
          const children = periods.filter(({ parentId }) => parentId === parent.periodId);
          if (parent.level === 'month') expect(children).toEqual([]);
          else {
            expect(children[0]!.start).toBe(parent.start);
            expect(children.at(-1)!.endExclusive).toBe(parent.endExclusive);
          }
        }
      }),
    );
  });
  test('have ids of their own, which say their level and lead back to their days', () => {
    fc.assert(
      fc.property(anyCalendar, (calendar) => {
        const periods = calendarOf(calendar);
        expect(new Set(periods.map(({ periodId }) => periodId)).size).toBe(periods.length);
        for (const { periodId, level, start, endExclusive } of periods) {
          expect(levelOf(periodId)).toBe(level);
          expect(spanOf(periodId, periods)).toEqual({ start, endExclusive });
          expect(periodOf(start, level, periods)).toBe(periodId);
        }
      }),
    );
  });
  test('of weeks begin on Mondays, in years of 52 or 53 weeks', () => {
    fc.assert(
      fc.property(anyCalendar, (calendar) => {
        fc.pre(calendar.kind !== 'calendar_month');
        for (const { level, start, endExclusive } of calendarOf(calendar)) {
          expect(Temporal.PlainDate.from(start).dayOfWeek).toBe(1);
          if (level === 'year') expect([364, 371]).toContain(daysBetween(start, endExclusive));
        }
      }),
    );
  });
  test('of calendar months begin on the first of the start month', () => {
    fc.assert(
      fc.property(anyCalendar, (calendar) => {
        fc.pre(calendar.kind === 'calendar_month');
        const [year] = calendarOf(calendar);
        const { day, month } = Temporal.PlainDate.from(year!.start);
        expect([day, month]).toEqual([1, calendar.startMonth]);
      }),
    );
  });
  test('have four, four and five weeks where the calendar says so', () => {
    const weeks = (kind: CalendarKind) =>
      ofLevel(fiscalPeriods(kind, 1, 2025, 1), 'month').map(
        ({ start, endExclusive }) => daysBetween(start, endExclusive) / 7,
      );
    expect(weeks('4-4-5').slice(0, 6)).toEqual([4, 4, 5, 4, 4, 5]);
    expect(weeks('4-5-4').slice(0, 3)).toEqual([4, 5, 4]);
    expect(weeks('5-4-4').slice(0, 3)).toEqual([5, 4, 4]);
    expect(weeks('thirteen_periods')).toHaveLength(13);
  });
  test('put the 53rd week into the last month', () => {
    const long = fiscalPeriods('4-4-5', 1, 2026, 1);
    expect(long[0]).toMatchObject({ start: '2025-12-29', endExclusive: '2027-01-04' });
    expect(long.at(-1)).toMatchObject({ periodId: 'FY2026-M12', start: '2026-11-23' });
  });
  test('are named after the calendar year in which the fiscal year begins', () => {
    const periods = fiscalPeriods('calendar_month', 4, 2026, 1);
    expect(spanOf('FY2026-Q4', periods)).toEqual({ start: '2027-01-01', endExclusive: '2027-04-01' });
    expect(periodOf('2026-03-31', 'month', periods)).toBeUndefined();
  });
  test('are calendar months from January while no calendar is published', () => {
    expect(periodOf('2026-03-02', 'quarter', [])).toBe('FY2026-Q1');
    expect(spanOf('FY2026-M03', [])).toEqual({ start: '2026-03-01', endExclusive: '2026-04-01' });
  });
});

describe('Weeks, days and rolling windows', () => {
  test('are computed for every day', () => {
    fc.assert(
      fc.property(anyDay, (day) => {
        const week = spanOf(weekIdOf(day), [])!;
        expect(week.start <= day && day < week.endExclusive).toBe(true);
        expect(daysBetween(week.start, week.endExclusive)).toBe(7);
        expect(weekIdOf(week.start)).toBe(weekIdOf(day));
        expect(spanOf(day, [])).toMatchObject({ start: day });
        expect([levelOf(day), levelOf(weekIdOf(day))]).toEqual(['day', 'week']);
      }),
    );
  });
  test('take the year of the week, which is not always that of the day', () => {
    expect(weekIdOf('2027-01-01')).toBe('2026-W53');
    expect(spanOf('2026-W53', [])).toEqual({ start: '2026-12-28', endExclusive: '2027-01-04' });
    expect(periodOf('2026-02-14', 'week', [])).toBe('2026-W07');
  });
  test('roll over twelve months whatever the fiscal year', () => {
    expect(spanOf('R12M@2026-02', [])).toEqual({ start: '2025-03-01', endExclusive: '2026-03-01' });
    expect(spanOf('R12M@2026-02', fiscalPeriods('4-4-5', 7, 2025, 2))).toEqual(spanOf('R12M@2026-02', []));
  });
  test('are nothing where there is no such period', () => {
    for (const id of [
      '0000-01-01',
      '0000-W01',
      'FY0000',
      'R12M@1900-02',
      '2201-01-01',
      '9999-12-31',
      '9999-W52',
      'R12M@9999-12',
      'FY9999',
      '2025-W53',
      '2026-W00',
      '2026-02-30',
      'R12M@2026-13',
      'FY2026-M13',
      'nothing',
    ]) {
      expect(spanOf(id, [])).toBeUndefined();
    }
    expect(levelOf('R12M@2026-02')).toBeUndefined();
  });
});
