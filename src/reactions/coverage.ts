import { watchCoverage } from '../commands/coverage-plan.ts';
import { issue, reaction } from '../engine/reaction.ts';
import { calendarEvents } from '../events/calendar.ts';
import { rowsOf } from './rows-of.ts';

interface Plan {
  readonly unitId: string;
  readonly periodId: string;
}

export const businessDayWatchesCoverage = reaction({
  name: 'business-day-watches-coverage',
  of: calendarEvents,
  on: {
    BusinessDayOpened: async ({ data: { date }, occurredAt }, _, ask) => {
      const plans = await rowsOf<Plan>(ask, 'ListCoveragePlans', { asOf: date });
      return plans.map(({ unitId, periodId }) => issue(watchCoverage, { unitId, periodId }, occurredAt));
    },
  },
});
