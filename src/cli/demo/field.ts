import { addDays } from '../../engine/instant.ts';
import { drawOrder, followOrder, pay } from './commerce.ts';
import { drawComplaint, followComplaint } from './complaints.ts';
import { wonCustomer } from './customers.ts';
import * as names from './names.ts';
import type { Random } from './random.ts';
import { type Chain, eur, type Link, type Step, step, system, together } from './script.ts';
import {
  type Customer,
  dayLabel,
  dueInvoice,
  type PlannedVisit,
  type Simulation,
  type Told,
} from './simulation.ts';
import { type Salesperson, supervisorOn } from './world.ts';

/** A visit that is going on, and what it needs to be told. */
interface Going {
  readonly simulation: Simulation;
  readonly draw: Random;
  readonly person: Salesperson;
  readonly visit: Pick<PlannedVisit, 'label' | 'visitId' | 'customer' | 'prospectName' | 'purpose'>;
  readonly day: string;
  readonly told: Told;
  /** The instant some minutes after the visit began. */
  readonly after: (minutes: number) => string;
  /** A step on the visit by the one who makes it. */
  readonly record: (minutes: number, command: string, input: Readonly<Record<string, unknown>>) => Step;
}

const blankTold = (): Told => ({
  visits: [],
  complaints: [],
  competitors: [],
  opinions: [],
  developments: [],
  ended: 0,
  firstAt: undefined,
  lastAt: undefined,
});

function orderSteps(
  { simulation, draw, person, visit, day, after, record }: Going,
  customer: Customer,
): Chain {
  const order = drawOrder(simulation, draw, visit.label, customer, person);
  followOrder(simulation, order, day);
  return [
    step(after(12), person.actor, 'TakeOrder', visit.label, {
      ...order.input,
      visitId: visit.visitId,
      promisedOn: addDays(day, draw.int(3, 12)),
    }),
    record(13, 'LinkOrder', { orderId: order.orderId }),
  ];
}

function collectionSteps({ draw, person, visit, day, after, record }: Going, customer: Customer): Chain {
  const invoice = dueInvoice(customer, addDays(day, 3));
  if (!invoice) return [];
  const { invoiceId, openMinor } = invoice;
  const how = draw.weighted({ all: 45, part: 20, promise: 25, nothing: 10 });
  if (how === 'nothing') return [];
  const method = draw.pick(['cash', 'cheque', 'card']);
  if (how === 'promise') {
    return [
      record(10, 'RecordCollection', {
        invoiceId,
        amount: eur(openMinor),
        method,
        promisedBy: addDays(day, 7),
      }),
    ];
  }
  const paid = pay(invoice, how === 'all' ? 1 : 0.4, after(11), `visit/${visit.label}`, {
    method,
    collectedBy: person.personId,
    visitId: visit.visitId,
  });
  return paid.flatMap((payment) => [
    record(10, 'RecordCollection', { invoiceId, amount: payment.input['amount'], method }),
    payment,
  ]);
}

function complaintSteps(
  { simulation, draw, person, visit, day, told, after, record }: Going,
  customer: Customer,
): Chain {
  const { label, visitId } = visit;
  if (customer.openComplaintId) {
    const complaintId = customer.openComplaintId;
    if (visit.purpose !== 'complaint_handling') return [];
    told.complaints.push({ complaintId, note: 'Talked through what happened and what comes next.' });
    return [record(14, 'LinkComplaint', { complaintId })];
  }
  if (!draw.chance(0.03)) return [];
  const { complaintId, input } = drawComplaint(simulation, draw, label, customer);
  followComplaint(simulation, { label, complaintId, customer, handler: person }, day);
  told.complaints.push({ complaintId, note: 'A new complaint, logged at once.' });
  return [
    step(after(14), person.actor, 'LogComplaint', label, { ...input, channel: 'visit', visitId }),
    record(15, 'LinkComplaint', { complaintId }),
  ];
}

function observationSteps(
  { simulation, draw, visit, told, record }: Going,
  customer: Customer | undefined,
): readonly Step[] {
  const steps: Step[] = [];
  const { competitors, products } = simulation.world;
  if (draw.chance(0.1)) {
    const { id: competitorId } = draw.pick(competitors);
    const text = draw.pick(names.observations);
    const kind = draw.weighted({ price: 40, promotion: 30, new_product: 15, distribution: 10, personnel: 5 });
    told.competitors.push({ competitorId, note: text });
    const priced = kind === 'price' && {
      price: eur(draw.int(30, 800) * 10),
      productId: draw.pick(products).productId,
    };
    const observationId = simulation.world.id(`observation/${visit.label}`);
    steps.push(
      record(16, 'RecordCompetitorObservation', {
        observationId,
        competitorId,
        kind,
        text,
        confidence: draw.pick(['low', 'medium', 'high']),
        ...priced,
      }),
    );
  }
  if (!customer) return steps;
  const { customerId } = customer;
  if (draw.chance(0.1)) {
    const text = draw.pick(names.opinions);
    told.opinions.push({ customerId, note: text });
    const topic = draw.pick(names.opinionTopics);
    steps.push(record(17, 'RecordCustomerOpinion', { topic, sentiment: draw.int(-2, 2), text }));
  }
  if (draw.chance(0.03)) {
    const text = draw.pick(names.developments);
    told.developments.push({ customerId, note: text });
    const kind = draw.pick(['personnel_change', 'expansion', 'closure', 'finance', 'ownership']);
    steps.push(record(18, 'RecordCustomerDevelopment', { kind, text }));
  }
  return steps;
}

const successes: Readonly<Record<string, readonly string[]>> = {
  ordering: ['ordered', 'agreed'],
  collection: ['paid', 'promised'],
};

function resultStep({ draw, visit, told, day, record }: Going, minutes: number, ordered: boolean): Step {
  const achieved = ordered ? 'yes' : draw.weighted({ yes: 45, partly: 30, no: 25 });
  const summary = draw.pick(names.summaries);
  told.visits.push({ visitId: visit.visitId, summary });
  const onward = achieved !== 'yes' || draw.chance(0.3);
  return record(minutes, 'RecordNegotiationResult', {
    purpose: visit.purpose,
    achieved,
    resultCode:
      achieved === 'no'
        ? draw.pick(['postponed', 'refused', 'no_decision'])
        : draw.pick(successes[visit.purpose] ?? ['agreed', 'interested', 'informed']),
    summary,
    ...(onward && { nextStep: draw.pick(names.nextSteps), nextStepDue: addDays(day, draw.int(2, 14)) }),
  });
}

function personMetStep({ draw, visit, record }: Going): Step {
  const contact = visit.customer && draw.chance(0.85) ? draw.pick(visit.customer.contacts) : undefined;
  const named = `${draw.pick(names.givenNames)} ${draw.pick(names.familyNames)}`;
  return record(
    2,
    'RecordPersonMet',
    contact ? { contactId: contact.contactId, role: contact.role } : { name: named, role: 'user' },
  );
}

function startStep({ draw, person, visit, record }: Going, unplannedReason: string | undefined): Step {
  const { customer, prospectName } = visit;
  const geo = customer && {
    latE7: customer.latE7 + draw.int(-3_000, 3_000),
    lonE7: customer.lonE7 + draw.int(-3_000, 3_000),
    accuracyM: draw.int(4, 40),
    source: 'gps',
  };
  return record(0, 'StartVisit', {
    personId: person.personId,
    ...(customer ? { customerId: customer.customerId } : { prospectName }),
    ...(geo && draw.chance(0.8) && { geo }),
    ...(unplannedReason && { unplannedReason }),
  });
}

function costSteps({ draw, record }: Going, minutes: number): Chain {
  if (!draw.chance(0.45)) return [];
  const category = draw.weighted({ travel: 80, parking: 12, meal: 4, sample: 4 });
  const amount = eur(category === 'travel' ? 0 : draw.int(2, 35) * 100);
  return [
    record(minutes, 'RecordVisitCost', {
      category,
      amount,
      ...(category === 'travel' && { km: draw.int(3, 60) }),
    }),
  ];
}

interface Course {
  readonly minutes: number;
  /** Whether nobody checks out. */
  readonly leftOpen: boolean;
  readonly unplannedReason?: string;
}

/** A visit from checking in to checking out. */
function visitSteps(going: Going, { minutes, leftOpen, unplannedReason }: Course): Chain {
  const { simulation, draw, visit, told, person, day, after, record } = going;
  const { customer, purpose } = visit;
  const short = minutes < 10;
  const orders = !short && customer && draw.chance(purpose === 'ordering' ? 0.6 : 0.15);
  const start = startStep(going, unplannedReason);
  const records: Chain[] = [[personMetStep(going)]];
  if (customer && (purpose === 'collection' || draw.chance(0.1)))
    records.push(collectionSteps(going, customer));
  if (orders) records.push(orderSteps(going, customer));
  if (!short && customer) records.push(complaintSteps(going, customer));
  if (!short) records.push([together(observationSteps(going, customer))]);
  if (draw.chance(0.97)) records.push([resultStep(going, minutes - 1, !!orders)]);
  if (!customer && draw.chance(0.4)) {
    const won = wonCustomer(simulation, person, {
      label: visit.label,
      name: visit.prospectName!,
      at: after(minutes - 1),
    });
    simulation.customers.get(person)!.push(won.customer);
    records.push(won.chain);
  }
  records.push(costSteps(going, minutes));
  const steps = [start, { together: records }];
  if (leftOpen) {
    const next = addDays(day, 1);
    simulation.agenda.put(next, 'clock', () => [
      step(simulation.world.at(next, 0), system, 'FlagVisitLeftOpen', visit.label, {
        visitId: visit.visitId,
      }),
    ]);
    return steps;
  }
  told.ended += 1;
  if (short && draw.chance(0.5)) {
    const { actor } = supervisorOn(simulation.world, person.office, day);
    const at = simulation.world.at(day, 19 * 60);
    simulation.agenda.put(day, 'evening', () => [
      step(at, actor, 'ApproveVisitException', visit.label, {
        visitId: visit.visitId,
        kind: 'duration',
        note: 'The order was agreed by telephone before.',
      }),
    ]);
  }
  return [...steps, record(minutes, 'EndVisit', {})];
}

const going = (
  simulation: Simulation,
  draw: Random,
  person: Salesperson,
  visit: Going['visit'],
  day: string,
  told: Told,
  start: number,
): Going => {
  const after = (minutes: number) => simulation.world.at(day, start + minutes);
  return {
    simulation,
    draw,
    person,
    visit,
    day,
    told,
    after,
    record: (minutes, command, input) =>
      step(after(minutes), person.actor, command, visit.label, { visitId: visit.visitId, ...input }),
  };
};

function missedStep(
  { world }: Simulation,
  draw: Random,
  person: Salesperson,
  visit: PlannedVisit,
  day: string,
): Step {
  return step(world.at(day, visit.startMinutes + 20), person.actor, 'MarkVisitMissed', visit.label, {
    visitId: visit.visitId,
    personId: person.personId,
    date: day,
    reason: draw.weighted({
      customer_absent: 40,
      rescheduled_by_customer: 30,
      traffic: 15,
      other_priority: 15,
    }),
    ...(draw.chance(0.5) && { note: draw.pick(names.missedNotes) }),
  });
}

function callSteps(
  simulation: Simulation,
  draw: Random,
  person: Salesperson,
  day: string,
  customers: readonly Customer[],
  from: number,
): readonly Step[] {
  const { world } = simulation;
  const of = dayLabel(person, day);
  return Array.from({ length: draw.int(0, 2) }, (_, index) => {
    const label = `${of}/${from}/${index + 1}`;
    const minutes = from + index * 8;
    const resultCode = draw.weighted({
      reached: 45,
      not_reached: 25,
      appointment: 15,
      offer_requested: 10,
      refused: 5,
    });
    return step(world.at(day, minutes), person.actor, 'LogCall', label, {
      personId: person.personId,
      date: day,
      callId: world.id(`call/${label}`),
      customerId: draw.pick(customers).customerId,
      direction: draw.chance(0.75) ? 'outgoing' : 'incoming',
      channel: draw.weighted({ phone: 85, video: 5, email: 10 }),
      seconds: resultCode === 'not_reached' ? 0 : draw.int(40, 420),
      resultCode,
    });
  });
}

/** A visit that was made offline and is entered some days later. */
function enterLater(simulation: Simulation, person: Salesperson, day: string, visit: Going['visit']): void {
  const { world, agenda } = simulation;
  const draw = world.random('late visit', visit.label);
  const enteredOn = addDays(day, 2);
  agenda.put(enteredOn, 'dawn', () => {
    const of = going(simulation, draw, person, visit, day, blankTold(), 17 * 60 + 40);
    const start = startStep(of, 'On the way home; the device was offline.');
    const steps = [
      { ...start, input: { ...start.input, offline: true } },
      personMetStep(of),
      resultStep(of, 20, false),
      of.record(22, 'EndVisit', {}),
    ];
    return steps.map(({ at: occurredAt, ...entered }) => ({
      ...entered,
      at: world.at(enteredOn, 7 * 60 + 45),
      input: { ...entered.input, occurredAt },
    }));
  });
}

const unplannedReasons = ['Was next door.', 'The customer called.', 'A meeting was cancelled.'] as const;

/** A salesperson's day in the field: calls, the visits that were planned, and some that were not. */
export function workInTheField(simulation: Simulation, person: Salesperson, day: string): Chain {
  const { world, plans } = simulation;
  const of = dayLabel(person, day);
  const draw = world.random('field', of);
  const told = blankTold();
  const visits = plans.get(of) ?? [];
  const known = [...simulation.customers.get(person)!];
  const made: Link[] = [];
  const besides: Step[] = [...callSteps(simulation, draw, person, day, known, 8 * 60 + 20)];
  let free = 0;
  for (const [index, visit] of visits.entries()) {
    const fate = draw.weighted({ made: 91, missed: 7, forgotten: 2 });
    if (fate === 'missed') besides.push(missedStep(simulation, draw, person, visit, day));
    if (fate !== 'made') continue;
    const start = Math.max(free, visit.startMinutes + draw.int(-5, 12));
    const minutes = draw.chance(0.04) ? draw.int(3, 8) : draw.int(19, 44);
    const leftOpen = index === visits.length - 1 && draw.chance(0.03);
    const course = { minutes, leftOpen };
    made.push(...visitSteps(going(simulation, draw, person, visit, day, told, start), course));
    free = leftOpen ? Number.POSITIVE_INFINITY : start + minutes + 2;
    told.firstAt ??= world.at(day, start);
    told.lastAt = world.at(day, start + minutes);
  }
  const another = draw.pick(simulation.customers.get(person)!);
  const extra = (label: string) => ({
    label: `${of}/${label}`,
    visitId: world.id(`visit/${of}/${label}`),
    customer: another,
    prospectName: undefined,
    purpose: 'service',
  });
  if (free < 17 * 60 + 10 && draw.chance(0.12)) {
    const start = Math.max(free, 16 * 60 + 50);
    const course = {
      minutes: draw.int(12, 18),
      leftOpen: false,
      unplannedReason: draw.pick(unplannedReasons),
    };
    made.push(...visitSteps(going(simulation, draw, person, extra('unplanned'), day, told, start), course));
    told.lastAt = world.at(day, start + course.minutes);
  }
  if (draw.chance(0.03)) enterLater(simulation, person, day, extra('late'));
  besides.push(...callSteps(simulation, draw, person, day, known, 17 * 60 + 10));
  plans.delete(of);
  simulation.told.set(of, told);
  return [{ together: [made, [together(besides)]] }];
}
