import { describe, expect, test } from 'vitest';
import {
  declareHoliday,
  openBusinessDay,
  recordExchangeRate,
  setWorkingWeek,
  withdrawHoliday,
} from '../../src/commands/calendar/days.ts';
import { closePeriod, publishFiscalCalendar, reopenPeriod } from '../../src/commands/calendar/periods.ts';
import { organisation } from '../../src/commands/organisation/state.ts';
import { calendarEvents } from '../../src/events/calendar.ts';
import { organisationEvents } from '../../src/events/organisation.ts';
import { fiscalPeriods } from '../../src/events/period.ts';
import { given, idOf } from '../support/given.ts';
import { as, company, employed, granted, holds, system } from '../support/organisation.ts';

const {
  BusinessDayOpened,
  ExchangeRateRecorded,
  FiscalCalendarPublished,
  HolidayDeclared,
  HolidayWithdrawn,
  PeriodClosed,
  PeriodReopened,
  WorkingWeekSet,
} = calendarEvents;

const months = fiscalPeriods('calendar_month', 1, 2025, 4);
const published = FiscalCalendarPublished({
  calendarVersion: 1,
  kind: 'calendar_month',
  fiscalYearStartMonth: 1,
  periods: [...months],
});
const seen = { closingPosition: 41, figuresHash: 'a'.repeat(64) };
const closed = (periodId: string) => PeriodClosed({ periodId, ...seen });

describe('PublishFiscalCalendar', () => {
  const input = { kind: 'calendar_month', fiscalYearStartMonth: 1, firstYear: 2025, years: 4 } as const;
  test('publishes the periods of fiscal years', () => {
    given().when(publishFiscalCalendar, input).thenEmits(published);
  });
  test('says nothing when nothing changes', () => {
    given(published).when(publishFiscalCalendar, input).thenNothing();
    given(published)
      .when(publishFiscalCalendar, { ...input, firstYear: 2026, years: 2 })
      .thenNothing();
  });
  test('adds years to those that there are', () => {
    given(published)
      .when(publishFiscalCalendar, { ...input, firstYear: 2029, years: 1 })
      .thenEmits(
        FiscalCalendarPublished({
          calendarVersion: 2,
          kind: 'calendar_month',
          fiscalYearStartMonth: 1,
          periods: [...fiscalPeriods('calendar_month', 1, 2025, 5)],
        }),
      );
  });
  test('withdraws the periods that another kind of calendar does not have', () => {
    const [event] = given(published).when(publishFiscalCalendar, {
      ...input,
      kind: 'thirteen_periods',
    }).events;
    expect(event).toMatchObject({ data: { calendarVersion: 2, kind: 'thirteen_periods' } });
    const { withdrawn } = event!.data as { readonly withdrawn: readonly string[] };
    expect(withdrawn).toContain('FY2026-Q1');
    expect(withdrawn).not.toContain('FY2026-M01');
  });
  test('leaves closed periods as they are', () => {
    given(published, closed('FY2025-M01'))
      .when(publishFiscalCalendar, { ...input, kind: '4-4-5' })
      .thenRejects('closedPeriodChanged');
  });
  test('keeps the years before it when it begins later', () => {
    const [event] = given(published, closed('FY2025-M01')).when(publishFiscalCalendar, {
      ...input,
      firstYear: 2029,
    }).events;
    const { periods } = event!.data as { readonly periods: typeof months };
    expect(periods.slice(0, months.length)).toEqual(months);
  });
  test('refuses a gap between fiscal years', () => {
    given(published)
      .when(publishFiscalCalendar, { ...input, firstYear: 2030 })
      .thenRejects('periodsNotContiguous');
    given(published)
      .when(publishFiscalCalendar, { ...input, firstYear: 2026, fiscalYearStartMonth: 4 })
      .thenRejects('periodsNotContiguous');
  });
  test('refuses a calendar that ends within 24 months', () => {
    given()
      .when(publishFiscalCalendar, { ...input, years: 3 })
      .thenRejects('calendarTooShort');
  });
});

describe('ClosePeriod', () => {
  const input = { periodId: 'FY2026-M02', ...seen };
  test('closes a month that is over', () => {
    given(published).when(closePeriod, input).thenEmits(closed('FY2026-M02'));
  });
  test('says nothing twice', () => {
    given(published, closed('FY2026-M02')).when(closePeriod, input).thenNothing();
  });
  test('refuses a period that the calendar does not have', () => {
    given().when(closePeriod, input).thenRejects('periodAbsent');
  });
  test('refuses a month that is not over', () => {
    given(published)
      .when(closePeriod, { ...input, periodId: 'FY2026-M03' })
      .thenRejects('periodNotOver');
  });
  test('refuses a quarter before its months', () => {
    given(published, closed('FY2025-M10'), closed('FY2025-M11'))
      .when(closePeriod, { ...input, periodId: 'FY2025-Q4' })
      .thenRejects('childrenOpen');
  });
});

describe('ReopenPeriod', () => {
  const witness = idOf('audrey');
  const input = { periodId: 'FY2026-M02', reason: 'A late invoice', witness };
  const auditor = [employed('audrey'), granted('audrey', 'AU')];
  const reopened = PeriodReopened(input);
  test('opens a period again before an auditor', () => {
    given(published, closed('FY2026-M02'))
      .and(organisation.ref(), ...auditor)
      .when(reopenPeriod, input, as('top'))
      .thenEmits(reopened);
  });
  test('says nothing when the period is open', () => {
    given(published).when(reopenPeriod, input, as('top')).thenNothing();
  });
  test('refuses a period that the calendar does not have', () => {
    given().when(reopenPeriod, input, as('top')).thenRejects('periodAbsent');
  });
  test('refuses a month of a quarter that is closed', () => {
    given(published, closed('FY2026-M02'), closed('FY2026-Q1'))
      .and(organisation.ref(), ...auditor)
      .when(reopenPeriod, input, as('top'))
      .thenRejects('parentClosed');
  });
  test('refuses oneself as the witness', () => {
    given(published, closed('FY2026-M02'))
      .and(organisation.ref(), ...auditor)
      .when(reopenPeriod, input, as('audrey'))
      .thenRejects('witnessIsActor');
  });
  test('refuses a witness who is no auditor', () => {
    given(published, closed('FY2026-M02'))
      .and(organisation.ref(), employed('audrey'), granted('audrey', 'SV'))
      .when(reopenPeriod, input, as('top'))
      .thenRejects('witnessNotAuditor');
  });
});

describe('SetWorkingWeek', () => {
  const input = { isoWeekdays: [6, 1, 2, 3, 4, 1], from: '2026-04-01' };
  const set = WorkingWeekSet({ isoWeekdays: [1, 2, 3, 4, 6], from: '2026-04-01' });
  test('sets the days of the week, each once', () => {
    given().when(setWorkingWeek, input).thenEmits(set);
  });
  test('says nothing when those are the working days', () => {
    given(set).when(setWorkingWeek, input).thenNothing();
    given()
      .when(setWorkingWeek, { isoWeekdays: [1, 2, 3, 4, 5], from: '2026-04-01' })
      .thenNothing();
  });
  test('refuses a day in a closed period', () => {
    given(published, closed('FY2026-M02'))
      .when(setWorkingWeek, { ...input, from: '2026-02-10' })
      .thenRejects('periodClosed');
  });
});

const regionId = idOf('region');
const regional = [
  organisationEvents.RegionDefined({ regionId, code: 'N', name: 'North', parentId: null }),
  organisationEvents.RegionDefined({ regionId: idOf('other'), code: 'S', name: 'South', parentId: null }),
  company,
  organisationEvents.OrgUnitCreated({
    unitId: idOf('north'),
    code: 'north',
    name: 'north',
    kind: 'region',
    parentId: idOf('company'),
    regionId,
    from: '2020-01-01',
  }),
  employed('rita'),
  granted('rita', 'RM'),
  holds('rita', null, { unit: 'north' }),
];

describe('DeclareHoliday', () => {
  const input = { date: '2026-05-01', name: 'Labour Day' };
  const declared = HolidayDeclared({ ...input, regionId: null });
  test('declares a holiday for everybody', () => {
    given().when(declareHoliday, input, system).thenEmits(declared);
  });
  test('lets a regional manager declare one for the own region', () => {
    given()
      .and(organisation.ref(), ...regional)
      .when(declareHoliday, { ...input, regionId }, as('rita'))
      .thenEmits(HolidayDeclared({ ...input, regionId }));
  });
  test('says nothing twice', () => {
    given(declared).when(declareHoliday, input, system).thenNothing();
  });
  test('refuses a region that is not defined', () => {
    given()
      .when(declareHoliday, { ...input, regionId }, system)
      .thenRejects('regionUnknown');
  });
  test('refuses a regional manager for everybody and for other regions', () => {
    const story = given().and(organisation.ref(), ...regional);
    story.when(declareHoliday, input, as('rita')).thenRejects('holidayOutOfReach');
    story
      .when(declareHoliday, { ...input, regionId: idOf('other') }, as('rita'))
      .thenRejects('holidayOutOfReach');
  });
  test('refuses a day in a closed period', () => {
    given(published, closed('FY2026-M02'))
      .when(declareHoliday, { ...input, date: '2026-02-10' }, system)
      .thenRejects('periodClosed');
  });
});

describe('WithdrawHoliday', () => {
  const date = '2026-05-01';
  const declared = HolidayDeclared({ date, name: 'Labour Day', regionId: null });
  const withdrawn = HolidayWithdrawn({ date, regionId: null });
  test('withdraws a holiday', () => {
    given(declared).when(withdrawHoliday, { date }, system).thenEmits(withdrawn);
  });
  test('says nothing twice', () => {
    given(declared, withdrawn).when(withdrawHoliday, { date }, system).thenNothing();
  });
  test('refuses a holiday that there never was', () => {
    given().when(withdrawHoliday, { date }, system).thenRejects('holidayAbsent');
  });
  test('refuses a regional manager for everybody', () => {
    given(declared)
      .and(organisation.ref(), ...regional)
      .when(withdrawHoliday, { date }, as('rita'))
      .thenRejects('holidayOutOfReach');
  });
  test('refuses a day in a closed period', () => {
    const past = HolidayDeclared({ date: '2026-02-10', name: 'Off', regionId: null });
    given(published, past, closed('FY2026-M02'))
      .when(withdrawHoliday, { date: '2026-02-10' }, system)
      .thenRejects('periodClosed');
  });
});

describe('RecordExchangeRate', () => {
  const input = {
    base: 'USD',
    quote: 'EUR',
    rate: { num: '92', den: '100' },
    date: '2026-03-02',
    source: 'ECB',
  };
  const recorded = ExchangeRateRecorded(input);
  test('records a rate', () => {
    given().when(recordExchangeRate, input).thenEmits(recorded);
  });
  test('corrects a rate', () => {
    const corrected = { ...input, rate: { num: '93', den: '100' } };
    given(recorded).when(recordExchangeRate, corrected).thenEmits(ExchangeRateRecorded(corrected));
  });
  test('says nothing twice', () => {
    given(recorded).when(recordExchangeRate, input).thenNothing();
  });
  test('refuses a currency against itself', () => {
    given()
      .when(recordExchangeRate, { ...input, quote: 'USD' })
      .thenRejects('currenciesEqual');
  });
  test('refuses a rate of zero', () => {
    given()
      .when(recordExchangeRate, { ...input, rate: { num: '0', den: '1' } })
      .thenRejects('rateNotPositive');
  });
});

describe('OpenBusinessDay', () => {
  const opened = (date: string, nextOpeningAt: string) => BusinessDayOpened({ date, nextOpeningAt });
  test('opens the first day, whichever it is', () => {
    given()
      .when(openBusinessDay, { date: '2026-03-02' }, system)
      .thenEmits(opened('2026-03-02', '2026-03-02T23:00:00.000Z'));
  });
  test('opens the next day by the clock of the organisation, when that changes too', () => {
    given(opened('2026-03-27', '2026-03-27T23:00:00.000Z'), opened('2026-03-28', '2026-03-28T23:00:00.000Z'))
      .when(openBusinessDay, { date: '2026-03-29' }, { ...system, now: '2026-03-29T08:00:00.000Z' })
      .thenEmits(opened('2026-03-29', '2026-03-29T22:00:00.000Z'));
  });
  test('opens the days that were missed, in order', () => {
    given(opened('2026-02-26', '2026-02-26T23:00:00.000Z'))
      .when(openBusinessDay, { date: '2026-02-27' }, system)
      .thenEmits(opened('2026-02-27', '2026-02-27T23:00:00.000Z'));
  });
  test('says nothing twice', () => {
    given(opened('2026-03-02', '2026-03-02T23:00:00.000Z'))
      .when(openBusinessDay, { date: '2026-03-01' }, system)
      .thenNothing();
  });
  test('refuses to skip a day', () => {
    given(opened('2026-02-26', '2026-02-26T23:00:00.000Z'))
      .when(openBusinessDay, { date: '2026-02-28' }, system)
      .thenRejects('daySkipped');
  });
  test('refuses a day that has not begun', () => {
    given().when(openBusinessDay, { date: '2026-03-03' }, system).thenRejects('dayNotBegun');
  });
});
