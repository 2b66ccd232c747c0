import { z } from 'zod';
import type { RecordedEvent } from '../engine/event.ts';
import { addDays, minutesLate } from '../engine/instant.ts';
import { list } from '../engine/list.ts';
import { query } from '../engine/query.ts';
import { byStream, readModel } from '../engine/read-model.ts';
import { callLogEvents } from '../events/call-log.ts';
import { dailyReportEvents } from '../events/daily-report.ts';
import { documentEvents } from '../events/document.ts';
import { orderEvents } from '../events/order.ts';
import { Instant, LocalDate, PersonId } from '../events/values.ts';
import { visitEvents } from '../events/visit.ts';
import { visitPlanEvents } from '../events/visit-plan.ts';
import { DayTarget, dayTargetModels, dayTargets } from './day-targets.ts';
import { together } from './rows-of.ts';
import { isVisible } from './visible.ts';
import { visit } from './visit.ts';

const DocumentState = z.enum([
  'none',
  'expected',
  'draft',
  'submitted',
  'signed',
  'returned',
  'missed',
  'excused',
]);

const row = {
  personId: PersonId,
  date: LocalDate,
  planState: DocumentState.describe('Where the plan of the day stands.'),
  planOverdue: z.boolean().describe('Whether the plan was not submitted in time.'),
  planLatenessMinutes: z.int().nullable().describe('Minutes by which the plan was late.'),
  planClosed: z.boolean().describe('Whether the plan is closed and counted.'),
  planned: z.int().describe('Visits on the plan.'),
  started: z.int().describe('Visits begun.'),
  completed: z.int().describe('Visits ended, planned or not.'),
  missed: z.int().describe('Planned visits that did not happen.'),
  unplanned: z.int().describe('Visits ended that were not on the plan.'),
  effective: z.int().describe('Visits that were effective.'),
  leftOpen: z.int().describe('Visits out of which nobody checked on the day.'),
  ordersCount: z.int().describe('Orders taken, without those cancelled.'),
  ordersNetMinor: z.bigint().describe('Their net total in minor units.'),
  collectionsMinor: z.bigint().describe('Money collected on visits, in minor units.'),
  calls: z.int().describe('Calls logged.'),
  costMinor: z.bigint().describe('What the visits cost, mileage included, in minor units.'),
  currency: z.string().nullable().describe('Currency of the day’s money; null while there is none.'),
  firstActivityAt: Instant.nullable().describe('The first visit or call.'),
  lastActivityAt: Instant.nullable().describe('The last visit or call.'),
  reportState: DocumentState.describe('Where the report of the day stands.'),
  reportOverdue: z.boolean().describe('Whether the report was not filed in time.'),
  reportLatenessMinutes: z.int().nullable().describe('Minutes by which the report was late.'),
  reportFiledAt: Instant.nullable().describe('When the report was filed first.'),
  signerId: PersonId.nullable().describe('Who signed the report.'),
  signOffMinutes: z.int().nullable().describe('Minutes from filing the report last to its signature.'),
  submittedAt: Instant.nullable().describe('When the report was handed in last.'),
};
type Row = z.output<z.ZodObject<typeof row>>;
type Key = Pick<Row, 'personId' | 'date'>;

const blank = (key: Key): Row => ({
  ...key,
  planState: 'none',
  planOverdue: false,
  planLatenessMinutes: null,
  planClosed: false,
  planned: 0,
  started: 0,
  completed: 0,
  missed: 0,
  unplanned: 0,
  effective: 0,
  leftOpen: 0,
  ordersCount: 0,
  ordersNetMinor: 0n,
  collectionsMinor: 0n,
  calls: 0,
  costMinor: 0n,
  currency: null,
  firstActivityAt: null,
  lastActivityAt: null,
  reportState: 'none',
  reportOverdue: false,
  reportLatenessMinutes: null,
  reportFiledAt: null,
  signerId: null,
  signOffMinutes: null,
  submittedAt: null,
});

const inStream = byStream('personId', 'date');
const inData = ({ data: { personId, date } }: RecordedEvent<Key>): Key => ({ personId, date });
const ofOrder = ({
  data,
}: {
  readonly data: { readonly takenBy: string; readonly orderedOn: string };
}): Key => ({ personId: data.takenBy, date: data.orderedOn });
const isPlan = ({ stream }: Pick<RecordedEvent, 'stream'>): boolean => stream.startsWith('visit-plan/');

/** Changes the sheet of a day, an empty one where there is none yet. */
const onSheet = (former: Row | undefined, key: Key, change: (sheet: Row) => Row): Row =>
  change(former ?? blank(key));

const active = (sheet: Row, at: string): Pick<Row, 'firstActivityAt' | 'lastActivityAt'> => ({
  firstActivityAt: sheet.firstActivityAt === null || at < sheet.firstActivityAt ? at : sheet.firstActivityAt,
  lastActivityAt: sheet.lastActivityAt === null || at > sheet.lastActivityAt ? at : sheet.lastActivityAt,
});

const drafted = (sheet: Row, more: Partial<Row> = {}): Row => ({ ...sheet, planState: 'draft', ...more });

/** One row for each person and day: what was planned, what was done, what it brought and cost. */
export const daySheet = readModel({
  name: 'day_sheet',
  version: 1,
  summary: 'One row for each person and day: what was planned, what was done, what it brought and cost.',
  key: ['personId', 'date'],
  indexes: [['date']],
  row,
  of: {
    ...callLogEvents,
    ...dailyReportEvents,
    ...documentEvents,
    ...orderEvents,
    ...visitEvents,
    ...visitPlanEvents,
  },
  on: {
    VisitPlanExpected: {
      key: inStream,
      row: (former, _, key) =>
        onSheet(former, key, (sheet) => ({
          ...sheet,
          planState: sheet.planState === 'none' ? 'expected' : sheet.planState,
        })),
    },
    VisitPlanOverdue: {
      key: inStream,
      row: (former, _, key) => onSheet(former, key, (sheet) => ({ ...sheet, planOverdue: true })),
    },
    VisitPlanExcused: {
      key: inStream,
      row: (former, _, key) => onSheet(former, key, (sheet) => ({ ...sheet, planState: 'excused' })),
    },
    VisitPlanned: {
      key: inStream,
      row: (former, _, key) =>
        onSheet(former, key, (sheet) => drafted(sheet, { planned: sheet.planned + 1 })),
    },
    PlannedVisitChanged: {
      key: inStream,
      row: (former, _, key) => onSheet(former, key, (sheet) => drafted(sheet)),
    },
    PlannedVisitDropped: {
      key: inStream,
      row: (former, _, key) =>
        onSheet(former, key, (sheet) => drafted(sheet, { planned: sheet.planned - 1 })),
    },
    NoVisitsDeclared: {
      key: inStream,
      row: (former, _, key) => onSheet(former, key, (sheet) => drafted(sheet)),
    },
    VisitPlanClosed: {
      key: inStream,
      row: (former, { data }, key) =>
        onSheet(former, key, (sheet) => ({
          ...sheet,
          planClosed: true,
          planState: sheet.planState === 'expected' ? 'missed' : sheet.planState,
          missed: data.missed.length,
        })),
    },
    VisitStarted: {
      key: inData,
      row: (former, { data }, key) =>
        onSheet(former, key, (sheet) => ({
          ...sheet,
          ...active(sheet, data.startedAt),
          started: sheet.started + 1,
          missed: sheet.planClosed && data.planned ? sheet.missed - 1 : sheet.missed,
        })),
    },
    VisitMissed: {
      key: inData,
      row: (former, _, key) =>
        onSheet(former, key, (sheet) => ({
          ...sheet,
          missed: sheet.planClosed ? sheet.missed : sheet.missed + 1,
        })),
    },
    VisitEnded: {
      key: inData,
      row: (former, { data }, key) =>
        onSheet(former, key, (sheet) => ({
          ...sheet,
          ...active(sheet, data.endedAt),
          completed: sheet.completed + 1,
          unplanned: sheet.unplanned + (data.planned ? 0 : 1),
          effective: sheet.effective + (data.outcome === 'effective' ? 1 : 0),
        })),
    },
    VisitExceptionApproved: {
      key: inData,
      row: (former, { data: { formerOutcome, outcome } }, key) =>
        onSheet(former, key, (sheet) => ({
          ...sheet,
          effective:
            sheet.effective +
            Number(outcome === 'effective') -
            Number(outcome !== undefined && formerOutcome === 'effective'),
        })),
    },
    VisitLeftOpen: {
      key: inData,
      row: (former, _, key) => onSheet(former, key, (sheet) => ({ ...sheet, leftOpen: sheet.leftOpen + 1 })),
    },
    CollectionRecorded: {
      key: inData,
      row: (former, { data: { amount, promisedBy } }, key) =>
        onSheet(former, key, (sheet) => ({
          ...sheet,
          currency: amount.currency,
          collectionsMinor:
            sheet.collectionsMinor + (promisedBy === undefined ? BigInt(amount.amountMinor) : 0n),
        })),
    },
    VisitCostRecorded: {
      key: inData,
      row: (former, { data: { total } }, key) =>
        onSheet(former, key, (sheet) => ({
          ...sheet,
          currency: total.currency,
          costMinor: sheet.costMinor + BigInt(total.amountMinor),
        })),
    },
    CallLogged: {
      key: inStream,
      row: (former, { data }, key) =>
        onSheet(former, key, (sheet) => ({
          ...sheet,
          ...active(sheet, data.calledAt),
          calls: sheet.calls + 1,
        })),
    },
    OrderTaken: {
      key: ofOrder,
      row: (former, { data: { netTotal } }, key) =>
        onSheet(former, key, (sheet) => ({
          ...sheet,
          currency: netTotal.currency,
          ordersCount: sheet.ordersCount + 1,
          ordersNetMinor: sheet.ordersNetMinor + BigInt(netTotal.amountMinor),
        })),
    },
    OrderCancelled: {
      key: ofOrder,
      row: (former, { data: { netTotal } }, key) =>
        onSheet(former, key, (sheet) => ({
          ...sheet,
          ordersCount: sheet.ordersCount - 1,
          ordersNetMinor: sheet.ordersNetMinor - BigInt(netTotal.amountMinor),
        })),
    },
    DailyReportExpected: {
      key: inStream,
      row: (former, _, key) =>
        onSheet(former, key, (sheet) => ({
          ...sheet,
          reportState: sheet.reportState === 'none' ? 'expected' : sheet.reportState,
        })),
    },
    DailyReportOverdue: {
      key: inStream,
      row: (former, _, key) => onSheet(former, key, (sheet) => ({ ...sheet, reportOverdue: true })),
    },
    DailyReportMissed: {
      key: inStream,
      row: (former, _, key) => onSheet(former, key, (sheet) => ({ ...sheet, reportState: 'missed' })),
    },
    DailyReportExcused: {
      key: inStream,
      row: (former, _, key) => onSheet(former, key, (sheet) => ({ ...sheet, reportState: 'excused' })),
    },
    DocumentSubmitted: {
      key: inStream,
      row: (former, event, key) =>
        onSheet(former, key, (sheet) => {
          const { data, occurredAt } = event;
          if (isPlan(event)) {
            const planLatenessMinutes = sheet.planLatenessMinutes ?? data.latenessMinutes;
            return { ...sheet, planState: 'submitted', planLatenessMinutes };
          }
          return {
            ...sheet,
            reportState: 'submitted',
            reportLatenessMinutes: sheet.reportLatenessMinutes ?? data.latenessMinutes,
            reportFiledAt: sheet.reportFiledAt ?? occurredAt,
            submittedAt: occurredAt,
          };
        }),
    },
    DocumentSignedOff: {
      key: inStream,
      row: (former, event, key) =>
        onSheet(former, key, (sheet) => {
          const { data, occurredAt } = event;
          if (isPlan(event)) return { ...sheet, planState: 'signed' };
          return {
            ...sheet,
            reportState: 'signed',
            signerId: data.signerId,
            signOffMinutes: minutesLate(sheet.submittedAt ?? occurredAt, occurredAt),
          };
        }),
    },
    DocumentReturned: {
      key: inStream,
      row: (former, event, key) =>
        onSheet(former, key, (sheet) => ({
          ...sheet,
          [isPlan(event) ? 'planState' : 'reportState']: 'returned',
        })),
    },
    SignOffVoided: {
      key: inStream,
      row: (former, event, key) =>
        onSheet(former, key, (sheet) =>
          isPlan(event)
            ? { ...sheet, planState: 'submitted' }
            : { ...sheet, reportState: 'submitted', signerId: null, signOffMinutes: null },
        ),
    },
  },
});

export const listDaySheets = list({
  name: 'ListDaySheets',
  summary: 'List what people planned and did, a row for each person and day, newest first.',
  permission: 'day-sheet:read',
  path: '/day-sheets',
  of: daySheet,
  scope: { person: 'personId', day: 'date' },
  filters: [
    'personId',
    'date',
    'planState',
    'planOverdue',
    'reportState',
    'reportOverdue',
    'signerId',
    'currency',
  ],
  sorts: ['date', 'completed', 'ordersNetMinor', 'costMinor'],
  descending: true,
  groups: ['personId', 'date', 'planState', 'reportState', 'currency'],
  sums: [
    'planned',
    'completed',
    'missed',
    'unplanned',
    'effective',
    'leftOpen',
    'ordersCount',
    'ordersNetMinor',
    'collectionsMinor',
    'calls',
    'costMinor',
  ],
});

const Day = z.object({
  date: LocalDate,
  sheet: daySheet.row.nullable().describe('Null when nothing is known of the day.'),
  visits: z.array(visit.row).describe('The visits of the day in the order of their time.'),
});

export const getDaySheet = query({
  name: 'GetDaySheet',
  summary:
    'Get what a person did yesterday, is doing now and will do tomorrow, and what the day in the middle is of the targets.',
  permission: 'day-sheet:read',
  path: '/day-sheets/:personId',
  input: { personId: PersonId, date: LocalDate.optional().describe('The day in the middle; today.') },
  output: z.object({
    personId: PersonId,
    yesterday: Day,
    today: Day,
    tomorrow: Day,
    now: visit.row.nullable().describe('The visit that is going on.'),
    targets: z.array(DayTarget).describe('The targets whose period the day in the middle lies in.'),
  }),
  reads: together(daySheet, visit, ...dayTargetModels),
  subject: ({ personId }) => personId,
  answer: async (db, { personId, date = undefined }, asker) => {
    const middle = date ?? asker.today;
    const days = [addDays(middle, -1), middle, addDays(middle, 1)];
    const sheets = await db
      .selectFrom('day_sheet')
      .selectAll()
      .where('personId', '=', personId)
      .where('date', 'in', days)
      .execute();
    const visits = await db
      .selectFrom('visit')
      .selectAll()
      .where('personId', '=', personId)
      .where('date', 'in', days)
      .orderBy('windowStart')
      .orderBy('startedAt')
      .orderBy('visitId')
      .execute();
    const [yesterday, today, tomorrow] = days.map((day) => {
      const seen = isVisible(asker, personId, day);
      return {
        date: day,
        sheet: (seen && sheets.find((sheet) => sheet.date === day)) || null,
        visits: seen ? visits.filter((entry) => entry.date === day) : [],
      };
    });
    const now = today!.visits.find(({ state }) => state === 'open') ?? null;
    const targets = isVisible(asker, personId, middle)
      ? (await dayTargets(db, [personId], middle))(personId)
      : [];
    return { personId, yesterday: yesterday!, today: today!, tomorrow: tomorrow!, now, targets };
  },
});
