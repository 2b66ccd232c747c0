import { z } from 'zod';
import { addDays } from '../engine/instant.ts';
import { nothing, query } from '../engine/query.ts';
import { type Period, PeriodId } from '../events/calendar.ts';
import { periodOf, type Span, spanOf } from '../events/period.ts';
import { ceiling, over, times } from '../events/rational.ts';
import { LocalDate, PipelineId, UnitId } from '../events/values.ts';
import { coverageModels, coveragePolicyOn, periodsOf, TimeLeft, timeLeft, yearEndOf } from './coverage.ts';
import { type Needed, planOn, plansOf } from './coverage-need.ts';
import { seesAll } from './members.ts';
import { PipelineSubject } from './pipeline-board.ts';
import {
  CreationMonth,
  creationIn,
  creationModels,
  creationSpan,
  OnlyThisYear,
  onlyThisYear,
} from './pipeline-creation.ts';
import { Depth, depthModels, depthsOf, undatedBucket } from './pipeline-depth.ts';
import { together } from './rows-of.ts';
import { SubjectId, subjectModels, subjectOf } from './subject.ts';

/** How far it looks ahead and back, whatever the fiscal year is. */
const months = 12;

const Month = Depth.extend({
  month: LocalDate.describe('First day of the calendar month.'),
  fiscalYear: PeriodId.nullable().describe('The fiscal year of that day; null beyond the calendar.'),
  yearBeginsOn: LocalDate.nullable().describe('The first day of a fiscal year that begins in the month.'),
}).meta({ id: 'PipelineMonth', description: 'What is expected to close in one of the next twelve months.' });

const YearStart = Depth.extend({
  start: LocalDate.describe('First day of the next fiscal year.'),
  endExclusive: LocalDate.describe('First day after its first quarter.'),
  required: z
    .bigint()
    .nullable()
    .describe(
      'How many must be expected to close in it: three months of target ÷ probability. Null without a plan.',
    ),
  state: z
    .enum(['deep_enough', 'hole', 'unknown_need'])
    .describe('Whether the year would begin with a hole.'),
}).meta({ id: 'PipelineYearStart', description: 'With what the next fiscal year begins.' });

type Calendar = readonly Period[];

/** The fiscal quarter of a day; three months from a day on where the calendar has none. */
const quarterOf = (day: string, start: Temporal.PlainDate, periods: Calendar): Span =>
  spanOf(periodOf(day, 'quarter', periods) ?? '', periods) ?? {
    start: start.toString(),
    endExclusive: start.add({ months: 3 }).toString(),
  };

const plain = (day: string): Temporal.PlainDate => Temporal.PlainDate.from(day);
const firstQuarter = (yearStart: string, periods: Calendar): Span =>
  quarterOf(yearStart, plain(yearStart), periods);
const lastQuarter = (yearEnd: string, periods: Calendar): Span =>
  quarterOf(addDays(yearEnd, -1), plain(yearEnd).subtract({ months: 3 }), periods);

/** The last quarter of a fiscal year that has begun on a day. */
function lastQuarterBegun(today: string, periods: Calendar): Span | undefined {
  const year = spanOf(periodOf(today, 'year', periods) ?? '', periods);
  if (!year) return undefined;
  const quarter = lastQuarter(year.endExclusive, periods);
  return quarter.start <= today ? quarter : lastQuarter(year.start, periods);
}

/** How many must be expected to close in three months for the target. */
function requiredIn3Months({ first }: Needed): bigint | null {
  const entering = first.targetPerMonth && over(first.targetPerMonth, first.winProbability);
  return entering && ceiling(times(entering, { num: 3n, den: 1n }));
}

const monthsFrom = (first: Temporal.PlainDate): string[] =>
  Array.from({ length: months + 1 }, (_, index) => first.add({ months: index }).toString());

/** The fiscal year of a month’s first day, and where one begins in it. */
function fiscalOf(start: string, endExclusive: string, periods: Calendar) {
  const fiscalYear = periodOf(start, 'year', periods) ?? null;
  const last = addDays(endExclusive, -1);
  const begun = spanOf(periodOf(last, 'year', periods) ?? '', periods)?.start ?? null;
  return { fiscalYear, yearBeginsOn: begun !== null && begun >= start ? begun : null };
}

const models = together(...coverageModels, ...depthModels, ...creationModels, ...subjectModels);

export const getPipelineHorizon = query({
  name: 'GetPipelineHorizon',
  summary:
    'Get how deep the pipeline is in each of the next twelve months whatever the fiscal year, with what the next year begins, whether what is opened is enough, and whether only what counts for this year is worked on. Currencies are not added.',
  permission: 'opportunity:read',
  path: '/pipeline-horizon',
  input: {
    subjectKind: PipelineSubject.default('organisation'),
    subjectId: SubjectId.optional(),
    pipelineId: PipelineId.optional().describe('Only of this pipeline.'),
  },
  output: z
    .object({
      subject: z.object({ kind: PipelineSubject, id: z.string().nullable() }),
      today: LocalDate,
      plan: z
        .object({ unitId: UnitId, periodId: PeriodId })
        .nullable()
        .describe(
          'The coverage plan of the unit that holds today, of the top unit for the organisation; null without one, and for people and teams.',
        ),
      months: z.array(Month).describe('This calendar month from today on, and the eleven after it.'),
      overdue: Depth.describe('What was expected to close before today.'),
      undated: Depth.describe('What has no expected day.'),
      yearStart: YearStart.nullable().describe('Null beyond the calendar.'),
      creation: z
        .array(CreationMonth)
        .nullable()
        .describe(
          'What was opened in the last twelve calendar months, this one too; null for readers who do not see everybody on all of these days.',
        ),
      onlyThisYear: OnlyThisYear.nullable().describe(
        'Of the last fiscal quarter that has begun; null beyond the calendar, and where `creation` is.',
      ),
      newBusiness: TimeLeft.nullable().describe(
        'What is still possible for this fiscal year by what is opened today; null without a plan.',
      ),
    })
    .meta({ id: 'PipelineHorizon', description: 'How deep a pipeline is, and what is added to it.' }),
  reads: models,
  subject: ({ subjectKind, subjectId }) =>
    subjectKind === 'person' || subjectKind === 'team' ? subjectId : undefined,
  answer: async (db, { subjectKind: kind, subjectId, pipelineId }, asker) => {
    const { today, visibility } = asker;
    const day = { start: today, endExclusive: addDays(today, 1) };
    const subject = await subjectOf(db, kind, subjectId, day, visibility);
    if (!subject) return nothing;
    const { members } = subject;
    const looked = { members, pipelineId, today };
    const periods = await periodsOf(db);
    const policy = await coveragePolicyOn(db, today);
    const plans = await plansOf(db, subject, today, policy.sampleMin);
    const plan = planOn(plans, today);
    const yearEnd = yearEndOf(today, periods);

    const monthStart = plain(today).with({ day: 1 });
    const [, ...ahead] = monthsFrom(monthStart);
    const depth = await depthsOf(db, looked, [today, ...ahead], asker);
    const back = monthsFrom(monthStart.subtract({ months: months - 1 }));
    const quarter = lastQuarterBegun(today, periods);
    const seesPast = !members || (await seesAll(db, members, creationSpan(back, quarter), visibility));

    async function yearStart(start: string): Promise<z.output<typeof YearStart>> {
      const { endExclusive } = firstQuarter(start, periods);
      const within = await depthsOf(db, looked, [start, endExclusive], asker);
      const need = planOn(plans, start) ?? plan;
      const required = need ? requiredIn3Months(need) : null;
      const there = within(1);
      const state =
        required === null ? 'unknown_need' : BigInt(there.open) < required ? 'hole' : 'deep_enough';
      return { ...there, start, endExclusive, required, state };
    }

    return {
      subject: { kind, id: subject.id },
      today,
      plan: plan ? { unitId: plan.plan.unitId, periodId: plan.plan.periodId } : null,
      months: ahead.map((end, index) => {
        const month = monthStart.add({ months: index }).toString();
        return { month, ...fiscalOf(month, end, periods), ...depth(index + 1) };
      }),
      overdue: depth(0),
      undated: depth(undatedBucket),
      yearStart: yearEnd === null ? null : await yearStart(yearEnd),
      creation: seesPast ? await creationIn(db, looked, back, plans) : null,
      onlyThisYear: seesPast && quarter ? await onlyThisYear(db, looked, quarter, policy) : null,
      newBusiness: plan ? timeLeft(today, yearEnd, plan.entry) : null,
    };
  },
});
