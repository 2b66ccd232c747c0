import { z } from 'zod';
import { events } from '../engine/event.ts';
import { MeasureKey } from './measure-definition.ts';
import { because, late, type Sentences } from './sentence.ts';
import {
  Comment,
  CompetitorId,
  ComplaintId,
  Count,
  Currency,
  CustomerId,
  Instant,
  Int64,
  Line,
  LocalDate,
  PersonId,
  Position,
  Prose,
  TargetId,
  VisitId,
} from './values.ts';

export const Attendance = z
  .strictObject({
    status: z.enum(['full_day', 'half_day', 'leave', 'sick', 'travel', 'training']),
    firstActivityAt: Instant.optional(),
    lastActivityAt: Instant.optional(),
  })
  .meta({ id: 'Attendance', description: 'How the author attended on the day.' });

const OrdersCount = z.int().describe('Orders taken, less those cancelled on the day.');

const TargetFigure = z.object({
  targetId: TargetId,
  measure: MeasureKey,
  target: Int64.describe('Value of the target: minor units or a count.'),
  achieved: Int64.describe('Achieved on the day.'),
  periodToDate: Int64.describe('Achieved from the start of the target’s period to the day.'),
});

/** What the log says about a person's day. */
export const DayFigures = z
  .object({
    visitsCompleted: Count,
    visitsEffective: Count,
    ordersCount: OrdersCount,
    ordersNetMinor: Int64,
    collectionsMinor: Int64,
    calls: Count,
    costMinor: Int64,
    currency: Currency.nullable(),
    achievement: z.array(TargetFigure),
  })
  .meta({ id: 'DayFigures', description: 'The figures of a person’s day as the log had them.' });
export type DayFigures = z.output<typeof DayFigures>;

/** A figure that somebody states; small enough to be compared with any other. */
const Stated = Int64.refine(
  (text) => BigInt(text) <= 10n ** 15n && BigInt(text) >= -(10n ** 15n),
  'The figure is beyond belief.',
);

/** What the author says about the same figures. */
export const StatedFigures = z
  .strictObject({
    visitsCompleted: Count.optional(),
    visitsEffective: Count.optional(),
    ordersCount: OrdersCount.optional(),
    ordersNetMinor: Stated.optional(),
    collectionsMinor: Stated.optional(),
    calls: Count.optional(),
    costMinor: Stated.optional(),
    achievement: z
      .array(z.strictObject({ targetId: TargetId, achieved: Stated }))
      .max(50)
      .optional(),
  })
  .meta({
    id: 'StatedFigures',
    description: 'Figures that the author states; they stand beside the computed ones.',
  });
export type StatedFigures = z.output<typeof StatedFigures>;

export const Discrepancy = z
  .object({
    figure: Line.describe('Name of the figure; `achievement/` and the target’s id for a target.'),
    stated: Int64,
    computed: Int64.nullable().describe('Null where the log knows nothing of it.'),
    difference: Int64.nullable().describe('Stated less computed.'),
  })
  .meta({ id: 'Discrepancy', description: 'Where the author states another figure than the log.' });
export type Discrepancy = z.output<typeof Discrepancy>;

const notes = <T extends z.ZodRawShape>(shape: T) => z.array(z.strictObject(shape)).max(200);

/** The sections of a daily report. All but `other` are mandatory; an empty list says that there was nothing. */
export const reportSections = {
  attendance: Attendance,
  visitResults: notes({ visitId: VisitId, summary: Comment }).describe('What came of each visit.'),
  complaintsHandled: notes({ complaintId: ComplaintId.optional(), note: Comment }),
  competitorInfo: notes({ competitorId: CompetitorId.optional(), note: Comment }),
  customerOpinions: notes({ customerId: CustomerId.optional(), note: Comment }),
  customerDevelopments: notes({ customerId: CustomerId.optional(), note: Comment }),
  experience: Comment.describe('What the day taught.'),
  tomorrowFocus: Comment,
  other: Prose.optional(),
};

const keys = { personId: PersonId, date: LocalDate };
const content = {
  ...keys,
  docVersion: z.int().min(1),
  ...reportSections,
  figures: DayFigures,
  figuresKnownAt: Position,
  stated: StatedFigures.nullable(),
  discrepancies: z.array(Discrepancy),
};

/** Stored for ever. Add fields as optional, add events freely, rename nothing. */
export const dailyReportEvents = events({
  DailyReportExpected: { ...keys, dueAt: Instant, missedAt: Instant },
  DailyReportFiled: { ...content, filedAt: Instant, dueAt: Instant, latenessMinutes: Count },
  DailyReportAmended: { ...content, reason: Comment.optional() },
  EfficiencyReviewed: {
    ...keys,
    reviewerId: PersonId,
    judgement: Comment,
    actions: z.array(Comment),
    figures: DayFigures,
    figuresKnownAt: Position,
  },
  DailyReportOverdue: { ...keys, dueAt: Instant },
  DailyReportMissed: { ...keys, dueAt: Instant, missedAt: Instant },
  DailyReportExcused: { ...keys, dueAt: Instant },
});

/** What each of these events says, in a sentence. */
export const dailyReportSentences: Sentences<typeof dailyReportEvents> = {
  DailyReportExpected: (d, n) => `A report of ${d.date} is expected of ${n(d.personId)}.`,
  DailyReportFiled: (d, n) =>
    `${n(d.personId)} filed the report of ${d.date}${late(d.latenessMinutes)}: ${d.figures.visitsCompleted} visits, ${d.figures.ordersCount} orders.`,
  DailyReportAmended: (d, n) => `${n(d.personId)} amended the report of ${d.date}${because(d.reason)}`,
  EfficiencyReviewed: (d, n) =>
    `${n(d.reviewerId)} reviewed the ${d.date} of ${n(d.personId)}: ${d.judgement}`,
  DailyReportOverdue: (d, n) => `The report of ${d.date} by ${n(d.personId)} is overdue.`,
  DailyReportMissed: (d, n) => `${n(d.personId)} did not file the report of ${d.date}.`,
  DailyReportExcused: (d, n) => `${n(d.personId)} need not report of ${d.date}.`,
};
