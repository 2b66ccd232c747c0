import { sql } from 'kysely';
import { z } from 'zod';
import { addDays } from '../engine/instant.ts';
import { type Db, query } from '../engine/query.ts';
import { LocalDate, Position } from '../events/values.ts';
import { getAssessmentFigures } from './assessment-figures.ts';
import { customerFact } from './customer-fact.ts';
import { evaluation } from './evaluation.ts';
import { type Span, spanOf, tenant } from './event-log.ts';
import { fiscalPeriod } from './fiscal-period.ts';
import { receivableEntry } from './receivable-entry.ts';
import { type AnyDb, rowsOf } from './rows-of.ts';
import { isVisible } from './visible.ts';
import { visitFact } from './visit-fact.ts';

/** The events of which the figures of an assessment are made. */
const figureTypes = [...new Set(getAssessmentFigures.reads.flatMap(({ on }) => Object.keys(on)))];
/** What is open of an invoice counts in every later period too. */
const lastingTypes = new Set(Object.keys(receivableEntry.on));

/** So many positions of the log are looked at in one statement. */
const stride = 20_000;
const becauseMax = 100;

/** What was recorded on a business day; undefined where that has not opened. */
async function recordedOn(db: AnyDb, date: string): Promise<Span | undefined> {
  const { head } = await spanOf(db, {});
  const opened = (day: string) => sql`max(position) filter (where data->>'date' = ${day})`;
  const [turns] = await rowsOf(
    db,
    sql<{ readonly after: number | null; readonly upTo: number | null }>`
      select (${opened(date)})::float8 as after, (${opened(addDays(date, 1))})::float8 as "upTo" from log.event
      where tenant_id = ${tenant} and type = 'BusinessDayOpened' and position <= ${head}::bigint`,
  );
  const { after, upTo } = turns!;
  return after === null ? undefined : { after, upTo: upTo ?? head };
}

interface Recorded {
  readonly position: number;
  readonly type: string;
  /** The event, and the days and people of the visit and of the customer that it is about. */
  readonly text: string;
}

const recordedIn = ({ after, upTo }: Span) => sql<Recorded>`
  select position::float8 as position, type, event.data::text || json_build_array(
    effective_on, visit.date, visit."personId", customer."newOn", customer."personId")::text as text
  from log.event as event
  left join lateral (select * from visit_fact where "visitId" = (event.data->>'visitId')::uuid limit 1) as visit on true
  left join lateral (
    select * from customer_fact where "customerId" = (event.data->>'customerId')::uuid limit 1) as customer on true
  where tenant_id = ${tenant} and type = any(${figureTypes}::text[])
    and position > ${after}::bigint and position <= ${upTo}::bigint
  order by position`;

const found = (text: string, pattern: RegExp): readonly string[] => [
  ...new Set(Array.from(text.matchAll(pattern), ([, one]) => one!)),
];
const daysIn = (text: string) => found(text, /"(\d{4}-\d{2}-\d{2})"/g);
const idsIn = (text: string) => found(text, /"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"/g);

const models = [evaluation, fiscalPeriod, visitFact, customerFact] as const;

/** The evaluations of closed periods by period and person. */
async function evaluationsOfClosed(db: Db<typeof models>) {
  const rows = await db
    .selectFrom('evaluation')
    .innerJoin('fiscal_period', 'fiscal_period.periodId', 'evaluation.periodId')
    .select(['evaluation.personId', 'evaluation.periodId', 'evaluation.factsKnownAt'])
    .select(['fiscal_period.start', 'fiscal_period.endExclusive'])
    .where('fiscal_period.state', '=', 'closed')
    .orderBy('evaluation.periodId')
    .orderBy('evaluation.personId')
    .execute();
  return [...Map.groupBy(rows, ({ periodId }) => periodId).values()].map((some) => ({
    start: some[0]!.start,
    endExclusive: some[0]!.endExclusive,
    byPerson: new Map(some.map((row) => [row.personId as string, { ...row, because: [] as number[] }])),
  }));
}

export const listOutdatedEvaluations = query({
  name: 'ListOutdatedEvaluations',
  summary:
    'List the evaluations of closed periods that may be outdated by what was recorded on a business day: it names the person and a day of the period. They are restated by themselves when the next day opens.',
  permission: 'evaluation:read',
  path: '/evaluations/outdated',
  input: { recordedOn: LocalDate.describe('The business day on which it was recorded.') },
  output: z.object({
    data: z.array(
      evaluation.row.pick({ personId: true, periodId: true }).extend({
        because: z
          .array(Position)
          .describe(`The first events, at most ${becauseMax}, by position in the log.`),
      }),
    ),
  }),
  reads: models,
  answer: async (db, { recordedOn: date }, asker) => {
    const recorded = await recordedOn(db, date);
    const periods = recorded ? await evaluationsOfClosed(db) : [];
    if (!recorded || periods.length === 0) return { data: [] };
    for (let { after } = recorded; after < recorded.upTo; after += stride) {
      const span = { after, upTo: Math.min(after + stride, recorded.upTo) };
      for (const { position, type, text } of await rowsOf(db, recordedIn(span))) {
        const days = daysIn(text);
        const touched = periods.filter(({ start, endExclusive }) =>
          days.some((day) => day < endExclusive && (day >= start || lastingTypes.has(type))),
        );
        const ids = touched.length > 0 ? idsIn(text) : [];
        for (const { byPerson } of touched)
          for (const { factsKnownAt, because } of ids.flatMap((id) => byPerson.get(id) ?? []))
            if (factsKnownAt < position && because.length < becauseMax) because.push(position);
      }
    }
    return {
      data: periods
        .flatMap(({ byPerson }) => [...byPerson.values()])
        .filter(({ personId, start, because }) => because.length > 0 && isVisible(asker, personId, start))
        .map(({ personId, periodId, because }) => ({ personId, periodId, because })),
    };
  },
});
