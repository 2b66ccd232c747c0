import { sql } from 'kysely';
import { z } from 'zod';
import { query } from '../engine/query.ts';
import { Currency, LocalDate, PersonId } from '../events/values.ts';
import { assignment } from './assignment.ts';
import { daySheet } from './day-sheet.ts';
import { DayTarget, dayTargetModels, dayTargets } from './day-targets.ts';
import { teamOf } from './members.ts';
import { type AnyDb, rowsOf, together } from './rows-of.ts';
import { isVisible } from './visible.ts';
import { visit } from './visit.ts';

const counts = [
  'planned',
  'started',
  'completed',
  'missed',
  'unplanned',
  'effective',
  'leftOpen',
  'ordersCount',
  'calls',
] as const;
const moneys = ['ordersNetMinor', 'collectionsMinor', 'costMinor'] as const;

type Sheet = z.output<typeof daySheet.row>;

const Totals = daySheet.row
  .pick(Object.fromEntries(counts.map((count) => [count, true])) as Record<(typeof counts)[number], true>)
  .extend({
    money: z
      .array(
        daySheet.row
          .pick(
            Object.fromEntries(moneys.map((money) => [money, true])) as Record<(typeof moneys)[number], true>,
          )
          .extend({ currency: Currency }),
      )
      .describe('What it brought and cost, by currency.'),
  })
  .meta({ id: 'TeamDayTotals', description: 'The sums of the day sheets of a team.' });

/** The sums of some sheets: money by currency, a sheet without money adds none. */
function totalsOf(sheets: readonly Sheet[]): z.output<typeof Totals> {
  const count = (name: (typeof counts)[number], of: readonly Sheet[] = sheets) =>
    of.reduce((sum, sheet) => sum + sheet[name], 0);
  const minor = (name: (typeof moneys)[number], of: readonly Sheet[]) =>
    of.reduce((sum, sheet) => sum + sheet[name], 0n);
  const byCurrency = Map.groupBy(sheets, ({ currency }) => currency);
  return {
    ...(Object.fromEntries(counts.map((name) => [name, count(name)])) as Record<
      (typeof counts)[number],
      number
    >),
    money: [...byCurrency]
      .flatMap(([currency, of]) => (currency === null ? [] : [{ currency, of }]))
      .toSorted((a, b) => (a.currency < b.currency ? -1 : 1))
      .map(({ currency, of }) => ({
        currency,
        ordersNetMinor: minor('ordersNetMinor', of),
        collectionsMinor: minor('collectionsMinor', of),
        costMinor: minor('costMinor', of),
      })),
  };
}

async function teamOn(db: AnyDb, leader: string, date: string): Promise<readonly string[]> {
  const rows = await rowsOf<{ readonly id: string }>(
    db,
    sql`with recursive ${teamOf(leader)} select id from member where days @> ${date}::date order by id`,
  );
  return rows.map(({ id }) => id);
}

export const getTeamDay = query({
  name: 'GetTeamDay',
  summary:
    'Get the day of a person’s team: of each one the sheet, the visit that is going on and the targets, and the sums. Who may not see everybody in it gets those they see, and the sums of these.',
  permission: 'day-sheet:read',
  path: '/people/:personId/days/:date/team',
  input: { personId: PersonId.describe('Whose team it is; that one is part of it.'), date: LocalDate },
  output: z
    .object({
      personId: PersonId,
      date: LocalDate,
      totals: Totals,
      people: z.array(
        z.object({
          personId: PersonId,
          sheet: daySheet.row.nullable().describe('Null when nothing is known of the day.'),
          now: visit.row.nullable().describe('The visit that is going on.'),
          targets: z.array(DayTarget).describe('The targets whose period the day lies in.'),
        }),
      ),
    })
    .meta({ id: 'TeamDay', description: 'The day of a team.' }),
  reads: together(daySheet, visit, assignment, ...dayTargetModels),
  subject: ({ personId }) => personId,
  answer: async (db, { personId: leader, date }, asker) => {
    const team = await teamOn(db, leader, date);
    const seen = team.filter((personId) => isVisible(asker, personId, date));
    const among = sql<string>`any(${seen}::uuid[])`;
    const sheets = await db
      .selectFrom('day_sheet')
      .selectAll()
      .where('date', '=', date)
      .where('personId', '=', among)
      .execute();
    const open = await db
      .selectFrom('visit')
      .selectAll()
      .where('date', '=', date)
      .where('state', '=', 'open')
      .where('personId', '=', among)
      .orderBy('visitId')
      .execute();
    const targetsOf = await dayTargets(db, seen, date);
    return {
      personId: leader,
      date,
      totals: totalsOf(sheets),
      people: seen.map((personId) => ({
        personId,
        sheet: sheets.find((sheet) => sheet.personId === personId) ?? null,
        now: open.find((one) => one.personId === personId) ?? null,
        targets: targetsOf(personId),
      })),
    };
  },
});
