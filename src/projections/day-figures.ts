import { z } from 'zod';
import { addDays } from '../engine/instant.ts';
import { nothing, query } from '../engine/query.ts';
import { DayFigures } from '../events/daily-report.ts';
import { Count, LocalDate, PersonId } from '../events/values.ts';
import { DayTarget, dayTargetModels, dayTargets, required } from './day-targets.ts';
import { currencyModels, figureModels, reportingCurrency, sumFigures } from './figures.ts';
import { onePerson } from './members.ts';
import { together } from './rows-of.ts';
import { isVisible } from './visible.ts';

const measures = [
  'visits',
  'effective_visits',
  'planned_visits',
  'orders',
  'net_sales',
  'payment_recovered',
  'calls',
  'visit_cost',
] as const;

export const getDayFigures = query({
  name: 'GetDayFigures',
  summary:
    'Get what the log says about a person’s day: activity, results, costs, and what was achieved of the targets. Money is that in the reporting currency.',
  permission: 'day-sheet:read',
  path: '/people/:personId/days/:date/figures',
  input: { personId: PersonId, date: LocalDate },
  output: DayFigures.extend({
    visitsPlanned: Count,
    achievement: z.array(
      DayFigures.shape.achievement.element.extend({
        ratio: DayTarget.shape.ratio,
        ...required,
      }),
    ),
  }).meta({ id: 'PersonDayFigures', description: 'The figures of a person’s day.' }),
  reads: together(...figureModels, ...currencyModels, ...dayTargetModels),
  subject: ({ personId }) => personId,
  answer: async (db, { personId, date }, asker) => {
    if (!isVisible(asker, personId, date)) return nothing;
    const currency = await reportingCurrency(db);
    const day = { start: date, endExclusive: addDays(date, 1) };
    const sums = await sumFigures(db, onePerson(personId), measures, [day], currency);
    const count = (measure: (typeof measures)[number]) => Number(sums(0, measure));
    const minor = (measure: (typeof measures)[number]) => sums(0, measure).toString();
    const targetsOf = await dayTargets(db, [personId], date);
    return {
      visitsCompleted: count('visits'),
      visitsEffective: count('effective_visits'),
      visitsPlanned: count('planned_visits'),
      ordersCount: count('orders'),
      ordersNetMinor: minor('net_sales'),
      collectionsMinor: minor('payment_recovered'),
      calls: count('calls'),
      costMinor: minor('visit_cost'),
      currency,
      achievement: targetsOf(personId).flatMap(
        ({ targetId, measure, target, achieved, periodToDate, ratio, requiredOnDay, requiredPerDay }) =>
          achieved === null || periodToDate === null
            ? []
            : {
                targetId,
                measure,
                target: target.toString(),
                achieved: achieved.toString(),
                periodToDate: periodToDate.toString(),
                ratio,
                requiredOnDay,
                requiredPerDay,
              },
      ),
    };
  },
});
