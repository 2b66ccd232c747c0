import { z } from 'zod';
import { absent, reject, unknown } from '../../engine/decision.ts';
import { CalendarKind, calendarEvents, type Period, PeriodId } from '../../events/calendar.ts';
import { fiscalPeriods } from '../../events/period.ts';
import { Comment, occurred, PersonId, Position } from '../../events/values.ts';
import { rolesOn } from '../organisation/authority.ts';
import { organisation } from '../organisation/state.ts';
import { calendar } from './state.ts';

const { FiscalCalendarPublished, PeriodClosed, PeriodReopened } = calendarEvents;

const monthsAhead = 24;

const yearsOf = (periods: readonly Period[]): readonly Period[] =>
  periods.filter(({ level }) => level === 'year').sort((a, b) => (a.start < b.start ? -1 : 1));

const yearIdOf = (periodId: string): string => periodId.slice(0, 'FY0000'.length);

/** Former periods whose fiscal year lies outside the new ones, and the new ones, in order of their years. */
function merged(former: readonly Period[], fresh: readonly Period[]): readonly Period[] {
  const years = yearsOf(fresh);
  const freshIds = new Set(years.map(({ periodId }) => periodId));
  const start = years[0]!.start;
  const endExclusive = years.at(-1)!.endExclusive;
  const kept = new Set(
    yearsOf(former)
      .filter(
        (year) => !freshIds.has(year.periodId) && (year.endExclusive <= start || endExclusive <= year.start),
      )
      .map(({ periodId }) => periodId),
  );
  const all = [...former.filter(({ periodId }) => kept.has(yearIdOf(periodId))), ...fresh];
  const order = new Map(yearsOf(all).map(({ periodId }, index) => [periodId, index]));
  return all.toSorted((a, b) => order.get(yearIdOf(a.periodId))! - order.get(yearIdOf(b.periodId))!);
}

const contiguous = (periods: readonly Period[]): boolean =>
  yearsOf(periods).every(
    (year, index, years) => index === 0 || years[index - 1]!.endExclusive === year.start,
  );

const samePeriod = (a: Period, b: Period | undefined): boolean =>
  b !== undefined &&
  a.level === b.level &&
  a.parentId === b.parentId &&
  a.start === b.start &&
  a.endExclusive === b.endExclusive;

export const publishFiscalCalendar = calendar.command({
  name: 'PublishFiscalCalendar',
  summary:
    'Publish the fiscal years with their halves, quarters and months; closed periods stay as they are.',
  permission: 'calendar:write',
  path: '/calendar/publish',
  input: {
    kind: CalendarKind,
    fiscalYearStartMonth: z.int().min(1).max(12).describe('Month in which fiscal years begin.'),
    firstYear: z.int().min(1950).max(2150).describe('First fiscal year, named after the year it begins in.'),
    years: z.int().min(1).max(20).describe('How many fiscal years.'),
    ...occurred,
  },
  emits: ['FiscalCalendarPublished'],
  rejects: {
    closedPeriodChanged: 'A closed period would change.',
    periodsNotContiguous: 'The new fiscal years do not join those that stay without a gap.',
    calendarTooShort: `The calendar must reach at least ${monthsAhead} months ahead.`,
  },
  decide: (state, { kind, fiscalYearStartMonth, firstYear, years }, { today }) => {
    const periods = merged(state.periods, fiscalPeriods(kind, fiscalYearStartMonth, firstYear, years));
    const byId = new Map(periods.map((period) => [period.periodId, period]));
    const unchanged = state.periods.filter((period) => samePeriod(period, byId.get(period.periodId)));
    if (
      state.kind === kind &&
      unchanged.length === periods.length &&
      state.periods.length === periods.length
    ) {
      return [];
    }
    if (!contiguous(periods)) return reject('periodsNotContiguous');
    const stands = new Set(unchanged.map(({ periodId }) => periodId));
    if ([...state.closed].some((periodId) => !stands.has(periodId))) return reject('closedPeriodChanged');
    const horizon = Temporal.PlainDate.from(today).add({ months: monthsAhead }).toString();
    if (yearsOf(periods).at(-1)!.endExclusive < horizon) return reject('calendarTooShort');
    return [
      FiscalCalendarPublished({
        calendarVersion: state.calendarVersion + 1,
        kind,
        fiscalYearStartMonth,
        periods: [...periods],
        withdrawn: state.periods.map(({ periodId }) => periodId).filter((periodId) => !byId.has(periodId)),
      }),
    ];
  },
});

const periodAbsent = absent('The published calendar has no such period.');

export const closePeriod = calendar.command({
  name: 'ClosePeriod',
  summary: 'Close a fiscal period that is over, on the figures that were seen at a position of the log.',
  permission: 'period:close',
  path: '/calendar/periods/:periodId/close',
  input: {
    periodId: PeriodId,
    closingPosition: Position.describe('The position of the log at which the figures were read.'),
    figuresHash: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .describe('SHA-256 of the figures as they were read.'),
    ...occurred,
  },
  emits: ['PeriodClosed'],
  rejects: {
    periodAbsent,
    periodNotOver: 'The period is not over.',
    childrenOpen: 'A period within it is open; close those first.',
  },
  decide: ({ periods, closed }, { periodId, closingPosition, figuresHash }, { today }) => {
    const period = periods.find((other) => other.periodId === periodId);
    if (!period) return reject('periodAbsent');
    if (closed.has(periodId)) return [];
    if (today < period.endExclusive) return reject('periodNotOver');
    if (periods.some((child) => child.parentId === periodId && !closed.has(child.periodId))) {
      return reject('childrenOpen');
    }
    return [PeriodClosed({ periodId, closingPosition, figuresHash })];
  },
});

export const reopenPeriod = calendar.command({
  name: 'ReopenPeriod',
  summary: 'Open a closed period again, for a reason and before an auditor.',
  permission: 'period:close',
  path: '/calendar/periods/:periodId/reopen',
  input: {
    periodId: PeriodId,
    reason: Comment,
    witness: PersonId.describe('The auditor who is witness to it.'),
    ...occurred,
  },
  emits: ['PeriodReopened'],
  rejects: {
    periodAbsent,
    parentClosed: 'The period around it is closed; reopen that first.',
    witnessIsActor: 'Nobody is witness to what they do themselves.',
    witnessNotAuditor: unknown('The witness is not an auditor.'),
  },
  reads: () => ({ organisation: organisation.ref() }),
  decide: ({ periods, closed }, { periodId, reason, witness }, { reads, actor, today }) => {
    const period = periods.find((other) => other.periodId === periodId);
    if (!period) return reject('periodAbsent');
    if (!closed.has(periodId)) return [];
    if (period.parentId !== null && closed.has(period.parentId)) return reject('parentClosed');
    if (witness === actor.personId) return reject('witnessIsActor');
    if (!rolesOn(reads.organisation, witness, today).includes('AU')) {
      return reject('witnessNotAuditor', [{ pointer: '/witness', detail: 'Name an auditor.' }]);
    }
    return [PeriodReopened({ periodId, reason, witness })];
  },
});
