import { z } from 'zod';
import { addDays } from '../engine/instant.ts';
import { nothing, query, type Visibility } from '../engine/query.ts';
import { PeriodId } from '../events/calendar.ts';
import { canNarrow, KpiKey, KpiVersionNumber, type TermWindow } from '../events/kpi.ts';
import { hasMoney, type Kpi } from '../events/kpi-catalogue.ts';
import type { Span } from '../events/period.ts';
import { Currency, LocalDate } from '../events/values.ts';
import { type Bucket, bucketsMax, bucketsOf, Grain, upTo } from './buckets.ts';
import { fact } from './fact.ts';
import { currencyModels, figureModels, Rational, reportingCurrency, sumFigures } from './figures.ts';
import { fiscalPeriod } from './fiscal-period.ts';
import { chosen, definitionsOf, kpiDefinition } from './kpi-definition.ts';
import { evaluated, KpiState, noValue, termsOf } from './kpi-value.ts';
import { type Members, seesAll } from './members.ts';
import { requiredVolume, requiredVolumeModels } from './required-volume.ts';
import { type AnyDb, together } from './rows-of.ts';
import { spanAsked } from './span-asked.ts';
import { spanMeasureModels } from './span-measures.ts';
import { type Subject, SubjectId, SubjectKind, subjectModels, subjectOf } from './subject.ts';
import { reachOf, windowOf } from './term-window.ts';

export const valueModels = together(
  ...figureModels,
  ...spanMeasureModels,
  ...currencyModels,
  ...subjectModels,
  ...requiredVolumeModels,
  fact,
  fiscalPeriod,
  kpiDefinition,
);

export const KpiValue = z
  .object({
    kpi: KpiKey,
    version: z.int().describe('Version of the definition.'),
    subject: z.object({
      kind: SubjectKind,
      id: z.string().nullable().describe('Its id, or the name of a segment; null for the organisation.'),
    }),
    period: z.object({
      periodId: PeriodId.nullable().describe('The period; null for a span that is none.'),
      start: LocalDate,
      endExclusive: LocalDate,
    }),
    asOf: LocalDate.describe('The last day whose figures are in it.'),
    numerator: z.bigint().nullable().describe('Null where a measure does not know the kind of subject.'),
    denominator: z
      .bigint()
      .nullable()
      .describe('Null where the definition has none, and where the numerator is.'),
    value: Rational.nullable().describe('Numerator over denominator; null where there is none.'),
    currency: Currency.nullable().describe('Currency of the money in it; null without money.'),
    state: KpiState,
    evidence: z
      .object({
        numerator: z.string().describe('Path of what makes up the numerator.'),
        denominator: z
          .string()
          .nullable()
          .describe('Path of what makes up the denominator; null without one.'),
      })
      .nullable()
      .describe(
        'Where every event that makes up the value is listed, as it was known for this answer; null where the subject is unknown to a measure.',
      ),
    sample: z
      .bigint()
      .nullable()
      .describe('How many things the denominator counts; null where it counts none.'),
  })
  .meta({ id: 'KpiValue', description: 'The value of a key performance indicator.' });

/** Whether every measure of a definition knows the kind of subject. */
export const isKnownOf = (kpi: Kpi, { filters }: Pick<Subject, 'filters'>): boolean =>
  termsOf(kpi).every(({ measure }) => filters.every((each) => canNarrow(measure, each)));

/** The definitions of which the reader may see all that they rest on; a window may begin before the span that was asked for. */
export async function visibleOf(
  db: AnyDb,
  asked: readonly Kpi[],
  members: Members | null,
  spans: readonly Span[],
  visibility: Visibility,
): Promise<readonly Kpi[]> {
  if (!members || spans.length === 0) return asked;
  const windows = [...new Set(asked.flatMap(termsOf).flatMap(({ window }) => window ?? []))];
  const seen = new Set<TermWindow>();
  for (const window of windows)
    if (await seesAll(db, members, reachOf([window], spans), visibility)) seen.add(window);
  return asked.filter((kpi) => termsOf(kpi).every(({ window }) => !window || seen.has(window)));
}

/** Where the evidence of a value is, as of the position at which it was answered. */
function evidenceOf(
  kpi: Kpi,
  { kind, id }: Pick<Subject, 'kind' | 'id'>,
  { start, endExclusive }: Bucket,
  asOf: string,
  position: number,
) {
  const path = (side: 'numerator' | 'denominator'): string => {
    const parameters = new URLSearchParams({
      version: String(kpi.version),
      subjectKind: kind,
      ...(id && { subjectId: id }),
      from: start,
      to: addDays(endExclusive, -1),
      asOf,
      ...(position > 0 && { knownAt: String(position) }),
    });
    return `/v1/kpis/${kpi.key}/evidence/${side}?${parameters}`;
  };
  return {
    numerator: path('numerator'),
    denominator: kpi.denominator.length > 0 ? path('denominator') : null,
  };
}

const fineness = ['day', 'week', 'month', 'period'];
const isFinerThan = (grain: string, other: string): boolean =>
  fineness.indexOf(grain) < fineness.indexOf(other);

export const getKpiValues = query({
  name: 'GetKpiValues',
  summary:
    'Get key performance indicators of a subject, over a period or its parts. Values of groups add numerators and denominators; a zero denominator has no value. What rests on days of which the reader may not see everything is left out. Spans of more than 400 parts have no answer.',
  permission: 'figures:read',
  path: '/kpis/values',
  input: {
    subjectKind: SubjectKind,
    subjectId: SubjectId.optional(),
    period: PeriodId.optional().describe('The period; the fiscal month of today when nothing is given.'),
    from: LocalDate.optional().describe('First day, instead of a period.'),
    to: LocalDate.optional().describe('Last day, with from; `asOf` when left out.'),
    grain: Grain.default('period'),
    kpis: z
      .array(KpiKey)
      .min(1)
      .max(50)
      .optional()
      .describe('Which ones, with commas; all in use when left out.'),
    version: z
      .array(KpiVersionNumber)
      .min(1)
      .max(10)
      .optional()
      .describe('Which versions of the one in `kpis`, with commas; the latest when left out.'),
    asOf: LocalDate.optional().describe('Only figures up to this day; today when left out.'),
  },
  output: z.object({ data: z.array(KpiValue) }),
  reads: valueModels,
  subject: ({ subjectKind, subjectId }) =>
    subjectKind === 'person' || subjectKind === 'team' ? subjectId : undefined,
  answer: async (db, input, { today, visibility, position }) => {
    const { grain, asOf = today } = input;
    const asked = chosen(await definitionsOf(db), input.kpis, input.version);
    const found = await spanAsked(db, input, today);
    if (!asked || !found) return nothing;
    const { periodId, periods, ...span } = found;
    const buckets: readonly Bucket[] =
      grain === 'period' ? [{ periodId, ...span }] : bucketsOf(span, grain, periods);
    if (buckets.length > bucketsMax) return nothing;
    const subject = await subjectOf(db, input.subjectKind, input.subjectId, upTo(span, asOf), visibility);
    if (!subject) return nothing;
    const begun = buckets.filter(({ start }) => start <= asOf).map((bucket) => upTo(bucket, asOf));
    const { members, filters } = subject;
    const fitting = await visibleOf(
      db,
      asked.filter((kpi) => !isFinerThan(grain, kpi.grain)),
      members,
      begun,
      visibility,
    );
    const known = fitting.filter((kpi) => isKnownOf(kpi, subject));
    const currency = await reportingCurrency(db);
    const result = await evaluated<number>(
      known,
      filters,
      (measures, all, window, formula) => {
        const spans = begun.map((bucket) => windowOf(window, bucket));
        return sumFigures(db, members, measures, spans, currency, all, formula);
      },
      () => requiredVolume(db, members, begun),
    );
    const at = await position();
    const data = buckets.flatMap((period, bucket) =>
      fitting.map((kpi) => ({
        kpi: kpi.key,
        version: kpi.version,
        subject: { kind: subject.kind, id: subject.id },
        period,
        asOf,
        ...(known.includes(kpi) ? result(bucket, kpi) : noValue),
        currency: hasMoney(kpi) ? currency : null,
        evidence: known.includes(kpi) ? evidenceOf(kpi, subject, period, asOf, at) : null,
      })),
    );
    return { data };
  },
});
