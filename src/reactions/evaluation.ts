import type { Calendar } from '../commands/calendar/state.ts';
import { computeEvaluation, restateEvaluation } from '../commands/evaluation.ts';
import { rolesOn } from '../commands/organisation/authority.ts';
import type { Organisation } from '../commands/organisation/state.ts';
import { addDays } from '../engine/instant.ts';
import { issue, reaction } from '../engine/reaction.ts';
import { calendarEvents } from '../events/calendar.ts';
import type { Role } from '../events/permission.ts';
import { rowsOf } from './rows-of.ts';

interface Scorecard {
  readonly scorecardId: string;
  readonly role: Role;
}

export const periodClosedEvaluates = reaction({
  name: 'period-closed-evaluates',
  of: calendarEvents,
  on: {
    PeriodClosed: async ({ data: { periodId } }, reference, ask) => {
      const { periods } = (await reference('calendar')) as Calendar;
      const period = periods.find((other) => other.periodId === periodId);
      if (!period) return [];
      const { level, endExclusive } = period;
      const latestFirst = { state: 'in_use', level, sort: '-designedAt' };
      const scorecards = await rowsOf<Scorecard>(ask, 'ListScorecards', latestFirst);
      const evaluated = await rowsOf<{ readonly personId: string }>(ask, 'ListEvaluations', { periodId });
      const organisation = (await reference('organisation')) as Organisation;
      const last = addDays(endExclusive, -1);
      const isEvaluated = new Set(evaluated.map(({ personId }) => personId));
      return [
        ...evaluated.map(({ personId }) =>
          issue(restateEvaluation, { personId, periodId, reason: 'The period was closed.' }),
        ),
        ...[...organisation.people.keys()].flatMap((personId) => {
          const roles = rolesOn(organisation, personId, last);
          const scorecard = scorecards.find(({ role }) => roles.includes(role));
          if (!scorecard || isEvaluated.has(personId)) return [];
          return issue(computeEvaluation, { personId, periodId, scorecardId: scorecard.scorecardId });
        }),
      ];
    },
  },
});

interface Outdated {
  readonly personId: string;
  readonly periodId: string;
  readonly because: readonly number[];
}

/** Once a day, so that a thousand late facts restate an evaluation once. */
export const businessDayRestates = reaction({
  name: 'business-day-restates',
  of: calendarEvents,
  on: {
    BusinessDayOpened: async ({ data: { date } }, _, ask) => {
      const { data } = (await ask('ListOutdatedEvaluations', { recordedOn: addDays(date, -1) })) as {
        readonly data: readonly Outdated[];
      };
      return data.map((outdated) => issue(restateEvaluation, { ...outdated, reason: 'Facts came late.' }));
    },
  },
});
