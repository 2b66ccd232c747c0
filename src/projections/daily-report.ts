import { z } from 'zod';
import type { RecordedEvent } from '../engine/event.ts';
import { list } from '../engine/list.ts';
import { nothing, query } from '../engine/query.ts';
import { byStream, readModel } from '../engine/read-model.ts';
import {
  DayFigures,
  Discrepancy,
  dailyReportEvents,
  reportSections,
  StatedFigures,
} from '../events/daily-report.ts';
import { documentEvents, Quality } from '../events/document.ts';
import { Instant, LocalDate, PersonId } from '../events/values.ts';
import {
  blankDocumentRow,
  contentAdded,
  documentColumns,
  documentOf,
  returned,
  signed,
  submitted,
  voided,
} from './document-row.ts';
import { isVisible } from './visible.ts';

const Review = z.object({
  reviewerId: PersonId,
  reviewedAt: Instant,
  judgement: z.string(),
  actions: z.array(z.string()),
  figures: DayFigures,
  figuresKnownAt: z.int(),
});

const row = {
  personId: PersonId,
  date: LocalDate,
  ...documentColumns,
  filedAt: Instant.describe('When it was filed first.'),
  amendments: z.int().describe('How often it was amended.'),
  attendance: reportSections.attendance,
  visitResults: reportSections.visitResults,
  complaintsHandled: reportSections.complaintsHandled.describe('What was done about complaints.'),
  competitorInfo: reportSections.competitorInfo.describe('What is new about competitors.'),
  customerOpinions: reportSections.customerOpinions.describe('What customers think.'),
  customerDevelopments: reportSections.customerDevelopments.describe('What has changed at customers.'),
  experience: z.string().describe('What the day taught.'),
  tomorrowFocus: z.string().describe('What matters tomorrow.'),
  other: z.string().nullable().describe('What else there is to say.'),
  figures: DayFigures,
  figuresKnownAt: z.bigint().describe('The log position at which the figures were read.'),
  stated: StatedFigures.nullable(),
  discrepancies: z.array(Discrepancy).describe('Where the author states other figures than the log.'),
  discrepancyCount: z.int().describe('Number of such figures.'),
  quality: Quality.nullable().describe('The signer’s scores.'),
  qualityTotalBp: z.int().nullable().describe('The weighted scores in basis points.'),
  reviews: z.array(Review).describe('What supervisors judged of the day’s efficiency.'),
};

interface Content {
  readonly figuresKnownAt: number;
  readonly discrepancies: readonly unknown[];
  readonly other?: string | undefined;
}

/** The sections and figures of a report as columns. */
const contentOf = <D extends Content & z.output<z.ZodObject<typeof reportSections>>>({
  data,
}: RecordedEvent<D>) => ({
  attendance: data.attendance,
  visitResults: data.visitResults,
  complaintsHandled: data.complaintsHandled,
  competitorInfo: data.competitorInfo,
  customerOpinions: data.customerOpinions,
  customerDevelopments: data.customerDevelopments,
  experience: data.experience,
  tomorrowFocus: data.tomorrowFocus,
  other: data.other ?? null,
  figuresKnownAt: BigInt(data.figuresKnownAt),
  discrepancyCount: data.discrepancies.length,
});

const key = byStream('personId', 'date');
const workflowKey = documentOf('daily-report');

/** The daily reports as they are now, each with the figures that the log had. */
export const dailyReport = readModel({
  name: 'daily_report',
  version: 1,
  summary: 'The daily reports as they are now, with the figures of the log and those that the author states.',
  key: ['personId', 'date'],
  indexes: [['date'], ['status']],
  row,
  of: { ...dailyReportEvents, ...documentEvents },
  on: {
    DailyReportFiled: {
      key,
      row: (_, event, of) => ({
        ...of,
        ...blankDocumentRow,
        ...contentAdded(blankDocumentRow, event),
        ...contentOf(event),
        figures: event.data.figures,
        stated: event.data.stated,
        discrepancies: event.data.discrepancies,
        filedAt: event.data.filedAt,
        amendments: 0,
        quality: null,
        qualityTotalBp: null,
        reviews: [],
      }),
    },
    DailyReportAmended: {
      key,
      change: (report, event) => ({
        ...report,
        ...contentAdded(report, event),
        ...contentOf(event),
        figures: event.data.figures,
        stated: event.data.stated,
        discrepancies: event.data.discrepancies,
        amendments: report.amendments + 1,
      }),
    },
    EfficiencyReviewed: {
      key,
      change: (report, { data, occurredAt }) => ({
        ...report,
        reviews: [
          ...report.reviews,
          {
            reviewerId: data.reviewerId,
            reviewedAt: occurredAt,
            judgement: data.judgement,
            actions: data.actions,
            figures: data.figures,
            figuresKnownAt: data.figuresKnownAt,
          },
        ],
      }),
    },
    DocumentSubmitted: {
      key: workflowKey,
      change: (report, event) => ({ ...report, ...submitted(report, event) }),
    },
    DocumentSignedOff: {
      key: workflowKey,
      change: (report, event) => ({
        ...report,
        ...signed(event),
        quality: event.data.quality ?? null,
        qualityTotalBp: event.data.quality?.totalBp ?? null,
      }),
    },
    DocumentReturned: { key: workflowKey, change: (report, event) => ({ ...report, ...returned(event) }) },
    SignOffVoided: {
      key: workflowKey,
      change: (report, event) => ({ ...report, ...voided(event), quality: null, qualityTotalBp: null }),
    },
    SignOffOverdue: { key: workflowKey, change: (report) => ({ ...report, signOffOverdue: true }) },
  },
});

export const listDailyReports = list({
  name: 'ListDailyReports',
  summary: 'List daily reports, newest first.',
  permission: 'daily-report:read',
  path: '/daily-reports',
  of: dailyReport,
  scope: { person: 'personId', day: 'date' },
  filters: [
    'personId',
    'date',
    'status',
    'signerId',
    'filedAt',
    'latenessMinutes',
    'completenessBp',
    'discrepancyCount',
    'qualityTotalBp',
    'signOffOverdue',
  ],
  search: ['experience', 'tomorrowFocus', 'other', 'comment'],
  sorts: ['date', 'filedAt', 'latenessMinutes', 'qualityTotalBp'],
  descending: true,
  groups: ['personId', 'date', 'status', 'signerId'],
  sums: ['latenessMinutes', 'qualityTotalBp', 'discrepancyCount'],
});

export const getDailyReport = query({
  name: 'GetDailyReport',
  summary: 'Get the report of a person and a day.',
  permission: 'daily-report:read',
  path: '/daily-reports/:personId/:date',
  input: { personId: PersonId, date: LocalDate },
  output: dailyReport.row,
  reads: [dailyReport],
  answer: async (db, { personId, date }, asker) => {
    const report = await db
      .selectFrom('daily_report')
      .selectAll()
      .where('personId', '=', personId)
      .where('date', '=', date)
      .executeTakeFirst();
    return report && isVisible(asker, personId, date) ? report : nothing;
  },
});
