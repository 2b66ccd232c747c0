import { z } from 'zod';
import type { DataOf, RecordedEvent } from '../engine/event.ts';
import { callLogEvents } from '../events/call-log.ts';
import { complaintEvents } from '../events/complaint.ts';
import type { Credits } from '../events/credit.ts';
import { customerEvents } from '../events/customer.ts';
import type { FactMeasure } from '../events/measure.ts';
import { opportunityEvents } from '../events/opportunity.ts';
import { creditsOf, type OrderLine, orderEvents, profitOf, type ReturnedLine } from '../events/order.ts';
import { receivableEvents } from '../events/receivable.ts';
import type { Money } from '../events/values.ts';
import { visitEvents } from '../events/visit.ts';
import { type Fact, fact, gained } from './fact-parts.ts';
import { opportunityFacts } from './opportunity-facts.ts';

export const FactCurrency = z
  .string()
  .describe('Currency of a sum of money, ISO 4217; empty for everything else.');

const money = ({ amountMinor, currency }: Money, sign = 1n) => ({
  numerator: sign * BigInt(amountMinor),
  currency,
});

const ofVisit = ({
  visitId,
  personId,
  customerId,
  date,
}: Pick<Fact, 'visitId' | 'personId' | 'customerId' | 'date'>) => ({
  visitId,
  personId,
  customerId,
  date,
});

interface Order {
  readonly orderId: string;
  readonly customerId: string;
  readonly takenBy: string;
  readonly credits?: Credits | undefined;
  readonly promisedOn?: string | undefined;
  readonly channelId?: string | undefined;
  readonly dealerId?: string | undefined;
  readonly visitId?: string | undefined;
}
interface OrderOfLines extends Order {
  readonly lines: readonly OrderLine[];
}

const ofOrder = (order: Order, date: string) => ({
  date,
  personId: order.takenBy,
  customerId: order.customerId,
  orderId: order.orderId,
  channelId: order.channelId ?? null,
  dealerId: order.dealerId ?? null,
  visitId: order.visitId ?? null,
});

/** What stands of a line, and who has the credit for it. */
interface Standing {
  readonly line: Pick<OrderLine, 'quantity' | 'netAmount' | 'unitCost'>;
  readonly credits: Credits;
}
const minorOf = ({ netAmount }: Standing['line']): bigint => BigInt(netAmount.amountMinor);

/** Facts of a line that differ by person alone have numbers that differ by this: an order has fewer lines. */
const peopleStep = 1_000;

/** What a line adds to the facts of a day, of whoever has the credit. Undoing it later undoes the same parts. */
function factsOfLine(
  order: Order,
  date: string,
  { lineNo, productId, netAmount, unitCost }: OrderLine,
  before: Standing | null,
  after: Standing | null,
): readonly Fact[] {
  const facts = (measure: FactMeasure, amountOf: (line: Standing['line']) => bigint) => {
    const credited = (standing: Standing | null) =>
      standing && { amount: amountOf(standing.line), credits: standing.credits };
    return gained(credited(before), credited(after)).map(([personId, numerator], index) =>
      fact(measure, {
        ...ofOrder(order, date),
        personId,
        ordinal: lineNo + index * peopleStep,
        productId,
        numerator,
        currency: netAmount.currency,
      }),
    );
  };
  return [
    ...facts('net_sales', minorOf),
    ...(unitCost === null
      ? facts('uncosted_sales', minorOf)
      : facts('gross_profit', (line) => profitOf(line) ?? 0n)),
  ];
}

/** An order as facts: taken with the sign 1, cancelled with -1. What was promised counts on the day of the promise. */
const factsOfOrder = (order: OrderOfLines, date: string, sign: 1n | -1n): readonly Fact[] => [
  fact('orders', { ...ofOrder(order, date), numerator: sign }),
  ...(order.promisedOn
    ? [fact('orders_promised', { ...ofOrder(order, order.promisedOn), numerator: sign })]
    : []),
  ...order.lines.flatMap((line) => {
    const standing = { line, credits: creditsOf(order) };
    return sign === 1n
      ? factsOfLine(order, date, line, null, standing)
      : factsOfLine(order, date, line, standing, null);
  }),
];

/** A line that came back in part or whole: what stood of it before, and what is left. */
function factsOfReturn(order: Order, date: string, line: ReturnedLine): readonly Fact[] {
  const { unitCost, quantity, netAmount, leftQuantity, leftNetAmount } = line;
  const credits = creditsOf(order);
  const amountMinor = (BigInt(netAmount.amountMinor) + BigInt(leftNetAmount.amountMinor)).toString();
  const before = {
    line: { unitCost, quantity: quantity + leftQuantity, netAmount: { ...netAmount, amountMinor } },
    credits,
  };
  const after = { line: { unitCost, quantity: leftQuantity, netAmount: leftNetAmount }, credits };
  const facts = factsOfLine(order, date, line, before, after);
  return [
    ...facts,
    ...facts
      .filter(({ measure }) => measure === 'net_sales')
      .map((sold) => ({ ...sold, measure: 'returned_sales' as const, numerator: -sold.numerator })),
  ];
}

interface Payment {
  readonly customerId: string;
  readonly orderId: string;
  readonly responsible: string;
  readonly collectedBy?: string | undefined;
  readonly visitId?: string | undefined;
  readonly amount: Money;
}

const factOfPayment = (payment: Payment, date: string, sign: 1n | -1n): Fact =>
  fact('payment_recovered', {
    date,
    personId: payment.collectedBy ?? payment.responsible,
    customerId: payment.customerId,
    orderId: payment.orderId,
    visitId: payment.visitId ?? null,
    ...money(payment.amount, sign),
  });

export const factEvents = {
  ...callLogEvents,
  ...complaintEvents,
  ...customerEvents,
  ...opportunityEvents,
  ...orderEvents,
  ...receivableEvents,
  ...visitEvents,
};
type Events = typeof factEvents;

type Source =
  | 'VisitEnded'
  | 'VisitExceptionApproved'
  | 'VisitCostRecorded'
  | 'CallLogged'
  | 'OrderTaken'
  | 'OrderDelivered'
  | 'OrderReturned'
  | 'OrderCreditSplit'
  | 'FollowUpServiceDone'
  | 'OrderCancelled'
  | 'PaymentReceived'
  | 'PaymentReversed'
  | 'ComplaintLogged'
  | 'OutletOpened'
  | 'OutletClosed'
  | keyof typeof opportunityFacts;

const sources: {
  readonly [N in Source]: (event: RecordedEvent<DataOf<Events[N]>>) => readonly Fact[];
} = {
  VisitEnded: ({ data }) => [
    fact('visits', ofVisit(data)),
    ...(data.planned ? [] : [fact('unplanned_visits', ofVisit(data))]),
    ...(data.outcome === 'effective' ? [fact('effective_visits', ofVisit(data))] : []),
  ],
  VisitExceptionApproved: ({ data }) => {
    const { formerOutcome, outcome = formerOutcome } = data;
    const change = Number(outcome === 'effective') - Number(formerOutcome === 'effective');
    return change === 0 ? [] : [fact('effective_visits', { ...ofVisit(data), numerator: BigInt(change) })];
  },
  VisitCostRecorded: ({ data }) => [
    fact('visit_cost', { ...ofVisit(data), ...money(data.total) }),
    ...(data.km ? [fact('mileage_km', { ...ofVisit(data), numerator: BigInt(data.km) })] : []),
  ],
  CallLogged: ({ data: { personId, customerId, date } }) => [fact('calls', { date, personId, customerId })],
  OrderTaken: ({ data }) => factsOfOrder(data, data.orderedOn, 1n),
  OrderDelivered: ({ data }) => {
    const { on, complete, promisedOn } = data;
    if (!complete) return [];
    return [
      fact('orders_delivered', ofOrder(data, on)),
      ...(promisedOn && on <= promisedOn ? [fact('orders_on_time', ofOrder(data, promisedOn))] : []),
    ];
  },
  OrderReturned: ({ data }) => data.lines.flatMap((line) => factsOfReturn(data, data.on, line)),
  OrderCreditSplit: ({ data }) =>
    data.lines.flatMap((line) =>
      factsOfLine(
        data,
        data.on,
        line,
        { line, credits: data.formerCredits },
        { line, credits: creditsOf(data) },
      ),
    ),
  FollowUpServiceDone: ({ data }) => [
    fact('follow_up_services', {
      ...ofOrder(data, data.on),
      personId: data.doneBy ?? data.takenBy,
    }),
  ],
  OrderCancelled: ({ data }) => factsOfOrder(data, data.on, -1n),
  PaymentReceived: ({ data }) => [factOfPayment(data, data.receivedOn, 1n)],
  PaymentReversed: ({ data }) => [factOfPayment(data, data.on, -1n)],
  ComplaintLogged: ({ data, effectiveOn }) => [
    fact('complaints', {
      date: effectiveOn,
      personId: data.by ?? null,
      customerId: data.customerId,
      productId: data.productId ?? null,
      orderId: data.orderId ?? null,
      visitId: data.visitId ?? null,
    }),
  ],
  OutletOpened: ({ data: { customerId, openedOn, ownerId } }) => [
    fact('new_outlets', { date: openedOn, personId: ownerId, customerId }),
  ],
  OutletClosed: ({ data: { customerId, on, ownerId } }) => [
    fact('closed_outlets', { date: on, personId: ownerId, customerId }),
  ],
  ...opportunityFacts,
};

export type FactsOf<D> = (event: RecordedEvent<D>) => readonly Fact[];

const known = new WeakMap<RecordedEvent, readonly Fact[]>();

/** Makes the facts of an event once for all the rows that it touches. */
const once =
  (make: FactsOf<never>): FactsOf<never> =>
  (event) => {
    const before = known.get(event);
    if (before) return before;
    const facts = make(event);
    known.set(event, facts);
    return facts;
  };

/** What each event adds to which measures. What rests on more than one event has a read model of its own. */
export const factsOf = Object.fromEntries(
  Object.entries(sources).map(([type, make]) => [type, once(make as FactsOf<never>)]),
) as typeof sources;
