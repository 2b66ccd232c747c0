import { z } from 'zod';
import { addDays } from '../engine/instant.ts';
import { type Db, nothing, page, query } from '../engine/query.ts';
import { PeriodId } from '../events/calendar.ts';
import type { FactMeasure } from '../events/measure.ts';
import { periodOf, spanOf } from '../events/period.ts';
import { Currency, LocalDate } from '../events/values.ts';
import { type Bucket, bucketsMax, bucketsOf, Grain, upTo } from './buckets.ts';
import {
  currencyModels,
  figureModels,
  Rational,
  rational,
  reportingCurrency,
  sumFigures,
} from './figures.ts';
import { fiscalPeriod } from './fiscal-period.ts';
import { hasMoney, isRequired, Kpi, KpiKey, kpis, type Term } from './kpi-catalogue.ts';
import { type Members, memberModels, onePerson, seesAll, teamOf, unitOf } from './members.ts';
import { orgUnit } from './org-unit.ts';
import { person } from './person.ts';
import { requiredVolume, requiredVolumeModels } from './required-volume.ts';
import { together } from './rows-of.ts';

export const SubjectKind = z
  .enum(['person', 'team', 'unit', 'organisation'])
  .describe(
    'Whose figures: a person’s; those of a person and of everybody below; those of a unit and of its parts; or all. People count to a team or unit on the days on which their main position lay in it.',
  );
export type SubjectKind = z.output<typeof SubjectKind>;
export const SubjectId = z
  .uuid()
  .toLowerCase()
  .describe('The person, or the unit; left out for the organisation.');

export const KpiValue = z
  .object({
    kpi: KpiKey,
    version: z.int().describe('Version of the definition.'),
    subject: z.object({ kind: SubjectKind, id: SubjectId.nullable() }),
    period: z.object({
      periodId: PeriodId.nullable().describe('The period; null for a span that is none.'),
      start: LocalDate,
      endExclusive: LocalDate,
    }),
    asOf: LocalDate.describe('The last day whose figures are in it.'),
    numerator: z.bigint(),
    denominator: z.bigint().nullable().describe('Null where the definition has none.'),
    value: Rational.nullable().describe('Numerator over denominator; null where that is zero.'),
    currency: Currency.nullable().describe('Currency of the money in it; null without money.'),
    state: z.enum(['ok', 'undefined_zero_denominator']).describe('Whether there is a value.'),
    evidence: z
      .object({
        numerator: z.string().describe('Path of what makes up the numerator.'),
        denominator: z
          .string()
          .nullable()
          .describe('Path of what makes up the denominator; null without one.'),
      })
      .describe('Where every event that makes up the value is listed, as it was known for this answer.'),
    sample: z
      .bigint()
      .nullable()
      .describe('How many things the denominator counts; null where it counts none.'),
  })
  .meta({ id: 'KpiValue', description: 'The value of a key performance indicator.' });

type Sums = (bucket: number, measure: Term['measure']) => bigint;

const sumOf = (terms: readonly Term[], sums: Sums, bucket: number): bigint =>
  terms.reduce((sum, { measure, times }) => sum + BigInt(times) * sums(bucket, measure), 0n);

/** What a definition comes to in a bucket. */
function valued(kpi: Kpi, sums: Sums, bucket: number, currency: string | null) {
  const numerator = sumOf(kpi.numerator, sums, bucket);
  const denominator = kpi.denominator.length > 0 ? sumOf(kpi.denominator, sums, bucket) : null;
  const value = rational(numerator, denominator ?? 1n);
  const counted = kpi.denominator.filter(({ times }) => times > 0).map((term) => ({ ...term, times: 1 }));
  const counts = denominator !== null && !hasMoney({ ...kpi, numerator: [] });
  return {
    kpi: kpi.key,
    version: kpi.version,
    numerator,
    denominator,
    value,
    currency: hasMoney(kpi) ? currency : null,
    state: value ? ('ok' as const) : ('undefined_zero_denominator' as const),
    sample: counts ? sumOf(counted, sums, bucket) : null,
  };
}

const membersOf: Readonly<Record<Exclude<SubjectKind, 'organisation'>, (id: string) => Members>> = {
  person: onePerson,
  team: teamOf,
  unit: unitOf,
};

export const memberOf = (kind: SubjectKind, id: string | undefined): Members | null =>
  kind === 'organisation' || !id ? null : membersOf[kind](id);

/** Where the evidence of a value is, as of the position at which it was answered. */
function evidenceOfValue(
  kpi: Kpi,
  { kind, id }: { readonly kind: SubjectKind; readonly id: string | null },
  { start, endExclusive }: Bucket,
  asOf: string,
  position: number,
) {
  const path = (side: 'numerator' | 'denominator'): string => {
    const parameters = new URLSearchParams({
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

/** Whether there is such a person or unit. */
export async function exists(
  db: Db<readonly [typeof person, typeof orgUnit]>,
  kind: SubjectKind,
  id: string,
): Promise<boolean> {
  const found =
    kind === 'unit'
      ? await db.selectFrom('org_unit').select('unitId').where('unitId', '=', id).executeTakeFirst()
      : await db.selectFrom('person').select('personId').where('personId', '=', id).executeTakeFirst();
  return found !== undefined;
}

const measuresIn = (asked: readonly Kpi[]) => {
  const all = new Set(
    asked
      .flatMap(({ numerator, denominator }) => [...numerator, ...denominator])
      .map(({ measure }) => measure),
  );
  return {
    facts: [...all].filter((measure): measure is FactMeasure => !isRequired(measure)),
    required: [...all].some(isRequired),
  };
};

export const getKpiValues = query({
  name: 'GetKpiValues',
  summary:
    'Get key performance indicators of a person, a team, a unit or the organisation, over a period or its parts. Values of groups add numerators and denominators; a zero denominator has no value. Spans of more than 400 parts have no answer.',
  permission: 'figures:read',
  path: '/kpis/values',
  input: {
    subjectKind: SubjectKind,
    subjectId: SubjectId.optional(),
    period: PeriodId.optional().describe('The period; the fiscal month of today when nothing is given.'),
    from: LocalDate.optional().describe('First day, instead of a period.'),
    to: LocalDate.optional().describe('Last day, with from; `asOf` when left out.'),
    grain: Grain.default('period'),
    kpis: z.array(KpiKey).min(1).max(50).optional().describe('Which ones, with commas; all when left out.'),
    asOf: LocalDate.optional().describe('Only figures up to this day; today when left out.'),
  },
  output: z.object({ data: z.array(KpiValue) }),
  reads: together(
    ...figureModels,
    ...currencyModels,
    ...memberModels,
    ...requiredVolumeModels,
    fiscalPeriod,
    orgUnit,
    person,
  ),
  subject: ({ subjectKind, subjectId }) =>
    subjectKind === 'person' || subjectKind === 'team' ? subjectId : undefined,
  answer: async (db, input, { today, visibility, position }) => {
    const { subjectKind: kind, subjectId, grain, asOf = today } = input;
    const periods = await db
      .selectFrom('fiscal_period')
      .select(['periodId', 'level', 'parentId', 'start', 'endExclusive'])
      .orderBy('start')
      .execute();
    const periodId = input.from ? undefined : (input.period ?? periodOf(today, 'month', periods));
    const span = input.from
      ? { start: input.from, endExclusive: addDays(input.to ?? asOf, 1) }
      : periodId && spanOf(periodId, periods);
    if (!span || span.endExclusive <= span.start) return nothing;
    const buckets: readonly Bucket[] =
      grain === 'period' ? [{ periodId: periodId ?? null, ...span }] : bucketsOf(span, grain, periods);
    if (buckets.length > bucketsMax) return nothing;
    if (kind !== 'organisation' && !(subjectId && (await exists(db, kind, subjectId)))) return nothing;
    const members = memberOf(kind, subjectId);
    const seen = upTo(span, asOf);
    if (members ? !(await seesAll(db, members, seen, visibility)) : visibility.intervals !== null)
      return nothing;
    const begun = buckets.filter(({ start }) => start <= asOf).map((bucket) => upTo(bucket, asOf));
    const asked = kpis.filter(({ key }) => !input.kpis || input.kpis.includes(key));
    const { facts, required } = measuresIn(asked);
    const currency = await reportingCurrency(db);
    const figures = await sumFigures(db, members, facts, begun, currency);
    const volume = required ? await requiredVolume(db, members, begun) : () => 0n;
    const sums: Sums = (bucket, measure) =>
      isRequired(measure) ? volume(bucket, measure) : figures(bucket, measure);
    const subject = { kind, id: members ? (subjectId ?? null) : null };
    const at = await position();
    const data = buckets.flatMap((period, bucket) =>
      asked.map((kpi) => ({
        subject,
        period,
        asOf,
        ...valued(kpi, sums, bucket, currency),
        evidence: evidenceOfValue(kpi, subject, period, asOf, at),
      })),
    );
    return { data };
  },
});

export const listKpis = query({
  name: 'ListKpis',
  summary: 'List the definitions of the key performance indicators.',
  permission: 'kpi:read',
  path: '/kpis',
  input: {},
  output: page(Kpi),
  reads: [],
  answer: async () => ({ data: [...kpis], nextCursor: null }),
});
