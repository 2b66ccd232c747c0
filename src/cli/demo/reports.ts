import { addDays } from '../../engine/instant.ts';
import { QualityItem } from '../../events/policy.ts';
import * as names from './names.ts';
import type { Random } from './random.ts';
import { type Chain, documentStep, type Step, step, system } from './script.ts';
import { dayLabel, type Simulation, type Told } from './simulation.ts';
import {
  isOpenDay,
  managerOn,
  nextOpenDay,
  regionOn,
  type Salesperson,
  signerOn,
  supervisorOn,
} from './world.ts';

/** Minutes since midnight at which reports are due. */
export const reportDueMinutes = 18 * 60 + 30;

type Mode = 'inTime' | 'late' | 'missing';

function modeOf({ world }: Simulation, person: Salesperson, day: string): Mode {
  if (person.code === 'SP1') return 'inTime';
  return world.random('report mode', dayLabel(person, day)).weighted({ inTime: 92, late: 6, missing: 2 });
}

const scores = (draw: Random): Readonly<Record<string, number>> =>
  Object.fromEntries(
    QualityItem.options.map((item) => [item, Number(draw.weighted({ '1': 8, '2': 27, '3': 40, '4': 25 }))]),
  );

const documentOf = (person: Salesperson, day: string) =>
  ({ kind: 'daily-report', personId: person.personId, date: day }) as const;

function sections(draw: Random, told: Told): Readonly<Record<string, unknown>> {
  const { visits, complaints, competitors, opinions, developments, ended, firstAt, lastAt } = told;
  return {
    attendance: {
      status: 'full_day',
      ...(firstAt && { firstActivityAt: firstAt }),
      ...(lastAt && { lastActivityAt: lastAt }),
    },
    visitResults: visits,
    complaintsHandled: complaints,
    competitorInfo: competitors,
    customerOpinions: opinions,
    customerDevelopments: developments,
    experience: draw.pick(names.experiences),
    tomorrowFocus: draw.pick(names.focuses),
    ...(draw.chance(0.07) && { stated: { visitsCompleted: ended + 1 } }),
  };
}

const signOffStep = (
  { world }: Simulation,
  draw: Random,
  person: Salesperson,
  day: string,
  on: string,
  minutes: number,
  name = '',
): Step =>
  documentStep(
    world.at(on, minutes),
    signerOn(world, person.office, on).actor,
    'SignOff',
    `report/${dayLabel(person, day)}${name}`,
    documentOf(person, day),
    { comment: draw.pick(names.praises), scores: scores(draw) },
  );

/** What the supervisor does with a report that was filed at some minute of a day. */
function expectSignature(
  simulation: Simulation,
  person: Salesperson,
  day: string,
  filed: { readonly on: string; readonly minutes: number },
  told: Told,
): void {
  const { world, agenda } = simulation;
  const of = dayLabel(person, day);
  const draw = world.random('report signing', of);
  const office = person.office;
  const tomorrow = addDays(filed.on, 1);
  const worksTomorrow = isOpenDay(world, regionOn(world, office, tomorrow), tomorrow);
  const how = draw.weighted({ evening: 56, morning: 28, late: 5, never: 4, giveBack: 6, voided: 1 });
  const due = world.at(tomorrow, filed.minutes);
  const overdue = () =>
    step(due, system, 'MarkSignOffOverdue', `report/${of}`, {
      kind: 'daily-report',
      key: `${person.personId}~${day}`,
    });
  if (how === 'never' || how === 'late') agenda.put(tomorrow, 'evening', () => [overdue()]);
  if (how === 'never') return;
  if (how === 'late') {
    const on = nextOpenDay(world, office, tomorrow);
    agenda.put(on, 'morning', () => [signOffStep(simulation, draw, person, day, on, 9 * 60 + 20)]);
    return;
  }
  if (how === 'giveBack' && worksTomorrow) {
    returnReport(simulation, draw, person, day, tomorrow, told);
    return;
  }
  if (how === 'morning' && worksTomorrow) {
    const minutes = 8 * 60 + draw.int(0, 50);
    agenda.put(tomorrow, 'morning', () => [signOffStep(simulation, draw, person, day, tomorrow, minutes)]);
    return;
  }
  const minutes = Math.max(19 * 60, filed.minutes + 10) + draw.int(0, 90);
  agenda.put(filed.on, 'evening', () => [signOffStep(simulation, draw, person, day, filed.on, minutes)]);
  if (how === 'voided' && worksTomorrow) voidSignature(simulation, draw, person, day, tomorrow);
}

function returnReport(
  simulation: Simulation,
  draw: Random,
  person: Salesperson,
  day: string,
  on: string,
  told: Told,
): void {
  const { world, agenda } = simulation;
  const of = dayLabel(person, day);
  const comment = draw.pick(names.objections);
  agenda.put(on, 'morning', () => [
    documentStep(
      world.at(on, 8 * 60 + 30),
      signerOn(world, person.office, on).actor,
      'Return',
      `report/${of}`,
      documentOf(person, day),
      { comment, issues: [comment] },
    ),
  ]);
  agenda.put(on, 'reports', () => [
    step(world.at(on, 13 * 60), person.actor, 'AmendReport', of, {
      personId: person.personId,
      date: day,
      ...sections(draw, told),
      reason: 'Returned by the supervisor.',
    }),
    signOffStep(simulation, draw, person, day, on, 16 * 60),
  ]);
}

function voidSignature(
  simulation: Simulation,
  draw: Random,
  person: Salesperson,
  day: string,
  on: string,
): void {
  const { world, agenda } = simulation;
  const of = dayLabel(person, day);
  agenda.put(on, 'morning', () => [
    step(world.at(on, 10 * 60), managerOn(world, person.office, on).actor, 'VoidSignOff', `report/${of}`, {
      kind: 'daily-report',
      key: `${person.personId}~${day}`,
      reason: 'It was signed before the figures were checked.',
    }),
    signOffStep(simulation, draw, person, day, on, 15 * 60, '/again'),
  ]);
}

/** The report of a day that somebody worked: filed in time, or noted as overdue and filed later or never. */
export function report(simulation: Simulation, person: Salesperson, day: string): Chain {
  const { world, agenda, told } = simulation;
  const of = dayLabel(person, day);
  const draw = world.random('report', of);
  const story = told.get(of)!;
  told.delete(of);
  const mode = modeOf(simulation, person, day);
  const file = (on: string, minutes: number): Step => {
    expectSignature(simulation, person, day, { on, minutes }, story);
    return step(world.at(on, minutes), person.actor, 'FileReport', of, {
      personId: person.personId,
      date: day,
      ...sections(draw, story),
    });
  };
  if (mode === 'inTime') return [file(day, 17 * 60 + draw.int(40, 85))];
  agenda.put(day, 'evening', () => [markOverdue(simulation, person, day)]);
  const tomorrow = addDays(day, 1);
  if (mode === 'late') {
    agenda.put(tomorrow, 'reports', () => [file(tomorrow, 10 * 60 + draw.int(0, 90))]);
    return [];
  }
  agenda.put(tomorrow, 'evening', () => [
    step(world.at(tomorrow, reportDueMinutes), system, 'MarkReportMissed', of, {
      personId: person.personId,
      date: day,
    }),
  ]);
  return [];
}

/** Notes that the report of a day is not there when it is due, or that none was owed. */
export const markOverdue = ({ world }: Simulation, person: Salesperson, day: string): Step =>
  step(world.at(day, reportDueMinutes), system, 'MarkReportOverdue', dayLabel(person, day), {
    personId: person.personId,
    date: day,
  });

/** A supervisor now and then looks at what somebody's day cost and brought. */
export function reviewEfficiency(simulation: Simulation, person: Salesperson, day: string): void {
  const { world, agenda } = simulation;
  const of = dayLabel(person, day);
  const draw = world.random('efficiency', of);
  if (!draw.chance(0.05) || modeOf(simulation, person, day) !== 'inTime') return;
  const on = nextOpenDay(world, person.office, day);
  agenda.put(on, 'reports', () => [
    step(world.at(on, 15 * 60), supervisorOn(world, person.office, on).actor, 'RecordEfficiencyReview', of, {
      personId: person.personId,
      date: day,
      judgement: draw.pick(['The visits were worth the way.', 'Too much driving for too few orders.']),
      actions: draw.chance(0.5) ? ['Plan two visits in one town.'] : [],
    }),
  ]);
}
