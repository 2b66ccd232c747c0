import * as names from './names.ts';
import type { Random } from './random.ts';
import { type Chain, eur, step } from './script.ts';
import type { Customer, Simulation } from './simulation.ts';
import { nextOpenDay, type Salesperson, supervisorOn } from './world.ts';

interface Complaint {
  readonly label: string;
  readonly complaintId: string;
  readonly customer: Customer;
  readonly handler: Salesperson;
}

/** What a customer complains about, as the input that logs it. */
export function drawComplaint(
  { world }: Simulation,
  draw: Random,
  label: string,
  customer: Customer,
): { readonly complaintId: string; readonly input: Readonly<Record<string, unknown>> } {
  const complaintId = world.id(`complaint/${label}`);
  const category = draw.weighted({
    product: 30,
    delivery: 30,
    price: 10,
    service: 12,
    billing: 14,
    staff: 4,
  });
  const severity = Number(draw.weighted({ '1': 30, '2': 40, '3': 22, '4': 8 }));
  return {
    complaintId,
    input: {
      complaintId,
      customerId: customer.customerId,
      category,
      severity,
      description: draw.pick(names.complaintTexts),
      ...(category === 'product' && { productId: draw.pick(world.products).productId }),
      ...(severity > 2 && { claimed: eur(draw.int(20, 400) * 100) }),
    },
  };
}

const cause = (draw: Random) =>
  draw.weighted({
    product: 20,
    process: 20,
    people: 15,
    supplier: 10,
    logistics: 25,
    customer: 5,
    unknown: 5,
  });

function resolve(
  { world, agenda }: Simulation,
  { label, complaintId, handler }: Complaint,
  day: string,
  round: number,
) {
  const draw = world.random('resolution', label, round);
  const remedy = draw.weighted({ refund: 15, replace: 25, credit: 20, apology: 25, none: 15 });
  const costMinor = remedy === 'apology' || remedy === 'none' ? 0 : draw.int(5, 250) * 100;
  agenda.put(day, 'office', () => [
    step(world.at(day, 14 * 60 + draw.int(0, 50)), handler.actor, 'ResolveComplaint', `${label}/${round}`, {
      complaintId,
      remedy: { kind: remedy, ...(costMinor > 0 && { amount: eur(costMinor) }) },
      rootCause: { class: cause(draw) },
    }),
  ]);
  return costMinor;
}

function settle(simulation: Simulation, complaint: Complaint, day: string, costMinor: number): void {
  const { world, agenda } = simulation;
  const { label, complaintId, customer, handler } = complaint;
  const draw = world.random('settling', label);
  const silent = draw.chance(0.15);
  const settledOn = nextOpenDay(world, handler.office, day, draw.int(1, 3));
  agenda.put(settledOn, 'office', (): Chain => {
    const at = (minutes: number) => world.at(settledOn, minutes);
    const { actor } = supervisorOn(world, handler.office, settledOn);
    customer.openComplaintId = undefined;
    const attempts = [1, 2, 3].map((attempt) =>
      step(at(10 * 60 + attempt * 60), handler.actor, 'RecordConfirmationAttempt', `${label}/${attempt}`, {
        complaintId,
      }),
    );
    const confirmed = step(at(11 * 60), handler.actor, 'ConfirmComplaint', label, {
      complaintId,
      satisfaction: draw.int(2, 5),
    });
    const closed = step(at(16 * 60 + 30), actor, 'CloseComplaint', label, {
      complaintId,
      costTotal: eur(costMinor),
    });
    return silent ? [...attempts, closed] : [confirmed, closed];
  });
}

/** What becomes of a complaint after it was logged. */
export function followComplaint(simulation: Simulation, complaint: Complaint, day: string): void {
  const { world, agenda } = simulation;
  const { label, complaintId, customer, handler } = complaint;
  const draw = world.random('complaint', label);
  customer.openComplaintId = complaintId;
  const takenUpOn = nextOpenDay(world, handler.office, day, draw.chance(0.1) ? 3 : 1);
  agenda.put(takenUpOn, 'dawn', () => {
    const { actor } = supervisorOn(world, handler.office, takenUpOn);
    const minutes = 8 * 60 + draw.int(0, 50);
    return [
      step(world.at(takenUpOn, minutes), actor, 'AcknowledgeComplaint', label, { complaintId }),
      step(world.at(takenUpOn, minutes + 20), actor, 'AssignComplaint', label, {
        complaintId,
        to: handler.personId,
      }),
    ];
  });
  if (draw.chance(0.08)) return;
  const resolvedOn = nextOpenDay(world, handler.office, takenUpOn, draw.int(1, 5));
  const costMinor = resolve(simulation, complaint, resolvedOn, 1);
  if (!draw.chance(0.12)) {
    settle(simulation, complaint, resolvedOn, costMinor);
    return;
  }
  const reopenedOn = nextOpenDay(world, handler.office, resolvedOn, 2);
  agenda.put(reopenedOn, 'dawn', () => [
    step(world.at(reopenedOn, 9 * 60), handler.actor, 'ReopenComplaint', label, {
      complaintId,
      reason: 'It has happened again.',
    }),
  ]);
  const againOn = nextOpenDay(world, handler.office, reopenedOn, 2);
  settle(simulation, complaint, againOn, costMinor + resolve(simulation, complaint, againOn, 2));
}
