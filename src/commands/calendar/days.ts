import type { Act } from '../../engine/decision.ts';
import { absent, forbidden, reject, unknown } from '../../engine/decision.ts';
import { addDays, instantAt } from '../../engine/instant.ts';
import { calendarEvents, IsoWeekdays, Rate } from '../../events/calendar.ts';
import { Currency, Line, LocalDate, occurred, RegionId } from '../../events/values.ts';
import { regionUnitsOf, scopeOf } from '../organisation/authority.ts';
import { type Organisation, organisation } from '../organisation/state.ts';
import { type Calendar, calendar, isClosed, workingWeekOn } from './state.ts';

const { WorkingWeekSet, HolidayDeclared, HolidayWithdrawn, ExchangeRateRecorded, BusinessDayOpened } =
  calendarEvents;

const periodClosed = 'The day lies in a closed period, whose working days stand.';
const holidayOutOfReach = forbidden('You may declare holidays of your own region only.');

/** Whether an actor may say who is off on a day: for everybody, or for the sales region that is their own. */
function mayDeclare(
  state: Organisation,
  { actor, today }: Pick<Act, 'actor' | 'today'>,
  regionId: string | undefined,
): boolean {
  if (scopeOf(state, actor, 'holiday:write', today) === 'organisation') return true;
  if (actor.personId === undefined || regionId === undefined) return false;
  return regionUnitsOf(state, actor.personId, today).some(
    (unitId) => state.units.get(unitId)?.regionId === regionId,
  );
}

const scopeInput = {
  regionId: RegionId.optional().describe('The region whose holiday it is; everybody’s when left out.'),
};

const isDeclared = ({ holidays }: Calendar, date: string, regionId: string | undefined): boolean =>
  holidays.get(date)?.has(regionId ?? '') ?? false;

export const setWorkingWeek = calendar.command({
  name: 'SetWorkingWeek',
  summary: 'Set on which days of the week people work, from a day on.',
  permission: 'calendar:write',
  path: '/calendar/working-week',
  input: { isoWeekdays: IsoWeekdays, from: LocalDate, ...occurred },
  emits: ['WorkingWeekSet'],
  rejects: { periodClosed },
  decide: (state, { isoWeekdays, from }) => {
    const wanted = [...new Set(isoWeekdays)].sort();
    if (workingWeekOn(state, from).join() === wanted.join()) return [];
    if (isClosed(state, from)) return reject('periodClosed');
    return [WorkingWeekSet({ isoWeekdays: wanted, from }, { effectiveOn: from })];
  },
});

export const declareHoliday = calendar.command({
  name: 'DeclareHoliday',
  summary: 'Declare a day on which nobody works, in the whole organisation or in one region.',
  permission: 'holiday:write',
  path: '/calendar/holidays/:date/declare',
  input: { date: LocalDate, name: Line, ...scopeInput, ...occurred },
  emits: ['HolidayDeclared'],
  rejects: {
    regionUnknown: unknown('There is no such region, or it is retired.'),
    holidayOutOfReach,
    periodClosed,
  },
  reads: () => ({ organisation: organisation.ref() }),
  decide: (state, { date, name, regionId }, context) => {
    const { regions } = context.reads.organisation;
    if (isDeclared(state, date, regionId)) return [];
    if (regionId && regions.get(regionId)?.retired !== false) {
      return reject('regionUnknown', [{ pointer: '/regionId', detail: 'Choose a region that is defined.' }]);
    }
    if (!mayDeclare(context.reads.organisation, context, regionId)) return reject('holidayOutOfReach');
    if (isClosed(state, date)) return reject('periodClosed');
    return [HolidayDeclared({ date, name, regionId: regionId ?? null }, { effectiveOn: date })];
  },
});

export const withdrawHoliday = calendar.command({
  name: 'WithdrawHoliday',
  summary: 'Withdraw a holiday that was declared.',
  permission: 'holiday:write',
  path: '/calendar/holidays/:date/withdraw',
  input: { date: LocalDate, ...scopeInput, ...occurred },
  emits: ['HolidayWithdrawn'],
  rejects: {
    holidayAbsent: absent('No such holiday was ever declared.'),
    holidayOutOfReach,
    periodClosed,
  },
  reads: () => ({ organisation: organisation.ref() }),
  decide: (state, { date, regionId }, context) => {
    if (!state.holidays.has(date)) return reject('holidayAbsent');
    if (!isDeclared(state, date, regionId)) return [];
    if (!mayDeclare(context.reads.organisation, context, regionId)) return reject('holidayOutOfReach');
    if (isClosed(state, date)) return reject('periodClosed');
    return [HolidayWithdrawn({ date, regionId: regionId ?? null }, { effectiveOn: date })];
  },
});

export const recordExchangeRate = calendar.command({
  name: 'RecordExchangeRate',
  summary: 'Record what one unit of a currency was worth in another on a day.',
  permission: 'rate:write',
  path: '/calendar/exchange-rates',
  input: { base: Currency, quote: Currency, rate: Rate, date: LocalDate, source: Line, ...occurred },
  emits: ['ExchangeRateRecorded'],
  rejects: {
    currenciesEqual: 'A rate is between two currencies.',
    rateNotPositive: 'A rate is above zero.',
  },
  decide: ({ rates }, { occurredAt: _, ...input }) => {
    const { base, quote, rate, date } = input;
    const last = rates.get(`${base}/${quote}`);
    if (base === quote) return reject('currenciesEqual');
    if (BigInt(rate.num) <= 0n || BigInt(rate.den) <= 0n) {
      return reject('rateNotPositive', [{ pointer: '/rate', detail: 'Give a rate above zero.' }]);
    }
    if (last?.date === date && last.num === rate.num && last.den === rate.den) return [];
    return [ExchangeRateRecorded(input, { effectiveOn: date })];
  },
});

export const openBusinessDay = calendar.command({
  name: 'OpenBusinessDay',
  summary: 'Begin a business day, for the clock: days open one after the other, those missed too.',
  permission: 'system:act',
  path: '/calendar/business-days/:date/open',
  input: { date: LocalDate, ...occurred },
  emits: ['BusinessDayOpened'],
  rejects: {
    daySkipped: 'The day before has not been opened.',
    dayNotBegun: 'The day has not begun.',
  },
  decide: ({ openedUntil }, { date }, { today, timeZone }) => {
    if (openedUntil !== undefined && date <= openedUntil) return [];
    if (openedUntil !== undefined && date !== addDays(openedUntil, 1)) return reject('daySkipped');
    if (date > today) return reject('dayNotBegun');
    const nextOpeningAt = instantAt(addDays(date, 1), '00:00', timeZone);
    return [BusinessDayOpened({ date, nextOpeningAt }, { effectiveOn: date })];
  },
});
