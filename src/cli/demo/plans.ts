import { addDays } from '../../engine/instant.ts';
import { prospectName } from './customers.ts';
import * as names from './names.ts';
import type { Random } from './random.ts';
import {
  type Chain,
  clockTime,
  documentStep,
  eur,
  type Link,
  type Step,
  step,
  system,
  together,
} from './script.ts';
import { type Customer, dayLabel, dueInvoice, type PlannedVisit, type Simulation } from './simulation.ts';
import { isRostered, type Salesperson, signerOn, supervisorOn } from './world.ts';

/** When somebody makes and hands in the plan of a day. */
export type PlanMode = 'evening' | 'morning' | 'late' | 'never';

/** Minutes since midnight at which plans are due. */
const planDueMinutes = 9 * 60;
const dayStart = 9 * 60 + 15;
const dayMinutes = 8 * 60;

export const planModeOf = ({ world }: Simulation, { code }: Salesperson, day: string): PlanMode => {
  if (code === 'SP1') return 'evening';
  return world.random('plan mode', code, day).weighted({ evening: 55, morning: 36, late: 6, never: 3 });
};

function purposeFor(draw: Random, customer: Customer, day: string) {
  const invoice = dueInvoice(customer, day);
  if (customer.openComplaintId && draw.chance(0.7)) {
    return { purpose: 'complaint_handling', links: { complaintId: customer.openComplaintId } };
  }
  if (invoice && draw.chance(0.6)) return { purpose: 'collection', links: { invoiceId: invoice.invoiceId } };
  return {
    purpose: draw.weighted({ ordering: 48, service: 25, market_research: 12, develop_new: 12, other: 3 }),
    links: undefined,
  };
}

/** Makes the plan of a day and remembers it until the day is told. */
function makePlan(simulation: Simulation, person: Salesperson, day: string, madeAt: string): Link {
  const { world, plans } = simulation;
  const of = dayLabel(person, day);
  const draw = world.random('plan', of);
  const count = Number(draw.weighted({ '3': 32, '4': 42, '5': 20, '6': 6 }));
  const visited = draw.sample(simulation.customers.get(person)!, count);
  const pace = Math.floor(dayMinutes / count);
  const visits: PlannedVisit[] = [];
  const steps = Array.from({ length: count }, (_, index) => {
    const label = `${of}/${index + 1}`;
    const startMinutes = dayStart + index * pace + draw.int(0, 3) * 5;
    const endMinutes = startMinutes + draw.int(8, 11) * 5;
    const customer = draw.chance(0.05) ? undefined : visited[index];
    const prospect = customer ? undefined : prospectName(simulation, draw, person.office);
    const { purpose, links } = customer
      ? purposeFor(draw, customer, day)
      : { purpose: 'develop_new', links: undefined };
    const visitId = world.id(`visit/${label}`);
    visits.push({ label, visitId, customer, prospectName: prospect, startMinutes, endMinutes, purpose });
    return step(madeAt, person.actor, 'PlanVisit', label, {
      personId: person.personId,
      date: day,
      visitId,
      ...(customer ? { customerId: customer.customerId } : { prospectName: prospect }),
      ...(draw.chance(0.85) && { regionId: (customer ?? person.office.region).regionId }),
      window: { start: clockTime(startMinutes), end: clockTime(endMinutes) },
      purposes: draw.chance(0.15) && purpose !== 'service' ? [purpose, 'service'] : [purpose],
      ...(purpose === 'other' && { purposeNote: draw.pick(names.purposeNotes) }),
      ...(draw.chance(0.6) && { objective: { measure: 'net_sales', value: draw.int(5, 40) * 10_000 } }),
      ...(links && { links }),
      plannedTravelKm: draw.int(2, 45),
      ...(draw.chance(0.2) && { plannedCost: eur(draw.int(2, 30) * 100) }),
    });
  });
  plans.set(of, visits);
  return together(steps);
}

const submit = (person: Salesperson, day: string, at: string): Step =>
  step(at, person.actor, 'SubmitVisitPlan', dayLabel(person, day), { personId: person.personId, date: day });

/** The plan of the next day that is made in the evening of a day, handed in then or in the morning. */
export function planInTheEvening(simulation: Simulation, person: Salesperson, today: string): Chain {
  const { world, agenda } = simulation;
  let day = addDays(today, 1);
  for (let tries = 0; !isRostered(world, person, day) && tries < 30; tries++) day = addDays(day, 1);
  if (planModeOf(simulation, person, day) !== 'evening' || person.sickDays.has(day)) return [];
  const draw = world.random('planning', dayLabel(person, day));
  const minutes = 18 * 60 + draw.int(30, 60);
  const plan = makePlan(simulation, person, day, world.at(today, minutes));
  const handedIn = draw.chance(0.6);
  if (handedIn) return [plan, submit(person, day, world.at(today, minutes + 10))];
  agenda.put(day, 'morning', () => [submit(person, day, world.at(day, 8 * 60 + draw.int(0, 45)))]);
  return [plan];
}

const markPlanOverdue = (person: Salesperson, day: string, at: string): Step =>
  step(at, system, 'MarkVisitPlanOverdue', dayLabel(person, day), { personId: person.personId, date: day });

/** The plan that is made in the morning of its day, in time or not; nothing where it was made before. */
export function planInTheMorning(simulation: Simulation, person: Salesperson, day: string): Chain {
  const { world, plans } = simulation;
  const of = dayLabel(person, day);
  if (plans.has(of)) return [];
  const draw = world.random('planning', of);
  const mode = planModeOf(simulation, person, day);
  const minutes = 7 * 60 + 30 + draw.int(0, 45);
  const plan = makePlan(simulation, person, day, world.at(day, minutes));
  const due = world.at(day, planDueMinutes);
  if (mode === 'never') return [plan, markPlanOverdue(person, day, due)];
  if (mode === 'late') {
    return [
      plan,
      markPlanOverdue(person, day, due),
      submit(person, day, world.at(day, 9 * 60 + draw.int(20, 110))),
    ];
  }
  return [plan, submit(person, day, world.at(day, minutes + 15))];
}

/** Somebody calls in sick: nothing is expected any more. */
export function callInSick(simulation: Simulation, person: Salesperson, day: string): Chain {
  const { world } = simulation;
  const of = dayLabel(person, day);
  const { actor } = supervisorOn(world, person.office, day);
  return [
    step(world.at(day, 7 * 60 + 40), actor, 'RecordAbsence', of, {
      personId: person.personId,
      absenceId: world.id(`absence/${of}`),
      from: day,
      to: day,
      kind: 'sick',
    }),
    markPlanOverdue(person, day, world.at(day, planDueMinutes)),
  ];
}

/** What the supervisor does with the plan of a day before it begins: signs it, sends it back, or nothing. */
export function signPlan(simulation: Simulation, person: Salesperson, day: string): Chain {
  const { world, agenda, plans } = simulation;
  const of = dayLabel(person, day);
  const mode = planModeOf(simulation, person, day);
  if (mode === 'never' || !plans.has(of)) return [];
  const draw = world.random('plan signing', of);
  const signer = signerOn(world, person.office, day);
  const document = { kind: 'visit-plan', personId: person.personId, date: day } as const;
  const start = mode === 'late' ? 11 * 60 + 15 : 9 * 60 + 5;
  const at = (minutes: number) => world.at(day, start + minutes);
  const minutes = draw.int(0, 50);
  const how = draw.weighted({ sign: 88, giveBack: 5, nothing: 7 });
  if (how === 'sign') {
    return [documentStep(at(minutes), signer.actor, 'SignOff', `plan/${of}`, document)];
  }
  if (how === 'nothing') {
    agenda.put(addDays(day, mode === 'late' ? 2 : 1), 'morning', () => [
      step(
        world.at(addDays(day, mode === 'late' ? 2 : 1), 9 * 60),
        system,
        'MarkSignOffOverdue',
        `plan/${of}`,
        {
          kind: 'visit-plan',
          key: `${person.personId}~${day}`,
        },
      ),
    ]);
    return [];
  }
  const first = plans.get(of)![0]!;
  return [
    documentStep(at(0), signer.actor, 'Return', `plan/${of}`, document, {
      comment: 'Please say more precisely what the first visit is for.',
    }),
    step(at(5), person.actor, 'ChangePlannedVisit', `${first.label}/after return`, {
      personId: person.personId,
      date: day,
      visitId: first.visitId,
      objective: { measure: 'net_sales', value: 275_000 },
      reason: 'The plan was returned.',
    }),
    { ...submit(person, day, at(6)), key: `SubmitVisitPlan ${of}/again` },
    documentStep(at(8), signer.actor, 'SignOff', `plan/${of}`, document),
  ];
}
