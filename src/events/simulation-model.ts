import { z } from 'zod';
import { PositiveRatio, Probability, ratioOf } from './rational.ts';
import { BasisPoints, Currency, Line, LocalDate } from './values.ts';

const Days = z.int().min(0).max(3_660);
const Weight = z.int().min(1).max(1_000_000);
/** So many stages may be told apart. */
export const stagesMax = 12;
/** So many different stays of a stage may be told apart. */
const intervalsMax = 5_000;
export const StageIndex = z
  .int()
  .min(0)
  .max(stagesMax - 1)
  .describe('A stage, by its place in the list.');
/** Sums of them stay exact in a 64-bit float. */
const amountMinorMax = 100_000_000_000;
const Minor = z.int().min(0).max(amountMinorMax).describe('Minor units, such as cents.');

const isSome = (text: { readonly num: string }): boolean => text.num !== '0';
const Factor = PositiveRatio.refine(isSome, 'A factor is above zero.')
  .refine(({ num, den }) => BigInt(num) <= 10n * BigInt(den), 'A factor is at most 10.')
  .meta({ id: 'Factor', description: 'By what something is multiplied: numerator over denominator.' });

const Advance = Probability.describe('That one in the stage goes on, to the next or to being won.');
const Back = Probability.describe(
  'That one in the stage goes back to the one before; never when left out. Who neither goes on nor back is lost.',
);
const Durations = z
  .array(z.strictObject({ days: Days, weight: Weight }))
  .min(1)
  .max(500)
  .describe('How long one stays in the stage, with the weight of each time.');
/** How one leaves a stage, and how long one stays in it, where that is given. */
export const givenPassage = { advance: Advance, back: Back.optional(), days: Durations };

type Leaving = { readonly advance?: PositiveRatio | undefined; readonly back?: PositiveRatio | undefined };
/** Whether no more than all go on or back. */
export const isWhole = ({ advance = none, back = none }: Leaving): boolean => {
  const [a, b] = [ratioOf(advance), ratioOf(back)];
  return a.num * b.den + b.num * a.den <= a.den * b.den;
};
const none = { num: '0', den: '1' };
export const notWhole = 'More than all go on or back.';

export const Interval = z.strictObject({
  days: Days.describe('How long it lasted, or has lasted so far.'),
  exit: z.enum(['advanced', 'back', 'lost', 'open']),
  count: Weight.default(1),
});

const Passage = z
  .discriminatedUnion('source', [
    z.strictObject({ source: z.literal('given'), ...givenPassage }).refine(isWhole, notWhole),
    z
      .strictObject({
        source: z.literal('history'),
        intervals: z
          .array(Interval)
          .min(1)
          .max(intervalsMax)
          .refine((all) => all.some(({ exit }) => exit !== 'open'), 'Somebody has left the stage.')
          .describe('Stays in the stage; open ones count as long as they have lasted.'),
        advance: Advance.optional().describe('That one goes on, where that is not to be as history has it.'),
        back: Back.optional().describe('That one goes back, where it is given that one goes on.'),
        days: Durations.optional().describe('How long one stays, where that is not to be as history has it.'),
      })
      .refine(isWhole, notWhole)
      .refine(
        ({ advance, back }) => advance !== undefined || back === undefined,
        'Who goes back is given with who goes on.',
      ),
  ])
  .meta({ id: 'StagePassage', description: 'How one passes a stage: given, or as history has it.' });

export const SimulatedStage = z
  .strictObject({
    name: Line,
    controllable: z.boolean().default(true).describe('Whether the time in it can be changed.'),
    capacity: z.int().min(0).max(1_000_000).default(0).describe('What works in it: people, or hours.'),
    passage: Passage,
  })
  .meta({ id: 'SimulatedStage', description: 'A stage of the process that is simulated.' });

export const Arrivals = z
  .discriminatedUnion('source', [
    z.strictObject({
      source: z.literal('given'),
      perMonth: PositiveRatio.refine(
        ({ num, den }) => BigInt(num) <= 10_000n * BigInt(den),
        'This is at most 10 000.',
      ).describe('How many come in a month in the mean; they come independently of each other.'),
    }),
    z.strictObject({
      source: z.literal('history'),
      months: z
        .array(z.int().min(0).max(10_000))
        .min(1)
        .max(120)
        .describe('How many came in each month; each month to come is like one of them.'),
    }),
  ])
  .meta({ id: 'SimulatedArrivals', description: 'How many enter the first stage.' });

/** So many open deals may be told apart. */
export const openDealsMax = 5_000;
export const valuesMax = 1_000;

const isYear = (weights: readonly number[]): boolean =>
  weights.reduce((sum, weight) => sum + weight, 0) === 10_000;

/** The process that is simulated, and where it stands. */
export const simulationModel = {
  stages: z
    .array(SimulatedStage)
    .min(1)
    .max(stagesMax)
    .describe('The stages in their order; who goes on from the last one is won.'),
  arrivals: Arrivals,
  season: z
    .array(BasisPoints)
    .length(12)
    .refine(isYear, 'The weights must sum to 10 000.')
    .optional()
    .describe('The share of the arrivals of a year that January to December have, in basis points.'),
  marketing: z
    .strictObject({
      shareBp: BasisPoints.describe('The share of the arrivals that marketing brings, in basis points.'),
      lagDays: Days.describe('After how many days it brings them.'),
    })
    .optional()
    .describe('What marketing does; nothing when left out.'),
  currency: Currency,
  values: z
    .array(z.strictObject({ amountMinor: Minor, count: Weight.default(1) }))
    .min(1)
    .max(valuesMax)
    .describe('What was won before; each deal to come is worth as much as one of these.'),
  openDeals: z
    .array(
      z.strictObject({
        stage: StageIndex,
        ageDays: Days.describe('How long it has been in the stage at the end of the day before the first.'),
        amountMinor: Minor.optional().describe('What it is worth; like the deals to come when left out.'),
        count: Weight.default(1),
      }),
    )
    .max(openDealsMax)
    .default([])
    .describe('The deals that are open when the first day begins.'),
};

export const Lever = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('arrival'), factor: Factor }),
    z.strictObject({ kind: z.literal('conversion'), stage: StageIndex, factor: Factor }),
    z.strictObject({ kind: z.literal('duration'), stage: StageIndex, factor: Factor }),
    z.strictObject({ kind: z.literal('value'), factor: Factor }),
    z.strictObject({
      kind: z.literal('capacity'),
      from: StageIndex,
      to: StageIndex,
      amount: z.int().min(1).max(1_000_000).describe('How much is moved.'),
    }),
    z.strictObject({
      kind: z.literal('marketing'),
      changeBp: z.int().min(-10_000).max(90_000).describe('By how much it changes, in basis points.'),
      start: LocalDate,
      endExclusive: LocalDate,
    }),
  ])
  .meta({
    id: 'SimulationLever',
    description:
      'What is changed: arrivals, the conversion or duration of a stage, values, capacity moved between stages, or marketing for some days.',
  });
export type Lever = z.output<typeof Lever>;

const Scenario = z
  .strictObject({ name: Line, levers: z.array(Lever).min(1).max(20) })
  .meta({ id: 'SimulationScenario', description: 'What would be if some things were changed.' });

export const simulationInput = {
  ...simulationModel,
  asOf: LocalDate.describe('The day on which the simulation begins.'),
  yearEnd: LocalDate.describe('First day after the fiscal year.'),
  horizonMonths: z.int().min(1).max(36).default(12).describe('How far it goes.'),
  runs: z.int().min(100).max(10_000).default(1_000),
  seed: Line.describe('Any text; the same one gives the same results.'),
  scenarios: z
    .array(Scenario)
    .max(10)
    .default([])
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'Names are distinct.')
    .describe('What is compared with how it is.'),
};
const Input = z.object(simulationInput);
export type SimulationInput = z.output<typeof Input>;

/** The spans over which results are counted; all begin with the simulation. */
export const simulationWindows = ['fiscal_year', 'next_12_months', 'horizon'] as const;

const Whole = z.string().regex(/^\d+$/);
const Spread = z
  .object({
    p10: Whole.describe('A tenth of the runs have no more.'),
    p50: Whole.describe('Half of the runs have no more.'),
    p90: Whole.describe('Nine tenths of the runs have no more.'),
    sum: Whole.describe('All runs together; over the number of runs it is the mean.'),
  })
  .meta({ id: 'SimulatedSpread', description: 'How a figure comes out over the runs.' });

export const LeverKind = z.enum(['arrival', 'conversion', 'duration', 'value', 'capacity', 'marketing']);

export const SimulationResult = z
  .object({
    engineVersion: z.int().describe('The version of what simulated it.'),
    inputHash: z.string().describe('SHA-256 of what was simulated, as canonical JSON.'),
    runs: z.int(),
    scenarios: z
      .array(
        z.object({
          name: Line.nullable().describe('Null for how it is.'),
          results: z.array(
            z.object({
              window: z.enum(simulationWindows),
              newCustomers: Spread,
              revenue: Spread.describe('In minor units.'),
            }),
          ),
        }),
      )
      .describe('How it is, and then each scenario.'),
    sensitivity: z
      .array(
        z.object({
          lever: LeverKind,
          stage: StageIndex.nullable(),
          from: StageIndex.nullable().describe('From where capacity is moved; null for other levers.'),
          elasticity: z
            .object({ num: z.string(), den: z.string() })
            .nullable()
            .describe(
              'By how much the revenue of the next twelve months changes for what the lever changes, where both are shares; null without revenue.',
            ),
          rank: z.int(),
          key: z.boolean().describe('Whether it is one of the three or four worth the resources.'),
        }),
      )
      .describe(
        'Every lever, pulled by a tenth, the one that brings most first. Capacity comes from where it is missed least.',
      ),
  })
  .meta({ id: 'SimulationResult', description: 'What came of a simulation.' });
export type SimulationResult = z.output<typeof SimulationResult>;

/** Where an input cannot be simulated, and why. */
export interface InputFault {
  readonly pointer: string;
  readonly detail: string;
}

type Limits = Pick<SimulationInput, 'arrivals' | 'season' | 'marketing' | 'openDeals' | 'values'> &
  Pick<SimulationInput, 'stages' | 'scenarios' | 'horizonMonths' | 'runs'>;

/** What a lever asks for that there is not. */
function leverFault({ stages }: Limits, lever: Lever): string | undefined {
  if (lever.kind === 'marketing')
    return lever.start < lever.endExclusive ? undefined : 'It ends after it starts.';
  if (lever.kind === 'capacity') {
    const [from, to] = [stages[lever.from], stages[lever.to]];
    if (!from || !to || from === to) return 'It moves from one stage to another.';
    if (!from.controllable || !to.controllable) return 'The time in these stages cannot be changed.';
    return lever.amount < from.capacity && to.capacity > 0
      ? undefined
      : 'A stage keeps some of its capacity, and has some before more is moved to it.';
  }
  if (!('stage' in lever)) return undefined;
  const stage = stages[lever.stage];
  if (!stage) return 'There is no such stage.';
  return lever.kind === 'conversion' || stage.controllable
    ? undefined
    : 'The time in this stage cannot be changed.';
}

const isOnce = (levers: readonly Lever[]): boolean => {
  const kinds = levers
    .filter(({ kind }) => kind !== 'marketing' && kind !== 'capacity')
    .map((lever) => `${lever.kind} ${'stage' in lever ? lever.stage : ''}`);
  return new Set(kinds).size === kinds.length;
};

const factorOf = ({ num, den }: PositiveRatio): number => Number(num) / Number(den);

/** How many arrive at the most where one would without seasons and levers. */
const peakOf = ({ season, marketing }: Limits, levers: readonly Lever[]): number =>
  levers.reduce(
    (peak, lever) => {
      if (lever.kind === 'arrival') return peak * Math.max(1, factorOf(lever.factor));
      if (lever.kind !== 'marketing' || lever.changeBp < 0) return peak;
      return peak * (1 + (lever.changeBp * (marketing?.shareBp ?? 0)) / 100_000_000);
    },
    (Math.max(...(season ?? [0])) * 12) / 10_000 || 1,
  );

/** So many may arrive at the most where one would without seasons and levers. */
export const intensityMax = 100;
/** So many deals may be followed in all runs of a scenario. */
const dealsMax = 100_000_000;

/** What is too much of a scenario to be simulated. */
function loadFault(input: Limits, levers: readonly Lever[]): InputFault | undefined {
  const { arrivals, openDeals, values, horizonMonths, runs } = input;
  const peak = peakOf(input, levers);
  if (peak > intensityMax)
    return { pointer: '/scenarios', detail: 'Seasons and levers let more than 100 arrive for one.' };
  const most =
    arrivals.source === 'given' ? 2 * factorOf(arrivals.perMonth) + 10 : Math.max(...arrivals.months);
  const open = openDeals.reduce((sum, { count }) => sum + count, 0);
  const deals = open + most * horizonMonths * Math.ceil(peak);
  if (deals * runs > dealsMax)
    return { pointer: '/runs', detail: 'These are more than 100 000 000 deals in all runs together.' };
  const value = levers.find((lever) => lever.kind === 'value');
  const amounts = [...values, ...openDeals].map(({ amountMinor = 0 }) => amountMinor);
  const amount = amounts.reduce((a, b) => Math.max(a, b), 0) * (value ? factorOf(value.factor) : 1);
  return amount * deals > Number.MAX_SAFE_INTEGER
    ? { pointer: '/values', detail: 'All deals of a run together may come to at most 2^53 minor units.' }
    : undefined;
}

/** What keeps an input from being simulated: a stage that there is not, a lever that nothing answers, or too much of it. */
export function inputFault(input: Limits): InputFault | undefined {
  const strange = input.openDeals.findIndex(({ stage }) => stage >= input.stages.length);
  if (strange >= 0) return { pointer: `/openDeals/${strange}/stage`, detail: 'There is no such stage.' };
  for (const [at, { levers }] of input.scenarios.entries()) {
    for (const [index, lever] of levers.entries()) {
      const detail = leverFault(input, lever);
      if (detail) return { pointer: `/scenarios/${at}/levers/${index}`, detail };
    }
    if (!isOnce(levers))
      return { pointer: `/scenarios/${at}/levers`, detail: 'Each of these levers is there once.' };
  }
  for (const { levers } of [{ levers: [] }, ...input.scenarios]) {
    const fault = loadFault(input, levers);
    if (fault) return fault;
  }
  return undefined;
}
