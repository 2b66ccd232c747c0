import { addDays, daysBetween } from '../../engine/instant.ts';
import { scheduleChanges } from './changes.ts';
import { workInTheField } from './field.ts';
import { foundation } from './foundation.ts';
import { callInSick, planInTheEvening, planInTheMorning, signPlan } from './plans.ts';
import { markOverdue, report, reviewEfficiency } from './reports.ts';
import { type Chain, type Stage, stage, step, system } from './script.ts';
import { createSimulation, type Simulation } from './simulation.ts';
import { createWorld, type DemoParameters, isRostered, type Salesperson, works } from './world.ts';

/** The stage that ends each day. */
export const lastStage = 'evening';

/** What the clock does when a day begins: closes the plans of the day before and expects what is due. */
function opening({ world }: Simulation, day: string, rostered: readonly Salesperson[]): readonly Chain[] {
  const at = world.at(day, 0);
  const before = addDays(day, -1);
  const mark = (command: string, { code, personId }: Salesperson, date: string) =>
    step(at, system, command, `${code}/${date}`, { personId, date });
  return [
    ...world.salespeople
      .filter((person) => before >= world.firstDay && isRostered(world, person, before))
      .map((person) => [mark('CloseVisitPlan', person, before)]),
    ...rostered.flatMap((person) => [
      [mark('ExpectVisitPlan', person, day)],
      [mark('ExpectDailyReport', person, day)],
    ]),
  ];
}

function* tellDay(simulation: Simulation, day: string): Generator<Stage> {
  const { world, agenda } = simulation;
  const rostered = world.salespeople.filter((person) => isRostered(world, person, day));
  const present = rostered.filter((person) => works(world, person, day));
  const sick = rostered.filter((person) => !works(world, person, day));
  yield stage(day, 'opening', [[step(world.at(day, 0), system, 'OpenBusinessDay', day, { date: day })]]);
  yield stage(day, 'clock', [...agenda.take(day, 'clock'), ...opening(simulation, day, rostered)]);
  yield stage(day, 'dawn', agenda.take(day, 'dawn'));
  yield stage(day, 'morning', [
    ...agenda.take(day, 'morning'),
    ...sick.map((person) => callInSick(simulation, person, day)),
    ...present.map((person) => planInTheMorning(simulation, person, day)),
  ]);
  yield stage(day, 'signing', [
    ...agenda.take(day, 'signing'),
    ...present.map((person) => signPlan(simulation, person, day)),
  ]);
  yield stage(day, 'field', [
    ...present.map((person) => workInTheField(simulation, person, day)),
    ...agenda.take(day, 'office'),
  ]);
  for (const person of present) reviewEfficiency(simulation, person, day);
  yield stage(
    day,
    'reports',
    [...agenda.take(day, 'reports'), ...present.map((person) => report(simulation, person, day))],
    true,
  );
  yield stage(day, lastStage, [
    ...agenda.take(day, 'evening'),
    ...sick.map((person) => [markOverdue(simulation, person, day)]),
    ...present.map((person) => planInTheEvening(simulation, person, day)),
  ]);
}

/**
 * The whole demo as commands, in the order in which they are issued: a pure function of its parameters. Stages are
 * worked out as they are asked for, so that a year of them needs no memory.
 */
export function* demoStages(parameters: DemoParameters): Generator<Stage> {
  const world = createWorld(parameters);
  const simulation = createSimulation(world);
  scheduleChanges(simulation);
  yield* foundation(simulation);
  yield stage(
    world.setupDay,
    lastStage,
    world.salespeople.map((person) => planInTheEvening(simulation, person, world.setupDay)),
  );
  for (let day = world.firstDay; day <= world.lastDay; day = addDays(day, 1)) yield* tellDay(simulation, day);
}

/** How far the load is at a stage, from 0 to 1. */
export const progressOf = ({ weeks, today }: DemoParameters, { day }: Stage): number =>
  (daysBetween(addDays(today, -7 * weeks), day) + 1) / (weeks * 7 + 1);
