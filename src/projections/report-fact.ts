import { z } from 'zod';
import { readModel } from '../engine/read-model.ts';
import { type DayFigures, dailyReportEvents, type StatedFigures } from '../events/daily-report.ts';
import { documentEvents } from '../events/document.ts';
import { Currency, LocalDate, PersonId } from '../events/values.ts';
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
  currency: Currency.nullable().describe('Currency of the money in it.'),
  statedMinor: z.bigint().describe('What the log had of the sums of money that the author states.'),
  statedGapMinor: z.bigint().describe('How far the author states otherwise, either way.'),
  statedCount: z.int().describe('What the log had of the visits, orders and calls that the author states.'),
  statedGapCount: z.int().describe('How far the author states otherwise, either way.'),
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
    currency: null,
    statedMinor: 0n,
    statedGapMinor: 0n,
    statedCount: 0,
    statedGapCount: 0,
  }),
  ...changes,
});

const moneyFigures = ['ordersNetMinor', 'collectionsMinor', 'costMinor'] as const;
const countFigures = ['visitsCompleted', 'visitsEffective', 'ordersCount', 'calls'] as const;
const absolute = (amount: bigint): bigint => (amount < 0n ? -amount : amount);

/** What the log had of the figures that are stated, and how far they are stated otherwise. */
const stated = (figures: DayFigures, statement: StatedFigures | null) => {
  const sums = (names: readonly (typeof moneyFigures | typeof countFigures)[number][]) => {
    const pairs = names.flatMap((name) => {
      const said = statement?.[name];
      return said === undefined ? [] : [[BigInt(figures[name]), BigInt(said)] as const];
    });
    return {
      had: pairs.reduce((sum, [had]) => sum + absolute(had), 0n),
      gap: pairs.reduce((sum, [had, said]) => sum + absolute(said - had), 0n),
    };
  };
  const money = sums(moneyFigures);
  const counts = sums(countFigures);
  return {
    currency: figures.currency,
    statedMinor: money.had,
    statedGapMinor: money.gap,
    statedCount: Number(counts.had),
    statedGapCount: Number(counts.gap),
  };
};

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
      row: (report, { data }, of) =>
        changed(report, of, {
          filed: true,
          onTime: data.latenessMinutes === 0,
          ...stated(data.figures, data.stated),
        }),
    },
    DailyReportAmended: {
      key,
      row: (report, { data }, of) => changed(report, of, stated(data.figures, data.stated)),
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
