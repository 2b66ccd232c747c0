import { openBusinessDay } from '../commands/calendar/days.ts';
import type { Calendar } from '../commands/calendar/state.ts';
import { expectDailyReport } from '../commands/daily-report/clock.ts';
import { rolesOn } from '../commands/organisation/authority.ts';
import type { Organisation } from '../commands/organisation/state.ts';
import { closeVisitPlan, expectVisitPlan } from '../commands/visit-plan/clock.ts';
import { addDays, dayOf } from '../engine/instant.ts';
import { issue, reaction } from '../engine/reaction.ts';
import { calendarEvents } from '../events/calendar.ts';
import { organisationEvents } from '../events/organisation.ts';
import type { Role } from '../events/permission.ts';

/** Those who may have a plan of visits. */
const planners: readonly Role[] = ['SP', 'SV', 'RM'];

const peopleWith = (organisation: Organisation, roles: readonly Role[], day: string): readonly string[] =>
  [...organisation.people.keys()].filter((personId) =>
    rolesOn(organisation, personId, day).some((role) => roles.includes(role)),
  );

export const organisationOpensDay = reaction({
  name: 'organisation-opens-day',
  of: organisationEvents,
  on: {
    OrganisationConfigured: async ({ data, occurredAt }, reference) => {
      const { openedUntil } = (await reference('calendar')) as Calendar;
      if (openedUntil !== undefined) return [];
      return [issue(openBusinessDay, { date: dayOf(occurredAt, data.timeZone) }, occurredAt)];
    },
  },
});

/** One reaction for both, so that a day's plans are expected before they are closed. */
export const businessDayTurns = reaction({
  name: 'business-day-turns',
  of: calendarEvents,
  on: {
    BusinessDayOpened: async ({ data: { date }, occurredAt }, reference) => {
      const organisation = (await reference('organisation')) as Organisation;
      const before = addDays(date, -1);
      return [
        ...peopleWith(organisation, planners, before).map((personId) =>
          issue(closeVisitPlan, { personId, date: before }, occurredAt),
        ),
        ...peopleWith(organisation, ['SP'], date).flatMap((personId) => [
          issue(expectVisitPlan, { personId, date }, occurredAt),
          issue(expectDailyReport, { personId, date }, occurredAt),
        ]),
      ];
    },
  },
});
