import { addDays, daysBetween, weekday } from '../../engine/instant.ts';
import { drawOrder, expectPayment, invoiced, type Order, pay } from './commerce.ts';
import { seasonality } from './fiscal.ts';
import type { Random } from './random.ts';
import { type Chain, erp, type Step, step } from './script.ts';
import type { Customer, Invoice, Simulation } from './simulation.ts';
import type { Salesperson } from './world.ts';

/** Days from an order of the past until nothing more happens to it that the former system knows. */
const closedAfterDays = 12;

interface Imported {
  readonly steps: readonly Step[];
  readonly invoice: Invoice;
  /** Dates a step so many days after the order. */
  readonly happened: (days: number, minutes: number, done: Step) => Step;
}

/** An order from before the demo begins as the former system had it: ordered, confirmed, delivered, invoiced. */
function imported({ world }: Simulation, order: Order, orderedOn: string): Imported {
  const { label, orderId, customer } = order;
  const at = world.at(world.setupDay, 13 * 60);
  const happened: Imported['happened'] = (days, minutes, { input, ...done }) => ({
    ...done,
    input: { ...input, occurredAt: world.at(addDays(orderedOn, days), minutes) },
  });
  const { invoice, issue } = invoiced(order, addDays(orderedOn, 5), at, world.id(`invoice/${label}`), 14);
  customer.invoices.push(invoice);
  customer.formerOrders.push({ orderId, orderedOn });
  const steps = [
    happened(0, 720, step(at, erp, 'TakeOrder', label, order.input)),
    happened(1, 600, step(at, erp, 'ConfirmOrder', label, { orderId })),
    happened(4, 720, step(at, erp, 'DeliverOrder', label, { orderId })),
    happened(5, 900, issue),
  ];
  return { steps, invoice, happened };
}

function paid({ world }: Simulation, draw: Random, { invoice, happened }: Imported, label: string): Chain {
  const at = world.at(world.setupDay, 13 * 60);
  const days = draw.int(6, 11);
  return pay(invoice, 1, at, label, { method: 'bank_transfer' }).map((done) => happened(days, 840, done));
}

function formerOrder(simulation: Simulation, customer: Customer, owner: Salesperson): Chain {
  const { world } = simulation;
  const label = `former/${customer.code}`;
  const draw = world.random('order', label);
  const served = daysBetween(owner.employedFrom, world.setupDay);
  const order = drawOrder(simulation, draw, label, customer, owner);
  const orderedOn = addDays(world.setupDay, -draw.int(closedAfterDays, Math.min(60, served - 1)));
  const done = imported(simulation, order, orderedOn);
  if (draw.chance(0.6)) return [...done.steps, ...paid(simulation, draw, done, label)];
  expectPayment(simulation, draw, done.invoice, label, world.firstDay);
  return done.steps;
}

/** Orders of two in five customers from the weeks before; some are still to be paid. */
export const formerOrders = (simulation: Simulation): readonly Chain[] =>
  [...simulation.customers].flatMap(([owner, customers]) =>
    customers
      .filter(({ code }) => simulation.world.random('former', code).chance(0.4))
      .map((customer) => formerOrder(simulation, customer, owner)),
  );

/** Orders of a salesperson in a month of the years before: few and large, so that the demo loads quickly. */
const ordersPerMonth = 2;

/** What makes a month of so few orders come to as much as one of the demo's, by the share that it has of a year. */
const timesOf = (shareBp: number): number => Math.round((shareBp * 3) / 200);

/** A whole line that comes back. */
function returned({ world }: Simulation, draw: Random, { label, orderId, lines }: Order): Step {
  const lineNo = draw.int(1, lines.length);
  return step(world.at(world.setupDay, 13 * 60), erp, 'ReturnOrder', label, {
    orderId,
    returnId: world.id(`return/${label}`),
    lines: [{ lineNo, quantity: lines[lineNo - 1]!.quantity }],
    reason: draw.pick(['The packaging was damaged.', 'Too much was ordered.', 'Another size was meant.']),
  });
}

/** The orders of the fiscal year before the planned one and since, as the former system hands them over. */
export function formerYears(simulation: Simulation): readonly Chain[] {
  const { world, customers } = simulation;
  const { historyStart, months: all } = world.fiscal;
  const lastDay = addDays(world.setupDay, -closedAfterDays);
  const months = all.filter(({ start }) => historyStart <= start && start <= lastDay);
  const orderOf = (owner: Salesperson, month: (typeof months)[number], index: number): readonly Chain[] => {
    const { periodId, start, endExclusive } = month;
    const label = `${owner.code}/${periodId}/${index + 1}`;
    const draw = world.random('order', label);
    const day = addDays(start, draw.int(0, daysBetween(start, endExclusive) - 1));
    const orderedOn = weekday(day) > 5 ? addDays(day, 8 - weekday(day)) : day;
    const known = customers.get(owner)!.filter(({ since }) => since < orderedOn);
    if (known.length === 0 || orderedOn > lastDay) return [];
    const times = timesOf(seasonality[Number(periodId.slice(-2)) - 1]!);
    const order = drawOrder(simulation, draw, label, draw.pick(known), owner, times);
    const done = imported(simulation, order, orderedOn);
    const back = draw.chance(0.05) ? [done.happened(10, 660, returned(simulation, draw, order))] : [];
    return [[...done.steps, ...paid(simulation, draw, done, label), ...back]];
  };
  return [...customers.keys()].flatMap((owner) =>
    months.flatMap((month) =>
      Array.from({ length: ordersPerMonth }, (_, index) => orderOf(owner, month, index)).flat(),
    ),
  );
}
