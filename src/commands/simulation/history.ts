import { z } from 'zod';
import { canonicalJson, sha256 } from '../../engine/canonical.ts';
import { type Act, absent, type FactsDb, reject, unknown } from '../../engine/decision.ts';
import type { DataOf } from '../../engine/event.ts';
import { generated, inputErrors, strict } from '../../engine/input.ts';
import { instantAt } from '../../engine/instant.ts';
import { StageId } from '../../events/pipeline.ts';
import { simulationEvents } from '../../events/simulation.ts';
import {
  type GivenModel,
  lacking,
  modelOf,
  type SimulationBasis,
  sampleOf,
  strangeStage,
} from '../../events/simulation-basis.ts';
import {
  Arrivals,
  givenPassage,
  inputFault,
  isWhole,
  notWhole,
  SimulatedStage,
  simulationInput,
  stagesMax,
} from '../../events/simulation-model.ts';
import { Currency, Instant, LocalDate, PipelineId, SimulationId } from '../../events/values.ts';
import { type Calendar, calendar } from '../calendar/state.ts';
import { definitionRejects, name, yearOf } from './definition.ts';
import { nobody, type SimulationState, simulation } from './state.ts';

const { SimulationDefined } = simulationEvents;
const { advance, back, days } = givenPassage;
const { capacity } = SimulatedStage.shape;

const ofStages = <T extends z.ZodType<{ readonly stageId: string }>>(item: T) =>
  z
    .array(item)
    .max(stagesMax)
    .refine(
      (all) => new Set(all.map(({ stageId }) => stageId)).size === all.length,
      'Each stage is there once.',
    )
    .default([]);

const past = {
  currency: Currency.optional().describe(
    'Only opportunities in it count; the one that most of the pipeline have when left out.',
  ),
  knownAt: z
    .union([z.literal('now'), Instant])
    .optional()
    .describe(
      'As of when what was recorded counts: an instant, or `now`. The beginning of the first day when left out, and now for one that begins today.',
    ),
  historyMonths: z.int().min(6).max(36).default(24).describe('How many months back history counts.'),
};
const { horizonMonths, runs, seed, marketing, scenarios } = simulationInput;

const rejects = {
  ...definitionRejects,
  pipelineUnknown: absent('There is no such pipeline, or none of its versions was published then.'),
  momentUnknown: unknown('Nothing had been recorded then, or that is to come.'),
  dayInFuture: unknown('History ends today.'),
  insufficientHistory: 'There is too little history; what it lacks may be given.',
};

interface Facts {
  /** Undefined where there is no such pipeline. */
  readonly basis: SimulationBasis | undefined;
  readonly isMomentUnknown: boolean;
}

interface Asked {
  readonly pipelineId: string;
  readonly asOf: string;
  readonly knownAt?: string | undefined;
  readonly currency?: string | undefined;
  readonly historyMonths: number;
}

/** What history says of a pipeline on a day, as known then. */
async function factsOf(
  db: FactsDb,
  { pipelineId, asOf, knownAt, currency, historyMonths }: Asked,
  { today, timeZone }: Pick<Act, 'today' | 'timeZone'>,
): Promise<Facts> {
  const then = asOf < today ? instantAt(asOf, '00:00', timeZone) : 'now';
  const at = (knownAt ?? then) === 'now' ? undefined : (knownAt ?? then);
  const moment = at === undefined ? undefined : await db.momentAt(at);
  if (at !== undefined && !moment) return { basis: undefined, isMomentUnknown: true };
  const found = (await db.ask('ListPipelines', { pipelineId }, moment)) as {
    readonly data: readonly { readonly version: number | null }[];
  };
  const basis = found.data[0]?.version
    ? await db.ask(
        'GetSimulationBasis',
        { pipelineId, asOf, historyMonths, ...(currency && { currency }) },
        moment,
      )
    : undefined;
  return { basis: basis as SimulationBasis | undefined, isMomentUnknown: false };
}

type Defined = DataOf<typeof SimulationDefined>;
type Wanted = Pick<
  Defined,
  'simulationId' | 'name' | 'asOf' | 'horizonMonths' | 'runs' | 'seed' | 'scenarios'
> &
  Pick<Defined, 'marketing'>;

interface Known {
  readonly facts: Facts;
  readonly factsPosition: number;
  readonly reads: { readonly calendar: Calendar };
  readonly today: string;
}

const schema = strict(simulationInput);
const hashOf = (asked: object): string => sha256(canonicalJson(asked));

/** Defines a simulation of what history and what is given make together; `[]` where the same was asked for before. */
function defining(
  { defined: before }: SimulationState,
  asked: object,
  wanted: Wanted,
  given: GivenModel,
  { facts: { basis, isMomentUnknown }, factsPosition, reads, today }: Known,
) {
  const requestHash = hashOf(asked);
  if (before) return before.base?.requestHash === requestHash ? [] : reject('simulationKnown');
  if (wanted.asOf > today) return reject('dayInFuture');
  if (isMomentUnknown) return reject('momentUnknown');
  if (!basis) return reject('pipelineUnknown');
  const year = yearOf(wanted.asOf, reads.calendar);
  if (!year) return reject('yearUnknown');
  const strange = strangeStage(basis, given);
  if (strange) return reject('notSimulable', [strange]);
  const lacks = lacking(basis, given);
  if (lacks.length > 0) return reject('insufficientHistory', lacks);
  const { simulationId, name, ...plain } = wanted;
  const input = { ...plain, ...modelOf(basis, given), currency: basis.currency!, yearEnd: year.endExclusive };
  const { error } = schema.safeParse(input);
  if (error) return reject('notSimulable', inputErrors(error));
  const { pipelineId, pipelineVersion, historyFrom, stages } = basis;
  const defined = SimulationDefined({
    simulationId,
    name,
    ...input,
    base: {
      ...{ pipelineId, pipelineVersion, historyFrom, requestHash },
      stageIds: stages.map(({ stageId }) => stageId),
      knownAt: factsPosition,
      sample: sampleOf(basis),
    },
  });
  const fault = inputFault(defined.data);
  return fault ? reject('notSimulable', [fault]) : [defined];
}

const keys = { simulationId: generated(SimulationId), pipelineId: PipelineId };

export const simulatePipeline = simulation.command({
  name: 'SimulatePipeline',
  summary:
    'Define a simulation of a pipeline as history has it, but for what is given, and of scenarios in which some things are changed. It is run in the background.',
  permission: 'simulation:write',
  path: '/pipelines/:pipelineId/simulate',
  input: {
    ...keys,
    name,
    asOf: LocalDate.optional().describe(
      'The day on which the simulation begins: what happened before it is history; today when left out.',
    ),
    ...past,
    transitions: ofStages(
      z.strictObject({ stageId: StageId, advance, back }).refine(isWhole, notWhole),
    ).describe('How one leaves a stage, where that is given.'),
    durations: ofStages(z.strictObject({ stageId: StageId, days })).describe(
      'How long one stays in a stage, where that is given.',
    ),
    capacities: ofStages(z.strictObject({ stageId: StageId, capacity })).describe(
      'What works in the stages: people, or hours.',
    ),
    arrivals: Arrivals.optional().describe('How many arrive, where that is given.'),
    season: simulationInput.season.describe(
      'The share of the arrivals of a year that January to December have, where that is given.',
    ),
    values: simulationInput.values.optional().describe('What is won, where that is given.'),
    ...{ marketing, horizonMonths, runs, seed, scenarios },
  },
  emits: ['SimulationDefined'],
  rejects,
  subject: nobody,
  facts: (db, input, act) => factsOf(db, { ...input, asOf: input.asOf ?? act.today }, act),
  reads: () => ({ calendar: calendar.ref() }),
  decide: (state, input, known) => {
    const { transitions, durations, capacities, arrivals, season, values, ...rest } = input;
    const { pipelineId: _, knownAt: __, currency: ___, historyMonths: ____, ...wanted } = rest;
    const given = { transitions, durations, capacities, arrivals, season, values };
    return defining(state, input, { ...wanted, asOf: input.asOf ?? known.today }, given, known);
  },
});

const nothingGiven: GivenModel = { transitions: [], durations: [], capacities: [] };
const monthsBefore = (day: string, months: number): string =>
  Temporal.PlainDate.from(day).subtract({ months }).toString();

export const backtestPipeline = simulation.command({
  name: 'BacktestPipeline',
  summary:
    'Simulate a pipeline as it was known some months ago, until today, and compare that with what happened since.',
  permission: 'simulation:write',
  path: '/pipelines/:pipelineId/backtest',
  input: {
    ...keys,
    name: name.default('Back-test'),
    months: z.int().min(1).max(12).default(6).describe('How many months ago it begins.'),
    ...past,
    runs,
    seed: seed.default('back-test'),
  },
  emits: ['SimulationDefined'],
  rejects,
  subject: nobody,
  facts: (db, input, act) => factsOf(db, { ...input, asOf: monthsBefore(act.today, input.months) }, act),
  reads: () => ({ calendar: calendar.ref() }),
  decide: (state, input, known) => {
    const { simulationId, months, runs, seed } = input;
    const asOf = monthsBefore(known.today, months);
    const wanted = { simulationId, name: input.name, asOf, horizonMonths: months };
    return defining(state, input, { ...wanted, runs, seed, scenarios: [] }, nothingGiven, known);
  },
});
