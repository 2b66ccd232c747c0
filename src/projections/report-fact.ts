import { z } from 'zod';
import { readModel } from '../engine/read-model.ts';
import { dailyReportEvents } from '../events/daily-report.ts';
import { documentEvents } from '../events/document.ts';
import { LocalDate, PersonId } from '../events/values.ts';
import { documentOf } from './document-row.ts';

const row = {
  personId: PersonId,
  date: LocalDate,
  expected: z.boolean().describe('Whether a report was expected and not excused.'),
  filed: z.boolean().describe('Whether the report was filed.'),
  onTime: z.boolean().describe('Whether it was first filed in time.'),
  missed: z.boolean().describe('Whether it was not filed until it counted as missed.'),
  signed: z.boolean().describe('Whether a signature on it is in force.'),
  returned: z.boolean().describe('Whether it was ever returned.'),
  qualityBp: z.int().describe('Total score of the signature in force, in basis points; 0 without one.'),
};
type Row = z.output<z.ZodObject<typeof row>>;
type Key = Pick<Row, 'personId' | 'date'>;

const changed = (report: Row | undefined, { personId, date }: Key, changes: Partial<Row>): Row => ({
  ...(report ?? {
    personId,
    date,
    expected: false,
    filed: false,
    onTime: false,
    missed: false,
    signed: false,
    returned: false,
    qualityBp: 0,
  }),
  ...changes,
});

const key = ({ data: { personId, date } }: { readonly data: Key }): Key => ({ personId, date });
const workflowKey = documentOf('daily-report');

/** What counts once for each daily report. */
export const reportFact = readModel({
  name: 'report_fact',
  version: 1,
  summary: 'What counts once for each daily report of a person and a day.',
  key: ['personId', 'date'],
  indexes: [['date']],
  row,
  of: { ...dailyReportEvents, ...documentEvents },
  on: {
    DailyReportExpected: { key, row: (report, _, of) => changed(report, of, { expected: true }) },
    DailyReportExcused: { key, row: (report, _, of) => changed(report, of, { expected: false }) },
    DailyReportFiled: {
      key,
      row: (report, { data }, of) => changed(report, of, { filed: true, onTime: data.latenessMinutes === 0 }),
    },
    DailyReportMissed: { key, row: (report, _, of) => changed(report, of, { missed: true }) },
    DocumentSignedOff: {
      key: workflowKey,
      row: (report, { data }, of) =>
        changed(report, of, { signed: true, qualityBp: data.quality?.totalBp ?? 0 }),
    },
    DocumentReturned: { key: workflowKey, row: (report, _, of) => changed(report, of, { returned: true }) },
    SignOffVoided: {
      key: workflowKey,
      row: (report, _, of) => changed(report, of, { signed: false, qualityBp: 0 }),
    },
  },
});
