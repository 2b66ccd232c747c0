import { dailyReportEvents } from '../../src/events/daily-report.ts';
import { ann, today } from './commerce.ts';

/** What the log says of a day on which something was done. */
export const figures = {
  visitsCompleted: 3,
  visitsEffective: 2,
  ordersCount: 1,
  ordersNetMinor: '100000',
  collectionsMinor: '5000',
  calls: 4,
  costMinor: '1200',
  currency: 'EUR',
  achievement: [],
};

export const sections = {
  attendance: { status: 'full_day' as const },
  visitResults: [],
  complaintsHandled: [],
  competitorInfo: [{ note: 'Rival lowers its prices.' }],
  customerOpinions: [],
  customerDevelopments: [],
  experience: 'Ask for the decision maker first.',
  tomorrowFocus: 'The blue door.',
};

/** Ann's report of the day, filed in time. */
export const filed = dailyReportEvents.DailyReportFiled({
  personId: ann,
  date: today,
  docVersion: 1,
  ...sections,
  figures,
  figuresKnownAt: 41,
  stated: null,
  discrepancies: [],
  filedAt: '2026-03-02T16:30:00.000Z',
  dueAt: '2026-03-02T17:00:00.000Z',
  latenessMinutes: 0,
});
