import { z } from 'zod';
import type { DataOf, RecordedEvent } from '../engine/event.ts';
import { callLogEvents } from '../events/call-log.ts';
import { complaintEvents } from '../events/complaint.ts';
import { customerEvents } from '../events/customer.ts';
import type { FactMeasure } from '../events/measure.ts';
import { type OrderLine, orderEvents, profitOf } from '../events/order.ts';
import { receivableEvents } from '../events/receivable.ts';
import type { Money } from '../events/values.ts';
import { visitEvents } from '../events/visit.ts';

/** What an event adds to one measure of one business day. */
export interface Fact {
  readonly measure: FactMeasure;
  readonly ordinal: number;
  readonly date: string;
  readonly personId: string | null;
  readonly customerId: string | null;
  readonly productId: string | null;
  readonly channelId: string | null;
  readonly visitId: string | null;
  readonly orderId: string | null;
  readonly numerator: bigint;
  readonly currency: string;
}

export const FactCurrency = z
  .string()
  .describe('Currency of a sum of money, ISO 4217; empty for everything else.');

const fact = (measure: FactMeasure, parts: Partial<Fact> & Pick<Fact, 'date'>): Fact => ({
  ordinal: 0,
  personId: null,
  customerId: null,
  productId: null,
  channelId: null,
  visitId: null,
  orderId: null,
  numerator: 1n,
  currency: '',
  ...parts,
  measure,
});

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
  readonly promisedOn?: string | undefined;
  readonly channelId?: string | undefined;
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
  visitId: order.visitId ?? null,
});

/** The lines of an order as facts of a day: sold with the sign 1, cancelled or returned with -1. */
const factsOfLines = (order: OrderOfLines, date: string, sign: 1n | -1n): readonly Fact[] =>
  order.lines.flatMap((line) => {
    const { lineNo: ordinal, productId, netAmount } = line;
    const profit = profitOf(line);
    const sold = { ...ofOrder(order, date), ordinal, productId, ...money(netAmount, sign) };
    return [
      fact('net_sales', sold),
      profit === null
        ? fact('uncosted_sales', sold)
        : fact('gross_profit', { ...sold, numerator: sign * profit }),
    ];
  });

/** An order as facts: taken with the sign 1, cancelled with -1. What was promised counts on the day of the promise. */
const factsOfOrder = (order: OrderOfLines, date: string, sign: 1n | -1n): readonly Fact[] => [
  fact('orders', { ...ofOrder(order, date), numerator: sign }),
  ...(order.promisedOn
    ? [fact('orders_promised', { ...ofOrder(order, order.promisedOn), numerator: sign })]
    : []),
  ...factsOfLines(order, date, sign),
];

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
  | 'FollowUpServiceDone'
  | 'OrderCancelled'
  | 'PaymentReceived'
  | 'PaymentReversed'
  | 'ComplaintLogged'
  | 'OutletOpened'
  | 'OutletClosed';

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
  OrderReturned: ({ data }) => [
    ...factsOfLines(data, data.on, -1n),
    ...data.lines.map(({ lineNo: ordinal, productId, netAmount }) =>
      fact('returned_sales', { ...ofOrder(data, data.on), ordinal, productId, ...money(netAmount) }),
    ),
  ],
  FollowUpServiceDone: ({ data }) => [fact('follow_up_services', ofOrder(data, data.on))],
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
