import { z } from 'zod';
import { events } from '../engine/event.ts';
import type { NameOf, Sentences } from './sentence.ts';
import { Comment, Currency, Instant, Int64, Line, LocalDate, PersonId, RegionId } from './values.ts';

export const PeriodLevel = z
  .enum(['year', 'half', 'quarter', 'month', 'week', 'day'])
  .describe('What kind of period it is.');
export type PeriodLevel = z.output<typeof PeriodLevel>;
export const PeriodId = z
  .string()
  .regex(/^[A-Za-z0-9@-]{4,24}$/)
  .meta({ description: 'A period, such as FY2026, FY2026-Q1, FY2026-M03, 2026-W07 or 2026-02-14.' });
export const Period = z.object({
  periodId: PeriodId,
  level: PeriodLevel,
  parentId: PeriodId.nullable(),
  start: LocalDate,
  endExclusive: LocalDate,
});
export type Period = z.output<typeof Period>;
export const CalendarKind = z
  .enum(['calendar_month', '4-4-5', '4-5-4', '5-4-4', 'thirteen_periods'])
  .describe(
    'How fiscal years are divided: calendar months, months of whole weeks, or thirteen times four weeks.',
  );
export type CalendarKind = z.output<typeof CalendarKind>;
export const IsoWeekdays = z
  .array(z.int().min(1).max(7))
  .min(1)
  .max(7)
  .describe('ISO weekdays: 1 is Monday.');
export const Rate = z
  .object({ num: Int64, den: Int64 })
  .describe('An exact rate, numerator over denominator.');

/** Stored for ever. Add fields as optional, add events freely, rename nothing. */
export const calendarEvents = events({
  FiscalCalendarPublished: {
    calendarVersion: z.int(),
    kind: CalendarKind,
    fiscalYearStartMonth: z.int().min(1).max(12),
    periods: z.array(Period).describe('All periods from now on, those kept from the former calendar too.'),
    withdrawn: z.array(PeriodId).default([]).describe('Periods of the former calendar that are no more.'),
  },
  WorkingWeekSet: { isoWeekdays: IsoWeekdays, from: LocalDate },
  HolidayDeclared: { date: LocalDate, name: Line, regionId: RegionId.nullable() },
  HolidayWithdrawn: { date: LocalDate, regionId: RegionId.nullable() },
  PeriodClosed: { periodId: PeriodId, closingPosition: z.int(), figuresHash: z.string() },
  PeriodReopened: { periodId: PeriodId, reason: Comment, witness: PersonId },
  ExchangeRateRecorded: { base: Currency, quote: Currency, rate: Rate, date: LocalDate, source: Line },
  BusinessDayOpened: { date: LocalDate, nextOpeningAt: Instant },
});

const inRegion = (regionId: string | null, n: NameOf): string =>
  regionId ? ` in ${n(regionId, 'a region')}` : '';

/** What each of these events says, in a sentence. */
export const calendarSentences: Sentences<typeof calendarEvents> = {
  FiscalCalendarPublished: (d) =>
    `Version ${d.calendarVersion} of the fiscal calendar was published, with ${d.periods.length} periods.`,
  WorkingWeekSet: (d) => `From ${d.from} on, ${d.isoWeekdays.length} days of a week are worked.`,
  HolidayDeclared: (d, n) => `${d.date} was declared a holiday${inRegion(d.regionId, n)}: ${d.name}.`,
  HolidayWithdrawn: (d, n) => `${d.date} is no longer a holiday${inRegion(d.regionId, n)}.`,
  PeriodClosed: (d) => `The period ${d.periodId} was closed.`,
  PeriodReopened: (d, n) =>
    `The period ${d.periodId} was opened again with ${n(d.witness)} as witness: ${d.reason}`,
  ExchangeRateRecorded: (d) =>
    `On ${d.date} ${d.rate.den} ${d.base} were worth ${d.rate.num} ${d.quote} (${d.source}).`,
  BusinessDayOpened: (d) => `The business day ${d.date} began.`,
};
