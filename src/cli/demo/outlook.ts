import { addDays, daysBetween } from '../../engine/instant.ts';
import { isBeyondLimit, pipelineRequired } from '../../events/coverage.ts';
import { stayOn } from './deals.ts';
import { pipelineDefinition, type Quartiles, stageIds, truth } from './pipeline.ts';
import { type Chain, eur, type Step, step } from './script.ts';
import type { Deal, Simulation } from './simulation.ts';
import { type Member, nextOpenDay, type Office, type World } from './world.ts';

const level = 'potential_customer';
/** Opportunities that a salesperson is to win in eight months. */
const winsIn8Months = 3;
const winProbability = { num: 1n, den: 5n };
const cycleMonths = { num: 5n, den: 2n };
/** The default of the policy. */
const gapMaxBp = 1_000;

interface Unit {
  readonly code: string;
  readonly unitId: string;
  readonly head: Member;
  readonly offices: readonly Office[];
}

/** The company and one region. */
function unitsOf({ headquartersId, management, offices, regions }: World): readonly Unit[] {
  const { code, unitId, manager } = regions[0]!;
  return [
    { code: 'HQ', unitId: headquartersId, head: management.topManager, offices },
    { code, unitId, head: manager, offices: offices.filter(({ region }) => region === regions[0]) },
  ];
}

const targetPerMonth = ({ offices }: Unit) => ({
  num: BigInt(winsIn8Months * offices.reduce((sum, { salespeople }) => sum + salespeople.length, 0)),
  den: 8n,
});

const text = ({ num, den }: { readonly num: bigint; readonly den: bigint }) => ({
  num: String(num),
  den: String(den),
});

/** Eight times the mean of what has these quartiles. */
const meanOf8 = ([least, lower, median, upper, most]: Quartiles): number =>
  least + 2 * (lower + median + upper) + most;

/** What is assumed of the pipelines, when all is set up. */
export const coverageAssumptions = ({ world }: Simulation): readonly Chain[] =>
  unitsOf(world).map((unit) => [
    step(world.at(world.setupDay, 16 * 60 + 10), unit.head.actor, 'SetCoverageAssumptions', unit.code, {
      unitId: unit.unitId,
      periodId: world.fiscal.planned.periodId,
      targetPerMonth: text(targetPerMonth(unit)),
      levels: [
        {
          level,
          winProbability: text(winProbability),
          cycleMonths: text(cycleMonths),
          stages: stageIds.map((stageId) => {
            const { name, defaultProbability } = pipelineDefinition.stages.find(
              (each) => each.stageId === stageId,
            )!;
            return {
              name,
              winProbability: defaultProbability,
              meanMonths: { num: String(meanOf8(truth.stages[stageId].days)), den: String(8 * 30) },
            };
          }),
        },
      ],
    }),
  ]);

const all = ({ deals }: Simulation): readonly Deal[] => [...deals.values()].flat();

/** What is missing in a unit, and what is done about it. */
function gapSteps(simulation: Simulation, unit: Unit, day: string): Chain {
  const { world } = simulation;
  const before = addDays(day, -1);
  const open = all(simulation).filter(
    (deal) =>
      unit.offices.includes(deal.owner.office) && (stayOn(deal, before)?.stageId ?? 'paused') !== 'paused',
  ).length;
  const required = pipelineRequired({
    cycleMonths,
    winProbability,
    targetPerMonth: targetPerMonth(unit),
  })!;
  const gap = required - BigInt(open);
  if (gap <= 0n || !isBeyondLimit(gap, required, gapMaxBp)) return [];
  const keys = { unitId: unit.unitId, periodId: world.fiscal.planned.periodId, level };
  const by = (minutes: number, command: string, input: Readonly<Record<string, unknown>>): Step =>
    step(world.at(day, minutes), unit.head.actor, command, unit.code, { ...keys, ...input });
  return [
    by(17 * 60 + 30, 'RecordCoverageGap', { open }),
    by(18 * 60, 'DecideCoverageGapResponse', {
      pipelineActions: ['Five calls more a day.', 'Ask every key account for a referral.'],
      compensation: [
        { via: 'existing_customers', amount: eur(unit.offices.length * 2_000_000) },
        { via: 'collections', amount: eur(unit.offices.length * 1_000_000), note: 'What is overdue first.' },
      ],
    }),
  ];
}

interface SimulatedStage {
  readonly stageId: string;
  readonly name: string;
  readonly controllable?: boolean;
}

const simulatedStages: readonly SimulatedStage[] = pipelineDefinition.stages.filter(
  ({ kind }) => kind === 'open',
);

/** Equal things once, each with how often it is there. */
const counted = <T>(list: readonly T[]): readonly (T & { readonly count: number })[] =>
  [...Map.groupBy(list, (each) => JSON.stringify(each)).values()].map((same) => ({
    ...same[0]!,
    count: same.length,
  }));

const exits: Readonly<Record<string, string>> = { forward: 'advanced', won: 'advanced', lost: 'lost' };

/** Each stage as it was passed until a day; a stay that did not end in going on or being lost is as good as open. */
const stagesUntil = (deals: readonly Deal[], day: string) =>
  simulatedStages.map(({ stageId, name, controllable = true }) => ({
    name,
    controllable,
    passage: {
      source: 'history',
      intervals: counted(
        deals
          .flatMap(({ stays }) => stays)
          .filter((stay) => stay.stageId === stageId && stay.from <= day)
          .map(({ from, until, exit }) => ({
            days: daysBetween(from, until < day ? until : day),
            exit: (until <= day ? exits[exit] : undefined) ?? 'open',
          })),
      ),
    },
  }));

const valueOn = ({ values }: Deal, day: string): number =>
  values.findLast(({ since }) => since <= day)!.minor;

/** How many were opened in each whole month before a day. */
function arrivalsOf(deals: readonly Deal[], day: string): readonly number[] {
  const opened = deals.map(({ stays }) => stays[0]!.from.slice(0, 7));
  const [first] = opened.toSorted();
  const months: number[] = [];
  for (
    let month = Temporal.PlainYearMonth.from(first!).add({ months: 1 });
    month.toString() < day.slice(0, 7);
    month = month.add({ months: 1 })
  )
    months.push(opened.filter((each) => each === month.toString()).length);
  return months;
}

/** The newest of them, as many as a simulation takes. */
const newest = <T>(list: readonly T[]): readonly T[] => list.slice(-1_000);

/** What would come of the pipeline if more were called, or if offers were made sooner. */
function simulationSteps(simulation: Simulation, day: string): Chain {
  const { world } = simulation;
  const { analyst } = world.management;
  const before = addDays(day, -1);
  const deals = all(simulation).filter(({ stays, isGone }) => !isGone && stays[0]!.from <= before);
  const won = deals.filter(({ stays }) => stays.at(-1)!.exit === 'won' && stays.at(-1)!.until <= before);
  const stages = stagesUntil(deals, before);
  const isKnown = stages.every(({ passage }) => passage.intervals.some(({ exit }) => exit !== 'open'));
  if (!isKnown || won.length === 0) return [];
  return [
    step(world.at(day, 17 * 60), analyst.actor, 'DefineSimulation', 'demo', {
      simulationId: world.id('simulation'),
      name: 'More calls, or offers sooner?',
      stages,
      arrivals: { source: 'history', months: arrivalsOf(deals, before) },
      currency: 'EUR',
      values: counted(newest(won).map((deal) => ({ amountMinor: valueOn(deal, before) }))),
      openDeals: newest(
        deals.flatMap((deal) => {
          const stay = stayOn(deal, before);
          const place = simulatedStages.findIndex(({ stageId }) => stageId === stay?.stageId);
          return stay && place >= 0
            ? [{ stage: place, ageDays: daysBetween(stay.from, day), amountMinor: valueOn(deal, before) }]
            : [];
        }),
      ),
      horizonMonths: 18,
      seed: 'demo',
      scenarios: [
        { name: 'More calls', levers: [{ kind: 'arrival', factor: { num: '6', den: '5' } }] },
        {
          name: 'Offers sooner',
          levers: [
            { kind: 'duration', stage: 1, factor: { num: '4', den: '5' } },
            { kind: 'duration', stage: 2, factor: { num: '4', den: '5' } },
          ],
        },
      ],
    }),
  ];
}

/** Puts on the agenda what is thought about the months to come. */
export function lookAhead(simulation: Simulation): void {
  const { world, agenda } = simulation;
  const checkedOn = nextOpenDay(world, world.offices[0]!, world.firstDay, 2);
  for (const unit of unitsOf(world))
    agenda.put(checkedOn, 'evening', () => gapSteps(simulation, unit, checkedOn));
  agenda.put(checkedOn, 'evening', () => simulationSteps(simulation, checkedOn));
}
