import { addHours } from '../../engine/instant.ts';
import { dailyReportEvents } from '../../events/daily-report.ts';
import { LocalDate, occurred, PersonId } from '../../events/values.ts';
import { calendar } from '../calendar/state.ts';
import { organisation } from '../organisation/state.ts';
import { person } from '../person.ts';
import { policy, policyOn } from '../policy.ts';
import { worksInTheField } from '../working-day.ts';
import { reportDueAt } from './due.ts';
import { dailyReport } from './state.ts';

const { DailyReportExpected, DailyReportOverdue, DailyReportMissed, DailyReportExcused } = dailyReportEvents;

export const expectDailyReport = dailyReport.command({
  name: 'ExpectDailyReport',
  summary: 'Expect a salesperson’s report of a working day.',
  permission: 'system:act',
  path: '/daily-reports/:personId/:date/expect',
  input: { personId: PersonId, date: LocalDate, ...occurred },
  emits: ['DailyReportExpected'],
  rejects: {},
  reads: ({ personId }) => ({
    organisation: organisation.ref(),
    calendar: calendar.ref(),
    policy: policy.ref(),
    person: person.ref(personId),
  }),
  decide: ({ expected, filed }, { personId, date }, { reads, timeZone }) => {
    if (expected || filed || !worksInTheField(reads, personId, date)) return [];
    const dueAt = reportDueAt(reads.organisation, date, timeZone);
    const { missedAfterHours } = policyOn(reads.policy, 'daily-report', date);
    return [DailyReportExpected({ personId, date, dueAt, missedAt: addHours(dueAt, missedAfterHours) })];
  },
});

export const markReportOverdue = dailyReport.command({
  name: 'MarkReportOverdue',
  summary: 'Note that an expected report was not filed in time, or that its author need not have.',
  permission: 'system:act',
  path: '/daily-reports/:personId/:date/mark-overdue',
  input: { personId: PersonId, date: LocalDate, ...occurred },
  emits: ['DailyReportOverdue', 'DailyReportExcused'],
  rejects: {},
  reads: ({ personId }) => ({
    organisation: organisation.ref(),
    calendar: calendar.ref(),
    person: person.ref(personId),
  }),
  decide: ({ dueAt }, { personId, date }, { reads, occurredAt }) => {
    if (dueAt === undefined || occurredAt < dueAt) return [];
    const mark = worksInTheField(reads, personId, date) ? DailyReportOverdue : DailyReportExcused;
    return [mark({ personId, date, dueAt })];
  },
});

export const markReportMissed = dailyReport.command({
  name: 'MarkReportMissed',
  summary: 'Note that an expected report was not filed at all, or that its author need not have.',
  permission: 'system:act',
  path: '/daily-reports/:personId/:date/mark-missed',
  input: { personId: PersonId, date: LocalDate, ...occurred },
  emits: ['DailyReportMissed', 'DailyReportExcused'],
  rejects: {},
  reads: ({ personId }) => ({
    organisation: organisation.ref(),
    calendar: calendar.ref(),
    person: person.ref(personId),
  }),
  decide: ({ expected, missedAt }, { personId, date }, { reads, occurredAt }) => {
    if (expected === undefined || missedAt === undefined || occurredAt < missedAt) return [];
    const { dueAt } = expected;
    if (!worksInTheField(reads, personId, date)) return [DailyReportExcused({ personId, date, dueAt })];
    return [DailyReportMissed({ personId, date, dueAt, missedAt })];
  },
});
