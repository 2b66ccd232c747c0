import { z } from 'zod';
import { PipelineVersion, StageId } from './pipeline.ts';
import {
  type InputFault,
  Interval,
  openDealsMax,
  type SimulationInput,
  StageIndex,
  valuesMax,
} from './simulation-model.ts';
import { split } from './split.ts';
import { Currency, LocalDate, PipelineId } from './values.ts';

const Count = z.int().min(0);

/** What history says of a pipeline, as a simulation takes it. */
export const SimulationBasis = z
  .object({
    pipelineId: PipelineId,
    pipelineVersion: PipelineVersion.describe('The version whose open stages these are.'),
    currency: Currency.nullable().describe('Only opportunities in it count; null where there are none.'),
    asOf: LocalDate.describe('What happened before this day counts.'),
    historyFrom: LocalDate.describe('Stays, arrivals and wins count from this day on.'),
    stages: z
      .array(
        z.object({
          stageId: StageId,
          name: z.string(),
          controllable: z.boolean(),
          intervals: z.array(Interval).describe('How long stays lasted, and how they ended.'),
        }),
      )
      .describe('The open stages in their order.'),
    months: z
      .array(z.object({ month: z.string().describe('Such as 2026-03.'), arrived: Count }))
      .describe('How many were opened in each whole month.'),
    values: z.array(z.object({ amountMinor: z.bigint(), count: Count })).describe('What was won.'),
    openDeals: z
      .array(
        z.object({
          stage: StageIndex,
          ageDays: Count,
          amountMinor: z.bigint().nullable().describe('Null where it is not known.'),
          count: Count,
        }),
      )
      .describe('What is open or on hold.'),
  })
  .meta({ id: 'SimulationBasis', description: 'What history says of a pipeline, as a simulation takes it.' });
export type SimulationBasis = z.output<typeof SimulationBasis>;

const StageSample = z
  .object({ stageId: StageId, advanced: Count, back: Count, lost: Count, open: Count })
  .meta({ id: 'SimulationStageSample', description: 'How many stays in a stage ended how.' });

/** How much there is of a history. */
export const SimulationSample = z
  .object({
    stages: z.array(StageSample),
    months: Count.describe('Whole months.'),
    arrived: Count.describe('How many were opened in them.'),
    won: Count,
    open: Count.describe('How many are open or on hold.'),
  })
  .meta({
    id: 'SimulationSample',
    description: 'How much there is of the history that a simulation rests on.',
  });

const total = (counted: readonly { readonly count: number }[]): number =>
  counted.reduce((sum, { count }) => sum + count, 0);

export function sampleOf({
  stages,
  months,
  values,
  openDeals,
}: SimulationBasis): z.output<typeof SimulationSample> {
  return {
    stages: stages.map(({ stageId, intervals }) => {
      const ending = (exit: string) => total(intervals.filter((each) => each.exit === exit));
      return {
        stageId,
        advanced: ending('advanced'),
        back: ending('back'),
        lost: ending('lost'),
        open: ending('open'),
      };
    }),
    months: months.length,
    arrived: months.reduce((sum, { arrived }) => sum + arrived, 0),
    won: total(values),
    open: total(openDeals),
  };
}

type Stages = SimulationInput['stages'];
type Given = Extract<Stages[number]['passage'], { source: 'given' }>;
type Leaving = Pick<Given, 'advance' | 'back'>;

/** What of a model is given; all else is as history has it. */
export interface GivenModel {
  readonly transitions: readonly (Leaving & { readonly stageId: string })[];
  readonly durations: readonly { readonly stageId: string; readonly days: Given['days'] }[];
  readonly capacities: readonly { readonly stageId: string; readonly capacity: number }[];
  readonly arrivals?: SimulationInput['arrivals'] | undefined;
  readonly season?: SimulationInput['season'];
  readonly values?: SimulationInput['values'] | undefined;
}

/** So much history it takes, of each stage and of the whole. */
const enough = { endedStays: 10, months: 6, won: 5 } as const;

const of =
  (stageId: string) =>
  (each: { readonly stageId: string }): boolean =>
    each.stageId === stageId;

/** What there is too little history of, where it is not given. */
export function lacking(basis: SimulationBasis, given: GivenModel): InputFault[] {
  const { stages, months, won } = sampleOf(basis);
  const short = stages.flatMap(({ stageId, advanced, back, lost }): readonly InputFault[] => {
    const ended = advanced + back + lost;
    const part = ['transitions', 'durations'] as const;
    const missing = part.find((name) => !given[name].some(of(stageId)));
    return ended < enough.endedStays && missing
      ? [
          {
            pointer: `/${missing}`,
            detail: `${ended} stays in ${stageId} have ended; it takes ${enough.endedStays}.`,
          },
        ]
      : [];
  });
  return [
    ...short,
    ...(given.arrivals || months >= enough.months
      ? []
      : [{ pointer: '/arrivals', detail: `There are ${months} whole months; it takes ${enough.months}.` }]),
    ...(given.values || won >= enough.won
      ? []
      : [{ pointer: '/values', detail: `${won} were won; it takes ${enough.won}.` }]),
  ];
}

/** Where something is given of a stage that there is not. */
export function strangeStage({ stages }: SimulationBasis, given: GivenModel): InputFault | undefined {
  for (const name of ['transitions', 'durations', 'capacities'] as const) {
    const index = given[name].findIndex(({ stageId }) => !stages.some(of(stageId)));
    if (index >= 0) return { pointer: `/${name}/${index}/stageId`, detail: 'There is no such open stage.' };
  }
  return undefined;
}

function stagesOf({ stages }: SimulationBasis, given: GivenModel): Stages {
  return stages.map(({ stageId, name, controllable, intervals }) => {
    const { stageId: _, ...leaving } = given.transitions.find(of(stageId)) ?? { stageId };
    const days = given.durations.find(of(stageId))?.days;
    const passage: Stages[number]['passage'] =
      'advance' in leaving && days
        ? { source: 'given', ...leaving, days }
        : { source: 'history', intervals, ...leaving, ...(days && { days }) };
    return { name, controllable, capacity: given.capacities.find(of(stageId))?.capacity ?? 0, passage };
  });
}

type Months = SimulationBasis['months'];

/** A season takes two years, and twenty arrivals for each month of the year. */
const seasonMonthsMin = 24;
const seasonArrivalsMin = 240;
/** What one, two and three divide. */
const divisible = 6n;
const monthOf = ({ month }: Months[number]): number => Number(month.slice(5)) - 1;

/** The share of the year that each of its months had, where there is enough history to say. */
export function seasonOf(months: Months): number[] | undefined {
  const arrived = months.reduce((sum, each) => sum + each.arrived, 0);
  if (months.length < seasonMonthsMin || arrived < seasonArrivalsMin) return undefined;
  const means = Array.from({ length: 12 }, (_, index) => {
    const same = months.filter((each) => monthOf(each) === index);
    return (BigInt(same.reduce((sum, each) => sum + each.arrived, 0)) * divisible) / BigInt(same.length);
  });
  return split(10_000n, means).map(Number);
}

const fine = 100_000_000n;

/** The months as they would have been without seasons: as many arrivals in all. */
function withoutSeason(months: Months, season: readonly number[] | undefined): number[] {
  const arrived = months.map((each) => BigInt(each.arrived));
  const weights = months.map((each, index) => {
    const share = BigInt(season?.[monthOf(each)] ?? 1);
    return share === 0n ? 0n : (arrived[index]! * fine) / share;
  });
  const isEmpty = weights.every((weight) => weight === 0n);
  const sum = arrived.reduce((a, b) => a + b, 0n);
  return (!season || isEmpty ? arrived : split(sum, weights)).map(Number);
}

type Values = SimulationInput['values'];

/** At most so many values as are told apart, each standing for as many of the sorted ones. */
function thinned(values: SimulationBasis['values']): Values {
  const sorted = values
    .map(({ amountMinor, count }) => ({ amountMinor: Number(amountMinor), count }))
    .toSorted((a, b) => a.amountMinor - b.amountMinor);
  if (sorted.length <= valuesMax) return sorted;
  const all = total(sorted);
  let index = 0;
  let through = sorted[0]!.count;
  return Array.from({ length: valuesMax }, (_, part) => {
    const rank = Math.floor(((2 * part + 1) * all) / (2 * valuesMax));
    while (through <= rank) through += sorted[++index]!.count;
    return { amountMinor: sorted[index]!.amountMinor, count: 1 };
  });
}

type OpenDeals = SimulationBasis['openDeals'];

/** Where there are too many different ones, those of the same stage and age share their mean. */
function merged(openDeals: OpenDeals): OpenDeals {
  if (openDeals.length <= openDealsMax) return openDeals;
  const alike = Map.groupBy(
    openDeals,
    ({ stage, ageDays, amountMinor }) => `${stage} ${ageDays} ${amountMinor === null}`,
  );
  return [...alike.values()].map((same) => {
    const count = total(same);
    const sum = same.reduce((all, each) => all + (each.amountMinor ?? 0n) * BigInt(each.count), 0n);
    return { ...same[0]!, count, amountMinor: same[0]!.amountMinor === null ? null : sum / BigInt(count) };
  });
}

/** The model that history and what is given make together. */
export function modelOf(basis: SimulationBasis, given: GivenModel) {
  const season = given.season ?? (given.arrivals ? undefined : seasonOf(basis.months));
  return {
    stages: stagesOf(basis, given),
    arrivals: given.arrivals ?? { source: 'history' as const, months: withoutSeason(basis.months, season) },
    ...(season && { season }),
    values: given.values ?? thinned(basis.values),
    openDeals: merged(basis.openDeals).map(({ amountMinor, ...deal }) => ({
      ...deal,
      ...(amountMinor !== null && { amountMinor: Number(amountMinor) }),
    })),
  };
}
