import { z } from 'zod';
import type { RecordedEvent } from '../engine/event.ts';
import { minutesLate } from '../engine/instant.ts';
import { list } from '../engine/list.ts';
import { readModel } from '../engine/read-model.ts';
import { dailyReportEvents } from '../events/daily-report.ts';
import { documentEvents, Scores } from '../events/document.ts';
import { DocumentKind } from '../events/organisation.ts';
import { Instant, LocalDate, PersonId } from '../events/values.ts';
import { visitPlanEvents } from '../events/visit-plan.ts';

const State = z
  .enum(['expected', 'filed', 'returned', 'signed', 'missed', 'excused'])
  .describe('What became of the obligation.');

const row = {
  kind: DocumentKind,
  authorId: PersonId.describe('Who owes the document.'),
  date: LocalDate,
  state: State,
  expected: z.boolean().describe('Whether it was asked for; some are handed in unasked.'),
  dueAt: Instant.nullable().describe('When it was due.'),
  overdue: z.boolean().describe('Whether it was not there when it was due.'),
  filedAt: Instant.nullable().describe('When its first version was handed in.'),
  lastFiledAt: Instant.nullable().describe('When its last version was handed in.'),
  latenessMinutes: z.int().nullable().describe('Minutes by which the first version was late.'),
  versions: z.int().describe('Number of versions handed in.'),
  returns: z.int().describe('How often it was sent back.'),
  signerId: PersonId.nullable().describe('Who signed it.'),
  signedAt: Instant.nullable().describe('When it was signed.'),
  signOffOverdue: z.boolean().describe('Whether the signature was not there in time.'),
  reviewLatencyMinutes: z
    .int()
    .nullable()
    .describe('Minutes from the last version to its signature or return.'),
  completenessBp: z.int().nullable().describe('How complete the last version is, in basis points.'),
  qualityTotalBp: z.int().nullable().describe('The weighted scores in basis points.'),
  qualityItems: Scores.nullable().describe('The score of each item.'),
  discrepancyCount: z.int().describe('Figures that the author states otherwise than the log.'),
};
type Row = z.output<z.ZodObject<typeof row>>;
type Key = Pick<Row, 'kind' | 'authorId' | 'date'>;

const blank = (key: Key): Row => ({
  ...key,
  state: 'expected',
  expected: false,
  dueAt: null,
  overdue: false,
  filedAt: null,
  lastFiledAt: null,
  latenessMinutes: null,
  versions: 0,
  returns: 0,
  signerId: null,
  signedAt: null,
  signOffOverdue: false,
  reviewLatencyMinutes: null,
  completenessBp: null,
  qualityTotalBp: null,
  qualityItems: null,
  discrepancyCount: 0,
});

const key = ({ stream }: RecordedEvent): Key => {
  const [kind, authorId, date] = stream.split('/') as [DocumentKind, string, string];
  return { kind, authorId, date };
};

const expect = (former: Row | undefined, of: Key, dueAt: string): Row => ({
  ...(former ?? blank(of)),
  expected: true,
  dueAt,
});

/** What a change of a document's content does: a signature no longer covers it. */
const reopened = (former: Row | undefined): Row | undefined =>
  former?.state === 'signed'
    ? { ...former, state: 'filed', signerId: null, signedAt: null, qualityTotalBp: null, qualityItems: null }
    : former;

/** Who owes which document of which day, and what became of it. */
export const reportObligation = readModel({
  name: 'report_obligation',
  version: 1,
  summary: 'Who owes which document of which day, and what became of it.',
  key: ['kind', 'authorId', 'date'],
  indexes: [
    ['authorId', 'date'],
    ['date', 'state'],
  ],
  row,
  of: { ...dailyReportEvents, ...documentEvents, ...visitPlanEvents },
  on: {
    VisitPlanExpected: { key, row: (former, { data }, of) => expect(former, of, data.dueAt) },
    DailyReportExpected: { key, row: (former, { data }, of) => expect(former, of, data.dueAt) },
    VisitPlanOverdue: { key, change: (former) => ({ ...former, overdue: true }) },
    DailyReportOverdue: { key, change: (former) => ({ ...former, overdue: true }) },
    VisitPlanExcused: { key, change: (former) => ({ ...former, state: 'excused' }) },
    DailyReportExcused: { key, change: (former) => ({ ...former, state: 'excused' }) },
    DailyReportMissed: { key, change: (former) => ({ ...former, state: 'missed' }) },
    VisitPlanClosed: {
      key,
      row: (former) =>
        former?.state === 'expected' && former.expected ? { ...former, state: 'missed' } : former,
    },
    VisitPlanned: { key, row: reopened },
    PlannedVisitChanged: { key, row: reopened },
    PlannedVisitDropped: { key, row: reopened },
    NoVisitsDeclared: { key, row: reopened },
    DailyReportFiled: {
      key,
      row: (former, { data }, of) => ({
        ...(former ?? blank(of)),
        discrepancyCount: data.discrepancies.length,
      }),
    },
    DailyReportAmended: {
      key,
      change: (former, { data }) => ({ ...former, discrepancyCount: data.discrepancies.length }),
    },
    DocumentSubmitted: {
      key,
      row: (former, { data, occurredAt }, of) => {
        const obligation = former ?? blank(of);
        return {
          ...obligation,
          state: 'filed',
          dueAt: obligation.dueAt ?? data.dueAt,
          filedAt: obligation.filedAt ?? occurredAt,
          lastFiledAt: occurredAt,
          latenessMinutes: obligation.latenessMinutes ?? data.latenessMinutes,
          versions: data.docVersion,
          completenessBp: data.completenessBp,
        };
      },
    },
    DocumentSignedOff: {
      key,
      change: (former, { data, occurredAt }) => ({
        ...former,
        state: 'signed',
        signerId: data.signerId,
        signedAt: occurredAt,
        reviewLatencyMinutes: minutesLate(former.lastFiledAt ?? occurredAt, occurredAt),
        qualityTotalBp: data.quality?.totalBp ?? null,
        qualityItems: data.quality?.scores ?? null,
      }),
    },
    DocumentReturned: {
      key,
      change: (former, { occurredAt }) => ({
        ...former,
        state: 'returned',
        returns: former.returns + 1,
        reviewLatencyMinutes: minutesLate(former.lastFiledAt ?? occurredAt, occurredAt),
      }),
    },
    SignOffVoided: {
      key,
      change: (former) => ({
        ...former,
        state: 'filed',
        signerId: null,
        signedAt: null,
        qualityTotalBp: null,
        qualityItems: null,
      }),
    },
    SignOffOverdue: { key, change: (former) => ({ ...former, signOffOverdue: true }) },
  },
});

export const listReportObligations = list({
  name: 'ListReportObligations',
  summary: 'List who owes which document, and what became of it, newest first.',
  permission: 'document:read',
  path: '/report-obligations',
  of: reportObligation,
  scope: { person: 'authorId', day: 'date' },
  filters: [
    'kind',
    'authorId',
    'date',
    'state',
    'expected',
    'overdue',
    'dueAt',
    'filedAt',
    'latenessMinutes',
    'signerId',
    'signedAt',
    'signOffOverdue',
    'returns',
    'discrepancyCount',
  ],
  sorts: ['date', 'dueAt', 'latenessMinutes', 'reviewLatencyMinutes'],
  descending: true,
  groups: ['kind', 'authorId', 'date', 'state', 'expected', 'overdue', 'signerId'],
  sums: ['latenessMinutes', 'versions', 'returns', 'qualityTotalBp', 'discrepancyCount'],
});
