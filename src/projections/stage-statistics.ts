import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import { addDays } from '../engine/instant.ts';
import { nothing, query, type Visibility } from '../engine/query.ts';
import { percentilesOf } from '../events/kaplan-meier.ts';
import { PipelineVersion, StageId } from '../events/pipeline.ts';
import { LocalDate, PipelineId } from '../events/values.ts';
import { type Members, seesAll } from './members.ts';
import { pipeline } from './pipeline.ts';
import { PipelineSubject } from './pipeline-board.ts';
import { Durations as DurationFigures, insufficientSample, Rate, rateOf } from './rate.ts';
import { type AnyDb, rowsOf, together } from './rows-of.ts';
import { stageInterval } from './stage-interval.ts';
import { SubjectId, subjectModels, subjectOf } from './subject.ts';
import { workingDayModels, workingDays } from './working-days.ts';

const Month = z
  .string()
  .regex(/^(19|20|21)\d\d-(0[1-9]|1[0-2])$/)
  .meta({ id: 'CalendarMonth', description: 'A calendar month, YYYY-MM.' });

const figures = {
  entered: z.int().describe('How many stays began: the sum of the seven that follow.'),
  advanced: z.int().describe('How many went on to a later stage.'),
  won: z.int().describe('How many ended by being won.'),
  lost: z.int().describe('How many ended by being lost.'),
  back: z.int().describe('How many went back to an earlier stage.'),
  onHold: z.int().describe('How many were put on hold.'),
  stillOpen: z.int().describe('How many last.'),
  wonEventually: z.int().describe('Of how many the opportunity is won, from this stage or a later one.'),
  overstayed: z.int().describe('How many took longer than planned, or last longer.'),
  conversion: Rate.describe(
    'Advanced or won over entered, of matured months: those that ended as many days ago as nine tenths of the stays in the stage take, or more.',
  ),
  duration: DurationFigures.describe('How long the stays take.'),
};
const Figures = z.object(figures);
type Figures = z.output<typeof Figures>;

const StageStatistics = z
  .object({
    stageId: StageId,
    name: z.string().describe('Name of the stage in the latest version that has it.'),
    plannedDurationDays: z.int().nullable().describe('How long a stay is planned to take now.'),
    controllable: z.boolean().describe('Whether it is ours to make a stay shorter.'),
    exceedsPlan: z.boolean().describe('Whether half of the stays take longer than that.'),
    toShorten: z.boolean().describe('Whether it exceeds its plan and is controllable.'),
    ...figures,
    cohorts: z.array(z.object({ month: Month, ...figures })).describe('By the month in which stays began.'),
  })
  .meta({ id: 'StageStatistics', description: 'What becomes of stays in a stage, and how long they take.' });

const endOf = (month: string): string =>
  Temporal.PlainYearMonth.from(month)
    .add({ months: 1 })
    .toPlainDate({ day: 1 })
    .subtract({ days: 1 })
    .toString();

interface Cohort {
  readonly stageId: string;
  readonly pipelineVersion: number;
  /** The first day of the month in which the stays began. */
  readonly month: string;
}
/** How many stays ended so; open where they last. */
interface Exits extends Cohort {
  readonly exit: string;
  readonly count: number;
  readonly won: number;
}
/** How many stays took so many days, and whether they are over. */
interface Durations extends Cohort {
  readonly durations: readonly (readonly [days: number, ended: boolean, count: number])[];
}
interface Stays {
  readonly exits: readonly Exits[];
  readonly durations: readonly Durations[];
}

interface Asked {
  readonly pipelineId: string;
  readonly asOf: string;
  readonly fromMonth?: string | undefined;
  readonly toMonth?: string | undefined;
}

const within = (month: RawBuilder<unknown>, { fromMonth, toMonth }: Asked) => sql`
  ${month} between ${fromMonth ? `${fromMonth}-01` : '-infinity'}::date and ${toMonth ? `${toMonth}-01` : 'infinity'}::date`;

/** The stays of everybody up to today, as the database has counted them. */
async function countedStays(db: AnyDb, asked: Asked): Promise<Stays> {
  const { pipelineId, asOf } = asked;
  const [exits, durations] = await Promise.all([
    rowsOf<Exits>(
      db,
      sql`select "stageId", "pipelineVersion", month, exit, sum("count")::integer as "count",
          coalesce(sum("count") filter (where won), 0)::integer as won
        from stage_exit where "pipelineId" = ${pipelineId}::uuid and "count" > 0 and ${within(sql`month`, asked)}
        group by 1, 2, 3, 4`,
    ),
    rowsOf<Durations>(
      db,
      sql`select "stageId", "pipelineVersion", month, json_agg(json_build_array(days, ended, "count")) as durations
        from (
          select "stageId", "pipelineVersion", ended, "count",
            case when ended then since else date_trunc('month', since)::date end as month,
            case when ended then days else ${asOf}::date - since end as days
          from stage_duration where "pipelineId" = ${pipelineId}::uuid and "count" > 0) as stays
        where ${within(sql`month`, asked)} group by 1, 2, 3`,
    ),
  ]);
  return { exits, durations };
}

/** The days from one day to another. */
type Length = (from: RawBuilder<unknown>, to: RawBuilder<unknown>) => RawBuilder<unknown>;
const elapsed: Length = (from, to) => sql`${to} - ${from}`;

interface Alike extends Cohort {
  readonly exit: string;
  readonly won: boolean;
  readonly lengths: readonly (readonly [days: number, count: number])[];
}

/**
 * The stays of some members as they stood at the end of a day, counted now, in one pass. Each member's are looked up by
 * themselves: joined, the stays of everybody would be read (docs/decisions/0021).
 */
async function staysOf(
  db: AnyDb,
  asked: Asked,
  members: Members | null,
  length: Length,
  today: string,
): Promise<Stays> {
  const { pipelineId, asOf } = asked;
  const of = (condition: RawBuilder<unknown>) => sql`select * from stage_interval stay
    where stay.kind = 'open' and stay."pipelineId" = ${pipelineId}::uuid and stay."enteredOn" <= ${asOf}::date ${condition}`;
  const stays = members
    ? sql`member cross join lateral (
        ${of(sql`and stay."ownerId" = member.id and member.days @> stay."enteredOn"`)} offset 0) as stay`
    : sql`(${of(sql``)}) as stay`;
  const wonThen = sql`exists (select from stage_interval closed where closed."opportunityId" = stay."opportunityId"
    and closed.kind = 'won' and closed."enteredOn" <= ${asOf}::date
    and (closed."leftOn" is null or closed."leftOn" > ${asOf}::date))`;
  const rows = await rowsOf<Alike>(
    db,
    sql`${members ? sql`with recursive ${members}` : sql``}
      select "stageId", "pipelineVersion", month, exit, won, json_agg(json_build_array(days, "count")) as lengths
      from (
        select stay."stageId", stay."pipelineVersion", date_trunc('month', stay."enteredOn")::date as month,
          case when stay."leftOn" <= ${asOf}::date then stay.exit else 'open' end as exit,
          ${asOf >= today ? sql`stay.won` : wonThen} as won,
          ${length(sql`stay."enteredOn"`, sql`least(stay."leftOn", ${asOf}::date)`)} as days, count(*) as "count"
        from ${stays} group by 1, 2, 3, 4, 5, 6) as alike
      where ${within(sql`month`, asked)} group by 1, 2, 3, 4, 5`,
  );
  return {
    exits: rows.map(({ lengths, won, ...cohort }) => {
      const count = lengths.reduce((sum, [, each]) => sum + each, 0);
      return { ...cohort, count, won: won ? count : 0 };
    }),
    durations: rows.map(({ lengths, ...cohort }) => ({
      ...cohort,
      durations: lengths.map(([days, count]) => [days, cohort.exit !== 'open', count] as const),
    })),
  };
}

/** Working days, as differences of how many there are before each day. */
async function workingLength(db: AnyDb, { pipelineId, asOf }: Asked): Promise<Length> {
  const [first] = await rowsOf<{ readonly start: string | null }>(
    db,
    sql`select min("enteredOn") as start from stage_interval where "pipelineId" = ${pipelineId}::uuid and kind = 'open'`,
  );
  const start = first?.start && first.start < asOf ? first.start : asOf;
  const before: number[] = [];
  const endExclusive = addDays(asOf, 1);
  const { count } = await workingDays(db as never, [], { start, endExclusive });
  for (let day = start; day < endExclusive; day = addDays(day, 1))
    before.push(count('', { start, endExclusive: day }));
  const at = (day: RawBuilder<unknown>) => sql`known.before[${day} - ${start}::date + 1]`;
  return (from, to) =>
    sql`(select ${at(to)} - ${at(from)} from (select ${before}::integer[] as before) as known)`;
}

/** Whether the reader may see the members since the first of their stays that is counted. */
async function seesStays(
  db: AnyDb,
  members: Members | null,
  asked: Asked,
  visibility: Visibility,
): Promise<boolean> {
  if (!members || visibility.intervals === null) return true;
  const [first] = await rowsOf<{ readonly start: string | null }>(
    db,
    sql`with recursive ${members}
      select min(own.start) as start from member cross join lateral (
        select min(stay."enteredOn") as start from stage_interval stay
        where stay."ownerId" = member.id and member.days @> stay."enteredOn"
          and stay.kind = 'open' and stay."pipelineId" = ${asked.pipelineId}::uuid
          and ${within(sql`date_trunc('month', stay."enteredOn")::date`, asked)}) as own`,
  );
  const { asOf, toMonth } = asked;
  const last = toMonth && endOf(toMonth) < asOf ? endOf(toMonth) : asOf;
  const span = { start: first?.start ?? last, endExclusive: addDays(last, 1) };
  return seesAll(db, members, span, visibility);
}

const sum = (exits: readonly Exits[], of: 'count' | 'won' = 'count'): number =>
  exits.reduce((total, row) => total + row[of], 0);

const lifetimesOf = (rows: readonly Durations[]) =>
  rows.flatMap(({ durations }) =>
    durations.map(([duration, ended, count]) => ({ duration, censored: !ended, count })),
  );

/** What stays come to; the conversion is that of those which are matured. */
function figuresOf(
  exits: readonly Exits[],
  matured: readonly Exits[],
  durations: readonly Durations[],
  plannedDays: (version: number) => number,
): Figures {
  const left = (...kinds: readonly string[]) => sum(exits.filter(({ exit }) => kinds.includes(exit)));
  const converted = matured.filter(({ exit }) => exit === 'forward' || exit === 'won');
  const overstayed = durations.flatMap(({ pipelineVersion, durations }) =>
    durations.map(([days, , count]) => (days > plannedDays(pipelineVersion) ? count : 0)),
  );
  return {
    entered: sum(exits),
    advanced: left('forward'),
    won: left('won'),
    lost: left('lost'),
    back: left('back'),
    onHold: left('on_hold'),
    stillOpen: left('open'),
    wonEventually: sum(exits, 'won'),
    overstayed: overstayed.reduce((total, count) => total + count, 0),
    conversion:
      exits.length > 0 && matured.length === 0 ? insufficientSample : rateOf(sum(converted), sum(matured)),
    duration: percentilesOf(lifetimesOf(durations)),
  };
}

const models = together(stageInterval, pipeline, ...subjectModels, ...workingDayModels);

export const getStageStatistics = query({
  name: 'GetStageStatistics',
  summary:
    'Get what becomes of stays in the stages of a pipeline, and how long they take, by the month in which they began. What lasts is censored, not left out; a conversion is that of matured months alone.',
  permission: 'opportunity:read',
  path: '/pipelines/:pipelineId/statistics',
  input: {
    pipelineId: PipelineId,
    subjectKind: PipelineSubject.default('organisation'),
    subjectId: SubjectId.optional(),
    fromMonth: Month.optional().describe('The first month in which stays began.'),
    toMonth: Month.optional().describe('The last month in which stays began.'),
    time: z
      .enum(['elapsed', 'working'])
      .default('elapsed')
      .describe('Whether all days count, or those of the working week that are no holidays of everybody.'),
    pipelineVersion: z
      .string()
      .regex(/^[1-9]\d{0,5}$/)
      .transform(Number)
      .optional()
      .describe(
        'The version of the pipeline that says what is planned; the one under which each opportunity was opened when left out.',
      ),
    asOf: LocalDate.optional().describe('The day at whose end it stood so; today when left out.'),
  },
  output: z.object({
    pipelineId: PipelineId,
    version: PipelineVersion.describe('The latest version of the pipeline.'),
    asOf: LocalDate,
    stages: z.array(StageStatistics),
  }),
  reads: models,
  subject: ({ subjectKind, subjectId }) =>
    subjectKind === 'person' || subjectKind === 'team' ? subjectId : undefined,
  answer: async (db, { subjectKind, subjectId, time, asOf: day, pipelineVersion, ...input }, asker) => {
    const { today, visibility } = asker;
    const asked = { ...input, asOf: day ?? today };
    const { asOf, pipelineId } = asked;
    const defined = await db
      .selectFrom('pipeline')
      .select(['version', 'versions'])
      .where('pipelineId', '=', pipelineId)
      .executeTakeFirst();
    if (!defined?.version || (pipelineVersion && pipelineVersion > defined.version)) return nothing;
    const subject = await subjectOf(
      db,
      subjectKind,
      subjectId,
      { start: asOf, endExclusive: asOf },
      visibility,
    );
    if (!subject || !(await seesStays(db, subject.members, asked, visibility))) return nothing;
    const isCounted = !subject.members && time === 'elapsed' && asOf >= today;
    const length = time === 'elapsed' ? elapsed : await workingLength(db, asked);
    const { exits, durations } = isCounted
      ? await countedStays(db, asked)
      : await staysOf(db, asked, subject.members, length, today);
    const exitsByStage = Map.groupBy(exits, ({ stageId }) => stageId);
    const durationsByStage = Map.groupBy(durations, ({ stageId }) => stageId);
    const stages = defined.versions
      .toReversed()
      .flatMap(({ version, stages }) => stages.map((stage) => ({ ...stage, version })))
      .filter(({ stageId }, index, all) => all.findIndex((stage) => stage.stageId === stageId) === index)
      .filter(
        ({ kind, stageId, version }) =>
          exitsByStage.has(stageId) || (kind === 'open' && version === defined.version),
      )
      .map(({ stageId, name, controllable, plannedDurationDays }) => {
        const planned = new Map(
          defined.versions.map(({ version, stages }) => [
            version,
            stages.find((stage) => stage.stageId === stageId)?.plannedDurationDays ?? Infinity,
          ]),
        );
        const plannedDays = (version: number) => planned.get(pipelineVersion ?? version) ?? Infinity;
        const all = exitsByStage.get(stageId) ?? [];
        const lengths = durationsByStage.get(stageId) ?? [];
        const { p50, p90 } = percentilesOf(lifetimesOf(lengths));
        const isMatured = ({ month }: Cohort): boolean =>
          p90 !== null && addDays(endOf(month.slice(0, 7)), p90) <= asOf;
        const exceedsPlan = plannedDurationDays !== null && p50 !== null && p50 > plannedDurationDays;
        const lengthsByMonth = Map.groupBy(lengths, ({ month }) => month);
        return {
          ...{ stageId, name, plannedDurationDays, controllable },
          exceedsPlan,
          toShorten: exceedsPlan && controllable,
          ...figuresOf(all, all.filter(isMatured), lengths, plannedDays),
          cohorts: [...Map.groupBy(all, ({ month }) => month)]
            .toSorted(([a], [b]) => (a < b ? -1 : 1))
            .map(([month, some]) => ({
              month: month.slice(0, 7),
              ...figuresOf(some, some.filter(isMatured), lengthsByMonth.get(month) ?? [], plannedDays),
            })),
        };
      });
    return { pipelineId, version: defined.version, asOf, stages };
  },
});
