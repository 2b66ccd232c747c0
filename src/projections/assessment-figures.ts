import { z } from 'zod';
import { addDays } from '../engine/instant.ts';
import { query } from '../engine/query.ts';
import { PeriodId } from '../events/calendar.ts';
import { KpiDirection, KpiKey, KpiVersionNumber } from '../events/kpi.ts';
import { spanOf } from '../events/period.ts';
import { Role } from '../events/permission.ts';
import { LocalDate, PersonId } from '../events/values.ts';
import { reportingCurrency, sumFigures } from './figures.ts';
import { KpiValue, valueModels, visibleOf } from './kpi.ts';
import { definitionsOf } from './kpi-definition.ts';
import { evaluated } from './kpi-value.ts';
import { onePerson, seesAll } from './members.ts';
import { requiredVolume } from './required-volume.ts';
import { roleGrant } from './role-grant.ts';
import { together } from './rows-of.ts';
import { windowOf } from './term-window.ts';

const Asked = z
  .string()
  .regex(/^[a-z][a-z0-9_]{1,59}(@[1-9]\d{0,8})?$/)
  .transform((text) => {
    const [key = '', version] = text.split('@');
    return { key, version: version === undefined ? null : Number(version) };
  })
  .describe('A key, or a key and a version, such as transaction_rate@1.');

const { numerator, denominator, value, state } = KpiValue.shape;

export const AssessmentFigures = z
  .object({
    span: z
      .object({ start: LocalDate, endExclusive: LocalDate })
      .nullable()
      .describe('Days of the period; null where there is no such period.'),
    roles: z.array(Role).describe('The roles that the person had on its last day.'),
    values: z
      .array(
        z.object({
          kpi: KpiKey,
          version: KpiVersionNumber,
          direction: KpiDirection,
          numerator,
          denominator,
          value,
          state,
        }),
      )
      .describe('Of each indicator asked for that is published; what the reader may not see is left out.'),
    reportsSigned: z.int().describe('Daily reports of the period with a signature in force.'),
    reportsDue: z.int().describe('Daily reports of the period that were due.'),
  })
  .meta({ id: 'AssessmentFigures', description: 'What an assessment of a person rests on.' });
export type AssessmentFigures = z.output<typeof AssessmentFigures>;

const none = { span: null, roles: [], values: [], reportsSigned: 0, reportsDue: 0 };

export const getAssessmentFigures = query({
  name: 'GetAssessmentFigures',
  summary:
    'Get what an assessment of a person over a period rests on. What there is not is left out instead of an error.',
  permission: 'figures:read',
  path: '/people/:personId/periods/:periodId/assessment-figures',
  input: {
    personId: PersonId,
    periodId: PeriodId,
    kpis: z.array(Asked).min(1).max(50).describe('Which indicators, with commas.'),
  },
  output: AssessmentFigures,
  reads: together(...valueModels, roleGrant),
  subject: ({ personId }) => personId,
  answer: async (db, { personId, periodId, kpis }, { visibility }) => {
    const periods = await db
      .selectFrom('fiscal_period')
      .select(['periodId', 'level', 'parentId', 'start', 'endExclusive'])
      .orderBy('start')
      .execute();
    const found = spanOf(periodId, periods);
    const members = onePerson(personId);
    if (!found || !(await seesAll(db, members, found, visibility))) return none;
    const span = { start: found.start, endExclusive: found.endExclusive };
    const granted = await db
      .selectFrom('role_grant')
      .select(['role', 'from', 'to'])
      .where('personId', '=', personId)
      .orderBy('role')
      .execute();
    const last = addDays(span.endExclusive, -1);
    const definitions = await definitionsOf(db);
    const published = kpis.flatMap(({ key, version }) => {
      const versions = definitions.find((each) => each.key === key)?.versions ?? [];
      return (version === null ? versions.at(-1) : versions.find((each) => each.version === version)) ?? [];
    });
    const asked = await visibleOf(db, published, members, [span], visibility);
    const currency = await reportingCurrency(db);
    const resultOf = await evaluated<number>(
      asked,
      [],
      (measures, filters, window, formula) =>
        sumFigures(db, members, measures, [windowOf(window, span)], currency, filters, formula),
      () => requiredVolume(db, members, [span]),
    );
    const reports = await sumFigures(db, members, ['reports_signed', 'reports_due'], [span], currency);
    return {
      span,
      roles: granted
        .filter(({ from, to }) => from <= last && (to === null || to > last))
        .map(({ role }) => role),
      values: asked.map((kpi) => {
        const { sample: _, ...result } = resultOf(0, kpi);
        return { kpi: kpi.key, version: kpi.version, direction: kpi.direction, ...result };
      }),
      reportsSigned: Number(reports(0, 'reports_signed')),
      reportsDue: Number(reports(0, 'reports_due')),
    };
  },
});
