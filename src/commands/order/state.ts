import { absent, decider, type Evolve } from '../../engine/decision.ts';
import type { DataOf } from '../../engine/event.ts';
import { type OrderLine, orderEvents } from '../../events/order.ts';
import { LocalDate } from '../../events/values.ts';

type Taken = DataOf<typeof orderEvents.OrderTaken>;

export interface OrderState {
  readonly status: 'absent' | 'taken' | 'confirmed' | 'partly_delivered' | 'delivered' | 'cancelled';
  readonly taken: Taken | undefined;
  readonly firstDeliveredOn: string | undefined;
  /** Units that came back, by line number. */
  readonly returned: ReadonlyMap<number, number>;
  /** The returns and services that are recorded. */
  readonly recorded: readonly string[];
}

const initialState: OrderState = {
  status: 'absent',
  taken: undefined,
  firstDeliveredOn: undefined,
  returned: new Map(),
  recorded: [],
};

const earlier = (a: string | undefined, b: string): string => (a === undefined || b < a ? b : a);

const evolve: Evolve<OrderState, typeof orderEvents> = {
  OrderTaken: (_, taken) => ({ ...initialState, status: 'taken', taken }),
  OrderConfirmed: (state) => ({ ...state, status: 'confirmed' }),
  OrderDelivered: (state, { on, complete }) => ({
    ...state,
    status: complete ? 'delivered' : 'partly_delivered',
    firstDeliveredOn: earlier(state.firstDeliveredOn, on),
  }),
  OrderCreditSplit: (state, { credits }) => ({
    ...state,
    taken: state.taken && { ...state.taken, credits },
  }),
  OrderReturned: (state, { returnId, lines }) => ({
    ...state,
    returned: new Map([
      ...state.returned,
      ...lines.map(({ lineNo, quantity }) => [lineNo, (state.returned.get(lineNo) ?? 0) + quantity] as const),
    ]),
    recorded: [...state.recorded, returnId],
  }),
  FollowUpServiceDone: (state, { serviceId }) => ({ ...state, recorded: [...state.recorded, serviceId] }),
  OrderCancelled: (state) => ({ ...state, status: 'cancelled' }),
};

export const order = decider({ stream: 'order', id: ['orderId'], events: orderEvents, initialState, evolve });

/** What every event of an order says about it. */
export const headOf = ({
  orderId,
  customerId,
  takenBy,
  credits,
  orderedOn,
  promisedOn,
  channelId,
  dealerId,
  visitId,
}: Taken) => ({
  orderId,
  customerId,
  takenBy,
  credits,
  orderedOn,
  promisedOn,
  channelId,
  dealerId,
  visitId,
});

/** What is left of a line when so many of its units are: their share of the net amount, rounded down. */
export const leftOf = (line: OrderLine, units: number) => ({
  ...line,
  quantity: units,
  netAmount: {
    amountMinor: ((BigInt(line.netAmount.amountMinor) * BigInt(units)) / BigInt(line.quantity)).toString(),
    currency: line.netAmount.currency,
  },
});

export const unitsLeft = ({ returned }: OrderState, { lineNo, quantity }: OrderLine): number =>
  quantity - (returned.get(lineNo) ?? 0);

/** What is left of the lines after what came back. */
export const leftLines = (state: OrderState): OrderLine[] =>
  state
    .taken!.lines.map((line) => leftOf(line, unitsLeft(state, line)))
    .filter(({ quantity }) => quantity > 0);

export const orderUnknown = absent('There is no such order.');
export const beforeOrder = 'The order was not yet taken on that day.';
export const onDay = LocalDate.optional().describe('Today, when left out.');
export const byTaker = (_: unknown, { taken }: OrderState) => taken?.takenBy;
