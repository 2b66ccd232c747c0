import { addDays } from '../../engine/instant.ts';
import type { Random } from './random.ts';
import { erp, eur, type Step, step } from './script.ts';
import type { Customer, Invoice, Simulation } from './simulation.ts';
import { nextOpenDay, type Salesperson } from './world.ts';

interface OrderedLine {
  readonly productId: string;
  readonly quantity: number;
  readonly netMinor: number;
}

export interface Order {
  readonly label: string;
  readonly orderId: string;
  readonly customer: Customer;
  readonly takenBy: Salesperson;
  readonly lines: readonly OrderedLine[];
  readonly input: Readonly<Record<string, unknown>>;
}

/** An order of some products at a discount of up to a tenth, of so many times the usual quantities. */
export function drawOrder(
  { world }: Simulation,
  draw: Random,
  label: string,
  customer: Customer,
  takenBy: Salesperson,
  times = 1,
): Order {
  const lines = draw.sample(world.products, draw.int(1, 4)).map(({ productId, priceMinor }) => {
    const quantity = draw.int(2, 30) * times;
    const netMinor = Math.round((priceMinor * quantity * draw.int(90, 100)) / 100);
    return { productId, quantity, netMinor };
  });
  const orderId = world.id(`order/${label}`);
  return {
    label,
    orderId,
    customer,
    takenBy,
    lines,
    input: {
      orderId,
      customerId: customer.customerId,
      takenBy: takenBy.personId,
      channelId: customer.channelId,
      lines: lines.map(({ netMinor, ...line }) => ({ ...line, netAmount: eur(netMinor) })),
    },
  };
}

const withTax = ({ lines }: Order): number =>
  Math.round(lines.reduce((sum, { netMinor }) => sum + netMinor, 0) * 1.19);

/** Issues the invoice of an order; from then on it waits for payment. */
export function invoiced(order: Order, day: string, at: string, invoiceId: string, dueDays: number) {
  const { customer, label, orderId, takenBy } = order;
  const invoice: Invoice = {
    invoiceId,
    customer,
    dueOn: addDays(day, dueDays),
    openMinor: withTax(order),
  };
  const issue = step(at, erp, 'IssueInvoice', label, {
    invoiceId,
    orderId,
    customerId: customer.customerId,
    amount: eur(invoice.openMinor),
    dueOn: invoice.dueOn,
    responsible: takenBy.personId,
  });
  return { invoice, issue };
}

/** Pays a part of what is open; nothing when it is paid already. */
export function pay(
  invoice: Invoice,
  part: number,
  at: string,
  label: string,
  input: Readonly<Record<string, unknown>>,
): readonly Step[] {
  const amountMinor = Math.round(invoice.openMinor * part);
  if (amountMinor === 0) return [];
  invoice.openMinor -= amountMinor;
  if (invoice.openMinor === 0)
    invoice.customer.invoices.splice(invoice.customer.invoices.indexOf(invoice), 1);
  const { invoiceId } = invoice;
  return [step(at, erp, 'RecordPayment', label, { invoiceId, amount: eur(amountMinor), ...input })];
}

/** Puts on the agenda when and how an invoice is paid, if it is. */
export function expectPayment(
  { world, agenda }: Simulation,
  draw: Random,
  invoice: Invoice,
  label: string,
  day: string,
) {
  const transfer = { method: 'bank_transfer' };
  const put = (on: string, part: number, name: string, enteredLate = 0) =>
    agenda.put(addDays(on, enteredLate), 'office', () =>
      pay(invoice, part, world.at(addDays(on, enteredLate), 14 * 60 + 30), `${label}/${name}`, {
        ...transfer,
        ...(enteredLate > 0 && { receivedOn: on }),
      }),
    );
  const how = draw.weighted({ soon: 50, late: 20, parts: 12, onlyCollected: 18 });
  const soon = addDays(day, draw.int(2, 13));
  if (how === 'soon') put(soon, 1, 'payment', draw.chance(0.08) ? 3 : 0);
  if (how === 'late') put(addDays(invoice.dueOn, draw.int(3, 20)), 1, 'payment');
  if (how === 'parts') {
    put(soon, 0.5, 'first part');
    put(addDays(soon, draw.int(5, 14)), 1, 'rest');
  }
}

/** What becomes of an order after it was taken: confirmed, delivered and invoiced, or cancelled. */
export function followOrder(simulation: Simulation, order: Order, day: string): void {
  const { world, agenda } = simulation;
  const { label, orderId, takenBy } = order;
  const draw = world.random('order', label);
  const confirmedOn = nextOpenDay(world, takenBy.office, day);
  if (draw.chance(0.04)) {
    agenda.put(confirmedOn, 'office', () => [
      step(world.at(confirmedOn, 11 * 60), erp, 'CancelOrder', label, {
        orderId,
        reason: draw.pick(['The customer ordered twice.', 'Not in stock.', 'The customer withdrew.']),
      }),
    ]);
    return;
  }
  const deliveredOn = nextOpenDay(world, takenBy.office, confirmedOn, draw.int(1, 5));
  const inParts = draw.chance(0.1);
  const completeOn = inParts ? nextOpenDay(world, takenBy.office, deliveredOn, 2) : deliveredOn;
  agenda.put(confirmedOn, 'office', () => [
    step(world.at(confirmedOn, 9 * 60 + draw.int(0, 90)), erp, 'ConfirmOrder', label, { orderId }),
  ]);
  if (inParts) {
    agenda.put(deliveredOn, 'office', () => [
      step(world.at(deliveredOn, 12 * 60), erp, 'DeliverOrder', `${label}/part`, {
        orderId,
        complete: false,
      }),
    ]);
  }
  agenda.put(completeOn, 'office', () => {
    const invoiceId = world.id(`invoice/${label}`);
    const { invoice, issue } = invoiced(order, completeOn, world.at(completeOn, 16 * 60), invoiceId, 14);
    order.customer.invoices.push(invoice);
    expectPayment(simulation, draw, invoice, label, completeOn);
    return [
      step(world.at(completeOn, 12 * 60), erp, 'DeliverOrder', label, { orderId, complete: true }),
      issue,
    ];
  });
}
