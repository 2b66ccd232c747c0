import { sql } from 'kysely';
import { z } from 'zod';
import { addDays } from '../engine/instant.ts';
import { type Asker, nothing, query } from '../engine/query.ts';
import { readModel } from '../engine/read-model.ts';
import type { Standing } from '../events/opportunity.ts';
import { ForecastCategory, StageId, StageKind, usualForecast } from '../events/pipeline.ts';
import { Currency, PersonId, PipelineId } from '../events/values.ts';
import { Rational, rational } from './figures.ts';
import type { Members } from './members.ts';
import { pipeline } from './pipeline.ts';
import { type AnyDb, rowsOf, together } from './rows-of.ts';
import { type ChangeEvent, changeEvents, isRunning, onChange } from './standing.ts';
import { SubjectId, subjectModels, subjectOf } from './subject.ts';

/** Whose pipeline can be asked for. */
export const PipelineSubject = z
  .enum(['person', 'team', 'unit', 'organisation'])
  .describe('Whose opportunities, by who owns them and belongs to whom on the day.');

const row = {
  pipelineId: PipelineId,
  ownerId: PersonId,
  stageId: StageId,
  forecastCategory: ForecastCategory,
  currency: Currency,
  probabilityNum: z.bigint().describe('Numerator of the probability.'),
  probabilityDen: z.bigint().describe('Denominator of the probability.'),
  count: z.int().describe('How many opportunities are open or on hold there.'),
  valueMinor: z.bigint().describe('What they may come to, in minor units.'),
};
type Row = z.output<z.ZodObject<typeof row>>;
type Key = Omit<Row, 'count' | 'valueMinor'>;

const placeOf = (pipelineId: string, standing: Standing): Key => {
  const { ownerId, stageId, status, forecastCategory, value, probability } = standing;
  return {
    pipelineId,
    ownerId,
    stageId,
    forecastCategory: forecastCategory ?? usualForecast[status],
    currency: value.currency,
    probabilityNum: BigInt(probability.num),
    probabilityDen: BigInt(probability.den),
  };
};
const textOf = ({ pipelineId: _, ...place }: Key): string => Object.values(place).join(' ');

/** What a change takes from one place of the board and puts to another. */
const steps = ({ data: { pipelineId, before, after } }: ChangeEvent) =>
  [
    ...(before && isRunning(before) ? [{ standing: before, sign: -1 }] : []),
    ...(isRunning(after) ? [{ standing: after, sign: 1 }] : []),
  ].map(({ standing, sign }) => ({
    place: placeOf(pipelineId, standing),
    count: sign,
    valueMinor: BigInt(sign) * BigInt(standing.value.amountMinor),
  }));

const sums = {
  key: (event: ChangeEvent): readonly Key[] => [
    ...new Map(steps(event).map(({ place }) => [textOf(place), place])).values(),
  ],
  row: (board: Row | undefined, event: ChangeEvent, key: Key): Row | undefined => {
    const here = steps(event).filter(({ place }) => textOf(place) === textOf(key));
    const count = here.reduce((sum, step) => sum + step.count, board?.count ?? 0);
    const valueMinor = here.reduce((sum, step) => sum + step.valueMinor, board?.valueMinor ?? 0n);
    if (board?.count === count && board.valueMinor === valueMinor) return board;
    return count === 0 ? undefined : { ...key, count, valueMinor };
  },
};

/** What is in the pipeline now, summed by owner, stage, category of forecast, currency and probability. */
export const pipelineBoard = readModel({
  name: 'pipeline_board',
  version: 1,
  summary:
    'What is in the pipeline now, summed by owner, stage, category of forecast, currency and probability.',
  key: [
    'pipelineId',
    'ownerId',
    'stageId',
    'forecastCategory',
    'currency',
    'probabilityNum',
    'probabilityDen',
  ],
  row,
  of: changeEvents,
  on: onChange(sums),
});

const Amounts = z
  .object({
    currency: Currency,
    count: z.int(),
    valueMinor: z.bigint().describe('What they may come to, in minor units.'),
    weighted: Rational.describe('The sum of value times probability, in minor units, exact.'),
  })
  .meta({ id: 'PipelineAmounts', description: 'What is in the pipeline in one currency.' });
type Amounts = z.output<typeof Amounts>;

const plus = (one: Rational, other: Rational): Rational =>
  rational(one.num * other.den + other.num * one.den, one.den * other.den)!;
const none: Rational = { num: 0n, den: 1n };

/** Sums of some rows of the board, by currency. */
function amountsOf(rows: readonly Row[]): Amounts[] {
  return [...Map.groupBy(rows, ({ currency }) => currency)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([currency, group]) => ({
      currency,
      count: group.reduce((sum, { count }) => sum + count, 0),
      valueMinor: group.reduce((sum, { valueMinor }) => sum + valueMinor, 0n),
      weighted: group
        .map(
          ({ valueMinor, probabilityNum, probabilityDen }) =>
            rational(valueMinor * probabilityNum, probabilityDen)!,
        )
        .reduce(plus, none),
    }));
}

const countOf = (rows: readonly Row[]): number => rows.reduce((sum, { count }) => sum + count, 0);

const boardModels = together(pipelineBoard, pipeline, ...subjectModels);

/** Whose opportunities are on the board: the subject's, else those of everybody whom the reader sees today. */
function ownersOf(members: Members | null | undefined, { visibility, today }: Asker) {
  if (members)
    return sql`"ownerId" in (with recursive ${members} select id from member where days @> ${today}::date)`;
  const { intervals } = visibility;
  if (!intervals) return sql`true`;
  const seen = intervals.filter(({ from, to }) => from <= today && today < to);
  return sql`"ownerId" = any(${seen.map(({ personId }) => personId)}::uuid[])`;
}

async function boardOf(db: AnyDb, pipelineId: string, owners: ReturnType<typeof ownersOf>) {
  const rows = await rowsOf<Omit<Row, 'valueMinor'> & { readonly value: string }>(
    db,
    sql`select "stageId", "forecastCategory", currency, "probabilityNum", "probabilityDen",
        sum("count")::integer as "count", sum("valueMinor")::text as value
      from pipeline_board where "pipelineId" = ${pipelineId}::uuid and ${owners}
      group by "stageId", "forecastCategory", currency, "probabilityNum", "probabilityDen"`,
  );
  return rows.map(({ value, ...rest }): Row => ({ ...rest, valueMinor: BigInt(value) }));
}

export const getPipelineBoard = query({
  name: 'GetPipelineBoard',
  summary:
    'Get what is open or on hold in a pipeline, by stage and by category of forecast: how many, what they may come to, and that weighted by probability. Currencies are not added.',
  permission: 'opportunity:read',
  path: '/pipelines/:pipelineId/board',
  input: {
    pipelineId: PipelineId,
    subjectKind: PipelineSubject.optional().describe(
      'Whose opportunities; all that the reader sees when left out.',
    ),
    subjectId: SubjectId.optional(),
  },
  output: z.object({
    pipelineId: PipelineId,
    version: z.int().describe('The latest version of the pipeline.'),
    stages: z.array(
      z.object({
        stageId: StageId,
        name: z.string().describe('Name of the stage in the latest version that has it.'),
        kind: StageKind,
        count: z.int(),
        amounts: z.array(Amounts),
      }),
    ),
    categories: z
      .array(z.object({ category: ForecastCategory, count: z.int(), amounts: z.array(Amounts) }))
      .describe('The same by how far a forecast counts on it.'),
    count: z.int(),
    amounts: z.array(Amounts),
  }),
  reads: boardModels,
  subject: ({ subjectKind, subjectId }) =>
    subjectKind === 'person' || subjectKind === 'team' ? subjectId : undefined,
  answer: async (db, { pipelineId, subjectKind, subjectId }, asker) => {
    const defined = await db
      .selectFrom('pipeline')
      .select(['version', 'versions'])
      .where('pipelineId', '=', pipelineId)
      .executeTakeFirst();
    if (!defined?.version) return nothing;
    const { today, visibility } = asker;
    const span = { start: today, endExclusive: addDays(today, 1) };
    const subject = subjectKind && (await subjectOf(db, subjectKind, subjectId, span, visibility));
    if (subjectKind && !subject) return nothing;
    const rows = await boardOf(db, pipelineId, ownersOf(subject?.members, asker));
    const stages = defined.versions
      .toReversed()
      .flatMap(({ version, stages }) => stages.map((stage) => ({ ...stage, version })))
      .filter(({ stageId }, index, all) => all.findIndex((stage) => stage.stageId === stageId) === index)
      .filter(({ kind }) => isRunning({ status: kind }))
      .map(({ stageId, name, kind, version }) => {
        const here = rows.filter((each) => each.stageId === stageId);
        return { stageId, name, kind, version, count: countOf(here), amounts: amountsOf(here) };
      })
      .filter(({ version, count }) => version === defined.version || count > 0)
      .map(({ version: _, ...stage }) => stage);
    return {
      pipelineId,
      version: defined.version,
      stages,
      categories: ForecastCategory.options
        .map((category) => ({
          category,
          here: rows.filter(({ forecastCategory }) => forecastCategory === category),
        }))
        .filter(({ here }) => here.length > 0)
        .map(({ category, here }) => ({ category, count: countOf(here), amounts: amountsOf(here) })),
      count: countOf(rows),
      amounts: amountsOf(rows),
    };
  },
});
