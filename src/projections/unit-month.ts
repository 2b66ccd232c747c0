import { sql } from 'kysely';
import { z } from 'zod';
import { addDays } from '../engine/instant.ts';
import { type Asker, nothing, query } from '../engine/query.ts';
import { PeriodId } from '../events/calendar.ts';
import { KpiKey } from '../events/kpi.ts';
import { levelOf, type Span, spanOf } from '../events/period.ts';
import { Currency, LocalDate, UnitId } from '../events/values.ts';
import { upTo } from './buckets.ts';
import { evaluation } from './evaluation.ts';
import { Rational, rational, reportingCurrency } from './figures.ts';
import { medianOf } from './kpi-comparison.ts';
import { chosen, definitionsOf } from './kpi-definition.ts';
import { partsOf, seesAll, unitOf } from './members.ts';
import { monthOver, RollingYear, rollingModels, rollingSpan, rollingYear } from './rolling-year.ts';
import { type AnyDb, rowsOf, together } from './rows-of.ts';
import { target } from './target.ts';
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
import { type ByMeasure, reachedOf, UnitTarget, unitTargetModels, unitTargets } from './unit-targets.ts';
import { isVisible } from './visible.ts';

/** What units are compared by where nothing else is asked for: no more than nine. */
const monthlyKpis = [
  'net_sales',
  'gross_margin',
  'new_customers_developed',
  'payment_recovery_rate',
  'effective_visit_rate',
  'transaction_rate',
  'report_quality',
  'complaint_rate',
];
const rollingPoints = 12;
const deviationsMax = 5;
const severe = 3;
/** The width of a step of the distribution of evaluations, in basis points. */
const stepBp = 1_000;

const MonthTarget = UnitTarget.extend({
  gapShare: Rational.nullable().describe(
    'Its gap over that of the whole above: who causes it. Null at the top, or where nothing is missing above.',
  ),
}).meta({ id: 'MonthTarget', description: 'What somebody has to reach of a measure, and who causes a gap.' });

const Complaints = z
  .object({
    logged: z.int().describe('Logged in the month.'),
    resolved: z.int().describe('Resolved in the month, and not opened again.'),
    open: z.int().describe('Not resolved on the last day.'),
    openSevere: z.int().describe('Those of them of severity 3 or 4.'),
  })
  .meta({
    id: 'ComplaintCounts',
    description: 'Complaints of the customers whose primary owner counts to it.',
  });
type Complaints = z.output<typeof Complaints>;

const Figures = z.object({ kpis: z.array(PartKpi), complaints: Complaints });
const Targets = z.array(MonthTarget).describe('By measure.');

const Deviation = target.row
  .pick({ targetId: true, responsible: true, measure: true, dimensions: true, currency: true })
  .extend(
    UnitTarget.pick({ target: true, actual: true, gap: true, achievement: true, pace: true, status: true })
      .shape,
  )
  .meta({ id: 'TargetDeviation', description: 'A target that is far from being reached, or far passed.' });

const Evaluations = z
  .object({
    people: z.int().describe('Who was evaluated for the month.'),
    median: Rational.nullable().describe(
      'Half of the totals are no higher, in basis points; null without any.',
    ),
    steps: z
      .array(z.object({ fromBp: z.int(), toBp: z.int().describe('Below this.'), people: z.int() }))
      .describe('How many totals lie in each step, the lowest first; steps without any are left out.'),
  })
  .meta({ id: 'EvaluationDistribution', description: 'How the totals of evaluations are distributed.' });

async function complaintsOf(
  db: AnyDb,
  unitId: string,
  { start, endExclusive }: Span,
  timeZone: string,
): Promise<(partIds: readonly string[]) => Complaints> {
  const last = addDays(endExclusive, -1);
  const resolved = dayIn('resolvedAt', timeZone);
  const isOpen = sql`("resolvedAt" is null or ${resolved} > ${last}::date)`;
  const rows = await rowsOf<Complaints & { readonly peer: string }>(
    db,
    sql`with recursive ${partsOf(unitId)}
      select member.peer,
        count(*) filter (where ${dayIn('loggedAt', timeZone)} >= ${start}::date)::integer as logged,
        count(*) filter (where ${resolved} >= ${start}::date and not ${isOpen})::integer as resolved,
        count(*) filter (where ${isOpen})::integer as open,
        count(*) filter (where ${isOpen} and severity >= ${severe})::integer as "openSevere"
      from complaint ${ownedByMember(sql`complaint."customerId"`, last)}
      where ${dayIn('loggedAt', timeZone)} <= ${last}::date
      group by member.peer`,
  );
  return (partIds) => {
    const some = rows.filter(({ peer }) => partIds.includes(peer));
    const sum = (name: keyof Complaints) => some.reduce((total, row) => total + row[name], 0);
    return {
      logged: sum('logged'),
      resolved: sum('resolved'),
      open: sum('open'),
      openSevere: sum('openSevere'),
    };
  };
}

/** The totals of those who work in a unit or below it on a day, as far as the reader sees their evaluations. */
async function evaluationsOf(
  db: AnyDb,
  unitId: string,
  periodId: string,
  day: string,
  { visibilityBy }: Asker,
): Promise<z.output<typeof Evaluations> | null> {
  const visibility = visibilityBy('evaluation:read');
  if (!visibility) return null;
  const rows = await rowsOf<{
    readonly personId: string;
    readonly start: string;
    readonly totalBp: number | null;
  }>(
    db,
    sql`with recursive ${unitOf(unitId)}
      select evaluation."personId", evaluation.start, evaluation."totalBp"
      from evaluation join member on member.id = evaluation."personId" and member.days @> ${day}::date
      where evaluation."periodId" = ${periodId} order by evaluation."totalBp"`,
  );
  const seen = rows.filter(({ personId, start }) => isVisible({ visibility }, personId, start));
  const totals = seen.flatMap(({ totalBp }) => totalBp ?? []);
  const steps = Map.groupBy(totals, (total) => Math.floor(total / stepBp) * stepBp);
  const whole = totals.map((total) => ({ num: BigInt(total), den: 1n }));
  return {
    people: seen.length,
    median: medianOf(whole),
    steps: [...steps].map(([fromBp, within]) => ({ fromBp, toBp: fromBp + stepBp, people: within.length })),
  };
}

type Far = UnitTarget & {
  readonly row: Pick<z.output<typeof target.row>, 'targetId' | 'responsible' | 'dimensions'>;
};

const distance = ({ gap }: UnitTarget): bigint => (gap < 0n ? -gap : gap);

/** Of each measure those whose actual is farthest from the target. */
const farthest = (entries: readonly Far[]) =>
  [...Map.groupBy(entries, ({ measure, currency }) => `${measure} ${currency ?? ''}`).values()].flatMap(
    (alike) =>
      alike
        .toSorted((a, b) => Number(distance(a) < distance(b)) - Number(distance(a) > distance(b)))
        .slice(0, deviationsMax)
        .map(({ row, periodId: _, ...entry }) => ({
          ...entry,
          targetId: row.targetId,
          responsible: row.responsible,
          dimensions: row.dimensions,
        })),
  );

export const getUnitMonth = query({
  name: 'GetUnitMonth',
  summary:
    'Get the month of a unit: the indicators and complaints of its parts side by side, the targets of two levels below and who causes what is missing, the rolling year, the largest deviations and how people were evaluated. The figures of the unit are the sums of those of its parts.',
  permission: 'figures:read',
  path: '/org-units/:unitId/months/:month',
  input: {
    unitId: UnitId,
    month: PeriodId.describe('The fiscal month, such as FY2026-M03.'),
    kpis: z
      .array(KpiKey)
      .min(1)
      .max(9)
      .optional()
      .describe('By which indicators the parts are compared, with commas; the usual ones when left out.'),
    asOf: LocalDate.optional().describe('Only figures up to this day; today when left out.'),
  },
  output: z
    .object({
      unitId: UnitId,
      month: PeriodId,
      start: LocalDate,
      endExclusive: LocalDate,
      asOf: LocalDate.describe('The last day whose figures are in it.'),
      currency: Currency.nullable().describe('Currency of the sums of money.'),
      complete: Complete,
      whole: Figures.extend({ targets: Targets }),
      parts: z.array(
        Part.extend({
          ...Figures.shape,
          targets: Targets,
          parts: z
            .array(Part.extend({ targets: Targets }))
            .describe('The parts of a unit that have targets; of a person there are none.'),
        }),
      ),
      rollingYear: RollingYear.nullable().describe('Null for who does not see everybody in the unit.'),
      deviations: z
        .array(Deviation)
        .describe(
          'The five of each measure whose actual is farthest from the target, among those that are not broken down in the month.',
        ),
      evaluations: Evaluations.nullable().describe('Null for who does not read evaluations.'),
    })
    .meta({ id: 'UnitMonth', description: 'The month of a unit, of its parts and of theirs.' }),
  reads: together(...partModels, ...unitTargetModels, ...rollingModels, evaluation),
  answer: async (db, { unitId, month, kpis: keys = monthlyKpis, asOf: asked }, asker) => {
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
    const span = levelOf(month) === 'month' ? spanOf(month, periods) : undefined;
    const kpis = chosen(await definitionsOf(db), keys, undefined);
    if (!unit || !span || !kpis) return nothing;
    const seen = await partsSeen(db, unitId, span, asker);
    if (!seen) return nothing;
    const days = upTo(span, asked ?? asker.today);
    const last = addDays(days.endExclusive, -1);
    const currency = await reportingCurrency(db);
    const kpisOf = await kpisOfParts(db, unitId, kpis, days, currency);
    const complaints = await complaintsOf(db, unitId, days, asker.timeZone);
    const figures = (ids: readonly string[]) => ({ kpis: kpisOf(ids), complaints: complaints(ids) });

    const targets = await unitTargets(db, month, last, asker);
    const partsIn = (id: string): readonly Part[] => [
      ...targets.unitsIn(id).map((below) => ({ kind: 'unit' as const, id: below })),
      ...targets.peopleIn(id).map((personId) => ({ kind: 'person' as const, id: personId })),
    ];
    const targetsOf = (within: string, { kind, id }: Part): ByMeasure =>
      kind === 'unit' ? targets.ofUnit(id) : targets.ofPerson(within, id);
    const tree = seen.parts.map((part) => ({
      part,
      own: targetsOf(unitId, part),
      below:
        part.kind === 'unit' ? partsIn(part.id).map((one) => ({ one, own: targetsOf(part.id, one) })) : [],
    }));
    const own = targets.ofUnit(unitId);
    const leaves = targets.leavesOf(unitId);
    const all = [own, ...tree.flatMap((branch) => [branch.own, ...branch.below.map((leaf) => leaf.own)])];
    const { reached } = await reachedOf(
      db,
      [...leaves, ...all.flatMap((some) => [...some.values()].flat())],
      last,
    );
    const shown = (some: ByMeasure, above?: ByMeasure) =>
      [...some].map(([measure, rows]) => {
        const whole = above?.get(measure);
        const entry = reached(rows);
        const missing = whole ? reached(whole).gap : 0n;
        return { ...entry, gapShare: missing > 0n ? rational(entry.gap, missing) : null };
      });
    const rolling = monthOver(last);
    const year = rollingSpan(rolling, rollingPoints);
    const seesYear = await seesAll(db, unitOf(unitId), year, asker.visibility);
    return {
      unitId,
      month,
      ...span,
      asOf: last,
      currency,
      complete: seen.complete,
      whole: { ...figures(seen.parts.map(({ id }) => id)), targets: shown(own) },
      parts: tree.map((branch) => ({
        ...branch.part,
        ...figures([branch.part.id]),
        targets: shown(branch.own, own),
        parts: branch.below
          .filter((leaf) => leaf.own.size > 0)
          .map((leaf) => ({ ...leaf.one, targets: shown(leaf.own, branch.own) })),
      })),
      rollingYear: seesYear ? await rollingYear(db, unitOf(unitId), rolling, rollingPoints, currency) : null,
      deviations: farthest(leaves.map((row) => ({ row, ...reached([row]) }))),
      evaluations: await evaluationsOf(db, unitId, month, last, asker),
    };
  },
});
