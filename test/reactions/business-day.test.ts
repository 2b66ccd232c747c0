import { describe, expect, test } from 'vitest';
import { calendar } from '../../src/commands/calendar/state.ts';
import { calendarEvents } from '../../src/events/calendar.ts';
import { organisationEvents } from '../../src/events/organisation.ts';
import { businessDayTurns, organisationOpensDay } from '../../src/reactions/business-day.ts';
import { ann, bob, staff, today } from '../support/commerce.ts';
import { inStream } from '../support/folded.ts';
import { organisationAfter } from '../support/organisation.ts';

const [configured] = inStream(
  'organisation',
  0,
  organisationEvents.OrganisationConfigured(
    {
      name: 'Stave',
      timeZone: 'Asia/Tokyo',
      reportingCurrency: 'JPY',
      weekStart: 1,
      dailyReportDue: '18:00',
      weeklyReportDue: { isoWeekday: 1, time: '10:00' },
      monthlyReviewDueWorkingDay: 3,
    },
    { occurredAt: '2026-03-01T20:00:00.000Z' },
  ),
);
const [opened] = inStream(
  'calendar',
  0,
  calendarEvents.BusinessDayOpened({ date: today, nextOpeningAt: '2026-03-02T23:00:00.000Z' }),
);
const nothing = async () => undefined;
const organisation = async () => organisationAfter(...staff);

describe('when the organisation is configured', () => {
  const react = organisationOpensDay.on['OrganisationConfigured']!;

  test('its first business day opens, the day that it is there', async () => {
    expect(await react(configured!, async () => calendar.initialState(), nothing)).toMatchObject([
      { command: 'OpenBusinessDay', input: { date: today } },
    ]);
  });
  test('no day opens when one is open already', async () => {
    expect(
      await react(configured!, async () => ({ ...calendar.initialState(), openedUntil: today }), nothing),
    ).toEqual([]);
  });
});

test('when a business day opens, the plans of the day before are closed, those of supervisors too, and then plan and report of every salesperson are expected', async () => {
  const issues = await businessDayTurns.on['BusinessDayOpened']!(opened!, organisation, nothing);
  expect(issues.slice(0, 4).map(({ command, input }) => [command, input['date']])).toEqual(
    Array(4).fill(['CloseVisitPlan', '2026-03-01']),
  );
  expect(issues.slice(4).map(({ command, input }) => [command, input['personId'], input['date']])).toEqual([
    ['ExpectVisitPlan', ann, today],
    ['ExpectDailyReport', ann, today],
    ['ExpectVisitPlan', bob, today],
    ['ExpectDailyReport', bob, today],
  ]);
});
