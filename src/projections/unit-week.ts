import { sql } from 'kysely';
import { z } from 'zod';
import { addDays } from '../engine/instant.ts';
import { nothing, query } from '../engine/query.ts';
import { PeriodId } from '../events/calendar.ts';
import { levelOf, periodOf, type Span, spanOf } from '../events/period.ts';
import { CompetitorId, Currency, CustomerId, LocalDate, PersonId, UnitId } from '../events/values.ts';
import { ObservationKind } from '../events/visit.ts';
import { upTo } from './buckets.ts';
import { competitorObservation } from './competitor-observation.ts';
import { Rational, rational, reportingCurrency } from './figures.ts';
import { chosen, definitionsOf } from './kpi-definition.ts';
import { partsOf } from './members.ts';
import { type AnyDb, rowsOf, together } from './rows-of.ts';
import {
  Complete,
  dayIn,
  kpisOfParts,
  ownedByMember,
  Part,
  PartKpi,
  partModels,
  partsSeen,
} from './unit-parts.ts';
import { reachedOf, UnitTarget, unitTargetModels, unitTargets } from './unit-targets.ts';
import { daysOf } from './working-days.ts';

/** The indicators of a weekly report. */
const weeklyKpis = [
  'net_sales',
  'new_customers_developed',
  'payment_recovery_rate',
  'effective_visit_rate',
  'transaction_rate',
  'report_submission_rate',
  'report_timeliness',
  'report_quality',
];
/** From which severity on a complaint makes a customer abnormal. */
const severe = 3;

const WeekFigures = z
  .object({
    kpis: z.array(PartKpi),
    salespeople: Rational.describe('Salespeople on average over the days, by their working time.'),
    salesPerPerson: Rational.nullable().describe(
      'Net sales for each of them, in minor units; null without any.',
    ),
    competitorObservations: z.int().describe('What was observed of competitors.'),
    abnormalCustomers: z
      .int()
      .describe(
        'Customers with a severe complaint that is not resolved, or an invoice in dispute, on the last day.',
      ),
  })
  .meta({ id: 'WeekFigures', description: 'The figures of a week.' });
type WeekFigures = z.output<typeof WeekFigures>;

const WeekTarget = UnitTarget.extend({
  inWeek: z.bigint().describe('What of the actual was achieved in the week.'),
  inWeekBefore: z.bigint().describe('What of it was achieved in the week before.'),
}).meta({ id: 'WeekTarget', description: 'What somebody has to reach, and what a week brought of it.' });

const Standing = z.object({
  targets: z.array(WeekTarget).describe('By measure, of the period whose targets are shown.'),
  week: WeekFigures,
  weekBefore: WeekFigures,
});

interface OfPeer {
  readonly peer: string;
}
type Counts = (partIds: readonly string[]) => bigint;

/** Sums what a statement counts for each part. */
function countsOf(rows: readonly (OfPeer & { readonly total: bigint })[]): Counts {
  const totals = new Map(rows.map(({ peer, total }) => [peer, total]));
  return (partIds) => partIds.reduce((sum, id) => sum + (totals.get(id) ?? 0n), 0n);
}

/** The days of salespeople in a span, each by the share of a full working time in basis points. */
const salespeopleOf = (db: AnyDb, unitId: string, { start, endExclusive }: Span) =>
  rowsOf<OfPeer & { readonly total: bigint }>(
    db,
    sql`with recursive ${partsOf(unitId)}
      select member.peer, sum(held."fteBp" * (upper(stint) - lower(stint)))::bigint as total
      from member
      join (
        select "personId", range_agg(daterange("from", coalesce("to", 'infinity'))) as days
        from role_grant where role = 'SP' group by "personId") as field on field."personId" = member.id
      join assignment held on held."personId" = member.id and held."primary"
      cross join lateral unnest(member.days * field.days
        * datemultirange(daterange(held."from", coalesce(held."to", 'infinity')))
        * datemultirange(daterange(${start}::date, ${endExclusive}::date))) as stint
      group by member.peer`,
  );

interface Observed extends OfPeer {
  readonly competitorId: string;
  readonly kind: z.output<typeof ObservationKind>;
  readonly count: number;
}
const observedIn = (db: AnyDb, unitId: string, { start, endExclusive }: Span) =>
  rowsOf<Observed>(
    db,
    sql`with recursive ${partsOf(unitId)}
      select member.peer, observed."competitorId", observed.kind, count(*)::integer as count
      from competitor_observation observed
      join member on member.id = observed."personId" and member.days @> observed.date
      where observed.date >= ${start}::date and observed.date < ${endExclusive}::date
      group by 1, 2, 3 order by 2, 3`,
  );

const AbnormalCustomer = z.object({
  customerId: CustomerId,
  ownerId: PersonId.describe('Who owns the customer.'),
  complaints: z.int().describe('Severe complaints that are not resolved.'),
  severity: z.int().nullable().describe('The highest severity among them; null without any.'),
  disputes: z.int().describe('Invoices that the customer disputes now.'),
});
type Abnormal = z.output<typeof AbnormalCustomer> & OfPeer;

const abnormalOn = (db: AnyDb, unitId: string, day: string, timeZone: string) =>
  rowsOf<Abnormal>(
    db,
    sql`with recursive ${partsOf(unitId)},
      trouble as (
        select "customerId", count(severity)::integer as complaints, max(severity) as severity,
          (count(*) - count(severity))::integer as disputes
        from (
          select "customerId", severity from complaint
          where severity >= ${severe} and ${dayIn('loggedAt', timeZone)} <= ${day}::date
            and ("resolvedAt" is null or ${dayIn('resolvedAt', timeZone)} > ${day}::date)
          union all
          select "customerId", null from receivable where disputed and "issuedOn" <= ${day}::date) as each
        group by "customerId")
      select member.peer, trouble.*, owned."personId" as "ownerId"
      from trouble ${ownedByMember(sql`trouble."customerId"`, day)}
      order by severity desc nulls last, trouble."customerId"`,
  );

export const getUnitWeek = query({
  name: 'GetUnitWeek',
  summary:
    'Get the week of a unit and of each of its parts, the week before beside it: targets and pace, and the figures of the weekly report. The figures of the unit are the sums of those of its parts.',
  permission: 'figures:read',
  path: '/org-units/:unitId/weeks/:week',
  input: {
    unitId: UnitId,
    week: PeriodId.describe('The ISO week, such as 2026-W07.'),
    targetsOf: PeriodId.optional().describe(
      'The period whose targets are shown; the fiscal month of the last day when left out.',
    ),
    asOf: LocalDate.optional().describe('Only figures up to this day; today when left out.'),
  },
  output: z
    .object({
      unitId: UnitId,
      week: PeriodId,
      start: LocalDate,
      endExclusive: LocalDate,
      asOf: LocalDate.describe('The last day whose figures are in it.'),
      targetsOf: PeriodId.nullable().describe('The period whose targets are shown; null without one.'),
      currency: Currency.nullable().describe('Currency of the sums of money.'),
      complete: Complete,
      whole: Standing,
      parts: z.array(Part.extend(Standing.shape)),
      competitors: z
        .array(
          z.object({
            competitorId: CompetitorId,
            kind: ObservationKind,
            count: z.int().describe('How often it was observed in the week.'),
          }),
        )
        .describe('What was observed of whom.'),
      abnormalCustomers: z.array(AbnormalCustomer).describe('The most severe first.'),
    })
    .meta({ id: 'UnitWeek', description: 'The week of a unit and of its parts.' }),
  reads: together(...partModels, ...unitTargetModels, competitorObservation),
  answer: async (db, { unitId, week, targetsOf, asOf: asked }, asker) => {
    const periods = await db
      .selectFrom('fiscal_period')
      .select(['periodId', 'level', 'parentId', 'start', 'endExclusive'])
      .orderBy('start')
      .execute();
    const unit = await db
      .selectFrom('org_unit')
      .select('unitId')
      .where('unitId', '=', unitId)
      .executeTakeFirst();
    const span = levelOf(week) === 'week' ? spanOf(week, periods) : undefined;
    if (!unit || !span) return nothing;
    const before = { start: addDays(span.start, -7), endExclusive: span.start };
    const seen = await partsSeen(db, unitId, { ...span, start: before.start }, asker);
    if (!seen) return nothing;
    const now = upTo(span, asked ?? asker.today);
    const last = addDays(now.endExclusive, -1);
    const currency = await reportingCurrency(db);
    const kpis = chosen(await definitionsOf(db), weeklyKpis, undefined)!;
    const figuresIn = async (days: Span) => {
      const valuesOf = await kpisOfParts(db, unitId, kpis, days, currency);
      const working = countsOf(await salespeopleOf(db, unitId, days));
      const observed = await observedIn(db, unitId, days);
      const abnormal = await abnormalOn(db, unitId, addDays(days.endExclusive, -1), asker.timeZone);
      const length = BigInt(daysOf(days).length);
      const ofParts = (ids: readonly string[]): WeekFigures => {
        const values = valuesOf(ids);
        const worked = working(ids);
        const sales = values.find(({ kpi }) => kpi === 'net_sales')!.numerator ?? 0n;
        const isAmong = ({ peer }: OfPeer) => ids.includes(peer);
        return {
          kpis: values,
          salespeople: rational(worked, length * 10_000n) ?? { num: 0n, den: 1n },
          salesPerPerson: rational(sales * length * 10_000n, worked),
          competitorObservations: observed.filter(isAmong).reduce((sum, { count }) => sum + count, 0),
          abnormalCustomers: abnormal.filter(isAmong).length,
        };
      };
      return { ofParts, observed, abnormal };
    };
    const [thisWeek, lastWeek] = [await figuresIn(now), await figuresIn(before)];
    const periodId = targetsOf ?? periodOf(last, 'month', periods) ?? null;
    const targets = await unitTargets(db, periodId ?? '', last, asker);
    const own = targets.ofUnit(unitId);
    const ofPart = new Map(
      seen.parts.map(({ kind, id }) => [
        id,
        kind === 'unit' ? targets.ofUnit(id) : targets.ofPerson(unitId, id),
      ]),
    );
    const { reached, within } = await reachedOf(
      db,
      [own, ...ofPart.values()].flatMap((some) => [...some.values()].flat()),
      last,
      [before.start, span.start],
    );
    const standingOf = (ids: readonly string[], some: typeof own) => ({
      targets: [...some.values()].map((rows) => ({
        ...reached(rows),
        inWeek: within(rows, now),
        inWeekBefore: within(rows, before),
      })),
      week: thisWeek.ofParts(ids),
      weekBefore: lastWeek.ofParts(ids),
    });
    const ids = seen.parts.map(({ id }) => id);
    const isSeen = ({ peer }: OfPeer) => ids.includes(peer);
    const competitors = Map.groupBy(
      thisWeek.observed.filter(isSeen),
      ({ competitorId, kind }) => `${competitorId} ${kind}`,
    );
    return {
      unitId,
      week,
      ...span,
      asOf: last,
      targetsOf: periodId,
      currency,
      complete: seen.complete,
      whole: standingOf(ids, own),
      parts: seen.parts.map((part) => ({ ...part, ...standingOf([part.id], ofPart.get(part.id)!) })),
      competitors: [...competitors.values()].map((some) => ({
        competitorId: some[0]!.competitorId,
        kind: some[0]!.kind,
        count: some.reduce((sum, { count }) => sum + count, 0),
      })),
      abnormalCustomers: thisWeek.abnormal.filter(isSeen).map(({ peer: _, ...customer }) => customer),
    };
  },
});
